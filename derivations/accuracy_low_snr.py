"""At low SNR no codebook in the box is more accurate than FSQ with any levels, to second order in r.

Statement.  Let E be K codes in [−1, 1]^n under equal priors, Z ~ N(0, I_n), w(E) = E max_k Z·e_k, and B(r) =
(m^n)''(r) with m(r) = 2e^{r²/2}Φ(r).  For every r ≥ 0

    |K A(E, r) − 1 − r w(E)| ≤ ½ r² B(r),        w(E) ≤ n √(2/π),

with equality on the right exactly if E holds all 2^n corners; if a corner s is missing, then n√(2/π) − w(E) ≥ 2^{−n}
min_k ‖s − e_k‖_1 · E min_i |Z_i| > 0.  So K A ≤ 1 + r n √(2/π) + ½ r² B(r), where B(0) = n + 2n(n−1)/π, and FSQ with
any levels, which holds all corners, is optimal to first order as r → 0.  It is more than that: with L_i ≥ 2 levels in
coordinate i, at every r, for every codebook E of K = L_1 ⋯ L_n codes in the box,

    A(E, r) − A(FSQ, r) ≤ (1/K) (1 + r √(2/π))^n − A(FSQ, r), which grows with r,
    log A(E, r) − log A(FSQ, r) ≤ (r³/6) √(2/π) Σ_i (L_i − 1)^{−2}, with L levels in each n r³ √(2/π)/(6 (L − 1)²).

Assumptions.  Noise N(0, I_n), MAP decisions.  K and n are any; codes may coincide.

Proof.  (1) Dividing the density of X by that at r = 0, K A = E exp max_k (r Z·e_k − ½ r²‖e_k‖²).  Let T be that
maximum and S = max_k Z·e_k, |S| ≤ ‖Z‖_1.  Below: e^T ≥ 1 + T (2) and T ≥ r S − ½ r² n, so that K A ≥ 1 + r w − ½ r² n.
Above: T ≤ r S and e^v ≤ 1 + v + ½ v² e^{|v|} (3), so that K A ≤ 1 + r w + ½ r² E[‖Z‖_1² e^{r‖Z‖_1}].  (4) As E
e^{r‖Z‖_1} = m(r)^n, the last expectation is (m^n)'' = B (all exponential moments are finite), and B ≥ n (5).  Width:
Z·e ≤ ‖Z‖_1 for e in the box, and E‖Z‖_1 = n√(2/π) (6).  Let Z have the signs s, none 0, and e be in the box: ‖Z‖_1 −
Z·e = Σ |Z_i| (1 − s_i e_i) has no negative term (7), vanishes only for e = s, and is at least min_i |Z_i| · ‖s − e‖_1.
So if E holds s, nothing is lost where Z has the signs s, and if it does not, at least min_k ‖s − e_k‖_1 min_i |Z_i|;
|Z| is independent of the signs, which are s with probability 2^{−n}.  FSQ: K A = Π_i F_i, F_i = 1 + (L_i − 1)(2Φ(ρ_i) −
1) with ρ_i = r/(L_i − 1) (8).  By the volume bound K A(E) ≤ (1 + r√(2/π))^n, and in one dimension 1 ≤ F_i ≤ 1 +
r√(2/π); with log(1 + v) ≤ v (2), the difference of the logarithms is at most Σ_i (1 + r√(2/π) − F_i)/F_i ≤ Σ_i (1 +
r√(2/π) − F_i), and 2Φ(ρ) − 1 ≥ √(2/π)(ρ − ρ³/6) (9).  (1 + r√(2/π))^n − Π F_i has the derivative Σ_i [√(2/π) Π_{j≠i} (1
+ r√(2/π)) − F_i' Π_{j≠i} F_j], and 0 ≤ F_i' = 2φ(ρ_i) ≤ √(2/π), so that it grows (10).  (11) Numerical cross-checks.

Remarks.  The last bound is small where ρ is: for 3^8 it is 0.0072 at r = 0.3 and 0.27 at r = 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import grows_from, identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.normal import Phi, explicit, phi
from fsq_theory.claims.numbers import agreement, at_most
from fsq_theory.claims.step import Step

CLAIM = "accuracy-low-snr"
SOURCE = "this project"
CONCLUDES = "proved"
WRONG = {
    "w(E) ≤ n/√π": {"width": 1 / sp.sqrt(sp.pi)},
    "n r³ √(2/π)/(8(L−1)²) for the gap to FSQ": {"cubic": 8},
    "F' ≤ 1/√π": {"steepest": 1 / sp.sqrt(sp.pi)},
    "m = 2e^{r²/2}Φ(r/2)": {"scale": sp.Rational(1, 2)},
}

r, rho, v, a, c = sp.symbols("r rho v a c", positive=True)
n, L, more = sp.symbols("n L l", integer=True, positive=True)
x, e, z = sp.symbols("x e z", real=True)
WIDTH = sp.sqrt(2 / sp.pi)


def density(at: Any) -> Any:
    """φ, by the exponential function."""
    return explicit(phi(at))


def derive(width: Any = WIDTH, cubic: Any = 6, scale: Any = 1, steepest: Any = WIDTH) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        width: E|Z|, the constant before n in the width; the statement has √(2/π).
        cubic: the constant below r³ in the gap to FSQ; the statement has 6.
        scale: Φ's argument in m is scale · r; the statement has 1.
        steepest: the largest F'; the statement has √(2/π).
    """
    yield identity(
        "1. change of measure",
        "φ(x − re)/φ(x) = e^{rxe − r²e²/2} in each coordinate",
        density(x - r * e) / density(x),
        sp.exp(r * x * e - r**2 * e**2 / 2),
    )
    yield from convex("2a. e^v ≥ 1 + v, v ≥ 0", "e^v − 1 − v", sp.exp(v) - 1 - v, sp.exp(v))
    yield from convex("2b. e^{−v} ≥ 1 − v, v ≥ 0", "e^{−v} − 1 + v", sp.exp(-v) - 1 + v, sp.exp(-v))
    yield from convex(
        "3a. e^v from above, v ≥ 0",
        "1 + v + ½v²e^v − e^v",
        1 + v + v**2 * sp.exp(v) / 2 - sp.exp(v),
        2 * v * sp.exp(v) + v**2 * sp.exp(v) / 2,
    )
    yield from convex(
        "3b. e^{−v} from above, v ≥ 0",
        "1 − v + ½v² − e^{−v}, with ½v² ≤ ½v²e^v,",
        1 - v + v**2 / 2 - sp.exp(-v),
        2 * sp.exp(-v / 2) * sp.sinh(v / 2),
    )
    yield from moments(scale)
    yield identity("6. E|Z|", "2∫_0^∞ z φ(z) dz = √(2/π)", 2 * sp.integrate(z * density(z), (z, 0, sp.oo)), width)
    yield inequality(
        "7. what a corner adds",
        "|z| − z e = |z|(1 − s e) ≥ 0 for z of sign s: with |z| = a > 0, s e = 1 − c; it is > 0 unless c = 0",
        a * (1 - c),
        a,
        because=a * c,
        strict=True,
    )
    yield from against_fsq(cubic)
    yield from growth(steepest)
    yield from cross_checks()


