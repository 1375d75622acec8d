"""When FSQ is a local maximiser of accuracy in the box, and when it is not, for any levels.

Statement.  Let E be FSQ with L_1, …, L_n ≥ 2 levels, r > 0, and ρ_i = r/(L_i − 1).  A digit of the axis i has P_{i,k}
= Φ(ρ_i) if it is at an end, k = 0 or L_i − 1, and 2Φ(ρ_i) − 1 if it is inner.  Put q_i = 2Φ(ρ_i) − 1 − 2ρ_iφ(ρ_i) =
E[Z²; |Z| < ρ_i], θ_i = π/(2(L_i − 1)), λ_i = 4 sin²θ_i and

    μ_i = max_u Σ_{k=0}^{L_i−2} (u_{k+1} − u_k)² / Σ_{k=0}^{L_i−1} P_{i,k} u_k².

For every i with L_i ≥ 3 compare

    ρ_i φ(ρ_i) λ_i    with    q_i Σ_{a≠i} φ(ρ_a) μ_a/ρ_a.

If the left side is the greater one for each of them, E is a strict local maximiser of A(·, r) among K codes in the
box; if it is the smaller one for some i, E is no local maximiser.  With L levels in every dimension, and P_end, P_int
for the two values of P, the comparison is of ρ²λ with (n − 1) q μ, and for L = 3, λ = 2 and μ = 2/P_int + 1/P_end.  In
particular FSQ is

(a) a strict local maximiser at every r for L = 2, for n = 1, and for L = 3, n ≤ 3;

(b) a strict local maximiser for L levels in each of n dimensions once ρ ≥ √(n − 1)/sin θ;

(c) no local maximiser where (n − 1) e^{−ρ²/2} cot²θ > 3: for L ≥ 5, n ≥ 2 and for L = 4, n ≥ 3 at every r ≤ L − 1;

(d) no local maximiser for L = 3, n ≥ 4 at every r ≤ 1, nor for L = 4, n = 2 at every r ≤ 1/4;

(e) no local maximiser with 3 ≤ L_i < L_a for some axes once ρ_i ≥ 3/κ, κ = ½(1 − (L_i − 1)²/(L_a − 1)²).

So with equal levels, L ≥ 3 and n ≥ 2, only base 3 with n ≤ 3 is a local maximiser at every r; all the others are not
at low SNR and are again at high SNR.  With unequal levels, all ≥ 3, it is none at high SNR.

Assumptions.  Equal priors, noise N(0, I_n), MAP decisions, ‖e‖_∞ ≤ 1.

Proof.  Write F = K A = ∫ max_k f_k dx, f_k(x) = φ_n(x − r e_k), k the digits of a code, and z = x − r e_k.  The cell
of k is |z_i| < ρ_i in coordinates whose digit is inner, and z_i < ρ_i or z_i > −ρ_i where it is at an end; its measure
is the product of P.

Signs: (4, 5) by lemma 1 the derivative of F along the coordinate i of e_k is r ∫ z_i f_k over the cell, which is 0 for
an inner digit and −r φ(ρ_i) times positive factors, inwards, for an end digit.  With lemma 3 it remains to find the
sign of D²F on motions V of the inner coordinates alone.

Form: by lemma 2 with ∇f_k − ∇f_j = −(z_k − z_j) f, whose norm is 2ρ_a f for neighbours along the axis a, and Df_k[V_k]
= r z·V_k f_k,

    D²F[V,V]/r² = Σ_k E[((Z·V_k)² − ‖V_k‖²); cell k]
                + Σ_{neighbours k, j} (1/2ρ_a) ∫_facet (z_k·V_k − z_j·V_j)² φ_n(z_k) dS.

Facets between cells that are not neighbours on the grid have dimension below n − 1.  Cells and facets are products.  A
cross term of two coordinates has the factor ∫ z φ over the cell of an inner digit, which is 0, or a motion at an end
digit, which is 0 too.  So a cell takes 2ρ_iφ(ρ_i) V_{k,i}² Π_{l≠i} P_l for each coordinate (7).  On the facet between
k and j = k + one step along a, z_{k,a} = ρ_a and z_{j,a} = −ρ_a, and the others agree, so it gives φ(ρ_a)[ρ_a²(V_{k,a}
+ V_{j,a})² Π_{l≠a} P_l + Σ_{i≠a} q_i (V_{k,i} − V_{j,i})² Π_{l≠a,i} P_l] (8).  As (v + w)² = 2v² + 2w² − (v − w)², and
an inner digit has two edges along its own axis, the squares of single motions cancel against the cells (9), and D²F/r²
= Σ_i Q_i(V_{·,i}) with

    Q_i(v) = −½ρ_iφ(ρ_i) Σ_{edges along i} (v_k − v_j)² Π_{l≠i} P_l
             + Σ_{a≠i} (φ(ρ_a) q_i/2ρ_a) Σ_{edges along a} (v_k − v_j)² Π_{l≠a,i} P_l,

v = 0 at end digits of i.  (10) redoes this without any of the shortcuts, symbol by symbol, for small grids.

Sign: on a line of the axis i, v is 0 at both ends, and Σ (v_{k+1} − v_k)² ≥ λ_i Σ v_k² with equality for s_k = sin
2θ_ik (11).  Along any other axis Σ (v_{k+1} − v_k)² ≤ μ_a Σ P_{a,k} v_k² by definition.  So Q_i(v) ≤ ½(q_i Σ_a
φ(ρ_a)μ_a/ρ_a − ρ_iφ(ρ_i)λ_i) Σ_k v_k² Π_{l≠i} P_l, and for v = s along i times u along every other axis, Q_i has that
form with μ_a replaced by u's quotient (12): equality for the best u, and a motion that raises A for any u whose
quotients make the bracket positive.

L = 3: (13).  Bounds on P_int and q, and rational ones on e^v and φ(0): (14).

(a) L = 2 has no inner coordinates, and n = 1 nothing on the right.  L = 3, n ≤ 3: (n − 1) q μ ≤ 2q(2/P_int + 1/P_end)
< 2ρ² by q < ρ²P_int/3 and P_int < P_end (15).  (b) (u_{k+1} − u_k)² ≤ 2u_{k+1}² + 2u_k² and P_end > P_int give μ ≤
4/P_int, and q < P_int (16).  (c) u_k = (−1)^k s_k has Σ (u_{k+1} − u_k)² = (4 − λ) Σ s_k² = 4cos²θ Σ s_k² and vanishes
at the ends, so μ ≥ 4cos²θ/P_int; and q ≥ (ρ²/3) e^{−ρ²/2} P_int (17).  (d) L = 3: (18).  L = 4: u = (−ε, 1, −1, ε)
with ε = P_int/2 (19).  In both the right side grows with n.  (e) φ(ρ_a)/φ(ρ_i) = e^{κρ_i²} outgrows ρ_iρ_a (20).

(21) Numerical cross-checks.

Remarks.  The motion that pays shifts neighbouring rows of the inner tokens against each other, as staggering does.
With equal levels the effect is small: for 5 × 5 at r = 6 the best multiple of that motion takes A from 0.79764 to
0.79780, and a gradient search from there ends at 0.79781.  With unequal levels it is large: 8 × 5 staggered has 0.9516
against 0.9223 at r = 12.  The ranges of (c) to (e) are not sharp: 5 × 5 is no local maximiser up to r = 9.27, where A
= 0.968, and 4 × 4 up to r = 2.49; for base 3 see accuracy_local_base_3_thresholds.py.  FSQ's own tables, [8,5,5,5] and
the like, are none at any r that was tried (21c).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import product
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import enumeration, grows_from, identity, inequality, polynomial_positive
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.normal import Phi, explicit, phi
from fsq_theory.claims.numbers import agreement, at_most
from fsq_theory.claims.step import Step

CLAIM = "accuracy-local-every-base"
SOURCE = "this project"
CONCLUDES = "proved"
WRONG = {
    "facets count twice": {"facet": 2},
    "λ = 4 sin²(π/(2L))": {"fixed": 0},
    "base 3 is a local maximiser at every r for n = 4": {"most": 4},
    "q < ρ²P_int/4": {"variance": 4},
    "base 3 is no local maximiser at low SNR for n = 3": {"least": 3},
    "unequal levels: q_i φ(ρ_a) μ_a/ρ_a > 2ρ_iφ(ρ_i) already for ρ_i ≥ 2/κ": {"reach": 2},
}

rho, a, b, c, P, gap = sp.symbols("rho a b c P g", positive=True)
p, s, t, v, w, z = sp.symbols("p s t v w z", real=True)
n, L = sp.symbols("n L", integer=True, positive=True)
k = sp.Symbol("k", integer=True)
theta = sp.Symbol("theta", positive=True)
INNER = 2 * Phi(rho) - 1
SECOND = INNER - 2 * rho * phi(rho)


def density(at: Any) -> Any:
    """φ, by the exponential function."""
    return explicit(phi(at))


def derive(
    facet: Any = 1, fixed: int = 1, most: int = 3, variance: Any = 3, least: int = 4, reach: Any = 3
) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        facet: how often each facet counts; once in the statement.
        fixed: λ = 4 sin²(π/(2(L − fixed))); the statement has 1.
        most: largest n at which base 3 is to be a local maximiser at every r; the statement has 3.
        variance: the constant below ρ² that bounds q/P_int; the statement has 3.
        least: smallest n at which base 3 is to be no local maximiser at low SNR; the statement has 4.
        reach: κρ_i from which unequal levels are no local maximiser; the statement has 3.
    """
    yield from lemmas()
    yield from first_order()
    yield from second_order(facet)
    yield from signs(fixed)
    yield from bounds(variance)
    yield from maximisers(most)
    yield from not_maximisers(least)
    yield from unequal_levels(reach)
    yield from cross_checks()


