"""The posterior ("soft") accuracy E[p(k|X)] of one-dimensional codebooks, by quadrature over the mixture."""

from __future__ import annotations

import numpy as np

from ...arrays import Array
from ..mixture_integrals import Nodes, log_averages
from .scalar import sorted_support


def log_soft_error(points: Array, prior: Array, r: Array) -> tuple[Array, Array]:
    """Log of 1 − E[p(k|X)] for a 1-D codebook, by quadrature: ∫ Σ_k w_k (1 − w_k/Σw) dx with w_k = π_k φ(x − r a_k).

    Args:
        points: shape (K,), distinct, any order.
        prior: shape (K,).
        r: shape (R,), positive.

    Returns:
        (log error, estimate of its absolute error from two orders of the rule and rounding), each of shape (R,).
    """
    points, prior = sorted_support(points, prior)
    if len(points) == 1:
        return np.full(len(r), -np.inf), np.zeros(len(r))
    (log_error,), (spread,) = log_averages(points, np.log(prior), np.asarray(r), _log_soft_error, 1)
    return np.minimum(log_error, 0.0), spread


def _log_soft_error(nodes: Nodes) -> Array:
    """log of Σ p_j (1 − p_j), where 1 − p_j is Σ_{i≠j} p_i for the most probable token and above ½ for the others."""
    total = 1 + nodes.rest
    error = (nodes.rest + (nodes.others * (total - nodes.others)).sum(axis=0)) / total**2
    with np.errstate(divide="ignore"):
        return np.log(error)[None]
