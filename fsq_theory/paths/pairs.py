"""Which tokens are closest, farthest and nearest to one another: the pairs that a simulation of path KL needs.

Products answer factor by factor, without listing their tokens; codebooks of equal distances need no search; any other
codebook is searched in blocks, so that memory does not grow as K².
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.diameter import TREE_DIMENSIONS
from ..codebooks.product_codebook import ProductCodebook
from ..codebooks.regular import BiorthogonalCodebook, EquidistantCodebook

_BLOCK = 2**22
"""Distances held at once: 32 MiB."""


def closest_pair(codebook: Codebook) -> tuple[int, int]:
    """Two tokens at the least distance d_min."""
    if isinstance(codebook, ProductCodebook):
        pairs = [closest_pair(factor) for factor in codebook.factors]
        gaps = [_distance(factor, *pair) for factor, pair in zip(codebook.factors, pairs, strict=True)]
        least = int(np.argmin(gaps))
        first, second = [0] * len(pairs), [0] * len(pairs)
        first[least], second[least] = pairs[least]
        return codebook.token(first), codebook.token(second)
    if isinstance(codebook, EquidistantCodebook):
        return 0, 1
    if isinstance(codebook, BiorthogonalCodebook):
        return 0, nearest_neighbours(codebook, [0])[0]
    everyone = list(range(codebook.K))
    neighbours = nearest_neighbours(codebook, everyone)
    gaps = np.linalg.norm(codebook.points - codebook.points[neighbours], axis=1)
    token = int(np.argmin(gaps))
    return token, neighbours[token]


def farthest_pair(codebook: Codebook) -> tuple[int, int]:
    """Two tokens at the largest distance d_max."""
    if isinstance(codebook, ProductCodebook):
        pairs = [farthest_pair(factor) for factor in codebook.factors]
        return codebook.token([i for i, _ in pairs]), codebook.token([j for _, j in pairs])
    if isinstance(codebook, (EquidistantCodebook, BiorthogonalCodebook)):
        return 0, 1
    return _farthest_in(codebook.points)


def nearest_neighbours(codebook: Codebook, tokens: Sequence[int]) -> list[int]:
    """A nearest other token of each given one."""
    if isinstance(codebook, ProductCodebook):
        return _nearest_in_product(codebook, tokens)
    if isinstance(codebook, EquidistantCodebook):
        return [(token + 1) % codebook.K for token in tokens]
    if isinstance(codebook, BiorthogonalCodebook):
        return [(token + 2) % codebook.K if codebook.n > 1 else 1 - token for token in tokens]
    if codebook.n <= TREE_DIMENSIONS:
        _, near = cKDTree(codebook.points).query(codebook.codes(list(tokens)), k=2)
        other = np.where(near[:, 0] == np.array(tokens), near[:, 1], near[:, 0])
        return [int(token) for token in other]
    points = codebook.points - codebook.mean
    squares = np.einsum("kn,kn->k", points, points)
    found: list[int] = []
    rows = max(1, _BLOCK // codebook.K)
    for start in range(0, len(tokens), rows):
        block = np.array(tokens[start : start + rows], dtype=np.int64)
        scores = squares - 2 * points[block] @ points.T
        scores[np.arange(len(block)), block] = np.inf
        found.extend(scores.argmin(axis=1).tolist())
    return found


def _nearest_in_product(codebook: ProductCodebook, tokens: Sequence[int]) -> list[int]:
    digits = codebook.digits(list(tokens))
    steps, gaps = np.empty_like(digits), np.empty(digits.shape)
    for column, factor in enumerate(codebook.factors):
        used, back = np.unique(digits[:, column], return_inverse=True)
        neighbours = nearest_neighbours(factor, used.tolist())
        steps[:, column] = np.array(neighbours)[back]
        gaps[:, column] = np.linalg.norm(factor.codes(used) - factor.codes(neighbours), axis=1)[back]
    moved = gaps.argmin(axis=1)
    for row, column in enumerate(moved):
        digits[row, column] = steps[row, column]
    return [codebook.token(row) for row in digits.tolist()]


def _farthest_in(points: Array) -> tuple[int, int]:
    """From the outermost code inwards: ρ_i + ρ_j bounds the distance, so it ends when 2ρ_i is below the best."""
    centred = points - points.mean(axis=0)
    squares = np.einsum("kn,kn->k", centred, centred)
    order = np.argsort(-squares, kind="stable")
    centred, squares = centred[order], squares[order]
    best, pair = 0.0, (0, 1)
    rows = max(1, _BLOCK // len(points))
    for start in range(0, len(points), rows):
        if 4 * squares[start] <= best:
            break
        block = slice(start, start + rows)
        found = squares[block, None] + squares[start:] - 2 * centred[block] @ centred[start:].T
        if found.max() > best:
            row, column = np.unravel_index(int(found.argmax()), found.shape)
            best, pair = float(found.max()), (start + int(row), start + int(column))
    return int(order[pair[0]]), int(order[pair[1]])


def _distance(codebook: Codebook, i: int, j: int) -> float:
    a, b = codebook.codes([i, j])
    return float(np.linalg.norm(a - b))
