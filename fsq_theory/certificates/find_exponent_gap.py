"""Finding certificates of how far FSQ's exponent is from any codebook's: orders p and inputs, in float64."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..arrays import Array
from ..denoiser.information.renyi_curve import RenyiCurve
from ..errors import InputError
from .capacity_kind import inputs_of
from .decimals import bound_text, decimal
from .exponent_gap_kind import CLAIM, log_digit, row_gap, statement, volume_gap
from .find_capacity import decimal_text

ORDERS = (1.03, 1.06, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0)
SPACING = 1.5
STEP, REACH = 0.06, 9.0
WIDTHS = ("0.2", "0.1", "0.05", "0.02", "0.01")


def find_gap(levels: int, gap: str, first: str, last: str, widths: Sequence[str] = WIDTHS) -> dict[str, Any]:
    """A certificate for L and δ: the volume bound up to ``first``, rows up to ``last``, A ≤ 1 beyond.

    Args:
        levels: L.
        gap: δ, a decimal.
        first: r up to which the volume bound is to serve.
        last: r where the rows end.
        widths: widths of rows that are tried, from the largest.

    Raises:
        InputError: where no width is seen to do.
    """
    place, end, most = decimal(first), decimal(last), decimal(gap)
    rows: list[list[Any]] = []
    order = ORDERS[-1]
    while place < end:
        for width in widths:
            high = min(place + decimal(width), end)
            # The best order falls as r grows.
            near = [p for p in ORDERS if p <= order * 1.3][-4:]
            _, best, half, weights = min(_rated(levels, float(place), float(high), p) for p in near)
            table = _table(half, weights, high)
            curve = RenyiCurve(inputs_of(table, high), decimal(str(best)))
            bound = bound_text(row_gap(levels, place, high, curve), "upper")
            if decimal(bound) <= most:
                break
        else:
            raise InputError(f"δ = {gap}: log B − log A_1 is at most {bound} at r = {decimal_text(place)}")
        rows.append([decimal_text(place), str(best), table, bound])
        place, order = high, best
    rows.append([decimal_text(end), "0", [], bound_text(-log_digit(levels, end), "upper")])
    below = bound_text(volume_gap(levels, decimal(first)), "upper")
    made = {"kind": "exponent-gap", "claim": CLAIM, "statement": "", "levels": levels, "gap": gap}
    return made | {"statement": statement(made), "first": below, "rows": rows}


def _rated(levels: int, low: float, high: float, order: float) -> tuple[float, float, list[float], list[float]]:
    """Log B at the end of a row less log A_1 at its beginning, for the best inputs of an order."""
    half, weights = best_inputs(high, order)
    bound = -(1 - 1 / order) * (math.log(levels) - float(divergences(high, order, half, weights).max()))
    digit = 1 - (1 - 1 / levels) * math.erfc(low / (levels - 1) / math.sqrt(2))
    return bound - math.log(digit), order, half.tolist(), weights.tolist()


def best_inputs(r: float, order: float) -> tuple[Array, Array]:
    """Inputs in [0, r] and weights of them and their opposites with the largest ∫ (Σ_j p_j φ(y − x_j)^p)^{1/p} dy."""
    from scipy.optimize import minimize

    half = np.linspace(0, r, 1 + math.ceil(r / SPACING))
    inner = len(half) - 2

    def unpacked(v: Array) -> tuple[Array, Array]:
        places = np.concatenate([[0.0], r / (1 + np.exp(-v[:inner])), [r]])
        logs = np.append(v[inner:], 0.0)
        shares = np.exp(logs - logs.max())
        return places, shares / shares.sum()

    def loss(v: Array) -> float:
        return -float(np.log(_output(r, order, *unpacked(v))[1]))

    start = np.concatenate([np.log(half[1:-1] / (r - half[1:-1])), np.zeros(len(half) - 1)])
    return unpacked(minimize(loss, start, method="BFGS", options={"gtol": 1e-7}).x)


def divergences(r: float, order: float, half: Array, weights: Array) -> Array:
    """D_p(N(x, 1)‖q) on a grid of x up to r."""
    (y, powers), total = _output(r, order, half, weights)
    x = np.linspace(0, r, 120)
    law = np.exp(-order * (y - x[:, None]) ** 2 / 2) * (2 * math.pi) ** (-order / 2)
    return np.asarray(np.log((law * powers ** (1 / order - 1)).sum(axis=1) * STEP) / (order - 1) + np.log(total))


def _output(r: float, order: float, half: Array, weights: Array) -> tuple[tuple[Array, Array], float]:
    y = np.arange(-r - REACH, r + REACH, STEP)
    laws = sum(np.exp(-order * (y - sign * half[:, None]) ** 2 / 2) for sign in (1, -1))
    powers = weights / 2 @ laws * (2 * math.pi) ** (-order / 2)
    return (y, powers), float((powers ** (1 / order)).sum() * STEP)


def _table(half: Sequence[float], weights: Sequence[float], r: Fraction) -> list[list[str]]:
    """Places and weights to 5 decimals, ascending, small weights given to the last, as rows that add to 1."""
    shares: dict[Fraction, Fraction] = {}
    for place, weight in sorted(zip(half[:-1], weights[:-1], strict=True)):
        at = Fraction(round(place * 10**5), 10**5)
        if weight >= 1e-4 and at < r:
            shares[at] = shares.get(at, Fraction(0)) + Fraction(round(weight * 10**5), 10**5)
    shares[r] = 1 - sum(shares.values(), Fraction(0))
    return [[decimal_text(place), decimal_text(share)] for place, share in shares.items()]