def convex(name: str, what: str, function: Any, second: Any) -> Iterator[Step]:
    """A function of v that vanishes with its slope at 0, and whose second derivative is not negative."""
    yield identity(f"{name}, start", f"{what} vanishes at 0", function.subs(v, 0), 0)
    yield grows_from(
        f"{name}, slope", f"{what} has a slope that is 0 at 0 and grows", sp.diff(function, v), v, 0, because=second
    )


def moments(scale: Any) -> Iterator[Step]:
    """The moments of ‖Z‖_1 in the remainder."""
    m = explicit(2 * sp.exp(r**2 / 2) * Phi(scale * r))
    yield identity(
        "4a. E e^{r|Z|}",
        "2∫_0^∞ e^{rz} φ(z) dz = 2e^{r²/2} ∫_0^∞ φ(z − r) dz = 2e^{r²/2} Φ(r) = m; by independence E e^{r‖Z‖_1} = m^n",
        2 * sp.exp(r**2 / 2) * sp.integrate(density(z - r), (z, 0, sp.oo)).rewrite(sp.erf),
        m,
    )
    yield identity("4b. m'", "m' = r m + √(2/π)", sp.diff(m, r), r * m + WIDTH)
    yield identity("4c. m''", "m'' = (1 + r²) m + r √(2/π)", sp.diff(m, r, 2), (1 + r**2) * m + r * WIDTH)
    at_zero = {"m": m.subs(r, 0), "first": WIDTH, "second": m.subs(r, 0)}
    start = n * (n - 1) * at_zero["first"] ** 2 + n * at_zero["second"]
    yield identity("5a. B(0)", "n(n−1) m'² + n m'' = n + 2n(n−1)/π at r = 0, m = 1", start, n + 2 * n * (n - 1) / sp.pi)
    yield inequality(
        "5b. B ≥ n",
        "B(0) − n = 2n(n−1)/π ≥ 0 (n > 1 as n = 1 + l; for n = 1 both are 1), and E[‖Z‖_1² e^{r‖Z‖_1}] grows with r",
        n.subs(n, 1 + more),
        start.subs(n, 1 + more),
    )


