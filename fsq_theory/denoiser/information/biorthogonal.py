"""Information, posterior entropy and MMSE of ± orthogonal codes under the uniform prior, by double integrals.

For ±s u_i, K = 2n, ρ = r s, the sent axis carries x = ρY, Y = ρ + Z, with weights e^{±x}, sum C = 2cosh x; every other
axis adds c = 2cosh(ρZ).  With L(τ) = E exp(−e^τ c), M(τ) = E exp(−e^τ C) and S the sum over the other n − 1 axes,

    H(X_0|Y) = E log(1 + e^{−2x}) + ∫ M(τ) (1 − L(τ)^{n−1}) dτ,
    E e^{−x}/(C + S) = ∫ e^τ E[e^{−x} exp(−e^τ C)] L(τ)^{n−1} dτ =: a,
    E S/(C + S) = ∫ e^τ E[C exp(−e^τ C)] (1 − L(τ)^{n−1}) dτ =: b,

so that 1 − E p(k|Y) = a + b and MMSE = s² (1 − E[p_+ − p_−]) = s² (2a + b).  All integrands are positive.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...arrays import Array
from ...gaussian import LOG_SQRT_2PI
from ...logspace import LOG_2, logsumexp
from .evaluation import EPS, Evaluation, spread_of_difference
from .low_snr import REACH, low_snr
from .pairs import log_pair_uncertainty

STEP = 0.2
"""Of the trapezoidal rules, on the scale of 1 in τ and x and, for small ρ, of ρ in x."""

NOISE_REACH = 9.5
"""Deviations of noise beyond which nothing is left."""

DROP = 42.0
"""Integrands are followed down to e^{−42} of their largest value, about e^{−ρ²/4} at high SNR."""

TINY = 1e-300

BLOCK = 2**18
"""Most values held at once."""


def evaluate(axes: int, norm: float, r: Array) -> Evaluation:
    """I, H(X_0|Y) and MMSE of ±norm·u_1, …, ±norm·u_n, relative accuracy 1e-12 at any r.

    I above ρ = 0.5 is H(π) − H(X_0|Y), and loses by H/I where that is large; the spread says so.

    Args:
        axes: n ≥ 1.
        norm: s > 0.
        r: shape (R,), positive and finite.
    """
    with np.errstate(over="ignore"):
        rho = r * norm
    information, entropy, mmse, spread = np.zeros((4, len(rho)))
    log_tokens = float(np.log(2.0 * axes))
    low = rho <= REACH
    if low.any():
        information[low], mmse[low], spread[low] = low_snr(
            lambda value: float(np.exp(_log_mmse(integrals(axes, value)[0]))), rho[low]
        )
        entropy[low] = np.log(log_tokens - np.exp(information[low]))
    if not low.all():
        logs, spread[~low] = log_integrals(axes, rho[~low])
        entropy[~low], mmse[~low] = logs[:, 2], _log_mmse(logs)
        information[~low] = np.log(log_tokens - np.exp(entropy[~low]))
    spread += _rounding(entropy)
    spread[~low] = spread_of_difference(spread[~low], entropy[~low], information[~low])
    return Evaluation(information, entropy, mmse + 2 * np.log(norm), spread, "quadrature")


def log_soft_error(axes: int, rho: Array) -> tuple[Array, Array]:
    """(log(1 − E p(k|Y)), bound on its error) for each ρ > 0, shape (R,)."""
    logs, spread = log_integrals(axes, rho)
    error = np.logaddexp(logs[:, 0], logs[:, 1])
    return error, spread + _rounding(error)


def _log_mmse(logs: Array) -> Array:
    return np.asarray(np.logaddexp(logs[..., 0] + LOG_2, logs[..., 1]))


def _rounding(log_value: Array) -> Array:
    return np.asarray(EPS * (64 + 4 * np.where(np.isfinite(log_value), np.abs(log_value), 0.0)))


def log_integrals(axes: int, rho: Array) -> tuple[Array, Array]:
    """(log a, log b, log H), shape (R, 3), and an estimate of their errors, for each ρ > 0.

    At high SNR tokens are only confused in pairs: 2n − 2 of them at right angles and one opposite.  Where three meet
    costs e^{−ρ²/3} against e^{−ρ²/4}, nothing in float64 when K e^{−ρ²/12} < 1e-17.
    """
    logs, spread = np.zeros((len(rho), 3)), np.zeros(len(rho))
    apart = (rho**2 > 12 * (np.log(2.0 * axes) + 40)) | ((axes == 1) & (rho >= REACH))
    if apart.any():
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            opposite = log_pair_uncertainty(2 * rho[apart])
            sides = np.array(log_pair_uncertainty(np.sqrt(2) * rho[apart])) + np.log(2.0 * axes - 2)
        logs[apart] = np.stack([opposite[0], sides[0], np.logaddexp(opposite[1], sides[1])], axis=1)
    for i in np.flatnonzero(~apart).tolist():
        logs[i], spread[i] = integrals(axes, float(rho[i]))
    return logs, spread


def integrals(axes: int, rho: float) -> tuple[Array, float]:
    """(log a, log b, log H), shape (3,), and an estimate of their error, by the trapezoidal rule in τ and in x."""
    width = STEP * min(1.0, rho)
    x = np.arange(-int(NOISE_REACH * rho / width) - 1, int((rho**2 + NOISE_REACH * rho) / width) + 2) * width
    log_c = np.abs(x) + np.log1p(np.exp(-2 * np.abs(x)))
    scale = width / rho * np.exp(-LOG_SQRT_2PI)
    own = scale * np.exp(-((x / rho - rho) ** 2) / 2)
    side = scale * np.exp(-((x / rho) ** 2) / 2) * np.where(x > 0, 2.0, np.where(x == 0, 1.0, 0.0))
    step = STEP * max(1.0, rho / 10)
    deep = rho * (rho / 2 + np.sqrt(2 * DROP))
    low = -np.log(axes) - (deep if rho > 2 * np.sqrt(2 * DROP) else DROP + 3 * rho**2 / 4 + 5)
    tau = (
        np.arange(int(np.floor(low / step)), int(np.ceil(min(4.5, deep - rho**2 + 4.5) / step)) + 1).astype(float)
        * step
    )

    def rows(part: Array) -> Array:
        total = np.exp(np.minimum(part[:, None] + log_c, 600.0))
        left = np.exp(-total)
        opposite = np.exp(part) * (left @ (own * np.exp(-x)))
        return np.stack([opposite, (total * left) @ own, left @ own, -np.expm1(-total) @ side])

    opposite, weighted, own_left, overtaken = _in_blocks(rows, tau, len(x))
    log_rest = (axes - 1) * np.log1p(-np.minimum(overtaken, 1 - 1e-16))
    some = -np.expm1(log_rest)
    with np.errstate(divide="ignore"):
        terms = np.log(np.maximum(np.stack([opposite * np.exp(log_rest), weighted * some, own_left * some]), TINY))
        if axes == 1:
            terms[1:] = -np.inf
    pair = float(np.log(own @ np.logaddexp(0.0, -2 * x)))
    results = []
    for stride in (1, 2):
        logs = logsumexp(terms[:, ::stride]) + np.log(step * stride)
        results.append(np.array([logs[0], logs[1], np.logaddexp(pair, logs[2])]))
    # Halving the step squares the error; the power 3/2 leaves room for parts of the integrand that are small.
    totals = [np.array([np.logaddexp(v[0], v[1]), v[2]]) for v in results]
    return results[0], float(np.max(np.abs(totals[0] - totals[1]))) ** 1.5


def _in_blocks(function: Callable[[Array], Array], values: Array, width: int) -> Array:
    """The function of an array, taken in pieces of at most BLOCK/width entries; the last axis is that of the values."""
    size = max(1, BLOCK // width)
    return np.concatenate([function(values[i : i + size]) for i in range(0, len(values), size)], axis=-1)
