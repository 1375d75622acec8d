"""The law of the tokens of a sampler without noise: ∫ N(z; 0, std²) p(k|F(z)) dz over its start, by adaptive cubature.

F is smooth but nearly jumps where paths part towards different tokens, so cells are split where they matter: always
those with the largest errors, down to any size.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..arrays import Array
from ..gaussian import gauss_legendre
from .density import LEFT_OUT, QuadratureLaw
from .factor import Factor, Guess, posterior
from .transitions import SamplerGrid

REACH = 8.5
"""Normal tails beyond this many standard deviations, 2e-17, are left out."""

ORDER = {1: 12, 2: 6}
"""Gauss–Legendre nodes a cell and axis, by dimension."""

CELLS = {1: 32, 2: 12}
"""Cells an axis to begin with."""

TOLERANCE = {1: 1e-12, 2: 1e-7}
"""Sum of the errors of all cells at which splitting stops, in total variation, if the flow is exact."""

MOST_EVALUATIONS = {1: 2**20, 2: 2**19}
"""Starts that are followed at most."""

ROUNDING = 1e-16
"""Cells with smaller errors are not split."""

Flow = Callable[[Array], Array]
"""Starts z, shape (S, n), to end points, both in coordinates of unit power."""


def fixed_flow(guess: Guess, grid: SamplerGrid) -> Flow:
    """The steps of a grid one after the other; their noise, which must be 0, is not added."""
    made = grid.steps
    if made is None or np.any(made.variance > 0):
        raise ValueError("fixed_flow takes fixed steps without noise")

    def flow(z: Array) -> Array:
        u = z
        for r, keep, pull in zip(grid.r, made.keep, made.pull, strict=False):
            u = keep * u + pull * guess(u, float(r))
        return u

    return flow


def deterministic_law(
    truth: Factor, flow: Flow, std: float, r_end: float, readout: str, tolerance: float = 0.0
) -> QuadratureLaw:
    """Probabilities of the tokens that ``flow`` makes of starts from N(0, std² I), for n ≤ 2.

    The error is the sum over cells of the differences that their last splits made: an estimate on the safe side where
    the integrand is smooth, and of the size of the error where it jumps.

    Args:
        truth: the codebook or factor.
        flow: start to end.
        std: of the start, in coordinates of unit power.
        r_end: amplitude ratio at the end.
        readout: ``posterior`` or ``map``.
        tolerance: of the flow: where its own errors jump from start to start, splitting cells further finds only them.
    """
    n = len(truth.mean)
    nodes, weights = _rule(n)
    enough = max(TOLERANCE[n], tolerance)
    halves = np.stack(np.meshgrid(*[[-0.5, 0.5]] * n, indexing="ij"), axis=-1).reshape(-1, n)

    def integrals(centres: Array, radius: Array) -> Array:
        z = (centres[:, None, :] + radius[:, None, None] * nodes[None, :, :]).reshape(-1, n)
        p = posterior(truth, flow(std * z), np.float64(r_end))
        if readout == "map":
            p = np.eye(p.shape[1])[np.argmax(p, axis=1)]
        density = np.exp(-np.einsum("sn,sn->s", z, z) / 2) / (2 * math.pi) ** (n / 2)
        values = (p * density[:, None]).reshape(len(centres), len(nodes), -1)
        return np.asarray(np.einsum("cqk,q->ck", values, weights) * radius[:, None] ** n)

    def split(centres: Array, radius: Array) -> tuple[Array, Array]:
        inner = centres[:, None, :] + radius[:, None, None] * halves
        return inner.reshape(-1, n), np.repeat(radius / 2, len(halves))

    edges = (np.arange(CELLS[n]) + 0.5) * (2 * REACH / CELLS[n]) - REACH
    centres = np.stack(np.meshgrid(*[edges] * n, indexing="ij"), axis=-1).reshape(-1, n)
    radius = np.full(len(centres), REACH / CELLS[n])
    values = integrals(centres, radius)
    errors = np.full(len(centres), math.inf)
    used = len(centres) * len(nodes)
    block = max(1, 2**21 // (len(nodes) * len(halves) * len(truth.log_prior)))
    while True:
        order = np.argsort(errors)
        rest = np.cumsum(errors[order])
        first = int(np.searchsorted(rest, enough / 2))
        chosen = order[first:][errors[order[first:]] > ROUNDING][-block:]
        used += len(chosen) * len(halves) * len(nodes)
        if not len(chosen) or rest[-1] <= enough or used > MOST_EVALUATIONS[n]:
            break
        inner, smaller = split(centres[chosen], radius[chosen])
        found = integrals(inner, smaller)
        change = np.abs(found.reshape(len(chosen), len(halves), -1).sum(axis=1) - values[chosen]).sum(axis=1) / 2
        left = np.ones(len(errors), dtype=bool)
        left[chosen] = False
        centres, radius = np.concatenate([centres[left], inner]), np.concatenate([radius[left], smaller])
        values = np.concatenate([values[left], found])
        errors = np.concatenate([errors[left], np.repeat(change / len(halves), len(halves))])
    q = values.sum(axis=0)
    error = float(errors.sum())
    doubt = np.where(np.isfinite(truth.log_prior), 2 * error + LEFT_OUT, 0.0)
    return QuadratureLaw(np.asarray(q / q.sum()), error, doubt)


def _rule(n: int) -> tuple[Array, Array]:
    """Nodes, shape (Q, n), and weights of the product rule on [−1, 1]^n."""
    x, w = gauss_legendre(ORDER[n])
    grid = np.stack(np.meshgrid(*[x] * n, indexing="ij"), axis=-1).reshape(-1, n)
    return grid, np.prod(np.stack(np.meshgrid(*[w] * n, indexing="ij"), axis=-1).reshape(-1, n), axis=1)
