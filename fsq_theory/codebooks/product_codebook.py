"""Cartesian products of codebooks, which stay lazy: any number of tokens, never listed unless asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import Array
from ..errors import InputError
from .array_codebook import ArrayCodebook
from .checks import frozen, listable
from .codebook import Codebook


class ProductCodebook(Codebook):
    """The Cartesian product of codebooks: a token is a tuple of digits, its code the concatenation of theirs.

    Token k has digits d_i = ⌊k / Π_{j<i} K_j⌋ mod K_i: the first factor varies fastest, as in the reference code of
    FSQ [M23].  The prior is the product of the factors' priors.

    Args:
        factors: at least one codebook.
        name: how tables call it.
    """

    def __init__(self, factors: Sequence[Codebook], name: str = "product") -> None:
        if not factors:
            raise InputError("a product codebook needs at least one factor")
        self.name = name
        self.factors = tuple(factors)

    @cached_property
    def K(self) -> int:
        return math.prod(factor.K for factor in self.factors)

    @cached_property
    def n(self) -> int:
        return sum(factor.n for factor in self.factors)

    @cached_property
    def groups(self) -> tuple[tuple[Codebook, int], ...]:
        """The distinct factors, each with the number of times that it occurs."""
        found: dict[object, list[Codebook]] = {}
        for factor in self.factors:
            found.setdefault(_identity(factor), []).append(factor)
        return tuple((members[0], len(members)) for members in found.values())

    @property
    def is_product(self) -> bool:
        return len(self.factors) > 1

    @property
    def is_uniform(self) -> bool:
        return all(factor.is_uniform for factor, _ in self.groups)

    def digits(self, tokens: ArrayLike) -> NDArray[np.int64]:
        """The digits of tokens, shape (len(tokens), number of factors)."""
        rows = []
        for token in self.check_tokens(tokens):
            row = []
            for factor in self.factors:
                token, digit = divmod(token, factor.K)
                row.append(digit)
            rows.append(row)
        return np.array(rows, dtype=np.int64).reshape(-1, len(self.factors))

    def token(self, digits: Sequence[int]) -> int:
        """The token with these digits, Σ_i d_i Π_{j<i} K_j: the inverse of :meth:`digits`.

        Args:
            digits: one token of each factor, the first least significant.

        Raises:
            InputError: for another number of digits than factors, or a digit that its factor does not have.
        """
        if len(digits) != len(self.factors):
            raise InputError(f"{len(digits)} digits: {self.name} has {len(self.factors)}")
        token, place = 0, 1
        for digit, factor in zip(digits, self.factors, strict=True):
            token += place * factor.check_tokens([digit])[0]
            place *= factor.K
        return token

    def codes(self, tokens: ArrayLike) -> Array:
        digits = self.digits(tokens)
        return np.concatenate([f.codes(digits[:, i]) for i, f in enumerate(self.factors)], axis=1)

    @cached_property
    def points(self) -> Array:
        listable(self.K, self.n)
        columns, place = [], 1
        for factor in self.factors:
            rows = np.repeat(factor.points, place, axis=0)
            place *= factor.K
            columns.append(np.tile(rows, (self.K // place, 1)))
        return frozen(np.concatenate(columns, axis=1))

    @cached_property
    def prior(self) -> Array:
        listable(self.K)
        prior = np.ones(1)
        for factor in self.factors:
            prior = np.multiply.outer(factor.prior, prior).ravel()
        return frozen(prior)

    @property
    def max_prior(self) -> float:
        return math.prod(factor.max_prior for factor in self.factors)

    @cached_property
    def mean(self) -> Array:
        return frozen(np.concatenate([factor.mean for factor in self.factors]))

    @cached_property
    def energy(self) -> float:
        return math.fsum(factor.energy for factor in self.factors)

    @cached_property
    def linf(self) -> float:
        return max(factor.linf for factor, _ in self.groups)

    def with_prior(self, prior: ArrayLike | None) -> Codebook:
        """The same codes under another prior: a product still if it is uniform, an array otherwise."""
        if prior is None:
            return self.mapped({id(f): f.with_prior(None) for f in set(self.factors)})
        return ArrayCodebook(self.points, prior, self.name)

    def mapped(self, change: dict[int, Codebook]) -> ProductCodebook:
        """The product with factor objects replaced, equal factors staying one object; keys are ``id(factor)``."""
        return ProductCodebook([change[id(factor)] for factor in self.factors], self.name)

    def scaled(self, factor: float) -> ProductCodebook:
        return self.mapped({id(f): f.scaled(factor) for f in set(self.factors)})

    def centred(self) -> ProductCodebook:
        return self.mapped({id(f): f.centred() for f in set(self.factors)})


def _identity(factor: Codebook) -> object:
    """A key that equal array factors share; any other factor is only equal to itself."""
    if type(factor) is ArrayCodebook:
        prior = None if factor.is_uniform else factor.prior.tobytes()
        return factor.points.shape, factor.points.tobytes(), prior
    return id(factor)
