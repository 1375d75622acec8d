"""Codes on a line or in a plane of R^n, recognised exactly: the coordinates in which their decision regions are cut.

Whether codes lie on a line or in a plane is decided with integers.  Coordinates are inner products with one or two
differences of codes; distances in them are rational forms, so that no square root is taken before the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from ...codebooks.exact_points import ExactPoints

Planar = tuple[int, int]


@dataclass(frozen=True)
class Line:
    """Codes on a line: the squared distance of two is ``square``·(t_i − t_j)².

    Attributes:
        places: t_k, distinct integers, in the order of the codes.
        square: the squared length of one unit of t.
    """

    places: tuple[int, ...]
    square: Fraction


@dataclass(frozen=True)
class Plane:
    """Codes in a plane, by their inner products (p, q) with two directions of Gram matrix G.

    ⟨x, y⟩ = ``square``·(g_22 p_x p_y − g_12 (p_x q_y + q_x p_y) + g_11 q_x q_y)/det G.

    Attributes:
        places: (p_k, q_k), distinct pairs of integers, in the order of the codes.
        gram: g_11, g_12, g_22.
        square: the squared length of a unit.
    """

    places: tuple[Planar, ...]
    gram: tuple[int, int, int]
    square: Fraction

    @property
    def determinant(self) -> int:
        """The determinant of G, positive."""
        first, mixed, second = self.gram
        return first * second - mixed * mixed

    def product(self, x: Planar, y: Planar) -> int:
        """⟨x, y⟩ det G/``square``."""
        first, mixed, second = self.gram
        return second * x[0] * y[0] - mixed * (x[0] * y[1] + x[1] * y[0]) + first * x[1] * y[1]


@lru_cache(maxsize=16)
def span(points: ExactPoints) -> Line | Plane | None:
    """The line or the plane that holds all codes, exactly; None if there is none."""
    rows, square = points.rows, points.unit**2
    if points.n == 1:
        return Line(tuple(row[0] for row in rows), square)
    if points.n == 2:
        origin = rows[0]
        first = _minus(rows[1], origin)
        if any(first[0] * row[1] - first[1] * row[0] for row in (_minus(row, origin) for row in rows)):
            return Plane(tuple((row[0], row[1]) for row in rows), (1, 0, 1), square)
    first = _minus(rows[1], rows[0])
    length = _dot(first, first)
    second: tuple[int, ...] | None = None
    places: list[Planar] = []
    plane: Plane | None = None
    for row in rows:
        offset = _minus(row, rows[0])
        along, size = _dot(first, offset), _dot(offset, offset)
        if second is None and along * along != length * size:
            second = offset
            plane = Plane((), (length, along, size), square)
            # Those before it lie on the line of the first direction.
            places = [(p, p * along // length) for p, _ in places]
        place = (along, 0 if second is None else _dot(second, offset))
        if plane is not None and plane.product(place, place) != size * plane.determinant:
            return None
        places.append(place)
    if plane is None:
        return Line(tuple(p for p, _ in places), square / length)
    return Plane(tuple(places), plane.gram, square)


def _minus(x: tuple[int, ...], y: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a - b for a, b in zip(x, y, strict=True))


def _dot(x: tuple[int, ...], y: tuple[int, ...]) -> int:
    return sum(a * b for a, b in zip(x, y, strict=True))
