"""FSQ with unequal levels maximises neither the mean nearest-neighbour distance nor, from some r on, accuracy.

Statement.  Let E be FSQ with L_1, …, L_n ≥ 2 equally spaced levels on [−1, 1], not all equal.  Let L be the largest
of the L_i; call the axes that have it fine, with spacing δ = 2/(L−1), and the others coarse.  Let p(k) be the sum of
the fine indices of token k, modulo 2.  Stagger at least one coarse axis c: for some τ with 0 < τ < 1, move index j of
that axis from −1 + 2j/(L_c−1) to

    −1 + (j + τ p(k)) Δ',   Δ' = 2/(L_c − 1 + τ).

For every such τ the codes stay in the box [−1, 1]^n and every token is further from its nearest neighbour than
before: D(E) = δ, and the least distance of the staggered codebook E_τ is

    d ≥ min( √(δ² + min(τ, 1−τ)² Δ'²),  √2 δ,  Δ',  the spacings of coarse axes that are not staggered )  >  δ,

where Δ', if several axes are staggered, by the same τ, is the least of theirs.
So D(E_τ) > D(E), and since E_τ → E as τ → 0, E is not even a local maximiser of D; for a small τ the distance of fine
neighbours grows by τ² Δ_c²/(2δ), Δ_c = 2/(L_c−1), in the second order.  The accuracy of E_τ is the greater one, too,
A(E_τ, r) > A(E, r), at every

    r² > 8 log(K−1)/(d² − δ²),

so that the hypothesis that FSQ maximises A at every r fails for unequal levels, and long before: staggered by τ = 0.4
along all coarse axes, the more accurate one is [8, 5] at every r ≥ 5.28 and, of the tables that FSQ recommends [M23],
[8, 6, 5] at every r ≥ 7, [8, 5, 5, 5] at every r ≥ 6.2, [7, 5, 5, 5, 5] at every r ≥ 8, [8, 8, 8, 6, 5] at every r ≥ 5
and [8, 8, 8, 5, 5, 5] at every r ≥ 4.5; at these r the accuracy of the grids is 0.5151, 0.5851, 0.4944, 0.7273, 0.1220
and 0.0802. With τ = ½ it is so for [8, 5] at every r ≥ 5.37. [4, 2] is beaten at every r ≥ 1.72, where its accuracy is
0.5506, by pulling in its odd columns: the coarse coordinate of tokens with p = 1 is multiplied by 0.6.

Assumptions.  ‖e‖_∞ ≤ 1; equal priors in the part about accuracy.  Equal levels are excluded by δ < Δ', which needs
L_c < L.

Proof.  (1) In E every token has a neighbour along a fine axis, at distance δ; all other distances are larger or
equal, coarse spacings being larger.  So D(E) = δ.  (2) Rows stay in the box: (j + τp)Δ' lies between 0 and 2.

Take two tokens of E_τ, with fine indices that differ by f and an index of a staggered axis that differs by q.  (3) If
the fine indices differ by 1 in one axis and by 0 in the others, their sums have different parity, so the tokens are
(q ± τ)Δ' apart along the staggered axis, (4) at least min(τ, 1−τ)Δ' for every integer q, the two signs being mirror
images: the squared distance is at least δ² + min(τ, 1−τ)² Δ'² > δ².  (5) If they differ otherwise, Σ f_i² ≥ 2 and the
squared distance is at least 2δ².  (6) If they do not differ, both parities are the same and some coarse index
differs: the distance is at least Δ' > δ if it is one of a staggered axis, and at least its spacing, which is larger
than δ, if not.  With several staggered axes each adds its own term in (4).  (7) The second-order growth.

(8) Accuracy.  A code that is δ from its nearest neighbour is mistaken for it with probability Φ(−rδ/2) at least, so 1
− A(E) ≥ Φ(−rδ/2); and 1 − A(E_τ) ≤ (K−1) Φ(−rd/2) by the union bound.  For 0 ≤ x < y, integrating φ(y+u) = φ(x+u)
e^{−(y²−x²)/2 − (y−x)u} over u ≥ 0 gives Φ(−y) ≤ e^{−(y²−x²)/2} Φ(−x).  So

    (1 − A(E_τ))/(1 − A(E)) ≤ (K−1) e^{−r²(d²−δ²)/8} < 1   where r² > 8 log(K−1)/(d² − δ²).

(9) In the tables that FSQ recommends [M23], every coarse axis staggered by τ = ½, by listing all differences of
indices up to 1, which hold the least distances.

From which r on.  1 − A grows with r for no codebook: what is seen at r' < r is what is seen at r and more noise.  So
on an interval [a, b] of r the moved grid is the more accurate one if its error at a is less than that of the grid at
b; the certificates (13) list intervals that follow each other.  The error of the grid is the closed form of a product.
That of the moved grid is, in two dimensions, the Gaussian measure of its Voronoi cells, whose corners are rational.

In more dimensions it is bounded by decoding. Let z be the noise on the token sent, ρ = rδ, D = rΔ'. A competitor that
differs by d on a fine axis has d²ρ²/2 − dρz less log likelihood, z taken towards it, and by an offset o on a coarse
axis o²/2 − oz. Let z be in the token's own cell on each coarse axis, among the rows of its parity, and below ρ on each
side of a fine axis on which there is a second neighbour. Then (11a, 11b) an even d costs at least 0, an odd d at least
ρu, u = ρ/2 − |z|, where an outermost token counts z towards its neighbour only; (11c) rows of the same parity cost at
least 0; (11d, 11e) of the rows of the other parity, o = (q + τ)D, the nearest on either side cost the least, t =
min(τ²D²/2 − τDz, (1−τ)²D²/2 + (1−τ)Dz), of which row 0 has only the first; parity 1 is the mirror image.  Let T be the
sum of t over coarse axes.  No competitor wins if u + T/ρ > 0 on every fine axis and u + u' > 0 on every two of them,
for d is odd on one axis and pairs of others, if the parity changes, and on pairs of axes if not.  Averaged over tokens
the z of all axes are independent of each other and of the parity. Given T the probability of this increases with T, so
that rounding each t down to a lattice makes it smaller; the law of the sum is a product of polynomials, in balls.

At large r the union bound (1/K) Σ_{i≠j} Φ(−r d_ij/2) serves.  For the last r and all beyond it, compare it with the
error of the m fine axes alone, 1 − (1 − e)^m, e = 2(1 − 1/L)Φ(−rδ/2): with all d_ij > δ each Φ(−r d_ij/2)/Φ(−rδ/2)
falls as r grows (10a–10d), and so does e/(1 − (1 − e)^m) = 1/Σ_{i<m}(1 − e)^i (10e), as e does. If the quotient is
below 1 at one r, it is so beyond.  (12) In two dimensions the r at which moving begins to pay is enclosed: a little
below, the grid is better. (14) Numerical cross-checks: the library's distances, accuracy in two dimensions by Owen's
function, and in four by Monte Carlo.

Remarks.  In (12) lies a change of sign; that there is no other below is not shown. For [8, 5] and τ = ½ A is 0.7699
against 0.7502 at r = 8, 0.9516 against 0.9223 at r = 12, 0.9939 against 0.9805 at r = 16.  With equal levels ([3, 3],
[5, 5]) staggering one axis loses.  The decisions above are those of maximum likelihood but for ties: rounding each
coarse coordinate twice, and each fine one with its second choice, is enough to make them.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import enumeration, grows_from, identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.enclosures import enclosure
from fsq_theory.claims.normal import Phi, explicit, phi
from fsq_theory.claims.numbers import agreement, at_most
from fsq_theory.claims.step import Step

CLAIM = "mixed-levels-not-optimal"
SOURCE = "this project"
CONCLUDES = "certified"
WRONG = {
    "the same number of levels on the coarse axis": {"finer": 0},
    "the parity of one fine index where several axes are fine": {"counted": 1},
    "the rows keep their spacing 2/(L_c−1)": {"room": 0},
    "accuracy gains from r² > 4 log(K−1)/(d² − δ²)": {"rate": 4},
    "[8, 5] gains from r = 5.36 on": {"first": "5.36"},
    "the sum of 1, …, (1 − e)^{m−1} is (1 − (1 − e)^m)/(1 − e)": {"shown": 1},
    "[8, 5] gains at r = 5.363": {"above": "5.363"},
    "coarse cells of width 2D": {"nearest": 2},
}
TABLES = ((8, 6, 5), (8, 5, 5, 5), (7, 5, 5, 5, 5), (8, 8, 8, 6, 5), (8, 8, 8, 5, 5, 5))
HALF = sp.Rational(1, 2)
GAINS = {
    "staggered-8-5": ((8, 5), "staggered", "0.5", "5.37"),
    "staggered-8-5-by-0.4": ((8, 5), "staggered", "0.4", "5.28"),
    "pulled-in-4-2": ((4, 2), "pulled in", "0.4", "1.72"),
    "staggered-8-6-5": ((8, 6, 5), "staggered", "0.4", "7"),
    "staggered-8-5-5-5": ((8, 5, 5, 5), "staggered", "0.4", "6.2"),
    "staggered-7-5-5-5-5": ((7, 5, 5, 5, 5), "staggered", "0.4", "8"),
    "staggered-8-8-8-6-5": ((8, 8, 8, 6, 5), "staggered", "0.4", "5"),
    "staggered-8-8-8-5-5-5": ((8, 8, 8, 5, 5, 5), "staggered", "0.4", "4.5"),
}
ACCURACIES = (
    ((8, 5), "5.28", "0.5151"),
    ((8, 6, 5), "7", "0.5851"),
    ((8, 5, 5, 5), "6.2", "0.4944"),
    ((7, 5, 5, 5, 5), "8", "0.7273"),
    ((8, 8, 8, 6, 5), "5", "0.1220"),
    ((8, 8, 8, 5, 5, 5), "4.5", "0.0802"),
    ((4, 2), "1.72", "0.5506"),
)
"""Of the grids, rounded, where they begin to be beaten."""

i, m, q = sp.symbols("i m q", integer=True, nonnegative=True)
fine_spacing, height, u, w, x = sp.symbols("delta h u w x", positive=True)


def derive(
    finer: int = 1,
    counted: int | None = None,
    room: int = 1,
    rate: int = 8,
    first: str = "5.37",
    shown: int = 0,
    above: str = "5.364",
    nearest: int = 1,
) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        finer: how many levels a fine axis has more than a coarse one, at least; 1.
        counted: how many of the fine indices are summed to the parity; all of them if None.
        room: the rows have spacing 2/(L_c − 1 + room·τ); 1.
        rate: accuracy gains from r² > rate·log(K−1)/(d² − δ²); 8.
        first: from which r on [8, 5] is beaten by τ = ½; 5.37.
        shown: the geometric sum is (1 − q^m)/(1 − q)·q^{−shown}; 0.
        above: where [8, 5] is beaten, as an enclosure shows; 5.364.
        nearest: z is within this many half row spacings D/2 of the token's own row; 1.
    """
    coarse = 2 + i
    fine = coarse + finer + m
    # Every τ with 0 < τ < 1 is u/(1 + u) for one u > 0.
    tau = u / (1 + u)
    wide = 2 / (coarse - 1 + room * tau)
    delta = 2 / (fine - 1)

    yield inequality("1. coarse spacing", "2/(L−1) < 2/(L_c−1)", delta, 2 / (coarse - 1), strict=True)
    for parity in (0, 1):
        # q indices from the last one: j = L_c − 1 − q.
        row = coarse - 1 - q + tau * parity
        yield inequality(f"2a. the box, above, p = {parity}", "(j + τp)Δ' ≤ 2", row * wide, 2)
        low = q + tau * parity
        yield inequality(f"2b. the box, below, p = {parity}", "0 ≤ (j + τp)Δ'", 0, low * wide)

    for name, total in (("even", 2 * q), ("odd", 2 * q + 1)):
        yield identity(
            f"3a. parity, {name} sum", "(s + 1) mod 2 + s mod 2 = 1", sp.Mod(total + 1, 2) + sp.Mod(total, 2), 1
        )
    yield enumeration("3b. parity, fine neighbours", "tokens one step apart have different p", parity_cases(counted))
    for name, offset, least in (("q ≥ 0", q + tau, tau), ("q ≤ −1", -1 - q + tau, 1 - tau)):
        yield inequality(f"4a. rows, {name}", "min(τ, 1−τ)² ≤ (q + τ)²", least**2, offset**2)
        yield inequality(f"4b. rows, {name}", "0 < min(τ, 1−τ)", 0, least, strict=True)
    yield inequality("4c. fine neighbours", "δ² < δ² + h²Δ'²", delta**2, delta**2 + height**2 * wide**2, strict=True)
    yield inequality("5. further along fine axes", "δ² < 2δ²", delta**2, 2 * delta**2, strict=True)
    yield inequality("6. along a staggered axis", "δ < Δ'", delta, wide, because=sp.factor(wide - delta), strict=True)

    t = sp.Symbol("tau", positive=True)
    staggered = 2 / (coarse - 1 + room * t)
    apart = sp.sqrt(fine_spacing**2 + t**2 * staggered**2)
    quotient = staggered**2 / (apart + fine_spacing)
    yield identity(
        "7a. growth", "√(δ² + τ²Δ'²) − δ = τ² Δ'²/(√(δ² + τ²Δ'²) + δ)", apart - fine_spacing, t**2 * quotient
    )
    yield identity(
        "7b. of second order",
        "the quotient is continuous, and Δ_c²/(2δ) at τ = 0",
        quotient.subs(t, 0),
        (2 / (coarse - 1)) ** 2 / (2 * fine_spacing),
    )

    y = x + w
    yield identity(
        "8a. tails",
        "φ(y+u) = φ(x+u) e^{−(y²−x²)/2 − (y−x)u}",
        explicit(phi(y + u)),
        explicit(phi(x + u)) * sp.exp(-(y**2 - x**2) / 2 - (y - x) * u),
    )
    far, near, r, rivals = sp.symbols("d delta r N", positive=True)
    yield identity(
        "8b. exponent",
        "(y² − x²)/2 at y = rd/2, x = rδ/2",
        ((r * far / 2) ** 2 - (r * near / 2) ** 2) / 2,
        r**2 * (far**2 - near**2) / 8,
    )
    beyond = rate * sp.log(rivals) / (far**2 - near**2) + w
    yield identity(
        "8c. ratio of errors",
        "(K−1) e^{−r²(d²−δ²)/8} = e^{−w(d²−δ²)/8} at r² = 8 log(K−1)/(d²−δ²) + w",
        sp.log(rivals) - beyond * (far**2 - near**2) / 8,
        -w * (far**2 - near**2) / 8,
    )
    yield grows_from("8d. below 1", "0 < 1 − e^{−v} for v > 0", 1 - sp.exp(-x), x, 0, strict=True)

    for table in TABLES:
        yield enumeration(f"9. {list(table)}", "squared distances, τ = ½, are above δ²", table_cases(table))
    yield from far_out(shown)
    yield from decoding(nearest)
    yield from crossings(above)
    yield from certificates(first)
    yield from cross_checks()


