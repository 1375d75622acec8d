"""The nearest other token of every token, with a rule for ties that does not depend on how the search was made."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..arrays import Array
from .checks import listable
from .codebook import Codebook
from .diameter import TREE_DIMENSIONS
from .distances import nearest_distances
from .product_codebook import ProductCodebook
from .regular import EquidistantCodebook
from .spec import as_codebook

TIE = 1e-9
"""Relative difference up to which two distances count as equal."""

_BLOCK = 2**22
"""Numbers held at once: 32 MiB."""


def nearest_tokens(codebook: Codebook | str) -> NDArray[np.int64]:
    """argmin_{j≠k} ‖e_k − e_j‖ for each token k, shape (K,).

    Among tokens equally near (to a relative 1e-9) it is the first one after k, counting cyclically: k + 1 for one-hot
    codes, the upper neighbour on a line of levels, the first digit that can move for FSQ.  So no token is favoured, and
    on a circle or for equidistant codes the table is a permutation.

    Args:
        codebook: the codebook, or its spec; the prior plays no part.

    Raises:
        InputError: for a spec that names no codebook.
        TooLargeError: when K is too large to list.
    """
    codebook = as_codebook(codebook)
    tokens = np.arange(listable(codebook.K), dtype=np.int64)
    if isinstance(codebook, EquidistantCodebook):
        return (tokens + 1) % codebook.K
    if isinstance(codebook, ProductCodebook):
        return _in_product(codebook, tokens)
    return _in_array(codebook.points, nearest_distances(codebook))


def _in_product(codebook: ProductCodebook, tokens: NDArray[np.int64]) -> NDArray[np.int64]:
    """One digit moves to its own nearest: of the digits with the smallest gap, the one that gives the first token."""
    gaps, moves, place = [], [], 1
    for factor in codebook.factors:
        digit = tokens // place % factor.K
        step = (nearest_tokens(factor) - np.arange(factor.K)) * place
        gaps.append(nearest_distances(factor)[digit])
        moves.append(step[digit] % codebook.K)
        place *= factor.K
    nearest = np.min(gaps, axis=0)
    ahead = np.where(np.array(gaps) <= nearest * (1 + TIE), np.array(moves), codebook.K)
    return np.asarray((tokens + ahead.min(axis=0)) % codebook.K, dtype=np.int64)


def _in_array(points: Array, nearest: Array) -> NDArray[np.int64]:
    count, n = points.shape
    reach = nearest * (1 + TIE)
    found = np.empty(count, dtype=np.int64)
    if n <= TREE_DIMENSIONS:
        tree = cKDTree(points)
        for start in range(0, count, 4096):
            block = slice(start, start + 4096)
            near = tree.query_ball_point(points[block], reach[block])
            for token, candidates in enumerate(near, start):
                ahead = (np.array(candidates, dtype=np.int64) - token) % count
                found[token] = (token + ahead[ahead > 0].min()) % count
        return found
    rows = max(1, _BLOCK // (count * n))
    for start in range(0, count, rows):
        gaps = points[start : start + rows, None, :] - points[None, :, :]
        square = np.einsum("skn,skn->sk", gaps, gaps)
        own = np.arange(start, start + len(square))
        ahead = (np.arange(count)[None, :] - own[:, None]) % count
        tied = (square <= np.square(reach[own])[:, None]) & (ahead > 0)
        found[own] = (own + np.where(tied, ahead, count).min(axis=1)) % count
    return found
