"""How often the posterior can be undecided at a given SNR: a bound for events too rare to be seen in samples."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.distance_distribution import distance_distribution
from ..codebooks.distances import distance_statistics
from ..errors import TooLargeError
from ..logspace import logsumexp


def undecided_bound(codebook: Codebook) -> Callable[[Array], Array]:
    """γ → a bound on min(1, E[1 − p(k|Y)]), where Y = √γ e_k + ε; shapes (G,).

    E[1 − p(k|Y)] ≤ Σ_{i≠j} √(π_i π_j) e^{−γd²/8} min(1/2, √(π/2)/(√γ d)), d = ‖e_i − e_j‖: the error of a token drawn
    from the posterior of each pair, a b/(a + b) ≤ √(ab)/2.  Over the distance distribution where it can be had, with
    √(π_i π_j) ≤ max π; otherwise all K² pairs count as being at d_min.
    """
    try:
        found = distance_distribution(codebook)
        distances, counts = found.distances, found.counts
    except TooLargeError:
        distances, counts = np.array([distance_statistics(codebook).d_min]), np.array([float(codebook.K)])
    log_counts = np.log(counts) + math.log(codebook.max_prior) + math.log(codebook.K)

    def bound(gammas: Array) -> Array:
        lengths = np.sqrt(gammas)[:, None] * distances
        with np.errstate(divide="ignore"):
            share = np.minimum(0.5, math.sqrt(math.pi / 2) / lengths)
        return np.asarray(np.exp(np.minimum(logsumexp(log_counts - lengths**2 / 8 + np.log(share)), 0.0)))

    return bound
