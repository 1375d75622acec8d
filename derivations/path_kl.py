"""The KL between reverse paths towards two codes (Statement 4.2 of [P26], as we understand it).

Statement.  Let P^a be the law on [ε, T] of the noising process run back in time towards X_0 = a from the common point
X_T = b.  With γ = α²/σ² and D = ‖a_1 − a_2‖,

    KL(P^{a1} ‖ P^{a2}) = ½ D² ∫_ε^T g_t² α_t²/σ_t⁴ dt = ½ D² (γ_ε − γ_T).

If X_T is drawn from its own marginal instead, ½ D² γ_T is added and the sum is ½ D² γ_ε.  The log Radon–Nikodym
derivative is N(d²/2, d²) under P^{a1}, with d² twice the KL.  As ε → 0, γ_ε and the KL tend to infinity when σ_0 = 0.

Assumptions.  α, σ differentiable and positive on [ε, T] (α_T = 0 by a limit), γ strictly decreasing, γ_ε finite.  Noise
is isotropic, so only the coordinate along a_1 − a_2 matters; it is written for that one.

Proof.  (1–3) Girsanov: the drifts (derivations/bridge.py) differ by a multiple of g that does not depend on the path,
and the KL is half the integral of its square.  (4) The same without Girsanov: over any grid the exact transitions give
a KL that telescopes.  (5) The law of the log-derivative.  (6) The end at T.  (7) The divergence as ε → 0.  (8) What
other divergences follow.  (9) Numerical cross-checks of the library: quadrature of g²α²/σ⁴, and simulation.
"""

from __future__ import annotations

import sys
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.numbers import agreement
from fsq_theory.claims.step import Step

CLAIM = "path-kl"
SOURCE = "P26, Statement 4.2, as we understand it"
CONCLUDES = "proved"
WRONG = {"4/7 in place of ½": {"half": sp.Rational(4, 7)}}

t, s, T, eps = sp.symbols("t s T epsilon", positive=True)
a1, a2, x, z = sp.symbols("a_1 a_2 x z", real=True)
d = sp.symbols("d", positive=True)
alpha, var = sp.Function("alpha", positive=True), sp.Function("V", positive=True)
f = sp.diff(sp.log(alpha(t)), t)
g2 = sp.diff(var(t), t) - 2 * f * var(t)
snr = alpha(t) ** 2 / var(t)
HALF = sp.Rational(1, 2)
standard = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)


def expectation(function: Any) -> Any:
    """E function(z) for z ~ N(0, 1), by integration over the line."""
    return sp.integrate(sp.expand(function) * standard, (z, -sp.oo, sp.oo))


