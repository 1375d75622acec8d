"""Lower bounds on the error from pairs of codes: one neighbour, Bonferroni, de Caen.

Statement.  Let Y = r e_k + Z with Z ~ N(0, I_n), and let B_j be the event that token j ≠ k is more probable a
posteriori than k.  Given k, with d_kj = ‖e_k − e_j‖ and h_j = r d_kj/2 + log(π_k/π_j)/(r d_kj),

    P(B_j) = Φ(−h_j),   P(B_i ∩ B_j) = P(W_i > h_i, W_j > h_j),

(W_i, W_j) standard normal with correlation ρ_ij = (d_ki² + d_kj² − d_ij²)/(2 d_ki d_kj); and the error given k is
P(∪B_j), which is at least each of

    max_j P(B_j),        Σ_j P(B_j) − Σ_{i<j} P(B_i ∩ B_j),        Σ_j P(B_j)² / Σ_i P(B_i ∩ B_j),

the last being de Caen's bound [deC97] (its inner sum includes i = j).  Averaged over k ~ π they bound 1 − A from below,
and they stay lower bounds when j runs over some of the other tokens only.

Assumptions.  Codes are distinct, every π_k > 0, 0 < r < ∞; the decision is MAP.  Then ties have probability 0.

Proof.  (1) B_j is {W_j > h_j} with W_j = ⟨Z, Δ_j⟩/d_kj and Δ_j = e_j − e_k (derivations/union_kl.py); the W are jointly
normal, and their covariance ⟨Δ_i, Δ_j⟩/(d_ki d_kj) follows from distances, a coordinate at a time.  So P(∪B_j) depends
on the codebook through its distances only.  (2) For codes all equally far apart ρ = ½.  A union is at least as probable
as any of its events, and as any union of fewer of them: that is the bound by one neighbour, and the last sentence.
(3) Let M be the number of the events that occur.  Then 1{M ≥ 1} ≥ M − M(M−1)/2, by cases, and M(M−1)/2 is the number of
pairs that occur; expectations give Bonferroni's bound.  (4) On ∪B_j, 1 = Σ_j 1{B_j}/M.  For every λ, 1/M ≥ 2λ − λ²M; so
E[1{B_j}/M] ≥ 2λP(B_j) − λ²S_j with S_j = E[1{B_j} M] = Σ_i P(B_i ∩ B_j), and λ = P(B_j)/S_j gives de Caen's term.
(5) For two rivals with P(B_1) = P(B_2) = P it is at least P, and it is exact where they exclude each other or coincide.
(6) Numerical cross-checks: the library's bounds against these, and against accuracies in closed form.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.numbers import agreement, at_most
from fsq_theory.claims.step import Step

CLAIM = "pairwise-lower-bounds"
SOURCE = "deC97, with proofs of our own"
CONCLUDES = "proved"
WRONG = {
    "half the pairs in Bonferroni's bound": {"pairs": sp.Rational(1, 2)},
    "9/8 of de Caen's terms": {"share": sp.Rational(9, 8)},
    "the correlation doubled": {"correlation": 1},
}

HALF = sp.Rational(1, 2)
a, b, c = sp.symbols("a b c", real=True)
more = sp.symbols("m", integer=True, nonnegative=True)
M, P, S, lam, d = sp.symbols("M P S lambda d", positive=True)
both, apart = sp.symbols("b", positive=True), sp.symbols("a", nonnegative=True)


def derive(pairs: Any = 1, share: Any = 1, correlation: Any = HALF) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        pairs: the constant before Σ_{i<j} P(B_i ∩ B_j); the statement has 1.
        share: the constant before P(B_j)²; the statement has 1.
        correlation: the constant before (d_ki² + d_kj² − d_ij²)/(d_ki d_kj); the statement has ½.
    """
    yield identity(
        "1. covariance, a coordinate",
        "(b − a)(c − a) = ½[(b − a)² + (c − a)² − (b − c)²] for codes a (token k), b, c",
        (b - a) * (c - a),
        correlation * ((b - a) ** 2 + (c - a) ** 2 - (b - c) ** 2),
    )
    yield identity("2. equidistant", "ρ = ½", correlation * (d**2 + d**2 - d**2) / d**2, HALF)

    def bonferroni(count: Any) -> Any:
        return count - pairs * count * (count - 1) / 2

    yield identity("3a. Bonferroni, M = 0", "M − M(M−1)/2 = 0 = 1{M ≥ 1}", bonferroni(sp.S.Zero), 0)
    yield identity("3b. Bonferroni, M = 1", "M − M(M−1)/2 = 1 = 1{M ≥ 1}", bonferroni(sp.S.One), 1)
    yield inequality(
        "3c. Bonferroni, M = 2 + m", "M − M(M−1)/2 ≤ 1", bonferroni(2 + more), 1, because=more * (more + 1) / 2
    )
    yield inequality("4a. tangent", "2λ − λ²M ≤ 1/M", 2 * lam - lam**2 * M, 1 / M, because=(1 - lam * M) ** 2 / M)
    yield identity(
        "4b. its best", "2λP − λ²S = P²/S at λ = P/S", (2 * lam * P - lam**2 * S).subs(lam, P / S), share * P**2 / S
    )

    two = 2 * share * P**2 / (P + both)
    yield inequality(
        "5a. two rivals",
        "P ≤ 2P²/(P + b) where b = P(B_1 ∩ B_2) and P = b + a",
        both + apart,
        two.subs(P, both + apart),
        because=(both + apart) * apart / (2 * both + apart),
    )
    yield identity("5b. exclusive", "2P²/(P + 0) = P + P", two.subs(both, 0), 2 * P)
    yield identity("5c. coinciding", "2P²/(P + P) = P", two.subs(both, P), P)
    yield from cross_checks()


