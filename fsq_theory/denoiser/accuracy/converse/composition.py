"""E(1 − g_J e^{−(S_1 + … + S_n)})⁺ when each S_i has one of a few laws on the same nodes: the largest over all choices.

J is the number of coordinates in the marked block of their law; without marks g = 1.

Only the type matters: how many coordinates have which law.  Types of the first half of the coordinates are joined with
types of the second half, so that a few hundred convolutions serve many thousand types.  All numbers are masses or
gains, none negative, so float64 loses little (:mod:`.rounding`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from ....arrays import Array
from ....balls.arithmetic import ball, precision
from ....errors import InputError
from .rounding import BITS, UNIT, below, exponentials, raised

MOST_TYPES = 5000
"""Types of one half of the coordinates."""


@dataclass(frozen=True)
class TypeValues:
    """E(1 − g_J e^{−ΣS_i})⁺ from above for every type, a type of the first half joined with one of the second.

    Attributes:
        first: the law of each coordinate of the first half, ascending, a row a type.
        second: likewise for the second half.
        values: shape (types of the first half, types of the second).
    """

    first: tuple[tuple[int, ...], ...]
    second: tuple[tuple[int, ...], ...]
    values: Array

    def largest(self, surcharges: ArrayLike) -> tuple[float, tuple[int, ...]]:
        """The largest value + Σ_i δ of the law of coordinate i, from above, and its type; one δ ≥ 0 a law."""
        charge = np.asarray(surcharges)
        left, right = (charge[np.array(half, dtype=int)].sum(axis=1) for half in (self.first, self.second))
        totals = self.values + left[:, None]
        totals += right
        at = np.unravel_index(int(totals.argmax()), totals.shape)
        return float(raised(totals[at], 64)), tuple(sorted(self.first[at[0]] + self.second[at[1]]))

    def margins(self) -> Array:
        """How far types with c coordinates of a law are below the largest value at least, (laws, n + 1); ∞ for none."""
        laws = 1 + max(max(kind, default=0) for kind in (*self.first, *self.second))
        sizes = [len(half[0]) for half in (self.first, self.second)]
        margins = np.full((laws, sum(sizes) + 1), np.inf)
        top = self.values.max()
        for law in range(laws):
            counts = [np.array([kind.count(law) for kind in half]) for half in (self.first, self.second)]
            best = [self.values[counts[0] == a].max(axis=0, initial=-np.inf) for a in range(sizes[0] + 1)]
            for a, b in itertools.product(range(sizes[0] + 1), range(sizes[1] + 1)):
                margins[law, a + b] = min(margins[law, a + b], top - best[a][counts[1] == b].max(initial=-np.inf))
        return margins


def spare(margins: Array, room: float = 0.0) -> Array:
    """For each law what each coordinate with it may cost before a type exceeds the largest by more than that room."""
    return np.asarray(((margins[:, 1:] + room) / np.arange(1, margins.shape[1])).min(axis=1))


def type_values(
    masses: Array, lowest: int, spacing: Fraction, n: int, logs: Sequence[Fraction] = (Fraction(0),)
) -> TypeValues:
    """E(1 − g_J e^{−ΣS_i})⁺ over all choices of n of the laws, from above.

    Args:
        masses: shape (laws, blocks, N), on the losses (lowest + i) h, unmarked and, where there are two, marked.
        lowest: index of the first node.
        spacing: h.
        n: number of coordinates.
        logs: log g_0, …, log g_n; or one, for one block.

    Raises:
        InputError: for so many laws that half of the coordinates have over 5000 types, or another number of factors.
    """
    if len(logs) != n * (masses.shape[1] - 1) + 1:
        raise InputError(f"{len(logs)} factors, {masses.shape[1]} blocks, {n} coordinates: expected n + 1, or one")
    if comb(len(masses) + (n + 1) // 2 - 1, (n + 1) // 2) > MOST_TYPES:
        raise InputError(f"{len(masses)} laws, {n} coordinates: expected fewer, for {MOST_TYPES} types of half of them")
    last = lowest + masses.shape[2] - 1
    smallest = min(math.floor(min(logs) / spacing), 0)
    first = _half(masses, lowest, n, n // 2, smallest)
    second = first if n % 2 == 0 else _half(masses, lowest, n, n - n // 2, smallest)
    left, right = (np.array(list(half.values())) for half in (first, second))
    # The last nodes of the two are n // 2 and n − n // 2 times that of one.
    from_last = np.add.outer(np.arange(left.shape[2])[::-1], np.arange(right.shape[2])[::-1])
    values = np.zeros((len(left), len(right)))
    for j, log in enumerate(logs):
        gains = _gains(spacing, n * last - int(from_last[0, 0]), n * last, log)[from_last]
        for k in range(max(0, j - right.shape[1] + 1), min(j, left.shape[1] - 1) + 1):
            if second is first and 2 * k < j:
                continue
            part = left[:, k] @ (gains @ right[:, j - k].T)
            values += part
            if second is first and 2 * k > j:
                # Of two halves alike: j − k marks in the first and k in the second.
                values += part.T
    terms = len(logs) * left.shape[1] * (left.shape[2] + right.shape[2])
    return TypeValues(tuple(first), tuple(second), raised(values, terms))


def _gains(spacing: Fraction, lowest: int, highest: int, log: Fraction) -> Array:
    """At least (1 − g e^{−kh})⁺ for k = highest, …, lowest; rounding of the product, difference and this within 8u."""
    with precision(BITS):
        factor = below(ball(log).exp())
    _, nodes = exponentials(spacing, lowest, highest)
    gains = (1 - nodes * factor * (1 - 4 * UNIT)) * (1 + 8 * UNIT)
    # Exactly 0 up to k h = log g.
    gains[: max(math.floor(log / spacing) + 1 - lowest, 0)] = 0.0
    return np.asarray(np.maximum(gains, 0.0)[::-1])


def _half(masses: Array, lowest: int, n: int, coordinates: int, smallest: int) -> dict[tuple[int, ...], Array]:
    """The law of the sum of so many losses and of the count of marks, from above, for every type.

    A sum of k losses that is below the smallest log of a factor by n − k times the last node is no part of a sum of n
    that gains: only nodes from there on, or from k times the lowest, are kept.
    """
    last = lowest + masses.shape[2] - 1
    sums: dict[tuple[int, ...], Array] = {(): np.ones((1, 1))}
    for k in range(1, coordinates + 1):
        kept = k * last - max(k * lowest, smallest - (n - k) * last) + 1
        found = {
            (*kinds, row): _added(law, masses[row], kept)
            for kinds, law in sums.items()
            for row in range(kinds[-1] if kinds else 0, len(masses))
        }
        sums = dict(zip(found, raised(np.array(list(found.values())), 2 * masses.shape[2]), strict=True))
    return sums


def _added(law: Array, one: Array, kept: int) -> Array:
    """The law of a sum and count, (counts, kept nodes), with one more coordinate, (blocks, N): 2N products a sum."""
    total = np.zeros((len(law) + len(one) - 1, law.shape[1] + one.shape[1] - 1))
    for j, part in enumerate(law):
        for block, mass in enumerate(one):
            total[j + block] += np.convolve(part, mass)
    return np.asarray(total[:, -kept:])
