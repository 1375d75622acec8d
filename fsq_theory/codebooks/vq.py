"""Codebooks fitted to data: vector quantisation by k-means, and residual vector quantisation in stages."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from ..arrays import Array
from ..errors import InputError, MissingExtraError
from ..seeds import check_seed
from .array_codebook import ArrayCodebook
from .checks import ENUMERATION_LIMIT, check_finite, check_prior, listable
from .codebook import Codebook
from .random_codes import check_size

SAMPLES_PER_TOKEN = 16
"""Size of the synthetic training set, in samples a token."""

FULL_BATCH = 2**22
"""Up to this many samples × tokens k-means runs on all data at once, above it on mini-batches."""

EPOCHS = 2
"""Passes of the mini-batches over the samples."""


def vq_codebook(
    K: int,
    n: int | None = None,
    data: ArrayLike | None = None,
    seed: int = 0,
    normalize: bool = False,
    empirical_prior: bool = False,
    name: str | None = None,
) -> ArrayCodebook:
    """The K centres of k-means, a local minimum of Σ_samples min_k ‖x − e_k‖²; uniform prior unless asked otherwise.

    Without data it is fitted to 16·K samples of N(0, I_n).  That source is a stand-in: it shows what a fitted codebook
    looks like, not the codebook of any tokenizer.  Large problems use mini-batches and only come near the minimum.

    Args:
        K: tokens, at least 2.
        n: dimension; may be left out when there are data.
        data: samples, shape (samples, n).
        seed: seed of the synthetic data and of k-means.
        normalize: scale samples and centres to unit norm, as tokenizers with L2-normalised codes do.
        empirical_prior: π_k = the share of samples nearest to e_k, instead of 1/K.
        name: how tables call it.

    Raises:
        InputError: for data of another shape, NaN or infinite entries, a zero vector to normalise, fewer samples or
            distinct samples than K.
        TooLargeError: when K·n is too large to list.
        MissingExtraError: without scikit-learn.
    """
    samples = _training_data(K, n, data, check_seed(seed))
    if normalize:
        samples = _unit(samples)
    centres = _fit(samples, K, seed)
    if normalize:
        centres = _unit(centres)
    spec = f"vq:K={K},n={samples.shape[1]},seed={seed}" + (",normalize=true" if normalize else "")
    prior = _shares(_assign(samples, centres), K) if empirical_prior else None
    return ArrayCodebook(centres, prior, name or spec)


class ResidualCodebook(ArrayCodebook):
    """All sums of one code from each stage; token k has digits in base K, the first stage least significant.

    Attributes:
        stages: the codes of each stage, shape (K, n) each; they scale with the codebook.
    """

    def __init__(self, stages: Sequence[Array], prior: ArrayLike | None = None, name: str = "residual") -> None:
        self.stages = tuple(stages)
        points = self.stages[0]
        for stage in self.stages[1:]:
            points = (stage[:, None, :] + points[None, :, :]).reshape(-1, stage.shape[1])
        super().__init__(points, prior, name)

    def scaled(self, factor: float) -> ResidualCodebook:
        other = super().scaled(factor)
        other.stages = tuple(stage * float(factor) for stage in self.stages)
        return other

    def centred(self) -> Codebook:
        return ArrayCodebook(self._points - self.mean, self._prior, self.name)


def rvq_codebook(
    K: int,
    stages: int,
    n: int | None = None,
    data: ArrayLike | None = None,
    seed: int = 0,
    empirical_prior: bool = False,
    name: str | None = None,
) -> ResidualCodebook:
    """{c_1 + … + c_S : c_s in stage s}, K^S tokens: each stage is k-means of what the stages before it leave.

    Data, and the stand-in for them, as in :func:`vq_codebook`.  The quantiser of a sample is greedy, stage by stage, as
    in residual quantisers; the optimal denoiser searches all sums.

    Args:
        K: codes of each stage, at least 2.
        stages: S, at least 1.
        n: dimension; may be left out when there are data.
        data: samples, shape (samples, n).
        seed: seed of the synthetic data and of k-means.
        empirical_prior: π_k = the share of samples that the greedy quantiser gives to token k, instead of 1/K^S.
        name: how tables call it.

    Raises:
        InputError: as :func:`vq_codebook`; also when two sums coincide.
        TooLargeError: when the K^S sums are too many to list.
        MissingExtraError: without scikit-learn.
    """
    if stages < 1:
        raise InputError(f"{stages} stages: expected at least 1")
    samples = _training_data(K, n, data, check_seed(seed))
    listable(K**stages, samples.shape[1])
    spec = f"rvq:K={K},stages={stages},n={samples.shape[1]},seed={seed}"
    fitted, tokens, residual = [], np.zeros(len(samples), dtype=np.int64), samples
    for stage in range(stages):
        centres = _fit(residual, K, seed + stage)
        nearest = _assign(residual, centres)
        residual = residual - centres[nearest]
        tokens += nearest * K**stage
        fitted.append(centres)
    return ResidualCodebook(fitted, _shares(tokens, K**stages) if empirical_prior else None, name or spec)


def _training_data(K: int, n: int | None, data: ArrayLike | None, seed: int) -> Array:
    """The checked samples, shape (samples, n), or the synthetic ones."""
    if data is None:
        if n is None:
            raise InputError(f"K={K} without data: expected the dimension n of the synthetic source, or data")
        check_size(K, n)
        samples = min(SAMPLES_PER_TOKEN * K, max(K, ENUMERATION_LIMIT // n))
        drawn: Array = np.random.Generator(np.random.PCG64(seed)).standard_normal((samples, n))
        return drawn
    try:
        array = np.asarray(data, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("training data are not numbers in rows of equal length: expected shape (samples, n)") from None
    if array.ndim != 2 or array.shape[1] < 1:
        raise InputError(f"training data have shape {array.shape}: expected (samples, n)")
    if n is not None and array.shape[1] != n:
        raise InputError(f"training data have {array.shape[1]} dimensions: expected n={n}")
    check_size(K, array.shape[1])
    check_finite(array)
    if len(array) < K:
        raise InputError(f"{len(array)} samples for K={K}: expected at least one sample a token")
    return array


def _fit(samples: Array, K: int, seed: int) -> Array:
    """The centres of k-means, shape (K, n)."""
    try:
        from sklearn.cluster import KMeans, MiniBatchKMeans
    except ImportError:
        raise MissingExtraError("scikit-learn", "vq", "fitting a VQ codebook") from None
    kinds = np.unique(samples, axis=0)
    if len(kinds) < K:
        raise InputError(f"{len(kinds)} distinct samples for K={K}: expected at least one distinct sample a token")
    seed %= 2**32  # all that scikit-learn accepts
    if len(samples) * K <= FULL_BATCH:
        model = KMeans(K, n_init=1, random_state=seed)
    else:
        start = kinds[np.random.Generator(np.random.PCG64(seed)).choice(len(kinds), K, replace=False)]
        # Samples drawn towards the mean, as the codes of an ideal Gaussian quantiser of this rate are: otherwise, in
        # many dimensions, a few central codes win all samples and the others never move.
        centre = samples.mean(axis=0)
        start = centre + math.sqrt(1 - K ** (-2 / samples.shape[1])) * (start - centre)
        options = {"batch_size": max(1024, K), "reassignment_ratio": 0.0, "compute_labels": False}
        model = MiniBatchKMeans(K, init=start, n_init=1, max_iter=EPOCHS, random_state=seed, **options)
    with threadpool_limits(limits=1):  # the order of sums, and so the last bits, would depend on the number of threads
        model.fit(samples)
    return np.array(model.cluster_centers_, dtype=np.float64)


def _assign(samples: Array, centres: Array) -> NDArray[np.int64]:
    """The nearest centre of every sample, in blocks."""
    half = 0.5 * np.einsum("kn,kn->k", centres, centres)
    rows = max(1, 2**23 // len(centres))
    blocks = [np.argmax(samples[i : i + rows] @ centres.T - half, axis=1) for i in range(0, len(samples), rows)]
    return np.concatenate(blocks)


def _shares(tokens: NDArray[np.int64], K: int) -> Array:
    """The share of each token among assignments, shape (K,)."""
    return check_prior(np.bincount(tokens, minlength=K) / len(tokens), K)


def _unit(vectors: Array) -> Array:
    """The rows divided by their norms; raises :class:`InputError` for a zero row."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if np.any(norms == 0):
        raise InputError(f"sample {int(np.argmin(norms))} is the zero vector: it cannot be scaled to unit norm")
    unit: Array = vectors / norms
    return unit
