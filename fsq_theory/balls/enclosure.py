"""An enclosure by its two ends: unlike a ball, it keeps both in relative terms however far apart they are."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flint import arb

from ..errors import InputError
from .arithmetic import Ball, ball, ends, less, precision, rational

DISPLAY_BITS = 64


@dataclass(frozen=True)
class Enclosure:
    """A real number between two others.

    Attributes:
        lower: an exact number in binary, a ball of radius 0 (or −∞), that the number is not below.
        upper: likewise (or ∞), that it is not above.
    """

    lower: Ball
    upper: Ball

    @classmethod
    def of(cls, value: Any, least: Any = None, most: Any = None) -> Enclosure:
        """The ends of a ball or an exact number, cut to what the number is known to be between.

        Args:
            value: the ball; one that is not finite tells nothing.
            least: a number that it is not below.
            most: a number that it is not above.
        """
        found = ball(value)
        whole = found.is_finite() or found in (arb("-inf"), arb("inf"))
        low, high = (found.lower(), found.upper()) if whole else (arb("-inf"), arb("inf"))
        # Arb's own min and max would round to the present precision; these choose.
        if least is not None:
            low = max(low, ball(least).lower())
        if most is not None:
            high = min(high, ball(most).upper())
        return cls(low, high)

    @property
    def ball(self) -> Ball:
        """A ball at the present precision that contains the number."""
        return self.lower.union(self.upper)

    @property
    def floats(self) -> tuple[float, float]:
        """Float64 numbers below and above; an end that float64 holds stays."""
        low, high = float(self.lower), float(self.upper)
        if not arb(low) <= self.lower:
            low = math.nextafter(low, -math.inf)
        if not arb(high) >= self.upper:
            high = math.nextafter(high, math.inf)
        return low, high

    @property
    def middle(self) -> float:
        """The middle in float64, for display: the end that is finite if only one is."""
        finite = [end for end in (self.lower, self.upper) if end.is_finite()]
        with precision(DISPLAY_BITS):
            return float(sum(finite, arb(0)) / len(finite)) if finite else float(self.upper)

    def accuracy_bits(self) -> float:
        """−log2 of the width relative to the larger end: inf for a number known exactly, at most 0 if it may be 0."""
        if self.lower == self.upper:
            return math.inf
        if not (self.lower.is_finite() and self.upper.is_finite() and (self.lower > 0 or self.upper < 0)):
            return 0.0
        # So many bits hold the difference of the ends without rounding, unless it is larger than one of them.
        with precision(self.lower.bits() + self.upper.bits() + DISPLAY_BITS):
            relative = (self.upper - self.lower) / max(abs(self.lower), abs(self.upper))
            return float(-(relative.log() / arb(2).log()))

    def contains(self, value: Any) -> bool:
        """Whether an exact number lies between the ends."""
        exact = rational(value)
        low, high = self.lower, self.upper
        return (not low.is_finite() or ends(low)[0] <= exact) and (not high.is_finite() or exact <= ends(high)[1])

    def overlaps(self, other: Enclosure) -> bool:
        """Whether both may enclose the same number."""
        return bool(self.lower <= other.upper and other.lower <= self.upper)

    def less_than(self, other: Enclosure) -> bool | None:
        """Whether this number is less than the other; None where the enclosures do not decide it."""
        if less(self.upper, other.lower):
            return True
        return None if less(self.lower, other.upper) else False


def total(parts: Iterable[tuple[Enclosure, int]]) -> Enclosure:
    """Σ m_i x_i for enclosures x_i and multiplicities m_i ≥ 0."""
    low, high = arb(0), arb(0)
    for part, count in parts:
        low, high = (low + count * part.lower).lower(), (high + count * part.upper).upper()
    return Enclosure(low, high)


def between(first: Enclosure, last: Enclosure) -> Enclosure:
    """All that lies in either: the values of a function that is monotone, from its enclosures at both ends."""
    return Enclosure(min(first.lower, last.lower), max(first.upper, last.upper))


def check_bits(bits: int) -> int:
    """The relative accuracy asked for, in bits, or :class:`InputError` outside 1 to 4096."""
    if isinstance(bits, bool) or not isinstance(bits, int) or not 1 <= bits <= 4096:
        raise InputError(f"bits = {bits!r}: expected a whole number from 1 to 4096")
    return bits
