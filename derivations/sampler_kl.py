"""The KL of an ancestral sampler with N steps is a Riemann sum's error.

Statement.  On SNRs γ_0 < … < γ_N let the ancestral sampler draw each next state from the bridge between the state and
its denoiser x̂_0 there, the posterior step of [H20].  If it starts from the true law at γ_0, the KL of the true reverse
process from it, on the grid as well as along the path, is

    KL = ½ Σ_i mmse(γ_i)(γ_{i+1} − γ_i) − [I(γ_N) − I(γ_0)],

to which a start from another law ρ adds KL(p_T ‖ ρ), γ_T = γ_0.  The share of a step is ½ ∫ (mmse(γ_i) − mmse(γ)) dγ =
½ ∫ (γ_{i+1} − γ)(−dmmse/dγ) dγ, from 0 to ½ (γ_{i+1} − γ_i)(mmse(γ_i) − mmse(γ_{i+1})); so KL ≥ 0 does not grow when a
grid is refined, is at most ½ max_i (γ_{i+1} − γ_i) mmse(γ_0), and best grids with given ends have

    mmse(γ_{i−1}) − mmse(γ_i) = −mmse'(γ_i) (γ_{i+1} − γ_i),     0 < i < N.

Assumptions.  As in derivations/bridge.py, γ_N finite; finitely many codes; exact arithmetic and the exact x̂_0.

Proof.  (1) In Z = (α/σ²) X a step of the sampler is z' ~ N(z + x̂_0 Δ, Δ), Δ = γ' − γ; and it is the step of [H20].
(2) Given X_0 = e_k the true step is N(z + e_k Δ, Δ), whose density relative to N(z, Δ) is w_k(z', γ')/w_k(z, γ), the
likelihoods of derivations/i_mmse.py; its mean over the posterior at z is M(z', γ')/M(z, γ), with the past of z in it
nowhere: the true process is a Markov chain on the grid, and so is the sampler.  Its log-ratio is

    log p(z'|z)/N(z'; z + x̂_0 Δ, Δ) = log N(z'; z + X_0 Δ, Δ)/N(z'; z + x̂_0 Δ, Δ) − log N(z'; z + X_0 Δ, Δ)/p(z'|z).

The first has the mean ½ Δ E(X_0 − x̂_0)² = ½ Δ mmse(γ), coordinates adding up (2c); the second is the log of
(w_k/M)(z', γ') over (w_k/M)(z, γ) (2d), of mean I(γ') − I(γ).  Means of KLs given the past add up over steps, and with
that of the start.  All this is exact, with no limit and no stochastic calculus.

(3) Between two states of the grid the true path given X_0 = e_k is a Brownian bridge in which e_k does not occur, and
so is that of the process whose denoiser is frozen in a step: whole paths have the same kernel given the grid, and the
same KL.

(4) By the I–MMSE relation the share, 0 for γ' = γ, grows in γ' at the rate ½ (mmse(γ) − mmse(γ')) ≥ 0 (4a, 4b);
integration by parts gives the other form (4c).  (5) A point between takes off ½ (mmse(a) − mmse(b))(c − b) ≥ 0.
(6) The upper bound less the share is 0 for γ' = γ, and grows (6a); the bound by max Δ follows, the differences of mmse
telescoping (6b).  (7) The derivative in γ_i.  (8) The library against sums on a grid, a value known before, and the
log-ratio along simulated chains.

Remarks.  In continuous time the share is ½ ∫E‖x̂_0(γ) − x̂_0(γ_i)‖² dγ (derivations/model_kl.py), x̂_0 being a
martingale in γ (derivations/i_mmse.py).  Tokens that are read out at γ_N are functions of the path: their KL is no
larger.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.numbers import agreement, estimate_agreement
from fsq_theory.claims.step import Step

CLAIM = "sampler-kl"
SOURCE = "this project; the sampler is that of [H20]"
CONCLUDES = "proved"
HALF = sp.Rational(1, 2)
WRONG = {
    "Σ mmse(γ_i)(γ_{i+1} − γ_i) without ½": {"half": 1},
    "½ (I(γ_N) − I(γ_0)) is taken off": {"gain": HALF},
    "best grids have mmse(γ_{i−1}) − mmse(γ_i) = −½ mmse'(γ_i)(γ_{i+1} − γ_i)": {"curve": HALF},
}

x, e_k, x_hat, z, z1, z2 = sp.symbols("x e_k xhat z z' z''", real=True)
gamma, rise = sp.symbols("gamma Delta", positive=True)
low, middle, high = sp.symbols("gamma_a gamma_b gamma_c", positive=True)
k, K = sp.symbols("k K", integer=True, positive=True)
e = sp.IndexedBase("e", real=True)
pi = sp.IndexedBase("pi", positive=True)
mmse, info = sp.Function("mmse", positive=True), sp.Function("I", positive=True)


def log_normal(point: Any, mean: Any, variance: Any) -> Any:
    """log N(point; mean, variance)."""
    return -((point - mean) ** 2) / (2 * variance) - sp.log(2 * sp.pi * variance) / 2


def weight(code: Any, point: Any, snr: Any) -> Any:
    """w = e^{z e − γ e²/2}, the likelihood of a code."""
    return sp.exp(point * code - snr * code**2 / 2)


def derive(half: Any = HALF, gain: Any = 1, curve: Any = 1) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        half: the constant before the sum; the statement has ½.
        gain: the constant before the gain of information; the statement has 1.
        curve: the constant before mmse' in the condition of best grids; the statement has 1.
    """

    def share(start: Any, stop: Any) -> Any:
        return half * mmse(start) * (stop - start) - gain * (info(stop) - info(start))

    yield from the_step()
    yield from log_ratio(half)
    yield from between()
    yield from riemann(share, curve)
    yield from cross_checks()


