"""FSQ does not maximise the mean nearest-neighbour distance over the box from five dimensions on.

Statement.  Let E be FSQ with L ≥ 2 equally spaced levels on [−1, 1] along each of n ≥ 5 axes, Δ = 2/(L−1) their
spacing, and D(E) = (1/K) Σ_k min_{j≠k} ‖e_k − e_j‖ = Δ.  Put the centre of any one of its (L−1)^n cells in place of
any one token.  The new codebook lies in the box, and

    D = Δ (1 + (√n/2 − 1)/L^n) > Δ.

So in base 2, with the origin in place of one corner, D = 2 + (√n − 2)/2^n > 2; and in base 3, with (½, …, ½) in place
of the origin, D = 1 + (√n/2 − 1)/3^n > 1.  If every code must have ‖e‖_∞ = 1 exactly, the centre of a face of the
cube in place of one corner gives, in base 2 and for n ≥ 6,

    D = 2 + (√(n−1) − 2)/2^n > 2.

Assumptions.  ‖e‖_∞ ≤ 1 for every code; in the last part ‖e‖_∞ = 1, which base-2 FSQ satisfies and base 3, which holds
the origin, does not.  It does not follow for n ≤ 4: there the centre of a cell is no further from the tokens than
they are from each other, and the same exchange gives D = Δ for n = 4 and less than Δ for n = 2 and 3.

Proof.  Two tokens with indices that differ by d ∈ Z^n, d ≠ 0, are Δ √(Σ d_i²) apart.  (1) That is at least Δ, and Δ
for those that differ by 1 in one coordinate.  (2) Every token has at least n ≥ 2 such neighbours, one or two in each
coordinate, so that one is left when another token is taken away: all L^n − 1 tokens that remain are at distance Δ
from another one of them, and not less.  (3) From the centre of a cell a token is, in each coordinate, (d − ½)Δ away
with d an integer, at least Δ/2: at least Δ√n/2 in all.  (4) The 2^n corners of the cell are at this distance, and at
least one of them is left.  (5) For n ≥ 5 that exceeds Δ, so the new token is nobody's nearest neighbour, and its own
nearest neighbour is Δ√n/2 away.  (6) The mean is D.

(7) The centre of a face of the cube is (1, 0, …, 0), up to symmetry.  Its squared distance from a corner is n − 1 on
that face and n + 3 on the opposite one; at least 2^{n−1} − 1 ≥ 1 corners of the face are left; and n − 1 > 4 from n =
6 on.  (8) For n = 4 the centre of a cell is Δ from the nearest token, and for n = 2 and 3 less; by (2) no other
token's least distance is above Δ.  (9) The same by listing all distances, exactly, in the smallest cases.  (10)
Numerical cross-checks of the library.

Remarks.  The gain is small: 0.0074 in base 2 for n = 5, and (√n − 2)/2^n beyond.  Exchanging one token is the
simplest exchange, not the best one.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import enumeration, identity, inequality
from fsq_theory.claims.derivation import run_as_script
from fsq_theory.claims.numbers import agreement
from fsq_theory.claims.step import Step

CLAIM = "nn-distance-global-fails"
SOURCE = "this project"
CONCLUDES = "proved"
WRONG = {
    "n = 4 in place of n ≥ 5": {"least": 4},
    "n = 5 in place of n ≥ 6 for the centre of a face": {"least_face": 5},
    "a gain of (√n − 1)/L^n in units of Δ": {"gain": 1},
    "the new token a third of the way into its cell": {"inside": sp.Rational(1, 3)},
}
HALF = sp.Rational(1, 2)

m, d, more = sp.symbols("m d L_2", integer=True, nonnegative=True)
wide = sp.Symbol("Delta", positive=True)


def derive(least: int = 5, least_face: int = 6, gain: Any = HALF, inside: Any = HALF) -> Iterator[Step]:
    """The steps of the proof.

    Args:
        least: the smallest n; 5.
        least_face: the smallest n for the centre of a face; 6.
        gain: the constant before √n in D; ½.
        inside: where in its cell the new token is, in every coordinate and in units of Δ; ½.
    """
    n, levels = least + m, 2 + more

    yield inequality("1. two tokens", "Δ² ≤ Δ² Σ d_i² where some d_i² ≥ 1", wide**2, wide**2 * ((1 + m) ** 2 + d))
    yield inequality("2. neighbours left", "n − 1 ≥ 1", 1, n - 1)
    for name, steps in (("d ≥ 1", 1 + d), ("d ≤ 0", -d)):
        yield inequality(f"3. new token, {name}", "Δ²/4 ≤ ((d − ½)Δ)²", wide**2 / 4, ((steps - inside) * wide) ** 2)
    yield inequality("4. corners of the cell left", "2^n − 1 ≥ 1", 1, 2**n - 1)
    own = wide * sp.sqrt(n) / 2
    yield inequality(
        "5. further than Δ",
        "Δ² < nΔ²/4",
        wide**2,
        n * wide**2 / 4,
        strict=True,
    )
    tokens = levels**n
    mean = ((tokens - 1) * wide + own) / tokens
    stated = wide * (1 + (gain * sp.sqrt(n) - 1) / tokens)
    yield identity("6a. mean", "((L^n − 1)Δ + Δ√n/2)/L^n = Δ (1 + (√n/2 − 1)/L^n)", mean, stated)
    yield identity("6b. base 2", "D = 2 + (√n − 2)/2^n", mean.subs({wide: 2, more: 0}), 2 + (sp.sqrt(n) - 2) / 2**n)
    yield identity(
        "6c. base 3", "D = 1 + (√n/2 − 1)/3^n", mean.subs({wide: 1, more: 1}), 1 + (sp.sqrt(n) / 2 - 1) / 3**n
    )
    excess = wide * (n - 4) / (2 * (sp.sqrt(n) + 2) * tokens)
    yield inequality("6d. more than FSQ's", "Δ < D", wide, mean, because=excess, strict=True)

    axes = least_face + m
    near, far = sum_of_squares(1, 1, axes), sum_of_squares(1, -1, axes)
    yield identity("7a. corner of the face", "‖f − s‖² = n − 1 where s_1 = 1", near, axes - 1)
    yield identity("7b. corner opposite", "‖f − s‖² = n + 3 where s_1 = −1", far, axes + 3)
    yield inequality("7c. corners of the face left", "2^{n−1} − 1 ≥ 1", 1, 2 ** (axes - 1) - 1)
    yield inequality("7d. further than 2", "4 < n − 1", 4, axes - 1, strict=True)
    mean = ((2**axes - 1) * 2 + sp.sqrt(near)) / 2**axes
    excess = (axes - 5) / ((sp.sqrt(axes - 1) + 2) * 2**axes)
    yield identity("7e. mean", "D = 2 + (√(n−1) − 2)/2^n", mean, 2 + (sp.sqrt(axes - 1) - 2) / 2**axes)
    yield inequality("7f. more than FSQ's", "2 < D", 2, mean, because=excess, strict=True)

    yield identity("8a. n = 4", "the centre of a cell is at Δ from its corners: nΔ²/4 = Δ²", 4 * wide**2 / 4, wide**2)
    yield inequality("8b. n ≤ 3", "and at less than Δ: nΔ²/4 < Δ²", 3 * wide**2 / 4, wide**2, strict=True)
    for levels, n in ((2, 4), (3, 4), (2, 3), (3, 3)):
        what = (
            "all nearest neighbours are at Δ" if n == 4 else "no nearest neighbour is further than Δ, some are closer"
        )
        yield enumeration(f"8c. L = {levels}, n = {n}", f"{what}, by listing", cell_cases(levels, n))
    for levels in (2, 3, 4):
        yield enumeration(
            f"9a. L = {levels}, n = {least}",
            "squared distances of nearest neighbours over (Δ/2)²: 4 for every token but the new one, n for that",
            cell_cases(levels, least),
        )
    face = [1] + [0] * (least_face - 1)
    corners = list(itertools.product((-1, 1), repeat=least_face))
    listed = nearest_squares([face, *corners[:-1]])
    yield enumeration(
        f"9b. centre of a face, n = {least_face}",
        "squared distances of nearest neighbours: 4 for every corner, n − 1 for the centre",
        [
            ("centre", listed[0] == least_face - 1 > 4),
            *((str(c), q == 4) for c, q in zip(corners, listed[1:], strict=False)),
        ],
    )
    yield from cross_checks(least, least_face)


def sum_of_squares(first: int, corner: int, axes: Any) -> Any:
    """‖f − s‖² for f = (first, 0, …, 0) and a corner s with s_1 = corner, in ``axes`` dimensions."""
    return (first - corner) ** 2 + (axes - 1) * 1


def nearest_squares(points: Sequence[Sequence[int]]) -> list[int]:
    """The squared distance of each point from the nearest other one, in integers."""
    import numpy as np

    listed = np.array(points, dtype=np.int64)
    squares = np.zeros((len(listed), len(listed)), dtype=np.int64)
    for column in listed.T:
        squares += (column[:, None] - column[None, :]) ** 2
    np.fill_diagonal(squares, squares.max() + 1)
    return [int(square) for square in squares.min(axis=1)]


def cell_cases(levels: int, n: int) -> Iterable[tuple[str, bool]]:
    """The centre of the cell at the low end in place of the first token, and of the one in the middle of the grid."""
    grid = list(itertools.product(range(0, 2 * levels, 2), repeat=n))
    for gone in (grid[0], (2 * (levels // 2),) * n):
        kept = [token for token in grid if token != gone]
        own, *others = nearest_squares([(1,) * n, *kept])
        if n <= 3:
            yield str(gone), own < 4 and max(others) <= 4
        else:
            yield str(gone), own == n and Counter(others) == {4: levels**n - 1} and (n == 4 or own > 4)


def cross_checks(least: int, least_face: int) -> Iterator[Step]:
    """The library's D of the same codebooks and of larger ones."""
    import numpy as np

    from fsq_theory.codebooks.array_codebook import ArrayCodebook
    from fsq_theory.codebooks.distances import distance_statistics

    for n in (least, 8, 10):
        found = distance_statistics(f"bits:{n}+swap-origin").nn_mean
        yield agreement(f"10. base 2, n = {n}", "the library's D", found, 2 + (n**0.5 - 2) / 2**n, 2e-13)
    for n in (least, 6):
        points = np.array([p if any(p) else (0.5,) * n for p in itertools.product((-1.0, 0.0, 1.0), repeat=n)])
        found = distance_statistics(ArrayCodebook(points)).nn_mean
        yield agreement(f"10. base 3, n = {n}", "the library's D", found, 1 + (n**0.5 / 2 - 1) / 3**n, 2e-13)
    for n in (least_face, 9):
        points = np.array([*itertools.product((-1.0, 1.0), repeat=n)])
        points[-1] = np.eye(n)[0]
        found = distance_statistics(ArrayCodebook(points)).nn_mean
        yield agreement(f"10. face, n = {n}", "the library's D", found, 2 + ((n - 1) ** 0.5 - 2) / 2**n, 2e-13)


if __name__ == "__main__":
    sys.exit(run_as_script(__file__))
