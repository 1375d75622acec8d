"""Information and MMSE at low SNR from one polynomial: dI/dγ = ½ MMSE, and MMSE is smooth down to γ = 0."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial import chebyshev

from ...arrays import Array
from ...gaussian import gauss_legendre

REACH = 0.5
"""ρ = √γ up to which the polynomial is used, for codes at distance √2."""

DEGREE = 19
"""Its last terms are below 1e-16 of the first for any codes: the fewer, the slower; two codes need 14."""


def low_snr(mmse: Callable[[float], float], rho: Array, reach: float = REACH) -> tuple[Array, Array, float]:
    """Log of I = ½ ∫_0^γ MMSE dγ and of MMSE(γ) at γ = ρ² ≤ reach², in the units in which ``mmse`` is given.

    MMSE is interpolated at Chebyshev points of [0, reach²]; the polynomial is integrated by a Gauss–Legendre rule that
    is exact for it, so that I keeps its relative accuracy as γ → 0.

    Args:
        mmse: MMSE at one ρ > 0.
        rho: shape (R,), in (0, reach].
        reach: the largest ρ.

    Returns:
        (log I, log MMSE, relative size of the last terms of the polynomial).
    """
    count = DEGREE + 1
    points = np.cos(np.pi * (np.arange(count) + 0.5) / count)
    values = [mmse(reach * np.sqrt((1 + x) / 2)) for x in points.tolist()]
    terms = chebyshev.chebfit(points, values, DEGREE)
    nodes, weights = gauss_legendre(DEGREE // 2 + 1)
    share = (rho / reach) ** 2
    mean = chebyshev.chebval(share[:, None] * (nodes + 1) - 1, terms) @ weights / 2
    spread = float(np.abs(terms[-3:]).max() / min(values))
    return np.log(mean / 2) + 2 * np.log(rho), np.log(chebyshev.chebval(2 * share - 1, terms)), spread
