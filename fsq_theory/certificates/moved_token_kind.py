"""Certificates that FSQ is beaten by one moved token at every ρ of an interval.

``rows`` are [ρ, m, cells, margin]: from this ρ to that of the next row the new token has m coordinates in gaps, and G
− Λ is at least ``margin`` > 0, since G is at least G(ρ) less its decrease and Λ at most what it is at the next ρ; the
last row is [ρ, 0, 0, "0"], where they end.  ``low`` is null or the bound on Λ/G that serves from 0 to the first row,
``high`` null or [m, bound], which serves from the last row on.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from ..balls.arithmetic import Ball, ball, precision
from ..errors import InputError
from .check import demand, rows_of
from .decimals import decimal, is_bound, whole
from .files import Certificate
from .moved_token import MOST, Move, decrease, gain, high_ratio, loss, low_ratio

CLAIM = "accuracy-global-refuted"
NAMES = ("base", "n", "low", "rows", "high", "bits")
BASES = {"2": False, "3 or more": True}
BITS = (96, 128)
MOST_CELLS = 2**14


def examine(certificate: Certificate) -> tuple[str, list[str]]:
    """Check the parts one after the other; the statement that they make, and what was found."""
    many, n, bits = base_of(certificate), whole(certificate["n"], 2, MOST), bits_of(certificate)
    rows = rows_of(certificate, "rows", 4)
    places = [decimal(row[0]) for row in rows]
    if len(rows) < 1 or any(a >= b for a, b in pairwise(places)) or places[0] <= 0:
        raise InputError("rows: expected ascending positive ρ")
    if rows[-1][1:] != [0, 0, "0"]:
        raise InputError('rows: expected the last to be [ρ, 0, 0, "0"]')
    if len(rows) == 1 and certificate["low"] is None and certificate["high"] is None:
        raise InputError("rows: expected an interval of ρ, since low and high are null")
    least: list[Fraction] = []
    with precision(bits):
        for row, (low, high) in zip(rows, pairwise(places), strict=False):
            move = Move(many, n, whole(row[1], 1, n))
            found = margin(move, low, high, whole(row[2], 1, MOST_CELLS))
            demand(bool(found > 0) and is_bound(row[3], found, "lower"), f"ρ = {row[0]}: G − Λ ≥ {found}, not {row[3]}")
            least.append(decimal(row[3]))
        if certificate["low"] is not None:
            demand(many, "low: G > Λ near 0 is for base 3 or more")
            _ratio("low", certificate["low"], low_ratio(n, places[0]))
        if certificate["high"] is not None:
            if not isinstance(certificate["high"], list) or len(certificate["high"]) != 2:
                raise InputError("high: expected [m, bound], or null")
            move = Move(many, n, whole(certificate["high"][0], 5, n))
            _ratio("high", certificate["high"][1], high_ratio(move, places[-1]))
    findings = [f"{len(least)} intervals of ρ, on each G − Λ ≥ {float(min(least)):.2e}"] if least else []
    if certificate["low"] is not None:
        findings.append(f"below ρ = {rows[0][0]} by orders of ρ")
    if certificate["high"] is not None:
        findings.append(f"from ρ = {rows[-1][0]} on by the union bound")
    return statement(certificate), findings


def margin(move: Move, low: Fraction, high: Fraction, cells: int) -> Ball:
    """A ball whose lower end is below G − Λ at every ρ of [low, high]."""
    return gain(move, low, cells) - decrease(move, low, high) * ball(high - low) - loss(move, high)


def statement(certificate: Certificate) -> str:
    """What the parameters say, in words."""
    rows = certificate["rows"]
    first = "(0" if certificate["low"] is not None else f"[{rows[0][0]}"
    last = "∞)" if certificate["high"] is not None else f"{rows[-1][0]}]"
    return stated(base_of(certificate), certificate["n"], f"{first}, {last}")


def stated(many: bool, n: int, where: str) -> str:
    """That FSQ is beaten at every ρ of the interval ``where``, such as ``(0, 0.74]``, in base 2 or 3 and more."""
    who = "FSQ of every base L ≥ 3" if many else "the cube {−1, 1}^n"
    rate = "r/(L − 1)" if many else "r"
    return (
        f"In n = {n} dimensions {who} is not the most accurate codebook of its box and size"
        f" at any ρ = {rate} in {where}: one token moved is better."
    )


def base_of(certificate: Certificate) -> bool:
    """Whether the base is 3 or more."""
    return many_of(certificate["base"])


def many_of(base: Any) -> bool:
    """Whether a base, as text, is 3 or more."""
    if not isinstance(base, str) or base not in BASES:
        raise InputError(f"base {base!r}: expected one of {', '.join(BASES)}, as text")
    return BASES[base]


def bits_of(certificate: Certificate) -> int:
    """The precision of the mantissa."""
    if certificate["bits"] not in BITS or isinstance(certificate["bits"], bool):
        raise InputError(f"bits {certificate['bits']!r}: expected one of {', '.join(map(str, BITS))}")
    return int(certificate["bits"])


def _ratio(name: str, claimed: Any, sides: tuple[Ball, Ball]) -> None:
    """Demand that a is below b and a/b as claimed."""
    found = sides[0] / sides[1]
    demand(bool(found < 1) and is_bound(claimed, found, "upper"), f"{name}: at most {found}, not {claimed}")
