"""The front of the accuracy computations: any codebook, any r, one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...arrays import Array
from ...codebooks.codebook import Codebook, ProductCodebook
from ...errors import InputError
from ...logspace import log1mexp, log_any
from . import exact
from .bounds import ErrorBounds, error_bounds
from .record import Accuracy

if TYPE_CHECKING:
    from .sampling import Estimate

READOUTS = ("map", "soft", "top", "digit", "rounding")
METHODS = ("auto", "exact", "mc", "bounds")

NEGLIGIBLE_SNR = 1e-18
"""r times the codebook's width below which A differs from its value at SNR 0 by less than rounding."""

BEYOND_RANGE = 1e100
"""r above which every error's logarithm is below −1e190: treated like infinite SNR."""


def accuracy(
    codebook: Codebook,
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

    The MAP accuracy is ∫ max_k π_k φ_n(x − r e_k) dx.  Exact, quadrature or Monte Carlo, as the record's ``method``
    says; 1 − A keeps its relative accuracy at any SNR (1e-12 in closed forms).

    Args:
        codebook: the codes and their prior; products are never listed where the mathematics factorises.
        r: amplitude ratio α/σ in units of noise standard deviation 1 a coordinate, ≥ 0, possibly infinite; any shape.
        readout: ``map`` (the most probable token), ``soft`` (E[p(k|Y)]), ``top`` (k among the ``top`` most probable),
            ``digit`` (mean accuracy of the coordinates, for products of the factors, of the MAP decision), ``rounding``
            (every coordinate to the nearest value that occurs).
        top: m ≥ 1, for the readout ``top``.
        method: ``auto`` takes a closed form or one-dimensional integral where there is one and Monte Carlo elsewhere;
            ``exact`` refuses to sample; ``mc`` always samples; ``bounds`` encloses the MAP error between the best of
            the lower bounds and the union bound, which is then reported as ``error``.
        estimator: of Monte Carlo, see :mod:`.monte_carlo`.
        rtol: Monte Carlo stops when the standard error falls below rtol × error.
        samples: most Monte Carlo samples for each r.
        seed: of all randomness; equal seeds give common random numbers.

    Raises:
        InputError: for a negative or NaN r, unknown names, or ``exact`` where there is no closed form.
        TooLargeError: where a codebook would have to be listed and is too large.
    """
    grid, rates = _check_grid(r)
    _check_options(readout, top, method, rtol, samples)
    if method == "bounds" and readout != "map":
        raise InputError(f"method 'bounds' with readout {readout!r}: bounds are for the readout map")
    columns = _Columns(len(rates))
    width = 2 * codebook.linf * np.sqrt(codebook.n)
    silent = rates * width <= NEGLIGIBLE_SNR
    if readout in ("digit", "rounding"):
        # These have limits as r → 0 that no formula at r = 0 gives.
        usable = np.where(silent, NEGLIGIBLE_SNR / width, rates)
        inside = rates < BEYOND_RANGE
    else:
        usable, inside = rates, ~silent & (rates < BEYOND_RANGE)
        columns.set_silent(silent, _log_accuracy_at_zero(codebook, readout, top))
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

    def set_silent(self, where: NDArray[np.bool_], log_accuracy: float) -> None:
        self.log_accuracy[where] = log_accuracy
        self.log_error[where] = log1mexp(np.float64(log_accuracy))
        self.log_lower[where] = self.log_error[where] - 4 * exact.EPS
        self.log_upper[where] = np.minimum(self.log_error[where] + 4 * exact.EPS, 0.0)

    def set_evaluation(self, where: NDArray[np.int64], found: exact.Evaluation) -> None:
        self.log_error[where], self.log_accuracy[where] = found.log_error, found.log_accuracy
        self.log_lower[where] = found.log_error - found.spread
        self.log_upper[where] = np.minimum(found.log_error + found.spread, 0.0)
        self.method[where] = found.method

    def set_bounds(self, where: NDArray[np.int64], bounds: ErrorBounds) -> None:
        upper = np.minimum(bounds.upper + exact.rounding_of_sum(bounds.upper), 0.0)
        lower = np.minimum(bounds.lower, bounds.upper)
        self.log_error[where] = self.log_upper[where] = upper
        self.log_lower[where] = lower - exact.rounding_of_sum(np.maximum(lower, np.finfo(float).min))
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


def _check_grid(r: ArrayLike) -> tuple[Array, Array]:
    grid = np.array(r, dtype=np.float64)
    flat = grid.ravel()
    if np.any(np.isnan(flat) | (flat < 0)):
        bad = flat[np.isnan(flat) | (flat < 0)][0]
        raise InputError(f"r = {bad:g}: expected an amplitude ratio of at least 0")
    return grid, flat


def _check_options(readout: str, top: int, method: str, rtol: float | None, samples: int) -> None:
    if readout not in READOUTS:
        raise InputError(f"readout {readout!r}: expected one of {', '.join(READOUTS)}")
    if method not in METHODS:
        raise InputError(f"method {method!r}: expected one of {', '.join(METHODS)}")
    if top < 1:
        raise InputError(f"top = {top}: expected at least 1")
    if samples < 1:
        raise InputError(f"samples = {samples}: expected at least 1")
    if rtol is not None and not rtol > 0:
        raise InputError(f"rtol = {rtol:g}: expected a number above 0")


def _log_accuracy_at_zero(codebook: Codebook, readout: str, top: int) -> float:
    """Log of A at SNR 0: the prior alone decides."""
    if readout == "map" or (readout == "top" and top == 1):
        if isinstance(codebook, ProductCodebook):
            return float(sum(count * np.log(factor.max_prior) for factor, count in codebook.groups))
        return float(np.log(codebook.max_prior))
    if readout == "soft" and isinstance(codebook, ProductCodebook):
        return sum(count * _log_accuracy_at_zero(factor, "soft", 1) for factor, count in codebook.groups)
    if codebook.is_uniform:
        return float(min(np.log(top) - np.log(codebook.K), 0.0)) if readout == "top" else float(-np.log(codebook.K))
    if readout == "soft":
        return float(np.log(np.sum(codebook.prior**2)))
    return float(min(np.log(np.sum(np.sort(codebook.prior)[-top:])), 0.0))


@dataclass(frozen=True)
class TokenAccuracy:
    """MAP accuracy given each of some tokens.

    Attributes:
        codebook: its name.
        tokens: which tokens.
        r: amplitude ratios, shape (R,).
        value: A_k, shape (R, tokens).
        error: 1 − A_k.
        log_error: log(1 − A_k), accurate in relative terms.
        method: ``exact`` or ``quadrature``.
    """

    codebook: str
    tokens: tuple[int, ...]
    r: Array
    value: Array
    error: Array
    log_error: Array
    method: str


def token_accuracy(codebook: Codebook, r: ArrayLike, tokens: ArrayLike | None = None) -> TokenAccuracy:
    """A_k = P(argmax_j p(j|Y) = k | k): MAP accuracy given each token, where a closed form or integral gives it.

    Args:
        codebook: one-dimensional, planar, equidistant or biorthogonal (uniform prior), or a product of such.
        r: amplitude ratios, positive and finite, any shape (flattened).
        tokens: which tokens, 0-based; all by default.

    Raises:
        InputError: for other codebooks and for r that is 0, negative, infinite or NaN.
        TooLargeError: if all tokens are asked for and there are too many.
    """
    _, rates = _check_grid(r)
    if np.any((rates == 0) | ~np.isfinite(rates)):
        raise InputError("r: accuracy by token expects positive finite amplitude ratios")
    chosen = codebook.check_tokens(np.arange(len(codebook.prior)) if tokens is None else tokens)
    log_error, method = _token_log_errors(codebook, rates, chosen)
    return TokenAccuracy(
        codebook.name, tuple(chosen), rates, np.exp(log1mexp(log_error)), np.exp(log_error), log_error, method
    )


def _token_log_errors(codebook: Codebook, r: Array, tokens: list[int]) -> tuple[Array, str]:
    if not isinstance(codebook, ProductCodebook):
        log_error, method = exact.token_log_error(codebook, r)
        return log_error[:, tokens], method
    digits = codebook.digits(tokens)
    tables = {factor: exact.token_log_error(factor, r) for factor in set(codebook.factors)}
    columns = [tables[factor][0][:, digits[:, i]] for i, factor in enumerate(codebook.factors)]
    method = "exact" if all(m == "exact" for _, m in tables.values()) else "quadrature"
    return np.asarray(log_any(np.stack(columns, axis=-1))[1]), method
