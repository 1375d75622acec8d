"""How far FSQ is at most from the most accurate codebook of its box and size.

Statement.  (I) Let q be an even function on the line, positive on (−c, c) and 0 beyond, of integral a where |y| is not
in an interval [c_1, c_2), called marked, and b where it is.  Let ω_0, …, ω_n be whole powers of e^η, η > 0, and m(y) =
ω_Z Π_i q(y_i), Z the number of marked y_i; ω = 1 makes m a product.  For t ≥ 0 let h^0_μ(t) and h^1_μ(t) be ∫ (φ(y − μ)
− t q(y))⁺ dy over the unmarked and the marked y of (−c, c).  Let a grid of centres, d apart, lead from 0 to r < c.  To
each of them, μ, belong masses a^b_j ≥ 0, b = 0, 1, on losses jη, j ≤ J whole, with h^b_μ(t) ≤ g^b_μ(t) = Σ_j a^b_j (1 −
t e^{−jη})⁺, and of total mass at most M^{1/n}, M ≥ 1; where q > 0, φ(y − μ) ≤ e^{Jη} q(y) for all μ ∈ [0, r].  Let V be
some of the centres, each with a surcharge δ_v ≥ 0, such that for every centre u there are weights λ_v ≥ 0 of sum 1 with

    f_{u,k}(t) ≤ Σ_v λ_v (f_{v,k}(t) + δ_v) + ε,    f_{u,k}(t) = g^0_u(ω_k t) + g^1_u(ω_{k+1} t),

at t = e^{jη} for all whole j ≥ −(n − 1)J, and for k = 0, …, n − 1.  Let T be the largest value of E(1 − ω_Z e^{−S_1 − …
− S_n})⁺ + M Σ_i δ_i over independent pairs of a loss S_i and a mark b_i, Z = Σ b_i, each with the law of some v ∈ V, of
surcharge δ_i.  Then every codebook E of K codes in the box ‖e‖_∞ ≤ 1 of R^n has

    A(E, r) ≤ (1/K) Σ_j C(n, j) ω_j b^j a^{n−j} + T + n M (ε + d² φ(1)/4) + 2n Φ(−(c − r)).

(II) Such masses: let q be a step function, the centres edges of its cells, of width w, each marked or not.  On a cell
with q = x φ(y − μ), x between e^{−iη} and e^{−kη}, i > k, and of normal mass p, put α = (p e^{−kη} − w q)/(e^{−kη} −
e^{−iη}), or more up to p, on i, and what is left of p on k.

(III) For every codebook E in the box, and r = r_1 + s(r_2 − r_1) with 0 ≤ s ≤ 1, 0 ≤ r_1 ≤ r_2,

    A(E, r) ≤ (1 − s) A(E, r_1) + s A(E, r_2) + s(1 − s) (r_2 − r_1)² φ(1) n.

(IV) FSQ with L_i levels in coordinate i, K = L_1 ⋯ L_n.  If no codebook E of K codes in the box has A(E, r_k) > B_k for
r_0 < … < r_N, then at every r ≥ 0 the difference A(E) − A(FSQ) is at most the largest of (1/K)(1 + r_0 √(2/π))^n −
A(FSQ, r_0), of 1 − A(FSQ, r_N), and of the bounds that (III) gives between neighbouring r_k, less A(FSQ).

(V) At every r ≥ 0 no codebook of 3^8 codes in the box of R^8 is more accurate than FSQ, {−1, 0, 1}^8, by more than
0.06.

Assumptions.  Equal priors, noise N(0, I_n), MAP decisions, codes scaled by r.  K and n are any; codes may coincide.

Proof.  (I) The dual bound is A ≤ (1/K) ∫ m + sup H(μ) over μ ∈ [−r, r]^n, H(μ) = ∫ (φ_n(y − μ) − m(y))⁺ dy.  ∫ m is a
sum over the 2^n sets of coordinates that may be marked, C(n, j) of them with j, each with the integral ω_j b^j a^{n−j};
with ω = 1 it is (∫q)^n (0).  As q and the marks are even, H(μ) does not change with the sign of a coordinate (1): let μ
≥ 0.  Where |y_i| ≥ c for some i, H gains at most Σ_i P(|Y_i| ≥ c), each at most 2Φ(−(c − r)) (2).  Elsewhere, let p and
q be of one coordinate, p' and q' the products of all others, k of which are marked: ∫∫ (p p' − ω q q')⁺ = ∫ p' h(ω
q'/p') with the curve h of the one, h^0 and ω = ω_k if it is unmarked, h^1 and ω_{k+1} if it is marked (3), which grows
with h.  A law on losses and marks is such a pair too, of masses a_j and a_j e^{−jη}, with the curves g; n laws make E(1
− ω_Z e^{−ΣS})⁺.  So each coordinate may be replaced by any for which h^0(ω_k t) + h^1(ω_{k+1} t) is larger for every k,
at t = q'/p' = e^{−S}, S the sum of the other losses, which is at least e^{−(n−1)Jη} (4).  Curves g, and as ω_k are
powers of e^η the sums f too, are linear between neighbouring t = e^{jη} and 0 from some on (5), so what holds at these
t holds at all that matter.

Mixtures.  If h ≤ Σ_v λ_v (f_v + δ_v) + ε for each k, then ∫ p' h, summed over what else is marked, is at most Σ_v λ_v
(∫ p' f_v + M δ_v) + M ε, as ∫ p' ≤ M in all; and a mean is at most the largest (6).  So replacing coordinates one after
the other, each by the best v, costs n M ε, and the surcharges of those taken.  Centres off the grid: for f with values
in L¹, the error of linear interpolation at λd between 0 and d is −∫_0^d G f'', with the kernel G(ν) = (1 − λ)ν up to λd
and λ(d − ν) beyond (7), of integral λ(1 − λ)d²/2 (8).  For f(ν) = φ(y − ν) its norm is at most that times ∫ |φ''|,
which is 4φ(1) (9).  Both sides are probability densities, so the positive part of the difference has half of that norm
(10): at most λ(1 − λ)d²φ(1) (11), and so at most d²φ(1)/4 (12).  By (x + y)⁺ ≤ x⁺ + y⁺ and convexity of x⁺ (13), h_μ ≤
(1 − λ)h_u + λh_{u+d} + d²φ(1)/4 for μ = u + λd: every centre of [0, r] is dominated up to ε + d²φ(1)/4, since this
holds on unmarked and marked y together.

(II) As centres are edges of cells, φ(y − μ) is monotone on each cell (14), and x = q/φ lies between its values at the
cell's edges, hence between nodes.  f(x) = (1 − tx)⁺ is at most its chord between two nodes X_1 = e^{−iη} < X_2 =
e^{−kη} (15, with 13), whose mean over the cell, of normal mass p and ∫ xφ = w q, is α f(X_1) + (p − α) f(X_2) (16).  As
f decreases, more at X_1 and more in all are on the safe side (17), and so is all of p at the lowest node if no node is
above x (18).  Fewer nodes dominate more: mass on a node between two that stay goes to both, with its mean kept (19).

Float64.  Masses, curves and convolutions are sums of m products of numbers that are not negative, which come out, in
whatever order, at least (1 − u)^{m+1} times the truth, u = 2^{−53}; raised by the factor 1 + 2(m + 4)u, with three more
roundings, they are above it (20, 21).  Rounding of differences of curves is added to ε; single constants are balls.
Sums of k losses of at most −(n − k)Jη + min log ω gain nothing, and may be dropped.

(III) K A(E, r) = ∫ max_k φ_n(y − r e_k) dy.  Let Δ_k be φ_n(y − r e_k) less its interpolation, (1 − s) φ_n(y − r_1 e_k)
+ s φ_n(y − r_2 e_k).  The maximum is at most 1 − s times that at r_1, s times that at r_2, and Σ_k Δ_k⁺, together (22,
23).  Along e_k, all else being equal, Δ_k is the error of (7) for d = (r_2 − r_1)‖e_k‖, so ∫ Δ_k⁺ ≤ s(1 − s) d² φ(1) by
(11), and ‖e_k‖² ≤ n (24).  The sum has K terms.

(IV) Up to r_0 the difference is at most (1/K)(1 + r√(2/π))^n − A(FSQ), which grows with r, by the claim cited.  A(FSQ)
is the product over coordinates of 1 − 2(1 − 1/L)Φ(−r/(L − 1)), by the claim cited, and each factor grows from 1/L on
(25): so beyond r_N, where A(E) ≤ 1, the difference is at most 1 − A(FSQ, r_N).  Between, on a part of [r_k, r_{k+1}],
the chord of the bounds is at most its larger end, s(1 − s) is at most that of the end nearer to ½, or ¼ (26), and
A(FSQ) at least what it is where the part begins.

(V) A certificate lists functions m, ratios r_k and bounds B_k.  (27) Each B_k of that for 3^8 is computed again, T as
the largest over all types of vertices, and (IV) gives δ.  Last, cross-checks.

Remarks.  (I)–(IV) hold whatever m; a good one is found by descent.  Certificates for other dimensions and levels state
their δ in the same way.  This file runs that for 3^8 alone and says nothing of the others: `fsq-theory verify
--certificates` checks them all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import grows_from, identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.normal import Phi, explicit, phi
from fsq_theory.claims.numbers import at_most
from fsq_theory.claims.step import Step

CLAIM = "accuracy-near-optimal"
SOURCE = "this project"
CONCLUDES = "certified"
WRONG = {
    "every set of j marked coordinates counted once": {"sets": 1},
    "½ λ(1 − λ)d²φ(1) for the error of interpolation": {"bend": sp.Rational(1, 2)},
    "d²φ(1)/8 for centres off the grid": {"middle": sp.Rational(1, 8)},
    "a chord below the convex function": {"flipped": True},
    "the two masses of a cell exchanged": {"exchanged": True},
    "sums of m products raised by 1 + (m + 4)u": {"raised": 1},
    "FSQ of 3^8 within 0.05": {"most": sp.Rational(1, 20)},
}

QUARTER = sp.Rational(1, 4)
IN_FULL = ((3, 8),)
MOST = sp.Rational(3, 50)

t, d, eta, P, w, c = sp.symbols("t d eta p w c", positive=True)
s, u, v, rest = sp.symbols("s u v R", nonnegative=True)
share, rate = sp.symbols("lambda kappa", nonnegative=True)
p1, q1, p2, q2 = sp.symbols("p_1 q_1 p_2 q_2", positive=True)
n, m, L, i, k = sp.symbols("n m L i k", integer=True, positive=True)
factor = sp.Symbol("omega", positive=True)
y, z, mu, nu, x = sp.symbols("y z mu nu x", real=True)


def derive(
    sets: Any = None,
    bend: Any = 1,
    middle: Any = QUARTER,
    flipped: bool = False,
    exchanged: bool = False,
    raised: Any = 2,
    most: Any = MOST,
) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        sets: how many sets of j coordinates there are among n; C(n, j) if None.
        bend: the constant before λ(1 − λ)d²φ(1), by which densities exceed their interpolation.
        middle: what λ(1 − λ) is at most.
        flipped: whether chords are taken for lower bounds.
        exchanged: whether the masses of a cell on its two nodes are exchanged.
        raised: the factor by which float64 sums are raised is 1 + raised · (m + 4)u; the statement has 2.
        most: what δ is at most for 3^8.
    """
    yield lemma(
        "dual bound",
        "A ≤ (1/K) ∫ m + sup_{e in box} ∫ (φ_n(y − re) − m(y))⁺ dy for every integrable m ≥ 0",
        claim="dual-bound",
    )
    yield from products(sets)
    yield from interpolation(bend, middle)
    yield from convexity(flipped)
    yield from cells(exchanged)
    yield from rounding(raised)
    yield from between()
    yield from against_fsq()
    yield from certificates(most)
    yield from cross_checks()


