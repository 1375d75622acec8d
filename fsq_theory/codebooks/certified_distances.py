"""Distances between codes as square roots of exact rationals, and D(E) enclosed in balls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from ..balls.arithmetic import Ball, ball, precision
from .codebook import Codebook
from .exact_points import ExactPoints, check_pairs, exact_points

BITS = 128


@dataclass(frozen=True)
class CertifiedDistances:
    """Nearest-neighbour distances of a listed codebook, exact.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        d_min_square: d_min², exact.
        d_min: d_min, enclosed.
        nn_mean: D(E) = (1/K) Σ_i min_{j≠i} ‖e_i − e_j‖, enclosed.
        nearest_squares: the different values of min_{j≠i} ‖e_i − e_j‖², ascending, each with the number of tokens that
            have it.
    """

    codebook: str
    K: int
    n: int
    d_min_square: Fraction
    d_min: Ball
    nn_mean: Ball
    nearest_squares: Sequence[tuple[Fraction, int]]


def certified_distances(
    codebook: Codebook | str | Iterable[Iterable[Any]] | ExactPoints, *, bits: int = BITS
) -> CertifiedDistances:
    """D(E) and d_min of listed codes, enclosed: their squares are exact, only the roots are rounded.

    Args:
        codebook: a codebook or its spec, whose float64 coordinates are the dyadic numbers that they are, or rows of
            exact numbers.
        bits: mantissa of the balls.

    Raises:
        InputError: for rows that are no distinct exact points, or more than 8192 tokens.
    """
    points = codebook if isinstance(codebook, ExactPoints) else exact_points(codebook)
    check_pairs(points.K, "D(E)")
    counts = sorted(Counter(points.nearest_squares).items())
    squares = [(points.unit**2 * square, count) for square, count in counts]
    with precision(bits):
        total = sum((count * ball(square).sqrt() for square, count in squares), arb(0))
        smallest = squares[0][0]
        return CertifiedDistances(
            points.name, points.K, points.n, smallest, ball(smallest).sqrt(), total / points.K, squares
        )
