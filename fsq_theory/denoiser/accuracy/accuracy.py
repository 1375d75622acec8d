"""The front of the accuracy computations: any codebook, any r, one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...arrays import Array
from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.spec import as_codebook
from ...errors import InputError
from ...logspace import log1mexp, log_any
from ...seeds import check_seed
from ..settings import BEYOND_RANGE, check_choice, check_ratios, check_sampling
from . import exact
from .bounds import ErrorBounds, error_bounds
from .record import Accuracy
from .sampling import ESTIMATORS

if TYPE_CHECKING:
    from .sampling import Estimate

READOUTS = ("map", "soft", "top", "digit", "rounding")
METHODS = ("auto", "exact", "mc", "bounds")

NEGLIGIBLE_SNR = 1e-18
"""r times the codebook's width below which A differs from its value at SNR 0 by less than rounding."""


def accuracy(
    codebook: Codebook | str,
    r: ArrayLike,
    *,
    readout: str = "map",
    top: int = 1,
    method: str = "auto",
    estimator: str = "auto",
    rtol: float | None = None,
    samples: int = 65536,
    seed: int = 0,
) -> Accuracy:
    """A = P(readout(Y) = k) for Y = r e_k + ε, k ~ π, ε ~ N(0, I_n): how often the optimal denoiser finds the token.

    The MAP accuracy is ∫ max_k π_k φ_n(x − r e_k) dx, the measure of [P26].  Exact, quadrature or Monte Carlo,
    as the record's ``method`` says; 1 − A keeps its relative accuracy at any SNR (1e-12 in closed forms).

    Args:
        codebook: codes and prior, or a spec of them; products are never listed where the mathematics factorises.
        r: amplitude ratio α/σ, for noise of standard deviation 1 a coordinate; ≥ 0, possibly infinite; any shape.
        readout: ``map`` (the most probable token), ``soft`` (E[p(k|Y)]), ``top`` (k among the ``top`` most probable),
            ``digit`` (mean accuracy of the coordinates, for products of the factors, of the MAP decision), ``rounding``
            (every coordinate to the nearest value that occurs).
        top: m ≥ 1, for the readout ``top``.
        method: ``auto`` takes a closed form or one-dimensional integral where there is one and Monte Carlo elsewhere;
            ``exact`` refuses to sample; ``mc`` always samples; ``bounds`` encloses the MAP error between the best of
            the lower bounds and the union bound, which is then reported as ``error``.
        estimator: of Monte Carlo: ``auto``, or one of :data:`.sampling.ESTIMATORS`.
        rtol: Monte Carlo stops when the standard error falls below rtol × error.
        samples: Monte Carlo samples for each r, rounded up to whole batches; at most 1e8.
        seed: of all randomness; equal seeds give common random numbers.

    Raises:
        InputError: for a negative or NaN r, unknown names, or ``exact`` where there is no closed form.
        TooLargeError: where a codebook would have to be listed and is too large.
    """
    codebook = as_codebook(codebook)
    grid, rates = check_ratios(r)
    check_seed(seed)
    _check_options(readout, top, method, estimator, rtol, samples)
    if method == "bounds" and readout != "map":
        raise InputError(f"method 'bounds' with readout {readout!r}: bounds are for the readout map")
    columns = _Columns(len(rates))
    width = 2 * codebook.linf * np.sqrt(codebook.n)
    silent = rates * width <= NEGLIGIBLE_SNR
    near = rates < BEYOND_RANGE / codebook.linf
    if readout in ("digit", "rounding"):
        # These have limits as r → 0 that no formula at r = 0 gives.
        usable = np.where(silent, NEGLIGIBLE_SNR / width, rates)
        inside = near
    else:
        usable, inside = rates, ~silent & near
        columns.set_silent(silent, *_at_zero(codebook, readout, top))
    where = np.flatnonzero(inside)
    if len(where) and method == "bounds":
        columns.set_bounds(where, error_bounds(codebook, usable[where]))
    elif len(where):
        found = None if method == "mc" else exact.evaluate(codebook, usable[where], readout, top)
        if found is not None:
            columns.set_evaluation(where, found)
        elif method == "exact":
            raise InputError(
                f"method 'exact': no closed form or one-dimensional integral for the {readout} readout of"
                f" {codebook.name} (K = {codebook.K}, n = {codebook.n}); accepted: auto, mc, bounds"
            )
        else:
            from .monte_carlo import estimate

            for i in where:
                one = estimate(
                    codebook,
                    float(usable[i]),
                    readout=readout,
                    top=top,
                    estimator=estimator,
                    samples=samples,
                    rtol=rtol,
                    seed=seed,
                )
                columns.set_estimate(i, one)
    return columns.record(codebook, grid, seed, readout, top)


