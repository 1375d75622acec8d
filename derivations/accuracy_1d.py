"""In one dimension FSQ maximises accuracy at every SNR, for every number of levels (as we understand [P26]).

Statement.  Let e_1 ≤ … ≤ e_K be codes in [−1, 1], K ≥ 2, with equal priors, and X = r e_k + ε, ε ~ N(0, 1), r > 0.
With the gaps Δ_i = e_{i+1} − e_i the accuracy of the best decision is

    A = (1/K) [1 + Σ_{i=1}^{K−1} (2Φ(rΔ_i/2) − 1)]  ≤  1 − 2 (1 − 1/K) Φ(−r/(K−1)),

with equality for the equally spaced codes from −1 to 1, which are FSQ with K levels, and for no others.

Assumptions.  ‖e‖_∞ ≤ 1; equal priors (for others, derivations/nonuniform_prior.py); codes may coincide.  The order of
the tokens does not matter under equal priors, so that they are taken in ascending order.

Proof.  (1) The likelier of two neighbouring codes is the closer one: the thresholds are the midpoints, half a gap
rΔ/2 from either.  Midpoints of ascending codes ascend, so the decision for e_k is the interval between its two
thresholds.  (2) It holds X with probability Φ(rΔ_k/2) + Φ(rΔ_{k−1}/2) − 1 for an inner code, Φ(rΔ/2) for an outer
one.  (3) Two codes have Φ(rΔ_1/2) each.  One more code, beyond the last, makes that one an inner code, and adds
2Φ(rΔ_K/2) − 1 to the sum over codes: by induction, the closed form.  A gap 0 adds nothing, as it must.

(4) Φ is strictly concave on x ≥ 0: it lies below its tangents there,

    Φ(s) ≤ Φ(m) + φ(m)(s − m)   for s ≥ 0 and m > 0, with equality only for s = m,

because the difference R of the right side and the left vanishes at m = s, and dR/dm = (m − s) m φ(m) has the sign of
m − s.  (5) Let s_i = rΔ_i/2, and m their mean.  They add to r(e_K − e_1)/2 ≤ r, so m ≤ r/(K−1), with equality only if
the outer codes are −1 and 1.  Summed over i, the tangent at m gives Σ Φ(s_i) ≤ (K−1) Φ(m), with equality only if all
gaps are equal; (6) and Φ increases.  If all codes coincide, m = 0 and A = 1/K, which is less.  (7) What results is
the accuracy of FSQ.  (8) Numerical cross-checks: quadrature of the largest density, and codes drawn at random.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import grows_from, identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.normal import Phi, explicit, phi, reflected
from fsq_theory.claims.numbers import agreement, at_most
from fsq_theory.claims.step import Step

CLAIM = "accuracy-1d"
SOURCE = "P26, optimality of FSQ in one dimension, as we understand it"
CONCLUDES = "proved"
HALF = sp.Rational(1, 2)
WRONG = {
    "thresholds a third of the way into a gap": {"share": sp.Rational(1, 3)},
    "A = (2 + Σ (2Φ(rΔ_i/2) − 1))/K": {"alone": 2},
    "Φ lies above its tangents": {"side": -1},
    "A = 1 − (1 − 1/K) Φ(−r/(K−1)) for FSQ": {"errors": 1},
    "codes in [−2, 2] do no better": {"reach": 2},
}

K = 2 + sp.Symbol("K_2", integer=True, nonnegative=True)
r, gap, mean, u = sp.symbols("r Delta m u", positive=True)
left, right, a, b, s = sp.symbols("Delta_1 Delta_2 a b s", nonnegative=True)
e, x = sp.symbols("e x", real=True)


def derive(share: Any = HALF, alone: int = 1, side: int = 1, errors: int = 2, reach: int = 1) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        share: where in a gap the threshold is; ½.
        alone: what is added to the sum over gaps in K·A; 1.
        side: 1 where Φ lies below its tangents, −1 where above.
        errors: the number of thresholds of an inner code; 2.
        reach: the largest size of a code; 1.
    """
    lower, upper = (sp.log(explicit(phi(x - r * code))) for code in (e, e + gap))
    yield identity(
        "1. neighbours",
        "log φ(x − re) − log φ(x − r(e+Δ)) = rΔ (re + rΔ/2 − x): the lower code wins below the midpoint",
        lower - upper,
        r * gap * (r * (e + share * gap) - x),
    )
    yield identity(
        "2. an inner code",
        "Φ(rΔ_k/2) − Φ(−rΔ_{k−1}/2) = Φ(rΔ_k/2) + Φ(rΔ_{k−1}/2) − 1",
        reflected(Phi(r * right / 2) - Phi(-r * left / 2)),
        Phi(r * right / 2) + Phi(r * left / 2) - 1,
    )
    last, new = Phi(r * left / 2), Phi(r * right / 2)
    yield identity("3a. two codes", "Φ(rΔ_1/2) + Φ(rΔ_1/2) = 1 + (2Φ(rΔ_1/2) − 1)", 2 * last, alone + 2 * last - 1)
    yield identity(
        "3b. one more code",
        "[Φ(rΔ_{K−1}/2) + Φ(rΔ_K/2) − 1] + Φ(rΔ_K/2) − Φ(rΔ_{K−1}/2) = 2Φ(rΔ_K/2) − 1",
        reflected(new - Phi(-r * left / 2)) + new - last,
        2 * new - 1,
    )
    yield identity("3c. a gap of 0", "2Φ(0) − 1 = 0", 2 * Phi(sp.S.Zero) - 1, 0)

    above = side * (Phi(mean) + phi(mean) * (s - mean) - Phi(s))
    yield identity("4a. slope", "dR/dm = (m − s) m φ(m)", sp.diff(above, mean), side * (mean - s) * mean * phi(mean))
    yield grows_from("4b. tangents, m > s", "0 < R for m > s", above, mean, s, strict=True)
    shrunk = above.subs(s, gap).subs(mean, gap / (1 + u))
    slope = side * (gap - gap / (1 + u)) * gap / (1 + u) * phi(gap / (1 + u)) * gap / (1 + u) ** 2
    yield grows_from("4c. tangents, m < s", "0 < R for m = s/(1 + u), u > 0", shrunk, u, 0, because=slope, strict=True)

    p, count, code = *sp.symbols("p K", integer=True, positive=True), sp.Function("e")
    gaps = sp.Sum(code(p + 1) - code(p), (p, 1, count - 1)).doit()
    yield identity("5a. width", "Σ Δ_i = e_K − e_1", gaps, code(count) - code(1))
    outer = r * ((reach - a) - (b - reach)) / 2
    yield inequality("5b. the box", "Σ s_i = r(e_K − e_1)/2 ≤ r", outer, r)
    yield grows_from(
        "6. wider is better", "0 < Φ(m + u) − Φ(m) for u > 0", Phi(mean + u) - Phi(mean), u, 0, strict=True
    )
    best = r * (2 / (K - 1)) / 2  # rΔ/2 at equal spacing, Δ = 2/(K − 1)
    yield identity(
        "7. FSQ",
        "(1 + (K−1)(2Φ(r/(K−1)) − 1))/K = 1 − 2(1 − 1/K) Φ(−r/(K−1))",
        (1 + (K - 1) * (2 * Phi(best) - 1)) / K,
        reflected(1 - errors * (1 - 1 / K) * Phi(-r / (K - 1))),
    )
    yield from cross_checks()


