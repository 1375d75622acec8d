"""γ·Var(X_0|Y) of codes on the line: its law, its supremum over Y, and the mean of the largest of several digits'."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..arrays import Array
from ..gaussian import LOG_SQRT_2PI, gauss_legendre
from ..logspace import logsumexp
from .accuracy.scalar import envelope, sorted_support
from .mixture_centres import Index
from .mixture_panels import mixture_panels

CUTS = 64
"""Parts of every panel of the mixture on which the law of γ·Var is tabulated: the mean is then good to about 1e-6."""

MOST_TABULATED = 2**25
"""Nodes times tokens above which panels are cut into fewer parts."""

ORDER = 8

BLOCK = 2**18
"""Pairs of a node and a token that are held at once."""

TRANSITION = 10.0
"""How many widths 1/(rΔ) on each side of a crossing are searched for the supremum."""

REFINED = 12
"""Local maxima of the table that are refined."""


def scaled_variance(points: Array, log_prior: Array, r: float, first: Index, second: Index, offset: Array) -> Array:
    """γ·Var(X_0|Y = y) = r² Σ_k p_k (e_k − x̂_0)² at y = r(e_i + e_j)/2 + u, in relative accuracy.

    Args:
        points: shape (K,).
        log_prior: shape (K,), finite.
        r: positive and finite.
        first: i, shape (Q,).
        second: j, shape (Q,).
        offset: u, shape (Q,).
    """
    values = np.empty(len(offset))
    for part in _blocks(len(offset), len(points)):
        gaps, log_w = _about(points, log_prior, r, first[part], second[part], offset[part])
        winner = log_w.argmax(axis=1)
        rows = np.arange(len(winner))
        others = np.exp(log_w - log_w[rows, winner][:, None])
        others[rows, winner] = 0.0
        total = 1 + others.sum(axis=1)
        others /= total[:, None]
        gaps = gaps - gaps[rows, winner][:, None]
        shift = (others * gaps).sum(axis=1)
        values[part] = (others * (gaps - shift[:, None]) ** 2).sum(axis=1) + shift**2 / total
    return values


def variance_law(points: Array, prior: Array, r: float, coarse: bool = False) -> tuple[Array, Array]:
    """γ·Var(X_0|Y) at nodes of a quadrature over the law of Y, and their probabilities; the rest of it is at 0.

    Args:
        points: shape (K,), distinct, any order.
        prior: shape (K,), entries may be 0.
        r: positive and finite.
        coarse: half as many nodes, to see by comparison how good the law is.
    """
    points, prior = sorted_support(points, prior)
    if len(points) == 1:
        return np.zeros(1), np.ones(1)
    log_prior = np.log(prior)
    panels = mixture_panels(points, log_prior, np.array([r]))
    cuts = min(CUTS, max(4, MOST_TABULATED // (len(panels.start) * ORDER * len(points))))
    edges = np.linspace(panels.start, panels.stop, (cuts // 2 if coarse else cuts) + 1)
    half = (edges[1:] - edges[:-1])[..., None] / 2
    nodes, weights = gauss_legendre(ORDER)
    offset = edges[:-1, :, None] + half + half * nodes
    first, second = (np.broadcast_to(token[None, :, None], offset.shape).ravel() for token in (panels.i, panels.k))
    offset, log_weights = offset.ravel(), np.log(half * weights).ravel()
    density = np.empty(len(offset))
    for part in _blocks(len(offset), len(points)):
        _, log_w = _about(points, log_prior, r, first[part], second[part], offset[part])
        from_first = offset[part] + r * ((points[second[part]] - points[first[part]]) / 2)
        density[part] = logsumexp(log_w) + log_prior[first[part]] - from_first**2 / 2 - LOG_SQRT_2PI
    return scaled_variance(points, log_prior, r, first, second, offset), np.exp(density + log_weights)


def _about(
    points: Array, log_prior: Array, r: float, first: Index, second: Index, offset: Array
) -> tuple[Array, Array]:
    """r(e_k − e_i), and log π_k φ(y − r e_k) relative to token i: no cancellation between codes of any scale."""
    i, j = points[first][:, None], points[second][:, None]
    gaps = r * (points - i)
    return gaps, gaps * (offset[:, None] + r * ((j - points) / 2)) + (log_prior - log_prior[first][:, None])


def _blocks(nodes: int, tokens: int) -> Iterator[slice]:
    step = max(1, BLOCK // tokens)
    for start in range(0, nodes, step):
        yield slice(start, start + step)


def mean_of_largest(laws: list[tuple[Array, Array]], counts: list[int]) -> float:
    """E max of independent variables ≥ 0 given by tables of their laws, the i-th occurring counts[i] times.

    ∫_0^∞ P(max > v) dv with P(max > v) = 1 − Π_i (1 − P_i(V > v))^{c_i}, in relative accuracy however small.  Laws are
    continuous: half of a node's probability counts as above it, and between nodes everything is linear.
    """
    values = np.unique(np.concatenate([np.zeros(1), *(v for v, _ in laws)]))
    log_none = np.zeros(len(values))
    for (v, masses), count in zip(laws, counts, strict=True):
        nodes, place = np.unique(v, return_inverse=True)
        merged = np.bincount(place, masses)
        above = np.cumsum(merged[::-1])[::-1] - merged / 2
        tail = np.minimum(np.interp(values, nodes, above, left=merged.sum(), right=0.0), 1.0)
        with np.errstate(divide="ignore"):
            log_none += count * np.log1p(-tail)
    exceeded = -np.expm1(log_none)
    return float(np.diff(values) @ (exceeded[1:] + exceeded[:-1])) / 2


def largest_variance(points: Array, prior: Array, r: float) -> float:
    """sup_y γ·Var(X_0|Y = y), over all y on the line, however improbable.

    A table about every crossing of the posterior and between them, then Brent's method from its largest local maxima:
    numerical optimisation, hence a lower bound of the supremum, to rounding where the table resolves it.
    """
    from scipy.optimize import minimize_scalar

    points, prior = sorted_support(points, prior)
    if len(points) == 1:
        return 0.0
    log_prior = np.log(prior)
    i, j = envelope(points, log_prior, r)
    gaps = points[j] - points[i]
    # Crossings as offsets from r(e_i + e_j)/2, and their surroundings in widths of the posterior's transition.
    about = (log_prior[i] - log_prior[j])[:, None] + np.linspace(-TRANSITION, TRANSITION, 81)
    near = about / (r * gaps)[:, None]
    from_lowest = near + r * ((points[i] - points[0]) + (points[j] - points[0]))[:, None] / 2
    begin, end = (float(from_lowest.min()), float(from_lowest.max())) if len(i) else (0.0, r * float(np.ptp(points)))
    between = np.linspace(begin, end, 4097)
    lowest = np.zeros(len(between), dtype=np.int64)
    first, second = (np.concatenate([np.repeat(token, near.shape[1]), lowest]) for token in (i, j))
    offset = np.concatenate([near.ravel(), between])
    step = np.concatenate([np.repeat(TRANSITION / 40 / (r * gaps), near.shape[1]), np.gradient(between)])
    table = scaled_variance(points, log_prior, r, first, second, offset)
    best = float(table.max())
    place = np.concatenate([from_lowest.ravel(), between])
    order = np.argsort(place, kind="stable")
    padded = np.concatenate([[-np.inf], table[order], [-np.inf]])
    peaks = order[np.flatnonzero((padded[1:-1] >= padded[:-2]) & (padded[1:-1] >= padded[2:]))]
    for peak in peaks[np.argsort(-table[peaks], kind="stable")[:REFINED]]:
        token = slice(peak, peak + 1)

        def negative(u: float, token: slice = token) -> float:
            return -float(scaled_variance(points, log_prior, r, first[token], second[token], np.array([u]))[0])

        ends = float(offset[peak] - step[peak]), float(offset[peak] + step[peak])
        if ends[0] < ends[1]:
            found = minimize_scalar(negative, bounds=ends, method="bounded", options={"xatol": 1e-9 * step[peak]})
            best = max(best, -float(found.fun))
    return best
