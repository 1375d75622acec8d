"""Base-2 and base-3 FSQ are strict local maximisers of the mean nearest-neighbour distance (as we understand [P26]).

Statement.  Let E be {−1, 1}^n or {−1, 0, 1}^n, one row e_k a token, and D(E) = (1/K) Σ_k min_{j≠k} ‖e_k − e_j‖.  If
the tokens move to e_k + v_k within the box [−1, 1]^n, not all v_k = 0, then D falls strictly, whenever

    ‖v_k‖_∞ ≤ 1/(4n) for all k in base 2,      ‖v_k‖_∞ ≤ 1/(16n) for all k in base 3.

Assumptions.  ‖e‖_∞ ≤ 1 for every code, before and after; n ≥ 1.  A token moves with its label, so that a permutation
of the tokens, which does not change D, is not a small move.

Proof.  Let Δ be the spacing (2 in base 2, 1 in base 3).  Before the move every token has distance Δ to its neighbours
on the grid and no smaller distance to any token, so D(E) = Δ.  After it, a token's least distance is at most the
least of those to its neighbours along any one axis, hence at most the mean of these n leasts.  So it is enough to
bound, for each line of tokens along an axis, the sum of the least distances along the line.

To first order only moves along the line count.  Its first token sits at −1 and can only move up, by a ≥ 0; its last
sits at 1 and can only move down, by b ≥ 0 (1).  Let M be the largest of the moves of the line.  (2) Base 2: both
tokens see their one gap change by −a − b: the sum changes by −2(a + b) ≤ −2M.  (3) Base 3: the middle token moves by
m, the gaps change by g_1 = m − a and g_2 = −b − m, the outer tokens see one gap each and the middle one the lesser:
the sum changes by g_1 + g_2 + min(g_1, g_2) ≤ −M.  Both signs of g_2 − g_1 = a − b − 2m are mirror images, and both
are checked.

Moves across the line add terms of second order (4–5).  Neighbours that are s = Δ + g apart in an axis and w apart
across it are at distance √(s² + ‖w‖²) ≤ s + ‖w‖²/(2s), and s ≥ 3Δ/4 where no coordinate moves by more than δ ≤ Δ/8.
A token's least distance along an axis is at most the least of its first-order terms plus the second-order terms of
both its neighbours there, so that over all tokens each pair of neighbours counts twice.  In ‖w‖² = Σ_l (x_l − y_l)² ≤
2 Σ_l (x_l² + y_l²), l over the other axes, each token takes part in at most two pairs of an axis.  So with the mean
over the n axes all second-order terms together are at most

    (2/n) · 2/(3Δ) · 2 · 2 (n−1) Σ_k ‖v_k‖²,   where   Σ_k ‖v_k‖² ≤ Σ_lines L δ M,

since each of the L tokens of a line moves along it by at most M ≤ δ; and those of first order, at most −(c/n) Σ_lines
M:

    K (D(E + V) − D(E)) ≤ −(1/n) (c − 16 (n−1) L δ/(3Δ)) Σ_lines M,    c = 2 and 1, L = 2 and 3,

with a positive bracket at the δ of the statement.  Some v_k ≠ 0 moves along some line, so that Σ_lines M > 0.  (6)
Numerical cross-checks: D of moved codebooks, computed by the library, never rises.

Remarks.  The first-order term is D's one-sided directional derivative or a bound on it from above: the grid is a
corner of D on the polytope of codebooks, which is why no second derivative is needed.  For every number of levels the
same is proved in derivations/nn_distance_local_every_base.py.  Local is all that holds: see
derivations/nn_distance_global_fails.py for n ≥ 5.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.numbers import at_most
from fsq_theory.claims.step import Step

CLAIM = "nn-distance-local"
SOURCE = "P26, local optimality of base-2 and base-3 FSQ for D(E), as we understand it"
CONCLUDES = "proved"
RADIUS_2, RADIUS_3 = sp.Rational(1, 4), sp.Rational(1, 16)
WRONG = {
    "the outer tokens may leave the box": {"inward": -1},
    "the sum of a line falls by 3M in base 2": {"loss_2": 3},
    "the sum of a line falls by 3M/2 in base 3": {"loss_3": sp.Rational(3, 2)},
    "moves of 1/(2n) are allowed in base 3": {"radius_3": sp.Rational(1, 2)},
}

a, b, t = sp.symbols("a b t", nonnegative=True)


def derive(
    inward: int = 1,
    loss_2: Any = 2,
    loss_3: Any = 1,
    radius_2: Any = RADIUS_2,
    radius_3: Any = RADIUS_3,
) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        inward: 1 where the outer tokens move into the box, as the statement says; −1 where they move out of it.
        loss_2: in base 2 the sum of a line falls by at least this times the largest move; 2.
        loss_3: the same in base 3; 1.
        radius_2: n times the largest move of a coordinate in base 2; ¼.
        radius_3: the same in base 3; 1/16.
    """
    first, last = inward * a, -inward * b
    yield inequality("1a. the box, below", "the first token stays: −1 ≤ −1 + v_1", -1, -1 + first)
    yield inequality("1b. the box, above", "the last token stays: 1 + v_L ≤ 1", 1 + last, 1)

    change = 2 * (last - first)
    for name, move in (("first", a), ("last", b)):
        yield inequality(
            f"2. base 2, {name} token",
            "2 (v_2 − v_1) ≤ −c |its move|",
            change,
            -loss_2 * move,
            because=-change - loss_2 * move,
        )

    for what, sign in (("g_1 ≤ g_2", 1), ("g_2 ≤ g_1", -1)):
        middle = (a - b - sign * t) / 2
        gaps = middle - first, last - middle
        yield identity(f"3a. base 3, {what}", "|g_2 − g_1| = t ≥ 0", sign * (gaps[1] - gaps[0]), t)
        change = gaps[0] + gaps[1] + gaps[0 if sign == 1 else 1]
        for name, move in (("first", a), ("last", b), ("middle, up", middle), ("middle, down", -middle)):
            yield inequality(
                f"3b. base 3, {what}, {name} token",
                "g_1 + g_2 + min(g_1, g_2) ≤ −c × its move",
                change,
                -loss_3 * move,
            )

    from ._neighbour_distances import second_order

    n = 1 + sp.symbols("n_1", integer=True, nonnegative=True)
    yield from second_order(4, n, 2, 2, loss_2, radius_2 / n, "base 2")
    yield from second_order(5, n, 3, 1, loss_3, radius_3 / n, "base 3")
    yield from cross_checks({2: float(radius_2), 3: float(radius_3)})


def cross_checks(radius: dict[int, float]) -> Iterator[Step]:
    """D of codebooks moved at random by no more than the statement allows, by the library, against FSQ's."""
    import numpy as np

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.codebooks.distances import distance_statistics
    from fsq_theory.codebooks.fsq import fsq

    rng = np.random.default_rng(0)
    for base, n in ((2, 1), (2, 2), (2, 5), (3, 1), (3, 2), (3, 4)):
        points = np.array(fsq([base] * n).points)
        highest = -np.inf
        for share in (1.0, 1.0, 0.01, 1.0, 0.01, 1.0):
            moves = radius[base] / n * rng.choice([-1.0, 0.0, 1.0], size=points.shape) * rng.random() ** 0.1
            moved = np.clip(points + moves * (rng.random(points.shape) < share), -1, 1)
            if np.any(moved != points):
                highest = max(highest, distance_statistics(ArrayCodebook(moved)).nn_mean)
        yield at_most(f"6. base {base}, n = {n}", "D of moved codebooks is at most FSQ's", highest, 2 / (base - 1))


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
