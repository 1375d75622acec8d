"""The MAP error of codes in a plane, enclosed: the Gaussian measure of exact decision cells, wedge by wedge; any prior.

Beside :mod:`.planar`, which does the same in float64.  What a cell leaves out is, seen from a code inside it, the sum
of the wedges beyond its sides; all are positive, so the error keeps its relative accuracy however small it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import arb, fmpq

from ...balls.arithmetic import Ball
from .certified_cells import Rational, Side, cell
from .certified_integrals import wedge
from .certified_span import Plane

MOST_CELLS = 1024
"""Most codes whose cells are cut out."""

Wedge = tuple[Rational, Rational | None, Rational | None]
"""λ²‖w‖² in integers of the plane, and the ends of a side as s/λ: two sides with the same have the same wedge."""


def planar_error(
    plane: Plane, r: Fraction, probabilities: Sequence[Rational] | None, weights: Sequence[Rational] | None, bits: int
) -> Ball:
    """Σ_k π_k P(noise leaves the cell of k), cells those of the largest c_k − r²‖x − e_k‖²/2.

    That is 1 − A for c = log π, and no less for any other c.

    Args:
        plane: the codes.
        r: amplitude ratio, positive.
        probabilities: π, rational; None for the uniform prior.
        weights: c, rational; None if they are equal.
        bits: relative accuracy wanted, of every wedge.
    """
    scale = r * r * plane.square / plane.determinant
    rate = fmpq(scale.numerator, scale.denominator)
    if weights is None and probabilities is None:
        counts: dict[Wedge, Rational] = _voronoi_wedges(plane)
        total = arb(0)
    else:
        counts, total = {}, arb(0)
        tokens = len(plane.places)
        for k in range(tokens):
            share = fmpq(1, tokens) if probabilities is None else probabilities[k]
            total += ball_of(share) * _collect(plane, cell(plane, k, weights, rate), share, counts)
    across = 1 / arb(plane.determinant).sqrt()
    for (square, low, high), count in counts.items():
        h = ball_of(square * rate).sqrt()
        ends = [None if end is None else across * ball_of(end) for end in (low, high)]
        total += ball_of(count) * wedge(h, ends[0], ends[1], bits)
    return total


@lru_cache(maxsize=32)
def _voronoi_wedges(plane: Plane) -> dict[Wedge, Rational]:
    """The wedges of all Voronoi cells, with their number divided by K: they do not depend on r."""
    counts: dict[Wedge, Rational] = {}
    for k in range(len(plane.places)):
        _collect(plane, cell(plane, k, None, None), fmpq(1, len(plane.places)), counts)
    return counts


def _collect(plane: Plane, sides: Sequence[Side] | None, share: Rational, counts: dict[Wedge, Rational]) -> Ball:
    """Add ``share`` × (wedges, with the sign of λ) of a cell to the counts; what has to be added to their sum."""
    if sides is None:
        return arb(1)
    through = []
    for side in sides:
        if side.foot == 0:
            through.append(side)
            continue
        size = abs(side.foot)
        low = None if side.low is None else side.low / size
        high = None if side.high is None else side.high / size
        key = _reflected(side.foot**2 * side.length, low, high)
        counts[key] = counts.get(key, fmpq(0)) + (share if side.foot > 0 else -share)
    # 1 less the part of the directions around the code in which the cell is: all, none, or an angle at its border.
    if any(side.foot < 0 for side in sides):
        return arb(1)
    if not through:
        return arb(0)
    if len(through) == 1:
        return arb(1) / 2
    first, second = through
    cosine = arb(plane.product(first.offset, second.offset)) / (arb(first.length) * second.length).sqrt()
    return (1 + cosine.acos() / arb.pi()) / 2


def _reflected(square: Rational, low: Rational | None, high: Rational | None) -> Wedge:
    """The wedge or its mirror image, the same for both."""
    mirrored = (None if high is None else -high), (None if low is None else -low)
    turn = high is not None and (low is None or low + high < 0)
    return (square, *mirrored) if turn else (square, low, high)


def ball_of(value: Any) -> Ball:
    """A ball that contains a :class:`flint.fmpq`, at the present precision."""
    return arb(value)
