"""Divergences between reverse paths towards two codes: all are functions of the path KL.

Statement.  Let P and Q be the laws of reverse paths towards a_1 and a_2 (derivations/path_kl.py), and d² twice the path
KL: ‖a_1 − a_2‖² (γ_ε − γ_T) pinned, ‖a_1 − a_2‖² γ_ε unpinned.  Then L = log dP/dQ is N(d²/2, d²) under P and
N(−d²/2, d²) under Q; every f-divergence of P from Q is that of N(d, 1) from N(0, 1), and does not decrease in d; and

    KL(P‖Q) = d²/2                      Jeffreys = d²                     Rényi_a = a d²/2
    Bhattacharyya distance = d²/8       1 − ∫√(dP dQ) = 1 − e^{−d²/8}     χ² = e^{d²} − 1
    total variation = 2Φ(d/2) − 1       Jensen–Shannon = log 2 − E log(1 + e^{dZ − d²/2}) = E κ(d²/4 + dZ/2)

with Z ~ N(0, 1) and κ(y) = y tanh y − log cosh y.  In terms of the KL, 1 − TV = 2Φ(−√(KL/2)): twice the error of the
best test of P against Q.

Assumptions.  L is N(d²/2, d²) under P (path-kl), with d > 0.  Total variation is sup |P(A) − Q(A)|.  Rényi orders
a > 0, a ≠ 1.

Proof.  (1) The law of L under Q has the density e^{−l} N(l; d²/2, d²), by dQ = e^{−L} dP; that is N(−d²/2, d²).  So L
is to (P, Q) what the log-ratio d y − d²/2 of N(d, 1) to N(0, 1) is to those (2): all divergences that are means of
functions of L are equal.  (3) For d' < d a channel that scales by d'/d and adds independent noise takes N(d, 1) to
N(d', 1) and leaves N(0, 1) as it is, and no channel increases an f-divergence.  (4) Means of powers of e^L and of L,
by integration.  (5) Total variation is P(L > 0) − Q(L > 0), two values of Φ.  (6) With M = (P + Q)/2 the ratios dP/dM
and dQ/dM are 2/(1 + e^{∓L}); the law of L under P is that of −L under Q, so both halves are equal, and L = d²/2 − dZ
gives the first form.  (7) The same by κ:
given the path, a fair choice between P and Q has log-odds L, and log 2 less its entropy is κ(L/2); that is even, so
its mean under M is that under P, where L/2 = d²/4 + dZ/2.  (8) The library's functions against quadrature of their
definitions.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.normal import Phi, explicit
from fsq_theory.claims.numbers import agreement
from fsq_theory.claims.step import Step

CLAIM = "path-divergences"
SOURCE = "this project; P26, Statement 4.2, as we understand it, has the KL"
CONCLUDES = "proved"
HALF = sp.Rational(1, 2)
WRONG = {
    "total variation 2Φ(d) − 1": {"half": 1},
    "Bhattacharyya distance d²/4": {"overlap": sp.Rational(1, 4)},
    "both laws of L are N(d²/2, d²)": {"sign": 1},
}

d, order = sp.symbols("d a", positive=True)
less = sp.symbols("d'", positive=True)
level, y, z = sp.symbols("l y z", real=True)
standard = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)


def density(point: Any, mean: Any) -> Any:
    """N(point; mean, d²)."""
    return sp.exp(-((point - mean) ** 2) / (2 * d**2)) / sp.sqrt(2 * sp.pi * d**2)


def expectation(function: Any) -> Any:
    """E function(z) for z ~ N(0, 1), by integration over the line."""
    return sp.integrate(sp.expand(function) * standard, (z, -sp.oo, sp.oo))


def derive(half: Any = HALF, overlap: Any = HALF**3, sign: Any = -1) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        half: the constant before d in Φ; the statement has ½.
        overlap: the Bhattacharyya distance over d²; the statement has ⅛.
        sign: of the mean of L under Q; the statement has −1.
    """
    under_p, under_q = density(level, d**2 / 2), density(level, sign * d**2 / 2)
    yield identity("1. the law under Q", "e^{−l} N(l; d²/2, d²) = N(l; −d²/2, d²)", sp.exp(-level) * under_p, under_q)
    ratio = (-((y - d) ** 2) + y**2) / 2
    yield identity("2a. two normals", "log N(y; d, 1)/N(y; 0, 1) = d y − d²/2", ratio, d * y - d**2 / 2)
    yield identity("2b. under the first", "at y = d + z it is d²/2 + d z", ratio.subs(y, d + z), d**2 / 2 + d * z)
    yield identity("2c. under the second", "at y = z it is −d²/2 + d z", ratio.subs(y, z), -(d**2) / 2 + d * z)
    scale = less / d
    yield identity("3a. a channel, mean", "(d'/d) d = d'", scale * d, less)
    yield identity(
        "3b. a channel, variance", "(d'/d)² + (1 − d'/d)(1 + d'/d) = 1", scale**2 + (1 - scale) * (1 + scale), 1
    )
    yield lemma(
        "Data processing",
        "No channel increases an f-divergence, f convex",
        proof="Let P', Q' be the laws of the output y, and R the ratio dP/dQ of the input.  Under Q the conditional "
        "mean E[R | y] is dP'/dQ', so f(dP'/dQ') ≤ E[f(R) | y] by Jensen's inequality; take means under Q.",
    )
    yield from means(overlap, sign)
    yield from total_variation(half, sign)
    yield from jensen_shannon()
    yield from cross_checks()


