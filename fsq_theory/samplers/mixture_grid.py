"""Mixtures of equal normals in one or two dimensions at the nodes of a grid: how a density is carried a step on."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..arrays import Array
from ..errors import InputError

REACH = 8.5
"""Normal tails beyond this many standard deviations, 2e-17, are left out."""

NEGLIGIBLE = 1e-4
"""Nodes of less mass than this times the normal density at the reach, 1e-20 at REACH, are dropped."""

MOST_NODES = 2**23
"""Nodes in the box around a mixture."""

COARSE = 1.5
"""Spacing, in standard deviations, at which densities are compared: their integral is right to 3e-4 there."""


class TooFine(InputError):
    """The grid that a density needs is too large; simulation is left."""


class Nodes(NamedTuple):
    """A density as masses on a square grid.

    Attributes:
        places: shape (S, n).
        mass: density times the area of a cell, shape (S,).
        signs: 1 − 2^n on nodes of which every index is even and 1 elsewhere, so that Σ mass·signs·f is the error that
            the trapezoidal rule of doubled spacing makes with f, less its error at this spacing.
    """

    places: Array
    mass: Array
    signs: Array


class Mixture(NamedTuple):
    """Σ_j mass_j N(means_j, std² I), with means of shape (S, n); masses may be negative.

    Tails beyond ``reach`` standard deviations are left out.
    """

    means: Array
    mass: Array
    std: float
    reach: float = REACH

    def work(self, spacing: float) -> float:
        """Kernel values that :func:`on_grid` computes."""
        n = self.means.shape[1]
        return len(self.means) * (n * self.reach / spacing) ** n * 4


def on_grid(state: Mixture, spacing: float) -> Nodes:
    """The mixture at the nodes of a grid whose spacing is given in standard deviations."""
    low, total = _scattered(state, spacing)
    kept = np.flatnonzero(np.abs(total) > NEGLIGIBLE * math.exp(-(state.reach**2) / 2))
    index = np.stack(np.unravel_index(kept, total.shape), axis=1)
    signs = np.where(np.all(index % 2 == 0, axis=1), 1.0 - 2**total.ndim, 1.0)
    return Nodes(low + spacing * state.std * index, total.ravel()[kept], signs)


def total_variation(state: Mixture) -> float:
    """½ ∫ |Σ_j mass_j N(u; means_j, std² I)| du of a difference of two densities, roughly."""
    return float(np.abs(_scattered(state, COARSE)[1]).sum()) / 2


def _scattered(state: Mixture, spacing: float) -> tuple[Array, Array]:
    """The corner of the grid and the density times the area of a cell."""
    h, side = spacing * state.std, math.ceil(state.reach / spacing)
    low = state.means.min(axis=0) - side * h
    nodes = math.prod(((state.means.max(axis=0) - low) / h + side + 2).tolist())
    if not nodes <= MOST_NODES:
        raise TooFine(f"the density of the sampler's state needs {nodes:.3g} nodes: expected method mc")
    places = (state.means - low) / h
    shape = tuple(int(count) + side + 2 for count in np.ceil(places.max(axis=0)))
    scatter = _on_line if len(shape) == 1 else _on_plane
    return low, scatter(places, state.mass, spacing, side, shape)


def _kernel(distance: Array, spacing: float) -> Array:
    """Normal density times the spacing, at distances counted in spacings."""
    return np.asarray(np.exp(-((distance * spacing) ** 2) / 2) * (spacing / math.sqrt(2 * math.pi)))


def _on_line(places: Array, mass: Array, spacing: float, side: int, shape: tuple[int, ...]) -> Array:
    total = np.zeros(shape)
    offsets = np.arange(-side, side + 1)
    block = max(1, 2**20 // len(offsets))
    for start in range(0, len(places), block):
        here = places[start : start + block]
        index = np.rint(here).astype(np.int64) + offsets
        values = _kernel(index - here, spacing) * mass[start : start + block, None]
        total += np.bincount(index.ravel(), values.ravel(), minlength=shape[0])
    return total


def _on_plane(places: Array, mass: Array, spacing: float, side: int, shape: tuple[int, ...]) -> Array:
    """N(u_1; m_1, v) N(u_2; m_2, v), one matrix product for all the means in a tile of the grid."""
    total = np.zeros(shape)
    edge = 2 * side
    tile = np.floor(places / edge).astype(np.int64)
    order = np.lexsort((tile[:, 1], tile[:, 0]))
    places, mass, tile = places[order], mass[order], tile[order]
    starts = np.flatnonzero(np.any(np.diff(tile, axis=0, prepend=-1), axis=1)).tolist()
    for first, stop in zip(starts, [*starts[1:], len(places)], strict=True):
        low = np.maximum(tile[first] * edge - side, 0)
        high = np.minimum((tile[first] + 1) * edge + side + 1, shape)
        window = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        for begin in range(first, stop, 2**14):
            part = slice(begin, min(stop, begin + 2**14))
            rows, columns = (
                _kernel(np.arange(low[k], high[k])[None, :] - places[part, k, None], spacing) for k in (0, 1)
            )
            total[window] += (rows * mass[part, None]).T @ columns
    return total
