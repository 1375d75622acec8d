"""Statistics of the distances between codes: closed forms for products and regular codebooks, exact search otherwise.

Everything here depends on the codes alone, not on the prior, and does not change when the codebook is moved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..arrays import Array
from .array_codebook import ArrayCodebook
from .checks import listable
from .codebook import Codebook
from .dense_distances import KISSING_TOLERANCE, kissing_in_array, nearest_in_array
from .diameter import diameter
from .lattices import ShellCodebook
from .product_codebook import ProductCodebook
from .recognition import as_product, product_tokens
from .regular import BiorthogonalCodebook, EquidistantCodebook, PskCodebook
from .spec import as_codebook


@dataclass(frozen=True)
class DistanceStatistics:
    """Distances between the codes of a codebook, tokens counted equally whatever the prior.

    Attributes:
        d_min: min_{i≠j} ‖e_i − e_j‖.
        d_max: max_{i,j} ‖e_i − e_j‖, the diameter.
        mean_square: the mean of ‖e_i − e_j‖² over ordered pairs of different tokens.
        nn_mean: D(E) = (1/K) Σ_i min_{j≠i} ‖e_i − e_j‖, the mean nearest-neighbour distance of [P26].
        nn_mean_square: the mean of its square, (1/K) Σ_i min_{j≠i} ‖e_i − e_j‖².
        kissing_max: the largest number of codes at distance d_min (to a relative 1e-9) of one code.
        kissing_mean: that number averaged over the codes.
    """

    d_min: float
    d_max: float
    mean_square: float
    nn_mean: float
    nn_mean_square: float
    kissing_max: int
    kissing_mean: float


@dataclass(frozen=True)
class _Part:
    """What the statistics of a product need of a factor; ``variance`` is the mean of ‖e − centroid‖²."""

    tokens: int
    d_min: float
    d_max: float
    variance: float
    nearest: Array
    weights: Array
    kissing_max: int
    kissing_mean: float


def distance_statistics(codebook: Codebook | str) -> DistanceStatistics:
    """Distances between codes: minimum, maximum, mean square, nearest neighbours and kissing numbers.

    Exact up to rounding.  Products of any size cost no more than their factors: squared distances add, so d_min is the
    least of the factors', the squared diameter and the variance add, kissing numbers at the common d_min add, and the
    nearest-neighbour distance of a token is the least of its digits', independent under uniform tokens.  One-hot,
    simplex, biorthogonal and PSK codebooks are closed forms.  Of the minimal vectors of a lattice, all equivalent, one
    is looked at.  Arrays that are full grids are treated as products, other arrays are searched without an array of K²
    distances.

    Args:
        codebook: the codebook, or its spec.

    Raises:
        InputError: for a spec that names no codebook.
        TooLargeError: for a codebook that is neither and cannot be listed.
    """
    part = _part(as_codebook(codebook))
    mean_square = 2 * part.variance / (1 - 1 / part.tokens)
    nn_mean, nn_mean_square = (float(part.weights @ part.nearest**power) for power in (1, 2))
    return DistanceStatistics(
        part.d_min, part.d_max, mean_square, nn_mean, nn_mean_square, part.kissing_max, part.kissing_mean
    )


def nearest_distances(codebook: Codebook | str) -> Array:
    """min_{j≠i} ‖e_i − e_j‖ for each token, shape (K,).

    Args:
        codebook: the codebook, or its spec.

    Raises:
        InputError: for a spec that names no codebook.
        TooLargeError: when K is too large to list.
    """
    codebook = as_codebook(codebook)
    tokens = listable(codebook.K)
    if isinstance(codebook, EquidistantCodebook | BiorthogonalCodebook | PskCodebook | ShellCodebook):
        return np.full(tokens, _part(codebook).d_min)
    if isinstance(codebook, ProductCodebook):
        nearest = np.full(1, np.inf)
        for factor in codebook.factors:
            nearest = np.minimum.outer(nearest_distances(factor), nearest).ravel()
        return nearest
    grid = _grid(codebook)
    if grid is not None:
        return np.asarray(nearest_distances(grid)[product_tokens(codebook, grid)])
    return nearest_in_array(codebook.points)


def pair_distance(codebook: Codebook, first: int, second: int) -> float:
    """‖e_i − e_j‖ for two tokens, without listing the others; 0 if they are the same."""
    i, j = codebook.check_tokens([first, second])
    if i == j:
        return 0.0
    if isinstance(codebook, EquidistantCodebook):
        return codebook.distance
    if isinstance(codebook, ProductCodebook):
        digits = codebook.digits([i, j])
        pairs = zip(codebook.factors, digits.T, strict=True)
        return math.hypot(*(pair_distance(factor, int(a), int(b)) for factor, (a, b) in pairs))
    codes = codebook.codes([i, j])
    return math.hypot(*(codes[0] - codes[1]))


def _part(codebook: Codebook) -> _Part:
    if isinstance(codebook, ProductCodebook):
        return _product(codebook)
    tokens = codebook.K
    if isinstance(codebook, EquidistantCodebook):
        distance = codebook.distance
        variance = distance**2 * (1 - 1 / tokens) / 2
        return _transitive(tokens, distance, distance, variance, tokens - 1)
    if isinstance(codebook, BiorthogonalCodebook):
        norm = codebook.norm
        d_min, kissing = (norm * math.sqrt(2), tokens - 2) if tokens > 2 else (2 * norm, 1)
        return _transitive(tokens, d_min, 2 * norm, norm**2, kissing)
    if isinstance(codebook, PskCodebook):
        radius = codebook.radius
        d_max = 2 * radius * (1 if tokens % 2 == 0 else math.cos(math.pi / (2 * tokens)))
        kissing = min(2, tokens - 1)
        return _transitive(tokens, 2 * radius * math.sin(math.pi / tokens), d_max, radius**2, kissing)
    if isinstance(codebook, ShellCodebook):
        return _shell(codebook.points)
    grid = _grid(codebook)
    return _dense(codebook.points) if grid is None else _product(grid)


def _transitive(tokens: int, d_min: float, d_max: float, variance: float, kissing: int) -> _Part:
    """A codebook whose tokens all see the same distances."""
    return _Part(tokens, d_min, d_max, variance, np.array([d_min]), np.ones(1), kissing, float(kissing))


def _shell(points: Array) -> _Part:
    """Codes that are all equivalent: the first one's distances are every code's."""
    squares = np.sort(np.square(points[1:] - points[0]).sum(axis=1))
    d_min, d_max = math.sqrt(squares[0]), math.sqrt(squares[-1])
    kissing = int(np.searchsorted(squares, (d_min * (1 + KISSING_TOLERANCE)) ** 2, side="right"))
    return _transitive(len(points), d_min, d_max, float(squares.sum()) / len(points) / 2, kissing)


def _dense(points: Array) -> _Part:
    nearest = nearest_in_array(points)
    kissing = kissing_in_array(points, nearest)
    values, counts = np.unique(nearest, return_counts=True)
    centred = points - points.mean(axis=0)
    variance = float(np.einsum("kn,kn->k", centred, centred).mean())
    d_max = float(np.ptp(points)) if points.shape[1] == 1 else diameter(points)
    weights = counts / len(points)
    return _Part(
        len(points), float(values[0]), d_max, variance, values, weights, int(kissing.max()), float(kissing.mean())
    )


def _product(codebook: ProductCodebook) -> _Part:
    parts = [(_part(factor), count) for factor, count in codebook.groups]
    d_min = min(part.d_min for part, _ in parts)
    touching = [(part, count) for part, count in parts if part.d_min <= d_min * (1 + KISSING_TOLERANCE)]
    values = np.unique(np.concatenate([part.nearest for part, _ in parts]))
    at_least = np.ones(len(values) + 1)  # P(every digit's nearest distance ≥ value); none is beyond the last
    at_least[-1] = 0.0
    for part, count in parts:
        tail = np.append(np.cumsum(part.weights[::-1])[::-1] / part.weights.sum(), 0.0)
        at_least[:-1] *= tail[np.searchsorted(part.nearest, values)] ** count
    return _Part(
        codebook.K,
        d_min,
        math.sqrt(math.fsum(count * part.d_max**2 for part, count in parts)),
        math.fsum(count * part.variance for part, count in parts),
        values,
        -np.diff(at_least),
        sum(count * part.kissing_max for part, count in touching),
        math.fsum(count * part.kissing_mean for part, count in touching),
    )


def _grid(codebook: Codebook) -> ProductCodebook | None:
    """The codebook as a product of axes whatever its prior."""
    return as_product(codebook.with_prior(None)) if isinstance(codebook, ArrayCodebook) else None