def density(at: Any) -> Any:
    """φ, by the exponential function."""
    return explicit(phi(at))


def products(sets: Any) -> Iterator[Step]:
    """The integral, reflection, truncation, and what a product needs to know of a coordinate."""
    j = sp.Symbol("j", integer=True, nonnegative=True)
    count = sp.binomial(n, j) if sets is None else sets
    yield identity(
        "0a. sets of marked coordinates",
        "C(n + 1, j + 1) = C(n, j) + C(n, j + 1), with the last coordinate or without it; so Σ_j C(n, j) b^j a^{n−j}",
        sp.binomial(n + 1, j + 1) if sets is None else sets,
        count + (sp.binomial(n, j + 1) if sets is None else sets),
    )
    integrals = sp.symbols("a b", positive=True)
    weights = sp.symbols("omega_0:4", positive=True)
    for size in (2, 3):
        chosen = list(product((0, 1), repeat=size))
        yield identity(
            f"0b. in {size} dimensions",
            "Σ over sets of marked coordinates of ω_j b^j a^{n−j}",
            sum(weights[sum(marks)] * sp.prod([integrals[mark] for mark in marks]) for marks in chosen),
            sum(
                (sp.binomial(size, at) if sets is None else sets)
                * weights[at]
                * integrals[1] ** at
                * integrals[0] ** (size - at)
                for at in range(size + 1)
            ),
        )
    yield identity("1. reflection", "φ(−y − μ) = φ(y − (−μ))", density(-y - mu), density(y - (-mu)))
    yield grows_from(
        "2. beyond the cells",
        "Φ(−x) − Φ(−x − u) ≥ 0 for u ≥ 0: so Φ(−(c − μ)) + Φ(−(c + μ)) ≤ 2Φ(−(c − μ)) ≤ 2Φ(−(c − r)), 0 ≤ μ ≤ r",
        Phi(-x) - Phi(-x - u),
        u,
        0,
        because=phi(x + u),
    )
    yield identity(
        "3. a product",
        "p p' − ω q q' = p' (p − ω t q) at t = q'/p'; as p' > 0, positive parts are so too",
        p1 * p2 - factor * q1 * q2,
        p2 * (p1 - factor * q2 / p2 * q1),
    )
    largest, short = sp.symbols("s U", positive=True)
    yield inequality(
        "4. which t matter",
        "e^{−(n−1)s} ≤ e^{−ΣS} for n − 1 losses S_i = s − u_i of at most s = Jη each, Σu_i = U > 0 (or U = 0)",
        sp.exp(-(n - 1) * largest),
        sp.exp(-(n - 1) * largest + short),
        because=sp.exp(-(n - 1) * largest) * 2 * sp.exp(short / 2) * sp.sinh(short / 2),
    )
    yield identity(
        "5a. between two nodes",
        "for t = (1 − λ)e^{jη} + λe^{(j+1)η}, 1 − te^{−iη} = (1 − λ)(1 − e^{(j−i)η}) + λ(1 − e^{(j+1−i)η})",
        1 - ((1 - share) * sp.exp(k * eta) + share * sp.exp((k + 1) * eta)) * sp.exp(-i * eta),
        (1 - share) * (1 - sp.exp((k - i) * eta)) + share * (1 - sp.exp((k + 1 - i) * eta)),
    )
    yield grows_from(
        "5b. of one sign",
        "e^s − 1 ≥ 0 for s ≥ 0: both terms are ≤ 0 for i ≤ j, ≥ 0 for i > j; so (1 − te^{−iη})⁺ is linear in between",
        sp.exp(s) - 1,
        s,
        0,
    )
    yield inequality(
        "6. a mean is at most the largest",
        "λ(b + s) + (1 − λ)b ≤ b + s, λ = 1/(1 + v)",
        (rest + s) / (1 + v) + rest * v / (1 + v),
        rest + s,
        because=s * v / (1 + v),
    )