def the_step() -> Iterator[Step]:
    """A step of the sampler in SNR, and that it is the posterior step of [H20]."""
    A, S, B, R = sp.symbols("alpha_s sigma_s alpha_t sigma_t", positive=True)
    rho = B**2 * S**2 / (R**2 * A**2)
    mean, variance = A * (1 - rho) * x_hat + S / R * sp.sqrt(rho) * x, S**2 * (1 - rho)
    scale, gained = A / S**2, A**2 / S**2 - B**2 / R**2
    yield identity(
        "1a. a step, mean",
        "(α_s/σ_s²) × the bridge's mean is z + x̂_0 (γ_s − γ_t)",
        scale * mean.subs(x, z * R**2 / B),
        z + x_hat * gained,
    )
    yield identity(
        "1b. a step, variance", "(α_s/σ_s²)² × the bridge's variance is γ_s − γ_t", scale**2 * variance, gained
    )
    bar, bar_before = B**2, A**2
    beta = 1 - bar / bar_before
    unit = {S: sp.sqrt(1 - A**2), R: sp.sqrt(1 - B**2)}
    yield identity(
        "1c. the posterior step of [H20], mean",
        "√ᾱ_{t−1} β_t x̂_0/(1 − ᾱ_t) + √(1 − β_t)(1 − ᾱ_{t−1}) x/(1 − ᾱ_t) where ᾱ = α², σ² = 1 − ᾱ",
        sp.simplify(mean).subs(unit),
        A * beta / (1 - bar) * x_hat + (B / A) * (1 - bar_before) / (1 - bar) * x,
    )
    yield identity(
        "1d. the posterior step of [H20], variance",
        "(1 − ᾱ_{t−1}) β_t/(1 − ᾱ_t)",
        variance.subs(unit),
        (1 - bar_before) / (1 - bar) * beta,
    )


