"""The dual bound: any function bounds the accuracy of every codebook.

Statement.  For every integrable m ≥ 0 and any codebook e_1, …, e_K in R^n with equal priors,

    K A ≤ ∫ m + Σ_k ∫ (φ_n(y − r e_k) − m(y))⁺ dy,

with equality for m = max_k φ_n(· − r e_k), and precisely when almost everywhere m lies between the largest and the
second largest of the φ_n(y − r e_k).  So every codebook with codes in a set B, a box for example, has

    A ≤ (1/K) ∫ m + sup_{e in B} H(e),   H(e) = ∫ (φ_n(y − re) − m(y))⁺ dy.

The right-hand sides are convex in m, and |H(e) − H(e')| ≤ 2Φ(r‖e − e'‖/2) − 1 ≤ r‖e − e'‖/√(2π).

Assumptions.  r ≥ 0 finite.  With a prior, π_k φ_n takes the place of φ_n, and A that of K A.  This is the meta-converse
of [PPV10] for equiprobable tokens, with m in place of a multiple of its output density.

Proof.  K A = ∫ max_k a_k with a_k = φ_n(y − r e_k), by the MAP decision.  (1) At every y, whatever m ≥ 0, m + Σ_k (a_k
− m)⁺ ≥ m + (max_k a_k − m)⁺ = max(m, max_k a_k): two cases.  Integrating gives the bound; that for B replaces each
integral by the largest.  (2) In those cases the excess is R and R + s, so there is equality at y if and only if m is at
most the largest of the a_k and no other one exceeds m.  (3) (a − m)⁺ is convex in m, and so are ∫ m and integrals, sums
and suprema of convex functions.  (4) (a − m)⁺ − (b − m)⁺ ≤ (a − b)⁺, so H(e) − H(e') ≤ ∫ (φ_n(y − re) − φ_n(y − re'))⁺
dy; along e − e', at distance d = r‖e − e'‖, the first density is the larger on its side of the midpoint, which gives
Φ(d/2) − Φ(−d/2) = 2Φ(d/2) − 1.  (5) That function of d starts at 0 with slope 1/√(2π) and is concave.  (6) The bound
for a box is sharp where it is the segment and K = 2: with m = φ(|y| + r), below every φ(y − re), H(e) = 1 − ∫ m for all
e in [−1, 1], and A ≤ Φ(r), which the codes ±1 attain.  (7) Numerical cross-checks of the library's accuracies against
the bound.

Remarks.  Smoothness of H makes the supremum over a box a finite computation.  Shannon's cone-packing bound is this one
with a radial m (derivations/sphere_packing_bound.py); the volume bound (derivations/volume_bound.py) has m the supremum
of φ_n(y − re) over the box, for which H = 0.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import grows_from, identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.normal import Phi, explicit, phi
from fsq_theory.claims.numbers import agreement, at_most
from fsq_theory.claims.step import Step

CLAIM = "dual-bound"
SOURCE = "PPV10, with a proof of our own"
CONCLUDES = "proved"
WRONG = {
    "½ ∫ m in place of ∫ m": {"weight": sp.Rational(1, 2)},
    "(φ − 2m)⁺ in place of (φ − m)⁺": {"level": 2},
    "r‖e − e'‖/(2√(2π)) in place of r‖e − e'‖/√(2π)": {"slope": 1 / (2 * sp.sqrt(2 * sp.pi))},
}

m, s, t, rest, least = sp.symbols("m s t R a", nonnegative=True)
p1, q1, p2, q2, share, rate = sp.symbols("p_1 q_1 p_2 q_2 lambda mu", nonnegative=True)
r, z, d = sp.symbols("r z d", positive=True)
y = sp.symbols("y", real=True)
SLOPE = 1 / sp.sqrt(2 * sp.pi)


def positive_part(value: Any) -> Any:
    """x⁺ = max(x, 0)."""
    return sp.Max(value, 0)


def derive(weight: Any = 1, level: Any = 1, slope: Any = SLOPE) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        weight: the constant before ∫ m; the statement has 1.
        level: the constant before m in (φ − m)⁺; the statement has 1.
        slope: the constant before r‖e − e'‖; the statement has 1/√(2π).
    """

    def right_hand_side(m: Any, largest: Any, others: Any) -> Any:
        return weight * m + positive_part(largest - level * m) + others

    yield inequality(
        "1a. m below",
        "a ≤ m + (a − m)⁺ + R, by R, where a = m + s, s ≥ 0, and R ≥ 0 is the sum over the other tokens",
        m + s,
        right_hand_side(m, m + s, rest),
        because=rest,
    )
    yield inequality(
        "1b. m above",
        "a ≤ m + (a − m)⁺ + R, by R + s, where m = a + s",
        least,
        right_hand_side(least + s, least, rest),
        because=rest + s,
    )
    yield identity("2. equality", "m + (a − m)⁺ + R = a where m ≤ a and R = 0", right_hand_side(m, m + s, 0), m + s)
    combined, parts = share * (p1 - q1) + rate * (p2 - q2), share * p1 + rate * p2
    yield inequality(
        "3a. sublinear",
        "λx + μy ≤ λx⁺ + μy⁺ for λ, μ ≥ 0, with x = p_1 − q_1, x⁺ = p_1 and y = p_2 − q_2, y⁺ = p_2",
        combined,
        parts,
        because=share * q1 + rate * q2,
    )
    yield inequality("3b. sublinear", "0 ≤ λx⁺ + μy⁺; so (λx + μy)⁺ ≤ λx⁺ + μy⁺", 0, parts)
    a, m1, m2 = sp.symbols("a m_1 m_2", real=True)
    yield identity(
        "3c. convex",
        "a − (λm_1 + μm_2) = λ(a − m_1) + μ(a − m_2) for μ = 1 − λ",
        a - (share * m1 + (1 - share) * m2),
        share * (a - m1) + (1 - share) * (a - m2),
    )
    yield identity("4a. difference", "a − m = (a − b) + (b − m), with λ = μ = 1 in 3", a - m1, (a - m2) + (m2 - m1))
    yield identity(
        "4b. midpoint",
        "½(y − d)² − ½y² = d (d/2 − y): positive before the midpoint, negative beyond",
        (y - d) ** 2 / 2 - y**2 / 2,
        d * (d / 2 - y),
    )
    variation = 2 * Phi(d / 2) - 1
    yield identity(
        "4c. variation",
        "∫_{y < d/2} (φ(y) − φ(y − d)) dy = 2Φ(d/2) − 1",
        sp.integrate(explicit(phi(y) - phi(y - d)), (y, -sp.oo, d / 2)).rewrite(sp.erf),
        explicit(variation),
    )
    gap = slope * d - variation
    yield identity("5a. start", "d/√(2π) − (2Φ(d/2) − 1) = 0 at d = 0", gap.subs(d, 0), 0)
    yield grows_from("5b. slope", "its slope 1/√(2π) − φ(d/2) is ≥ 0", explicit(sp.diff(gap, d)), d, 0)

    e = (1 - t) / (1 + t)
    yield inequality(
        "6a. below every density",
        "(y − re)² ≤ (y + r)² for y ≥ 0 and e = (1 − t)/(1 + t), t ≥ 0, which is all of (−1, 1]; y < 0 by reflection",
        (s - r * e) ** 2,
        (s + r) ** 2,
        because=r * (1 + e) * (2 * s + r * (1 - e)),
    )
    area = 2 * sp.integrate(explicit(phi(z + r)), (z, 0, sp.oo))
    yield identity(
        "6b. two codes on a segment",
        "½ ∫ m + 1 − ∫ m = Φ(r), m = φ(|y| + r)",
        (weight * area / 2 + 1 - area).rewrite(sp.erf),
        explicit(Phi(r)),
    )
    yield from cross_checks(float(weight), float(level))


