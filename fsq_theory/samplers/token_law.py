"""The record of the tokens that a sampler produces, and how far their law is from the prior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Array


@dataclass(frozen=True)
class TokenLaw:
    """The law q of the tokens that a sampler produces, against the prior π that it should have; nats.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        sampler: ``ancestral``, ``sde``, ``ddim`` or ``ode``.
        steps: N of the grid; 0 for ``ode``, which chooses its own.
        snr_start: γ_0, where paths start.
        snr_stop: γ_N, where tokens are read out.
        start_std: standard deviation of X_T over σ_T.
        temperature: τ of the denoiser's probabilities.
        readout: ``posterior`` or ``map``.
        method: ``quadrature`` or ``monte-carlo``; the latter as soon as one factor of a product was simulated.
        q: shape (K,), in the order of the codebook's tokens; None where there are too many to list.
        stderr_q: standard error of ``q``, shape (K,); None without simulation or without ``q``.
        digits: the law of each digit of a product, first digit first; empty for other codebooks.
        kl: KL(π‖q).  Where tokens are unresolved, ``kl_lower`` by quadrature, and by simulation the KL for q_k = 3/N.
        kl_lower: what it is at least; of simulated laws up to 1.96 standard errors.
        kl_upper: what it is at most, likewise.  Where tokens are unresolved, the path KL with that of the start, which
            bounds it for ``ancestral`` with the exact denoiser and the ``posterior`` readout; else infinite.
        unresolved: number of tokens, summed over digits, whose q_k is not told from 0: too small for quadrature, or
            never read out on N simulated paths although 3 times or more were expected, so that q_k < 3/N is all that is
            known.
        kl_reverse: KL(q‖π).
        tv: total variation ½ Σ|q − π|; of simulated laws it is biased upwards.  None where there are too many to list.
        stderr_kl: standard error of ``kl``; 0 without simulation.  Where tokens are unresolved by simulation, what
            makes ``kl_upper`` 1.96 of it away.
        stderr_kl_reverse: standard error of ``kl_reverse``.
        stderr_tv: standard error of ``tv``.
        tv_lower: what TV is at least, up to 1.96 standard errors.
        tv_upper: what TV is at most, up to 1.96 standard errors.
        error: estimate of the error of quadrature, in total variation; 0 if all was simulated.
        paths: of the simulation; 0 without.
        seed: of its random numbers.
        nfe: evaluations of the denoiser along a path, the mean where paths differ; the read-out is not counted.
    """

    codebook: str
    K: int
    n: int
    sampler: str
    steps: int
    snr_start: float
    snr_stop: float
    start_std: float
    temperature: float
    readout: str
    method: str
    q: Array | None
    stderr_q: Array | None
    digits: tuple[Array, ...]
    kl: float
    kl_lower: float
    kl_upper: float
    unresolved: int
    kl_reverse: float
    tv: float | None
    stderr_kl: float
    stderr_kl_reverse: float
    stderr_tv: float | None
    tv_lower: float
    tv_upper: float
    error: float
    paths: int
    seed: int
    nfe: float


def kl_divergence(p: Array, q: Array) -> float:
    """KL(p‖q) = Σ p log(p/q), nats, for laws of sum 1; infinite where q is 0 and p is not.

    Summed as Σ p(δ − log(1 + δ)), δ = q/p − 1, terms of at least 0, so that laws close to each other lose nothing.
    """
    seen = p > 0
    if np.any(q[seen] == 0):
        return float(np.inf)
    off = q[seen] / p[seen] - 1
    near = np.abs(off) < 1e-2
    small = np.where(near, off, 0.0)
    series = small**2 * (1 / 2 - small * (1 / 3 - small * (1 / 4 - small * (1 / 5 - small * (1 / 6 - small / 7)))))
    gap = np.where(near, series, off - np.log(q[seen]) + np.log(p[seen]))
    return float(p[seen] @ gap + q[~seen].sum())


def total_variation(p: Array, q: Array) -> float:
    """½ Σ |p − q|."""
    return float(np.abs(p - q).sum() / 2)
