"""A single moved token beats FSQ: in base 3 and more at every r from five dimensions on, in base 2 from some r on.

Statement.  Equal priors, the box ‖e‖_∞ ≤ 1, FSQ with L levels in n dimensions, ρ = r/(L − 1).  A codebook of the same
box and size that differs from FSQ in one token is more accurate than FSQ

(I) for every base L ≥ 3 in every dimension n ≥ 5 at every ρ > 0, so that 3^8 is the most accurate at no r; and for n ≥
4 at every ρ ≤ 0.74, for n ≥ 3 at every ρ ≤ 0.45, for n ≥ 2 at every ρ ≤ 0.11;

(II) for base 2 at every r ≥ 3.621 if n ≥ 5, r ≥ 2.579 if n ≥ 6, r ≥ 2.0982 if n ≥ 7, r ≥ 1.823 if n ≥ 8, r ≥ 1.525 if
n ≥ 10, r ≥ 1.195 if n ≥ 16, r ≥ 0.878 if n ≥ 24, and r ≥ 0.6672 if n ≥ 32.

The new token lies in the middle of an outermost gap in m coordinates and at an outermost level in the others. In (I) it
replaces a token all of whose coordinates are inner levels, in (II) a corner. With Z ~ N(0, I_n), K (A(E') − A(E)) ≥ G −
Λ, where

    G = E(1 − e^Y)⁺,   Y = Σ_i Y_i,   Y_i = max_d (−ρ d Z_i − ρ²d²/2),   Λ = ∫_0^∞ 2ρe^{−2ρt} s(ρ − t)^n dt,

s(x) = (2Φ(x) − 1)⁺ in (I), Φ(x) in (II), and d runs over −1, 1, 3, 5, … in a gap and 0, 2, 4, … at an edge, of which
base 2 has the first two.  In base 2, n = 5, m = 5 the sign of G − Λ changes between r = 3.620 and 3.621.

Assumptions.  Equal priors, noise N(0, I_n), MAP decisions.

Proof.  K (A(E') − A(E)) ≥ G − Λ with G = ∫(f' − M)⁺ and Λ = ∫(M − M_{−s}), M the largest density of the old tokens, f'
that of the new, as in derivations/accuracy_fails_at_every_noise_level.py.  M/f' is a product over coordinates of
e^{Y_i}, d the distances from the new coordinate to the levels in units of ρ. Listing levels that a base lacks makes M
larger and G smaller, so that G with all of them serves for every base L ≥ 3. Λ: in the cell of the dropped token s,
the offset z of x from it has z_i > −ρ for all i (a corner) or |z_i| < ρ (an inner token); the second largest density
there is that of a neighbour, e^{−2ρm} times that of s with m the least distance of z to a side. (1) Hence Λ = E(1 −
e^{−2ρm⁺}) = ∫_0^∞ 2ρe^{−2ρt} P(m > t)dt; with u = 2ρt it is seen to increase with ρ (2).

G may decrease, but hardly. Fix the other coordinates, whose e^{Y − Y_i} is c. For a gap, base 2 or the two nearest
levels, E(1 − c e^{Y_i})⁺ = 2[Φ(z) − ½ − c(Φ(z − ρ) − Φ(−ρ))] with c e^{Y_i} = 1 at ±z, z = ρ/2 − (log c)/ρ; its
derivative (3) is not negative for z ≤ 2ρ, that is, c ≥ e^{−3ρ²/2} (4), and levels further out come in only beyond. At
an edge the same holds for c ≥ e^{−4ρ²} (5). For smaller c the derivative is at least −2cφ(ρ) for each plane half-way
between levels that lies where c e^{Y_i} < 1: φ(ρ) is the density there, 2ρ the distance, and the ends of the range add
what is positive. Since Y_i ≥ −ρ²/2 in a gap and ≥ 0 at an edge, there are no such c for m ≤ 4, and otherwise E[c; c <
b] ≤ b^{1+θ}E c^{−θ} and ≤ b P(c < b) bound the decrease (6), by P(Σ_{i≤k}|Z_i| < s) ≤ (2φ(0)s)^k/k!.  So on an
interval of ρ, G − Λ is at least what G is at its lower end, less the bound of its decrease, less Λ at its upper end.

G at one ρ is enclosed by grids: (1 − Π R_i)⁺ is convex and decreasing in each R_i = e^{Y_i} ≥ 0, so by Jensen's
inequality G decreases when the mass of each cell of a grid is put at its mean of R_i or beyond, and increases when it
is spread to the ends of the cell with the mean kept. The law of the sum is a power of a polynomial, in balls; what
lies beyond Y = 0 adds nothing.

Large ρ, m ≥ 5: 1 − G = ∫min(f', M) ≤ Σ_k 2Φ(−d_k/2) over the distances to the old tokens. By (7–9) Φ(−√(x² + y²)) ≤
Φ(−x) e^{−y²/2}, so the sum is at most 2Φ(−ρ√m/2) times a factor that decreases with ρ, and Φ(−ax)/Φ(−x) decreases for
a > 1; while 1 − Λ ≥ np − C(n,2)p² with p = Φ(−ρ) or 2Φ(−ρ).  If the quotient is in order at one ρ, it is beyond.
Small ρ, base 3 and more, m = 1: G ≥ Φ(ρ)^{n−1} g(ρ) by the theorem cited, g' = 2φ(ρ)(e^{3ρ²/8} − 1) ≥ ¾φ(ρ)ρ² (10,
11), while Λ ≤ 2(2φ(0))^n ρ^{n+2}/(n + 1), as 2Φ(x) − 1 ≤ 2φ(0)x: of higher order from n = 2 on.  (12, 13) Two
crossings. (14 …) The certificates, each for one n; each lists intervals of ρ that cover its range, and every enclosure
in them is computed again.

From n to n + 1: give the new token one more coordinate, at an outermost level. Where Z_{n+1} > −ρ, which has the
probability Φ(ρ), Y_{n+1} = 0; so G_{n+1} ≥ Φ(ρ) G_n. And Λ_{n+1} ≤ s(ρ) Λ_n, as s(ρ − t) ≤ s(ρ) in its integral, with
s(ρ) = Φ(ρ) in base 2, and 2Φ(ρ) − 1 < Φ(ρ) otherwise (11b). So G_n > Λ_n implies G_{n+1} > Λ_{n+1}.  Last,
cross-checks.

Remarks.  Certified, not searched: these ranges. Outside them nothing is claimed: in base 2 below those r and for n ≤
4, and in base 3 and more for n ≤ 4 above those ρ, another codebook may or may not be better. On the line FSQ is the
best (accuracy_1d.py). More is checked by `fsq-theory verify --certificates`: bits from r = 0.36 on if n ≥ 64, from 0.2
if n ≥ 128 and 0.116 if n ≥ 256, and where G − Λ changes sign for other m; below the r of (II) no m was found to win.
The effect of one token is small, as it has to be among K: for 3^8 G − Λ is about 0.23 at the most, 3.5e-5 in A. How
much moving many tokens gains is another question.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import grows_from, identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.enclosures import enclosure
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.normal import Phi, explicit, phi
from fsq_theory.claims.numbers import agreement, at_most
from fsq_theory.claims.step import Step

CLAIM = "accuracy-global-refuted"
SOURCE = "this project"
CONCLUDES = "certified"
WRONG = {
    "the cube in four dimensions": {"dimensions": 4},
    "below the crossing, r = 3.62": {"ratio": "3.620"},
    "above the crossing, r = 3.621": {"before": "3.621"},
    "four of five coordinates 0": {"gaps": 4},
    "G does not decrease for c ≥ e^{−2ρ²}": {"threshold": 2},
    "the certificate of n = 4 is for every ρ": {"four": "(0, ∞)"},
}

BITS, CELLS = 96, 1024
HALVES = sp.Rational(3, 2)
LONG = {2: "(0, 0.11]", 3: "(0, 0.45]", 4: "(0, 0.74]", 5: "(0, ∞)", 8: "(0, ∞)"}
BINARY = {5: "3.621", 6: "2.579", 7: "2.0982", 8: "1.823", 10: "1.525", 16: "1.195", 24: "0.878", 32: "0.6672"}

rho, t, u, z, c, theta, s, a = sp.symbols("rho t u z c theta s a", positive=True)
x = sp.Symbol("x", real=True)


def derive(
    dimensions: int = 5,
    gaps: int | None = None,
    ratio: str = "3.621",
    before: str = "3.620",
    threshold: Any = HALVES,
    four: str = LONG[4],
) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        dimensions: n of the crossing.
        gaps: m of the crossing; n if not given.
        ratio: where the swap wins.
        before: where it does not yet.
        threshold: a, for c ≥ e^{−aρ²}.
        four: ρ that the certificate of n = 4 has to cover, base 3 and more.
    """
    yield lemma(
        "one token moved",
        "K(A(E') − A(E)) ≥ G − Λ; G ≥ Φ(ρ)^{n−1} g(ρ) for m = 1",
        claim="accuracy-fails-at-every-noise-level",
        proof="its proof, and its bound of G",
    )
    yield from variation(threshold)
    yield from ends()
    yield from crossing(dimensions, dimensions if gaps is None else gaps, ratio, before)
    yield from certificates(four)
    yield from cross_checks()


