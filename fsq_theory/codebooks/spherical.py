"""Spherical codes: K points on the unit sphere of R^n, spread so that the smallest angle is large.

Up to K = 2n, and in the plane, the optimum is known and built exactly; elsewhere it is searched for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from ..arrays import Array
from ..errors import InputError, TooLargeError
from ..seeds import check_seed
from .array_codebook import ArrayCodebook
from .codebook import Codebook
from .lattices import lattice_codebook
from .random_codes import check_size, draw
from .regular import PskCodebook, SimplexCodebook
from .spherical_energy import descend, minimal_distance, on_sphere
from .spherical_polish import polish

ALL_PAIRS = 256
"""Up to this K the energy counts all pairs, above it near neighbours."""

POLISHED = 200
"""Up to this K(n−1) the best codes found are polished by linear programming."""

SOFT = ((2.0, 200), (8.0, 200), (32.0, 200))
HARD = ((128.0, 200), (512.0, 200), (2048.0, 200), (8192.0, 200))
"""Exponents and most iterations.  Half of the starts begin at the end of SOFT, which leads to other local optima."""

LARGE = ((16.0, 16), (48.0, 64), (128.0, 40), (384.0, 24))
"""The schedule above ALL_PAIRS."""

LARGE_WORK = 2**21
"""The work K·neighbours·n of an iteration for which LARGE is meant; more iterations where it is less."""


@dataclass(frozen=True)
class SphericalSolution:
    """What a search for a spherical code achieved.

    Attributes:
        d_min: smallest distance of two unit vectors.
        min_angle: the smallest angle, radians: d_min = 2 sin(min_angle/2).
        optimal: whether the code is known to have the largest d_min that K points in R^n can have.
        starts: how many starts the search tried; 0 for a code built exactly.
    """

    d_min: float
    min_angle: float
    optimal: bool
    starts: int


class SphericalCodebook(ArrayCodebook):
    """A spherical code with the record of the search that found it, before any scaling, as ``solution``."""

    def __init__(self, points: ArrayLike, solution: SphericalSolution, name: str) -> None:
        super().__init__(points, name=name)
        self.solution = solution

    def centred(self) -> Codebook:
        return ArrayCodebook(self._points - self.mean, self._prior, self.name)


def spherical_codebook(
    K: int, n: int, seed: int = 0, name: str | None = None, starts: int | None = None
) -> SphericalCodebook:
    """K points on the unit sphere of R^n with d_min as large as could be found; uniform prior.

    Exact, and optimal, for K ≤ 2n (by Rankin's bounds [CS98, ch. 1 §2.6]: regular simplices in orthogonal subspaces;
    one for K ≤ n + 1, the biorthogonal code for K = 2n) and for n = 2 (regular polygons).  Elsewhere the best of
    several descents on the Riesz energy with growing exponent, from random starts and from one lattice shell; small
    codes are polished to a local maximum of d_min.  Nothing is claimed about how near to the optimum they are.
    Deterministic for a seed.

    Args:
        K: tokens, at least 2.
        n: dimension, at least 1.
        seed: seed of the random starts.
        name: how tables call it; the spec by default.
        starts: random starts; by default 24 for small codes and fewer for larger ones.

    Returns:
        The codebook; its ``solution`` records d_min and the smallest angle.

    Raises:
        InputError: for too small K or n, n = 1 with K > 2, a negative seed, or no starts.
        TooLargeError: when K·n is too large to list.
    """
    check_size(K, n)
    seed = check_seed(seed)
    if n == 1 and K > 2:
        raise InputError(f"K={K} with n=1: the sphere of a line has only the two points −1 and 1")
    if starts is not None and starts < 1:
        raise InputError(f"{starts} starts: expected at least 1")
    name = name or f"sphere:K={K},n={n},seed={seed}"
    if n == 2 or 2 * n >= K:
        points = PskCodebook(K).points if n == 2 else simplices(K, n)
        return SphericalCodebook(points, _solution(points, optimal=True, starts=0), name)
    tried = starts or max(1, min(24, 3000 // (K * n)))
    points = search(K, n, seed, tried)
    return SphericalCodebook(points, _solution(points, optimal=False, starts=tried), name)


def simplices(K: int, n: int) -> Array:
    """K ≤ 2n unit vectors of least possible largest inner product, shape (K, n).

    K − n regular simplices (one, if K ≤ n + 1) in orthogonal subspaces whose dimensions differ by at most one: the
    largest inner product is −1/(K−1) for one simplex and 0 for more.
    """
    groups = max(K - n, 1)
    points = np.zeros((K, n))
    dimensions = np.full(groups, min(n, K - 1) // groups)
    dimensions[: min(n, K - 1) % groups] += 1
    row = column = 0
    for dimension in dimensions.tolist():
        points[row : row + dimension + 1, column : column + dimension] = SimplexCodebook(dimension + 1).points
        row, column = row + dimension + 1, column + dimension
    return points


def search(K: int, n: int, seed: int, starts: int, from_lattice: bool = True) -> Array:
    """The best code of ``starts`` random starts and, if wanted, one lattice shell, shape (K, n)."""
    with threadpool_limits(limits=1):  # as fast on these small problems, and the same bits on any number of cores
        return max(_candidates(K, n, seed, starts, from_lattice), key=minimal_distance)


def _candidates(K: int, n: int, seed: int, starts: int, from_lattice: bool) -> list[Array]:
    """What the starts lead to; for small codes the best three of them, polished."""
    found = []
    for index in range(starts):
        start = draw(np.random.Generator(np.random.PCG64([seed, index])), K, n, "sphere")
        found.append(_descended(start, soft=index % 2 == 0))
    shell = lattice_start(K, n) if from_lattice else None
    if shell is not None:
        found.append(shell)
        if K <= ALL_PAIRS:
            found.append(_descended(shell, soft=False))
    if K * (n - 1) <= POLISHED:
        return [polish(points) for points in sorted(found, key=minimal_distance, reverse=True)[:3]]
    return found


def _descended(start: Array, soft: bool) -> Array:
    """One descent: with all pairs while the exponent is low and the code small, with near pairs otherwise."""
    K, n = start.shape
    neighbours = min(K - 1, max(24, 5 * n), max(8, 2**25 // (K * n)))
    if K <= ALL_PAIRS:
        points = descend(start, SOFT if soft else SOFT[-1:])
        return descend(points, HARD, neighbours)
    effort = min(max(LARGE_WORK / (K * neighbours * n), 0.25), 4.0)
    return descend(start, [(exponent, round(effort * count)) for exponent, count in LARGE], neighbours)


def lattice_start(K: int, n: int) -> Array | None:
    """The shell of D_n, A_n or E8 that has the largest d_min on the unit sphere, thinned evenly to K points.

    Looks through the first eight shells as far as they have at most 3K points; None if none of these has at least K.
    """
    best, best_distance = None, 0.0
    for lattice in (f"D{n}", f"A{n}", "E8") if n == 8 else (f"D{n}", f"A{n}"):
        for shell in range(1, 9):
            try:
                points = on_sphere(lattice_codebook(lattice, shell=shell).points)
            except TooLargeError:
                break
            if len(points) > 3 * K:
                break
            distance = minimal_distance(points)
            if len(points) >= K and distance > best_distance:
                best, best_distance = points[np.arange(K) * len(points) // K], distance
    return best


def _solution(points: Array, optimal: bool, starts: int) -> SphericalSolution:
    """The record of a code."""
    distance = minimal_distance(points)
    return SphericalSolution(distance, 2 * math.asin(min(1.0, distance / 2)), optimal, starts)
