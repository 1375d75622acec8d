"""Numbers of a certificate: exact decimals as text, and bounds rounded outwards to them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Literal

from ..balls.arithmetic import Ball, ends
from ..errors import InputError

DIGITS = 15
"""Significant digits of a claimed bound."""

Side = Literal["lower", "upper"]

_DECIMAL = re.compile(r"-?\d{1,30}(\.\d{1,40})?(e-?\d{1,3})?", re.ASCII)


def decimal(value: Any) -> Fraction:
    """The exact value of a decimal such as ``"3.621"`` or ``"-1.25e-7"``.

    Raises:
        InputError: for anything but such text.
    """
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise InputError(f"{value!r}: expected a decimal number as text, such as '3.621'")
    return Fraction(value)


def whole(value: Any, least: int, most: int) -> int:
    """A whole number of a range; :class:`InputError` for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InputError(f"{value!r}: expected a whole number from {least} to {most}")
    return value


def bound_text(value: Ball, side: Side) -> str:
    """The lower end of a ball rounded down, or its upper end rounded up, to :data:`DIGITS` significant digits."""
    exact = ends(value)[side == "upper"]
    if exact == 0:
        return "0"
    unit, exponent = _unit(exact)
    count = exact / unit
    mantissa = -(-count.numerator // count.denominator) if side == "upper" else count.numerator // count.denominator
    digits = str(abs(mantissa))
    power = exponent + len(digits) - DIGITS  # rounding up may have added a digit
    return f"{'-' if mantissa < 0 else ''}{digits[0]}.{digits[1:DIGITS]}" + (f"e{power}" if power else "")


def is_bound(claimed: str, value: Ball, side: Side) -> bool:
    """Whether a claimed bound is that of the ball, to less than one unit of its last digit and never beyond."""
    exact = ends(value)[side == "upper"]
    slack = decimal(claimed) - exact if side == "upper" else exact - decimal(claimed)
    return 0 <= slack < _unit(exact)[0]


def _unit(value: Fraction) -> tuple[Fraction, int]:
    """One unit of the last of the :data:`DIGITS` significant digits, and the exponent of the first."""
    size = abs(value)
    exponent = len(str(size.numerator)) - len(str(size.denominator))
    if size and size < Fraction(10) ** exponent:
        exponent -= 1
    return Fraction(10) ** (exponent - DIGITS + 1), exponent
