"""Codes equally spaced on a circle (M-PSK): the error as one integral over angles.

Statement.  Let M ≥ 2 codes lie on the unit circle at equal angles, with equal priors.  Then [C91]

    1 − A = (1/π) ∫_0^{π − π/M} exp(−r² sin²(π/M)/(2 sin² θ)) dθ.

For M = 2 it is Φ(−r); and for M = 4, where the codes are a square's corners, A = Φ(r/√2)².

Assumptions.  r > 0 finite.

Proof.  All codes have one norm, so MAP takes the nearest in angle: token k is kept in the wedge of half-angle β = π/M
about its code, whatever k.  Put the code at P = (r, 0) and let R be the distance from P to the wedge's upper edge, the
half-line t (cos β, sin β), t ≥ 0, along the ray from P that makes the angle ψ with the direction to the origin.  (1)
With θ = π − β − ψ it is R = r sin β/sin θ, by the law of sines: that point of the ray lies on the edge, at t = r sin(β
+ θ)/sin θ, and θ runs over (0, π − β) as t runs from ∞ to 0.  By the lemma what is outside the wedge above the axis is
the part of these rays beyond R.  (2) Noise is isotropic, with density ρ e^{−ρ²/2}/(2π) in polar coordinates about P,
so the part of a ray beyond R has the measure e^{−R²/2} dθ/(2π); and the lower edge gives the same.  Their sum is the
statement.  (3) M = 2: the integral has the slope −φ(r), by the change of variable u = cot θ, and is ½ at r = 0.  (4) A
square with corners on the unit circle is {±1/√2}², a product of bits at r/√2.  (5) Numerical cross-checks of the
library against the statement.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import enumeration, identity
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.normal import explicit, phi
from fsq_theory.claims.numbers import agreement, estimate_agreement
from fsq_theory.claims.step import Step

CLAIM = "psk-accuracy"
SOURCE = "C91, with a proof of our own"
CONCLUDES = "proved"
WRONG = {
    "r² sin²(π/M)/sin² θ in the exponent": {"half": 1},
    "sin²(2π/M) in place of sin²(π/M)": {"angles": 2},
    "1/(2π) in place of 1/π": {"edges": 1},
}

r, rho, R, u = sp.symbols("r rho R u", positive=True)
beta, theta = sp.symbols("beta theta", positive=True)
HALF = sp.Rational(1, 2)


def derive(half: Any = HALF, angles: Any = 1, edges: Any = 2) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        half: the constant before r² sin²(π/M)/sin² θ in the exponent; the statement has ½.
        angles: the multiple of π/M whose sine is taken; the statement has 1.
        edges: how many edges a wedge has, over 2π before the integral; the statement has 2.
    """
    reach = r * sp.sin(angles * beta) / sp.sin(theta)
    psi, along = sp.pi - beta - theta, r * sp.sin(beta + theta) / sp.sin(theta)
    yield identity("1a. on the edge, x", "r − R cos ψ = t cos β", r - reach * sp.cos(psi), along * sp.cos(beta))
    yield identity("1b. on the edge, y", "R sin ψ = t sin β", reach * sp.sin(psi), along * sp.sin(beta))
    yield identity(
        "1c. along the edge",
        "dt/dθ = −r sin β/sin² θ < 0, from t = ∞ at θ = 0 to t = 0 at θ = π − β",
        sp.diff(along, theta),
        -r * sp.sin(beta) / sp.sin(theta) ** 2,
    )
    yield identity("1d. its end", "t = 0 at θ = π − β", along.subs(theta, sp.pi - beta), 0)
    yield lemma(
        "Rays that leave a wedge",
        "Above the axis, the points outside the wedge are those at a distance beyond R on the rays with 0 < ψ < π − β",
        proof="Above the axis the wedge is the sector of angles in (0, β), convex as β ≤ π/2.  A ray from P upwards "
        "makes the angle π − ψ with the outward axis.  For π − ψ ≤ β its points have angles less than π − ψ, so it "
        "stays in the sector.  For π − ψ > β their angles rise from 0 to π − ψ, so it leaves the sector where it meets "
        "the edge, at the distance R by (1), and does not return, the sector being convex.",
    )
    exponent = half * r**2 * sp.sin(beta) ** 2 / sp.sin(theta) ** 2
    beyond = sp.Integral(rho * sp.exp(-(rho**2) / 2), (rho, R, sp.oo))
    yield identity(
        "2. beyond the edge",
        "∫_R^∞ ρ e^{−ρ²/2} dρ = e^{−R²/2}, twice over 2π: exp(−r² sin² β/(2 sin² θ))/π",
        2 * beyond.subs(R, r * sp.sin(beta) / sp.sin(theta)) / (2 * sp.pi),
        edges * sp.exp(-exponent) / (2 * sp.pi),
    )
    inner = sp.diff(sp.exp(-half * r**2 / sp.sin(theta) ** 2), r).subs(theta, sp.acot(u)) / (1 + u**2)
    yield identity(
        "3a. M = 2, slope",
        "(1/π) ∫_0^∞ ∂/∂r e^{−r²(1 + u²)/2} du/(1 + u²) = −φ(r), u = cot θ",
        sp.Integral(sp.simplify(inner), (u, 0, sp.oo)) / sp.pi,
        -explicit(phi(r)),
    )
    yield identity("3b. M = 2, r = 0", "(1/π) ∫_0^{π/2} dθ = ½", sp.Integral(1, (theta, 0, sp.pi / 2)) / sp.pi, HALF)
    yield lemma(
        "Accuracies multiply",
        "Bits {±1}² at r/√2 have A = Φ(r/√2)²",
        claim="product-laws",
    )
    turns = [sp.pi / 4 + turn * sp.pi / 2 for turn in range(4)]
    yield enumeration(
        "4. a square",
        "√2 (cos, sin)(π/4 + k π/2), k = 0, …, 3, are bits",
        [(f"k = {k}", all((sp.sqrt(2) * f(turn)) ** 2 == 1 for f in (sp.cos, sp.sin))) for k, turn in enumerate(turns)],
    )
    yield from cross_checks(float(half))


