"""Which integral gives the information of a codebook, if any does."""

from __future__ import annotations

import numpy as np

from ...arrays import Array
from ...codebooks.array_codebook import ArrayCodebook
from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.recognition import as_product
from ...codebooks.regular import BiorthogonalCodebook, PskCodebook
from ...codebooks.regularity import as_equidistant, as_regular
from ...codebooks.span import affine_coordinates
from ..rivals_by_prior import PriorGroups
from . import biorthogonal, equidistant, scalar
from .evaluation import Evaluation, combine


def evaluate(codebook: Codebook, r: Array) -> Evaluation | None:
    """Information by the integrals that fit the codebook; None where there are none.

    Args:
        codebook: any codebook; products are taken factor by factor and never listed.
        r: shape (R,), positive and finite.
    """
    if isinstance(codebook, ProductCodebook):
        parts = []
        for factor, _ in codebook.groups:
            part = evaluate(factor, r)
            if part is None:
                return None
            parts.append(part)
        return combine(parts, [count for _, count in codebook.groups])
    regular = _regular(codebook, r)
    if regular is not None or not isinstance(codebook, ArrayCodebook):
        return regular
    coordinates = affine_coordinates(codebook.points)
    if coordinates is not None and coordinates.shape[1] == 1:
        return scalar.evaluate(coordinates[:, 0], codebook.prior, np.asarray(r))
    product = as_product(codebook)
    return None if product is None else evaluate(product, r)


def _regular(codebook: Codebook, r: Array) -> Evaluation | None:
    """Codes all equally far apart under any prior, and ± orthogonal ones under the uniform prior, also as arrays."""
    if isinstance(codebook, PskCodebook) and codebook.is_uniform and codebook.K in (3, 4):
        # Three points on a circle are a simplex, four are two axes.
        codebook = ArrayCodebook(codebook.points)
    same = as_equidistant(codebook)
    if same is not None:
        return equidistant.evaluate(PriorGroups.of(same), same.distance, r)
    regular = as_regular(codebook)
    if isinstance(regular, BiorthogonalCodebook) and regular.is_uniform:
        return biorthogonal.evaluate(regular.n, regular.norm, r)
    return None
