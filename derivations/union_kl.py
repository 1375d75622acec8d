"""The union bound on the error, in terms of the path KL: how the two measures of [P26] are linked.

Statement.  Let Y = r e_k + Z with k ~ π and Z ~ N(0, I_n), r = α/σ, and let d_kj = ‖e_k − e_j‖ > 0 for k ≠ j.  Then

    1 − A ≤ Σ_k π_k Σ_{j≠k} Φ(−h_kj),   h_kj = r d_kj/2 + log(π_k/π_j)/(r d_kj),

which under equal priors is 1 − A ≤ (1/K) Σ_{k≠j} Φ(−r d_kj/2).  If KL_kj = ½ r² d_kj² is the KL between the unpinned
reverse paths towards e_k and e_j that stop at the SNR r², then Φ(−r d_kj/2) = Φ(−√(KL_kj/2)), so that

    1 − A ≤ (1/K) Σ_{k≠j} Φ(−√(KL_kj/2)) ≤ ½ (K − 1) exp(−min KL/4).

Assumptions.  K ≥ 2 distinct codes, every π_k > 0, 0 < r < ∞; the decision is MAP.  Then ties have probability 0.

Proof.  (1) The log posterior odds of j against k, written per coordinate; summing over coordinates gives r⟨Z, Δ⟩ − r²
d²/2 + log(π_j/π_k) with Δ = e_j − e_k and d = ‖Δ‖.  (2) W = ⟨Z, Δ⟩/d is a weighted sum of independent normals with Σ
(Δ_i/d)² = 1, so it is N(0, 1), and the odds are r d (W − h): the event B_kj that j is more probable than k has
probability Φ(−h_kj).  (3) Token k is lost when the number M of rivals more probable than it is at least 1, and 1{M ≥ 1}
≤ M; taking expectations gives the first bound.  (4) By the lemma the laws of two unpinned paths differ only by those of
X at the end ε, N(α e_k, σ² I) and N(α e_j, σ² I); their KL, added over coordinates, is ½ γ_ε d² with γ_ε = α²/σ²
(derivations/path_kl.py finds the same by Girsanov).  (5) Hence √(KL/2) =
r d/2.  (6) φ(u + x) ≤ e^{−x²/2} φ(u) for x, u ≥ 0; integrating over u > 0 gives Φ(−x) ≤ ½ e^{−x²/2}, and x² = KL/2.
There are K − 1 rivals a token.  (7) Numerical cross-checks of the library against the statement.

Remarks.  From below, 1 − A ≥ (1/K) Σ_k max_j Φ(−√(KL_kj/2)) (derivations/pairwise_lower_bounds.py): the KL to the
nearest codes decides the accuracy up to the number of neighbours.
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

CLAIM = "union-kl"
SOURCE = "this project"
CONCLUDES = "proved"
WRONG = {
    "Φ(−4 r d/7) in place of Φ(−r d/2)": {"half": sp.Rational(4, 7)},
    "Φ(−√(3 KL/5)) in place of Φ(−√(KL/2))": {"share": sp.Rational(3, 5)},
    "exp(−KL/3) in place of exp(−KL/4)": {"rate": sp.Rational(1, 3)},
}

r, d, p_k, p_j, sigma = sp.symbols("r d pi_k pi_j sigma", positive=True)
a, b, y, z, w, delta, kl = sp.symbols("a b y z w Delta KL", real=True)
u, x = sp.symbols("u x", nonnegative=True)
others = sp.symbols("m", integer=True, nonnegative=True)
HALF = sp.Rational(1, 2)


def derive(half: Any = HALF, share: Any = HALF, rate: Any = HALF / 2) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        half: the constant before r d in the argument of Φ; the statement has ½.
        share: the constant before the KL under the root; the statement has ½.
        rate: the constant before the KL in the exponent; the statement has ¼.
    """
    y_given_k = r * a + z
    yield identity(
        "1. odds, a coordinate",
        "½(y − r e_k)² − ½(y − r e_j)² = r z Δ − r²Δ²/2 for y = r e_k + z",
        ((y_given_k - r * a) ** 2 - (y_given_k - r * b) ** 2) / 2,
        r * z * (b - a) - r**2 * (b - a) ** 2 / 2,
    )
    h = half * r * d + sp.log(p_k / p_j) / (r * d)
    odds = r * d * w - r**2 * d**2 / 2 + sp.log(p_j / p_k)
    yield identity("2a. odds by W", "r d W − r² d²/2 + log(π_j/π_k) = r d (W − h)", odds, r * d * (w - h))
    yield identity(
        "2b. tail",
        "P(W > t) = ∫_t^∞ φ = Φ(−t) at every t",
        sp.integrate(explicit(phi(z)), (z, w, sp.oo)).rewrite(sp.erf),
        explicit(Phi(-w)),
    )
    yield identity("2c. equal priors", "h = r d/2", h.subs(p_k, p_j), r * d / 2)
    yield inequality("3. count of rivals", "1{M ≥ 1} = 1 ≤ M for M = 1 + m", 1, 1 + others)

    yield lemma(
        "A common kernel",
        "The KL of two unpinned reverse paths is that of their ends X_ε",
        proof="From X_ε on noise is added by the same transitions whatever the token, so the path given X_ε has the "
        "same law under both and dP^k/dP^j is the ratio of the laws of X_ε (derivations/token_path_kl.py).",
    )
    alpha = r * sigma
    gap = ((z - alpha * b) ** 2 - (z - alpha * a) ** 2) / (2 * sigma**2)
    density = sp.exp(-((z - alpha * a) ** 2) / (2 * sigma**2)) / (sigma * sp.sqrt(2 * sp.pi))
    yield identity(
        "4. KL, a coordinate",
        "E[log N(x; αe_k, σ²) − log N(x; αe_j, σ²) | k] = ½ r² Δ², r = α/σ",
        sp.Integral(sp.expand(gap.subs(b, a + delta)) * density, (z, -sp.oo, sp.oo)),
        r**2 * delta**2 / 2,
    )
    path = r**2 * d**2 / 2
    yield identity("5. threshold by KL", "√(KL/2) = r d/2", sp.sqrt(share * path), half * r * d)
    yield identity(
        "6a. shifted density",
        "φ(u + x) = e^{−x²/2} e^{−ux} φ(u)",
        explicit(phi(u + x)),
        sp.exp(-(x**2) / 2 - u * x) * explicit(phi(u)),
    )
    yield grows_from("6b. factor", "1 − e^{−v} ≥ 0 for v = u x ≥ 0", 1 - sp.exp(-u), u, 0)
    yield identity(
        "6c. tail",
        "e^{−x²/2} ∫_0^∞ φ(u) du = ½ e^{−KL/4} where x = √(KL/2)",
        sp.exp(-((r * d / 2) ** 2) / 2) * sp.Integral(explicit(phi(u)), (u, 0, sp.oo)),
        sp.exp(-rate * path) / 2,
    )
    yield from cross_checks(float(share))


