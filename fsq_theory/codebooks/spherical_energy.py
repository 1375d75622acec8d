"""Descent on the Riesz energy of points on the unit sphere, over all pairs or over near neighbours.

The energy of exponent s is minimised as (1/s) log Σ_{i<j} ‖e_i − e_j‖^{−s}, a smooth upper bound of −log d_min that
comes within (1/s) log(K(K−1)/2) of it: free of scale and of overflow, whatever s.  Raising s step by step turns the
electrostatic problem into the problem of maximal d_min.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, minimize
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from .codebook import Array

Pairs = tuple[NDArray[np.int32], NDArray[np.int32]]
"""First and second members i < j, in lexicographic order."""

FLOOR = 1e-24
"""Least squared distance in the energy: only coincident points of a line search reach it."""

TREE_DIMENSIONS = 10
"""Up to this dimension neighbours come from a k-d tree, above it from blocks of inner products."""

STALE = 0.5
"""How far a point may move, in median distances of listed pairs, before neighbours are listed anew."""

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


def nearest(points: Array, count: int) -> NDArray[np.int64]:
    """The ``count`` nearest other points of every unit vector, shape (K, count), in no particular order."""
    K, n = points.shape
    if n <= TREE_DIMENSIONS:
        found = cKDTree(points).query(points, k=count + 1)[1]
        # A point is its own first neighbour, unless another coincides with it: either is left out.
        return np.asarray(found[:, 1:], dtype=np.int64)
    rows = max(1, BLOCK // K)
    blocks = []
    for start in range(0, K, rows):
        products = points[start : start + rows] @ points.T
        products[np.arange(len(products)), start + np.arange(len(products))] = -np.inf
        blocks.append(np.argpartition(products, K - count, axis=1)[:, K - count :])
    return np.concatenate(blocks)


def near_pairs(points: Array, count: int) -> Pairs:
    """Every pair i < j in which one is among the ``count`` nearest of the other; all pairs if count is K − 1."""
    K = len(points)
    if count >= K - 1:
        i, j = np.triu_indices(K, 1)
        return i.astype(np.int32), j.astype(np.int32)
    neighbours = nearest(points, count)
    own = np.repeat(np.arange(K), count)
    low, high = np.minimum(own, neighbours.ravel()), np.maximum(own, neighbours.ravel())
    keys = np.unique(low * K + high)
    return (keys // K).astype(np.int32), (keys % K).astype(np.int32)


def minimal_distance(points: Array) -> float:
    """d_min of points on the unit sphere."""
    differences = points - points[nearest(points, 1)[:, 0]]
    return float(np.sqrt(np.einsum("kn,kn->k", differences, differences).min()))


def descend(points: Array, schedule: Iterable[tuple[float, int]], neighbours: int) -> Array:
    """Minimise the energy for each (exponent, iterations) of a schedule in turn, by L-BFGS.

    Near neighbours are listed anew as soon as some point has moved far: pairs that are not listed do not repel.

    Args:
        points: start, shape (K, n), no point at the origin.
        schedule: exponents s with the number of iterations spent on each.
        neighbours: how many near neighbours of each point count; K − 1 for all.

    Returns:
        Points on the unit sphere, shape (K, n).
    """
    points = on_sphere(points)
    for exponent, iterations in schedule:
        while iterations > 0:
            points, spent = _descend_with_list(points, exponent, iterations, neighbours)
            iterations -= spent
    return points


def _descend_with_list(points: Array, exponent: float, iterations: int, neighbours: int) -> tuple[Array, int]:
    """Iterations with one list of pairs, until it is stale: the points, and how many iterations count as spent."""
    shape = (len(points), points.shape[1])
    pairs = near_pairs(points, neighbours)
    complete = neighbours >= len(points) - 1
    allowed = STALE * float(np.median(np.linalg.norm(points[pairs[0]] - points[pairs[1]], axis=1)))
    stale = False

    def check(intermediate_result: OptimizeResult) -> None:
        nonlocal stale
        moved = on_sphere(intermediate_result.x.reshape(shape)) - points
        stale = not complete and bool(np.einsum("kn,kn->k", moved, moved).max() > allowed**2)
        if stale:
            raise StopIteration

    options = {"maxiter": iterations, "maxcor": 10, "ftol": 1e-15, "gtol": 1e-13}
    arguments = (shape, exponent, pairs)
    found = minimize(
        log_energy, points.ravel(), args=arguments, jac=True, method="L-BFGS-B", callback=check, options=options
    )
    return on_sphere(found.x.reshape(shape)), max(1, found.nit) if stale else iterations
