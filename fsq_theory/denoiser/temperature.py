"""Posteriors with a temperature, p^{1/τ}: the exact posterior at another noise level, so that products factorise."""

from __future__ import annotations

import math

import jax
import numpy as np
from jax.typing import ArrayLike

from ..codebooks.codebook import Codebook
from ..codebooks.product_codebook import ProductCodebook
from ..errors import InputError
from .posterior import denoise


def denoise_with_temperature(
    codebook: Codebook, y: ArrayLike, r: ArrayLike, temperature: float, sigma: ArrayLike = 1.0
) -> jax.Array:
    """D(y) = Σ_k q_k e_k with q ∝ p(k|y)^{1/τ}, shape (..., n), factor by factor for products of any size.  Exact.

    Since p^{1/τ} ∝ π^{1/τ} exp(−‖y − r e_k‖²/(2τσ²)), it is the optimal denoiser at noise σ√τ under the prior
    ∝ π^{1/τ}.

    Args:
        codebook: codes and prior.
        y: observations, shape (..., n).
        r: signal amplitude α, a scalar ≥ 0.
        temperature: τ > 0, possibly infinite.
        sigma: noise standard deviation a coordinate.

    Raises:
        InputError: for another τ, or as :func:`~fsq_theory.denoise`.
    """
    tau = check_temperature(temperature)
    return denoise(tempered(codebook, tau), y, r, sigma * math.sqrt(tau))


def tempered(codebook: Codebook, tau: float) -> Codebook:
    """The same codes under the prior ∝ π^{1/τ}, factor by factor."""
    if codebook.is_uniform or tau == 1:
        return codebook
    if isinstance(codebook, ProductCodebook):
        return codebook.mapped({id(factor): tempered(factor, tau) for factor in set(codebook.factors)})
    logs = codebook.log_prior
    possible = np.isfinite(logs)
    scaled = np.where(possible, (np.where(possible, logs, 0.0) - logs[possible].max()) / tau, -np.inf)
    weights = np.exp(scaled)
    return codebook.with_prior(weights / weights.sum())


def check_temperature(value: float) -> float:
    """τ as a float; raises :class:`InputError` unless it is above 0."""
    tau = float(value)
    if not tau > 0:
        raise InputError(f"temperature {tau:g}: expected a number above 0")
    return tau
