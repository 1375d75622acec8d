"""Stiffness of the probability-flow ODE: the largest eigenvalue of γ·Cov(X_0|X), its Jacobian in log r."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import Array
from ..codebooks.array_codebook import ArrayCodebook
from ..codebooks.codebook import Codebook
from ..codebooks.diameter import diameter
from ..codebooks.product_codebook import ProductCodebook
from ..codebooks.recognition import as_product
from ..codebooks.regular import BiorthogonalCodebook, EquidistantCodebook
from ..codebooks.span import affine_coordinates
from ..codebooks.spec import as_codebook
from ..errors import InputError
from ..seeds import check_seed
from .accuracy.sampling import standard_error
from .digit_stiffness import largest_variance, mean_of_largest, variance_law
from .information.information import information
from .posterior_covariance import sampled_eigenvalues

METHODS = ("auto", "exact", "mc")

MOST_SAMPLES = 10**8

WINDOW_SAMPLES = 1024
"""The span that is searched need not be known well."""

SEARCH_NUMBERS, LEAST_SEARCH = 2**20, 128
"""Samples × tokens with which the search for the stiffest r looks at one r; its fewest samples."""


@dataclass(frozen=True)
class Stiffness:
    """λ = the largest eigenvalue of γ·Cov(X_0|X), dimensionless, for each r.

    Arrays have the shape of ``r``; for a scalar r they are NumPy scalars.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        r: amplitude ratio α/σ.
        mean: E λ over the law of X at that r.
        stderr: its standard error; 0 without sampling.
        spread: estimate of the relative error of the integral; 0 for Monte Carlo.
        largest: the largest λ found: over all x by optimisation without sampling, over the samples otherwise.  At
            most the supremum.
        bound: an upper bound of λ at every x, γ·diam²/4 (Popoviciu), of a product the largest of its factors'.
        method: ``exact``, ``quadrature`` or ``monte-carlo``.
        samples: Monte Carlo samples, 0 without sampling.
        seed: of the samples.
    """

    codebook: str
    K: int
    n: int
    r: Array
    mean: Array
    stderr: Array
    spread: Array
    largest: Array
    bound: Array
    method: NDArray[Any]
    samples: NDArray[np.int64]
    seed: int

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary an r, with plain Python values; ``stderr`` is None without sampling."""
        columns = {
            "r": self.r,
            "mean": self.mean,
            "stderr": self.stderr,
            "spread": self.spread,
            "largest": self.largest,
            "bound": self.bound,
            "method": self.method,
            "samples": self.samples,
        }
        listed = {name: np.atleast_1d(values).ravel().tolist() for name, values in columns.items()}
        rows = []
        for i in range(len(listed["r"])):
            row = {"codebook": self.codebook, "K": self.K, "n": self.n} | {key: v[i] for key, v in listed.items()}
            row["stderr"] = row["stderr"] if row["method"] == "monte-carlo" else None
            rows.append(row | {"seed": self.seed})
        return rows


@dataclass(frozen=True)
class _Value:
    mean: float
    stderr: float
    spread: float
    largest: float
    method: str
    samples: int


