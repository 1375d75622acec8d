"""The KL of a token's reverse path from the data path: it is that of the two marginals where paths stop.

Statement.  Let P^k be the law on [ε, T] of the reverse process towards X_0 = e_k, X_T from its own marginal, and
P_π = Σ_k π_k P^k that of the data, the reverse process with drift f x + g² (x − α x̂_0)/σ².  Then

    KL(P^k ‖ P_π) = KL(p_ε(·|k) ‖ p_ε) = ½ ∫_0^{γ_ε} E[‖e_k − x̂_0‖² | k] dγ ≤ −log π_k,

its mean over π is I(γ_ε) = H(π) − H(X_0|X_ε) ≤ H(π), and if both paths start from the same X_T ~ p_T(·|k), the integral
starts at γ_T: KL(p_T(·|k) ‖ p_T) is taken off.  Unlike the KL between two tokens' paths it stays bounded as ε → 0.

Assumptions.  As in derivations/bridge.py, with γ_ε finite; finitely many codes, π_k > 0.

Proof.  (1) The reverse step towards e, times the marginal where it starts, is the marginal where it ends times the
forward transition, in which e does not occur; step by step on every grid, hence for paths.  So P^k is: X_ε from
p_ε(·|k), and from there the forward process, the same for every token; and P_π is: X_ε from p_ε, and the same forward
process.  By the lemma the paths differ as X_ε does.  (2) P_π is the reverse process of the statement: f x − g² ∂ log
p_t for the mixture p_t is that drift.

(3) In Z = (α/σ²) X and SNR time the drifts are e_k and x̂_0 (3a, 3b); so by Girsanov's theorem the path KL given X_T is
½ ∫E[‖e_k − x̂_0‖²|k] dγ from γ_T to γ_ε.  (4) The KL of the ends at T is the rest, from 0 to γ_T, by the I–MMSE
relation; and the two add up, log dP^k/dP_π being the sum of that of X_T and that of the path given X_T.

(5) Mean over tokens: the log-ratio w_k/M is that of p(k|x) to π_k, so the mean of the KL is H(π) − H(X_0|X_ε).
(6) It is bounded: M ≥ π_k w_k.  (7) The library against sums on grids.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.numbers import agreement
from fsq_theory.claims.step import Step

CLAIM = "token-path-kl"
SOURCE = "this project; by the I–MMSE relation [GSV05] and Girsanov's theorem [KS91]"
CONCLUDES = "proved"
HALF = sp.Rational(1, 2)
WRONG = {
    "the reverse step's variance is σ_t² (1 − ρ²)": {"power": 2},
    "½ ∫ E‖e_k − x̂_0‖² dγ without the ½ of Girsanov's exponent": {"half": 1},
    "KL ≤ −½ log π_k": {"bound": HALF},
}

t = sp.symbols("t", positive=True)
e_k, x_hat, x, y = sp.symbols("e_k xhat x y", real=True)
k, K = sp.symbols("k K", integer=True, positive=True)
e = sp.IndexedBase("e", real=True)
pi = sp.IndexedBase("pi", positive=True)
alpha, var = sp.Function("alpha", positive=True), sp.Function("V", positive=True)
f = sp.diff(sp.log(alpha(t)), t)
g2 = sp.diff(var(t), t) - 2 * f * var(t)
snr = alpha(t) ** 2 / var(t)


def derive(power: Any = 1, half: Any = HALF, bound: Any = 1) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        power: of ρ in the variance σ_t² (1 − ρ) of the reverse step; the statement has 1.
        half: the constant before the integral; the statement has ½.
        bound: the constant before −log π_k; the statement has 1.
    """
    yield from one_kernel(power)
    yield from drifts(half)
    yield from information(bound)
    yield from cross_checks()


def one_kernel(power: Any) -> Iterator[Step]:
    """The process towards a token is the marginal at ε and a kernel without the token."""
    A, S, B, R = sp.symbols("alpha_t sigma_t alpha_T sigma_T", positive=True)
    rho = B**2 * S**2 / (R**2 * A**2)
    step_var = S**2 * (1 - rho**power)
    step_mean = A * (1 - rho) * e_k + S / R * sp.sqrt(rho) * y

    def exponent(point: Any, mean: Any, variance: Any) -> Any:
        return -((point - mean) ** 2) / (2 * variance)

    forward_mean, forward_var = B / A * x, R**2 - B**2 / A**2 * S**2
    yield identity(
        "1a. reversed, exponents",
        "N(y; α_T e, σ_T²) N(x; reverse step from y towards e) = N(x; α_t e, σ_t²) N(y; α_{T|t} x, σ²_{T|t})",
        exponent(y, B * e_k, R**2) + exponent(x, step_mean, step_var),
        exponent(x, A * e_k, S**2) + exponent(y, forward_mean, forward_var),
    )
    yield identity(
        "1b. reversed, normalisers", "σ_T² σ_t² (1 − ρ) = σ_t² σ²_{T|t}", R**2 * step_var, S**2 * forward_var
    )
    yield lemma(
        "A common kernel",
        "If two laws of (X, path) have marginals μ ≪ ν of X and the same law of the path given X, then their "
        "Radon–Nikodym derivative is dμ/dν(X) and their KL is KL(μ ‖ ν)",
        proof="For every event, P(event) = ∫ K(x, event) μ(dx) = ∫ K(x, event) (dμ/dν)(x) ν(dx), which is the "
        "integral of dμ/dν(X) over it under the other law; and the mean of log dμ/dν(X) under the first is KL(μ ‖ ν).",
    )