def log_ratio(half: Any) -> Iterator[Step]:
    """One step of the true chain against one of the sampler."""
    yield identity(
        "2a. a true step",
        "log N(z'; z + e Δ, Δ) − log N(z'; z, Δ) = log w(z', γ + Δ) − log w(z, γ)",
        log_normal(z1, z + e_k * rise, rise) - log_normal(z1, z, rise),
        sp.log(weight(e_k, z1, gamma + rise)) - sp.log(weight(e_k, z, gamma)),
    )
    now, after = (sp.Sum(pi[k] * weight(e[k], *at), (k, 1, K)) for at in ((z, gamma), (z1, gamma + rise)))
    gained = sp.simplify(weight(e[k], z1, gamma + rise) / weight(e[k], z, gamma))
    yield identity(
        "2b. given the state alone",
        "Σ_k (π_k w_k/M)(z, γ) × w_k(z', γ')/w_k(z, γ) = M(z', γ')/M(z, γ)",
        sp.Sum(pi[k] * weight(e[k], z, gamma) * gained, (k, 1, K)) / now,
        after / now,
    )
    noise = sp.Symbol("xi", real=True)
    drawn = z + e_k * rise + sp.sqrt(rise) * noise
    yield identity(
        "2c. the denoiser's part",
        "log N(z'; z + eΔ, Δ)/N(z'; z + x̂Δ, Δ) = ½ Δ (e − x̂)² + √Δ (e − x̂) ξ at z' = z + eΔ + √Δ ξ",
        log_normal(drawn, z + e_k * rise, rise) - log_normal(drawn, z + x_hat * rise, rise),
        half * rise * (e_k - x_hat) ** 2 + sp.sqrt(rise) * (e_k - x_hat) * noise,
    )
    M, M1 = sp.symbols("M M'", positive=True)
    mixed = log_normal(z1, z, rise) + sp.log(M1) - sp.log(M)
    yield identity(
        "2d. the information's part",
        "log N(z'; z + eΔ, Δ)/p(z'|z) = log (w/M)(z', γ') − log (w/M)(z, γ)",
        log_normal(z1, z + e_k * rise, rise) - mixed,
        sp.log(weight(e_k, z1, gamma + rise)) - sp.log(M1) - sp.log(weight(e_k, z, gamma)) + sp.log(M),
    )
    yield lemma(
        "Chain rule",
        "The KL of two Markov chains is that of their first states plus, for each step, the mean over the first chain "
        "of the KL of the next state given the present one",
        source="CT06, Theorem 2.5.3",
    )


def between() -> Iterator[Step]:
    """The path between two states of the grid tells nothing of the token."""
    part = sp.Symbol("delta", positive=True)
    bridge = (
        log_normal(x, z + e_k * part, part)
        + log_normal(z1, x + e_k * (rise - part), rise - part)
        - log_normal(z1, z + e_k * rise, rise)
    )
    yield identity("3. bridges", "the law of a state between z and z' does not depend on e", sp.diff(bridge, e_k), 0)
    yield lemma(
        "A common kernel",
        "If the path given its states on the grid has the same law under two measures, their KL is that of the states",
        proof="Then dP/dQ on paths is the ratio of the laws of the states: for every event, P(event) = "
        "E_P K(states, event) = E_Q[ratio × K(states, event)].  Take the mean of its logarithm under P.",
    )


