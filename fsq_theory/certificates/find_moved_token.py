"""Finding certificates of moved tokens: rows as long as their bounds allow, and changes of sign by bisection."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..balls.arithmetic import ball, precision
from ..errors import InputError
from .crossings_kind import CLAIM
from .crossings_kind import statement as crossings_statement
from .decimals import bound_text, decimal
from .moved_token import Move, decrease, gain, high_ratio, loss, low_ratio
from .moved_token_kind import BASES, margin
from .moved_token_kind import statement as moved_token_statement

GRIDS = (256, 1024, 4096, 12288)
"""Cells that are tried, from the cheapest."""

WORTH = 0.75
"""A finer grid is used where it makes a row longer by more than this factor's inverse."""


def find_interval(
    base: str, n: int, first: str, last: str, gaps: Sequence[int], bits: int = 96, low: bool = False, high: int = 0
) -> dict[str, Any]:
    """A certificate that a moved token wins at every ρ from ``first`` to ``last``.

    Args:
        base: ``2`` or ``3 or more``.
        n: dimension.
        first: where to begin, a decimal.
        last: where to end, a decimal.
        gaps: values of m to try.
        bits: precision.
        low: whether it also wins from 0 on.
        high: m of the argument for all ρ from ``last`` on, or 0 for none.

    Raises:
        InputError: where none of the moves is seen to win.
    """
    rows: list[list[Any]] = []
    place, end = decimal(first), decimal(last)
    text = first
    with precision(bits):
        while place < end:
            ends = {m: _reach(Move(BASES[base], n, m), place, end, GRIDS[0]) for m in gaps}
            m = max(ends, key=lambda m: ends[m])
            reached, cells = ends[m], GRIDS[0]
            for count in GRIDS[1:]:
                further = _reach(Move(BASES[base], n, m), place, end, count) if reached < end else end
                if reached - place >= WORTH * (further - place) and reached > place:
                    break
                reached, cells = further, count
            if reached <= place:
                raise InputError(f"ρ = {text}: no move of m in {list(gaps)} is seen to win")
            move = Move(BASES[base], n, m)
            rows.append([text, m, cells, bound_text(margin(move, place, reached, cells), "lower")])
            place, text = reached, last if reached == end else _text(reached)
        rows.append([last, 0, 0, "0"])
        below = bound_text(_quotient(low_ratio(n, decimal(first))), "upper") if low else None
        above = [high, bound_text(_quotient(high_ratio(Move(BASES[base], n, high), end)), "upper")] if high else None
    made = {"base": base, "n": n, "low": below, "rows": rows, "high": above, "bits": bits}
    return {"kind": "moved-token", "claim": CLAIM, "statement": moved_token_statement(made)} | made


def find_crossings(n: int, gaps: Sequence[int], decimals: int = 3, bits: int = 96) -> dict[str, Any]:
    """A certificate of where G − Λ changes sign in base 2, for each m, between neighbouring decimals."""
    rows = []
    with precision(bits):
        for m in gaps:
            move, unit = Move(False, n, m), Fraction(1, 10**decimals)
            low, high = 40, 80
            while not _wins(move, Fraction(high, 100), GRIDS[0]):
                high += 40
            low, high = low * 10**decimals // 100, high * 10**decimals // 100
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if _wins(move, middle * unit, GRIDS[2]) else (middle, high)
            below, above = low * unit, high * unit
            for cells in GRIDS:
                lost, won = gain(move, below, cells, upper=True), gain(move, above, cells)
                if lost < loss(move, below) and won > loss(move, above):
                    break
            else:
                raise InputError(f"m = {m}: {_text(below)} and {_text(above)} are not decided")
            rows.append([m, _text(below), _text(above), cells, bound_text(lost, "upper")])
            rows[-1] += [bound_text(loss(move, below), "lower"), bound_text(won, "lower")]
            rows[-1] += [bound_text(loss(move, above), "upper")]
    made = {"n": n, "rows": rows, "bits": bits}
    return {"kind": "moved-token-crossings", "claim": CLAIM, "statement": crossings_statement(made)} | made


def _wins(move: Move, rho: Fraction, cells: int) -> bool:
    return bool(gain(move, rho, cells) > loss(move, rho))


def _reach(move: Move, low: Fraction, most: Fraction, cells: int) -> Fraction:
    """About how far from ``low`` one row reaches, at two digits of its length; ``low`` itself if nowhere."""
    least = gain(move, low, cells)

    def holds(width: float) -> bool:
        high = low + Fraction(width)
        return bool(least - decrease(move, low, high) * ball(high - low) > loss(move, high))

    longest = float(most - low)
    if longest > 0 and holds(longest):
        return most
    down, up = math.log(1e-7), math.log(longest)
    if not holds(1e-7):
        return low
    while up - down > 0.03:
        middle = (down + up) / 2
        down, up = (middle, up) if holds(math.exp(middle)) else (down, middle)
    width = 0.98 * math.exp(down)
    unit = Fraction(10) ** (math.floor(math.log10(width)) - 1)
    return math.floor((low + Fraction(width)) / unit) * unit


def _quotient(sides: tuple[Any, Any]) -> Any:
    return sides[0] / sides[1]


def _text(value: Fraction) -> str:
    """A finite decimal, written out."""
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    return f"{float(value):.{digits}f}"
