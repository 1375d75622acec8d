"""γ·Var(X_0|Y) of codes on the line: its law, its supremum over Y, and the mean of the largest of several digits'."""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from ..logspace import logsumexp
from .accuracy.scalar import PAIR_BLOCK, envelope, sorted_support
from .accuracy.soft import mixture_panels, panel_nodes
from .accuracy.threshold import rival_threshold

CUTS = 64
"""Parts of every panel of the mixture on which the law of γ·Var is tabulated: the mean is then good to about 1e-6."""

MOST_TABULATED = 2**25
"""Nodes times tokens above which panels are cut into fewer parts."""

ORDER = 8

TRANSITION = 10.0
"""How many widths 1/(rΔ) on each side of a crossing are searched for the supremum."""

REFINED = 12
"""Local maxima of the table that are refined."""


def scaled_variance(points: Array, log_prior: Array, r: float, y: Array) -> Array:
    """γ·Var(X_0|Y = y) = r² Σ_k p_k (e_k − x̂_0)², in relative accuracy; points shape (K,), y shape (Q,)."""
    values = np.empty(len(y))
    step = max(1, PAIR_BLOCK // (4 * len(points)))
    for start in range(0, len(y), step):
        part = slice(start, start + step)
        log_w = log_prior - (y[part, None] - r * points) ** 2 / 2
        winner = log_w.argmax(axis=1)
        rows = np.arange(len(winner))
        others = np.exp(log_w - log_w[rows, winner][:, None])
        others[rows, winner] = 0.0
        total = 1 + others.sum(axis=1)
        p = others / total[:, None]
        gaps = r * (points[None, :] - points[winner][:, None])
        shift = (p * gaps).sum(axis=1)
        values[part] = (p * (gaps - shift[:, None]) ** 2).sum(axis=1) + shift**2 / total
    return values


def variance_law(points: Array, prior: Array, r: float, coarse: bool = False) -> tuple[Array, Array]:
    """γ·Var(X_0|Y) at nodes of a quadrature over the law of Y, and the probabilities of the nodes, summing to 1.

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
    start, stop = mixture_panels(points, log_prior, r)
    cuts = min(CUTS, max(4, MOST_TABULATED // (len(start) * ORDER * len(points))))
    edges = np.linspace(start, stop, (cuts // 2 if coarse else cuts) + 1)
    y, log_weights = panel_nodes(edges[:-1].ravel(), edges[1:].ravel(), ORDER)
    density = np.empty(len(y))
    step = max(1, PAIR_BLOCK // len(points))
    for i in range(0, len(y), step):
        part = slice(i, i + step)
        density[part] = logsumexp(log_prior - (y[part, None] - r * points) ** 2 / 2)
    masses = np.exp(density + log_weights - 0.5 * np.log(2 * np.pi))
    return scaled_variance(points, log_prior, r, y), masses / masses.sum()


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
        tail = np.minimum(np.interp(values, nodes, above, left=1.0, right=0.0), 1.0)
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
    if not len(i):
        return float(scaled_variance(points, log_prior, r, r * points).max())
    gaps = points[j] - points[i]
    crossings = r * points[i] + rival_threshold(r, gaps, log_prior[i] - log_prior[j])
    widths = 1 / (r * gaps)
    near = crossings[:, None] + widths[:, None] * np.linspace(-TRANSITION, TRANSITION, 81)
    between = np.linspace(near.min(), near.max(), 4097)
    y = np.unique(np.concatenate([near.ravel(), between]))
    table = scaled_variance(points, log_prior, r, y)
    padded = np.concatenate([[-np.inf], table, [-np.inf]])
    peaks = np.flatnonzero((table >= padded[:-2]) & (table >= padded[2:]))
    best = float(table.max())
    for peak in peaks[np.argsort(-table[peaks], kind="stable")[:REFINED]]:
        low, high = y[max(peak - 1, 0)], y[min(peak + 1, len(y) - 1)]
        if not low < high:
            continue
        found = minimize_scalar(
            lambda at: -float(scaled_variance(points, log_prior, r, np.array([at]))[0]),
            bounds=(low, high),
            method="bounded",
            options={"xatol": 1e-9 * (high - low)},
        )
        best = max(best, -float(found.fun))
    return best
