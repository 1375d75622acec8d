"""Regular codebooks of unit norm: one-hot, simplex, biorthogonal and PSK, with the structure that closed forms use.

All distances between one-hot or simplex codes are equal, so both are :class:`EquidistantCodebook`; the optimal
accuracy depends on that distance alone.  Points are listed only on demand: ``onehot:50257`` costs nothing.
"""

from __future__ import annotations

import abc
import copy
import math
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array
from ..errors import InputError
from .array_codebook import ArrayCodebook
from .checks import check_prior, check_scale, frozen, listable
from .codebook import Codebook


class LazyCodebook(Codebook):
    """Base of codebooks given by a formula: points by :meth:`codes`, the prior uniform unless one is given."""

    def __init__(self, tokens: int, prior: ArrayLike | None, name: str) -> None:
        self.name = name
        self._tokens = tokens
        self._prior = None if prior is None else check_prior(prior, tokens)

    @property
    def K(self) -> int:
        return self._tokens

    @cached_property
    def points(self) -> Array:
        return frozen(self.codes(np.arange(listable(self.K, self.n))))

    @cached_property
    def is_uniform(self) -> bool:
        return self._prior is None or bool(np.all(self._prior == self._prior[0]))

    @cached_property
    def prior(self) -> Array:
        return frozen(np.full(listable(self.K), 1 / self.K)) if self._prior is None else self._prior

    @property
    def max_prior(self) -> float:
        return 1 / self.K if self._prior is None else float(self._prior.max())

    def with_prior(self, prior: ArrayLike | None) -> Self:
        """The same codes under another prior."""
        other = copy.copy(self)
        other.__dict__.pop("is_uniform", None)
        other.__dict__.pop("prior", None)
        other._prior = None if prior is None else check_prior(prior, self.K)
        return other


class EquidistantCodebook(LazyCodebook, abc.ABC):
    """K codes of which any two are equally far apart."""

    @property
    @abc.abstractmethod
    def distance(self) -> float:
        """The distance ‖e_i − e_j‖ of any two different codes."""


class OneHotCodebook(EquidistantCodebook):
    """e_k = s u_k + c 1 in R^K, u_k the unit vectors: one-hot (s = 1, c = 0), or ±a as in SSD-LM (s = 2a, c = −a)."""

    def __init__(
        self, tokens: int, scale: float = 1.0, offset: float = 0.0, prior: ArrayLike | None = None, name: str = ""
    ) -> None:
        if tokens < 2:
            raise InputError(f"onehot:{tokens}: expected at least 2 tokens")
        super().__init__(tokens, prior, name or f"onehot:{tokens}")
        self.scale, self.offset = check_scale(scale), float(offset)

    @property
    def n(self) -> int:
        return self.K

    @property
    def distance(self) -> float:
        return self.scale * math.sqrt(2)

    @property
    def mean(self) -> Array:
        return frozen(self.scale * self.prior + self.offset)

    @property
    def energy(self) -> float:
        return (self.scale + self.offset) ** 2 + (self.K - 1) * self.offset**2

    @property
    def linf(self) -> float:
        return max(abs(self.scale + self.offset), abs(self.offset))

    def codes(self, tokens: ArrayLike) -> Array:
        rows = np.array(self.check_tokens(tokens), dtype=np.int64)
        listable(max(len(rows), 1), self.n)
        codes = np.full((len(rows), self.n), self.offset)
        codes[np.arange(len(rows)), rows] += self.scale
        return codes

    def scaled(self, factor: float) -> Self:
        other = copy.copy(self)
        other.__dict__.pop("points", None)
        other.scale, other.offset = self.scale * check_scale(factor), self.offset * factor
        return other

    def centred(self) -> Codebook:
        if not self.is_uniform:
            return ArrayCodebook(self.points - self.mean, self.prior, self.name)
        other = copy.copy(self)
        other.__dict__.pop("points", None)
        other.offset = -self.scale / self.K
        return other


