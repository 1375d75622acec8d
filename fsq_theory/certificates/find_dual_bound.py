"""Finding certificates that FSQ is within δ of every codebook: minutes of descent, and rows as long as δ allows."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from ..arrays import Array
from ..balls.arithmetic import ball
from ..denoiser.accuracy.certified import certified_fsq_error
from ..denoiser.accuracy.converse.search import find_density
from ..errors import InputError
from .dual_bound_kind import CLAIM, Levels, below, claimed_gap, each, line_from, statement

LENGTHS = tuple(Fraction(2**k, 100) for k in range(5, -1, -1))
"""Lengths of rows that are tried, the longest first; where none keeps the gap below δ, that with the smallest."""

LATEST = Fraction(40)


def find(levels: Levels, n: int, aim: Fraction, spacing: float = 0.2, smoothness: float = 1e-2) -> dict[str, Any]:
    """A certificate with δ near ``aim``, or larger where the bound is.

    Args:
        levels: L, or L_1 … L_n.
        n: dimension.
        aim: rows are made as long as their gap stays below it.
        spacing: of the r at which a function is looked for.
        smoothness: of these functions.

    Raises:
        InputError: if FSQ's error is above the aim up to r = 40.
    """
    step = LENGTHS[0] / 2
    first = next(k for k in range(1, 10**6) if not below(levels, n, step * (k + 1)) <= ball(aim)) * step
    ends = (step * k for k in range(1, int(LATEST / step)))
    last = next((r for r in ends if certified_fsq_error(each(levels, n), r).upper <= ball(aim)), None)
    if last is None:
        raise InputError(f"δ = {aim}: expected FSQ's error to be below it before r = {LATEST}")
    rates = np.round(float(first) + spacing * np.arange(math.ceil(float(last - first) / spacing) + 1), 2)
    centres = _centres(levels, n)

    def heights_at(r: str) -> Array:
        return find_density(Fraction(r), n, math.prod(each(levels, n)), centres=centres, smoothness=smoothness)[1]

    found = [heights_at(str(r)) for r in rates]
    table = [[str(r), *(f"{height:.3f}" for height in heights)] for r, heights in zip(rates, found, strict=True)]
    numbers = np.array([[float(entry) for entry in row] for row in table])
    rows: list[list[Any]] = []
    r = first
    while r < last:
        best: tuple[Fraction, Fraction] | None = None
        for length in LENGTHS:
            if (r / length).denominator != 1 or length >= r:
                continue
            line = line_from(levels, n, numbers[:, 0], numbers[:, 1:], r, length)
            gap = claimed_gap(Fraction(line.above_fsq(levels)))
            best = (gap, length) if best is None else min(best, (gap, length))
            if gap <= aim:
                break
        assert best is not None
        gap, length = best
        rows.append([_text(r), _text(length), _text(gap)])
        r += length
    worst = max([aim, *(Fraction(row[2]) for row in rows)])
    delta = _text(_upwards(worst, 4))
    return {
        "kind": "dual-bound",
        "claim": CLAIM,
        "statement": statement(levels, n, delta),
        "levels": levels if isinstance(levels, int) else list(levels),
        "n": n,
        "delta": delta,
        "heights": table,
        "rows": rows,
    }


def _centres(levels: Levels, n: int) -> tuple[float, ...]:
    """Centres of which all types are looked at: levels, midpoints, and more where there are few coordinates."""
    inner = {abs(Fraction(k, L - 1)) for L in set(each(levels, n)) for k in range(-L + 1, L)}
    if n <= 4:
        inner |= {Fraction(1, 5), Fraction(2, 5), Fraction(3, 5), Fraction(4, 5)}
    return tuple(float(centre) for centre in sorted(inner | {Fraction(1, 4), Fraction(1, 2)}))


def _upwards(value: Any, decimals: int) -> Fraction:
    return Fraction(math.ceil(Fraction(value) * 10**decimals), 10**decimals)


def _text(value: Fraction) -> str:
    text = f"{float(value):.8f}".rstrip("0").rstrip(".")
    assert Fraction(text) == value
    return text