def interpolation(bend: Any, middle: Any) -> Iterator[Step]:
    """How far the normal density is above its linear interpolation in its mean, in L¹."""
    f = sp.Function("f")
    first, second = (1 - share) * nu, share * (d - nu)
    for name, what, kernel in (
        ("7a. up to λd", "(G f' − G' f)' = G f'' for G = (1 − λ)ν", first),
        ("7b. beyond", "(G f' − G' f)' = G f'' for G = λ(d − ν)", second),
    ):
        slope = kernel * f(nu).diff(nu) - kernel.diff(nu) * f(nu)
        yield identity(name, what, sp.diff(slope, nu), kernel * f(nu).diff(nu, 2))
    values = {at: sp.symbols(f"f_{name} g_{name}", real=True) for at, name in ((0, 0), (share * d, 1), (d, 2))}

    def end(kernel: Any, at: Any) -> Any:
        value, slope = values[at]
        return kernel.subs(nu, at) * slope - kernel.diff(nu) * value

    yield identity(
        "7c. the error",
        "∫_0^d G f'' = [G f' − G' f] on [0, λd] and on [λd, d] = (1 − λ)f(0) + λf(d) − f(λd)",
        end(first, share * d) - end(first, 0) + end(second, d) - end(second, share * d),
        (1 - share) * values[0][0] + share * values[d][0] - values[share * d][0],
    )
    kernel = sp.integrate(first, (nu, 0, share * d)) + sp.integrate(second, (nu, share * d, d))
    yield identity("8. the kernel", "∫ G = λ(1 − λ)d²/2", kernel, share * (1 - share) * d**2 / 2)
    yield identity(
        "9a. the second derivative",
        "d²/dν² φ(y − ν) = (z² − 1)φ(z), z = y − ν",
        sp.diff(density(y - nu), nu, 2),
        ((y - nu) ** 2 - 1) * density(y - nu),
    )
    tail = z * density(z)
    yield identity("9b. an antiderivative", "(zφ)' = (1 − z²)φ", sp.diff(tail, z), (1 - z**2) * density(z))
    norm = 2 * (tail.subs(z, 1) - tail.subs(z, 0)) + 2 * (tail.subs(z, 1) - sp.limit(tail, z, sp.oo))
    yield identity("9c. its norm", "2∫_0^1 (1 − z²)φ + 2∫_1^∞ (z² − 1)φ = 4φ(1)", norm, 4 * density(1))
    yield identity(
        "10. positive parts",
        "x⁺ = (x + |x|)/2, with x = p_1 − q_1, |x| = p_1 + q_1: ∫ x⁺ = ½ ∫ |x| if ∫ x = 0",
        ((p1 - q1) + (p1 + q1)) / 2,
        p1,
    )
    yield identity(
        "11. together",
        "½ · λ(1 − λ)d²/2 · 4φ(1) = λ(1 − λ)d²φ(1)",
        kernel * norm / 2,
        bend * share * (1 - share) * d**2 * density(1),
    )
    yield inequality(
        "12. at most a quarter",
        "λ(1 − λ) ≤ ¼, by (½ − λ)²",
        nu * (1 - nu),
        middle,
        because=(sp.Rational(1, 2) - nu) ** 2,
    )


