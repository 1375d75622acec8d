"""Decision cells of codes in a plane, cut out exactly: every corner is a rational point, so nothing is undecided.

Token k is decided for where c_k − r²‖x − e_k‖²/2 is the largest: Voronoi cells for equal weights c, power cells for
others.  From e_k, the plane of competitor j with offset w is met at λw, λ = ½ + (c_k − c_j)/(r²‖w‖²), and its
points are λw + s t with t ⟂ w, ‖t‖ = ‖w‖/√det G; other competitors bound s on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from .certified_span import Planar, Plane

Rational = Any
"""A :class:`flint.fmpq`, which mypy does not know."""


@dataclass
class Side:
    """A side of a cell: the points λw + s t of a line, low ≤ s ≤ high, None standing for no end.

    Attributes:
        offset: w.
        length: ‖w‖² in the integers of :meth:`.Plane.product`.
        foot: λ; negative where the code lies beyond the line.
        low: lower end of s.
        high: upper end of s.
    """

    offset: Planar
    length: int
    foot: Rational
    low: Rational | None = None
    high: Rational | None = None


def cell(plane: Plane, token: int, weights: Sequence[Rational] | None, rate: Rational) -> list[Side] | None:
    """The sides of a token's cell; None if the cell has no interior.

    Args:
        plane: the codes.
        token: k.
        weights: c, one a code; None if they are equal.
        rate: r²·``plane.square``/det G, so that r²‖w‖² is ``rate`` times the integer ``length``.
    """
    sides: list[Side] = []
    for line in _competitors(plane, token, weights, rate):
        if _out_of_reach(plane, sides, line):
            break
        if not _cut(plane, sides, line):
            return None
    return sides


def _competitors(plane: Plane, token: int, weights: Sequence[Rational] | None, rate: Rational) -> list[Side]:
    """The lines of all competitors, the nearest to the code first."""
    here = plane.places[token]
    lines: list[tuple[Rational, Side]] = []
    for j, there in enumerate(plane.places):
        if j == token:
            continue
        offset = there[0] - here[0], there[1] - here[1]
        length = plane.product(offset, offset)
        foot = fmpq(1, 2) if weights is None else fmpq(1, 2) + (weights[token] - weights[j]) / (rate * length)
        lines.append((foot * abs(foot) * length, Side(offset, length, foot)))
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]


def _out_of_reach(plane: Plane, sides: Sequence[Side], line: Side) -> bool:
    """Whether all corners are nearer to the code than the line, and so than those that follow."""
    if not sides or line.foot <= 0:
        return False
    far = fmpq(0)
    for side in sides:
        for end in (side.low, side.high):
            if end is None:
                return False
            far = max(far, side.length * (side.foot**2 + end**2 / plane.determinant))
    return bool(line.foot**2 * line.length >= far)


def _cut(plane: Plane, sides: list[Side], line: Side) -> bool:
    """Cut the cell along a line; False if nothing is left."""
    low: Rational | None = None
    high: Rational | None = None
    outside = False
    for side in sides:
        slope, room = _bound(plane, line, side)
        if slope > 0:
            high = room / slope if high is None else min(high, room / slope)
        elif slope < 0:
            low = room / slope if low is None else max(low, room / slope)
        elif room <= 0:
            outside = True  # parallel to a side, and beyond it or the same line
    if outside or (low is not None and high is not None and low >= high):
        return _inside(plane, sides[0], line)
    kept = []
    for side in sides:
        slope, room = _bound(plane, side, line)
        if slope > 0:
            side.high = room / slope if side.high is None else min(side.high, room / slope)
        elif slope < 0:
            side.low = room / slope if side.low is None else max(side.low, room / slope)
        elif room < 0:
            continue
        if side.low is None or side.high is None or side.low < side.high:
            kept.append(side)
    line.low, line.high = low, high
    sides[:] = [*kept, line]
    return True


def _bound(plane: Plane, line: Side, other: Side) -> tuple[Rational, Rational]:
    """(a, b) such that the points of ``line`` that ``other`` leaves to the token are those with a·s ≤ b."""
    slope = line.offset[0] * other.offset[1] - line.offset[1] * other.offset[0]
    return fmpq(slope), other.foot * other.length - line.foot * plane.product(line.offset, other.offset)


def _inside(plane: Plane, side: Side, line: Side) -> bool:
    """Whether a cell that a line does not cut lies on the token's side of it; ``side`` is one of the cell's."""
    if side.low is None:
        middle = fmpq(0) if side.high is None else side.high - 1
    else:
        middle = side.low + 1 if side.high is None else (side.low + side.high) / 2
    slope, room = _bound(plane, side, line)
    left = room - middle * slope
    # Zero: the line is that of the side, with the cell on the same side of both or on opposite ones.
    return bool(left > 0) or (bool(left == 0) and plane.product(side.offset, line.offset) > 0)
