"""The KL between reverse paths towards two codes (Statement 4.2 of [P26], as we understand it).

Statement.  Let P^a be the law on [ε, T] of the noising process run back in time towards X_0 = a from the common point
X_T = b.  With γ = α²/σ² and D = ‖a_1 − a_2‖,

    KL(P^{a1} ‖ P^{a2}) = ½ D² ∫_ε^T g_t² α_t²/σ_t⁴ dt = ½ D² (γ_ε − γ_T).

If X_T is drawn from its own marginal instead, ½ D² γ_T is added and the sum is ½ D² γ_ε.  The log Radon–Nikodym
derivative is N(d²/2, d²) under P^{a1}, with d² twice the KL, pinned or not, and depends on the path by its two ends
alone.  As ε → 0, γ_ε and the KL tend to infinity when σ_0 = 0 and a_1 ≠ a_2.

Assumptions.  α, σ² continuously differentiable and positive on [ε, T] (α_T = 0 by a limit), γ strictly decreasing, γ_ε
finite.  Noise acts on coordinates alike and independently, and so do the drifts: log-derivatives of coordinates are
independent and add, and so do their means and variances, to those with D² = Σ (a_1i − a_2i)².  One is written.

Proof.  Two proofs; either is enough, each given its own lemma.

By Girsanov's theorem, as in the paper (1–3): the drifts (derivations/bridge.py) differ by a multiple of g that does not
depend on the path, Δ g with Δ² = D² g²α²/σ⁴ = −D² dγ/dt; so the log-derivative is ∫Δ dW + ½ ∫Δ² dt, and the KL is half
the integral of Δ², which the statement is: it has the same derivative in ε, and is 0 at ε = T.

By exact transitions (4, 5), without stochastic calculus: in Z = (α/σ²) X a step towards a from SNR γ to γ' > γ is
z' ~ N(z + a (γ' − γ), γ' − γ) (4a, 4b).  The log-ratio of the steps towards a_1 and a_2 is
(a_1 − a_2)(z' − z) − ½ (a_1² − a_2²)(γ' − γ) (4c), which adds up over steps to the same function of the two ends (4d):
so it is the log-derivative of the laws on any grid, and of those of the paths, by the second lemma.  Under P^{a1} it is
d²/2 + d ξ with ξ ~ N(0, 1) and d² = D² (γ_ε − γ_T) (5a); its mean is the KL (5b–5d).

(6) The end at T: given X_0 = a, X_T is N(α_T a, σ_T²), and the log-derivative of unpinned paths is that of the ends at
T plus that of the paths given them.  In Z that end is one more step, from z = 0 at SNR 0 to γ_T (6c, 6d): so (4d) and
(5a) hold of unpinned paths with γ_T = 0, and d² = D² γ_ε.  (7) The divergence as ε → 0, and its rate for one schedule.
(8) The library's closed form against quadrature of g²α²/σ⁴, and its simulated paths against the statement.

Remarks.  What follows for other divergences between the two laws is in derivations/path_divergences.py.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.numbers import agreement, estimate_agreement
from fsq_theory.claims.step import Step

CLAIM = "path-kl"
SOURCE = "P26, Statement 4.2, as we understand it"
CONCLUDES = "proved"
HALF = sp.Rational(1, 2)
WRONG = {
    "4/7 in place of ½": {"half": sp.Rational(4, 7)},
    "½ D² (γ_ε − γ_T/2) between the two ends": {"late": HALF},
    "the log-derivative has variance d²/2": {"spread": HALF},
}

t, s, T, eps = sp.symbols("t s T epsilon", positive=True)
a, a1, a2, x, z, z1, z2 = sp.symbols("a a_1 a_2 x z z' z''", real=True)
g0, g1, rise = sp.symbols("gamma gamma' Delta", positive=True)
d = sp.symbols("d", real=True)
alpha, var = sp.Function("alpha", positive=True), sp.Function("V", positive=True)
f = sp.diff(sp.log(alpha(t)), t)
g2 = sp.diff(var(t), t) - 2 * f * var(t)
snr = alpha(t) ** 2 / var(t)
D2 = (a1 - a2) ** 2
standard = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)


def expectation(function: Any) -> Any:
    """E function(z) for z ~ N(0, 1), by integration over the line."""
    return sp.integrate(sp.expand(function) * standard, (z, -sp.oo, sp.oo))


def derive(half: Any = HALF, late: Any = 1, spread: Any = 1) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        half: the constant before D² (γ_ε − γ_T); the statement has ½.
        late: the constant before γ_T there; the statement has 1.
        spread: the variance of the log-derivative over d²; the statement has 1.
    """
    stated = half * D2 * (snr.subs(t, eps) - late * snr.subs(t, T))
    yield from by_girsanov(stated)
    yield from by_transitions(half, late)
    yield from law(spread)
    end = D2 * snr.subs(t, T) / 2
    gap = alpha(T) * (a1 - a2) / sp.sqrt(var(T))
    yield identity("6a. end at T", "½ (α_T D/σ_T)², the KL of the marginals at T, is ½ D² γ_T", gap**2 / 2, end)
    yield identity("6b. unpinned", "statement + ½ D² γ_T = ½ D² γ_ε", stated + end, half * D2 * snr.subs(t, eps))
    scale = alpha(T) / var(T)
    what = "(α_T/σ_T²) N(α_T a, σ_T²) is the step towards a from z = 0 at SNR 0: "
    yield identity("6c. a step from SNR 0, mean", what + "mean a γ_T", scale * alpha(T) * a, a * snr.subs(t, T))
    yield identity("6d. a step from SNR 0, variance", what + "variance γ_T", scale**2 * var(T), snr.subs(t, T))
    gamma = (1 - eps) ** 2 / (eps * (2 - eps))
    cdcd = snr.subs({alpha(t): 1 - t, var(t): t * (2 - t)}).subs(t, eps)
    size, noise = sp.symbols("alpha_epsilon sigma_epsilon", positive=True)
    inverse = sp.limit(noise**2 / size**2, noise, 0, "+")
    yield identity("7a. it diverges", "1/γ_ε = σ²/α² → 0 as σ_ε → 0 with α_ε > 0", inverse, 0)
    yield identity("7b. α = 1 − t, σ² = t(2−t)", "γ_ε = (1−ε)²/(ε(2−ε))", cdcd, gamma)
    yield identity("7c. its rate", "ε γ_ε → ½ as ε → 0", sp.limit(eps * gamma, eps, 0), HALF)
    yield from cross_checks(float(half))


