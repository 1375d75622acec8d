"""The nearest other codes of every code: the competitors that decide errors at high SNR."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...arrays import Array
from ...codebooks.codebook import Codebook
from ...gaussian import log_ndtr
from ...logspace import logsumexp
from .threshold import rival_threshold

TREE_DIMENSION = 12
TREE_NEIGHBOURS = 64
"""Up to this dimension and so many neighbours a k-d tree beats computing all distances."""

TABLE_LIMIT = 2**22
"""Most entries (K × neighbours) of a table."""

SEARCH_LIMIT = 2**38
"""Most multiplications (K² n) spent on finding neighbours above the dimensions of k-d trees."""

FIRST_NEIGHBOURS = 32
MOST_NEIGHBOURS = 1024


@dataclass(frozen=True)
class Neighbours:
    """The M nearest other codes of each code, by distance.

    Attributes:
        index: shape (K, M).
        distance: shape (K, M), ascending.
        complete: whether every other code is listed (M = K − 1).
    """

    index: NDArray[np.int64]
    distance: Array
    complete: bool


@lru_cache(maxsize=4)
def nearest(codebook: Codebook, most: int) -> Neighbours:
    """The ``most`` nearest other codes of each code; O(K most) memory."""
    points = codebook.points
    count = min(most, codebook.K - 1)
    if codebook.n <= TREE_DIMENSION and count <= TREE_NEIGHBOURS:
        _, index = cKDTree(points).query(points, k=count + 1)
        index = np.asarray(index, dtype=np.int64)
    else:
        index = _by_blocks(points - codebook.mean, count + 1)
    itself = np.arange(codebook.K)[:, None]
    # The code itself comes first but for ties by rounding: move it there, wherever it is.
    order = np.argsort(index != itself, axis=1, kind="stable")
    index = np.take_along_axis(index, order, axis=1)[:, 1:]
    distance = np.empty(index.shape)
    block = max(1, 2**22 // (count * codebook.n))
    for i in range(0, codebook.K, block):
        offset = points[index[i : i + block]] - points[i : i + block, None, :]
        distance[i : i + block] = np.sqrt(np.einsum("kmn,kmn->km", offset, offset))
    order = np.argsort(distance, axis=1, kind="stable")
    return Neighbours(
        np.take_along_axis(index, order, axis=1), np.take_along_axis(distance, order, axis=1), count == codebook.K - 1
    )


def _by_blocks(points: Array, count: int) -> NDArray[np.int64]:
    energies = np.einsum("kn,kn->k", points, points)
    rows = []
    block = max(1, 2**24 // len(points))
    for i in range(0, len(points), block):
        squares = energies - 2 * points[i : i + block] @ points.T
        squares[np.arange(len(squares)), i + np.arange(len(squares))] = -np.inf
        if count < len(points):
            # A copy: a view would keep the whole row of K numbers.
            rows.append(np.argpartition(squares, count - 1, axis=1)[:, :count].copy())
        else:
            rows.append(np.tile(np.arange(len(points)), (len(squares), 1)))
    return np.concatenate(rows).astype(np.int64)


@dataclass(frozen=True)
class HalfSpaces:
    """For each token k and listed competitor j: the half-space of noise in which j beats k.

    Token j wins where z·(e_j − e_k)/d_kj exceeds h_kj = r d_kj/2 + log(π_k/π_j)/(r d_kj), with probability Φ(−h_kj).

    Attributes:
        neighbours: the competitors.
        threshold: h, shape (K, M).
        log_probability: log π_k + log Φ(−h_kj), shape (K, M).
        log_union: log Σ_kj π_k Φ(−h_kj) over the listed pairs.
        log_truncated: log of a bound on the same sum over all other pairs.
    """

    neighbours: Neighbours
    threshold: Array
    log_probability: Array
    log_union: float
    log_truncated: float

    @property
    def log_largest(self) -> float:
        """Log of Σ_k π_k max_j Φ(−h_kj): a lower bound on 1 − A."""
        return float(logsumexp(np.max(self.log_probability, axis=1)))


def half_spaces(codebook: Codebook, r: float, most: int) -> HalfSpaces:
    """The half-spaces of the ``most`` nearest competitors of each token at one r > 0."""
    table = nearest(codebook, most)
    log_prior = codebook.log_prior
    kept = np.isfinite(log_prior)
    with np.errstate(invalid="ignore"):
        ratio = np.where(kept[:, None], log_prior[:, None] - log_prior[table.index], 0.0)
    threshold = rival_threshold(r, table.distance, ratio)
    log_probability = log_prior[:, None] + log_ndtr(-threshold)
    log_truncated = -np.inf
    if not table.complete:
        # A competitor that is not listed is at least as far as the last one that is, and at most as probable as any.
        far = table.distance[:, -1]
        excess = np.where(kept, log_prior, 0.0) - np.max(log_prior)
        bound = log_prior + log_ndtr(-rival_threshold(r, far, excess))
        log_truncated = float(logsumexp(bound) + np.log(codebook.K - 1 - table.index.shape[1]))
    return HalfSpaces(table, threshold, log_probability, float(logsumexp(log_probability.ravel())), log_truncated)


def most_neighbours(codebook: Codebook) -> int:
    """How many competitors of each token are listed at most."""
    return max(1, min(codebook.K - 1, MOST_NEIGHBOURS, TABLE_LIMIT // codebook.K))


def searchable(codebook: Codebook) -> bool:
    """Whether the neighbours of all codes are found in reasonable time."""
    return codebook.n <= TREE_DIMENSION or codebook.K**2 * codebook.n <= SEARCH_LIMIT


def decisive_half_spaces(codebook: Codebook, r: float, rtol: float, most_union: float = np.inf) -> HalfSpaces | None:
    """As many nearest competitors as it takes for the rest to matter less than ``rtol``; None where too many matter.

    "Matter" is measured against the lower bound Σ_k π_k max_j Φ(−h_kj) ≤ 1 − A.  Also None, at once, where the union
    bound exceeds ``most_union``.
    """
    ceiling = most_neighbours(codebook)
    most = min(FIRST_NEIGHBOURS, ceiling)
    while True:
        found = half_spaces(codebook, r, most)
        if found.log_union > np.log(most_union):
            return None
        if found.log_truncated <= found.log_largest + np.log(rtol):
            return found
        if most == ceiling:
            return None
        most = min(8 * most, ceiling)
