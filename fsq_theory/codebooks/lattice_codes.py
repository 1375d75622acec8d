"""Listing lattice points in a ball or a box: the enumeration of Fincke and Pohst, a coordinate at a time in NumPy.

The basis is lower triangular, so that choosing the coefficients from the last to the first fixes one coordinate each
time; every partial vector that already leaves the ball or the box is dropped.
"""

from __future__ import annotations

import math

import numpy as np

from ..errors import TooLargeError
from .codebook import ENUMERATION_LIMIT
from .lattice_families import Integers, Lattice

SLACK = 1e-9
"""Relative rounding allowance at the boundary: a point on it counts as inside."""


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
    coefficients = np.zeros((1, n), dtype=np.int64)
    left = np.full(1, math.inf if max_norm is None else max_norm * (1 + SLACK))
    width = math.inf if half_width is None else half_width * (1 + SLACK)
    for j in range(n - 1, -1, -1):
        below = j + 1 + np.flatnonzero(basis[j + 1 :, j])
        offset = coefficients[:, below] @ basis[below, j]
        reach = np.minimum(np.sqrt(left), width) / scale[j] + SLACK
        low = np.ceil((-reach - offset) / basis[j, j]).astype(np.int64)
        counts = np.maximum(np.floor((reach - offset) / basis[j, j]).astype(np.int64) - low + 1, 0)
        total = int(counts.sum())
        if total * n > ENUMERATION_LIMIT:
            raise TooLargeError(total, f"partial points of {lattice.name} in {n - j} of {n} dimensions")
        parent = np.repeat(np.arange(len(counts)), counts)
        chosen = low[parent] + np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        coordinate = (chosen * basis[j, j] + offset[parent]) * scale[j]
        left = np.maximum(left[parent] - coordinate**2, 0)
        coefficients = coefficients[parent]
        coefficients[:, j] = chosen
    coordinates = coefficients.astype(np.float64) @ basis  # in floating point for its speed: exact below 2^53
    norms = np.rint(np.square(coordinates * scale).sum(axis=1)).astype(np.int64)
    if max_norm is not None:
        coordinates, norms = coordinates[norms <= max_norm], norms[norms <= max_norm]
    z: Integers = coordinates.astype(np.int64)
    order = np.lexsort([*z.T[::-1], norms])
    return z[order], norms[order]


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
