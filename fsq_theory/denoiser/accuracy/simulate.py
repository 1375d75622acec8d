"""Samplers of error values: one number between 0 and 1 for each simulated token, whose mean is 1 − A of a readout."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from ...arrays import Array
from ...codebooks.checks import listable
from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.regular import EquidistantCodebook, OneHotCodebook
from ...seeds import jax_key
from ..scores import Rivals, Tiles, compare, cumulative_prior, draw_tokens, padded_codes, rivals, tiles
from .exact import SAME_VALUE, coordinate_values

Sampler = Callable[[jax.Array, int], jax.Array]
"""Maps a key and a number of samples S to error values, shape (S,)."""


def listed(codebook: Codebook) -> Codebook:
    """The codebook, if it can be listed; raises :class:`TooLargeError` otherwise."""
    listable(codebook.K, codebook.n)
    return codebook


def value_sampler(codebook: Codebook, r: float, kind: str, top: int) -> Sampler:
    """A function (key, samples) → one value of the error for each sample; ``kind`` is an estimator or a readout."""
    if isinstance(codebook, EquidistantCodebook) and codebook.is_uniform and kind == "naive":
        return partial(_equidistant_errors, codebook.K, jnp.asarray(r * codebook.distance / np.sqrt(2)))
    if isinstance(codebook, ProductCodebook) and kind != "top":
        parts = [(value_sampler(factor, r, kind, top), count) for factor, count in codebook.groups]
        return partial(_product_errors, parts, kind == "digit")
    if isinstance(codebook, OneHotCodebook):
        scaled = jnp.asarray(r * codebook.scale)
        if kind == "rounding":
            return partial(_one_hot_rounding_errors, scaled, _cumulative(codebook), codebook.K)
        return partial(_one_hot_errors, scaled, _cumulative(codebook), jnp.asarray(codebook.log_prior), kind, top)
    return _token_errors_of(listed(codebook), r, kind, top)


def _cumulative(codebook: Codebook) -> jax.Array | None:
    cumulative = cumulative_prior(codebook)
    return None if cumulative is None else jnp.asarray(cumulative)


def _token_errors_of(codebook: Codebook, r: float, kind: str, top: int = 1) -> Sampler:
    if kind == "rounding":
        columns = [coordinate_values(column) for column in codebook.points.T]
        most = max(len(values) for values, _ in columns)
        middles = [np.pad((v[1:] + v[:-1]) / 2, (0, most - len(v)), constant_values=np.inf) for v, _ in columns]
        index = np.stack([index for _, index in columns], axis=1)
        fixed = tuple(jnp.asarray(array) for array in (codebook.points, np.stack(middles), index))
        return partial(_rounding_errors, *fixed, jnp.asarray(r), _cumulative(codebook))
    return partial(_token_errors, tiles(codebook), jnp.asarray(r), _cumulative(codebook), codebook.K, kind, top)


@partial(jax.jit, static_argnums=(3, 4, 5, 7))
def _token_errors(
    cut: Tiles,
    r: jax.Array,
    cumulative: jax.Array | None,
    tokens: int,
    kind: str,
    top: int,
    key: jax.Array,
    samples: int,
) -> jax.Array:
    """One error value a sample, shape (S,)."""
    token_key, noise_key = jax.random.split(key)
    token = draw_tokens(token_key, samples, tokens, cumulative)
    codes = padded_codes(cut)
    y = r * codes[token] + jax.random.normal(noise_key, (samples, codes.shape[1]))
    found = rivals(cut, r, token, y, with_total=kind in ("posterior", "soft"))
    if kind == "digit":
        apart = jnp.abs(codes[found.decided] - codes[token]) > SAME_VALUE * jnp.max(jnp.abs(codes))
        return jnp.mean(apart, axis=1).astype(y.dtype)
    return _errors(found, kind, top)


@partial(jax.jit, static_argnums=(3, 4, 6))
def _one_hot_errors(
    rho: jax.Array,
    cumulative: jax.Array | None,
    log_prior: jax.Array,
    kind: str,
    top: int,
    key: jax.Array,
    samples: int,
) -> jax.Array:
    """One error value a sample for e_k = s u_k, ρ = r s: token j scores log π_j + ρ y_j, and no code is ever listed."""
    token_key, noise_key = jax.random.split(key)
    tokens = log_prior.shape[0]
    token = draw_tokens(token_key, samples, tokens, cumulative)
    y = jax.random.normal(noise_key, (samples, tokens)).at[jnp.arange(samples), token].add(rho)
    found = compare(rho * y + log_prior[None, :], token)
    if kind == "digit":
        # A wrong decision differs in two coordinates.
        return (found.decided != token).astype(y.dtype) * 2 / tokens
    return _errors(found, kind, top)


@partial(jax.jit, static_argnums=6)
def _rounding_errors(
    codes: jax.Array,
    middles: jax.Array,
    index: jax.Array,
    r: jax.Array,
    cumulative: jax.Array | None,
    key: jax.Array,
    samples: int,
) -> jax.Array:
    """Whether some coordinate of y lies closer to another of its values: between other middles than the sent one's."""
    token_key, noise_key = jax.random.split(key)
    token = draw_tokens(token_key, samples, codes.shape[0], cumulative)
    y = r * codes[token] + jax.random.normal(noise_key, (samples, codes.shape[1]))
    nearest = jnp.sum(y[:, :, None] > r * middles[None, :, :], axis=2)
    return jnp.any(nearest != index[token], axis=1).astype(y.dtype)


