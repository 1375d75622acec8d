"""Losing to two competitors at once: probabilities of quadrants of a bivariate normal law, enclosed in balls."""

from __future__ import annotations

from typing import Any

from flint import acb, arb

from ...balls.arithmetic import Ball
from .certified_integrals import wedge
from .certified_pairs import tail

BITS = 36
"""Accuracy of an overlap relative to the larger of it and Φ(−h)Φ(−k): more would be wasted on bounds."""

MOST_NODES = 4000
"""Nodes of a quadrature before it is given up; then 0 and the smaller of Φ(−h) and Φ(−k) enclose the overlap."""


def overlap(h: Ball, k: Ball, a: int, b: int, c: int) -> Ball:
    """P(X > h, Y > k) for standard normals X, Y along two sides of a triangle: of correlation (a + b − c)/(2√(ab)).

    Args:
        h: threshold of X, the component of noise along the side of square a; of either sign.
        k: threshold of Y, along the side of square b.
        a: square of the first side, an integer.
        b: of the second.
        c: of the third side, opposite to where these two meet.
    """
    return _quadrant(h, k, a * b, a + b - c)


def _quadrant(h: Ball, k: Ball, squares: int, product: int) -> Ball:
    """P(X > h, Y > k) for the correlation ϱ = product/(2√squares), |ϱ| ≤ 1."""
    one, other = tail(h), tail(k)
    most = one.min(other)
    if not most > 0:
        return arb(0).union(most)
    if product * product == 4 * squares:
        return most if product > 0 else (one - tail(-k)).max(arb(0))
    if h > 1 and k > 1:
        found = _beyond_both(h, k, squares, product)
    elif h < -1:
        found = other - _quadrant(-h, k, squares, -product)
    elif k < -1:
        found = one - _quadrant(h, -k, squares, -product)
    else:
        found = _from_independent(h, k, one * other, squares, product)
    known = found.is_finite() and found.rad() < most
    return found.max(arb(0)).min(most) if known else arb(0).union(most)


def _beyond_both(h: Ball, k: Ball, squares: int, product: int) -> Ball:
    """For h, k > 0: what lies beyond two half-lines, which the origin sees from (k − ϱh)/√(1 − ϱ²) on, and likewise."""
    sides, root = 2 * arb(squares).sqrt(), arb(4 * squares - product * product).sqrt()
    first = wedge(h, (sides * k - product * h) / (h * root), None, BITS)
    return first + wedge(k, (sides * h - product * k) / (k * root), None, BITS)


def _from_independent(h: Ball, k: Ball, apart: Ball, squares: int, product: int) -> Ball:
    """Φ(−h)Φ(−k) + (1/2π) ∫_0^β exp(−(h² + k² − 2hk sin θ)/(2 cos² θ)) dθ, sin β = ϱ [Pla54], by Arb's quadrature."""
    half, mixed = (h * h + k * k) / 2, h * k

    def integrand(angle: Any, _: bool) -> Any:
        cosine = angle.cos()
        return ((mixed * angle.sin() - half) / (cosine * cosine)).exp()

    turn = (product / (2 * arb(squares).sqrt())).asin()
    least = (apart * arb(2) ** -BITS).mid()
    inside = acb.integral(
        integrand, acb(0), acb(turn), rel_tol=arb(2) ** -BITS, abs_tol=least, eval_limit=MOST_NODES
    ).real
    return apart + inside / (2 * arb.pi())
