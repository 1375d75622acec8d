"""The function m, a product or a counted one, for which the dual bound is least, by descent in float64.

What is found here is only good or bad, never wrong: :func:`.bound.dual_bound` holds for any function.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize

from ....arrays import Array
from ....balls.arithmetic import rational
from ....errors import InputError

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


@dataclass(frozen=True)
class Found:
    """What the descent found at one r.

    Attributes:
        heights: log heights of q at equidistant knots from 0 to r + 3.
        marked: the interval of |y| that is counted; the same number twice for none.
        logs: log g_0, …, log g_n; all 0 for a product.
    """

    heights: Array
    marked: tuple[float, float]
    logs: Array


def find_density(
    r: Any,
    n: int,
    tokens: int,
    *,
    marked: tuple[float, float] = (0.0, 0.0),
    centres: Sequence[float] = CENTRES,
    start: Found | None = None,
    smoothness: float = SMOOTHNESS,
    knots: int = KNOTS,
) -> Found:
    """The q and g with the least (1/K) ∫m + max over types of H that descent finds, m = g_J Π_i q(y_i).

    Args:
        r: amplitude ratio α/σ, exact and positive.
        n: dimension.
        tokens: K.
        marked: c_1 ≤ c_2; J counts coordinates with c_1 ≤ |y_i| < c_2.  If they are equal m is a product.
        centres: e ∈ [0, 1] that coordinates of codes may take.
        start: what to begin with, what was found at a nearby r for example.
        smoothness: weight of the roughness of the heights, which costs little and makes centres easier to dominate.
        knots: number of heights, where there is no start.

    Raises:
        InputError: for arguments out of range.
    """
    exact = float(rational(r))
    if exact <= 0 or n < 1 or tokens < 1:
        raise InputError(f"r = {r}, n = {n}, K = {tokens}: expected all positive")
    if not 0 <= marked[0] <= marked[1]:
        raise InputError(f"marked interval {marked}: expected 0 ≤ c_1 ≤ c_2")
    counts = n + 1 if marked[0] < marked[1] else 0
    if start is None:
        at = np.linspace(0, exact + BEYOND, knots)
        levels = np.linspace(-1, 1, max(2, round(tokens ** (1 / n))))
        mixture = sum(np.exp(-((at - exact * level) ** 2) / 2) for level in levels)
        x = np.concatenate([np.log(0.8 * mixture + 0.1) + np.maximum(at - exact, 0) ** 2 / 2, np.zeros(counts)])
    else:
        x = np.concatenate([start.heights, start.logs[:counts]])
    with jax.enable_x64(True):
        value = _objective(n, float(math.log(tokens)), tuple(centres), smoothness, bool(counts))
        for sharpness in SHARPNESS if start is None else SHARPNESS[1::2]:

            def evaluate(x: Array, sharpness: float = sharpness) -> tuple[float, Array]:
                found, slope = value(jnp.asarray(x), exact, jnp.asarray(marked, dtype=float), sharpness)
                return float(found), np.asarray(slope, dtype=float)

            x = minimize(evaluate, x, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    heights = x[: len(x) - counts]
    return Found(heights, marked, x[len(heights) :] if counts else np.zeros(n + 1))


@cache
def _objective(
    n: int, log_tokens: float, centres: tuple[float, ...], smoothness: float, counting: bool
) -> Callable[..., Any]:
    """The soft bound and its gradient as a function of heights and logs of factors, r, the marked interval and β.

    Counts of marks are kept apart by roots of unity: ω^k multiplies what is marked, and sums over k single them out.
    """
    spacing = 2 * RANGE / NODES
    z = np.linspace(-7, 7, 401)
    step = z[1] - z[0]
    weights = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * step
    pairs = [(i, j, k) for i, j in itertools.combinations(range(len(centres)), 2) for k in range(1, n)]
    first, second, count = np.array([*pairs, *((i, i, n) for i in range(len(centres)))]).T
    losses = (np.arange(NODES) - NODES // 2) * spacing
    both_signs = np.r_[1.0, 2 * np.ones(NODES // 2 - 1), 1.0].astype(complex) / NODES
    line = (np.arange(1000) + 0.5) / 1000
    counts = n + 1 if counting else 1
    roots = np.exp(2j * np.pi * np.arange(counts) / counts)
    # Negative frequencies of one root are the conjugates of positive ones of another: half of the frequencies will do.
    back = np.exp(-2j * np.pi * np.outer(np.arange(counts), np.arange(counts)) / counts) / counts
    binomials = np.array([math.comb(n, j) for j in range(n + 1)], dtype=float)

    def log_q(y: Any, heights: Any, r: Any) -> Any:
        away = jnp.abs(y)
        h = jnp.interp(away, jnp.linspace(0, 1, len(heights)) * (r + BEYOND), heights)
        return h - jnp.maximum(away - r, 0) ** 2 / 2 - 0.5 * math.log(2 * math.pi)

    def share(away: Any, marked: Any, width: Any) -> Any:
        """How much of a cell of that width around |y| is marked; both signs of y near 0 as one."""
        beyond = jnp.clip((away[:, None] - marked[None, :]) / width + 0.5, 0, 1)
        return jnp.where(marked[0] > 0, beyond[:, 0], 1.0) - beyond[:, 1]

    def spectra(centre: Any, heights: Any, r: Any, marked: Any) -> Any:
        y = r * centre + z
        loss = -(z**2) / 2 - 0.5 * math.log(2 * math.pi) - log_q(y, heights, r)
        at = jnp.clip(loss / spacing + NODES // 2, 0, NODES - 2.001)
        node = jnp.floor(at).astype(int)
        part = at - jnp.floor(at)

        def spectrum(mass: Any) -> Any:
            law = jnp.zeros(NODES).at[node].add(mass * (1 - part)).at[node + 1].add(mass * part)
            return jnp.fft.rfft(jnp.fft.ifftshift(law))

        inside = weights * share(jnp.abs(y), marked, step) if counting else jnp.zeros_like(z)
        unmarked = spectrum(weights - inside)
        if not counting:
            return unmarked[None, :]
        return unmarked[None, :] + jnp.asarray(roots)[:, None] * spectrum(inside)[None, :]

    def bound(x: Any, r: Any, marked: Any, sharpness: Any) -> Any:
        heights, logs = (x[: -n - 1], x[-n - 1 :]) if counting else (x, jnp.zeros(1))
        each = jax.vmap(spectra, in_axes=(0, None, None, None))(jnp.asarray(centres), heights, r, marked)
        gains = 1 - jnp.exp(-jnp.maximum(losses[None, :] - logs[:, None], 0))
        dual = jnp.conj(jnp.fft.rfft(jnp.fft.ifftshift(gains, axes=1), axis=1)) * jnp.asarray(both_signs)[None, :]
        powers = [jnp.ones_like(each)]
        for _ in range(n):
            powers.append(powers[-1] * each)
        table = jnp.stack(powers)
        types = table[count, first] * table[n - count, second]
        values = jnp.real(types.reshape(len(types), -1) @ (jnp.asarray(back) @ dual).ravel())
        y = line * (r + 9)
        q = jnp.exp(log_q(y, heights, r)) * 2 * (r + 9)
        whole = jnp.mean(q)
        if counting:
            inside = jnp.mean(q * share(y, marked, (r + 9) / len(line)))
            exponents = np.arange(n + 1.0)
            masses = inside**exponents * (whole - inside) ** (n - exponents)
            mass = jnp.sum(binomials * jnp.exp(logs - log_tokens) * masses)
        else:
            mass = jnp.exp(n * jnp.log(whole) - log_tokens)
        largest = jax.scipy.special.logsumexp(sharpness * values) / sharpness
        rough = jnp.sum(jnp.diff(heights, n=2) ** 2)
        return mass + largest + smoothness * rough

    return jax.jit(jax.value_and_grad(bound))
