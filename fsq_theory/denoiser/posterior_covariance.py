"""Samples of the largest eigenvalue of γ·Cov(X_0|Y), Y = r X_0 + ε: blocks, secular equations, dense matrices.

A product's covariance is block diagonal, so that its largest eigenvalue is the largest of its digits'.  For one-hot and
simplex codes Cov = s²(diag p − p pᵀ) up to an isometry, for biorthogonal ones norm²(diag(p⁺ + p⁻) − m mᵀ) with
m = p⁺ − p⁻: the secular equation of a rank-one change answers in O(K).  Other codebooks are listed; up to 64 dimensions
by dense eigenvalues, above by power iteration.
"""

from __future__ import annotations

import math

import numpy as np

from ..arrays import Array
from ..codebooks.checks import listable
from ..codebooks.codebook import Codebook
from ..codebooks.product_codebook import ProductCodebook
from ..codebooks.recognition import as_product
from ..codebooks.regular import BiorthogonalCodebook, EquidistantCodebook
from .one_hot_covariance import sampled_softmax
from .rank_one import largest_eigenvalue

DENSE_DIMENSIONS = 64
"""Up to this rank of the codebook matrices are formed and diagonalised."""

BATCH_NUMBERS = 2**22
"""Most posterior probabilities, or entries of matrices, held at once."""

CACHED_NUMBERS = 2**17
"""The same where each is read many times."""

MANY_TOKENS = 512
"""From so many equidistant codes on samples are taken one by one."""

POWER_STEPS = 300
POWER_TOLERANCE = 1e-7


def sampled_eigenvalues(codebook: Codebook, r: float, samples: int, seed: int) -> Array:
    """γ·λ_max(Cov(X_0|Y)) for tokens drawn from the prior and noise N(0, I), shape (samples,).

    The noise depends on the seed and the codebook's shape, not on r.

    Args:
        codebook: any; products are never listed.
        r: amplitude ratio, positive and finite.
        samples: how many.
        seed: of all randomness.

    Raises:
        TooLargeError: where the codebook has no structure and is too large to list.
    """
    return _sampled(codebook, r, samples, np.random.SeedSequence(seed))


def _sampled(codebook: Codebook, r: float, samples: int, seeds: np.random.SeedSequence) -> Array:
    if isinstance(codebook, ProductCodebook):
        largest = np.zeros(samples)
        for (factor, count), child in zip(codebook.groups, seeds.spawn(len(codebook.groups)), strict=True):
            digits = _sampled(factor, r, samples * count, child).reshape(samples, count)
            largest = np.maximum(largest, digits.max(axis=1))
        return largest
    rng = np.random.default_rng(seeds)
    if isinstance(codebook, EquidistantCodebook):
        return _one_hot(codebook, r, samples, rng)
    if isinstance(codebook, BiorthogonalCodebook):
        return _biorthogonal(codebook, r, samples, rng)
    listable(codebook.K, codebook.n)
    product = as_product(codebook)
    if product is not None:
        return _sampled(product, r, samples, seeds)
    kept = codebook.prior > 0
    return _dense(_within_span(codebook.points[kept]), codebook.prior[kept], r, samples, rng)


