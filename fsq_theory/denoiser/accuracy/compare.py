"""The difference in accuracy of two codebooks, with common random numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...codebooks.codebook import Codebook
from ...errors import InputError
from ...seeds import check_seed
from ..settings import check_sampling
from .exact import evaluate
from .sampling import standard_error


@dataclass(frozen=True)
class AccuracyGap:
    """A of one codebook minus A of another, at one r.

    Attributes:
        first: name of the first codebook.
        second: name of the second.
        r: amplitude ratio.
        value: A(first) − A(second).
        stderr: its standard error; 0 where both have closed forms.
        method: ``exact``, ``quadrature`` or ``monte-carlo``.
        samples: Monte Carlo samples, 0 without sampling.
        seed: of the samples.
    """

    first: str
    second: str
    r: float
    value: float
    stderr: float
    method: str
    samples: int
    seed: int


def accuracy_gap(
    first: Codebook, second: Codebook, r: float, *, method: str = "auto", samples: int = 65536, seed: int = 0
) -> AccuracyGap:
    """A(first) − A(second) for MAP decisions at amplitude ratio r, noise N(0, 1) a coordinate.

    Closed forms are subtracted in whichever of A and 1 − A is smaller.  Otherwise both codebooks see the same noise
    and, for equal K and uniform priors, the same tokens, and the standard error is that of the paired differences of
    1 − max_k p(k|Y), far below that of two separate estimates where the codebooks are alike.  Where errors are rare the
    Karp–Luby estimates of both are subtracted instead.

    Args:
        first: a codebook.
        second: a codebook; its dimension may differ, but noise is shared only at equal n.
        r: positive and finite.
        method: ``auto`` or ``mc``.
        samples: Monte Carlo samples, rounded up to whole batches.
        seed: of all randomness.

    Raises:
        InputError: for bad arguments.
        TooLargeError: where a codebook must be listed and is too large.
    """
    if not (np.isfinite(r) and r > 0):
        raise InputError(f"r = {r:g}: expected a positive finite amplitude ratio")
    if method not in ("auto", "mc"):
        raise InputError(f"method {method!r}: expected auto or mc")
    check_sampling(samples)
    check_seed(seed)
    rate, names = float(r), (first.name, second.name)
    grid = np.array([rate])
    if method == "auto":
        a, b = evaluate(first, grid), evaluate(second, grid)
        if a is not None and b is not None:
            exact_gap = np.exp(b.log_error) - np.exp(a.log_error)
            if a.log_accuracy[0] < a.log_error[0]:
                exact_gap = np.exp(a.log_accuracy) - np.exp(b.log_accuracy)
            how = "exact" if a.method == b.method == "exact" else "quadrature"
            return AccuracyGap(*names, rate, float(exact_gap[0]), 0.0, how, 0, seed)
    from .monte_carlo import error_samples, estimate, sound_estimators

    if "karp-luby" in sound_estimators(first, rate) and "karp-luby" in sound_estimators(second, rate):
        # Errors are rare: two estimates that see them beat paired samples that may not.
        a_error, b_error = (
            estimate(book, rate, estimator="karp-luby", samples=samples, seed=seed) for book in (first, second)
        )
        value = float(np.exp(b_error.log_error) - np.exp(a_error.log_error))
        spread = float(np.hypot(np.exp(a_error.log_stderr), np.exp(b_error.log_stderr)))
        return AccuracyGap(*names, rate, value, spread, "monte-carlo", a_error.samples + b_error.samples, seed)
    difference = error_samples(second, rate, samples, seed) - error_samples(first, rate, samples, seed)
    value, spread = float(difference.mean()), standard_error(difference)
    return AccuracyGap(*names, rate, value, spread, "monte-carlo", len(difference), seed)
