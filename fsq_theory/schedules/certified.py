"""SNR of a schedule enclosed in balls, from the same expressions that every other form of it comes from."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import arb

from ..balls.arithmetic import precision, rational
from ..balls.enclosure import Enclosure
from ..balls.expressions import enclose
from ..errors import InputError
from .record import Schedule
from .spec import schedule as parse_schedule

MOST_BITS = 2**14


def certified_snr(schedule: Schedule | str, t: Any, bits: int = 128) -> Enclosure:
    """γ(t) = α²/σ² at an exact time, enclosed to a relative accuracy of ``bits``; 0 and ∞ where α or σ is exactly 0.

    Near both ends of time, where 1 − α² or 1 − t cancels, precision is doubled until it is reached.

    Args:
        schedule: record or spec; decimal parameters are the exact numbers that they are written as.
        t: time in [0, 1], an exact number; a float is the dyadic number that it is.
        bits: relative accuracy wanted.

    Raises:
        InputError: for an unknown schedule, a time outside [0, 1], or a schedule whose α and σ have no enclosure there.
    """
    made, time = parse_schedule(schedule), rational(t)
    if not 0 <= time <= 1:
        raise InputError(f"t = {t}: expected a time in [0, 1]")
    symbol, alpha, sigma = made.symbol, made.alpha_expr, made.sigma_expr
    if time in (0, 1):
        # What vanishes at an end, as sin(c(1 − t)), is exactly 0 there for algebra only.
        alpha, sigma = (part.subs(symbol, int(time)) for part in (alpha, sigma))
    used = bits + 32
    while used <= MOST_BITS:
        found = _at(symbol, time, alpha, sigma, used)
        if found is not None and found.accuracy_bits() >= bits:
            return found
        used *= 2
    raise InputError(f"schedule {made.name}: no enclosure of its SNR is found at t = {t}")


def _at(symbol: Any, time: Fraction, alpha: Any, sigma: Any, bits: int) -> Enclosure | None:
    with precision(bits):
        signal, noise = (enclose(part, {symbol: time}, bits) for part in (alpha, sigma))
        if signal.is_zero() and noise > 0:
            return Enclosure.of(0)
        if noise.is_zero() and signal > 0:
            return Enclosure(arb("inf"), arb("inf"))
        if not (signal > 0 and noise > 0):
            return None
        ratio = signal / noise
        return Enclosure.of(ratio * ratio)
