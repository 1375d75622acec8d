"""Accuracy of any two-dimensional codebook: the Gaussian measure of its decision cells, edge by edge.

A token's cell is a convex polygon around (or, under unequal priors, possibly away from) its code.  The normal measure
of what lies beyond an edge, seen from the code, is a difference of Owen's T, :func:`fsq_theory.gaussian.log_wedge`; for
a code inside its cell the error is a sum of such wedges, all positive, so it keeps its relative accuracy.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError, cKDTree

from ...arrays import Array
from ...gaussian import log_ndtr, log_wedge
from ...logspace import LOG_2, log1mexp, logsumexp
from .threshold import rival_threshold

ALL_PAIRS_LIMIT = 64
"""Up to this many codes every other token is taken as a possible neighbour, and no hull is needed."""


def psk_log_error(radius: float, tokens: int, r: Array) -> Array:
    """Log of 1 − A for M-PSK, uniform prior: (1/π)∫_0^{π−π/M} exp(−ρ² sin²(π/M)/(2 sin²θ)) dθ, ρ = r·radius.

    With h = ρ sin(π/M) this integral [C91] is Φ(−h) + 2T(h, cot(π/M)): twice the wedge beyond one half-edge.  Exact.
    """
    h = r * radius * np.sin(np.pi / tokens)
    reach = r * radius * np.cos(np.pi / tokens)
    if tokens == 2:
        return np.asarray(log_ndtr(-h))
    return LOG_2 + log_wedge(h, -reach, np.inf)


def planar_log_error(points: Array, prior: Array, r: Array) -> Array:
    """Log of 1 − A for a 2-D codebook, any prior.  Exact to rounding (absolute 1e-15 where 1 − A > Φ(−1)).

    Args:
        points: shape (K, 2), distinct.
        prior: shape (K,), entries may be 0.
        r: shape (R,), positive.

    Returns:
        shape (R,).
    """
    kept = prior > 0
    log_prior = np.log(prior[kept])
    return logsumexp(planar_log_token_error(points[kept], log_prior, r) + log_prior)


def planar_log_token_error(points: Array, log_prior: Array, r: Array) -> Array:
    """Log of the error given token k, shape (R, K); log π finite."""
    if len(points) == 1:
        return np.full((len(r), 1), -np.inf)
    uniform = bool(np.all(log_prior == log_prior[0]))
    fixed = _neighbours(points, log_prior, 1.0) if uniform else None
    rows = []
    for rate in r:
        pairs = fixed if fixed is not None else _neighbours(points, log_prior, float(rate))
        rows.append(_token_error_at(points, log_prior, float(rate), pairs))
    return np.array(rows)


def _neighbours(points: Array, log_prior: Array, r: float) -> NDArray[np.int64]:
    """Ordered pairs (k, j), shape (P, 2), with all tokens whose decision cells share an edge.

    Cells are power cells ‖x − e_k‖² − 2 log π_k/r²: the lower hull of the codes lifted to a paraboloid has their edges.
    A token that the hull leaves out has no cell, or is lost to rounding: unless its nearest competitors alone show that
    its cell is empty, it is paired with every other token.
    """
    count = len(points)
    everyone = np.arange(count)
    centred = points - points.mean(axis=0)
    squares = np.einsum("kn,kn->k", centred, centred)
    if count <= ALL_PAIRS_LIMIT or _closest(points) ** 2 < LIFT_RESOLUTION * squares.max():
        return _pairs_of(everyone, everyone)
    weights = 2 * (log_prior - log_prior.max()) / r**2
    uniform = bool(np.all(weights == 0))
    try:
        corners = ConvexHull(np.column_stack([centred, squares - weights]), qhull_options="Qt").simplices
    except QhullError:
        return _around_circle(centred) if uniform else _pairs_of(everyone, everyone)
    missing = np.setdiff1d(everyone, corners)
    hidden = np.array([not uniform and _surely_empty(points, log_prior, r, int(k)) for k in missing], dtype=bool)
    sides = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    lost = _pairs_of(missing[~hidden], np.setdiff1d(everyone, missing[hidden]))
    return np.unique(np.concatenate([sides, sides[:, ::-1], lost]).astype(np.int64), axis=0)


LIFT_RESOLUTION = 1e-10
"""Squared distances below this part of the squared radius are lost in the rounding of the lifted codes."""


def _closest(points: Array) -> float:
    distance, _ = cKDTree(points).query(points, k=2)
    return float(distance[:, 1].min())


def _pairs_of(tokens: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """All ordered pairs of one of ``tokens`` and one of ``others``, either way round, sorted."""
    pairs = np.stack([np.repeat(tokens, len(others)), np.tile(others, len(tokens))], axis=1)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    return np.unique(both[both[:, 0] != both[:, 1]].astype(np.int64), axis=0)


def _surely_empty(points: Array, log_prior: Array, r: float, k: int) -> bool:
    """Whether some competitors of token k leave it no region of noise at all; a few suffice to show it."""
    offset = points - points[k]
    distance = np.hypot(offset[:, 0], offset[:, 1])
    distance[k] = np.inf
    with np.errstate(invalid="ignore"):
        threshold = rival_threshold(r, distance, log_prior[k] - log_prior)
    rivals = np.argsort(np.where(np.isfinite(distance), threshold, np.inf))[:ALL_PAIRS_LIMIT]
    _, _, empty = _edge_extents(points[rivals], offset[rivals], log_prior[k] - log_prior[rivals], r)
    return bool(empty.all() and (threshold[rivals] < 0).any())


def _around_circle(centred: Array) -> NDArray[np.int64]:
    """Neighbours of codes on one circle: lifted to a paraboloid they lie in a plane, and have no hull."""
    order = np.argsort(np.arctan2(centred[:, 1], centred[:, 0]))
    after = np.roll(order, -1)
    pairs = np.concatenate([np.stack([order, after], axis=1), np.stack([after, order], axis=1)])
    return np.unique(pairs.astype(np.int64), axis=0)


def _token_error_at(points: Array, log_prior: Array, r: float, pairs: NDArray[np.int64]) -> Array:
    """Log error given each token at one r, from candidate neighbour pairs sorted by token."""
    count = len(points)
    k, j = pairs.T
    offset = points[j] - points[k]
    distance = np.hypot(offset[:, 0], offset[:, 1])
    advantage = log_prior[k] - log_prior[j]
    threshold = rival_threshold(r, distance, advantage)
    starts = np.searchsorted(k, np.arange(count + 1))
    low, high = np.full(len(k), -np.inf), np.full(len(k), np.inf)
    empty = np.zeros(len(k), dtype=bool)
    for begin, end in pairwise(starts):
        if begin == end:
            continue
        part = slice(begin, end)
        low[part], high[part], empty[part] = _edge_extents(points[j[part]], offset[part], advantage[part], r)
    high = np.where(empty, low, high)
    wedges = log_wedge(np.abs(threshold), low, high)
    return np.array([_cell_log_error(threshold[b:e], wedges[b:e], low[b:e], high[b:e]) for b, e in pairwise(starts)])


def _edge_extents(points: Array, offset: Array, advantage: Array, r: float) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Tangential coordinates between which each line {z·u_i = h_i} bounds the cell ∩_j {z·u_j ≤ h_j} of a token.

    With w_i the offset of competitor i, u_i = w_i/|w_i|, t_i ⟂ u_i and δ = w_j − w_i, the line of j meets that of i at

        (h_j − h_i u_i·u_j)/(t_i·u_j) = [(r/2) w_j·δ + (a_j − a_i)/r − a_i w_i·δ/(r|w_i|²)] / (t_i·δ),

    where a is the token's advantage log(π_k/π_j) and h = r|w|/2 + a/(r|w|).  By the right-hand side, lines of
    competitors that nearly coincide meet at the same point whichever of the two is asked: the difference of two close
    codes loses nothing.  Where w_j is shorter than δ, t_i·δ = t_i·w_j and a_i + a_i w_i·δ/|w_i|² = a_i w_i·w_j/|w_i|².
    """
    squared = np.einsum("in,in->i", offset, offset)
    tangent = np.stack([-offset[:, 1], offset[:, 0]], axis=1) / np.sqrt(squared)[:, None]
    across = points[None, :, :] - points[:, None, :]
    length, distance = np.hypot(across[..., 0], across[..., 1]), np.sqrt(squared)[None, :]
    close = length < distance
    shorter = np.where(close[..., None], across, offset[None, :, :])
    slope = np.einsum("in,ijn->ij", tangent, shorter)
    room = r / 2 * np.einsum("jn,ijn->ij", offset, across)
    room += (advantage[None, :] - np.where(close, advantage[:, None], 0.0)) / r
    room -= (advantage / (r * squared))[:, None] * np.einsum("in,ijn->ij", offset, shorter)
    np.fill_diagonal(slope, 0.0)
    np.fill_diagonal(room, np.inf)
    parallel = np.abs(slope) <= 1e-15 * np.minimum(length, distance)
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = room / np.where(parallel, 1.0, slope)
    low = np.max(np.where(~parallel & (slope < 0), bound, -np.inf), axis=1)
    high = np.min(np.where(~parallel & (slope > 0), bound, np.inf), axis=1)
    empty = np.any(parallel & (room < 0), axis=1) | ~(low < high)
    return low, high, empty


def _cell_log_error(threshold: Array, wedges: Array, low: Array, high: Array) -> float:
    """Log of 1 − P(cell), from the wedges of its edges; a cell without any is empty."""
    if len(threshold) and np.all(threshold >= 0):
        return min(float(logsumexp(wedges)), 0.0)
    present = low < high
    if not present.any():
        return 0.0  # The token is nowhere the most probable.
    # The code lies outside its cell: rays enter it through edges with negative thresholds and leave through the others.
    entering = logsumexp(np.where(present & (threshold < 0), wedges, -np.inf)[None])[0]
    leaving = logsumexp(np.where(present & (threshold >= 0), wedges, -np.inf)[None])[0]
    if leaving >= entering:
        return 0.0
    return float(log1mexp(np.minimum(entering + log1mexp(leaving - entering), 0.0)))