def lemmas() -> Iterator[Step]:
    """Calculus: the derivatives of ∫ max_k f_k, and conditions of second order."""
    yield lemma(
        "1. first derivative",
        "With distinct codes F = ∫ max_k f_k dx is differentiable, and DF[V] = Σ_k ∫_{C_k} Df_k[V_k] over the cells",
        claim="accuracy-local-base-2",
        proof="""its lemma 1: the integrand is Lipschitz in the codes with an
        integrable constant and differentiable off the hyperplanes f_k = f_j; dominated convergence.""",
    )
    yield lemma(
        "2. second derivative",
        "With distinct codes, F is twice continuously differentiable near E, and D²F[V,V] = Σ_k ∫_{C_k} D²f_k[V_k,V_k]"
        " + Σ_{k<j} ∫_{C_k ∩ C_j} (Df_k[V_k] − Df_j[V_j])²/‖∇f_k − ∇f_j‖ dS",
        proof="""By lemma 1, DF[V] = Σ_k ∫_{C_k} g_k with g_k = Df_k[V_k], and C_k is the intersection of the
        half-spaces h_kj = log f_k − log f_j ≥ 0. h_kj is affine in x with gradient r(e_k − e_j) ≠ 0, and for one k
        the planes h_kj = 0 are distinct, as e_j is the mirror image of e_k. Let every half-space, and g_k, have a
        parameter of its own. If one plane h = 0 alone moves, h becoming h + τh', the integral changes by that of g_k
        between its old and its new place. In coordinates (ν, y) normal to and along the old plane the new one is ν =
        −τh'(y)/‖∇h‖ + o(τ)(1 + ‖y‖²), and the indicator of the other half-spaces at (ν, y) tends to that at (0, y) as
        ν → 0 unless y is on another plane, which has measure 0 in this one. g_k decays as a Gaussian, so by dominated
        convergence the derivative is ∫ g_k h'/‖∇h‖ dS over the facet C_k ∩ C_j. In the same way, carrying the plane
        to a fixed one by a rigid motion that depends continuously on it, that derivative is continuous in all
        parameters together, and the derivative by g_k's parameter is so too. Hence the integral is continuously
        differentiable in all parameters, and by the chain rule in the codes: D²F[V,V] = Σ_k ∫_{C_k} Dg_k + Σ_k Σ_j
        ∫_{C_k ∩ C_j} g_k Dh_kj/‖∇h_kj‖ dS. On that facet f_k = f_j = f, so Dh_kj = (g_k − g_j)/f and ‖∇h_kj‖ = ‖∇f_k
        − ∇f_j‖/f; the pairs (k, j) and (j, k) add as in step 6.""",
    )
    yield lemma(
        "3. conditions of second order",
        "Let F be twice continuously differentiable near 0, and let motions be (x, y) with x ≥ 0, y free and small."
        " If ∂F/∂x_i < 0 for every i and ∂F/∂y = 0 at 0, then 0 is a strict local maximum if D²F is negative definite"
        " in y, and no local maximum if D²F[y,y] > 0 for some y",
        proof="""By Taylor, F(x, y) − F(0) ≤ −c‖x‖ − m‖y‖² + C‖x‖(‖x‖ + ‖y‖) + o(‖x‖² + ‖y‖²) with c, m > 0, negative
        for small (x, y) ≠ 0. And F(0, τy) − F(0) = ½τ²D²F[y,y] + o(τ²) > 0 for small τ ≠ 0.""",
    )


