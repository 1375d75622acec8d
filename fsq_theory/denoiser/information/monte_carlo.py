"""Monte Carlo of information, posterior entropy and MMSE, for any codebook, and the choice between two estimators.

- *Plain* samples Y as it occurs and averages the posterior's divergence from the prior, entropy and variance
  (:mod:`.posterior_scan`): positive values, so that small information keeps its relative accuracy at low SNR.
- *Pairs* samples where two tokens are confused (:mod:`.importance`): bounded relative error of the entropy and the MMSE
  at high SNR, however rare confusions are.

Information and entropy always add up to H(π), with one standard error.  A short pilot with noise of its own picks, for
the entropy and for the MMSE, what has the smaller error.  Values that plain samples may not have shown count in their
standard error: one more sample is supposed to lie in the middle of the range that values can take.

Noise depends on the seed alone, not on r, and is the same for information and MMSE: with γ = r², dI/dγ = ½ MMSE [GSV05]
can be tested on plain samples; which pairs are drawn changes with r, so that differences over small steps are noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import numpy as np
from numpy.typing import NDArray

from ...arrays import Array
from ...codebooks.codebook import Codebook
from ...codebooks.prior_entropy import prior_entropy
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.regular import EquidistantCodebook
from ...logspace import logsumexp
from ...seeds import jax_key
from ..accuracy.simulate import listed
from .equidistant_sampling import EquidistantPairs, EquidistantPlain
from .estimate import MonteCarloEstimate, added
from .importance import GROUP, LARGEST_ENTROPY_VALUE, LARGEST_MMSE_VALUE
from .moments import Moments
from .pair_sampling import Pairs, listed_pairs
from .plain_sampling import ListedPlain, Plain

BATCH = 4096
BATCH_COORDINATES = 2**24
"""Most samples × dimensions of noise in a batch."""

PILOT_SAMPLES = 4096

RARE = 0.02
"""Mass of pairs, relative to its largest, below which plain samples are not even tried."""

MOST_LISTED = 2**24
"""Coordinates (K·n) up to which neighbours are looked for."""

PAIR_RANGES = (2 * LARGEST_ENTROPY_VALUE, 2 * LARGEST_MMSE_VALUE)


def estimate(
    codebook: Codebook, r: float, *, samples: int = 65536, rtol: float | None = None, seed: int = 0
) -> MonteCarloEstimate:
    """Estimate I, H(X_0|Y) and MMSE at one r > 0, in float64.  Unbiased but for what the standard errors include.

    Args:
        codebook: any; products are sampled digit by digit, one-hot and simplex codes without listing them, others must
            be small enough to list.
        r: amplitude ratio, positive and finite.
        samples: how many, rounded up to whole batches; for a factor that occurs c times in a product, c times as many.
        rtol: stop earlier, once the standard errors are below this part of I, of H(X_0|Y) and of the MMSE.
        seed: of all randomness.

    Raises:
        TooLargeError: if the codebook would have to be listed and is too large.
    """
    with jax.enable_x64(True):
        return _estimate(codebook, r, samples, rtol, jax_key(seed))


def _estimate(codebook: Codebook, r: float, samples: int, rtol: float | None, key: jax.Array) -> MonteCarloEstimate:
    if isinstance(codebook, ProductCodebook):
        parts = []
        for i, (factor, count) in enumerate(codebook.groups):
            parts.append((_estimate(factor, r, samples * count, rtol, jax.random.fold_in(key, i)), count))
        return added(parts)
    whole = prior_entropy(codebook)
    if whole == 0:
        return MonteCarloEstimate.of_logs(-math.inf, -math.inf, -math.inf, -math.inf, -math.inf, samples)
    scales = np.array([whole, _centred_energy(codebook)])
    pilot_key, key = jax.random.split(key)
    plain, pairs = _samplers(codebook, r, scales)
    size = batch_size(codebook.n)
    by_pairs = _choose(plain, pairs, scales, samples, size, pilot_key)
    from_plain, from_pairs = Moments(3), Moments(2, GROUP)
    for i in range(max(1, math.ceil(samples / size))):
        own = jax.random.fold_in(key, i)
        if not by_pairs.all():
            from_plain.add(plain.values(jax.random.fold_in(own, 0), size))
        if pairs is not None and by_pairs.any():
            from_pairs.add(pairs.values(jax.random.fold_in(own, 1), size))
        if rtol is not None and (i + 1) & i == 0 and i >= 1:
            found = _summary(whole, plain, pairs, by_pairs, from_plain, from_pairs)
            if _precise(found, rtol):
                return found
    return _summary(whole, plain, pairs, by_pairs, from_plain, from_pairs)


def _samplers(codebook: Codebook, r: float, scales: Array) -> tuple[Plain, Pairs | None]:
    if isinstance(codebook, EquidistantCodebook):
        return EquidistantPlain(codebook, r), EquidistantPairs(codebook, r, scales)
    listed(codebook)
    small = codebook.K * codebook.n <= MOST_LISTED
    return ListedPlain(codebook, r), listed_pairs(codebook, r, scales) if small else None


def batch_size(dimension: int) -> int:
    """Samples in a batch: a power of two, fewer in many dimensions."""
    return min(BATCH, max(GROUP, 1 << (BATCH_COORDINATES // dimension).bit_length() - 1))


def _centred_energy(codebook: Codebook) -> float:
    if isinstance(codebook, EquidistantCodebook):
        # Half the mean squared distance of two independent tokens.
        return codebook.distance**2 / 2 * float(np.sum(codebook.prior * (1 - codebook.prior)))
    gaps = codebook.points - codebook.mean
    return float(codebook.prior @ np.einsum("kn,kn->k", gaps, gaps))


def _choose(
    plain: Plain, pairs: Pairs | None, scales: Array, samples: int, size: int, key: jax.Array
) -> NDArray[np.bool_]:
    """For the entropy and for the MMSE: whether pairs give the smaller standard error."""
    if pairs is None or not pairs.usable.any():
        return np.zeros(2, dtype=bool)
    rare = pairs.usable & (pairs.log_masses < np.log(RARE * scales))
    if rare.all():
        return rare
    from_plain, from_pairs = Moments(3), Moments(2, GROUP)
    for i in range(PILOT_SAMPLES // size):
        from_plain.add(plain.values(jax.random.fold_in(key, 2 * i), size))
        from_pairs.add(pairs.values(jax.random.fold_in(key, 2 * i + 1), size))
    plain_errors = from_plain.stderr(plain.ranges, samples)
    with np.errstate(over="ignore"):
        pair_errors = from_pairs.stderr(PAIR_RANGES, samples) * np.exp(pairs.log_masses)
    better = pair_errors < np.array([min(plain_errors[0], plain_errors[1]), plain_errors[2]])
    return np.asarray(rare | (pairs.usable & better))


def _summary(
    whole: float,
    plain: Plain,
    pairs: Pairs | None,
    by_pairs: NDArray[np.bool_],
    from_plain: Moments,
    from_pairs: Moments,
) -> MonteCarloEstimate:
    """The record of what has been drawn."""
    count = max(from_plain.count, from_pairs.count)
    log_pairs, log_pair_errors = np.full(2, -np.inf), np.full(2, -np.inf)
    if pairs is not None and by_pairs.any():
        log_pairs = pairs.log_masses + _log(from_pairs.mean)
        log_pair_errors = pairs.log_masses + _log(from_pairs.stderr(PAIR_RANGES))
        # What pairs left out may add counts as if it were one standard deviation.
        log_pair_errors = logsumexp(np.stack([2 * log_pair_errors, 2 * pairs.log_truncated]), axis=0) / 2
    if not by_pairs.all():
        means, errors = from_plain.mean, from_plain.stderr(plain.ranges)
    if by_pairs[0]:
        log_entropy, log_error = float(log_pairs[0]), float(log_pair_errors[0])
        rest = whole - math.exp(log_entropy)
        # A rest of 0 or less is noise: it is then no more than the error.
        log_information = math.log(rest) if rest > 0 else log_error
    else:
        divergence, entropy = float(means[0]), float(means[1])
        # Equal errors, under a uniform prior: from the smaller one, for its relative accuracy.
        if (float(errors[0]), divergence) <= (float(errors[1]), entropy):
            log_error, log_information = float(_log(errors[0])), float(_log(divergence))
            log_entropy = math.log(whole - divergence if divergence < whole else entropy)
        else:
            log_error, log_entropy = float(_log(errors[1])), float(_log(entropy))
            log_information = float(_log(whole - entropy if entropy < whole else divergence))
    if by_pairs[1]:
        log_mmse, log_mmse_error = float(log_pairs[1]), float(log_pair_errors[1])
    else:
        log_mmse, log_mmse_error = float(_log(means[2])), float(_log(errors[2]))
    return MonteCarloEstimate.of_logs(log_information, log_entropy, log_mmse, log_error, log_mmse_error, count)


def _precise(found: MonteCarloEstimate, rtol: float) -> bool:
    least = min(found.log_information, found.log_entropy)
    return found.log_stderr_information <= least + math.log(
        rtol
    ) and found.log_stderr_mmse <= found.log_mmse + math.log(rtol)


_log: Callable[..., Array] = np.errstate(divide="ignore")(np.log)