class _Columns:
    """The columns of a record while they are filled; at first every row is that of infinite SNR."""

    def __init__(self, count: int) -> None:
        self.log_accuracy = np.zeros(count)
        self.log_error = np.full(count, -np.inf)
        self.log_lower = np.full(count, -np.inf)
        self.log_upper = np.full(count, -np.inf)
        self.log_stderr = np.full(count, -np.inf)
        self.samples = np.zeros(count, dtype=np.int64)
        self.method = np.full(count, "exact", dtype=object)
        self.estimator = np.full(count, "", dtype=object)

    def set_silent(self, where: NDArray[np.bool_], log_accuracy: float, log_error: float) -> None:
        self.log_accuracy[where], self.log_error[where] = log_accuracy, log_error
        self.log_lower[where] = self.log_error[where] - 4 * exact.EPS
        self.log_upper[where] = np.minimum(self.log_error[where] + 4 * exact.EPS, 0.0)

    def set_evaluation(self, where: NDArray[np.int64], found: exact.Evaluation) -> None:
        self.log_error[where], self.log_accuracy[where] = found.log_error, found.log_accuracy
        self.log_lower[where] = found.log_error - found.spread
        self.log_upper[where] = np.minimum(found.log_error + found.spread, 0.0)
        self.method[where] = found.method

    def set_bounds(self, where: NDArray[np.int64], bounds: ErrorBounds) -> None:
        upper = np.minimum(bounds.log_upper + exact.rounding_of_sum(bounds.log_upper), 0.0)
        lower = np.minimum(bounds.log_lower, bounds.log_upper)
        self.log_error[where] = self.log_upper[where] = upper
        self.log_lower[where] = lower - exact.rounding_of_sum(lower)
        self.log_accuracy[where] = log1mexp(upper)
        self.method[where] = "bounds"

    def set_estimate(self, i: np.int64, found: Estimate) -> None:
        self.log_error[i], self.samples[i] = found.log_error, found.samples
        self.log_accuracy[i] = log1mexp(np.float64(found.log_error))
        self.log_lower[i], self.log_upper[i] = found.log_lower, found.log_upper
        self.log_stderr[i] = found.log_stderr
        self.method[i], self.estimator[i] = "monte-carlo", found.estimator

    def record(self, codebook: Codebook, grid: Array, seed: int, readout: str, top: int) -> Accuracy:
        def shaped(column: NDArray[Any]) -> Any:
            return column.reshape(grid.shape)[()]

        return Accuracy(
            codebook=codebook.name,
            K=codebook.K,
            n=codebook.n,
            r=grid[()],
            value=shaped(np.exp(self.log_accuracy)),
            error=shaped(np.exp(self.log_error)),
            log_error=shaped(self.log_error),
            stderr=shaped(np.exp(self.log_stderr)),
            lower=shaped(np.exp(self.log_lower)),
            upper=shaped(np.exp(self.log_upper)),
            method=shaped(self.method),
            estimator=shaped(self.estimator),
            samples=shaped(self.samples),
            seed=seed,
            readout=readout,
            top=top,
        )


def _check_options(readout: str, top: int, method: str, estimator: str, rtol: float | None, samples: int) -> None:
    check_choice("readout", readout, READOUTS)
    check_choice("method", method, METHODS)
    check_choice("estimator", estimator, ("auto", *ESTIMATORS))
    if top < 1:
        raise InputError(f"top = {top}: expected at least 1")
    check_sampling(samples, rtol)


def _at_zero(codebook: Codebook, readout: str, top: int) -> tuple[float, float]:
    """(log A, log(1 − A)) at SNR 0, where the prior alone decides."""
    if isinstance(codebook, ProductCodebook) and (readout != "top" or top == 1):
        parts = [(_at_zero(factor, readout, top), count) for factor, count in codebook.groups]
        log_accuracy = sum(count * part[0] for part, count in parts)
        counts = np.array([count for _, count in parts], dtype=float)
        return float(log_accuracy), float(log_any(np.array([part[1] for part, _ in parts]), counts)[1])
    if codebook.is_uniform:
        share = min(top, codebook.K) if readout == "top" else 1
        log_accuracy = float(np.log(share) - np.log(codebook.K))
        return log_accuracy, float(np.log(codebook.K - share) - np.log(codebook.K)) if share < codebook.K else -np.inf
    prior = np.sort(codebook.prior)
    share = min(top, codebook.K) if readout == "top" else 1
    accuracy = float(np.sum(prior**2)) if readout == "soft" else float(np.sum(prior[-share:]))
    error = float(np.sum(prior * (1 - prior))) if readout == "soft" else float(np.sum(prior[:-share]))
    return float(np.log(accuracy)), float(np.log(error)) if error > 0 else -np.inf
