"""Information, posterior entropy and MMSE of one-dimensional codebooks, by quadrature over the mixture."""

from __future__ import annotations

import numpy as np

from ...arrays import Array
from ...logspace import logsumexp
from ..accuracy.scalar import sorted_support
from ..accuracy.soft import mixture_panels, panel_nodes
from .evaluation import Evaluation


def evaluate(points: Array, prior: Array, r: Array) -> Evaluation:
    """I, H(X_0|Y) and MMSE of codes on the line, any prior, by Gauss–Legendre quadrature of positive integrands.

    Args:
        points: shape (K,), distinct, any order.
        prior: shape (K,), entries may be 0.
        r: shape (R,), positive.
    """
    points, prior = sorted_support(points, prior)
    if len(points) == 1:
        nothing = np.full(len(r), -np.inf)
        return Evaluation(nothing, nothing, nothing, np.zeros(len(r)), "exact")
    log_prior = np.log(prior)
    points = points - prior @ points
    rows = []
    for rate in r.tolist():
        start, stop = mixture_panels(points, log_prior, rate)
        fine, coarse = (_integrals(points, log_prior, rate, *panel_nodes(start, stop, order)) for order in (20, 16))
        rows.append([*fine, np.abs(fine - coarse).max()])
    information, entropy, mmse, spread = np.array(rows).T
    return Evaluation(information, entropy, mmse, spread, "quadrature")


def _integrals(points: Array, log_prior: Array, r: float, x: Array, log_weights: Array) -> Array:
    log_w = log_prior - (x[:, None] - r * points) ** 2 / 2
    winner = log_w.argmax(axis=1)
    rows = np.arange(len(x))
    top = log_w[rows, winner]
    log_w = log_w - top[:, None]
    others = np.exp(log_w)
    others[rows, winner] = 0.0
    rest = others.sum(axis=1)
    log_total = np.log1p(rest)
    p = others / (1 + rest)[:, None]
    entropy = (p * (log_total[:, None] - log_w)).sum(axis=1) + log_total / (1 + rest)
    gap = points[None, :] - points[winner][:, None]
    shift = (p * gap).sum(axis=1)
    mmse = (p * (gap - shift[:, None]) ** 2).sum(axis=1) + shift**2 / (1 + rest)
    scaled = r * x[:, None] * points - (r * points) ** 2 / 2
    bend = np.exp(log_prior) @ np.expm1(scaled).T
    u = np.where(np.abs(bend)[:, None] < 0.5, scaled - np.log1p(np.maximum(bend, -0.9))[:, None], 0.0)
    u = np.where(np.abs(bend)[:, None] < 0.5, u, log_w - log_total[:, None] - log_prior)
    relative = np.where(np.abs(u) < 1e-3, u**2 / 2 + u**3 / 3 + u**4 / 8 + u**5 / 30, u * np.exp(u) - np.expm1(u))
    information = relative @ np.exp(log_prior)
    with np.errstate(divide="ignore"):
        values = np.log(np.stack([information, entropy, mmse]))
    density = top + log_total - 0.5 * np.log(2 * np.pi) + log_weights
    return logsumexp(values + density)
