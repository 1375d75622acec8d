"""The path KL of a wrong model, and why a confusion between neighbours costs little.

Statement.  Let the reverse process of a model have the denoiser D(x, t), a point of the convex hull of the codebook,
where the true one has x̂_0, and start from a law ρ where the true one starts from p_T.  Then, expectations being over
X_t,

    KL(true ‖ model) = KL(p_T ‖ ρ) + ½ ∫_{γ_T}^{γ_ε} E‖x̂_0 − D‖² dγ
                     = KL(p_T ‖ ρ) + ½ ∫_{γ_T}^{γ_ε} (E‖X_0 − D‖² − mmse) dγ,

the excess of the model's denoising loss.  For ρ = N(0, s²σ_T² I), KL(p_T ‖ ρ) = n log s + (n + γ_T E‖X_0‖²)/(2s²)
− n/2 − I(γ_T).

With D = Σ_k q_k e_k and p the posterior, ‖x̂_0 − D‖² ≤ Σ_kl c_kl ‖e_k − e_l‖² for every coupling c of p and q.  A
model that takes every token j for a partner j' with probability m, otherwise exact, has

    ½ ∫ E‖x̂_0 − D‖² dγ ≤ m² Σ_j π_j KL(P^j ‖ P^{j'}),

with the paths' KL of derivations/path_kl.py from γ_T to γ_ε: a confusion costs at most m² times what the two tokens'
paths differ, little between neighbours.

Assumptions.  As in derivations/bridge.py, with γ_ε finite; finitely many codes; D measurable.

Proof.  (1) In Z = (α/σ²) X and SNR time the processes are dZ = x̂_0 dγ + dB and dZ = D dγ + dB.  (2) Under the first,
the log-derivative of the path given its start has the increments (x̂_0 − D) dB + ½ (x̂_0 − D)² dγ; its mean is the
integral, by Girsanov's theorem.  That of X_T is added: the log-derivative of the whole is the sum of both, and so are
their means.

(3) Pythagoras: given the observation, E[(X_0 − D)²] = E[(X_0 − x̂_0)²] + (x̂_0 − D)², since X_0 − x̂_0 has mean 0.
(4) The prior: log p_T/ρ = log p_T(·|k)/ρ − log p_T(·|k)/p_T; the mean of the first is an integral, one coordinate at a
time, and that of the second is I(γ_T).

(5) x̂_0 − D = Σ_kl c_kl (e_k − e_l), as c has the sums p and q.  For weights c that add up to 1 and vectors v,
Σ c ‖v‖² − ‖Σ c v‖² is ½ Σ c_a c_b ‖v_a − v_b‖² over pairs of cells (5a), so not negative.  (6) For the confusion
D − x̂_0 = m Σ_j p_j (e_{j'} − e_j), whose square is at most m² Σ_j p_j ‖e_{j'} − e_j‖² by (5); the mean of p_j is π_j,
and ½ ‖e_{j'} − e_j‖² (γ_ε − γ_T) is the KL of the pair.  (7) The library against sums on a grid.

Remarks.  The bound on a confusion is not attained, as Jensen's inequality is strict unless all displacements e_{j'} −
e_j are equal, which those of a finite codebook are only if all are 0; but for distinct codes, not all of them mapped to
themselves, the ratio of its two sides tends to 1 as γ_ε → ∞: p tends to a point mass, so the integrands agree in the
limit by bounded convergence.  Functions of the path, such as the tokens that are read out, have no larger KL (data
processing).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.numbers import agreement, at_most, estimate_agreement
from fsq_theory.claims.step import Step

CLAIM = "model-kl"
SOURCE = "this project; by Girsanov's theorem [KS91]"
CONCLUDES = "proved"
HALF = sp.Rational(1, 2)
WRONG = {
    "∫ E‖x̂_0 − D‖² dγ without ½": {"half": 1},
    "the cost of a confusion is ½ m² KL": {"cost": HALF},
    "the squared distance of means is at least the mean squared distance": {"side": -1},
}

t = sp.symbols("t", positive=True)
x, x_hat, D, e_k, z = sp.symbols("x xhat D e_k z", real=True)
k, K = sp.symbols("k K", integer=True, positive=True)
e, w = sp.IndexedBase("e", real=True), sp.IndexedBase("w", positive=True)
alpha, var = sp.Function("alpha", positive=True), sp.Function("V", positive=True)
f = sp.diff(sp.log(alpha(t)), t)
g2 = sp.diff(var(t), t) - 2 * f * var(t)
snr = alpha(t) ** 2 / var(t)


def derive(half: Any = HALF, cost: Any = 1, side: Any = 1) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        half: the constant before the integral; the statement has ½.
        cost: the constant before m² times the pair's path KL; the statement has 1.
        side: the sign of the inequality between squares; the statement has 1.
    """
    yield from girsanov(half)
    yield from pythagoras()
    yield from start()
    a, b = sp.symbols("c_a c_b", nonnegative=True)
    v_a, v_b = sp.symbols("v_a v_b", real=True)
    yield inequality(
        "5a. a pair of cells",
        "2 c_a c_b v_a v_b ≤ c_a c_b (v_a² + v_b²): summed over pairs, ‖Σ c v‖² ≤ Σ c ‖v‖²",
        side * 2 * a * b * v_a * v_b,
        side * a * b * (v_a**2 + v_b**2),
        because=side * a * b * (v_a - v_b) ** 2,
    )
    share, moved, gap, low, rise = sp.symbols("m e_j' e_j gamma_T Delta", real=True)
    posterior = sp.symbols("p_j", nonnegative=True)
    yield identity(
        "6a. a confusion",
        "(1 − m) p_j e_j + m p_j e_j' = p_j e_j + m p_j (e_j' − e_j)",
        (1 - share) * posterior * gap + share * posterior * moved,
        posterior * gap + share * posterior * (moved - gap),
    )
    pair = (moved - gap) ** 2 * ((low + rise) - low) / 2
    yield identity(
        "6b. its cost",
        "½ m² (e_j' − e_j)² (γ_ε − γ_T) is m² times the pair's path KL",
        half * (share * (moved - gap)) ** 2 * rise,
        cost * share**2 * pair,
    )
    yield from cross_checks()


