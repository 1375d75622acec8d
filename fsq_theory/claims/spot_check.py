"""An independent look at a relation that algebra has shown: its two sides in numbers, at points that it should hold at.

It can only take a proof away.  Simplification is large code and now and then wrong, above all at branch cuts, at
exceptional points and under limits; a relation that is off at one point is false whatever simplification says.
"""

from __future__ import annotations

import random
from functools import cache
from typing import Any, Literal

POINTS = 8
DIGITS = 30
ROUNDING = 1e-15

Relation = Literal["=", "<=", "<"]

REALS = ("0", "1", "-1", "1/7", "-2/3", "3/2", "-5/2", "3", "5", "1/1000", "8/9", "20")
INTEGERS = ("0", "1", "-1", "2", "3", "-2", "4", "7")


@cache
def contradicted(left: Any, relation: Relation, right: Any) -> bool:
    """Whether ``left relation right`` fails beyond rounding at one of a few points.

    Every symbol takes rational values that its assumptions allow; complex ones, too, if it need not be real.  An
    inequality fails where a side is undefined, an equation does not.  Passed over are expressions that are not closed:
    unevaluated sums, integrals, derivatives, and functions that stand for any function.
    """
    import sympy as sp
    from sympy.core.function import AppliedUndef

    if any(side.has(sp.Sum, sp.Product, sp.Integral, sp.Derivative, sp.Limit, AppliedUndef) for side in (left, right)):
        return False
    symbols = sorted(left.free_symbols | right.free_symbols, key=lambda symbol: (symbol.name, str(symbol.assumptions0)))
    values = [_values(symbol) for symbol in symbols]
    if not all(values):
        return False
    draw = random.Random(0)
    # Each symbol at its first value, most often 0, where exceptions are; then anywhere.
    for kept in (*symbols, *[None] * (POINTS if symbols else 1)):
        point = {
            symbol: allowed[0] if symbol is kept else draw.choice(allowed)
            for symbol, allowed in zip(symbols, values, strict=True)
        }
        if _fails(left.xreplace(point), relation, right.xreplace(point)):
            return True
    return False


def _values(symbol: Any) -> list[Any]:
    """The trial values that the assumptions on a symbol allow."""
    import sympy as sp

    tried = [sp.Rational(text) for text in (INTEGERS if symbol.is_integer else REALS)]
    if symbol.is_extended_real is None:
        tried += [1 + 2 * sp.I, -2 + 4 * sp.I, -3 * sp.I / 2]
    return [
        value
        for value in tried
        if all(getattr(value, f"is_{name}", None) in (holds, None) for name, holds in symbol.assumptions0.items())
    ]


def _fails(left: Any, relation: Relation, right: Any) -> bool:
    """Whether the relation between two numbers fails, an equation by more than rounding."""
    import sympy as sp

    if left.has(sp.nan, sp.zoo, sp.oo, -sp.oo) or right.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        return relation != "="

    try:
        sides = [complex(sp.N(side, DIGITS)) for side in (left, right)]
        gap = complex(sp.N(right - left, DIGITS))
    except TypeError:  # no numbers
        return relation != "="
    except (ValueError, OverflowError, ZeroDivisionError):
        return False
    if any(side != side or abs(side) == float("inf") for side in (*sides, gap)):
        return False
    rounding = ROUNDING * (abs(sides[0]) + abs(sides[1])) + 10.0 ** (5 - DIGITS)
    if relation == "=":
        return abs(gap) > rounding
    if max(abs(side.imag) for side in sides) > rounding:
        return True
    return gap.real < -rounding or (relation == "<" and (right - left).is_zero is True)
