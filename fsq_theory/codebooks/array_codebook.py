"""Codebooks held as an array of codes."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array
from ..errors import InputError
from .checks import check_distinct, check_finite, check_prior, check_scale, frozen, listable
from .codebook import Codebook


class ArrayCodebook(Codebook):
    """A codebook held as an array of codes.

    Args:
        points: shape (K, n), K ≥ 2, finite, no two rows equal.
        prior: shape (K,), or None for the uniform prior.
        name: how tables call it.

    Raises:
        InputError: for another shape, NaN or infinite entries, duplicate codes, or a prior that is not one.
    """

    def __init__(self, points: ArrayLike, prior: ArrayLike | None = None, name: str = "array") -> None:
        self.name = name
        array = frozen(points)
        if array.ndim != 2 or array.shape[1] < 1:
            raise InputError(f"codes have shape {array.shape}: expected (K, n)")
        if array.shape[0] < 2:
            raise InputError(f"{array.shape[0]} codes: a codebook needs at least 2")
        listable(*array.shape)
        check_finite(array)
        check_distinct(array)
        self._points = array
        self._prior = None if prior is None else check_prior(prior, array.shape[0])

    @property
    def K(self) -> int:
        return int(self._points.shape[0])

    @property
    def n(self) -> int:
        return int(self._points.shape[1])

    @property
    def points(self) -> Array:
        return self._points

    @cached_property
    def is_uniform(self) -> bool:
        return self._prior is None or bool(np.all(self._prior == self._prior[0]))

    @cached_property
    def prior(self) -> Array:
        return frozen(np.full(self.K, 1 / self.K)) if self._prior is None else self._prior

    @property
    def max_prior(self) -> float:
        return 1 / self.K if self._prior is None else float(self._prior.max())

    @cached_property
    def mean(self) -> Array:
        return frozen(self._points.mean(axis=0) if self._prior is None else self._prior @ self._points)

    @cached_property
    def energy(self) -> float:
        squares = np.einsum("kn,kn->k", self._points, self._points)
        return float(squares.mean() if self._prior is None else self._prior @ squares)

    @cached_property
    def linf(self) -> float:
        return float(np.abs(self._points).max())

    def codes(self, tokens: ArrayLike) -> Array:
        return self._points[np.array(self.check_tokens(tokens), dtype=np.int64)]

    def _moved(self, points: Array) -> Self:
        """The same tokens with the same prior at an affine image of the codes, which rounding must leave distinct."""
        try:
            check_finite(points)
            check_distinct(points)
        except InputError as error:
            raise InputError(f"rounding after scaling or centring: {error}") from error
        return self._at(points)

    def _at(self, points: Array) -> Self:
        other = copy.copy(self)
        for cached in ("mean", "energy", "linf"):
            other.__dict__.pop(cached, None)
        other._points = frozen(points)
        return other

    def scaled(self, factor: float) -> Self:
        with np.errstate(over="ignore"):
            return self._moved(self._points * check_scale(factor))

    def centred(self) -> Codebook:
        with np.errstate(over="ignore", invalid="ignore"):
            return self._moved(self._points - self.mean)

    def with_prior(self, prior: ArrayLike | None) -> Self:
        other = self._at(self._points)
        for cached in ("is_uniform", "prior"):
            other.__dict__.pop(cached, None)
        other._prior = None if prior is None else check_prior(prior, self.K)
        return other
