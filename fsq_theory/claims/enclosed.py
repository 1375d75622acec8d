"""A formula's value at a point of the domain, in balls: what it certainly is, rounding included.

The point is taken as it is printed: a real number is an exact fraction, a coordinate the number that its double holds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..balls.arithmetic import Ball, ball, precision
from ..balls.expressions import enclose
from ..denoiser.accuracy.certified import certified_error
from . import quantities as q
from .codes import Codes
from .formula import Formula
from .measured import value_of
from .moves import Point
from .quick import pair_distances
from .variables import DomainSymbol, Priors

BITS = 128

MOST_TOKENS = 2048
"""Codes between which distances are taken one by one."""


class NoBall(Exception):
    """A quantity that has no enclosure, at this point or at all."""


def enclosed(formula: Formula, point: Point, bits: int = BITS) -> Ball:
    """A ball that contains the formula's value.

    Raises:
        NoBall: where there is none; the message says of what.
    """
    with precision(bits):
        values: dict[Any, Ball] = {v: ball(point[v.name]) for v in formula.reals}
        for symbol, application in formula.quantities.items():
            values[symbol] = quantity_ball(application, point, bits)
        return enclose(formula.skeleton, values, bits)


def quantity_ball(application: Any, point: Point, bits: int = BITS) -> Ball:
    """One quantity in balls; raises :class:`NoBall`."""
    kind = type(application)
    if kind not in _KINDS:
        raise NoBall(f"{kind.__name__} has no enclosure")
    codes, rest = value_of(application.args[0], point), application.args[1:]
    if rest and isinstance(rest[-1], Priors):
        raise NoBall(f"{kind.__name__} under a prior has no enclosure")
    arguments = [
        ball(point[a.name]) if isinstance(a, DomainSymbol) else enclosed(Formula(a), point, bits) for a in rest
    ]
    return _KINDS[kind](codes, arguments, bits)


def _error(codes: Codes, arguments: list[Ball], bits: int) -> Ball:
    (r,) = arguments
    if codes.book is not None:
        if not codes.book.is_uniform:
            raise NoBall(f"the error of {codes.book.name} under its prior has no enclosure")
        found = certified_error(codes.book, r, bits=bits)
    else:
        if codes.coincident:
            raise NoBall("codes that coincide have no enclosure")
        found = certified_error(codes.raw, r * _scale(codes), bits=bits)
    return found.lower.union(found.upper)


def _log_error(codes: Codes, arguments: list[Ball], bits: int) -> Ball:
    error = _error(codes, arguments, bits)
    if not error > 0:
        raise NoBall("an error that may be 0 has no logarithm")
    return error.log()


def _scale(codes: Codes) -> Ball:
    """What the codes as drawn are multiplied by so that they meet their constraint exactly."""
    if codes.constraint not in ("rms", "energy"):
        return ball(1)
    assert codes.raw is not None
    total = ball(0)
    for column in codes.raw.T:
        values = [ball(float(x)) for x in column]
        mean = sum(values, ball(0)) / codes.K
        total += sum(((x - mean) ** 2 for x in values), ball(0))
    mean_square = total / codes.K / (codes.n if codes.constraint == "rms" else 1)
    if not mean_square > 0:
        raise NoBall("codes that all coincide cannot be scaled")
    return 1 / mean_square.sqrt()


def _distances(codes: Codes) -> tuple[Any, Ball]:
    """Distances between the codes as drawn in float64, and a ball around 1 times which each of them is right.

    A difference is rounded once, as are its square, each sum and the root: n + 3 roundings of 2^−53 each, doubled.
    """
    if codes.K > MOST_TOKENS:
        raise NoBall(f"distances between {codes.K} codes are not enclosed")
    drawn = Codes(codes.points if codes.raw is None else codes.raw)
    found = pair_distances(drawn)
    smallest = float(found.min())
    if smallest < 1e-140 and smallest != 0:
        raise NoBall("distances this small may have underflowed")
    slack = ball(2 * (codes.n + 3)) * ball(2.0**-53)
    return found, (ball(1) + slack.union(-slack)) * _scale(codes)


def _nn_distance(codes: Codes, arguments: list[Ball], bits: int) -> Ball:
    distances, factor = _distances(codes)
    nearest = distances.min(axis=1)
    return (
        sum(
            (ball(float(x)) * int(count) for x, count in zip(*np.unique(nearest, return_counts=True), strict=True)),
            ball(0),
        )
        * factor
        / codes.K
    )


def _d_min(codes: Codes, arguments: list[Ball], bits: int) -> Ball:
    distances, factor = _distances(codes)
    return ball(float(distances.min())) * factor


def _path_kl(codes: Codes, arguments: list[Ball], bits: int) -> Ball:
    gamma_eps, gamma_T = arguments
    total = ball(0)
    for column in (codes.points if codes.raw is None else codes.raw).T:
        values = [ball(float(x)) for x in column]
        mean = sum(values, ball(0)) / codes.K
        total += sum(((x - mean) ** 2 for x in values), ball(0))
    return total * _scale(codes) ** 2 / (codes.K - 1) * (gamma_eps - gamma_T)


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
