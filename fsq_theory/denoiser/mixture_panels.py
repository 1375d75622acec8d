"""Panels for quadrature over a one-dimensional mixture Σ_k π_k N(x; r a_k, 1), for all r at once.

Everything of interest sits in two kinds of places: at the crossings, where two neighbours on the upper envelope of the
weights π_k φ(x − r a_k) are equally probable, and at the codes of tokens that are not the most probable ones there.
Posteriors have poles at distance π/ρ from a crossing, ρ = r times the distance of its two codes.  Panels therefore
double in width from 1/ρ on, away from each of these centres, up to a width of :data:`WIDEST_PANEL`.

Positions are kept as offsets from r(a_i + a_k)/2, for two tokens i and k of the panel (one token twice around a code),
so that codes of any scale and any r keep their relative accuracy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
from ..gaussian import gauss_legendre
from .accuracy.scalar import envelope
from .accuracy.threshold import rival_threshold

Index = NDArray[np.int64]

LEFT_OUT = 45.0
"""Where a weight has fallen by e^−45 = 3e-20 from its largest value among those that count, it is left out."""

WIDEST_PANEL = 2.0

FAR = 100.0
"""A distance further than which no centre reaches."""

UNIT = 1.0
"""Centres without near poles are thinned to one in each stretch of this length."""

FEW_CODES = 16
"""Up to this many tokens, every token is looked at on every panel."""

EPS = float(np.finfo(np.float64).eps)


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


@dataclass(frozen=True)
class _Centres:
    """Where panels begin: offsets from r(a_i + a_k)/2, widths of the first panel, and how far to go on both sides."""

    row: Index
    i: Index
    k: Index
    offset: Array
    floor: Array
    left: Array
    right: Array

    def take(self, which: NDArray[Any]) -> _Centres:
        pairs = self.row[which], self.i[which], self.k[which]
        return _Centres(*pairs, self.offset[which], self.floor[which], self.left[which], self.right[which])


def reach(h: Any) -> Array:
    """How far beyond a distance h the weight φ falls by e^−45: the u with h u + u²/2 = 45."""
    near = np.maximum(h, 0.0)
    return np.asarray(2 * LEFT_OUT / (near + np.sqrt(near**2 + 2 * LEFT_OUT)))


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
    centres, reaches = _centres(points, log_prior, r, everywhere)
    centres = _thinned(points, r, centres)
    lengths = _shared(centres, _distances(points, r, centres))
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


def _centres(points: Array, log_prior: Array, r: Array, everywhere: bool) -> tuple[_Centres, list[tuple[Array, Array]]]:
    """All centres, and for each r how far from each code, to the left and to the right, its token has its cell."""
    if np.all(log_prior == log_prior[0]):
        return _uniform_centres(points, r, everywhere)
    parts, reaches = [], []
    for row, rate in enumerate(r.tolist()):
        part, cells = _centres_of_row(points, log_prior, rate, row, everywhere)
        parts.append(part)
        reaches.append(cells)
    columns = [np.concatenate([getattr(p, name) for p in parts]) for name in _Centres.__dataclass_fields__]
    return _Centres(*columns), reaches


def _uniform_centres(points: Array, r: Array, everywhere: bool) -> tuple[_Centres, list[tuple[Array, Array]]]:
    """Crossings half way between neighbours; every code is inside its own cell."""
    rho = np.outer(r, np.diff(points))
    rows, levels = len(r), len(points)
    if everywhere:
        i = np.arange(2 * levels - 1) // 2
        k = np.arange(1, 2 * levels) // 2
        spacing = np.zeros((rows, 2 * levels - 1))
        spacing[:, 1::2] = rho
    else:
        i, k, spacing = np.arange(levels - 1), np.arange(1, levels), rho
    far = reach(spacing / 2).ravel()
    with np.errstate(divide="ignore"):
        floor = np.minimum(1 / spacing, WIDEST_PANEL).ravel()
    row = np.repeat(np.arange(rows), len(i))
    centres = _Centres(row, np.tile(i, rows), np.tile(k, rows), np.zeros(len(row)), floor, far, far)
    ends = np.zeros((rows, 1))
    left, right = np.concatenate([ends, rho / 2], axis=1), np.concatenate([rho / 2, ends], axis=1)
    return centres, list(zip(left, right, strict=True)) if levels > FEW_CODES else []


def _centres_of_row(
    points: Array, log_prior: Array, r: float, row: int, everywhere: bool
) -> tuple[_Centres, tuple[Array, Array]]:
    i, k = envelope(points, log_prior, r)
    gap, ratio = points[k] - points[i], log_prior[i] - log_prior[k]
    from_i, from_k = rival_threshold(r, gap, ratio), rival_threshold(r, gap, -ratio)
    seen = np.zeros(len(points), dtype=bool)
    seen[i] = seen[k] = True
    if not len(i):
        seen[np.argmax(log_prior)] = True
    left, right = np.zeros((2, len(points)))
    right[i], left[k] = from_i, from_k
    alone = everywhere | ~seen | (left < 0) | (right < 0)
    rho = r * gap
    with np.errstate(over="ignore"):
        offset = ratio / rho
    # A crossing outside of all codes, far from them, is where nothing happens.
    outermost = r * (points[-1] - points[0]) + 4 * float(reach(0.0))
    near = np.abs(offset) < outermost
    codes = np.flatnonzero(alone)
    smooth, full = np.full(len(codes), WIDEST_PANEL), np.full(len(codes), float(reach(0.0)))
    i, k, offset, rho, from_i, from_k = (v[near] for v in (i, k, offset, rho, from_i, from_k))
    columns = [
        (i, codes),
        (k, codes),
        (offset, np.zeros(len(codes))),
        (np.minimum(1 / rho, WIDEST_PANEL), smooth),
        (reach(from_k), full),
        (reach(from_i), full),
    ]
    joined = [np.concatenate(pair) for pair in columns]
    middle = ((points[joined[0]] - points[0]) + (points[joined[1]] - points[0])) / 2
    order = np.argsort(r * middle + joined[2], kind="stable")
    rows = np.full(len(order), row, dtype=np.int64)
    return _Centres(rows, *(column[order] for column in joined)), (np.maximum(left, 0.0), np.maximum(right, 0.0))


def _thinned(points: Array, r: Array, centres: _Centres) -> _Centres:
    """One centre without near poles in each stretch of length 1, which then reaches that much further."""
    stretch = np.floor(_local(_distances(points, r, centres)) / UNIT)
    smooth = centres.floor >= WIDEST_PANEL
    index = np.arange(len(smooth))
    before = np.maximum.accumulate(np.where(smooth, index, -1))
    before = np.concatenate([[-1], before[:-1]])
    repeated = smooth & (before >= 0) & (stretch[before] == stretch)
    full = float(reach(0.0)) + UNIT
    left, right = (np.where(smooth, full, side) for side in (centres.left, centres.right))
    return replace(centres, left=left, right=right).take(~repeated)


def _local(distances: Array) -> Array:
    """Positions of the centres of all rows in one line, long distances cut short so that rounding stays small."""
    return np.concatenate([[0.0], np.cumsum(np.minimum(distances, FAR))])


def _shared(centres: _Centres, distances: Array) -> Array:
    """How far panels go to the left and to the right of each centre, shape (2, C): all is covered, and nothing twice.

    A centre takes over what those beyond it would reach, and meets its neighbour half way, if both reach that far.
    """
    local = _local(distances)
    right = np.maximum.accumulate(local + centres.right) - local
    left = local - np.minimum.accumulate((local - centres.left)[::-1])[::-1]
    half = distances / 2
    right[:-1] = np.minimum(right[:-1], np.maximum(half, distances - left[1:]))
    left[1:] = np.minimum(left[1:], distances - right[:-1])
    return np.stack([left, right])


def _distances(points: Array, r: Array, centres: _Centres) -> Array:
    """From each centre to the next one, without cancellation; infinite from one row to the next."""
    i, k = points[centres.i], points[centres.k]
    between = r[centres.row[1:]] * ((i[1:] - i[:-1]) + (k[1:] - k[:-1])) / 2 + np.diff(centres.offset)
    return np.where(np.diff(centres.row) == 0, np.maximum(between, 0.0), np.inf)


def _windows(
    points: Array, r: Array, cells: list[tuple[Array, Array]], centres: _Centres, start: Array, stop: Array
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


def panels_on_line(points: Array, log_prior: Array, r: float) -> tuple[Array, Array]:
    """Left and right ends of the panels for one r, as positions on the line; they cover the mass of the mixture too.

    Their ends are rounded to r times the largest code, so that r times the codebook's width should be below 1e12.
    """
    panels = mixture_panels(points, log_prior, np.array([r]), everywhere=True)
    middle = r * (points[panels.i] + points[panels.k]) / 2
    return middle + panels.start, middle + panels.stop


def panel_nodes(start: Array, stop: Array, order: int) -> tuple[Array, Array]:
    """Nodes and log weights of composite Gauss–Legendre quadrature on panels, each of shape (panels·order,)."""
    nodes, weights = gauss_legendre(order)
    half = (stop - start) / 2
    x = (start + half)[:, None] + half[:, None] * nodes
    return x.ravel(), np.log(half[:, None] * weights).ravel()


def row_blocks(rows: int, levels: int, most: int = 2**18) -> Iterator[slice]:
    """Slices of the rows in which there are not more than about ``most`` centres."""
    step = max(1, most // (2 * levels))
    for i in range(0, rows, step):
        yield slice(i, min(i + step, rows))
