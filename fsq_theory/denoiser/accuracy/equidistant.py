"""Accuracy of one-hot, simplex and biorthogonal codes by one-dimensional integrals, in log space.

All codes equally far apart (distance d, uniform prior): with ρ = r d/√2 the token that was sent scores ρ + z and the
others are K − 1 independent standard normals, so one integral over z does it.  One-hot codes of norm 1 have ρ = r, the
regular simplex of norm 1 has ρ = r √(K/(K−1)).  For one-hot codes 1 − A at r = α/σ is the discrete corruption of
[CANDI], and A = (1 + (K − 1)T)/K with the diffusion transformation operator T of [Duo].

The integrands are log-concave, being a normal density times the law of an order statistic of normals.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special

from ...arrays import Array
from ...gaussian import LOG_SQRT_2PI, log_ndtr
from ...logspace import LOG_2, array_module, log1mexp, log_any
from ...quadrature import log_concave_integral

SMALLEST_NORMAL_LOG = -700.0


def equidistant_log_error(rho: Any, tokens: int, top: int = 1) -> tuple[Any, Any]:
    """Log of 1 − A for K equidistant codes: ∫ φ(z − ρ) P(at least m of K − 1 normals exceed z) dz, m = ``top``.

    For m = 1 the probability is 1 − Φ(z)^{K−1}; in general I_{Φ(−z)}(m, K − m), a regularised incomplete beta function.

    Args:
        rho: r d/√2, shape (R,), ≥ 0; NumPy, or JAX for m = 1.
        tokens: K ≥ 2, of any size.
        top: m, from 1 to K − 1.

    Returns:
        (log error, estimate of its absolute error), each of shape (R,).
    """

    def log_outranked(z: Any) -> Any:
        if top == 1:
            return _log_any_exceeds(log_ndtr(-z), tokens - 1)
        return _log_binomial_tail(log_ndtr(-z), tokens - 1, top)

    return log_concave_integral(lambda z: _log_normal(z - rho[:, None]) + log_outranked(z), -3.0 + 0.0 * rho, rho + 1.0)


def equidistant_log_accuracy(rho: Any, tokens: int) -> tuple[Any, Any]:
    """Log of A for K equidistant codes: ∫ φ(z − ρ) Φ(z)^{K−1} dz; as :func:`equidistant_log_error`."""
    reach = np.sqrt(2 * np.log(tokens)) + 3
    return log_concave_integral(
        lambda z: _log_normal(z - rho[:, None]) + (tokens - 1) * log_ndtr(z), rho - 1.0, rho + reach
    )


def biorthogonal_log_error(rho: Any, tokens: int) -> tuple[Any, Any]:
    """Log of 1 − A for ±norm·u_i, K = 2n, ρ = r·norm: Φ(−ρ) + ∫_0^∞ φ(z − ρ)(1 − (2Φ(z) − 1)^{n−1}) dz.

    The sent token's own coordinate is ρ + z; it loses when that is negative, or smaller than another coordinate's size.
    Returns (log error, estimate of its absolute error), each of shape (R,).
    """
    others = tokens // 2 - 1
    negative = log_ndtr(-rho)
    if others == 0:
        return negative, 0.0 * rho
    value, spread = log_concave_integral(
        lambda z: _log_normal(z - rho[:, None]) + _log_any_exceeds(_log_outside(z), others),
        0.0 * rho,
        rho + 1.0,
        floor=0.0,
    )
    return array_module(rho).logaddexp(negative, value), spread


def biorthogonal_log_accuracy(rho: Any, tokens: int) -> tuple[Any, Any]:
    """Log of A for ±norm·u_i: ∫_0^∞ φ(z − ρ)(2Φ(z) − 1)^{n−1} dz; as :func:`biorthogonal_log_error`."""
    others = tokens // 2 - 1
    reach = np.sqrt(2 * np.log(tokens)) + 3
    return log_concave_integral(
        lambda z: _log_normal(z - rho[:, None]) + others * _log_erf(z), 0.0 * rho, rho + reach, floor=0.0
    )


def _log_any_exceeds(log_tail: Any, others: int) -> Any:
    """log(1 − (1 − q)^N) from log q."""
    return log_any(log_tail[..., None], float(others))[1]


def _log_outside(z: Any) -> Any:
    """log P(|Z| > z) for z ≥ 0."""
    return array_module(z).minimum(LOG_2 + log_ndtr(-z), 0.0)


def _log_normal(z: Any) -> Any:
    return -(z**2) / 2 - LOG_SQRT_2PI


def _log_erf(z: Array) -> Array:
    """log(2Φ(z) − 1) for z ≥ 0; a zero or negative argument is moved to the smallest positive number."""
    z = np.maximum(z, np.finfo(float).tiny)
    with np.errstate(divide="ignore"):
        small = np.log(scipy.special.erf(z / np.sqrt(2)))
    return np.where(z < 1, small, log1mexp(_log_outside(z)))


def _log_binomial_tail(log_q: Array, trials: int, least: int) -> Array:
    """log P(Bin(N, q) ≥ m) from log q, also where the probability underflows."""
    q = np.exp(log_q)
    with np.errstate(divide="ignore"):
        direct = np.log(scipy.special.betainc(least, trials - least + 1, q))
    # P = q^m (1−q)^{N−m+1} / (m B(m, N−m+1)) · (1 + (N+1) q/(m+1) + …): where P underflows, N q is below 1e-3.
    leading = (
        least * log_q
        + (trials - least + 1) * np.log1p(-np.minimum(q, 0.5))
        - np.log(least)
        - scipy.special.betaln(least, trials - least + 1)
        + np.log1p((trials + 1) * np.minimum(q, 1 / (trials + 1)) / (least + 1))
    )
    return np.where(direct > SMALLEST_NORMAL_LOG, direct, leading)
