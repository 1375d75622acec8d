"""FSQ of base 2 is a strict local maximiser of accuracy in the box, in every dimension and at every noise level.

Statement.  Let E = {−1, 1}^n, K = 2^n, r > 0, and let V move each code e_s by v_s into the box: s_i v_{s,i} ≤ 0.  Then

    A(E + V) − A(E) = −(r/K) φ(r) Φ(r)^{n−1} ‖V‖_1 + o(‖V‖),        ‖V‖_1 = Σ_s Σ_i |v_{s,i}|,

so there is δ > 0, which may depend on n and r, with A(E + V) < A(E) for all such V with 0 < ‖V‖ < δ.

Assumptions.  Equal priors, noise N(0, I_n), MAP decisions, ‖e‖_∞ ≤ 1.

Proof.  K A(E) = ∫ max_k f_k dx with f_k(x) = φ_n(x − r e_k).  (1) By the lemma A is differentiable in all codes
together, and its derivative along V is (1/K) Σ_s ∫_{C_s} Df_s[v_s] dx over the decision cells C_s: that the cells move
does not count at first order.  (2) Df_s[v] = r (x − r e_s)·v f_s.  C_s is the orthant of s; with u_i = s_i x_i − r,
the offset from the code counted outwards, it is {u_i > −r for all i}.  (3) So ∫_{C_s} (x_i − r s_i) f_s dx = s_i φ(r)
Φ(r)^{n−1}: one factor is ∫_{−r}^∞ u φ(u) du = φ(r), the n − 1 others are ∫_{−r}^∞ φ(u) du = Φ(r).  (4) With s_i
v_{s,i} = −|v_{s,i}| the sum over codes and coordinates is −r φ(r) Φ(r)^{n−1} ‖V‖_1.  Strictness: the derivative is at
most −c‖V‖ with c = (r/K) φ(r) Φ(r)^{n−1} > 0 because ‖V‖_1 ≥ ‖V‖, and the lemma's remainder is below c‖V‖ once 0 < ‖V‖
< δ: it is uniform in the direction.  (5) Numerical cross-checks.

Remarks.  How far the neighbourhood reaches is another matter: for n ≥ 5 a single corner moved to the origin raises A
at some r (accuracy_global.py).  Bases 3 and more have inner coordinates, at which the first derivative vanishes
(accuracy_local_every_base.py).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.normal import Phi, explicit, phi
from fsq_theory.claims.numbers import agreement
from fsq_theory.claims.step import Step

CLAIM = "accuracy-local-base-2"
SOURCE = "this project"
CONCLUDES = "proved"
WRONG = {
    "the derivative has the factor Φ(r)^n": {"others": 0},
    "the slope is φ(r/2)": {"slope": phi(sp.Symbol("r", positive=True) / 2)},
    "codes may move out of the box": {"inward": 1},
}

r, K, length = sp.symbols("r K v", positive=True)
n = sp.symbols("n", integer=True, positive=True)
x, e, u = sp.symbols("x e u", real=True)


def density(at: Any) -> Any:
    """φ, by the exponential function."""
    return explicit(phi(at))


def derive(others: Any = 1, slope: Any = None, inward: Any = -1) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        others: Φ has the power n − others; the statement has n − 1.
        slope: the factor of the coordinate that moves; the statement has φ(r).
        inward: the sign of s_i v_{s,i}; the statement has −1.
    """
    slope = phi(r) if slope is None else slope
    yield lemma(
        "1. differentiating under the maximum",
        "With distinct codes, ∫ max_k f_k dx is differentiable in all codes together, with derivative"
        " Σ_k ∫_{C_k} Df_k[v_k] dx over the cells C_k = {x: f_k is the largest}",
        proof="""For each x, |max_k f_k(E + V) − max_k f_k(E)| ≤ max_k |f_k(E + V) − f_k(E)| ≤ ‖V‖ h(x) for ‖V‖ ≤ 1,
        where h(x) = max_k sup_{‖w‖ ≤ 1} r ‖x − r(e_k + w)‖ φ_n(x − r(e_k + w)) is integrable. Off the finitely many
        hyperplanes f_k = f_j, which have measure 0, one f_k is the largest at E and remains so for small V, so that
        (max_k f_k(E + V) − max_k f_k(E) − Df_k[v_k])/‖V‖ → 0 as V → 0 in any manner, while it is at most 2h(x). By
        dominated convergence the same holds for the integrals.""",
    )
    yield identity(
        "2. one density",
        "∂/∂e φ(x − re) = r (x − re) φ(x − re) in the coordinate that moves",
        sp.diff(density(x - r * e), e),
        r * (x - r * e) * density(x - r * e),
    )
    moving = sp.integrate(u * density(u), (u, -r, sp.oo))
    yield identity(
        "3a. the coordinate that moves", "∫_{−r}^∞ u φ(u) du = φ(r)", moving.rewrite(sp.erf), explicit(slope)
    )
    still = sp.integrate(density(u), (u, -r, sp.oo)).rewrite(sp.erf)
    yield identity("3b. the others", "∫_{−r}^∞ φ(u) du = Φ(r)", still, explicit(Phi(r)))
    stated = -r / K * slope * Phi(r) ** (n - others) * length
    yield identity(
        "4a. together",
        "(r/K) s_i v_i φ(r) Φ(r)^{n−1} = −(r/K) φ(r) Φ(r)^{n−1} |v_i|, in each coordinate of each code",
        r / K * inward * length * slope * Phi(r) ** (n - 1),
        stated,
    )
    yield inequality(
        "4b. it is negative",
        "−(r/K) φ(r) Φ(r)^{n−1} |v_i| < 0 wherever v_i ≠ 0",
        r / K * inward * length * slope * Phi(r) ** (n - 1),
        0,
        strict=True,
    )
    yield from cross_checks()


def cross_checks() -> Iterator[Step]:
    """The library's accuracy of moved squares, by Richardson's extrapolation of one-sided differences."""
    import numpy as np
    from scipy.special import ndtr

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.denoiser.accuracy.accuracy import accuracy

    square = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    inward = -square * np.random.default_rng(0).uniform(0, 1, (4, 2))

    for rate in (0.3, 1.0, 3.0):
        gain = [
            float(accuracy(ArrayCodebook(square + h * inward), r=rate).value) - float(ndtr(rate)) ** 2
            for h in (2e-4, 1e-4)
        ]
        found = 2 * gain[1] / 1e-4 - gain[0] / 2e-4
        expected = -rate / 4 * np.exp(-(rate**2) / 2) / np.sqrt(2 * np.pi) * ndtr(rate) * np.abs(inward).sum()
        yield agreement(f"5. r = {rate}", "the one-sided derivative, n = 2", found, float(expected), 1e-5)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
