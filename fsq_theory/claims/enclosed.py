"""A formula's value at a point of the domain, in balls: what it certainly is, rounding included.

The point is taken as it is printed: a real number is an exact fraction, a coordinate the number that its double holds.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
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

NEARLY = 1e-9
"""Relative difference, far above rounding, up to which floating point does not tell which of two codes is nearer."""


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
        distinct = _distinct(codes)
        share = ball(Fraction(len(distinct), codes.K))  # Of tokens with the same code one is decided for.
        if len(distinct) == 1:
            return 1 - share
        found = certified_error(distinct, r * _scale(codes), bits=bits)
        return 1 - share * (1 - found.lower.union(found.upper))
    return found.lower.union(found.upper)


def _distinct(codes: Codes) -> Any:
    """The distinct codes as drawn: what :func:`_scale` multiplies."""
    if codes.constraint not in ("rms", "energy"):
        return codes.groups[0]
    assert codes.raw is not None
    return Codes(codes.raw).groups[0]


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


def _nearest(codes: Codes) -> list[Ball]:
    """min_{j≠i} ‖e_i − e_j‖ of each token: floating point says which codes may be nearest, balls how near they are."""
    if codes.K > MOST_TOKENS:
        raise NoBall(f"distances between {codes.K} codes are not enclosed")
    distances, scale = pair_distances(codes), _scale(codes)
    raw = codes.points if codes.raw is None or codes.constraint == "linf" else codes.raw
    exact = [[ball(float(x)) for x in row] for row in raw]
    found = []
    for i, row in enumerate(distances):
        reach = row.min() * (1 + NEARLY) + NEARLY * float(np.abs(raw).max())
        squares = [
            sum(((a - b) ** 2 for a, b in zip(exact[i], exact[j], strict=True)), ball(0))
            for j in np.flatnonzero(row <= reach)
        ]
        found.append(reduce(lambda a, b: a.min(b), squares).sqrt() * scale)
    return found


def _nn_distance(codes: Codes, arguments: list[Ball], bits: int) -> Ball:
    return sum(_nearest(codes), ball(0)) / codes.K


def _d_min(codes: Codes, arguments: list[Ball], bits: int) -> Ball:
    return reduce(lambda a, b: a.min(b), _nearest(codes))


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