def variation(threshold: Any) -> Iterator[Step]:
    """How G and Λ vary with ρ."""
    yield identity(
        "1. Λ",
        "1 − e^{−2ρm} = ∫_0^m 2ρe^{−2ρt}dt",
        1 - sp.exp(-2 * rho * z),
        sp.integrate(2 * rho * sp.exp(-2 * rho * t), (t, 0, z)),
    )
    yield inequality(
        "2. Λ increases",
        "in Λ = ∫_0^∞ e^{−u} s(ρ − u/(2ρ))^n du the argument of s does: 1 + u/(2ρ²) > 0",
        0,
        sp.diff(rho - u / (2 * rho), rho),
        because=1 + u / (2 * rho**2),
        strict=True,
    )
    # c = e^{−w} with w = −log c; z = ρ/2 + w/ρ, where e^{−w} e^{ρz − ρ²/2} = 1.
    w = sp.Symbol("w", real=True)
    end = rho / 2 + w / rho
    gain = 2 * (Phi(end) - sp.Rational(1, 2) - sp.exp(-w) * (Phi(end - rho) - Phi(-rho)))
    yield identity(
        "3. a gap",
        "d/dρ 2[Φ(z) − ½ − c(Φ(z − ρ) − Φ(−ρ))] = 2c(φ(z − ρ) − φ(ρ)), z = ρ/2 − (log c)/ρ",
        explicit(sp.diff(gain, rho)),
        explicit(2 * sp.exp(-w) * (phi(end - rho) - phi(rho))),
    )
    yield identity("4a. up to z = 2ρ", "−log c = 3ρ²/2 is z = 2ρ", end.subs(w, threshold * rho**2), 2 * rho)
    yield inequality(
        "4b. φ(z − ρ) ≥ φ(ρ)",
        "ρ² − (z − ρ)² = z(2ρ − z) ≥ 0 for z = 2ρ/(1 + t), t > 0",
        0,
        rho**2 - (2 * rho / (1 + t) - rho) ** 2,
        because=4 * rho**2 * t / (1 + t) ** 2,
    )
    # At an edge the range of z begins at −ρ − w/(2ρ), below the plane at −ρ.
    start = -rho - w / (2 * rho)
    edge = (1 - sp.exp(-w)) * Phi(rho) + Phi(-rho) - Phi(start) - sp.exp(-w) * (Phi(rho) - Phi(start + 2 * rho))
    yield identity(
        "5a. an edge",
        "d/dρ E(1 − c e^{Y_i})⁺ = 2c(φ(ρ + (log c)/(2ρ)) − φ(ρ))",
        explicit(sp.diff(edge, rho)),
        explicit(2 * sp.exp(-w) * (phi(rho - w / (2 * rho)) - phi(rho))),
    )
    yield inequality(
        "5b. φ(ρ + (log c)/(2ρ)) ≥ φ(ρ)",
        "ρ² − (ρ − w/(2ρ))² ≥ 0 for w = −log c = 4ρ²/(1 + t), t > 0",
        0,
        rho**2 - (rho - 4 * rho**2 / (1 + t) / (2 * rho)) ** 2,
        because=4 * rho**2 * t / (1 + t) ** 2,
    )
    yield identity(
        "6. E e^{−θY_i}",
        "e^{−θ(ρz − ρ²/2)}φ(z) = e^{θ(θ+1)ρ²/2}φ(z + θρ): over z > 0 twice, E e^{−θY_i} = 2e^{θ(θ+1)ρ²/2}Φ(−θρ)",
        sp.exp(-theta * (rho * z - rho**2 / 2)) * explicit(phi(z)),
        sp.exp(theta * (theta + 1) * rho**2 / 2) * explicit(phi(z + theta * rho)),
    )


