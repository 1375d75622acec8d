"""Squared distances of all pairs in square tiles, by matrix products that stay in the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..arrays import Array

TILE = 1024

ROUNDING = 2.0**-51
"""Bound, in units of (n + 8)·max ‖e‖², of the rounding of ‖a‖² + ‖b‖² − 2a·b: two ulps a term."""


class PairTiles:
    """‖e_i − e_j‖² = ‖e_i‖² + ‖e_j‖² − 2 e_i·e_j for i ≤ j in tiles, up to rounding; codes are centred first.

    The two squares ride along as two more coordinates of the product.
    """

    def __init__(self, points: Array) -> None:
        centred = points - points.mean(axis=0)
        squares = np.einsum("kn,kn->k", centred, centred)[:, None]
        ones = np.ones_like(squares)
        self.left = np.hstack([centred, squares, ones])
        self.right = np.ascontiguousarray(np.hstack([-2 * centred, ones, squares]).T)
        self.error = ROUNDING * (points.shape[1] + 8) * float(squares.max())

    def __iter__(self) -> Iterator[tuple[int, int, Array]]:
        """Tiles as (first row, first column, squares); the array is overwritten by the next tile.

        A tile on the diagonal holds both halves, and about 0 on its own diagonal.
        """
        tokens = len(self.left)
        for row in range(0, tokens, TILE):
            for column in range(row, tokens, TILE):
                yield row, column, self.tile(row, column)

    def tile(self, row: int, column: int) -> Array:
        """The tile that begins at this row and column."""
        tile: Array = self.left[row : row + TILE] @ self.right[:, column : column + TILE]
        return tile
