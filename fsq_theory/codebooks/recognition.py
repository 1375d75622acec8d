"""Recognising that an array of codes is a full axis-aligned grid, so that everything about it factorises.

A codebook read from a file, shuffled or scaled is often FSQ all the same.  K distinct codes are a full grid
exactly when the numbers of different values on the axes multiply to K, which costs one sort an axis.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
from ..errors import InputError
from .array_codebook import ArrayCodebook
from .codebook import Codebook
from .product_codebook import ProductCodebook

PRIOR_TOLERANCE = 1e-12
"""Relative difference up to which a prior counts as the product of its marginals: rounding of sums over K tokens."""


def as_product(codebook: Codebook) -> ProductCodebook | None:
    """The codebook as a product of at least two factors, or None if it is none that can be seen.

    A product is returned as it is.  An array becomes a product of its axes if its codes are all the points of an
    axis-aligned grid, in any order, with at least two values on each axis and at least two axes, and its prior is
    uniform or equal to the product of its marginals up to rounding.  Tokens of the product are in grid order, not in
    the array's: :func:`product_tokens` relates the two.  Codebooks given by another formula are not listed.
    """
    if isinstance(codebook, ProductCodebook):
        if codebook.is_product:
            return codebook
        inner = as_product(codebook.factors[0])
        return None if inner is None else inner.renamed(codebook.name)
    if not isinstance(codebook, ArrayCodebook):
        return None
    axes = grid_axes(codebook.points)
    if axes is None:
        return None
    priors = [None] * len(axes) if codebook.is_uniform else _marginals(codebook, axes)
    if priors is None:
        return None
    factors: dict[tuple[bytes, bytes], ArrayCodebook] = {}
    ordered = []
    for axis, prior in zip(axes, priors, strict=True):
        key = axis.tobytes(), b"" if prior is None else prior.tobytes()
        if key not in factors:
            factors[key] = ArrayCodebook(axis[:, None], prior, name=f"axis of {codebook.name}")
        ordered.append(factors[key])
    return ProductCodebook(ordered, codebook.name)


def product_tokens(codebook: Codebook, product: ProductCodebook) -> NDArray[np.int64]:
    """The token of the recognised product that each token of the codebook is, shape (K,).

    Raises:
        InputError: if the product is not what :func:`as_product` gives for the codebook.
    """
    if isinstance(codebook, ProductCodebook):
        return np.arange(codebook.K, dtype=np.int64)
    axes = [factor.points[:, 0] for factor in product.factors]
    if codebook.K != product.K or codebook.n != len(axes):
        raise InputError(f"{product.name} is not the product of {codebook.name}")
    digits = [np.searchsorted(axis, column) for axis, column in zip(axes, codebook.points.T, strict=True)]
    inside = [np.minimum(found, len(axis) - 1) for found, axis in zip(digits, axes, strict=True)]
    if any(np.any(axis[d] != column) for axis, d, column in zip(axes, inside, codebook.points.T, strict=True)):
        raise InputError(f"{product.name} is not the product of {codebook.name}")
    places = np.cumprod([1, *(len(axis) for axis in axes[:-1])])
    return np.asarray(sum(d * int(place) for d, place in zip(inside, places, strict=True)), dtype=np.int64)


def grid_axes(points: Array) -> list[Array] | None:
    """The values on each axis, ascending, if distinct codes are a full grid of at least two axes; None otherwise."""
    tokens, n = points.shape
    if n < 2 or tokens < 2**n:
        return None
    axes, left = [], tokens
    for column in points.T:
        values = np.unique(column)
        if len(values) < 2 or left % len(values):
            return None
        left //= len(values)
        axes.append(values + 0.0)  # −0 becomes 0
    return axes if math.prod(len(axis) for axis in axes) == tokens else None


def _marginals(codebook: ArrayCodebook, axes: list[Array]) -> list[Array] | None:
    """The marginal prior of each axis if π is their product, None otherwise."""
    marginals, product = [], np.ones(codebook.K)
    for axis, column in zip(axes, codebook.points.T, strict=True):
        digits = np.searchsorted(axis, column)
        marginal = np.bincount(digits, codebook.prior, len(axis))
        marginals.append(marginal / marginal.sum())
        product *= marginals[-1][digits]
    close = np.abs(product - codebook.prior) <= PRIOR_TOLERANCE * codebook.prior
    return marginals if np.all(close) else None
