"""The codes as one token sees them: differences a_j = e_j − e_k, and likelihood ratios of an observation near e_k."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ...arrays import Array
from ...codebooks.codebook import Codebook
from ...codebooks.regular import EquidistantCodebook
from ..accuracy.simulate import listed


class Ratios(NamedTuple):
    """Sums over the other tokens for y = r e_k + b, ℓ_j = log φ_j(y)/φ_k(y), shape (S,) each.

    Attributes:
        log_total: log R = log Σ_{j≠k} π_j e^{ℓ_j}.
        rival_share: q_j of one other token, q_j = π_j e^{ℓ_j}/R.
        first: ‖Σ_{j≠k} q_j a_j‖².
        second: Σ_{j≠k} q_j ‖a_j‖².
        bend: B = Σ_{j≠k} π_j expm1(ℓ_j), in relative terms also near 0.
    """

    log_total: jax.Array
    rival_share: jax.Array
    first: jax.Array
    second: jax.Array
    bend: jax.Array


class Rays(Protocol):
    """One token's view of a codebook."""

    @property
    def distance(self) -> Array:
        """‖a_j‖, shape (K,); 0 for the token itself."""
        ...

    def offset(self, rival: NDArray[np.int64], along: Array, noise: Array) -> Array:
        """The noise with its component towards each sample's rival replaced, shape of ``noise``."""
        ...

    def ratios(self, r: float, offset: Array, rival: NDArray[np.int64], t: Array) -> Ratios:
        """Sums over the other tokens, one of which has a known log π_jφ_j/(π_kφ_k): t, where it is finite."""
        ...


def token_rays(codebook: Codebook, token: int) -> Rays:
    """One token's view; equidistant codes are not listed."""
    if isinstance(codebook, EquidistantCodebook):
        return EquidistantRays(codebook, token)
    return ListedRays(listed(codebook), token)


class ListedRays:
    """A token's view of a codebook that is listed."""

    def __init__(self, codebook: Codebook, token: int) -> None:
        self._gaps = codebook.points - codebook.points[token]
        self.distance = np.sqrt(np.einsum("kn,kn->k", self._gaps, self._gaps))
        self._log_prior, self._token = np.array(codebook.log_prior), token

    def offset(self, rival: NDArray[np.int64], along: Array, noise: Array) -> Array:
        direction = self._gaps[rival] / self.distance[rival, None]
        return np.asarray(noise + (along - np.einsum("sn,sn->s", noise, direction))[:, None] * direction)

    def ratios(self, r: float, offset: Array, rival: NDArray[np.int64], t: Array) -> Ratios:
        fixed = (self._gaps, self.distance, self._log_prior, self._token, r, offset, rival, t)
        return _listed_ratios(*(jnp.asarray(part) for part in fixed))


class EquidistantRays:
    """A token's view of codes that are all equally far apart, in coordinates of one-hot codes of scale r d/√2."""

    def __init__(self, codebook: EquidistantCodebook, token: int) -> None:
        self.distance = np.full(codebook.K, codebook.distance)
        self.distance[token] = 0.0
        self._log_prior, self._token = np.array(codebook.log_prior), token

    def offset(self, rival: NDArray[np.int64], along: Array, noise: Array) -> Array:
        rows = np.arange(len(noise))
        middle = (noise[rows, rival] + noise[:, self._token]) / 2
        moved = noise.copy()
        moved[rows, rival] = middle + along / math.sqrt(2)
        moved[:, self._token] = middle - along / math.sqrt(2)
        return moved

    def ratios(self, r: float, offset: Array, rival: NDArray[np.int64], t: Array) -> Ratios:
        fixed = (self.distance, self._log_prior, self._token, r, offset, rival, t)
        return _equidistant_ratios(*(jnp.asarray(part) for part in fixed))


@jax.jit
def _listed_ratios(
    gaps: jax.Array,
    distance: jax.Array,
    log_prior: jax.Array,
    token: jax.Array,
    r: jax.Array,
    offset: jax.Array,
    rival: jax.Array,
    t: jax.Array,
) -> Ratios:
    likelihood = r * (offset @ gaps.T) - (r**2 / 2 * distance**2)[None, :]
    log_total, share, bend = _shares(likelihood, log_prior, token, rival, t)
    first = jnp.sum((share @ gaps) ** 2, axis=1)
    return Ratios(log_total, share[jnp.arange(share.shape[0]), rival], first, share @ distance**2, bend)


@jax.jit
def _equidistant_ratios(
    distance: jax.Array,
    log_prior: jax.Array,
    token: jax.Array,
    r: jax.Array,
    offset: jax.Array,
    rival: jax.Array,
    t: jax.Array,
) -> Ratios:
    square = jnp.max(distance) ** 2
    rho = r * jnp.sqrt(square / 2)
    likelihood = rho * (offset - offset[:, token][:, None] - rho)
    log_total, share, bend = _shares(likelihood, log_prior, token, rival, t)
    # a_j = √(d²/2) (u_j − u_k), and the shares add up to 1.
    first = square / 2 * (jnp.sum(share**2, axis=1) + 1)
    rows = jnp.arange(share.shape[0])
    return Ratios(log_total, share[rows, rival], first, jnp.full_like(first, square), bend)


def _shares(
    likelihood: jax.Array, log_prior: jax.Array, token: jax.Array, rival: jax.Array, t: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """(log R, q, B) from all ℓ_j, shape (S, K)."""
    rows = jnp.arange(likelihood.shape[0])
    others = jnp.arange(log_prior.shape[0]) != token
    bend = jnp.expm1(jnp.minimum(likelihood, 690.0)) @ jnp.where(others, jnp.exp(log_prior), 0.0)
    scores = jnp.where(others[None, :], likelihood + log_prior[None, :], -jnp.inf)
    known = jnp.where(jnp.isfinite(t), t + log_prior[token], scores[rows, rival])
    scores = scores.at[rows, rival].set(known)
    log_total = jax.scipy.special.logsumexp(scores, axis=1)
    return log_total, jnp.exp(scores - log_total[:, None]), bend
