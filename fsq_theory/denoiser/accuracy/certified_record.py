"""The record of a certified error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ...balls.arithmetic import Ball, less, nearest_float, precision
from ...balls.enclosure import Enclosure


@dataclass(frozen=True)
class CertifiedError:
    """An enclosure of the MAP error 1 − A of a codebook at one r, or over an interval of r.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        r: amplitude ratio α/σ as given.
        lower: exact number in binary, a ball of radius 0, that 1 − A is not below.
        upper: likewise, that it is not above.
        method: ``closed form``, ``integral``, ``cells`` (of codes in a plane), or ``pairs`` (a lower bound and the
            union bound).
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
        """The record with plain numbers, those of an accuracy: ends rounded outwards to float64, no standard error."""
        with precision(self.bits):
            error, logs = self.error, (self.lower.log(), self.upper.log())
            middle, log_middle = float(error.mid()), float(error.mid().log()) if error.mid() > 0 else -math.inf
            accuracy = float((1 - error).mid())
        low, high = _outwards(self.lower, self.upper)
        return {
            "codebook": self.codebook,
            "K": self.K,
            "n": self.n,
            "r": nearest_float(self.r),
            "accuracy": accuracy,
            "error": middle,
            "log_error": log_middle,
            "stderr": None,
            "lower": max(low, 0.0),
            "upper": min(high, 1.0),
            "log_lower": _outwards(logs[0], logs[0])[0] if self.lower > 0 else -math.inf,
            "log_upper": min(_outwards(logs[1], logs[1])[1], 0.0) if self.upper > 0 else -math.inf,
            "relative_width": 2.0 ** -Enclosure(self.lower, self.upper).accuracy_bits(),
            "method": "certified",
            "route": self.method,
            "bits": self.bits,
        }


def _outwards(low: Ball, high: Ball) -> tuple[float, float]:
    """Float64 numbers below and above two balls."""
    return math.nextafter(float(low.lower()), -math.inf), math.nextafter(float(high.upper()), math.inf)
