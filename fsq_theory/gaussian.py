"""The standard normal law in log space: Φ, intervals, and wedges of the plane (Owen's T)."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import scipy.special
from numpy.typing import ArrayLike

from .arrays import Array
from .logspace import array_module, log1mexp, logsumexp

LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)


def log_ndtr(x: Any) -> Any:
    """Log Φ(x), exact to rounding for NumPy; JAX arrays by JAX's series, carried far enough for float64."""
    if array_module(x) is np:
        return scipy.special.log_ndtr(x)
    import jax.scipy.special

    return jax.scipy.special.log_ndtr(x, series_order=12)


def log_ndtr_interval(lower: ArrayLike, upper: ArrayLike) -> Array:
    """log(Φ(b) − Φ(a)) for a ≤ b, relative accuracy in both tails and for narrow intervals; −inf where a ≥ b."""
    a, b = np.broadcast_arrays(np.asarray(lower, dtype=float), np.asarray(upper, dtype=float))
    flip = a > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    empty = ~(a < b)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        log_b = log_ndtr(b)
        wide = log_b + log1mexp(np.where(empty, 0.0, np.minimum(log_ndtr(a) - log_b, 0.0)))
        middle, width = (a + b) / 2, b - a
        narrow = ~empty & (width * (1 + np.abs(middle)) < 1)
        m, w = np.where(narrow, middle, 0.0)[..., None], np.where(narrow, width, 1.0)[..., None]
        nodes, weights = gauss_legendre(12)
        u = w * nodes / 2
        series = logsumexp(-m * u - u**2 / 2 + np.log(weights / 2)) + np.log(w[..., 0]) - m[..., 0] ** 2 / 2
    return np.where(empty, -np.inf, np.where(narrow, series - LOG_SQRT_2PI, wide))


@cache
def gauss_legendre(order: int) -> tuple[Array, Array]:
    """Nodes and weights of Gauss–Legendre quadrature on [−1, 1], exact for degree 2·order − 1."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    return nodes, weights


def log_wedge(h: ArrayLike, lower: ArrayLike, upper: ArrayLike, panels: int = 20, order: int = 20) -> Array:
    """Log of the Gaussian measure of a line's far side seen through a segment of it.

    W = (1/2π) ∫_{θ1}^{θ2} exp(−h²/(2cos²θ)) dθ = T(h, b/h) − T(h, a/h), Owen's T [O56], a = h tan θ1, b = h tan θ2:
    the measure, under N(0, I_2), of the points beyond the segment {(h, y): a ≤ y ≤ b} as seen from the origin.

    Exact to rounding; relative accuracy when h ≥ 1 (a positive integrand, integrated directly, so that nothing
    cancels); absolute accuracy 1e-15 below, where Owen's T is differenced.

    Args:
        h: distance of the line from the origin, ≥ 0.
        lower: a, may be −inf.
        upper: b, may be +inf.
        panels: panels of the quadrature for h ≥ 1, over a range of at most 19.
        order: Gauss–Legendre nodes a panel.

    Returns:
        log W, −inf where a ≥ b; the shape of the broadcast arguments.
    """
    h, a, b = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (h, lower, upper)))
    result = np.full(h.shape, -np.inf)
    near = (h < 1) & (a < b)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if near.any():
            hn, an, bn = h[near], a[near], b[near]
            # At h = 0 the wedge is an angle: T(0, x) = arctan(x)/2π, of ±∞ unless the end point is 0 itself.
            ratio_a = np.where(an == 0, 0.0, an / hn)
            ratio_b = np.where(bn == 0, 0.0, bn / hn)
            difference = scipy.special.owens_t(hn, ratio_b) - scipy.special.owens_t(hn, ratio_a)
            result[near] = np.log(np.maximum(difference, 0.0))
        far = (h >= 1) & (a < b)
        if far.any():
            result[far] = _log_far_wedge(h[far], a[far], b[far], panels, order)
    return result


WEDGE_REACH = 9.5
"""exp(−y²/2) falls below 3e-20 of its largest value over this distance: nothing is left in float64 beyond."""


def _log_far_wedge(h: Array, a: Array, b: Array, panels: int, order: int) -> Array:
    """Log wedge for h ≥ 1: (1/2π) e^{−h²/2} ∫_a^b e^{−y²/2} h/(h² + y²) dy, panel by panel."""
    flip = b <= 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    start = np.maximum(a, -WEDGE_REACH)
    # From a start beyond 0 the integrand decays like exp(−start·u − u²/2).
    stop = np.minimum(b, np.sqrt(np.maximum(start, 0.0) ** 2 + WEDGE_REACH**2))
    nodes, weights = gauss_legendre(order)
    cells = (np.arange(panels)[:, None] + (nodes + 1) / 2).ravel() / panels
    log_weights = np.log(np.tile(weights, panels) / (2 * panels))
    out = np.empty(h.shape)
    block = 4096
    for i in range(0, len(h), block):
        part = slice(i, i + block)
        h_, length = h[part, None], (stop - start)[part, None]
        y = start[part, None] + length * cells
        terms = log_weights - y**2 / 2 - np.log(h_ + y * (y / h_))
        out[part] = logsumexp(terms) + np.log(length[:, 0]) - h[part] ** 2 / 2 - math.log(2 * math.pi)
    return out
