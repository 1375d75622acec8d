"""Codes as exact numbers: a float64 is the dyadic number that it is, and rows of fractions are taken as they are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
from ..balls.arithmetic import rational
from ..errors import InputError
from .checks import listable
from .codebook import Codebook
from .spec import as_codebook

MOST_PAIRS = 2**26
"""Most pairs of codes that are looked at."""

_BLOCK = 2**22


@dataclass(frozen=True)
class ExactPoints:
    """Distinct codes, exactly: e_k = unit · rows[k].

    Attributes:
        name: how tables call them.
        rows: K rows of n integers.
        unit: what the integers count.
    """

    name: str
    rows: tuple[tuple[int, ...], ...]
    unit: Fraction

    @property
    def K(self) -> int:
        return len(self.rows)

    @property
    def n(self) -> int:
        return len(self.rows[0])

    def square(self, i: int, j: int) -> int:
        """‖e_i − e_j‖² in units squared."""
        return sum((a - b) ** 2 for a, b in zip(self.rows[i], self.rows[j], strict=True))

    @cached_property
    def widest(self) -> int:
        """The largest integer in size."""
        return max(1, max(abs(x) for row in self.rows for x in row))

    @cached_property
    def scaled(self) -> Array:
        """The codes divided by their largest coordinate in size, to within ½ ulp of 1: shape (K, n), at most 1."""
        # Division of Python's integers is rounded correctly, whatever their size.
        return np.array([[x / self.widest for x in row] for row in self.rows])

    @property
    def largest(self) -> Fraction:
        """The largest coordinate in size, what :attr:`scaled` is divided by."""
        return self.unit * self.widest

    @property
    def slack(self) -> float:
        """How far a distance computed from :attr:`scaled` may be from the exact one, divided by :attr:`largest`.

        A coordinate is off by 2⁻⁵³, a difference of two by at most 2⁻⁵² and a rounding of 2⁻⁵³ of at most 2, its square
        and the sum by (n + 2) roundings; √n · 2⁻⁵¹ and (n + 4) 2⁻⁵³ · 2√n cover it, each twice over.
        """
        return math.sqrt(self.n) * (2.0**-50 + (self.n + 4) * 2.0**-51)

    def tiles(self) -> Iterator[tuple[int, Array]]:
        """Blocks of rows of the matrix of distances computed from :attr:`scaled`: (first row, distances)."""
        points = self.scaled
        step = max(1, _BLOCK // (self.K * self.n))
        for start in range(0, self.K, step):
            gaps = points[start : start + step, None, :] - points[None, :, :]
            yield start, np.sqrt(np.einsum("skn,skn->sk", gaps, gaps))

    def axes(self) -> list[tuple[int, ...]] | None:
        """The values on each axis, ascending, if the codes are all points of a grid; None otherwise."""
        axes = [tuple(sorted(set(column))) for column in zip(*self.rows, strict=True)]
        return axes if math.prod(len(axis) for axis in axes) == self.K else None

    @cached_property
    def nearest_squares(self) -> tuple[int, ...]:
        """min_{j≠k} ‖e_k − e_j‖² of each code, in units squared, exact."""
        found: list[int] = []
        for start, tile in self.tiles():
            tile[np.arange(len(tile)), start + np.arange(len(tile))] = np.inf
            reach = tile.min(axis=1) + 2 * self.slack
            for row, limit in enumerate(reach):
                candidates = np.flatnonzero(tile[row] <= limit)
                found.append(min(self.square(start + row, int(j)) for j in candidates))
        return tuple(found)

    def neighbours(self, most: int) -> NDArray[np.int64]:
        """The ``most`` codes that seem nearest to each, nearest first, shape (K, most): a choice, not a certainty."""
        rows = []
        for start, tile in self.tiles():
            tile[np.arange(len(tile)), start + np.arange(len(tile))] = np.inf
            rows.append(np.argsort(tile, axis=1, kind="stable")[:, : min(most, self.K - 1)])
        return np.concatenate(rows)


def exact_points(codebook: Codebook | str | Iterable[Iterable[Any]], name: str = "points") -> ExactPoints:
    """The codes of a codebook, its spec, or rows of exact numbers (ints, Fractions, floats, SymPy Rationals).

    Raises:
        InputError: for fewer than 2 codes, rows of different lengths, equal rows, or anything that is not exact.
        TooLargeError: where the codes are too many to list.
    """
    if isinstance(codebook, Codebook | str):
        made = as_codebook(codebook)
        listable(made.K, made.n)
        rows, name = [tuple(row) for row in made.points.tolist()], made.name
    else:
        rows = [tuple(row) for row in codebook]
    if len(rows) < 2 or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        raise InputError(f"{len(rows)} rows of exact points: expected at least 2, all of one length, at least 1")
    values: dict[Any, Fraction] = {}
    for row in rows:
        for x in row:
            if x not in values:
                values[x] = rational(x)
    denominator = math.lcm(*(value.denominator for value in values.values()))
    numerators = {x: int(value * denominator) for x, value in values.items()}
    common = math.gcd(*numerators.values()) or 1
    integers = tuple(tuple(numerators[x] // common for x in row) for row in rows)
    if len(set(integers)) < len(integers):
        raise InputError(f"{name}: two of the exact points are equal; expected distinct codes")
    return ExactPoints(name, integers, Fraction(common, denominator))


def check_pairs(tokens: int, what: str) -> None:
    """Raise :class:`InputError` where the pairs of codes are too many to look at one by one."""
    if tokens**2 > MOST_PAIRS:
        raise InputError(f"{tokens} tokens: {what} looks at all pairs, of at most {math.isqrt(MOST_PAIRS)} tokens")
