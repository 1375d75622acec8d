"""The Laplace transform of a lognormal variable, for the sums of lognormals that posteriors over many tokens are.

L(τ) = E exp(−e^{τ + ρZ}), Z ~ N(0, 1), turns expectations over K independent lognormals e^{ρ Z_j} into one integral,
because E exp(−t Σ_j e^{ρ Z_j}) = Π_j L(log t).  It is also a survival function: L(τ) = P(T > τ) for T = log G − ρZ,
G ~ Exp(1), so that L and 1 − L are log-concave, and softmax probabilities are chances in a race between copies of T.
:class:`GaussianLaw` is the same with G = 1: the race that the most probable token wins.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ..arrays import Array
from ..gaussian import LOG_SQRT_2PI, log_ndtr
from ..logspace import logsumexp

SMALL = 1.0
"""ρ up to which L is an integral over Z, and from which one over log G: each is smooth on its side."""

NOISE_STEP = 0.1875
NOISE_REACH = 9.5
"""Trapezoidal rule over Z: e^{−2π·(π/2ρ)/h} is below 1e-20 for ρ ≤ 1; N(0, 1) has 1e-21 beyond 9.5."""

LOG_STEP = 0.1875
"""Of the trapezoidal rule over log G, whose density e^{y − e^y} has a Fourier transform |Γ(1 + iω)|."""

FULL_MASS = 40.0
"""P(log G < −40) = 4e-18."""

TINY = 1e-300


class Law(Protocol):
    """A random variable T of which independent copies, shifted, race each other."""

    rho: float

    def log_cdf(self, tau: Array) -> Array:
        """log P(T ≤ τ), relative accuracy in the left tail; shape of τ."""

    def log_weights(self, tau: Array) -> Array:
        """Logarithms of the functions that the race integrates, stacked first, shape (functions, *shape of τ)."""


class GaussianLaw:
    """T = −ρZ: the token with the smallest T_j − log π_j is the most probable one.

    Its weight is the density, so that the race gives the probability of losing: the MAP error.
    """

    def __init__(self, rho: float) -> None:
        self.rho = rho

    def log_cdf(self, tau: Array) -> Array:
        """log Φ(τ/ρ)."""
        return np.asarray(log_ndtr(tau / self.rho))

    def log_weights(self, tau: Array) -> Array:
        """log of the density φ(τ/ρ)/ρ."""
        return np.asarray([-((tau / self.rho) ** 2) / 2 - LOG_SQRT_2PI - np.log(self.rho)])


class LognormalLaw:
    """T = log G − ρZ, G ~ Exp(1): P(T > τ) = L(τ), the Laplace transform at e^τ of the lognormal e^{ρZ}.

    Its weights are the density −L'(τ) and L(τ): the race gives the posterior ("soft") error and the posterior entropy.

    Args:
        rho: ρ > 0, finite.
    """

    def __init__(self, rho: float) -> None:
        self.rho = rho

    def log_cdf(self, tau: Array) -> Array:
        """log(1 − L(τ)); relative accuracy about 1e-14, absolute in the logarithm, plus rounding of its size."""
        if self.rho <= SMALL:
            z, log_weights = _noise()
            exponent = np.exp(tau[..., None]) * np.exp(self.rho * z)
            return _log(-np.expm1(-exponent) @ np.exp(log_weights))
        y, log_weights = self._logarithms(tau)
        return logsumexp(log_ndtr((tau[..., None] - y) / self.rho) + log_weights)

    def log_weights(self, tau: Array) -> Array:
        """log of the density −L'(τ), and log L(τ).

        For ρ ≤ 1 they end at 1e-300, and are good relative to their largest values; for larger ρ, as :meth:`log_cdf`.
        """
        if self.rho <= SMALL:
            z, log_weights = _noise()
            exponent = np.exp(np.minimum(tau, 600.0)[..., None]) * np.exp(self.rho * z)
            below = np.exp(-exponent)
            weights = np.exp(log_weights)
            return np.stack([_log((exponent * below) @ weights), _log(below @ weights)])
        y, log_weights = self._logarithms(tau)
        x = (y - tau[..., None]) / self.rho
        density = logsumexp(log_weights - x**2 / 2) - LOG_SQRT_2PI - np.log(self.rho)
        return np.stack([density, logsumexp(log_ndtr(x) + log_weights)])

    def _logarithms(self, tau: Array) -> tuple[Array, Array]:
        """Nodes y = log g and log weights of the rule Σ w f(y) = ∫ e^{y − e^y} f(y) dy.

        Steps widen from LOG_STEP where that density bends to s·LOG_STEP, s = 2ρ, on the left, where f decides: y = v −
        (s − 1) log(1 + e^{−v − 3}/s).
        """
        # The mass of 1 − L(τ) = E(1 − e^{−W}), W = e^{τ + ρZ}, lies about log W = τ + ρ² if that is negative.
        least = float(tau.min(initial=0.0))
        low = min(0.0, least + self.rho**2) - NOISE_REACH * self.rho
        low = min(low, min(0.0, least + self.rho**2 / 2) - FULL_MASS)
        slope = 2 * self.rho
        knee = -3.0 - np.log(slope)
        start = knee + np.floor((low - knee) / slope) - 3.0
        v = np.arange(start, 4.8, LOG_STEP)
        bend = np.logaddexp(0.0, knee - v)
        y = v - (slope - 1) * bend
        stretch = 1 + (slope - 1) * -np.expm1(-bend)
        return y, y - np.exp(y) + np.log(stretch * LOG_STEP)


def _noise() -> tuple[Array, Array]:
    # One unit more on the right: E[e^{ρZ}…] moves the normal law by ρ ≤ 1.
    z = np.arange(-NOISE_REACH, NOISE_REACH + 1.1, NOISE_STEP)
    return z, -(z**2) / 2 - LOG_SQRT_2PI + np.log(NOISE_STEP)


def _log(value: Array) -> Array:
    return np.asarray(np.log(np.maximum(value, TINY)))
