"""A formula's value at a point of the domain, in numbers: quickly for a search, or carefully to look again."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..arrays import Array
from ..codebooks.distances import distance_statistics
from ..denoiser.accuracy.accuracy import accuracy as package_accuracy
from ..denoiser.information.information import information as package_information
from ..errors import InputError
from . import quantities as q
from .codes import Codes
from .formula import Formula
from .moves import Point, codes_of
from .point_text import point_text
from .quick import Number, known, pair_distances, quick_information, quick_log_error, quick_mmse
from .variables import Codebooks, DomainSymbol, Priors, Real, Specs

ROUNDING = 1e-12
"""Relative to the terms of a margin: what rounding may have done to it."""

CAREFUL_SAMPLES = 2**17


@dataclass(frozen=True)
class Measurer:
    """How quantities are measured.

    Attributes:
        seed: of samples.
        careful: whether by the package's own functions with many samples, or quickly.
    """

    seed: int = 0
    careful: bool = False


@dataclass(frozen=True)
class Margin:
    """A margin in numbers.

    Attributes:
        value: best guess; NaN where the statement is not defined.
        lower: what bounds show it to be at least.
        upper: what bounds show it to be at most.
        error: standard error, numerical error and rounding.
        scale: the sum of its terms' absolute values.
    """

    value: float
    lower: float
    upper: float
    error: float
    scale: float

    @property
    def relative(self) -> float:
        """The value relative to the terms: between −1 and 1."""
        return self.value / self.scale if self.scale > 0 else self.value


def measure(formula: Formula, point: Point, how: Measurer) -> Margin:
    """The formula's value at a point, with errors carried through to first order.

    Raises:
        InputError: if a user's function fails or returns no number, naming the point.
    """
    reals = [float(point[v.name]) for v in formula.reals]
    numbers = [quantity_number(application, point, how) for application in formula.quantities.values()]
    arguments = [*reals, *(number.value for number in numbers)]
    with np.errstate(all="ignore"):
        try:
            terms = [float(term) for term in formula.terms(*arguments)]
            slopes = [float(slope) for slope in formula.slopes(*arguments)] if numbers else []
        except (ArithmeticError, ValueError, TypeError):
            terms, slopes = [math.nan], []
    value, scale = math.fsum(terms) if all(map(math.isfinite, terms)) else math.nan, math.fsum(map(abs, terms))
    lower = upper = value
    variance = (ROUNDING * scale) ** 2
    for slope, number in zip(slopes, numbers, strict=False):
        if slope != 0:
            ends = slope * (number.lower - number.value), slope * (number.upper - number.value)
            lower, upper = lower + min(ends), upper + max(ends)
            variance += (slope * number.error) ** 2
    return Margin(value, lower - ROUNDING * scale, upper + ROUNDING * scale, math.sqrt(variance), scale)


def quantity_number(application: Any, point: Point, how: Measurer) -> Number:
    """One quantity, or one call of a user's function, at a point."""
    if isinstance(application, q.Measurement):
        return _called(application, point, how)
    codes, rest = value_of(application.args[0], point), application.args[1:]
    prior = None
    if rest and isinstance(rest[-1], Priors):
        prior, rest = point[rest[-1].name], rest[:-1]
    if not codes.admissible:
        return Number(math.nan)
    arguments = [_number(argument, point, how) for argument in rest]
    if not all(map(math.isfinite, arguments)) or ("r" in type(application).numbers and arguments[0] < 0):
        return Number(math.nan)  # There is no amplitude ratio below 0.
    return _KINDS[type(application)](codes, arguments, prior, how)


def _number(argument: Any, point: Point, how: Measurer) -> float:
    """An argument of a quantity: mostly a variable, or an expression in several."""
    if isinstance(argument, DomainSymbol):
        return float(point[argument.name])
    return measure(_formula(argument), point, how).value


@lru_cache(maxsize=256)
def _formula(expression: Any) -> Formula:
    return Formula(expression)


def value_of(variable: Any, point: Point) -> Codes:
    """The codes that a codebook variable stands for at a point."""
    value = point[variable.name]
    if isinstance(variable, Specs):
        return codes_of(variable, value)
    assert isinstance(variable, Codebooks)
    assert isinstance(value, Codes)
    return value


def _log_error(codes: Codes, arguments: list[float], prior: Array | None, how: Measurer) -> Number:
    (r,) = arguments
    prior = _own_prior(codes, prior)
    if not how.careful or not r > 0:
        return quick_log_error(codes, r, prior, how.seed)
    book, share = codes.decided(prior)
    if book is None:
        return known(math.log1p(-share), 1e-15)
    found = package_accuracy(book, r, samples=CAREFUL_SAMPLES, rtol=1e-4, seed=how.seed)
    log_error = float(found.log_error)
    spread = float(found.stderr) / max(float(found.error), 1e-300)
    if spread == 0 and found.error > 0:
        spread = max(float(np.log(found.upper) - np.log(found.lower)) / 2, 1e-15)
    if share < 1:
        log_error = math.log((1 - share) + share * math.exp(log_error))
    bound = math.inf if found.method == "monte-carlo" else spread
    return Number(log_error, log_error - bound, log_error + bound, spread)


