"""The bridge of the noising process (Lemma 4.1 of [P26], as we understand it).

Statement.  Let dX = f X dt + g dW with f = d log α/dt and g² = dσ²/dt − 2fσ², so that X_t given X_0 = a is
N(α_t a, σ_t² I).  Put α_{T|t} = α_T/α_t and σ²_{T|t} = σ_T² − α²_{T|t} σ_t².  Then for t < T

    X_t | X_0 = a, X_T = b  ~  N( (α_{T|t} σ_t²/σ_T²) b + (α_t σ²_{T|t}/σ_T²) a ,  (σ_t² σ²_{T|t}/σ_T²) I ).

Forwards in time, given X_T = b, X is a diffusion with drift f x + g² ∂ log h, the h-transform by the transition density
h = N(b; α_{T|t} x, σ²_{T|t} I), that is f x + g² α_{T|t} (b − α_{T|t} x)/σ²_{T|t}, whatever X_0.  Backwards in time,
given X_0 = a, X is a diffusion with drift f x + g² (x − α_t a)/σ_t² (in forward time), whatever T and X_T.

Assumptions.  α, σ² continuously differentiable and positive on (0, T]; γ = α²/σ² strictly decreasing.  Noise and f act
on each coordinate alike and independently, h and all densities below are products over coordinates, and the drift of
one coordinate contains no other: everything is written for one.  α_T = 0 and σ_0 = 0 are limits, taken in the form
(8), in which nothing is singular.

Proof.  (1–2) The forward equation is linear: X_T given X_t = x is N(α_{T|t} x, σ²_{T|t}).  (3) The law of X_t given
both ends follows by Bayes' rule from that and from the marginals.  Given X_0 = a, X is Markov; so its past and its
future are independent given X_t, and it is Markov backwards too: the law of X_s given X_t and the later path is the
bridge from a to X_t.  (4) Bridges compose, as transitions have to.

Forwards (5).  The density h solves Kolmogorov's backward equation (5a), so conditioning on X_T = b is Doob's transform,
whose generator has the drift f x + g² ∂ log h (5b, 5c).  Directly: that drift is linear in x, and the mean and variance
of its solution from α_0 a are those of the statement (5d–5g).

Backwards (6, 7).  With p the density of X_t given X_0 = a, the reversed process has the drift f x − g² ∂ log p (6a–6c).
It is also the h-transform of the reversed data process by p_t(x|a)/p_t(x) ∝ P(X_0 = a | X_t = x), for that is harmonic
for its generator (6d) and the two logarithmic derivatives add up to ∂ log p_t(x|a).  Directly: the drift of (6c) is
linear, and the mean and variance of its solution backwards from b at T are those of (3) (7a–7d); both processes are
Markov with the same transitions, so they have one law.  The direct proofs need linear equations alone; the other two
lemmas say where the drifts come from.

(8) The form by SNRs, which is what is computed.  (9) The library against the statement, written out on its own terms.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.numbers import agreement
from fsq_theory.claims.step import Step

CLAIM = "bridge"
SOURCE = "P26, Lemma 4.1, as we understand it"
CONCLUDES = "proved"
WRONG = {
    "σ²_{T|t} = σ_T² − (8/7) α²_{T|t} σ_t²": {"conditional": sp.Rational(8, 7)},
    "the pull towards a is 8/7 of g² (x − α a)/σ²": {"pull": sp.Rational(8, 7)},
    "Doob's transform adds ½ g² ∂ log h": {"doob": sp.Rational(1, 2)},
}

t, s, T = sp.symbols("t s T", positive=True)
a, b, x = sp.symbols("a b x", real=True)
alpha, var = sp.Function("alpha", positive=True), sp.Function("V", positive=True)
u, h, p, q = (sp.Function(name)(t, x) for name in ("u", "h", "p", "q"))
f = sp.diff(sp.log(alpha(t)), t)
g2 = sp.diff(var(t), t) - 2 * f * var(t)
snr = alpha(t) ** 2 / var(t)
A, S, B, R = sp.symbols("alpha_t sigma_t alpha_T sigma_T", positive=True)
PLAIN = {alpha(t): A, var(t): S**2, alpha(T): B, var(T): R**2}


def quadratic(point: Any, mean: Any, variance: Any) -> Any:
    """log N(point; mean, variance) + ½ log(2π variance)."""
    return -((point - mean) ** 2) / (2 * variance)


def normal(point: Any, mean: Any, variance: Any) -> Any:
    """The density N(point; mean, variance)."""
    return sp.exp(quadratic(point, mean, variance)) / sp.sqrt(2 * sp.pi * variance)


def backward(function: Any) -> Any:
    """(∂_t + L) of a function of t and x, L = f x ∂ + ½ g² ∂²."""
    return sp.diff(function, t) + f * x * sp.diff(function, x) + g2 * sp.diff(function, x, 2) / 2


def forward(function: Any) -> Any:
    """(L* − ∂_t) of a function of t and x, L* the adjoint of L: 0 for a density of the process."""
    return -sp.diff(f * x * function, x) + g2 * sp.diff(function, x, 2) / 2 - sp.diff(function, t)


def solving(expression: Any, *densities: Any) -> Any:
    """The expression for functions that solve the forward equation: their ∂_t written by ∂ and ∂²."""
    for one in densities:
        expression = expression.subs(sp.diff(one, t), forward(one) + sp.diff(one, t))
    return expression


def derive(conditional: Any = 1, pull: Any = 1, doob: Any = 1) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        conditional: the constant before α²_{T|t} σ_t² in σ²_{T|t}; the statement has 1.
        pull: the constant before g² (x − α a)/σ² in the drift backwards; the statement has 1.
        doob: the constant before g² ∂ log h in the drift forwards; the statement has 1.
    """
    ratio = alpha(T) / alpha(t)
    rest = var(T) - conditional * ratio**2 * var(t)
    to_b, to_a, bridge_var = ratio * var(t) / var(T), alpha(t) * rest / var(T), var(t) * rest / var(T)
    yield lemma(
        "Linear equations",
        "dX = (c X + e) dt + g dW with c, e, g continuous has exactly one solution from each X_s; given X_s = y it is "
        "Gaussian and Markov, with m' = c m + e, v' = 2 c v + g², m_s = y, v_s = 0",
        source="KS91, Section 5.6",
    )
    yield from transitions(ratio, rest)
    yield from two_ends(rest, to_b, to_a, bridge_var)
    yield from forwards(ratio, rest, to_b, to_a, bridge_var, doob)
    yield from backwards(to_b * b + to_a * a, bridge_var, pull)
    rho = (snr.subs(t, T) / snr).subs(PLAIN)
    yield identity("8a. by SNR, code", "weight of a = α_t (1 − ρ), ρ = γ_T/γ_t", to_a.subs(PLAIN), A * (1 - rho))
    yield identity("8b. by SNR, end", "weight of b = (σ_t/σ_T) √ρ", to_b.subs(PLAIN), S / R * sp.sqrt(rho))
    yield identity("8c. by SNR, variance", "variance = σ_t² (1 − ρ)", bridge_var.subs(PLAIN), S**2 * (1 - rho))
    yield from cross_checks(float(conditional))


