"""The bridge of the noising process (Lemma 4.1 of [P26], as we understand it).

Statement.  Let dX = f X dt + g dW with f = d log α/dt and g² = dσ²/dt − 2fσ², so that X_t given X_0 = a is
N(α_t a, σ_t² I).  Put α_{T|t} = α_T/α_t and σ²_{T|t} = σ_T² − α²_{T|t} σ_t².  Then for t < T

    X_t | X_0 = a, X_T = b  ~  N( (α_{T|t} σ_t²/σ_T²) b + (α_t σ²_{T|t}/σ_T²) a ,  (σ_t² σ²_{T|t}/σ_T²) I ),

and backwards in time, given X_0 = a, X is a Markov process with drift f x + g² (x − α_t a)/σ_t², whatever T and b.

Assumptions.  α, σ differentiable and positive on (0, T]; γ = α²/σ² strictly decreasing.  Coordinates are independent,
so one of them is enough.  α_T = 0 and σ_0 = 0 are limits, taken in the last form below, in which nothing is singular.

Proof.  (1–2) give the law of X_T given X_t.  (3) The law of X_t given both ends follows by Bayes' rule from that and
from the marginals.  (4) Bridges compose, so the process is Markov.  (5–7) A linear SDE is Gaussian and is fixed by the
equations of its mean and variance: the drift's solve to the law of (3), from b at T with no variance.  (8) The form by
SNRs, which is what is computed.  (9) A numerical cross-check of the library against the statement.
"""

from __future__ import annotations

import sys
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.numbers import agreement
from fsq_theory.claims.step import Step

CLAIM = "bridge"
SOURCE = "P26, Lemma 4.1, as we understand it"
CONCLUDES = "proved"
WRONG = {
    "σ²_{T|t} = σ_T² − (8/7) α²_{T|t} σ_t²": {"conditional": sp.Rational(8, 7)},
    "the pull towards a is 8/7 of g² (x − α a)/σ²": {"pull": sp.Rational(8, 7)},
}

t, s, T = sp.symbols("t s T", positive=True)
a, b, x, y = sp.symbols("a b x y", real=True)
alpha, var = sp.Function("alpha", positive=True), sp.Function("V", positive=True)
f = sp.diff(sp.log(alpha(t)), t)
g2 = sp.diff(var(t), t) - 2 * f * var(t)
snr = alpha(t) ** 2 / var(t)


def quadratic(point: Any, mean: Any, variance: Any) -> Any:
    """log N(point; mean, variance) + ½ log(2π variance)."""
    return -((point - mean) ** 2) / (2 * variance)


