"""Panels for quadrature over a one-dimensional mixture Σ_k π_k N(x; r a_k, 1), for all r at once.

Panels double in width from 1/ρ on, away from each centre (:mod:`.mixture_centres`), up to a width of
:data:`.mixture_centres.WIDEST_PANEL`: none is wider than its distance from the next pole of a posterior.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..arrays import Array
from .mixture_centres import (
    EPS,
    FEW_CODES,
    LEFT_OUT,
    WIDEST_PANEL,
    Centres,
    Index,
    all_centres,
    distances,
    local_positions,
    thinned,
)


@dataclass(frozen=True)
class Panels:
    """Intervals [r(a_i + a_k)/2 + start, r(a_i + a_k)/2 + stop]; all arrays of shape (P,), rows ascending.

    Attributes:
        row: which r.
        i: one token of the pair that positions refer to.
        k: the other one.
        start: left end, an offset.
        stop: right end.
        first: the tokens that matter there are first, …, last − 1, of those in ascending order.
        last: one past the last of them.
    """

    row: Index
    i: Index
    k: Index
    start: Array
    stop: Array
    first: Index
    last: Index

    def of_rows(self, rows: Index) -> Panels:
        """The panels of some rows, ascending, which are then numbered from 0."""
        number = np.searchsorted(rows, self.row)
        kept = rows[np.minimum(number, len(rows) - 1)] == self.row
        columns = (self.i, self.k, self.start, self.stop, self.first, self.last)
        return Panels(number[kept], *(column[kept] for column in columns))

    def halved(self) -> Panels:
        """Each panel cut in two."""
        middle = (self.start + self.stop) / 2
        start, stop = np.stack([self.start, middle], axis=1).ravel(), np.stack([middle, self.stop], axis=1).ravel()
        row, i, k, first, last = (np.repeat(v, 2) for v in (self.row, self.i, self.k, self.first, self.last))
        return Panels(row, i, k, start, stop, first, last)


def mixture_panels(
    points: Array, log_prior: Array, r: Array, everywhere: bool = False, by_token: bool = False
) -> Panels:
    """Panels on which Gauss–Legendre quadrature of order n converges like 5.8^(−2n).

    Args:
        points: codes, ascending, shape (K,), K ≥ 2.
        log_prior: shape (K,), finite.
        r: shape (R,), positive, ascending or not.
        everywhere: also around the codes of the tokens that are the most probable ones there, where the mixture has
            its mass; without it, only where errors are made.
        by_token: whether averages given single tokens are wanted, to which others may matter where they are
            negligible beside the whole.
    """
    centres, reaches = all_centres(points, log_prior, r, everywhere)
    centres = thinned(points, r, centres)
    lengths = _shared(centres, distances(points, r, centres))
    side = np.repeat([-1.0, 1.0], len(centres.row))
    owner, start, stop = _graded(np.tile(centres.floor, 2), lengths.ravel())
    sign, owner = side[owner], owner % len(centres.row)
    start, stop = np.minimum(sign * start, sign * stop), np.maximum(sign * start, sign * stop)
    order = np.argsort(owner, kind="stable")
    found = centres.take(owner[order])
    start, stop = found.offset + start[order], found.offset + stop[order]
    levels = len(points)
    if levels <= FEW_CODES or by_token:
        first, last = np.zeros_like(found.row), np.full_like(found.row, levels)
    else:
        first, last = _windows(points, r, reaches, found, start, stop)
    return Panels(found.row, found.i, found.k, start, stop, first, last)


def _graded(floor: Array, length: Array) -> tuple[Index, Array, Array]:
    """Panels of [0, length]: widths f, f, 2f, 4f, … up to the widest, then equal ones; (owner, start, stop)."""
    rising = np.minimum(length, WIDEST_PANEL)
    doublings = np.where(rising > floor, np.ceil(np.log2(np.maximum(rising / floor, 1.0))), 0).astype(np.int64)
    turn = np.minimum(floor * 2.0**doublings, length)
    equal = np.ceil((length - turn) / WIDEST_PANEL).astype(np.int64)
    count = np.where(length > 0, 1 + doublings + equal, 0)
    owner = np.repeat(np.arange(len(length)), count)
    m = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    floor, length, turn = floor[owner], length[owner], turn[owner]
    doublings, equal = doublings[owner], equal[owner]
    step = (length - turn) / np.maximum(equal, 1)

    def edge(number: Index) -> Array:
        grown = floor * 2.0 ** np.minimum(number - 1, doublings)
        beyond = turn + (number - 1 - doublings) * step
        return np.where(number == 0, 0.0, np.where(number - 1 <= doublings, np.minimum(grown, length), beyond))

    return owner, edge(m), np.where(m + 1 == (1 + doublings + equal), length, edge(m + 1))


def _shared(centres: Centres, apart: Array) -> Array:
    """How far panels go to the left and to the right of each centre, shape (2, C): all is covered, and nothing twice.

    A centre takes over what those beyond it would reach, and meets its neighbour half way, if both reach that far.
    Its own reach may be nothing beside its position in the line.
    """
    local = local_positions(apart)
    right = np.maximum(np.maximum.accumulate(local + centres.right) - local, centres.right)
    left = np.maximum(local - np.minimum.accumulate((local - centres.left)[::-1])[::-1], centres.left)
    half = apart / 2
    right[:-1] = np.minimum(right[:-1], np.maximum(half, apart - left[1:]))
    left[1:] = np.minimum(left[1:], apart - right[:-1])
    return np.stack([left, right])


def _windows(
    points: Array, r: Array, cells: list[tuple[Array, Array]], centres: Centres, start: Array, stop: Array
) -> tuple[Index, Index]:
    """The range of tokens whose weight matters on each panel: not e^−90 of what it is at the edge of its cell."""
    levels = len(points)
    first, last = np.empty((2, len(start)), dtype=np.int64)
    bounds = np.searchsorted(centres.row, np.arange(len(r) + 1))
    scaled = points - points[0]
    for row, (left, right) in enumerate(cells):
        part = slice(bounds[row], bounds[row + 1])
        codes = r[row] * scaled
        slack = 8 * EPS * codes[-1]
        middle = r[row] * (scaled[centres.i[part]] + scaled[centres.k[part]]) / 2
        ends = np.maximum.accumulate(codes + np.sqrt(right**2 + 4 * LEFT_OUT) + slack)
        begins = np.minimum.accumulate((codes - np.sqrt(left**2 + 4 * LEFT_OUT) - slack)[::-1])[::-1]
        first[part] = np.minimum(np.searchsorted(ends, middle + start[part]), levels - 1)
        last[part] = np.maximum(np.searchsorted(begins, middle + stop[part], side="right"), first[part] + 1)
    return first, last


def row_blocks(rows: int, levels: int, most: int = 2**18) -> Iterator[slice]:
    """Slices of the rows in which there are not more than about ``most`` centres."""
    step = max(1, most // (2 * levels))
    for i in range(0, rows, step):
        yield slice(i, min(i + step, rows))
