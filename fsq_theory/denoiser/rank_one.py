"""The largest eigenvalue of a diagonal matrix less a rank-one one, many at a time, without forming a matrix."""

from __future__ import annotations

import numpy as np

from ..arrays import Array

STEPS = 60
"""Most steps of Newton's method, which takes about five; a bracket makes it safe."""

PRECISION = 1e-13
"""Relative change of λ at which a row is done."""


def largest_eigenvalue(diagonal: Array, squares: Array, top_variance: Array, power_sums: Array | None = None) -> Array:
    """λ_max of diag(d) − z zᵀ ⪰ 0, the root above d_(2) of Σ_i z_i²/(d_i − λ) = 1 (secular equation), to rounding.

    With i = 1 the largest d and v = d_1 − z_1², this is (λ − v)/(d_1 − λ) = Σ_{i>1} z_i²/(λ − d_i), whose sides rise
    and fall.  The root lies between a = max(v, d_2) and b = min(d_1, v + Σ_{i>1} (d_i − z_i²)): by interlacing, a
    Rayleigh quotient and the trace.  Newton's method on the log of the ratio of the sides, in log((λ − a)/(b − λ)),
    with bisection where it would leave the bracket; the matrix is never formed.

    Args:
        diagonal: d, shape (S, m), m ≥ 2.
        squares: z², shape (S, m), at most d.
        top_variance: v for the row's largest d, without cancellation, shape (S,).
        power_sums: Σ (d_i/a)^k over further small d_i, with z_i = d_i, k = 1, 2, …, shape (S, at least 2): their
            Σ z_i²/(λ − d_i) = a Σ_{k≥2} (a/λ)^{k−1} Σ (d_i/a)^k.

    Returns:
        shape (S,).
    """
    rows = np.arange(len(diagonal))
    first = diagonal.argmax(axis=1)
    top, v = diagonal[rows, first], top_variance
    d, z2 = diagonal.copy(), squares.copy()
    d[rows, first], z2[rows, first] = 0.0, 0.0
    a = np.maximum(v, d.max(axis=1))
    rest = d.sum(axis=1) - z2.sum(axis=1)
    if power_sums is not None:
        rest += a * (power_sums[:, 0] - a * power_sums[:, 1])
    b = np.maximum(np.minimum(top, v + rest), a)
    low, high = a.copy(), b.copy()
    value = a + (b - a) / 2
    todo = np.flatnonzero((value > a) & (value < b))
    value[(value <= a) | (value >= b)] = b[(value <= a) | (value >= b)]
    for _ in range(STEPS):
        if not len(todo):
            break
        x = value[todo]
        parts = z2[todo]
        gaps = x[:, None] - d[todo]
        parts /= gaps
        right = parts.sum(axis=1)
        parts /= gaps
        slope_right = parts.sum(axis=1)
        if power_sums is not None:
            more, slope = _far(a[todo] / x, power_sums[todo, 1:])
            right += a[todo] * more
            slope_right += slope
        left = (x - v[todo]) / (top[todo] - x)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            excess = np.log(left) - np.log(right)
            slope = 1 / (x - v[todo]) + 1 / (top[todo] - x) + slope_right / right
            stretch = (x - a[todo]) * (b[todo] - x) / (b[todo] - a[todo])
            move = np.exp(-excess / (slope * stretch))
            new = (a[todo] * (b[todo] - x) + b[todo] * move * (x - a[todo])) / ((b[todo] - x) + move * (x - a[todo]))
        low[todo] = np.where(excess < 0, x, low[todo])
        high[todo] = np.where(excess < 0, high[todo], x)
        inside = (new > low[todo]) & (new < high[todo])
        new = np.where(inside, new, low[todo] + (high[todo] - low[todo]) / 2)
        value[todo] = new
        todo = todo[(np.abs(new - x) > PRECISION * new) & (new > low[todo]) & (new < high[todo])]
    return value


def _far(u: Array, sums: Array) -> tuple[Array, Array]:
    """Σ_k u^k s_k and Σ_k k u^{k+1} s_k, k = 1, 2, …, each of shape (S,)."""
    power = np.arange(1, sums.shape[1] + 1)
    terms = u[:, None] ** power * sums
    return np.asarray(terms.sum(axis=1)), np.asarray(u * (terms @ power))