def far_out(shown: int) -> Iterator[Step]:
    """What falls as r grows."""
    z, a = sp.symbols("z a", positive=True)
    e, kept = sp.symbols("e k", positive=True)
    real = sp.Symbol("x", real=True)
    mills = phi(real) - real * Phi(-real)
    hazard = phi(z) / Phi(-z)
    yield identity("10a. φ(x) − xΦ(−x) ends", "at 0, x → ∞", sp.limit(explicit(mills), real, sp.oo), 0)
    yield inequality(
        "10b. and falls",
        "(φ(x) − xΦ(−x))' = −Φ(−x) < 0: so φ(x) > xΦ(−x)",
        sp.diff(mills, real),
        0,
        Phi(-real),
        strict=True,
    )
    yield identity(
        "10c. h = φ/Φ(−·) rises", "h' = h(h − z), positive by (10b)", sp.diff(hazard, z), hazard * (hazard - z)
    )
    yield identity(
        "10d. Φ(−az)/Φ(−z) falls",
        "(log Φ(−az)/Φ(−z))' = h(z) − a h(az), negative for a > 1 by (10c)",
        sp.diff(sp.log(Phi(-a * z)) - sp.log(Phi(-z)), z),
        hazard - a * phi(a * z) / Phi(-a * z),
    )
    yield identity(
        "10e. geometric sum",
        "(1 − q^k)/(1 − q) + q^k = (1 − q^{k+1})/(1 − q) with q = 1 − e: it is Σ_{i<m} q^i at k = m, and 0 at k = 0",
        (1 - (1 - e) ** kept) / e * (1 - e) ** -shown + (1 - e) ** kept,
        (1 - (1 - e) ** (kept + 1)) / e * (1 - e) ** -shown,
    )


