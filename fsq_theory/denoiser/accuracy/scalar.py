"""Accuracy of one-dimensional codebooks: MAP and top-m exactly, by Φ; the posterior ("soft") accuracy by quadrature.

Codes a_1 < … < a_K on the line are scaled by r and seen through noise N(0, 1).  Every function returns the log of an
*error* probability, built from positive terms only, so that 1 − A keeps its relative accuracy at any SNR.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...arrays import Array
from ...gaussian import gauss_legendre, log_ndtr, log_ndtr_interval
from ...logspace import array_module, logsumexp

PAIR_BLOCK = 2**23
"""Most numbers (values of r × K²) held at once."""


def log_error_from_gaps(gaps: Any, r: Any) -> Any:
    """Log of the MAP error of a 1-D codebook with the uniform prior, from its gaps Δ_i in increasing order.

    1 − A = (2/K) Σ_i Φ(−r Δ_i/2), K = len(gaps) + 1.  Exact.

    Args:
        gaps: shape (K−1,), positive; NumPy or JAX.
        r: amplitude ratio α/σ, any shape; NumPy or JAX.

    Returns:
        log(1 − A), the shape of r.
    """
    xp = array_module(gaps, r)
    levels = gaps.shape[0] + 1
    arguments = -xp.expand_dims(xp.asarray(r), -1) * (xp.reshape(gaps, (1,) * np.ndim(r) + (-1,)) / 2)
    return logsumexp(log_ndtr(arguments)) + np.log(2 / levels)


def log_token_error(points: Array, log_prior: Array, r: Array, top: int = 1) -> Array:
    """Log of the probability that token k is sent and is not among the ``top`` most probable ones, given k.

    The scores log π_j + r x a_j − r²a_j²/2 are lines in x, so that against each other token k wins on a half line; it
    is among the first m where fewer than m others win.  Exact; ties have probability 0.

    Args:
        points: codes in increasing order, shape (K,).
        log_prior: log π, shape (K,), finite.
        r: shape (R,), positive.
        top: m ≥ 1.

    Returns:
        shape (R, K).
    """
    levels = len(points)
    if top >= levels:
        return np.full((len(r), levels), -np.inf)
    gap = points[None, :] - points[:, None]
    bias = log_prior[:, None] - log_prior[None, :]
    upper_side, lower_side = gap > 0, gap < 0
    out = np.empty((len(r), levels))
    step = max(1, PAIR_BLOCK // levels**2)
    for i in range(0, len(r), step):
        rate = r[i : i + step, None, None]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            # Token j beats token k when the noise z exceeds this threshold (from above: falls below it).
            threshold = rate * gap / 2 + bias / (rate * gap)
        above = np.sort(np.where(upper_side, threshold, np.inf), axis=-1)
        below = -np.sort(np.where(lower_side, -threshold, np.inf), axis=-1)
        out[i : i + step] = _log_outranked(below, above, top)
    return out


def _log_outranked(below: Array, above: Array, top: int) -> Array:
    """log P(at least ``top`` of {z < below_j} and {z > above_j} hold), thresholds sorted outwards from the token."""
    if top == 1:
        low, high = below[..., 0], above[..., 0]
        crossed = low >= high
        both = np.logaddexp(log_ndtr(low), log_ndtr(-high))
        return np.where(crossed, 0.0, np.minimum(both, 0.0))
    # The event is a union over m of {z < below_(m)} ∩ {z > above_(top−m)}: tails for m = 0 and m = top, and between
    # them intervals, which are empty unless a prior is strongly skewed.  The union is taken over disjoint pieces.
    edges = np.sort(np.concatenate([below, above], axis=-1), axis=-1)
    lower = np.concatenate([np.full((*edges.shape[:-1], 1), -np.inf), edges], axis=-1)
    upper = np.concatenate([edges, np.full((*edges.shape[:-1], 1), np.inf)], axis=-1)
    count = np.zeros(lower.shape, dtype=np.int64)
    for j in range(below.shape[-1]):
        count += (upper <= below[..., j, None]) & (lower < upper)
        count += (lower >= above[..., j, None]) & (lower < upper)
    pieces = np.where(count >= top, log_ndtr_interval(lower, upper), -np.inf)
    return np.minimum(logsumexp(pieces), 0.0)


def log_error(points: Array, prior: Array, r: Array, top: int = 1) -> Array:
    """Log of 1 − A for a 1-D codebook, any prior, MAP (``top`` = 1) or among the ``top`` most probable.  Exact.

    Args:
        points: shape (K,), distinct, any order.
        prior: shape (K,), entries may be 0.
        r: shape (R,), positive.
        top: m ≥ 1.

    Returns:
        shape (R,).
    """
    points, prior = _sorted_support(points, prior)
    if len(points) <= top:
        return np.full(len(r), -np.inf)
    if top == 1 and np.all(prior == prior[0]):
        return np.asarray(log_error_from_gaps(np.diff(points), r))
    log_prior = np.log(prior)
    return logsumexp(log_token_error(points, log_prior, r, top) + log_prior)


def log_rounding_token_error(points: Array, r: Array) -> Array:
    """Log of the error of rounding to the nearest of the sorted values a_k, given k: Φ(−rΔ_left/2) + Φ(−rΔ_right/2).

    Exact; shape (R, K).  The same as MAP under the uniform prior; under another it is the readout that ignores it.
    """
    tails = np.pad(log_ndtr(-np.asarray(r)[:, None] * np.diff(points) / 2), ((0, 0), (1, 1)), constant_values=-np.inf)
    return np.minimum(np.logaddexp(tails[:, :-1], tails[:, 1:]), 0.0)


def log_soft_error(points: Array, prior: Array, r: Array) -> tuple[Array, Array]:
    """Log of 1 − E[p(k|X)] for a 1-D codebook, by quadrature: ∫ Σ_k w_k (1 − w_k/Σw) dx with w_k = π_k φ(x − r a_k).

    Args:
        points: shape (K,), distinct, any order.
        prior: shape (K,).
        r: shape (R,), positive.

    Returns:
        (log error, estimate of its absolute error from two orders of the rule), each of shape (R,).
    """
    points, prior = _sorted_support(points, prior)
    if len(points) == 1:
        return np.full(len(r), -np.inf), np.zeros(len(r))
    log_prior = np.log(prior)
    results = []
    for rate in r:
        start, stop = mixture_panels(points, log_prior, float(rate))
        orders = []
        for order in (20, 16):
            x, log_weights = panel_nodes(start, stop, order)
            log_w = log_prior - (x[:, None] - rate * points) ** 2 / 2
            top = log_w.max(axis=1)
            w = np.exp(log_w - top[:, None])
            before = np.cumsum(w, axis=1)
            pairs = 2 * np.einsum("xk,xk->x", w[:, 1:], before[:, :-1])
            with np.errstate(divide="ignore"):
                terms = top + np.log(pairs / before[:, -1]) + log_weights
            orders.append(float(logsumexp(terms)) - 0.5 * np.log(2 * np.pi))
        results.append((min(orders[0], 0.0), abs(orders[0] - orders[1])))
    log_errors, differences = np.array(results).T
    return log_errors, differences


def mixture_panels(points: Array, log_prior: Array, r: float) -> tuple[Array, Array]:
    """Panels on which posteriors of a 1-D mixture are smooth enough for Gauss–Legendre quadrature of order 16 and up.

    The posterior has poles at distance π/(rΔ) from the points where two neighbours are equally probable: panels are at
    most as wide as their distance from the nearest such point, with a floor of 1/(rΔ) and a ceiling of 1.

    Args:
        points: sorted codes, shape (K,).
        log_prior: shape (K,), finite.
        r: amplitude ratio, positive.

    Returns:
        (left ends, right ends), covering [r a_1 − 13, r a_K + 13] but for stretches where only one token is possible.
    """
    i, j = envelope(points, log_prior, r)
    gaps = points[j] - points[i]
    boundary = r * (points[i] + points[j]) / 2 + (log_prior[i] - log_prior[j]) / (r * gaps)
    low, high = r * points[0] - 13.0, r * points[-1] + 13.0
    if not len(boundary):
        edges = np.linspace(low, high, int(np.ceil(high - low)) + 1)
        return edges[:-1], edges[1:]
    middles = (boundary[1:] + boundary[:-1]) / 2
    left = np.concatenate([[low], middles])
    right = np.concatenate([middles, [high]])
    starts, stops = [], []
    # The integrand near boundary b is about min(w_i, w_j): largest at b or, if b lies beyond one of the codes, there.
    outside = np.maximum(np.maximum(r * points[i] - boundary, boundary - r * points[j]), 0.0)
    for b, gap, a, c, shift in zip(boundary, gaps, left, right, outside, strict=True):
        reach = 15.0 + shift
        inner_low, inner_high = max(a, b - reach), min(c, b + reach)
        if inner_low < inner_high:
            edges = _graded_edges(b, min(1.0, 1 / (r * gap)), inner_low, inner_high)
            starts.append(edges[:-1])
            stops.append(edges[1:])
    return np.concatenate(starts), np.concatenate(stops)


def _graded_edges(centre: float, floor: float, low: float, high: float) -> Array:
    """Edges from ``low`` to ``high`` whose spacing grows with the distance from ``centre``, from ``floor`` to 1."""
    doublings = max(0, int(np.ceil(np.log2(1 / floor))))
    near = floor * np.concatenate([[0.0], 2.0 ** np.arange(doublings + 1)])
    furthest = max(high - centre, centre - low)
    nearest = max(low - centre, centre - high, near[-1])
    offsets = np.concatenate([near, np.arange(np.floor(nearest), furthest + 1.0, 1.0)])
    grid = np.unique(np.concatenate([centre - offsets, centre + offsets]))
    return np.concatenate([[low], grid[(grid > low) & (grid < high)], [high]])


def panel_nodes(start: Array, stop: Array, order: int) -> tuple[Array, Array]:
    """Nodes and log weights of composite Gauss–Legendre quadrature on panels, each of shape (panels·order,)."""
    nodes, weights = gauss_legendre(order)
    half = (stop - start) / 2
    x = (start + half)[:, None] + half[:, None] * nodes
    return x.ravel(), np.log(half[:, None] * weights).ravel()


def envelope(points: Array, log_prior: Array, r: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Index pairs (i, j) of neighbours on the upper envelope of the scores log π_k + r x a_k − r² a_k²/2 over x.

    Tokens that are nowhere the most probable do not occur.  Points sorted; O(K).
    """
    kept: list[int] = []

    def crossing(i: int, j: int) -> float:
        gap = points[j] - points[i]
        return float(r * (points[i] + points[j]) / 2 + (log_prior[i] - log_prior[j]) / (r * gap))

    for k in range(len(points)):
        while len(kept) >= 2 and crossing(kept[-1], k) <= crossing(kept[-2], kept[-1]):
            kept.pop()
        kept.append(k)
    index = np.array(kept, dtype=np.int64)
    return index[:-1], index[1:]


def _sorted_support(points: Array, prior: Array) -> tuple[Array, Array]:
    order = np.argsort(points)
    order = order[prior[order] > 0]
    return points[order], prior[order]
