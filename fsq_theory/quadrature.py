"""Integrals of positive functions given by their logarithm, by composite Gauss–Legendre quadrature in log space."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .gaussian import gauss_legendre
from .logspace import array_module, logsumexp

REACH = 10.5
"""A log-concave integrand at least as concave as N(0,1) has less than 1e-23 of its mass beyond mode ± REACH."""


def log_concave_integral(
    log_integrand: Callable[[Any], Any], lower: Any, upper: Any, floor: float = -np.inf
) -> tuple[Any, Any]:
    """log ∫ exp(g(z)) dz for g concave with g'' ≤ −1, one integral for each entry of ``lower``.

    The mode is found by golden-section search in [lower, upper]; the integral runs over mode ± REACH (cut at
    ``floor``) in panels of width at most 1/2.

    Args:
        log_integrand: maps an array of shape (R, points) to g of the same shape; row i belongs to integral i.
        lower: shape (R,), below the mode; NumPy or JAX.
        upper: shape (R,), above the mode.
        floor: the integrals begin here at the earliest (0 for integrals over the half line).

    Returns:
        (log integral, estimate of its absolute error, from two orders of the rule), each of shape (R,).
    """
    xp = array_module(lower, upper)
    mode = _concave_mode(log_integrand, lower, upper)
    start, stop = xp.maximum(mode - REACH, floor), mode + REACH
    fine = _panel_integral(log_integrand, start, stop, 18)
    coarse = _panel_integral(log_integrand, start, stop, 14)
    return fine, xp.abs(fine - coarse)


GOLDEN = (5**0.5 - 1) / 2
MODE_STEPS = 32
"""Each step shrinks the bracket by 0.618: 32 of them by 2e-7, enough for a mode that panels reach far beyond."""


def _concave_mode(log_integrand: Callable[[Any], Any], lower: Any, upper: Any) -> Any:
    xp = array_module(lower, upper)

    def shrink(_: Any, bracket: tuple[Any, Any]) -> tuple[Any, Any]:
        a, b = bracket
        left, right = b - GOLDEN * (b - a), a + GOLDEN * (b - a)
        values = log_integrand(xp.stack([left, right], axis=1))
        rising = values[:, 0] < values[:, 1]
        return xp.where(rising, left, a), xp.where(rising, b, right)

    bracket = (lower, upper)
    if xp is np:
        for step in range(MODE_STEPS):
            bracket = shrink(step, bracket)
        return (bracket[0] + bracket[1]) / 2
    import jax

    # The integral does not depend on where its panels lie, nor does its derivative.
    bracket = jax.lax.fori_loop(0, MODE_STEPS, shrink, jax.lax.stop_gradient(bracket))
    return jax.lax.stop_gradient((bracket[0] + bracket[1]) / 2)


def _panel_integral(log_integrand: Callable[[Any], Any], start: Any, stop: Any, order: int) -> Any:
    panels = int(np.ceil(4 * REACH))
    nodes, weights = gauss_legendre(order)
    cells = (np.arange(panels)[:, None] + (nodes + 1) / 2).ravel() / panels
    length = stop - start
    log_weights = np.log(np.tile(weights, panels) / (2 * panels))
    xp = array_module(start)
    cells, log_weights = (xp.asarray(v, dtype=length.dtype)[None, :] for v in (cells, log_weights))
    values = log_integrand(start[:, None] + length[:, None] * cells)
    return logsumexp(values + log_weights) + xp.log(length)
