"""Posteriors with a temperature, q ∝ p^{1/τ}, and the denoiser that they make, factor by factor for products."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from ..codebooks.codebook import Codebook
from ..codebooks.product_codebook import ProductCodebook
from ..codebooks.regular import OneHotCodebook
from ..errors import InputError
from .posterior import denoise, digit_log_posteriors, log_posterior


def denoise_with_temperature(
    codebook: Codebook, y: ArrayLike, r: ArrayLike, temperature: float, sigma: ArrayLike = 1.0
) -> jax.Array:
    """D(y) = Σ_k q_k e_k with q ∝ p(k|y)^{1/τ}, shape (..., n), factor by factor for products of any size.  Exact.

    Under the uniform prior p^{1/τ} ∝ exp(−‖y − r e_k‖²/(2τσ²)): the optimal denoiser at noise σ√τ.

    Args:
        codebook: codes and prior.
        y: observations, shape (..., n).
        r: signal amplitude α, a scalar ≥ 0.
        temperature: τ > 0, possibly infinite.
        sigma: noise standard deviation a coordinate.

    Raises:
        InputError: for another τ, or as :func:`~fsq_theory.denoise`.
        TooLargeError: for codes under a prior that is not uniform, too many to list.
    """
    tau = check_temperature(temperature)
    if codebook.is_uniform:
        return denoise(codebook, y, r, sigma * math.sqrt(tau))
    if isinstance(codebook, ProductCodebook):
        parts = zip(codebook.factors, digit_log_posteriors(codebook, y, r, sigma), strict=True)
        return jnp.concatenate([_mean(factor, tempered(part, tau)) for factor, part in parts], axis=-1)
    return _mean(codebook, tempered(log_posterior(codebook, y, r, sigma), tau))


@jax.jit
def tempered(log_p: jax.Array, tau: float) -> jax.Array:
    """softmax(log p / τ) along the last axis; 0 stays 0, also at τ = ∞."""
    possible = jnp.isfinite(log_p)
    best = jnp.max(log_p, axis=-1, keepdims=True)
    return jax.nn.softmax(jnp.where(possible, jnp.where(possible, log_p - best, 0.0) / tau, -jnp.inf), axis=-1)


def check_temperature(value: float) -> float:
    """τ as a float; raises :class:`InputError` unless it is above 0."""
    tau = float(value)
    if not tau > 0:
        raise InputError(f"temperature {tau:g}: expected a number above 0")
    return tau


def _mean(codebook: Codebook, q: jax.Array) -> jax.Array:
    """Σ_k q_k e_k along the last axis."""
    if isinstance(codebook, OneHotCodebook):
        return codebook.scale * q + codebook.offset
    return q @ jnp.asarray(codebook.points, q.dtype)
