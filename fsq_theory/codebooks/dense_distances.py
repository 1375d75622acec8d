"""Nearest neighbours and kissing numbers of codes in an array, without an array of K² distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..arrays import Array
from .diameter import TREE_DIMENSIONS
from .gram import PairTiles

KISSING_TOLERANCE = 1e-9
"""Relative difference up to which a distance counts as equal to d_min."""

CERTAIN = 1e-11
"""Relative error of a squared distance that matrix products may leave."""


def nearest_in_array(points: Array) -> Array:
    """min_{j≠i} ‖e_i − e_j‖ for each code, shape (K,), correct to rounding (above 12 dimensions to 1e-11).

    A k-d tree up to 12 dimensions.  Above, matrix products in blocks find the candidate and a direct difference its
    distance; codes so close together that the products cannot tell go to the tree.
    """
    if points.shape[1] == 1:
        return _nearest_on_line(points[:, 0])
    if points.shape[1] <= TREE_DIMENSIONS:
        distances, _ = cKDTree(points).query(points, k=2)
        return np.asarray(distances[:, 1], dtype=np.float64)
    return _nearest_by_tiles(points)


def kissing_in_array(points: Array, nearest: Array) -> NDArray[np.int64]:
    """The number of codes at distance d_min (to a relative 1e-9) of each code, shape (K,)."""
    reach = float(nearest.min()) * (1 + KISSING_TOLERANCE)
    touching = np.flatnonzero(nearest <= reach)
    codes = np.ascontiguousarray(points[touching])
    counts = np.zeros(len(points), dtype=np.int64)
    if points.shape[1] <= TREE_DIMENSIONS:
        counts[touching] = cKDTree(codes).query_ball_point(codes, reach, return_length=True) - 1
        return counts
    tiles = PairTiles(codes)
    limit = reach**2 + tiles.error
    for row, column, tile in tiles:
        rows, columns = np.divmod(np.flatnonzero(tile <= limit), tile.shape[1])
        rows, columns = rows + row, columns + column
        rows, columns = rows[columns > rows], columns[columns > rows]
        for part in np.array_split(np.arange(len(rows)), len(rows) * points.shape[1] // 2**24 + 1):
            a, b = rows[part], columns[part]
            gaps = codes[a] - codes[b]
            close = np.einsum("kn,kn->k", gaps, gaps) <= reach**2
            both = np.concatenate([a[close], b[close]])
            counts += np.bincount(touching[both], minlength=len(counts))
    return counts


def _nearest_on_line(values: Array) -> Array:
    order = np.argsort(values)
    gaps = np.concatenate([[np.inf], np.diff(values[order]), [np.inf]])
    nearest = np.empty(len(values))
    nearest[order] = np.minimum(gaps[1:], gaps[:-1])
    return nearest


def _nearest_by_tiles(points: Array) -> Array:
    tokens = len(points)
    tiles = PairTiles(points)
    lowest, candidate = np.full(tokens, np.inf), np.zeros(tokens, dtype=np.int64)
    for row, column, tile in tiles:
        if row == column:
            np.fill_diagonal(tile, np.inf)
        else:
            _improve(lowest, candidate, tile.T, column, row)
        _improve(lowest, candidate, tile, row, column)
    gaps = points - points[candidate]
    exact = np.einsum("kn,kn->k", gaps, gaps)
    unsure = np.flatnonzero(2 * tiles.error > CERTAIN * exact)
    if len(unsure):
        distances, _ = cKDTree(points).query(points[unsure], k=2)
        exact[unsure] = distances[:, 1] ** 2
    return np.asarray(np.sqrt(exact), dtype=np.float64)


def _improve(lowest: Array, candidate: NDArray[np.int64], tile: Array, row: int, column: int) -> None:
    """Lower the smallest squares, and their candidates, of the rows of a tile where it holds smaller ones."""
    values = tile.min(axis=1)
    better = np.flatnonzero(values < lowest[row : row + len(tile)])
    lowest[row + better] = values[better]
    candidate[row + better] = column + tile[better].argmin(axis=1)