def convexity(flipped: bool) -> Iterator[Step]:
    """Positive parts are sublinear."""
    combined, parts = share * (p1 - q1) + rate * (p2 - q2), share * p1 + rate * p2
    low, high = (parts, combined) if flipped else (combined, parts)
    yield inequality(
        "13a. positive parts of sums",
        "λx + κy ≤ λx⁺ + κy⁺ for λ, κ ≥ 0, with x = p_1 − q_1, p_1 = x⁺ and y = p_2 − q_2, p_2 = y⁺",
        low,
        high,
        because=(share * q1 + rate * q2) * (-1 if flipped else 1),
    )
    yield inequality("13b. and 0", "0 ≤ λx⁺ + κy⁺; so (λx + κy)⁺ ≤ λx⁺ + κy⁺", 0, parts)


def cells(exchanged: bool) -> Iterator[Step]:
    """Masses on nodes for the cells of a step function."""
    yield inequality(
        "14. φ is monotone on a cell",
        "(y − μ)² grows away from μ: u² ≤ (u + s)² for u, s ≥ 0",
        u**2,
        (u + s) ** 2,
        because=s * (2 * u + s),
    )
    low, gap, ratio, area = sp.symbols("X_1 g x Q", positive=True)
    high = low + gap
    weight = (high - ratio) / gap
    yield identity(
        "15. the chord",
        "1 − tx = λ(1 − tX_1) + (1 − λ)(1 − tX_2) for λ = (X_2 − x)/(X_2 − X_1)",
        1 - t * ratio,
        weight * (1 - t * low) + (1 - weight) * (1 - t * high),
    )
    lower = (P * high - area) / gap
    first, second = (P - lower, lower) if exchanged else (lower, P - lower)
    yield identity(
        "16. its mean over a cell",
        "α X_1 + (p − α)X_2 = Q for α = (p X_2 − Q)/(X_2 − X_1), the integral of λφ; Q is that of xφ",
        first * low + second * high,
        area,
    )
    a, f2, drop = sp.symbols("a f_2 f", nonnegative=True)
    yield inequality(
        "17. more on the lower node, and more in all",
        "α f_1 + (p − α)f_2 ≤ (α + u)f_1 + (p − α − u + v)f_2 for f_1 = f_2 + f",
        a * (f2 + drop) + (P - a) * f2,
        (a + u) * (f2 + drop) + (P - a - u + v) * f2,
        because=u * drop + v * f2,
    )
    yield inequality("18. above the nodes", "1 − tx ≤ 1 − tX_1 for x = X_1 + s", 1 - t * (low + s), 1 - t * low, t * s)
    kept = (1 - sp.exp(-k * eta)) / (1 - sp.exp(-m * eta))
    yield identity(
        "19. fewer nodes",
        "(1 − λ) + λe^{−mη} = e^{−kη} for λ = (1 − e^{−kη})/(1 − e^{−mη}): λ goes to mη, 1 − λ to 0",
        (1 - kept) + kept * sp.exp(-m * eta),
        sp.exp(-k * eta),
    )


