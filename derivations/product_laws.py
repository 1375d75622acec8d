"""Product codebooks: accuracies multiply, KL, information and MMSE add, the posterior factorises.

Statement.  Let the codebook be a product of others, its codes (e_a, f_b) with prior π_a ϖ_b (products of more factors
follow one by one), seen at Y = r X_0 + Z, Z ~ N(0, I).  Then at every r

    p(a, b | y) = p(a | y_1) p(b | y_2);    A = A_1 A_2, for MAP and for soft accuracy E[p(X_0|Y)];
    KL = KL_1 + KL_2,   I = I_1 + I_2,   H(X_0|Y) = H_1 + H_2,   MMSE = MMSE_1 + MMSE_2,

KL being the path KL of two tokens.  A set of L ≥ 2 levels on [−1, 1], equally spaced and equally probable, has A = 1 −
2(1 − 1/L) Φ(−r/(L − 1)).  So FSQ with L_1, …, L_n levels has

    A = Π_i [1 − 2(1 − 1/L_i) Φ(−r/(L_i − 1))],

which is Φ(r)^n for bits {±1}^n and [(4Φ(r/2) − 1)/3]^n for {−1, 0, 1}^n.

Assumptions.  The factors' K and n are any; the prior is a product too.

Proof.  Write p_a = π_a φ(y_1 − r e_a) and q_b = ϖ_b φ(y_2 − r f_b), and S_p, S_q for their sums.  (1) ‖y − r(e, f)‖² is
the sum of the parts', so the joint density of token and y is p_a q_b, whose sum over tokens is S_p S_q (distributive
law); the posterior is p_a q_b/(S_p S_q).  (2) p_a q_b is largest where p_a and q_b are; so MAP decides each part on its
own and ∫ max p_a q_b = ∫ max p_a · ∫ max q_b (Tonelli).  (3) The soft accuracy is ∫ Σ (p_a q_b)²/(S_p S_q), a product
in the same way.  (4) Logarithms of products add, so −log p(X_0|Y) does and its mean H(X_0|Y); H(π) adds, and I is the
difference.  The denoiser's part is Σ_ab p_a q_b e_a/(S_p S_q) = Σ_a p_a e_a/S_p, the factor's own; squared errors add.
The path KL is a multiple of ‖(e_a, f_b) − (e_a', f_b')‖², which adds.  (5) One coordinate of L levels, 2ρ apart after
scaling by r, ρ = r/(L − 1): midpoints decide; the two ends are kept with probability Φ(ρ), the L − 2 inner ones with
2Φ(ρ) − 1.  (6) The instances.  (7) Numerical cross-checks of the library against the statement, by quadrature in the
plane.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.normal import Phi, explicit, phi, reflected
from fsq_theory.claims.numbers import agreement
from fsq_theory.claims.step import Step

CLAIM = "product-laws"
SOURCE = "this project"
CONCLUDES = "proved"
WRONG = {
    "ends no more likely to be kept than inner levels": {"ends": 0},
    "levels 2/L apart": {"gaps": 0},
    "(4Φ(r/2) − 4)/3 for three levels": {"three": 4},
}

r, rho, p, q, S_p, S_q = sp.symbols("r rho p q S_p S_q", positive=True)
L = 2 + sp.symbols("l", integer=True, nonnegative=True)
y1, y2, e, f, z = sp.symbols("y_1 y_2 e f z", real=True)
less_p, less_q = sp.symbols("s t", nonnegative=True)


def derive(ends: Any = 2, gaps: Any = 1, three: Any = 1) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        ends: levels with one neighbour only; the statement has 2.
        gaps: what is subtracted from L to count the gaps; the statement has 1.
        three: what is subtracted from 4Φ(r/2) for three levels; the statement has 1.
    """
    yield identity(
        "1a. density",
        "φ(y_1 − re) φ(y_2 − rf) = e^{−((y_1 − re)² + (y_2 − rf)²)/2}/(2π)",
        explicit(phi(y1 - r * e) * phi(y2 - r * f)),
        sp.exp(-((y1 - r * e) ** 2 + (y2 - r * f) ** 2) / 2) / (2 * sp.pi),
    )
    yield identity(
        "1b. distributive law",
        "one more token of the first factor adds Σ_b p q_b: (S_p + p) S_q = S_p S_q + p S_q",
        (S_p + p) * S_q,
        S_p * S_q + p * S_q,
    )
    yield identity("1c. posterior", "p q/(S_p S_q) = (p/S_p)(q/S_q)", p * q / (S_p * S_q), p / S_p * (q / S_q))
    yield inequality(
        "2. largest",
        "p q ≤ P Q for p ≤ P = p + s and q ≤ Q = q + t",
        p * q,
        (p + less_p) * (q + less_q),
        because=less_p * q + p * less_q + less_p * less_q,
    )
    yield identity(
        "3. soft accuracy",
        "(p q)²/(S_p S_q) = (p²/S_p)(q²/S_q)",
        (p * q) ** 2 / (S_p * S_q),
        p**2 / S_p * (q**2 / S_q),
    )
    yield identity(
        "4a. entropy",
        "−log(p q/(S_p S_q)) = −log(p/S_p) − log(q/S_q)",
        -sp.log(p * q / (S_p * S_q)),
        -sp.log(p / S_p) - sp.log(q / S_q),
    )
    yield identity("4b. denoiser", "Σ_b p q_b e/(S_p S_q) = p e/S_p", p * S_q * e / (S_p * S_q), p * e / S_p)

    yield identity("5a. range", "−1 + (L − 1) · 2/(L − 1) = 1", -1 + (L - 1) * 2 / (L - gaps), 1)
    yield identity(
        "5b. midpoint",
        "log φ(y − ρ) − log φ(y + ρ) = 2ρ y: the nearer of two levels 2ρ apart is the more probable",
        ((y1 + rho) ** 2 - (y1 - rho) ** 2) / 2,
        2 * rho * y1,
    )
    yield identity(
        "5c. inner levels",
        "P(|Z| < ρ) = 2Φ(ρ) − 1",
        sp.Integral(explicit(phi(z)), (z, -rho, rho)),
        explicit(2 * Phi(rho) - 1),
    )
    yield identity(
        "5d. ends",
        "P(Z < ρ) = Φ(ρ)",
        sp.integrate(explicit(phi(z)), (z, -sp.oo, rho)).rewrite(sp.erf),
        explicit(Phi(rho)),
    )

    def levels(count: Any) -> Any:
        """1 − 2(1 − 1/L) Φ(−r/(L − 1))."""
        return 1 - 2 * (1 - sp.Integer(1) / count) * Phi(-r / (count - 1))

    kept = (ends * Phi(rho) + (L - ends) * (2 * Phi(rho) - 1)) / L
    yield identity(
        "5e. L levels",
        "(2Φ(ρ) + (L − 2)(2Φ(ρ) − 1))/L = 1 − 2(1 − 1/L) Φ(−ρ), ρ = r/(L − 1)",
        kept.subs(rho, r / (L - 1)),
        reflected(levels(L)),
    )
    yield identity("6a. bits", "L = 2: Φ(r)", reflected(levels(2)), Phi(r))
    yield identity("6b. three levels", "L = 3: (4Φ(r/2) − 1)/3", reflected(levels(3)), (4 * Phi(r / 2) - three) / 3)
    yield from cross_checks()


