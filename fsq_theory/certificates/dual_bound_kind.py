"""Certificates that FSQ is within δ of every codebook of its size and box, at every r.

``levels`` is L, for L levels in each of n dimensions, or the list of L_1 … L_n; K is their product.  ``heights`` and
``marks`` are functions m, one at each of a few r, interpolated between them (:mod:`.function_table`), constant on cells
of width ``cell``.  ``rows`` are [r, bound, vertices]: with m at r, no codebook's accuracy at r exceeds ``bound``,
rounded up (:mod:`..denoiser.accuracy.converse.bound`); ``vertices`` are the centres, counted in cells from 0 to r, of
which mixtures dominate all others.  Any m and any vertices give a valid bound.  Between two rows accuracies are nearly
convex in r (:mod:`..denoiser.accuracy.converse.between`).  Below the first r, A(E) − A(FSQ) is at most
(1/K)(1 + r√(2/π))^n − A(FSQ), which grows with r (``accuracy-low-snr``); above the last r it is at most 1 − A(FSQ).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb

from ..balls.arithmetic import ball, precision
from ..denoiser.accuracy.certified import certified_fsq_error
from ..denoiser.accuracy.converse.between import distance_from_fsq
from ..denoiser.accuracy.converse.bound import DualBound, dual_bound
from ..denoiser.accuracy.converse.counted_product import CountedProduct
from ..errors import InputError
from .check import demand, rows_of
from .decimals import decimal, whole
from .files import Certificate
from .function_table import MOST_CELLS, function_table

CLAIM = "accuracy-near-optimal"
NAMES = ("levels", "n", "delta", "cell", "heights", "marks", "rows")

UNIT = Fraction(1, 10**5)
"""A bound is claimed as a multiple of this, from half of it to one and a half above what was found."""

MACHINES = Fraction(3, 10**7)
"""What the bound found may differ by on another machine: a last bit decides between mixtures that are nearly as good,
each of which gives a valid bound.  Changes of q in its last bit moved bounds by at most 2e-15."""

MOST_VERTICES = 30

Levels = int | Sequence[int]
"""The same number of levels in each coordinate, or one number for each."""


def examine(certificate: Certificate) -> tuple[str, list[str]]:
    """Check each row, the two ends, and that there is no hole; the statement, and what was found."""
    n = whole(certificate["n"], 1, 16)
    levels = levels_of(certificate)
    delta = decimal(certificate["delta"])
    table = function_table(certificate, n)
    cell = decimal(certificate["cell"])
    listed = rows_of(certificate, "rows", 3)
    rows = [(decimal(r), decimal(bound)) for r, bound, _ in listed]
    if len(rows) < 2:
        raise InputError("rows: expected at least two")
    first, reached = rows[0][0], rows[-1][0]
    demand(bool(below(levels, n, first) <= ball(delta)), f"at r ≤ {float(first)} the low-SNR bound is above {delta}")
    last = certified_fsq_error(each(levels, n), reached).upper
    demand(bool(last <= ball(delta)), f"at r ≥ {float(reached)} FSQ's error may be above {delta}")
    worst, where = max((distance_from_fsq(*low, *high, each(levels, n)), low[0]) for low, high in pairwise(rows))
    demand(worst <= delta, f"from r = {float(where)} on the bound may be {worst:.9f} above FSQ")
    for (r, claimed), (_, _, vertices) in zip(rows, listed, strict=True):
        found = Fraction(bound_from(levels, n, table.at(r, cell), vertices_of(vertices)).value)
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


def vertices_of(listed: Any) -> list[int]:
    """The vertices of a row: whole numbers, ascending."""
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_VERTICES:
        raise InputError(f"vertices {listed!r}: expected from 1 to {MOST_VERTICES} in a list")
    found = [whole(vertex, 0, MOST_CELLS) for vertex in listed]
    if found != sorted(set(found)):
        raise InputError(f"vertices {listed}: expected them ascending")
    return found


def bound_from(levels: Levels, n: int, m: CountedProduct, vertices: Sequence[int]) -> DualBound:
    """The bound of one row."""
    return dual_bound(m, n, math.prod(each(levels, n)), vertices=vertices)
