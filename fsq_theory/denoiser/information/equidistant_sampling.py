"""Samples of codes that are all equally far apart, one-hot or simplex, that never list a code.

In coordinates y = ρ u_k + ε, u_k the unit vectors of R^K and ρ = r d/√2, token j scores log π_j + ρ y_j; noise at right
angles to the codes tells nothing.  Distances are all d, so V(y) = (d²/2)(1 − Σ_j p_j²).
"""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from ...arrays import Array
from ...codebooks.regular import EquidistantCodebook
from ..scores import draw_tokens
from .importance import draw, latin_uniforms, log_mass
from .pair_sampling import OVERLAP, mixed_values
from .plain_sampling import COMMON_REACH, LOW_REACH, token_law, weighted
from .posterior_scan import PosteriorValues, finish, relative_entropy_term

CLASS_WIDTH = 0.05
"""Tokens are drawn for pairs by classes of log-prior of this width, and their exact masses then weight the values."""


class EquidistantPlain:
    """Plain samples; see :class:`.plain_sampling.Plain`."""

    def __init__(self, codebook: EquidistantCodebook, r: float) -> None:
        law = token_law(codebook)
        half_square = codebook.distance**2 / 2
        # Squared distances from the mean: a token that is nearly certain is close to it.
        prior = codebook.prior
        squares = half_square * ((1 - prior) ** 2 + np.maximum(np.sum(prior**2) - prior**2, 0.0))
        self.ranges = law.ranges(squares) if r * codebook.distance > COMMON_REACH else np.zeros(3)
        self._half_square = jnp.asarray(half_square)
        self._rho = jnp.asarray(r * codebook.distance / math.sqrt(2))
        self._log_prior = jnp.asarray(np.array(codebook.log_prior))
        self._ratio = jnp.asarray(law.ratio)
        self._cumulative = None if law.cumulative is None else jnp.asarray(law.cumulative)
        self._low = r * codebook.distance <= LOW_REACH

    def values(self, key: jax.Array, size: int) -> Array:
        arguments = (self._rho, self._half_square, self._log_prior, self._ratio, self._cumulative)
        return weighted(_values(*arguments, self._low, key, size))


@partial(jax.jit, static_argnames=("low", "samples"))
def _values(
    rho: jax.Array,
    half_square: jax.Array,
    log_prior: jax.Array,
    ratio: jax.Array,
    cumulative: jax.Array | None,
    low: bool,
    key: jax.Array,
    samples: int,
) -> PosteriorValues:
    tokens = log_prior.shape[0]
    token_key, noise_key = jax.random.split(key)
    token = draw_tokens(token_key, samples, tokens, cumulative)
    rows = jnp.arange(samples)
    y = jax.random.normal(noise_key, (samples, tokens)).at[rows, token].add(rho)
    scores = rho * y + log_prior[None, :]
    winner = jnp.argmax(scores, axis=1)
    t = (scores - scores[rows, winner][:, None]).at[rows, winner].set(-jnp.inf)
    possible = jnp.isfinite(t)
    mass = jnp.exp(t)
    total = jnp.sum(mass, axis=1)
    costly = jnp.sum(mass * jnp.where(possible, -t, 0.0), axis=1)
    cross = mass @ jnp.where(jnp.isfinite(log_prior), -log_prior, 0.0)
    close, bend = jnp.zeros(samples), jnp.ones(samples)
    if low:
        prior = jnp.exp(log_prior)
        likelihood = jnp.minimum(rho * (y - (y @ prior)[:, None]), 690.0)
        close, bend = relative_entropy_term(likelihood) @ prior, jnp.expm1(likelihood) @ prior
    divergence, entropy = finish(total, costly, cross, -log_prior[winner], close, bend)
    share = 1 + total
    p = mass / share[:, None]
    variance = half_square * (total / share**2 + jnp.sum(p * (1 - p), axis=1))
    return PosteriorValues(divergence, entropy, variance, share / (ratio[winner] + mass @ ratio))


