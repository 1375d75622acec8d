"""Divergences between two path measures enclosed in balls: of N(0, 1) from N(d, 1), as in :mod:`.divergences`.

Each function takes d² as an exact number ≥ 0, a ball, or an :class:`.Enclosure` (twice that of a path KL, say) and
returns an enclosure to a relative accuracy of ``bits`` where d² is exact, however small or large it is; over a range of
d² the ends are those of its ends, since all are monotone.  In nats where that has a meaning.  Each raises
:class:`InputError` for a d² that may be negative, or is not finite.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import arb

from ..balls.arithmetic import Ball, ball, ends, precision, rational
from ..balls.enclosure import Enclosure, between, check_bits
from ..denoiser.information.certified_line import Line, information_and_entropy
from ..errors import InputError

BITS = 128
GUARD = 32


def kl(d_squared: Any, bits: int = BITS) -> Enclosure:
    """KL(P‖Q) = d²/2, nats; the same both ways."""
    return renyi(d_squared, 1, bits)


def jeffreys(d_squared: Any, bits: int = BITS) -> Enclosure:
    """Jeffreys divergence, KL(P‖Q) + KL(Q‖P) = d², nats."""
    return renyi(d_squared, 2, bits)


def renyi(d_squared: Any, order: Any, bits: int = BITS) -> Enclosure:
    """Rényi divergence of an order a > 0, a d²/2, nats; order 1 is KL.

    Raises:
        InputError: for an order that is no exact number above 0.
    """
    exact = rational(order)
    if exact <= 0:
        raise InputError(f"Rényi order {order}: expected a finite number above 0")
    return _monotone(d_squared, bits, lambda x: ball(exact * x / 2))


def bhattacharyya(d_squared: Any, bits: int = BITS) -> Enclosure:
    """Bhattacharyya distance, −log ∫ √(dP dQ) = d²/8, nats."""
    return _monotone(d_squared, bits, lambda x: ball(x / 8))


def squared_hellinger(d_squared: Any, bits: int = BITS) -> Enclosure:
    """Squared Hellinger distance, 1 − ∫ √(dP dQ) = 1 − e^{−d²/8}, from 0 to 1."""
    return _monotone(d_squared, bits, lambda x: -ball(-x / 8).expm1(), most=1)


def total_variation(d_squared: Any, bits: int = BITS) -> Enclosure:
    """Total variation, sup |P − Q| = 2Φ(d/2) − 1 = erf(d/√8), from 0 to 1."""
    return _monotone(d_squared, bits, lambda x: ball(x / 8).sqrt().erf(), most=1)


def pair_error(kl: Any, bits: int = BITS) -> Enclosure:
    """Φ(−√(KL/2)) = (1 − TV)/2: the error of telling two equally probable tokens apart, from their path KL = d²/2.

    With the unpinned path KL at SNR r² it is Φ(−r‖e_i − e_j‖/2), the term of the pair in the union bound on 1 − A.
    """

    def error(x: Fraction) -> Ball:
        value = ball(x / 4)
        if x < 1:
            return value.sqrt().erfc() / 2
        return (-value).exp() * _tail_factor(value) / 2

    return _monotone(kl, bits, error, most=Fraction(1, 2), what="KL")


def log_overlap(d_squared: Any, bits: int = BITS) -> Enclosure:
    """log(1 − TV) = log 2Φ(−d/2); (1 − TV)/2 is the Bayes error of P against Q."""

    def logarithm(x: Fraction) -> Ball:
        value = ball(x / 8)
        return (-(value.sqrt().erf())).log1p() if x < 1 else _tail_factor(value).log() - value

    return _monotone(d_squared, bits, logarithm)


def chi_squared(d_squared: Any, bits: int = BITS) -> Enclosure:
    """χ²(P‖Q) = e^{d²} − 1; beyond Arb's numbers only known to be at least d²."""

    def chi(x: Fraction) -> Ball:
        value = ball(x).expm1()
        return value if value > 0 or not x else arb("inf").union(ball(x))

    return _monotone(d_squared, bits, chi, least=lambda x: ball(x))


def log_chi_squared(d_squared: Any, bits: int = BITS) -> Enclosure:
    """log χ² = d² + log(1 − e^{−d²}); −∞ at d² = 0."""

    def logarithm(x: Fraction) -> Ball:
        if not x:
            return arb("-inf")
        value = ball(x)
        return value.expm1().log() if x < 1 else value + (-((-value).exp())).log1p()

    return _monotone(d_squared, bits, logarithm)


def jensen_shannon(d_squared: Any, bits: int = BITS) -> Enclosure:
    """Jensen–Shannon divergence, log 2 − E log(1 + e^{dZ − d²/2}) with Z ~ N(0, 1), nats; from 0 to log 2.

    It is the mutual information of a fair choice between P and Q and the path, hence that of two codes at distance 1
    and SNR d²: a rigorous integral.
    """
    pair = Line((Fraction(0), Fraction(1)), (Fraction(1, 2), Fraction(1, 2)))

    def at(x: Fraction) -> Enclosure:
        return information_and_entropy(pair, x, bits)[0] if x else Enclosure.of(0)

    low, high = _ends(d_squared, "d^2")
    return between(at(low), at(high))


def _monotone(
    d_squared: Any,
    bits: int,
    function: Callable[[Fraction], Ball],
    most: Any = None,
    least: Callable[[Fraction], Ball] | None = None,
    what: str = "d^2",
) -> Enclosure:
    """The values of a monotone function over a range of d²."""
    check_bits(bits)
    first, last = _ends(d_squared, what)
    found = []
    for x in dict.fromkeys([first, last]):
        # Exponents are as large as d²: so many more bits keep e^x accurate.
        with precision(bits + GUARD + (x.numerator // x.denominator).bit_length()):
            found.append(Enclosure.of(function(x), None if least is None else least(x), most))
    return between(found[0], found[-1])


def _tail_factor(x: Ball) -> Ball:
    """e^x erfc(√x) = U(½, ½, x)/√π, without the range that erfc needs."""
    half = arb(1) / 2
    return x.hypgeom_u(half, half) / arb.pi().sqrt()


def _ends(value: Any, what: str) -> tuple[Fraction, Fraction]:
    """The ends of a number that is at least 0 and finite, exactly."""
    if isinstance(value, Enclosure):
        if not (value.lower.is_finite() and value.upper.is_finite()):
            raise InputError(f"{what} between {value.lower} and {value.upper}: expected a finite number of at least 0")
        low, high = ends(value.lower)[0], ends(value.upper)[1]
    elif isinstance(value, arb):
        low, high = ends(value)
    else:
        low = high = rational(value)
    if low < 0:
        raise InputError(f"{what} = {value}: expected a number of at least 0")
    return low, high
