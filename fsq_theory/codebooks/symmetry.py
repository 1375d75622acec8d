"""Whether all tokens see the same distances, and whether isometries make them all equivalent; never guessed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from ..arrays import Array
from .array_codebook import ArrayCodebook
from .codebook import Codebook
from .lattices import ShellCodebook
from .product_codebook import ProductCodebook
from .recognition import as_product
from .regular import BiorthogonalCodebook, EquidistantCodebook, PskCodebook

SEEN = EquidistantCodebook | BiorthogonalCodebook | PskCodebook | ShellCodebook
"""Codebooks whose isometries are known to make all tokens equivalent."""

SAME, DIFFERENT = 1e-9, 1e-7
"""Relative differences below which numbers agree, and above which they do not; nothing is decided between."""

COMPARED = 2048
"""Most codes of an array whose distances are all compared."""

SEARCHED = 2**14
"""Most codes of an array among which equivalences are looked for."""

TRIED = 200
"""Most reflections tried in search of equivalences."""


def distance_invariant(codebook: Codebook) -> bool | None:
    """Whether the distances from a token to all others are the same list for every token; None if undecided.

    A product is so exactly when every factor is.  An array is decided by the codes' distances from their centroid or,
    up to 2048 codes, by comparing all lists; larger ones only if they are seen to be equivalent.
    """
    if isinstance(codebook, ArrayCodebook) and not isinstance(codebook, SEEN):
        codebook = as_product(codebook.with_prior(None)) or codebook
    if isinstance(codebook, ProductCodebook):
        return _all(distance_invariant(factor) for factor, _ in codebook.groups)
    if isinstance(codebook, SEEN) or codebook.K == 2:
        return True
    if codebook.n == 1:
        return False
    centred = codebook.points - codebook.points.mean(axis=0)
    verdict = _same(np.einsum("kn,kn->k", centred, centred))
    if verdict and codebook.K <= COMPARED:
        squares = np.sort(cdist(centred, centred, "sqeuclidean"), axis=1)
        verdict = _same(squares, float(squares.max()))
    elif verdict:
        verdict = True if _equivalent_by_reflections(centred) else None
    return verdict


def tokens_equivalent(codebook: Codebook) -> bool | None:
    """Whether isometries that map the codebook with its prior to itself take any token to any other; None if undecided.

    True for {±1}^n, one-hot, simplex, biorthogonal and PSK codes, minimal vectors of lattices, products of such, and
    arrays for which enough reflections, sign changes and exchanges of coordinates are found that map codes to codes.
    False where the prior is not uniform or the distances already tell tokens apart.
    """
    if not codebook.is_uniform:
        return False
    if isinstance(codebook, ArrayCodebook) and not isinstance(codebook, SEEN):
        codebook = as_product(codebook) or codebook
    if isinstance(codebook, ProductCodebook):
        verdict = _all(tokens_equivalent(factor) for factor, _ in codebook.groups)
        return verdict if verdict else (False if distance_invariant(codebook) is False else None)
    if isinstance(codebook, SEEN) or codebook.K == 2:
        return True
    if distance_invariant(codebook) is False:
        return False
    return True if _equivalent_by_reflections(codebook.points - codebook.points.mean(axis=0)) else None


def _all(verdicts: Iterator[bool | None]) -> bool | None:
    found = list(verdicts)
    if False in found:
        return False
    return None if None in found else True


def _same(values: Array, scale: float | None = None) -> bool | None:
    """Whether all rows agree with the first."""
    spread = float(np.max(np.abs(values - values[0]))) / (scale or float(np.max(np.abs(values))))
    return True if spread <= SAME else (False if spread > DIFFERENT else None)


def _equivalent_by_reflections(centred: Array) -> bool:
    """Whether verified isometries connect all codes."""
    tokens, n = centred.shape
    if tokens > SEARCHED:
        return False
    tree = cKDTree(centred)
    reach = SAME * float(np.abs(centred).max()) * n
    classes = np.arange(tokens)

    def join(images: Array) -> None:
        few, _ = tree.query(images[:: max(1, tokens // 32)], distance_upper_bound=reach)
        if not np.all(np.isfinite(few)):
            return
        distances, found = tree.query(images, distance_upper_bound=reach)
        if np.all(np.isfinite(distances)):
            _merge(classes, np.asarray(found))

    join(-centred)
    for i in range(min(n, 32)):
        flipped = centred.copy()
        flipped[:, i] *= -1
        join(flipped)
        exchanged = centred.copy()
        exchanged[:, [i - 1, i]] = exchanged[:, [i, i - 1]]
        join(exchanged)
    _, near = tree.query(centred[0], k=min(tokens, 16))
    for trial in range(TRIED):
        if not classes.any():
            return True
        other = near[trial + 1] if trial + 1 < len(near) else np.flatnonzero(classes)[trial % np.count_nonzero(classes)]
        normal = centred[0] - centred[other]
        normal = normal / np.linalg.norm(normal)
        join(centred - 2 * np.outer(centred @ normal, normal))
    return not classes.any()


def _merge(classes: NDArray[np.int64], images: NDArray[np.int64]) -> None:
    """Give every token the least class among those that the permutation connects it to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    tokens = len(classes)
    rows, columns = np.concatenate([np.arange(tokens)] * 2), np.concatenate([classes, images])
    _, labels = connected_components(coo_array((np.ones(2 * tokens), (rows, columns)), (tokens, tokens)), False)
    least = np.full(tokens, tokens)
    np.minimum.at(least, labels, np.arange(tokens))
    classes[:] = least[labels]
