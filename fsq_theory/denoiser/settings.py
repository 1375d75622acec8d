"""Settings that accuracy and information share, and their checks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array
from ..errors import InputError

BEYOND_RANGE = 1e140
"""r·max‖e‖_∞ treated as infinite: codes distinct in float64 are then 1e120 noise deviations apart."""

MOST_SAMPLES = 10**8


def check_ratios(r: ArrayLike) -> tuple[Array, Array]:
    """Amplitude ratios as an array in their own shape, and flat.

    Raises:
        InputError: naming the first that is negative or NaN.
    """
    grid = np.array(r, dtype=np.float64)
    flat = grid.ravel()
    bad = np.isnan(flat) | (flat < 0)
    if np.any(bad):
        raise InputError(f"r = {flat[bad][0]:g}: expected an amplitude ratio of at least 0")
    return grid, flat


def check_choice(name: str, value: str, accepted: Sequence[str]) -> None:
    """Raise :class:`InputError` unless a value is one of those accepted."""
    if value not in accepted:
        raise InputError(f"{name} {value!r}: expected one of {', '.join(accepted)}")


def check_sampling(samples: int, rtol: float | None = None) -> None:
    """Raise :class:`InputError` for a number of samples or a relative tolerance that Monte Carlo cannot take."""
    if not 1 <= samples <= MOST_SAMPLES:
        raise InputError(f"samples = {samples}: expected at least 1 and at most {MOST_SAMPLES}")
    check_rtol(rtol)


def check_rtol(rtol: float | None) -> None:
    """Raise :class:`InputError` for a relative tolerance that is not a number above 0; None is no tolerance."""
    if rtol is not None and not 0 < rtol < math.inf:
        raise InputError(f"rtol = {rtol:g}: expected a number above 0, finite")
