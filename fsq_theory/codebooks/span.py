"""Coordinates of codes in their affine span: noise at right angles to it carries no information."""

from __future__ import annotations

import numpy as np

from ..arrays import Array

RANK_TOLERANCE = 1e-13
"""Relative distance from a line or plane below which codes count as lying in it."""

SEPARATION_TOLERANCE = 1e-7
"""Largest such distance relative to that of two codes: distances d then change by less than 1e-14 d."""


def affine_coordinates(points: Array, most: int = 2) -> Array | None:
    """Isometric coordinates of the codes in their affine span, shape (K, m) with m ≤ ``most``; None for a larger span.

    By Gram–Schmidt with pivoting, O(K n most).
    """
    if points.shape[1] == 1:
        return points
    rest = points - points[0]
    scale = float(np.sqrt(np.max(np.einsum("kn,kn->k", rest, rest))))
    axes: list[Array] = []
    columns: list[Array] = []
    for _ in range(most + 1):
        norms = np.einsum("kn,kn->k", rest, rest)
        far = int(np.argmax(norms))
        if norms[far] <= (RANK_TOLERANCE * scale) ** 2:
            break
        if len(axes) == most:
            return None
        axis = rest[far] / np.sqrt(norms[far])
        for other in axes:
            axis = axis - (axis @ other) * other
        axis /= np.linalg.norm(axis)
        along = rest @ axis
        rest = rest - along[:, None] * axis
        axes.append(axis)
        columns.append(along)
    if len(axes) == points.shape[1]:
        return points  # The codes span their whole space: keep the coordinates that they were given in.
    coordinates = np.stack(columns, axis=1)
    left_out = float(np.sqrt(np.max(np.einsum("kn,kn->k", rest, rest))))
    return coordinates if left_out <= SEPARATION_TOLERANCE * _least_distance(coordinates) else None


def _least_distance(coordinates: Array) -> float:
    if coordinates.shape[1] == 1:
        return float(np.diff(np.sort(coordinates[:, 0])).min())
    from scipy.spatial import cKDTree

    distance, _ = cKDTree(coordinates).query(coordinates, k=2)
    return float(distance[:, 1].min())
