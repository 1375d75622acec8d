"""How much of a line each of L tokens should own: the widths of the optimal decision's intervals, for any prior.

Let a decision give token i the interval (t_{i−1}, t_i) of Y = r a_i + N(0, 1).  For given t the best a_i is the middle
of its interval, within the box: A = Σ π_i(2Φ(w_i/2) − 1) over the inner tokens, of widths w_i, plus π_a Φ(s) and
π_b Φ(s') for the outer two, which sit at the ends of the box, s and s' from their thresholds; s + Σw + s' is r times
the length of the box.  A is the largest of this over t, since the optimal decision is one of these.  Stationarity says

    π_a φ(s) = π_i φ(w_i/2) = π_b φ(s') = μ for every open interval,  π_i φ(0) ≤ μ for every closed one.

In terms of the gaps Δ_i of neighbours that keep an interval, π_i φ(h_i) = μ at every threshold h_i = rΔ_i/2 +
log(π_i/π_{i+1})/(rΔ_i), since dψ_i/dΔ_i = −r π_i φ(h_i) for the error ψ_i = π_i Φ(−h_i) + π_{i+1} Φ(−h'_i) at a gap.

For given outer tokens and s, s' ≥ 0 the problem is concave and has one solution, by a root in μ.  At most one of s, s'
is negative at a maximum (an outer token of small prior that wins only beyond the end of the box), say s: by the
second-order condition 1/|s| > Σ 4/w_i + 1/s' only tokens of larger prior than that one are open, and there is again at
most one root.  Trying every pair of outer tokens that can be optimal gives the global optimum.  At low SNR rare tokens
are given up: their intervals are closed and their whole prior is lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...arrays import Array
from ...gaussian import LOG_SQRT_2PI, log_ndtr
from ...logspace import logsumexp

FARTHEST = 40.0
"""Thresholds this far from a code are crossed with probability 1e-350."""

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Partition:
    """Tokens from left to right with half the widths of their intervals, 0 for an inner one that is closed.

    An outer token's half width is the distance of its level from its threshold, negative where that is beyond the box.
    Tokens that are not listed are given up too.
    """

    tokens: Index
    widths: Array
    log_mu: float
    log_error: float


def best_partition(prior: Array, half: float, order: str) -> Partition | None:
    """The best solution over the tokens that can sit at the ends; None where no one beats the likeliest token alone."""
    seen = np.flatnonzero(prior > 0)
    rest = np.delete(prior, np.argmax(prior))
    least = math.log(math.fsum(rest)) if rest.any() else -math.inf
    best = None
    with np.errstate(divide="ignore"):
        log_prior = np.log(prior)
    for first, last in _ends(prior, seen, order):
        if order == "given":
            tokens = seen[(seen >= first) & (seen <= last)]
        else:
            inner = seen[(seen != first) & (seen != last)]
            tokens = np.concatenate([[first], inner, [last]])
        for widths_of in (_both_within, _first_beyond, _last_beyond):
            found = widths_of(log_prior[tokens], half)
            if found is None:
                continue
            widths, log_mu = found
            given_up = np.ones(len(prior), dtype=bool)
            given_up[tokens] = False
            tails = np.log(_shares(len(tokens))) + log_prior[tokens] + log_ndtr(-widths)
            tails[1:-1] = np.where(widths[1:-1] == 0, log_prior[tokens[1:-1]], tails[1:-1])
            log_error = float(logsumexp(np.concatenate([tails, log_prior[given_up]])))
            if log_error < least:
                best, least = Partition(tokens, widths, log_mu, log_error), log_error
    return best


def _shares(count: int) -> Array:
    """How many thresholds each token has: one for the outer tokens, two for the inner ones."""
    shares = np.full(count, 2.0)
    shares[[0, -1]] = 1.0
    return shares


def _ends(prior: Array, seen: Index, order: str) -> list[tuple[int, int]]:
    """Pairs of tokens that can be the outer ones.

    In the given order an outer token has a larger prior than every one beyond it, which could take its place.  In a
    free order tokens of equal prior are alike.
    """
    if order == "free":
        alike = [i for i in seen.tolist() if sum(prior[j] == prior[i] for j in seen.tolist() if j < i) < 2]
        return [(i, j) for n, i in enumerate(alike) for j in alike[n + 1 :]]
    lefts: list[int] = []
    rights: list[int] = []
    for found, tokens in ((lefts, seen.tolist()), (rights, seen.tolist()[::-1])):
        largest = 0.0
        for token in tokens:
            if prior[token] > largest:
                found.append(token)
                largest = float(prior[token])
    return [(i, j) for i in lefts for j in rights if i < j]


def _both_within(log_prior: Array, half: float) -> tuple[Array, float]:
    """(half widths √(2 log(π φ(0)/μ)) that fill the box, log μ)."""
    peaks = log_prior - LOG_SQRT_2PI
    top, shares = float(peaks.max()), _shares(len(peaks))

    def widths(depth: float) -> Array:
        """At log μ = max peak − depth²/2."""
        return np.asarray(np.sqrt(np.maximum(depth**2 + 2 * (peaks - top), 0.0)))

    def excess(depth: float) -> float:
        return float(shares @ widths(depth)) / (2 * half) - 1

    # The likeliest token alone fills the box at this depth at the latest.
    depth = _root(excess, 0.0, 2 * half * (1 + 1e-9))
    return widths(depth), top - depth**2 / 2


def _first_beyond(log_prior: Array, half: float) -> tuple[Array, float] | None:
    """The same with the first token's threshold beyond its end of the box: its half width counts as negative.

    Open are the tokens of larger prior.  With v = |s|², the square of a token's half width is v + c, c = 2 log of the
    ratio of its prior and the first one's, and Σ shares √(v + c) − √v falls in v as long as Σ shares √(v/(v + c)) < 1.
    """
    ratio = 2 * (log_prior - log_prior[0])
    opened = ratio > 0
    if not opened[-1]:
        return None
    shares, c = _shares(len(ratio))[opened], ratio[opened]

    def excess(s: float) -> float:
        # √(s² + c) − s for the last token, without cancellation.
        last = c[-1] / (math.sqrt(s**2 + c[-1]) + s)
        return (float(shares[:-1] @ np.sqrt(s**2 + c[:-1])) + last) / (2 * half) - 1

    def bend(s: float) -> float:
        return float(shares @ (s / np.sqrt(s**2 + c))) - 1

    if excess(0.0) < 0:
        return None
    if len(c) == 1:
        s = max(float(c[0]) / (4 * half) - half, 0.0)
        if s > FARTHEST:
            return None
    else:
        # s = 4√c gives s/√(s² + c) > 0.97, and two open tokens have shares of 3.
        farthest = _root(bend, 0.0, 4 * math.sqrt(float(c.max())))
        if excess(farthest) > 0:
            return None
        s = _root(excess, 0.0, farthest)
    widths = np.where(opened, np.sqrt(np.maximum(s**2 + ratio, 0.0)), 0.0)
    widths[0] = -s
    return widths, float(log_prior[0]) - LOG_SQRT_2PI - s**2 / 2


def _last_beyond(log_prior: Array, half: float) -> tuple[Array, float] | None:
    found = _first_beyond(log_prior[::-1], half)
    return None if found is None else (found[0][::-1], found[1])


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    if function(high) == 0:
        return high
    return float(brentq(function, low, high, xtol=1e-300, rtol=1e-15, maxiter=1000))