def first_order() -> Iterator[Step]:
    """Moments of one digit, and the sign of first derivatives."""
    inner = [sp.integrate(z**power * density(z), (z, -rho, rho)) for power in range(3)]
    yield identity("4a. inner digit, mass", "∫_{−ρ}^ρ φ = 2Φ(ρ) − 1 = P_int", inner[0], explicit(INNER))
    yield identity("4b. inner digit, mean", "∫_{−ρ}^ρ z φ dz = 0", inner[1], 0)
    yield identity("4c. inner digit, square", "∫_{−ρ}^ρ z² φ dz = P_int − 2ρφ(ρ) = q", inner[2], explicit(SECOND))
    end = sp.integrate(z * density(z), (z, -rho, sp.oo)).rewrite(sp.erf)
    yield identity("4d. end digit, mean", "∫_{−ρ}^∞ z φ dz = φ(ρ), outwards", end, density(rho))
    r = sp.Symbol("r", positive=True)
    yield inequality(
        "5. inwards",
        "the derivative of F along an end coordinate, inwards, is −r ∫_{−ρ}^∞ z φ dz ΠP = −r φ(ρ) ΠP < 0",
        -r * end * P,
        0,
        because=r * density(rho) * P,
        strict=True,
    )


def second_order(facet: Any) -> Iterator[Step]:
    """The second derivative on motions of the inner coordinates."""
    yield identity(
        "6. the two sides of a facet",
        "g_k (g_k − g_j)/N + g_j (g_j − g_k)/N = (g_k − g_j)²/N",
        (v * (v - w) + w * (w - v)) / a,
        facet * (v - w) ** 2 / a,
    )
    P1, P2, q1, q2, f, Z1, Z2 = sp.symbols("P_1 P_2 q_1 q_2 f z_1 z_2")
    rules = [{0: P1, 1: 0, 2: q1}, {0: P2, 1: 0, 2: q2}]

    def mean(polynomial: Any) -> Any:
        """Its integral over inner digits of two axes."""
        terms = sp.Poly(polynomial, Z1, Z2).terms()
        return sum(coefficient * rules[0][one] * rules[1][two] for (one, two), coefficient in terms)

    rho1, rho2, f1, f2 = sp.symbols("rho_1 rho_2 f_1 f_2", positive=True)
    yield identity(
        "7. cells",
        "E[(z_1 v + z_2 w)² − v² − w²] over two inner digits is −2ρ_1φ(ρ_1) v² P_2 − 2ρ_2φ(ρ_2) w² P_1",
        mean((Z1 * v + Z2 * w) ** 2 - v**2 - w**2).subs({q1: P1 - 2 * rho1 * f1, q2: P2 - 2 * rho2 * f2}),
        -2 * rho1 * f1 * v**2 * P2 - 2 * rho2 * f2 * w**2 * P1,
    )
    yield identity(
        "8. facets",
        "E[(ρ(v + w) + z_1 s + z_2 t)²] over two inner digits is ρ²(v + w)² P_1P_2 + s² q_1P_2 + t² q_2P_1",
        mean((rho * (v + w) + Z1 * s + Z2 * t) ** 2),
        rho**2 * (v + w) ** 2 * P1 * P2 + s**2 * q1 * P2 + t**2 * q2 * P1,
    )
    yield identity(
        "9a. an edge",
        "(1/2ρ) φ ρ² (v + w)² = (ρφ/2)(2v² + 2w²) − (ρφ/2)(v − w)²",
        f * rho**2 * (v + w) ** 2 / (2 * rho),
        rho * f / 2 * (2 * v**2 + 2 * w**2) - rho * f / 2 * (v - w) ** 2,
    )
    yield identity(
        "9b. a token",
        "2 edges × (ρφ/2) 2v² = 2ρφ v², what the cell takes",
        2 * rho * f / 2 * 2 * v**2,
        2 * rho * f * v**2,
    )
    yield enumeration(
        "10. small grids, from cells and facets",
        "the sum over cells and facets is Σ_i Q_i, for all motions of inner coordinates and all ρ, φ(ρ), P by axis",
        [("×".join(map(str, levels)), decouples(levels, facet)) for levels in ((4, 3), (5, 2), (3, 3, 3))],
    )


