"""Finding certificates of capacities: where C(r) = log L by bisection in float64, and the inputs at decimals around."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..denoiser.information.capacity import channel_capacity
from ..denoiser.information.certified_capacity import best_inputs, dual_bound, information
from ..denoiser.information.divergence_curve import Inputs
from .capacity_kind import CLAIM, LARGEST, statement
from .decimals import bound_text, decimal

OUTER, INNER = 8, 4
"""Decimals of the places of inputs, below and above.  Around the best ones information changes in second order only:
with so few decimals another last digit is seen in the bound all the same, and about 1e-9 is lost."""


def capacity_threshold(levels: int, accuracy: float = 1e-6) -> float:
    """R at which C(r) = log L, by bisection in float64; not certified."""
    low, high = 0.0, float(LARGEST)
    while high - low > accuracy:
        middle = (low + high) / 2
        low, high = (middle, high) if channel_capacity(middle).lower < math.log(levels) else (low, middle)
    return (low + high) / 2


def find_thresholds(rows: Sequence[tuple[int, str, str, int]]) -> dict[str, Any]:
    """A certificate of where C passes log L, for each (L, decimal below, decimal above, cells of x)."""
    made = []
    for levels, before, after, cells in rows:
        below, above = decimal(before), decimal(after)
        outer, inner = rounded(best_inputs(below), OUTER), rounded(best_inputs(above), INNER)
        upper, lower = bound_text(dual_bound(outer, below, cells), "upper"), bound_text(information(inner), "lower")
        made.append([levels, before, _rows(outer), cells, upper, after, _rows(inner), lower])
    found = {"kind": "capacity-thresholds", "claim": CLAIM, "statement": "", "rows": made}
    return found | {"statement": statement(found)}


def rounded(inputs: Inputs, decimals: int) -> Inputs:
    """Inputs with all places but the last, which is r, to some decimals."""
    unit = Fraction(1, 10**decimals)
    return (*((round(place / unit) * unit, weight) for place, weight in inputs[:-1]), inputs[-1])


def _rows(inputs: Inputs) -> list[list[str]]:
    return [[decimal_text(place), decimal_text(weight)] for place, weight in inputs]


def decimal_text(value: Fraction) -> str:
    """A fraction that is a decimal, as one."""
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    text = str(int(value * 10**digits)).rjust(digits + 1, "0")
    return text if digits == 0 else f"{text[:-digits]}.{text[-digits:]}"