def _own_prior(codes: Codes, prior: Array | None) -> Array | None:
    return codes.book.prior if prior is None and codes.book is not None and not codes.book.is_uniform else prior


def _through(
    function: Callable[[float], float], slope: Callable[[float], float]
) -> Callable[[Codes, list[float], Array | None, Measurer], Number]:
    """A monotone function of log(1 − A)."""

    def of(codes: Codes, arguments: list[float], prior: Array | None, how: Measurer) -> Number:
        log = _log_error(codes, arguments, prior, how)
        low, high = sorted(function(min(end, 0.0)) for end in (log.lower, log.upper))
        return Number(function(log.value), low, high, abs(slope(log.value)) * log.error)

    return of


def _information(codes: Codes, arguments: list[float], prior: Array | None, how: Measurer) -> Number:
    return _posterior_quantity(codes, arguments, prior, how, "information", quick_information)


def _mmse(codes: Codes, arguments: list[float], prior: Array | None, how: Measurer) -> Number:
    return _posterior_quantity(codes, arguments, prior, how, "mmse", quick_mmse)


def _posterior_quantity(
    codes: Codes,
    arguments: list[float],
    prior: Array | None,
    how: Measurer,
    name: str,
    quick: Callable[[Codes, float, Array | None, int], Number],
) -> Number:
    (r,) = arguments
    prior = _own_prior(codes, prior)
    closed = codes.n == 1 or codes.book is not None
    if not how.careful and not closed:
        return quick(codes, r, prior, how.seed)
    book = codes.merged(prior)
    if book is None:
        return known(0.0)
    found = package_information(book, r, samples=CAREFUL_SAMPLES if how.careful else 4096, seed=how.seed)
    value, stderr = float(getattr(found, name)), float(getattr(found, f"stderr_{name}"))
    return Number(value, error=math.hypot(stderr, float(found.spread) * abs(value)))


def _nn_distance(codes: Codes, arguments: list[float], prior: Array | None, how: Measurer) -> Number:
    if codes.book is not None:
        return known(distance_statistics(codes.book).nn_mean)
    return known(float(pair_distances(codes).min(axis=1).mean()))


def _d_min(codes: Codes, arguments: list[float], prior: Array | None, how: Measurer) -> Number:
    if codes.book is not None:
        return known(distance_statistics(codes.book).d_min)
    return known(float(pair_distances(codes).min()))


def _path_kl(codes: Codes, arguments: list[float], prior: Array | None, how: Measurer) -> Number:
    gamma_eps, gamma_T = arguments
    if codes.book is not None:
        mean_square = distance_statistics(codes.book).mean_square
    else:
        centred = codes.points - codes.points.mean(axis=0)
        mean_square = 2 * float(np.sum(centred**2)) / (codes.K - 1)
    return known(mean_square * (gamma_eps - gamma_T) / 2)


_KINDS: dict[Any, Callable[[Codes, list[float], Array | None, Measurer], Number]] = {
    q.log_error: _log_error,
    q.error: _through(math.exp, math.exp),
    q.accuracy: _through(lambda log: -math.expm1(log), math.exp),
    q.information: _information,
    q.mmse: _mmse,
    q.nn_distance: _nn_distance,
    q.d_min: _d_min,
    q.path_kl: _path_kl,
    q.tokens: lambda codes, *_: known(float(codes.K)),
    q.dimension: lambda codes, *_: known(float(codes.n)),
}


def _called(application: Any, point: Point, how: Measurer) -> Number:
    """What a user's function returns at a point."""
    name = type(application).__name__
    arguments: list[Any] = []
    for argument in application.args:
        value = point.get(argument.name) if isinstance(argument, DomainSymbol) else None
        if isinstance(argument, Specs | Codebooks):
            codes = value_of(argument, point)
            if codes.book is None and (codes.coincident or not codes.admissible):
                return Number(math.nan)  # A codebook of the package's has no two codes alike.
            value = codes.codebook()
        elif value is None or isinstance(argument, Real):
            value = _number(argument, point, how)
        arguments.append(value)
    try:
        result = type(application).function(*arguments)
        if isinstance(result, tuple):
            value, stderr = (float(part) for part in result)
        else:
            value, stderr = float(getattr(result, "value", result)), float(getattr(result, "stderr", 0.0))
    except Exception as error:
        raise InputError(f"{name} failed at {point_text(point)}: {type(error).__name__}: {error}") from error
    if not (math.isfinite(value) and math.isfinite(stderr)):
        what = "NaN" if math.isnan(value) or math.isnan(stderr) else "infinite"
        raise InputError(f"{name} is {what} at {point_text(point)}: expected a finite number everywhere in the domain")
    return Number(value, error=stderr)
