"""Finding certificates of moved grids: intervals of r as long as the errors at their ends allow."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..balls.arithmetic import precision
from ..errors import InputError
from .decimals import bound_text, decimal
from .staggered_grid import Grid
from .staggered_grid_kind import BITS, CLAIM, ERROR_BITS, moved_error, quotient, statement

FINEST = Fraction(1, 2**20)
"""The shortest interval that is tried, relative to r."""

CELLS = (0, 128, 512, 2048)
"""Cells that are tried, from the cheapest."""

WORTH = Fraction(1, 2)


def find_staggered_grid(
    levels: Sequence[int], move: str, by: str, first: str, last: str | None = None
) -> dict[str, Any]:
    """A certificate that the moved grid is the more accurate one from ``first`` to ``last``, or to ∞.

    Args:
        levels: of the grid.
        move: ``staggered`` or ``pulled in``.
        by: τ or c, a decimal.
        first: least r, a decimal.
        last: greatest r, a decimal; None for ∞.

    Raises:
        InputError: where an interval cannot be shown.
    """
    grid = Grid(tuple(levels), move, decimal(by))
    rows: list[list[Any]] = []
    text, place = first, decimal(first)
    length = place
    with precision(BITS):
        while True:
            if last is None and grid.far_quotient(place) < 1:
                rows.append([text, 0, bound_text(grid.far_quotient(place), "upper")])
                break
            if last is not None and place >= decimal(last):
                rows.append([last, 0, "0"])
                break
            reached, cells = _reach(grid, place, None if last is None else decimal(last), 2 * length)
            length = decimal(reached) - place
            rows.append([text, cells, bound_text(quotient(grid, place, decimal(reached), cells), "upper")])
            text, place = reached, decimal(reached)
    made = {"levels": list(levels), "move": move, "by": by, "rows": rows, "bits": BITS}
    return {"kind": "staggered-grid", "claim": CLAIM, "statement": statement(made)} | made


def _reach(grid: Grid, low: Fraction, most: Fraction | None, length: Fraction) -> tuple[str, int]:
    """How far from ``low`` the errors at the ends decide, a decimal, and with how many cells.

    Lengths are tried from one that is long; more cells are taken where they make it longer by a factor of 1/WORTH.
    """
    found: list[tuple[Fraction, str, int]] = []
    for cells in (0,) if len(grid.levels) == 2 else CELLS:
        error, tried = moved_error(grid, low, cells), length
        while tried > low * FINEST:
            high = low + tried if most is None else min(low + tried, most)
            text = _decimal(high, tried)
            if low < decimal(text) and error / grid.grid_error(decimal(text), ERROR_BITS) < 1:
                found.append((decimal(text) - low, text, cells))
                break
            tried *= Fraction(7, 8)
    if not found:
        raise InputError(f"r = {float(low):g}: no interval from here on is seen to be decided")
    longest = max(found)[0]
    return next((text, cells) for reached, text, cells in found if reached >= WORTH * longest)


def _decimal(value: Fraction, length: Fraction) -> str:
    """A value cut to a few digits of a length."""
    digits = 1
    while length * 10**digits < 20:
        digits += 1
    scaled = str(value.numerator * 10**digits // value.denominator).zfill(digits + 1)
    return f"{scaled[:-digits]}.{scaled[-digits:]}"
