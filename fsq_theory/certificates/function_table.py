"""Tables of functions m(y) = g_J Π_i q(y_i), one at each of a few r, interpolated between them.

``heights`` are rows [r, h_0, …, h_k]: log heights of q on the line at equidistant knots from 0 to r + 3
(:func:`..denoiser.accuracy.converse.step_density.step_density`).  ``marks`` are rows [r, c_1, c_2, log g_0, …, log g_n]
at the same r, J counting the coordinates with c_1 ≤ |y_i| < c_2 (:mod:`..denoiser.accuracy.converse.counted_product`);
or there are none, and m is a product.  Any function gives a valid bound: interpolation need not be exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..arrays import Array
from ..denoiser.accuracy.converse.counted_product import CountedProduct, as_counted
from ..denoiser.accuracy.converse.step_density import step_density
from ..errors import InputError
from .check import rows_of
from .decimals import decimal
from .files import Certificate

BEYOND = 3
"""The last knot of the heights, less r."""

MOST_KNOTS = 100

MOST_CELLS = 2000
"""Cells of q on [0, r]."""

FINEST = Fraction(1, 200)
"""Width of a cell at least: what a certificate can ask for has to fit into memory."""

LARGEST = 100
"""Logs of heights and of factors are between −100 and 100, and marked intervals end there."""


@dataclass(frozen=True)
class FunctionTable:
    """Functions m at some r.

    Attributes:
        rates: these r, ascending, shape (R,).
        heights: shape (R, knots).
        marks: shape (R, n + 3), or (R, 0) for products.
    """

    rates: Array
    heights: Array
    marks: Array

    def at(self, r: Fraction, cell: Fraction) -> CountedProduct:
        """The function at r, q constant on cells of that width.

        Raises:
            InputError: if r is not a multiple of the cell, or over 2000 times that, or the cell below 1/200.
        """
        if cell < FINEST:
            raise InputError(f"cells of {float(cell)}: expected at least {float(FINEST)}")
        count = r / cell
        if count.denominator != 1 or not 1 <= count <= MOST_CELLS:
            raise InputError(
                f"r = {float(r)}, cells of {float(cell)}: expected r a multiple of it, up to {MOST_CELLS} times"
            )
        density = step_density(r, self._interpolated(self.heights, r), float(r) + BEYOND, int(count))
        if not self.marks.size:
            return as_counted(density)
        start, stop, *logs = self._interpolated(self.marks, r)
        most = len(density.values)
        first, after = (min(round(end / float(cell)), most) for end in (start, stop))
        return CountedProduct(density, (first, after), tuple(Fraction(log) for log in logs))

    def _interpolated(self, values: Array, r: Fraction) -> Array:
        return np.array([np.interp(float(r), self.rates, column) for column in values.T])


def function_table(certificate: Certificate, n: int) -> FunctionTable:
    """The table of a certificate.

    Raises:
        InputError: for rows that are none of functions in n dimensions.
    """
    table = certificate["heights"]
    if not isinstance(table, list) or not table or not isinstance(table[0], list):
        raise InputError("heights: expected rows of r and heights")
    heights = _numbers(rows_of(certificate, "heights", len(table[0])))
    if not 3 <= heights.shape[1] <= MOST_KNOTS:
        raise InputError(f"heights: expected r and from 2 to {MOST_KNOTS - 1} heights in a row")
    if not (np.diff(heights[:, 0]) > 0).all() or not (np.abs(heights[:, 1:]) < LARGEST).all():
        raise InputError(f"heights: expected r ascending, and heights between −{LARGEST} and {LARGEST}")
    if not certificate["marks"]:
        return FunctionTable(heights[:, 0], heights[:, 1:], np.empty((len(heights), 0)))
    marks = _numbers(rows_of(certificate, "marks", n + 4))
    if len(marks) != len(heights) or not (marks[:, 0] == heights[:, 0]).all():
        raise InputError("marks: expected the r of the heights, or no rows")
    if not ((marks[:, 1] >= 0) & (marks[:, 1] <= marks[:, 2]) & (np.abs(marks[:, 1:]) < LARGEST).all(axis=1)).all():
        raise InputError(f"marks: expected 0 ≤ c_1 ≤ c_2, and logs between −{LARGEST} and {LARGEST}")
    return FunctionTable(heights[:, 0], heights[:, 1:], marks[:, 1:])


def _numbers(rows: list[list[Any]]) -> Array:
    return np.array([[float(decimal(entry)) for entry in row] for row in rows])
