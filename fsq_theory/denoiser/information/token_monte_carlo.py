"""Monte Carlo of what the noisy code of one token says of it: D_k, h_k and m_k.

Given k, Y = r e_k + ε.  With R = Σ_{j≠k} π_j φ_j(Y)/φ_k(Y), so that p(k|Y) = π_k/(π_k + R),

    D_k = E log p(k|Y)/π_k = KL(p(·|k)‖p_Y),   h_k = E[−log p(k|Y)] = −log π_k − D_k,   m_k = E‖e_k − x̂_0‖².

- *Plain*: means over ε.  At low SNR the value of D_k is R' − 1 − log R' with R' = π_k + R, which has the same mean
  since E R' = 1, and is positive and of the order of D_k; half of the observations are then drawn around other tokens,
  and weighted.
- *Pairs*: h_k = Σ_j ∫ φ_k e^{t_j} L(T) as in :mod:`.importance`, over all other tokens j.  For m_k the square is
  shared out to them as q_j‖a_j‖²/Σ_i q_i‖a_i‖², with a_j = e_j − e_k and q_j the probabilities given that k is wrong;
  by Cauchy–Schwarz these values are bounded too.
"""

from __future__ import annotations

import math

import jax
import numpy as np
from numpy.typing import NDArray

from ...arrays import Array
from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...logspace import logsumexp
from ...seeds import jax_key
from .estimate import MonteCarloEstimate, added
from .importance import GROUP, LARGEST_ENTROPY_VALUE, LARGEST_MMSE_VALUE, draw, latin_uniforms, log_mass, log_share
from .moments import Moments
from .plain_sampling import COMMON_REACH
from .token_rays import Ratios, Rays, token_rays

BATCH = 4096
BATCH_ENTRIES = 2**22
"""Most samples × tokens of a batch."""

PILOT_SAMPLES = 2048

PAIR_RANGES = (2 * LARGEST_ENTROPY_VALUE, 4 * LARGEST_MMSE_VALUE)


def token_estimate(
    codebook: Codebook, token: int, r: float, *, samples: int = 65536, seed: int = 0
) -> MonteCarloEstimate:
    """Estimate D_k, h_k and m_k at one r > 0, in float64.  Unbiased; standard errors allow for what was not seen.

    Args:
        codebook: any; products are sampled digit by digit, one-hot and simplex codes without listing them, others must
            be small enough to list.
        token: k, 0-based.
        r: amplitude ratio, positive and finite.
        samples: how many, rounded up to whole batches; for a digit that occurs c times in a token, c times as many.
        seed: of all randomness; the same noise for every token.

    Raises:
        InputError: for an unknown token.
        TooLargeError: if the codebook would have to be listed and is too large.
    """
    (token,) = codebook.check_tokens([token])
    with jax.enable_x64(True):
        if not isinstance(codebook, ProductCodebook):
            return _estimate(codebook, token, r, samples, jax_key(seed))
        groups: dict[tuple[int, int], list[int]] = {}
        representative = _representatives(codebook)
        for place, digit in enumerate(codebook.digits([token])[0].tolist()):
            groups.setdefault((representative[place], digit), []).append(place)
        parts = []
        for (place, digit), places in groups.items():
            key = jax.random.fold_in(jax_key(seed), place)
            parts.append((_token(codebook.factors[place], digit, r, samples * len(places), key), len(places)))
        return added(parts)


def _token(codebook: Codebook, token: int, r: float, samples: int, key: jax.Array) -> MonteCarloEstimate:
    if isinstance(codebook, ProductCodebook):
        seed = int(jax.random.bits(key, dtype="uint32"))
        return token_estimate(codebook, token, r, samples=samples, seed=seed)
    return _estimate(codebook, token, r, samples, key)


def _representatives(codebook: ProductCodebook) -> list[int]:
    """For each factor, the first place that holds the same one."""
    first: dict[int, int] = {}
    return [first.setdefault(id(factor), place) for place, factor in enumerate(codebook.factors)]


