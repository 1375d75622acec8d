"""Certificates that FSQ is within δ of every codebook of its size and box, at every r.

``levels`` is L, for L levels in each of n dimensions, or the list of L_1 … L_n; K is their product.  ``heights`` are
rows [r, h_0, …, h_m]: log heights of a function q on the line at equidistant knots; between two such r they are
interpolated (:func:`..denoiser.accuracy.converse.step_density.step_density`), and any function gives a valid bound.
q is constant on cells of width ``cell``.  ``rows`` are [r, bound]: with q at r, no codebook's accuracy at r exceeds
``bound``, rounded up (:mod:`..denoiser.accuracy.converse.bound`).  Between two rows accuracies are nearly convex in r
(:mod:`..denoiser.accuracy.converse.between`).  Below the first r, A(E) − A(FSQ) is at most (1/K)(1 + r√(2/π))^n −
A(FSQ), which grows with r (``accuracy-low-snr``); above the last r it is at most 1 − A(FSQ).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from flint import arb

from ..arrays import Array
from ..balls.arithmetic import ball, precision
from ..denoiser.accuracy.certified import certified_fsq_error
from ..denoiser.accuracy.converse.between import distance_from_fsq
from ..denoiser.accuracy.converse.bound import DualBound, dual_bound
from ..denoiser.accuracy.converse.step_density import step_density
from ..errors import InputError
from .check import demand, rows_of
from .decimals import decimal, whole
from .files import Certificate

CLAIM = "accuracy-near-optimal"
NAMES = ("levels", "n", "delta", "cell", "heights", "rows")

UNIT = Fraction(1, 10**5)
"""A bound is claimed as a multiple of this, from half of it to one and a half above what was found."""

MACHINES = Fraction(3, 10**7)
"""What the bound found may differ by on another machine: a last bit decides between mixtures that are nearly as good,
each of which gives a valid bound.  Changes of q in its last bit moved bounds by at most 2e-15."""

BEYOND = 3
"""The last knot of the heights, less r."""

MOST_KNOTS = 100

Levels = int | Sequence[int]
"""The same number of levels in each coordinate, or one number for each."""

MOST_CELLS = 2000
"""Cells of q on [0, r]."""


def examine(certificate: Certificate) -> tuple[str, list[str]]:
    """Check each row, the two ends, and that there is no hole; the statement, and what was found."""
    n = whole(certificate["n"], 1, 16)
    levels = levels_of(certificate)
    delta = decimal(certificate["delta"])
    rates, heights = table_of_heights(certificate)
    cell = decimal(certificate["cell"])
    rows = [(decimal(r), decimal(bound)) for r, bound in rows_of(certificate, "rows", 2)]
    if len(rows) < 2:
        raise InputError("rows: expected at least two")
    first, reached = rows[0][0], rows[-1][0]
    demand(bool(below(levels, n, first) <= ball(delta)), f"at r ≤ {float(first)} the low-SNR bound is above {delta}")
    last = certified_fsq_error(each(levels, n), reached).upper
    demand(bool(last <= ball(delta)), f"at r ≥ {float(reached)} FSQ's error may be above {delta}")
    worst, where = max((distance_from_fsq(*low, *high, each(levels, n)), low[0]) for low, high in pairwise(rows))
    demand(worst <= delta, f"from r = {float(where)} on the bound may be {worst:.9f} above FSQ")
    for r, claimed in rows:
        found = Fraction(bound_from(levels, n, rates, heights, r, cell).value)
        demand(
            UNIT / 2 - MACHINES <= claimed - found < 3 * UNIT / 2 + MACHINES,
            f"r = {float(r)}: the bound is {float(found):.9f}, for which {float(claimed)} is not what is to be claimed",
        )
    return statement(levels, n, certificate["delta"]), [
        f"bounds at {len(rows)} r from {float(first)} to {float(reached)}; at most {worst:.5f} above FSQ,"
        f" from r = {float(where)} on"
    ]


def claimed_bound(found: Fraction) -> Fraction:
    """What a certificate claims where a bound was found: above it, and a round number."""
    return math.ceil(found / UNIT + Fraction(1, 2)) * UNIT


def statement(levels: Levels, n: int, delta: str) -> str:
    """What a certificate with these parameters states."""
    if isinstance(levels, int):
        size, which = f"{levels}^{n}", f"{levels} levels in n = {n} dimensions"
    else:
        size, which = str(math.prod(levels)), f"levels {', '.join(map(str, levels))}"
    return (
        f"At every r ≥ 0 no codebook of {size} codes in the box ‖e‖_∞ ≤ 1 is more accurate than FSQ with {which} by"
        f" more than {delta}."
    )


def each(levels: Levels, n: int) -> list[int]:
    """The number of levels of each of the n coordinates."""
    return [levels] * n if isinstance(levels, int) else list(levels)


def levels_of(certificate: Certificate) -> Levels:
    """L, or the list of L_1 … L_n, of which some are different."""
    levels = certificate["levels"]
    if not isinstance(levels, list):
        return whole(levels, 2, 100)
    if len(levels) != certificate["n"]:
        raise InputError(f"levels {levels}: expected n = {certificate['n']} of them")
    found = [whole(level, 2, 100) for level in levels]
    if len(set(found)) == 1:
        raise InputError(f"levels {levels}: expected {found[0]}, since all are equal")
    return found


def below(levels: Levels, n: int, r: Fraction) -> Any:
    """A ball of (1/K)(1 + r√(2/π))^n − A(FSQ) at r, which is not below A(E) − A(FSQ) at any smaller r."""
    listed = each(levels, n)
    with precision(96):
        volume = (1 + ball(r) * (2 / arb.pi()).sqrt()) ** n / math.prod(listed)
        return volume - (1 - certified_fsq_error(listed, r).upper)


def table_of_heights(certificate: Certificate) -> tuple[Array, Array]:
    """The r of the heights, ascending, and the heights, a row each."""
    table = certificate["heights"]
    if not isinstance(table, list) or not table or not isinstance(table[0], list):
        raise InputError("heights: expected rows of r and heights")
    rows = rows_of(certificate, "heights", len(table[0]))
    if not 3 <= len(rows[0]) <= MOST_KNOTS:
        raise InputError(f"heights: expected r and from 2 to {MOST_KNOTS - 1} heights in a row")
    numbers = np.array([[float(decimal(entry)) for entry in row] for row in rows])
    if not (np.diff(numbers[:, 0]) > 0).all() or not (np.abs(numbers[:, 1:]) < 100).all():
        raise InputError("heights: expected r ascending, and heights between −100 and 100")
    return numbers[:, 0], numbers[:, 1:]


def bound_from(levels: Levels, n: int, rates: Array, heights: Array, r: Fraction, cell: Fraction) -> DualBound:
    """The bound of one row.

    Raises:
        InputError: if r is not a multiple of the cell, or over 2000 times that.
    """
    count = r / cell if cell > 0 else Fraction(0)
    if count.denominator != 1 or not 1 <= count <= MOST_CELLS:
        raise InputError(
            f"r = {float(r)}, cells of {float(cell)}: expected r a multiple of it, up to {MOST_CELLS} times"
        )
    at = np.array([np.interp(float(r), rates, column) for column in heights.T])
    density = step_density(r, at, float(r) + BEYOND, int(count))
    return dual_bound(density, n, math.prod(each(levels, n)))
