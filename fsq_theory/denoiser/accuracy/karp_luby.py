"""The Karp–Luby estimator [KL83]: 1 − A as the measure of a union of half-spaces, with bounded relative error.

Given token k the denoiser errs where the noise falls into one of the half-spaces in which a competitor j wins.  Draw a
pair (k, j) with probability proportional to π_k Φ(−h_kj), then noise Z from N(0, I) conditioned on that half-space (one
truncated normal), and let N be the number of half-spaces of k that hold Z.  Then 1 − A = Σ_kj π_k Φ(−h_kj) · E[1/N],
without bias.  N may count all competitors or only those among which pairs are drawn: either way what is left out is at
most the probability of the pairs that are never drawn.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import scipy.special
from numpy.typing import NDArray

from ...arrays import Array
from ...codebooks.codebook import Codebook
from ..scores import Tiles, rivals, tiles
from .neighbours import HalfSpaces, decisive_half_spaces, searchable
from .sampling import Estimate, collect, mean_estimate

TRUNCATION_RTOL = 1e-3
"""Competitors are left out only if together they matter less than this part of 1 − A; the interval includes them."""

GATHER_COST = 32
"""Looking a competitor up costs about as much as this many of a scan over all codes."""

SCAN_REACH = 1e6
"""r·max‖e_k‖ above which scores are too large to compare in float64, and competitors are looked up instead."""

GATHER_ENTRIES = 2**20
"""Samples × competitors × dimensions that a batch looks up."""

Counter = Callable[[NDArray[np.int64], Array, float], NDArray[np.int64]]
"""Maps tokens, noise and r to the number of half-spaces that hold the noise."""


def decisive(codebook: Codebook, r: float, most_union: float = np.inf) -> HalfSpaces | None:
    """The half-spaces that the estimator needs at one r > 0; None where too many competitors matter (low SNR).

    Also None for a codebook so large that finding neighbours would take minutes.
    """
    if not searchable(codebook):
        return None
    return decisive_half_spaces(codebook, r, TRUNCATION_RTOL, most_union)


def karp_luby(
    codebook: Codebook, r: float, spaces: HalfSpaces, key: jax.Array, samples: int, rtol: float | None = None
) -> Estimate:
    """Estimate 1 − A from the half-spaces of its codebook at one r.

    Call it where float64 is on.  Unbiased but for competitors left out, which the upper end of the interval includes.

    Args:
        codebook: one that can be listed.
        r: amplitude ratio.
        spaces: from :func:`decisive`.
        key: JAX key; batch i uses ``fold_in(key, i)``.
        samples: most samples.
        rtol: stop earlier at this relative standard error.
    """
    competitors = spaces.threshold.shape[1]
    weights = np.exp(spaces.log_probability - np.max(spaces.log_probability)).ravel()
    cumulative = np.cumsum(weights)
    count, size = _scanned_counts(codebook, spaces), 4096
    far = r * np.linalg.norm(codebook.points - codebook.mean, axis=1).max() > SCAN_REACH
    if far or competitors * GATHER_COST < codebook.K:
        count, size = _gathered_counts(codebook, spaces), max(256, GATHER_ENTRIES // (competitors * codebook.n))
    points = codebook.points

    def batch(i: int) -> Array:
        choice_key, tail_key, noise_key = jax.random.split(jax.random.fold_in(key, i), 3)
        uniform = np.asarray(jax.random.uniform(choice_key, (size,)))
        pair = np.minimum(np.searchsorted(cumulative, uniform * cumulative[-1], side="right"), len(cumulative) - 1)
        token, which = np.divmod(pair, competitors)
        # A normal beyond h: −Φ^{-1}(U Φ(−h)), in log space.
        tail = 1 - np.asarray(jax.random.uniform(tail_key, (size,)))
        height = -scipy.special.ndtri_exp(np.log(tail) + scipy.special.log_ndtr(-spaces.threshold[token, which]))
        noise = np.asarray(jax.random.normal(noise_key, (size, codebook.n)))
        direction = points[spaces.neighbours.index[token, which]] - points[token]
        direction /= spaces.neighbours.distance[token, which][:, None]
        noise = noise + (height - np.einsum("sn,sn->s", noise, direction))[:, None] * direction
        # The chosen half-space holds the noise by construction, whatever rounding says.
        return 1 / np.maximum(count(token, noise, r), 1)

    values = collect(batch, size, samples, rtol)
    truncated = float(np.exp(spaces.log_truncated - spaces.log_union))
    return mean_estimate(values, "karp-luby", spaces.log_union, truncated)


def _scanned_counts(codebook: Codebook, spaces: HalfSpaces) -> Counter:
    """N over all competitors, by a scan of the codebook."""
    cut = tiles(codebook)
    codes = codebook.points - codebook.mean

    def count(token: NDArray[np.int64], noise: Array, r: float) -> NDArray[np.int64]:
        return np.asarray(_rivals_above(cut, jnp.asarray(r), jnp.asarray(token), jnp.asarray(r * codes[token] + noise)))

    return count


@jax.jit
def _rivals_above(cut: Tiles, r: jax.Array, token: jax.Array, y: jax.Array) -> jax.Array:
    return rivals(cut, r, token, y).above


def _gathered_counts(codebook: Codebook, spaces: HalfSpaces) -> Counter:
    """N over the listed competitors, which are few."""
    neighbours = spaces.neighbours

    def count(token: NDArray[np.int64], noise: Array, r: float) -> NDArray[np.int64]:
        offset = codebook.points[neighbours.index[token]] - codebook.points[token][:, None, :]
        height = np.einsum("smn,sn->sm", offset, noise)
        return np.sum(height > spaces.threshold[token] * neighbours.distance[token], axis=1)

    return count