def decouples(levels: tuple[int, ...], facet: Any) -> bool:
    """Whether D²F/r², from the sum over cells and facets with every cross term, is Σ_i Q_i for a small grid."""
    axes = range(len(levels))
    half, f, inner, end, tail = (
        sp.symbols(f"{name}_:{len(levels)}") for name in ("rho", "f", "P_int", "P_end", "tail")
    )
    square = [inner[i] - 2 * half[i] * f[i] for i in axes]
    tokens = list(product(*map(range, levels)))
    motion = {
        (token, i): 0 if token[i] in (0, levels[i] - 1) else sp.Symbol(f"v_{i}_" + "".join(map(str, token)))
        for token in tokens
        for i in axes
    }
    moments = [
        [(end[i], -f[i], tail[i]), *[(inner[i], 0, square[i])] * (levels[i] - 2), (end[i], f[i], tail[i])] for i in axes
    ]

    def mass(digits: dict[int, int], *without: int) -> Any:
        return sp.prod([moments[i][d][0] for i, d in digits.items() if i not in without])

    def mean_square(constant: Any, coefficients: list[Any], digits: dict[int, int]) -> Any:
        """Mean of (constant + Σ c_i z_i)² over the cells of the digits, term by term."""
        total = constant**2 * mass(digits)
        for i, d in digits.items():
            linear = 2 * constant * coefficients[i] * moments[i][d][1]
            total += (linear + coefficients[i] ** 2 * moments[i][d][2]) * mass(digits, i)
            for j in [j for j in digits if j < i]:
                both = moments[i][d][1] * moments[j][digits[j]][1]
                total += 2 * coefficients[i] * coefficients[j] * both * mass(digits, i, j)
        return total

    difference: Any = 0
    for token in tokens:
        digits, moves = dict(enumerate(token)), [motion[token, i] for i in axes]
        difference += mean_square(0, moves, digits) - sum(m**2 for m in moves) * mass(digits)
        for a in axes:
            if token[a] == levels[a] - 1:
                continue
            after = tuple(d + (i == a) for i, d in enumerate(token))
            change = [motion[token, i] - motion[after, i] for i in axes]
            across = {i: d for i, d in digits.items() if i != a}
            shift = half[a] * (motion[token, a] + motion[after, a])
            difference += facet * f[a] / (2 * half[a]) * mean_square(shift, change, across)
            for i in axes:
                weight = -half[i] * f[i] / 2 if i == a else f[a] * square[i] / (2 * half[a])
                difference -= weight * change[i] ** 2 * mass(digits, a, i)
    return bool(sp.expand(difference) == 0)


