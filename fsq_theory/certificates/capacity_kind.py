"""Certificates of where the capacity of a coordinate passes log L, L = 2, 3, …: an amplitude below it and one above.

``rows`` are [L, r_-, inputs_-, cells, C_-, r_+, inputs_+, C_+]: at r_- the capacity of y = x + N(0, 1), |x| ≤ r, is at
most C_- < log L, by the output of these inputs, and at r_+ at least C_+ > log L, which these inputs carry.  Inputs are
rows [place, weight] with place ≥ 0: ± place have the weight together.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import arb

from ..balls.arithmetic import precision
from ..denoiser.information.certified_capacity import checked_inputs, dual_bound, information
from ..denoiser.information.divergence_curve import Inputs
from ..errors import InputError
from .check import demand, rows_of
from .decimals import decimal, is_bound, whole
from .files import Certificate

CLAIM = "accuracy-exponents"
NAMES = ("rows",)
MOST_LEVELS, MOST_CELLS, MOST_INPUTS = 16, 10000, 64
LARGEST = 32
BITS = 96


def examine(certificate: Certificate) -> tuple[str, list[str]]:
    """Check each base; the statement that they make, and what was found."""
    rows = rows_of(certificate, "rows", 8)
    if not rows:
        raise InputError("rows: expected at least one")
    for levels, before, outer, cells, most, after, inner, least in rows:
        below, above = decimal(before), decimal(after)
        if not 0 < below < above <= LARGEST:
            raise InputError(f"L = {levels}: expected 0 < {before} < {after} ≤ {LARGEST}")
        with precision(BITS):
            target = arb(whole(levels, 2, MOST_LEVELS)).log()
        upper = dual_bound(inputs_of(outer, below), below, whole(cells, 1, MOST_CELLS))
        lower = information(inputs_of(inner, above))
        demand(bool(upper < target) and is_bound(most, upper, "upper"), f"L = {levels}, r = {before}: C ≤ {upper}")
        demand(bool(lower > target) and is_bound(least, lower, "lower"), f"L = {levels}, r = {after}: C ≥ {lower}")
    return statement(certificate), [f"capacities below and above log L: {len(rows)} of each"]


def inputs_of(rows: Any, r: Fraction) -> Inputs:
    """The inputs in a row, as they have to be for amplitude r."""
    table = rows_of({"inputs": rows}, "inputs", 2, MOST_INPUTS)
    return checked_inputs([(decimal(place), decimal(weight)) for place, weight in table], r)


def statement(certificate: Certificate) -> str:
    """What the parameters say, in words."""
    return stated([(row[0], row[1], row[5]) for row in certificate["rows"]])


def stated(rows: list[tuple[int, str, str]]) -> str:
    """The statement for rows (L, r_-, r_+)."""
    where = "; ".join(f"L = {levels}: {before} and {after}" for levels, before, after in rows)
    return f"The capacity of y = x + N(0, 1), |x| ≤ r, is less than log L at one r and more at another: {where}."
