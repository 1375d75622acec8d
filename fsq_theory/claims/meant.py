"""Reference codebooks as their specs mean them, of which floating-point codes are roundings.

FSQ's levels are fractions, PSK's codes roots of unity: a true equation about them must not be refuted by the last bit
of a coordinate.  What is known exactly is said here; of other codes, how far they may be from what is meant.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

import numpy as np

from ..codebooks.codebook import Codebook
from ..codebooks.exact_points import ExactPoints, check_pairs, exact_points
from ..codebooks.fsq import level_values
from ..codebooks.product_codebook import ProductCodebook
from ..codebooks.regular import BiorthogonalCodebook, EquidistantCodebook, OneHotCodebook, SimplexCodebook

SHORT_BITS = 20
"""Numbers with at most so many bits after the point are meant as they are: no rounding ends there."""

ROUNDING_BITS = 48
"""Other coordinates are off by at most 2^−48 of the largest: 32 roundings, as of a formula, a scale and a mean."""


def fsq_levels(book: Codebook) -> list[int] | None:
    """The levels of FSQ on the symmetric grid, whose exact codes are meant; None for other codebooks."""
    if not isinstance(book, ProductCodebook):
        return None
    grids = all(f.n == 1 and np.array_equal(f.points[:, 0], level_values(f.K)) for f, _ in book.groups)
    return [f.K for f in book.factors] if grids else None


def equal_distance_square(book: Codebook) -> Fraction | None:
    """‖e_i − e_j‖² of one-hot and simplex codes at their scale, for i ≠ j; None for other codebooks."""
    if isinstance(book, OneHotCodebook):
        return 2 * Fraction(book.scale) ** 2
    if isinstance(book, SimplexCodebook):
        return Fraction(book.norm) ** 2 * Fraction(2 * book.K, book.K - 1)
    return None


@lru_cache(maxsize=64)
def slack(book: Codebook) -> Fraction:
    """How far a code may be from the one that is meant, at most: 0 where codes are known exactly.

    One-hot, simplex and biorthogonal codes are the ideal ones, so that only their scale is looked at.
    """
    if isinstance(book, ProductCodebook):
        return Fraction(0) if fsq_levels(book) else sum((slack(f) * count for f, count in book.groups), Fraction(0))
    if isinstance(book, OneHotCodebook):
        return _slack((book.scale, book.offset), book.n)
    if isinstance(book, SimplexCodebook | BiorthogonalCodebook):
        return _slack((book.norm,), book.n)
    return _slack(book.points.ravel().tolist(), book.n)


def listed_tokens(book: Codebook) -> int:
    """How many codes have to be looked at pair by pair for an enclosure of the error; 0 for closed forms."""
    if isinstance(book, ProductCodebook):
        return max(listed_tokens(factor) for factor in book.factors)
    return 0 if book.n == 1 or isinstance(book, EquidistantCodebook | BiorthogonalCodebook) else book.K


@lru_cache(maxsize=16)
def points_of(book: Codebook) -> ExactPoints:
    """The codes as exact numbers; raises :class:`InputError` where their pairs are too many."""
    check_pairs(book.K, "an enclosure")
    return exact_points(book)


def _slack(numbers: Iterable[float], n: int) -> Fraction:
    """√n roundings of the largest number; 0 if all are short."""
    values = set(numbers)
    if all((x * 2**SHORT_BITS).is_integer() for x in values):
        return Fraction(0)
    return Fraction(max(map(abs, values))) * (math.isqrt(n) + 1) / 2**ROUNDING_BITS
