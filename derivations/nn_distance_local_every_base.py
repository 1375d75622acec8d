"""FSQ of every base is a strict local maximiser of the mean nearest-neighbour distance.

Statement.  Let E be FSQ with L ≥ 2 equally spaced levels on [−1, 1] along each of n ≥ 1 axes, one row e_k a token,
and D(E) = (1/K) Σ_k min_{j≠k} ‖e_k − e_j‖.  If the tokens move to e_k + v_k within the box [−1, 1]^n, not all zero,
and

    ‖v_k‖_∞ ≤ 1/(2 n L (L−1)³)   for all k,

then D falls strictly.  The first-order change of D, in the direction V and to the order of V, is at most

    (1/(nK)) (L/(L−1)) Σ_lines (v_end − v_start) ≤ 0,

where the lines are the n L^{n−1} lines of L tokens along an axis, and v is the move along the line.

Assumptions.  ‖e‖_∞ ≤ 1 for every code, before and after.  The number of levels is the same on every axis (with
different numbers the statement is false: derivations/mixed_levels_not_optimal.py).  A token moves with its label.

Proof.  Let Δ = 2/(L−1).  Before the move every token has distance Δ to its neighbours on the grid and no smaller
distance to any token, so D(E) = Δ.  After it, a token's least distance is at most the least of those to its
neighbours along any one axis, hence at most the mean of these n leasts.  So it is enough to bound, for each line, the
sum of the least distances along it.  To first order only moves along the line count: v_1, …, v_L, with gap changes
g_p = v_{p+1} − v_p.

The first token sees g_1, the last g_{L−1}, token p between them min(g_{p−1}, g_p).  (1) Give its left gap the weight
λ_p = (p−1)/(L−1) and its right gap ρ_p = (L−p)/(L−1).  They are weights; at the ends the missing gap has weight 0;
and over the whole line each gap collects ρ_p + λ_{p+1} = L/(L−1), whichever gap it is.  (2) A minimum is at most a
weighted mean, and less by at least |g_p − g_{p−1}|/(L−1), both weights of an inner token being at least 1/(L−1).  So

    g_1 + g_{L−1} + Σ_{p=2}^{L−1} min(g_{p−1}, g_p) ≤ (L/(L−1)) Σ_p g_p − T/(L−1),   T = Σ_{p=2}^{L−1} |g_p − g_{p−1}|.

(3) Σ g_p = v_L − v_1 = −(a + b), where a = v_1 ≥ 0 and b = −v_L ≥ 0, since the first token sits at −1, the last at 1,
and both must stay in the box.  So the sum of the line changes by at most −(L/(L−1))(a + b) − T/(L−1) ≤ 0.

(4) How much at least, in terms of M = max_p |v_p|?  v_p is its value on the chord from v_1 to v_L, in size at most a
+ b, plus the sum over q < p of g_q − ḡ, where ḡ is the mean gap change; that is minus the sum over q ≥ p.  Each term
is at most T in size, since ḡ lies between the least and the greatest g, and these are at most T apart.  So the sum is
at most min(p−1, L−p) T ≤ (L−1)T/2, and M ≤ a + b + (L−1)T/2.  (5) Hence the sum of the line falls by at least c M in
the first order, with c = 2/(L−1)²: c M ≤ c (a + b) + c (L−1)T/2 ≤ (L/(L−1))(a + b) + T/(L−1).

Moves across the line add terms of second order (6).  Neighbours that are s = Δ + g apart in an axis and w apart
across it are at distance √(s² + ‖w‖²) ≤ s + ‖w‖²/(2s), and s ≥ 3Δ/4 where no coordinate moves by more than δ ≤ Δ/8.
A token's least distance along an axis is at most the least of its first-order terms plus the second-order terms of
both its neighbours there, so that over all tokens each pair of neighbours counts twice.  In ‖w‖² = Σ_l (x_l − y_l)² ≤
2 Σ_l (x_l² + y_l²), l over the other axes, each token takes part in at most two pairs of an axis.  So with the mean
over the n axes all second-order terms together are at most

    (2/n) · 2/(3Δ) · 2 · 2 (n−1) Σ_k ‖v_k‖²,   where   Σ_k ‖v_k‖² ≤ Σ_lines L δ M,

since each of the L tokens of a line moves along it by at most M ≤ δ; and those of first order, at most −(c/n) Σ_lines
M:

    K (D(E + V) − D(E)) ≤ −(1/n) (c − 16 (n−1) L δ/(3Δ)) Σ_lines M,

with a positive bracket at the δ of the statement.  Some v_k ≠ 0 moves along some line, so that Σ_lines M > 0.  (7)
The inequality that follows (2), with equality where all gaps change alike, on every integer gap change from −2 to 2
for L ≤ 5, exactly.  (8) Numerical cross-checks: D of moved codebooks, computed by the library, never rises.

Remarks.  The weights are the proof: token p looks right with probability ρ_p and left with λ_p, and then every gap is
looked at equally often.  The radius is not the best one; in base 2 and 3, see derivations/nn_distance_local.py.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import enumeration, identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.numbers import at_most
from fsq_theory.claims.step import Step

CLAIM = "nn-distance-local-every-base"
SOURCE = "this project"
CONCLUDES = "proved"
HALF = sp.Rational(1, 2)
WRONG = {
    "each gap collects (L+1)/(L−1)": {"collected": 1},
    "λ_p = p/(L−1)": {"origin": 0},
    "the outer tokens may leave the box": {"inward": -1},
    "the sum of a line falls by 4M/(L−1)²": {"loss": 4},
    "moves of 1/(nL(L−1)³) are allowed": {"radius": 1},
}

i, j, more = sp.symbols("i j L_2", integer=True, nonnegative=True)
a, b, t = sp.symbols("a b t", nonnegative=True)
x, partial = sp.symbols("x G", real=True)
p, L = sp.symbols("p L", integer=True, positive=True)


def derive(collected: Any = 0, origin: int = 1, inward: int = 1, loss: Any = 2, radius: Any = HALF) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        collected: each gap collects (L + collected)/(L−1); the statement has 0.
        origin: λ_p = (p − origin)/(L−1); the proof has 1.
        inward: 1 where the outer tokens move into the box, as the statement says; −1 where they move out of it.
        loss: (L−1)² c; the proof has 2.
        radius: n L (L−1)³ times the largest move of a coordinate; the statement has ½.
    """
    left, right = (p - origin) / (L - 1), (L - p) / (L - 1)

    def at_inner(expression: Any) -> Any:
        """The expression at a token that is neither first nor last."""
        return expression.subs(L, p + 1 + j).subs(p, 2 + i)

    yield identity("1a. weights", "λ_p + ρ_p = 1", left + right, 1)
    yield identity("1b. no gap before the first", "λ_1 = 0", left.subs(p, 1), 0)
    yield identity("1c. no gap after the last", "ρ_L = 0", right.subs(p, L), 0)
    yield identity(
        "1d. each gap collects the same",
        "ρ_p + λ_{p+1} = L/(L−1)",
        right + left.subs(p, p + 1),
        (L + collected) / (L - 1),
    )

    slack = 1 / (L - 1)
    yield inequality("2a. left weight of an inner token", "1/(L−1) ≤ λ_p for p ≥ 2", at_inner(slack), at_inner(left))
    yield inequality(
        "2b. right weight of an inner token", "1/(L−1) ≤ ρ_p for p ≤ L−1", at_inner(slack), at_inner(right)
    )
    for name, gaps in (("g_{p−1} ≤ g_p", (x, x + t)), ("g_p ≤ g_{p−1}", (x + t, x))):
        yield inequality(
            f"2c. {name}",
            "min(g_{p−1}, g_p) + |g_p − g_{p−1}|/(L−1) ≤ λ_p g_{p−1} + ρ_p g_p",
            at_inner(x + t * slack),
            at_inner(left * gaps[0] + right * gaps[1]),
        )

    first, last = inward * a, -inward * b
    v = sp.Function("v")
    yield identity(
        "3a. gap changes add up",
        "Σ_p (v_{p+1} − v_p) = v_L − v_1",
        sp.Sum(v(p + 1) - v(p), (p, 1, L - 1)).doit(),
        v(L) - v(1),
    )
    yield inequality("3b. the box, below", "the first token stays: −1 ≤ −1 + v_1", -1, -1 + first)
    yield inequality("3c. the box, above", "the last token stays: 1 + v_L ≤ 1", 1 + last, 1)
    yield inequality("3d. the line", "Σ_p g_p = v_L − v_1 ≤ 0", last - first, 0)

    chord = ((L - p) * first + (p - 1) * last) / (L - 1)
    mean = (last - first) / (L - 1)
    yield identity(
        "4a. chord",
        "v_p = v_1 + Σ_{q<p} g_q is the chord at p plus Σ_{q<p} (g_q − ḡ)",
        first + partial,
        chord + partial - (p - 1) * mean,
    )
    somewhere = chord.subs(L, p + j).subs(p, 1 + i)
    # With i = p − 1 and j = L − p, of which one is at least 1.
    for name, shift in (("p ≥ 2", {i: i + 1}), ("p ≤ L − 1", {j: j + 1})):
        yield inequality(f"4b. chord from above, {name}", "chord ≤ a + b", somewhere.subs(shift), a + b)
        yield inequality(f"4c. chord from below, {name}", "−(a + b) ≤ chord", -a - b, somewhere.subs(shift))
    lesser, greater = i, i + j
    yield inequality("4d. the nearer end", "min(p − 1, L − p) ≤ (L−1)/2", lesser, (lesser + greater) / 2)

    levels = 2 + more
    constant = loss / (levels - 1) ** 2
    yield inequality("5a. the line falls by cM, ends", "c ≤ L/(L−1)", constant, levels / (levels - 1))
    yield inequality(
        "5b. the line falls by cM, bends", "c (L−1)/2 ≤ 1/(L−1)", constant * (levels - 1) / 2, 1 / (levels - 1)
    )

    from ._neighbour_distances import second_order

    n = 1 + sp.symbols("n_1", integer=True, nonnegative=True)
    allowed = radius / (n * levels * (levels - 1) ** 3)
    yield from second_order(6, n, levels, 2 / (levels - 1), constant, allowed, "every base")
    for count in range(2, 6):
        yield enumeration(
            f"7. L = {count}", "the line's inequality on integer gap changes from −2 to 2", line_cases(count)
        )
    yield from cross_checks(float(radius))


