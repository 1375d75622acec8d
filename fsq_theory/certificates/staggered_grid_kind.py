"""Certificates that a grid of unequal levels is less accurate than itself with its coarse axes moved, on an interval.

``rows`` are [r, cells, quotient]: from this r to that of the next row the error of the moved grid is at most
``quotient`` < 1 times that of the grid, since no error grows with r: it is at most what it is here, and that of the
grid at least what it is at the next r.  In two dimensions both are exact; otherwise the former is bounded by the law of
a sum on a lattice with so many cells, or, for 0 cells, by the union bound.  In the last row, of 0 cells, the quotient
is "0", where the rows end, or what the quotient of the union bound and the error of the fine axes is at most, from this
r on.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from ..balls.arithmetic import Ball, precision
from ..denoiser.accuracy.certified import certified_error
from ..errors import InputError
from .check import demand, rows_of
from .decimals import decimal, is_bound, whole
from .files import Certificate
from .staggered_decisions import decided_rightly
from .staggered_grid import Grid

CLAIM = "mixed-levels-not-optimal"
NAMES = ("levels", "move", "by", "rows", "bits")
MOST_LEVELS, MOST_AXES, MOST_LISTED = 32, 8, 256
MOST_CELLS = 2**14
BITS = 96
ERROR_BITS = 64


def examine(certificate: Certificate) -> tuple[str, list[str]]:
    """Check each interval; the statement that they make, and what was found."""
    grid, rows = grid_of(certificate), rows_of(certificate, "rows", 3)
    places = [decimal(row[0]) for row in rows]
    if not places or places[0] <= 0 or any(a >= b for a, b in pairwise(places)):
        raise InputError("rows: expected ascending positive r")
    if len(rows) == 1 and rows[0][2] == "0":
        raise InputError("rows: expected an interval of r")
    if whole(rows[-1][1], 0, MOST_CELLS) != 0:
        raise InputError("rows: expected 0 cells in the last")
    if certificate["bits"] != BITS or isinstance(certificate["bits"], bool):
        raise InputError(f"bits {certificate['bits']!r}: expected {BITS}")
    with precision(BITS):
        for (text, cells, claimed), (low, high) in zip(rows, pairwise(places), strict=False):
            _below_one(text, claimed, quotient(grid, low, high, _cells(grid, cells)))
        text, _, claimed = rows[-1]
        if claimed != "0":
            _below_one(text, claimed, grid.far_quotient(places[-1]))
        errors = [float(grid.grid_error(place, ERROR_BITS)) for place in (places[0], places[-1])]
    findings = [f"{len(rows) - 1} intervals of r", f"the accuracy of the grid is {1 - errors[0]:.4f} at the least r"]
    if claimed != "0":
        findings.append(f"from r = {text} on by the union bound, where it is {1 - errors[1]:.4f}")
    return statement(certificate), findings


def quotient(grid: Grid, low: Fraction, high: Fraction, cells: int) -> Ball:
    """A ball whose upper end is above the quotient of the errors at every r of [low, high]."""
    return moved_error(grid, low, cells) / grid.grid_error(high, ERROR_BITS)


def moved_error(grid: Grid, r: Fraction, cells: int) -> Ball:
    """A ball whose upper end bounds the error of the moved grid from above."""
    if cells:
        return 1 - decided_rightly(grid, r, cells)
    return certified_error(grid.codes, r, bits=ERROR_BITS).upper if len(grid.levels) == 2 else grid.union(r)


def statement(certificate: Certificate) -> str:
    """What the parameters say, in words."""
    rows = certificate["rows"]
    last = f"{rows[-1][0]}]" if rows[-1][2] == "0" else "∞)"
    grid = grid_of(certificate)
    return stated(grid.levels, grid.move, certificate["by"], f"[{rows[0][0]}, {last}")


def stated(levels: tuple[int, ...], move: str, by: str, where: str) -> str:
    """That the grid is less accurate than the moved one at every r of the interval ``where``, such as ``[5.4, ∞)``."""
    how = (
        f"with the coarse axes staggered by {by}" if move == "staggered" else f"with the odd columns pulled in by {by}"
    )
    return f"At every r in {where} FSQ of levels {list(levels)} is less accurate than its tokens {how}."


def grid_of(certificate: Certificate) -> Grid:
    """The moved grid that the parameters name."""
    levels, move, by = certificate["levels"], certificate["move"], decimal(certificate["by"])
    if not isinstance(levels, list) or not 2 <= len(levels) <= MOST_AXES or not isinstance(move, str):
        raise InputError(f"levels {levels!r}, move {move!r}: expected a list of 2 to {MOST_AXES} numbers, and a word")
    grid = Grid(tuple(whole(count, 2, MOST_LEVELS) for count in levels), move, by)
    if len(levels) == 2 and grid.tokens > MOST_LISTED:
        raise InputError(f"levels {levels}: expected at most {MOST_LISTED} tokens in two dimensions")
    return grid


def _cells(grid: Grid, cells: Any) -> int:
    """A number of cells that the grid can be looked at with."""
    count = whole(cells, 0, MOST_CELLS)
    if count % 2 or (count and (len(grid.levels) == 2 or grid.move != "staggered")):
        raise InputError(f"{cells} cells: expected an even number, and 0 in two dimensions")
    return count


def _below_one(text: str, claimed: Any, found: Ball) -> None:
    demand(bool(found < 1) and is_bound(claimed, found, "upper"), f"r = {text}: at most {found}, not {claimed}")