def decoding(nearest: int) -> Iterator[Step]:
    """What a competitor costs."""
    rho, row, below, spare = sp.symbols("rho D w s", positive=True)
    step = 1 + i
    z = rho - below
    even = (2 * step) ** 2 * rho**2 / 2 - 2 * step * rho * z
    yield inequality("11a. even d", "0 ≤ d²ρ²/2 − dρz for d = 2, 4, … and z < ρ", 0, even, sp.factor(even))
    odd = (2 * step + 1) ** 2 * rho**2 / 2 - (2 * step + 1) * rho * z
    more = sp.factor(odd - (rho**2 / 2 - rho * z))
    yield inequality(
        "11b. odd d", "ρ(ρ/2 − z) ≤ d²ρ²/2 − dρz for d = 3, 5, … and z < ρ", rho * (rho / 2 - z), odd, more
    )
    z = nearest * row / 2 - below
    same = (step * row) ** 2 / 2 - step * row * z
    yield inequality("11c. rows of the parity", "0 ≤ q²D²/2 − qDz for q ≥ 1 and z < D/2", 0, same, sp.factor(same))
    tau = spare / (1 + spare)

    def cost(offset: Any) -> Any:
        return offset**2 / 2 - offset * z

    beyond = sp.factor(cost((step + tau) * row) - cost(tau * row))
    yield inequality(
        "11d. rows of the other, above", "o = (q + τ)D costs more than τD, z < D/2", 0, beyond, beyond, strict=True
    )
    # Towards smaller j, z < D/2 standing for −z: offsets (q + 1 − τ)D.
    beyond = sp.factor(cost((step + 1 - tau) * row) - cost((1 - tau) * row))
    yield inequality(
        "11e. rows of the other, below",
        "o = −(q + 1 − τ)D costs more than −(1 − τ)D, −z < D/2",
        0,
        beyond,
        beyond,
        strict=True,
    )


