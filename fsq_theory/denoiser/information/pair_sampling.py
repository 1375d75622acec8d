"""Entropy and MMSE by sampling pairs of neighbouring codes, for codebooks that can be listed.

The estimators of :mod:`.importance`: an ordered pair (k, j) is drawn with a probability that is half its share of the
pairs' entropies and half its share of their MMSE, so that both have bounded values; then an observation near where the
two are equally probable.  Each token's competitors are its nearest codes.  The parts of all others are bounded, and no
more is left out than LEFT_OUT of the parts that are kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ...arrays import Array
from ...codebooks.codebook import Codebook
from ...logspace import logsumexp
from ..accuracy.neighbours import (
    FIRST_NEIGHBOURS,
    TREE_DIMENSION,
    TREE_NEIGHBOURS,
    Neighbours,
    most_neighbours,
    nearest,
    searchable,
)
from ..scores import tiles
from .importance import ENTROPY_BOUND, draw, latin_uniforms, log_mass, log_overlap, log_share
from .posterior_scan import others_log_total

LEFT_OUT = 1e-3
"""Most that the competitors left out may come to, relative to those kept; the standard error includes it."""

OVERLAP = 4.0
"""Masses of pairs above this many times what they could at most add up to are too many to be worth sampling."""

CROWD_SAMPLE = 16
CROWDED = 30.0
"""Tokens from which the masses of all pairs are guessed, and the guess relative to what they could add up to above
which there are surely too many."""

SCAN_REACH = 1e4
"""r·max‖e_k‖ above which scores are too large for matrix products to leave small differences between them."""

GATHER_COST = 32
"""Looking a competitor up costs about as much as this many of a scan over all codes."""

GATHER_ENTRIES = 2**20
"""Samples × competitors × dimensions looked up at once."""

MOST_SORTED = 2**28
"""Most distances (K²) that are computed and sorted to find more neighbours than a k-d tree is good for."""


class Pairs(Protocol):
    """Pairs of tokens to sample."""

    @property
    def log_masses(self) -> Array:
        """Log Σ w and log Σ ‖e_k − e_j‖² w over the pairs: the scales of the two columns of values."""
        ...

    @property
    def log_truncated(self) -> Array:
        """Logs of bounds on what pairs left out add to the entropy and the MMSE."""
        ...

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Whether what is left out of each is negligible, and sampling it worth while."""
        ...

    def values(self, key: jax.Array, size: int) -> Array:
        """Values of entropy and MMSE, shape (2, size), in units of the masses; dependent in runs of GROUP."""
        ...


def mixed_values(log_squares: Array, log_masses: Array, t: Array, log_total: Array) -> Array:
    """The two values of samples of pairs drawn half by entropy and half by MMSE, shape (2, S); at most 2.98 and 0.5702.

    Args:
        log_squares: log ‖e_k − e_j‖² of each sample's pair.
        log_masses: of all pairs.
        t: log p(j|y)/p(k|y).
        log_total: log T_k.
    """
    entropy, mmse = log_share(t, log_total)
    x = log_squares + log_masses[0] - log_masses[1]
    values = np.exp([entropy - np.logaddexp(0.0, x), mmse - np.logaddexp(0.0, -x)])
    return np.asarray(values * np.array([[2.0], [1.0]]))


