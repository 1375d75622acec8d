"""Listing lattice points in a ball or a box: the enumeration of [FP85], a coordinate at a time in NumPy.

The basis is lower triangular, so that choosing the coefficients from the last to the first fixes one coordinate each
time; every partial vector that already leaves the ball or the box is dropped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ..errors import TooLargeError
from .checks import ENUMERATION_LIMIT
from .lattice_families import Integers, Lattice

SLACK = 1e-9
"""Relative rounding allowance at the boundary: a point on it counts as inside."""

WORK_COLUMNS = 6
"""Columns of working memory beside the n of the points."""


def points_in(
    lattice: Lattice, max_norm: int | None = None, half_width: float | None = None
) -> tuple[Integers, Integers]:
    """Lattice points with ‖x‖² ≤ max_norm and ‖x‖_∞ ≤ half_width (either may be None, not both).

    Returns:
        z, shape (K, n), and ‖x‖², shape (K,), exact integers, sorted by norm and then lexicographically in z.

    Raises:
        TooLargeError: when some stage would hold more numbers than can be listed; the count is of that stage.
    """
    n, basis, scale = lattice.n, lattice.basis, lattice.column_scale
    chosen: dict[int, Integers] = {}  # by coordinate: the coefficient of each partial point, and which one it extends
    parents: dict[int, Integers] = {}
    left = np.full(1, math.inf if max_norm is None else max_norm * (1 + SLACK))
    width = math.inf if half_width is None else half_width * (1 + SLACK)
    for j in range(n - 1, -1, -1):
        offset = np.zeros(len(left), dtype=np.int64)
        last = int(np.flatnonzero(basis[:, j])[-1])
        for row, coefficient in _coefficients(chosen, parents, j + 1, last):
            offset += basis[row, j] * coefficient
        reach = np.minimum(np.sqrt(left), width) / scale[j] + SLACK
        low = np.ceil((-reach - offset) / basis[j, j]).astype(np.int64)
        counts = np.maximum(np.floor((reach - offset) / basis[j, j]).astype(np.int64) - low + 1, 0)
        total = int(counts.sum())
        if total * (n + WORK_COLUMNS) > ENUMERATION_LIMIT:
            raise TooLargeError(total, f"partial points of {lattice.name} in {n - j} of {n} dimensions")
        parents[j] = np.repeat(np.arange(len(counts)), counts)
        chosen[j] = low[parents[j]] + np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        coordinate = (chosen[j] * basis[j, j] + offset[parents[j]]) * scale[j]
        left = np.maximum(left[parents[j]] - coordinate**2, 0)
    z = np.zeros((len(left), n), dtype=np.int64)
    for row, coefficient in _coefficients(chosen, parents, 0, n - 1):
        for column in np.flatnonzero(basis[row]):
            z[:, column] += basis[row, column] * coefficient
    norms = np.rint(np.square(z * scale).sum(axis=1)).astype(np.int64)
    if max_norm is not None:
        z, norms = z[norms <= max_norm], norms[norms <= max_norm]
    order = np.lexsort([*z.T[::-1], norms])
    return z[order], norms[order]


def _coefficients(
    chosen: dict[int, Integers], parents: dict[int, Integers], first: int, last: int
) -> Iterator[tuple[int, Integers]]:
    """The coefficients of basis rows ``first`` to ``last`` in turn, for each partial point of row ``first``."""
    if last < first:
        return
    where = np.arange(len(chosen[first]))
    for row in range(first, last + 1):
        yield row, chosen[row][where]
        where = parents[row][where]


def shells_until(lattice: Lattice, points: int = 0, shells: int = 0) -> tuple[Integers, Integers]:
    """Whole shells in a ball that holds at least so many ``points``, the origin one of them, and ``shells`` without it.

    The radius grows until it does, by a gap between norms or by half again as many points.  Returns as
    :func:`points_in`.
    """
    gap = 2 if lattice.is_even else 1
    radius = max(shells, 1) * gap
    while True:
        z, norms = points_in(lattice, max_norm=radius)
        if len(z) >= points and len(np.unique(norms)) > shells:
            return z, norms
        radius = max(radius + gap, int(radius * 1.5 ** (2 / lattice.n)))