def against_fsq(cubic: Any) -> Iterator[Step]:
    """The gap between any codebook and FSQ."""
    digit = 2 * Phi(rho) - 1
    factor = 1 + (L - 1) * digit
    yield identity(
        "8a. FSQ",
        "L A = 2Φ(ρ) + (L − 2)(2Φ(ρ) − 1) = 1 + (L − 1)(2Φ(ρ) − 1) for a digit: two end cells, L − 2 inner ones",
        2 * Phi(rho) + (L - 2) * digit,
        factor,
    )
    yield identity(
        "8b. its slope",
        "F = 1 at r = 0, ρ = r/(L − 1), and F' = √(2/π): so Π F_i has the slope n√(2/π)",
        explicit(factor.subs(rho, 0) * sp.diff(factor.subs(rho, r / (L - 1)), r)).subs(r, 0),
        WIDTH,
    )
    yield lemma(
        "volume bound",
        "K A(E) ≤ (1 + r√(2/π))^n for every codebook in the box",
        claim="volume-bound",
        proof="A = (1/K)∫ max_k φ_n(x − r e_k) dx, and the supremum over e in the box is a"
        " product over coordinates, of φ(0) where |x_i| ≤ r and φ(|x_i| − r) beyond.",
    )
    short = explicit(digit) - WIDTH * (rho - rho**3 / cubic)
    yield identity("9a. 2Φ(ρ) − 1 from below, start", "2Φ(ρ) − 1 − √(2/π)(ρ − ρ³/6) is 0 at 0", short.subs(rho, 0), 0)
    yield identity(
        "9b. and slope",
        "its derivative is √(2/π)(e^{−v} − 1 + v) at v = ρ²/2, which is ≥ 0 by 2b",
        sp.diff(short, rho),
        (WIDTH * (sp.exp(-v) - 1 + v)).subs(v, rho**2 / 2),
    )
    yield identity(
        "9c. the gap",
        "r√(2/π) − (L − 1)√(2/π)(ρ − ρ³/6) = r³√(2/π)/(6(L − 1)²) at ρ = r/(L − 1)",
        WIDTH * (r - (L - 1) * (rho - rho**3 / cubic)).subs(rho, r / (L - 1)),
        r**3 * WIDTH / (cubic * (L - 1) ** 2),
    )


def growth(steepest: Any) -> Iterator[Step]:
    """The difference of the volume bound and FSQ grows with r."""
    yield identity(
        "10a. F'",
        "F' = 2φ(ρ), ρ = r/(L − 1)",
        sp.diff((1 + (L - 1) * (2 * Phi(rho) - 1)).subs(rho, r / (L - 1)), r),
        2 * phi(r / (L - 1)),
    )
    yield grows_from("10b. F' ≤ √(2/π)", "√(2/π) − 2φ(ρ) ≥ 0 for ρ ≥ 0", steepest - explicit(2 * phi(rho)), rho, 0)
    slope, others, s, t = sp.symbols("f P s t", nonnegative=True)
    yield inequality(
        "10c. each term of the derivative",
        "√(2/π) Π_{j≠i} (1 + r√(2/π)) ≥ F_i' Π_{j≠i} F_j: (f + s)(P + t) ≥ f P for f = F_i', P = Π F_j, s, t ≥ 0",
        slope * others,
        (slope + s) * (others + t),
        because=slope * t + s * others + s * t,
    )


