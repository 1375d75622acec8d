"""Which closed form, integral, cells or bounds enclose the MAP error of a codebook at one exact r."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from flint import arb

from ...balls.arithmetic import Ball, ball, precision, rational
from ...codebooks.codebook import Codebook
from ...codebooks.exact_points import ExactPoints, check_pairs, exact_points
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.regular import (
    BiorthogonalCodebook,
    EquidistantCodebook,
    OneHotCodebook,
    PskCodebook,
    SimplexCodebook,
)
from ...errors import InputError
from .certified_competitors import unequal_equidistant, unequal_union
from .certified_integrals import biorthogonal_error, equidistant_error, psk_error, unequal_equidistant_error
from .certified_line import gap_error, line_error
from .certified_pairs import bonferroni_bound, tail, union_bound, volume_bound
from .certified_planar import MOST_CELLS, planar_error
from .certified_prior import probabilities, tree_bound, weights
from .certified_span import Line, Plane, span

PAIR_BITS = 64

METHODS = ("closed form", "integral", "cells", "pairs")
"""Ways to an enclosure, those that give fewer digits later; only that of ``pairs`` does not narrow with more bits."""

Enclosure = tuple[Ball, Ball, str]
"""Balls of a lower and of an upper bound, and the method."""


def enclose(codebook: Codebook | ExactPoints, shares: Sequence[Fraction] | None, r: Fraction, bits: int) -> Enclosure:
    """Balls of a lower and of an upper bound of 1 − A at a positive r; ``shares`` are the prior of exact points."""
    if isinstance(codebook, ProductCodebook):
        parts = [(enclose(factor, None, r, bits), count) for factor, count in codebook.groups]
        method = max((part[2] for part, _ in parts), key=METHODS.index)
        lower, upper = (any_error([(part[side], count) for part, count in parts]) for side in (0, 1))
        return lower, upper, method
    if isinstance(codebook, ExactPoints):
        return _enclose_points(codebook, shares, r, bits)
    if isinstance(codebook, EquidistantCodebook):
        return _enclose_equidistant(codebook, ball(r), bits)
    if codebook.is_uniform and isinstance(codebook, BiorthogonalCodebook | PskCodebook):
        return _enclose_regular(codebook, ball(r), bits)
    return _enclose_points(exact_points(codebook), _prior_of(codebook), r, bits)


def _enclose_equidistant(codebook: EquidistantCodebook, r: Ball, bits: int) -> Enclosure:
    """Ideal one-hot or simplex codes, any prior."""
    # Distance d = s√2 for one-hot codes of scale s, norm √(2K/(K − 1)) for a simplex: ρ = r d/√2.
    if isinstance(codebook, SimplexCodebook):
        rho = r * ball(Fraction(codebook.norm) ** 2 * codebook.K / (codebook.K - 1)).sqrt()
    else:
        assert isinstance(codebook, OneHotCodebook)
        rho = r * ball(codebook.scale)
    prior = _prior_of(codebook)
    sent = [share for share in prior or () if share]
    tokens = len(sent) if prior else codebook.K
    if tokens == 1:
        return arb(0), arb(0), "closed form"
    if prior and normalised(sent, tokens):
        found = unequal_equidistant_error(rho, sent, bits)
        if found is not None:
            return found, found, "integral"
        with precision(PAIR_BITS):
            return *unequal_equidistant(rho / arb(2).sqrt(), sent), "pairs"
    found = equidistant_error(rho, tokens, bits)
    single = tail(rho / arb(2).sqrt())
    return (found, found, "integral") if found is not None else (single, (tokens - 1) * single, "pairs")


def _enclose_regular(codebook: BiorthogonalCodebook | PskCodebook, r: Ball, bits: int) -> Enclosure:
    """Ideal codes of the formula that the codebook stands for, uniform prior."""
    if isinstance(codebook, PskCodebook):
        found = psk_error(r * ball(codebook.radius), codebook.K, bits)
        return found, found, "integral"
    rho, beside = r * ball(codebook.norm), codebook.K - 2
    if not beside:
        # Two codes at distance 2ρ: an integral would be to the accuracy of codes at distance √2ρ.
        return tail(rho), tail(rho), "closed form"
    whole = biorthogonal_error(rho, codebook.K, bits)
    single, opposite = tail(rho / arb(2).sqrt()), tail(rho)
    return (whole, whole, "integral") if whole is not None else (single, beside * single + opposite, "pairs")


def _enclose_points(points: ExactPoints, shares: Sequence[Fraction] | None, r: Fraction, bits: int) -> Enclosure:
    if shares is not None:
        sent = [k for k, share in enumerate(shares) if share]
        if len(sent) == 1:
            return arb(0), arb(0), "closed form"
        points = ExactPoints(points.name, tuple(points.rows[k] for k in sent), points.unit)
        return _enclose_sent(points, normalised([shares[k] for k in sent], len(sent)), r, bits)
    return _enclose_sent(points, None, r, bits)


def _enclose_sent(points: ExactPoints, prior: Sequence[Fraction] | None, r: Fraction, bits: int) -> Enclosure:
    """Codes that are all sent, ``prior`` being None if they are so equally often."""
    axes = points.axes() if prior is None else None
    if axes is not None:
        errors = [(gap_error(axis, points.unit**2, ball(r)), 1) for axis in axes if len(axis) > 1]
        whole = any_error(errors)
        return whole, whole, "closed form"
    where = span(points)
    if isinstance(where, Line) and prior is None:
        whole = gap_error(sorted(where.places), where.square, ball(r))
        return whole, whole, "closed form"
    if isinstance(where, Line) and prior is not None:
        near = weights(prior, bits + 32)
        above = line_error(where, r, probabilities(prior), near.values)
        return above * near.share, above, "closed form"
    if isinstance(where, Plane) and points.K <= MOST_CELLS:
        if prior is None:
            whole = planar_error(where, r, None, None, bits)
            return whole, whole, "cells"
        near = weights(prior, bits + 32)
        above = planar_error(where, r, probabilities(prior), near.values, bits)
        return above * near.share, above, "cells"
    # The bounds are a few per cent apart where they are at their best: more bits than these would be wasted.
    with precision(PAIR_BITS):
        if prior is not None:
            return tree_bound(points, prior, ball(r)), unequal_union(points, prior, ball(r)), "pairs"
        check_pairs(points.K, "an enclosure of the error")
        lower = bonferroni_bound(points, ball(r)).max(volume_bound(points, ball(r)))
        return lower, union_bound(points, ball(r)), "pairs"


def any_error(errors: Sequence[tuple[Ball, int]]) -> Ball:
    """1 − Π(1 − e_i)^{m_i} to relative accuracy, for e_i the errors of independent decisions, each made m_i times."""
    bounded = [(error.min(arb(1)).max(arb(0)), count) for error, count in errors]
    if any(not (error < 1) for error, _ in bounded):
        survival = arb(1)
        for error, count in bounded:
            survival *= (1 - error) ** count
        return 1 - survival
    return -sum((count * (-error).log1p() for error, count in bounded), arb(0)).expm1()


def largest_prior(codebook: Codebook | ExactPoints, shares: Sequence[Fraction] | None) -> Fraction:
    """max_k π_k, exactly."""
    if isinstance(codebook, ProductCodebook):
        return math.prod((largest_prior(factor, None) ** count for factor, count in codebook.groups), start=Fraction(1))
    own = shares if isinstance(codebook, ExactPoints) else _prior_of(codebook)
    return Fraction(1, codebook.K) if own is None else max(own)


def _prior_of(codebook: Codebook) -> Sequence[Fraction] | None:
    """π of a codebook that is no product, exactly; None if it is uniform."""
    return None if codebook.is_uniform else normalised([rational(p) for p in codebook.prior.tolist()], codebook.K)


def normalised(values: Sequence[Fraction], tokens: int) -> Sequence[Fraction] | None:
    """The values divided by their sum; None if they are equal."""
    if len(values) != tokens or min(values) < 0 or not any(values):
        raise InputError(f"prior of {len(values)} numbers: expected {tokens}, none below 0 and not all 0")
    total = sum(values)
    return None if len(set(values)) == 1 else [value / total for value in values]