def certificates(first: str) -> Iterator[Step]:
    """A certificate for each table, which has to state it."""
    from fsq_theory.certificates.staggered_grid_kind import stated
    from fsq_theory.certificates.steps import certificate_step

    for name, (levels, move, by, least) in GAINS.items():
        where = first if name == "staggered-8-5" else least
        states = stated(levels, move, by, f"[{where}, ∞)")
        yield certificate_step(f"13. {name}", name, CLAIM, states, instead={("rows", 0, 0): where})
    for levels, place, value in ACCURACIES:
        r = sp.Rational(place)
        grid = sp.prod([1 - 2 * (1 - sp.Rational(1, count)) * Phi(-r / (count - 1)) for count in levels])
        off = sp.Abs(grid - sp.Rational(value))
        name = f"13. {list(levels)}, r = {place}"
        yield enclosure(name, f"|A(E) − {value}| < 5·10^−5", off, "<", sp.Rational(1, 20000))


def crossings(above: str) -> Iterator[Step]:
    """In two dimensions, errors on both sides of where moving begins to pay."""
    from fsq_theory.certificates.staggered_grid import Grid
    from fsq_theory.denoiser.accuracy.certified import certified_error, certified_fsq_error

    cases = (
        ((8, 5), "staggered", "0.5", "5.363", above),
        ((8, 5), "staggered", "0.4", "5.271", "5.272"),
        ((4, 2), "pulled in", "0.4", "1.717", "1.718"),
    )
    for levels, move, by, below, beyond in cases:
        codes = Grid(levels, move, Fraction(by)).codes
        for place, relation in ((below, ">"), (beyond, "<")):
            r = Fraction(place)
            moved, plain = certified_error(codes, r).error, certified_fsq_error(levels, r).error
            what = f"{list(levels)} {move} by {by}, r = {place}"
            yield enclosure(f"12. {what}", f"1 − A(E_τ) {relation} 1 − A(E)", moved, relation, plain)


