"""Sampling until a number of samples or a relative standard error is reached, and what the samples then say."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.special

from ...arrays import Array

ESTIMATORS = ("naive", "posterior", "mean-width", "karp-luby")

NORMAL_95 = 1.959963984540054
"""Φ^{-1}(0.975)."""


@dataclass(frozen=True)
class Estimate:
    """A Monte Carlo estimate of an error probability 1 − A, in log space.

    Attributes:
        log_error: log of the estimate.
        log_stderr: log of its standard error.
        log_lower: log of the lower end of a 95 % interval.
        log_upper: log of its upper end, truncation included.
        samples: how many samples it rests on.
        estimator: which estimator it is.
    """

    log_error: float
    log_stderr: float
    log_lower: float
    log_upper: float
    samples: int
    estimator: str

    @property
    def relative_stderr(self) -> float:
        """Standard error divided by the estimate; infinite where the estimate is 0."""
        return math.exp(min(self.log_stderr - self.log_error, 700.0)) if math.isfinite(self.log_error) else math.inf


def collect(batch: Callable[[int], Array], size: int, samples: int, rtol: float | None) -> Array:
    """Values of batches 0, 1, 2, …, of ``size`` each, until ``samples`` are reached or, if given, ``rtol`` is met.

    ``rtol`` is looked at each time that the number of batches has doubled, so that stopping depends little on the noise
    that it looks at.  Batches are numbered, so the values do not depend on how many are asked for.
    """
    values: list[Array] = []
    for i in range(max(1, math.ceil(samples / size))):
        values.append(np.asarray(batch(i), dtype=np.float64))
        if rtol is not None and (i + 1) & i == 0 and i >= 1:
            drawn = np.concatenate(values)
            mean = float(drawn.mean())
            if mean > 0 and standard_error(drawn) <= rtol * mean:
                return drawn
    return np.concatenate(values)


UNSEEN = 0.5
"""The value that one more sample is supposed to have: rare large values in [0, 1] may not have been seen."""


def standard_error(values: Array, guarded: bool = True) -> float:
    """Standard error of the mean of values in [0, 1], with one value of ½ added to them if ``guarded``.

    The addition, of order 1/N, keeps N equal or tiny values from looking like certainty, as (x + 1)/(N + 2) does for a
    proportion: at high SNR the samples that make up the mean may all be unseen.
    """
    count = len(values)
    if not guarded:
        return float(np.std(values, ddof=1)) / math.sqrt(count)
    spread = float(np.sum((values - values.mean()) ** 2)) + (UNSEEN - float(values.mean())) ** 2
    return math.sqrt(spread / count / (count + 1))


def binomial_estimate(errors: Array, estimator: str) -> Estimate:
    """The estimate from 0/1 values: 95 % interval by Clopper–Pearson [CP34]; never a standard error of 0.

    The standard error uses (x + 1)/(N + 2) in place of x/N, so that no errors in N samples do not look like certainty.
    """
    count, wrong = len(errors), float(errors.sum())
    lower = scipy.special.betaincinv(wrong, count - wrong + 1, 0.025) if wrong > 0 else 0.0
    upper = scipy.special.betaincinv(wrong + 1, count - wrong, 0.975) if wrong < count else 1.0
    mean = wrong / count
    smoothed = (wrong + 1) / (count + 2)
    stderr = math.sqrt(smoothed * (1 - smoothed) / count)
    return Estimate(_log(mean), _log(stderr), _log(lower), _log(upper), count, estimator)


def mean_estimate(
    values: Array, estimator: str, log_scale: float = 0.0, truncated: float = 0.0, guarded: bool = True
) -> Estimate:
    """The estimate e^{log_scale} · mean(values), with a 95 % normal interval.

    Args:
        values: one for each sample, between 0 and 1.
        estimator: its name.
        log_scale: log of a factor.
        truncated: what the estimate may leave out, in units of the scale; added to the upper end.
        guarded: whether rare values may have gone unseen, see :func:`standard_error`.
    """
    mean = max(float(values.mean()), 0.0)
    stderr = standard_error(values, guarded)
    lower, upper = max(mean - NORMAL_95 * stderr, 0.0), mean + NORMAL_95 * stderr + truncated
    return Estimate(
        min(log_scale + _log(mean), 0.0),
        log_scale + _log(stderr),
        min(log_scale + _log(lower), 0.0),
        min(log_scale + _log(upper), 0.0),
        len(values),
        estimator,
    )


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf
