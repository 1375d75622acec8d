"""Squared distances between codes as exact rationals: the closest, the farthest and the mean pair, factor by factor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from ..codebooks.checks import listable
from ..codebooks.codebook import Codebook
from ..codebooks.exact_points import ExactPoints, check_pairs, exact_points
from ..codebooks.product_codebook import ProductCodebook
from ..codebooks.regular import BiorthogonalCodebook, OneHotCodebook, SimplexCodebook
from ..codebooks.spec import as_codebook
from ..errors import InputError


@dataclass(frozen=True)
class SquaredDistances:
    """Squared distances of K codes, tokens counted equally whatever the prior; all exact.

    Attributes:
        tokens: K.
        least: min_{i≠j} ‖e_i − e_j‖².
        most: max ‖e_i − e_j‖².
        variance: the mean of ‖e − centroid‖².
        nearest: the values of min_{j≠i} ‖e_i − e_j‖², ascending, each with the share of the tokens that have it.
    """

    tokens: int
    least: Fraction
    most: Fraction
    variance: Fraction
    nearest: tuple[tuple[Fraction, Fraction], ...]

    @property
    def mean(self) -> Fraction:
        """The mean over ordered pairs of different tokens, 2K/(K − 1) times the variance."""
        return 2 * self.variance * self.tokens / (self.tokens - 1)

    @property
    def nearest_mean(self) -> Fraction:
        """(1/K) Σ_i min_{j≠i} ‖e_i − e_j‖²."""
        return sum((square * share for square, share in self.nearest), Fraction(0))


Source = Codebook | str | Iterable[Iterable[Any]] | ExactPoints


def read(source: Source) -> Codebook | ExactPoints:
    """A codebook, from its spec if need be, or exact points from rows."""
    if isinstance(source, Codebook | str):
        return as_codebook(source)
    return source if isinstance(source, ExactPoints) else exact_points(source)


def squared_distances(codes: Codebook | ExactPoints) -> SquaredDistances:
    """The squared distances; products and full grids are never gone through pair by pair.

    Raises:
        InputError: for more than 8192 tokens that are neither.
    """
    if isinstance(codes, ProductCodebook):
        return _product([(squared_distances(factor), count) for factor, count in codes.groups])
    regular = _regular(codes)
    if regular is not None:
        least, most, square = regular
        return SquaredDistances(codes.K, least, most, square, ((least, Fraction(1)),))
    points = codes if isinstance(codes, ExactPoints) else exact_points(codes)
    axes = points.axes()
    if axes is not None:
        return _product([(_on_line(axis, points.unit), 1) for axis in axes if len(axis) > 1])
    return _listed(points)


def pair_square(codes: Codebook | ExactPoints, first: int, second: int) -> Fraction:
    """‖e_i − e_j‖² of two tokens, exactly, without listing the others; 0 if they are the same."""
    if isinstance(codes, ExactPoints):
        for token in (first, second):
            if not 0 <= token < codes.K:
                raise InputError(f"token {token} is not in {codes.name}: tokens are 0 to {codes.K - 1}")
        return codes.unit**2 * codes.square(first, second)
    i, j = codes.check_tokens([first, second])
    if i == j:
        return Fraction(0)
    if isinstance(codes, ProductCodebook):
        digits = codes.digits([i, j]).T.tolist()
        return sum((pair_square(factor, *d) for factor, d in zip(codes.factors, digits, strict=True)), Fraction(0))
    regular = _regular(codes)
    if regular is not None and (regular[0] == regular[1] or codes.K == 2):
        return regular[0]
    rows = codes.codes([i, j]).tolist()
    return sum(((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(*rows, strict=True)), Fraction(0))


def _regular(codes: Codebook | ExactPoints) -> tuple[Fraction, Fraction, Fraction] | None:
    """Least and largest squared distance and variance of one-hot, simplex and ± orthogonal codes, the ideal ones."""
    if isinstance(codes, OneHotCodebook | SimplexCodebook):
        if isinstance(codes, OneHotCodebook):
            square = 2 * Fraction(codes.scale) ** 2
        else:
            square = Fraction(codes.norm) ** 2 * 2 * codes.K / (codes.K - 1)
        return square, square, square * (codes.K - 1) / (2 * codes.K)
    if isinstance(codes, BiorthogonalCodebook):
        norm = Fraction(codes.norm) ** 2
        return (2 * norm if codes.K > 2 else 4 * norm), 4 * norm, norm
    return None


def _on_line(values: Sequence[int], unit: Fraction) -> SquaredDistances:
    """Codes at ascending integers, in units."""
    gaps = [b - a for a, b in pairwise(values)]
    nearest = Counter(min(pair) for pair in zip([gaps[0], *gaps], [*gaps, gaps[-1]], strict=True))
    tokens, scale = len(values), unit**2
    variance = scale * Fraction(tokens * sum(x * x for x in values) - sum(values) ** 2, tokens**2)
    shares = tuple((scale * gap**2, Fraction(count, tokens)) for gap, count in sorted(nearest.items()))
    return SquaredDistances(tokens, shares[0][0], scale * (values[-1] - values[0]) ** 2, variance, shares)


def _product(parts: Sequence[tuple[SquaredDistances, int]]) -> SquaredDistances:
    """Squares add up; a token's nearest neighbour differs from it in the one digit where that is nearest."""
    tokens = 1
    for part, count in parts:
        tokens *= part.tokens**count
    values = sorted({square for part, _ in parts for square, _ in part.nearest})
    beyond = [Fraction(1)] * (len(values) + 1)  # the share of tokens with no neighbour nearer than each value
    for part, count in parts:
        for k, value in enumerate(values):
            beyond[k] *= sum((share for square, share in part.nearest if square >= value), Fraction(0)) ** count
    beyond[-1] = Fraction(0)
    nearest = tuple((value, a - b) for value, (a, b) in zip(values, pairwise(beyond), strict=True) if a > b)
    return SquaredDistances(
        tokens,
        min(part.least for part, _ in parts),
        sum((count * part.most for part, count in parts), Fraction(0)),
        sum((count * part.variance for part, count in parts), Fraction(0)),
        nearest,
    )


def _listed(points: ExactPoints) -> SquaredDistances:
    check_pairs(points.K, "an enclosure of path KL")
    listable(points.K, points.n)
    tokens, scale = points.K, points.unit**2
    nearest = Counter(points.nearest_squares)
    # K² times the variance: K Σ‖e‖² − ‖Σe‖².
    spread = sum(tokens * sum(x * x for x in column) - sum(column) ** 2 for column in zip(*points.rows, strict=True))
    shares = tuple((scale * square, Fraction(count, tokens)) for square, count in sorted(nearest.items()))
    return SquaredDistances(
        tokens, shares[0][0], scale * _farthest(points), scale * Fraction(spread, tokens**2), shares
    )


def _farthest(points: ExactPoints) -> int:
    """max ‖e_i − e_j‖² in units squared: exactly, of the pairs that may be the farthest in float64."""
    longest = max(float(tile.max()) for _, tile in points.tiles())
    found = 0
    for start, tile in points.tiles():
        for i, j in np.argwhere(tile >= longest - 2 * points.slack).tolist():
            if start + i < j:
                found = max(found, points.square(start + i, j))
    return found