def signs(fixed: int) -> Iterator[Step]:
    """The largest values of the two quadratic forms along an axis."""
    eigen = 4 * sp.sin(theta) ** 2
    profile = sp.sin(2 * theta * k)
    yield identity(
        "11a. one edge",
        "(w − v)² = (1 − s/s')w² + (1 − s'/s)v² + s s'(w/s' − v/s)² for the profile's values s, s' > 0 at its ends",
        (w - v) ** 2,
        (1 - a / b) * w**2 + (1 - b / a) * v**2 + a * b * (w / b - v / a) ** 2,
    )
    yield identity(
        "11b. one token",
        "2 − (s_{k−1} + s_{k+1})/s_k = λ for s_k = sin 2θk, the sum of v_k²'s two coefficients",
        sp.expand_trig(sp.expand(2 * profile - (profile.subs(k, k - 1) + profile.subs(k, k + 1)) - eigen * profile)),
        0,
    )
    yield identity(
        "11c. the ends",
        "s_0 = s_{L−1} = 0, as v is, and s_k > 0 between: there (w − 0)² = (1 − 0)w² is the first line",
        sp.sin(2 * sp.pi / (2 * (L - fixed)) * (L - 1)),
        0,
    )
    S, U, quotient, f, q = sp.symbols("S U D f q", positive=True)
    yield identity(
        "12. products",
        "s along i, Σs² = S, Σ(Δs)² = λS; u along the others with ΣPu² = U, Σ(Δu)² = μU: each a adds"
        " (φ(ρ_a)q_i/2ρ_a) μ S U^{n−1}, and the axis i −½ρ_iφ(ρ_i)λ S U^{n−1};"
        " n equal axes: (φ/2ρ)((n − 1) q μ − ρ²λ) S U^{n−1}",
        -rho * f / 2 * (a * S) * U ** (n - 1) + (n - 1) * f * q / (2 * rho) * S * (quotient * U) * U ** (n - 2),
        f / (2 * rho) * ((n - 1) * q * quotient - rho**2 * a) * S * U ** (n - 1),
    )
    E = P + gap
    largest = 2 / P + 1 / E
    yield identity(
        "13a. L = 3, largest quotient",
        "(2/P_int + 1/P_end)(P_end(u_0² + u_2²) + P_int u_1²) − (u_0 − u_1)² − (u_1 − u_2)² ="
        " (P_int/2P_end)[(2P_end u_0/P_int + u_1)² + (2P_end u_2/P_int + u_1)²]",
        largest * (E * (v**2 + w**2) + P * s**2) - (v - s) ** 2 - (s - w) ** 2,
        P / (2 * E) * ((2 * E * v / P + s) ** 2 + (2 * E * w / P + s) ** 2),
    )
    yield identity("13b. L = 3, along the axis", "λ = 4 sin²(π/4) = 2", eigen.subs(theta, sp.pi / 4), 2)


