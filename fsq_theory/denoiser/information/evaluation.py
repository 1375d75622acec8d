"""Information, posterior entropy and MMSE without sampling error, and how those of factors add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...arrays import Array
from ...logspace import logsumexp

EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Evaluation:
    """I(X_0; Y), H(X_0|Y) and E‖X_0 − x̂_0‖² for Y = r X_0 + ε, as logarithms, each of shape (R,).

    Attributes:
        log_information: log I, accurate in relative terms also as r → 0.
        log_entropy: log H(X_0|Y), accurate in relative terms also as r → ∞.
        log_mmse: log E‖X_0 − x̂_0‖², likewise.
        spread: bound on the numerical error of the three, absolute for the logarithms.
        method: ``exact`` or ``quadrature``.
    """

    log_information: Array
    log_entropy: Array
    log_mmse: Array
    spread: Array
    method: str


def combine(parts: list[Evaluation], counts: list[int]) -> Evaluation:
    """The evaluation of a product: all three add over independent factors, the i-th of which occurs counts[i] times."""
    log_counts = np.log(np.array(counts, dtype=float))

    def added(name: str) -> Array:
        return logsumexp(np.stack([getattr(part, name) for part in parts], axis=-1) + log_counts)

    return Evaluation(
        added("log_information"),
        added("log_entropy"),
        added("log_mmse"),
        np.max(np.stack([part.spread for part in parts], axis=-1), axis=-1) + 4 * EPS,
        "exact" if all(part.method == "exact" for part in parts) else "quadrature",
    )


def spread_of_difference(spread: Array, log_entropy: Array, log_information: Array) -> Array:
    """The error of log I where I = H(π) − H(X_0|Y) was taken, from that of log H(X_0|Y): H/I times as large."""
    return np.asarray(spread * (1 + np.exp(np.minimum(log_entropy - log_information, 700.0))))