def rounding(raised: Any) -> Iterator[Step]:
    """Float64 sums of numbers that are not negative, from above."""
    yield lemma(
        "rounding of sums",
        "sums of m products of float64 numbers ≥ 0 are at least (1 − u)^{m+1} times the truth, u = 2^{−53}",
        proof="Each product and each addition is exact but for a factor of at least 1 − u (IEEE 754, to nearest; what"
        " underflows is made up for by a constant that is added).  A product takes part in at most m − 1 additions; all"
        " terms are ≥ 0, so that their sum is at least (1 − u)^m times the exact one.",
    )
    unit = sp.Symbol("u", positive=True)
    yield inequality(
        "20. Bernoulli's inequality",
        "(1 − Nu)(1 − u) ≥ 1 − (N + 1)u: by induction (1 − u)^N ≥ 1 − Nu",
        1 - (n + 1) * unit,
        (1 - n * unit) * (1 - unit),
        because=n * unit**2,
    )
    small = 1 / (8 * (1 + v) * (m + 5))  # u, with (m + 5)u anywhere in (0, 1/8]
    yield inequality(
        "21. raised",
        "1 ≤ (1 + 2(m + 4)u)(1 − (m + 5)u) for (m + 5)u ≤ 1/8: m + 1 roundings of a sum, three of this, one spare",
        1,
        (1 + raised * (m + 4) * small) * (1 - (m + 5) * small),
        because=small * (m + 3 - (m + 4) / (4 * (1 + v))),
    )


