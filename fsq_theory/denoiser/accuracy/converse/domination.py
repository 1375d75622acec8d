"""A few centres whose mixtures dominate every centre in [−r, r].

Let h_c be the curve of centre c, and suppose that h_c(t) ≤ Σ_v λ_v (h_v(t) + δ_v) + ε at every t that matters, λ_v ≥ 0,
Σ λ_v = 1.  Then the product of n coordinates, each with some centre, is at most the largest one with centres v only,
each v counted with its surcharge δ_v added, plus n ε: replace the coordinates one after the other, each time by the
best v.  Surcharges on centres that are not in the largest product cost nothing while they are small, where ε costs.

Curves of laws on nodes are linear in t between the points t = e^{jh}, so that they are compared there.  A centre μ
between two of the grid, d apart, is dominated by their mixture up to d² φ(1)/4: N(μ, 1) as a function of μ, with values
in L¹, is linear between them up to d²/8 ‖φ''‖_1, ‖φ''‖_1 = ∫ |z² − 1| φ = 4φ(1), and total variation is half of L¹.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ....arrays import Array
from ....balls.arithmetic import ball, precision
from ....balls.intervals import normal_density
from ....errors import InputError
from .loss_laws import LossLaws
from .rounding import UNIT, above
from .step_density import BITS

WEIGHTS = 40
"""Steps of the weights of mixtures of two centres that are tried."""

COARSE = 8
"""Every so many nodes are looked at while mixtures are chosen; all are when ε is computed."""

SURCHARGES = (0.0, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3)
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
    chosen = sorted({0, count - 1} if rows is None else set(rows))
    while rows is None and len(chosen) < most:
        rough = _excess(curves, chosen, (TRIED,))[:, 0]
        worst = int(rough.argmax())
        if rough[worst] <= tolerance or worst in chosen:
            break
        chosen = sorted([*chosen, worst])
    excess = _excess(curves, chosen, SURCHARGES)
    with precision(BITS):
        density = normal_density((ball(1), ball(1)))
        assert density is not None
        between = above(ball(laws.apart) ** 2 * density[1] / 4)
    # Three curves are compared, each off by at most 2(N + 8)u of A_j, which is at most 1 + 1e-9; a mixture by 4u more.
    rounding = 16 * (curves.shape[1] + 8) * UNIT
    return Vertices(tuple(chosen), tuple((float(e) + between + rounding) * (1 + 4 * UNIT) for e in excess.max(axis=0)))


def _curves(laws: LossLaws) -> Array:
    """Σ_{i>j} a_i (1 − e^{−(i−j)h}) at t = e^{jh}, every node j but the first, in float64, shape (centres, nodes − 1).

    As A_j − e^{jh} B_j, A_j = Σ_{i>j} a_i, B_j = Σ_{i>j} a_i e^{−ih}: sums of up to N numbers that are not negative,
    relative error N u each, and e^{jh} B_j ≤ A_j ≤ 1.
    """
    after = [np.cumsum(values[:, :0:-1], axis=1)[:, ::-1] for values in (laws.masses, laws.masses * laws.factors)]
    plain, weighted = (np.concatenate([values[:, 1:], np.zeros((len(values), 1))], axis=1) for values in after)
    return np.asarray(plain - weighted / laws.factors[1:])


def _excess(curves: Array, rows: Sequence[int], surcharges: Sequence[float]) -> Array:
    """For each centre and each δ the least ε ≥ 0 over mixtures of two of the rows, shape (centres, surcharges)."""
    pairs = list(itertools.combinations(rows, 2)) or [(rows[0], rows[0])]
    weights = np.arange(WEIGHTS + 1) / WEIGHTS
    coarse = curves[:, ::COARSE]
    mixtures = np.concatenate([coarse[v] + np.outer(weights, coarse[u] - coarse[v]) for u, v in pairs])
    inner = [0 < row < len(curves) - 1 for row in range(len(curves))]
    charged = np.concatenate([weights * inner[u] + (1 - weights) * inner[v] for u, v in pairs])
    excess = np.zeros((len(curves), len(surcharges)))
    for c, curve in enumerate(curves):
        if c in rows:
            continue
        rough = (coarse[c] - mixtures).max(axis=1)
        exact: dict[int, float] = {}
        for s, surcharge in enumerate(surcharges):
            best = int((np.maximum(rough, 0) - surcharge * charged).argmin())
            if best not in exact:
                (u, v), weight = pairs[best // len(weights)], weights[best % len(weights)]
                exact[best] = float((curve - (weight * curves[u] + (1 - weight) * curves[v])).max())
            excess[c, s] = max(max(exact[best], 0.0) - surcharge * charged[best], 0.0)
    return excess