def cross_checks(half: float) -> Iterator[Step]:
    """The library's accuracies against the integral, bits and the plane."""
    import numpy as np
    from scipy.integrate import quad
    from scipy.special import ndtr

    from fsq_theory.denoiser.accuracy.accuracy import accuracy

    def stated(count: int, rate: float) -> float:
        slope = half * (rate * np.sin(np.pi / count)) ** 2
        area = quad(lambda t: np.exp(-slope / np.sin(t) ** 2), 1e-9, np.pi - np.pi / count, epsabs=1e-14)[0]
        return float(area / np.pi)

    for count, rate in ((2, 1.5), (3, 1.0), (8, 4.0), (64, 20.0)):
        found = float(accuracy(f"psk:{count}", rate).error)
        yield agreement(f"5a. psk:{count}, r = {rate:g}", "the integral", found, stated(count, rate), 1e-8)
    square = float(1 - ndtr(1.5 / np.sqrt(2)) ** 2)
    yield agreement("5b. M = 4", "1 − Φ(r/√2)²", stated(4, 1.5), square, 1e-8)
    codes = np.exp(2j * np.pi * np.arange(5) / 5) * 2.0
    draws = np.random.default_rng(0).standard_normal((200_000, 2)) @ np.array([1, 1j]) + codes[0]
    wrong = np.abs(draws[:, None] - codes).argmin(axis=1) != 0
    rate = float(wrong.mean())
    spread = float(wrong.std() / np.sqrt(len(wrong)))
    yield estimate_agreement("5c. psk:5, r = 2", "over 200 000 draws", rate, spread, stated(5, 2.0))


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