def cross_checks() -> Iterator[Step]:
    """The library's bounds against these, with overlaps by quadrature, and against errors in closed form."""
    import numpy as np
    from scipy.integrate import quad
    from scipy.special import log_ndtr, ndtr

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.codebooks.spec import codebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy
    from fsq_theory.denoiser.accuracy.bounds import error_bounds

    def overlap(first: float, second: float, rho: float) -> float:
        """P(W_i > first, W_j > second)."""
        if rho < -1 + 1e-9:
            return 0.0
        if rho > 1 - 1e-9:
            return float(ndtr(-max(first, second)))
        sine = np.sqrt(1 - rho**2)
        density = lambda w: np.exp(-(w**2) / 2) / np.sqrt(2 * np.pi) * ndtr((rho * w - second) / sine)  # noqa: E731
        return float(quad(density, first, first + 12, epsabs=1e-14)[0])

    for spec, rate in (("psk:8", 2.0), ("psk:8", 5.0), ("fsq:3,3", 3.0)):
        points = np.array(codebook(spec).points)
        square = ((points[:, None] - points[None]) ** 2).sum(axis=2)
        single, bonferroni, de_caen = [], [], []
        for k in range(len(points)):
            rivals = [j for j in range(len(points)) if j != k]
            own = {j: np.sqrt(square[k, j]) for j in rivals}
            lost = {j: float(np.exp(log_ndtr(-rate * own[j] / 2))) for j in rivals}
            joint = {
                (i, j): lost[i]
                if i == j
                else overlap(
                    rate * own[i] / 2,
                    rate * own[j] / 2,
                    (square[k, i] + square[k, j] - square[i, j]) / (2 * own[i] * own[j]),
                )
                for i in rivals
                for j in rivals
            }
            single.append(max(lost.values()))
            bonferroni.append(sum(lost.values()) - sum(joint[i, j] for i in rivals for j in rivals if i < j))
            de_caen.append(sum(lost[j] ** 2 / sum(joint[i, j] for i in rivals) for j in rivals))
        error = float(accuracy(spec, rate).error)
        for name, bound in (("one neighbour", single), ("Bonferroni", bonferroni), ("de Caen", de_caen)):
            yield at_most(f"6a. {spec}, r = {rate:g}, {name}", "bound ≤ 1 − A", float(np.mean(bound)), error)
        found = error_bounds(ArrayCodebook(points), rate)
        yield agreement(
            f"6b. {spec}, r = {rate:g}",
            "the library's one neighbour",
            float(np.exp(found.log_single)),
            np.mean(single),
            1e-9,
        )
        yield agreement(
            f"6c. {spec}, r = {rate:g}",
            "the library's de Caen, overlaps rounded up by 1e-6",
            float(np.exp(found.log_de_caen)),
            np.mean(de_caen),
            1e-5,
        )


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
