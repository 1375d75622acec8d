"""Bounds on the error of MAP decisions: union above; single neighbour, de Caen and volume below.

They hold for every codebook and need pairs of codes, not samples.  "Bound" means a mathematical bound evaluated in
float64, not an enclosure of rounding errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...arrays import Array
from ...codebooks.codebook import Codebook, ProductCodebook, listable
from ...codebooks.regular import EquidistantCodebook
from ...gaussian import log_ndtr, log_wedge
from ...logspace import log1mexp, log_any, logsumexp
from .neighbours import HalfSpaces, decisive_half_spaces, half_spaces

DE_CAEN_NEIGHBOURS = 16
"""Competitors of a token whose pairwise overlaps de Caen's bound uses."""

UNION_RTOL = 1e-6


@dataclass(frozen=True)
class ErrorBounds:
    """Bounds on log(1 − A), each of shape (R,).

    Attributes:
        union: upper; log Σ_k π_k Σ_{j≠k} Φ(−h_kj), h_kj = r d_kj/2 + log(π_k/π_j)/(r d_kj), at most 0.
        single: lower; log Σ_k π_k max_j Φ(−h_kj).
        de_caen: lower; de Caen's bound for each token, log Σ_k π_k Σ_j Φ(−h_kj)²/Σ_i P(both k loses to j and to i).
        volume: lower; log(1 − max π · Π_i (1 + r w_i/√(2π))) for codes in a box of widths w_i; −inf where vacuous.
    """

    union: Array
    single: Array
    de_caen: Array
    volume: Array

    @property
    def upper(self) -> Array:
        """The best upper bound."""
        return self.union

    @property
    def lower(self) -> Array:
        """The best lower bound."""
        return np.maximum(np.maximum(self.single, self.de_caen), self.volume)


def error_bounds(codebook: Codebook, r: Array) -> ErrorBounds:
    """Bounds on the log error of MAP decisions at each r, shape (R,), positive and finite.

    A product is bounded factor by factor: its error 1 − Π(1 − e_i) increases with each of theirs.

    Raises:
        TooLargeError: where a codebook that does not factorise is too large to list.
    """
    volume = _volume(codebook, r)
    if isinstance(codebook, ProductCodebook):
        parts = [error_bounds(factor, r) for factor, _ in codebook.groups]
        counts = np.array([count for _, count in codebook.groups], dtype=float)
        joined = (log_any(np.stack([getattr(p, name) for p in parts], axis=-1), counts)[1] for name in _PAIRWISE)
        union, single, de_caen = (np.asarray(values) for values in joined)
        return ErrorBounds(union, single, de_caen, volume)
    if isinstance(codebook, EquidistantCodebook) and codebook.is_uniform:
        union, single, de_caen = _equidistant(codebook, r)
        return ErrorBounds(union, single, de_caen, volume)
    listable(codebook.K, codebook.n)
    union, single, de_caen = np.array([_pairwise(codebook, float(rate)) for rate in r]).reshape(len(r), 3).T
    return ErrorBounds(union, single, de_caen, volume)


_PAIRWISE = ("union", "single", "de_caen")


def _volume(codebook: Codebook, r: Array) -> Array:
    """K A ≤ ∫ max over the box of φ(x − re) dx = Π_i (1 + r w_i/√(2π)), and with a prior A ≤ max π times that."""
    with np.errstate(over="ignore"):
        log_growth = np.log1p(np.asarray(r)[:, None] * _widths(codebook) / np.sqrt(2 * np.pi)).sum(axis=1)
    return np.asarray(log1mexp(np.minimum(np.log(codebook.max_prior) + log_growth, 0.0)))


def _widths(codebook: Codebook) -> Array:
    """The widths of the smallest box that holds the codes, shape (n,)."""
    if isinstance(codebook, ProductCodebook):
        return np.concatenate([_widths(factor) for factor in codebook.factors])
    if isinstance(codebook, EquidistantCodebook) and codebook.K * codebook.n > 2**24:
        return np.full(codebook.n, codebook.distance)
    return np.ptp(codebook.points, axis=0)


def _equidistant(codebook: EquidistantCodebook, r: Array) -> tuple[Array, Array, Array]:
    """All K − 1 competitors alike: any two directions to them meet at 60 degrees."""
    others = codebook.K - 1
    h = r * codebook.distance / 2
    single = log_ndtr(-h)
    both = log_bivariate_tail(h, h, np.full_like(h, 0.5))
    overlap = np.logaddexp(single, both + np.log(others - 1)) if others > 1 else single
    return np.minimum(single + np.log(others), 0.0), single, np.log(others) + 2 * single - overlap


def _pairwise(codebook: Codebook, r: float) -> tuple[float, float, float]:
    spaces = decisive_half_spaces(codebook, r, UNION_RTOL)
    if spaces is None:
        spaces = half_spaces(codebook, r, min(codebook.K - 1, 1024))
    union = min(float(np.logaddexp(spaces.log_union, spaces.log_truncated)), 0.0)
    return union, spaces.log_largest, _de_caen(codebook, spaces)


def _de_caen(codebook: Codebook, spaces: HalfSpaces) -> float:
    """P(∪_j B_j) ≥ Σ_j P(B_j)²/Σ_i P(B_j ∩ B_i), over the nearest competitors of each token (a subset is valid)."""
    used = min(DE_CAEN_NEIGHBOURS, spaces.threshold.shape[1])
    index, distance = spaces.neighbours.index[:, :used], spaces.neighbours.distance[:, :used]
    threshold = spaces.threshold[:, :used]
    log_prior = codebook.log_prior
    points = codebook.points
    totals = []
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
        totals.append(np.minimum(per_token, 0.0) + log_prior[part])
    return float(logsumexp(np.concatenate(totals)))


def log_bivariate_tail(h: Array, k: Array, correlation: Array) -> Array:
    """Log of P(X > h, Y > k) for standard normals with the given correlation ρ: an upper bound, and nearly exact.

    For h, k ≥ 0 the quadrant is what lies beyond two half-lines, W(h, (k − ρh)/√(1−ρ²), ∞) + W(k, (h − ρk)/√(1−ρ²), ∞),
    with 80 nodes a wedge, rounded up by 1e-6 (and 1e-15 absolute for h or k below 1); it is 1/4 + arcsin(ρ)/2π for
    h = k = 0 and nothing for ρ = −1.  Otherwise the smaller of P(X > h) and P(Y > k).
    """
    smaller = np.minimum(log_ndtr(-h), log_ndtr(-k))
    root = np.sqrt(np.maximum((1 - correlation) * (1 + correlation), 0.0))
    good = (h >= 0) & (k >= 0) & (root > 1e-6)
    low, high, cosine, sine = h[good], k[good], correlation[good], root[good]
    wedges = np.logaddexp(
        log_wedge(low, (high - cosine * low) / sine, np.inf, panels=10, order=8),
        log_wedge(high, (low - cosine * high) / sine, np.inf, panels=10, order=8),
    )
    # Below distance 1 a wedge is a difference of Owen's T, good to 1e-15 in absolute terms only.
    slack = np.where(np.minimum(low, high) < 1, np.log(1e-15), -np.inf)
    opposite = (correlation < -1 + 1e-12) & (h + k > 0)
    result = np.where(opposite, -np.inf, smaller)
    wedges = np.where((low == 0) & (high == 0), np.log(0.25 + np.arcsin(cosine) / (2 * np.pi)), wedges)
    result[good] = np.minimum(np.logaddexp(wedges + 1e-6, slack), smaller[good])
    return result
