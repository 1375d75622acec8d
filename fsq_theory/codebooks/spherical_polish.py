"""The last digits of a spherical code: maximise d_min itself by linear programs on the pairs in contact."""

from __future__ import annotations

import numpy as np
from scipy.linalg import null_space
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from ..arrays import Array
from .spherical_energy import on_sphere

ROUNDS = 40
"""Most linear programs."""

FIRST_RADIUS = 0.05
LAST_RADIUS = 1e-10
"""Trust region of a move, at the start and where to stop."""


def polish(points: Array) -> Array:
    """Raise d_min to a local maximum: sequential linear programming with a trust region.

    Each round moves points along their tangent spaces, e_i + u_i, and minimises the largest linearised inner product
    ⟨e_i, e_j⟩ + ⟨u_i, e_j⟩ + ⟨e_i, u_j⟩ over ‖u‖_∞ ≤ Δ.  A move that raises d_min is kept, another quarters Δ.  The
    error of the linearisation is O(‖u‖²), so convergence is quadratic where contacts fix the code.  Never lowers d_min.

    Args:
        points: unit vectors, shape (K, n), n ≥ 2.  The work suits K(n−1) up to a few hundred.
    """
    K, n = points.shape
    first, second = np.triu_indices(K, 1)
    radius = FIRST_RADIUS
    products = np.einsum("pn,pn->p", points[first], points[second])
    for _ in range(ROUNDS):
        close = products > products.max() - 4 * radius * np.sqrt(n)
        i, j = first[close], second[close]
        tangents = np.stack([null_space(point[None]) for point in points])
        move = _best_move(points, tangents, i, j, products[close], radius)
        if move is None:
            break
        moved = on_sphere(points + np.einsum("knt,kt->kn", tangents, move))
        after = np.einsum("pn,pn->p", moved[first], moved[second])
        if after.max() < products.max():
            points, products = moved, after
            radius = min(radius, 4 * float(np.abs(move).max()))
        else:
            radius /= 4
        if radius < LAST_RADIUS:
            break
    return points


def _best_move(
    points: Array,
    tangents: Array,
    i: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    j: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    products: Array,
    radius: float,
) -> Array | None:
    """Tangent coordinates (K, n−1) of the move that the linear program finds, or None if it finds none."""
    K, n = points.shape
    contacts, axes = np.arange(len(i)), np.arange(n - 1)
    rows = np.repeat(contacts, n - 1)
    values = [
        np.einsum("pnt,pn->pt", tangents[i], points[j]).ravel(),
        np.einsum("pnt,pn->pt", tangents[j], points[i]).ravel(),
        -np.ones(len(i)),
    ]
    columns = [
        (i[:, None] * (n - 1) + axes).ravel(),
        (j[:, None] * (n - 1) + axes).ravel(),
        np.full(len(i), K * (n - 1)),
    ]
    size = K * (n - 1) + 1
    matrix = csr_matrix(
        (np.concatenate(values), (np.concatenate([rows, rows, contacts]), np.concatenate(columns))), (len(i), size)
    )
    cost = np.zeros(size)
    cost[-1] = 1
    bounds = [(-radius, radius)] * (size - 1) + [(-2.0, 2.0)]
    solution = linprog(cost, A_ub=matrix, b_ub=-products, bounds=bounds, method="highs")
    return None if solution.x is None else np.asarray(solution.x[:-1]).reshape(K, n - 1)