def drifts(half: Any) -> Iterator[Step]:
    """The data process's drift, and Girsanov's rate of a token from it."""
    terms = pi[k] * sp.exp(-((x - alpha(t) * e[k]) ** 2) / (2 * var(t)))
    total = sp.Sum(terms, (k, 1, K))
    mean = sp.Sum(e[k] * terms, (k, 1, K)) / total
    yield identity(
        "2. the data's drift",
        "f x − g² ∂ log Σ_k π_k N(x; α e_k, σ²) = f x + g² (x − α x̂_0)/σ²",
        f * x - g2 * sp.diff(sp.log(total), x),
        f * x + g2 * (x - alpha(t) * mean) / var(t),
    )

    yield lemma(
        "Time reversal",
        "The noising process with the positive smooth density p_t runs backwards with the drift f x − g² ∂ log p_t",
        source="HP86",
        claim="bridge",
        proof="its last steps, on the reversed generator.",
    )
    scale = alpha(t) / var(t)
    drift = f * x + g2 * (x - alpha(t) * e_k) / var(t)
    yield identity(
        "3a. SNR time, drift",
        "d/dt of (α/σ²) x along f x + g² (x − α e)/σ² is e dγ/dt, whatever e",
        sp.diff(scale, t) * x + scale * drift,
        e_k * sp.diff(snr, t),
    )
    yield identity("3b. SNR time, noise", "(α/σ²)² g² = −dγ/dt", scale**2 * g2, -sp.diff(snr, t))
    dz, db, dg = sp.symbols("dz db dgamma", real=True)
    log_ratio = (e_k - x_hat) * dz - (e_k**2 - x_hat**2) * dg / 2
    yield identity(
        "3c. log-derivative",
        "(e_k − x̂_0) dZ − ½ (e_k² − x̂_0²) dγ = (e_k − x̂_0) dB + ½ (e_k − x̂_0)² dγ where dZ = e_k dγ + dB",
        log_ratio.subs(dz, e_k * dg + db),
        (e_k - x_hat) * db + half * (e_k - x_hat) ** 2 * dg,
    )
    yield lemma(
        "Girsanov's theorem",
        "In Z = (α/σ²) X and SNR time the two processes are dZ = b dγ + dB, b = e_k and b = x̂_0, and on [γ_T, γ_ε], "
        "from the same start, the log-derivative is the integral of (3c); its mean is ½ ∫E[‖e_k − x̂_0‖²|k] dγ",
        source="KS91, Theorem 3.5.1",
        proof="‖e_k − x̂_0‖ is bounded by the diameter of the codebook, so Novikov's condition [KS91, Corollary 3.5.13] "
        "holds, and the stochastic integral of a bounded integrand has mean 0.",
    )
    yield lemma(
        "The I–MMSE relation",
        "d KL(p_γ(·|k) ‖ p_γ)/dγ = ½ E[‖e_k − x̂_0‖²|k], 0 at γ = 0",
        source="GSV05",
        claim="i-mmse",
    )


def information(bound: Any) -> Iterator[Step]:
    """Mean over tokens, and the bound by the prior."""
    own, prior, others = sp.symbols("w_k pi_k R", positive=True)
    M = prior * own + others
    posterior = prior * own / M
    yield identity(
        "5. by the posterior", "log w_k/M = log p(k|x) − log π_k", sp.log(own / M), sp.log(posterior) - sp.log(prior)
    )
    yield inequality(
        "6. bounded by surprise",
        "log w_k/M ≤ −log π_k, M = π_k w_k + R with R > 0 the other tokens' terms",
        sp.log(own) - sp.log(M),
        -bound * sp.log(prior),
        because=sp.log(1 + others / (prior * own)),
    )


def cross_checks() -> Iterator[Step]:
    """The library on four tokens with a prior: the KL of the marginals and half the integral, summed on grids."""
    import numpy as np

    import fsq_theory as ft

    codes, prior = np.array([-1.0, -0.3, 0.2, 1.0]), np.array([0.1, 0.2, 0.3, 0.4])
    line = ft.ArrayCodebook(codes[:, None], prior)
    low, high = 0.5, 6.0
    found = ft.token_path_kl(line, gamma_eps=high)
    pinned = ft.token_path_kl(line, gamma_eps=high, gamma_T=low, pinned=True)
    noise = np.arange(-9.0, 9.0, 0.05)
    mass = 0.05 * np.exp(-(noise**2) / 2) / np.sqrt(2 * np.pi)

    def given(token: int, snr: float) -> tuple[float, float]:
        """KL(p(·|k)‖p) and E[(e_k − x̂_0)²|k] at an SNR."""
        z = snr * codes[token] + np.sqrt(snr) * noise
        weights = np.exp(np.multiply.outer(z, codes) - snr * codes**2 / 2)
        off = codes[token] - weights @ (prior * codes) / (weights @ prior)
        return float(mass @ np.log(weights[:, token] / (weights @ prior))), float(mass @ off**2)

    nodes, weights = np.polynomial.legendre.leggauss(16)
    snr, area = (high + low) / 2 + (high - low) / 2 * nodes, (high - low) / 4 * weights
    for token in (0, 2):
        kl = given(token, high)[0]
        what = "the library's KL is that of the marginals"
        yield agreement(f"7a. token {token}", what, float(found.kl[token]), kl, 1e-9)
        rest = float(area @ [given(token, one)[1] for one in snr])
        what = "less that of X_T it is ½ ∫E[‖e_k − x̂_0‖²|k] from γ_T"
        yield agreement(f"7b. token {token}, pinned", what, float(pinned.kl[token]), rest, 1e-9)
    mean = float(prior @ [given(token, high)[0] for token in range(4)])
    yield agreement("7c. on average", "the library's mean is Σ π_k D_k(γ_ε)", found.mean, mean, 1e-9)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
