"""Projected stochastic ascent of A(E, r) over codebooks of the box ‖e‖_∞ ≤ 1, uniform prior, noise N(0, I_n).

K A = ∫ max_k φ_n(y − r e_k) dy.  Where the largest density is that of token k, its derivative in e_k is r (y − r e_k)
φ_n(y − r e_k), and moving the borders between cells changes nothing to first order.  Hence

    ∂A/∂e_k = (r/K) E[Z; k is decided | k is sent],      Y = r e_k + Z.

Each step estimates this for all k from new antithetic noise, which is unbiased, steps along it with Adam's scaling, and
clips to the box.  What comes out is a codebook, good or bad; how good is for fresh samples to say.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

BLOCK = 2**22
"""Scores that are held at once."""

MEAN, SQUARE = 0.9, 0.99
"""Adam's decay of the mean of gradients and of that of their squares."""


def climb(codes: np.ndarray, r: float, *, steps: int, samples: int, rate: float, seed: int) -> np.ndarray:
    """A codebook that is more accurate at r, if all goes well.

    Args:
        codes: shape (K, n), where to begin; a saddle such as FSQ is left only by chance, so begin a little off it.
        r: amplitude ratio.
        steps: number of steps.
        samples: noise vectors a token and step, even: half of them and their negatives.
        rate: largest step of a coordinate at the beginning; it falls to 0 like a cosine.
        seed: of the noise.

    Returns:
        Codes, shape (K, n), in the box.
    """
    key = jax.random.key(seed)
    moved = jnp.asarray(codes, dtype=jnp.float32)
    mean = square = jnp.zeros_like(moved)
    for step in range(steps):
        size = rate * 0.5 * (1 + np.cos(np.pi * step / steps))
        moved, mean, square = _step(moved, mean, square, jax.random.fold_in(key, step), r, size, step + 1, samples)
    return np.asarray(moved, dtype=np.float64)


def gradient(codes: jax.Array, r: jax.Array, noise: jax.Array) -> jax.Array:
    """(r/K) E[Z; k is decided] for each token k, from noise of shape (K, samples, n) and its negative.

    The token of the largest ⟨y, r e_j⟩ − ½ r²‖e_j‖² is decided.  An estimate, shape (K, n), of mean ∂A/∂e_k.
    """
    K, samples, n = noise.shape
    offsets = r * r / 2 * jnp.sum(codes**2, axis=1)

    def one(token: tuple[jax.Array, jax.Array, jax.Array]) -> jax.Array:
        k, code, z = token
        total = jnp.zeros(n, codes.dtype)
        for sign in (1, -1):
            scores = (r * code[None, :] + sign * z) @ (r * codes.T) - offsets[None, :]
            decided = scores[:, k] >= scores.max(axis=1)
            total = total + sign * jnp.sum(jnp.where(decided[:, None], z, 0), axis=0)
        return total / (2 * samples)

    batch = max(1, BLOCK // (K * samples))
    return r / K * jax.lax.map(one, (jnp.arange(K), codes, noise), batch_size=min(batch, K))


@partial(jax.jit, static_argnames="samples")
def _step(codes, mean, square, key, r, size, count, samples):  # type: ignore[no-untyped-def]
    noise = jax.random.normal(key, (codes.shape[0], samples // 2, codes.shape[1]), codes.dtype)
    r, size = jnp.asarray(r, codes.dtype), jnp.asarray(size, codes.dtype)
    slope = gradient(codes, r, noise)
    mean = MEAN * mean + (1 - MEAN) * slope
    square = SQUARE * square + (1 - SQUARE) * slope**2
    # One scale for a whole codebook: the square root of the mean square of its gradients.
    scale = jnp.sqrt(jnp.mean(square) / (1 - SQUARE**count))
    moved = codes + size * mean / (1 - MEAN**count) / (scale + jnp.finfo(codes.dtype).tiny)
    return jnp.clip(moved, -1, 1), mean, square
