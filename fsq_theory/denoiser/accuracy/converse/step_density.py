"""Functions m(y) = Π_i q(y_i) with an even step function q: what the dual bound takes, with an exact integral."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import ArrayLike

from ....arrays import Array
from ....balls.arithmetic import Ball, ball, precision, rational
from ....errors import InputError
from .rounding import BITS

REACH = 7.0
"""How far beyond the box a step function goes, in units of noise: Φ(−7) = 1.3e-12."""

FINEST, FEWEST = 0.01, 20
"""Width of a cell where that leaves at least so many of them on [0, r]."""


@dataclass(frozen=True)
class StepDensity:
    """q(y) = values[k] for k w ≤ |y| < (k + 1) w, w = r/cells, and 0 beyond the last cell.

    The values are exact: whatever floating-point numbers they are define q, and with it a valid bound.

    Attributes:
        r: half the side of the box of scaled codes r e, exact and positive.
        cells: cells on [0, r].
        values: shape (M,), M > cells, positive and finite.
    """

    r: Fraction
    cells: int
    values: Array

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=float)
        if self.r <= 0:
            raise InputError(f"r = {self.r}: expected a positive amplitude ratio")
        if self.cells < 1 or values.ndim != 1 or len(values) <= self.cells:
            raise InputError(f"{values.shape} values for {self.cells} cells on [0, r]: expected more, in one row")
        if not (np.isfinite(values).all() and (values > 0).all()):
            raise InputError("values of a step density: expected positive finite numbers")
        object.__setattr__(self, "values", values)

    @property
    def width(self) -> Fraction:
        """The width w of a cell."""
        return self.r / self.cells

    def integral(self) -> Ball:
        """∫ q = 2 w Σ values, enclosed at 128 bits."""
        with precision(BITS):
            return 2 * ball(self.width) * sum((arb(float(value)) for value in self.values), arb(0))


def step_density(r: Any, heights: ArrayLike, reach: float, cells: int | None = None) -> StepDensity:
    """The step function near φ(0) exp(h(|y|) − ½((|y| − r)⁺)²), h linear between heights at equidistant knots.

    Each cell has the value at its middle, rounded; h is constant beyond the last knot.

    Args:
        r: half the side of the box, exact.
        heights: h at knots from |y| = 0 to ``reach``.
        reach: the last knot, positive.
        cells: cells on [0, r]; by default as many as have width 0.01, at least 20.

    Raises:
        InputError: for an r that is not exact and positive, fewer than two heights, or heights that are not finite.
    """
    exact = rational(r)
    knots = np.asarray(heights, dtype=float)
    if knots.ndim != 1 or len(knots) < 2 or not np.isfinite(knots).all():
        raise InputError(f"heights of shape {knots.shape}: expected at least two finite numbers in one row")
    if exact <= 0 or not reach > 0:
        raise InputError(f"r = {r}, last knot at {reach}: expected both positive")
    count = max(FEWEST, int(np.ceil(float(exact) / FINEST))) if cells is None else cells
    width = float(exact) / count
    middles = (np.arange(int(np.ceil(REACH / width)) + count) + 0.5) * width
    h = np.interp(middles, np.linspace(0, reach, len(knots)), knots)
    beyond = np.maximum(middles - float(exact), 0)
    return StepDensity(exact, count, np.exp(h - beyond**2 / 2) / np.sqrt(2 * np.pi))
