"""Making a counterexample smaller: fewer tokens moved, simpler coordinates, shorter numbers; each step is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from ..arrays import Array
from .codes import Codes
from .draws import complexity, simple_numbers
from .moves import Point, by_size, codes_of, moved_tokens, reference
from .variables import Codebooks, DomainSymbol, IntegerVariable, Priors, Real, Specs

GRIDS = (1, 2, 3, 4, 5, 8, 10, 100, 1000)
"""Denominators of coordinates, the simplest first."""

MOST_LOOKS = 600

MOST_CARRIED = 4
"""Most moved tokens that are carried over to a smaller codebook."""

MOST_STEPS = 100
"""Least values of an integer that are tried one by one."""

Looks = Callable[[Point], bool]
"""Whether the claim still fails at a point."""


def shrunk(point: Point, variables: Sequence[DomainSymbol], fails: Looks, looks: int = MOST_LOOKS) -> Point:
    """A simpler point at which the claim still fails; at most ``looks`` points are looked at.

    Args:
        point: where it fails.
        variables: the claim's.
        fails: looks again.
        looks: most points looked at.
    """
    budget = looks

    def still(candidate: Point) -> bool:
        nonlocal budget
        budget -= 1
        return budget >= 0 and fails(candidate)

    weighed = any(isinstance(v, Priors) for v in variables)
    for v in variables:
        if isinstance(v, Codebooks):
            start = reference(v, point)
            if start is not None:
                if not weighed:
                    point = _first(_matched(point, v, start.points), still) or point
                point = _fewer_moves(point, v, start.points, still)
            point = _simpler_codes(point, v, start, still)
    for v in variables:
        if isinstance(v, Specs):
            point = _first(_smaller_reference(point, v, variables), still) or point
    for v in variables:
        if isinstance(v, IntegerVariable):
            point = _lower(point, v, still)
        elif isinstance(v, Real):
            point = _first(({**point, v.name: x} for x in _shorter(point[v.name], v)), still) or point
    return point


def _smaller_reference(point: Point, v: Specs, variables: Sequence[DomainSymbol]) -> Iterator[Point]:
    """The same with a smaller reference codebook, smallest first, at the same numbers or, if there is one, simple ones.

    The few tokens that were moved become the first ones of the smaller codebook, at the same places cut to its
    dimension.
    """
    reals = [u for u in variables if isinstance(u, Real)]
    books = [u for u in variables if isinstance(u, Codebooks) and u.like is v]
    if any(isinstance(u, Priors) for u in variables):
        return
    for spec in by_size(v):
        if v.books[spec].K >= v.books[point[v.name]].K:
            return
        candidate = {**point, v.name: spec}
        for u in books:
            start, codes = codes_of(v, spec).points, point[u.name]
            moved = moved_tokens(codes, codes_of(v, point[v.name]).points)
            if len(moved) > min(MOST_CARRIED, len(start)) or start.shape[1] > codes.n:
                break
            raw = np.array(start)
            raw[: len(moved)] = codes.points[moved, : start.shape[1]]
            candidate = _with_rows(candidate, u, raw)
        else:
            yield candidate
            for u in reals[:1] if len(reals) == 1 else ():
                for x in simple_numbers(*u.ends):
                    yield {**candidate, u.name: x}


def _first(candidates: Iterator[Point], still: Looks) -> Point | None:
    return next((candidate for candidate in candidates if still(candidate)), None)


def _lower(point: Point, v: IntegerVariable, still: Looks) -> Point:
    """The integer as small as it will do: the least ones one by one, then half-way down again and again."""
    least = ({**point, v.name: i} for i in range(v.low, min(v.low + MOST_STEPS, point[v.name])))
    found = _first(least, still)
    while found is None:
        reach = point[v.name] - v.low
        nearer = [{**point, v.name: point[v.name] - (reach >> k)} for k in range(1, reach.bit_length())]
        found = _first(iter(nearer), still)
        if found is None:
            return point
        point, found = found, None
    return found


def _with_rows(point: Point, v: Codebooks, raw: Array) -> Point:
    return {**point, v.name: Codes(raw, v.constraint)}


def _matched(point: Point, v: Codebooks, start: Array) -> Iterator[Point]:
    """The same codes, each given to the token of the reference whose code it is closest to."""
    points = point[v.name].points
    tokens, rows = linear_sum_assignment(cdist(start, points, "sqeuclidean"))
    raw = np.empty_like(start)
    raw[tokens] = points[rows]
    yield _with_rows(point, v, raw)


def _fewer_moves(point: Point, v: Codebooks, start: Array, still: Looks) -> Point:
    """As many tokens as possible put back to the reference: by halves, then one by one."""
    size = max(1, len(moved_tokens(point[v.name], start)) // 2)
    while True:
        moved = moved_tokens(point[v.name], start)
        put_back = False
        for i in range(0, len(moved), size):
            raw = np.array(point[v.name].points)
            raw[moved[i : i + size]] = start[moved[i : i + size]]
            candidate = _with_rows(point, v, raw)
            if len(moved) > size and still(candidate):
                point, put_back = candidate, True
        if not put_back:
            if size == 1:
                break
            size //= 2
    moved = moved_tokens(point[v.name], start)
    if len(moved) == 1 and moved[0] != 0:
        raw = np.array(start)
        raw[0] = point[v.name].points[moved[0]]
        candidate = _with_rows(point, v, raw)
        if still(candidate):
            return candidate
    return point


def _simpler_codes(point: Point, v: Codebooks, start: Codes | None, still: Looks) -> Point:
    """Coordinates rounded to simple fractions: all codes at once, then code by code; a code at 0 if that will do."""
    codes = point[v.name]
    rows = list(range(codes.K)) if start is None else moved_tokens(codes, start.points)
    point = _rounded(point, v, rows, still)
    for row in rows[:16]:
        raw = np.array(point[v.name].points)
        if raw[row].any():
            raw[row] = 0.0
            candidate = _with_rows(point, v, raw)
            point = candidate if still(candidate) else _rounded(point, v, [row], still)
    return point


def _rounded(point: Point, v: Codebooks, rows: Sequence[int], still: Looks) -> Point:
    """Some codes on the coarsest grid that will do."""
    raw = np.array(point[v.name].points)
    for q in GRIDS:
        candidate = np.array(raw)
        candidate[rows] = np.round(raw[rows] * q) / q + 0.0
        if np.array_equal(candidate, raw):
            return point
        if still(_with_rows(point, v, candidate)):
            return _with_rows(point, v, candidate)
    return point


def _shorter(value: Fraction, v: Real) -> Iterator[Fraction]:
    """Numbers close to a value in its domain, the simplest first, until they are no simpler than it."""
    low, high = v.ends
    seen = set()
    for q in (1, 2, 5, 10, 20, 50, 100, 1000, 10000):
        below = Fraction((value * q).__floor__(), q)
        for x in sorted((below, below + Fraction(1, q)), key=lambda x: (abs(x - value), complexity(x))):
            if low <= x <= high and x not in seen and complexity(x) < complexity(value):
                seen.add(x)
                yield x
