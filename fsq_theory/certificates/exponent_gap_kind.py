"""Certificates that no codebook of the box is more accurate than FSQ by more than a factor e^{δn}, in any dimension n.

For codes in the box, p > 1 and any density q, A ≤ B(r)^n with B(r) = L^{−(1−1/p)} max_{|x| ≤ r} (∫ φ(y − x)^p
q(y)^{1−p} dy)^{1/p}.  ``rows`` are [r, p, inputs, δ_r]: from this r to that of the next row, log B − log A_1 is at most
δ_r with this p and the q of these inputs.  Below the first row the volume bound serves, with ``first`` in place of δ_r,
and from the last row, [r, "0", [], δ_r], A ≤ 1.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb

from ..balls.arithmetic import Ball, ball, ends, precision
from ..denoiser.accuracy.certified_pairs import tail
from ..denoiser.information.renyi_curve import RenyiCurve
from ..errors import InputError
from .capacity_kind import LARGEST, MOST_LEVELS, inputs_of
from .check import demand, rows_of
from .decimals import decimal, is_bound, whole
from .files import Certificate

CLAIM = "accuracy-exponents"
NAMES = ("levels", "gap", "first", "rows")
MOST_ORDER = 64
BITS = 96


def examine(certificate: Certificate) -> tuple[str, list[str]]:
    """Check each row; the statement that they make, and what was found."""
    levels, most = whole(certificate["levels"], 2, MOST_LEVELS), decimal(certificate["gap"])
    rows = rows_of(certificate, "rows", 4)
    places = [decimal(row[0]) for row in rows]
    if not rows or places[0] <= 0 or places[-1] > LARGEST or any(a >= b for a, b in pairwise(places)):
        raise InputError(f"rows: expected ascending r from above 0 to {LARGEST}")
    if rows[-1][1:3] != ["0", []]:
        raise InputError('rows: expected the last to be [r, "0", [], δ_r]')
    bounds = [volume_gap(levels, places[0])]
    for row, (low, high) in zip(rows, pairwise(places), strict=False):
        order = decimal(row[1])
        if not 1 < order <= MOST_ORDER:
            raise InputError(f"p = {row[1]}: expected more than 1 and at most {MOST_ORDER}")
        inputs = inputs_of(row[2], high)
        if inputs[-1][0] != high:
            raise InputError(f"inputs at r = {row[0]}: expected the last at {high}")
        bounds.append(row_gap(levels, low, high, RenyiCurve(inputs, order)))
    bounds.append(-log_digit(levels, places[-1]))
    claims = [certificate["first"], *(row[3] for row in rows)]
    for r, claimed, found in zip(["below", *places], claims, bounds, strict=True):
        holds = ends(found)[1] <= most and is_bound(claimed, found, "upper")
        demand(holds, f"r = {r}: log B − log A_1 ≤ {found}, not {claimed} or not δ")
    return statement(certificate), [f"{len(places) - 1} intervals of r up to {places[-1]}, and beyond"]


def log_digit(levels: int, r: Fraction) -> Ball:
    """log A_1 = log(1 − 2(1 − 1/L)Φ(−r/(L − 1))) of one digit."""
    with precision(BITS):
        return (-2 * (1 - arb(1) / levels) * tail(ball(r) / (levels - 1))).log1p()


def volume_gap(levels: int, r: Fraction) -> Ball:
    """log((1 + r√(2/π))/L) − log A_1, which grows with r."""
    with precision(BITS):
        return ((1 + ball(r) * (2 / arb.pi()).sqrt()) / levels).log() - log_digit(levels, r)


def row_gap(levels: int, low: Fraction, high: Fraction, curve: RenyiCurve) -> Ball:
    """An upper bound of log B(r) − log A_1(r) for all r of [low, high].

    log M + px²/2 is convex, so on a cell of width w log M is at most p w²/8 above its values at the ends; the largest
    up to a cell's end serves for all r of that cell, with A_1 at its beginning.  Cells are (L + 3)/100 wide below
    ``low``, beyond it (L − 1)/1000.
    """
    coarse, fine = math.ceil(low * 100 / (levels + 3)), math.ceil((high - low) * 1000 / (levels - 1))
    with precision(BITS):
        share = 1 - 1 / ball(curve.order)
        constant = share * (curve.log_norm - arb(levels).log())
        largest, most = curve.log_integral(Fraction(0)), None
        for start, stop, cells in ((Fraction(0), low, coarse), (low, high, fine)):
            width = (stop - start) / cells
            bend = ball(curve.order * width**2 / 8)
            before = curve.log_integral(start)
            for k in range(cells):
                after = curve.log_integral(start + (k + 1) * width)
                largest, before = largest.max(before.max(after) + bend), after
                if start == low:
                    found = constant + largest / ball(curve.order) - log_digit(levels, low + k * width)
                    most = found if most is None else most.max(found)
        return most


def statement(certificate: Certificate) -> str:
    """What the parameters say, in words."""
    return stated(certificate["levels"], certificate["gap"])


def stated(levels: Any, gap: Any) -> str:
    """The statement for L and δ."""
    return (
        f"In every dimension n and at every r, no codebook of {levels}^n tokens in the box is more accurate than"
        f" e^(δn) times FSQ, δ = {gap}."
    )
