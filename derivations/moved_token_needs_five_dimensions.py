"""In up to four dimensions the cube is not improved by one token moved to the centre of a face of any dimension.

Statement.  Let n ≤ 4, r > 0, equal priors, and E the cube {−1, 1}^n.  Put a token e' ∈ {−1, 0, 1}^n in place of any
corner s ≠ e'.  Then the codebook E' so made is less accurate,

    A(E', r) < A(E, r),

whichever corner was dropped and however many coordinates of e' are 0.  With n = 5 this is false (accuracy-global-
refuted: the origin in place of a corner, r ≥ 3.621).

Assumptions.  Noise N(0, I_n), MAP decisions.

Proof.  Write ρ = r, f_k(x) = φ_n(x − ρe_k), M = max f_k over E, M_{−s} the same without s, f' for e'.  K A(E) = ∫M and
K A(E') = ∫max(M_{−s}, f').  Where M_{−s} = M the difference is (f' − M)⁺; in the cell of s, where M = f_s ≥ M_{−s}, it
is (f' − f_s)⁺ − (f_s − max(f', M_{−s}))⁺ by cases (1).  So

    K (A(E') − A(E)) = G − H,   G = ∫(f' − M)⁺,   H = ∫(f_s − max(f', M_{−s}))⁺ over the cell of s.

If e' is another corner, G = 0 and H = ∫(f_s − M_{−s}) > 0.  Otherwise let e' have m ≥ 1 zeros, let s agree with it in
a further coordinates and disagree in d, m + a + d = n.  Count y_i = s_i x_i: the cell is y_i > 0 for all i, f_s is the
law of y_i = ρ + Z_i, Z ~ N(0, I_n), M_{−s}/f_s = e^{−2ρ min y} (2), and f'/f_s = e^{−W}, W = ρΣ_z y_i + 2ρΣ_d y_i −
mρ²/2, the sums over the zeros and over the coordinates that disagree (2, 3).  As (1 − e^{−v})⁺ = ∫_0^∞ 2ρe^{−2ρt}1{v >
2ρt}dt (4),

    H = ∫_0^∞ 2ρe^{−2ρt} P(y_i > t for all i, Σ_z y_i + 2Σ_d y_i > mρ/2 + 2t) dt.

Which n, which s.  All y_i > 0 here, so that H is not larger if what disagrees is made to agree: let d = 0.  Then H =
∫2ρe^{−2ρt}Φ(ρ − t)^{n−m}S(t)dt, S(t) = P(y_i > t, Σ_z y_i > mρ/2 + 2t) of the m zeros. One more coordinate in which all
agree multiplies H by at most Φ(ρ), since Φ(ρ − t) ≤ Φ(ρ), and G by at least Φ(ρ): where x_{n+1} > 0 densities keep
their ratios. So G < H at (n + 1, m) implies G < H at (n, m), and it is enough to show G < H for n = 4, m = 1, 2, 3, 4.

Growth.  H grows with ρ: with u = 2ρt it is ∫e^{−u} P(Z_i > u/(2ρ) − ρ, Σ_z Z_i > u/ρ − mρ/2) du, and both thresholds
fall (5).  G does not fall.  It is E(1 − Π R_i)⁺ over x = ρe' + Z, R_i = e^{ρ|Z_i| − ρ²/2} for a zero and
e^{2ρ(−(ρ + Z_i))⁺} else.  Give each coordinate its own ρ; the derivative of G is the sum of those in each.  With the
other coordinates fixed and c the product of their R, it is 2c(φ(z − ρ) − φ(ρ)), z = ρ/2 − (log c)/ρ, for a zero (6) and
2c(φ(ρ + (log c)/(2ρ)) − φ(ρ)) else (7), and 0 where no x has cR_i < 1.  Since R ≥ e^{−ρ²/2} for zeros and R ≥ 1 else,
−log c ≤ (m − 1)ρ²/2 in the first case, so that z ≤ mρ/2 ≤ 2ρ and |z − ρ| ≤ ρ (8), and −log c ≤ mρ²/2 < 4ρ² in the
second (9).  So if G(b) < H(a), then G < H on [a, b].

Bounds.  G(b) from above by a grid, as in derivations/accuracy_global_refuted.py. H(a) from below by a sum: t ↦ Φ(ρ −
t)^{4−m}S(t) falls, so each cell of t counts at its right end. For m = 1, S(t) = Φ(ρ/2 − 2t). For m > 1, S(t) = Φ(ρ −
t)^m − P(y_i > t, Σy_i ≤ c), c = mρ/2 + 2t, and the last is at most the volume τ^m/m! of the simplex, τ = c − mt, times
the largest density there, (2π)^{−m/2} e^{−((mρ − c)⁺)²/(2m)}: Σ(y_i − ρ)² ≥ (Σ(y_i − ρ))²/m. (10) From ρ = 0.1 to 2.

Small ρ.  1 − e^{−v} ≤ v and edges only add to Y, so that G ≤ E(Σ(ρ²/2 − ρ|Z_i|))⁺ ≤ m E(ρ²/2 − ρ|Z|)⁺ ≤ m φ(0)ρ³/4
(11).  H ≥ ∫_0^{1/2} ≥ (1 − e^{−ρ})Φ(−½)^{4−m}S_0, with S_0 = P(Z_i > ½, ΣZ_i > 1) the value of S(½) as ρ → 0, below
which it does not go: Φ(−1) for m = 1, and Φ(−½)^m otherwise, as Z_i > ½ implies the rest. (1 − e^{−ρ})/ρ falls (12),
mφ(0)ρ²/4 grows: what holds at ρ = 0.1 holds below (13).

Large ρ.  1 − G = ∫min(f', M) ≥ Σ_S ∫min(f', f_k) − Σ_{k<l∈S} ∫min(f_k, f_l) for any set S of corners, since a
largest number of several is at least their sum less Σ_{k<l}min(a_k, a_l): with a_1 ≥ a_2 ≥ … the latter is a_2 + 2a_3 +
…  The overlap ∫min of two codes at the distance δ is 2Φ(−ρδ/2) (14). Those nearest to e' are 2^m corners at √m.  1 − H
≤ 2·4·Φ(−ρ) + 2Φ(−ρ√m/2): for f_s − max(f', M_{−s}) is at least f_s − M_{−s} − f' where f' < f_s, and (…)⁺ = 0 ≥ f_s −
M_{−s} − f_s elsewhere, so that H ≥ ∫(f_s − M_{−s}) − ∫min(f', f_s), and 1 − 1{y > 0}(1 − e^{−2ρ min y}) ≤ Σ_i [1{y_i ≤
0} + 1{y_i > 0}e^{−2ρy_i}], of mean 2Φ(−ρ) each (15).  With S all 2^m for m ≤ 2 and the 2^{m−1} with an even number of
−1 otherwise, 1 − G > 1 − H is 2(|S| − 1) > [8Φ(−ρ) + Σ_{k<l∈S} 2Φ(−ρδ_kl/2)]/Φ(−ρ√m/2), and the right-hand side does
not grow with ρ, as m ≤ 4: Φ(−αx)/Φ(−βx) falls for α > β (16–18).  (19) At ρ = 2, and so beyond.  (20) Cross-checks.

Remarks.  As H ≤ Λ = ∫(M − M_{−s}), also G < Λ: the bound G − Λ by which such a swap is seen to win for n ≥ 5 decides
nothing here.  Not shown: that no e' elsewhere in the box, and no codebook that differs in more tokens, is better for n
≤ 4.  How far any can be is bounded by accuracy-near-optimal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise, product
from math import factorial
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import grows_from, identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.enclosures import enclosure
from fsq_theory.claims.normal import Phi, explicit, phi
from fsq_theory.claims.numbers import agreement, at_most, estimate_agreement
from fsq_theory.claims.step import Step

CLAIM = "moved-token-needs-five-dimensions"
SOURCE = "this project"
CONCLUDES = "certified"
PLACES = ("0.1", "0.4", "0.8", "1.2", "1.5", "1.8", "2")
WRONG = {
    "five dimensions": {"dimensions": 5},
    "the neighbour's density is e^{−ρy} times the corner's": {"rate": 1},
    "G ≤ mφ(0)ρ³/6": {"cubic": 6},
    "one interval from 0.8 to 2": {"places": ("0.1", "0.4", "0.8", "2")},
    "the union bound from ρ = 1.5 on": {"places": PLACES[:-2]},
}

BITS, CELLS, STEPS = 64, 128, 100

rho, t, u, v, x = sp.symbols("rho t u v x", positive=True)
a, b, c = sp.symbols("a b c", nonnegative=True)
y, z = sp.symbols("y z", real=True)


def derive(dimensions: int = 4, rate: int = 2, cubic: int = 4, places: tuple[str, ...] = PLACES) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        dimensions: n.
        rate: the exponent of the neighbour's density, in units of −ρy.
        cubic: the constant below m φ(0)ρ³ in the bound of G for small ρ.
        places: ends of the intervals of ρ, the first for small ρ and the last for large.
    """
    yield from formula(rate)
    yield from growth(dimensions)
    for m in range(1, dimensions + 1):
        yield from intervals(dimensions, m, places)
    yield from small(dimensions, cubic, places[0])
    yield from large(dimensions, places[-1])
    yield from cross_checks()


