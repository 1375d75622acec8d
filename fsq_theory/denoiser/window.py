"""The decision window: the span of SNR over which the optimal denoiser goes from guessing to knowing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from ..codebooks.codebook import Codebook
from ..codebooks.spec import as_codebook
from ..errors import InputError
from ..seeds import check_seed
from .accuracy.accuracy import accuracy
from .accuracy.record import Accuracy
from .information.information import information, prior_entropy
from .information.record import Information

MEASURES = ("accuracy", "corrected", "information")

SAME_LEVEL = 1e-12
"""Relative difference below which a level counts as reached at SNR 0: rounding of products of priors."""

SLOPE_STEP = 0.05
"""Least width in log r of the difference that gives the slope of a Monte Carlo curve, taken with common noise."""

SAMPLED_PRECISION = 0.05
"""To what part of its standard error the root of a Monte Carlo curve is found, in log r."""

FEWER, LEAST_FEWER = 16, 512
"""Monte Carlo curves are searched with a 16th of the samples, and all of them where that search ended."""

FARTHEST = 1e140
"""r times the largest |coordinate| beyond which every token is known."""


@dataclass(frozen=True)
class DecisionWindow:
    """Where a measure of knowledge passes its two levels; it never falls as SNR rises.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        measure: ``accuracy``, ``corrected`` or ``information``.
        low: level at the lower end.
        high: level at the upper end.
        floor: the measure at SNR 0, where the prior alone decides.
        r_low: amplitude ratio at which the measure reaches ``low``; 0 where it does so at SNR 0 already.
        r_high: amplitude ratio at which it reaches ``high``.
        width: log(γ_high/γ_low) = 2 log(r_high/r_low), nats of SNR; infinite if ``r_low`` alone is 0, 0 if both are.
        stderr_low: standard error of log γ_low; 0 without sampling.
        stderr_high: of log γ_high.
        method: ``exact``, ``quadrature`` or ``monte-carlo``: that of the curve, whose roots are found to 1e-12.
        samples: Monte Carlo samples for each r, 0 without sampling.
        seed: of the samples.
    """

    codebook: str
    K: int
    n: int
    measure: str
    low: float
    high: float
    floor: float
    r_low: float
    r_high: float
    width: float
    stderr_low: float
    stderr_high: float
    method: str
    samples: int
    seed: int

    @property
    def snr_low(self) -> float:
        """γ at the lower end."""
        return self.r_low**2

    @property
    def snr_high(self) -> float:
        """γ at the upper end."""
        return self.r_high**2

    @property
    def snr_db_low(self) -> float:
        """10 log10 γ at the lower end; −inf at SNR 0."""
        return decibels(self.r_low)

    @property
    def snr_db_high(self) -> float:
        """10 log10 γ at the upper end."""
        return decibels(self.r_high)

    @property
    def width_db(self) -> float:
        """The width in dB, 10/log 10 times that in nats."""
        return self.width * 10 / math.log(10)

    @property
    def stderr_width(self) -> float:
        """At most the standard error of ``width``: both ends see the same noise, so that their errors may add up."""
        return self.stderr_low + self.stderr_high

    def row(self) -> dict[str, Any]:
        """The record with what follows from it, plain Python values; standard errors are None without sampling."""
        sampled = self.method == "monte-carlo"
        return {
            "codebook": self.codebook,
            "K": self.K,
            "n": self.n,
            "measure": self.measure,
            "low": self.low,
            "high": self.high,
            "floor": self.floor,
            "r_low": self.r_low,
            "r_high": self.r_high,
            "snr_low": self.snr_low,
            "snr_high": self.snr_high,
            "snr_db_low": self.snr_db_low,
            "snr_db_high": self.snr_db_high,
            "width": self.width,
            "width_db": self.width_db,
            "stderr_low": self.stderr_low if sampled else None,
            "stderr_high": self.stderr_high if sampled else None,
            "stderr_width": self.stderr_width if sampled else None,
            "method": self.method,
            "samples": self.samples,
            "seed": self.seed,
        }


def decibels(r: float) -> float:
    """SNR in dB of an amplitude ratio, 20 log10 r; −inf at 0."""
    return 20 * math.log10(r) if r > 0 else -math.inf


@dataclass(frozen=True)
class _Point:
    """A curve relative to its level at one r: log of their ratio, its standard error, and how it was found."""

    excess: float
    stderr: float
    method: str
    samples: int


def decision_window(
    codebook: Codebook | str,
    low: float = 0.1,
    high: float = 0.9,
    measure: str = "accuracy",
    *,
    samples: int = 65536,
    seed: int = 0,
) -> DecisionWindow:
    """The SNRs at which the optimal denoiser's knowledge of the token passes ``low`` and ``high``.

    Y = r e_k + ε, k ~ π, ε ~ N(0, I_n), γ = r².  Measures, none of which falls as γ rises (data processing):
    ``accuracy``, A(r) of MAP decisions, whose log SNR between 10 % and 90 % is the usual width; ``corrected`` for
    chance, (A − A(0))/(1 − A(0)); ``information``, I(r)/H(π).  Since A(0) = max π, small codebooks may hold the lower
    level at SNR 0 already: then ``r_low`` is 0 and the width infinite, and one of the other measures says more.

    The curve is that of :func:`.accuracy` or :func:`.information`: exact to rounding or by quadrature where those are,
    otherwise Monte Carlo with the same noise at every r.  Roots are found by Brent's method in log r.  Standard errors
    of the ends are those of the curve divided by its slope.

    Args:
        codebook: codes and prior, or a spec of them.
        low: the lower level, above 0.
        high: the upper level, above ``low`` and below 1.
        measure: ``accuracy``, ``corrected`` or ``information``.
        samples: Monte Carlo samples for each r.
        seed: of the noise.

    Raises:
        InputError: for levels that are not 0 < low < high < 1, or an unknown measure.
        TooLargeError: where the curve would have to list a codebook that is too large.
    """
    book = as_codebook(codebook)
    if measure not in MEASURES:
        raise InputError(f"measure {measure!r}: expected one of {', '.join(MEASURES)}")
    if not 0 < low < high < 1:
        raise InputError(f"low = {low:g}, high = {high:g}: expected 0 < low < high < 1")
    check_seed(seed)
    floor = 0.0 if measure != "accuracy" else book.max_prior
    known = prior_entropy(book) <= 0
    ends = []
    curve = _measured(book, measure, seed)
    for level in (low, high):
        if known or floor >= level * (1 - SAME_LEVEL):
            ends.append((0.0, 0.0, "exact", 0))
            continue
        ends.append(_end(_relative(book, measure, level, curve), 1 / book.linf, samples))
    r_low, r_high = ends[0][0], ends[1][0]
    methods = [end[2] for end in ends]
    return DecisionWindow(
        codebook=book.name,
        K=book.K,
        n=book.n,
        measure=measure,
        low=float(low),
        high=float(high),
        floor=1.0 if known else floor,
        r_low=r_low,
        r_high=r_high,
        width=2 * math.log(r_high / r_low) if r_low > 0 else math.inf if r_high > 0 else 0.0,
        stderr_low=ends[0][1],
        stderr_high=ends[1][1],
        method=next(name for name in ("monte-carlo", "quadrature", "exact") if name in methods),
        samples=max(end[3] for end in ends),
        seed=seed,
    )


def _measured(codebook: Codebook, measure: str, seed: int) -> Callable[[float, int], Accuracy | Information]:
    """(r, samples) → what is measured there, each once, for both ends."""

    @cache
    def measured(r: float, samples: int) -> Accuracy | Information:
        if measure == "information":
            return information(codebook, r, samples=samples, seed=seed)
        return accuracy(codebook, r, samples=samples, seed=seed)

    return measured


def _relative(
    codebook: Codebook, measure: str, level: float, measured: Callable[[float, int], Accuracy | Information]
) -> Callable[[float, int], _Point]:
    """How far the measure is above a level, as the log of a ratio of whichever of it and its complement is less."""
    if measure == "information":
        whole = math.log(prior_entropy(codebook))

        def of_information(r: float, samples: int) -> _Point:
            found = cast(Information, measured(r, samples))
            if level <= 0.5:
                excess = float(found.log_information) - math.log(level) - whole
            else:
                excess = math.log1p(-level) + whole - float(found.log_entropy)
            size = float(found.information if level <= 0.5 else found.entropy)
            return _point(excess, float(found.stderr_information), size, str(found.method), int(found.samples))

        return of_information
    chance = accuracy(codebook, 0.0) if measure == "corrected" else None
    guessed = 0.0 if chance is None else float(chance.value)
    log_wrong = math.log1p(-level) + (0.0 if chance is None else float(chance.log_error))
    log_right = math.log(guessed + level * (1 - guessed))

    def of_accuracy(r: float, samples: int) -> _Point:
        found = cast(Accuracy, measured(r, samples))
        if log_right < log_wrong:
            value = float(found.value)
            excess = math.log(value) - log_right if value > 0 else -math.inf
        else:
            value = float(found.error)
            excess = log_wrong - float(found.log_error)
        return _point(excess, float(found.stderr), value, str(found.method), int(found.samples))

    return of_accuracy


def _point(excess: float, stderr: float, size: float, method: str, samples: int) -> _Point:
    return _Point(excess, stderr / size if size > 0 else 0.0, method, samples)


def _end(curve: Callable[[float, int], _Point], scale: float, samples: int) -> tuple[float, float, str, int]:
    """(root r, standard error of log γ there, method, samples) of a rising curve; ``scale`` is where the search starts.

    A Monte Carlo curve is searched with few samples first; all of them are taken around the root found with those.
    """
    from scipy.optimize import brentq

    def at(log_r: float, number: int) -> _Point:
        return curve(math.exp(log_r), number)

    def excess(log_r: float, number: int) -> float:
        return min(1e3, max(-1e3, at(log_r, number).excess))

    def root(low: float, high: float, number: int, precision: float) -> float:
        return float(brentq(excess, low, high, (number,), xtol=precision, rtol=1e-14, maxiter=200))

    start, step, farthest = math.log(scale), math.log(4), math.log(scale * FARTHEST)
    fewer = min(samples, max(LEAST_FEWER, samples // FEWER))
    low, high = _bracket(lambda log_r: excess(log_r, fewer), start, step, farthest)
    if "monte-carlo" in (at(low, fewer).method, at(high, fewer).method):
        first = root(low, high, fewer, SLOPE_STEP / 10)
        low, high = _bracket(lambda log_r: excess(log_r, samples), first, SLOPE_STEP, farthest)
    spread = _spread(at(low, samples), at(high, samples), high - low)
    precision = 1e-14 if spread == 0 else max(1e-14, SAMPLED_PRECISION * min(spread / 2, 1e-2))
    log_r = root(low, high, samples, precision)
    points = [at(log_r, samples), at(low, samples), at(high, samples)]
    sampled = [point.samples for point in points if point.method == "monte-carlo"]
    if not sampled:
        return math.exp(log_r), 0.0, points[0].method, 0
    return math.exp(log_r), spread, "monte-carlo", max(sampled)


def _bracket(excess: Callable[[float], float], here: float, step: float, farthest: float) -> tuple[float, float]:
    """Two log r between which a curve passes 0.

    It is below 0 as r → 0 and above 0 as r → ∞, so that doubling the step always finds a bracket.
    """
    rising = excess(here) < 0
    while True:
        beyond = min(here + step, farthest) if rising else here - step
        if (excess(beyond) >= 0) == rising:
            return min(here, beyond), max(here, beyond)
        here, step = beyond, 2 * step


def _spread(low: _Point, high: _Point, width: float) -> float:
    """Standard error of log γ at a root between two points, from the curve's slope; infinite where that is unknown."""
    rise = high.excess - low.excess
    return 2 * max(low.stderr, high.stderr) * width / rise if 0 < rise < math.inf else math.inf