def stiffness(
    codebook: Codebook | str, r: ArrayLike, *, method: str = "auto", samples: int = 8192, seed: int = 0
) -> Stiffness:
    """λ_max(γ·Cov(X_0|X)): how fast the probability-flow ODE can change, in units of log r.

    With Y = X/σ the flow is dY/dr = x̂_0(Y, r), and ∂x̂_0/∂Y = r Cov(X_0|Y), so that d(δY)/d log r = γ Cov(X_0|Y) δY:
    explicit solvers need steps in log r of at most about 2/λ.  For codes on the line E λ = γ·MMSE; for products of such
    codes λ is the largest of independent digits', whose law is tabulated by quadrature; elsewhere Monte Carlo.

    Args:
        codebook: codes and prior, or a spec of them; products are never listed.
        r: amplitude ratio α/σ, for noise of standard deviation 1 a coordinate; ≥ 0, possibly infinite; any shape.
        method: ``auto`` integrates for products of one-dimensional codes and samples elsewhere; ``exact`` refuses to
            sample; ``mc`` always samples.
        samples: Monte Carlo samples for each r, the same noise at every r.
        seed: of all randomness.

    Raises:
        InputError: for a negative or NaN r, an unknown method, ``exact`` for other codebooks, or bad settings.
        TooLargeError: where a codebook without structure is too large to list.
    """
    book = as_codebook(codebook)
    grid = np.array(r, dtype=np.float64)
    if np.any(np.isnan(grid) | (grid < 0)):
        raise InputError(f"r = {grid[np.isnan(grid) | (grid < 0)][0]:g}: expected an amplitude ratio of at least 0")
    if method not in METHODS:
        raise InputError(f"method {method!r}: expected one of {', '.join(METHODS)}")
    if not 2 <= samples <= MOST_SAMPLES:
        raise InputError(f"samples = {samples}: expected at least 2 and at most {MOST_SAMPLES}")
    check_seed(seed)
    digits = None if method == "mc" else _digits(book)
    if method == "exact" and digits is None:
        raise InputError(f"method 'exact': {book.name} is no product of one-dimensional codes; accepted: auto, mc")
    width = _widest(book)
    rows = []
    for rate in grid.ravel().tolist():
        with np.errstate(over="ignore"):
            bound = float(np.square(np.float64(rate) * width / 2)) if width > 0 else 0.0
        if rate == 0 or width == 0 or bound == math.inf:
            # At infinite SNR the token is known at almost every x, and only at the others is λ infinite.
            rows.append((_Value(0.0, 0.0, 0.0, bound, "exact", 0), bound))
        elif digits is not None:
            rows.append((_integrated(digits, rate, bound), bound))
        else:
            rows.append((_drawn(book, rate, bound, samples, seed), bound))

    def column(values: list[Any], dtype: Any = np.float64) -> Any:
        return np.array(values, dtype=dtype).reshape(grid.shape)[()]

    found = [value for value, _ in rows]
    return Stiffness(
        codebook=book.name,
        K=book.K,
        n=book.n,
        r=grid[()],
        mean=column([value.mean for value in found]),
        stderr=column([value.stderr for value in found]),
        spread=column([value.spread for value in found]),
        largest=column([value.largest for value in found]),
        bound=column([bound for _, bound in rows]),
        method=column([value.method for value in found], object),
        samples=column([value.samples for value in found], np.int64),
        seed=seed,
    )


def stiffest(codebook: Codebook | str, *, samples: int = 4096, seed: int = 0) -> Stiffness:
    """The r at which the mean stiffness E λ_max(γ·Cov(X_0|X)) is largest, and the stiffness there (a scalar record).

    The search covers three times beyond the SNRs at which accuracy, corrected for chance, passes 2 % and 98 %, on a
    grid in log r and then by Brent's method from its largest value.  With sampling the place is as uncertain as the
    curve is flat: the same noise is used at every r.

    Args:
        codebook: codes and prior, or a spec of them.
        samples: Monte Carlo samples at the peak, where the law of the eigenvalue is sampled.
        seed: of all randomness.

    Raises:
        TooLargeError: where a codebook without structure is too large to list.
    """
    from scipy.optimize import minimize_scalar

    from .window import decision_window

    book = as_codebook(codebook)
    window = decision_window(book, 0.02, 0.98, "corrected", samples=min(samples, WINDOW_SAMPLES), seed=seed)
    if window.r_high == 0:
        return stiffness(book, 0.0, seed=seed)

    # Large codebooks cost the most: fewer samples find the place, all of them measure it.
    listed = 1 if isinstance(book, ProductCodebook) else book.K
    fewer = min(samples, max(LEAST_SEARCH, SEARCH_NUMBERS // listed))

    def softness(log_r: float) -> float:
        return -float(_mean_at(book, math.exp(log_r), fewer, seed))

    low, high = math.log(window.r_low / 3), math.log(3 * window.r_high)
    grid = np.linspace(low, high, max(12, math.ceil(3 * (high - low))))
    values = [softness(x) for x in grid.tolist()]
    best = int(np.argmin(values))
    around = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)])
    sampled = _digits(book) is None
    found = minimize_scalar(softness, bounds=around, method="bounded", options={"xatol": 1e-2 if sampled else 1e-6})
    log_r = float(found.x) if found.fun <= values[best] else float(grid[best])
    return stiffness(book, math.exp(log_r), samples=samples, seed=seed)


