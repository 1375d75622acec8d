"""Certificates of where a moved token begins to beat base 2: G < Λ at one ρ and G > Λ at another, close above it.

``rows`` are [m, ρ_-, ρ_+, cells, G_-, Λ_-, G_+, Λ_+]: at ρ_- G is at most G_- and Λ at least Λ_- > G_-, and at ρ_+ G
is at least G_+ and Λ at most Λ_+ < G_+.
"""

from __future__ import annotations

from fractions import Fraction

from ..balls.arithmetic import precision
from ..errors import InputError
from .check import demand, rows_of
from .decimals import Side, decimal, is_bound, whole
from .files import Certificate
from .moved_token import MOST, Move, gain, loss
from .moved_token_kind import MOST_CELLS, bits_of

CLAIM = "accuracy-global-refuted"
LOWER_UPPER: tuple[Side, Side] = ("lower", "upper")
UPPER_LOWER: tuple[Side, Side] = ("upper", "lower")
NAMES = ("n", "rows", "bits")


def examine(certificate: Certificate) -> tuple[str, list[str]]:
    """Check each crossing; the statement that they make, and what was found."""
    n, bits = whole(certificate["n"], 2, MOST), bits_of(certificate)
    rows = rows_of(certificate, "rows", 8)
    if not rows:
        raise InputError("rows: expected at least one")
    with precision(bits):
        for row in rows:
            move, cells = Move(False, n, whole(row[0], 1, n)), whole(row[3], 1, MOST_CELLS)
            below, above = decimal(row[1]), decimal(row[2])
            if not 0 < below < above:
                raise InputError(f"m = {move.m}: expected 0 < {row[1]} < {row[2]}")
            lost = check_side(move, below, cells, row[4], row[5], wins=False)
            won = check_side(move, above, cells, row[6], row[7], wins=True)
            demand(lost, f"m = {move.m}, ρ = {row[1]}: G < Λ with the bounds claimed is not what is found")
            demand(won, f"m = {move.m}, ρ = {row[2]}: G > Λ with the bounds claimed is not what is found")
    return statement(certificate), [f"changes of sign, each between two enclosures of G and Λ: {len(rows)}"]


def check_side(move: Move, rho: Fraction, cells: int, gained: str, dropped: str, wins: bool) -> bool:
    """Whether G and Λ at ρ have the claimed bounds, and these the order that ``wins`` says."""
    found, lost = gain(move, rho, cells, upper=not wins), loss(move, rho)
    order = found > lost if wins else found < lost
    first, second = LOWER_UPPER if wins else UPPER_LOWER
    return bool(order) and is_bound(gained, found, first) and is_bound(dropped, lost, second)


def statement(certificate: Certificate) -> str:
    """What the parameters say, in words."""
    where = "; ".join(f"m = {row[0]}: G < Λ at {row[1]}, G > Λ at {row[2]}" for row in certificate["rows"])
    return f"In n = {certificate['n']} dimensions, base 2, ρ = r, with m coordinates of the moved token 0: {where}."
