"""Looking again at a point where a claim seems to fail: in balls, which decide; or in numbers, which are evidence."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from ..balls.arithmetic import Ball, ball, ends, holds
from ..errors import InputError
from .comparison import Comparison
from .enclosed import NoBall, enclosed, has_balls
from .measured import Margin, Measurer, measure
from .moves import Point

DIGITS = (8, 12, 16, 24, 32)
"""Digits of the ends of intervals: as many as it takes to tell two of them apart."""

STANDARD_ERRORS = 6.0
"""A margin must be this many standard errors from 0, by fresh samples, to count as evidence after many tries."""

SUSPICION = 3.0
"""Standard errors of a quick margin that make a point worth looking at again."""

TOUCH = 1e-9
"""Relative to the terms, an error below which a margin is known but for rounding."""

FRESH = 7_919
"""Added to a search's seed for the samples that confirm: none that the search has seen."""


@dataclass(frozen=True)
class Finding:
    """A point where a claim seems to fail.

    Attributes:
        point: the point.
        certified: whether balls decide that it fails.
        margin: as it was measured.
        found_by: the search that found it.
        enclosure: what balls say of both sides, for a certified one.
    """

    point: Point
    certified: bool
    margin: Margin
    found_by: str
    enclosure: str = ""

    @property
    def deviations(self) -> float:
        """The margin in standard errors."""
        return abs(self.margin.value) / self.margin.error if self.margin.error > 0 else float("inf")


def certify(comparison: Comparison, point: Point, margin: Margin) -> str | None:
    """What balls say of both sides if they show the claim to fail at a point; None if they do not, or there are none.

    Where there are codebooks the margin in numbers must exceed what rounding does, so that nothing is made of the last
    bit of a coordinate.
    """
    if comparison.margin.quantities and not may_fail(comparison, margin):
        return None
    return sides_text(comparison, point) if decided(comparison, point) is False else None


def decided(comparison: Comparison, point: Point) -> bool | None:
    """Whether balls show the claim to hold at a point, or all over a box, or to fail; None if neither."""
    found = _margin_ball(comparison, point)
    return None if found is None else holds(found, comparison.relation, ball(0))


def ties(comparison: Comparison, point: Point) -> bool:
    """Whether both sides are the same number, exactly, in balls."""
    found = _margin_ball(comparison, point)
    return found is not None and bool(found.is_zero())


def _margin_ball(comparison: Comparison, point: Point) -> Ball | None:
    try:
        return enclosed(comparison.margin, point) if has_balls(comparison.margin) else None
    except (NoBall, InputError, ValueError, ZeroDivisionError):
        return None


def sides_text(comparison: Comparison, point: Point) -> str:
    """Both sides at a point, each in an interval that balls vouch for."""
    balls = [enclosed(side, point) for side in comparison.sides]
    for digits in DIGITS:
        rounded = [_decimal_ends(value, digits) if value.is_finite() else None for value in balls]
        if None in rounded or _apart(*rounded):
            break
    return ", ".join(
        f"{side.expression} in {_interval_text(interval, digits)}"
        for side, interval in zip(comparison.sides, rounded, strict=True)
    )


Decimals = tuple[Decimal, Decimal]


def _apart(left: Decimals | None, right: Decimals | None) -> bool:
    """Whether two intervals have no point in common."""
    return left is not None and right is not None and (left[1] < right[0] or right[1] < left[0])


def _decimal_ends(value: Ball, digits: int) -> Decimals:
    """The ends of a ball, rounded outwards."""
    low, high = (
        Context(prec=digits, rounding=rounding).divide(Decimal(end.numerator), Decimal(end.denominator))
        for end, rounding in zip(ends(value), (ROUND_FLOOR, ROUND_CEILING), strict=True)
    )
    return low, high


def _interval_text(interval: Decimals | None, digits: int) -> str:
    """An interval, or the number that it is."""
    if interval is None:
        return "(−∞, ∞)"
    low, high = (f"{x:.{digits - 1}e}" if x and x.adjusted() < -3 else f"{x:g}" for x in interval)
    return low if interval[0] == interval[1] else f"[{low}, {high}]"


def may_fail(comparison: Comparison, margin: Margin) -> bool:
    """Whether bounds in floating point show a failure: then balls probably will."""
    if comparison.equation:
        return margin.lower > 0 or margin.upper < 0
    return margin.lower >= 0 if comparison.strict else margin.lower > 0


def seems_to_fail(comparison: Comparison, margin: Margin, deviations: float = STANDARD_ERRORS) -> bool:
    """Whether a margin is further beyond 0 than its error explains."""
    value = abs(margin.value) if comparison.equation else margin.value
    return value > deviations * margin.error


def look_again(comparison: Comparison, point: Point, found_by: str, seed: int) -> Finding | None:
    """Balls, or else careful numbers from fresh samples; None where neither shows a failure."""
    quick = measure(comparison.margin, point, Measurer(seed))
    enclosure = certify(comparison, point, quick)
    if enclosure is not None:
        return Finding(point, True, quick, found_by, enclosure)
    if decided(comparison, point):
        return None  # What seemed to fail was rounding.
    margin = measure(comparison.margin, point, Measurer(seed + FRESH, careful=True))
    return Finding(point, False, margin, found_by) if seems_to_fail(comparison, margin) else None


def touches(comparison: Comparison, margin: Margin) -> bool:
    """Whether both sides of a strict claim agree to rounding, so that nothing in numbers tells whether it holds."""
    return comparison.strict and abs(margin.value) <= margin.error <= TOUCH * max(margin.scale, 1e-300)


def closeness(comparison: Comparison, margin: Margin) -> float:
    """How close to failure a margin surely is, the larger the closer; NaN where the statement is not defined.

    It is 3 standard errors below what it seems to be, so that noise does not look like an approach.
    """
    value = abs(margin.value) if comparison.equation else margin.value
    return (value - SUSPICION * margin.error) / unit(comparison, margin)


def unit(comparison: Comparison, margin: Margin) -> float:
    """What margins are measured in: 1 for logarithms, the sum of the terms' absolute values for others."""
    return 1.0 if comparison.logarithmic or not margin.scale > 0 else margin.scale
