"""E(1 − e^{−(S_1 + … + S_n)})⁺ when each S_i has one of a few laws on the same nodes: the largest over all choices.

Only the type matters: how many coordinates have which law.  Types of the first half of the coordinates are joined with
types of the second half, so that a few hundred convolutions serve many thousand types.  All numbers are masses or
gains, none negative, so float64 loses little (:mod:`.rounding`).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

import numpy as np

from ....arrays import Array
from ....balls.arithmetic import ball, precision
from ....errors import InputError
from .rounding import above, raised
from .step_density import BITS

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
        totals = self._charged(surcharges)
        at = np.unravel_index(int(totals.argmax()), totals.shape)
        return float(totals[at]), tuple(sorted(self.first[at[0]] + self.second[at[1]]))

    def by_count(self, surcharges: Sequence[float], law: int) -> Array:
        """The largest value + Σ_i δ, from above, over types with j coordinates of that law, for j = 0 … n."""
        totals = self._charged(surcharges)
        counts = [np.array([kind.count(law) for kind in half]) for half in (self.first, self.second)]
        largest = np.zeros(len(self.first[0]) + len(self.second[0]) + 1)
        for j, k in itertools.product(*(np.unique(count) for count in counts)):
            part = totals[np.ix_(counts[0] == j, counts[1] == k)].max()
            largest[j + k] = max(largest[j + k], part)
        return largest

    def _charged(self, surcharges: Sequence[float]) -> Array:
        charge = np.asarray(surcharges)
        left, right = (charge[np.array(half, dtype=int)].sum(axis=1) for half in (self.first, self.second))
        return np.asarray(raised(self.values + left[:, None] + right, 64))


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
    first = _half(masses, n // 2)
    second = first if n % 2 == 0 else _half(masses, n - n // 2)
    left, right = (np.array(list(half.values())) for half in (first, second))
    losses = n * lowest + np.add.outer(np.arange(left.shape[1]), np.arange(right.shape[1]))
    expected = _gains(spacing, int(losses[-1, -1]))[np.maximum(losses, 0)] @ right.T
    values = raised(left @ expected, left.shape[1] + right.shape[1])
    return TypeValues(tuple(first), tuple(second), values)


def _gains(spacing: Fraction, highest: int) -> Array:
    """At least 1 − e^{−kh} for k = 0 … highest; the highest may be below 0."""
    with precision(BITS):
        return np.array([0.0, *(above(-(-ball(spacing * k)).expm1()) for k in range(1, highest + 1))])


def _half(masses: Array, coordinates: int) -> dict[tuple[int, ...], Array]:
    """The law of the sum of so many losses, from above, for every type."""
    sums: dict[tuple[int, ...], Array] = {(): np.ones(1)}
    for _ in range(coordinates):
        sums = {
            (*kinds, row): raised(np.convolve(law, masses[row]), masses.shape[1])
            for kinds, law in sums.items()
            for row in range(kinds[-1] if kinds else 0, len(masses))
        }
    return sums
