"""Balls: a real number known to lie within a radius of a midpoint, and what can be said for certain of such numbers.

A ball is an :class:`flint.arb`.  Every function here and in the modules that build on it returns a ball that contains
the exact value; a comparison answers True, False, or None where the balls do not decide it.  A ball that is not finite
contains everything and decides nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from numbers import Integral
from typing import Any

from flint import arb, ctx, fmpq

from ..errors import InputError

START_BITS = 64
MOST_BITS = 4096

Ball = Any
"""A :class:`flint.arb`, which mypy does not know."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work with ``bits`` of mantissa inside the context; what was set before is restored."""
    if bits < 2:
        raise InputError(f"precision of {bits} bits: expected at least 2")
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def rational(value: Any) -> Fraction:
    """An exact number as a fraction: int, Fraction, SymPy Rational, or a float, which is the dyadic number it holds.

    Raises:
        InputError: for NaN, an infinity, or anything that is not an exact number.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, Integral):
        return Fraction(int(value))
    if isinstance(value, float):
        if math.isfinite(value):
            return Fraction(value)
    elif getattr(value, "is_Rational", False):
        return Fraction(int(value.p), int(value.q))
    elif getattr(value, "is_Float", False):
        return float_value(value)
    raise InputError(f"{value!r}: expected an exact finite number (an int, a Fraction, a float, a SymPy Rational)")


def float_value(value: Any) -> Fraction:
    """The value of a SymPy Float that is the decimal it prints as, such as 0.5; 0.1 is not 1/10 and is refused."""
    import sympy

    held = sympy.Rational(value)
    if held != sympy.Rational(str(value)):
        raise InputError(f"the Float {value} holds another number than it prints: write Rational('{value}')")
    return Fraction(int(held.p), int(held.q))


def ball(value: Any) -> Ball:
    """A ball that contains an exact number (see :func:`rational`), rounded at the present precision; balls pass."""
    if isinstance(value, arb):
        return value
    exact = rational(value)
    return arb(fmpq(exact.numerator, exact.denominator))


def interval(low: Any, high: Any) -> Ball:
    """A ball that contains [low, high], both exact numbers or balls.

    Raises:
        InputError: if low > high.
    """
    first, last = ball(low), ball(high)
    if first > last:
        raise InputError(f"interval [{low}, {high}]: expected its lower end first")
    return first.union(last)


def ends(value: Ball) -> tuple[Fraction, Fraction]:
    """The ends of a finite ball as fractions, exact whatever the present precision."""
    if not value.is_finite():
        raise InputError(f"{value}: expected a finite ball")
    middle, radius = _dyadic(value.mid()), _dyadic(value.rad())
    return middle - radius, middle + radius


def _dyadic(value: Ball) -> Fraction:
    mantissa, exponent = (int(part) for part in value.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent


def sign(value: Ball) -> int | None:
    """1, −1 or, for the exact zero, 0; None where the ball does not decide."""
    if not value.is_finite():
        return None
    if value > 0:
        return 1
    if value < 0:
        return -1
    return 0 if value.is_zero() else None


def less(left: Any, right: Any) -> bool | None:
    """Whether left < right, both balls or exact numbers; None where they do not decide."""
    a, b = ball(left), ball(right)
    if not (a.is_finite() and b.is_finite()):
        return None
    return True if a < b else False if a >= b else None


def at_most(left: Any, right: Any) -> bool | None:
    """Whether left ≤ right, both balls or exact numbers; None where they do not decide."""
    beyond = less(right, left)
    return None if beyond is None else not beyond


def holds(left: Any, relation: str, right: Any) -> bool | None:
    """Whether ``left relation right``, the relation one of <, <=, =, >=, >; None where the balls do not decide."""
    if relation in ("<", "<="):
        return less(left, right) if relation == "<" else at_most(left, right)
    if relation in (">", ">="):
        return less(right, left) if relation == ">" else at_most(right, left)
    if relation != "=":
        raise InputError(f"relation {relation!r}: expected one of <, <=, =, >=, >")
    a, b = ball(left), ball(right)
    if not (a.is_finite() and b.is_finite()):
        return None
    if a.is_exact() and b.is_exact():
        return bool(a == b)
    return None if a.overlaps(b) else False


def decide_sign(of_bits: Callable[[int], Ball], start: int = START_BITS, most: int = MOST_BITS) -> int | None:
    """The sign of a number from ever smaller balls around it: 1, −1, 0 for an exact zero, or None if none decides.

    Args:
        of_bits: the ball at a precision; it is called at ``start`` bits, then at twice as many, up to ``most``.
        start: bits to begin with.
        most: bits beyond which it is left undecided.
    """
    bits = start
    while bits <= most:
        with precision(bits):
            found = sign(of_bits(bits))
        if found is not None:
            return found
        bits *= 2
    return None


def nearest_float(value: Any) -> float:
    """About an exact number or a ball, for display; ±∞ beyond the range of float64."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def text(value: Ball, digits: int = 10) -> str:
    """A ball as decimal text, ``[mid +/- radius]`` or a number all of whose digits are right."""
    return str(value.str(digits))
