"""KL between a prior and a law of tokens of which the smallest probabilities may not be known."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ..arrays import Array
from .token_law import kl_divergence

NORMAL_95 = 1.959963984540054
"""Φ^{-1}(0.975)."""

RESOLVED = 0.5
"""Relative error from which a probability is not told from 0."""


@dataclass(frozen=True)
class Divergences:
    """KL(π‖q) and KL(q‖π), nats.

    Attributes:
        kl: KL(π‖q); where tokens are unresolved, with the largest probabilities that they may have.
        kl_reverse: KL(q‖π).
        kl_lower: what KL(π‖q) is at least; of simulated laws up to 1.96 standard errors.
        kl_upper: what it is at most, likewise; infinite where tokens are unresolved.
        stderr_kl: standard error of ``kl``; infinite where tokens are unresolved in a simulation.
        stderr_kl_reverse: standard error of ``kl_reverse``.
        unresolved: number of tokens whose probability is not told from 0.
    """

    kl: float
    kl_reverse: float
    kl_lower: float
    kl_upper: float
    stderr_kl: float = 0.0
    stderr_kl_reverse: float = 0.0
    unresolved: int = 0

    def at_most(self, bound: float) -> Divergences:
        """The same where KL(π‖q) is known to be at most ``bound``."""
        reach = max(bound, self.kl)
        width = max((reach - self.kl) / NORMAL_95, (self.kl - self.kl_lower) / NORMAL_95)
        return replace(self, kl_upper=min(self.kl_upper, reach), stderr_kl=min(self.stderr_kl, width))


def quadrature_divergences(prior: Array, q: Array, doubt: Array) -> Divergences:
    """KL of a law whose probabilities are known up to ``doubt``: a token in no doubt may have probability 0.

    Args:
        prior: π, shape (K,).
        q: shape (K,), of sum 1.
        doubt: absolute error of each, shape (K,).
    """
    backward = kl_divergence(q, prior)
    seen = prior > 0
    unresolved = seen & (doubt > RESOLVED * q)
    at_most = np.where(unresolved, q + doubt, q)
    total = float(at_most.sum())
    kl = kl_divergence(prior, at_most / total) - math.log(total)
    known = seen & ~unresolved & (q > 0)
    # −Σ π log(1 + δ/q) + Σ δ with |δ| ≤ doubt, Σ δ = 0: only of second order where q is near π.
    off = doubt[known] / q[known]
    margin = float(np.abs(prior[known] - q[known]) @ off + prior[known] @ off**2 + doubt[unresolved].sum())
    lower = max(kl - margin, 0.0)
    if unresolved.any():
        return Divergences(lower, backward, lower, math.inf, unresolved=int(unresolved.sum()))
    return Divergences(kl, backward, lower, kl + margin)
