"""MAP errors of equidistant, ± orthogonal and PSK codes, enclosed: integrals of analytic functions [J18].

The integrals are Arb's, whose enclosures include the error of quadrature; what lies outside the interval of integration
is bounded by the tails of the normal law.  Precision is raised by the bits that the error is below 1.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import accumulate
from operator import mul
from typing import Any

from flint import acb, arb

from ...balls.arithmetic import Ball, ball, precision

MOST_BITS = 2**12
"""Beyond this precision the integral is left to bounds."""

MOST_PRIORS = 64
"""Beyond so many different priors likewise."""

WIDEST = 2**20
"""Beyond this width of what is integrated over, likewise; there ρ is so small that pairs tell nearly all."""


def equidistant_error(rho: Ball, tokens: int, bits: int) -> Ball | None:
    """1 − A = ∫ φ(z − ρ)(1 − Φ(z)^{K−1}) dz for K codes at distances d, ρ = r d/√2 > 0; None if ρ is too large.

    Args:
        rho: r d/√2.
        tokens: K ≥ 2.
        bits: relative accuracy wanted.
    """
    return _integral(rho, bits, None, lambda z: 1 - _distribution(z) ** (tokens - 1))


def unequal_equidistant_error(rho: Ball, prior: Sequence[Fraction], bits: int) -> Ball | None:
    """1 − A = Σ_k π_k ∫ φ(y − l_k − ρ)(1 − Π_{j≠k} Φ(y − l_j)) dy, l_j = log π_j/ρ, ρ = r d/√2 > 0.

    None if ρ or the number of different priors is too large, or log π_j/ρ too far apart.

    Args:
        rho: r d/√2.
        prior: π, positive, not all equal.
        bits: relative accuracy wanted.
    """
    counts = Counter(prior)
    # The two most probable codes alone are mistaken with probability 2π_2 Φ(−ρ/√2) or more.
    runner_up = sorted(prior)[-2]
    needed = _needed(rho, bits + runner_up.denominator.bit_length() - runner_up.numerator.bit_length() + 1)
    if needed > MOST_BITS or len(counts) > MOST_PRIORS:
        return None
    with precision(needed):
        reach = (2 * needed * arb(2).log()).sqrt()
        shifts = [ball(share).log() / rho for share in counts]
        weights = [ball(share * count) for share, count in counts.items()]
        scale = (2 * arb.pi()).sqrt()

        def integrand(y: Any, _: bool) -> Any:
            below = [_distribution(y - shift) for shift in shifts]
            powers = [one**count for one, count in zip(below, counts.values(), strict=True)]
            after = [*accumulate(reversed(powers[1:]), mul, initial=1)][::-1]
            total, before = 0, 1
            for i, (shift, count) in enumerate(zip(shifts, counts.values(), strict=True)):
                others = before * after[i] * below[i] ** (count - 1)
                total += weights[i] * (-((y - shift - rho) ** 2) / 2).exp() * (1 - others)
                before *= powers[i]
            return total / scale

        centres = [shift + rho for shift in shifts]
        low = (min(centre.lower() for centre in centres) - reach).lower()
        high = (max(centre.upper() for centre in centres) + reach).upper()
        if not high - low < WIDEST:
            return None
        inside = acb.integral(integrand, low, high, rel_tol=arb(2) ** -bits, abs_tol=arb(2) ** -needed).real
        return inside + arb(0).union((reach / arb(2).sqrt()).erfc())


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
    needed = _needed(rho, bits)
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


def _needed(rho: Ball, bits: int) -> int:
    """Precision for an integral of about e^{−ρ²/4}, as that of two codes at distance ρ√2."""
    size = float(rho.mid())
    return bits + 32 + (math.ceil(size**2 / 4 * math.log2(math.e)) if size < 2**12 else MOST_BITS)


def _distribution(z: Any) -> Any:
    return (-z / arb(2).sqrt()).erfc() / 2


def psk_error(rho: Ball, tokens: int, bits: int) -> Ball:
    """1 − A = (1/π) ∫_0^{π−π/M} exp(−ρ² sin²(π/M)/(2 sin²θ)) dθ for M codes on a circle of radius ρ/r [C91].

    With h = ρ sin(π/M) it is 2·:func:`wedge` from −cot(π/M) to ∞: both sides of the sector of angle 2π/M around a code.

    Args:
        rho: r·radius > 0.
        tokens: M ≥ 2.
        bits: relative accuracy wanted.
    """
    half = arb.pi() / tokens
    return 2 * wedge(rho * half.sin(), -half.cot() if tokens > 2 else arb(0), None, bits)


def wedge(h: Ball, low: Ball | None, high: Ball | None, bits: int) -> Ball:
    """(1/2π) ∫_low^high exp(−h²(1 + τ²)/2)/(1 + τ²) dτ = T(h, high) − T(h, low), Owen's function T.

    What Z ~ N(0, I_2) has beyond the line at distance h, within the angle at the origin in which the part of the line
    from h·low to h·high is seen.  With τ = sinh u the integrand is e^{−h² cosh²u/2}/cosh u, whose poles ±iπ/2 stay
    where they are for every h; the integral is Arb's, relative to the largest value of the integrand.

    Args:
        h: positive.
        low: None for −∞.
        high: None for ∞.
        bits: relative accuracy wanted.
    """
    if low is None and high is None:
        return (h / arb(2).sqrt()).erfc() / 2
    half = h * h / 2
    nearest = low.mid() if low is not None and low > 0 else high.mid() if high is not None and high < 0 else arb(0)
    least = (nearest * nearest).mid()

    def integrand(u: Any) -> Any:
        return ((least - u.sinh() ** 2) * half).exp() / u.cosh()

    beyond = (bits + 16) * arb(2).log()
    reach = (least + beyond / half).sqrt().asinh().min(abs(nearest).asinh() + beyond).mid()
    # The integrand decreases away from 0: from U on it has at most its value there times cosh(U)∫_U^∞ du/cosh u ≤ 2.
    rest = 2 * integrand(reach)
    total, cut = arb(0), []
    for end, side in ((low, -1), (high, 1)):
        place = None if end is None else end.asinh()
        if place is None or side * place >= reach:
            total += arb(0).union(rest)
            cut.append(side * reach)
        else:
            moved = integrand(place) * place.rad()
            total += moved.union(-moved)
            cut.append(place.mid())
    inside = acb.integral(
        lambda u, _: integrand(u), cut[0], cut[1], rel_tol=arb(2) ** -bits, abs_tol=arb(2) ** (-2 * bits)
    )
    largest = (-half * (1 + least)).exp() / (2 * arb.pi())
    found = (total + inside.real) * largest
    # ∫ dτ/(1 + τ²) ≤ π, for an h so large that the integrand is lost in rounding.
    return found if found.is_finite() else arb(0).union(arb.pi() * largest)
