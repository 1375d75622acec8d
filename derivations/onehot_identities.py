"""One-hot, simplex and biorthogonal codes: one-dimensional integrals, and the curves of [Duo] and [CANDI].

Statement.  Let codes have norm 1, equal priors, and Y = r e_k + Z with Z ~ N(0, I_n).  Then for K ≥ 2

    orthogonal (one-hot):     A = ∫ φ(z − r) Φ(z)^{K−1} dz;
    simplex:                  the same with r √(K/(K − 1)) in place of r;
    biorthogonal (±e_i), K = 2n:    A = ∫_0^∞ φ(z − r) (2Φ(z) − 1)^{n−1} dz.

For orthogonal codes at r = α/σ, with the definitions of two papers as we understand them:

[CANDI] calls discrete identity corruption the probability ρ(σ/α) that the largest coordinate of αe_k + σZ is not the
k-th, and rank degradation the expected share of the K − 1 wrong coordinates that exceed the k-th.  These are 1 − A and
Φ(−α/(σ√2)).

[Duo] takes the largest coordinate of a Gaussian diffusion of one-hot codes.  At each time it has the law of a
uniform-state discrete diffusion, whose token is kept with probability T and otherwise redrawn from all K, where T =
(K/(K − 1)) [∫ φ(z − r) Φ(z)^{K−1} dz − 1/K] is the diffusion transformation operator.  So A = (1 + (K − 1) T)/K, the
discrete process's own accuracy.

Assumptions.  r ≥ 0 finite.

Proof.  (1) ‖y − re_j‖² = ‖y‖² − 2r y_j + r² for orthonormal codes, so MAP takes the largest coordinate.  Given k, y_k =
r + Z_k has density φ(z − r), and the other K − 1 coordinates, independent of it and of each other, are all below z with
probability Φ(z)^{K−1}.  (2) At r = 0 the integral is 1/K; for K = 2 it is Φ(r/√2), as two codes √2 apart must have.
(3) The simplex's codes √(K/(K−1)) (e_k − 1/K) have norm 1, inner products −1/(K − 1), and all distances √(K/(K−1))
times those of orthogonal codes; these, times r, determine the accuracy by the lemma.  (4) For ±e_i the squared
distances are ‖y‖² ∓ 2r y_i + r²: given e_1, MAP is right when y_1 > 0 and |y_j| < y_1 for all n − 1 others, each of
probability 2Φ(y_1) − 1.  At r = 0 the integral is 1/(2n), and for n = 1 it is Φ(r).  (5) Dividing αe_k + σZ by σ
changes no order: discrete identity corruption is 1 − A.  A wrong coordinate exceeds the k-th when Z_j − Z_k > r, a
normal of variance 2; each wrong one has the same probability.  (6) Duo's token is right if kept or redrawn right: T +
(1 − T)/K = A, and each wrong token has (1 − T)/K = (1 − A)/(K − 1), as by symmetry the largest coordinate has.  (7)
Numerical cross-checks of the library, and draws.

Remarks.  A share of all K coordinates, as in the public code of [CANDI], is (1 − 1/K) Φ(−α/(σ√2)).  In [Duo] the laws
agree at each time, not as those of processes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.normal import Phi, explicit, phi, reflected
from fsq_theory.claims.numbers import agreement, estimate_agreement
from fsq_theory.claims.step import Step

CLAIM = "onehot-identities"
SOURCE = "this project; Duo and CANDI, definitions as we understand them"
CONCLUDES = "proved"
WRONG = {
    "Φ^K in place of Φ^{K−1}": {"rivals": 0},
    "√(K/(K + 1)) for the simplex": {"simplex": -1},
    "A = (1 + K T)/K": {"kept": 0},
    "Φ(−α/(2σ)) for the rank degradation": {"spread": 4},
}

r, x = sp.symbols("r x", positive=True)
K = 1 + sp.symbols("k", integer=True, positive=True)
n = sp.symbols("n", integer=True, positive=True)
square, y_j, z, T = sp.symbols("S y_j z T", real=True)


def derive(rivals: Any = 1, simplex: Any = 1, kept: Any = 1, spread: Any = 2) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        rivals: what is subtracted from K in the power of Φ; the statement has 1.
        simplex: what is subtracted from K in the simplex's scale √(K/(K − 1)); the statement has 1.
        kept: what is subtracted from K in (1 + (K − 1) T)/K; the statement has 1.
        spread: the variance of a rival's lead in the rank degradation; the statement has 2.
    """
    yield identity(
        "1a. distances",
        "(y_j − r)² + (S − y_j²) = S − 2r y_j + r², S = ‖y‖²",
        (y_j - r) ** 2 + (square - y_j**2),
        square - 2 * r * y_j + r**2,
    )
    all_below = Phi(z) ** (K - rivals)
    yield identity(
        "2a. r = 0", "φ Φ^{K−1} = d/dz Φ^K/K, so the integral is 1/K", phi(z) * all_below, sp.diff(Phi(z) ** K / K, z)
    )
    yield identity(
        "2b. slope, K = 2",
        "∂/∂r φ(z − r) Φ(z) = φ(z − r) φ(z) − d/dz (φ(z − r) Φ(z))",
        explicit(sp.diff(phi(z - r), r) * Phi(z)),
        explicit(phi(z - r) * phi(z) - sp.diff(phi(z - r) * Phi(z), z)),
    )
    yield identity(
        "2c. K = 2",
        "∫ φ(z − r) φ(z) dz = d/dr Φ(r/√2), and ½ = Φ(0)",
        sp.Integral(explicit(phi(z - r) * phi(z)), (z, -sp.oo, sp.oo)),
        explicit(sp.diff(Phi(r / sp.sqrt(2)), r)),
    )

    yield lemma(
        "Accuracy by distances",
        "Under equal priors A depends on the codebook only through r times its distances",
        proof="Given k, token j is more probable when W_j > r d_kj/2; the W_j are jointly standard normal, with "
        "correlations (d_ki² + d_kj² − d_ij²)/(2 d_ki d_kj) (derivations/pairwise_lower_bounds.py, step 1).",
    )
    scale = sp.sqrt(K / (K - simplex))
    own, other = scale * (1 - 1 / K), -scale / K
    norm, inner = own**2 + (K - 1) * other**2, 2 * own * other + (K - 2) * other**2
    yield identity("3a. simplex, norm", "(K/(K−1)) [(1 − 1/K)² + (K − 1)/K²] = 1", norm, 1)
    yield identity("3b. simplex, inner products", "−1/(K − 1)", inner, -1 / (K - 1))
    yield identity("3c. simplex, distances", "2 − 2⟨s_i, s_j⟩ = (K/(K − 1)) · 2", 2 - 2 * inner, 2 * K / (K - 1))

    inside = reflected(Phi(z) - Phi(-z))
    yield identity("4a. biorthogonal, a rival", "P(|y_j| < z) = Φ(z) − Φ(−z) = 2Φ(z) − 1", inside, 2 * Phi(z) - 1)
    yield identity(
        "4b. biorthogonal, r = 0",
        "φ (2Φ − 1)^{n−1} = d/dz (2Φ − 1)^n/(2n), so the integral is 1/(2n)",
        phi(z) * (2 * Phi(z) - 1) ** (n - 1),
        sp.diff((2 * Phi(z) - 1) ** n / (2 * n), z),
    )
    yield identity(
        "4c. biorthogonal, n = 1",
        "∫_0^∞ φ(z − r) dz = Φ(r)",
        sp.integrate(explicit(phi(x - r)), (x, 0, sp.oo)).rewrite(sp.erf),
        explicit(Phi(r)),
    )

    lead = sp.Integral(explicit(phi(z) * phi(z + x)), (z, -sp.oo, sp.oo))
    yield identity(
        "5. rank degradation",
        "P(Z_j − Z_k > r) = ∫_r^∞ ∫ φ(z) φ(z + x) dz dx = Φ(−r/√2)",
        sp.integrate(lead, (x, r, sp.oo)).rewrite(sp.erf),
        explicit(Phi(-r / sp.sqrt(spread))),
    )

    A = (1 + (K - kept) * T) / K
    yield identity(
        "6a. Duo's operator", "T = (K/(K − 1)) (A − 1/K) for A = (1 + (K − 1) T)/K", K / (K - 1) * (A - 1 / K), T
    )
    yield identity("6b. kept or redrawn right", "T + (1 − T)/K = A", T + (1 - T) / K, A)
    yield identity("6c. redrawn wrong", "(1 − T)/K = (1 − A)/(K − 1)", (1 - T) / K, (1 - A) / (K - 1))
    yield from cross_checks(rivals)