def cross_checks() -> Iterator[Step]:
    """The closed form against quadrature and against the library; codes drawn at random against FSQ."""
    import numpy as np
    from scipy.integrate import quad
    from scipy.special import ndtr

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy

    codes = np.array([-1.0, -0.3, -0.2, 0.7, 0.9])
    for rate in (0.7, 4.0):
        closed = (1 + np.sum(2 * ndtr(rate * np.diff(codes) / 2) - 1)) / 5
        corners = rate * (codes[1:] + codes[:-1]) / 2
        area, _ = quad(
            lambda y, r=rate: np.exp(-(np.min(np.abs(y - r * codes)) ** 2) / 2),
            -rate - 12,
            rate + 12,
            points=corners,
            epsabs=1e-13,
            limit=200,
        )
        area /= 5 * np.sqrt(2 * np.pi)
        found = float(accuracy(ArrayCodebook(codes[:, None]), rate).value)
        yield agreement(
            f"8a. r = {rate:g}", "the closed form is the integral of the largest density", closed, area, 1e-12
        )
        yield agreement(f"8b. r = {rate:g}", "and the library's accuracy", found, closed, 1e-12)
    rng = np.random.default_rng(0)
    for count in (2, 3, 5, 8):
        for rate in (0.5, 5.0, 20.0):
            drawn = np.sort(rng.uniform(-1, 1, (2000, count)), axis=1)
            highest = float(np.max((1 + np.sum(2 * ndtr(rate * np.diff(drawn) / 2) - 1, axis=1)) / count))
            best = float(accuracy(f"fsq:{count}", rate).value)
            stated = float(1 - 2 * (1 - 1 / count) * ndtr(-rate / (count - 1)))
            yield agreement(f"8c. K = {count}, r = {rate:g}", "the library's accuracy of FSQ", best, stated, 1e-13)
            yield at_most(f"8d. K = {count}, r = {rate:g}", "the best of 2000 random codebooks and FSQ", highest, best)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
