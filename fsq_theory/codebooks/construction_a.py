"""Construction A: the integer points that are congruent modulo q to the words of a linear code, cut by a box [CS98]."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .codebook import ArrayCodebook, check_scale, listable

EXTENDED_HAMMING = (
    (1, 0, 0, 0, 0, 1, 1, 1),
    (0, 1, 0, 0, 1, 0, 1, 1),
    (0, 0, 1, 0, 1, 1, 0, 1),
    (0, 0, 0, 1, 1, 1, 1, 0),
)
"""Generator of the extended Hamming code [8, 4, 4]: one word of weight 0, fourteen of weight 4, one of weight 8."""


def construction_a(
    generator_matrix: ArrayLike, box: int = 1, modulus: int = 2, scale: float = 1.0, name: str | None = None
) -> ArrayCodebook:
    """{s x : x in Z^n, ‖x‖_∞ ≤ b, x mod q is a codeword}, K = Σ_c Π_i #{|x| ≤ b : x ≡ c_i mod q}; uniform prior.

    For a binary code of minimum distance d the minimal squared distance is min(d, 4) s² [CS98, ch. 5 §2].  Codes come
    in lexicographic order.

    Args:
        generator_matrix: rows that span the code, shape (k, n), integers, read modulo q; rows may be dependent.
        box: b, the largest |coordinate| before scaling, at least 1.
        modulus: q, at least 2.
        scale: s, above 0.
        name: how tables call it.

    Raises:
        InputError: for a generator that is not an integer matrix, or a box, modulus or scale out of range.
        TooLargeError: when the code or the codebook is too large to list.
    """
    words = codewords(generator_matrix, modulus)
    if box < 1:
        raise InputError(f"box {box}: construction A expected an integer of at least 1")
    line = np.arange(-box, box + 1)
    order = np.argsort(line % modulus, kind="stable")
    by_residue, sizes = line[order], np.bincount(line % modulus, minlength=modulus)
    first = np.cumsum(sizes) - sizes
    n = words.shape[1]
    tokens = sum(math.prod(row) for row in sizes[words].tolist())
    listable(tokens, n)
    points = np.empty((len(words), 0), dtype=np.int64)
    for column in range(n):
        residue = words[:, column]
        copies = sizes[residue]
        rank = np.arange(copies.sum()) - np.repeat(np.cumsum(copies) - copies, copies)
        words, points = np.repeat(words, copies, axis=0), np.repeat(points, copies, axis=0)
        points = np.column_stack([points, by_residue[np.repeat(first[residue], copies) + rank]])
    points = points[np.lexsort(points.T[::-1])]
    default = f"construction_a:n={n},K={tokens}"
    return ArrayCodebook(points * check_scale(scale), name=name or default)


def codewords(generator_matrix: ArrayLike, modulus: int = 2) -> NDArray[np.int64]:
    """Every word Σ_i a_i g_i mod q of the code that the rows span, once each, in lexicographic order: (words, n)."""
    rows = np.asarray(generator_matrix)
    if rows.ndim != 2 or rows.size == 0:
        raise InputError(f"generator matrix has shape {rows.shape}: expected (k, n), one row for each generator")
    if not np.issubdtype(rows.dtype, np.integer):
        raise InputError(f"generator matrix has entries of type {rows.dtype}: expected integers")
    if modulus < 2:
        raise InputError(f"modulus {modulus}: expected at least 2")
    words = np.zeros((1, rows.shape[1]), dtype=np.int64)
    for row in rows % modulus:
        # Multiples a·row give new cosets of the group of words until the first of them is a word itself.
        cosets, multiple = [words], row % modulus
        while not np.any(np.all(words == multiple, axis=1)):
            listable(len(words) * (len(cosets) + 1), rows.shape[1])
            cosets.append((words + multiple) % modulus)
            multiple = (multiple + row) % modulus
        words = np.concatenate(cosets)
    return words[np.lexsort(words.T[::-1])]


def hamming8(name: str | None = None) -> ArrayCodebook:
    """Construction A of the extended Hamming code in the box: 481 points of {−1, 0, 1}^8 with d_min = 2.

    K = 1 + 14·2^4 + 2^8, against the 256 corners of the cube, which also have d_min = 2.  The lattice is √2 E8
    [CS98, ch. 5 §2].
    """
    return construction_a(EXTENDED_HAMMING, name=name or "hamming8")
