"""Capacity of the amplitude-limited scalar Gaussian channel, enclosed in balls.

Below by the information of an explicit input, above by duality: for the law q of any output and any law of |X| ≤ r,
I(X; Y) ≤ E D(N(X, 1)‖q) ≤ max_{|x| ≤ r} D(N(x, 1)‖q).  Beside :mod:`.capacity`, which finds the inputs in float64.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import count, pairwise
from typing import Any

from flint import arb

from ...balls.arithmetic import Ball, ball, ends, precision, rational
from ...errors import InputError
from .capacity import LARGEST, channel_capacity
from .divergence_curve import BITS, DivergenceCurve, Inputs

CELLS = 200
SMALLEST = Fraction(1, 2**30)
"""r below which C is r²/2 to 9 digits."""

DIGITS = 12
"""Decimals of the inputs and weights that are taken from float64."""


@dataclass(frozen=True)
class CertifiedCapacity:
    """An enclosure of the capacity C(r) of y = x + z, |x| ≤ r, z ~ N(0, 1), at one r or over an interval of r; nats.

    Attributes:
        r: as given.
        lower: exact number in binary, a ball of radius 0, that C is not below.
        upper: likewise, that it is not above.
        method: ``duality``, or ``closed form``.
    """

    r: Any
    lower: Ball
    upper: Ball
    method: str


def certified_channel_capacity(r: Any, *, cells: int = CELLS) -> CertifiedCapacity:
    """C(r) = max I(X; X + Z) over laws of X on [−r, r], Z ~ N(0, 1), enclosed; nats.

    Beyond r = 32 by ½ log(1 + 2r²/(πe)) ≤ C ≤ log(1 + 2r/√(2πe)), the entropy power inequality for a uniform input
    [CT06] and [McK04]; below 2^−30 by r²/2 − r⁴/2 ≤ C ≤ r²/2, as the MMSE of ±1 in SNR γ is E(1 − tanh²(γ + √γ Z)) ≥ 1
    − γ − γ².  Over an interval of r the bounds are those of its ends: C does not fall with r.

    Args:
        r: amplitude ≥ 0: an exact number, or a ball.
        cells: values of x at which D(N(x, 1)‖q) is computed.

    Raises:
        InputError: for a negative or infinite r.
    """
    first, last = ends(r) if isinstance(r, arb) and r.is_finite() else (rational(r),) * 2
    if first < 0:
        raise InputError(f"r = {r}: expected an amplitude of at least 0")
    if cells < 1:
        raise InputError(f"{cells} cells: expected at least 1")
    (lower, how), (upper, also) = _least(first), _most(last, cells)
    return CertifiedCapacity(r, lower.lower().max(arb(0)), upper.upper(), how if how == also else f"{how}, {also}")


def _least(r: Fraction) -> tuple[Ball, str]:
    with precision(BITS + 48):
        at = ball(r)
        if r > LARGEST:
            return (1 + 2 * at**2 / (arb.pi() * arb(1).exp())).log() / 2, "closed form"
        if r < SMALLEST:
            return at**2 * (1 - at**2) / 2, "closed form"
    return information(best_inputs(r)), "duality"


def _most(r: Fraction, cells: int) -> tuple[Ball, str]:
    with precision(BITS + 48):
        at = ball(r)
        if r > LARGEST:
            return (1 + 2 * at / (2 * arb.pi() * arb(1).exp()).sqrt()).log(), "closed form"
        if r < SMALLEST:
            return at**2 / 2, "closed form"
    return dual_bound(best_inputs(r), r, cells), "duality"


def information(inputs: Inputs, bits: int = BITS) -> Ball:
    """I(X; Y) = Σ_j p_j D(N(x_j, 1)‖q) of a symmetric input, q the law of Y, in a ball."""
    curve = DivergenceCurve(inputs, bits)
    with precision(curve.precision):
        return sum((ball(weight) * curve.at(place)[0] for place, weight in inputs), arb(0))


def dual_bound(inputs: Inputs, r: Fraction, cells: int = CELLS, bits: int = BITS) -> Ball:
    """A ball whose upper end max_{|x| ≤ r} D(N(x, 1)‖q) ≥ C(r) is not above, q the law of Y for a symmetric input.

    D is even and D'' = 1 − E Var(X|Y) ≤ 1, so on a cell of half-width w about m it is at most D(m) + |D'(m)|w + w²/2.
    The cell with the largest bound is halved until ``cells`` cells have been looked at.
    """
    curve = DivergenceCurve(inputs, bits)
    serial = count()
    heap: list[tuple[float, int, Ball, Fraction, Fraction]] = []

    def add(low: Fraction, high: Fraction) -> None:
        half = ball((high - low) / 2)
        value, slope = curve.at((low + high) / 2)
        bound = value + abs(slope) * half + half * half / 2
        heapq.heappush(heap, (-float(bound.mid()), next(serial), bound, low, high))

    with precision(curve.precision):
        add(Fraction(0), r)
        for _ in range(max(0, cells - 1) // 2):
            _, _, _, low, high = heapq.heappop(heap)
            add(low, (low + high) / 2)
            add((low + high) / 2, high)
        most = arb(0)
        for _, _, bound, _, _ in heap:
            most = most.max(bound)
        return most


@lru_cache(maxsize=64)
def best_inputs(r: Fraction) -> Inputs:
    """The inputs that :func:`.capacity.channel_capacity` finds, to 12 decimals relative to r, weights summing to 1."""
    found = channel_capacity(float(r))
    half = [(place, weight) for place, weight in zip(found.inputs, found.weights, strict=True) if place >= 0]
    places = [min(Fraction(round(place / float(r) * 10**DIGITS), 10**DIGITS), Fraction(1)) * r for place, _ in half]
    weights = [Fraction(round((2 if place > 0 else 1) * weight * 10**DIGITS), 10**DIGITS) for place, weight in half]
    weights[-1] += 1 - sum(weights)
    return tuple(zip(places, weights, strict=True))


def checked_inputs(inputs: Sequence[tuple[Fraction, Fraction]], r: Fraction) -> Inputs:
    """Symmetric inputs of amplitude at most r, (place ≥ 0, weight of ± place together), as they have to be.

    Raises:
        InputError: if places do not ascend from 0 to r, or weights are not positive with the sum 1.
    """
    places, weights = [place for place, _ in inputs], [weight for _, weight in inputs]
    if not places or places[0] < 0 or places[-1] > r or any(b <= a for a, b in pairwise(places)):
        raise InputError(f"inputs at {', '.join(map(str, places))}: expected ascending places from 0 to {r}")
    if min(weights) <= 0 or sum(weights) != 1:
        raise InputError(f"weights {', '.join(map(str, weights))}: expected positive numbers that add to 1")
    return tuple(inputs)
