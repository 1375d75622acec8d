"""The record that an accuracy computation returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...arrays import Array


@dataclass(frozen=True)
class Accuracy:
    """Accuracy A of a readout of the optimal denoiser, for each r.

    Arrays have the shape of ``r``; for a scalar r they are NumPy scalars.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        r: amplitude ratio α/σ.
        value: A.
        error: 1 − A, 0 where it underflows.
        log_error: log(1 − A), accurate in relative terms however small 1 − A is.
        stderr: standard error of ``error`` and of ``value``; 0 where there is no sampling.
        lower: lower end of an enclosure of ``error``: rounding and quadrature errors for closed forms and integrals,
            95 % for Monte Carlo, a bound for bounds.
        upper: its upper end.
        method: ``exact``, ``quadrature``, ``monte-carlo`` or ``bounds``.
        estimator: which Monte Carlo estimator, or ''.
        samples: Monte Carlo samples, 0 without sampling.
        seed: of the Monte Carlo samples.
        readout: ``map``, ``soft``, ``top``, ``digit`` or ``rounding``.
        top: m of the ``top`` readout.
    """

    codebook: str
    K: int
    n: int
    r: Array
    value: Array
    error: Array
    log_error: Array
    stderr: Array
    lower: Array
    upper: Array
    method: NDArray[Any]
    estimator: NDArray[Any]
    samples: NDArray[np.int64]
    seed: int
    readout: str
    top: int

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary an r, with plain Python values; ``stderr`` is None without sampling."""
        columns = {
            "r": self.r,
            "accuracy": self.value,
            "error": self.error,
            "log_error": self.log_error,
            "stderr": self.stderr,
            "lower": self.lower,
            "upper": self.upper,
            "method": self.method,
            "samples": self.samples,
            "estimator": self.estimator,
        }
        listed = {name: np.atleast_1d(values).ravel().tolist() for name, values in columns.items()}
        rows = []
        for i in range(len(listed["r"])):
            row: dict[str, Any] = {"codebook": self.codebook, "K": self.K, "n": self.n}
            row |= {name: values[i] for name, values in listed.items()}
            row["stderr"] = row["stderr"] if row["method"] == "monte-carlo" else None
            row["seed"] = self.seed
            row["estimator"] = row.pop("estimator") or None
            row["readout"] = self.readout
            row |= {"top": self.top} if self.readout == "top" else {}
            rows.append(row)
        return rows
