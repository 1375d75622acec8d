"""KL(p_T‖N(0, s² I)): what it costs to start a reverse process from Gaussian noise instead of from X_T itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Array
from ..codebooks.array_codebook import ArrayCodebook
from ..codebooks.codebook import Codebook
from ..codebooks.product_codebook import ProductCodebook
from ..codebooks.recognition import as_product
from ..codebooks.span import affine_coordinates
from ..codebooks.spec import as_codebook
from ..codebooks.variance import code_variance
from ..denoiser.accuracy.scalar import sorted_support
from ..denoiser.information import exact
from ..denoiser.information.information import information
from ..errors import InputError
from ..gaussian import gauss_legendre
from ..seeds import check_seed

LISTED = 2**24
"""Codes of more coordinates than this are not listed here; the difference of energy and information serves."""

BLOCK = 2**22
"""Most scores held at once: 32 MiB."""


REACH = 9.5
"""Noise beyond this many standard deviations has probability 2e-21."""

PANEL = 0.25
"""Width of the panels of quadrature: δ has poles at distance π/(r d) of the crossing of two codes at distance d, and
nothing of the density is left at crossings with r d above 20."""


@dataclass(frozen=True)
class PriorKL:
    """KL of the terminal marginal from the Gaussian that a sampler starts from, nats.

    Attributes:
        codebook: its name.
        gamma_T: SNR at which paths start.
        std: standard deviation of the Gaussian, in units of the noise.
        kl: the KL divergence.
        stderr: its standard error; 0 without sampling.
        spread: bound on its numerical error, absolute.
        method: ``exact``, ``quadrature`` or ``monte-carlo``.
        samples: Monte Carlo samples, 0 without sampling.
        seed: of the samples.
    """

    codebook: str
    gamma_T: float
    std: float
    kl: float
    stderr: float
    spread: float
    method: str
    samples: int
    seed: int


@dataclass(frozen=True)
class _Excess:
    """½γ Var − I(γ), the KL of the centred Y from N(0, I)."""

    value: float
    stderr: float
    spread: float
    method: str
    samples: int = 0


def prior_kl(
    codebook: Codebook | str, gamma_T: float, std: float = 1.0, *, samples: int = 65536, seed: int = 0
) -> PriorKL:
    """KL(p_T‖N(0, s² I)) = n log s + (n + γ_T E‖e‖²)/(2s²) − n/2 − I(γ_T), nats, in units of the noise.

    p_T is the law of X_T/σ_T = r e_k + ε with r² = γ_T; for s = 1 the KL is ½γ_T E‖e‖² − I(γ_T).  Computed as

        n(log s + (s⁻² − 1)/2) + ½γ_T E‖e‖² (s⁻² − 1) + ½γ_T ‖E e‖² + [½γ_T Var − I(γ_T)],

    whose last term, the KL of the centred law from N(0, I), is E[δ + e^{−δ} − 1] ≥ 0 with δ the log-ratio of the two
    densities: so it is taken at low SNR, where the difference would cancel, and as the difference elsewhere.  Exact up
    to quadrature for products of one-dimensional codebooks and wherever the information has an integral; Monte Carlo
    otherwise.  0 at γ_T = 0 and s = 1.

    Args:
        codebook: codes and prior, or a spec of them; products are never listed.
        gamma_T: SNR γ = (α/σ)² at which paths start, finite, at least 0; noise std 1 a coordinate.
        std: s, standard deviation of the starting noise over σ_T, above 0.
        samples: of Monte Carlo.
        seed: of its random numbers.

    Raises:
        InputError: for a γ_T or s out of range, or fewer than 2 samples.
        TooLargeError: where a codebook would have to be listed and is too large.
    """
    codebook = as_codebook(codebook)
    gamma, scale = float(gamma_T), float(std)
    if not 0 <= gamma < math.inf:
        raise InputError(f"gamma_T = {gamma:g}: expected a finite SNR of at least 0")
    if not 0 < scale < math.inf:
        raise InputError(f"std = {scale:g}: expected a finite standard deviation above 0, in units of the noise")
    if samples < 2:
        raise InputError(f"samples = {samples}: expected at least 2")
    seed = check_seed(seed)
    excess = _Excess(0.0, 0.0, 0.0, "exact") if gamma == 0 else _excess(codebook, gamma, samples, seed)
    # With u = s⁻² − 1: log s + u/2 = (u − log(1 + u))/2 ≥ 0.
    u = (1 - scale) * (1 + scale) / scale**2
    square = float(codebook.mean @ codebook.mean)
    parts = (
        codebook.n * _entropy_gap(u) / 2,
        gamma * codebook.energy * u / 2,
        gamma * square / 2,
        excess.value,
    )
    kl = max(math.fsum(parts), 0.0)
    rounding = 4 * float(np.finfo(np.float64).eps) * math.fsum(abs(part) for part in parts)
    return PriorKL(
        codebook.name, gamma, scale, kl, excess.stderr, excess.spread + rounding, excess.method, excess.samples, seed
    )


def _entropy_gap(u: float) -> float:
    """U − log(1 + u), without cancellation near 0."""
    if abs(u) < 1e-3:
        return u**2 * (1 / 2 - u * (1 / 3 - u * (1 / 4 - u * (1 / 5 - u / 6))))
    return u - math.log1p(u)


def _excess(codebook: Codebook, gamma: float, samples: int, seed: int) -> _Excess:
    if isinstance(codebook, ProductCodebook):
        parts = [(_excess(factor, gamma, samples, seed + i), m) for i, (factor, m) in enumerate(codebook.groups)]
        return _Excess(
            math.fsum(count * part.value for part, count in parts),
            math.hypot(*(count * part.stderr for part, count in parts)),
            math.fsum(count * part.spread for part, count in parts),
            _combined([part.method for part, _ in parts]),
            max(part.samples for part, _ in parts),
        )
    r, variance = math.sqrt(gamma), code_variance(codebook)
    near = gamma * variance <= 1
    if near and isinstance(codebook, ArrayCodebook):
        line = affine_coordinates(codebook.points)
        if line is not None and line.shape[1] == 1:
            return _on_line(line[:, 0], codebook.prior, r)
        product = as_product(codebook)
        if product is not None:
            return _excess(product, gamma, samples, seed)
    smooth = exact.evaluate(codebook, np.array([r]))
    if near and smooth is None and codebook.K * codebook.n <= LISTED:
        return _sampled(codebook.centred(), r, samples, seed)
    found = information(codebook, r, samples=samples, seed=seed)
    whole, bits = gamma * variance / 2, float(found.information)
    return _Excess(
        max(whole - bits, 0.0),
        float(found.stderr_information),
        float(found.spread) * bits,
        str(found.method),
        int(found.samples),
    )


def _combined(methods: list[str]) -> str:
    return next((name for name in ("monte-carlo", "quadrature") if name in methods), "exact")


def _on_line(points: Array, prior: Array, r: float) -> _Excess:
    """∫ p (δ + e^{−δ} − 1) dy for codes on a line, δ = log p/φ."""
    points, prior = sorted_support(points, prior)
    if len(points) == 1:
        return _Excess(0.0, 0.0, 0.0, "exact")
    points = points - prior @ points
    starts = _panels(r * points)
    values = []
    for order in (20, 16):
        nodes, weights = gauss_legendre(order)
        y = (starts[:, None] + PANEL * (nodes + 1) / 2).ravel()
        delta = _log_ratio(points[:, None], prior, r, y[:, None])
        density = np.exp(-((y[:, None] - r * points) ** 2) / 2) @ prior / math.sqrt(2 * math.pi)
        values.append(float(np.tile(weights, len(starts)) * PANEL / 2 @ (density * _gap(delta))))
    return _Excess(values[0], 0.0, abs(values[0] - values[1]) + 1e-14 * values[0], "quadrature")


def _panels(centres: Array) -> Array:
    """Left ends of the panels that cover centre ± REACH, ascending."""
    first = np.floor((centres - REACH) / PANEL)
    steps = np.arange(math.ceil(2 * REACH / PANEL) + 1)
    return np.asarray(np.unique(first[:, None] + steps) * PANEL, dtype=np.float64)


def _sampled(centred: Codebook, r: float, samples: int, seed: int) -> _Excess:
    """The mean of δ + e^{−δ} − 1 ≥ 0 over Y, whose standard deviation is of the order of the mean as r → 0.

    Tokens are drawn in equal parts from π and in proportion to π_k ‖e_k‖², and weighted: rare tokens far away, which
    may carry most of the variance, are seen in proportion to it, and weights are at most 2.
    """
    noise = np.random.default_rng(seed)
    points, prior = centred.points, centred.prior
    shares = (1 + np.einsum("kn,kn->k", points, points) / centred.energy) / 2
    tokens = noise.choice(centred.K, size=samples, p=prior * shares / (prior @ shares))
    weights = (prior @ shares) / shares[tokens]
    step = max(1, BLOCK // max(centred.K, centred.n))
    values = np.empty(samples)
    for first in range(0, samples, step):
        sent = points[tokens[first : first + step]]
        y = r * sent + noise.standard_normal(sent.shape)
        values[first : first + step] = weights[first : first + step] * _gap(_log_ratio(points, prior, r, y))
    return _Excess(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(samples), 0.0, "monte-carlo", samples)


def _log_ratio(points: Array, prior: Array, r: float, y: Array) -> Array:
    """δ = log Σ_k π_k exp(r y·e_k − r²‖e_k‖²/2), shape (S,), by its excess over 1 where that is small."""
    scores = r * (y @ points.T) - r**2 / 2 * np.einsum("kn,kn->k", points, points)
    top = scores.max(axis=1)
    bend = np.expm1(np.minimum(scores, 50.0)) @ prior
    small = (top < 50) & (np.abs(bend) < 0.5)
    with np.errstate(divide="ignore"):
        log_sum = top + np.log(np.exp(scores - top[:, None]) @ prior)
    return np.asarray(np.where(small, np.log1p(np.where(small, bend, 0.0)), log_sum), dtype=np.float64)


def _gap(delta: Array) -> Any:
    """δ + e^{−δ} − 1 ≥ 0, without cancellation near 0."""
    series = delta**2 * (1 / 2 - delta * (1 / 6 - delta * (1 / 24 - delta * (1 / 120 - delta / 720))))
    return np.where(np.abs(delta) < 1e-2, series, delta + np.expm1(-delta))
