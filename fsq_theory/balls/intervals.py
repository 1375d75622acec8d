"""Intervals with exact ends, rounded outwards: the arithmetic by which expressions are enclosed on boxes.

An interval is a pair (low, high) of exact finite numbers (Arb numbers of radius 0), low ≤ high, that contains the value
of a function at every point of a box; None says that the function may be undefined or unbounded there.  Unlike a ball,
a pair keeps an end that is exactly 0, and with it the signs of roots, logarithms and powers of numbers ≥ 0.
Monotone functions are evaluated at the two ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flint import arb, fmpq

from .arithmetic import Ball

Interval = tuple[Ball, Ball]
Maybe = Interval | None

ZERO = arb(0)
ONE = arb(1)


def between(low: Ball, high: Ball) -> Maybe:
    """The interval from the lower end of one ball to the upper end of another; None if either is not finite."""
    first, last = low.lower(), high.upper()
    return (first, last) if first.is_finite() and last.is_finite() else None


def around(value: Ball) -> Maybe:
    """The interval of a ball."""
    return between(value, value)


def clipped(low: Ball, high: Ball, least: Ball | None, most: Ball | None) -> Maybe:
    """As :func:`between`, cut to the range that a function cannot leave."""
    made = between(low, high)
    if made is None:
        return None
    first, last = made
    if least is not None and first < least:
        first = least
    if most is not None and last > most:
        last = most
    return first, last


def hull(parts: Sequence[Interval]) -> Interval:
    """The smallest interval that contains all of some intervals."""
    first, last = parts[0]
    for low, high in parts[1:]:
        first, last = (low if low < first else first), (high if high > last else last)
    return first, last


def add(parts: Sequence[Interval]) -> Maybe:
    """x_1 + … + x_m."""
    low, high = parts[0]
    for part in parts[1:]:
        low, high = low + part[0], high + part[1]
    return between(low, high)


def negative(x: Interval) -> Interval:
    """−x."""
    return -x[1], -x[0]


def multiply(x: Interval, y: Interval) -> Maybe:
    """x·y for independent x and y."""
    (a, b), (c, d) = x, y
    if a >= 0 and c >= 0:
        return between(a * c, b * d)
    if b <= 0 and d <= 0:
        return between(b * d, a * c)
    if a >= 0 and d <= 0:
        return between(b * c, a * d)
    if b <= 0 and c >= 0:
        return between(a * d, b * c)
    products = [around(p) for p in (a * c, a * d, b * c, b * d)]
    if any(product is None for product in products):
        return None
    return hull([product for product in products if product is not None])


def integer_power(x: Interval, exponent: int) -> Maybe:
    """x^m for an integer m; None for m < 0 where x may be 0."""
    low, high = x
    if exponent < 0:
        if low <= 0 <= high:
            return None
        raised = integer_power(x, -exponent)
        return None if raised is None else between(ONE / raised[1], ONE / raised[0])
    if exponent % 2 == 1 or low >= 0:
        return between(low**exponent, high**exponent)
    if high <= 0:
        return between(high**exponent, low**exponent)
    return clipped(ZERO, (high if high > -low else -low) ** exponent, ZERO, None)


def rational_power(x: Interval, numerator: int, denominator: int) -> Maybe:
    """x^{p/q}, p/q not an integer, the real root of x ≥ 0; None where x may be negative, or 0 to a negative power."""
    low, high = x
    if low < 0 or (numerator < 0 and low <= 0):
        return None

    def root(value: Ball) -> Ball:
        if denominator == 2:
            return value.sqrt() ** numerator
        return value ** fmpq(numerator, denominator) if not value.is_zero() else value

    first, last = (low, high) if numerator > 0 else (high, low)
    return clipped(root(first), root(last), ZERO, None)


def real_power(x: Interval, y: Interval) -> Maybe:
    """x^y = e^{y log x} for x > 0, or x ≥ 0 if y > 0, where 0^y = 0; integer powers where y is one exactly."""
    low, high = x
    if y[0] == y[1] and y[0].is_integer():
        return integer_power(x, int(y[0].unique_fmpz()))
    if low < 0 or (low <= 0 and y[0] <= 0):
        return None
    if high <= 0:
        return ZERO, ZERO
    if low > 0:
        logarithm = log(x)
        exponent = None if logarithm is None else multiply(logarithm, y)
        return None if exponent is None else exp(exponent)
    # From x = 0 upwards the largest power is at the upper end of x, whichever y > 0 makes it largest.
    top = log((high, high))
    exponent = None if top is None else multiply(top, y)
    largest = None if exponent is None else exp(exponent)
    return None if largest is None else (ZERO, largest[1])


def exp(x: Interval) -> Maybe:
    """e^x."""
    return clipped(x[0].exp(), x[1].exp(), ZERO, None)


def log(x: Interval) -> Maybe:
    """log x; None where x may be 0 or negative."""
    return between(x[0].log(), x[1].log()) if x[0] > 0 else None


def absolute(x: Interval) -> Interval:
    """|x|."""
    low, high = x
    if low >= 0:
        return x
    if high <= 0:
        return negative(x)
    return ZERO, (high if high > -low else -low)


def smallest(parts: Sequence[Interval]) -> Interval:
    """min(x_1, …, x_m)."""
    return negative(largest([negative(part) for part in parts]))


def largest(parts: Sequence[Interval]) -> Interval:
    """max(x_1, …, x_m)."""
    first, last = parts[0]
    for low, high in parts[1:]:
        first, last = (low if low > first else first), (high if high > last else last)
    return first, last


def sign(x: Interval) -> Interval:
    """The sign of x; where x may be 0, all of [−1, 1]: every slope between those of |x| on its two sides."""
    return (ONE, ONE) if x[0] > 0 else (-ONE, -ONE) if x[1] < 0 else (-ONE, ONE)


def step(x: Interval) -> Interval:
    """Heaviside's step of x; where x may be 0, all of [0, 1]."""
    return (ONE, ONE) if x[0] > 0 else (ZERO, ZERO) if x[1] < 0 else (ZERO, ONE)


