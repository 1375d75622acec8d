"""The best N-step path through a set of SNRs: dynamic programming with a Monge cost.

A step from γ_a to γ_b costs m_a(γ_b − γ_a).  As m falls with γ, C(a,b) + C(a',b') ≤ C(a,b') + C(a',b) for
a < a' < b < b': the best predecessor rises with the end point, and every layer is found by divide and conquer in
O(M log M), all points of a level at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array

Indices = NDArray[np.int64]


def best_path(gamma: Array, mmse: Array, steps: int) -> Indices:
    """Indices 0 = i_0 < … < i_N = M − 1 that minimise Σ m(γ_{i_j})(γ_{i_{j+1}} − γ_{i_j}), exactly.

    Args:
        gamma: increasing candidates, shape (M,).
        mmse: non-increasing, shape (M,).
        steps: N, from 1 to M − 1.
    """
    count = len(gamma)
    # Costs are differences to those of the finest path, which keeps them small: the sum of all of them is N-free.
    cost = mmse[0] * (gamma - gamma[0])
    choices = []
    previous = np.zeros(count, dtype=np.int64)
    for layer in range(1, steps):
        # Before layer k, `cost` holds the best path of exactly k steps; points below k have none.
        cost, previous = _next_layer(gamma, mmse, cost, previous, layer)
        choices.append(previous)
    path = [count - 1]
    for chosen in reversed(choices):
        path.append(int(chosen[path[-1]]))
    return np.array([0, *reversed(path)])


def _next_layer(gamma: Array, mmse: Array, cost: Array, previous: Indices, layer: int) -> tuple[Array, Indices]:
    """The best paths of one more step to each point: min over a < b of cost_a + m_a(γ_b − γ_a)."""
    count = len(gamma)
    base = cost - mmse * gamma
    best, chosen = np.full(count, np.inf), np.full(count, layer, dtype=np.int64)
    chosen[count - 1] = count - 2
    stride = 1 << (count - 1).bit_length()
    while stride:
        ends = np.arange(stride, count, 2 * stride)
        if stride == 1 << (count - 1).bit_length():
            ends = np.array([count - 1])
        ends = ends[ends > layer]
        if len(ends):
            low = np.where(ends - stride > layer, chosen[np.maximum(ends - stride, 0)], layer)
            low = np.maximum(low, previous[ends])
            after = ends + stride
            high = np.where(after < count, chosen[np.minimum(after, count - 1)], chosen[count - 1])
            high = np.maximum(np.minimum(high, ends - 1), low)
            best[ends], chosen[ends] = _range_minima(base, mmse, gamma[ends], low, high)
        stride //= 2
    return best, chosen


def _range_minima(base: Array, slope: Array, at: Array, low: Indices, high: Indices) -> tuple[Array, Indices]:
    """For each end: the least base_a + slope_a·at over a in [low, high], and the first a that attains it."""
    lengths = high - low + 1
    first = np.cumsum(lengths) - lengths
    a = np.arange(first[-1] + lengths[-1]) + np.repeat(low - first, lengths)
    values = base[a] + slope[a] * np.repeat(at, lengths)
    least = np.minimum.reduceat(values, first)
    hits = np.flatnonzero(values == np.repeat(least, lengths))
    return least, a[hits[np.searchsorted(hits, first)]]
