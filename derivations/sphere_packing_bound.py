"""Shannon's cone-packing bound: no codebook of given energy is more accurate than a cone of its share of the sphere.

Statement.  Let K ≥ 2 codes lie on the unit sphere of R^n, n ≥ 2, with equal priors.  Let ω(θ) be the share of the
sphere within the angle θ of a point and θ_K the angle with ω(θ_K) = 1/K.  Then [S59]

    A ≤ Q_n(θ_K),   Q_n(θ) = P(∠(re + Z, e) ≤ θ) = ∫_0^∞ φ(y − r) F_{n−1}(y tan θ) dy,   θ ≤ π/2,

ω'(θ) = Γ(n/2)/(√π Γ((n−1)/2)) sin^{n−2} θ, and F_m is the distribution function of the norm of m standard normals.  In
the plane θ_K = π/K and equally spaced codes (PSK) attain the bound; for K = 2 it is Φ(r), which two opposite codes
attain in every dimension.  Codes within the unit ball (every ‖e‖ ≤ 1) obey it with n + 1 in place of n.  If only the
mean energy is 1, then for every β > 1, with B(K', r) the bound for K' codes within the unit ball,

    1 − A ≥ (1 − 1/β)(1 − B(K', r√β)),   K' = ⌈(1 − 1/β) K⌉,   B(1, ·) = 1.

Assumptions.  0 < r < ∞.

Proof.  This is the dual bound (derivations/dual_bound.py), K A ≤ ∫ m + Σ_k ∫ (φ_n(y − r e_k) − m)⁺, for a radial m.
(1) With ‖e‖ = 1, φ_n(y − re) = c e^{−‖y‖²/2 + r‖y‖ cos ∠(y, e)}, c a constant.  Let m(y) = c e^{−‖y‖²/2 + r‖y‖ cos θ},
which is integrable.  (2) The difference has the sign of cos ∠ − cos θ: it is positive in the cone of half-angle θ about
e and nowhere else.  (3) In cylindrical coordinates (y_1, v = the norm of the others) about e, dy = v^{n−2} dv dy_1 dS,
so in polar ones the volume element is ρ^{n−1} sin^{n−2} θ dρ dθ dS.  (4) So the share of the cone in the integral of a
radial function is ω(θ) = ∫_0^θ sin^{n−2} / ∫_0^π sin^{n−2}; its derivative is found by integrating over ρ at r = 0.
(5) With ω(θ) = 1/K the bound is ∫ m + K (Q_n(θ) − (1/K) ∫ m) = K Q_n(θ).  The point re + Z has y_1 = r + Z_1, and v the
norm of n − 1 standard normals, independent; for θ ≤ π/2 the cone is v ≤ y_1 tan θ, y_1 > 0, or y_1 ≥ v cot θ, so that
likewise 1 − Q_n(θ) = ∫_0^∞ f(v) Φ(v cot θ − r) dv, f the density of v.  K ≥ 2 means θ_K ≤ π/2.
(6) The plane, where the MAP decisions of PSK are cones of half-angle π/K; space; and K = 2, where the cone is the half
space nearer to e.  (7) Codes in the ball, and codes of mean energy 1, by the last two lemmas.  (8) Numerical
cross-checks: PSK attains the bound; Q_3 by quadrature in polar coordinates; accuracies of codes on spheres.

Remarks.  No isoperimetric inequality is needed: that m is radial does its work.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.normal import Phi, explicit, phi
from fsq_theory.claims.numbers import agreement, at_most
from fsq_theory.claims.step import Step

CLAIM = "sphere-packing-bound"
SOURCE = "S59, with a proof of our own"
CONCLUDES = "proved"
WRONG = {
    "cones of the share 1/(2K)": {"share": sp.Rational(1, 2)},
    "sin^{n−1} θ in place of sin^{n−2} θ": {"power": 1},
    "θ_K = π/(K + 1) in the plane": {"apart": 1},
}

r, rho, K, integral, kept = sp.symbols("r rho K I Q", positive=True)
n = 2 + sp.symbols("m", integer=True, nonnegative=True)
y, e, q = sp.symbols("y e q", real=True)
theta, angle, v, tan = sp.symbols("theta psi v tau", positive=True)


def derive(share: Any = 1, power: Any = 2, apart: Any = 0) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        share: the cone's share of the sphere times K; the statement has 1.
        power: what is subtracted from n in the power of the sine; the statement has 2.
        apart: what is added to K in the angle of the plane; the statement has 0.
    """
    yield lemma(
        "The dual bound",
        "K A ≤ ∫ m + Σ_k ∫ (φ_n(y − r e_k) − m(y))⁺ dy for every integrable m ≥ 0",
        source="PPV10",
        claim="dual-bound",
        proof="K A = ∫ max_k a_k with a_k = φ_n(y − r e_k), and max a ≤ m + Σ_k (a_k − m)⁺.",
    )
    yield identity(
        "1. exponent, a coordinate",
        "−½(y − re)² = −½y² + r y e − ½r²e²; the sums are ‖y‖², ‖y‖ cos ∠ and ‖e‖² = 1",
        -((y - r * e) ** 2) / 2,
        -(y**2) / 2 + r * y * e - r**2 * e**2 / 2,
    )
    yield identity(
        "2. sign",
        "cos ψ − cos θ = 2 sin((θ + ψ)/2) sin((θ − ψ)/2): positive for 0 ≤ ψ < θ ≤ π, negative for ψ > θ",
        sp.cos(angle) - sp.cos(theta),
        2 * sp.sin((theta + angle) / 2) * sp.sin((theta - angle) / 2),
    )
    first, rest = rho * sp.cos(theta), rho * sp.sin(theta)
    jacobian = sp.Matrix([first, rest]).jacobian([rho, theta]).det()
    yield identity(
        "3. polar coordinates",
        "v^{n−2} |∂(y_1, v)/∂(ρ, θ)| = ρ^{n−1} sin^{n−2} θ for y_1 = ρ cos θ, v = ρ sin θ",
        sp.simplify(jacobian) * rho ** (n - 2) * sp.sin(theta) ** (n - 2),
        rho ** (n - 1) * sp.sin(theta) ** (n - power),
    )
    norm_density = v ** (n - 2) * sp.exp(-(v**2) / 2) / (2 ** ((n - 3) / 2) * sp.gamma((n - 1) / 2))
    yield identity(
        "4a. norm of n − 1 normals",
        "f(v) = v^{n−2} e^{−v²/2}/(2^{(n−3)/2} Γ((n−1)/2)) integrates to 1",
        sp.Integral(norm_density, (v, 0, sp.oo)),
        1,
    )
    slope = explicit(phi(rho)) * norm_density.subs(v, rho * tan) * rho * (1 + tan**2)

    def share_density(n: Any, sine: Any) -> Any:
        return sp.gamma(n / 2) / (sp.sqrt(sp.pi) * sp.gamma((n - 1) / 2)) * sine ** (n - power)

    yield identity(
        "4b. share of a cone",
        "at r = 0, dQ_n/dθ = ∫_0^∞ φ(y) f(y tan θ) y/cos² θ dy = Γ(n/2)/(√π Γ((n−1)/2)) sin^{n−2} θ",
        sp.Integral(sp.powsimp(sp.expand_power_base(slope)), (rho, 0, sp.oo)),
        share_density(n, tan / sp.sqrt(1 + tan**2)),
    )
    yield identity(
        "5. the bound",
        "∫ m + K (Q − ω ∫ m) = K Q for ω = 1/K",
        integral + K * (kept - share / K * integral),
        K * kept,
    )

    def share_of(angle: Any, n: int) -> Any:
        return sp.Integral(share_density(sp.Integer(n), sp.sin(theta)), (theta, 0, angle))

    yield identity("6a. plane", "ω(π/K) = 1/K for n = 2", share_of(sp.pi / (K + apart), 2), 1 / K)
    yield identity("6b. space", "ω(θ) = (1 − cos θ)/2 for n = 3", share_of(angle, 3), (1 - sp.cos(angle)) / 2)
    yield identity("6c. halves", "sin(π − θ) = sin θ, so ω(π/2) = ½ for every n", sp.sin(sp.pi - theta), sp.sin(theta))
    yield identity(
        "6d. K = 2",
        "Q_n(π/2) = ∫_0^∞ φ(y − r) dy = Φ(r)",
        sp.integrate(explicit(phi(rho - r)), (rho, 0, sp.oo)).rewrite(sp.erf),
        explicit(Phi(r)),
    )
    yield identity("7. a code in the ball", "‖e‖² + (√(1 − ‖e‖²))² = 1", e**2 + sp.sqrt(1 - e**2) ** 2, 1)
    yield lemma(
        "Codes in the ball",
        "A of K codes with ‖e‖ ≤ 1 in R^n is at most that of K codes on the unit sphere of R^{n+1}",
        proof="Append the coordinate √(1 − ‖e‖²) to each (7).  Whoever observes one more noisy coordinate may ignore "
        "it, so the best decision is right no less often.",
    )
    yield lemma(
        "Codes of mean energy 1",
        "1 − A ≥ (1 − 1/β)(1 − B(K', r√β)) for K' = ⌈(1 − 1/β) K⌉, β > 1, if the mean of ‖e‖² is 1",
        proof="At most K/β codes have ‖e‖² > β, so K'' ≥ K − K/β have not, and K'' ≥ K' as K'' is an integer.  The "
        "decisions for all K codes, used for these K'' alone, are right no more often than the best ones for them; "
        "scaled by 1/√β these are in the unit ball and seen at r√β.  So their mean error is at least 1 − B(K'', r√β) ≥ "
        "1 − B(K', r√β), B not increasing with the number of codes as θ_K falls and Q_n(θ) grows with θ; and their "
        "share K''/K of the error of all is at least 1 − 1/β of it.",
    )
    yield from cross_checks()


