"""The difference in accuracy of two codebooks, with common random numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...codebooks.codebook import Codebook
from ...errors import InputError
from .exact import evaluate


@dataclass(frozen=True)
class AccuracyGap:
    """A of one codebook minus A of another, at one r.

    Attributes:
        first: name of the first codebook.
        second: name of the second.
        r: amplitude ratio.
        value: A(first) − A(second).
        stderr: its standard error; 0 where both have closed forms.
        method: ``exact`` or ``monte-carlo``.
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
    1 − max_k p(k|Y), far below that of two separate estimates where the codebooks are alike.

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
    grid = np.array([float(r)])
    if method == "auto":
        a, b = evaluate(first, grid), evaluate(second, grid)
        if a is not None and b is not None:
            value = np.exp(b.log_error) - np.exp(a.log_error)
            if a.log_accuracy[0] < a.log_error[0]:
                value = np.exp(a.log_accuracy) - np.exp(b.log_accuracy)
            return AccuracyGap(first.name, second.name, float(r), float(value[0]), 0.0, "exact", 0, seed)
    from .monte_carlo import error_samples

    difference = error_samples(second, float(r), samples, seed) - error_samples(first, float(r), samples, seed)
    stderr = float(np.std(difference, ddof=1)) / np.sqrt(len(difference))
    return AccuracyGap(
        first.name, second.name, float(r), float(difference.mean()), stderr, "monte-carlo", len(difference), seed
    )
