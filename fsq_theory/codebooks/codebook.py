"""What a codebook is: K distinct codes e_k in R^n and a prior π on the tokens that they stand for.

Two representations live here.  :class:`ArrayCodebook` holds its codes as an array.  :class:`ProductCodebook` is the
Cartesian product of smaller codebooks and stays lazy: everything that factorises (accuracy, path KL, information, most
of the geometry) is computed factor by factor, and the K codes are listed only on demand and only when they fit.
Codebooks never change once made; transforms return new ones.
"""

from __future__ import annotations

import abc
import copy
import math
from collections.abc import Sequence
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import Array as Array
from ..errors import InputError, TooLargeError

ENUMERATION_LIMIT = 2**27
"""Most coordinates (K·n) that are ever listed as an array: 1 GiB of float64."""

PRIOR_SUM_TOLERANCE = 1e-9
"""How far Σπ may be from 1: decimal text with ten digits passes, a forgotten token does not."""


class Codebook(abc.ABC):
    """A finite set of codes e_1, …, e_K in R^n with a prior π on tokens.

    Attributes:
        name: how the codebook is called in tables: its spec where it has one.
        K: number of tokens, a Python integer of any size.
        n: dimension of the codes.
    """

    name: str

    @property
    @abc.abstractmethod
    def K(self) -> int:
        """Number of tokens."""

    @property
    @abc.abstractmethod
    def n(self) -> int:
        """Dimension of the codes."""

    @property
    @abc.abstractmethod
    def points(self) -> Array:
        """The codes, shape (K, n), float64, read-only.  Raises :class:`TooLargeError` when K·n is too large to list."""

    @property
    @abc.abstractmethod
    def is_uniform(self) -> bool:
        """Whether π_k = 1/K for every token."""

    @property
    @abc.abstractmethod
    def prior(self) -> Array:
        """π, shape (K,), read-only.  Raises :class:`TooLargeError` when K is too large to list."""

    @property
    @abc.abstractmethod
    def max_prior(self) -> float:
        """max_k π_k: the accuracy at SNR 0."""

    @property
    @abc.abstractmethod
    def mean(self) -> Array:
        """Σ_k π_k e_k, shape (n,)."""

    @property
    @abc.abstractmethod
    def energy(self) -> float:
        """Σ_k π_k ‖e_k‖²."""

    @property
    @abc.abstractmethod
    def linf(self) -> float:
        """max_k ‖e_k‖_∞."""

    @abc.abstractmethod
    def codes(self, tokens: ArrayLike) -> Array:
        """The codes of some tokens (0-based), shape (len(tokens), n), without listing the others."""

    @abc.abstractmethod
    def scaled(self, factor: float) -> Self:
        """The codebook {c e_k}, for c > 0."""

    @abc.abstractmethod
    def centred(self) -> Codebook:
        """The codebook {e_k − Σ_j π_j e_j}."""

    @abc.abstractmethod
    def with_prior(self, prior: ArrayLike | None) -> Codebook:
        """The same codes under another prior, shape (K,); None is the uniform one."""

    def renamed(self, name: str) -> Self:
        """The same codebook under another name."""
        other = copy.copy(self)
        other.name = name
        return other

    @property
    def log_prior(self) -> Array:
        """log π, shape (K,), −inf where π is 0."""
        if self.is_uniform:
            return np.broadcast_to(np.float64(-math.log(self.K)), (listable(self.K),))
        with np.errstate(divide="ignore"):
            return np.log(self.prior)

    @property
    def rate_bits(self) -> float:
        """(log2 K)/n, bits a dimension."""
        return math.log2(self.K) / self.n

    @property
    def is_product(self) -> bool:
        """Whether the codebook is held as a product of at least two factors."""
        return False

    def check_tokens(self, tokens: ArrayLike) -> list[int]:
        """The tokens as Python integers, or :class:`InputError` naming the first one outside [0, K)."""
        listed = [int(token) for token in np.atleast_1d(np.asarray(tokens, dtype=object)).ravel()]
        for token in listed:
            if not 0 <= token < self.K:
                raise InputError(f"token {token} is not in {self.name}: tokens are 0 to {self.K - 1}")
        return listed

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, K={self.K}, n={self.n})"


def listable(tokens: int, per_token: int = 1) -> int:
    """``tokens`` itself, or :class:`TooLargeError` if an array of ``tokens × per_token`` numbers should not be made."""
    if tokens * per_token > ENUMERATION_LIMIT:
        raise TooLargeError(tokens)
    return tokens


def frozen(values: ArrayLike) -> Array:
    """A read-only contiguous float64 copy."""
    array = np.array(values, dtype=np.float64, order="C")
    array.setflags(write=False)
    return array


def check_prior(prior: ArrayLike, tokens: int) -> Array:
    """π as a checked read-only array of shape (K,), normalised to the last bit; raises :class:`InputError`."""
    values = np.array(prior, dtype=np.float64)
    if values.shape != (tokens,):
        raise InputError(f"prior has shape {values.shape}: expected one probability for each of {tokens} tokens")
    if not np.all(np.isfinite(values)):
        where = int(np.flatnonzero(~np.isfinite(values))[0])
        raise InputError(f"prior of token {where} is {values[where]}: expected a finite probability")
    if np.any(values < 0):
        where = int(np.flatnonzero(values < 0)[0])
        raise InputError(f"prior of token {where} is {values[where]:g}: expected a probability of at least 0")
    total = math.fsum(values)
    if abs(total - 1) > PRIOR_SUM_TOLERANCE:
        raise InputError(f"prior sums to {total:.10g}: expected 1 to within {PRIOR_SUM_TOLERANCE:g}")
    return frozen(values / total)


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


def check_scale(factor: float) -> float:
    """A scale as a float, or :class:`InputError` unless it is finite and positive."""
    value = float(factor)
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"scale {value:g}: expected a finite number above 0")
    return value


def check_finite(points: Array) -> None:
    """Raise :class:`InputError` naming the first NaN or infinite entry."""
    bad = np.argwhere(~np.isfinite(points))
    if len(bad):
        row, column = (int(i) for i in bad[0])
        what = "NaN" if np.isnan(points[row, column]) else "infinite"
        raise InputError(f"code {row} is {what} in coordinate {column}: expected finite numbers")


def check_distinct(points: Array) -> None:
    """Raise :class:`InputError` naming two equal rows, if there are any (O(K log K))."""
    order = np.lexsort(points.T[::-1])
    same = np.flatnonzero(np.all(points[order[1:]] == points[order[:-1]], axis=1))
    if len(same):
        first, second = sorted(int(i) for i in order[same[0] : same[0] + 2])
        raise InputError(f"codes {first} and {second} are equal: expected distinct codes")
