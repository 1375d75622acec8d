"""Accuracy of one-dimensional codebooks, exactly, by Φ: MAP, top-m and rounding, under any prior.

Codes a_1 < … < a_K on the line are scaled by r and seen through noise N(0, 1).  Every function returns the log of an
*error* probability, built from positive terms only, so that 1 − A keeps its relative accuracy at any SNR.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...arrays import Array
from ...gaussian import log_ndtr, log_ndtr_interval
from ...logspace import array_module, logsumexp
from .threshold import rival_threshold

PAIR_BLOCK = 2**23
"""Most pairs of tokens held at once."""


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
    """Log of the probability that token k is not among the ``top`` most probable ones, given k.

    The scores log π_j + r x a_j − r²a_j²/2 are lines in x: for m = 1 a token wins between its neighbours on their upper
    envelope; in general it is outranked by each other token on a half line, and fails where at least m outrank it.
    Exact; ties have probability 0.

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
    if top == 1:
        return np.array([_log_beyond_envelope(points, log_prior, float(rate)) for rate in r])
    out = np.empty((len(r), levels))
    step = max(1, PAIR_BLOCK // levels)
    for i, rate in enumerate(r):
        for k in range(0, levels, step):
            out[i, k : k + step] = _log_outranked(points, log_prior, float(rate), top, slice(k, k + step))
    return out


def _log_beyond_envelope(points: Array, log_prior: Array, r: float) -> Array:
    """Log of the MAP error given each token at one r."""
    i, j = envelope(points, log_prior, r)
    gap, ratio = points[j] - points[i], log_prior[i] - log_prior[j]
    result = np.zeros(len(points))
    # Where rounding leaves a single token on the envelope, it is the one with the largest prior.
    winners = np.concatenate([i, j[-1:]]) if len(i) else np.array([np.argmax(log_prior)])
    result[winners] = -np.inf
    result[i] = np.logaddexp(result[i], log_ndtr(-rival_threshold(r, gap, ratio)))
    result[j] = np.logaddexp(result[j], log_ndtr(-rival_threshold(r, gap, -ratio)))
    return np.minimum(result, 0.0)


def _log_outranked(points: Array, log_prior: Array, r: float, top: int, part: slice) -> Array:
    """Log P(at least ``top`` tokens outrank token k), for the tokens of ``part``.

    Only the ``top`` nearest thresholds on each side matter; the union of the half lines is taken over disjoint pieces,
    which between two thresholds are empty unless a prior is strongly skewed.
    """
    gap = points[None, :] - points[part, None]
    ratio = log_prior[part, None] - log_prior[None, :]
    threshold = rival_threshold(r, np.where(gap == 0, 1.0, np.abs(gap)), ratio)
    above = np.sort(np.where(gap > 0, threshold, np.inf), axis=1)[:, :top]
    below = -np.sort(np.where(gap < 0, threshold, np.inf), axis=1)[:, :top]
    edges = np.sort(np.concatenate([below, above], axis=1), axis=1)
    border = np.full((len(edges), 1), np.inf)
    lower, upper = np.concatenate([-border, edges], axis=1), np.concatenate([edges, border], axis=1)
    count = np.zeros(lower.shape, dtype=np.int64)
    for m in range(below.shape[1]):
        count += (upper <= below[:, m, None]) & (lower < upper)
        count += (lower >= above[:, m, None]) & (lower < upper)
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
    points, prior = sorted_support(points, prior)
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


def envelope(points: Array, log_prior: Array, r: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Index pairs (i, j) of neighbours on the upper envelope of the scores log π_k + r x a_k − r² a_k²/2 over x.

    Tokens that are nowhere the most probable do not occur.  Points sorted; O(K).
    """
    codes, weights = (r * (points - points[0])).tolist(), log_prior.tolist()

    def crossing(i: int, j: int) -> float:
        gap = codes[j] - codes[i]
        return float((codes[i] + codes[j]) / 2 + (weights[i] - weights[j]) / gap)

    kept: list[int] = []
    crossings: list[float] = []
    for k in range(len(codes)):
        while crossings and crossing(kept[-1], k) <= crossings[-1]:
            kept.pop()
            crossings.pop()
        if kept:
            crossings.append(crossing(kept[-1], k))
        kept.append(k)
    index = np.array(kept, dtype=np.int64)
    return index[:-1], index[1:]


def sorted_support(points: Array, prior: Array) -> tuple[Array, Array]:
    """The codes that can be sent, ascending, and their priors."""
    order = np.argsort(points)
    order = order[prior[order] > 0]
    return points[order], prior[order]