@dataclass(frozen=True)
class ListedPairs:
    """Ordered pairs (token, one of its M nearest competitors) at one r; see :class:`Pairs`."""

    codebook: Codebook
    r: float
    neighbours: Neighbours
    ratio: Array
    log_weights: Array
    log_masses: Array
    log_truncated: Array
    usable: NDArray[np.bool_]
    cumulative: Array = field(init=False)

    def __post_init__(self) -> None:
        """Add up the probabilities of the pairs."""
        with np.errstate(divide="ignore"):
            log_squares = 2 * np.log(self.neighbours.distance)
        shares = np.exp(self.log_weights - self.log_masses[0])
        shares += np.exp(self.log_weights + log_squares - self.log_masses[1])
        object.__setattr__(self, "cumulative", np.cumsum(shares.ravel()))

    def values(self, key: jax.Array, size: int) -> Array:
        choice_key, noise_key = jax.random.split(key)
        uniform, place = latin_uniforms(choice_key, 2, size)
        pair = np.searchsorted(self.cumulative, uniform * self.cumulative[-1], side="right")
        token, which = np.divmod(np.minimum(pair, len(self.cumulative) - 1), self.neighbours.index.shape[1])
        rival, distance = self.neighbours.index[token, which], self.neighbours.distance[token, which]
        a = self.r * distance
        t, z = draw(a, self.ratio[token, which], place)
        points = self.codebook.points
        direction = (points[rival] - points[token]) / distance[:, None]
        noise = np.asarray(jax.random.normal(noise_key, (size, self.codebook.n)))
        along = a / 2 + z - np.einsum("sn,sn->s", noise, direction)
        offset = noise + along[:, None] * direction
        log_total = np.logaddexp(t, self._others(token, which, offset))
        return mixed_values(2 * np.log(distance), self.log_masses, t, log_total)

    def _others(self, token: NDArray[np.int64], which: NDArray[np.int64], offset: Array) -> Array:
        """Log Σ p(i|y)/p(k|y) over all other tokens, or over the listed ones, whichever is cheaper; y = r e_k + b."""
        competitors = self.neighbours.index.shape[1]
        book = self.codebook
        few = competitors * GATHER_COST < book.K or competitors * book.n <= 256
        radius = float(np.max(np.linalg.norm(book.points - book.mean, axis=1)))
        if not few and self.r * radius <= SCAN_REACH:
            rival = self.neighbours.index[token, which]
            arrays = (jnp.asarray(part) for part in (self.r, token, rival, offset))
            return np.asarray(others_log_total(tiles(book), *arrays))
        rows = max(1, GATHER_ENTRIES // (competitors * book.n))
        found = []
        for start in range(0, len(token), rows):
            part = slice(start, start + rows)
            k = token[part]
            gap = book.points[self.neighbours.index[k]] - book.points[k][:, None, :]
            fit = self.r * np.einsum("smn,smn->sm", gap, offset[part, None, :] - self.r / 2 * gap)
            fit += self.ratio[k]
            fit[np.arange(len(k)), which[part]] = -np.inf
            found.append(logsumexp(fit))
        return np.concatenate(found)


def listed_pairs(codebook: Codebook, r: float, scales: Array) -> ListedPairs | None:
    """The pairs that matter at one r > 0; None where there are too many to sample, or to find.

    Args:
        codebook: one that can be listed.
        r: amplitude ratio.
        scales: most that the entropy and the MMSE can be: H(π) and the energy around the mean.
    """
    if not searchable(codebook) or _crowded(codebook, r, scales):
        return None
    ceiling = most_neighbours(codebook)
    if codebook.K**2 > MOST_SORTED:
        ceiling = min(ceiling, TREE_NEIGHBOURS if codebook.n <= TREE_DIMENSION else FIRST_NEIGHBOURS)
    most = min(FIRST_NEIGHBOURS, ceiling)
    while True:
        found = _pairs(codebook, r, most, scales)
        too_many = np.exp(np.minimum(found.log_masses, 700.0)) > OVERLAP * scales
        if np.all(found.usable | too_many) or most == ceiling:
            return found if found.usable.any() else None
        most = min(4 * most, ceiling)


def _crowded(codebook: Codebook, r: float, scales: Array) -> bool:
    """Whether the masses of pairs are far too large, judged by some tokens: then no neighbours need be looked for."""
    rows = np.unique(np.linspace(0, codebook.K - 1, CROWD_SAMPLE).astype(np.int64))
    log_prior = codebook.log_prior
    masses = np.zeros(2)
    for token in rows:
        gaps = codebook.points - codebook.points[token]
        distance = np.sqrt(np.einsum("kn,kn->k", gaps, gaps))
        others = (distance > 0) & np.isfinite(log_prior)
        if not np.isfinite(log_prior[token]):
            continue
        own, theirs = log_prior[token], log_prior[others]
        weights = np.exp(log_mass(r * distance[others], theirs - own, theirs + own))
        masses += np.array([weights.sum(), distance[others] ** 2 @ weights])
    return bool(np.all(masses * (codebook.K / len(rows)) > CROWDED * scales))


def _pairs(codebook: Codebook, r: float, most: int, scales: Array) -> ListedPairs:
    table = nearest(codebook, most)
    log_prior = codebook.log_prior
    possible = np.isfinite(log_prior)[:, None] & np.isfinite(log_prior[table.index])
    with np.errstate(invalid="ignore"):
        ratio = log_prior[table.index] - log_prior[:, None]
        both = np.where(possible, log_prior[table.index] + log_prior[:, None], -np.inf)
    a = r * table.distance
    log_weights = log_mass(a, np.where(possible, ratio, 0.0), both)
    log_squares = 2 * np.log(table.distance)
    log_masses = np.array([logsumexp(log_weights.ravel()), logsumexp((log_weights + log_squares).ravel())])
    log_truncated = np.full(2, -np.inf)
    if not table.complete:
        log_truncated = _left_out(r, table, log_prior, codebook.K - 1 - most)
    with np.errstate(over="ignore"):
        usable = (log_truncated <= log_masses + math.log(LEFT_OUT)) & (np.exp(log_masses) <= OVERLAP * scales)
    ratio = np.where(possible, ratio, -np.inf)
    return ListedPairs(codebook, r, table, ratio, log_weights, log_masses, log_truncated, usable)


def _left_out(r: float, table: Neighbours, log_prior: Array, count: int) -> Array:
    """Logs of bounds on what competitors beyond the last listed one, ``count`` a token, add to entropy and MMSE.

    A pair adds at most 0.8048 B to H and d²B/4 to the MMSE, B = √(π_kπ_j) e^{−r²d²/8}.  Σ_j √π_j over the others is at
    most √count by Cauchy–Schwarz.
    """
    far = table.distance[:, -1]
    root_sum = min(0.5 * math.log(count), float(logsumexp(log_prior / 2)))
    overlap = log_overlap(r * far, log_prior) + root_sum
    # d² e^{−r²d²/8} is largest at r²d² = 8.
    widest = np.maximum(far, math.sqrt(8) / r)
    squares = log_overlap(r * widest, log_prior) + root_sum + 2 * np.log(widest)
    return np.array([logsumexp(overlap) + math.log(ENTROPY_BOUND), logsumexp(squares) - math.log(4)])
