"""E(1 − e^{−(S_1 + … + S_n)})⁺ when each S_i has one of a few laws on the same nodes: the largest over all choices.

Only the type matters: how many coordinates have which law.  Types of the first half of the coordinates are joined with
types of the second half, so that a few hundred convolutions serve many thousand types.  All numbers are masses or
gains, none negative, so float64 loses little (:mod:`.rounding`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

import numpy as np

from ....arrays import Array
from ....errors import InputError
from .rounding import UNIT, exponentials, raised

MOST_TYPES = 5000
"""Types of one half of the coordinates."""


@dataclass(frozen=True)
class TypeValues:
    """E(1 − e^{−ΣS_i})⁺ from above for every type, a type of the first half joined with one of the second.

    Attributes:
        first: the law of each coordinate of the first half, ascending, a row a type.
        second: likewise for the second half.
        values: shape (types of the first half, types of the second).
    """

    first: tuple[tuple[int, ...], ...]
    second: tuple[tuple[int, ...], ...]
    values: Array

    def largest(self, surcharges: Sequence[float]) -> tuple[float, tuple[int, ...]]:
        """The largest value + Σ_i δ of the law of coordinate i, from above, and its type; one δ ≥ 0 a law."""
        charge = np.asarray(surcharges)
        left, right = (charge[np.array(half, dtype=int)].sum(axis=1) for half in (self.first, self.second))
        totals = self.values + left[:, None]
        totals += right
        at = np.unravel_index(int(totals.argmax()), totals.shape)
        return float(raised(totals[at], 64)), tuple(sorted(self.first[at[0]] + self.second[at[1]]))


def type_values(masses: Array, lowest: int, spacing: Fraction, n: int) -> TypeValues:
    """E(1 − e^{−ΣS_i})⁺ over all choices of n of the laws, from above.

    Args:
        masses: shape (laws, N), on the losses (lowest + i) h.
        lowest: index of the first node.
        spacing: h.
        n: number of coordinates.

    Raises:
        InputError: for so many laws that half of the coordinates have over 5000 types.
    """
    if comb(len(masses) + (n + 1) // 2 - 1, (n + 1) // 2) > MOST_TYPES:
        raise InputError(f"{len(masses)} laws, {n} coordinates: expected fewer, for {MOST_TYPES} types of half of them")
    last = lowest + masses.shape[1] - 1
    first = _half(masses, lowest, n, n // 2)
    second = first if n % 2 == 0 else _half(masses, lowest, n, n - n // 2)
    left, right = (np.array(list(half.values())) for half in (first, second))
    # The last nodes of the two are n // 2 and n − n // 2 times that of one.
    losses = n * last - np.add.outer(np.arange(left.shape[1])[::-1], np.arange(right.shape[1])[::-1])
    expected = _gains(spacing, n * last)[np.maximum(losses, 0)] @ right.T
    values = raised(left @ expected, left.shape[1] + right.shape[1])
    return TypeValues(tuple(first), tuple(second), values)


def _gains(spacing: Fraction, highest: int) -> Array:
    """At least 1 − e^{−kh} for k = 0 … highest, at least 0; rounding of the difference and of this are within 4u."""
    _, below = exponentials(spacing, 0, max(highest, 0))
    gains = (1 - below) * (1 + 4 * UNIT)
    gains[0] = 0.0
    return np.asarray(gains)


def _half(masses: Array, lowest: int, n: int, coordinates: int) -> dict[tuple[int, ...], Array]:
    """The law of the sum of so many losses, from above, for every type.

    A sum of k losses of at most −(n − k) times the last node is no part of a positive sum of n, and gains nothing: only
    nodes from there on, or from k times the lowest, are kept.
    """
    last = lowest + masses.shape[1] - 1
    sums: dict[tuple[int, ...], Array] = {(): np.ones(1)}
    for k in range(1, coordinates + 1):
        kept = k * last - max(k * lowest, -(n - k) * last) + 1
        found = {
            (*kinds, row): np.convolve(law, masses[row])[-kept:]
            for kinds, law in sums.items()
            for row in range(kinds[-1] if kinds else 0, len(masses))
        }
        sums = dict(zip(found, raised(np.array(list(found.values())), masses.shape[1]), strict=True))
    return sums
