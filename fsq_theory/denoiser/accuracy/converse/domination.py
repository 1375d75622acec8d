"""A few centres whose mixtures dominate every centre in [−r, r].

Let h_c be the curve of centre c, and suppose that h_c(t) ≤ Σ_v λ_v (h_v(t) + δ_v) + ε at every t that matters, λ_v ≥ 0,
Σ λ_v = 1.  Then the product of n coordinates, each with some centre, is at most the largest one with centres v only,
each v counted with its surcharge δ_v added, plus n ε: replace the coordinates one after the other, each time by the
best v.  Surcharges on centres that are not in the largest product cost nothing while they are small, where ε costs.
Where marks are counted, with factors g_j, the curve of centre c beside j marks is h_c(g_j t), of its unmarked cells, +
h_c(g_{j+1} t), of its marked ones; the same mixture has to serve every j.

Curves of laws on nodes are linear in t between the points t = e^{jh}, so that they are compared there.  A centre μ
between two of the grid, d apart, is dominated by their mixture up to d² φ(1)/4 (:func:`.between.bend`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from ....arrays import Array
from ....balls.arithmetic import precision
from .between import bend
from .loss_laws import LossLaws
from .rounding import BITS, UNIT, above

COARSE = 4
"""Every so many nodes are looked at while centres and mixtures are chosen; all are when ε is computed."""

GOLDEN = (5**0.5 - 1) / 2

SECTIONS = 12
"""Golden sections of the weights of a mixture."""


@dataclass(frozen=True)
class Curves:
    """The curves of all centres at the nodes, and at some of them.

    Attributes:
        values: shape (centres, nodes, or counts times nodes).
        coarse: likewise, fewer nodes.
        apart: distance of two neighbouring centres.
        rounding: at least the error of a difference between a curve and a mixture.
    """

    values: Array
    coarse: Array
    apart: Fraction
    rounding: float

    def excess(self, rows: Sequence[int], surcharges: Array) -> Array:
        """ε ≥ 0 for each centre of the grid, dominated by a mixture of the rows next to it with these surcharges.

        Args:
            rows: ascending rows of the laws; any give a valid ε.
            surcharges: δ ≥ 0, one a row.
        """
        return _excess(self.values, self.coarse, rows, surcharges.tolist())

    def excess_everywhere(self, rows: Sequence[int], surcharges: Array) -> float:
        """ε that makes the domination true for every centre of [−r, r], on the grid or not, rounding included."""
        with precision(BITS):
            between = above(bend(self.apart**2) / 4)
        return (float(self.excess(rows, surcharges).max()) + between + self.rounding) * (1 + 4 * UNIT)


def curves_of(laws: LossLaws) -> Curves:
    """The curves of the laws, with marks beside every number of other marks."""
    values = _curves(laws)
    coarse = np.ascontiguousarray(values[..., ::COARSE])
    # Three curves are compared, or sums of two, each off by at most 2(N + 32)u of A_j, which is at most 1 + 1e-9; a
    # mixture by 4u more.
    rounding = 32 * (laws.masses.shape[2] + 32) * UNIT
    return Curves(values.reshape(len(values), -1), coarse.reshape(len(values), -1), laws.apart, rounding)


def _curves(laws: LossLaws) -> Array:
    """Σ_{i>j} a_i (1 − e^{−(i−j)h}) at t = e^{jh}, in float64; with marks, sums of two; (centres, counts, nodes).

    As A_j − e^{jh} B_j, A_j = Σ_{i>j} a_i, B_j = Σ_{i>j} a_i e^{−ih}: sums of up to N numbers that are not negative,
    relative error N u each, and e^{jh} B_j ≤ A_j ≤ 1; the factors are off by 16u each.  Every node j but the first;
    with factors e^{kh}, nodes from the lowest that minus a sum of other losses reaches to where all curves are 0.
    """
    after = [np.cumsum(values[..., :0:-1], axis=2)[..., ::-1] for values in (laws.masses, laws.masses * laws.factors)]
    plain, weighted = (np.concatenate([values[..., 1:], np.zeros_like(values[..., :1])], axis=2) for values in after)
    curves = np.asarray(plain - weighted / laws.factors[1:])
    if len(laws.shifts) == 1:
        return curves
    down, up = -min(*laws.shifts, 0), max(*laws.shifts, 0)
    padded = np.pad(curves, ((0, 0), (0, 0), (0, down + up)))
    spans = [slice(down + shift, down + shift + curves.shape[2]) for shift in laws.shifts]
    return np.stack([padded[:, 0, first] + padded[:, 1, second] for first, second in pairwise(spans)], axis=1)


def _excess(curves: Array, coarse: Array, rows: Sequence[int], charges: Sequence[float]) -> Array:
    """ε ≥ 0 for each centre, with a mixture of the next of the rows below and above, or that row beyond the others.

    Weights are chosen on the coarse curves; ε is that of the curves.
    """
    excess = np.zeros(len(curves))
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
