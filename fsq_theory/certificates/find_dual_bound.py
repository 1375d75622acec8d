"""Finding certificates that FSQ is within δ of every codebook: minutes of descent, then r as far apart as δ allows."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from ..arrays import Array
from ..balls.arithmetic import ball
from ..denoiser.accuracy.certified import certified_fsq_error
from ..denoiser.accuracy.converse.between import distance_from_fsq
from ..denoiser.accuracy.converse.search import CENTRES, KNOTS, find_density
from ..errors import InputError
from .dual_bound_kind import CLAIM, Levels, below, bound_from, claimed_bound, each, statement

CELL = Fraction(1, 50)
"""Width of the cells of q where n is small or r not large."""

LENGTHS = (16, 12, 8, 6, 4, 3, 2, 1)
"""Steps from one r to the next that are tried, in cells; where none keeps the distance below δ, the best of them."""

LATEST = Fraction(40)

APART = 0.3
"""Distance of scaled centres, in units of noise, that are looked at for more than 3 levels."""


def find(
    levels: Levels,
    n: int,
    aim: Fraction,
    spacing: float = 0.2,
    smoothness: float = 1e-2,
    cell: Fraction = CELL,
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
        knots: number of heights of each.

    Raises:
        InputError: if FSQ's error is above the aim up to r = 40.
    """
    first, last = inner_range(levels, n, aim, cell)
    table = functions(levels, n, first, last, spacing, smoothness, knots)
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
    levels: Levels, n: int, first: Fraction, last: Fraction, spacing: float, smoothness: float, knots: int = KNOTS
) -> list[list[str]]:
    """Rows of r and heights, found one after the other, each from the one before."""
    rates = np.round(float(first) + spacing * np.arange(math.ceil(float(last - first) / spacing) + 1), 2)
    tokens = math.prod(each(levels, n))
    table: list[list[str]] = []
    heights: Array | None = None
    for r in rates:
        centres = centres_looked_at(levels, n, r)
        _, heights = find_density(
            Fraction(str(r)), n, tokens, centres=centres, start=heights, smoothness=smoothness, knots=knots
        )
        table.append([str(r), *(f"{height:.3f}" for height in heights)])
    return table


def certificate(levels: Levels, n: int, table: list[list[str]], aim: Fraction, cell: Fraction = CELL) -> dict[str, Any]:
    """The certificate that these functions give."""
    first, last = inner_range(levels, n, aim, cell)
    heights = np.array([[float(entry) for entry in row] for row in table])
    rows, worst = chosen_rows(levels, n, heights, first, last, aim, cell)
    delta = _text(_upwards(max(aim, worst), 4))
    return {
        "kind": "dual-bound",
        "claim": CLAIM,
        "statement": statement(levels, n, delta),
        "levels": levels if isinstance(levels, int) else list(levels),
        "n": n,
        "delta": delta,
        "cell": _text(cell),
        "heights": table,
        "rows": [[_text(r), _text(bound)] for r, bound in rows],
    }


def chosen_rows(
    levels: Levels, n: int, heights: Array, first: Fraction, last: Fraction, aim: Fraction, cell: Fraction
) -> tuple[list[tuple[Fraction, Fraction]], Fraction]:
    """The r, as far apart as the aim allows, with the bound at each; and the largest distance from FSQ."""

    @cache
    def claimed(r: Fraction) -> Fraction:
        return claimed_bound(Fraction(bound_from(levels, n, heights[:, 0], heights[:, 1:], r, cell).value))

    rows = [(first, claimed(first))]
    worst = Fraction(0)
    while rows[-1][0] < last:
        r, bound = rows[-1]
        best: tuple[Fraction, Fraction] | None = None
        for length in LENGTHS:
            after = min(r + length * cell, last)
            distance = Fraction(distance_from_fsq(r, bound, after, claimed(after), each(levels, n)))
            best = (distance, after) if best is None else min(best, (distance, after))
            if distance <= aim:
                break
        assert best is not None
        worst = max(worst, best[0])
        rows.append((best[1], claimed(best[1])))
    return rows, worst


def centres_looked_at(levels: Levels, n: int, r: float) -> tuple[float, ...]:
    """Centres that coordinates may have while a function is looked for.

    Of up to 3 levels those of the search, and levels where there are few coordinates; of more levels, which fill a wide
    box, equidistant ones, since the search lets H grow between centres that are further apart.
    """
    most = max(each(levels, n))
    if most > 3:
        parts = math.ceil(r / APART)
        return tuple(k / parts for k in range(parts + 1))
    inner = {abs(Fraction(k, most - 1)) for k in range(-most + 1, most)} if n <= 4 else set()
    if n <= 6:
        inner |= {Fraction(1, 2)}
    return tuple(sorted({float(centre) for centre in inner} | set(CENTRES)))


def _upwards(value: Any, decimals: int) -> Fraction:
    return Fraction(math.ceil(Fraction(value) * 10**decimals), 10**decimals)


def _text(value: Fraction) -> str:
    text = f"{float(value):.8f}".rstrip("0").rstrip(".")
    assert Fraction(text) == value
    return text