def by_girsanov(stated: Any) -> Iterator[Step]:
    """Half the integral of the squared difference of drifts over g."""

    def drift(code: Any) -> Any:
        return f * x + g2 * (x - alpha(t) * code) / var(t)

    rate = (drift(a1) - drift(a2)) ** 2 / g2
    yield identity("1. Girsanov's rate", "((drift_1 − drift_2)/g)² = D² g²α²/σ⁴", rate, D2 * g2 * snr / var(t))
    yield identity("2. rate by SNR", "g²α²/σ⁴ = −dγ/dt", g2 * snr / var(t), -sp.diff(snr, t))
    yield lemma(
        "Girsanov's theorem",
        "If P_i is the law of dX = b_i dt + g dW from one starting point, b_i linear in x, and (b_1 − b_2)/g = Δ is a "
        "function of time alone with ∫Δ² dt < ∞, then log dP_1/dP_2 = ∫Δ dW + ½ ∫Δ² dt with W a Brownian motion "
        "under P_1; its mean is ½ ∫Δ² dt",
        source="KS91, Theorem 3.5.1",
        proof="Novikov's condition [KS91, Corollary 3.5.13] holds, as Δ is not random; a Wiener integral has mean 0.",
    )
    what = "d/dε of the statement is minus half the rate at ε"
    yield identity("3a. integral, rate", what, sp.diff(stated, eps), -rate.subs(t, eps).doit() / 2)
    yield identity("3b. integral, start", "the statement is 0 at ε = T", stated.subs(eps, T), 0)