@partial(jax.jit, static_argnums=(2, 4))
def _one_hot_rounding_errors(
    rho: jax.Array, cumulative: jax.Array | None, tokens: int, key: jax.Array, samples: int
) -> jax.Array:
    """Whether some coordinate of ρ u_k + ε is on the wrong side of ρ/2."""
    token_key, noise_key = jax.random.split(key)
    token = draw_tokens(token_key, samples, tokens, cumulative)
    sent = jnp.arange(tokens)[None, :] == token[:, None]
    y = rho * sent.astype(rho.dtype) + jax.random.normal(noise_key, (samples, tokens))
    return jnp.any((y > rho / 2) != sent, axis=1).astype(y.dtype)


def _errors(found: Rivals, kind: str, top: int) -> jax.Array:
    if kind == "naive":
        return (found.best > found.own).astype(found.own.dtype)
    if kind == "top":
        return (found.above >= top).astype(found.own.dtype)
    if kind not in ("soft", "posterior"):
        raise ValueError(f"no such error value: {kind}")
    wrong = jax.nn.sigmoid(found.log_total - found.own)
    if kind == "soft":
        return wrong
    # 1 − max p: the sent token's own complement where it wins, otherwise from the winner's share.
    everything = jnp.logaddexp(found.log_total, found.own)
    return jnp.where(found.best > found.own, -jnp.expm1(found.best - everything), wrong)


def _product_errors(parts: list[tuple[Sampler, int]], digits: bool, key: jax.Array, samples: int) -> jax.Array:
    """Errors of a product: 1 − Π_i (1 − e_i) over the digits of a sample, or their mean for the digit readout."""
    columns = []
    for i, (sampler, count) in enumerate(parts):
        values = sampler(jax.random.fold_in(key, i), samples * count).reshape(samples, count)
        columns.append((values > 0).astype(values.dtype) if digits else values)
    errors = jnp.concatenate(columns, axis=1)
    if digits:
        return jnp.mean(errors, axis=1)
    return -jnp.expm1(jnp.sum(jnp.log1p(-errors), axis=1))


@partial(jax.jit, static_argnums=(0, 3))
def _equidistant_errors(tokens: int, rho: jax.Array, key: jax.Array, samples: int) -> jax.Array:
    """Whether the largest of K − 1 independent normals exceeds ρ + z; that maximum is drawn as Φ^{-1}(U^{1/(K−1)})."""
    noise_key, rival_key = jax.random.split(key)
    own = rho + jax.random.normal(noise_key, (samples,))
    uniform = 1 - jax.random.uniform(rival_key, (samples,))
    # In terms of upper tails, so that large K loses nothing: Φ(−M) = 1 − U^{1/(K−1)}.
    tail = -jnp.expm1(jnp.log(uniform) / (tokens - 1))
    return (-jax.scipy.special.ndtri(tail) > own).astype(own.dtype)


@partial(jax.jit, static_argnums=3)
def mean_width_errors(cut: Tiles, r: jax.Array, key: jax.Array, samples: int) -> jax.Array:
    """1 − max_k π_k exp(r Z·e_k − r²‖e_k‖²/2), shape (S,)."""
    codes = padded_codes(cut)
    z = jax.random.normal(jax.random.split(key)[1], (samples, codes.shape[1]))
    nobody = jnp.full(samples, -1, dtype=int)
    return -jnp.expm1(rivals(cut, r, nobody, z).best)


def token_mistakes(codebook: Codebook, r: Array, tokens: list[int], samples: int, seed: int) -> Array:
    """Wrong MAP decisions among ``samples`` for each r and token, shape (R, tokens); the same noise for all."""
    with jax.enable_x64(True):
        cut, key = tiles(listed(codebook)), jax_key(seed)
        wrong = np.zeros((len(r), len(tokens)))
        for start in range(0, samples, TOKEN_BATCH):
            noise = jax.random.normal(jax.random.fold_in(key, start), (TOKEN_BATCH, codebook.n))
            kept = noise[: samples - start]
            for j, token in enumerate(tokens):
                for i, rate in enumerate(r):
                    wrong[i, j] += int(_mistakes(cut, jnp.asarray(rate), jnp.asarray(token), kept))
        return wrong


TOKEN_BATCH = 4096


@jax.jit
def _mistakes(cut: Tiles, r: jax.Array, token: jax.Array, noise: jax.Array) -> jax.Array:
    y = r * padded_codes(cut)[token][None, :] + noise
    found = rivals(cut, r, jnp.full(noise.shape[0], token), y)
    return jnp.sum(found.best > found.own)
