"""Information and MMSE at low SNR from one polynomial: dI/dγ = ½ MMSE, and MMSE is smooth down to γ = 0."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial import chebyshev, legendre

from ...arrays import Array
from ...gaussian import gauss_legendre

REACH = 0.5
"""ρ = √γ up to which the polynomial is used, for codes at distance √2."""

DEGREE = 19
"""At ρ = 0.5 the last terms are below 1e-16 of the first for any codes; two codes need 14."""

LEAST_DEGREE = 5

LEAST_SHARE = 0.1
"""Of the reach: below it the polynomial does not bend, and differences of its values would be rounding."""

PRECISION = 1e-16


def low_snr(mmse: Callable[[float], float], rho: Array, reach: float = REACH) -> tuple[Array, Array, float]:
    """Log of I = ½ ∫_0^γ MMSE dγ and of MMSE(γ) at γ = ρ² ≤ reach², in the units in which ``mmse`` is given.

    MMSE is interpolated at Chebyshev points up to the largest ρ²; the polynomial is integrated by a Gauss–Legendre rule
    that is exact for it, so that I keeps its relative accuracy as γ → 0.  A single ρ takes the rule on MMSE itself.

    Args:
        mmse: MMSE at one ρ > 0.
        rho: shape (R,), in (0, reach].
        reach: the largest ρ for which the degree is enough.

    Returns:
        (log I, log MMSE, relative size of the last terms of the polynomial).
    """
    top = float(rho.max())
    alone = bool(np.all(rho == top))
    if not alone:
        top = max(top, LEAST_SHARE * reach)
    degree = _degree(top / reach)
    nodes, weights = gauss_legendre(degree // 2 + 1)
    if alone:
        values = np.array([mmse(top * np.sqrt((1 + x) / 2)) for x in nodes.tolist()])
        mean, here = values @ weights / 2, mmse(top)
        # A rule of n nodes is exact to twice the degree of the polynomial through them: its error is the square.
        terms = legendre.legfit(nodes, values, len(nodes) - 1)
        spread = float(abs(terms[-1]) / values.min()) ** 2
        return np.log(mean / 2) + 2 * np.log(rho), np.full(rho.shape, np.log(here)), spread
    points = np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))
    found = [mmse(top * np.sqrt((1 + x) / 2)) for x in points.tolist()]
    terms = chebyshev.chebfit(points, found, degree)
    share = (rho / top) ** 2
    means = chebyshev.chebval(share[:, None] * (nodes + 1) - 1, terms) @ weights / 2
    spread = float(np.abs(terms[-3:]).max() / min(found))
    return np.log(means / 2) + 2 * np.log(rho), np.log(chebyshev.chebval(2 * share - 1, terms)), spread


def _degree(share: float) -> int:
    """The degree for ρ up to a share of the reach: terms fall by PRECISION^{1/DEGREE} each at all of it, in γ."""
    decay = np.log(PRECISION) / DEGREE + 2 * np.log(share)
    return max(LEAST_DEGREE, int(np.ceil(np.log(PRECISION) / decay)))
