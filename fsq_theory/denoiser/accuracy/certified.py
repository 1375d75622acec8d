"""The MAP error 1 − A enclosed in balls: bounds that no rounding can have moved past the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...balls.arithmetic import Ball

BITS = 128


@dataclass(frozen=True)
class CertifiedError:
    """An enclosure of the MAP error 1 − A of a codebook under the uniform prior at one r.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        r: amplitude ratio α/σ as given.
        lower: ball; the error is at least its lower end.
        upper: ball; the error is at most its upper end.
        method: ``closed form``, ``integral`` or ``pairs`` (a lower bound and the union bound).
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


def certified_error(codebook: Any, r: Any, *, bits: int = BITS) -> CertifiedError:
    """1 − A enclosed, uniform prior.  Codebook: a codebook, a spec, or rows of exact numbers."""
    raise NotImplementedError


def certified_fsq_error(levels: Any, r: Any, *, bits: int = BITS) -> CertifiedError:
    """1 − A of FSQ on the exact grid −1 + 2k/(L−1), enclosed."""
    raise NotImplementedError
