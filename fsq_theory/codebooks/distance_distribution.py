"""How many codes lie at each distance, on average over the codes: the distance distribution of coding theory [CS98]."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from ..arrays import Array
from ..errors import TooLargeError
from .array_codebook import ArrayCodebook
from .codebook import Codebook
from .product_codebook import ProductCodebook
from .recognition import as_product
from .regular import BiorthogonalCodebook, EquidistantCodebook
from .spec import as_codebook

MERGE_TOLERANCE = 1e-9
"""Squared distances that differ by less than this part are one distance."""

DENSE_LIMIT = 8192
"""Most codes of an array whose pairs are all looked at."""

LAW_LIMIT = 2**24
"""Most sums of squared distances formed at a time in a product."""

ROWS = 512


@dataclass(frozen=True)
class DistanceDistribution:
    """The different distances of a codebook.

    Attributes:
        distances: ascending, shape (m,), without 0.
        counts: the mean number of codes at each distance from a code, tokens counted equally; they sum to K − 1.
    """

    distances: Array
    counts: Array


def distance_distribution(codebook: Codebook | str) -> DistanceDistribution:
    """The different distances between codes and the mean number of codes at each.

    Distances whose squares agree to a relative 1e-9 count as one.  Products of any size convolve the laws of their
    factors' squared distances; arrays of up to 8192 codes look at all pairs.

    Args:
        codebook: the codebook, or its spec.

    Raises:
        InputError: for a spec that names no codebook.
        TooLargeError: for a larger array, or a product with too many different distances.
    """
    codebook = as_codebook(codebook)
    squares, weights = _law(codebook)
    return DistanceDistribution(np.sqrt(squares[1:]), weights[1:] * float(codebook.K))


def _law(codebook: Codebook) -> tuple[Array, Array]:
    """The law of ‖e_i − e_j‖² for independent uniform tokens i and j: values, ascending from 0, and probabilities."""
    if isinstance(codebook, ArrayCodebook):
        codebook = as_product(codebook.with_prior(None)) or codebook
    tokens = codebook.K
    if isinstance(codebook, ProductCodebook):
        law = np.zeros(1), np.ones(1)
        for factor, count in codebook.groups:
            law = _convolve(law, _power(_law(factor), count), tokens)
        return law
    if isinstance(codebook, EquidistantCodebook):
        return np.array([0.0, codebook.distance**2]), np.array([1, tokens - 1]) / tokens
    if isinstance(codebook, BiorthogonalCodebook) and tokens > 2:
        return codebook.norm**2 * np.array([0.0, 2.0, 4.0]), np.array([1, tokens - 2, 1]) / tokens
    if tokens > DENSE_LIMIT:
        raise TooLargeError(tokens, f"distance distribution of codes that do not factorise: at most {DENSE_LIMIT}")
    return _dense(codebook.points)


def _dense(points: Array) -> tuple[Array, Array]:
    tokens = len(points)
    squares, weights = [np.zeros(1)], [np.array([1 / tokens])]
    for start in range(0, tokens, ROWS):
        block = cdist(points[start : start + ROWS], points[start:], "sqeuclidean")
        found = block[np.triu_indices(len(block), 1, block.shape[1])]
        values, counts = _merge(found, np.full(len(found), 2 / tokens**2))
        squares.append(values)
        weights.append(counts)
    return _merge(np.concatenate(squares), np.concatenate(weights))


def _power(law: tuple[Array, Array], count: int) -> tuple[Array, Array]:
    """The law of the sum of ``count`` independent copies, by repeated doubling."""
    if count == 1:
        return law
    half = _power(law, count // 2)
    twice = _convolve(half, half, 0)
    return _convolve(twice, law, 0) if count % 2 else twice


def _convolve(first: tuple[Array, Array], second: tuple[Array, Array], tokens: int) -> tuple[Array, Array]:
    if len(first[0]) * len(second[0]) > LAW_LIMIT:
        raise TooLargeError(tokens, "too many different distances")
    return _merge(np.add.outer(first[0], second[0]).ravel(), np.multiply.outer(first[1], second[1]).ravel())


def _merge(values: Array, weights: Array) -> tuple[Array, Array]:
    """Sorted values, those that agree to the tolerance replaced by their weighted mean."""
    if not len(values):
        return values, weights
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(values) > MERGE_TOLERANCE * values[1:]) + 1])
    total = np.add.reduceat(weights, starts)
    mean = np.add.reduceat(weights * (values - values[starts].repeat(np.diff([*starts, len(values)]))), starts) / total
    return values[starts] + mean, total
