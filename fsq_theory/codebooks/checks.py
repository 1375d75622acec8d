"""What an array of codes and a prior must be, and how large an array may get."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array
from ..errors import InputError, TooLargeError

ENUMERATION_LIMIT = 2**27
"""Most coordinates (K·n) that are ever listed as an array: 1 GiB of float64."""

PRIOR_SUM_TOLERANCE = 1e-9
"""How far Σπ may be from 1: decimal text with ten digits passes, a forgotten token does not."""


def listable(tokens: int, per_token: int = 1) -> int:
    """``tokens`` itself, or :class:`TooLargeError` if an array of ``tokens × per_token`` numbers should not be made."""
    if tokens * per_token > ENUMERATION_LIMIT:
        raise TooLargeError(tokens)
    return tokens


def frozen(values: ArrayLike) -> Array:
    """A read-only contiguous float64 copy."""
    array = np.array(values, dtype=np.float64, order="C")
    array.setflags(write=False)
    return array


def check_prior(prior: ArrayLike, tokens: int) -> Array:
    """π as a checked read-only array of shape (K,), normalised to the last bit; raises :class:`InputError`."""
    values = np.array(prior, dtype=np.float64)
    if values.shape != (tokens,):
        raise InputError(f"prior has shape {values.shape}: expected one probability for each of {tokens} tokens")
    if not np.all(np.isfinite(values)):
        where = int(np.flatnonzero(~np.isfinite(values))[0])
        raise InputError(f"prior of token {where} is {values[where]}: expected a finite probability")
    if np.any(values < 0):
        where = int(np.flatnonzero(values < 0)[0])
        raise InputError(f"prior of token {where} is {values[where]:g}: expected a probability of at least 0")
    total = math.fsum(values)
    if abs(total - 1) > PRIOR_SUM_TOLERANCE:
        raise InputError(f"prior sums to {total:.10g}: expected 1 to within {PRIOR_SUM_TOLERANCE:g}")
    return frozen(values / total)


def check_scale(factor: float) -> float:
    """A scale as a float, or :class:`InputError` unless it is finite and positive."""
    value = float(factor)
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"scale {value:g}: expected a finite number above 0")
    return value


def check_finite(points: Array) -> None:
    """Raise :class:`InputError` naming the first NaN or infinite entry."""
    bad = np.argwhere(~np.isfinite(points))
    if len(bad):
        row, column = (int(i) for i in bad[0])
        what = "NaN" if np.isnan(points[row, column]) else "infinite"
        raise InputError(f"code {row} is {what} in coordinate {column}: expected finite numbers")


def check_distinct(points: Array) -> None:
    """Raise :class:`InputError` naming two equal rows, if there are any (O(K log K))."""
    order = np.lexsort(points.T[::-1])
    same = np.flatnonzero(np.all(points[order[1:]] == points[order[:-1]], axis=1))
    if len(same):
        first, second = sorted(int(i) for i in order[same[0] : same[0] + 2])
        raise InputError(f"codes {first} and {second} are equal: expected distinct codes")
