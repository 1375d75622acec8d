"""The cross-entropy of the optimal model: what it is, how it falls with SNR, and how fast it vanishes.

Statement.  Let X be the noisy code at SNR γ.  For every model q(·|X) of the token

    E[−log q(X_0|X)] = H(X_0|X) + E KL(p(·|X) ‖ q(·|X)) ≥ H(X_0|X) = H(π) − I(γ),

with equality for the posterior alone.  This least loss falls at the rate dH(X_0|X)/dγ = −½ mmse(γ) from H(π) at γ = 0,
and

    H(X_0|X) ≤ Σ_{k≠j} √(π_k π_j) e^{−γ ‖e_k − e_j‖²/8}.

So for K ≥ 2 distinct codes it tends to 0, H(π) = ½ ∫_0^∞ mmse dγ, and 1 − H(X_0|X)/H(π) is a distribution function in
γ: of entropic time, and up to its scale what [D22] warps time by.

Assumptions.  Finitely many codes, π_k > 0, unit noise in each coordinate; q(k|x) > 0.

Proof.  (1) Term by term −p log q = −p log p + p log p/q, and p log p/q ≥ p − q, from log u ≤ u − 1 at u = q/p on both
sides of 1; the sum of p − q over tokens is 0, and equality needs u = 1.  (2) By Bayes' rule log p(k|x)/π_k is the
log-ratio of p(x|k) to p(x), of mean I.  (3) The rate is the I–MMSE relation.  (4) −log p(k|x) = log(1 + Σ_{j≠k} a_j)
with a_j = π_j w_j/(π_k w_k), at most √(Σ a_j) ≤ Σ √a_j (4a–4c); given k, √(w_j/w_k) has the mean e^{−γδ²/8} in a
coordinate where the codes differ by δ (4d, 4e), and coordinates multiply; the mean over k has π_k √(π_j/π_k) (4f).
(5) The
library.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import grows_from, identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.numbers import agreement, at_most
from fsq_theory.claims.step import Step

CLAIM = "cross-entropy"
SOURCE = "this project; D22 has the loss"
CONCLUDES = "proved"
EIGHTH = sp.Rational(1, 8)
WRONG = {
    "e^{−γ d²/4} in place of e^{−γ d²/8}": {"rate": sp.Rational(1, 4)},
    "the bound with ½ before the sum": {"front": sp.Rational(1, 2)},
    "log u ≤ ½ (u − 1)": {"tangent": sp.Rational(1, 2)},
}

gamma, u, v, a, b = sp.symbols("gamma u v a b", positive=True)
p, q, prior, own, total = sp.symbols("p q pi_k w_k M", positive=True)
e_k, e_j, y = sp.symbols("e_k e_j y", real=True)


def derive(rate: Any = EIGHTH, front: Any = 1, tangent: Any = 1) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        rate: the constant before γ d² in the exponent; the statement has ⅛.
        front: the constant before the sum; the statement has 1.
        tangent: the slope of the bound on log u; the statement has 1.
    """
    yield identity(
        "1a. excess loss",
        "−p log q = −p log p + p log p/q",
        -p * sp.log(q),
        sp.expand_log(-p * sp.log(p) + p * sp.log(p / q)),
    )
    above = tangent * u - sp.log(1 + u)
    yield grows_from(
        "1b. u ≥ 1", "u − 1 − log u ≥ 0: at 1 + v, v > 0", above, u, 0, because=(tangent * (1 + u) - 1) / (1 + u)
    )
    below = sp.log(1 + u) - tangent * u / (1 + u)
    yield grows_from(
        "1c. u ≤ 1", "the same: at 1/(1 + v), v > 0", below, u, 0, because=(1 + u - tangent) / (1 + u) ** 2
    )
    yield identity("1d. with u = q/p", "p (u − 1) = q − p", p * (tangent * q / p - tangent), q - p)
    posterior = prior * own / total
    yield identity(
        "2. Bayes' rule",
        "log p(x|k)/p(x) = log p(k|x) − log π_k",
        sp.log(own / total),
        sp.log(posterior) - sp.log(prior),
    )
    yield lemma(
        "The I–MMSE relation",
        "dI/dγ = ½ mmse, I(0) = 0",
        source="GSV05",
        claim="i-mmse",
    )
    yield from vanishing(rate, front)
    yield from cross_checks()


