"""Functions held as Chebyshev series on consecutive intervals, with two derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..arrays import Array


@dataclass(frozen=True)
class PiecewiseChebyshev:
    """f(x) = Σ_k c_ik T_k(u) for x in [x_i, x_{i+1}], u = (2x − x_i − x_{i+1})/(x_{i+1} − x_i).

    Attributes:
        edges: x_0 < … < x_P, shape (P+1,).
        coefficients: c, shape (P, degree+1).
    """

    edges: Array
    coefficients: Array

    def __call__(self, x: Array) -> Array:
        """f(x), any shape; the first or the last series continues beyond the edges."""
        return self._sum(self.coefficients, x)

    def first(self, x: Array) -> Array:
        """f'(x)."""
        return self._sum(self._first, x)

    def second(self, x: Array) -> Array:
        """f''(x)."""
        return self._sum(self._second, x)

    def antiderivative(self) -> PiecewiseChebyshev:
        """∫ f from x_0, continuous."""
        half = (np.diff(self.edges) / 2)[:, None]
        rising = np.polynomial.chebyshev.chebint(self.coefficients, axis=1, lbnd=-1) * half
        rising[1:, 0] += np.cumsum(rising.sum(axis=1))[:-1]
        return PiecewiseChebyshev(self.edges, rising)

    @cached_property
    def _first(self) -> Array:
        return _derivative(self.coefficients) * (2 / np.diff(self.edges))[:, None]

    @cached_property
    def _second(self) -> Array:
        return _derivative(self._first) * (2 / np.diff(self.edges))[:, None]

    def _sum(self, coefficients: Array, x: Array) -> Array:
        """Clenshaw's recurrence, one coefficient of every point at a time."""
        x = np.asarray(x, dtype=np.float64)
        piece = np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, len(self.edges) - 2)
        low, high = self.edges[piece], self.edges[piece + 1]
        u = ((x - low) - (high - x)) / (high - low)
        one = two = np.zeros_like(u)
        columns = np.ascontiguousarray(coefficients.T)
        for column in columns[:0:-1]:
            one, two = column[piece] + 2 * u * one - two, one
        return np.asarray(columns[0][piece] + u * one - two)


def chebyshev_nodes(low: Array, high: Array, degree: int) -> Array:
    """The degree+1 Chebyshev nodes of the first kind in each interval, shape (P, degree+1)."""
    u = -np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))
    return np.asarray(low[:, None] + (high - low)[:, None] * (u + 1) / 2)


def series(values: Array) -> Array:
    """Coefficients of the interpolants through values at :func:`chebyshev_nodes`; shapes (P, degree+1)."""
    count = values.shape[1]
    angles = np.pi * (np.arange(count) + 0.5) / count
    # Nodes run from −1 to 1, that is from angle π to 0.
    cosines = np.cos(np.arange(count)[:, None] * (np.pi - angles))
    weights = np.where(np.arange(count) == 0, 1.0, 2.0) / count
    return np.asarray(values @ cosines.T * weights)


def _derivative(coefficients: Array) -> Array:
    return np.asarray(np.polynomial.chebyshev.chebder(coefficients, axis=1), dtype=np.float64)
