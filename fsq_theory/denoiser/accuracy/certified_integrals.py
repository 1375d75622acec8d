"""MAP errors of equidistant and ± orthogonal codes, enclosed: one-dimensional integrals of entire functions [J18].

The integrals are Arb's, whose enclosures include the error of quadrature; what lies outside the interval of integration
is bounded by the tails of the normal law.  Precision is raised by the bits that the error is below 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from flint import acb, arb

from ...balls.arithmetic import Ball, precision

MOST_BITS = 2**12
"""Beyond this precision the integral is left to bounds."""


def equidistant_error(rho: Ball, tokens: int, bits: int) -> Ball | None:
    """1 − A = ∫ φ(z − ρ)(1 − Φ(z)^{K−1}) dz for K codes at distances d, ρ = r d/√2 > 0; None if ρ is too large.

    Args:
        rho: r d/√2.
        tokens: K ≥ 2.
        bits: relative accuracy wanted.
    """
    return _integral(rho, bits, None, lambda z: 1 - _distribution(z) ** (tokens - 1))


def biorthogonal_error(rho: Ball, tokens: int, bits: int) -> Ball | None:
    """1 − A = Φ(−ρ) + ∫_0^∞ φ(z − ρ)(1 − (2Φ(z) − 1)^{n−1}) dz, K = 2n codes ±norm·u_i; None if ρ is too large.

    Args:
        rho: r·norm > 0.
        tokens: K, even.
        bits: relative accuracy wanted.
    """
    beyond = _integral(rho, bits, arb(0), lambda z: 1 - (z / arb(2).sqrt()).erf() ** (tokens // 2 - 1))
    if beyond is None:
        return None
    with precision(bits + 32):
        return beyond + (rho / arb(2).sqrt()).erfc() / 2


def _integral(rho: Ball, bits: int, start: Ball | None, share: Callable[[Any], Any]) -> Ball | None:
    """∫ φ(z − ρ) share(z) dz from ``start`` (−∞ if None) to ∞, for an entire function ``share`` in [0, 1] there."""
    size = float(rho.mid())
    # The integral is at least about e^{−ρ²/4}: two codes at distance ρ√2.
    needed = bits + 32 + (math.ceil(size**2 / 4 * math.log2(math.e)) if size < 2**12 else MOST_BITS)
    if needed > MOST_BITS:
        return None
    with precision(needed):
        reach = (2 * needed * arb(2).log()).sqrt()
        low, high = (rho - reach).mid(), (rho + reach).mid()
        if start is not None:
            low = max(low, start)
        scale, tolerance = (2 * arb.pi()).sqrt(), arb(2) ** -needed

        def integrand(z: Any, _: bool) -> Any:
            return (-((z - rho) ** 2) / 2).exp() / scale * share(z)

        inside = acb.integral(integrand, low, high, rel_tol=arb(2) ** -bits, abs_tol=tolerance).real
        # Outside, 0 ≤ share ≤ 1.
        outside = ((high - rho) / arb(2).sqrt()).erfc() / 2
        if start is None or low > start:
            outside += ((rho - low) / arb(2).sqrt()).erfc() / 2
        return inside + arb(0).union(outside)


def _distribution(z: Any) -> Any:
    return (-z / arb(2).sqrt()).erfc() / 2