def ends() -> Iterator[Step]:
    """What serves for large ρ and for small."""
    mills = phi(x) - x * Phi(-x)
    yield identity("7a. φ(x) − xΦ(−x) ends", "at 0, x → ∞", sp.limit(explicit(mills), x, sp.oo), 0)
    yield inequality(
        "7b. and falls", "(φ(x) − xΦ(−x))' = −Φ(−x) < 0: so φ(x) > xΦ(−x)", sp.diff(mills, x), 0, Phi(-x), strict=True
    )
    hazard = phi(z) / Phi(-z)
    yield identity(
        "8a. h = φ/Φ(−·) rises",
        "h' = h(h − z), positive by (7)",
        sp.diff(hazard, z),
        hazard * (hazard - z),
    )
    yield identity(
        "8b. Φ(−az)/Φ(−z) falls",
        "(log Φ(−az)/Φ(−z))' = h(z) − a h(az), negative for a > 1 by (8a)",
        sp.diff(sp.log(Phi(-a * z)) - sp.log(Phi(-z)), z),
        hazard - a * phi(a * z) / Phi(-a * z),
    )
    far = sp.sqrt(z**2 + s)
    yield identity(
        "9. Φ(−√(z² + s)) ≤ Φ(−z) e^{−s/2}",
        "with y = √(z² + s), d/ds (Φ(−y) e^{s/2}) = e^{s/2}(yΦ(−y) − φ(y))/(2y), negative by (7)",
        sp.diff(Phi(-far) * sp.exp(s / 2), s),
        sp.exp(s / 2) * (far * Phi(-far) - phi(far)) / (2 * far),
    )
    yield identity(
        "10. g'",
        "2(φ(ρ/2) − φ(ρ)) = 2φ(ρ)(e^{3ρ²/8} − 1)",
        explicit(sp.diff(4 * Phi(rho / 2) - 2 * Phi(rho) - 1, rho)),
        explicit(2 * phi(rho) * (sp.exp(3 * rho**2 / 8) - 1)),
    )
    yield grows_from(
        "11. e^u − 1 ≥ u",
        "0 at 0, with the derivative e^u − 1 = 2e^{u/2} sinh(u/2) > 0",
        sp.exp(u) - 1 - u,
        u,
        0,
        because=2 * sp.exp(u / 2) * sp.sinh(u / 2),
    )
    yield inequality(
        "11b. from n to n + 1",
        "2Φ(ρ) − 1 = Φ(ρ) − Φ(−ρ) < Φ(ρ): Λ gets a factor of at most 2Φ(ρ) − 1, G one of at least Φ(ρ)",
        Phi(rho) - Phi(-rho),
        Phi(rho),
        because=Phi(-rho),
        strict=True,
    )