def riemann(share: Any, curve: Any) -> Iterator[Step]:
    """Shares as areas, refinement, bounds and best grids."""
    yield lemma(
        "The I–MMSE relation",
        "dI/dγ = ½ mmse, and mmse is differentiable and does not increase",
        source="GSV05",
        claim="i-mmse",
    )

    def slope(expression: Any, variable: Any) -> Any:
        return sp.diff(expression, variable).subs(sp.diff(info(variable), variable), mmse(variable) / 2)

    yield identity(
        "4a. a share grows",
        "d share/dγ' = ½ (mmse(γ) − mmse(γ'))",
        slope(share(low, high), high),
        (mmse(low) - mmse(high)) / 2,
    )
    yield identity("4b. from nothing", "share = 0 for γ' = γ", share(low, low), 0)
    left = (high - middle) * (mmse(low) - mmse(middle))
    yield identity(
        "4c. by parts",
        "d/dγ[(γ' − γ)(mmse(γ_i) − mmse(γ))] = (γ' − γ)(−mmse'(γ)) − (mmse(γ_i) − mmse(γ)), 0 at both ends",
        sp.diff(left, middle) + left.subs(middle, low) + left.subs(middle, high),
        (high - middle) * -sp.diff(mmse(middle), middle) - (mmse(low) - mmse(middle)),
    )
    yield identity(
        "5. refinement",
        "share(a, c) − share(a, b) − share(b, c) = ½ (mmse(a) − mmse(b))(c − b)",
        share(low, high) - share(low, middle) - share(middle, high),
        (mmse(low) - mmse(middle)) * (high - middle) / 2,
    )
    above = (high - low) * (mmse(low) - mmse(high)) / 2 - share(low, high)
    yield identity(
        "6a. from above",
        "d/dγ' [½ (γ' − γ)(mmse(γ) − mmse(γ')) − share] = ½ (γ' − γ)(−mmse'(γ'))",
        slope(above, high),
        (high - low) * -sp.diff(mmse(high), high) / 2,
    )
    size, more, fall = sp.symbols("Delta s m", nonnegative=True)
    yield inequality(
        "6b. largest step",
        "½ Δ_i (mmse(γ_i) − mmse(γ_{i+1})) ≤ ½ Δ (mmse(γ_i) − mmse(γ_{i+1})) for Δ = Δ_i + s, s ≥ 0",
        size * fall / 2,
        (size + more) * fall / 2,
        because=more * fall / 2,
    )
    yield identity(
        "7. best grids",
        "∂KL/∂γ_i = ½ [mmse(γ_{i−1}) − mmse(γ_i) + mmse'(γ_i)(γ_{i+1} − γ_i)]",
        slope(share(low, middle) + share(middle, high), middle),
        (mmse(low) - mmse(middle) + curve * sp.diff(mmse(middle), middle) * (high - middle)) / 2,
    )


def cross_checks() -> Iterator[Step]:
    """Five codes on a grid of six SNRs: sums over noise, the library, and simulated chains."""
    import numpy as np

    import fsq_theory as ft

    codes, grid = np.linspace(-1.0, 1.0, 5), np.array([0.0, 1.0, 3.0, 8.0, 20.0, 60.0])
    noise = np.arange(-9.0, 9.0, 0.02)
    mass = 0.02 * np.exp(-(noise**2) / 2) / np.sqrt(2 * np.pi)

    def posterior(z: Any, snr: float) -> tuple[Any, Any]:
        """log Σ_k w_k/K and x̂_0."""
        weights = np.exp(np.multiply.outer(z, codes) - snr * codes**2 / 2)
        total = weights.sum(axis=-1)
        return np.log(total / 5), weights @ codes / total

    information, errors = [], []
    for snr in grid:
        z = snr * codes[:, None] + np.sqrt(snr) * noise
        log_mean, denoised = posterior(z, snr)
        information.append(float(np.mean((z * codes[:, None] - snr * codes[:, None] ** 2 / 2 - log_mean) @ mass)))
        errors.append(float(np.mean((codes[:, None] - denoised) ** 2 @ mass)))
    known = float(np.diff(grid) @ errors[:-1]) / 2 - (information[-1] - information[0])
    found = ft.sampler_kl(ft.fsq([5]), grid).kl
    yield agreement("8a. the library", "five codes, SNRs 0, 1, 3, 8, 20, 60", found, known, 1e-9)
    yield agreement("8b. a known value", "0.88338 to its last digit", known, 0.88338, 5e-6 / 0.88338)
    generator, paths = np.random.default_rng(0), 20_000
    token = codes[generator.integers(5, size=paths)]
    z, total = np.zeros(paths), np.zeros(paths)
    for snr, step in zip(grid[:-1], np.diff(grid), strict=True):
        before, denoised = posterior(z, snr)
        moved = z + token * step + np.sqrt(step) * generator.standard_normal(paths)
        after, _ = posterior(moved, snr + step)
        # log p(z'|z)/N(z'; z + x̂Δ, Δ) by (2b): the ratio of both to N(z'; z, Δ).
        total += after - before - (denoised * (moved - z) - denoised**2 * step / 2)
        z = moved
    stderr = float(total.std() / np.sqrt(paths))
    yield estimate_agreement("8c. simulated chains", "mean log-ratio on the grid", float(total.mean()), stderr, known)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
