"""Path KL averaged with the prior's weights: closed forms that products answer factor by factor."""

from __future__ import annotations

import math

import numpy as np

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.distances import distance_statistics, nearest_distances
from ..codebooks.product_codebook import ProductCodebook
from ..codebooks.recognition import as_product
from ..codebooks.regular import BiorthogonalCodebook, EquidistantCodebook


def mean_square_distance(codebook: Codebook) -> float | None:
    """Σ_{i≠j} π_i π_j ‖e_i − e_j‖² / Σ_{i≠j} π_i π_j = 2 tr Cov(π)/(1 − Σπ²): of two different tokens drawn from π.

    Exact; traces of the covariances of a product's factors add, and Σπ² multiplies.  None where one token has the whole
    prior, so that there is no such pair.
    """
    different = -math.expm1(_log_same(codebook))
    return 2 * _trace(codebook) / different if different > 0 else None


def nearest_mean_square(codebook: Codebook) -> float:
    """Σ_i π_i min_{j≠i} ‖e_i − e_j‖²: from a token drawn from π to its nearest neighbour, whatever that one's prior.

    Exact; for a product the least of its digits' distances, which are independent.
    """
    squares, weights = _nearest_law(codebook)
    return float(weights @ squares)


def _log_same(codebook: Codebook) -> float:
    """log Σ_k π_k², accurate where it is near 0."""
    if isinstance(codebook, ProductCodebook):
        return math.fsum(count * _log_same(factor) for factor, count in codebook.groups)
    if codebook.is_uniform:
        return -math.log(codebook.K)
    prior = codebook.prior
    top = int(np.argmax(prior))
    rest = math.fsum(np.delete(prior, top))
    # Σ π(1 − π), with 1 − π of the largest as the sum of the others.
    unlike = float(prior[top]) * rest + math.fsum(p * (1 - p) for p in np.delete(prior, top).tolist())
    return math.log1p(-min(unlike, 1.0)) if unlike < 0.5 else math.log(float(prior @ prior))


def _trace(codebook: Codebook) -> float:
    """tr Cov(π) = Σ π_k ‖e_k − mean‖²."""
    if isinstance(codebook, ProductCodebook):
        return math.fsum(count * _trace(factor) for factor, count in codebook.groups)
    if isinstance(codebook, EquidistantCodebook):
        return codebook.distance**2 / 2 * -math.expm1(_log_same(codebook))
    if isinstance(codebook, BiorthogonalCodebook) and codebook.is_uniform:
        return codebook.norm**2
    centred = codebook.points - codebook.mean
    return float(codebook.prior @ np.einsum("kn,kn->k", centred, centred))


def _nearest_law(codebook: Codebook) -> tuple[Array, Array]:
    """The values of min_{j≠i} ‖e_i − e_j‖², ascending, and how probable each is for i drawn from π."""
    if isinstance(codebook, ProductCodebook):
        parts = [(_nearest_law(factor), count) for factor, count in codebook.groups]
        values = np.unique(np.concatenate([squares for (squares, _), _ in parts]))
        at_least = np.ones(len(values) + 1)
        at_least[-1] = 0.0
        for (squares, weights), count in parts:
            tail = np.append(np.cumsum(weights[::-1])[::-1] / weights.sum(), 0.0)
            at_least[:-1] *= tail[np.searchsorted(squares, values)] ** count
        return values, -np.diff(at_least)
    if isinstance(codebook, EquidistantCodebook | BiorthogonalCodebook):
        return np.array([distance_statistics(codebook).d_min ** 2]), np.ones(1)
    product = as_product(codebook)
    if product is not None:
        return _nearest_law(product)
    squares, place = np.unique(nearest_distances(codebook) ** 2, return_inverse=True)
    return squares, np.asarray(np.bincount(place, codebook.prior, len(squares)), dtype=np.float64)
