"""A formula's value at a point of the domain, in balls: what it certainly is, rounding included.

The point is taken as it is printed: a real number is an exact fraction, a coordinate the number that its double holds.
Of reference codebooks FSQ is the exact grid, and others are as :mod:`.meant` knows them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ..balls.arithmetic import Ball, ball, interval, precision
from ..balls.expressions import enclose
from ..codebooks.exact_points import check_pairs, exact_points
from ..codebooks.product_codebook import ProductCodebook
from ..denoiser.accuracy.certified import certified_error, certified_fsq_error
from . import quantities as q
from .codes import Codes
from .formula import Formula
from .meant import equal_distance_square, fsq_levels, listed_tokens, points_of, slack
from .measured import value_of
from .moves import Point
from .variables import DomainSymbol, Priors

BITS = 128


class NoBall(Exception):
    """A quantity that has no enclosure, at this point or at all."""


def enclosed(formula: Formula, point: Point, bits: int = BITS) -> Ball:
    """A ball that contains the formula's value, or all its values where a real variable is an interval (low, high).

    Raises:
        NoBall: where there is none; the message says of what.
    """
    with precision(bits):
        values: dict[Any, Ball] = {v: real_ball(point[v.name]) for v in formula.reals}
        for symbol, application in formula.quantities.items():
            values[symbol] = quantity_ball(application, point, bits)
        return enclose(formula.skeleton, values, bits)


def real_ball(value: Any) -> Ball:
    """A ball around an exact number, or over an interval (low, high)."""
    return interval(*value) if isinstance(value, tuple) else ball(value)


def quantity_ball(application: Any, point: Point, bits: int = BITS) -> Ball:
    """One quantity in balls; raises :class:`NoBall`."""
    kind = type(application)
    if kind not in _KINDS:
        raise NoBall(f"{kind.__name__} has no enclosure")
    codes, rest = value_of(application.args[0], point), application.args[1:]
    if rest and isinstance(rest[-1], Priors):
        raise NoBall(f"{kind.__name__} under a prior has no enclosure")
    arguments = [
        real_ball(point[a.name]) if isinstance(a, DomainSymbol) else enclosed(Formula(a), point, bits) for a in rest
    ]
    return _KINDS[kind](codes, arguments, bits)


def _error(codes: Codes, arguments: list[Ball], bits: int) -> Ball:
    (r,) = arguments
    if codes.book is not None:
        if not codes.book.is_uniform:
            raise NoBall(f"the error of {codes.book.name} under its prior has no enclosure")
        levels = fsq_levels(codes.book)
        if levels:
            return certified_fsq_error(levels, r, bits=bits).error
        # |ΔA| ≤ (1/K) Σ_k ∫|φ(x − r e_k) − φ(x − r e'_k)| dx ≤ 2rδ/√(2π) where every code moves by at most δ.
        listed = listed_tokens(codes.book) > 0 and not isinstance(codes.book, ProductCodebook)
        found = certified_error(points_of(codes.book) if listed else codes.book, r, bits=bits)
        return found.error + _within(r * ball(slack(codes.book)) * ball(0.8125))
    distinct = _drawn(codes).groups[0]
    share = ball(Fraction(len(distinct), codes.K))  # Of tokens with the same code one is decided for.
    if len(distinct) == 1:
        return 1 - share
    return 1 - share * (1 - certified_error(distinct.tolist(), r * _scale(codes), bits=bits).error)


def _log_error(codes: Codes, arguments: list[Ball], bits: int) -> Ball:
    error = _error(codes, arguments, bits)
    if not error > 0:
        raise NoBall("an error that may be 0 has no logarithm")
    return error.log()


def _within(reach: Any) -> Ball:
    """A ball around 0 that contains all numbers of at most this size; exactly 0 for 0."""
    most = ball(reach)
    return most.union(-most)


def _slack(codes: Codes) -> Fraction:
    """How far each code may be from the one that is meant; codes that were drawn are meant as they are."""
    return slack(codes.book) if codes.book is not None else Fraction(0)


def _drawn(codes: Codes) -> Codes:
    """The codes as drawn: what :func:`_scale` multiplies."""
    return Codes(codes.raw) if codes.constraint in ("rms", "energy") else codes


def _scale(codes: Codes) -> Ball:
    """What the codes as drawn are multiplied by so that they meet their constraint exactly."""
    if codes.constraint not in ("rms", "energy"):
        return ball(1)
    mean_square = _scatter(_drawn(codes)) / codes.K / (codes.n if codes.constraint == "rms" else 1)
    if not mean_square > 0:
        raise NoBall("codes that all coincide cannot be scaled")
    return 1 / mean_square.sqrt()


def _scatter(codes: Codes) -> Ball:
    """Σ_k ‖e_k − ē‖²."""
    total = ball(0)
    for column in codes.points.T:
        values = [ball(float(x)) for x in column]
        mean = sum(values, ball(0)) / codes.K
        total += sum(((x - mean) ** 2 for x in values), ball(0))
    return total


def _nearest_squares(codes: Codes) -> list[tuple[Fraction, int]]:
    """min_{j≠i} ‖e_i − e_j‖², each with the number of tokens that have it; (2/(L − 1))² of FSQ's finest axis."""
    if codes.book is not None:
        levels, equal = fsq_levels(codes.book), equal_distance_square(codes.book)
        if levels:
            equal = Fraction(2, max(levels) - 1) ** 2
        if equal is not None:
            return [(equal, codes.K)]
    distinct, index = _drawn(codes).groups
    copies = np.bincount(index)
    if len(distinct) == 1:
        return [(Fraction(0), codes.K)]
    points = exact_points(distinct.tolist())
    check_pairs(points.K, "a distance")
    squares = zip(points.nearest_squares, copies, strict=True)
    return [(points.unit**2 * square if count == 1 else Fraction(0), int(count)) for square, count in squares]


