"""Accuracy of one-dimensional codebooks: MAP and top-m exactly, by Φ; the posterior ("soft") accuracy by quadrature.

Codes a_1 < … < a_K on the line are scaled by r and seen through noise N(0, 1).  Every function returns the log of an
*error* probability, built from positive terms only, so that 1 − A keeps its relative accuracy at any SNR.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...arrays import Array
from ...errors import InputError
from ...gaussian import gauss_legendre, log_ndtr, log_ndtr_interval
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
    winners = np.concatenate([i, j[-1:]]) if len(i) else np.array([_only_winner(points, log_prior, r)])
    result[winners] = -np.inf
    result[i] = np.logaddexp(result[i], log_ndtr(-rival_threshold(r, gap, ratio)))
    result[j] = np.logaddexp(result[j], log_ndtr(-rival_threshold(r, gap, -ratio)))
    return np.minimum(result, 0.0)


def _only_winner(points: Array, log_prior: Array, r: float) -> int:
    """The token that is everywhere the most probable, where rounding leaves only one on the envelope."""
    return int(np.argmax(log_prior))


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

    Raises:
        InputError: where codes so far apart that float64 cannot resolve the posterior lie beside others that are not.
    """
    points, prior = _sorted_support(points, prior)
    if len(points) == 1:
        return np.full(len(r), -np.inf), np.zeros(len(r))
    log_prior = np.log(prior)
    results = []
    for rate in r:
        if float(rate) * float(points[-1] - points[0]) > WIDEST:
            results.append(_separated_soft_error(points, log_prior, float(rate)))
            continue
        start, stop = mixture_panels(points, log_prior, float(rate))
        fine, coarse = (_soft_integral(points, log_prior, float(rate), start, stop, order) for order in (20, 16))
        results.append((min(fine, 0.0), abs(fine - coarse)))
    log_errors, differences = np.array(results).T
    return log_errors, differences


WIDEST = 1e7
"""r times the codebook's width up to which float64 resolves the posterior between any two codes."""

SEPARATED = 1e5


def _separated_soft_error(points: Array, log_prior: Array, r: float) -> tuple[float, float]:
    """The soft error where each token is only ever confused with its neighbours: Σ w 2π/ρ, ρ = rΔ, w = π_i φ(h_i).

    Between two tokens of equal weight w at their crossing, ∫ w_i w_j/(w_i + w_j) dx = w ∫ e^{−u²/2}/(2cosh(ρu/2)) du =
    (π w/ρ)(1 + O(1/ρ²)), counted twice.
    """
    i, j = envelope(points, log_prior, r)
    ratio = log_prior[i] - log_prior[j]
    spacing = r * (points[j] - points[i])
    if len(i) < len(points) - 1 or spacing.min() < SEPARATED:
        raise InputError(
            f"r = {r:g}: the soft readout expects r times the codebook's width to be at most {WIDEST:g}, or every gap"
            f" at least {SEPARATED:g}/r; the MAP error is accurate at any r"
        )
    log_weight = log_prior[i] - rival_threshold(r, points[j] - points[i], ratio) ** 2 / 2 - 0.5 * np.log(2 * np.pi)
    return min(float(logsumexp(log_weight + np.log(2 * np.pi / spacing))), 0.0), float(20 / spacing.min() ** 2)


def _soft_integral(points: Array, log_prior: Array, r: float, start: Array, stop: Array, order: int) -> float:
    x, log_weights = panel_nodes(start, stop, order)
    terms = np.empty(len(x))
    step = max(1, PAIR_BLOCK // (4 * len(points)))
    for i in range(0, len(x), step):
        part = slice(i, i + step)
        log_w = log_prior - (x[part, None] - r * points) ** 2 / 2
        top = log_w.max(axis=1)
        w = np.exp(log_w - top[:, None])
        before = np.cumsum(w, axis=1)
        pairs = 2 * np.einsum("xk,xk->x", w[:, 1:], before[:, :-1])
        with np.errstate(divide="ignore"):
            terms[part] = top + np.log(pairs / before[:, -1])
    return float(logsumexp(terms + log_weights)) - 0.5 * np.log(2 * np.pi)


NOISE_REACH = 13.0
"""Noise beyond this many standard deviations has probability 1e-38, and is left out around codes."""


def mixture_panels(points: Array, log_prior: Array, r: float) -> tuple[Array, Array]:
    """Panels on which posteriors of a 1-D mixture are smooth enough for Gauss–Legendre quadrature of order 16 and up.

    They cover [r a_k − 13, r a_k + 13] for every token and as much around each x at which two tokens are equally and
    most probable.  The posterior has poles at distance π/(rΔ) from the latter: panels are at most as wide as their
    distance from the nearest such x, with a floor of 1/(rΔ) and a ceiling of 1.

    Args:
        points: sorted codes, shape (K,).
        log_prior: shape (K,), finite.
        r: amplitude ratio, positive.

    Returns:
        (left ends, right ends) of the panels.
    """
    i, j = envelope(points, log_prior, r)
    gaps = points[j] - points[i]
    crossings = r * points[i] + rival_threshold(r, gaps, log_prior[i] - log_prior[j])
    low, high = r * points[0] - 2 * NOISE_REACH, r * points[-1] + 2 * NOISE_REACH
    near = (crossings > low) & (crossings < high)
    crossings, floors = crossings[near], np.minimum(1.0, 1 / (r * gaps[near]))
    edges = []
    for start, stop in _merged(np.sort(np.concatenate([r * points, crossings])), NOISE_REACH):
        inside = (crossings >= start) & (crossings <= stop)
        edges.append(_graded_edges(crossings[inside], floors[inside], start, stop))
    return np.concatenate([e[:-1] for e in edges]), np.concatenate([e[1:] for e in edges])


def _merged(centres: Array, reach: float) -> list[tuple[float, float]]:
    """The union of [c − reach, c + reach] over sorted centres, as disjoint intervals."""
    breaks = np.flatnonzero(np.diff(centres) > 2 * reach)
    starts = np.concatenate([centres[:1], centres[breaks + 1]]) - reach
    stops = np.concatenate([centres[breaks], centres[-1:]]) + reach
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def _graded_edges(centres: Array, floors: Array, start: float, stop: float) -> Array:
    """Edges from ``start`` to ``stop``; no panel is wider than 1 or than its distance from a centre or the floor there.

    Each centre with a floor below 1 asks for edges at floor·2^m on both sides; the rest is filled at steps of 1.
    """
    wanted = [np.array([start, stop]), np.arange(np.ceil(start), stop, 1.0)]
    for centre, floor in zip(centres.tolist(), floors.tolist(), strict=True):
        if floor < 1:
            near = floor * 2.0 ** np.arange(0, int(np.ceil(np.log2(1 / floor))) + 1)
            wanted += [centre - near, centre + near]
    grid = np.unique(np.concatenate(wanted))
    return grid[(grid >= start) & (grid <= stop)]


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
    codes, weights = (r * points).tolist(), log_prior.tolist()

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


def _sorted_support(points: Array, prior: Array) -> tuple[Array, Array]:
    order = np.argsort(points)
    order = order[prior[order] > 0]
    return points[order], prior[order]
