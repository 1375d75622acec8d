"""Bounds on the error of MAP decisions: union above; single neighbour, Bonferroni, de Caen and volume below.

They hold for every codebook and need pairs of codes, not samples.  "Bound" means a mathematical bound evaluated in
float64, not an enclosure of rounding errors; :mod:`.certified_bounds` encloses them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import Array
from ...codebooks.array_codebook import ArrayCodebook
from ...codebooks.checks import listable
from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.regular import EquidistantCodebook, OneHotCodebook, SimplexCodebook
from ...errors import InputError
from ...gaussian import log_ndtr, log_wedge
from ...logspace import log1mexp, log_any, logsumexp
from .neighbours import FIRST_NEIGHBOURS, HalfSpaces, decisive_half_spaces, half_spaces, most_neighbours

OVERLAP_NEIGHBOURS = 16
"""Competitors of a token whose pairwise overlaps Bonferroni's and de Caen's bounds use."""

OVERLAP_PAIRS = 2**21
"""Most overlaps (K × neighbours²) that the bounds compute; fewer neighbours make them weaker, not wrong."""

WORTH = 2.0**-7
"""A competitor joins Bonferroni's sum where it adds more than this part of its probability: others cost more later."""

UNION_RTOL = 1e-6


@dataclass(frozen=True)
class ErrorBounds:
    """Logs of bounds on 1 − A, each of the shape of r.

    Attributes:
        log_union: upper; log Σ_k π_k Σ_{j≠k} Φ(−h_kj), h_kj = r d_kj/2 + log(π_k/π_j)/(r d_kj), at most 0.
        log_single: lower; log Σ_k π_k max_j Φ(−h_kj).
        log_bonferroni: lower; log Σ_k π_k [Σ_j Φ(−h_kj) − Σ_{i<j} P(k loses to both)], over competitors that add to it.
        log_de_caen: lower; de Caen's bound for each token, log Σ_k π_k Σ_j Φ(−h_kj)²/Σ_i P(both k loses to j and to i).
        log_volume: lower; log(1 − max π · Π_i (1 + r w_i/√(2π))) for codes in a box of widths w_i; −inf where vacuous.
    """

    log_union: Array
    log_single: Array
    log_bonferroni: Array
    log_de_caen: Array
    log_volume: Array

    @property
    def log_upper(self) -> Array:
        """Log of the best upper bound."""
        return self.log_union

    @property
    def log_lower(self) -> Array:
        """Log of the best lower bound."""
        return np.max([self.log_single, self.log_bonferroni, self.log_de_caen, self.log_volume], axis=0)


def error_bounds(codebook: Codebook, r: ArrayLike) -> ErrorBounds:
    """Bounds on the error 1 − A of MAP decisions from pairs of codes and from the box, noise N(0, 1) a coordinate.

    A product is bounded factor by factor: its error 1 − Π(1 − e_i) increases with each of theirs.

    Args:
        codebook: any; other than products it must be small enough to list, or equidistant.
        r: amplitude ratio α/σ, positive and finite, any shape.

    Raises:
        InputError: for another r.
        TooLargeError: where a codebook that does not factorise is too large to list.
    """
    grid = np.array(r, dtype=np.float64)
    bad = ~(np.isfinite(grid) & (grid > 0))
    if bad.any():
        raise InputError(f"r = {grid[bad].ravel()[0]:g}: bounds expect a positive finite amplitude ratio")
    found = _bounds(codebook, grid.ravel())
    return ErrorBounds(**{name: getattr(found, name).reshape(grid.shape) for name in (*_PAIRWISE, "log_volume")})


def _bounds(codebook: Codebook, r: Array) -> ErrorBounds:
    volume = _volume(codebook, r)
    if isinstance(codebook, ProductCodebook):
        parts = [_bounds(factor, r) for factor, _ in codebook.groups]
        counts = np.array([count for _, count in codebook.groups], dtype=float)
        joined = {
            name: np.asarray(log_any(np.stack([getattr(p, name) for p in parts], axis=-1), counts)[1])
            for name in _PAIRWISE
        }
        return ErrorBounds(**joined, log_volume=volume)
    if isinstance(codebook, EquidistantCodebook) and codebook.is_uniform:
        return ErrorBounds(*_equidistant(codebook, r), volume)
    listable(codebook.K, codebook.n)
    kept = codebook.prior > 0
    if kept.sum() == 1:
        certain = np.full_like(r, -np.inf)
        return ErrorBounds(certain, certain, certain, certain, certain)
    if not kept.all():
        codebook = ArrayCodebook(codebook.points[kept], codebook.prior[kept], codebook.name)
    columns = np.array([_pairwise(codebook, float(rate)) for rate in r]).reshape(len(r), len(_PAIRWISE)).T
    return ErrorBounds(**dict(zip(_PAIRWISE, columns, strict=True)), log_volume=volume)