def _tokens(prior: Array, samples: int, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    cumulative = np.cumsum(prior)
    return np.minimum(np.searchsorted(cumulative, rng.random(samples) * cumulative[-1], "right"), len(prior) - 1)


def _softmax(scores: Array) -> Array:
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def _batches(samples: int, numbers: int, most: int = BATCH_NUMBERS) -> list[int]:
    size = max(1, most // numbers)
    return [min(size, samples - start) for start in range(0, samples, size)]


def _one_hot(codebook: EquidistantCodebook, r: float, samples: int, rng: np.random.Generator) -> Array:
    rho = r * codebook.distance / math.sqrt(2)
    if codebook.K >= MANY_TOKENS:
        tokens = _tokens(codebook.prior, samples, rng)
        log_prior = None if codebook.is_uniform else codebook.log_prior
        return rho**2 * sampled_softmax(rho, log_prior, tokens, codebook.K, rng)
    parts = []
    for size in _batches(samples, codebook.K, CACHED_NUMBERS):
        token = _tokens(codebook.prior, size, rng)
        y = rng.standard_normal((size, codebook.K))
        y[np.arange(size), token] += rho
        p = _softmax(rho * y + codebook.log_prior)
        top = p.max(axis=1)
        parts.append(largest_eigenvalue(p, p**2, top * _others(p)))
    return rho**2 * np.concatenate(parts)


def _biorthogonal(codebook: BiorthogonalCodebook, r: float, samples: int, rng: np.random.Generator) -> Array:
    rho = r * codebook.norm
    parts = []
    for size in _batches(samples, codebook.K, CACHED_NUMBERS):
        token = _tokens(codebook.prior, size, rng)
        y = rng.standard_normal((size, codebook.n))
        y[np.arange(size), token // 2] += rho * (1 - 2 * (token % 2))
        scores = np.empty((size, codebook.K))
        scores[:, ::2], scores[:, 1::2] = rho * y, -rho * y
        p = _softmax(scores + codebook.log_prior)
        plus, minus = p[:, ::2], p[:, 1::2]
        either = plus + minus
        first = either.argmax(axis=1)
        rows = np.arange(size)
        # (a + b) − (a − b)² = (a + b)(1 − (a + b)) + 4ab
        own = either[rows, first] * _others(either) + 4 * plus[rows, first] * minus[rows, first]
        if codebook.n == 1:
            parts.append(own)
        else:
            parts.append(largest_eigenvalue(either, (plus - minus) ** 2, own))
    return rho**2 * np.concatenate(parts)


def _others(p: Array) -> Array:
    """1 − max p for each row, as the sum of the others."""
    rest = p.copy()
    rest[np.arange(len(p)), p.argmax(axis=1)] = 0.0
    return np.asarray(rest.sum(axis=1))


def _within_span(points: Array) -> Array:
    """The codes centred, in as few coordinates as they span where that is fewer than they have."""
    centred = points - points.mean(axis=0)
    if points.shape[1] < min(len(points), DENSE_DIMENSIONS + 1):
        return centred
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    rank = max(1, int(np.sum(sizes > 1e-14 * sizes[0])))
    return np.asarray(left[:, :rank] * sizes[:rank])


def _dense(points: Array, prior: Array, r: float, samples: int, rng: np.random.Generator) -> Array:
    from scipy.spatial.distance import cdist

    tokens, n = points.shape
    log_prior = np.log(prior)
    if tokens == 1:
        return np.zeros(samples)
    parts = []
    for size in _batches(samples, max(tokens, n * n if n <= DENSE_DIMENSIONS else n)):
        token = _tokens(prior, size, rng)
        noise = rng.standard_normal((size, n))
        # Relative to the sent token nothing cancels between codes that are close to one another.
        scores = -(r**2 / 2) * cdist(points[token], points, "sqeuclidean") + log_prior
        along = noise @ points.T
        scores += r * (along - along[np.arange(size), token][:, None])
        p = _softmax(scores)
        parts.append(_largest_dense(points, p) if n <= DENSE_DIMENSIONS else _largest_by_power(points, p, noise))
    return r**2 * np.concatenate(parts)


def _largest_dense(points: Array, p: Array) -> Array:
    """λ_max of Σ_j p_j (e_j − x̂)(e_j − x̂)ᵀ, from moments about the most probable code: small ones keep their digits."""
    rows, n = np.arange(len(p)), points.shape[1]
    winner = p.argmax(axis=1)
    rest = p.copy()
    rest[rows, winner] = 0.0
    mass, first = rest.sum(axis=1), rest @ points
    upper = np.triu_indices(n)
    packed = np.zeros((len(p), len(upper[0])))
    step = max(1, BATCH_NUMBERS // len(upper[0]))
    for start in range(0, len(points), step):
        block = points[start : start + step]
        packed += rest[:, start : start + step] @ (block[:, upper[0]] * block[:, upper[1]])
    second = np.zeros((len(p), n, n))
    second[:, upper[0], upper[1]] = packed
    second[:, upper[1], upper[0]] = packed
    best = points[winner]
    mixed = first[:, :, None] * best[:, None, :]
    shift = first - mass[:, None] * best
    about = second - mixed - mixed.transpose(0, 2, 1) + mass[:, None, None] * (best[:, :, None] * best[:, None, :])
    return np.maximum(np.linalg.eigvalsh(about - shift[:, :, None] * shift[:, None, :])[:, -1], 0.0)


def _largest_by_power(points: Array, p: Array, start: Array) -> Array:
    """λ_max by power iteration from the noise: a lower bound that ends within 1e-7 of its last step."""
    mean = p @ points
    vector = start / np.linalg.norm(start, axis=1, keepdims=True)
    value = np.zeros(len(p))
    for _ in range(POWER_STEPS):
        along = vector @ points.T
        along -= np.einsum("sk,sk->s", p, along)[:, None]
        weighted = p * along
        image = weighted @ points - weighted.sum(axis=1)[:, None] * mean
        size = np.linalg.norm(image, axis=1)
        done = np.abs(size - value) <= POWER_TOLERANCE * size
        value = size
        vector = image / np.where(size > 0, size, 1.0)[:, None]
        if done.all():
            break
    return value