def cross_checks() -> Iterator[Step]:
    """The library's products against the plane, where nothing is factorised: trapezoids over y, every token listed."""
    import numpy as np
    from scipy.special import ndtr

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.codebooks.product_codebook import ProductCodebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy
    from fsq_theory.denoiser.information.information import information
    from fsq_theory.paths.path_kl import path_kl

    factors = [
        ArrayCodebook(np.array([[-1.0], [0.2], [1.0]]), np.array([0.5, 0.2, 0.3])),
        ArrayCodebook(np.array([[-1.0], [-1 / 3], [1 / 3], [1.0]])),
    ]
    book, rate, width = ProductCodebook(factors), 2.0, 0.04
    points, prior = np.array(book.points), np.array(book.prior)
    line = np.arange(-9.0, 9.0 + width, width)
    where = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    square = ((where[:, None, :] - rate * points) ** 2).sum(axis=2)
    joint = prior * np.exp(-square / 2) / (2 * np.pi) * width**2
    total = joint.sum(axis=1)
    posterior = joint / total[:, None]
    surprise = -(joint * np.log(np.maximum(posterior, 1e-300))).sum()
    error = (joint[:, :, None] * (points - (posterior @ points)[:, None, :]) ** 2).sum()
    found = information(book, rate)
    for name, got, want, tolerance in (
        ("MAP accuracy, kinks cost 1e-4", accuracy(book, rate).value, joint.max(axis=1).sum(), 1e-4),
        ("soft accuracy", accuracy(book, rate, readout="soft").value, (joint * posterior).sum(), 1e-9),
        ("information", found.information, -(prior * np.log(prior)).sum() - surprise, 1e-9),
        ("MMSE", found.mmse, error, 1e-9),
    ):
        yield agreement(
            f"7a. {name}", "the library's product agrees with the plane", float(got), float(want), tolerance
        )
    pairs = (1, 2), (0, 3)
    whole = path_kl(book, gamma_eps=4.0, pair=(1, 11)).kl or 0.0
    parts = [path_kl(factor, gamma_eps=4.0, pair=pair).kl or 0.0 for factor, pair in zip(factors, pairs, strict=True)]
    yield agreement("7b. path KL", "tokens 1 = (1, 0) and 11 = (2, 3)", whole, sum(parts), 1e-12)
    for spec, counts in (("fsq:8,5", [8, 5]), ("fsq:3^8", [3] * 8)):
        stated = float(np.prod([1 - 2 * (1 - 1 / count) * ndtr(-5.0 / (count - 1)) for count in counts]))
        yield agreement(f"7c. {spec}, r = 5", "closed form", float(accuracy(spec, 5.0).value), stated, 1e-12)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
