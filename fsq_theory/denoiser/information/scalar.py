"""Information, posterior entropy and MMSE of one-dimensional codebooks, by quadrature over the mixture."""

from __future__ import annotations

import math

import numpy as np

from ...arrays import Array
from ...codebooks.prior_entropy import entropy
from ...logspace import LOG_2
from ..accuracy.scalar import sorted_support
from ..mixture_integrals import Nodes, log_averages
from .evaluation import EPS, Evaluation

NEGLIGIBLE = 1e-10
"""r times the width of the codebook up to which the first order in γ has a relative error of less than 1e-16."""

FAINT = 0.9
"""From this part of H(π) on, H(X_0|Y) is too close to it for their difference to be the information."""


def evaluate(points: Array, prior: Array, r: Array) -> Evaluation:
    """I, H(X_0|Y) and MMSE of codes on the line, any prior, by Gauss–Legendre quadrature of positive integrands.

    H and MMSE are integrated where errors are made.  I is H(π) − H(X_0|Y) where these differ, and elsewhere the average
    of the KL divergence of the posterior from the prior.

    Args:
        points: shape (K,), distinct, any order.
        prior: shape (K,), entries may be 0.
        r: shape (R,), positive.
    """
    points, prior = sorted_support(points, prior)
    if len(points) == 1:
        nothing = np.full(len(r), -np.inf)
        return Evaluation(nothing, nothing, nothing, np.zeros(len(r)), "exact")
    width = float(points[-1] - points[0])
    scale = math.frexp(width)[1]  # a power of two: exact, and squares of tiny or huge codes stay in range
    points, log_rate = np.ldexp(points, -scale), np.log(r) + scale * LOG_2
    silent = log_rate + math.log(math.ldexp(width, -scale)) <= math.log(NEGLIGIBLE)
    columns, spread = np.empty((3, len(r))), np.empty(len(r))
    columns[:, silent], spread[silent] = _silent(points, prior, log_rate[silent])
    heard = ~silent
    if heard.any():
        columns[:, heard], spread[heard] = _heard(points, prior, np.ldexp(r[heard], scale))
    return Evaluation(columns[0], columns[1], columns[2] + 2 * scale * LOG_2, spread, "quadrature")


def _silent(points: Array, prior: Array, log_r: Array) -> tuple[Array, Array]:
    """The first order in γ: I = γ Var/2, H = H(π), MMSE = Var."""
    gaps = points - points[np.argmax(prior)]
    mean = float(prior @ gaps)
    log_variance = math.log(float(prior @ (gaps - mean) ** 2))
    same = np.ones(len(log_r))
    logs = np.stack([2 * log_r + log_variance - LOG_2, math.log(entropy(prior)) * same, log_variance * same])
    return logs, EPS * (16 + np.abs(log_r))


def _heard(points: Array, prior: Array, r: Array) -> tuple[Array, Array]:
    log_prior, whole = np.log(prior), entropy(prior)
    (log_entropy, log_mmse), errors = log_averages(points, log_prior, r, _log_entropy_and_mmse, 2)
    share = np.minimum(np.exp(log_entropy - math.log(whole)), 1.0)
    faint = share >= FAINT
    log_information = math.log(whole) + np.log1p(-np.where(faint, 0.0, share))
    spread = errors.max(axis=0) + np.where(faint, 0.0, (share * errors[0] + 4 * EPS) / (1 - FAINT))
    if faint.any():
        found, error = log_averages(points, log_prior, r[faint], _log_divergence, 1, everywhere=True)
        log_information[faint], spread[faint] = found[0], np.maximum(spread[faint], error[0])
    return np.stack([log_information, log_entropy, log_mmse]), spread


def _log_entropy_and_mmse(nodes: Nodes) -> Array:
    """log of −Σ p_j log p_j and of Σ p_j (a_j − x̂_0)², from positive terms relative to the most probable token."""
    total = 1 + nodes.rest
    entropy = np.log1p(nodes.rest) - (nodes.others * nodes.log_to_winner).sum(axis=0) / total
    gaps, shift = from_denoiser(nodes)
    mmse = ((nodes.others * gaps**2).sum(axis=0) + shift**2) / total
    with np.errstate(divide="ignore"):
        return np.log(np.stack([entropy, mmse]))


def from_denoiser(nodes: Nodes) -> tuple[Array, Array]:
    """(a_j − x̂_0, shape (W, P, N); x̂_0 less the most probable code, shape (P, N)), in relative accuracy."""
    gaps = nodes.codes - nodes.at_winner(nodes.codes)
    shift = (nodes.others * gaps).sum(axis=0) / (1 + nodes.rest)
    gaps -= shift
    return gaps, shift


def _log_divergence(nodes: Nodes) -> Array:
    """log of Σ_j π_j f(u_j) = KL(p‖π) with u_j = log p_j/π_j and f(u) = u e^u − e^u + 1 ≥ 0."""
    divergence = (nodes.prior * relative_divergence(log_posterior_to_prior(nodes))).sum(axis=0)
    with np.errstate(divide="ignore"):
        return np.log(divergence + nodes.left_out)[None]


def log_posterior_to_prior(nodes: Nodes) -> Array:
    """u_j = log p_j/π_j = log φ_j/p, accurate in relative terms where it is small, shape (W, P, N)."""
    likelihood = nodes.log_likelihood - nodes.at_winner(nodes.log_likelihood)
    # Tokens of much smaller prior than the winner's may have a larger likelihood, but π_j e^{d_j} ≤ π_winner always.
    with np.errstate(over="ignore"):
        bend = (nodes.prior * np.expm1(likelihood)).sum(axis=0) - nodes.left_out
    near = np.abs(bend) < 0.5
    from_ratio = np.log(nodes.at_winner(nodes.prior)) + np.log1p(nodes.rest)
    log_mixture = np.where(near, np.log1p(np.where(near, bend, 0.0)), from_ratio)
    return np.asarray(likelihood - log_mixture)


def relative_divergence(u: Array) -> Array:
    """u e^u − e^u + 1 = Σ_{m≥2} (m − 1) u^m/m!, without cancellation."""
    small = np.abs(u) < SERIES_UP_TO
    near = np.where(small, u, 0.0)
    series = np.zeros_like(u)
    for m in range(SERIES_TERMS, 1, -1):
        series = (m - 1) / math.factorial(m) + near * series
    far = np.where(small, 0.0, u)
    return np.where(small, near**2 * series, far * np.exp(far) - np.expm1(far))


SERIES_UP_TO, SERIES_TERMS = 0.25, 14
"""0.25^13/13! is 1e-17 of the first term, 0.25²/2."""
