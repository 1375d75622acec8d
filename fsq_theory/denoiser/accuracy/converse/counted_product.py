"""Functions m(y) = g_J Π_i q(y_i), J the number of coordinates in a marked interval: what the dual bound takes.

With g = 1 that is a product, which is larger than it need be where two coordinates or more are near planes half-way
between codes: there a product has a factor for each, although one decision errs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import comb

import numpy as np
from flint import arb

from ....arrays import Array
from ....balls.arithmetic import Ball, ball, precision
from ....errors import InputError
from .rounding import BITS
from .step_density import StepDensity

LARGEST_LOG = 50


@dataclass(frozen=True)
class CountedProduct:
    """m(y) = g_J Π_i q(y_i) in n dimensions, J the number of coordinates with |y_i| in marked cells of q.

    All numbers are exact: whatever they are, they define m, and with it a valid bound.

    Attributes:
        density: q.
        marked: the first marked cell and the first after it that is not.
        logs: log g_0, …, log g_n; a single 0 stands for g = 1 in any dimension, without marks.
    """

    density: StepDensity
    marked: tuple[int, int]
    logs: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        first, after = self.marked
        if not 0 <= first <= after <= len(self.density.values):
            raise InputError(f"marked cells {first} to {after}: expected some of {len(self.density.values)}, in order")
        if not self.logs or not all(abs(log) <= LARGEST_LOG for log in self.logs):
            raise InputError(f"logs of factors: expected at least one, between −{LARGEST_LOG} and {LARGEST_LOG}")
        if len(self.logs) == 1 and self.logs[0]:
            raise InputError(f"a single factor of log {self.logs[0]}: expected 0")

    @property
    def blocks(self) -> Array:
        """Which cells of the half-line are unmarked and which marked, shape (2, cells); or all of them, (1, cells)."""
        cells = np.arange(len(self.density.values))
        inside = (self.marked[0] <= cells) & (cells < self.marked[1])
        return np.array([~inside, inside]) if len(self.logs) > 1 else np.ones((1, len(cells)), dtype=bool)

    def rounded(self, unit: Fraction) -> CountedProduct:
        """The same with every log g_j the nearest multiple of a unit."""
        return replace(self, logs=tuple(round(log / unit) * unit for log in self.logs))

    def integral(self, n: int) -> Ball:
        """∫ m = Σ_j C(n, j) g_j b^j a^{n−j}, a and b the integrals of q where it is unmarked and marked, enclosed.

        Raises:
            InputError: if the factors are for another dimension.
        """
        if len(self.logs) == 1:
            with precision(BITS):
                return self.density.integral() ** n
        if len(self.logs) != n + 1:
            raise InputError(f"{len(self.logs)} factors in n = {n} dimensions: expected {n + 1}")
        with precision(BITS):
            unmarked, marked = (
                2 * ball(self.density.width) * sum((arb(float(value)) for value in self.density.values[block]), arb(0))
                for block in self.blocks
            )
            terms = (comb(n, j) * ball(log).exp() * marked**j * unmarked ** (n - j) for j, log in enumerate(self.logs))
            return sum(terms, arb(0))


def as_counted(m: StepDensity | CountedProduct) -> CountedProduct:
    """A counted product, or the product of a step function itself."""
    return m if isinstance(m, CountedProduct) else CountedProduct(m, (0, 0), (Fraction(0),))
