"""Float64 numbers that are certainly above or below what they stand for.

Sums and products of numbers that are not negative lose little in float64, in whatever order they are made: m products
and their sum are at least (1 − u)^{m+1} times the truth, u = 2^{−53}, but for products that underflow.  So arrays of
bounds are computed in float64 and raised by :func:`raised`; single constants come from balls.
"""

from __future__ import annotations

import math
from typing import Any

from ....balls.arithmetic import Ball

UNIT = 2.0**-53
TINY = 1e-290
"""More than what 10^15 products of float64 numbers lose by underflow together."""


def above(value: Ball) -> float:
    """A float64 number that a ball is not above."""
    return math.nextafter(float(value.upper()), math.inf)


def below(value: Ball) -> float:
    """A float64 number that a ball is not below; 0 if that is negative."""
    return max(math.nextafter(float(value.lower()), -math.inf), 0.0)


def raised(values: Any, terms: int) -> Any:
    """At least the exact sums Σ a_i b_i of at most ``terms`` < 2^40 products of numbers that are not negative.

    ``values`` are their float64 results x; x(1 + 2(m + 4)u) + TINY will do, for m terms, since (1 + 2(m + 4)u)
    (1 − u)^{m+5} ≥ 1 where m u ≤ 2^{−13}: m + 1 roundings in the sum, and three in this formula.
    """
    return values * (1 + (terms + 4) * 2 * UNIT) + TINY