def crossing(dimensions: int, gaps: int, ratio: str, before: str) -> Iterator[Step]:
    """The sign of G − Λ on both sides of a crossing in base 2."""
    from fsq_theory.balls.arithmetic import precision
    from fsq_theory.certificates.decimals import decimal
    from fsq_theory.certificates.moved_token import Move, gain, loss

    move = Move(False, dimensions, gaps)
    with precision(BITS):
        least, lost = gain(move, decimal(ratio), CELLS), loss(move, decimal(ratio))
        most, kept = gain(move, decimal(before), CELLS, upper=True), loss(move, decimal(before))
    where = f"n = {dimensions}, m = {gaps}"
    yield enclosure(f"12. {where}, r = {ratio}", f"G > Λ at {where}, r = {ratio}", least, ">", lost)
    yield enclosure(f"13. {where}, r = {before}", f"G < Λ at {where}, r = {before}", most, "<", kept)


def certificates(four: str) -> Iterator[Step]:
    """A certificate for each interval in the statement, which it has to state."""
    from fsq_theory.certificates.moved_token_kind import stated
    from fsq_theory.certificates.steps import certificate_step

    intervals = {
        f"moved-token-base-3-and-more-n-{n}": stated(True, n, where) for n, where in (LONG | {4: four}).items()
    }
    intervals |= {f"moved-token-base-2-n-{n}": stated(False, n, f"[{r}, ∞)") for n, r in BINARY.items()}
    for number, (name, states) in enumerate(intervals.items(), 14):
        yield certificate_step(f"{number}. {name}", name, CLAIM, states)