def bounds(variance: Any) -> Iterator[Step]:
    """Bounds on P_int, q and q/P_int."""
    yield grows_from("14a. q > 0", "P_int − 2ρφ(ρ) is 0 at 0, with the derivative 2ρ²φ(ρ)", SECOND, rho, 0, strict=True)
    yield grows_from(
        "14b. q from below",
        "q − (2/3)ρ³φ(ρ) is 0 at 0, with the derivative (2/3)ρ⁴φ(ρ)",
        SECOND - sp.Rational(2, 3) * rho**3 * phi(rho),
        rho,
        0,
        because=sp.Rational(2, 3) * rho**4 * phi(rho),
        strict=True,
    )
    yield grows_from(
        "14c. P_int from above",
        "2ρφ(0) − P_int is 0 at 0, with the derivative 2φ(0)(1 − e^{−ρ²/2}); with 14b, q/P_int > (ρ²/3) e^{−ρ²/2}",
        explicit(2 * rho * phi(0) - INNER),
        rho,
        0,
        because=4 * explicit(phi(0)) * sp.exp(-(rho**2) / 4) * sp.sinh(rho**2 / 4),
        strict=True,
    )
    above = rho**2 * INNER / variance - SECOND
    yield identity("14d. q from above, start", "ρ²P_int/3 − q is 0 at 0", above.subs(rho, 0), 0)
    yield identity(
        "14e. and slope",
        "its derivative is (2ρ/3) q > 0 (14a): the variance of Z cut off at ±ρ is below that of the uniform law",
        sp.diff(above, rho),
        2 * rho / 3 * SECOND,
    )
    yield identity("14f. ends", "P_end − P_int = 1 − Φ(ρ) > 0", Phi(rho) - INNER, 1 - Phi(rho))
    yield grows_from(
        "14g. e^{−v} > 1 − v",
        "e^{−v} − 1 + v is 0 at 0, with the derivative 1 − e^{−v} = 2e^{−v/2} sinh(v/2)",
        sp.exp(-c) - 1 + c,
        c,
        0,
        because=2 * sp.exp(-c / 2) * sp.sinh(c / 2),
        strict=True,
    )
    yield grows_from(
        "14h. e^v > 1 + v",
        "e^v − 1 − v is 0 at 0, with the derivative e^v − 1 = 2e^{v/2} sinh(v/2)",
        sp.exp(c) - 1 - c,
        c,
        0,
        because=2 * sp.exp(c / 2) * sp.sinh(c / 2),
        strict=True,
    )
    yield identity(
        "14i. π < 22/7",
        "22/7 − π = ∫_0^1 x⁴(1 − x)⁴/(1 + x²) dx, of a positive function",
        sp.integrate(z**4 * (1 - z) ** 4 / (1 + z**2), (z, 0, 1)),
        sp.Rational(22, 7) - sp.pi,
    )
    yield identity("14j. φ(0)", "φ(0)² = 1/(2π), which is > 7/44 by 14i", explicit(phi(0)) ** 2, 1 / (2 * sp.pi))
    yield inequality(
        "14k. φ(0) > 39/100",
        "(39/100)² < 7/44",
        sp.Rational(39, 100) ** 2,
        sp.Rational(7, 44),
        strict=True,
    )


def maximisers(most: int) -> Iterator[Step]:
    """Where FSQ is a strict local maximiser."""
    E, q = P + gap, rho**2 * P / 3 - c
    yield identity(
        "15. base 3, n ≤ 3",
        "2ρ² − (n − 1) q (2/P_int + 1/P_end) with q = ρ²P_int/3 − c, P_end = P_int + g, is > 0 at n = 3, and grows"
        " as n falls: 2ρ²g/(3(P_int + g)) + 2c(2/P_int + 1/P_end)",
        2 * rho**2 - (most - 1) * q * (2 / P + 1 / E),
        2 * rho**2 * gap / (3 * E) + 2 * c * (2 / P + 1 / E),
    )
    yield identity("16a. any base", "(v − w)² = 2v² + 2w² − (v + w)²", (v - w) ** 2, 2 * v**2 + 2 * w**2 - (v + w) ** 2)
    extra, more = sp.Symbol("m", positive=True), sp.Symbol("c", nonnegative=True)
    yield inequality(
        "16b. large ρ",
        "4(n − 1)q/P_int < 4ρ² sin²θ = ρ²λ for ρ² sin²θ = n − 1 + c, c ≥ 0, n − 1 = m > 0 and q = P_int − 2ρφ(ρ)",
        extra * 4 / P * (P - 2 * rho * phi(rho)),
        4 * (extra + more),
        because=8 * extra * rho * phi(rho) / P + 4 * more,
        strict=True,
    )