def formula(rate: int) -> Iterator[Step]:
    """K(A(E') − A(E)) = G − H, and the densities in the cell of s."""

    def change(own: Any, second: Any, new: Any) -> tuple[Any, Any]:
        def part(value: Any) -> Any:
            return sp.Max(value, 0)

        best = sp.Max(second, new)
        return best - own, part(new - own) - part(own - best)

    for case, (own, second, new) in {
        "f' largest": (a + b, a, a + b + c),
        "f' between": (a + b + c, a, a + b),
        "f' least": (a + b + c, a + b, a),
    }.items():
        yield identity(
            f"1. {case}",
            "max(M_{−s}, f') − f_s = (f' − f_s)⁺ − (f_s − max(f', M_{−s}))⁺ if f_s ≥ M_{−s}",
            *change(own, second, new),
        )
    yield identity(
        "2. a neighbour",
        "φ(y + ρ) = e^{−2ρy} φ(y − ρ)",
        explicit(phi(y + rho)),
        sp.exp(-rate * rho * y) * explicit(phi(y - rho)),
    )
    yield identity(
        "3. a zero",
        "φ(y) = e^{−ρy + ρ²/2} φ(y − ρ)",
        explicit(phi(y)),
        sp.exp(-rho * y + rho**2 / 2) * explicit(phi(y - rho)),
    )
    yield identity(
        "4. layers",
        "1 − e^{−v} = ∫_0^{v/(2ρ)} 2ρe^{−2ρt}dt",
        1 - sp.exp(-v),
        sp.integrate(2 * rho * sp.exp(-2 * rho * t), (t, 0, v / (2 * rho))),
    )


