"""Closed forms of the MAP error as functions of r that JAX can compile, vectorise and differentiate."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.recognition import as_product
from ...codebooks.regular import BiorthogonalCodebook, EquidistantCodebook
from ...codebooks.span import affine_coordinates
from ...errors import InputError
from ...logspace import log_any
from .equidistant import biorthogonal_log_error, equidistant_log_error
from .scalar import log_error_from_gaps


def log_error(codebook: Codebook, r: ArrayLike) -> jax.Array:
    """log(1 − A(r)) of MAP decisions, from the same formulas as :func:`.accuracy`, for ``jit``, ``vmap`` and ``grad``.

    Exact for one-dimensional codebooks and their products, quadrature for one-hot, simplex and biorthogonal codes, all
    under the uniform prior.  Follows the dtype of r: under JAX's default of float32 it is good to about 1e-6 relative.

    Args:
        codebook: the codes; not traced.
        r: amplitude ratio α/σ, positive and finite, any shape.

    Returns:
        The shape of r.

    Raises:
        InputError: for a codebook that has no such form.
    """
    rates = jnp.asarray(r)
    if not jnp.issubdtype(rates.dtype, jnp.floating):
        rates = rates.astype(float)
    return _log_error(codebook, rates.ravel()).reshape(rates.shape)


def _log_error(codebook: Codebook, rates: jax.Array) -> jax.Array:
    product = as_product(codebook)
    if product is None and isinstance(codebook, ProductCodebook):
        return _log_error(codebook.factors[0], rates)
    if product is not None:
        parts = jnp.stack([_log_error(factor, rates) for factor, _ in product.groups], axis=-1)
        counts = jnp.asarray([count for _, count in product.groups], rates.dtype)
        return log_any(parts, counts[None, :])[1]
    if codebook.is_uniform and isinstance(codebook, EquidistantCodebook):
        return equidistant_log_error(rates * (codebook.distance / np.sqrt(2)).item(), codebook.K)[0]
    if codebook.is_uniform and isinstance(codebook, BiorthogonalCodebook):
        return biorthogonal_log_error(rates * codebook.norm, codebook.K)[0]
    coordinates = affine_coordinates(codebook.points, most=1) if codebook.is_uniform else None
    if coordinates is None:
        raise InputError(
            f"{codebook.name}: a traced closed form expects a uniform prior on a one-dimensional codebook, one-hot,"
            " simplex or biorthogonal codes, or a product of these"
        )
    return log_error_from_gaps(jnp.asarray(np.diff(np.sort(coordinates[:, 0])), rates.dtype), rates)