class CentredCodebook(LazyCodebook, abc.ABC):
    """Codes of one norm whose mean is the origin under the uniform prior, the largest on a coordinate axis."""

    def __init__(self, tokens: int, norm: float, prior: ArrayLike | None, name: str) -> None:
        super().__init__(tokens, prior, name)
        self.norm = check_scale(norm)

    @property
    def energy(self) -> float:
        return self.norm**2

    @property
    def linf(self) -> float:
        return self.norm

    def scaled(self, factor: float) -> Self:
        other = copy.copy(self)
        other.__dict__.pop("points", None)
        other.norm = self.norm * check_scale(factor)
        return other

    def centred(self) -> Codebook:
        return self if self.is_uniform else ArrayCodebook(self.points - self.mean, self.prior, self.name)


class SimplexCodebook(CentredCodebook, EquidistantCodebook):
    """The K vertices of a regular simplex of radius ``norm``, centred at the origin of R^(K−1).

    Built from the Helmert basis: pairwise inner products are −norm²/(K−1).
    """

    def __init__(self, tokens: int, norm: float = 1.0, prior: ArrayLike | None = None, name: str = "") -> None:
        if tokens < 2:
            raise InputError(f"simplex:{tokens}: expected at least 2 tokens")
        super().__init__(tokens, norm, prior, name or f"simplex:{tokens}")

    @property
    def n(self) -> int:
        return self.K - 1

    @property
    def distance(self) -> float:
        return self.norm * math.sqrt(2 * self.K / (self.K - 1))

    @property
    def mean(self) -> Array:
        return frozen(np.zeros(self.n) if self.is_uniform else self.prior @ self.points)

    def codes(self, tokens: ArrayLike) -> Array:
        rows = np.array(self.check_tokens(tokens), dtype=np.int64)
        listable(max(len(rows), 1), self.n)
        # Coordinate m of token k is the Helmert contrast of the first m tokens against token m.
        m = np.arange(1, self.K)
        step = 1 / np.sqrt(m * (m + 1.0))
        codes = np.where(rows[:, None] < m, step, np.where(rows[:, None] == m, -m * step, 0.0))
        return codes * (self.norm * math.sqrt(self.K / (self.K - 1)))


class BiorthogonalCodebook(CentredCodebook):
    """±norm·u_i in R^n, K = 2n: token 2i is +norm·u_i and token 2i+1 is −norm·u_i."""

    def __init__(self, tokens: int, norm: float = 1.0, prior: ArrayLike | None = None, name: str = "") -> None:
        if tokens < 2 or tokens % 2:
            raise InputError(f"biorthogonal:{tokens}: expected an even number of tokens, at least 2")
        super().__init__(tokens, norm, prior, name or f"biorthogonal:{tokens}")

    @property
    def n(self) -> int:
        return self.K // 2

    @property
    def mean(self) -> Array:
        return frozen(self.norm * (self.prior[::2] - self.prior[1::2]))

    def codes(self, tokens: ArrayLike) -> Array:
        rows = np.array(self.check_tokens(tokens), dtype=np.int64)
        listable(max(len(rows), 1), self.n)
        codes = np.zeros((len(rows), self.n))
        codes[np.arange(len(rows)), rows // 2] = self.norm * (1.0 - 2.0 * (rows % 2))
        return codes


class PskCodebook(ArrayCodebook):
    """M points on a circle, e_k = radius·(cos 2πk/M, sin 2πk/M), uniform prior unless one is given."""

    def __init__(self, tokens: int, radius: float = 1.0, prior: ArrayLike | None = None, name: str = "") -> None:
        if tokens < 2:
            raise InputError(f"psk:{tokens}: expected at least 2 tokens")
        angle = 2 * np.pi * np.arange(tokens) / tokens
        self.radius = check_scale(radius)
        super().__init__(self.radius * np.stack([np.cos(angle), np.sin(angle)], axis=1), prior, name or f"psk:{tokens}")

    def scaled(self, factor: float) -> Self:
        other = super().scaled(factor)
        other.radius = self.radius * factor
        return other

    def centred(self) -> Codebook:
        return self if self.is_uniform else ArrayCodebook(self._points - self.mean, self._prior, self.name)