def growth(dimensions: int) -> Iterator[Step]:
    """H grows with ρ, and G does not fall up to four zeros."""
    for name, threshold in {"5a. u/(2ρ) − ρ": u / (2 * rho) - rho, "5b. u/ρ − mρ/2": u / rho - v * rho / 2}.items():
        yield inequality(name, "falls with ρ > 0, m = v", sp.diff(threshold, rho), 0, strict=True)
    w = sp.Symbol("w", real=True)  # −log c
    end = rho / 2 + w / rho
    gain = 2 * (Phi(end) - sp.Rational(1, 2) - sp.exp(-w) * (Phi(end - rho) - Phi(-rho)))
    yield identity(
        "6. a zero",
        "d/dρ 2[Φ(z) − ½ − c(Φ(z − ρ) − Φ(−ρ))] = 2c(φ(z − ρ) − φ(ρ)), z = ρ/2 − (log c)/ρ",
        explicit(sp.diff(gain, rho)),
        explicit(2 * sp.exp(-w) * (phi(end - rho) - phi(rho))),
    )
    start = -rho - w / (2 * rho)
    edge = (1 - sp.exp(-w)) * Phi(rho) + Phi(-rho) - Phi(start) - sp.exp(-w) * (Phi(rho) - Phi(start + 2 * rho))
    yield identity(
        "7. any other",
        "d/dρ E(1 − cR)⁺ = 2c(φ(ρ + (log c)/(2ρ)) − φ(ρ))",
        explicit(sp.diff(edge, rho)),
        explicit(2 * sp.exp(-w) * (phi(rho - w / (2 * rho)) - phi(rho))),
    )
    most = end.subs(w, (dimensions - 1) * rho**2 / 2)
    yield inequality("8a. z", "z ≤ mρ/2 ≤ 2ρ for m ≤ n = 4", most, 2 * rho)
    yield inequality(
        "8b. φ(z − ρ) ≥ φ(ρ)",
        "ρ² − (z − ρ)² = z(2ρ − z) ≥ 0 for z = 2ρ/(1 + t), t ≥ 0",
        0,
        rho**2 - (2 * rho / (1 + a) - rho) ** 2,
        because=4 * rho**2 * a / (1 + a) ** 2,
    )
    yield inequality(
        "9. φ(ρ + (log c)/(2ρ)) ≥ φ(ρ)",
        "ρ² − (ρ − w/(2ρ))² ≥ 0 for w = −log c = 4ρ²/(1 + t), t ≥ 0; mρ²/2 < 4ρ²",
        0,
        rho**2 - (rho - 4 * rho**2 / (1 + a) / (2 * rho)) ** 2,
        because=4 * rho**2 * a / (1 + a) ** 2,
    )