def means(overlap: Any, sign: Any) -> Iterator[Step]:
    """Divergences that are means of L or of powers of e^L."""
    first, second = expectation(d**2 / 2 + d * z), expectation(sign * d**2 / 2 + d * z)
    yield identity("4a. KL", "E_P L = d²/2", first, d**2 / 2)
    yield identity("4b. Jeffreys", "E_P L − E_Q L = d²", first - second, d**2)
    power = sp.symbols("c", real=True)
    moment = sp.exp(power * (1 + power) * d**2 / 2)
    yield identity("4c. powers", "E_P e^{cL} = e^{c(1+c)d²/2}", expectation(sp.exp(power * (d**2 / 2 + d * z))), moment)
    renyi = sp.log(moment.subs(power, order - 1)) / (order - 1)
    yield identity("4d. Rényi", "log E_P e^{(a−1)L} / (a − 1) = a d²/2", renyi, order * d**2 / 2)
    root = moment.subs(power, -HALF)
    yield identity("4e. Bhattacharyya, Hellinger", "−log E_P e^{−L/2} = d²/8", -sp.log(root), overlap * d**2)
    yield identity("4f. χ²", "E_Q e^{2L} − 1 = E_P e^L − 1 = e^{d²} − 1", moment.subs(power, 1) - 1, sp.exp(d**2) - 1)


def total_variation(half: Any, sign: Any) -> Iterator[Step]:
    """The two laws differ most on {L > 0}."""
    yield lemma(
        "Where two laws differ most",
        "sup_A |P(A) − Q(A)| = P(L > 0) − Q(L > 0); and (1 − sup)/2 is the least mean error of a test, P and Q alike",
        proof="P(A) − Q(A) = ∫_A (1 − e^{−L}) dP, whose integrand is positive on {L > 0} alone: no A has more than "
        "{L > 0}, and complements change the sign.  A test that decides for P on A has the mean error "
        "½ (Q(A) + 1 − P(A)).",
    )
    hit = sp.integrate(density(level, d**2 / 2), (level, 0, sp.oo))
    false = sp.integrate(density(level, sign * d**2 / 2), (level, 0, sp.oo))
    yield identity("5a. P(L > 0)", "= Φ(d/2)", hit, explicit(Phi(half * d)))
    yield identity("5b. Q(L > 0)", "= Φ(−d/2)", false, explicit(Phi(-half * d)))
    stated = 2 * Phi(half * d) - 1
    yield identity("5c. total variation", "Φ(d/2) − Φ(−d/2) = 2Φ(d/2) − 1", hit - false, explicit(stated))
    kl = sp.Symbol("KL", positive=True)
    error = explicit(2 * Phi(-sp.sqrt(kl / 2)))
    yield identity("5d. by KL", "1 − TV = 2Φ(−√(KL/2))", explicit(1 - stated).subs(d, sp.sqrt(2 * kl)), error)


