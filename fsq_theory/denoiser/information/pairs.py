"""The posterior between two tokens alone: exact for K = 2, and all that is left of any codebook at high SNR."""

from __future__ import annotations

import numpy as np

from ...arrays import Array
from ...gaussian import LOG_SQRT_2PI
from ...logspace import logsumexp

STEP = 0.25
"""Of the trapezoidal rule over λ; log(1 + e^λ) has its singularities at ±iπ."""

REACH = 9.5
"""Deviations of noise beyond which nothing is left."""

FAR = 90.0
"""e^{−λ/2} beyond which nothing is left."""


def log_pair_uncertainty(distance: Array) -> tuple[Array, Array]:
    """Log of the posterior error and of the entropy between two equally probable codes, e^{−δ²/8} factored out exactly.

    The log odds against the token that was sent are λ ~ N(−δ²/2, δ²), with δ = r‖e_1 − e_2‖, so that

        E g(λ) = e^{−δ²/8}/(δ√(2π)) ∫ g(λ) e^{−λ/2 − λ²/(2δ²)} dλ,

    g = 1/(1 + e^{−λ}) for the error 1 − E p(k|Y), and log(1 + e^λ) for the entropy.  By the trapezoidal rule, accurate
    to rounding of the result.

    Args:
        distance: δ, shape (R,), at least 0.5.

    Returns:
        (log error, log entropy), each of shape (R,).
    """
    delta = np.asarray(distance)[:, None]
    steps = int(FAR / STEP)
    # Around λ = 0 the integrand falls like e^{−|λ|/2} or, for small δ, like a normal law of deviation δ.
    reach = np.minimum(FAR, REACH * delta + delta**2 / 2)
    value = np.arange(-steps, steps + 1) * (reach / steps)
    softplus = np.logaddexp(0.0, value)
    with np.errstate(over="ignore"):
        common = -value / 2 - (value / delta) ** 2 / 2 + np.log(reach / steps / delta) - LOG_SQRT_2PI
        peak = -(distance**2) / 8
    return logsumexp(common + value - softplus) + peak, logsumexp(common + np.log(softplus)) + peak
