"""Centres of quadrature over a one-dimensional mixture Σ_k π_k N(x; r a_k, 1): where anything happens, for all r.

Errors are made in two kinds of places: at the crossings, where two neighbours on the upper envelope of the weights
π_k φ(x − r a_k) are equally probable, and at the codes of tokens that are not the most probable ones there.  Posteriors
have poles at distance π/ρ from a crossing, ρ = r times the distance of its two codes.

Positions are kept as offsets from r(a_i + a_k)/2, for two tokens i and k of the centre (one token twice for a code), so
that codes of any scale and any r keep their relative accuracy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
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
class Centres:
    """Where panels begin: offsets from r(a_i + a_k)/2, widths of the first panel, and how far to go on both sides."""

    row: Index
    i: Index
    k: Index
    offset: Array
    floor: Array
    left: Array
    right: Array

    def take(self, which: NDArray[Any]) -> Centres:
        pairs = self.row[which], self.i[which], self.k[which]
        return Centres(*pairs, self.offset[which], self.floor[which], self.left[which], self.right[which])


def reach(h: Any) -> Array:
    """How far beyond a distance h the weight φ falls by e^−45: the u with h u + u²/2 = 45."""
    near = np.maximum(h, 0.0)
    return np.asarray(2 * LEFT_OUT / (near + np.sqrt(near**2 + 2 * LEFT_OUT)))


def all_centres(
    points: Array, log_prior: Array, r: Array, everywhere: bool
) -> tuple[Centres, list[tuple[Array, Array]]]:
    """All centres, and for each r how far from each code, to the left and to the right, its token has its cell."""
    if np.all(log_prior == log_prior[0]):
        return _uniform(points, r, everywhere)
    parts, reaches = [], []
    for row, rate in enumerate(r.tolist()):
        part, cells = _of_row(points, log_prior, rate, row, everywhere)
        parts.append(part)
        reaches.append(cells)
    columns = [np.concatenate([getattr(p, name) for p in parts]) for name in Centres.__dataclass_fields__]
    return Centres(*columns), reaches


def _uniform(points: Array, r: Array, everywhere: bool) -> tuple[Centres, list[tuple[Array, Array]]]:
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
    centres = Centres(row, np.tile(i, rows), np.tile(k, rows), np.zeros(len(row)), floor, far, far)
    ends = np.zeros((rows, 1))
    left, right = np.concatenate([ends, rho / 2], axis=1), np.concatenate([rho / 2, ends], axis=1)
    return centres, list(zip(left, right, strict=True)) if levels > FEW_CODES else []


def _of_row(
    points: Array, log_prior: Array, r: float, row: int, everywhere: bool
) -> tuple[Centres, tuple[Array, Array]]:
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
    return Centres(rows, *(column[order] for column in joined)), (np.maximum(left, 0.0), np.maximum(right, 0.0))


def thinned(points: Array, r: Array, centres: Centres) -> Centres:
    """One centre without near poles in each stretch of length 1, which then reaches that much further."""
    stretch = np.floor(local_positions(distances(points, r, centres)) / UNIT)
    smooth = centres.floor >= WIDEST_PANEL
    index = np.arange(len(smooth))
    before = np.maximum.accumulate(np.where(smooth, index, -1))
    before = np.concatenate([[-1], before[:-1]])
    repeated = smooth & (before >= 0) & (stretch[before] == stretch)
    full = float(reach(0.0)) + UNIT
    left, right = (np.where(smooth, full, side) for side in (centres.left, centres.right))
    return replace(centres, left=left, right=right).take(~repeated)


def local_positions(apart: Array) -> Array:
    """Positions of the centres of all rows in one line from their distances, long ones cut short to keep digits."""
    return np.concatenate([[0.0], np.cumsum(np.minimum(apart, FAR))])


def distances(points: Array, r: Array, centres: Centres) -> Array:
    """From each centre to the next one, without cancellation; infinite from one row to the next."""
    i, k = points[centres.i], points[centres.k]
    between = r[centres.row[1:]] * ((i[1:] - i[:-1]) + (k[1:] - k[:-1])) / 2 + np.diff(centres.offset)
    return np.where(np.diff(centres.row) == 0, np.maximum(between, 0.0), np.inf)
