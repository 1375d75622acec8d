"""Information, posterior entropy and MMSE enclosed in balls: codes on a line under any prior, one-hot codes, products.

Beside :mod:`.scalar`, :mod:`.equidistant` and :mod:`.monte_carlo`, which compute the same in float64.  Products add up;
a codebook that is listed is looked at exactly: codes on a line of any R^n, two tokens anywhere, and full grids.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from ...balls.arithmetic import Ball, ends, nearest_float, precision, rational
from ...balls.enclosure import Enclosure, between, check_bits, total
from ...codebooks.codebook import Codebook
from ...codebooks.exact_points import ExactPoints
from ...codebooks.spec import as_codebook
from ...errors import InputError
from .certified_parts import Parts, listed_parts, parts_of, probabilities

BITS = 64


@dataclass(frozen=True)
class CertifiedInformation:
    """Enclosures of what Y = r X_0 + ε, ε ~ N(0, I_n), says of the token, at one r or over an interval of r; nats.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        r: amplitude ratio α/σ as given.
        information: I(X_0; Y) = H(π) − H(X_0|Y).
        entropy: H(X_0|Y), of the token: tokens of one code are told apart by nothing.
        mmse: E‖X_0 − x̂_0(Y)‖², in the units of the codes, squared.
        prior_entropy: H(π).
        bits: relative accuracy asked for.
    """

    codebook: str
    K: int
    n: int
    r: Any
    information: Enclosure
    entropy: Enclosure
    mmse: Enclosure
    prior_entropy: Enclosure
    bits: int

    def row(self, *, in_bits: bool = False) -> dict[str, Any]:
        """The record with plain numbers: ends rounded outwards to float64, and a middle for display.

        Args:
            in_bits: whether information and entropies are in bits instead of nats.
        """
        row: dict[str, Any] = {"codebook": self.codebook, "K": self.K, "n": self.n, "r": nearest_float(self.r)}
        lasting: dict[str, Any] = {}
        with precision(self.bits + 32):
            unit = arb(2).log() if in_bits else arb(1)
            shown = {
                "information": _divided(self.information, unit),
                "entropy": _divided(self.entropy, unit),
                "mmse": self.mmse,
            }
            for name, value in shown.items():
                row[name] = value.middle
                lasting[f"{name}_lower"], lasting[f"{name}_upper"] = value.floats
                lasting[f"log_{name}_lower"], lasting[f"log_{name}_upper"] = _log(value).floats
            row |= {"stderr_information": None, "stderr_mmse": None, "method": "certified", **lasting}
            row["prior_entropy"] = _divided(self.prior_entropy, unit).middle
            row["entropic_time"] = row["entropy"] / row["prior_entropy"] if row["prior_entropy"] > 0 else 0.0
        loosest = min(value.accuracy_bits() for value in (self.information, self.entropy, self.mmse))
        return row | {"relative_width": 2.0**-loosest, "unit": "bits" if in_bits else "nats", "bits": self.bits}


def certified_information(
    codebook: Codebook | str | Iterable[Iterable[Any]] | ExactPoints,
    r: Any,
    *,
    prior: Iterable[Any] | None = None,
    bits: int = BITS,
) -> CertifiedInformation:
    """I(X_0; Y), H(X_0|Y) and MMSE for Y = r e_k + ε, k ~ π, ε ~ N(0, I_n), enclosed; nats.

    Each of the three to a relative accuracy of ``bits``, however small it is, at any r.  Over an interval of r the
    bounds are those of its ends: I never falls, H and MMSE never grow with r, since more noise can be added.

    Args:
        codebook: a codebook or its spec, or rows of exact numbers, of which some may be equal.  Float64 coordinates and
            probabilities are the dyadic numbers that they are, these divided by their sum.  Codes on a line, at most
            256 of them; two tokens in any dimension; one-hot and simplex codes under the uniform prior, the ideal ones
            at their scale; full grids and products of such, of any size.
        r: amplitude ratio α/σ ≥ 0: an exact number, inf, or a ball, of which what is below 0 is left out.
        prior: for rows, exact numbers ≥ 0 that π is proportional to, one a row; uniform if None.  A codebook has its
            own.
        bits: relative accuracy aimed at.

    Raises:
        InputError: for a negative r, a prior that is not one, or a codebook that is none of the above.
    """
    check_bits(bits)
    first, last = _rates(r)
    if isinstance(codebook, Codebook | str):
        if prior is not None:
            raise InputError("prior: expected with rows of exact numbers; a codebook has its own")
        made = as_codebook(codebook)
        name, tokens, n, parts = made.name, made.K, made.n, parts_of(made)
    else:
        if isinstance(codebook, ExactPoints):
            name, rows = codebook.name, [tuple(codebook.unit * x for x in row) for row in codebook.rows]
        else:
            name, rows = "points", _rows(codebook)
        tokens, n, parts = (
            len(rows),
            len(rows[0]) if rows else 0,
            listed_parts(name, rows, probabilities(prior, len(rows))),
        )
    with precision(bits + 32):
        found = [_sum(parts, rate, bits) for rate in dict.fromkeys([first, last])]
        whole = total((Enclosure.of(part.prior_entropy(), 0), count) for part, count in parts)
    information, entropy, mmse = (between(low, high) for low, high in zip(found[0], found[-1], strict=True))
    return CertifiedInformation(name, tokens, n, r, information, entropy, mmse, whole, bits)


def _sum(parts: Parts, rate: Fraction | float, bits: int) -> tuple[Enclosure, Enclosure, Enclosure]:
    found = [(part.at(rate**2, bits), count) for part, count in parts]
    information, entropy, mmse = (total((each[i], count) for each, count in found) for i in range(3))
    return information, entropy, mmse


def _rates(r: Any) -> tuple[Fraction | float, Fraction | float]:
    """The ends of r: inf, an exact number, or a ball."""
    if isinstance(r, arb) and r.is_finite():
        first, last = ends(r)
        first = max(first, Fraction(0)) if last >= 0 else first
    elif isinstance(r, float) and r == math.inf:
        return r, r
    else:
        first = last = rational(r)
    if first < 0:
        raise InputError(f"r = {r}: expected an amplitude ratio of at least 0")
    return first, last


def _rows(points: Any) -> list[tuple[Fraction, ...]]:
    try:
        listed = [list(row) for row in points]
    except TypeError:
        raise InputError(f"points {points!r}: expected a codebook, its spec, or rows of exact numbers") from None
    return [tuple(rational(x) for x in row) for row in listed]


def _divided(value: Enclosure, unit: Ball) -> Enclosure:
    return value if unit == 1 else Enclosure((value.lower / unit).lower(), (value.upper / unit).upper())


def _log(value: Enclosure) -> Enclosure:
    """The logarithm, −∞ of an end that is 0."""
    low, high = (end.log() if end > 0 else arb("-inf") for end in (value.lower, value.upper))
    return Enclosure(low.lower(), high.upper())