def not_maximisers(least: int) -> Iterator[Step]:
    """Where FSQ is no local maximiser: trial motions and their quotients."""
    yield identity(
        "17a. alternating profile",
        "(v + w)² = 2v² + 2w² − (v − w)², so Σ(s_k + s_{k+1})² = 4Σs² − λΣs²",
        (v + w) ** 2,
        2 * v**2 + 2 * w**2 - (v - w) ** 2,
    )
    yield identity("17b. its quotient", "4 − λ = 4cos²θ", 4 - 4 * sp.sin(theta) ** 2, 4 * sp.cos(theta) ** 2)
    decay = sp.Symbol("h", positive=True)
    yield identity(
        "17c. the condition",
        "(n − 1)(ρ²/3)h · 4cos²θ − 4ρ² sin²θ = (4/3)ρ² sin²θ ((n − 1) h cot²θ − 3) with h = e^{−ρ²/2}",
        (n - 1) * rho**2 / 3 * decay * 4 * sp.cos(theta) ** 2 - 4 * rho**2 * sp.sin(theta) ** 2,
        sp.Rational(4, 3)
        * rho**2
        * sp.sin(theta) ** 2
        * ((n - 1) * decay * sp.cos(theta) ** 2 / sp.sin(theta) ** 2 - 3),
    )
    yield inequality(
        "17d. ρ ≤ 1",
        "e^{−ρ²/2} ≥ e^{−1/2} = (e^{−1/32})^16 > (31/32)^16 by 14g, and this is > 3/5",
        sp.Rational(3, 5),
        sp.Rational(31, 32) ** 16,
        strict=True,
    )
    yield inequality(
        "17e. L ≥ 5",
        "cot²θ ≥ cot²(π/8) = 5 + 2/(1 + √2) > 5, and 5 · 3/5 ≥ 3",
        5,
        sp.cot(sp.pi / 8) ** 2,
        because=2 / (1 + sp.sqrt(2)),
        strict=True,
    )
    yield inequality(
        "17f. L = 4, n ≥ 3",
        "2 · (3/5) cot²(π/6) = 18/5 > 3",
        3,
        2 * sp.Rational(3, 5) * sp.cot(sp.pi / 6) ** 2,
        strict=True,
    )
    first = sp.Symbol("f_0", positive=True)
    half = rho**2 / 2
    yield identity(
        "18a. base 3, n = 4",
        "3q(2/P_int + 1/P_end) ≥ 3((2ρ²/3)h + (2/3)ρ³φ(0)h) = 2ρ²h(1 + ρφ(0)), by 14b, 14c, P_end ≤ 1;"
        " h > 1 − ρ²/2 (14g): (1 − ρ²/2)(1 + ρφ(0)) − 1 = ρ(φ(0)(1 − ρ²/2) − ρ/2)",
        (least - 1) * (2 * rho**2 / 3 + sp.Rational(2, 3) * rho**3 * first) * (1 - half) - 2 * rho**2,
        2 * rho**3 * (first * (1 - half) - rho / 2),
    )
    yield polynomial_positive(
        "18b. ρ ≤ ½",
        "φ(0)(1 − ρ²/2) − ρ/2 > (39/100)(1 − ρ²/2) − ρ/2 > 0 on [0, ½]",
        sp.Rational(39, 100) * (1 - half) - rho / 2,
        rho,
        0,
        sp.Rational(1, 2),
    )
    yield identity(
        "19a. L = 4, n = 2",
        "u = (−ε, 1, −1, ε): Σ(Δu)² = 2(1 + ε)² + 4 = 6 + 4ε + 2ε²; ΣPu² = 2P_int + 2ε²P_end ≤ 2P_int + 2ε²",
        2 * (1 + v) ** 2 + 4,
        6 + 4 * v + 2 * v**2,
    )
    yield identity(
        "19b. ε = P_int/2",
        "3(P_int + ε²)[(1 − ρ²/2)(3 + 2ε + ε²)P_int/(3(P_int + ε²)) − 1] ="
        " P_int[P_int/4 − (ρ²/2)(3 + P_int) + (1 − ρ²/2)P_int²/4]; the first term in brackets is below q μ/ρ²,"
        " by 14b, 14c, 14g and 19a",
        (1 - half) * (3 + P + P**2 / 4) * P - 3 * (P + P**2 / 4),
        P * (P / 4 - half * (3 + P) + (1 - half) * P**2 / 4),
    )
    yield identity("19c. λ", "λ = 4 sin²(π/6) = 1", 4 * sp.sin(sp.pi / 6) ** 2, 1)
    yield polynomial_positive(
        "19d. ρ ≤ 1/12",
        "P_int ≤ 1, and P_int ≥ 2ρφ(ρ) ≥ 2ρ(39/100)(1 − ρ²/2) by 14a, g, so P_int/4 − (ρ²/2)(3 + P_int) is at least"
        " ρ/2 times (39/100)(1 − ρ²/2) − 4ρ > 0 on [0, 1/12]",
        sp.Rational(39, 100) * (1 - half) - 4 * rho,
        rho,
        0,
        sp.Rational(1, 12),
    )


