"""Grids of unequal levels and what is done to their coarse axes: the errors of both, bounded from the two sides.

The axes with the most levels L are fine, with spacing δ = 2/(L − 1), the others coarse; p is the parity of the sum of a
token's fine indices.  *Staggered by τ*, index j of a coarse axis of M levels lies at −1 + (j + τp)Δ', Δ' = 2/(M − 1 +
τ).  *Pulled in by c*, in two dimensions, the coarse coordinate of tokens with p = 1 is multiplied by 1 − c.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from flint import arb

from ..balls.arithmetic import Ball, ball
from ..codebooks.exact_points import ExactPoints, exact_points
from ..denoiser.accuracy.certified import certified_fsq_error
from ..denoiser.accuracy.certified_pairs import tail
from ..errors import InputError

MOVES = ("staggered", "pulled in")
ONE_BY_ONE = 256
"""Distances that the union bound takes one by one; beyond, those within 1 % of each other as the least of them."""

Distances = dict[Fraction, int]
"""How many ordered pairs of tokens there are at a squared distance."""


@dataclass(frozen=True)
class Grid:
    """A grid with its coarse axes moved.

    Attributes:
        levels: L_1, …, L_n, not all equal.
        move: ``staggered`` or ``pulled in``.
        by: τ or c, between 0 and 1.
    """

    levels: tuple[int, ...]
    move: str
    by: Fraction

    def __post_init__(self) -> None:
        """Refuse equal levels, and moves that are none."""
        if len(self.levels) < 2 or min(self.levels) < 2 or min(self.levels) == max(self.levels):
            raise InputError(
                f"levels {list(self.levels)}: expected at least two axes, not all equal, each of 2 or more"
            )
        if self.move not in MOVES or not 0 < self.by < 1:
            raise InputError(f"{self.move!r} by {self.by}: expected {' or '.join(MOVES)} by a number between 0 and 1")
        if self.move == "pulled in" and len(self.levels) > 2:
            raise InputError(f"levels {list(self.levels)}: expected two axes to pull one in")

    @property
    def tokens(self) -> int:
        """The number of tokens K."""
        return math.prod(self.levels)

    @property
    def fine(self) -> int:
        """L, the most levels of an axis."""
        return max(self.levels)

    def place(self, levels: int, index: int, parity: int) -> Fraction:
        """The coordinate of an index on an axis."""
        if levels == self.fine:
            return Fraction(2 * index, levels - 1) - 1
        if self.move == "staggered":
            return (index + self.by * parity) * 2 / (levels - 1 + self.by) - 1
        return (Fraction(2 * index, levels - 1) - 1) * (1 - self.by * parity)

    @cached_property
    def codes(self) -> ExactPoints:
        """The codes, listed exactly, in two dimensions."""
        rows = []
        for token in itertools.product(*(range(count) for count in self.levels)):
            parity = sum(i for i, count in zip(token, self.levels, strict=True) if count == self.fine) % 2
            rows.append([self.place(count, i, parity) for i, count in zip(token, self.levels, strict=True)])
        return exact_points(rows)

    @cached_property
    def distances(self) -> Sequence[tuple[Fraction, int]]:
        """Squared distances with the number of ordered pairs, ascending; far ones grouped from below."""
        if self.move == "staggered":
            found = self._by_differences()
        else:
            found = {}
            for i, j in itertools.permutations(range(self.tokens), 2):
                square = self.codes.unit**2 * self.codes.square(i, j)
                found[square] = found.get(square, 0) + 1
        ascending = sorted(found.items())
        grouped = ascending[:ONE_BY_ONE]
        for square, count in ascending[ONE_BY_ONE:]:
            least, so_far = grouped[-1]
            if len(grouped) > ONE_BY_ONE and 100 * square < 102 * least:
                grouped[-1] = least, so_far + count
            else:
                grouped.append((square, count))
        return grouped

    def _by_differences(self) -> Distances:
        """Pairs by the differences of their indices: L − |d| differ by d on an axis of L levels.

        Where the fine ones add up to an odd number, tokens are τ apart along coarse axes as well, with a sign that the
        mirror image of all coarse differences changes; so it may be +.
        """
        fine = [(count, Fraction(2, count - 1), Fraction(0)) for count in self.levels if count == self.fine]
        coarse = [count for count in self.levels if count != self.fine]
        total: Distances = {}
        for odd in (0, 1):
            across = [(count, 2 / (count - 1 + self.by), self.by * odd) for count in coarse]
            along: Distances = {}
            for part in _parity_parts([(count, step) for count, step, _ in fine], odd):
                along[part[0]] = along.get(part[0], 0) + part[1]
            beside = _joined(_axis(count, step, shift) for count, step, shift in across)
            for square, count in along.items():
                for other, times in beside.items():
                    total[square + other] = total.get(square + other, 0) + count * times
        del total[Fraction(0)]  # each token and itself
        return total

    def union(self, r: Fraction) -> Ball:
        """(1/K) Σ_{i≠j} Φ(−r d_ij/2), at least the error of the moved grid, as a ball; it decreases with r."""
        scaled = ((count, r * r * square / 4) for square, count in self.distances)
        return sum((count * tail(ball(h).sqrt()) for count, h in scaled), arb(0)) / self.tokens

    def grid_error(self, r: Fraction, bits: int) -> Ball:
        """A ball whose lower end bounds the error of the grid itself from below."""
        return certified_fsq_error(self.levels, r, bits=bits).lower

    def far_quotient(self, r: Fraction) -> Ball:
        """The union bound over the error of the m fine axes, 1 − (1 − e)^m, e = 2(1 − 1/L)Φ(−rδ/2); it falls with r.

        Every distance is above δ, so that every Φ(−rd/2)/Φ(−rδ/2) decreases with r, and the union bound over e with
        them; e/(1 − (1 − e)^m) = 1/Σ_{i<m}(1 − e)^i increases with e, which decreases with r.
        """
        if self.distances[0][0] <= Fraction(2, self.fine - 1) ** 2:
            raise InputError(f"{self.move} by {self.by}: expected every distance to be above 2/(L − 1)")
        one = 2 * (1 - arb(1) / self.fine) * tail(ball(r / (self.fine - 1)))
        return self.union(r) / -(self.levels.count(self.fine) * (-one).log1p()).expm1()


def _axis(count: int, step: Fraction, shift: Fraction) -> Distances:
    """((d + shift)·step)² for all differences d of indices, with the number of pairs."""
    found: Distances = {}
    for d in range(1 - count, count):
        square = ((d + shift) * step) ** 2
        found[square] = found.get(square, 0) + count - abs(d)
    return found


def _parity_parts(axes: Sequence[tuple[int, Fraction]], odd: int) -> Iterable[tuple[Fraction, int]]:
    """Squared distances along axes, with the number of pairs, for differences that add up to an even or odd number."""
    found: dict[tuple[int, Fraction], int] = {(0, Fraction(0)): 1}
    for count, step in axes:
        longer: dict[tuple[int, Fraction], int] = {}
        for (parity, square), pairs in found.items():
            for d in range(1 - count, count):
                key = (parity + d) % 2, square + (d * step) ** 2
                longer[key] = longer.get(key, 0) + pairs * (count - abs(d))
        found = longer
    return [(square, pairs) for (parity, square), pairs in found.items() if parity == odd]


def _joined(axes: Iterable[Mapping[Fraction, int]]) -> Distances:
    """Sums of one squared distance from each axis, with the number of pairs."""
    found: Distances = {Fraction(0): 1}
    for axis in axes:
        longer: Distances = {}
        for (square, pairs), (other, times) in itertools.product(found.items(), axis.items()):
            longer[square + other] = longer.get(square + other, 0) + pairs * times
        found = longer
    return found
