"""Tokens of equal standing grouped by their prior: sums over K tokens of a smooth function of log π at a fixed cost.

The token with the largest prior, the favourite, is kept apart: whatever sum over the others is wanted, the terms of
the favourite are the largest, and leaving a token out never cancels.  For many different priors, Σ_j f(τ + log π_j)
becomes Σ_m w_m f(τ + g_m) over a uniform grid g: each token is spread over neighbouring grid points with the weights of
Lagrange interpolation.  With τ on the same grid the sum is over a table of f.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..logspace import LOG_2

LISTED = 32
"""Up to as many different priors are not spread over a grid."""

POINTS = 12
"""Points of the interpolation: on a grid of step δ it errs by 3e4·(δ/R)^12 for a function analytic within a distance R,
3e-14 for δ = R/32."""


@dataclass(frozen=True)
class Grid:
    """Where f(τ + log π_j − log π_0) is evaluated for all tokens j but the favourite, 0.

    Attributes:
        shifts: g_m ≤ 0 up to the width of the interpolation, shape (N,).
        weights: w_m with Σ_j f(log π_j − log π_0) = Σ_m w_m f(g_m), shape (N,).
        rows: the grid points of each distinct prior, shape (G, points); identity for few priors.
        lagrange: their weights, shape (G, points).
        step: δ, of which all shifts are multiples; 0 where they are the priors themselves.
    """

    shifts: Array
    weights: Array
    rows: NDArray[np.int64]
    lagrange: Array
    step: float

    def at_priors(self, values: Array) -> Array:
        """A function known at the shifts, at each distinct prior: shape (functions, N) to (functions, G)."""
        if self.step == 0:
            return values
        return np.ascontiguousarray((self._interpolation @ values.T).T, dtype=np.float64)

    @cached_property
    def _interpolation(self) -> Any:
        import scipy.sparse

        groups, points = self.rows.shape
        entries = self.lagrange.ravel(), self.rows.ravel(), np.arange(groups + 1) * points
        return scipy.sparse.csr_array(entries, shape=(groups, len(self.shifts)))


class PriorGroups:
    """The tokens of positive prior: the favourite, and the others grouped by equal priors.

    Attributes:
        log_favourite: log π_0.
        below: log π_g − log π_0 ≤ 0 for each distinct prior of the others, descending, shape (G,).
        counts: how many tokens have it, shape (G,).
    """

    def __init__(self, log_favourite: float, below: Array, counts: Array) -> None:
        self.log_favourite, self.below, self.counts = log_favourite, below, counts
        self._last: tuple[tuple[float, int, bool], Grid] | None = None

    @classmethod
    def of(cls, codebook: Codebook) -> PriorGroups:
        """The groups of a codebook; a uniform prior is not listed, however many tokens there are."""
        if codebook.is_uniform:
            return cls(-float(np.log(codebook.K)), np.zeros(1), np.array([float(codebook.K - 1)]))
        return cls.of_prior(codebook.prior)

    @classmethod
    def of_prior(cls, prior: Array) -> PriorGroups:
        """The groups of π, shape (K,); tokens of prior 0 are left out."""
        priors, counts = np.unique(prior[prior > 0], return_counts=True)
        log_prior, numbers = np.log(priors)[::-1], counts[::-1].astype(float)
        numbers[0] -= 1
        kept = numbers > 0
        return cls(float(log_prior[0]), (log_prior - log_prior[0])[kept], numbers[kept])

    @cached_property
    def log_tokens(self) -> float:
        """log K, of the tokens with positive prior."""
        return float(np.log1p(self.counts.sum()))

    @cached_property
    def log_prior_mass(self) -> Array:
        """Log of the total prior of each group, shape (G,)."""
        return np.asarray(self.log_favourite + self.below + np.log(self.counts))

    @cached_property
    def is_uniform(self) -> bool:
        """Whether all tokens of positive prior have the same."""
        return len(self.below) == 1 and self.below[0] == 0

    @cached_property
    def log_pair_weight(self) -> float:
        """log Σ_{j≠k} √(π_j π_k), from sums of positive terms over tokens in descending order."""
        half = (self.log_favourite + self.below) / 2
        earlier = np.logaddexp.accumulate(np.concatenate([[self.log_favourite / 2], np.log(self.counts) + half]))[:-1]
        within = np.log(np.maximum(self.counts - 1, 1e-300) / 2)
        pairs = half + np.log(self.counts) + np.logaddexp(earlier, within + half)
        return float(LOG_2 + np.logaddexp.reduce(pairs))

    @cached_property
    def entropy(self) -> float:
        """H(π) = −Σ π_k log π_k, nats, with relative accuracy also where one token has nearly all of it."""
        mass = np.exp(self.log_prior_mass)
        favourite = -np.log1p(-mass.sum()) if mass.sum() < 0.5 else -self.log_favourite
        return float(np.exp(self.log_favourite) * favourite - mass @ (self.log_favourite + self.below))

    def grid(self, step: float, lowest: float = -np.inf) -> Grid:
        """Where to evaluate functions that are smooth on the scale of some 30 steps.

        Args:
            step: δ > 0: the shifts are whole multiples of it, unless the priors are few.
            lowest: shifts below it are left out.
        """
        kept = int(np.sum(self.below >= lowest))
        key = step, kept, kept <= LISTED
        if self._last is None or self._last[0] != key:
            self._last = key, self._grid(*key)
        return self._last[1]

    def _grid(self, step: float, kept: int, listed: bool) -> Grid:
        below, counts = self.below[:kept], self.counts[:kept]
        if listed:
            rows = np.arange(len(below))[:, None]
            return Grid(below, counts, rows, np.ones((len(below), 1)), 0.0)
        place = below / step
        first = np.floor(place).astype(np.int64) - (POINTS // 2 - 1)
        origin = int(first.min())
        rows = first[:, None] - origin + np.arange(POINTS)
        lagrange = _lagrange(place - first)
        weights: Array = np.bincount(rows.ravel(), (lagrange * counts[:, None]).ravel()).astype(np.float64)
        shifts = np.asarray((origin + np.arange(len(weights))) * step, dtype=np.float64)
        return Grid(shifts, weights, rows, lagrange, step)


def _lagrange(place: Array) -> Array:
    """Weights of polynomial interpolation from the points 0, 1, …, POINTS − 1 to ``place``, shape (G, POINTS)."""
    factors = place[:, None] - np.arange(POINTS)
    ones = np.ones((len(place), 1))
    before = np.cumprod(np.concatenate([ones, factors[:, :-1]], axis=1), axis=1)
    after = np.cumprod(np.concatenate([ones, factors[:, :0:-1]], axis=1), axis=1)[:, ::-1]
    scale = [(-1) ** (POINTS - 1 - i) * math.factorial(i) * math.factorial(POINTS - 1 - i) for i in range(POINTS)]
    return np.asarray(before * after / np.array(scale, dtype=float))