def cross_checks() -> Iterator[Step]:
    """The library's accuracies of FSQ, and of random and corner-less codebooks, against the statement."""
    import numpy as np
    from scipy.special import ndtr

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.codebooks.fsq import fsq
    from fsq_theory.denoiser.accuracy.accuracy import accuracy

    def remainder(dimensions: int, at: float) -> float:
        m = 2 * np.exp(at**2 / 2) * ndtr(at)
        first = at * m + np.sqrt(2 / np.pi)
        second = (1 + at**2) * m + at * np.sqrt(2 / np.pi)
        curvature = dimensions * (dimensions - 1) * m ** (dimensions - 2) * first**2
        return float(at**2 / 2 * (curvature + dimensions * m ** (dimensions - 1) * second))

    rates = np.array([0.01, 0.1, 0.3])
    for levels, dimensions in ((2, 8), (3, 4), (5, 2)):
        found = levels**dimensions * np.asarray(accuracy(fsq([levels] * dimensions), r=rates).value)
        for rate, value in zip(rates, found, strict=True):
            yield at_most(
                f"11a. {levels}^{dimensions}, r = {rate}",
                "|K A − 1 − r n√(2/π)| ≤ ½ r² B(r)",
                float(abs(value - 1 - rate * dimensions * np.sqrt(2 / np.pi))),
                remainder(dimensions, rate),
            )
    for spec, rate in (("fsq:4,2", 1.0), ("fsq:4,2", 4.0), ("fsq:8,5", 2.0)):
        levels = [int(part) for part in spec[4:].split(",")]
        plain, staggered = (float(accuracy(name, r=rate).value) for name in (spec, f"{spec}+stagger:0.5"))
        cubic = rate**3 / 6 * np.sqrt(2 / np.pi) * sum((level - 1) ** -2 for level in levels)
        where = f"11b. {spec} staggered, r = {rate:g}"
        yield at_most(where, "log A − log A(FSQ) ≤ its bound", float(np.log(staggered / plain)), float(cubic))
    points = np.random.default_rng(0).uniform(-1, 1, (9, 2))
    points[:3] = [[1, 1], [1, -1], [-1, 1]]
    without = np.asarray(accuracy(ArrayCodebook(points), r=rates).value)
    grid = np.asarray(accuracy(fsq([3, 3]), r=rates).value)
    wide = np.linspace(0.1, 8, 80)
    gaps = (1 + wide * np.sqrt(2 / np.pi)) ** 2 - 15 * np.asarray(accuracy("fsq:5,3", r=wide).value)
    yield at_most("11b. 5 × 3", "the difference grows: no step of it is below 0", 0.0, float(np.diff(gaps).min()))
    bound = 2 * rates**3 * np.sqrt(2 / np.pi) / 24
    for rate, log_ratio, most in zip(rates, np.log(without / grid), bound, strict=True):
        yield at_most(f"11b. nine codes, r = {rate}", "log A − log A(FSQ) ≤ its bound", float(log_ratio), float(most))
    missing = float(np.abs(points - [-1, -1]).sum(axis=1).min())
    smaller = 2 * (np.sqrt(2) - 1) / np.sqrt(np.pi)  # E min(|Z_1|, |Z_2|)
    yield at_most(
        "11c. a corner missing",
        "K(A(FSQ) − A)/r at r = 0.01 is at least the gap in width less both remainders",
        missing * smaller / 4 - 2 * remainder(2, 0.01) / 0.01,
        float(9 * (grid[0] - without[0]) / 0.01),
    )
    corners = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    four = float(accuracy(ArrayCodebook(corners), r=0.01).value)
    yield agreement("11d. corners", "4 A = (2Φ(0.01))²", 4 * four, float(2 * ndtr(0.01)) ** 2, 1e-13)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
