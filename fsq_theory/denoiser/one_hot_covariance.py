"""Samples of λ_max(diag p − p pᵀ) for softmax posteriors p over many tokens, at the cost of drawing their scores.

In the secular equation only weights near the root need their own terms.  With a ≤ λ the lower end of the bracket, those
below θa are summed by powers: Σ p²/(λ − p) = Σ_{k≥0} λ^{−k−1} Σ p^{k+2}, of which POWERS are kept; what is left out is
less than θ^{POWERS−1}/(1 − θ) = 3e-11 of that sum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
from .rank_one import largest_eigenvalue

NEAR = 1 / 32
"""θ: weights above this part of a have their own terms."""

POWERS = 8
"""Power sums kept, of p to p^8."""

SOLVED_NUMBERS = 2**15
"""Terms of several samples that are solved together."""


def sampled_softmax(
    rho: float, log_prior: Array | None, token: NDArray[np.int64], tokens: int, rng: np.random.Generator
) -> Array:
    """λ_max(diag p − p pᵀ), p_j ∝ π_j e^{ρ y_j}, y = ρ u_token + ε, shape of ``token``.

    Args:
        rho: ρ > 0.
        log_prior: log π, shape (K,); None for a uniform prior.
        token: the tokens that were sent, shape (samples,).
        tokens: K ≥ 2.
        rng: of the noise.
    """
    values = np.empty(len(token))
    y, powers = np.empty(tokens), np.empty((2, tokens))
    kept: list[tuple[Array, float, Array]] = []
    held = done = 0
    for sample, sent in enumerate(token.tolist()):
        rng.standard_normal(out=y)
        y[sent] += rho
        y *= rho
        if log_prior is not None:
            y += log_prior
        kept.append(_terms(y, powers))
        held += len(kept[-1][0])
        if held >= SOLVED_NUMBERS or sample == len(token) - 1:
            values[done : sample + 1] = _solved(kept)
            kept, held, done = [], 0, sample + 1
    return values


def _terms(scores: Array, scratch: Array) -> tuple[Array, float, Array]:
    """(weights near the root, the largest first; its p(1 − p); power sums of the others in units of a); spoils both."""
    first = int(scores.argmax())
    scores -= scores[first]
    weights = np.exp(scores, out=scores)
    weights[first] = 0.0
    others = float(weights.sum())
    top = 1 / (1 + others)
    variance = top * (others * top)
    weights *= top
    a = max(variance, float(weights.max()))
    if a == 0:
        return np.array([top, 0.0]), variance, np.zeros(POWERS)
    near = np.flatnonzero(weights > NEAR * a)
    kept = np.concatenate([[top], weights[near], [0.0]])
    weights[near] = 0.0
    q, (square, cube) = weights, scratch
    q *= 1 / a if a > 1e-300 else 0.0
    np.multiply(q, q, out=square)
    np.multiply(square, q, out=cube)
    sums = [q.sum(), q @ q, square @ q, square @ square, square @ cube, cube @ cube]
    square *= q
    cube *= q
    return kept, variance, np.array([*sums, square @ cube, cube @ cube])


def _solved(kept: list[tuple[Array, float, Array]]) -> Array:
    diagonal = np.zeros((len(kept), max(len(one) for one, _, _ in kept)))
    for row, (one, _, _) in zip(diagonal, kept, strict=True):
        row[: len(one)] = one
    variance = np.array([v for _, v, _ in kept])
    return largest_eigenvalue(diagonal, diagonal**2, variance, np.array([sums for _, _, sums in kept]))