def line_cases(levels: int) -> Iterator[tuple[str, bool]]:
    """The inequality of the line with its slack T/(L−1), in integers, and equality where all gaps change alike."""
    for gaps in itertools.product(range(-2, 3), repeat=levels - 1):
        steps = list(itertools.pairwise(gaps))
        least = gaps[0] + gaps[-1] + sum(min(pair) for pair in steps)
        slack = levels * sum(gaps) - sum(abs(after - before) for before, after in steps) - (levels - 1) * least
        yield str(gaps), slack >= 0 and (len(set(gaps)) > 1 or slack == 0)


def cross_checks(radius: float) -> Iterator[Step]:
    """D of codebooks moved at random by no more than the statement allows, by the library, against FSQ's."""
    import numpy as np

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.codebooks.distances import distance_statistics
    from fsq_theory.codebooks.fsq import fsq

    rng = np.random.default_rng(0)
    for levels, n in ((2, 3), (3, 2), (4, 3), (5, 2), (8, 1), (8, 2)):
        points = np.array(fsq([levels] * n).points)
        delta = radius / (n * levels * (levels - 1) ** 3)
        highest = -np.inf
        for share in (1.0, 0.1, 0.01, 1.0, 0.1, 0.01):
            moves = delta * rng.choice([-1.0, 1.0], size=points.shape) * (rng.random(points.shape) < share)
            moved = np.clip(points + moves, -1, 1)
            if np.any(moved != points):
                highest = max(highest, distance_statistics(ArrayCodebook(moved)).nn_mean)
        yield at_most(f"8. L = {levels}, n = {n}", "D of moved codebooks is at most FSQ's", highest, 2 / (levels - 1))


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