_PAIRWISE = ("log_union", "log_single", "log_bonferroni", "log_de_caen")


def _volume(codebook: Codebook, r: Array) -> Array:
    """K A ≤ ∫ max over the box of φ(x − re) dx = Π_i (1 + r w_i/√(2π)), and with a prior A ≤ max π times that."""
    with np.errstate(over="ignore"):
        log_growth = np.log1p(np.asarray(r)[:, None] * _widths(codebook) / np.sqrt(2 * np.pi)).sum(axis=1)
    return np.asarray(log1mexp(np.minimum(np.log(codebook.max_prior) + log_growth, 0.0)))


def _widths(codebook: Codebook) -> Array:
    """The widths of the smallest box that holds the codes, shape (n,)."""
    if isinstance(codebook, ProductCodebook):
        return np.concatenate([_widths(factor) for factor in codebook.factors])
    if isinstance(codebook, OneHotCodebook):
        return np.full(codebook.n, codebook.scale)
    if isinstance(codebook, SimplexCodebook):
        # The contrast of m tokens against one has the values 1, 0 and −m, times distance/√(2m(m + 1)).
        return codebook.distance * np.sqrt((1 + 1 / np.arange(1, codebook.K)) / 2)
    return np.ptp(codebook.points, axis=0)


def _equidistant(codebook: EquidistantCodebook, r: Array) -> tuple[Array, Array, Array, Array]:
    """All K − 1 competitors alike: any two directions to them meet at 60 degrees."""
    others = codebook.K - 1
    h = r * codebook.distance / 2
    single = log_ndtr(-h)
    both = log_bivariate_tail(h, h, np.full_like(h, 0.5))
    overlap = np.logaddexp(single, both + np.log(others - 1)) if others > 1 else single
    # Σ_{j≤s} − Σ_{i<j≤s} is largest where the next competitor would take as much as it adds.
    with np.errstate(over="ignore"):
        used = np.minimum(others, np.floor(np.exp(single - both)) + 1)
    bonferroni = single + np.log(used) + np.log1p(-(used - 1) / 2 * np.exp(both - single))
    return np.minimum(single + np.log(others), 0.0), single, bonferroni, np.log(others) + 2 * single - overlap


def _pairwise(codebook: Codebook, r: float) -> tuple[float, float, float, float]:
    spaces = half_spaces(codebook, r, FIRST_NEIGHBOURS)
    if spaces.log_union < 0:
        # Worth the rest: with more competitors, those left out add little to the union.
        spaces = decisive_half_spaces(codebook, r, UNION_RTOL) or half_spaces(codebook, r, most_neighbours(codebook))
    union = min(float(np.logaddexp(spaces.log_union, spaces.log_truncated)), 0.0)
    return union, spaces.log_largest, *_overlapping(codebook, spaces)


