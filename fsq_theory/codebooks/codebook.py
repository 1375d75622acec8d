"""What a codebook is: K distinct codes e_k in R^n and a prior π on the tokens that they stand for.

Two representations have modules of their own.  :class:`.ArrayCodebook` holds its codes as an array.
:class:`.ProductCodebook` is the Cartesian product of smaller codebooks and stays lazy: everything that factorises
(accuracy, path KL, information, most of the geometry) is computed factor by factor, and the K codes are listed only on
demand and only when they fit.  Codebooks never change once made; transforms return new ones.
"""

from __future__ import annotations

import abc
import copy
import math
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array
from ..errors import InputError
from .checks import listable


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
