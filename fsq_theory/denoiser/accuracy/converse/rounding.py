"""Float64 numbers that are certainly above or below what they stand for.

Sums and products of numbers that are not negative lose little in float64, in whatever order they are made: m products
and their sum are at least (1 − u)^{m+1} times the truth, u = 2^{−53}, but for products that underflow.  So arrays of
bounds are computed in float64 and raised by :func:`raised`; single constants come from balls.  u is :data:`UNIT`.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from ....arrays import Array
from ....balls.arithmetic import Ball, ball, precision

BITS = 128
"""Of the balls that constants come from."""

UNIT = 2.0**-53
TINY = 1e-290
"""More than what 10^15 products of float64 numbers lose by underflow together."""

BLOCK = 64
SMALLEST = 1e-300


def above(value: Ball) -> float:
    """A float64 number that a ball is not above."""
    return math.nextafter(float(value.upper()), math.inf)


def below(value: Ball) -> float:
    """A float64 number that a ball is not below; 0 if that is negative."""
    return max(math.nextafter(float(value.lower()), -math.inf), 0.0)


def exponentials(spacing: Fraction, lowest: int, last: int) -> tuple[Array, Array]:
    """e^{−jh} for j = ``lowest`` … ``last``, from above and from below, each within 16u of the truth.

    Products of e^{−64ah} and e^{−bh}, 0 ≤ b < 64, each at most 3u off; the product's rounding and that of what moves it
    outwards are made up for by (1 ± 4u), as (1 + 4u)(1 − u)² ≥ 1 and (1 − 4u)(1 + u)² ≤ 1.  What is less than 1e-300
    is 0 from below, and 1e-300 from above.
    """
    blocks = range(lowest // BLOCK, last // BLOCK + 1)
    kept = slice(lowest - blocks[0] * BLOCK, last - blocks[0] * BLOCK + 1)
    with precision(BITS):
        long = [(-ball(spacing * BLOCK * a)).exp() for a in blocks]
        short = [(-ball(spacing * b)).exp() for b in range(BLOCK)]
    with np.errstate(over="ignore", under="ignore"):
        upper, lower = (
            np.multiply.outer([side(factor) for factor in long], [side(factor) for factor in short]).ravel()[kept] * out
            for side, out in ((above, 1 + 4 * UNIT), (below, 1 - 4 * UNIT))
        )
    return np.maximum(upper, SMALLEST), np.where(lower < SMALLEST, 0.0, lower)


def raised(values: Any, terms: int) -> Any:
    """At least the exact sums Σ a_i b_i of at most ``terms`` < 2^40 products of numbers that are not negative.

    ``values`` are their float64 results x; x(1 + 2(m + 4)u) + TINY will do, for m terms, since (1 + 2(m + 4)u)
    (1 − u)^{m+5} ≥ 1 where m u ≤ 2^{−13}: m + 1 roundings in the sum, and three in this formula.
    """
    return values * (1 + (terms + 4) * 2 * UNIT) + TINY
