"""The function of product form for which the dual bound is least, by descent in float64.

What is found here is only good or bad, never wrong: :func:`.bound.dual_bound` holds for any function.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from ....arrays import Array
from ....balls.arithmetic import rational
from ....errors import InputError
from .step_density import StepDensity, step_density

KNOTS = 30
BEYOND = 3.0
"""The last knot, less r."""

NODES, RANGE = 1024, 24.0
"""Nodes of the losses, on [−24, 24); sums of losses wrap round, which does not matter where they are negligible."""

CENTRES = tuple(np.r_[np.arange(11) / 20, 0.75, 1.0].tolist())
"""Centres e that coordinates may have, at most two of them in a code: others have not been seen to matter."""

SHARPNESS = (100.0, 1000.0, 5000.0, 20000.0)
"""β of the soft maxima (1/β) log Σ e^{βH} over types, one descent each; from a start only every other."""

SMOOTHNESS = 1e-3
"""Weight of the sum of squared second differences of the heights."""

STEPS = 150


def find_density(
    r: Any,
    n: int,
    tokens: int,
    *,
    centres: Sequence[float] = CENTRES,
    start: ArrayLike | None = None,
    cells: int | None = None,
    smoothness: float = SMOOTHNESS,
    knots: int = KNOTS,
) -> tuple[StepDensity, Array]:
    """The q with the least (1/K)(∫q)^n + max over types of H that descent finds, and its heights at the knots.

    Args:
        r: amplitude ratio α/σ, exact and positive.
        n: dimension.
        tokens: K.
        centres: e ∈ [0, 1] that coordinates of codes may take.
        start: heights to begin with, those of a nearby r for example.
        cells: as for :func:`.step_density.step_density`.
        smoothness: weight of the roughness of the heights, which costs little and makes centres easier to dominate.
        knots: number of heights, where there is no start.

    Raises:
        InputError: for arguments out of range.
    """
    exact = float(rational(r))
    if exact <= 0 or n < 1 or tokens < 1:
        raise InputError(f"r = {r}, n = {n}, K = {tokens}: expected all positive")
    if start is None:
        at = np.linspace(0, exact + BEYOND, knots)
        levels = np.linspace(-1, 1, max(2, round(tokens ** (1 / n))))
        mixture = sum(np.exp(-((at - exact * level) ** 2) / 2) for level in levels)
        heights = np.log(0.8 * mixture + 0.1) + np.maximum(at - exact, 0) ** 2 / 2
    else:
        heights = np.asarray(start, dtype=float)
    with jax.enable_x64(True):
        for sharpness in SHARPNESS if start is None else SHARPNESS[1::2]:
            value = _objective(n, float(math.log(tokens)), tuple(centres), smoothness)

            def evaluate(x: Array, sharpness: float = sharpness, value: Any = value) -> tuple[float, Array]:
                found, slope = value(jnp.asarray(x), exact, sharpness)
                return float(found), np.asarray(slope, dtype=float)

            heights = minimize(evaluate, heights, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return step_density(r, heights, exact + BEYOND, cells), heights


@cache
def _objective(n: int, log_tokens: float, centres: tuple[float, ...], smoothness: float) -> Callable[..., Any]:
    """The soft bound and its gradient as a function of heights, r and β."""
    spacing = 2 * RANGE / NODES
    z = np.linspace(-7, 7, 401)
    weights = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    pairs = [(i, j, k) for i, j in itertools.combinations(range(len(centres)), 2) for k in range(1, n)]
    first, second, count = np.array([*pairs, *((i, i, n) for i in range(len(centres)))]).T
    gains = 1 - np.exp(-np.maximum((np.arange(NODES) - NODES // 2) * spacing, 0))
    dual = np.conj(np.fft.rfft(np.fft.ifftshift(gains))) * np.r_[1.0, 2 * np.ones(NODES // 2 - 1), 1.0] / NODES
    line = (np.arange(1000) + 0.5) / 1000

    def log_q(y: Any, heights: Any, r: Any) -> Any:
        away = jnp.abs(y)
        h = jnp.interp(away, jnp.linspace(0, 1, len(heights)) * (r + BEYOND), heights)
        return h - jnp.maximum(away - r, 0) ** 2 / 2 - 0.5 * math.log(2 * math.pi)

    def spectrum(centre: Any, heights: Any, r: Any) -> Any:
        loss = -(z**2) / 2 - 0.5 * math.log(2 * math.pi) - log_q(r * centre + z, heights, r)
        at = jnp.clip(loss / spacing + NODES // 2, 0, NODES - 2.001)
        node = jnp.floor(at).astype(int)
        part = at - jnp.floor(at)
        law = jnp.zeros(NODES).at[node].add(weights * (1 - part)).at[node + 1].add(weights * part)
        return jnp.fft.rfft(jnp.fft.ifftshift(law))

    def bound(heights: Any, r: Any, sharpness: Any) -> Any:
        each = jax.vmap(spectrum, in_axes=(0, None, None))(jnp.asarray(centres), heights, r)
        powers = [jnp.ones_like(each)]
        for _ in range(n):
            powers.append(powers[-1] * each)
        table = jnp.stack(powers)
        values = jnp.real((table[count, first] * table[n - count, second]) @ jnp.asarray(dual))
        mass = 2 * (r + 9) * jnp.mean(jnp.exp(log_q(line * (r + 9), heights, r)))
        largest = jax.scipy.special.logsumexp(sharpness * values) / sharpness
        rough = jnp.sum(jnp.diff(heights, n=2) ** 2)
        return jnp.exp(n * jnp.log(mass) - log_tokens) + largest + smoothness * rough

    return jax.jit(jax.value_and_grad(bound))
