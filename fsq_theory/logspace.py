"""Arithmetic on logarithms of small and of nearly complete probabilities, without losing relative accuracy.

Every function takes NumPy or JAX arrays and answers in kind, so that a closed form is written once and can be
vectorised, compiled and differentiated.  −inf is the logarithm of 0 and never turns into NaN.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

LOG_2 = float(np.log(2.0))


def array_module(*arrays: Any) -> Any:
    """``jax.numpy`` if any argument is a JAX array or tracer, else ``numpy``; never imports JAX itself."""
    jax = sys.modules.get("jax")
    if jax is not None and any(isinstance(array, jax.Array) for array in arrays):
        import jax.numpy as jnp

        return jnp
    return np


def log1mexp(a: Any) -> Any:
    """log(1 − e^a) for a ≤ 0: −inf at a = 0, 0 at a = −inf; relative accuracy at both ends."""
    xp = array_module(a)
    near = a > -LOG_2
    inside = xp.where(near, a, -LOG_2)
    outside = xp.where(near, -LOG_2, a)
    with np.errstate(divide="ignore"):
        return xp.where(near, xp.log(-xp.expm1(inside)), xp.log1p(-xp.exp(outside)))


def logsumexp(a: Any, axis: int = -1) -> Any:
    """log Σ e^a along an axis; −inf where every term is −inf."""
    xp = array_module(a)
    top = xp.max(a, axis=axis, keepdims=True)
    shift = xp.where(xp.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return xp.log(xp.sum(xp.exp(a - shift), axis=axis)) + xp.squeeze(shift, axis=axis)


def log_any(log_errors: Any, counts: Any = 1.0, axis: int = -1) -> tuple[Any, Any]:
    """(log A, log(1 − A)) of independent parts, A = Π_i (1 − e_i)^{c_i}, from log e_i.

    With S = −Σ c_i log(1 − e_i): log A = −S and log(1 − A) = log(1 − e^{−S}); S is summed in log space, so that 1 − A
    keeps its relative accuracy however small the e_i are, and A however many parts there are.

    Args:
        log_errors: log e_i ≤ 0, parts along ``axis``.
        counts: multiplicities c_i > 0, broadcast against ``log_errors``.
        axis: the axis of the parts.
    """
    xp = array_module(log_errors, counts)
    if xp is not np:
        # A part that errs with probability 1 has log A = −inf, whose derivative would be 0·∞.
        log_errors = xp.minimum(log_errors, -float(xp.finfo(log_errors.dtype).eps))
    errors = xp.exp(log_errors)
    tiny = errors < 1e-8
    safe = xp.where(tiny, 0.5, errors)
    with np.errstate(divide="ignore"):
        ratio = xp.where(tiny, 1 + errors / 2, -xp.log1p(-safe) / safe)
        log_total = logsumexp(log_errors + xp.log(ratio) + xp.log(counts), axis=axis)
        total = xp.exp(log_total)
    small = total < 1e-8
    return -total, xp.where(small, log_total - xp.where(small, total, 0.0) / 2, log1mexp(-xp.where(small, 1.0, total)))