def by_transitions(half: Any, late: Any) -> Iterator[Step]:
    """The log-derivative on a grid is a function of the ends of the path."""
    rho = snr.subs(t, T) / snr.subs(t, s)
    to_a, to_b, step_var = alpha(s) * (1 - rho), sp.sqrt(var(s) / var(T) * rho), var(s) * (1 - rho)
    now, before = alpha(s) / var(s), alpha(T) / var(T)
    gained = snr.subs(t, s) - snr.subs(t, T)
    what = "the bridge's step T → s towards a, in Z = (α/σ²) X, has "
    yield identity(
        "4a. a step by SNR, mean", what + "mean z + a (γ_s − γ_T)", now * (to_a * a + to_b * z / before), z + a * gained
    )
    yield identity("4b. a step by SNR, variance", what + "variance γ_s − γ_T", now**2 * step_var, gained)

    def log_ratio(start: Any, stop: Any, low: Any, high: Any) -> Any:
        return (a1 - a2) * (stop - start) - (a1**2 - a2**2) * (high - low) / 2

    def log_density(code: Any) -> Any:
        return -((z1 - z - code * rise) ** 2) / (2 * rise)

    yield identity(
        "4c. log-ratio of a step",
        "log N(z'; z + a_1 Δ, Δ) − log N(z'; z + a_2 Δ, Δ) = (a_1 − a_2)(z' − z) − ½ (a_1² − a_2²) Δ",
        log_density(a1) - log_density(a2),
        log_ratio(z, z1, 0, rise),
    )
    yield identity(
        "4d. steps add up",
        "the log-ratios of z → z' → z'' add to that of z → z''",
        log_ratio(z, z1, g0, g1) + log_ratio(z1, z2, g1, g1 + rise),
        log_ratio(z, z2, g0, g1 + rise),
    )
    yield lemma(
        "Laws of paths",
        "If the laws of two processes on every finite grid with both ends have the density R(X_ε, X_T), so have their "
        "laws on continuous paths",
        proof="R is integrable with integral 1, so R dP_2 is a probability measure on paths.  It agrees with P_1 on "
        "every event that looks at finitely many times.  Such events are closed under intersection and generate the "
        "Borel sets of C[ε, T], by continuity of paths; two probability measures that agree on them are equal, by "
        "the π–λ theorem.",
    )
    drawn = z + a1 * rise + sp.sqrt(rise) * x
    gap = (a1 - a2) * sp.sqrt(rise)
    yield identity(
        "5a. log-derivative",
        "at z' = z + a_1 Δ + √Δ ξ it is d²/2 + d ξ, d = (a_1 − a_2) √Δ",
        log_ratio(z, drawn, 0, rise),
        gap**2 / 2 + gap * x,
    )
    low = sp.Symbol("gamma_T", nonnegative=True)
    yield identity(
        "5b. the statement is d²/2",
        "d² = D² (γ_ε − γ_T)",
        (gap**2 / 2).subs(rise, g0 - low),
        half * D2 * (g0 - late * low),
    )


def law(spread: Any) -> Iterator[Step]:
    """Mean, variance and normalisation of the log-derivative."""
    log_ratio = d**2 / 2 + d * z
    yield identity("5c. its mean", "E = d²/2", expectation(log_ratio), d**2 / 2)
    yield identity("5d. its variance", "Var = d²", expectation((log_ratio - d**2 / 2) ** 2), spread * d**2)
    yield identity("5e. it is a density", "E e^{−log-derivative} = 1", expectation(sp.exp(-log_ratio)), 1)


def cross_checks(half: float) -> Iterator[Step]:
    """The library's path KL against quadrature of g²α²/σ⁴ and against simulated paths."""
    from scipy.integrate import quad

    from fsq_theory.codebooks.fsq import fsq
    from fsq_theory.paths.path_kl import path_kl
    from fsq_theory.schedules import schedule

    codebook, pair = fsq([3, 5]), (0, 14)
    distance = sum((codebook.codes([pair[0]])[0] - codebook.codes([pair[1]])[0]) ** 2)
    for name, start, stop in (("cdcd-tts", 0.9, 0.1), ("vp", 1.0, 0.05), ("edm", 1.0, 0.5)):
        made = schedule(name)
        area, _ = quad(
            lambda u, m=made: m.g2(u) * m.alpha(u) ** 2 / m.sigma(u) ** 4, stop, start, epsrel=1e-11, limit=200
        )
        found = path_kl(codebook, schedule=made, eps=stop, T=start, pair=pair).kl
        yield agreement(f"8a. {name}", "the library's KL is the integral", found or 0.0, half * distance * area, 1e-9)
    settings = {"schedule": "cdcd-tts", "eps": 0.1, "pair": pair}
    simulated = path_kl(codebook, **settings, method="mc", paths=4096, steps=4)
    closed = path_kl(codebook, **settings).kl or 0.0
    what = "the mean over simulated paths is the closed form, within 5 standard errors"
    yield estimate_agreement("8b. simulation", what, simulated.kl or 0.0, simulated.stderr or 0.0, closed)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
