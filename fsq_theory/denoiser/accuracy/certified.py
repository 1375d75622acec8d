"""The MAP error 1 − A enclosed in balls: bounds that no rounding can have moved past the truth; uniform prior.

Closed forms for codes on a line and products, integrals for one-hot, simplex and ± orthogonal codes, and for any other
listed codebook a lower bound and the union bound.  Beside :mod:`.exact`, :mod:`.bounds` and :mod:`.monte_carlo`, which
compute the same in float64.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb

from ...balls.arithmetic import Ball, ball, ends, less, precision, rational
from ...codebooks.codebook import Codebook
from ...codebooks.exact_points import ExactPoints, check_pairs, exact_points
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.regular import BiorthogonalCodebook, EquidistantCodebook, OneHotCodebook, SimplexCodebook
from ...codebooks.spec import as_codebook
from ...errors import InputError
from .certified_integrals import biorthogonal_error, equidistant_error
from .certified_pairs import bonferroni_bound, tail, union_bound, volume_bound

BITS = 128
PAIR_BITS = 64

METHODS = ("closed form", "integral", "pairs")


@dataclass(frozen=True)
class CertifiedError:
    """An enclosure of the MAP error 1 − A of a codebook under the uniform prior at one r, or over an interval of r.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        r: amplitude ratio α/σ as given.
        lower: exact number in binary, a ball of radius 0, that 1 − A is not below.
        upper: likewise, that it is not above.
        method: ``closed form``, ``integral``, or ``pairs`` (a lower bound and the union bound).
        bits: precision it was computed at.
    """

    codebook: str
    K: int
    n: int
    r: Any
    lower: Ball
    upper: Ball
    method: str
    bits: int

    @property
    def error(self) -> Ball:
        """The ball that contains 1 − A."""
        with precision(self.bits):
            return self.lower.union(self.upper)

    @property
    def log_error(self) -> Ball:
        """A ball that contains log(1 − A); NaN if the lower bound is 0."""
        with precision(self.bits):
            return self.lower.log().union(self.upper.log())

    @property
    def accuracy(self) -> Ball:
        """A ball that contains A."""
        with precision(self.bits):
            return (1 - self.lower).union(1 - self.upper)

    def less_than(self, other: CertifiedError) -> bool | None:
        """Whether this error is less than the other; None where the enclosures do not decide it."""
        if less(self.upper, other.lower):
            return True
        return None if less(self.lower, other.upper) else False

    def row(self) -> dict[str, Any]:
        """The record with plain numbers: ends rounded outwards to float64."""
        low, high = _outwards(self.lower, self.upper)
        with precision(self.bits):
            log_low, log_high = self.lower.log(), self.upper.log()
        return {
            "codebook": self.codebook,
            "K": self.K,
            "n": self.n,
            "r": float(self.r),
            "lower": max(low, 0.0),
            "upper": min(high, 1.0),
            "log_lower": _outwards(log_low, log_low)[0] if self.lower > 0 else -math.inf,
            "log_upper": min(_outwards(log_high, log_high)[1], 0.0),
            "method": f"certified, {self.method}",
            "bits": self.bits,
        }


Enclosure = tuple[Ball, Ball, str]
"""Balls of a lower and of an upper bound, and the method."""


def certified_error(
    codebook: Codebook | str | Iterable[Iterable[Any]] | ExactPoints, r: Any, *, bits: int = BITS
) -> CertifiedError:
    """1 − A = 1 − (1/K) ∫ max_k φ_n(x − r e_k) dx enclosed, noise N(0, 1) a coordinate, uniform prior.

    Over an interval of r the bounds are those of its ends: 1 − A never grows with r, since more noise can be added.

    Args:
        codebook: a codebook or its spec, or rows of exact numbers.  Float64 coordinates are the dyadic numbers that
            they are; one-hot, simplex and biorthogonal codes are the ideal ones at their scale; products are never
            listed, other codebooks must be, up to 8192 tokens.
        r: amplitude ratio α/σ ≥ 0: an exact number, or a ball.
        bits: relative accuracy aimed at, for closed forms and integrals.

    Raises:
        InputError: for a negative or infinite r, an unequal prior, or a codebook too large to list.
    """
    made = codebook if not isinstance(codebook, Codebook | str) else as_codebook(codebook)
    points = made if isinstance(made, ExactPoints | Codebook) else exact_points(made)
    if isinstance(points, Codebook) and not points.is_uniform:
        raise InputError(f"{points.name}: certified errors are for the uniform prior")
    name = points.name
    return _record(name, points.K, points.n, r, bits, lambda rate: _enclose(points, rate, bits))


def certified_fsq_error(levels: Sequence[int], r: Any, *, bits: int = BITS) -> CertifiedError:
    """1 − A = 1 − Π_i [1 − 2(1 − 1/L_i) Φ(−r/(L_i − 1))] of FSQ on the exact grids −1 + 2k/(L_i − 1), enclosed.

    Args:
        levels: L_1, …, L_n, each at least 2.
        r: amplitude ratio α/σ ≥ 0: an exact number, or a ball.
        bits: relative accuracy aimed at.

    Raises:
        InputError: for a negative or infinite r, no levels, or fewer than 2 of them.
    """
    if not levels or min(levels) < 2:
        raise InputError(f"FSQ levels {list(levels)}: expected at least one, each at least 2")
    kinds = {L: levels.count(L) for L in dict.fromkeys(levels)}

    def enclose(rate: Ball) -> Enclosure:
        errors = [(2 * (1 - arb(1) / L) * tail(rate / (L - 1)), count) for L, count in kinds.items()]
        whole = _any(errors)
        return whole, whole, "closed form"

    name = "fsq:" + ",".join(map(str, levels))
    return _record(name, math.prod(levels), len(levels), r, bits, enclose)


def _record(name: str, tokens: int, n: int, r: Any, bits: int, enclose: Any) -> CertifiedError:
    first, last = ends(r) if isinstance(r, arb) and r.is_finite() else (rational(r),) * 2
    if first < 0:
        raise InputError(f"r = {r}: expected an amplitude ratio of at least 0")
    with precision(bits + 32):
        at_most, method = _at(first, tokens, enclose)
        at_least = at_most if last == first else _at(last, tokens, enclose)[0]
        # No error is beyond that of the most probable token always.
        lower = at_least[0].lower().max(arb(0))
        upper = at_most[1].upper().min((1 - arb(1) / tokens).upper())
    return CertifiedError(name, tokens, n, r, lower, upper, method, bits)


def _at(r: Fraction, tokens: int, enclose: Any) -> tuple[tuple[Ball, Ball], str]:
    if r == 0:
        silent = 1 - arb(1) / tokens
        return (silent, silent), "closed form"
    lower, upper, method = enclose(ball(r))
    return (lower, upper), method


def _enclose(codebook: Codebook | ExactPoints, r: Ball, bits: int) -> Enclosure:
    if isinstance(codebook, ProductCodebook):
        parts = [(_enclose(factor, r, bits), count) for factor, count in codebook.groups]
        method = max((part[2] for part, _ in parts), key=METHODS.index)
        lower, upper = (_any([(part[side], count) for part, count in parts]) for side in (0, 1))
        return lower, upper, method
    if isinstance(codebook, EquidistantCodebook):
        # Distance d = s√2 for one-hot codes of scale s, norm √(2K/(K − 1)) for a simplex: ρ = r d/√2.
        K = codebook.K
        if isinstance(codebook, SimplexCodebook):
            rho = r * ball(Fraction(codebook.norm) ** 2 * K / (K - 1)).sqrt()
        else:
            assert isinstance(codebook, OneHotCodebook)
            rho = r * ball(codebook.scale)
        found = equidistant_error(rho, K, bits)
        single = tail(rho / arb(2).sqrt())
        return (found, found, "integral") if found is not None else (single, (K - 1) * single, "pairs")
    if isinstance(codebook, BiorthogonalCodebook):
        rho = r * ball(codebook.norm)
        found = biorthogonal_error(rho, codebook.K, bits)
        single, opposite = tail(rho / arb(2).sqrt()), tail(rho)
        beside = codebook.K - 2
        least = single if beside else opposite
        return (found, found, "integral") if found is not None else (least, beside * single + opposite, "pairs")
    return _enclose_points(codebook if isinstance(codebook, ExactPoints) else exact_points(codebook), r)


def _enclose_points(points: ExactPoints, r: Ball) -> Enclosure:
    axes = points.axes()
    if axes is not None:
        errors = [(_on_line(axis, points.unit, r), 1) for axis in axes if len(axis) > 1]
        whole = _any(errors)
        return whole, whole, "closed form"
    check_pairs(points.K, "an enclosure of the error")
    # The bounds are a few per cent apart where they are at their best: more bits than these would be wasted.
    with precision(PAIR_BITS):
        lower = bonferroni_bound(points, r).max(volume_bound(points, r))
        return lower, union_bound(points, r), "pairs"


def _on_line(values: tuple[int, ...], unit: Fraction, r: Ball) -> Ball:
    """(2/K) Σ_i Φ(−r Δ_i/2) for ascending codes with gaps Δ_i, equal gaps taken once."""
    gaps: dict[int, int] = {}
    for low, high in pairwise(values):
        gaps[high - low] = gaps.get(high - low, 0) + 1
    total = sum((count * tail(r * ball(unit * gap / 2)) for gap, count in gaps.items()), arb(0))
    return 2 * total / len(values)


def _any(errors: Sequence[tuple[Ball, int]]) -> Ball:
    """1 − Π(1 − e_i)^{m_i} to relative accuracy, for e_i the errors of independent decisions, each made m_i times."""
    bounded = [(error.min(arb(1)).max(arb(0)), count) for error, count in errors]
    if any(not (error < 1) for error, _ in bounded):
        survival = arb(1)
        for error, count in bounded:
            survival *= (1 - error) ** count
        return 1 - survival
    return -sum((count * (-error).log1p() for error, count in bounded), arb(0)).expm1()


def _outwards(low: Ball, high: Ball) -> tuple[float, float]:
    """Float64 numbers below and above two balls."""
    return math.nextafter(float(low.lower()), -math.inf), math.nextafter(float(high.upper()), math.inf)