class _Sampler:
    """Values of D_k or h_k and of m_k at one r, by both estimators."""

    def __init__(self, codebook: Codebook, token: int, r: float) -> None:
        self.rays: Rays = token_rays(codebook, token)
        self.dimension = codebook.n
        self.r, self.token = r, token
        self.log_own = float(codebook.log_prior[token])
        distance = self.rays.distance
        self.low = r * float(distance.max()) <= COMMON_REACH
        surprise = -self.log_own if math.isfinite(self.log_own) else 0.0
        self.plain_ranges = (0.0, 0.0) if self.low else (2 * (1 + surprise), float(distance.max()) ** 2)
        self._log_prior = log_prior = np.array(codebook.log_prior)
        self._others = np.flatnonzero(np.isfinite(log_prior) & (distance > 0))
        self.by_pairs = math.isfinite(self.log_own) and len(self._others) > 0
        if not self.by_pairs:
            return
        self._ratio = log_prior[self._others] - self.log_own
        # Masses given k: those of the pair, less log π_k.
        log_weights = log_mass(r * distance[self._others], self._ratio, self._ratio)
        log_squares = 2 * np.log(distance[self._others])
        self.log_masses = np.array([logsumexp(log_weights), logsumexp(log_weights + log_squares)])
        shares = np.exp(log_weights - self.log_masses[0]) + np.exp(log_weights + log_squares - self.log_masses[1])
        self._cumulative = np.cumsum(shares)

    def plain(self, key: jax.Array, size: int) -> Array:
        """Values of D_k and m_k, shape (2, size)."""
        low = self.low and len(self._others) > 0
        offset = self._mixed(key, size) if low else np.asarray(jax.random.normal(key, (size, self.dimension)))
        rival = np.full(size, int(self.token == 0), dtype=np.int64)
        found = self.rays.ratios(self.r, offset, rival, np.full(size, -np.inf))
        log_total = np.asarray(found.log_total)
        log_all = np.logaddexp(self.log_own, log_total)
        divergence = -log_all
        weight = np.ones(size)
        if low:
            bend = np.asarray(found.bend)
            near = np.abs(bend) < 1e-3
            series = bend**2 * (1 / 2 - bend * (1 / 3 - bend * (1 / 4 - bend / 5)))
            divergence = np.where(near, series, bend - np.log1p(np.where(near, 0.0, bend)))
            # φ_k over the law of the observations.
            weight = 2 / (1 + np.exp(log_total - float(logsumexp(self._log_prior[self._others]))))
        return np.stack([divergence, np.asarray(found.first) * np.exp(2 * (log_total - log_all))]) * weight

    def _mixed(self, key: jax.Array, size: int) -> Array:
        """Observations less r e_k: every other one around e_k, the rest around other tokens drawn from the prior.

        At low SNR the values of a likely token grow like squares of the likelihoods of unlikely ones.
        """
        noise_key, choice_key = jax.random.split(key)
        noise = np.asarray(jax.random.normal(noise_key, (size, self.dimension + 1)))
        cumulative = np.cumsum(np.exp(self._log_prior[self._others] - self._log_prior[self._others].max()))
        uniform = np.asarray(jax.random.uniform(choice_key, (size,))) * cumulative[-1]
        place = np.minimum(np.searchsorted(cumulative, uniform, side="right"), len(cumulative) - 1)
        rival: NDArray[np.int64] = self._others[place]
        around = self.rays.offset(rival, self.r * self.rays.distance[rival] + noise[:, -1], noise[:, :-1])
        return np.where(np.arange(size)[:, None] % 2 == 0, noise[:, :-1], around)

    def pairs(self, key: jax.Array, size: int) -> Array:
        """Values of h_k and m_k, in units of the masses, shape (2, size)."""
        choice_key, noise_key = jax.random.split(key)
        uniform, position = latin_uniforms(choice_key, 2, size)
        place = np.searchsorted(self._cumulative, uniform * self._cumulative[-1], side="right")
        place = np.minimum(place, len(self._cumulative) - 1)
        rival: NDArray[np.int64] = self._others[place]
        distance = self.rays.distance[rival]
        a = self.r * distance
        t, z = draw(a, self._ratio[place], position)
        noise = np.asarray(jax.random.normal(noise_key, (size, self.dimension)))
        found = self.rays.ratios(self.r, self.rays.offset(rival, a / 2 + z, noise), rival, t)
        return self._pair_values(found, t, 2 * np.log(distance))

    def _pair_values(self, found: Ratios, t: Array, log_squares: Array) -> Array:
        log_total = np.maximum(np.asarray(found.log_total) - self.log_own, t)
        entropy, certain = log_share(t, log_total)
        x = log_squares + self.log_masses[0] - self.log_masses[1]
        # Of (T/(1 + T))² ‖Σ q a‖², the part q_j d_j²/Σ q d²; relative to the density, e^{−t/2+|t|/4}, and q_j T = e^t.
        wrong = np.exp(log_total - np.logaddexp(0.0, log_total))
        shape = np.asarray(found.first) / np.asarray(found.second)
        values = np.exp([entropy - np.logaddexp(0.0, x), certain - np.logaddexp(0.0, -x)])
        return np.asarray(2 * values * np.stack([np.ones_like(t), wrong * np.minimum(shape, 1.0)]))