class EquidistantPairs:
    """Ordered pairs of tokens, all at one distance; see :class:`.pair_sampling.Pairs`."""

    def __init__(self, codebook: EquidistantCodebook, r: float, scales: Array) -> None:
        self._log_prior = np.array(codebook.log_prior)
        self._distance, self._r = codebook.distance, r
        possible = np.flatnonzero(np.isfinite(self._log_prior))
        steps = np.floor(self._log_prior[possible] / CLASS_WIDTH)
        levels, member = np.unique(steps, return_inverse=True)
        self._members = possible[np.argsort(member, kind="stable")]
        self._counts = np.bincount(member, minlength=len(levels))
        self._starts = np.concatenate([[0], np.cumsum(self._counts)[:-1]])
        middles = (levels + 0.5) * CLASS_WIDTH
        a = np.asarray(r * codebook.distance)
        log_weights = log_mass(a, middles[None, :] - middles[:, None], middles[None, :] + middles[:, None])
        pairs = np.multiply.outer(self._counts, self._counts) - np.diag(self._counts)
        with np.errstate(divide="ignore"):
            shares = log_weights + np.log(pairs)
        top = float(shares.max())
        self._cumulative = np.cumsum(np.exp(shares - top).ravel())
        log_sum = top + math.log(self._cumulative[-1])
        self._log_probability = log_weights - log_sum
        self.log_masses = log_sum + np.array([0.0, 2 * math.log(codebook.distance)])
        self.log_truncated = np.full(2, -np.inf)
        with np.errstate(over="ignore"):
            self.usable = np.exp(self.log_masses) <= OVERLAP * scales

    def values(self, key: jax.Array, size: int) -> Array:
        choice_key, noise_key = jax.random.split(key)
        uniform = latin_uniforms(choice_key, 4, size)
        classes = len(self._counts)
        cell = np.searchsorted(self._cumulative, uniform[0] * self._cumulative[-1], side="right")
        first, second = np.divmod(np.minimum(cell, classes**2 - 1), classes)
        place = (uniform[1] * self._counts[first]).astype(np.int64)
        # A different token: of the same class, one of the others.
        same = first == second
        other = (uniform[2] * (self._counts[second] - same)).astype(np.int64)
        other += same & (other >= place)
        token, rival = self._members[self._starts[first] + place], self._members[self._starts[second] + other]
        a = np.full(size, self._r * self._distance)
        c = self._log_prior[rival] - self._log_prior[token]
        t, z = draw(a, c, uniform[3])
        others = _others(*(jnp.asarray(v) for v in (self._log_prior, a[0], token, rival, a / 2 + z)), noise_key)
        exact = log_mass(a, c, self._log_prior[rival] + self._log_prior[token])
        weight = np.exp(exact - self.log_masses[0] - self._log_probability[first, second])
        log_squares = np.full(size, 2 * math.log(self._distance))
        return mixed_values(log_squares, self.log_masses, t, np.logaddexp(t, np.asarray(others))) * weight


@jax.jit
def _others(
    log_prior: jax.Array, a: jax.Array, token: jax.Array, rival: jax.Array, along: jax.Array, key: jax.Array
) -> jax.Array:
    """Log Σ_{i≠k,j} p(i|y)/p(k|y), where y − ρu_k has the component ``along`` towards u_j."""
    rows, rho = jnp.arange(token.shape[0]), a / math.sqrt(2)
    noise = jax.random.normal(key, (token.shape[0], log_prior.shape[0]))
    # The k-th coordinate is that of noise at right angles to u_j − u_k, less along/√2.
    middle = (noise[rows, token] + noise[rows, rival]) / 2
    own = middle - along / math.sqrt(2)
    t = log_prior[None, :] - log_prior[token][:, None] + rho * (noise - own[:, None] - rho)
    return jax.scipy.special.logsumexp(t.at[rows, token].set(-jnp.inf).at[rows, rival].set(-jnp.inf), axis=1)
