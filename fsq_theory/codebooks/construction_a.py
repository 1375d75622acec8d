"""Construction A: the integer points that are congruent modulo q to the words of a linear code, cut by a box [CS98]."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .array_codebook import ArrayCodebook
from .checks import check_scale, listable

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
    """Every word Σ_i a_i g_i mod q of the code that the rows span, once each, in lexicographic order: (words, n).

    Args:
        generator_matrix: the rows g_i, shape (k, n), integers; they may be dependent.
        modulus: q, at least 2; any number, prime or not.

    Raises:
        InputError: for a generator that is not an integer matrix, or a modulus below 2.
        TooLargeError: when the words are too many to list, with their number.
    """
    rows = np.asarray(generator_matrix)
    if rows.ndim != 2 or rows.size == 0:
        raise InputError(f"generator matrix has shape {rows.shape}: expected (k, n), one row for each generator")
    if not np.issubdtype(rows.dtype, np.integer):
        raise InputError(f"generator matrix has entries of type {rows.dtype}: expected integers")
    if modulus < 2:
        raise InputError(f"modulus {modulus}: expected at least 2")
    basis = _triangular(rows, modulus)
    listable(math.prod(order for order, _ in basis), rows.shape[1])
    words = np.zeros((1, rows.shape[1]), dtype=np.int64)
    for order, row in basis:
        multiples = np.array([[factor * entry % modulus for entry in row] for factor in range(order)], dtype=np.int64)
        words = (words + multiples[:, None]).reshape(-1, rows.shape[1]) % modulus
    return words[np.lexsort(words.T[::-1])]


def _triangular(rows: NDArray[Any], modulus: int) -> list[tuple[int, list[int]]]:
    """Rows b_1, … and orders o_1, … such that every word is Σ m_i b_i mod q for one choice of 0 ≤ m_i < o_i.

    Column by column, Euclid's algorithm leaves one row with an entry a ≠ 0 there.  Its multiples take q/gcd(a, q)
    values in the column; the first that is 0 there joins the rows that are left.
    """
    left = [[int(entry) % modulus for entry in row] for row in rows]
    basis: list[tuple[int, list[int]]] = []
    for column in range(rows.shape[1]):
        while True:
            left = [row for row in left if any(row)]
            active = sorted((row for row in left if row[column]), key=lambda row: row[column])
            if len(active) < 2:
                break
            least = active[0]
            for row in active[1:]:
                times = row[column] // least[column]
                row[:] = [(entry - times * other) % modulus for entry, other in zip(row, least, strict=True)]
        if active:
            (pivot,) = active
            order = modulus // math.gcd(pivot[column], modulus)
            basis.append((order, list(pivot)))
            pivot[:] = [order * entry % modulus for entry in pivot]
    return basis


def hamming8(name: str | None = None) -> ArrayCodebook:
    """Construction A of the extended Hamming code in the box: 481 points of {−1, 0, 1}^8 with d_min = 2.

    K = 1 + 14·2^4 + 2^8, against the 256 corners of the cube, which also have d_min = 2.  The lattice is √2 E8
    [CS98, ch. 5 §2].
    """
    return construction_a(EXTENDED_HAMMING, name=name or "hamming8")