def _estimate(codebook: Codebook, token: int, r: float, samples: int, key: jax.Array) -> MonteCarloEstimate:
    sampler = _Sampler(codebook, token, r)
    pilot_key, key = jax.random.split(key)
    size = min(BATCH, max(GROUP, 1 << (BATCH_ENTRIES // max(codebook.K, codebook.n)).bit_length() - 1))
    use = np.zeros(2, dtype=bool)
    if sampler.by_pairs:
        plain_pilot, pair_pilot = Moments(2), Moments(2, GROUP)
        for i in range(max(1, PILOT_SAMPLES // size)):
            own = jax.random.fold_in(pilot_key, i)
            plain_pilot.add(sampler.plain(jax.random.fold_in(own, 0), size))
            pair_pilot.add(sampler.pairs(jax.random.fold_in(own, 1), size))
        with np.errstate(divide="ignore"):
            pair_errors = sampler.log_masses + np.log(pair_pilot.stderr(PAIR_RANGES, samples))
            use = pair_errors < np.log(plain_pilot.stderr(sampler.plain_ranges, samples))
    plain, pairs = Moments(2), Moments(2, GROUP)
    for i in range(max(1, math.ceil(samples / size))):
        own = jax.random.fold_in(key, i)
        if not use.all():
            plain.add(sampler.plain(jax.random.fold_in(own, 0), size))
        if use.any():
            pairs.add(sampler.pairs(jax.random.fold_in(own, 1), size))
    with np.errstate(divide="ignore", invalid="ignore"):
        log_values, log_errors = np.log(plain.mean), np.log(plain.stderr(sampler.plain_ranges))
        if use.any():
            log_values = np.where(use, sampler.log_masses + np.log(pairs.mean), log_values)
            log_errors = np.where(use, sampler.log_masses + np.log(pairs.stderr(PAIR_RANGES)), log_errors)
    log_error = float(log_errors[0])
    if use[0]:
        log_entropy = float(log_values[0])
        log_information = _log_rest(-sampler.log_own - math.exp(log_entropy), log_error)
    else:
        divergence = float(plain.mean[0])
        log_information = _log_rest(divergence, log_error)
        log_entropy = _log_rest(-sampler.log_own - divergence, log_error)
    count = max(plain.count, pairs.count)
    return MonteCarloEstimate.of_logs(
        log_information, log_entropy, float(log_values[1]), log_error, float(log_errors[1]), count
    )


def _log_rest(rest: float, log_error: float) -> float:
    """Log of a difference, where one of 0 or less is noise: then no more than its error."""
    return math.log(rest) if rest > 0 else log_error
