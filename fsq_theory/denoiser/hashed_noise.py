"""Gaussian noise that is a function of a seed and of the bits of an observation: a fixed rough function of y."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from ..seeds import jax_key


@partial(jax.jit, static_argnums=(0, 2))
def hashed_noise(seed: int, y: jax.Array, tokens: int) -> jax.Array:
    """N(0, 1) of shape (..., K) for observations y of shape (..., n): equal rows have equal noise, others independent.

    A row is hashed to 64 bits, which are folded into the key of JAX's generator.
    """
    words = jax.lax.bitcast_convert_type(y.reshape(-1, y.shape[-1]), jnp.uint32)
    words = words.reshape(words.shape[0], -1)
    mixed = _mix(words ^ _odd(seed, 0, words.shape)) * _odd(seed, 1, words.shape)
    halves = (_mix(jnp.sum(mixed, axis=-1, dtype=jnp.uint32)), jnp.sum(_mix(mixed), axis=-1, dtype=jnp.uint32))
    key = jax_key(seed)

    def draw(first: jax.Array, second: jax.Array) -> jax.Array:
        return jax.random.normal(jax.random.fold_in(jax.random.fold_in(key, first), second), (tokens,), y.dtype)

    return jax.vmap(draw)(*halves).reshape(*y.shape[:-1], tokens)


def _mix(words: jax.Array) -> jax.Array:
    """The finaliser of MurmurHash3, a bijection of 32-bit words that spreads every bit."""
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        words = (words ^ (words >> jnp.uint32(shift))) * jnp.uint32(factor)
    return words ^ (words >> jnp.uint32(16))


def _odd(seed: int, place: int, shape: tuple[int, ...]) -> jax.Array:
    """Odd words, one for each word of a row, the same in every row."""
    words = np.random.SeedSequence([seed, place]).generate_state(shape[-1]) | np.uint32(1)
    return jnp.broadcast_to(jnp.asarray(words, jnp.uint32), shape)