def jensen_shannon() -> Iterator[Step]:
    """Both halves of the Jensen–Shannon divergence are one mean."""
    odds = sp.exp(level)
    first, second = 2 * odds / (odds + 1), 2 / (odds + 1)
    yield identity("6a. dP/dM", "log 2e^L/(e^L + 1) = log 2 − log(1 + e^{−L})", first, 2 / (1 + sp.exp(-level)))
    yield identity("6b. M is the middle", "½ (dP/dM + dQ/dM) = 1", (first + second) / 2, 1)
    yield identity("6c. the ratio", "log (dP/dM)/(dQ/dM) = L", sp.log(first / second), level)
    yield identity(
        "6d. symmetry", "N(−l; −d²/2, d²) = N(l; d²/2, d²)", density(-level, -(d**2) / 2), density(level, d**2 / 2)
    )
    yield identity(
        "6e. at L = d²/2 − dz",
        "dP/dM = 2/(1 + e^{dz − d²/2})",
        first.subs(level, d**2 / 2 - d * z),
        2 / (1 + sp.exp(d * z - d**2 / 2)),
    )
    w = sp.symbols("w", positive=True)
    share, rest = w**2 / (w**2 + 1), 1 / (w**2 + 1)
    entropy = -share * sp.log(share) - rest * sp.log(rest)
    kappa = sp.log(w) * (w - 1 / w) / (w + 1 / w) - sp.log((w + 1 / w) / 2)
    yield identity("7a. odds", "e^{2y} = w² for y = log w, shares w²/(w² + 1) and 1/(w² + 1)", share / rest, w**2)
    what = "log 2 less the entropy of the shares is y tanh y − log cosh y"
    yield identity("7b. κ", what, sp.expand_log(sp.log(2) - entropy), sp.expand_log(sp.together(kappa)))
    yield identity(
        "7c. κ is even",
        "w → 1/w leaves it",
        sp.expand_log(sp.together(kappa.subs(w, 1 / w))),
        sp.expand_log(sp.together(kappa)),
    )


def cross_checks() -> Iterator[Step]:
    """The library's divergences against quadrature of their definitions for N(d, 1) and N(0, 1)."""
    import numpy as np

    from fsq_theory.paths import divergences

    point = np.linspace(-12.0, 15.0, 54_001)
    step = point[1] - point[0]
    for size in (0.5, 3.0):
        p, q = (np.exp(-((point - mean) ** 2) / 2) / np.sqrt(2 * np.pi) for mean in (size, 0.0))
        middle = (p + q) / 2
        defined = {
            "kl": p * np.log(p / q),
            "jeffreys": (p - q) * np.log(p / q),
            "squared_hellinger": (np.sqrt(p) - np.sqrt(q)) ** 2 / 2,
            "chi_squared": (p - q) ** 2 / q,
            "jensen_shannon": (p * np.log(p / middle) + q * np.log(q / middle)) / 2,
        }
        for name, integrand in defined.items():
            found = getattr(divergences, name)(size**2)
            what = f"the library's value at d = {size:g} is the integral of its definition"
            yield agreement(f"8. {name}", what, found, float(integrand.sum() * step), 1e-10)
        # Over the half-line where p > q the rule's error is of second order in its step: 2e-8 of the value here.
        beyond = np.linspace(size / 2, 15.0, 54_001)
        gap = np.exp(-((beyond - size) ** 2) / 2) - np.exp(-(beyond**2) / 2)
        area = float(np.trapezoid(gap, beyond)) / np.sqrt(2 * np.pi)
        what = f"the library's value at d = {size:g} is ∫(p − q)⁺"
        yield agreement("8. total_variation", what, divergences.total_variation(size**2), area, 1e-7)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