def derive(half: Any = HALF) -> list[Step]:
    """The steps of the proof.

    Args:
        half: the constant before D² (γ_ε − γ_T); the statement has ½.
    """
    D2 = (a1 - a2) ** 2
    stated = half * D2 * (snr.subs(t, eps) - snr.subs(t, T))

    def drift(a: Any) -> Any:
        return f * x + g2 * (x - alpha(t) * a) / var(t)

    rate = (drift(a1) - drift(a2)) ** 2 / g2
    steps = [
        identity("1. Girsanov's rate", "((drift_1 − drift_2)/g)² = D² g²α²/σ⁴", rate, D2 * g2 * snr / var(t)),
        identity("2. rate by SNR", "g²α²/σ⁴ = −dγ/dt", g2 * snr / var(t), -sp.diff(snr, t)),
        identity(
            "3a. integral, rate",
            "d/dε of the statement is minus half the rate at ε",
            sp.diff(stated, eps),
            -rate.subs(t, eps).doit() / 2,
        ),
        identity("3b. integral, start", "the statement is 0 at ε = T", stated.subs(eps, T), 0),
    ]

    rho = snr.subs(t, T) / snr.subs(t, s)
    weight, step_var = alpha(s) * (1 - rho), var(s) * (1 - rho)
    gap = weight * (a1 - a2) / sp.sqrt(step_var)
    step_kl = half * D2 * (snr.subs(t, s) - snr.subs(t, T))
    log_ratio = (-(z**2) + (z + d) ** 2) / 2
    steps += [
        identity("4a. one step", "(mean_1 − mean_2)²/(2 variance), s ← T, is the statement", gap**2 / 2, step_kl),
        identity(
            "4b. steps add up",
            "s ← t and t ← T add to s ← T",
            step_kl.subs(T, t) + step_kl.subs(s, t),
            step_kl,
        ),
        identity(
            "5a. log-derivative", "log N(m_1 + z) − log N(m_2 + z), gap d, is d²/2 + d z", log_ratio, d**2 / 2 + d * z
        ),
        identity("5b. its mean", "E = d²/2", expectation(log_ratio), d**2 / 2),
        identity("5c. its variance", "Var = d²", expectation((log_ratio - d**2 / 2) ** 2), d**2),
        identity("5d. it is a density", "E e^{−log-derivative} = 1", expectation(sp.exp(-log_ratio)), 1),
    ]

    end = expectation(log_ratio).subs(d, sp.sqrt(snr.subs(t, T)) * (a1 - a2))
    unpinned = half * D2 * snr.subs(t, eps)
    steps += [
        identity("6a. end at T", "KL of the marginals at T is ½ D² γ_T", end, D2 * snr.subs(t, T) / 2),
        identity("6b. unpinned", "statement + ½ D² γ_T = ½ D² γ_ε", stated + end, unpinned),
    ]

    gamma = (1 - eps) ** 2 / (eps * (2 - eps))
    cdcd = snr.subs({alpha(t): 1 - t, var(t): t * (2 - t)}).subs(t, eps)
    steps += [
        identity("7a. α = 1 − t, σ² = t(2−t)", "γ_ε = (1−ε)²/(ε(2−ε))", cdcd, gamma),
        identity("7b. it diverges", "ε γ_ε → ½, so γ_ε → ∞ as ε → 0", sp.limit(eps * gamma, eps, 0), sp.Rational(1, 2)),
    ]

    order = sp.symbols("a", positive=True)
    moment = expectation(sp.exp((order - 1) * log_ratio))
    steps += [
        identity("8a. Rényi", "log E e^{(a−1)L} = (a−1) a d²/2", sp.log(moment), (order - 1) * order * d**2 / 2),
        identity(
            "8b. Bhattacharyya", "E e^{−L/2} = e^{−d²/8}", expectation(sp.exp(-log_ratio / 2)), sp.exp(-(d**2) / 8)
        ),
        identity("8c. χ²", "E e^{L} − 1 = e^{d²} − 1", expectation(sp.exp(log_ratio)) - 1, sp.exp(d**2) - 1),
    ]
    return steps + cross_checks(float(half))


def cross_checks(half: float) -> list[Step]:
    """The library's path KL against quadrature of g²α²/σ⁴ and against simulated paths."""
    from scipy.integrate import quad

    from fsq_theory.codebooks.fsq import fsq
    from fsq_theory.paths.path_kl import path_kl
    from fsq_theory.schedules import schedule

    codebook, pair = fsq([3, 5]), (0, 14)
    distance = sum((codebook.codes([pair[0]])[0] - codebook.codes([pair[1]])[0]) ** 2)
    steps = []
    for name, start, stop in (("cdcd-tts", 0.9, 0.1), ("vp", 1.0, 0.05), ("edm", 1.0, 0.5)):
        made = schedule(name)
        area, _ = quad(
            lambda u, m=made: m.g2(u) * m.alpha(u) ** 2 / m.sigma(u) ** 4, stop, start, epsrel=1e-11, limit=200
        )
        found = path_kl(codebook, schedule=made, eps=stop, T=start, pair=pair).kl
        steps.append(
            agreement(f"9a. {name}", "the library's KL is the integral", found or 0.0, half * distance * area, 1e-9)
        )
    simulated = path_kl(codebook, schedule="cdcd-tts", eps=0.1, pair=pair, method="mc", paths=4000, steps=20)
    closed = path_kl(codebook, schedule="cdcd-tts", eps=0.1, pair=pair).kl or 0.0
    slack = 5 * (simulated.stderr or 0.0) / closed
    steps.append(agreement("9b. simulation", "within 5 standard errors", simulated.kl or 0.0, closed, slack))
    return steps


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