def girsanov(half: Any) -> Iterator[Step]:
    """The two processes in SNR time, and the log-derivative of one from the other."""
    scale = alpha(t) / var(t)
    drift = f * x + g2 * (x - alpha(t) * D) / var(t)
    yield identity(
        "1a. SNR time, drift",
        "d/dt of (α/σ²) x along f x + g² (x − α D)/σ² is D dγ/dt",
        sp.diff(scale, t) * x + scale * drift,
        D * sp.diff(snr, t),
    )
    yield identity("1b. SNR time, noise", "(α/σ²)² g² = −dγ/dt", scale**2 * g2, -sp.diff(snr, t))
    yield lemma(
        "Innovations",
        "Z_γ = γ X_0 + W_γ, W a Brownian motion independent of X_0, has dZ = x̂_0 dγ + dB with B a Brownian motion of "
        "the past of Z: this is the true reverse process, and Z_γ/√γ at each γ has the law of X_t/σ_t",
        source="KS91, Theorem 3.3.16",
        proof="The likelihood of the path up to γ given X_0 = e_k depends on Z_γ alone (derivations/path_kl.py), so "
        "E[X_0 | path up to γ] = x̂_0(Z_γ, γ), and B_γ = Z_γ − ∫x̂_0 is a martingale: "
        "E[∫(X_0 − x̂_0) du + W_b − W_a | path up to a] = 0.  It is continuous with quadratic variation γ, so it is a "
        "Brownian motion by Lévy's theorem.  Given X_0 = e_k its transitions are those of reverse paths (same file).",
    )
    dz, db, dg = sp.symbols("dz db dgamma", real=True)
    log_ratio = (x_hat - D) * dz - (x_hat**2 - D**2) * dg / 2
    yield identity(
        "2. log-derivative",
        "(x̂_0 − D) dZ − ½ (x̂_0² − D²) dγ = (x̂_0 − D) dB + ½ (x̂_0 − D)² dγ where dZ = x̂_0 dγ + dB",
        log_ratio.subs(dz, x_hat * dg + db),
        (x_hat - D) * db + half * (x_hat - D) ** 2 * dg,
    )
    yield lemma(
        "Girsanov's theorem",
        "From the same start, the log-derivative of dZ = x̂_0 dγ + dB from dZ = D dγ + dB on [γ_T, γ_ε] is the integral "
        "of (2), and its mean is ½ ∫E‖x̂_0 − D‖² dγ; the model's process exists and its law is unique",
        source="KS91, Theorem 3.5.1",
        proof="x̂_0 and D lie in the convex hull of the codebook, so their difference is bounded by its diameter: "
        "Novikov's condition [KS91, Corollary 3.5.13] holds on the bounded interval, the stochastic integral of a "
        "bounded integrand has mean 0, and equations with bounded drift have weak solutions, unique in law "
        "[KS91, Propositions 5.3.6 and 5.3.10].",
    )