def transitions(ratio: Any, rest: Any) -> Iterator[Step]:
    """The law of X_T given X_t, by the equations of its mean and variance."""
    f_T, g2_T = f.subs(t, T).doit(), g2.subs(t, T).doit()
    yield identity("1. diffusion", "g² = −σ² d log γ/dt", g2, -var(t) * sp.diff(sp.log(snr), t))
    mean = ratio * x
    yield identity("2a. forward mean", "d(α_{T|t} x)/dT = f_T α_{T|t} x", sp.diff(mean, T), f_T * mean)
    yield identity(
        "2b. forward variance", "dσ²_{T|t}/dT = 2 f_T σ²_{T|t} + g²_T", sp.diff(rest, T), 2 * f_T * rest + g2_T
    )
    yield identity("2c. forward start", "σ²_{t|t} = 0", rest.subs(T, t), 0)


def two_ends(rest: Any, to_b: Any, to_a: Any, bridge_var: Any) -> Iterator[Step]:
    """The law given both ends, and that bridges compose."""
    mean_, var_, rest_ = (expr.subs(PLAIN) for expr in (to_b * b + to_a * a, bridge_var, rest))
    joint = quadratic(x, A * a, S**2) + quadratic(b, B / A * x, rest_) - quadratic(b, B * a, R**2)
    what = "those of p(x|a) p(b|x) / p(b|a) and of N(x; mean, variance) agree"
    yield identity("3a. Bayes, exponents", what, joint, quadratic(x, mean_, var_))
    yield identity("3b. Bayes, normalisers", "σ_t² σ²_{T|t} / σ_T² = variance", S**2 * rest_ / R**2, var_)

    def weights(early: Any, late: Any) -> list[Any]:
        return [expr.subs({t: early, T: late}, simultaneous=True) for expr in (to_b, to_a, bridge_var)]

    (b1, a1, v1), (b2, a2, v2), (b3, a3, v3) = weights(t, T), weights(s, t), weights(s, T)
    yield identity("4a. bridges compose, end", "weight of b: s ← t ← T is s ← T", b2 * b1, b3)
    yield identity("4b. bridges compose, code", "weight of a: s ← t ← T is s ← T", a2 + b2 * a1, a3)
    yield identity("4c. bridges compose, variance", "variance: s ← t ← T is s ← T", v2 + b2**2 * v1, v3)


