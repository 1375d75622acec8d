"""The record of a Monte Carlo estimate of information, entropy and MMSE, and how those of factors add up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from ...logspace import logsumexp


@dataclass(frozen=True)
class MonteCarloEstimate:
    """I(X_0; Y), H(X_0|Y) and MMSE at one r by Monte Carlo, on average or given one token k; nats, squared codes.

    Attributes:
        information: I, or D_k = E[log p(k|Y)/π_k | k]; with ``entropy`` it adds up to H(π), or to −log π_k.
        log_information: its logarithm.
        entropy: H(X_0|Y), or h_k = E[−log p(k|Y) | k], infinite for a token of probability 0.
        log_entropy: its logarithm, also where ``entropy`` underflows.
        mmse: E‖X_0 − x̂_0‖², or m_k = E[‖e_k − x̂_0‖² | k].
        log_mmse: its logarithm, likewise.
        stderr_information: standard error of ``information`` and of ``entropy``.
        stderr_mmse: of ``mmse``.
        log_stderr_information: its logarithm.
        log_stderr_mmse: likewise.
        samples: observations drawn for each estimator in use; for products, of each factor.
    """

    information: float
    log_information: float
    entropy: float
    log_entropy: float
    mmse: float
    log_mmse: float
    stderr_information: float
    stderr_mmse: float
    log_stderr_information: float
    log_stderr_mmse: float
    samples: int

    @classmethod
    def of_logs(
        cls,
        log_information: float,
        log_entropy: float,
        log_mmse: float,
        log_error: float,
        log_mmse_error: float,
        samples: int,
    ) -> Self:
        """The record from the logarithms of its values and of their standard errors."""
        return cls(
            information=math.exp(log_information),
            log_information=log_information,
            entropy=math.exp(log_entropy),
            log_entropy=log_entropy,
            mmse=math.exp(log_mmse),
            log_mmse=log_mmse,
            stderr_information=math.exp(log_error),
            stderr_mmse=math.exp(log_mmse_error),
            log_stderr_information=log_error,
            log_stderr_mmse=log_mmse_error,
            samples=samples,
        )


def added(parts: Sequence[tuple[MonteCarloEstimate, int]]) -> MonteCarloEstimate:
    """Of a product: values add over factors, and so do the squares of standard errors, which are independent.

    Args:
        parts: estimates of the distinct factors, each with the number of times that it occurs.
    """
    counts = np.log([count for _, count in parts])

    def total(name: str, power: int = 1) -> float:
        values = np.array([getattr(part, name) for part, _ in parts])
        return math.inf if np.any(values == np.inf) else float(logsumexp(power * (values + counts))) / power

    return MonteCarloEstimate.of_logs(
        total("log_information"),
        total("log_entropy"),
        total("log_mmse"),
        total("log_stderr_information", 2),
        total("log_stderr_mmse", 2),
        max(part.samples for part, _ in parts),
    )
