"""Where FSQ is provably beaten, in dimension n and amplitude r, from what the carried certificates state.

Nothing is computed again here: `fsq-theory verify --certificates` does that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from ..errors import InputError
from .decimals import decimal, whole
from .files import certificate_paths, read_certificate
from .moved_token_kind import base_of

MOST_LEVELS = 2**16


@dataclass(frozen=True)
class Beaten:
    """FSQ with L levels in n dimensions is not the most accurate codebook of its box and size at any r of an interval.

    Attributes:
        levels: L.
        n: dimension.
        low: beginning of the interval of r; where it is 0, the interval is open there.
        high: its end; ∞ where it has none.
        certificate: name of the certificate, which may be one for fewer dimensions: what wins there wins in more.
    """

    levels: int
    n: int
    low: Fraction
    high: Fraction | float
    certificate: str


def phase_table(levels: int, dimensions: Iterable[int]) -> list[dict[str, Any]]:
    """A row for each n: the r where FSQ with L levels is provably beaten, and where the capacity passes log L.

    Above ``capacity_above`` there are codebooks with A → 1 as n → ∞, below ``capacity_below`` all have A → 0; both are
    null for L without a certificate.

    Returns:
        rows with ``levels``, ``n``, ``low`` and ``high`` (the interval that begins first; null if there is none),
        ``certificate``, ``capacity_below``, ``capacity_above``; r in float64.
    """
    bracket = capacity_bracket(levels)
    below, above = (None, None) if bracket is None else map(float, bracket)
    rows = []
    for n in dimensions:
        found = beaten(levels, n)
        first = found[0] if found else None
        rows.append({
            "levels": levels,
            "n": n,
            "low": None if first is None else float(first.low),
            "high": None if first is None else float(first.high),
            "certificate": None if first is None else first.certificate,
            "capacity_below": below,
            "capacity_above": above,
        })  # fmt: skip
    return rows


def beaten(levels: int, n: int) -> list[Beaten]:
    """The intervals of r, by their beginning, then the longest first, none of which lies in another.

    Raises:
        InputError: unless L ≥ 2 and n ≥ 1.
    """
    whole(levels, 2, MOST_LEVELS)
    whole(n, 1, 10**9)
    found = [
        Beaten(levels, n, low * (levels - 1), high * (levels - 1), name)
        for name, made in _carried("moved-token")
        if base_of(made) == (levels > 2) and made["n"] <= n
        for low, high in (_interval(made),)
    ]
    kept: list[Beaten] = []
    for one in sorted(found, key=lambda one: (one.low, -one.high)):
        if not any(other.low <= one.low and one.high <= other.high for other in kept):
            kept.append(one)
    return kept


def capacity_bracket(levels: int) -> tuple[Fraction, Fraction] | None:
    """R where the capacity of a coordinate is certified to be below, and above, log L; None if no certificate has L."""
    for _, made in _carried("capacity-thresholds"):
        for row in made["rows"]:
            if row[0] == levels:
                return decimal(row[1]), decimal(row[5])
    return None


def dimension_of_noise_level(rho: float) -> float:
    """n_0(ρ) = 2ρΦ(ρ)²/(φ(ρ) g(ρ)), g = 4Φ(ρ/2) − 2Φ(ρ) − 1: FSQ of every base is beaten at ρ = r/(L − 1) if n > n_0.

    An approximation in float64 of an exact formula; a sufficient condition only, for any ρ > 0.

    Raises:
        InputError: for a ρ outside of [1e-4, 30], where g or φ are lost to rounding.
    """
    if not 1e-4 <= rho <= 30:
        raise InputError(f"ρ = {rho}: expected a number from 0.0001 to 30")
    # g = 2∫_0^{ρ/2} (φ(y) − φ(ρ − y)) dy = 2(Φ(ρ/2) − ½) − 2(Φ(ρ) − Φ(ρ/2)).
    near, far = math.erf(rho / 2 / math.sqrt(2)), math.erf(rho / math.sqrt(2))
    gain = 2 * near - far
    inside = 1 - math.erfc(rho / math.sqrt(2)) / 2
    density = math.exp(-(rho**2) / 2) / math.sqrt(2 * math.pi)
    return 2 * rho * inside**2 / (density * gain)


@cache
def _carried(kind: str) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    read = ((path.stem, read_certificate(path)) for path in certificate_paths())
    return tuple((name, made) for name, made in read if made["kind"] == kind)


def _interval(made: Mapping[str, Any]) -> tuple[Fraction, Fraction | float]:
    """The ρ that a certificate of a moved token covers."""
    rows = made["rows"]
    low = Fraction(0) if made["low"] is not None else decimal(rows[0][0])
    return low, math.inf if made["high"] is not None else decimal(rows[-1][0])