def cross_checks(weight: float, level: float) -> Iterator[Step]:
    """The library's accuracies against the bound, by trapezoids."""
    import numpy as np

    from fsq_theory.codebooks.spec import codebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy

    for spec, rate, width in (("fsq:5", 2.0, 0.005), ("fsq:3,3", 2.5, 0.04), ("psk:6", 3.0, 0.04)):
        points = np.array(codebook(spec).points)
        count, n = points.shape
        line = np.arange(-9.0, 9.0 + width, width)
        where = np.stack(np.meshgrid(*[line] * n, indexing="ij"), axis=-1)[None]
        square = ((where - rate * points.reshape(count, *[1] * n, n)) ** 2).sum(axis=-1)
        density = np.exp(-square / 2) / (2 * np.pi) ** (n / 2)
        exact = count * float(accuracy(spec, rate).value)

        def bound(m: np.ndarray, density: np.ndarray = density, cell: float = width**n) -> float:
            return cell * float(weight * m.sum() + np.maximum(density - level * m, 0).sum())

        best, second = density.max(axis=0), np.sort(density, axis=0)[-2]
        for name, m in (("the largest", best), ("the second largest", second), ("their mean", (best + second) / 2)):
            yield agreement(f"7a. {spec}, m {name}", "the bound is K A, to 1e-4 for the grid", bound(m), exact, 1e-4)
        mixture = density.mean(axis=0)
        for factor in (0.5, 1.0, 2.0):
            name = f"7b. {spec}, m = {factor:g} Σ φ(y − re)/K"
            yield at_most(name, "K A ≤ the bound, to 1e-4 for the grid", exact, bound(factor * mixture), 1e-4 * exact)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
