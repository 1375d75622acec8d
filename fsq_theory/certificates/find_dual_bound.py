"""Finding certificates that FSQ is within δ of every codebook: minutes of descent, then r as far apart as δ allows."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from ..balls.arithmetic import ball
from ..denoiser.accuracy.certified import certified_fsq_error
from ..denoiser.accuracy.converse.between import distance_from_fsq
from ..denoiser.accuracy.converse.bound import dual_bound
from ..denoiser.accuracy.converse.search import CENTRES, KNOTS, Found, find_density
from ..errors import InputError
from .dual_bound_kind import CLAIM, Levels, below, bound_from, claimed_bound, each, statement
from .function_table import function_table

CELL = Fraction(1, 50)
"""Width of the cells of q where n is small or r not large."""

LENGTHS = (16, 12, 8, 6, 4, 3, 2, 1)
"""Steps from one r to the next that are tried, in cells; where none keeps the distance below δ, the best of them."""

PAID = 1e-4
"""What the choice of vertices may cost, if more of them would be needed to avoid it."""

LATEST = Fraction(40)

APART = 0.3
"""Distance of scaled centres, in units of noise, that are looked at for more than 3 levels."""

Marked = tuple[float, float, float]
"""(a, b, c): coordinates with a r − b ≤ |y_i| < a r + c are counted."""

Table = dict[str, list[list[str]]]
"""The entries ``heights`` and ``marks`` of a certificate."""


def find(
    levels: Levels,
    n: int,
    aim: Fraction,
    spacing: float = 0.2,
    smoothness: float = 1e-2,
    cell: Fraction = CELL,
    marked: Marked | None = None,
    knots: int = KNOTS,
) -> dict[str, Any]:
    """A certificate with δ near ``aim``, or larger where the bound is.

    Args:
        levels: L, or L_1 … L_n.
        n: dimension.
        aim: the r of rows are as far apart as it allows.
        spacing: of the r at which a function is looked for.
        smoothness: of these functions.
        cell: width of the cells on which they are constant.
        marked: where coordinates are counted, or None for products.  Around planes half-way between levels it pays.
        knots: number of heights of each function.

    Raises:
        InputError: if FSQ's error is above the aim up to r = 40.
    """
    first, last = inner_range(levels, n, aim, cell)
    table = functions(levels, n, first, last, spacing, smoothness, marked, knots)
    return certificate(levels, n, table, aim, cell)


def inner_range(levels: Levels, n: int, aim: Fraction, cell: Fraction = CELL) -> tuple[Fraction, Fraction]:
    """The r, multiples of the cell, below and above which closed forms keep the distance from FSQ below the aim.

    Raises:
        InputError: if FSQ's error is above the aim up to r = 40.
    """
    first = next(k for k in range(1, 10**6) if not below(levels, n, cell * (k + 1)) <= ball(aim)) * cell
    ends = (cell * k for k in range(1, int(LATEST / cell)))
    last = next((r for r in ends if certified_fsq_error(each(levels, n), r).upper <= ball(aim)), None)
    if last is None:
        raise InputError(f"δ = {aim}: expected FSQ's error to be below it before r = {LATEST}")
    return first, last


def functions(
    levels: Levels,
    n: int,
    first: Fraction,
    last: Fraction,
    spacing: float,
    smoothness: float,
    marked: Marked | None = None,
    knots: int = KNOTS,
) -> Table:
    """Functions found at r one after the other, each from the one before."""
    rates = np.round(float(first) + spacing * np.arange(math.ceil(float(last - first) / spacing) + 1), 2)
    tokens = math.prod(each(levels, n))
    table: Table = {"heights": [], "marks": []}
    found: Found | None = None
    for r in rates:
        interval = (0.0, 0.0) if marked is None else _interval(marked, float(r))
        found = find_density(
            Fraction(str(r)),
            n,
            tokens,
            marked=interval,
            centres=centres_looked_at(levels, n, r),
            start=found,
            smoothness=smoothness,
            knots=knots,
        )
        table["heights"].append([str(r), *_texts(found.heights)])
        if marked is not None:
            table["marks"].append([str(r), *_texts(interval), *_texts(found.logs)])
    return table


def certificate(levels: Levels, n: int, table: Table, aim: Fraction, cell: Fraction = CELL) -> dict[str, Any]:
    """The certificate that these functions give."""
    first, last = inner_range(levels, n, aim, cell)
    rows, worst = chosen_rows(levels, n, table, first, last, aim, cell)
    delta = _text(_upwards(max(aim, worst), 4))
    return {
        "kind": "dual-bound",
        "claim": CLAIM,
        "statement": statement(levels, n, delta),
        "levels": levels if isinstance(levels, int) else list(levels),
        "n": n,
        "delta": delta,
        "cell": _text(cell),
        "heights": table["heights"],
        "marks": table["marks"],
        "rows": rows,
    }


def chosen_rows(
    levels: Levels, n: int, table: Table, first: Fraction, last: Fraction, aim: Fraction, cell: Fraction
) -> tuple[list[list[Any]], Fraction]:
    """Rows at r as far apart as the aim allows, with the bound at each; and the largest distance from FSQ."""
    made = function_table(table, n)
    tokens = math.prod(each(levels, n))

    @cache
    def claimed(r: Fraction) -> tuple[Fraction, list[int]]:
        m = made.at(r, cell)
        chosen = dual_bound(m, n, tokens, tolerance=PAID).vertices
        vertices = [round(vertex * m.density.cells) for vertex in chosen]
        return claimed_bound(Fraction(bound_from(levels, n, m, vertices).value)), vertices

    reached, bounds = first, [(first, claimed(first)[0])]
    worst = Fraction(0)
    while reached < last:
        best: tuple[Fraction, Fraction] | None = None
        for length in LENGTHS:
            after = min(reached + length * cell, last)
            distance = Fraction(distance_from_fsq(*bounds[-1], after, claimed(after)[0], each(levels, n)))
            best = (distance, after) if best is None else min(best, (distance, after))
            if distance <= aim:
                break
        assert best is not None
        worst, reached = max(worst, best[0]), best[1]
        bounds.append((reached, claimed(reached)[0]))
    return [[_text(r), _text(bound), claimed(r)[1]] for r, bound in bounds], worst


def _interval(marked: Marked, r: float) -> tuple[float, float]:
    share, before, after = marked
    return max(round(share * r - before, 3), 0.0), round(share * r + after, 3)


def centres_looked_at(levels: Levels, n: int, r: float) -> tuple[float, ...]:
    """Centres that coordinates may have while a function is looked for.

    Of up to 3 levels those of the search, and levels where there are few coordinates; of more levels, which fill a wide
    box, equidistant ones, since the search lets H grow between centres that are further apart.
    """
    most = max(each(levels, n))
    if most > 3:
        parts = math.ceil(r / APART)
        return tuple(k / parts for k in range(parts + 1))
    inner = {abs(Fraction(k, most - 1)) for k in range(-most + 1, most)}
    return tuple(sorted({float(centre) for centre in inner} | set(CENTRES)))


def _upwards(value: Any, decimals: int) -> Fraction:
    return Fraction(math.ceil(Fraction(value) * 10**decimals), 10**decimals)


def _texts(values: Any) -> list[str]:
    return [f"{value:.3f}" for value in values]


def _text(value: Fraction) -> str:
    text = f"{float(value):.8f}".rstrip("0").rstrip(".")
    assert Fraction(text) == value
    return text
