"""Bounding a function from above on one box: enclosures, slopes, and touching of zero at a face."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb

from ..claims.algebra import vanishes
from ..errors import InputError
from .arithmetic import MOST_BITS, Ball, ball, precision, rational
from .intervals import Interval, Maybe, add, multiply
from .program import Program, program

Ends = tuple[tuple[Fraction, Fraction], ...]
"""A box: the two ends of each symbol, equal for one that is fixed."""

HIGHEST_DERIVATIVE = 4
"""Order of contact with zero at a face up to which a box that touches it is decided."""

CHEAP_BITS = 512

MOST_FACES = 128
MOST_SIMPLIFIED = 16
"""Faces on which algebra is asked whether a derivative vanishes, and those of them on which it may take its time; no
more points than faces are given the most bits."""


@dataclass(frozen=True)
class Bound:
    """What was found of a function f on a box.

    Attributes:
        low: f is at least this on the box; None where it may be undefined or unbounded.
        high: f is at most this; None likewise.
        face: a part of the box where f is as large as anywhere in the box: it differs where f is monotone.
        slopes: enclosures of ∂f/∂x_i on the face, None where there is none.
        settled: True if f ≤ 0 (f < 0 if strict) everywhere in the box, False if not at ``point``, None if undecided.
        point: where it is not.
        final: undecided, and smaller boxes will not help.
    """

    low: Ball | None
    high: Ball | None
    face: Ends
    slopes: Sequence[Maybe]
    settled: bool | None = None
    point: tuple[Fraction, ...] | None = None
    final: bool = False


class Claim:
    """The claim f ≤ 0, or f < 0 if ``strict``, for f a SymPy expression in symbols that lie in a box.

    Symbols are replaced by ones that carry what the box says of them: real, their sign, integer where they were.
    """

    def __init__(self, expression: Any, domain: Mapping[Any, tuple[Any, Any]], strict: bool) -> None:
        self.symbols = tuple(domain)
        self.box: Ends = tuple(_checked(symbol, ends) for symbol, ends in domain.items())
        self.integer = tuple(symbol.is_integer is True for symbol in self.symbols)
        self.strict = strict
        self._variables = tuple(_variable(symbol, ends) for symbol, ends in zip(self.symbols, self.box, strict=True))
        renamed = dict(zip(self.symbols, self._variables, strict=True))
        self.expression = sp.sympify(expression, strict=True).xreplace(renamed)
        self.f = program(self.expression, self._variables)
        self._derivatives: dict[tuple[int, int], tuple[Any, Program] | None] = {}
        self._zeros: dict[tuple[int, int, Fraction], bool] = {}
        self._simplified = self._doubtful = 0

    def value(self, point: Sequence[Fraction], bits: int) -> Maybe:
        """F at an exact point, enclosed at a precision."""
        with precision(bits):
            return self.f.run(_intervals([(x, x) for x in point]))

    def lowest(self, box: Ends, bits: int) -> Ball | None:
        """A number that f is not below on a box."""
        with precision(bits):
            found = self.f.run(_intervals(box))
        return None if found is None else found[0]

    def sign_at(self, point: Sequence[Fraction], bits: int) -> int | None:
        """The sign of f at an exact point, refined until it is decided; 0 only if exact or by algebra."""
        found = self._refined(point, bits, CHEAP_BITS)
        if found is not None or self._doubtful >= MOST_FACES or self.value(point, CHEAP_BITS) is None:
            return found
        self._doubtful += 1
        if self._algebraic_zero(self._at(self.expression, dict(enumerate(point)))):
            return 0
        return self._refined(point, 2 * CHEAP_BITS, MOST_BITS)

    def signed_by_algebra(self, bits: int) -> Maybe:
        """The enclosure of f on the whole box, if f is defined there and algebra sees the sign claimed; else None."""
        seen = self.expression.is_negative if self.strict else self.expression.is_nonpositive
        if seen is not True:
            return None
        with precision(bits):
            return self.f.run(_intervals(self.box))

    def vanishes(self, bits: int) -> bool:
        """Whether f is defined on the whole box and algebra brings it to 0."""
        with precision(bits):
            defined = self.f.run(_intervals(self.box)) is not None
        return defined and self._algebraic_zero(self.expression)

    def bound(self, box: Ends, bits: int) -> Bound:
        """F on a box, at a precision: from above on the part of it where it is largest."""
        with precision(bits):
            natural = self.f.run(_intervals(box))
            if natural is None:
                return self._at_point(Bound(None, None, box, []), bits)
            low, high = natural
            if self._holds(high):
                return Bound(low, high, box, [], True)
            face, slopes = self._largest_face(box)
            if face != box:
                on_face = self.f.run(_intervals(face))
                high = high if on_face is None or on_face[1] > high else on_face[1]
            if all(first == last for first, last in face):
                return self._at_point(Bound(low, high, face, slopes), bits)
            middle = self.middle(face)
            centre = self.f.run(_intervals([(x, x) for x in middle]))
            if centre is not None and self._fails(centre[0]):
                return Bound(low, high, face, slopes, False, middle)
            centred = None if centre is None else _centred(centre, slopes, face, middle)
            if centred is not None and centred[1] < high:
                high = centred[1]
            if self._holds(high):
                return Bound(low, high, face, slopes, True)
            for i, (first, last) in enumerate(face):
                if first < last and not self.integer[i]:
                    for end in (first, last):
                        settled, point = self._from_face(face, i, end, bits)
                        if settled is not None:
                            return Bound(low, min(high, ball(0)), face, slopes, settled, point)
            return Bound(low, high, face, slopes)

    def _at_point(self, bound: Bound, bits: int) -> Bound:
        """The bound of a face that is a single point, decided there if it can be."""
        if any(first < last for first, last in bound.face):
            return bound
        point = tuple(first for first, _ in bound.face)
        found = self.sign_at(point, bits)
        if found is None:
            return Bound(bound.low, bound.high, bound.face, bound.slopes, final=True)
        holds = found < 0 or (found == 0 and not self.strict)
        high = None if bound.high is None else min(bound.high, ball(0)) if holds else bound.high
        return Bound(bound.low, high, bound.face, bound.slopes, holds, None if holds else point)

    def _holds(self, high: Ball) -> bool:
        return bool(high < 0 if self.strict else high <= 0)

    def _fails(self, low: Ball) -> bool:
        return bool(low >= 0 if self.strict else low > 0)

    def _refined(self, point: Sequence[Fraction], bits: int, most: int) -> int | None:
        while bits <= most:
            found = self.value(point, bits)
            if found is not None:
                low, high = found
                if low > 0 or high < 0:
                    return 1 if low > 0 else -1
                if low == high:
                    return 0
            bits *= 2
        return None

    def middle(self, box: Ends) -> tuple[Fraction, ...]:
        """A point near the middle of a box, with small denominators; integers for integers."""
        return tuple(near_middle(ends, Fraction(1, 8), whole) for ends, whole in zip(box, self.integer, strict=True))

    def _largest_face(self, box: Ends) -> tuple[Ends, list[Maybe]]:
        """The face that f grows towards, as far as slopes have a sign, and the slopes on it."""
        face = box
        while True:
            intervals = _intervals(face)
            slopes = [self._slope(i, intervals) if first < last else None for i, (first, last) in enumerate(face)]
            grown = tuple(
                ends
                if slope is None
                else (ends[1],) * 2
                if slope[0] >= 0
                else (ends[0],) * 2
                if slope[1] <= 0
                else ends
                for ends, slope in zip(face, slopes, strict=True)
            )
            if grown == face:
                return face, slopes
            face = grown

    def _slope(self, i: int, intervals: Sequence[Interval], order: int = 1) -> Maybe:
        found = self._derivative(i, order)
        return None if found is None else found[1].run(intervals)

    def _derivative(self, i: int, order: int) -> tuple[Any, Program] | None:
        """∂^m f/∂x_i^m and its program; None where the mean-value theorem does not apply or it has no enclosure."""
        if order == 0:
            return self.expression, self.f
        if (i, order) not in self._derivatives:
            self._derivatives[i, order] = None
            below = self._derivative(i, order - 1)
            if below is not None and (self.f.smooth if order > 1 else self.f.continuous):
                made = sp.diff(below[0], self._variables[i])
                with contextlib.suppress(InputError):
                    self._derivatives[i, order] = made, program(made, self._variables)
        return self._derivatives[i, order]

    def _from_face(
        self, box: Ends, i: int, end: Fraction, bits: int
    ) -> tuple[bool | None, tuple[Fraction, ...] | None]:
        """Whether f ≤ 0 on the box by Taylor's theorem from its face x_i = end.

        f = Σ_{j<m} ∂^j f(face) (x_i − end)^j/j! + ∂^m f(ξ) (x_i − end)^m/m!: every term is ≤ 0 if the derivatives up to
        m − 1, each times the sign of (x_i − end)^j, are ≤ 0 on the face, or 0 by algebra, and the m-th is on the box.
        """
        face = (*box[:i], (end, end), *box[i + 1 :])
        inwards = 1 if end == box[i][0] else -1
        on_face, on_box = _intervals(face), _intervals(box)
        for order in range(HIGHEST_DERIVATIVE + 1):
            found = self._derivative(i, order)
            if found is None:
                return None, None
            side = inwards**order
            everywhere, value = found[1].run(on_box), found[1].run(on_face)
            if everywhere is None or value is None:
                return None, None
            if order > 0 and _not_above(everywhere, side):
                return True, None
            if _not_above(value, side) and not (order == 0 and self.strict and not value[1] < 0):
                continue
            if not self._zero_on(face, i, order, bits):
                return None, None
            if order == 0 and self.strict:
                return False, self.middle(face)
        return None, None

    def _zero_on(self, face: Ends, i: int, order: int, bits: int) -> bool:
        """Whether ∂^m f/∂x_i^m vanishes identically where x_i has its value on the face, by algebra."""
        end = face[i][0]
        if (i, order, end) in self._zeros:
            return self._zeros[i, order, end]
        found = self._derivative(i, order)
        assert found is not None
        # Points of the face that no simple zero set has in common, so that algebra is seldom asked in vain.
        with precision(4 * bits):
            for share in (Fraction(1, 2), Fraction(2, 7), Fraction(9, 13)):
                point = [first + share * (last - first) for first, last in face]
                value = found[1].run(_intervals([(x, x) for x in point]))
                if value is None or not value[0] <= 0 <= value[1] or value[1] - value[0] > arb(2) ** -bits:
                    return False
        if len(self._zeros) >= MOST_FACES:
            return False
        there = self._at(found[0], {i: end})
        vanishing = bool(there == 0)
        if not vanishing and self._simplified < MOST_SIMPLIFIED:
            self._simplified += 1
            vanishing = vanishes(there)
        self._zeros[i, order, end] = vanishing
        return vanishing

    def _at(self, expression: Any, values: Mapping[int, Fraction]) -> Any:
        return expression.subs({self._variables[i]: sp.Rational(x.numerator, x.denominator) for i, x in values.items()})

    def _algebraic_zero(self, expression: Any) -> bool:
        return bool(expression == 0 or vanishes(expression))


def near_middle(ends: tuple[Fraction, Fraction], share: Fraction, whole: bool = False) -> Fraction:
    """The fraction of least denominator within a share of the width around the middle; rounded down for integers."""
    low, high = ends
    centre, reach = (low + high) / 2, (high - low) * share
    if whole:
        return Fraction(centre.__floor__())
    return simplest(centre - reach, centre + reach)


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction in [low, high] with the least denominator, and among those the least numerator in size."""
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -simplest(-high, -low)
    terms = []
    while True:
        whole = low.__ceil__()
        if whole <= high:
            found = Fraction(whole)
            break
        floor = low.__floor__()
        terms.append(floor)
        low, high = 1 / (high - floor), 1 / (low - floor)
    for term in reversed(terms):
        found = term + 1 / found
    return found


