"""The Leech lattice from the binary Golay code [CS98, ch. 4 §11, ch. 10 §3].

In units of 1/√8 its vectors are the integer x with all x_i ≡ m mod 2, Σ x_i ≡ 4m mod 8, and, for each residue k, the
places where x_i ≡ k mod 4 forming a Golay codeword.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from .construction_a import codewords

FIRST_SHELL = 196560
"""Vectors of squared norm 4."""

GOLAY_WEIGHTS = {0: 1, 8: 759, 12: 2576, 16: 759, 24: 1}
"""Number of codewords of each weight."""


def shell_size(shell: int) -> int:
    """Vectors of squared norm 2m + 2, the m-th shell: (65520/691)(σ_11(m+1) − τ(m+1)) [CS98, ch. 4 §11].

    Ramanujan's τ(k) is the coefficient of q^k in q Π_i (1 − q^i)^24.  Exact, with work that grows as m².
    """
    product = [1] + [0] * shell
    for factor in range(1, shell + 1):
        for _ in range(24):
            for power in range(shell, factor - 1, -1):
                product[power] -= product[power - factor]
    sigma = sum(divisor**11 for divisor in range(1, shell + 2) if (shell + 1) % divisor == 0)
    return 65520 * (sigma - product[shell]) // 691


def golay_generator() -> NDArray[np.int64]:
    """Generator of the extended Golay code [24, 12, 8]: shifts of x^11+x^10+x^6+x^5+x^4+x^2+1 and a parity bit."""
    polynomial = np.zeros(23, dtype=np.int64)
    polynomial[[0, 2, 4, 5, 6, 10, 11]] = 1
    rows = np.stack([np.roll(polynomial, shift) for shift in range(12)])
    return np.column_stack([rows, rows.sum(axis=1) % 2])


def minimal_vectors() -> NDArray[np.int64]:
    """The 196560 vectors of least norm, times √8, in lexicographic order, shape (196560, 24).

    Shapes (±2^8, 0^16) on an octad with an even number of minus signs: 759·2^7; (∓3, ±1^23), the upper signs on a
    codeword: 24·2^12; (±4^2, 0^22): 4·C(24, 2).
    """
    words = codewords(golay_generator())
    octads = np.nonzero(words[words.sum(axis=1) == 8])[1].reshape(-1, 8)
    signs = np.array([s for s in itertools.product((1, -1), repeat=8) if math.prod(s) == 1])
    twos = np.zeros((len(octads), len(signs), 24), dtype=np.int64)
    np.put_along_axis(twos, np.broadcast_to(octads[:, None, :], (len(octads), len(signs), 8)), 2 * signs[None], axis=2)
    ones = np.where(words == 1, -1, 1)
    threes = ones[:, None, :] * (1 - 4 * np.eye(24, dtype=np.int64))
    pairs = np.array(list(itertools.combinations(range(24), 2)))
    fours = np.zeros((len(pairs), 4, 24), dtype=np.int64)
    pair_signs = np.array(list(itertools.product((4, -4), repeat=2)))
    np.put_along_axis(fours, np.broadcast_to(pairs[:, None, :], (len(pairs), 4, 2)), pair_signs[None], axis=2)
    points = np.concatenate([block.reshape(-1, 24) for block in (twos, threes, fours)])
    return points[np.lexsort(points.T[::-1])]


def box_count(bound: int) -> int:
    """How many vectors, times √8, have every |coordinate| ≤ bound: by the weights of the code and the sum modulo 8.

    With χ(x) = exp(2πi x/8) the condition on the sum is ½(1 ± Πχ(x_i)), plus for even vectors and minus for odd ones.
    """

    def tally(residue: int) -> tuple[int, int]:
        # x = residue + 4a with |x| ≤ bound; χ(x) = (−1)^a χ(residue), and the signs of a run of a's nearly cancel.
        low, high = -((bound + residue) // 4), (bound - residue) // 4
        count = max(high - low + 1, 0)
        return count, (1 if low % 2 == 0 else -1) if count % 2 else 0

    total = 0
    for parity in (0, 1):
        (count_off, sum_off), (count_on, sum_on) = tally(parity), tally(parity + 2)
        for weight, words in GOLAY_WEIGHTS.items():
            phase = parity * (24 - weight) + (parity + 2) * weight  # Πχ(residue) = χ(phase)
            product = (-1) ** (phase // 4) * sum_off ** (24 - weight) * sum_on**weight
            count = count_off ** (24 - weight) * count_on**weight
            total += words * (count + (product if parity == 0 else -product)) // 2
    return total