def forwards(ratio: Any, rest: Any, to_b: Any, to_a: Any, bridge_var: Any, doob: Any) -> Iterator[Step]:
    """Doob's transform by the transition density to b."""
    yield lemma(
        "Doob's h-transform",
        "If h > 0 solves ∂_t h + L h = 0, the Markov process with transitions p(x → y) h(y)/h(x) has the generator "
        "u ↦ h⁻¹ (∂_t + L)(h u); for h the density of X_T at b, it is X given X_T = b on [0, T)",
        source="RW00, Chapter IV",
        proof="By Bayes' rule the law of X_t given X_s = x and X_T = b has the density p(x → y) h(t, y)/h(s, x); "
        "differentiate E[u(t, X_t) h(t, X_t)]/h(s, x) at t = s.",
    )
    density = normal(b, ratio * x, rest)
    yield identity(
        "5a. h is harmonic", "∂_t h + f x ∂h + ½ g² ∂²h = 0 for h = N(b; α_{T|t} x, σ²_{T|t})", backward(density), 0
    )
    transformed = (backward(h * u) / h).subs(sp.diff(h, t), -f * x * sp.diff(h, x) - g2 * sp.diff(h, x, 2) / 2)
    claimed = backward(u) + doob * g2 * sp.diff(sp.log(h), x) * sp.diff(u, x)
    yield identity(
        "5b. Doob's generator", "h⁻¹ (∂_t + L)(h u) = (∂_t + L) u + g² ∂ log h ∂u for every u", transformed, claimed
    )
    drift = f * x + doob * g2 * ratio * (b - ratio * x) / rest
    score = sp.diff(quadratic(b, ratio * x, rest), x)
    yield identity("5c. drift forwards", "f x + g² ∂ log h", f * x + doob * g2 * score, drift)
    mean = to_b * b + to_a * a
    yield identity("5d. forward mean", "dm/dt = drift at m", sp.diff(mean, t), drift.subs(x, mean))
    slope = sp.diff(drift, x)
    yield identity(
        "5e. forward variance", "dv/dt = 2 v ∂drift/∂x + g²", sp.diff(bridge_var, t), 2 * bridge_var * slope + g2
    )
    yield identity("5f. forward start, mean", "m = α a where σ = 0", mean.subs(var(t), 0), alpha(t) * a)
    yield identity("5g. forward start, variance", "v = 0 where σ = 0", bridge_var.subs(var(t), 0), 0)


def backwards(mean: Any, bridge_var: Any, pull: Any) -> Iterator[Step]:
    """Time reversal, as an h-transform and by the mean and variance of a linear equation."""
    yield lemma(
        "Time reversal",
        "If X has drift f x, diffusion g and a positive smooth density p_t, then X run backwards is a diffusion with "
        "the generator u ↦ p⁻¹ (L* − ∂_t)(p u), L* the adjoint of L (Anderson 1982, A82, by formal computation)",
        source="HP86",
    )
    of_a = normal(x, alpha(t) * a, var(t))
    yield identity("6a. density", "∂_t p = −∂(f x p) + ½ g² ∂²p for p = N(x; α a, σ²)", forward(of_a), 0)

    def generator(function: Any, density: Any) -> Any:
        drift = f * x - g2 * sp.diff(sp.log(density), x)
        return -sp.diff(function, t) - drift * sp.diff(function, x) + g2 * sp.diff(function, x, 2) / 2

    yield identity(
        "6b. reversed generator",
        "p⁻¹ (L* − ∂_t)(p u) = −∂_t u − (f x − g² ∂ log p) ∂u + ½ g² ∂²u for every u",
        solving(forward(p * u) / p, p),
        generator(u, p),
    )
    drift = f * x + pull * g2 * (x - alpha(t) * a) / var(t)
    score = sp.diff(quadratic(x, alpha(t) * a, var(t)), x)
    yield identity("6c. drift backwards", "f x − g² ∂ log p(x|a) = f x + g² (x − αa)/σ²", f * x - g2 * score, drift)
    yield identity(
        "6d. conditioning the data process",
        "q/p is harmonic for the process reversed with density p, if p and q solve the equation of (6a)",
        solving(generator(q / p, p), p, q),
        0,
    )
    yield identity("7a. backward mean", "dm/dt = drift at m", sp.diff(mean, t), drift.subs(x, mean))
    yield identity("7b. mean at T", "m_T = b", mean.subs(T, t), b)
    yield identity(
        "7c. backward variance",
        "dv/dt = 2 v ∂drift/∂x − g²",
        sp.diff(bridge_var, t),
        2 * bridge_var * sp.diff(drift, x) - g2,
    )
    yield identity("7d. variance at T", "v_T = 0", bridge_var.subs(T, t), 0)


def cross_checks(conditional: float) -> Iterator[Step]:
    """The library's bridge against the statement, written out in its own terms."""
    from fsq_theory.paths.bridge import bridge_moments
    from fsq_theory.schedules import schedule

    for name, early, late in (("vp", 0.3, 0.9), ("cosine", 0.05, 0.7), ("edm", 0.4, 1.0)):
        made = schedule(name)
        now, noise, then, end = (
            float(v) for v in (made.alpha(early), made.sigma(early), made.alpha(late), made.sigma(late))
        )
        rest = end**2 - conditional * (then / now) ** 2 * noise**2
        expected = (then / now * noise**2 * -2.0 + now * rest * 0.7) / end**2, noise**2 * rest / end**2
        mean, variance = bridge_moments(made, early, [0.7], [-2.0], late)
        for what, got, want in (("mean", mean[0], expected[0]), ("variance", variance, expected[1])):
            yield agreement(f"9. {name}", f"the library's {what} agrees", float(got), want, 1e-12)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
