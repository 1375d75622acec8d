"""What the noisy code of each token says of it, for codes on the line, by quadrature over the mixture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...arrays import Array
from ...logspace import LOG_2
from ..accuracy.scalar import sorted_support
from ..mixture_integrals import Integrand, Nodes, log_averages
from .evaluation import EPS
from .scalar import FAINT, NEGLIGIBLE, from_denoiser, log_posterior_to_prior, relative_divergence

CHUNK = 32
"""Tokens that are integrated at once."""


@dataclass(frozen=True)
class TokenEvaluation:
    """D_k, h_k and m_k without sampling error, as logarithms, each of shape (R, tokens).

    Attributes:
        log_information: log D_k, D_k = E[log p(k|Y)/π_k | k].
        log_entropy: log h_k, h_k = E[−log p(k|Y) | k].
        log_mmse: log m_k, m_k = E[‖e_k − x̂_0‖² | k].
        spread: bound on the numerical error of the three logarithms.
        method: ``exact`` or ``quadrature``.
    """

    log_information: Array
    log_entropy: Array
    log_mmse: Array
    spread: Array
    method: str


def evaluate_tokens(points: Array, prior: Array, tokens: list[int], r: Array) -> TokenEvaluation:
    """D_k, h_k and m_k of some codes on the line, by Gauss–Legendre quadrature of positive integrands.

    Args:
        points: shape (K,), distinct, any order.
        prior: shape (K,), entries may be 0.
        tokens: which tokens, of positive probability.
        r: shape (R,), positive.
    """
    order = np.argsort(points)
    order = order[prior[order] > 0]
    place = {int(token): i for i, token in enumerate(order)}
    points, prior = sorted_support(points, prior)
    shape = (len(r), len(tokens))
    if len(points) == 1:
        nothing = np.full(shape, -np.inf)
        return TokenEvaluation(nothing, nothing, nothing, np.zeros(shape), "exact")
    width = float(points[-1] - points[0])
    scale = math.frexp(width)[1]
    points, log_rate = np.ldexp(points, -scale), np.log(r) + scale * LOG_2
    silent = log_rate + math.log(math.ldexp(width, -scale)) <= math.log(NEGLIGIBLE)
    logs, spread = np.empty((3, *shape)), np.empty(shape)
    for begin in range(0, len(tokens), CHUNK):
        part = slice(begin, begin + CHUNK)
        chosen = [place[token] for token in tokens[part]]
        log_surprise = np.log(surprises(prior, chosen))
        logs[:, silent, part], spread[silent, part] = _silent(points, prior, chosen, log_rate[silent], log_surprise)
        if not silent.all():
            heard = np.ldexp(r[~silent], scale)
            logs[:, ~silent, part], spread[~silent, part] = _heard(points, prior, chosen, heard, log_surprise)
    return TokenEvaluation(logs[0], logs[1], logs[2] + 2 * scale * LOG_2, spread, "quadrature")


def surprises(prior: Array, tokens: list[int]) -> Array:
    """−log π_k, infinite where π_k is 0; π_k above ½ counts as 1 less the others, for the sake of rounding."""
    with np.errstate(divide="ignore"):
        values = -np.log(prior[tokens])
    for m in np.flatnonzero(prior[tokens] > 0.5).tolist():
        values[m] = -math.log1p(-math.fsum(np.delete(prior, tokens[m])))
    return values


def _silent(points: Array, prior: Array, tokens: list[int], log_r: Array, log_surprise: Array) -> tuple[Array, Array]:
    """The first order in γ: D_k = γ d²/2, h_k = −log π_k, m_k = d², d = a_k − mean; γ² Var²/4 is D_k where d is 0."""
    gaps = points - points[np.argmax(prior)]
    distance = np.abs(gaps[tokens] - float(prior @ gaps))
    with np.errstate(divide="ignore"):
        log_square = 2 * np.log(distance)
    variance = float(prior @ (gaps - float(prior @ gaps)) ** 2)
    log_snr = 2 * log_r[:, None]
    first, second = log_snr + log_square - LOG_2, 2 * (log_snr + math.log(variance) - LOG_2)
    same = np.zeros_like(first)
    # Where d is 0 but for rounding, m_k is γ times E[(Σ π_j a_j² x)²] = Var².
    log_mmse = np.logaddexp(log_square + same, log_snr + 2 * math.log(variance))
    return np.stack([np.logaddexp(first, second), same + log_surprise, log_mmse]), EPS * (16 + np.abs(log_snr)) + same


def _heard(points: Array, prior: Array, tokens: list[int], r: Array, log_surprise: Array) -> tuple[Array, Array]:
    log_prior, count = np.log(prior), len(tokens)
    found, errors = log_averages(points, log_prior, r, _log_entropy_and_mmse(tokens), 2 * count, True, True)
    log_entropy, log_mmse = found[:count].T, found[count:].T
    share = np.minimum(np.exp(log_entropy - log_surprise), 1.0)
    faint = share >= FAINT
    log_information = log_surprise + np.log1p(-np.where(faint, 0.0, share))
    spread = np.maximum(errors[:count], errors[count:]).T
    spread = spread + np.where(faint, 0.0, (share * errors[:count].T + 4 * EPS) / (1 - FAINT))
    rows = np.flatnonzero(faint.any(axis=1))
    if len(rows):
        found, errors = log_averages(points, log_prior, r[rows], _log_divergence(tokens), count, True, True)
        log_information[rows] = np.where(faint[rows], found.T, log_information[rows])
        spread[rows] = np.where(faint[rows], np.maximum(spread[rows], errors.T), spread[rows])
    return np.stack([log_information, log_entropy, log_mmse]), spread


def _log_entropy_and_mmse(tokens: list[int]) -> Integrand:
    """The averages over φ_k of −log p_k and of (a_k − x̂_0)², as averages over p: times φ_k/p = p_k/π_k."""

    def log_values(nodes: Nodes) -> Array:
        gaps, _ = from_denoiser(nodes)
        log_total = np.log1p(nodes.rest)
        values = np.full((2 * len(tokens), *nodes.rest.shape), -np.inf)
        log_prior = np.log(nodes.prior) + np.zeros_like(nodes.log_ratio)
        with np.errstate(divide="ignore"):
            for m, token in enumerate(tokens):
                present, to_winner = nodes.at_token(nodes.log_to_winner, token)
                log_posterior = to_winner - log_total[present]
                density_ratio = log_posterior - nodes.at_token(log_prior, token)[1]
                values[m, present] = density_ratio + np.log(-log_posterior)
                gap = nodes.at_token(gaps, token)[1]
                values[len(tokens) + m, present] = density_ratio + 2 * np.log(np.abs(gap))
        return values

    return log_values


def _log_divergence(tokens: list[int]) -> Integrand:
    """D_k = ∫ φ_k u_k = ∫ p f(u_k) with u_k = log φ_k/p and f(u) = u e^u − e^u + 1, which is 1 where φ_k is nothing."""

    def log_values(nodes: Nodes) -> Array:
        u = log_posterior_to_prior(nodes)
        values = np.zeros((len(tokens), *nodes.rest.shape))
        with np.errstate(divide="ignore"):
            for m, token in enumerate(tokens):
                present, own = nodes.at_token(u, token)
                values[m, present] = np.log(relative_divergence(own))
        return values

    return log_values
