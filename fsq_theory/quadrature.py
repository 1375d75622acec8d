"""Integrals of positive functions given by their logarithm, by composite Gauss–Legendre quadrature in log space."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .arrays import Array
from .gaussian import gauss_legendre
from .logspace import logsumexp

REACH = 10.5
"""A log-concave integrand at least as concave as N(0,1) has less than 1e-23 of its mass beyond mode ± REACH."""


def log_concave_integral(
    log_integrand: Callable[[Array], Array], lower: Array, upper: Array, floor: float = -np.inf
) -> tuple[Array, Array]:
    """log ∫ exp(g(z)) dz for g concave with g'' ≤ −1, one integral for each entry of ``lower``.

    The mode is found by golden-section search in [lower, upper]; the integral runs over mode ± REACH (cut at
    ``floor``) in panels of width at most 1/2.

    Args:
        log_integrand: maps an array of shape (R, points) to g of the same shape; row i belongs to integral i.
        lower: shape (R,), below the mode.
        upper: shape (R,), above the mode.
        floor: the integrals begin here at the earliest (0 for integrals over the half line).

    Returns:
        (log integral, estimate of its absolute error, from two orders of the rule), each of shape (R,).
    """
    mode = _concave_mode(log_integrand, lower, upper)
    start, stop = np.maximum(mode - REACH, floor), mode + REACH
    fine = _panel_integral(log_integrand, start, stop, 18)
    coarse = _panel_integral(log_integrand, start, stop, 14)
    return fine, np.abs(fine - coarse)


def _concave_mode(log_integrand: Callable[[Array], Array], lower: Array, upper: Array) -> Array:
    tolerance = 0.05  # The mode only places panels that reach far beyond it.
    golden = (np.sqrt(5.0) - 1) / 2
    a, b = np.array(lower, dtype=float), np.array(upper, dtype=float)
    while np.max(b - a) > tolerance:
        left, right = b - golden * (b - a), a + golden * (b - a)
        values = log_integrand(np.stack([left, right], axis=1))
        rising = values[:, 0] < values[:, 1]
        a, b = np.where(rising, left, a), np.where(rising, b, right)
    return (a + b) / 2


def _panel_integral(log_integrand: Callable[[Array], Array], start: Array, stop: Array, order: int) -> Array:
    panels = int(np.ceil(4 * REACH))
    nodes, weights = gauss_legendre(order)
    cells = (np.arange(panels)[:, None] + (nodes + 1) / 2).ravel() / panels
    length = stop - start
    values = log_integrand(start[:, None] + length[:, None] * cells)
    return logsumexp(values + np.log(np.tile(weights, panels) / (2 * panels))) + np.log(length)
