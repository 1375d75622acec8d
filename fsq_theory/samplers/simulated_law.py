"""What groups of simulated paths say about a law of tokens: KL without the bias of a sample, and honest errors."""

from __future__ import annotations

import math

import numpy as np

from ..arrays import Array
from .divergences import NORMAL_95, Divergences
from .token_law import kl_divergence

THREE = 3.0
"""Rule of three: what was never seen on N paths has a probability below 3/N, at 95 %."""

FEW = 10.0
"""Tokens that fewer paths than this lead to are in doubt."""

WEAK = 3.0
"""Tokens that fewer paths than this lead to are smoothed."""


def law_divergences(prior: Array, groups: Array, paths: int) -> Divergences:
    """KL(π‖q) and KL(q‖π) from the mean read-out probabilities of G groups of paths.

    The plug-in estimate exceeds the KL by ½ tr(HC), H its Hessian in q and C the covariance of the mean, which for
    counts is the (K − 1)/2N of Miller and Madow.  C is taken from the groups and ½ tr(HC) taken off, not below 0.  The
    variance is gᵀCg + ½ tr(HCHC), g the gradient: its second part remains where q is close to π and g vanishes.
    Tokens that fewer than 10 paths lead to may be rarer or more frequent than they were seen to be; what they
    contribute is added.  A token that should have been read out three times at least and never was is unresolved: its
    q_k is anything from 0 to 3/N, so that the KL given is with 3/N, and its standard error infinite.

    Args:
        prior: π, shape (K,).
        groups: shape (G, K), rows of sum 1.
        paths: in all groups together.
    """
    q = groups.mean(axis=0)
    q = q / q.sum()
    seen = prior > 0
    p, off = prior[seen], (groups - groups.mean(axis=0))[:, seen]
    found, expected = q[seen], p * paths
    unseen, weak = found == 0, found * paths < WEAK
    lost = unseen & (expected >= THREE)
    # At most half a path is added to weak tokens, in proportion to what was expected: log q̂ is far below log q there.
    smooth = np.where(weak, found + np.minimum(1.0, expected) / (2 * paths), found)
    smooth = np.where(lost, THREE / paths, smooth)
    backward, spread_backward = _estimate(
        kl_divergence(q, prior), off @ np.log(np.where(unseen, p, found) / p), off / np.sqrt(smooth), 0.0
    )
    filled = np.log(smooth) - np.log(np.where(unseen, p * smooth, found))
    doubt = np.where(found * paths < FEW, np.minimum(0.5 / (paths * smooth), 1.0), 0.0) + np.where(weak, filled, 0.0)
    doubt = np.where(lost, 0.0, doubt)
    full = q.copy()
    full[seen] = smooth
    forward, spread_forward = _estimate(
        kl_divergence(prior, full / full.sum()), off / smooth @ -p, off / smooth * np.sqrt(p), math.hypot(*(p * doubt))
    )
    lower, upper = max(forward - NORMAL_95 * spread_forward, 0.0), forward + NORMAL_95 * spread_forward
    if lost.any():
        upper = spread_forward = math.inf
    return Divergences(forward, backward, lower, upper, spread_forward, spread_backward, int(lost.sum()))


def _estimate(plug_in: float, first: Array, second: Array, doubt: float) -> tuple[float, float]:
    """Estimate less its bias, and its standard error.

    Args:
        plug_in: the divergence of the mean.
        first: gradient times the deviations of the groups, shape (G,).
        second: deviations times the square root of the Hessian, shape (G, K).
        doubt: a further standard error.
    """
    count = len(second)
    variance = float(first @ first) / (count * (count - 1))
    gram = second @ second.T / (count * (count - 1))
    trace, square = float(np.trace(gram)), float(np.sum(gram**2))
    # The groups are few: the unbiased estimate of tr(HCHC) from a Wishart matrix, and not below what its rank allows.
    free = count - 1
    curved = (square - trace**2 / free) * free**2 / ((free - 1) * (free + 2))
    curved = max(curved, trace**2 / max(1, second.shape[1] - 1))
    return max(plug_in - trace / 2, 0.0), math.sqrt(variance + curved / 2 + doubt**2)