def intervals(dimensions: int, m: int, places: tuple[str, ...]) -> Iterator[Step]:
    """G at the upper end of each interval of ρ is below H at the lower."""
    from fsq_theory.balls.arithmetic import precision
    from fsq_theory.certificates.decimals import decimal
    from fsq_theory.certificates.moved_token import Move, gain

    for low, high in pairwise(places):
        with precision(BITS):
            most = gain(Move(False, dimensions, m), decimal(high), CELLS, upper=True)
            least = least_loss(dimensions, m, decimal(low))
        yield enclosure(
            f"10. m = {m}, ρ from {low} to {high}", f"n = {dimensions}: G({high}) < H({low})", most, "<", least
        )


def least_loss(dimensions: int, m: int, rate: Fraction) -> Any:
    """A ball whose lower end is below H, from its integrand at the right ends of cells of t."""
    from flint import arb

    from fsq_theory.balls.arithmetic import ball
    from fsq_theory.denoiser.accuracy.certified_pairs import tail

    at, total = ball(rate), arb(0)
    step = min(rate + 3, 4 / rate) / STEPS
    for k in range(STEPS):
        right = ball((k + 1) * step)
        one = tail(right - at)
        if m == 1:
            kept = tail(2 * right - at / 2)
        else:
            limit = m * at / 2 + 2 * right
            short = (m * at - limit).max(arb(0))
            volume = (limit - m * right).max(arb(0)) ** m / factorial(m)
            kept = one**m - volume * (-(short**2) / (2 * m)).exp() / (2 * arb.pi()).sqrt() ** m
        layer = (-2 * at * k * ball(step)).exp() - (-2 * at * right).exp()
        total += layer * one ** (dimensions - m) * kept.max(arb(0))
    return total


