"""The record that an information computation returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...arrays import Array
from ...logspace import LOG_2


@dataclass(frozen=True)
class Information:
    """Information between the token and Y = r X_0 + ε, ε ~ N(0, I_n), for each r; nats.

    Arrays have the shape of ``r``; for a scalar r they are NumPy scalars.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        r: amplitude ratio α/σ.
        information: I(X_0; Y) = H(π) − H(X_0|Y).
        log_information: its logarithm, accurate in relative terms however small I is.
        entropy: H(X_0|Y) = E[−log p(X_0|Y)], the cross-entropy of the optimal model: the loss of CDCD at its optimum.
        log_entropy: its logarithm, accurate in relative terms however small it is.
        mmse: E‖X_0 − x̂_0(Y)‖², in the units of the codes, squared.
        log_mmse: its logarithm.
        stderr_information: standard error of ``information`` and of ``entropy``; 0 where there is no sampling.
        stderr_mmse: standard error of ``mmse``; 0 where there is no sampling.
        spread: bound on the numerical error of the logarithms of all three, which is their relative error where it is
            small; 0 for Monte Carlo.
        prior_entropy: H(π).
        method: ``exact``, ``quadrature`` or ``monte-carlo``.
        samples: Monte Carlo samples, 0 without sampling.
        seed: of the Monte Carlo samples.
    """

    codebook: str
    K: int
    n: int
    r: Array
    information: Array
    log_information: Array
    entropy: Array
    log_entropy: Array
    mmse: Array
    log_mmse: Array
    stderr_information: Array
    stderr_mmse: Array
    spread: Array
    prior_entropy: float
    method: NDArray[Any]
    samples: NDArray[np.int64]
    seed: int

    @property
    def entropic_time(self) -> Array:
        """H(X_0|Y)/H(π): 0 where the token is known, 1 where nothing is known of it (0 if H(π) is 0)."""
        return self.entropy / self.prior_entropy if self.prior_entropy > 0 else 0.0 * self.entropy

    def rows(self, *, bits: bool = False) -> list[dict[str, Any]]:
        """One dictionary an r, with plain Python values; standard errors are None without sampling.

        Args:
            bits: whether information and entropies are in bits instead of nats.
        """
        unit = LOG_2 if bits else 1.0
        columns = {
            "r": self.r,
            "information": self.information / unit,
            "entropy": self.entropy / unit,
            "mmse": self.mmse,
            "stderr_information": self.stderr_information / unit,
            "stderr_mmse": self.stderr_mmse,
            "method": self.method,
            "entropic_time": self.entropic_time,
            "log_information": self.log_information - np.log(unit),
            "log_entropy": self.log_entropy - np.log(unit),
            "log_mmse": self.log_mmse,
            "spread": self.spread,
            "samples": self.samples,
        }
        listed = {name: np.atleast_1d(values).ravel().tolist() for name, values in columns.items()}
        rows = []
        for i in range(len(listed["r"])):
            row = {name: values[i] for name, values in listed.items()}
            if row["method"] != "monte-carlo":
                row["stderr_information"] = row["stderr_mmse"] = None
            common = {"prior_entropy": self.prior_entropy / unit, "unit": "bits" if bits else "nats", "seed": self.seed}
            rows.append({"codebook": self.codebook, "K": self.K, "n": self.n, **row, **common})
        return rows