def cross_checks(rivals: int) -> Iterator[Step]:
    """The library's accuracies against the integrals, and both curves of [CANDI] against draws."""
    import numpy as np
    from scipy.integrate import quad
    from scipy.special import log_ndtr, ndtr

    from fsq_theory.denoiser.accuracy.accuracy import accuracy

    def by_largest(rate: float, count: int) -> float:
        """∫ φ(z − r) Φ(z)^{K−1} dz."""
        density = lambda z: np.exp(-((z - rate) ** 2) / 2 + (count - rivals) * log_ndtr(z)) / np.sqrt(2 * np.pi)  # noqa: E731
        return float(quad(density, -4.0, rate + 12, epsabs=1e-13, limit=200)[0])

    for spec, rate, scaled in (
        ("onehot:16", 2.0, 2.0),
        ("onehot:6561", 5.0, 5.0),
        ("simplex:16", 2.0, 2 * np.sqrt(16 / 15)),
    ):
        count = int(spec.split(":")[1])
        found = float(accuracy(spec, rate).value)
        yield agreement(f"7a. {spec}, r = {rate:g}", "the integral", found, by_largest(scaled, count), 1e-9)
    rival = lambda z: np.exp(-((z - 2.0) ** 2) / 2) / np.sqrt(2 * np.pi) * (2 * ndtr(z) - 1) ** 7  # noqa: E731
    found = float(accuracy("biorthogonal:16", 2.0).value)
    yield agreement(
        "7b. biorthogonal:16, r = 2", "the integral", found, float(quad(rival, 0, 14, epsabs=1e-13)[0]), 1e-9
    )

    alpha, sigma, count, draws = 0.6, 0.4, 16, 100_000
    noisy = sigma * np.random.default_rng(0).standard_normal((draws, count))
    noisy[:, 0] += alpha
    for name, sample, expected in (
        ("7c. identity corruption", noisy.argmax(axis=1) != 0, float(accuracy("onehot:16", alpha / sigma).error)),
        (
            "7d. rank degradation",
            (noisy[:, 1:] > noisy[:, :1]).mean(axis=1),
            float(ndtr(-alpha / (sigma * np.sqrt(2)))),
        ),
    ):
        spread = float(sample.std() / np.sqrt(draws))
        yield estimate_agreement(
            name, "over 100 000 draws, α = 0.6, σ = 0.4, K = 16", float(sample.mean()), spread, expected
        )


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
