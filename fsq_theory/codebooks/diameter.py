"""The largest distance in a dense codebook, without looking at all pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..arrays import Array
from .gram import TILE, PairTiles

TREE_DIMENSIONS = 12
"""Largest dimension in which a k-d tree beats blocked matrix products (measured at K = 65536)."""

STARTS, SWEEPS = 8, 3
CHUNK = 512


def diameter(points: Array) -> float:
    """max_{i,j} ‖e_i − e_j‖ of codes, shape (K, n).

    With the centre at the mean and ρ_i the distance from it, d² = 2ρ_i² + 2ρ_j² − ‖e_i + e_j‖².  So a pair of which i
    is the outer one beats a known distance L only if 2ρ_i > L and e_j lies within √(4ρ_i² − L²) of −e_i.  L starts from
    the farthest codes of the outermost ones, which leaves few candidates for most codebooks.
    """
    centred = points - points.mean(axis=0)
    radius = np.sqrt(np.einsum("kn,kn->k", centred, centred))
    order = np.argsort(-radius, kind="stable").astype(np.int64)
    best = _sweeps(centred, order[:STARTS])
    outer = order[radius[order] + radius[order[0]] > best * (1 + 1e-15)]
    if len(outer) < 2:
        return best
    codes, radius = np.ascontiguousarray(centred[outer]), radius[outer]
    return _by_tree(codes, radius, best) if points.shape[1] <= TREE_DIMENSIONS else _by_tiles(codes, radius, best)


def _sweeps(centred: Array, starts: NDArray[np.int64]) -> float:
    """A lower bound: from each start to its farthest code, and on from there."""
    best = 0.0
    for token in starts:
        for _ in range(SWEEPS):
            squares = np.einsum("kn,kn->k", centred - centred[token], centred - centred[token])
            token = int(squares.argmax())
            best = max(best, float(np.sqrt(squares[token])))
    return best


def _by_tree(codes: Array, radius: Array, best: float) -> float:
    """Codes sorted from the outside in, each against those near its mirror image."""
    tree = cKDTree(-codes)
    for start in range(0, len(codes), CHUNK):
        reach = 4 * radius[start : start + CHUNK] ** 2 - best**2
        rows = start + np.flatnonzero(reach > 0)
        if not len(rows):
            break
        near = tree.query_ball_point(codes[rows], np.sqrt(reach[reach > 0]) * (1 + 1e-12))
        counts = np.array([len(found) for found in near])
        for row in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(np.cumsum(counts) // 2**20)) + 1):
            columns = np.concatenate([np.asarray(near[i], dtype=np.int64) for i in row])
            gaps = codes[np.repeat(rows[row], counts[row])] - codes[columns]
            if len(gaps):
                best = max(best, float(np.sqrt(np.einsum("kn,kn->k", gaps, gaps).max())))
    return best


def _by_tiles(codes: Array, radius: Array, best: float) -> float:
    """Tiles of codes sorted from the outside in, until no later code could be far enough."""
    tiles = PairTiles(codes)
    for row in range(0, len(codes), TILE):
        for column in range(row, len(codes), TILE):
            if radius[row] + radius[column] <= best:
                break
            tile = tiles.tile(row, column)
            if tile.max() > best**2 - tiles.error:
                i, j = np.unravel_index(tile.argmax(), tile.shape)
                best = max(best, float(np.linalg.norm(codes[row + i] - codes[column + j])))
    return best
