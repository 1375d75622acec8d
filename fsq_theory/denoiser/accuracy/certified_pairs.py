"""Bounds on the MAP error of listed codes from pairs and triples of them, enclosed in balls; uniform prior.

Noise Z ~ N(0, I) takes token k for j where Z falls beyond the plane half-way between them, with probability
Φ(−r d_kj/2).  Above: the union bound.  Below: Bonferroni's inequality over some of the competitors of each token, for
which the probability of losing to two of them is bounded by one half-space, and the volume bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb

from ...arrays import Array
from ...balls.arithmetic import Ball, ball
from ...codebooks.exact_points import ExactPoints

NEIGHBOURS = 12
"""Competitors of a token that the lower bound uses."""

FINE, COARSE = 2**12, 2.0**-12
"""Distances that the union bound takes one by one, and the relative width of the bins of all further ones."""


@dataclass(frozen=True)
class DistanceCount:
    """``pairs`` unordered pairs of codes at a distance of at least ``least``: its exact square, or a lower bound."""

    least_square: Fraction
    pairs: int


def union_bound(points: ExactPoints, r: Ball) -> Ball:
    """min(1 − 1/K, (2/K) Σ_{i<j} Φ(−r d_ij/2)) ≥ 1 − A; its upper end is what is certain."""
    total = arb(0)
    for group in distance_counts(points):
        total += group.pairs * tail(r * (ball(group.least_square).sqrt() / 2))
    return (2 * total / points.K).min(1 - arb(1) / points.K)


def bonferroni_bound(points: ExactPoints, r: Ball, most: int = NEIGHBOURS) -> Ball:
    """(1/K) Σ_k [Σ_{j∈S_k} P(k loses to j) − Σ_{i<j∈S_k} P(k loses to both)] ≤ 1 − A, for any sets S_k of competitors.

    Both half-spaces are met no nearer than at the centre of the circle through the three codes, at r times its radius
    R if the triangle is not obtuse at i or j, so that the probability is at most Φ(−rR); it is at most that of one of
    them in any case.  S_k is chosen greedily from the nearest, and only adds to the bound.
    """
    nearest = points.neighbours(most).tolist()
    singles: dict[int, Ball] = {}
    pairs: dict[tuple[int, int, int], Ball] = {}
    unit = points.unit**2
    tails: dict[Fraction, Ball] = {}

    def beyond(square: Fraction) -> Ball:
        if square not in tails:
            tails[square] = tail(r * ball(square).sqrt())
        return tails[square]

    total = arb(0)
    for k, candidates in enumerate(nearest):
        chosen: list[tuple[int, int]] = []
        for j in candidates:
            square = points.square(k, j)
            if square not in singles:
                singles[square] = beyond(unit * square / 4)
            gain = singles[square]
            for i, other in chosen:
                between = points.square(i, j)
                key = (square, other, between)
                if key not in pairs:
                    radius = circumradius_square(*key)
                    pairs[key] = (
                        beyond(unit * max(square, other) / 4)
                        if radius is None
                        else beyond(unit * radius)
                        if radius
                        else arb(0)
                    )
                gain = gain - pairs[key]
            if gain > 0:
                total += gain
                chosen.append((j, square))
    return total / points.K


def circumradius_square(a: int, b: int, c: int) -> Fraction | None:
    """R² = abc/(2ab + 2bc + 2ca − a² − b² − c²) of the triangle with squared sides a, b (at the token sent) and c.

    None if it is obtuse at one of the ends of c, so that one half-space nearly contains the other; 0 stands for codes
    on a line on both sides of the token sent, of which it cannot lose to both.
    """
    if a > b + c or b > a + c:
        return None
    area = 2 * (a * b + b * c + c * a) - a * a - b * b - c * c
    return Fraction(a * b * c, area) if area else Fraction(0)


def volume_bound(points: ExactPoints, r: Ball) -> Ball:
    """1 − (1/K) Π_i (1 + r w_i/√(2π)) ≤ 1 − A for codes in a box of widths w_i: K A ≤ ∫ max over the box of φ."""
    root = (2 * arb.pi()).sqrt()
    volume = arb(1)
    for column in zip(*points.rows, strict=True):
        volume *= 1 + r * (ball(points.unit * (max(column) - min(column))) / root)
    return 1 - volume / points.K


def tail(h: Ball) -> Ball:
    """Φ(−h) = ½ erfc(h/√2)."""
    return (h / arb(2).sqrt()).erfc() / 2


def distance_counts(points: ExactPoints) -> list[DistanceCount]:
    """All pairs of codes by distance: exactly where integers of 52 bits hold the squares, else from below."""
    rows = points.rows
    if points.n * (2 * points.widest) ** 2 < 2**52:
        squares: dict[float, int] = {}
        codes = np.array(rows, dtype=np.float64)
        for i in range(points.K - 1):
            gaps = codes[i + 1 :] - codes[i]
            values, counts = np.unique(np.einsum("kn,kn->k", gaps, gaps), return_counts=True)
            for value, count in zip(values.tolist(), counts.tolist(), strict=True):
                squares[value] = squares.get(value, 0) + count
        return [DistanceCount(points.unit**2 * int(value), count) for value, count in sorted(squares.items())]
    found = np.concatenate([_above_diagonal(start, tile) for start, tile in points.tiles()])
    found.sort()
    starts = _group_starts(found, points.slack)
    counts = np.diff(np.append(starts, len(found)))
    least = np.maximum(found[starts] - points.slack, 0.0).tolist()
    return [
        DistanceCount((points.largest * Fraction(low)) ** 2, count)
        for low, count in zip(least, counts.tolist(), strict=True)
    ]


def _above_diagonal(start: int, tile: Array) -> Array:
    columns = np.arange(tile.shape[1])
    return tile[columns[None, :] > start + np.arange(len(tile))[:, None]]


def _group_starts(ascending: Array, slack: float) -> Array:
    """Where groups of sorted distances begin: within ``slack`` of each other first, in geometric bins further out."""
    new = np.flatnonzero(np.diff(ascending) > slack) + 1
    starts = np.concatenate([[0], new])
    if len(starts) <= FINE:
        return starts
    far = starts[FINE:]
    steps = np.floor(np.log(ascending[far] / ascending[far[0]]) / COARSE)
    return np.concatenate([starts[:FINE], far[np.concatenate([[True], np.diff(steps) > 0])]])
