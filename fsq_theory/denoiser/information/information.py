"""The front of the information computations: any codebook, any r, one record."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...arrays import Array
from ...codebooks.array_codebook import ArrayCodebook
from ...codebooks.codebook import Codebook
from ...codebooks.prior_entropy import prior_entropy as prior_entropy
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.regular import EquidistantCodebook
from ...codebooks.spec import as_codebook
from ...errors import InputError
from ...logspace import LOG_2, logsumexp
from ...seeds import check_seed
from ..settings import BEYOND_RANGE, check_choice, check_ratios, check_sampling
from . import exact
from .evaluation import Evaluation
from .record import Information

if TYPE_CHECKING:
    from .estimate import MonteCarloEstimate

METHODS = ("auto", "exact", "mc")


def information(
    codebook: Codebook | str,
    r: ArrayLike,
    *,
    method: str = "auto",
    samples: int = 65536,
    rtol: float | None = None,
    seed: int = 0,
) -> Information:
    """I(X_0; Y) = H(π) − H(X_0|Y), H(X_0|Y) and MMSE = E‖X_0 − x̂_0‖² for Y = r e_k + ε, k ~ π, ε ~ N(0, I_n); nats.

    dI/dγ = ½ MMSE with γ = r² [GSV05].  Quadrature or Monte Carlo, as the record's ``method`` says.

    Args:
        codebook: codes and prior, or a spec of them; products are never listed.
        r: amplitude ratio α/σ, for noise of standard deviation 1 a coordinate; ≥ 0, possibly infinite; any shape.
        method: ``auto`` takes low-dimensional integrals where they exist and Monte Carlo elsewhere; ``exact`` refuses
            to sample; ``mc`` always samples.
        samples: Monte Carlo samples for each r.
        rtol: Monte Carlo stops when both relative standard errors fall below it.
        seed: of all randomness; the same noise at every r.

    Raises:
        InputError: for a negative or NaN r, unknown names, or ``exact`` where there is no integral.
        TooLargeError: where a codebook would have to be listed and is too large.
    """
    codebook = as_codebook(codebook)
    grid, rates = check_ratios(r)
    check_choice("method", method, METHODS)
    check_sampling(samples, rtol)
    check_seed(seed)
    whole = prior_entropy(codebook)
    columns = _Columns(len(rates), _log(whole))
    columns.set_silent(rates == 0, _log(whole), _log_variance(codebook))
    where = np.flatnonzero((rates > 0) & (rates < BEYOND_RANGE / codebook.linf))
    if len(where):
        found = None if method == "mc" else exact.evaluate(codebook, rates[where])
        if found is not None:
            columns.set_evaluation(where, found)
        elif method == "exact":
            raise InputError(
                f"method 'exact': no low-dimensional integral for {codebook.name} (K = {codebook.K}, n = {codebook.n});"
                " accepted: auto, mc"
            )
        else:
            from .monte_carlo import estimate

            for i in where.tolist():
                columns.set_estimate(i, estimate(codebook, float(rates[i]), samples=samples, rtol=rtol, seed=seed))
    return columns.record(codebook, grid, whole, seed)


class _Columns:
    """The columns of a record while they are filled; at first every row is that of infinite SNR."""

    def __init__(self, count: int, log_whole: float) -> None:
        self.log_information = np.full(count, log_whole)
        self.log_entropy = np.full(count, -np.inf)
        self.log_mmse = np.full(count, -np.inf)
        self.stderr_information = np.zeros(count)
        self.stderr_mmse = np.zeros(count)
        self.spread = np.zeros(count)
        self.samples = np.zeros(count, dtype=np.int64)
        self.method = np.full(count, "exact", dtype=object)

    def set_silent(self, where: NDArray[np.bool_], log_whole: float, log_variance: float) -> None:
        self.log_information[where] = -np.inf
        self.log_entropy[where], self.log_mmse[where] = log_whole, log_variance

    def set_evaluation(self, where: NDArray[np.int64], found: Evaluation) -> None:
        self.log_information[where], self.log_entropy[where] = found.log_information, found.log_entropy
        self.log_mmse[where], self.spread[where], self.method[where] = found.log_mmse, found.spread, found.method

    def set_estimate(self, i: int, found: MonteCarloEstimate) -> None:
        self.log_information[i], self.log_entropy[i] = found.log_information, found.log_entropy
        self.log_mmse[i] = found.log_mmse
        self.stderr_information[i], self.stderr_mmse[i] = found.stderr_information, found.stderr_mmse
        self.samples[i], self.method[i] = found.samples, "monte-carlo"

    def record(self, codebook: Codebook, grid: Array, whole: float, seed: int) -> Information:
        def shaped(column: NDArray[Any]) -> Any:
            return column.reshape(grid.shape)[()]

        with np.errstate(over="ignore"):
            information, entropy, mmse = map(np.exp, (self.log_information, self.log_entropy, self.log_mmse))
        return Information(
            codebook=codebook.name,
            K=codebook.K,
            n=codebook.n,
            r=grid[()],
            information=shaped(information),
            log_information=shaped(self.log_information),
            entropy=shaped(entropy),
            log_entropy=shaped(self.log_entropy),
            mmse=shaped(mmse),
            log_mmse=shaped(self.log_mmse),
            stderr_information=shaped(self.stderr_information),
            stderr_mmse=shaped(self.stderr_mmse),
            spread=shaped(self.spread),
            prior_entropy=whole,
            method=shaped(self.method),
            samples=shaped(self.samples),
            seed=seed,
        )


def _log_variance(codebook: Codebook) -> float:
    """log E‖X_0 − E X_0‖²: the MMSE at SNR 0."""
    if isinstance(codebook, ProductCodebook):
        parts = [_log_variance(factor) + math.log(count) for factor, count in codebook.groups]
        return float(logsumexp(np.array(parts)))
    if isinstance(codebook, EquidistantCodebook) and not codebook.is_uniform:
        # Σ π_k (1 − π_k) d²/2, with 1 − π of the largest as the sum of the others.
        ascending = np.sort(codebook.prior)
        rest = np.append(1 - ascending[:-1], ascending[:-1].sum())
        return _log(float(ascending @ rest)) + 2 * math.log(codebook.distance) - LOG_2
    if isinstance(codebook, ArrayCodebook):
        gaps = codebook.points - codebook.points[np.argmax(codebook.prior)]
        scale = float(np.abs(gaps).max())
        gaps = gaps / scale
        squares = np.einsum("kn,kn->k", gaps - codebook.prior @ gaps, gaps - codebook.prior @ gaps)
        return _log(float(codebook.prior @ squares)) + 2 * math.log(scale)
    return _log(codebook.centred().energy)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf
