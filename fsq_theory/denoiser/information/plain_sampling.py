"""Observations drawn as they occur, and the posterior's divergence, entropy and variance at each.

Under an unequal prior, tokens are drawn from q_k = ½π_k + ½/K instead, and values are weighted by p_Y(y)/q(y) ≤ 2, so
that no token is too rare to be seen; weighted values are then bounded by max_k (π_k/q_k) log 1/π_k and the like.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import jax
import jax.numpy as jnp
import numpy as np

from ...arrays import Array
from ...codebooks.codebook import Codebook
from ..scores import Tiles, draw_tokens, tiles
from .pair_sampling import SCAN_REACH
from .posterior_scan import PosteriorValues, posterior_values

LOW_REACH = 4.0
"""r·max‖e_k‖ up to which the divergence from the prior may be so small that its own series is needed."""

COMMON_REACH = 1.5
"""r times the codebook's width up to which no sample is far from the others, so that their spread tells all."""

SMALL_CODEBOOK = 512
"""Coordinates (K·n) up to which scores are computed from differences of codes."""


class Plain(Protocol):
    """A sampler of the posterior's divergence, entropy and variance.

    Attributes:
        ranges: bounds on the three weighted values, shape (3,); 0 where the spread of samples tells all.
    """

    ranges: Array

    def values(self, key: jax.Array, size: int) -> Array:
        """Weighted values of the three, shape (3, size)."""
        ...


@dataclass(frozen=True)
class TokenLaw:
    """What tokens are drawn from: the prior, or under an unequal one a mixture with the uniform law.

    Attributes:
        cumulative: Σ_{j≤k} q_j, or None for the uniform law.
        ratio: q_k/π_k, shape (K,); 0 where π_k is 0.
        prior: π, shape (K,).
    """

    cumulative: Array | None
    ratio: Array
    prior: Array

    def ranges(self, squares: Array | float) -> Array:
        """Bounds on the weighted values, from ‖e_k − c‖² of each token around any common centre c."""
        possible = self.prior > 0
        inverse = 1 / self.ratio[possible]
        surprise = float(np.max(-np.log(self.prior[possible]) * inverse))
        flat = float(inverse.max()) * float(np.log(possible.sum()))
        squares = np.broadcast_to(squares, self.prior.shape)[possible]
        return np.array([surprise, min(surprise, flat), float(np.max(inverse * squares))])


def token_law(codebook: Codebook) -> TokenLaw:
    """The law of a codebook whose prior can be listed."""
    prior = codebook.prior
    if codebook.is_uniform:
        return TokenLaw(None, np.ones(codebook.K), prior)
    possible = prior > 0
    drawn = prior / 2 + possible / (2 * possible.sum())
    ratio = np.where(possible, drawn / np.where(possible, prior, 1.0), 0.0)
    return TokenLaw(np.cumsum(drawn), ratio, prior)


def weighted(found: PosteriorValues) -> Array:
    """The three values times the weight, shape (3, S)."""
    three = jnp.stack([found.divergence, found.entropy, found.variance])
    return np.asarray(three * found.weight[None, :])


class ListedPlain:
    """Plain samples of a codebook that can be listed; see :class:`Plain`."""

    def __init__(self, codebook: Codebook, r: float) -> None:
        law = token_law(codebook)
        centred = codebook.points - codebook.mean
        squares = np.einsum("kn,kn->k", centred, centred)
        reach = r * float(np.sqrt(squares.max()))
        self.ranges = law.ranges(squares) if 2 * reach > COMMON_REACH else np.zeros(3)
        self._cut: Tiles = tiles(codebook)
        shape = self._cut.log_prior.shape
        padding = shape[0] * shape[1] - codebook.K
        self._ratio = jnp.asarray(np.pad(law.ratio, (0, padding)).reshape(shape))
        self._cumulative = None if law.cumulative is None else jnp.asarray(law.cumulative)
        self._size, self._r = (codebook.K, codebook.n), jnp.asarray(r)
        self._direct = reach > SCAN_REACH or codebook.K * codebook.n <= SMALL_CODEBOOK
        self._low = reach <= LOW_REACH

    def values(self, key: jax.Array, size: int) -> Array:
        token_key, noise_key = jax.random.split(key)
        token = draw_tokens(token_key, size, self._size[0], self._cumulative)
        noise = jax.random.normal(noise_key, (size, self._size[1]))
        found = posterior_values(self._cut, self._ratio, self._r, token, noise, self._direct, self._low)
        return weighted(found)
