"""Wrong models made to order: the exact posterior, wrong in one respect each.

They are JAX, follow the dtype of y and can be traced in y and r.  See :mod:`.predictor` for what a predictor is.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from numpy.typing import NDArray

from ..arrays import Array
from ..codebooks.checks import listable
from ..codebooks.codebook import Codebook
from ..codebooks.nearest_tokens import nearest_tokens
from ..codebooks.product_codebook import ProductCodebook
from ..codebooks.spec import as_codebook
from ..errors import InputError
from ..seeds import check_seed
from .hashed_noise import hashed_noise
from .posterior import denoise, digit_log_posteriors, log_posterior, posterior
from .predictor import BuiltinPredictor
from .temperature import check_temperature, denoise_with_temperature, tempered


def exact(codebook: Codebook | str) -> BuiltinPredictor:
    """q = p(k|y), the posterior: the optimal model, of path KL 0.

    Args:
        codebook: codes and prior, or a spec of them.
    """
    known = as_codebook(codebook)
    return BuiltinPredictor(
        "exact", known, lambda y, r: posterior(known, y, r), lambda y, r: jnp.zeros_like(y), (1.0, 0.0)
    )


def temperature(codebook: Codebook | str, value: float) -> BuiltinPredictor:
    """q ∝ p(k|y)^{1/τ}: softmax(log p / τ), the temperature of the denoiser's probabilities in [P26] as we know it.

    τ = 1 is exact, τ → 0 the MAP token, τ = ∞ uniform on the tokens that the prior allows.  Products factorise: no
    tokens are listed for the denoiser.

    Args:
        codebook: codes and prior, or a spec of them.
        value: τ > 0, possibly infinite.

    Raises:
        InputError: for another τ.
    """
    known, tau = as_codebook(codebook), check_temperature(value)
    return BuiltinPredictor(
        f"temperature:{tau:g}",
        known,
        lambda y, r: tempered(log_posterior(known, y, r), tau),
        lambda y, r: denoise_with_temperature(known, y, r, tau) - denoise(known, y, r),
        (tau, 0.0) if tau < math.inf else None,
    )


def label_smoothing(codebook: Codebook | str, value: float) -> BuiltinPredictor:
    """q_k = (1 − λ) p(k|y) + λ/K: what a model trained on smoothed labels predicts.

    Args:
        codebook: codes and prior, or a spec of them.
        value: λ from 0 to 1.

    Raises:
        InputError: for another λ.
    """
    known, share = as_codebook(codebook), _share(value, "label smoothing")
    centre = known.with_prior(None).mean if not known.is_uniform else known.mean

    def correction(y: ArrayLike, r: ArrayLike) -> jax.Array:
        found = denoise(known, y, r)
        return share * (jnp.broadcast_to(jnp.asarray(centre, found.dtype), found.shape) - found)

    return BuiltinPredictor(
        f"label-smoothing:{share:g}",
        known,
        lambda y, r: (1 - share) * posterior(known, y, r) + share / known.K,
        correction,
    )


def confusion(codebook: Codebook | str, value: float, partner: Any = None) -> BuiltinPredictor:
    """q_k = (1 − p) p(k|y) + p Σ_{j: partner(j) = k} p(j|y): every token is taken for its partner with probability p.

    D − x̂_0 = p Σ_j p(j|y)(e_{partner(j)} − e_j): at high SNR the path KL grows like ½ γ p² E‖e_{partner} − e‖².

    Args:
        codebook: codes and prior, or a spec of them; the tokens must be few enough to list.
        value: p from 0 to 1.
        partner: the token that each token is taken for, shape (K,): the nearest neighbour by default, the first one
            after the token, cyclically, where several are equally near
            (:func:`fsq_theory.codebooks.nearest_tokens.nearest_tokens`).  A token may be its own partner.

    Raises:
        InputError: for another p, or partners that are no tokens.
        TooLargeError: for too many tokens to list.
    """
    known, share = as_codebook(codebook), _share(value, "confusion")
    table = nearest_tokens(known) if partner is None else check_partner(partner, known)

    def probabilities(y: ArrayLike, r: ArrayLike) -> jax.Array:
        p = posterior(known, y, r)
        return ((1 - share) * p).at[..., jnp.asarray(table)].add(share * p)

    moves = known.points[table] - known.points

    return BuiltinPredictor(
        f"confusion:{share:g}", known, probabilities, lambda y, r: share * _posterior_mean(known, moves, y, r)
    )


def logit_noise(codebook: Codebook | str, value: float, seed: int = 0) -> BuiltinPredictor:
    """Q = softmax(log p(k|y) + s·N(0, 1)): an independent Gaussian error on each logit.

    The noise is a function of the seed and of the bits of the observation, so that the predictor is one fixed, rough
    function of (y, r) whose errors at different observations are independent, and the path KL is the average over such
    functions.  Of two tokens with log-odds ℓ the predicted log-odds are N(ℓ, 2s²): unbiased in the logits, while the
    probabilities are drawn towards ½ where they are near 0 or 1.  To first order q_k − p_k = s p_k (z_k − Σ_j p_j z_j):
    the mean square of the error is s² Σ_k p_k²‖e_k − x̂_0‖², and its bias of order s².

    Args:
        codebook: codes and prior, or a spec of them; the tokens must be few enough to list.
        value: s, at least 0 and finite.
        seed: of the noise.

    Raises:
        InputError: for another s or seed.
        TooLargeError: for too many tokens to list.
    """
    known, std = as_codebook(codebook), float(value)
    if not 0 <= std < math.inf:
        raise InputError(f"logit noise {std:g}: expected a finite standard deviation of at least 0")
    word = check_seed(seed)
    listable(known.K)

    def probabilities(y: ArrayLike, r: ArrayLike) -> jax.Array:
        logits = log_posterior(known, y, r)
        return jax.nn.softmax(logits + std * hashed_noise(word, jnp.asarray(y, logits.dtype), known.K), axis=-1)

    name = f"logit-noise:{std:g}" + (f",seed={word}" if word else "")
    return BuiltinPredictor(name, known, probabilities, odds=(1.0, std))


def check_partner(partner: Any, codebook: Codebook) -> NDArray[np.int64]:
    """A table of partners, shape (K,).

    Raises:
        InputError: for another shape, or entries that are not tokens.
    """
    table = np.asarray(partner)
    if table.shape != (codebook.K,):
        raise InputError(f"partners of shape {table.shape}: expected one token for each of {codebook.K} tokens")
    if table.dtype.kind not in "iu":
        raise InputError(f"partners of type {table.dtype}: expected tokens, whole numbers")
    bad = np.flatnonzero((table < 0) | (table >= codebook.K))
    if len(bad):
        raise InputError(f"partner {table[bad[0]]} of token {bad[0]}: expected a token, 0 to {codebook.K - 1}")
    return table.astype(np.int64)


def _posterior_mean(codebook: Codebook, values: Array, y: ArrayLike, r: ArrayLike) -> jax.Array:
    """Σ_k p(k|y) v_k, shape (S, m), for values of shape (K, m); of a product, one digit after the other."""
    if not isinstance(codebook, ProductCodebook):
        p = posterior(codebook, y, r)
        return p @ jnp.asarray(values, p.dtype)
    *others, last = digit_log_posteriors(codebook, y, r)
    # The last digit is the slowest: what is left is a table of the digits before it.
    total = jnp.exp(last) @ jnp.asarray(values, last.dtype).reshape(last.shape[1], -1)
    for part in reversed(others):
        total = jnp.einsum("sk,skm->sm", jnp.exp(part), total.reshape(*part.shape, -1))
    return total


def _share(value: float, what: str) -> float:
    share = float(value)
    if not 0 <= share <= 1:
        raise InputError(f"{what} {share:g}: expected a probability from 0 to 1")
    return share