def parity_cases(counted: int | None) -> Iterator[tuple[str, bool]]:
    """Whether p differs between tokens one step apart along one of 1, 2 or 3 fine axes with indices 0, 1, 2."""
    for axes in (1, 2, 3):
        for token in itertools.product(range(3), repeat=axes):
            for axis in range(axes):
                other = [index + (place == axis) for place, index in enumerate(token)]
                yield f"{token}, axis {axis}", sum(token[:counted]) % 2 != sum(other[:counted]) % 2


def table_cases(levels: Sequence[int], tau: Fraction = Fraction(1, 2)) -> Iterator[tuple[str, bool]]:
    """Every squared distance of the staggered table, by differences of indices.

    Each axis adds its own square, which grows with the difference of its index: differences up to 1 have the least.
    """
    most = max(levels)
    delta = Fraction(2, most - 1)
    for steps in itertools.product((-1, 0, 1), repeat=len(levels)):
        odd = sum(step for step, count in zip(steps, levels, strict=True) if count == most) % 2
        for sign in (-1, 1) if odd else (0,):
            square = sum(
                (step * delta if count == most else (step + sign * tau) * 2 / (count - 1 + tau)) ** 2
                for step, count in zip(steps, levels, strict=True)
            )
            if any(steps):
                yield f"{steps}, {sign}", square > delta**2