def cross_checks() -> Iterator[Step]:
    """PSK attains the library's bound; Q_3 in polar coordinates; accuracies of codes on spheres obey it."""
    import numpy as np

    from fsq_theory.codebooks.spec import codebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy
    from fsq_theory.denoiser.accuracy.limits import log_cone_error

    def cone(count: int, n: int, rate: float) -> float:
        """Q_n(θ_K), by an integral over the norm of n − 1 normals."""
        return float(-np.expm1(log_cone_error(count, n, rate)))

    for count in (3, 5, 16):
        bound = cone(count, 2, 2.5)
        found = float(accuracy(f"psk:{count}", 2.5).value)
        yield agreement(f"8a. psk:{count}", "A = Q_2(π/K)", found, bound, 1e-10)

    nodes, weights = np.polynomial.legendre.leggauss(60)
    for count, rate in ((4, 1.0), (12, 3.0)):
        top = np.arccos(1 - 2 / count)
        turn, radius = top * (nodes + 1) / 2, (rate + 9) * (nodes + 1) / 2
        rr, tt = np.meshgrid(radius, turn, indexing="ij")
        shell = np.exp(-(rr**2 - 2 * rr * rate * np.cos(tt) + rate**2) / 2) * rr**2 * np.sin(tt) / np.sqrt(2 * np.pi)
        volume = float(np.einsum("i,j,ij", weights, weights, shell)) * top * (rate + 9) / 4
        bound = cone(count, 3, rate)
        yield agreement(f"8b. n = 3, K = {count}", "Q_3 in polar coordinates", bound, volume, 1e-9)

    for spec, rate in (("simplex:4", 2.0), ("biorthogonal:6", 2.0), ("onehot:16", 3.0), ("biorthogonal:32", 2.5)):
        book = codebook(spec)
        bound = cone(book.K, book.n, rate)
        yield at_most(f"8c. {spec}, r = {rate:g}", "A ≤ Q_n(θ_K)", float(accuracy(book, rate).value), bound)
    for spec, rate in (("fsq:3^4", 3.0), ("fsq:5,5", 8.0)):
        # Scaled into the unit ball by the largest norm √n, and lifted by one coordinate.
        book = codebook(spec)
        bound = cone(book.K, book.n + 1, rate * float(np.sqrt(book.n)))
        yield at_most(f"8d. {spec}, r = {rate:g}", "A ≤ Q_{n+1}(θ_K) at r√n", float(accuracy(book, rate).value), bound)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
