"""Quick numbers about codes, for the many tries of a search: closed forms, bounds, and few samples elsewhere.

A quick number says what it seems to be (``value``, with a standard error) and between which bounds it certainly lies as
far as they are known; only what the bounds show is worth the work of certifying.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..arrays import Array
from ..codebooks.recognition import grid_axes
from ..denoiser.accuracy import exact
from ..errors import TooLargeError
from ..gaussian import log_ndtr
from ..logspace import logsumexp
from .codes import Codes

SAMPLED_FROM = math.log(0.02)
"""Log of the union bound above which an error is sampled; below, the bound itself is nearly the error."""

SAMPLES = 1024

MOST_TOKENS = 4096


@dataclass(frozen=True)
class Number:
    """A number as far as it is known.

    Attributes:
        value: best guess.
        lower: it is certainly not less, but for rounding; −inf where nothing is known.
        upper: it is certainly not more.
        error: standard error of the value, or bound on its numerical error.
    """

    value: float
    lower: float = -math.inf
    upper: float = math.inf
    error: float = 0.0


def known(value: float, error: float = 0.0) -> Number:
    """A number known to within its numerical error."""
    return Number(value, value - error, value + error, error)


def pair_distances(codes: Codes) -> Array:
    """‖e_i − e_j‖ by direct differences, infinite for i = j, shape (K, K)."""
    if codes.K > MOST_TOKENS:
        raise TooLargeError(codes.K, f"distances are looked at one by one up to {MOST_TOKENS} tokens")
    points = codes.points
    square = np.zeros((codes.K, codes.K))
    for column in points.T:
        square += (column[:, None] - column[None, :]) ** 2
    np.fill_diagonal(square, np.inf)
    return np.sqrt(square)


def quick_log_error(codes: Codes, r: float, prior: Array | None, seed: int) -> Number:
    """log(1 − A): exact for grids, on the line and in the plane; else the union bound, or samples of common errors."""
    if not r > 0:
        most = 1 / codes.K if prior is None else float(prior.max())
        return known(math.log1p(-most), 1e-15)
    closed = _closed(codes, r, prior)
    planar = codes.book is None and codes.n == 2 and grid_axes(codes.points) is None
    if closed is not None and (prior is not None or not planar):
        return closed
    if prior is not None:
        return _sampled(codes, r, prior, seed, -math.inf, math.inf)
    single, union = pair_bounds(codes, r)
    if closed is not None:
        return Number(closed.value, single, union, closed.error)
    if union < SAMPLED_FROM:
        return Number(union, single, union, 0.0)
    return _sampled(codes, r, None, seed, single, union)


def pair_bounds(codes: Codes, r: float) -> tuple[float, float]:
    """Logs of the single-neighbour and the union bound on 1 − A, uniform prior; ties are decided by lot."""
    log_tails = log_ndtr(-r * pair_distances(codes) / 2)
    log_share = -math.log(codes.K)
    single = float(logsumexp(log_tails.max(axis=1)) + log_share)
    return single, min(float(logsumexp(log_tails.ravel()) + log_share), 0.0)


def _closed(codes: Codes, r: float, prior: Array | None) -> Number | None:
    """A closed form: of reference codebooks, codes on a line or in the plane, and grids."""
    if codes.book is None and codes.n > 2 and grid_axes(codes.points) is None:
        return None
    book, share = codes.decided(prior)
    if book is None:
        return known(math.log1p(-share), 1e-15)
    found = exact.evaluate(book, np.array([r]))
    if found is None:
        return None
    log_error = float(found.log_error[0])
    if share < 1:
        log_error = math.log((1 - share) + share * math.exp(log_error))
    return known(log_error, float(found.spread[0]) + 1e-15)


def _sampled(codes: Codes, r: float, prior: Array | None, seed: int, lower: float, upper: float) -> Number:
    rows = posterior_rows(codes, r, prior, seed)
    wrong = 1 - rows.max(axis=1)
    value, stderr = mean_and_error(wrong)
    if value <= 0:
        return Number(min(-50.0, upper), lower, upper, math.inf)
    return Number(min(max(math.log(value), lower), upper), lower, upper, stderr / value)


def quick_information(codes: Codes, r: float, prior: Array | None, seed: int) -> Number:
    """I(X_0; Y) in nats, from samples of the posterior."""
    log_prior = -math.log(codes.K) if prior is None else 0.0
    weights = np.full(codes.K, 1 / codes.K) if prior is None else prior
    entropy = -log_prior if prior is None else -float(np.sum(weights * np.log(np.where(weights > 0, weights, 1.0))))
    rows = posterior_rows(codes, r, prior, seed)
    value, stderr = mean_and_error(-np.sum(rows * np.log(np.where(rows > 0, rows, 1.0)), axis=1))
    return Number(entropy - value, error=stderr)


def quick_mmse(codes: Codes, r: float, prior: Array | None, seed: int) -> Number:
    """E‖X_0 − x̂_0‖², from samples of the posterior."""
    rows = posterior_rows(codes, r, prior, seed)
    squares = np.sum(codes.points**2, axis=1)
    value, stderr = mean_and_error(rows @ squares - np.sum((rows @ codes.points) ** 2, axis=1))
    return Number(value, error=stderr)


def mean_and_error(values: Array) -> tuple[float, float]:
    """Mean and its standard error."""
    return float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))


def posterior_rows(codes: Codes, r: float, prior: Array | None, seed: int) -> Array:
    """p(k | y) for samples of Y, shape (S, K); the same noise for all codebooks of one size."""
    noise, uniform = _noise(seed, max(SAMPLES, min(8 * codes.K, 2**22 // codes.K)), codes.n)
    weights = np.full(codes.K, 1 / codes.K) if prior is None else prior
    sent = np.searchsorted(np.cumsum(weights), uniform * (1 - 1e-12))
    scaled = r * codes.points
    y = scaled[np.minimum(sent, codes.K - 1)] + noise
    with np.errstate(divide="ignore"):
        logits = y @ scaled.T - np.sum(scaled**2, axis=1) / 2 + np.log(weights)
    logits -= logits.max(axis=1, keepdims=True)
    rows = np.exp(logits)
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))


@lru_cache(maxsize=8)
def _noise(seed: int, samples: int, n: int) -> tuple[Array, Array]:
    """Normal noise, and evenly spread numbers that tokens are taken by."""
    numbers = np.random.default_rng([seed, samples, n])
    return numbers.standard_normal((samples, n)), (np.arange(samples) + 0.5) / samples