def small(dimensions: int, cubic: int, place: str) -> Iterator[Step]:
    """For small ρ, G is of third order and H of first."""
    zero = 1 / sp.sqrt(2 * sp.pi)
    yield identity(
        "11. G for small ρ",
        "E(ρ²/2 − ρ|Z|)⁺ ≤ 2φ(0)∫_0^{ρ/2}(ρ²/2 − ρx)dx = φ(0)ρ³/4",
        2 * zero * sp.integrate(rho**2 / 2 - rho * x, (x, 0, rho / 2)),
        zero * rho**3 / cubic,
    )
    yield grows_from(
        "12. (1 − e^{−ρ})/ρ falls",
        "ρ²e^ρ times its derivative is −(e^ρ − 1 − ρ), and e^ρ − 1 − ρ grows from 0",
        -sp.simplify(sp.diff((1 - sp.exp(-rho)) / rho, rho) * rho**2 * sp.exp(rho)),
        rho,
        0,
        because=2 * sp.exp(rho / 2) * sp.sinh(rho / 2),
        strict=True,
    )
    at, half = sp.Rational(place), Phi(-sp.Rational(1, 2))
    for m in range(1, dimensions + 1):
        kept = half ** (dimensions - 1) * Phi(sp.Integer(-1)) if m == 1 else half**dimensions
        yield enclosure(
            f"13. m = {m}, ρ up to {place}",
            f"mφ(0)ρ³/4 < (1 − e^{{−ρ}})Φ(−½)^{{{dimensions}−m}}S_0 at ρ = {place}",
            m * zero * at**3 / cubic,
            "<",
            (1 - sp.exp(-at)) * kept,
        )


def large(dimensions: int, place: str) -> Iterator[Step]:
    """For large ρ, the overlaps of e' with its nearest corners exceed all others."""
    distance = sp.Symbol("delta", positive=True)
    beyond = sp.integrate(explicit(phi(x)), (x, distance / 2, sp.oo)).rewrite(sp.erf)
    nearer = sp.integrate(explicit(phi(z - distance)), (z, -sp.oo, distance / 2)).rewrite(sp.erf)
    yield identity(
        "14. overlap of two codes",
        "∫min(φ(z), φ(z − δ))dz = ∫_{δ/2}^∞ φ(z)dz + ∫_{−∞}^{δ/2} φ(z − δ)dz = 2Φ(−δ/2)",
        beyond + nearer,
        2 * explicit(Phi(-distance / 2)),
    )
    beside = sp.integrate(explicit(phi(x + rho)), (x, 0, sp.oo)).rewrite(sp.erf)
    yield identity(
        "15. one coordinate",
        "P(y ≤ 0) + E[e^{−2ρy}; y > 0] = Φ(−ρ) + ∫_0^∞ φ(y + ρ)dy = 2Φ(−ρ), by (2)",
        explicit(Phi(-rho)) + beside,
        2 * explicit(Phi(-rho)),
    )
    mills = phi(x) - x * Phi(-x)
    yield identity("16a. φ(x) − xΦ(−x) ends", "at 0, x → ∞", sp.limit(explicit(mills), x, sp.oo), 0)
    yield inequality(
        "16b. and falls", "(φ(x) − xΦ(−x))' = −Φ(−x) < 0: so φ(x) > xΦ(−x)", sp.diff(mills, x), 0, Phi(-x), strict=True
    )
    hazard, alpha = phi(x) / Phi(-x), sp.Symbol("alpha", positive=True)
    yield identity(
        "17. h = φ/Φ(−·) rises", "h' = h(h − x), positive by (16)", sp.diff(hazard, x), hazard * (hazard - x)
    )
    yield identity(
        "18. Φ(−αx)/Φ(−x) falls",
        "its logarithm has the derivative h(x) − αh(αx), negative for α > 1 by (17)",
        sp.diff(sp.log(Phi(-alpha * x)) - sp.log(Phi(-x)), x),
        hazard - alpha * phi(alpha * x) / Phi(-alpha * x),
    )
    at = sp.Rational(place)
    for m in range(1, dimensions + 1):
        chosen = [k for k in product((1, -1), repeat=m) if m <= 2 or sum(i < 0 for i in k) % 2 == 0]
        apart = [sum((i - j) ** 2 for i, j in zip(*pair, strict=True)) for pair in combinations(chosen, 2)]
        overlaps = sum(
            (2 * apart.count(square) * Phi(-at * sp.sqrt(square) / 2) for square in sorted(set(apart))), sp.S.Zero
        )
        others = 2 * dimensions * Phi(-at) + overlaps
        yield inequality(f"19a. m = {m}, distances", "√m ≤ δ of all others: no quotient grows", m, min([4, *apart]))
        yield enclosure(
            f"19b. m = {m}, ρ = {place}",
            f"[{2 * dimensions}Φ(−ρ) + Σ_{{k<l}} 2Φ(−ρδ_kl/2)]/Φ(−ρ√m/2) < 2(|S| − 1), |S| = {len(chosen)}",
            others / Phi(-at * sp.sqrt(m) / 2),
            "<",
            2 * (len(chosen) - 1),
        )


