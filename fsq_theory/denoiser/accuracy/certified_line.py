"""The MAP error of codes on a line, enclosed: thresholds that are rational numbers, any prior.

Beside :mod:`.scalar`, which does the same in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb, fmpq

from ...balls.arithmetic import Ball, ball
from .certified_pairs import tail
from .certified_span import Line


def gap_error(values: Sequence[int], square: Fraction, r: Ball) -> Ball:
    """(2/K) Σ_i Φ(−r Δ_i/2), the uniform prior: for ascending codes with gaps Δ_i, equal gaps taken once.

    Args:
        values: the codes, ascending integers.
        square: the squared length of a unit.
        r: amplitude ratio, positive.
    """
    gaps: dict[int, int] = {}
    for low, high in pairwise(values):
        gaps[high - low] = gaps.get(high - low, 0) + 1
    total = sum((count * tail(r * (ball(square * gap * gap / 4)).sqrt()) for gap, count in gaps.items()), arb(0))
    return 2 * total / len(values)


def line_error(line: Line, r: Fraction, probabilities: Sequence[Any], weights: Sequence[Any]) -> Ball:
    """Σ_k π_k P(k is not decided for), deciding for the largest c_k − r²(x − e_k)²/2.

    That is 1 − A for c = log π, and no less for any other c.  Two neighbours i < j on the upper envelope change at
    (t_i + t_j)/2 + (c_i − c_j)/(κ(t_j − t_i)), κ = r²·``line.square``; a token that is not on it is never decided for.

    Args:
        line: the codes.
        r: amplitude ratio, positive.
        probabilities: π, rational.
        weights: c, rational.
    """
    steepness = r * r * line.square
    rate = fmpq(steepness.numerator, steepness.denominator)
    order = sorted(range(len(line.places)), key=lambda k: line.places[k])
    kept, changes = _envelope(line.places, weights, rate, order)
    root = arb(rate).sqrt()
    total = arb(sum((probabilities[k] for k in set(order) - set(kept)), fmpq(0)))
    for (i, j), change in zip(pairwise(kept), changes, strict=True):
        total += arb(probabilities[i]) * tail(root * arb(change - line.places[i]))
        total += arb(probabilities[j]) * tail(root * arb(line.places[j] - change))
    return total


def _envelope(
    places: Sequence[int], weights: Sequence[Any], rate: Any, order: Sequence[int]
) -> tuple[list[int], list[Any]]:
    """The tokens that are decided for somewhere, from left to right, and where one gives way to the next."""

    def change(i: int, j: int) -> Any:
        gap = places[j] - places[i]
        return fmpq(places[i] + places[j], 2) + (weights[i] - weights[j]) / (rate * gap)

    kept: list[int] = []
    changes: list[Any] = []
    for k in order:
        while changes and change(kept[-1], k) <= changes[-1]:
            kept.pop()
            changes.pop()
        if kept:
            changes.append(change(kept[-1], k))
        kept.append(k)
    return kept, changes