def _checked(symbol: Any, ends: tuple[Any, Any]) -> tuple[Fraction, Fraction]:
    """The ends of a symbol's range as fractions, agreeing with the symbol's own assumptions."""
    if not getattr(symbol, "is_Symbol", False):
        raise InputError(f"domain of {symbol!r}: expected a SymPy Symbol")
    if not (isinstance(ends, tuple) and len(ends) == 2):
        raise InputError(f"domain of {symbol}: expected a pair (low, high), got {ends!r}")
    low, high = (rational(end) for end in ends)
    if symbol.is_integer:
        low, high = Fraction(low.__ceil__()), Fraction(high.__floor__())
    if low > high:
        raise InputError(f"domain of {symbol}: [{ends[0]}, {ends[1]}] is empty")
    if (symbol.is_nonnegative and low < 0) or (symbol.is_nonpositive and high > 0) or symbol.is_real is False:
        raise InputError(f"domain of {symbol}: [{low}, {high}] contradicts the symbol's assumptions")
    return low, high


def _variable(symbol: Any, ends: tuple[Fraction, Fraction]) -> Any:
    """A symbol with the assumptions that its range allows."""
    low, high = ends
    known = {"positive": low > 0, "nonnegative": low >= 0, "negative": high < 0, "nonpositive": high <= 0}
    kind = {"integer": True} if symbol.is_integer else {"real": True}
    return sp.Dummy(symbol.name, **kind, **{name: True for name, true in known.items() if true})


def _intervals(box: Sequence[tuple[Fraction, Fraction]]) -> list[Interval]:
    return [(ball(first).lower(), ball(last).upper()) for first, last in box]


def _not_above(value: Interval, side: int) -> bool:
    """Whether side·value ≤ 0."""
    return bool(value[1] <= 0 if side > 0 else value[0] >= 0)


def _centred(centre: Interval, slopes: Sequence[Maybe], box: Ends, middle: Sequence[Fraction]) -> Maybe:
    """The mean-value form f(c) + Σ_i ∂_i f(box)·(x_i − c_i)."""
    terms = [centre]
    for slope, (first, last), c in zip(slopes, box, middle, strict=True):
        if first == last:
            continue
        reach = (ball(first - c).lower(), ball(last - c).upper())
        term = None if slope is None else multiply(slope, reach)
        if term is None:
            return None
        terms.append(term)
    return add(terms)
