"""Samples of ‖x̂_0(Y) − D(Y)‖², how far a model's denoiser is from the optimal one, at one SNR."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.product_codebook import ProductCodebook
from ..codebooks.variance import code_variance
from ..denoiser.predictor import BuiltinPredictor, Predictor, check_probabilities
from ..errors import InputError

LISTED_TOKENS = 2**22
"""Products of more tokens are drawn digit by digit."""

LISTED_COORDINATES = 2**24

OUTLYING = 16.0
"""A code whose squared distance from the mean exceeds the variance this many times is drawn more often than π says."""

Noise = Callable[[int], np.random.Generator]
"""The random numbers of a stream: 0 for tokens, 1 for the noise, so that tokens do not depend on the dimension."""


class DenoisingError:
    """Draws of w ‖x̂_0(Y) − D(Y)‖² for Y = r e_k + ε, whose mean is E‖x̂_0 − D‖².

    Tokens are stratified: the i-th of S is drawn from the i-th part of the prior's mass.  Under priors that are not
    uniform, or with outlying codes, half the tokens are drawn in proportion to π_k ‖e_k − E e‖², so that a rare token
    far away is not missed; w is the density of Y over that of these draws, at most 2, and small wherever the posterior
    of such a token is not small.  Elsewhere w = 1.

    Args:
        codebook: codes and prior.
        predictor: any predictor.

    Raises:
        InputError: for a predictor that is not callable, or a built-in one made for other codes.
        TooLargeError: where tokens have to be listed and are too many.
    """

    def __init__(self, codebook: Codebook, predictor: Predictor) -> None:
        if not callable(predictor):
            raise InputError(f"predictor of type {type(predictor).__name__}: expected a callable (y, r) -> q")
        if isinstance(predictor, BuiltinPredictor) and (predictor.codebook.K, predictor.codebook.n) != (
            codebook.K,
            codebook.n,
        ):
            raise InputError(
                f"predictor {predictor.name} is of {predictor.codebook.name}: expected one of {codebook.name}"
            )
        self.codebook = codebook
        self._gap = _gap_of(codebook, predictor)
        self._shares = _shares(codebook)
        self.spread = code_variance(codebook)
        """Var, or the largest ‖e_k − E e‖² where that may matter: nothing happens at SNRs far below 1/spread."""
        if self._shares is not None:
            self.spread *= 2 * float(self._shares.max()) - 1
        drawn = codebook.K <= LISTED_TOKENS or not isinstance(codebook, ProductCodebook)
        self._cumulative = None
        if self._shares is not None:
            self._cumulative = np.cumsum(codebook.prior * self._shares)
        elif drawn and not codebook.is_uniform:
            self._cumulative = np.cumsum(codebook.prior)

    def __call__(self, gamma: float, samples: int, noise: Noise) -> Array:
        """S values at one SNR γ = r², shape (S,)."""
        r = float(np.sqrt(gamma))
        draws = noise(0)
        if self.codebook.K > LISTED_TOKENS and isinstance(self.codebook, ProductCodebook):
            codes = _digit_codes(self.codebook, samples, draws)
        else:
            tokens = _inverted(
                self.codebook.K, self._cumulative, (np.arange(samples) + draws.random(samples)) / samples
            )
            codes = _listed_codes(self.codebook, tokens)
        y = r * codes + noise(1).standard_normal((samples, self.codebook.n))
        values = np.asarray(self._gap(y, r), dtype=np.float64)
        if self._shares is None:
            return values
        # The mean of the shares is 1: w = 1/E[share|y].
        return np.asarray(2 * values / (1 + np.asarray(_relative_square(self.codebook)(y, r))), dtype=np.float64)


def predictor_name(predictor: Predictor) -> str:
    """How tables call a predictor: its ``name``, or that of the function."""
    found = getattr(predictor, "name", None) or getattr(predictor, "__name__", None)
    return str(found or type(predictor).__name__)


def _gap_of(codebook: Codebook, predictor: Predictor) -> Callable[[Array, float], Array]:
    """(y, r) → ‖x̂_0(y) − D(y)‖², shape (S,)."""
    if isinstance(predictor, BuiltinPredictor):
        whole = _built_in_gap(codebook, predictor)
        return lambda y, r: np.asarray(whole(y, r))
    compared = _gap_from_probabilities(codebook)

    def by_callable(y: Array, r: float) -> Array:
        return np.asarray(compared(y, r, check_probabilities(predictor(y, r), len(y), codebook.K)))

    return by_callable


@lru_cache(maxsize=8)
def _built_in_gap(codebook: Codebook, predictor: BuiltinPredictor) -> Callable[[Array, float], Any]:
    """Compiled once for a predictor, however many estimates are made of it."""
    import jax
    import jax.numpy as jnp

    correction = predictor.correction
    if correction is not None:
        return jax.jit(lambda y, r: jnp.sum(correction(y, r) ** 2, axis=1))
    compared = _gap_from_probabilities(codebook)
    return jax.jit(lambda y, r: compared(y, r, predictor(y, r)))


@lru_cache(maxsize=8)
def _gap_from_probabilities(codebook: Codebook) -> Callable[[Array, float, Any], Any]:
    """(y, r, q) → ‖Σ_k (p(k|y) − q_k) e_k‖², compiled once for a codebook, whatever the predictor."""
    import jax
    import jax.numpy as jnp

    from ..denoiser.posterior import posterior

    points = codebook.points - codebook.mean

    def square(y: Any, r: Any, q: Any) -> Any:
        return jnp.sum(((posterior(codebook, y, r) - q) @ jnp.asarray(points)) ** 2, axis=1)

    return jax.jit(square)


def _shares(codebook: Codebook) -> Array | None:
    """(1 + ‖e_k − E e‖²/Var)/2, shape (K,), where some token may matter more than its probability says."""
    if codebook.K > LISTED_TOKENS or codebook.K * codebook.n > LISTED_COORDINATES:
        return None
    gaps = codebook.points - codebook.mean
    square = np.einsum("kn,kn->k", gaps, gaps)
    variance = float(codebook.prior @ square)
    if variance == 0 or (codebook.is_uniform and square.max() <= OUTLYING * variance):
        return None
    return np.asarray((1 + square / variance) / 2, dtype=np.float64)


@lru_cache(maxsize=8)
def _relative_square(codebook: Codebook) -> Callable[[Array, float], Any]:
    """(y, r) → E[‖e − E e‖²|y]/Var, shape (S,), digit by digit."""
    import jax
    import jax.numpy as jnp

    from ..denoiser.posterior import digit_log_posteriors, log_posterior

    factors = codebook.factors if isinstance(codebook, ProductCodebook) else [codebook]
    squares = [np.sum((factor.points - factor.mean) ** 2, axis=1) for factor in factors]
    variance = sum(float(factor.prior @ square) for factor, square in zip(factors, squares, strict=True))

    def relative(y: Any, r: Any) -> Any:
        if isinstance(codebook, ProductCodebook):
            parts = digit_log_posteriors(codebook, y, r)
        else:
            parts = [log_posterior(codebook, y, r)]
        return sum(jnp.exp(part) @ jnp.asarray(square / variance) for part, square in zip(parts, squares, strict=True))

    return jax.jit(relative)


def _digit_codes(codebook: ProductCodebook, samples: int, draws: np.random.Generator) -> Array:
    """Codes of a product whose tokens are too many to number: every digit from its own stratified uniforms."""
    blocks = []
    for factor in codebook.factors:
        uniform = (draws.permutation(samples) + draws.random(samples)) / samples
        cumulative = None if factor.is_uniform else np.cumsum(factor.prior)
        blocks.append(_listed_codes(factor, _inverted(factor.K, cumulative, uniform)))
    return np.concatenate(blocks, axis=1)


def _listed_codes(codebook: Codebook, tokens: NDArray[np.int64]) -> Array:
    """Codes of many tokens; all are listed where they fit, for that is quicker."""
    if codebook.K * codebook.n <= LISTED_COORDINATES:
        return codebook.points[tokens]
    return codebook.codes(tokens)


def _inverted(tokens: int, cumulative: Array | None, uniform: Array) -> NDArray[np.int64]:
    """Tokens at quantiles of their law; None is the uniform one."""
    if cumulative is None:
        return np.minimum((uniform * tokens).astype(np.int64), tokens - 1)
    found = np.searchsorted(cumulative, uniform * cumulative[-1], side="right")
    return np.minimum(found, tokens - 1).astype(np.int64)
