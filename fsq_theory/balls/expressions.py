"""Enclosures of SymPy expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp
from flint import arb

from ..errors import InputError
from .arithmetic import START_BITS, Ball, ball, precision, rational
from .intervals import Interval, Maybe, around
from .program import program


def enclose(expression: Any, values: Mapping[Any, Any] | None = None, bits: int = START_BITS) -> Ball:
    """A ball that contains the expression's value wherever its symbols lie in the sets that ``values`` gives them.

    The real value: powers that are not integers are of numbers ≥ 0, logarithms of numbers > 0.  On a box it is the
    natural enclosure, in which every occurrence of a symbol counts as independent.

    Args:
        expression: sums, products, powers, the functions of :data:`.program.KNOWN` (exp, log, erf, Φ and φ of
            :mod:`fsq_theory.claims.normal`, …), Min, Max, Abs, Piecewise, sums over concrete ranges, π and e.
        values: for each symbol an exact number (int, Fraction, SymPy Rational, or a float, the dyadic that it is), a
            pair of two of them (low, high), or a ball.
        bits: mantissa of the arithmetic.

    Returns:
        The ball; NaN, which decides nothing, if the expression may be undefined or unbounded there: a divisor or the
        argument of a logarithm that may be 0, say.

    Raises:
        InputError: for a symbol without value, a function without enclosure (it is named), or a Float that is not the
            decimal number that it prints as.
    """
    found = enclose_between(expression, values, bits)
    if found is None:
        return arb("nan")
    low, high = found
    with precision(bits):
        return low if low == high else low.union(high)


def enclose_between(expression: Any, values: Mapping[Any, Any] | None = None, bits: int = START_BITS) -> Maybe:
    """Two exact numbers between which the expression lies; None where it may be undefined or unbounded.

    As :func:`enclose`, but sharper over a wide set: an end that is exactly 0 or 1 stays so, which a ball, whose radius
    has 30 bits, does not keep.
    """
    given = {} if values is None else dict(values)
    expression = sp.sympify(expression, strict=True)
    with precision(bits):
        box = [_interval(symbol, value) for symbol, value in given.items()]
        return program(expression, tuple(given)).run(box)


def _interval(symbol: Any, value: Any) -> Interval:
    """The set of values of a symbol, as an interval."""
    if isinstance(value, tuple):
        if len(value) != 2:
            raise InputError(f"{symbol} = {value}: expected a number or a pair (low, high)")
        low, high = (rational(end) for end in value)
        if low > high:
            raise InputError(f"{symbol} in [{low}, {high}]: expected the lower end first")
        first, last = ball(low).lower(), ball(high).upper()
        return first, last
    made = around(ball(value))
    if made is None:
        raise InputError(f"{symbol} = {value}: expected a finite ball")
    return made
