"""Descent on the Riesz energy of points on the unit sphere, over all pairs or over near neighbours.

The energy of exponent s is minimised as (1/s) log Σ_{i<j} ‖e_i − e_j‖^{−s}, a smooth upper bound of −log d_min that
comes within (1/s) log(K(K−1)/2) of it: free of scale and of overflow, whatever s.  Raising s step by step turns the
electrostatic problem into the problem of maximal d_min.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, minimize
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree
from scipy.special import betaincinv

from ..arrays import Array

Pairs = tuple[NDArray[np.int32], NDArray[np.int32]]
"""First and second members i < j, in lexicographic order."""

FLOOR = 1e-24
"""Least squared distance in the energy: only coincident points of a line search reach it."""

TELLING = 100.0
"""From this exponent on a descent is expected to raise d_min, and checked to."""

TREE_DIMENSIONS = 10
"""Up to this dimension near pairs come from a k-d tree, above it from blocks of inner products."""

STALE = 0.3
"""How far a point may move, in units of the reach of listed pairs, before they are listed anew."""

BLOCK = 2**23
"""Inner products held at a time."""


def on_sphere(points: Array) -> Array:
    """The points divided by their norms."""
    scaled: Array = points / np.linalg.norm(points, axis=1, keepdims=True)
    return scaled


def log_energy(flat: Array, shape: tuple[int, int], exponent: float, pairs: Pairs) -> tuple[float, Array]:
    """(1/s) log Σ_{pairs} ‖e_i − e_j‖^{−s} of the points e = y/‖y‖, and its gradient in y, flat."""
    y = flat.reshape(shape)
    radius = np.linalg.norm(y, axis=1, keepdims=True)
    e = y / radius
    i, j = pairs
    squared = np.maximum(2 - 2 * np.einsum("pn,pn->p", e.take(i, axis=0), e.take(j, axis=0)), FLOOR)
    terms = -0.5 * exponent * np.log(squared)
    largest = terms.max()
    weights = np.exp(terms - largest)
    total = weights.sum()
    # With w the softmax weights, ∂/∂e_i = Σ_j (w_ij/‖e_i − e_j‖²) e_j up to a radial part, which the sphere removes.
    row_ends = np.searchsorted(i, np.arange(shape[0] + 1)).astype(np.int32)
    pull = csr_matrix((weights / (total * squared), j, row_ends), shape=(shape[0], shape[0]))
    gradient = pull @ e + pull.T @ e
    tangent = (gradient - np.einsum("kn,kn->k", gradient, e)[:, None] * e) / radius
    return float((largest + np.log(total)) / exponent), tangent.ravel()


def cap_reach(fraction: float, n: int) -> float:
    """The chord of the cap that holds a fraction p of the unit sphere of R^n: ½ I_{sin²θ}((n−1)/2, ½) = p."""
    sine_squared = float(betaincinv((n - 1) / 2, 0.5, min(2 * fraction, 1.0)))
    return math.sqrt(2 - 2 * math.sqrt(1 - sine_squared))


def near_pairs(points: Array, reach: float) -> Pairs:
    """Every pair i < j of unit vectors nearer than ``reach``, in lexicographic order."""
    K, n = points.shape
    if n <= TREE_DIMENSIONS:
        found = cKDTree(points).query_pairs(reach, output_type="ndarray")
        keys = np.sort(found[:, 0] * K + found[:, 1])
    else:
        single = points.astype(np.float32)
        blocks = []
        for start, stop in _blocks(K):
            rows, columns = np.nonzero(single[start:stop] @ single[start:].T > 1 - reach**2 / 2)
            above = columns > rows
            blocks.append((rows[above] + start) * K + columns[above] + start)
        keys = np.concatenate(blocks)
    return (keys // K).astype(np.int32), (keys % K).astype(np.int32)


def minimal_distance(points: Array) -> float:
    """d_min of points on the unit sphere."""
    K, n = points.shape
    if n <= TREE_DIMENSIONS:
        return float(cKDTree(points).query(points, k=2)[0][:, 1].min())
    closest = np.inf
    for start, stop in _blocks(K):
        products = points[start:stop] @ points.T
        products[np.arange(stop - start), np.arange(start, stop)] = -np.inf
        differences = points[start:stop] - points[products.argmax(axis=1)]
        closest = min(closest, float(np.einsum("kn,kn->k", differences, differences).min()))
    return math.sqrt(closest)


def _blocks(K: int) -> Iterator[tuple[int, int]]:
    """Ranges of rows whose inner products with all K points are held at a time."""
    step = max(1, BLOCK // K)
    return ((start, min(start + step, K)) for start in range(0, K, step))


def descend(points: Array, schedule: Iterable[tuple[float, int]], neighbours: int | None = None) -> Array:
    """Minimise the energy for each (exponent, iterations) of a schedule in turn, by L-BFGS.

    Near pairs are listed anew as soon as some point has moved far: pairs that are not listed do not repel.

    Args:
        points: start, shape (K, n), no point at the origin.
        schedule: exponents s with the most iterations to spend on each.
        neighbours: how many near neighbours of each point count, about; None for all pairs.

    Returns:
        The points after the last exponent, or after the one, of those from TELLING up, with the largest d_min: shape
        (K, n), on the unit sphere.
    """
    points = best = on_sphere(points)
    K, n = points.shape
    best_distance = 0.0
    reach = None if neighbours is None or neighbours >= K - 1 else cap_reach(neighbours / K, n)
    for exponent, iterations in schedule:
        while iterations > 0:
            points, spent = _descend_with_list(points, exponent, iterations, reach)
            iterations -= spent
        distance = minimal_distance(points) if exponent >= TELLING else 0.0
        if distance >= best_distance:
            best, best_distance = points, distance
    return best


def _descend_with_list(points: Array, exponent: float, iterations: int, reach: float | None) -> tuple[Array, int]:
    """Iterations with one list of pairs, until it is stale: the points, and how many iterations count as spent."""
    shape = (len(points), points.shape[1])
    if reach is None:
        i, j = np.triu_indices(shape[0], 1)
        pairs = (i.astype(np.int32), j.astype(np.int32))
    else:
        pairs = near_pairs(points, reach)
    stale = False

    def check(intermediate_result: OptimizeResult) -> None:
        nonlocal stale
        if reach is not None:
            moved = on_sphere(intermediate_result.x.reshape(shape)) - points
            stale = bool(np.einsum("kn,kn->k", moved, moved).max() > (STALE * reach) ** 2)
        if stale:
            raise StopIteration

    options = {"maxiter": iterations, "maxcor": 10, "ftol": 1e-12, "gtol": 1e-13}
    arguments = (shape, exponent, pairs)
    found = minimize(
        log_energy, points.ravel(), args=arguments, jac=True, method="L-BFGS-B", callback=check, options=options
    )
    return on_sphere(found.x.reshape(shape)), max(1, found.nit) if stale else iterations