def between() -> Iterator[Step]:
    """Accuracy is nearly convex in r."""
    top, other = sp.symbols("X Y", real=True)
    yield inequality(
        "22. maximum of sums",
        "x + Δ ≤ X + Δ⁺ + R for x = X − s, Δ = p_1 − q_1, Δ⁺ = p_1, and R ≥ 0 the other Δ_k⁺",
        (top - s) + (p1 - q1),
        top + p1 + rest,
        because=s + q1 + rest,
    )
    yield inequality(
        "23. maximum of mixtures",
        "κx + λy ≤ κX + λY for κ, λ ≥ 0, x = X − s, y = Y − u",
        rate * (top - s) + share * (other - u),
        rate * top + share * other,
        because=rate * s + share * u,
    )
    yield inequality(
        "24. in the box",
        "e² ≤ 1 for e = (1 − t)/(1 + t), t > 0, the inside of [−1, 1]; so ‖e‖² ≤ n",
        ((1 - t) / (1 + t)) ** 2,
        1,
        because=4 * t / (1 + t) ** 2,
    )


def against_fsq() -> Iterator[Step]:
    """FSQ's accuracy grows, and what is known of both ends."""
    r = sp.Symbol("r", positive=True)
    levels = L + 1
    digit = 1 - 2 * (1 - 1 / levels) * Phi(-r / L)
    yield lemma("FSQ's accuracy", "A(FSQ) = Π_i [1 − 2(1 − 1/L_i) Φ(−r/(L_i − 1))]", claim="product-laws")
    yield lemma(
        "low SNR", "A(E) − A(FSQ) ≤ (1/K)(1 + r√(2/π))^n − A(FSQ), which grows with r", claim="accuracy-low-snr"
    )
    yield identity("25a. a digit at r = 0", "1 − (1 − 1/L) = 1/L", digit.subs(r, 0), 1 / levels)
    yield grows_from(
        "25b. and grows",
        "d/dr [1 − 2(1 − 1/L)Φ(−r/(L − 1))] = (2/L)φ(r/(L − 1)) > 0, L − 1 = 1, 2, …",
        digit,
        r,
        0,
        because=2 * phi(r / L) / levels,
        strict=True,
    )
    yield identity(
        "26. which end is nearer to ½",
        "(s + u)(1 − s − u) − s(1 − s) = u(1 − 2s − u), positive while s + u/2 < ½",
        (s + u) * (1 - s - u) - s * (1 - s),
        u * (1 - 2 * s - u),
    )


