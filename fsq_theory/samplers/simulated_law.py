"""What groups of simulated paths say about a law of tokens: KL without the bias of a sample, and honest errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..arrays import Array
from .token_law import kl_divergence

FEW = 10.0
"""Tokens read out from fewer paths than this are not resolved."""


@dataclass(frozen=True)
class Divergences:
    """KL(π‖q) and KL(q‖π) with standard errors, nats."""

    kl: float
    kl_reverse: float
    stderr_kl: float = 0.0
    stderr_kl_reverse: float = 0.0


def law_divergences(prior: Array, groups: Array, paths: int) -> Divergences:
    """KL(π‖q) and KL(q‖π) from the mean read-out probabilities of G groups of paths.

    The plug-in estimate exceeds the KL by ½ tr(HC), H its Hessian in q and C the covariance of the mean, which for
    counts is the (K − 1)/2N of Miller and Madow.  C is taken from the groups and ½ tr(HC) taken off, not below 0.  The
    variance is gᵀCg + ½ tr(HCHC), g the gradient: its second part remains where q is close to π and g vanishes.
    Tokens that fewer than 10 paths lead to may be rarer or more frequent than they were seen to be; what they
    contribute is added.

    Args:
        prior: π, shape (K,).
        groups: shape (G, K), rows of sum 1.
        paths: in all groups together.
    """
    q = groups.mean(axis=0)
    q = q / q.sum()
    seen = prior > 0
    p, q_seen, rows = prior[seen], q[seen], groups[:, seen]
    with np.errstate(divide="ignore"):
        backward, spread_backward = _estimate(
            kl_divergence(q, prior), np.log(np.where(q_seen > 0, q_seen / p, 1.0)), _inverse(q_seen), rows, 0.0
        )
        if np.any(q_seen == 0):
            return Divergences(math.inf, backward, math.inf, spread_backward)
        doubt = np.minimum(0.5 / (paths * q_seen), np.maximum(np.log(3 / paths) - np.log(q_seen), 0.0) + 1)
    doubt = p * np.where(q_seen * paths < FEW, doubt, 0.0)
    forward, spread_forward = _estimate(
        kl_divergence(prior, q), -p / q_seen, p / q_seen**2, rows, float(np.sqrt(np.sum(doubt**2)))
    )
    return Divergences(forward, backward, spread_forward, spread_backward)


def _inverse(values: Array) -> Array:
    return np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)


def _estimate(plug_in: float, gradient: Array, hessian: Array, rows: Array, doubt: float) -> tuple[float, float]:
    """Estimate less its bias, and its standard error."""
    count = len(rows)
    off = rows - rows.mean(axis=0)
    first = float(np.sum((off @ gradient) ** 2)) / (count * (count - 1))
    scaled = off * np.sqrt(hessian)
    gram = scaled @ scaled.T / (count * (count - 1))
    trace, square = float(np.trace(gram)), float(np.sum(gram**2))
    # The groups are few: the unbiased estimate of tr(HCHC) from a Wishart matrix, and not below what its rank allows.
    free = count - 1
    second = (square - trace**2 / free) * free**2 / ((free - 1) * (free + 2))
    second = max(second, trace**2 / max(1, rows.shape[1] - 1))
    return max(plug_in - trace / 2, 0.0), math.sqrt(first + second / 2 + doubt**2)