def _mean_at(codebook: Codebook, r: float, samples: int, seed: int) -> float:
    """The mean alone, without the search for the largest value."""
    digits = _digits(codebook)
    if digits is None:
        return float(sampled_eigenvalues(codebook, r, samples, seed).mean())
    return _mean_of_digits(digits, r)[0]


def _widest(codebook: Codebook) -> float:
    """The diameter of the codes that can occur; of a product, that of its widest factor."""
    if isinstance(codebook, ProductCodebook):
        return max(_widest(factor) for factor, _ in codebook.groups)
    kept = None if codebook.is_uniform else codebook.prior > 0
    if kept is not None and int(kept.sum()) == 1:
        return 0.0
    if isinstance(codebook, EquidistantCodebook):
        return codebook.distance
    if isinstance(codebook, BiorthogonalCodebook) and kept is None:
        return 2 * codebook.norm
    product = as_product(codebook)
    if product is not None:
        return _widest(product)
    points = codebook.points if kept is None else codebook.points[kept]
    return float(np.ptp(points)) if points.shape[1] == 1 else diameter(points)


def _digits(codebook: Codebook) -> list[tuple[Array, Array, int]] | None:
    """(points, prior, count) of the one-dimensional codes that a codebook is a product of; None for any other."""
    if isinstance(codebook, ProductCodebook):
        found = []
        for factor, count in codebook.groups:
            inner = _digits(factor)
            if inner is None:
                return None
            found += [(points, prior, count * times) for points, prior, times in inner]
        return found
    if not isinstance(codebook, ArrayCodebook):
        return None
    coordinates = affine_coordinates(codebook.points, most=1)
    if coordinates is not None:
        return [(coordinates[:, 0], codebook.prior, 1)]
    product = as_product(codebook)
    return None if product is None else _digits(product)


def _mean_of_digits(digits: list[tuple[Array, Array, int]], r: float) -> tuple[float, float]:
    """(E λ, estimate of its relative error)."""
    if len(digits) == 1 and digits[0][2] == 1:
        points, prior, _ = digits[0]
        found = information(ArrayCodebook(points[:, None], prior), r)
        return math.exp(2 * math.log(r) + float(found.log_mmse)), float(found.spread)
    counts = [count for _, _, count in digits]
    fine, coarse = (
        mean_of_largest([variance_law(points, prior, r, halved) for points, prior, _ in digits], counts)
        for halved in (False, True)
    )
    return fine, abs(fine - coarse) / fine if fine > 0 else 0.0


def _integrated(digits: list[tuple[Array, Array, int]], r: float, bound: float) -> _Value:
    mean, spread = _mean_of_digits(digits, r)
    largest = max(largest_variance(points, prior, r) for points, prior, _ in digits)
    return _Value(mean, 0.0, spread, min(largest, bound), "quadrature", 0)


def _drawn(codebook: Codebook, r: float, bound: float, samples: int, seed: int) -> _Value:
    values = sampled_eigenvalues(codebook, r, samples, seed)
    # One more sample at half the bound is added: large values may be too rare to have been seen.
    stderr = bound * standard_error(values / bound)
    return _Value(float(values.mean()), stderr, 0.0, min(float(values.max()), bound), "monte-carlo", samples)