def cross_checks() -> Iterator[Step]:
    """The library's accuracy of a swapped 3 × 3, and published values of G and Λ."""
    from itertools import product

    import numpy as np

    from fsq_theory.balls.arithmetic import precision, rational
    from fsq_theory.certificates.decimals import decimal
    from fsq_theory.certificates.moved_token import Move, gain, loss
    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy

    square = np.array(list(product((-1.0, 0.0, 1.0), repeat=2)))
    swapped = square.copy()
    swapped[4] = (0.5, 1.0)
    with precision(BITS):
        move, at = Move(True, 2, 1), decimal("0.1")
        least = float((gain(move, at, CELLS) - loss(move, at)).mid())
        move, at = Move(False, 8, 8), rational(sp.Rational(23, 10))
        gained, lost = float(gain(move, at, 4 * CELLS).mid()), float(loss(move, at).mid())
        one = decimal("1")
        five, six = Move(True, 5, 4), Move(True, 6, 4)
        more = float((gain(six, one, CELLS) / gain(five, one, CELLS)).mid())
        less = float((loss(six, one) / loss(five, one)).mid())
    old, new = (accuracy(ArrayCodebook(codes), r=0.2) for codes in (square, swapped))
    yield at_most(
        "3 × 3 at r = 0.2", "G − Λ ≤ 9 (A(E') − A(E)), A exact in the plane", least, 9 * float(new.value - old.value)
    )
    yield at_most("n = 5 to 6 at ρ = 1: Λ", "Λ_6/Λ_5 ≤ 2Φ(1) − 1", less, math.erf(math.sqrt(0.5)))
    yield at_most("n = 5 to 6 at ρ = 1: G", "Φ(1) ≤ G_6/G_5", math.erfc(-math.sqrt(0.5)) / 2, more)
    yield agreement("base 2, n = 8, r = 2.3: G", "G = 0.9053158 by convolution in floats", gained, 0.9053158, 1e-6)
    yield agreement("base 2, n = 8, r = 2.3: Λ", "Λ = 0.8476 by quadrature in floats", lost, 0.8475554066, 1e-9)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