def unequal_levels(reach: Any) -> Iterator[Step]:
    """Where FSQ with a coarse and a fine axis is no local maximiser."""
    beyond = sp.Symbol("b", nonnegative=True)
    ratio = sp.Symbol("x", positive=True)  # (L_i − 1)/(L_a − 1) = ρ_a/ρ_i
    yield identity(
        "20a. densities",
        "φ(ρ_a)/φ(ρ_i) = e^{κρ_i²} at ρ_a = ρ_i (L_i − 1)/(L_a − 1)",
        density(ratio * rho) / density(rho),
        sp.exp((1 - ratio**2) / 2 * rho**2),
    )
    yield polynomial_positive(
        "20b. e^v > v²/2",
        "e^v = (e^{v/3})³ > (1 + v/3)³ by 14h, and (1 + v/3)³ − v²/2 > 0 on [0, ∞)",
        (1 + v / 3) ** 3 - v**2 / 2,
        v,
        0,
        sp.oo,
    )
    yield grows_from(
        "20c. q from below",
        "q − 2φ(ρ)(ρ³/3 + ρ⁵/15 + ρ⁷/105) is 0 at 0, with the derivative 2ρ⁸φ(ρ)/105",
        explicit(SECOND) - 2 * density(rho) * (rho**3 / 3 + rho**5 / 15 + rho**7 / 105),
        rho,
        0,
        because=2 * rho**8 * density(rho) / 105,
        strict=True,
    )
    yield inequality(
        "20c. q at 3 and beyond",
        "q grows with ρ (14a), and q(2) > 2φ(2)(8/3 + 32/15 + 128/105) > ½ as φ(2) = φ(0)(e^{−1/16})^32 >"
        " (39/100)(15/16)^32",
        sp.Rational(1, 2),
        sp.Rational(39, 50) * sp.Rational(15, 16) ** 32 * (rho**3 / 3 + rho**5 / 15 + rho**7 / 105).subs(rho, 2),
        strict=True,
    )
    yield inequality(
        "20d. against each other",
        "q_i φ(ρ_a) μ_a/ρ_a > ρ_iφ(ρ_i)λ_i if ½ (κρ_i²)²/2 ≥ 2ρ_i², as μ_a ≥ 1/Φ(ρ_a) > 1 (u = 1 at one end),"
        " λ_i ≤ 2 and ρ_a < ρ_i: true for κρ_i = 3 + b, b ≥ 0; κ < ½, so that ρ_i ≥ 6 there",
        2 * rho**2,
        ((reach + beyond) * rho) ** 2 / 4,
        strict=True,
    )


def cross_checks() -> Iterator[Step]:
    """The library's accuracy of moved grids in the plane, by extrapolated second differences."""
    import numpy as np

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy
    from fsq_theory.denoiser.accuracy.curvature import fsq_curvature

    def value(points: Any, rate: float) -> float:
        return float(accuracy(ArrayCodebook(points), r=rate).value)

    def grid(levels: tuple[int, int]) -> Any:
        return np.array(list(product(*(np.linspace(-1, 1, count) for count in levels))))

    for levels, rate in (((3, 3), 1.0), ((3, 3), 4.0), ((4, 4), 1.0), ((5, 5), 4.0), ((5, 8), 12.0), ((4, 3), 6.0)):
        points, predicted = grid(levels), fsq_curvature(levels, rate)
        motion = np.zeros_like(points)
        motion[:, predicted.axis] = np.outer(*predicted.profiles).ravel()
        still = value(points, rate)
        seconds = [
            (value(points + h * motion, rate) + value(points - h * motion, rate) - 2 * still) / h**2
            for h in (1e-3, 2e-3)
        ]
        yield agreement(
            f"21a. {levels[0]} × {levels[1]}, r = {rate}",
            "the second derivative of A along the best motion",
            2 * seconds[0] - seconds[1],
            predicted.second_derivative,
            2e-4,
        )
    predicted = fsq_curvature((5, 5), 6.0)
    motion = np.outer(*predicted.profiles).reshape(-1, 1) * np.eye(2)[predicted.axis]
    yield at_most(
        "21b. a finite motion",
        "5 × 5, r = 6: 0.07 times the best motion raises A by at least 1.5e-4",
        value(grid((5, 5)), 6.0) + 1.5e-4,
        value(grid((5, 5)) + 0.07 * motion, 6.0),
    )
    for table in ((8, 6, 5), (8, 5, 5, 5), (7, 5, 5, 5, 5), (8, 8, 8, 6, 5), (8, 8, 8, 5, 5, 5)):
        least = min(fsq_curvature(table, float(rate)).ratio for rate in np.geomspace(0.05, 200, 25))
        yield at_most(
            f"21c. {list(table)}", "no local maximiser at any of 25 r from 0.05 to 200: gain > loss", 1.0, least
        )


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
