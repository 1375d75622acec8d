"""Points of a claim's domain in few words."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..arrays import Array
from .codes import Codes
from .moves import Point, codes_of, moved_tokens
from .variables import Codebooks, DomainSymbol

MOST_ROWS = 6


def point_text(point: Point, variables: Sequence[DomainSymbol] = ()) -> str:
    """The point as ``name = value, …``; of large codebooks only the first codes, or those that differ from a reference.

    Args:
        point: the point.
        variables: the claim's, by which a codebook is known to be like another.
    """
    known = {v.name: v for v in variables}
    parts = [f"{name} = {_text(value, known.get(name), point)}" for name, value in point.items()]
    return ", ".join(parts) or "the only point"


def _text(value: Any, variable: DomainSymbol | None, point: Point) -> str:
    if isinstance(value, Codes):
        moved = _moved_text(value, variable, point)
        rows = ", ".join(row_text(row) for row in value.points[:MOST_ROWS])
        more = ", …" if value.K > MOST_ROWS else ""
        return moved or f"{value.K} codes [{rows}{more}]"
    if isinstance(value, np.ndarray):
        return row_text(value[:12]) + (" …" if len(value) > 12 else "")
    return number_text(value)


def _moved_text(codes: Codes, variable: DomainSymbol | None, point: Point) -> str:
    """A codebook as its reference with some tokens moved; '' where too many are."""
    if not isinstance(variable, Codebooks) or variable.like is None:
        return ""
    start = codes_of(variable.like, point[variable.like.name]).points
    moved = moved_tokens(codes, start)
    if len(moved) > MOST_ROWS:
        return ""
    places = [f"token {k} at {row_text(codes.points[k])}" for k in moved]
    return f"{variable.like.name} with {', '.join(places)}" if places else variable.like.name


def row_text(row: Array) -> str:
    """A row of numbers as Python writes a list of them, simple fractions as such."""
    return "[" + ", ".join(number_text(float(x)) for x in row) + "]"


def number_text(value: Any) -> str:
    """Python text whose value is exactly the number: an integer, a short decimal, or a quotient p/q."""
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, Fraction):
        return (
            number_text(float(value))
            if Fraction(repr(float(value))) == value
            else f"{value.numerator}/{value.denominator}"
        )
    plain = repr(float(value) + 0.0)
    if plain.endswith(".0"):
        return plain[:-2]
    if len(plain) > 8:
        for q in (3, 6, 7, 9, 12):
            p = round(float(value) * q)
            if p / q == value:
                return f"{p}/{q}"
    return plain