def certificates(most: Any) -> Iterator[Step]:
    """Certificates of which every bound is computed again."""
    from fsq_theory.certificates.dual_bound_kind import statement
    from fsq_theory.certificates.files import certificate_paths, read_certificate
    from fsq_theory.certificates.steps import certificate_step

    for number, (base, dimensions) in enumerate(IN_FULL, 27):
        name = f"near-optimal-base-{base}-n-{dimensions}"
        (path,) = certificate_paths([name])
        delta = read_certificate(path)["delta"]
        size = f"{base}^{dimensions}"
        yield inequality(f"{number}a. {size}, its δ", f"{delta} ≤ {float(most):g}", sp.Rational(delta), most)
        yield certificate_step(f"{number}b. {size}, certified", name, CLAIM, statement(base, dimensions, delta))


def cross_checks() -> Iterator[Step]:
    """Bounds against those of functions tuned by hand, and accuracies of FSQ and of other codebooks against bounds."""
    import numpy as np

    from fsq_theory.certificates.files import certificate_paths, read_certificate
    from fsq_theory.certificates.function_table import FunctionTable, function_table
    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.codebooks.construction_a import codewords
    from fsq_theory.denoiser.accuracy.accuracy import accuracy
    from fsq_theory.denoiser.accuracy.converse.bound import dual_bound

    def bound(name: str, at: str, tokens: int | None = None) -> float:
        """B with the function of a certificate, or for fewer tokens with m smaller in proportion."""
        (path,) = certificate_paths([f"near-optimal-base-{name}"])
        kept = read_certificate(path)
        full = kept["levels"] ** kept["n"]
        table = function_table(kept, kept["n"])
        heights = table.heights + np.log((tokens or full) / full) / kept["n"]
        lower = FunctionTable(table.rates, heights, table.marks)
        return dual_bound(lower.at(Fraction(at), Fraction(1, 20)), kept["n"], tokens or full).value

    def sampled(codes: Any, r: float) -> float:
        """A, from 20000 draws."""
        draws = np.random.default_rng(0)
        sent = draws.integers(len(codes), size=20000)
        seen = r * codes[sent] + draws.standard_normal((20000, codes.shape[1]))
        decided = (r * seen @ codes.T - r**2 * (codes**2).sum(axis=1) / 2).argmax(axis=1)
        return float((decided == sent).mean())

    bounds = {}
    for at, tuned in (("1", 0.5195), ("1.5", 0.7647), ("2", 0.9187), ("2.5", 0.9825)):
        bounds[at] = bound("2-n-4", at)
        yield at_most(f"2^4, r = {at}: by hand", "B ≤ the bound with a q tuned by hand", bounds[at], tuned)
        yield at_most(f"2^4, r = {at}: FSQ", "A(FSQ) ≤ B", float(accuracy("bits:4", r=float(at)).value), bounds[at])
    signs = np.array(list(product((-1.0, 1.0), repeat=4)))
    faces = np.concatenate([signs[signs.prod(axis=1) > 0], np.eye(4), -np.eye(4)])
    origin = np.concatenate([signs[1:], np.zeros((1, 4))])
    for name, codes in (("half the corners, 8 centres of faces", faces), ("one corner moved to 0", origin)):
        found, slack = sampled(codes, 2.0), 2.5 / 20000**0.5
        yield at_most(f"2^4, r = 2: {name}", "A ≤ B, to 5 standard errors", found, bounds["2"], slack)
    hamming = (
        2.0 * codewords([[1, 0, 0, 0, 0, 1, 1], [0, 1, 0, 0, 1, 0, 1], [0, 0, 1, 0, 1, 1, 0], [0, 0, 0, 1] + 3 * [1]])
        - 1
    )
    found, slack = sampled(hamming, 1.0), 2.5 / 20000**0.5
    yield at_most("Hamming's 16 codes, r = 1", "A ≤ B, to 5 standard errors", found, bound("2-n-7", "1", 16), slack)
    ring = np.exp(2j * np.pi * np.arange(8) / 8)
    circle = np.append(np.stack([ring.real, ring.imag], axis=1), np.zeros((1, 2)), axis=0)
    plane = bound("3-n-2", "3")
    for name, found in (
        ("FSQ", accuracy("fsq:3,3", r=3.0)),
        ("8 on a circle and 0", accuracy(ArrayCodebook(circle), r=3.0)),
    ):
        yield at_most(f"3², r = 3: {name}", "A ≤ B", float(found.value), plane)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
