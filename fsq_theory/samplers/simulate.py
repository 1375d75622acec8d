"""Simulated samplers: the probabilities of the tokens that are read out, averaged over paths in numbered groups."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..arrays import Array
from ..seeds import jax_key
from .factor import Factor, Guess, guess, posterior
from .transitions import SamplerGrid

GROUPS = 64
"""Paths fall into this many groups of equal size, between which the spread is measured."""

BLOCK = 2**20
"""Most numbers, paths × (tokens + coordinates), held at once a copy: 8 MiB."""

MOST_SHARED = 256
"""Steps up to which all grids are filled up to one length."""

Paths = Callable[[Any, int], Any]
"""(key, number) to the end points of that many paths, shape (number, n), in coordinates of unit power."""


def simulated_law(truth: Factor, run: Paths, r_end: float, readout: str, paths: int, seed: int) -> Array:
    """Mean read-out probabilities of each group of paths, shape (GROUPS, K): their mean is the law of the tokens.

    ``posterior`` averages p(k|u) over the end points, which has the mean of tokens drawn from it and less variance;
    ``map`` counts its argmax.  Memory grows neither with paths nor with steps.  Random numbers belong to the seed, the
    group and the place in the group.

    Args:
        truth: the codebook or factor.
        run: the sampler.
        r_end: amplitude ratio at the end.
        readout: ``posterior`` or ``map``.
        paths: rounded up to a multiple of GROUPS.
        seed: of the random numbers.
    """
    import jax

    tokens = len(truth.log_prior)
    group = -(-paths // GROUPS)
    block = max(1, min(group, BLOCK // (tokens + len(truth.mean))))
    sums = np.zeros((GROUPS, tokens))
    with jax.enable_x64(True):
        key = jax_key(seed)
        for index in range(GROUPS):
            own = jax.random.fold_in(key, index)
            for first in range(0, group, block):
                ends = run(jax.random.fold_in(own, first // block), block)
                kept = min(block, group - first)
                sums[index] += np.asarray(_read()(truth, ends, np.float64(r_end), kept, readout))
    return sums / group


def stepped(model: Factor, grid: SamplerGrid, std: float) -> Paths:
    """Paths from N(0, std² I) along the steps of a grid, compiled."""
    made = grid.steps
    if made is None:
        raise ValueError("stepped takes fixed steps")
    count = len(made.keep)
    # Filled up to a power of two: grids of like length share one compilation, and only their own steps are made.
    steps = np.zeros((max(MOST_SHARED, 1 << (count - 1).bit_length()), 4))
    steps[:count] = np.stack([grid.r[:-1], made.keep, made.pull, np.sqrt(made.variance)], axis=1)
    noisy = bool(np.any(made.variance > 0))
    return lambda key, number: _moved()(key, model, steps, count, np.float64(std), number, noisy)


def guessed(guess: Guess, n: int, grid: SamplerGrid, std: float) -> Paths:
    """The same with a guess that cannot be compiled."""
    made = grid.steps
    if made is None:
        raise ValueError("guessed takes fixed steps")

    def run(key: Any, number: int) -> Array:
        u = std * _normal(key, 0, number, n)
        for index, (r, keep, pull, variance) in enumerate(
            zip(grid.r, made.keep, made.pull, made.variance, strict=False)
        ):
            u = keep * u + pull * guess(u, float(r))
            if variance > 0:
                u = u + np.sqrt(variance) * _normal(key, index + 1, number, n)
        return u

    return run


def flowing(flow: Callable[[Array], Array], n: int, std: float) -> Paths:
    """Paths from N(0, std² I) by a map of starts to ends."""
    return lambda key, number: flow(std * _normal(key, 0, number, n))


def _normal(key: Any, index: int, number: int, n: int) -> Array:
    import jax

    return np.asarray(jax.random.normal(jax.random.fold_in(key, index), (number, n), dtype=np.float64))


@cache
def _moved() -> Any:
    import jax
    import jax.numpy as jnp

    def run(key: Any, model: Factor, steps: Any, count: Any, std: Any, number: int, noisy: bool) -> Any:
        def step(index: Any, u: Any) -> Any:
            r, keep, pull, scatter = steps[index]
            moved = keep * u + pull * guess(model, u, r)
            if noisy:
                moved = moved + scatter * jax.random.normal(jax.random.fold_in(key, index + 1), u.shape, dtype=u.dtype)
            return moved

        start = std * jax.random.normal(jax.random.fold_in(key, 0), (number, model.mean.shape[0]), dtype=jnp.float64)
        return jax.lax.fori_loop(0, count, step, start)

    return jax.jit(run, static_argnames=("number", "noisy"))


@cache
def _read() -> Any:
    import jax
    import jax.numpy as jnp

    def run(truth: Factor, u: Any, r: Any, kept: Any, readout: str) -> Any:
        p = posterior(truth, u, r)
        counted = (jnp.arange(p.shape[0]) < kept)[:, None]
        if readout == "map":
            p = (jnp.argmax(p, axis=1)[:, None] == jnp.arange(p.shape[1])[None, :]).astype(p.dtype)
        return jnp.sum(jnp.where(counted, p, 0.0), axis=0)

    return jax.jit(run, static_argnames="readout")