def vanishing(rate: Any, front: Any) -> Iterator[Step]:
    """The posterior's surprise is at most a sum of square roots of odds."""
    others = sp.symbols("R", positive=True)
    yield identity(
        "4a. surprise",
        "−log p(k|x) = log(1 + Σ a_j), M = π_k w_k + R, Σ a_j = R/(π_k w_k)",
        -sp.log(prior * own / (prior * own + others)),
        sp.log(1 + others / (prior * own)),
    )
    yield grows_from(
        "4b. a root above",
        "log(1 + u) ≤ √u",
        front * sp.sqrt(u) - sp.log(1 + u),
        u,
        0,
        because=(1 - sp.sqrt(u)) ** 2 / (2 * sp.sqrt(u) * (1 + u)),
    )
    yield inequality(
        "4c. roots add",
        "a + b ≤ (√a + √b)², so √(a + b) ≤ √a + √b, and so for any number of terms",
        a + b,
        (sp.sqrt(a) + sp.sqrt(b)) ** 2,
        strict=True,
        because=2 * sp.sqrt(a * b),
    )
    place = gamma * e_k + sp.sqrt(gamma) * y
    half_odds = (place * (e_j - e_k) - gamma * (e_j**2 - e_k**2) / 2) / 2
    delta = sp.symbols("delta", real=True)
    in_gap = -gamma * delta**2 / 4 + sp.sqrt(gamma) * delta * y / 2
    yield identity(
        "4d. odds",
        "½ log w_j/w_k at z = γe_k + √γ y is −¼ γδ² + ½ √γ δ y, δ = e_j − e_k",
        half_odds,
        in_gap.subs(delta, e_j - e_k),
    )
    density = sp.exp(-(y**2) / 2) / sp.sqrt(2 * sp.pi)
    yield identity(
        "4e. their roots",
        "E √(w_j/w_k) = e^{−γδ²/8}",
        sp.integrate(sp.exp(in_gap) * density, (y, -sp.oo, sp.oo)),
        sp.exp(-rate * gamma * delta**2),
    )
    p_j = sp.symbols("pi_j", positive=True)
    yield identity("4f. weights", "π_k √(π_j/π_k) = √(π_k π_j)", prior * sp.sqrt(p_j / prior), sp.sqrt(prior * p_j))


def cross_checks() -> Iterator[Step]:
    """The library's entropy against sums over noise, its bound, and half the integral of the MMSE."""
    import numpy as np

    import fsq_theory as ft

    codes, prior_ = np.array([-1.0, -0.3, 0.2, 1.0]), np.array([0.1, 0.2, 0.3, 0.4])
    line = ft.ArrayCodebook(codes[:, None], prior_)
    snr = np.array([0.25, 4.0, 60.0])
    found = ft.information(line, np.sqrt(snr))
    noise = np.arange(-9.0, 9.0, 0.02)
    mass = 0.02 * np.exp(-(noise**2) / 2) / np.sqrt(2 * np.pi)
    roots = np.sqrt(np.outer(prior_, prior_)) * (1 - np.eye(4))
    gaps = np.subtract.outer(codes, codes) ** 2
    for one, entropy in zip(snr, found.entropy, strict=True):
        y_ = np.sqrt(one) * codes[:, None] + noise
        scores = np.log(prior_) - (y_[..., None] - np.sqrt(one) * codes) ** 2 / 2
        kept = np.take_along_axis(scores, np.arange(4)[:, None, None], axis=-1)[..., 0]
        loss = float(prior_ @ ((np.log(np.exp(scores).sum(axis=-1)) - kept) @ mass))
        yield agreement(f"5a. γ = {one:g}", "the library's H(X_0|X) is E[−log p(X_0|X)]", float(entropy), loss, 1e-9)
        bound = float((roots * np.exp(-one * gaps / 8)).sum())
        yield at_most(f"5b. γ = {one:g}", "H(X_0|X) ≤ Σ √(π_k π_j) e^{−γ d²/8}", float(entropy), bound)
    nodes, weights = np.polynomial.legendre.leggauss(32)
    middle, width = (snr[1] + snr[0]) / 2, (snr[1] - snr[0]) / 2
    errors = ft.information(line, np.sqrt(middle + width * nodes)).mmse
    fallen, area = float(found.entropy[0] - found.entropy[1]), float(width * weights @ errors / 2)
    yield agreement("5c. rate", "it falls by ½ ∫mmse", fallen, area, 1e-9)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
