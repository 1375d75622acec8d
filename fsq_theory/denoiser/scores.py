"""Posterior scores of all tokens, reduced on the fly: memory does not grow with samples × K.

A sample is y = r e_k + ε with ε ~ N(0, I). Token j scores s_j = log π_j + r y·e_j − r²‖e_j‖²/2, so that p(j|y) is the
softmax of the scores.  Codes are cut into tiles and scanned with a running maximum, log-sum-exp and count.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..arrays import Array
from ..codebooks.codebook import Codebook

Four = tuple[jax.Array, jax.Array, jax.Array, jax.Array]

TILE = 256
"""Most codes in a tile: tile × batch scores are in memory at once, and should fit a core's cache."""


class Tiles(NamedTuple):
    """A codebook cut into T tiles of B codes, the last one padded with codes of probability 0.

    Attributes:
        points: centred codes, shape (T, B, n).
        energies: ‖e_j‖², shape (T, B).
        log_prior: log π_j, shape (T, B); −inf for padding and for tokens of probability 0.
    """

    points: jax.Array
    energies: jax.Array
    log_prior: jax.Array


class Rivals(NamedTuple):
    """What the scores of the other tokens come to, for S samples.

    Attributes:
        own: s_k of the sent token, shape (S,).
        best: max_{j≠k} s_j.
        decided: the most probable token, k itself in a tie.
        log_total: log Σ_{j≠k} e^{s_j}; −inf where it was not asked for.
        above: how many other tokens score higher than k.
    """

    own: jax.Array
    best: jax.Array
    decided: jax.Array
    log_total: jax.Array
    above: jax.Array


def tiles(codebook: Codebook, tile: int = TILE) -> Tiles:
    """Cut a codebook that can be listed into tiles; call it where float64 is on.

    The codes are centred, which changes no posterior and keeps r²‖e‖² small.  The tile size is a power of two, so that
    codebooks of similar size share one compilation.
    """
    points = codebook.points - codebook.mean
    size = min(tile, 1 << (codebook.K - 1).bit_length())
    count = -(-codebook.K // size)
    padding = count * size - codebook.K
    energies = np.einsum("kn,kn->k", points, points)
    return Tiles(
        jnp.asarray(np.pad(points, ((0, padding), (0, 0))).reshape(count, size, -1)),
        jnp.asarray(np.pad(energies, (0, padding)).reshape(count, size)),
        jnp.asarray(np.pad(codebook.log_prior, (0, padding), constant_values=-np.inf).reshape(count, size)),
    )


def padded_codes(cut: Tiles) -> jax.Array:
    """The centred codes in token order, padding included, shape (T·B, n)."""
    return cut.points.reshape(-1, cut.points.shape[-1])


@partial(jax.jit, static_argnames="with_total")
def rivals(cut: Tiles, r: jax.Array, token: jax.Array, y: jax.Array, with_total: bool = False) -> Rivals:
    """Compare the sent token's score with all others.

    Args:
        cut: from :func:`tiles`.
        r: amplitude ratio, a scalar.
        token: the sent tokens, shape (S,); −1 for none, in which case ``own`` has no meaning.
        y: the observations, centred like the codes, shape (S, n).
        with_total: whether to compute ``log_total``, which needs an exponential for each token.
    """
    size = cut.points.shape[1]
    samples = y.shape[0]
    energies, log_prior = cut.energies.reshape(-1), cut.log_prior.reshape(-1)
    own = r * jnp.sum(y * padded_codes(cut)[token], axis=1) + log_prior[token] - r**2 / 2 * energies[token]

    def step(carry: Four, tile: Four) -> tuple[Four, None]:
        best, winner, total, above = carry
        points, energy, log_p, start = tile
        bias = log_p - r**2 / 2 * energy
        scores = r * (y @ points.T) + bias[None, :]
        index = start + jnp.arange(size)
        scores = jnp.where(index[None, :] == token[:, None], -jnp.inf, scores)
        top = jnp.max(scores, axis=1)
        place = start + jnp.argmax(scores, axis=1)
        winner = jnp.where(top > best, place, winner)
        new_best = jnp.maximum(best, top)
        if with_total:
            shift = jnp.where(jnp.isfinite(new_best), new_best, 0.0)
            total = total * jnp.exp(best - shift) + jnp.sum(jnp.exp(scores - shift[:, None]), axis=1)
        above = above + jnp.sum(scores > own[:, None], axis=1)
        return (new_best, winner, total, above), None

    starts = jnp.arange(cut.points.shape[0]) * size
    start_state = (
        jnp.full(samples, -jnp.inf, dtype=y.dtype),
        jnp.zeros(samples, dtype=starts.dtype),
        jnp.zeros(samples, dtype=y.dtype),
        jnp.zeros(samples, dtype=starts.dtype),
    )
    (best, winner, total, above), _ = jax.lax.scan(step, start_state, (cut.points, cut.energies, cut.log_prior, starts))
    decided = jnp.where(best > own, winner, token)
    log_total = jnp.log(total) + jnp.where(jnp.isfinite(best), best, 0.0)
    return Rivals(own, best, decided, log_total, above)


def compare(scores: jax.Array, token: jax.Array) -> Rivals:
    """The same comparison from all scores at once, shape (S, K)."""
    rows = jnp.arange(scores.shape[0])
    own = scores[rows, token]
    others = scores.at[rows, token].set(-jnp.inf)
    best = jnp.max(others, axis=1)
    decided = jnp.where(best > own, jnp.argmax(others, axis=1).astype(token.dtype), token)
    above = jnp.sum(others > own[:, None], axis=1)
    return Rivals(own, best, decided, jax.scipy.special.logsumexp(others, axis=1), above)


def cumulative_prior(codebook: Codebook) -> Array | None:
    """Σ_{j≤k} π_j for sampling tokens, or None for the uniform prior."""
    return None if codebook.is_uniform else np.cumsum(codebook.prior)


@partial(jax.jit, static_argnames=("samples", "tokens"))
def draw_tokens(key: jax.Array, samples: int, tokens: int, cumulative: jax.Array | None) -> jax.Array:
    """Tokens drawn from the prior by inversion, shape (S,): equal keys give like tokens in codebooks of equal size."""
    uniform = jax.random.uniform(key, (samples,))
    if cumulative is None:
        return jnp.minimum((uniform * tokens).astype(int), tokens - 1)
    return jnp.minimum(jnp.searchsorted(cumulative, uniform * cumulative[-1], side="right").astype(int), tokens - 1)
