"""What a sampler asks of a codebook, or of one factor of a product: its guess of X_0, and the posterior to read out.

Both are functions of the state u = a e_k + s ε in coordinates of unit power at an amplitude ratio r.  Every function
takes NumPy or JAX arrays and answers in kind; JAX can trace the factor, a pytree, as well as u and r.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.regular import OneHotCodebook
from ..denoiser.predictor import Predictor, check_probabilities
from ..logspace import array_module

Guess = Callable[[Array, float], Array]
"""A model: states u of shape (S, n) and the amplitude ratio to Σ_k q_k e_k of shape (S, n)."""

ONE_HOT_FROM = 32
"""One-hot codes of at least as many tokens are not listed: their inner products are the coordinates."""


class Factor(NamedTuple):
    """Codes, prior and temperature, as arrays.

    Attributes:
        points: codes less their mean, shape (K, n); for one-hot codes s u_k + c 1 the two numbers s and c, shape (2,).
        energies: ‖points_k‖², shape (K,); None for one-hot codes.
        mean: Σ π_k e_k, shape (n,).
        log_prior: log π_k, shape (K,).
        temperature: τ of the probabilities.
    """

    points: Any
    energies: Any
    mean: Any
    log_prior: Any
    temperature: Any


def factor(codebook: Codebook) -> Factor:
    """The arrays of a codebook that can be listed, or one-hot, at temperature 1."""
    log_prior, one = np.array(codebook.log_prior), np.float64(1)
    if isinstance(codebook, OneHotCodebook) and codebook.K >= ONE_HOT_FROM:
        return Factor(np.array([codebook.scale, codebook.offset]), None, np.array(codebook.mean), log_prior, one)
    points = codebook.points - codebook.mean
    return Factor(points, np.einsum("kn,kn->k", points, points), np.array(codebook.mean), log_prior, one)


def model_factor(codebook: Codebook, temperature: float) -> Factor:
    """The factor whose posterior is ∝ p(k|u)^{1/τ}."""
    from ..denoiser.temperature import check_temperature

    return factor(codebook)._replace(temperature=np.float64(check_temperature(temperature)))


def posterior(made: Factor, u: Any, r: Any) -> Any:
    """The softmax of [log π_k + r√(1 + r²) u·e_k − r²‖e_k‖²/2]/τ, u and codes relative to the mean, shape (S, K)."""
    xp = array_module(u, r)
    length = xp.sqrt(1 + r**2)
    if made.energies is None:
        fit = r * length * made.points[0] * u
    else:
        centred = u - (r / length * made.mean)[None, :]
        fit = r * length * (centred @ made.points.T) - (r**2 / 2 * made.energies)[None, :]
    possible = xp.isfinite(made.log_prior)[None, :]
    logits = xp.where(possible, fit + made.log_prior[None, :], -xp.inf)
    with np.errstate(over="ignore"):
        off = xp.where(possible, logits - xp.max(logits, axis=1, keepdims=True), 0.0) / made.temperature
    mass = xp.where(possible, xp.exp(off), 0.0)
    return mass / xp.sum(mass, axis=1, keepdims=True)


def guess(made: Factor, u: Any, r: Any) -> Any:
    """Σ_k p_k e_k, shape (S, n), with p the posterior: x̂_0(u) of a factor at temperature 1."""
    return combined(made, posterior(made, u, r))


def combined(made: Factor, q: Any) -> Any:
    """Σ_k q_k e_k for probabilities of shape (S, K)."""
    if made.energies is None:
        return made.points[0] * q + made.points[1]
    return q @ made.points + made.mean[None, :]


def predicted(made: Factor, predictor: Predictor, u: Array, r: float) -> Array:
    """Σ_k q_k e_k, shape (S, n), with q a user's prediction; NumPy, outside of any trace.

    Raises:
        InputError: for predictions that are not probabilities of shape (S, K).
    """
    import jax

    # Sizes that are powers of two: a predictor that compiles for each shape does so a few times only.
    padded = np.zeros((1 << (len(u) - 1).bit_length(), u.shape[1]))
    padded[: len(u)] = u * np.hypot(1.0, r)
    with jax.enable_x64(True):
        q = np.asarray(predictor(padded, float(r)))
    return np.asarray(combined(made, check_probabilities(q, len(padded), len(made.log_prior))))[: len(u)]
