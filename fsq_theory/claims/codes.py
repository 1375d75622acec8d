"""The value of a codebook variable: codes under a constraint, of which some may coincide.

Under ``linf`` and ``none`` the array of codes is the codebook.  Under ``rms`` and ``energy`` it is the codebook's
shape: what is meant is that shape centred and scaled to the constraint exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..arrays import Array
from ..codebooks.array_codebook import ArrayCodebook
from ..codebooks.checks import frozen
from ..codebooks.codebook import Codebook


@dataclass(frozen=True, eq=False)
class Codes:
    """K codes in R^n, possibly coincident.

    Attributes:
        raw: as drawn, shape (K, n); None for a reference codebook, whose codes are listed only on demand.
        constraint: that they are under.
        book: the codebook that they are, for a reference codebook; None otherwise.
    """

    raw: Array | None = None
    constraint: str = "none"
    book: Codebook | None = None

    @property
    def K(self) -> int:
        """Number of tokens."""
        return self.book.K if self.raw is None and self.book is not None else len(self.points)

    @property
    def n(self) -> int:
        """Dimension."""
        return self.book.n if self.raw is None and self.book is not None else int(self.points.shape[1])

    @cached_property
    def points(self) -> Array:
        """The codes under their constraint, shape (K, n); raises :class:`TooLargeError` where they cannot be listed."""
        if self.raw is None:
            assert self.book is not None
            return self.book.points
        return frozen(constrained(self.raw, self.constraint, np))

    @cached_property
    def admissible(self) -> bool:
        """Whether the codes can meet their constraint: codes that all coincide have no energy to scale."""
        return self.constraint not in ("rms", "energy") or bool(np.any(self.points != self.points[0]))

    @cached_property
    def groups(self) -> tuple[Array, Any]:
        """The distinct codes, in order of first occurrence, and which of them each token has."""
        _, first, index = np.unique(self.points, axis=0, return_index=True, return_inverse=True)
        order = np.argsort(first)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        return self.points[first[order]], rank[index.ravel()]

    @property
    def coincident(self) -> bool:
        """Whether two codes are the same."""
        return len(self.groups[0]) < self.K

    def codebook(self, prior: Array | None = None, name: str = "E") -> Codebook:
        """The codes as a codebook; at least two distinct codes, and no two the same."""
        if self.book is not None:
            return self.book if prior is None else self.book.with_prior(prior)
        return ArrayCodebook(self.points, prior, name)

    def decided(self, prior: Array | None) -> tuple[Codebook | None, float]:
        """(distinct codes, share S) with A = S·A': of tokens with the same code only the most probable is decided for.

        The codebook is None where all codes are the same, A' being 1.
        """
        if self.book is not None and prior is None:
            return self.book, 1.0
        distinct, index = self.groups
        if len(distinct) == self.K:
            return self.codebook(prior), 1.0
        if prior is None:
            share = len(distinct) / self.K
            return (ArrayCodebook(distinct, name="E") if len(distinct) > 1 else None), share
        most = np.zeros(len(distinct))
        np.maximum.at(most, index, prior)
        share = float(most.sum())
        return (ArrayCodebook(distinct, most / share, "E") if len(distinct) > 1 else None), share

    def merged(self, prior: Array | None) -> Codebook | None:
        """Distinct codes, each with the whole probability of the tokens that have it; None where all are the same."""
        distinct, index = self.groups
        if len(distinct) == self.K:
            return self.codebook(prior)
        weights = np.full(self.K, 1 / self.K) if prior is None else prior
        total = np.bincount(index, weights, len(distinct))
        return ArrayCodebook(distinct, total / total.sum(), "E") if len(distinct) > 1 else None


def constrained(raw: Any, constraint: str, xp: Any) -> Any:
    """Codes brought under a constraint: clipped to the box, or centred and scaled; NumPy or JAX arrays as ``xp`` says.

    Codes that all coincide stay at the origin under ``rms`` and ``energy``, which they cannot meet.
    """
    if constraint == "linf":
        return xp.clip(raw, -1.0, 1.0)
    if constraint == "none":
        return raw
    centred = raw - xp.mean(raw, axis=0, keepdims=True)
    mean_square = xp.mean(centred**2) * (1 if constraint == "rms" else raw.shape[1])
    return centred / xp.sqrt(xp.where(mean_square > 0, mean_square, 1.0))
