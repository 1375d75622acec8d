"""How often predictions can be undecided at a given SNR: bounds for events too rare to be seen in samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.distance_distribution import distance_distribution
from ..codebooks.distances import distance_statistics
from ..errors import TooLargeError
from ..logspace import logsumexp


@dataclass(frozen=True)
class Indecision:
    """How often a prediction q is undecided between tokens, by how far these are apart.

    The log-odds of two tokens in q are those of the posterior over τ, plus noise of variance 2s².  With d = ‖e_i − e_j‖
    and t = min(1/2, 2/τ), the mean over Y = √γ e_i + ε of min(1, q_j/q_i)² is at most

        Σ_{i≠j} π_i^{1−t} π_j^t e^{−t(1−t)γd²/2 + s²/4},

    over the distance distribution where it can be had, with max π for the π; otherwise all K² pairs count as being at
    d_min.  For τ = 1, s = 0 a term has a factor min(1/2, √(π/2)/(√γ d)), and the sum is a bound on the error of a token
    drawn from the posterior, E[1 − p(k|Y)], since a b/(a + b) ≤ √(ab)/2; for τ < 1 predictions are more decided.

    Attributes:
        farthest: of the pairs of each class, whose distances are within a factor of 2, ascending, shape (C,).
        distances: shape (m,), ascending.
        log_counts: log of how many pairs there are at each, times max π, shape (m,).
        first: the first distance of each class, shape (C,).
        temperature: τ.
        noise: s.
    """

    farthest: Array
    distances: Array
    log_counts: Array
    first: NDArray[np.intp]
    temperature: float = 1.0
    noise: float = 0.0

    def between(self, gammas: Array) -> Array:
        """Bounds on how often q is undecided between tokens of each class or a farther one, at most 1, shape (C, G)."""
        lengths = np.sqrt(gammas)[:, None] * self.distances
        t = min(0.5, 2 / self.temperature)
        terms = self.log_counts - t * (1 - t) / 2 * lengths**2 + self.noise**2 / 4
        if self.temperature <= 1 and self.noise == 0:
            with np.errstate(divide="ignore"):
                terms = terms + np.log(np.minimum(0.5, math.sqrt(math.pi / 2) / lengths))
        return np.array([np.exp(np.minimum(logsumexp(terms[:, int(start) :]), 0.0)) for start in self.first])

    def at_all(self, gammas: Array) -> Array:
        """The same of any two tokens, shape (G,)."""
        return np.asarray(self.between(gammas)[0])

    def second_moment(self, undecided: Array, largest: float) -> Array:
        """E[v²] of squared errors v ≤ ``largest`` that are at most 2d² where q is undecided up to a distance d.

        Args:
            undecided: probabilities of the classes, as of :meth:`between`, shape (C, …).
            largest: bound on v.
        """
        squares = np.minimum(largest, 2 * self.farthest**2) ** 2
        return np.tensordot(np.diff(squares, prepend=0.0), undecided, axes=1)


def indecision(codebook: Codebook, odds: tuple[float, float] | None = (1.0, 0.0)) -> Indecision:
    """How often the posterior, or a prediction like it, is undecided.

    Args:
        codebook: codes and prior.
        odds: τ and s of the prediction's log-odds; None where an error does not shrink with the distance of the tokens
            that it is undecided between: all pairs are then one class without an end.
    """
    try:
        found = distance_distribution(codebook)
        distances, counts = found.distances, found.counts
    except TooLargeError:
        distances, counts = np.array([distance_statistics(codebook).d_min]), np.array([float(codebook.K)])
        odds = None
    log_counts = np.log(counts) + math.log(codebook.max_prior) + math.log(codebook.K)
    if odds is None:
        return Indecision(np.array([math.inf]), distances, log_counts, np.zeros(1, dtype=np.intp))
    first = np.flatnonzero(np.diff(np.floor(np.log2(distances)), prepend=-math.inf))
    return Indecision(distances[np.append(first[1:], len(distances)) - 1], distances, log_counts, first, *odds)
