"""The posterior ("soft") accuracy E[p(k|X)] of one-dimensional codebooks, by quadrature over the mixture."""

from __future__ import annotations

import numpy as np

from ...arrays import Array
from ...errors import InputError
from ...gaussian import gauss_legendre
from ...logspace import logsumexp
from .scalar import PAIR_BLOCK, envelope, sorted_support
from .threshold import rival_threshold


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
    points, prior = sorted_support(points, prior)
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
