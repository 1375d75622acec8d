"""A few centres whose mixtures dominate every centre in [−r, r].

Let h_c be the curve of centre c, and suppose that h_c(t) ≤ Σ_v λ_v (h_v(t) + δ_v) + ε at every t that matters, λ_v ≥ 0,
Σ λ_v = 1.  Then the product of n coordinates, each with some centre, is at most the largest one with centres v only,
each v counted with its surcharge δ_v added, plus n ε: replace the coordinates one after the other, each time by the
best v.  Surcharges on centres that are not in the largest product cost nothing while they are small, where ε costs.

Curves of laws on nodes are linear in t between the points t = e^{jh}, so that they are compared there.  A centre μ
between two of the grid, d apart, is dominated by their mixture up to d² φ(1)/4 (:func:`.between.bend`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ....arrays import Array
from ....balls.arithmetic import precision
from ....errors import InputError
from .between import bend
from .loss_laws import LossLaws
from .rounding import BITS, UNIT, above

COARSE = 4
"""Every so many nodes are looked at while centres and mixtures are chosen; all are when ε is computed."""

GOLDEN = (5**0.5 - 1) / 2

SECTIONS = 12
"""Golden sections of the weights of a mixture."""

SURCHARGES = (0.0, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3)
"""Surcharges δ, on all vertices but the two ends, for which ε is computed."""

TRIED = 1e-4
"""The surcharge with which centres are chosen."""


@dataclass(frozen=True)
class Vertices:
    """Centres that dominate all others.

    Attributes:
        rows: their rows among the laws, ascending.
        excess: for each δ of :data:`SURCHARGES`, on the vertices that are not rows 0 or the last, ε that makes the
            domination true for every centre of [−r, r], on the grid or not.
    """

    rows: tuple[int, ...]
    excess: tuple[float, ...]


def dominating_vertices(
    laws: LossLaws, rows: Sequence[int] | None = None, tolerance: float = 1e-6, most: int = 8
) -> Vertices:
    """Centres that dominate all others: those given, or the ends of [0, r] and further ones until ε is small.

    Args:
        laws: the laws of all centres.
        rows: rows of the laws; any give a valid ε.
        tolerance: ε on the grid, with δ = 1e-4, at which no further centres are added.
        most: number of centres at which no more are added.

    Raises:
        InputError: for rows that the laws do not have, or none.
    """
    count = len(laws.masses)
    if rows is not None and (not rows or min(rows) < 0 or max(rows) >= count):
        raise InputError(f"rows {list(rows)}: expected some of 0 … {count - 1}")
    curves = _curves(laws)
    coarse = np.ascontiguousarray(curves[:, ::COARSE])
    chosen = sorted({0, count - 1} if rows is None else set(rows))
    rough = _excess(coarse, coarse, chosen, TRIED)
    while rows is None and len(chosen) < most:
        worst = int(rough.argmax())
        if rough[worst] <= tolerance:
            break
        at = int(np.searchsorted(chosen, worst))
        before, after = chosen[at - 1], chosen[at]
        chosen.insert(at, worst)
        # Only centres between these have other neighbours now.
        rough[before : after + 1] = _excess(coarse, coarse, [before, worst, after], TRIED)[before : after + 1]
    excess = [float(_excess(curves, coarse, chosen, surcharge).max()) for surcharge in SURCHARGES]
    with precision(BITS):
        between = above(bend(laws.apart**2) / 4)
    # Three curves are compared, each off by at most 2(N + 32)u of A_j, which is at most 1 + 1e-9; a mixture by 4u more.
    rounding = 16 * (curves.shape[1] + 32) * UNIT
    return Vertices(tuple(chosen), tuple((e + between + rounding) * (1 + 4 * UNIT) for e in excess))


def _curves(laws: LossLaws) -> Array:
    """Σ_{i>j} a_i (1 − e^{−(i−j)h}) at t = e^{jh}, every node j but the first, in float64, shape (centres, nodes − 1).

    As A_j − e^{jh} B_j, A_j = Σ_{i>j} a_i, B_j = Σ_{i>j} a_i e^{−ih}: sums of up to N numbers that are not negative,
    relative error N u each, and e^{jh} B_j ≤ A_j ≤ 1; the factors are off by 16u each.
    """
    after = [np.cumsum(values[:, :0:-1], axis=1)[:, ::-1] for values in (laws.masses, laws.masses * laws.factors)]
    plain, weighted = (np.concatenate([values[:, 1:], np.zeros((len(values), 1))], axis=1) for values in after)
    return np.asarray(plain - weighted / laws.factors[1:])


def _excess(curves: Array, coarse: Array, rows: Sequence[int], surcharge: float) -> Array:
    """ε ≥ 0 for each centre, with a mixture of the next of the rows below and above, or that row beyond the others.

    Weights are chosen on the coarse curves; ε is that of the curves.
    """
    count = len(curves)
    charges = [surcharge * (0 < row < count - 1) for row in rows]
    excess = np.zeros(count)
    for outer, row, charge in (
        (slice(0, rows[0]), rows[0], charges[0]),
        (slice(rows[-1] + 1, None), rows[-1], charges[-1]),
    ):
        excess[outer] = np.maximum((curves[outer] - curves[row]).max(axis=1, initial=0.0) - charge, 0.0)
    gaps = [gap for gap in zip(pairwise(rows), pairwise(charges), strict=True) if gap[0][1] - gap[0][0] > 1]
    if not gaps:
        return excess
    weights = _best_weights(
        np.concatenate([coarse[u + 1 : v] - coarse[u] for (u, v), _ in gaps]),
        np.concatenate([np.broadcast_to(coarse[v] - coarse[u], (v - u - 1, coarse.shape[1])) for (u, v), _ in gaps]),
        np.concatenate([np.full(v - u - 1, high - low) for (u, v), (low, high) in gaps]),
    )
    for (u, v), (low, high) in gaps:
        inner, chosen, weights = slice(u + 1, v), weights[: v - u - 1], weights[v - u - 1 :]
        over = curves[inner] - curves[u] - chosen[:, None] * (curves[v] - curves[u])
        excess[inner] = np.maximum(np.maximum(over.max(axis=1), 0.0) - (low + (high - low) * chosen), 0.0)
    return excess


def _best_weights(curves: Array, directions: Array, charges: Array) -> Array:
    """For each curve the weight w ∈ [0, 1] with nearly the least max (curve − w · direction)⁺ − w · charge, convex."""
    room = np.empty_like(curves)

    def value(weights: Array) -> Array:
        np.multiply(weights[:, None], directions, out=room)
        np.subtract(curves, room, out=room)
        return np.asarray(np.maximum(room.max(axis=1), 0.0) - weights * charges)

    low, high = np.zeros(len(curves)), np.ones(len(curves))
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = value(left), value(right)
    for _ in range(SECTIONS):
        down = at_left <= at_right
        low, high = np.where(down, low, left), np.where(down, right, high)
        next_left, next_right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        tried = value(np.where(down, next_left, next_right))
        at_left, at_right = np.where(down, tried, at_right), np.where(down, at_left, tried)
        left, right = next_left, next_right
    tries = np.stack([left, right, np.zeros(len(curves)), np.ones(len(curves))])
    values = np.stack([at_left, at_right, value(tries[2]), value(tries[3])])
    return np.asarray(np.take_along_axis(tries, values.argmin(axis=0)[None], axis=0)[0])
