"""The Gaussian mean width w(E) = E max_k Z·e_k, Z ~ N(0, I): the slope of accuracy at low SNR."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial import ConvexHull, QhullError
from scipy.special import log_ndtr

from ..arrays import Array
from ..seeds import check_seed
from .array_codebook import ArrayCodebook
from .codebook import Codebook
from .product_codebook import ProductCodebook
from .recognition import as_product
from .regular import BiorthogonalCodebook, EquidistantCodebook
from .spec import as_codebook

FLAT = 1e-12
"""Singular values below this part of the largest, or no larger than rounding of the codes, do not count as spanned."""

MONTE_CARLO_WORK = 2e10
"""Multiplications that a Monte Carlo estimate may take, as far as 256 to ``samples`` directions allow."""

BLOCK = 2**22
"""Inner products held at a time."""

UPPER, PANELS, ORDER = 14.0, 56, 16
"""The maximum of up to 2^53 normals exceeds 14 with probability below 1e-28."""


@dataclass(frozen=True)
class MeanWidth:
    """E max_k Z·e_k.

    Attributes:
        value: the mean width.
        stderr: its standard error; 0 where it is exact.
        method: ``exact``, ``quadrature`` or ``monte-carlo``; of a product, the least exact of its factors'.
        samples: directions drawn, 0 where it is exact.
        seed: seed of the draw.
    """

    value: float
    stderr: float
    method: str
    samples: int
    seed: int


def mean_width(codebook: Codebook | str, samples: int = 4096, seed: int = 0) -> MeanWidth:
    """w(E) = E max_k Z·e_k with Z ~ N(0, I_n); at low SNR, K·A(r) = 1 + r w(E) + O(r²) under a uniform prior.

    It does not depend on the prior nor on where the codebook is.  It adds over the factors of a product.  In one
    dimension it is (max − min)/√(2π), in two the perimeter of the convex hull over 2√(2π), in three
    Σ ℓ θ/(2π)^{3/2} over the hull's edges of length ℓ and exterior angle θ: all exact.  One-hot, simplex and
    biorthogonal codes are one integral each, to rounding.  Other codebooks are estimated: E|Z| times the mean over
    directions u of half the width max_k u·e_k − min_k u·e_k.

    Args:
        codebook: the codebook, or its spec.
        samples: directions for the estimate; fewer are drawn for a codebook with many coordinates (at least 256).
        seed: of the draw; the same seed gives the same bits.

    Raises:
        InputError: for a negative seed, or a spec that names no codebook.
        TooLargeError: for a codebook that must be estimated and cannot be listed.
    """
    codebook = as_codebook(codebook)
    seed = check_seed(seed)
    if isinstance(codebook, ArrayCodebook):
        codebook = as_product(codebook.with_prior(None)) or codebook
    if isinstance(codebook, ProductCodebook):
        parts = [(mean_width(factor, samples, seed), count) for factor, count in codebook.groups]
        value = math.fsum(part.value * count for part, count in parts)
        stderr = math.hypot(*(part.stderr * count for part, count in parts))
        method = max((part.method for part, _ in parts), key=("exact", "quadrature", "monte-carlo").index)
        return MeanWidth(value, stderr, method, max(part.samples for part, _ in parts), seed)
    if isinstance(codebook, EquidistantCodebook):
        width = codebook.distance / math.sqrt(2) * _expected_maximum(codebook.K)
        return MeanWidth(width, 0.0, "quadrature", 0, seed)
    if isinstance(codebook, BiorthogonalCodebook):
        return MeanWidth(codebook.norm * _expected_largest_modulus(codebook.n), 0.0, "quadrature", 0, seed)
    spanned = _spanned(codebook.points)
    if spanned.shape[1] <= 3:
        try:
            return MeanWidth(_of_hull(spanned), 0.0, "exact", 0, seed)
        except QhullError:  # so nearly flat that no hull can be built
            pass
    return _estimate(spanned, samples, seed)


def _spanned(points: Array) -> Array:
    """The codes in an orthonormal basis of the directions that they span."""
    centred = points - points.mean(axis=0)
    if points.shape[1] == 1:
        return np.asarray(centred)
    # Not from the eigenvalues of the Gram matrix: those are squares, of which rounding hides more.
    _, values, basis = np.linalg.svd(np.linalg.qr(centred, mode="r"), full_matrices=False)
    rounding = np.finfo(np.float64).eps * float(np.abs(points).max()) * math.sqrt(points.size)
    kept = values > max(FLAT * values[0], rounding)
    spans = len(values) == points.shape[1] and kept.all()
    return np.asarray(centred if spans else centred @ basis[kept].T)


def _of_hull(points: Array) -> float:
    n = points.shape[1]
    if n == 1:
        return float(np.ptp(points)) / math.sqrt(2 * math.pi)
    hull = ConvexHull(points)
    if n == 2:
        return float(hull.area) / (2 * math.sqrt(2 * math.pi))
    total = 0.0
    for corner in range(3):
        # The edge opposite a corner is shared with the neighbour on that side; every edge is met twice.
        ends = points[np.delete(hull.simplices, corner, axis=1)]
        lengths = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
        first, second = hull.equations[:, :3], hull.equations[hull.neighbors[:, corner], :3]
        angles = np.arctan2(np.linalg.norm(np.cross(first, second), axis=1), np.einsum("ij,ij->i", first, second))
        total += float(lengths @ angles) / 2
    return total / math.sqrt(2 * math.pi) ** 3


def _expected_maximum(count: int) -> float:
    """E max of N independent normals = ∫_0^∞ (1 − Φ(z)^N − Φ(−z)^N) dz."""
    nodes, weights = _half_line()
    return float(weights @ (-np.expm1(count * log_ndtr(nodes)) - np.exp(count * log_ndtr(-nodes))))


def _expected_largest_modulus(count: int) -> float:
    """E max |Z_i| of N independent normals = ∫_0^∞ (1 − (2Φ(z) − 1)^N) dz."""
    nodes, weights = _half_line()
    return float(weights @ -np.expm1(count * np.log1p(-2 * np.exp(log_ndtr(-nodes)))))


def _half_line() -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    step = UPPER / PANELS
    return (step * (np.arange(PANELS)[:, None] + (nodes + 1) / 2)).ravel(), np.tile(weights * step / 2, PANELS)


def _estimate(points: Array, samples: int, seed: int) -> MeanWidth:
    tokens, n = points.shape
    draws = min(max(samples, 2), max(256, int(MONTE_CARLO_WORK / (2 * tokens * n))))
    generator = np.random.default_rng(seed)
    halves = []
    rows = max(1, BLOCK // tokens)
    for start in range(0, draws, rows):
        directions = generator.standard_normal((min(rows, draws - start), n))
        products = directions @ points.T
        halves.append(np.ptp(products, axis=1) / (2 * np.linalg.norm(directions, axis=1)))
    half = np.concatenate(halves)
    length = math.sqrt(2) * math.exp(math.lgamma((n + 1) / 2) - math.lgamma(n / 2))  # E|Z|
    stderr = float(half.std(ddof=1)) / math.sqrt(draws)
    return MeanWidth(length * float(half.mean()), length * stderr, "monte-carlo", draws, seed)
