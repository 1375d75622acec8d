"""Accuracy of any two-dimensional codebook: the Gaussian measure of its decision cells, edge by edge.

A token's cell is a convex polygon around (or, under unequal priors, possibly away from) its code.  The normal measure
of what lies beyond an edge, seen from the code, is a difference of Owen's T, :func:`fsq_theory.gaussian.log_wedge`; for
a code inside its cell the error is a sum of such wedges, all positive, so it keeps its relative accuracy.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from ...arrays import Array
from ...gaussian import log_ndtr, log_wedge
from ...logspace import LOG_2, log1mexp, logsumexp

ALL_PAIRS_LIMIT = 64
"""Up to this many codes every other token is taken as a possible neighbour, and no hull is needed."""


def psk_log_error(radius: float, tokens: int, r: Array) -> Array:
    """Log of 1 − A for M-PSK, uniform prior: (1/π)∫_0^{π−π/M} exp(−ρ² sin²(π/M)/(2 sin²θ)) dθ, ρ = r·radius.

    With h = ρ sin(π/M) this integral is Φ(−h) + 2T(h, cot(π/M)): twice the wedge beyond one half-edge.  Exact.
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
    uniform = bool(np.all(log_prior == log_prior[0]))
    fixed = _neighbours(points, np.zeros(len(points))) if uniform else None
    rows = []
    for rate in r:
        pairs = fixed if fixed is not None else _neighbours(points, 2 * log_prior / rate**2)
        rows.append(_token_error_at(points, log_prior, float(rate), pairs))
    return np.array(rows)


def _neighbours(points: Array, weights: Array) -> NDArray[np.int64]:
    """Ordered pairs (k, j), shape (P, 2), with all tokens whose power cells ‖x − e_k‖² − w_k share an edge."""
    count = len(points)
    if count > ALL_PAIRS_LIMIT:
        centred = points - points.mean(axis=0)
        lifted = np.column_stack([centred, np.einsum("kn,kn->k", centred, centred) - weights])
        try:
            hull = ConvexHull(lifted, qhull_options="Qt")
        except QhullError:
            pass  # Fewer than three dimensions' worth of spread, as for codes on one circle: every pair, then.
        else:
            corners = hull.simplices
            sides = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
            return np.unique(np.concatenate([sides, sides[:, ::-1]]).astype(np.int64), axis=0)
    k, j = np.divmod(np.arange(count * count, dtype=np.int64), count)
    return np.stack([k, j], axis=1)[k != j]


def _token_error_at(points: Array, log_prior: Array, r: float, pairs: NDArray[np.int64]) -> Array:
    """Log error given each token at one r, from candidate neighbour pairs sorted by token."""
    count = len(points)
    k, j = pairs.T
    offset = points[j] - points[k]
    distance = np.hypot(offset[:, 0], offset[:, 1])
    normal = offset / distance[:, None]
    with np.errstate(over="ignore"):
        threshold = r * distance / 2 + (log_prior[k] - log_prior[j]) / (r * distance)
    starts = np.searchsorted(k, np.arange(count + 1))
    low, high = np.full(len(k), -np.inf), np.full(len(k), np.inf)
    empty = np.zeros(len(k), dtype=bool)
    for begin, end in pairwise(starts):
        part = slice(begin, end)
        low[part], high[part], empty[part] = _edge_extents(normal[part], threshold[part])
    high = np.where(empty, low, high)
    wedges = log_wedge(np.abs(threshold), low, high)
    return np.array([_cell_log_error(threshold[b:e], wedges[b:e], low[b:e], high[b:e]) for b, e in pairwise(starts)])


def _edge_extents(normal: Array, threshold: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Tangential coordinates between which each line {z·u_i = h_i} bounds the cell ∩_j {z·u_j ≤ h_j}."""
    tangent = np.stack([-normal[:, 1], normal[:, 0]], axis=1)
    slope = tangent @ normal.T
    with np.errstate(invalid="ignore"):
        room = threshold[None, :] - threshold[:, None] * (normal @ normal.T)
    np.fill_diagonal(slope, 0.0)
    np.fill_diagonal(room, np.inf)
    parallel = np.abs(slope) < 1e-15
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = room / np.where(parallel, 1.0, slope)
    low = np.max(np.where(~parallel & (slope < 0), bound, -np.inf), axis=1)
    high = np.min(np.where(~parallel & (slope > 0), bound, np.inf), axis=1)
    empty = np.any(parallel & (room < 0), axis=1) | ~(low < high)
    return low, high, empty


def _cell_log_error(threshold: Array, wedges: Array, low: Array, high: Array) -> float:
    """Log of 1 − P(cell), from the wedges of its edges."""
    if np.all(threshold >= 0):
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
