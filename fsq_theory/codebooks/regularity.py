"""Recognising that an array of codes is a regular simplex or a cross-polytope, for which closed forms exist."""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from .array_codebook import ArrayCodebook
from .codebook import Codebook
from .regular import BiorthogonalCodebook, EquidistantCodebook, PskCodebook, SimplexCodebook

MOST_CODES = 4096
"""Larger arrays are not examined: K² inner products."""

REGULARITY_TOLERANCE = 1e-13
"""Relative spread of squared distances up to which they count as equal: rounding of coordinates."""


def as_regular(codebook: Codebook) -> Codebook | None:
    """A codebook of a family with closed forms that is congruent to this one, with the same uniform prior; else None.

    One-hot, simplex, biorthogonal and PSK codebooks are returned as they are.  An array of at most n + 1 codes that are
    all equally far apart becomes a simplex, one of ± pairs at right angles a biorthogonal codebook; token numbers are
    then lost, which accuracy under a uniform prior does not notice.
    """
    if isinstance(codebook, EquidistantCodebook | BiorthogonalCodebook | PskCodebook):
        return codebook
    if not isinstance(codebook, ArrayCodebook) or not codebook.is_uniform:
        return None
    tokens = codebook.K
    if (tokens > min(2 * codebook.n, MOST_CODES) and tokens != codebook.n + 1) or tokens < 3 or tokens > MOST_CODES:
        return None
    squares = _squared_distances(codebook.points - codebook.mean)
    off = squares[~np.eye(tokens, dtype=bool)].reshape(tokens, tokens - 1)
    low, high = float(off.min()), float(off.max())
    if high - low <= REGULARITY_TOLERANCE * high:
        radius = np.sqrt((low + high) / 2 * (tokens - 1) / (2 * tokens))
        return SimplexCodebook(tokens, float(radius), name=codebook.name)
    if tokens % 2 or tokens < 4:
        return None
    ordered = np.sort(off, axis=1)
    sides, opposite = ordered[:, :-1], ordered[:, -1]
    middle = float(np.median(sides))
    near = np.max(np.abs(sides - middle)) <= REGULARITY_TOLERANCE * middle
    far = np.max(np.abs(opposite - 2 * middle)) <= 2 * REGULARITY_TOLERANCE * middle
    return BiorthogonalCodebook(tokens, float(np.sqrt(middle / 2)), name=codebook.name) if near and far else None


def as_equidistant(codebook: Codebook) -> EquidistantCodebook | None:
    """Codes all equally far apart that are congruent to the codebook's, token by token, with its prior; else None.

    Any order of such codes is congruent to any other, so that a prior keeps its tokens.
    """
    if isinstance(codebook, EquidistantCodebook):
        return codebook
    if not isinstance(codebook, ArrayCodebook) or (codebook.K != 3 and codebook.n + 1 < codebook.K):
        return None
    plain = ArrayCodebook(codebook.points, name=codebook.name)
    regular = as_regular(plain)
    if not isinstance(regular, EquidistantCodebook):
        return None
    return regular if codebook.is_uniform else regular.with_prior(codebook.prior)


def _squared_distances(points: Array) -> Array:
    """Squared distances by inner products: no cancellation to speak of, since none is far below the radius squared."""
    squares = np.einsum("kn,kn->k", points, points)
    return np.asarray(squares[:, None] + squares[None, :] - 2 * points @ points.T)