def pythagoras() -> Iterator[Step]:
    """The denoiser's error is orthogonal to what is left of X_0."""
    sums = [sp.Sum(w[k] * e[k] ** power, (k, 1, K)) for power in (0, 1)]
    yield identity(
        "3a. Pythagoras",
        "Σ w_k (e_k − D)² = Σ w_k (e_k − x)² + 2 (x − D) (Σ w_k e_k − x Σ w_k) + (x − D)² Σ w_k",
        sp.Sum(w[k] * (e[k] - D) ** 2, (k, 1, K)),
        sp.Sum(w[k] * (e[k] - x) ** 2, (k, 1, K)) + 2 * (x - D) * (sums[1] - x * sums[0]) + (x - D) ** 2 * sums[0],
    )
    yield identity(
        "3b. the cross term",
        "Σ w_k e_k − x̂ Σ w_k = 0 for x̂ = Σ w_k e_k/Σ w_k",
        sums[1] - sums[1] / sums[0] * sums[0],
        0,
    )


def start() -> Iterator[Step]:
    """The KL of X_T from Gaussian noise, one coordinate in units of σ_T."""
    r, s = sp.symbols("r s", positive=True)
    own = -(z**2) / 2 - sp.log(2 * sp.pi) / 2
    other = -((r * e_k + z) ** 2) / (2 * s**2) - sp.log(2 * sp.pi * s**2) / 2
    density = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
    mean = sp.integrate(sp.expand(own - other) * density, (z, -sp.oo, sp.oo))
    yield identity(
        "4. starting noise",
        "E log N(y; r e, 1)/N(y; 0, s²) = log s + (1 + γe²)/(2s²) − ½ at y = r e + z, γ = r²",
        mean,
        sp.log(s) + (1 + r**2 * e_k**2) / (2 * s**2) - HALF,
    )


def cross_checks() -> Iterator[Step]:
    """The library's estimate for a confusion and its KL of the start against sums on a grid over noise and SNR."""
    import numpy as np

    import fsq_theory as ft

    codes, prior = np.array([-1.0, 0.2, 1.0]), np.array([0.2, 0.7, 0.1])
    book, share, partner, high = ft.ArrayCodebook(codes[:, None], prior), 0.3, np.array([1, 2, 1]), 6.0
    y = np.arange(-12.0, 12.0, 0.05)
    nodes, weights = np.polynomial.legendre.leggauss(16)
    path, information = 0.0, 0.0
    for snr, part in zip(high / 2 * (1 + nodes), high / 2 * weights, strict=True):
        joint = prior * np.exp(-((y[:, None] - np.sqrt(snr) * codes) ** 2) / 2) / np.sqrt(2 * np.pi)
        p = joint / joint.sum(axis=1, keepdims=True)
        moved = share * p @ (codes[partner] - codes)
        path += part * 0.05 * float(joint.sum(axis=1) @ moved**2) / 2
        information += part * 0.05 * float((joint * (codes - (p @ codes)[:, None]) ** 2).sum()) / 2
    model = ft.confusion(book, share, partner)
    found = ft.model_path_kl(book, model, gamma_eps=high, samples=4096, levels=4)
    yield estimate_agreement("7a. a confusion", "the library's estimate", found.path_kl, float(found.stderr), path)
    bound = share**2 * high / 2 * float(prior @ (codes[partner] - codes) ** 2)
    yield at_most("7b. its bound", "½ ∫E(x̂_0 − D)² dγ ≤ m² Σ π_j KL(P^j‖P^j')", path, bound)
    std = 1.5
    known = np.log(std) + (1 + high * float(prior @ codes**2)) / (2 * std**2) - 0.5 - information
    yield agreement("7c. the start", "the library's prior KL", ft.prior_kl(book, high, std).kl, float(known), 1e-9)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