def cross_checks() -> Iterator[Step]:
    """Exact accuracies in the plane, and a simulation in three dimensions, against G − H and its bounds."""
    import numpy as np
    from scipy.integrate import quad
    from scipy.special import ndtr

    from fsq_theory.balls.arithmetic import precision
    from fsq_theory.certificates.moved_token import Move, gain
    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy

    def integrand(t: float, at: float) -> float:
        return float(2 * at * np.exp(-2 * at * t) * ndtr(at - t) * ndtr(at / 2 - 2 * t))

    corners = np.array(list(product((1.0, -1.0), repeat=2)))
    for rate in (Fraction(1, 2), Fraction(2), Fraction(4)):
        at = float(rate)
        with precision(BITS):
            gained = [float(gain(Move(False, 2, m), rate, 8 * CELLS).mid()) for m in (1, 2)]
            least = float(least_loss(2, 2, rate).mid())
        lost, _ = quad(integrand, 0, at + 10, args=(at,), epsabs=0, epsrel=1e-11)

        def change(new: list[float], dropped: int, at: float = at) -> float:
            swapped = corners.copy()
            swapped[dropped] = new
            return 4 * float(accuracy(ArrayCodebook(swapped), at).value - accuracy(ArrayCodebook(corners), at).value)

        beside, across, centre = change([0, 1], 0), change([0, 1], 1), change([0, 0], 0)
        yield agreement(f"20a. square, r = {at:g}, m = 1", "4(A(E') − A(E)) = G − H", beside, gained[0] - lost, 1e-4)
        yield at_most(f"20b. r = {at:g}, another corner dropped", "loses more", across, beside)
        yield at_most(f"20c. r = {at:g}, m = 2", "4(A(E') − A(E)) ≤ G − bound of H", centre, gained[1] - least, 1e-5)
    noise = np.random.default_rng(0).standard_normal((2**14, 3))
    cube = np.array(list(product((1.0, -1.0), repeat=3)))
    swapped = cube.copy()
    swapped[0] = (0, 0, 1)

    def best(codes: Any, at: float) -> Any:
        return np.exp(at * noise @ codes.T - at**2 * (codes**2).sum(axis=1) / 2).max(axis=1)

    paired = best(swapped, 1.0) - best(cube, 1.0)

    def height(t: float) -> float:
        # P(y_1 > t, y_2 > t, y_1 + y_2 > 1 + 2t): over w = (Z_1 + Z_2)/√2, |Z_1 − Z_2| < √2 w + 2(1 − t).
        def inside(w: float) -> float:
            return float(np.exp(-(w**2) / 2) / np.sqrt(2 * np.pi) * (2 * ndtr(w + np.sqrt(2) * (1 - t)) - 1))

        start = (2 * t - 1) / np.sqrt(2)
        return float(2 * np.exp(-2 * t) * ndtr(1 - t) * quad(inside, start, start + 12)[0])

    with precision(BITS):
        gained = float(gain(Move(False, 3, 2), Fraction(1), 8 * CELLS).mid())
    lost = quad(height, 0, 9)[0]
    stderr = float(paired.std() / np.sqrt(len(paired)))
    yield estimate_agreement(
        "20d. n = 3, m = 2, r = 1", "8(A(E') − A(E)) = G − H", float(paired.mean()), stderr, gained - lost
    )


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