def cross_checks(share: float) -> Iterator[Step]:
    """The library's path KL and union bound against each other, and against accuracies that are known."""
    import numpy as np
    from scipy.special import log_ndtr

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.codebooks.spec import codebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy
    from fsq_theory.denoiser.accuracy.bounds import error_bounds
    from fsq_theory.paths.path_kl import path_kl

    points = np.array(codebook("fsq:3,4").points)
    plain = ArrayCodebook(points)
    count = len(points)
    for rate in (2.0, 6.0):
        total = 0.0
        for k in range(count):
            for j in range(k + 1, count):
                found = path_kl(plain, gamma_eps=rate**2, pinned=False, pair=(k, j)).kl or 0.0
                total += 2 / count * float(np.exp(log_ndtr(-np.sqrt(share * found))))
        error = float(accuracy("fsq:3,4", rate).error)
        yield at_most(f"7a. r = {rate:g}", "1 − A ≤ the sum over the library's path KLs", error, total)
        union = float(np.exp(error_bounds(plain, rate).log_union))
        yield agreement(f"7b. r = {rate:g}", "the library's union bound is the sum", union, min(total, 1.0), 1e-6)
    prior = np.array([0.5, 0.3, 0.2])
    line = ArrayCodebook(np.array([[-1.0], [0.2], [1.0]]), prior)
    for rate in (1.0, 4.0):
        bound = float(np.exp(error_bounds(line, rate).log_union))
        yield at_most(f"7c. unequal priors, r = {rate:g}", "1 − A ≤ bound", float(accuracy(line, rate).error), bound)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
