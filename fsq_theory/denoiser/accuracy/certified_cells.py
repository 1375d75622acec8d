"""Decision cells of codes in a plane, cut out exactly: every corner is a rational point, so nothing is undecided.

Token k is decided for where c_k − r²‖x − e_k‖²/2 is the largest: Voronoi cells for equal weights c, power cells for
others.  From e_k, the plane of competitor j with offset w is met at λw, λ = ½ + (c_k − c_j)/(r²‖w‖²), and its
points are λw + s t with t ⟂ w, ‖t‖ = ‖w‖/√det G; other competitors bound s on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, fmpq

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
    reach: Rational | None = None
    for offset, length, foot in _competitors(plane, token, weights, rate):
        if reach is not None and foot > 0 and foot * foot * length >= reach:
            continue
        cut = _cut(plane, sides, Side(offset, length, foot))
        if cut is None:
            return None
        if cut:
            reach = _reach(plane, sides)
    return sides


def _competitors(
    plane: Plane, token: int, weights: Sequence[Rational] | None, rate: Rational
) -> Iterator[tuple[Planar, int, Rational]]:
    """Offset, length and foot of all competitors, about the nearest line first."""
    p, q = plane.places[token]
    offsets = [(x - p, y - q) for x, y in plane.places]
    lengths = [plane.product(offset, offset) for offset in offsets]
    feet = [fmpq(1, 2)] * len(lengths)
    if weights is None:
        order = sorted(range(len(lengths)), key=lengths.__getitem__)
    else:
        here = weights[token]
        feet = [
            fmpq(1, 2) + (here - weight) / (rate * length) if length else fmpq(0)
            for weight, length in zip(weights, lengths, strict=True)
        ]
        near = [arb(foot * abs(foot) * length).mid() for foot, length in zip(feet, lengths, strict=True)]
        order = sorted(range(len(lengths)), key=near.__getitem__)
    return ((offsets[j], lengths[j], feet[j]) for j in order if j != token)


def _reach(plane: Plane, sides: Sequence[Side]) -> Rational | None:
    """The largest squared distance of a corner from the code, in integers of the plane; None if there is no end."""
    far = fmpq(0)
    for side in sides:
        if side.low is None or side.high is None:
            return None
        end = max(abs(side.low), abs(side.high))
        far = max(far, side.length * (side.foot * side.foot + end * end / plane.determinant))
    return far


def _cut(plane: Plane, sides: list[Side], line: Side) -> bool | None:
    """Cut the cell along a line; False if it lies on the token's side, None if nothing is left."""
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
        return False if _inside(plane, sides[0], line) else None
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