def _overlapping(codebook: Codebook, spaces: HalfSpaces) -> tuple[float, float]:
    """Bonferroni's bound and de Caen's, P(∪_j B_j) ≥ Σ_j P(B_j)²/Σ_i P(B_j ∩ B_i) [deC97]; nearest competitors."""
    affordable = max(2, int(np.sqrt(OVERLAP_PAIRS / codebook.K)))
    used = min(OVERLAP_NEIGHBOURS, spaces.threshold.shape[1], affordable)
    index, distance = spaces.neighbours.index[:, :used], spaces.neighbours.distance[:, :used]
    threshold = spaces.threshold[:, :used]
    log_prior = codebook.log_prior
    points = codebook.points
    bonferroni, de_caen = [], []
    block = max(1, 2**14 // used**2)
    for i in range(0, codebook.K, block):
        part = slice(i, i + block)
        direction = (points[index[part]] - points[part, None, :]) / distance[part][..., None]
        cosine = np.clip(np.einsum("kin,kjn->kij", direction, direction), -1.0, 1.0)
        h = threshold[part]
        both = log_bivariate_tail(*np.broadcast_arrays(h[:, :, None], h[:, None, :], cosine))
        single = log_ndtr(-h)
        both[:, np.arange(used), np.arange(used)] = single
        per_token = logsumexp(2 * single - logsumexp(both))
        de_caen.append(np.minimum(per_token, 0.0) + log_prior[part])
        bonferroni.append(_greedy(single, both) + log_prior[part])
    return float(logsumexp(np.concatenate(bonferroni))), float(logsumexp(np.concatenate(de_caen)))


def _greedy(single: Array, both: Array) -> Array:
    """log[Σ_{j∈S} P(B_j) − Σ_{i<j∈S} P(B_i ∩ B_j)] of each token, a competitor joining S where that is worth it."""
    scale = np.max(single, axis=1)
    with np.errstate(invalid="ignore"):
        lost, joint = np.exp(single - scale[:, None]), np.exp(both - scale[:, None, None])
    chosen, total = np.zeros_like(lost), np.zeros_like(scale)
    for j in range(lost.shape[1]):
        gain = lost[:, j] - np.einsum("ki,ki->k", joint[:, :, j], chosen)
        chosen[:, j] = gain > WORTH * lost[:, j]
        total += chosen[:, j] * gain
    return np.log(total) + scale


def log_bivariate_tail(h: Array, k: Array, correlation: Array) -> Array:
    """Log of P(X > h, Y > k) for standard normals with the given correlation ρ: an upper bound, and nearly exact.

    For h, k ≥ 0 by :func:`_log_quadrant`, rounded up by 1e-6 (and 1e-15 absolute for h or k below 1).  For h < 0 it is
    P(Y > k) − P(−X > −h, Y > k), and for h, k < 0 it is P(Y > k) − P(−X > −h) + P(−X > −h, −Y > −k).  For ρ = −1 and h
    + k > 0 it is 0, and for ρ within 1e-12 of ±1 the smaller of P(X > h) and P(Y > k) otherwise.
    """
    one, other = log_ndtr(-h), log_ndtr(-k)
    smaller = np.minimum(one, other)
    root = np.sqrt(np.maximum((1 - correlation) * (1 + correlation), 0.0))
    opposite = (correlation < -1 + 1e-12) & (h + k > 0)
    result = np.where(opposite, -np.inf, smaller)
    good = root > 1e-6
    if not good.any():
        return result
    low, high, cosine = h[good], k[good], correlation[good]
    first, second = low < 0, high < 0
    quadrant = _log_quadrant(np.abs(low), np.abs(high), np.where(first ^ second, -cosine, cosine), root[good])
    above = np.where(first, other[good], one[good])
    with np.errstate(invalid="ignore"):
        rest = above + log1mexp(np.minimum(quadrant - 1e-6 - above, 0.0))
        most = np.exp(other[good]) - np.exp(log_ndtr(low)) + np.exp(quadrant + 1e-6)
    found = np.where(first ^ second, rest, quadrant + 1e-6)
    found = np.where(first & second, np.log(np.maximum(most, 1e-300)), found)
    # Below distance 1 a wedge is a difference of Owen's T, good to 1e-15 in absolute terms only.
    slack = np.where(first | second | (np.minimum(low, high) < 1), np.log(1e-15), -np.inf)
    result[good] = np.minimum(np.logaddexp(found, slack), smaller[good])
    return result


def _log_quadrant(h: Array, k: Array, correlation: Array, root: Array) -> Array:
    """Log P(X > h, Y > k) for h, k ≥ 0, |ρ| < 1: what lies beyond two half-lines that the origin sees.

    W(h, (k − ρh)/√(1−ρ²), ∞) + W(k, (h − ρk)/√(1−ρ²), ∞), with 80 nodes a wedge; 1/4 + arcsin(ρ)/2π for h = k = 0.
    """
    wedges = np.logaddexp(
        log_wedge(h, (k - correlation * h) / root, np.inf, panels=10, order=8),
        log_wedge(k, (h - correlation * k) / root, np.inf, panels=10, order=8),
    )
    return np.where((h == 0) & (k == 0), np.log(0.25 + np.arcsin(correlation) / (2 * np.pi)), wedges)