def normal_distribution(x: Interval) -> Maybe:
    """Φ(x) = ½ erfc(−x/√2), to relative accuracy far out on the left."""
    root = arb(2).sqrt()
    return clipped((-x[0] / root).erfc() / 2, (-x[1] / root).erfc() / 2, ZERO, ONE)


def normal_density(x: Interval) -> Maybe:
    """φ(x) = e^{−x²/2}/√(2π), largest at 0."""
    low, high = absolute(x)
    root = (2 * arb.pi()).sqrt()
    return clipped((-high * high / 2).exp() / root, (-low * low / 2).exp() / root, ZERO, None)


def hyperbolic_cosine(x: Interval) -> Maybe:
    """Cosh x, least at 0."""
    low, high = absolute(x)
    return clipped(low.cosh(), high.cosh(), ONE, None)


def tangent(x: Interval) -> Maybe:
    """Tan x between two of its poles; None where one of them may lie in x."""
    branches = [(end / arb.pi() + arb(1) / 2).floor().unique_fmpz() for end in x]
    if branches[0] is None or branches[0] != branches[1]:
        return None
    return between(x[0].tan(), x[1].tan())


def oscillating(function: Callable[[Ball], Ball]) -> Callable[[Interval], Maybe]:
    """Sin or cos: by its value and slope at the middle, cut to [−1, 1]."""

    def evaluate(x: Interval) -> Maybe:
        value = function(x[0] if x[0] == x[1] else x[0].union(x[1]))
        return clipped(value, value, -ONE, ONE)

    return evaluate


def within(x: Interval, start: Ball | None, stop: Ball | None) -> bool:
    """Whether an interval, whose ends are exact, lies in [start, stop]."""
    return not ((start is not None and x[0] < start) or (stop is not None and x[1] > stop))


def increasing(
    function: Callable[[Ball], Ball],
    least: Ball | None = None,
    most: Ball | None = None,
    start: Ball | None = None,
    stop: Ball | None = None,
) -> Callable[[Interval], Maybe]:
    """An increasing function with values in [least, most], defined on [start, stop]."""

    def evaluate(x: Interval) -> Maybe:
        return clipped(function(x[0]), function(x[1]), least, most) if within(x, start, stop) else None

    return evaluate


def decreasing(
    function: Callable[[Ball], Ball],
    least: Ball | None = None,
    most: Ball | None = None,
    start: Ball | None = None,
    stop: Ball | None = None,
) -> Callable[[Interval], Maybe]:
    """A decreasing function with values in [least, most], defined on [start, stop]."""

    def evaluate(x: Interval) -> Maybe:
        return clipped(function(x[1]), function(x[0]), least, most) if within(x, start, stop) else None

    return evaluate


FUNCTIONS: dict[str, Callable[[Interval], Any]] = {
    "exp": exp,
    "log": log,
    "Abs": absolute,
    "sign": sign,
    "Heaviside": step,
    "Phi": normal_distribution,
    "phi": normal_density,
    "erf": increasing(arb.erf, -ONE, ONE),
    "erfc": decreasing(arb.erfc, ZERO, arb(2)),
    "sin": oscillating(arb.sin),
    "cos": oscillating(arb.cos),
    "tan": tangent,
    "atan": increasing(arb.atan),
    "asin": increasing(arb.asin, start=-ONE, stop=ONE),
    "acos": decreasing(arb.acos, start=-ONE, stop=ONE),
    "sinh": increasing(arb.sinh),
    "cosh": hyperbolic_cosine,
    "tanh": increasing(arb.tanh, -ONE, ONE),
    "asinh": increasing(arb.asinh),
    "atanh": increasing(arb.atanh),
}
"""Functions of one argument by the name of the SymPy function."""