def _nn_distance(codes: Codes, arguments: list[Ball], bits: int) -> Ball:
    total = sum((ball(square).sqrt() * count for square, count in _nearest_squares(codes)), ball(0))
    return total * _scale(codes) / codes.K + _within(2 * _slack(codes))


def _d_min(codes: Codes, arguments: list[Ball], bits: int) -> Ball:
    least = min(square for square, _ in _nearest_squares(codes))
    return ball(least).sqrt() * _scale(codes) + _within(2 * _slack(codes))


def _path_kl(codes: Codes, arguments: list[Ball], bits: int) -> Ball:
    gamma_eps, gamma_T = arguments
    levels = None if codes.book is None else fsq_levels(codes.book)
    equal = None if codes.book is None else equal_distance_square(codes.book)
    if levels:
        total = codes.K * ball(sum(Fraction(L + 1, 3 * (L - 1)) for L in levels))
    elif equal is not None:
        total = ball(equal * (codes.K - 1) / 2)
    else:
        total = _scatter(_drawn(codes)) * _scale(codes) ** 2
    moved = ball(codes.K).sqrt() * ball(_slack(codes))  # |ΔS| ≤ 2√S √K δ + K δ²
    total += _within(2 * total.sqrt() * moved + moved**2)
    return total / (codes.K - 1) * (gamma_eps - gamma_T)


_KINDS: dict[Any, Any] = {
    q.error: _error,
    q.log_error: _log_error,
    q.accuracy: lambda codes, arguments, bits: 1 - _error(codes, arguments, bits),
    q.nn_distance: _nn_distance,
    q.d_min: _d_min,
    q.path_kl: _path_kl,
    q.tokens: lambda codes, arguments, bits: ball(codes.K),
    q.dimension: lambda codes, arguments, bits: ball(codes.n),
}
"""Quantities that have balls."""


def has_balls(formula: Formula) -> bool:
    """Whether every quantity of a formula may have a ball."""
    return all(
        type(application) in _KINDS and not any(isinstance(a, Priors) for a in application.args)
        for application in formula.quantities.values()
    )