def derive(conditional: Any = 1, pull: Any = 1) -> list[Step]:
    """The steps of the proof.

    Args:
        conditional: the constant before α²_{T|t} σ_t² in σ²_{T|t}; the statement has 1.
        pull: the constant before g² (x − α a)/σ² in the drift; the statement has 1.
    """
    ratio = alpha(T) / alpha(t)
    rest = var(T) - conditional * ratio**2 * var(t)
    to_b, to_a, bridge_var = ratio * var(t) / var(T), alpha(t) * rest / var(T), var(t) * rest / var(T)
    mean = to_b * b + to_a * a

    steps = [
        identity("1. diffusion", "g² = −σ² d log γ/dt", g2, -var(t) * sp.diff(sp.log(snr), t)),
        identity(
            "2a. forward mean",
            "d(α_{T|t} x)/dT = f_T α_{T|t} x",
            sp.diff(ratio * x, T),
            f.subs(t, T).doit() * ratio * x,
        ),
        identity(
            "2b. forward variance",
            "dσ²_{T|t}/dT = 2 f_T σ²_{T|t} + g²_T",
            sp.diff(rest, T),
            2 * f.subs(t, T).doit() * rest + g2.subs(t, T).doit(),
        ),
        identity("2c. forward start", "σ²_{t|t} = 0", rest.subs(T, t), 0),
    ]

    A, S, B, R = sp.symbols("alpha_t sigma_t alpha_T sigma_T", positive=True)
    plain = {alpha(t): A, var(t): S**2, alpha(T): B, var(T): R**2}
    mean_, var_, rest_ = (expr.subs(plain) for expr in (mean, bridge_var, rest))
    joint = quadratic(x, A * a, S**2) + quadratic(b, B / A * x, rest_) - quadratic(b, B * a, R**2)
    steps += [
        identity(
            "3a. Bayes, exponents",
            "those of p(x|a) p(b|x) / p(b|a) and of N(x; mean, variance) agree",
            joint,
            quadratic(x, mean_, var_),
        ),
        identity("3b. Bayes, normalisers", "σ_t² σ²_{T|t} / σ_T² = variance", S**2 * rest_ / R**2, var_),
    ]

    def weights(early: Any, late: Any) -> list[Any]:
        return [expr.subs({t: early, T: late}, simultaneous=True) for expr in (to_b, to_a, bridge_var)]

    (b1, a1, v1), (b2, a2, v2), (b3, a3, v3) = weights(t, T), weights(s, t), weights(s, T)
    steps += [
        identity("4a. bridges compose, end", "weight of b: s ← t ← T is s ← T", b2 * b1, b3),
        identity("4b. bridges compose, code", "weight of a: s ← t ← T is s ← T", a2 + b2 * a1, a3),
        identity("4c. bridges compose, variance", "variance: s ← t ← T is s ← T", v2 + b2**2 * v1, v3),
    ]

    score = sp.diff(quadratic(x, alpha(t) * a, var(t)), x)
    drift = f * x + pull * g2 * (x - alpha(t) * a) / var(t)
    steps += [
        identity("5. drift", "f x − g² ∂ log p(x|a)/∂x = f x + g² (x − αa)/σ²", f * x - g2 * score, drift),
        identity("6a. backward mean", "dm/dt = drift at m", sp.diff(mean, t), drift.subs(x, mean)),
        identity("6b. mean at T", "m_T = b", mean.subs(T, t), b),
        identity(
            "7a. backward variance",
            "dv/dt = 2 v ∂drift/∂x − g²",
            sp.diff(bridge_var, t),
            2 * bridge_var * sp.diff(drift, x) - g2,
        ),
        identity("7b. variance at T", "v_T = 0", bridge_var.subs(T, t), 0),
    ]

    rho = (snr.subs(t, T) / snr).subs(plain)
    steps += [
        identity("8a. by SNR, code", "weight of a = α_t (1 − ρ), ρ = γ_T/γ_t", to_a.subs(plain), A * (1 - rho)),
        identity("8b. by SNR, end", "weight of b = (σ_t/σ_T) √ρ", to_b.subs(plain), S / R * sp.sqrt(rho)),
        identity("8c. by SNR, variance", "variance = σ_t² (1 − ρ)", bridge_var.subs(plain), S**2 * (1 - rho)),
    ]
    return steps + cross_checks(float(conditional))


def cross_checks(conditional: float) -> list[Step]:
    """The library's bridge against the statement, written out in its own terms."""
    from fsq_theory.paths.bridge import bridge_moments
    from fsq_theory.schedules import schedule

    steps = []
    for name, early, late in (("vp", 0.3, 0.9), ("cosine", 0.05, 0.7), ("edm", 0.4, 1.0)):
        made = schedule(name)
        A, S, B, R = (float(v) for v in (made.alpha(early), made.sigma(early), made.alpha(late), made.sigma(late)))
        rest = R**2 - conditional * (B / A) ** 2 * S**2
        expected = (B / A * S**2 * -2.0 + A * rest * 0.7) / R**2, S**2 * rest / R**2
        mean, variance = bridge_moments(made, early, [0.7], [-2.0], late)
        for what, got, want in (("mean", mean[0], expected[0]), ("variance", variance, expected[1])):
            steps.append(agreement(f"9. {name}", f"the library's {what} agrees", float(got), want, 1e-12))
    return steps


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