def cross_checks() -> Iterator[Step]:
    """Distances and accuracies of the library."""
    import numpy as np

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.codebooks.distances import distance_statistics, nearest_distances
    from fsq_theory.codebooks.spec import codebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy

    for spec, most in (("8,5", 8), ("4,2", 4), ("5,3,2", 5), ("4,4,2", 4), ("4,4,3,2", 4), ("8,5,5,5", 8)):
        delta = 2 / (most - 1)
        yield agreement(f"14a. {spec}", "D(E) = δ", distance_statistics(f"fsq:{spec}").nn_mean, delta, 1e-13)
        for tau in (0.02, 0.5, 0.9):
            least = float(nearest_distances(f"fsq:{spec}+stagger:{tau}").min())
            yield at_most(f"14b. {spec}, τ = {tau}", "every nearest distance exceeds δ", delta * (1 + 1e-6), least)

    def value(spec: str, r: float) -> float:
        return float(accuracy(spec, r).value)

    rounding = 5e-5  # of four digits
    for r, plain, staggered in ((8.0, 0.7502, 0.7699), (12.0, 0.9223, 0.9516), (16.0, 0.9805, 0.9939)):
        for what, spec, number in (("plain", "fsq:8,5", plain), ("staggered", "fsq:8,5+stagger:0.5", staggered)):
            yield agreement(
                f"14c. [8, 5], r = {r:g}, {what}", f"A is {number}", value(spec, r), number, rounding / number
            )
    yield at_most(
        "14d. [8, 5], r = 5", "the plain grid is better", value("fsq:8,5+stagger:0.5", 5.0), value("fsq:8,5", 5.0)
    )
    for spec in ("3,3", "5,5"):
        better, worse = value(f"fsq:{spec}", 8.0), value(f"fsq:{spec}+stagger:0.5", 8.0)
        yield at_most(f"14e. [{spec}], r = 8", "staggering equal levels loses", worse, better)
    bound = float(np.sqrt(8 * np.log(39) / ((2 / 7) ** 2 + (2 / 9) ** 2 - (2 / 7) ** 2)))
    errors = [float(accuracy(spec, bound).log_error) for spec in ("fsq:8,5+stagger:0.5", "fsq:8,5")]
    yield at_most(f"14f. [8, 5], r = {bound:.1f}", "log(1 − A) where the bound of (8) begins", *errors)

    from fsq_theory.balls.arithmetic import precision
    from fsq_theory.certificates.staggered_decisions import decided_rightly
    from fsq_theory.certificates.staggered_grid import Grid

    generator, draws = np.random.default_rng(0), 20000
    for levels, r in (((4, 3, 3, 2), 3), ((4, 4, 3), 3)):
        with precision(64):
            least = float(decided_rightly(Grid(levels, "staggered", Fraction(2, 5)), Fraction(r), 512))
        codes = r * np.array(codebook(f"fsq:{','.join(map(str, levels))}+stagger:0.4").points)
        sent = generator.integers(len(codes), size=draws)
        seen = codes[sent] + generator.standard_normal((draws, len(levels)))
        decided = np.argmax(seen @ codes.T - (codes**2).sum(axis=1) / 2, axis=1)
        right, stderr = float((decided == sent).mean()), float((decided == sent).std() / np.sqrt(draws))
        what = f"{list(levels)}, τ = 0.4, r = {r}"
        yield at_most(f"14h. {what}", "the bound by decoding is below A", least, right + 4 * stderr)
        yield at_most(f"14i. {what}", "and by at most 0.003", right - 4 * stderr - 0.003, least)

    points = np.array(codebook("fsq:4,2").points)
    odd = np.round((points[:, 0] + 1) * 1.5) % 2 == 1
    points[odd, 1] *= 0.6
    pulled = float(accuracy(ArrayCodebook(points), 4.0).value)
    yield agreement("14g. [4, 2], r = 4, plain", "A is 0.8632", value("fsq:4,2", 4.0), 0.8632, rounding / 0.8632)
    yield agreement(
        "14g. [4, 2], r = 4", "odd columns pulled in by 0.4: A is 0.9059", pulled, 0.9059, rounding / 0.9059
    )


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
