"""From amplitude ratios where every codebook's accuracy is bounded to all that lie between: accuracy is nearly convex.

Let r = (1 − s) a + s b, s ∈ [0, 1], a ≤ b.  For every codebook E of K codes in [−1, 1]^n

    A(E, r) ≤ (1 − s) A(E, a) + s A(E, b) + s (1 − s) (b − a)² φ(1) n.

Proof.  K A(E, r) = ∫ max_k φ_n(y − r e_k) dy, and φ_n(y − r e_k) is at most (1 − s) φ_n(y − a e_k) + s φ_n(y − b e_k)
+ Δ_k(y)⁺, Δ_k the difference; so the maximum is at most (1 − s) times that at a, s times that at b, and Σ_k Δ_k⁺.  As
∫ Δ_k = 0, ∫ Δ_k⁺ is half of ‖Δ_k‖_1, and Δ_k varies in the direction of e_k alone: it is the error of interpolating
N(μ, 1), with values in L¹, linearly between two μ that are l = (b − a) ‖e_k‖ apart, at most s (1 − s) l²/2 · ‖φ''‖_1,
where ‖φ''‖_1 = ∫ |z² − 1| φ = 4φ(1).  And ‖e_k‖² ≤ n.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import arb

from ....balls.arithmetic import Ball, ball, precision
from ....errors import InputError
from ..certified import certified_fsq_error
from .rounding import BITS, above

PIECES = 128
"""Parts of [a, b] on each of which bound and FSQ are compared by monotonicity."""


def bend(squared: Fraction) -> Ball:
    """l² φ(1): s (1 − s) times this is what N(μ, 1) may exceed the chord between two μ at distance l by, at most."""
    with precision(BITS):
        return ball(squared) * (-arb(1) / 2).exp() / (2 * arb.pi()).sqrt()


def distance_from_fsq(
    start: Fraction, at_start: Fraction, stop: Fraction, at_stop: Fraction, levels: Sequence[int], pieces: int = PIECES
) -> float:
    """At least the largest A(E, r) − A(FSQ, r) for r ∈ [a, b], E any codebook of the size and box of FSQ.

    On each part it is at most the chord's larger end plus the largest s (1 − s) (b − a)² φ(1) n there, or 1, less FSQ's
    accuracy where the part begins.

    Args:
        start: a ≥ 0.
        at_start: what no A(E, a) exceeds.
        stop: b > a.
        at_stop: what no A(E, b) exceeds.
        levels: L_1, …, L_n of FSQ.
        pieces: number of parts.

    Raises:
        InputError: unless 0 ≤ a < b.
    """
    if not 0 <= start < stop:
        raise InputError(f"from r = {float(start)} to {float(stop)}: expected an interval, not below 0")
    distance = 0.0
    over_chord = bend((stop - start) ** 2 * len(levels))
    shares = [Fraction(j, pieces) for j in range(pieces + 1)]
    bounds = [(1 - s) * at_start + s * at_stop for s in shares]
    bends = [s * (1 - s) for s in shares]
    for j in range(pieces):
        error = certified_fsq_error(levels, start + shares[j] * (stop - start), bits=64).upper
        largest = Fraction(1, 4) if shares[j] <= Fraction(1, 2) <= shares[j + 1] else max(bends[j : j + 2])
        with precision(BITS):
            bound = (ball(max(bounds[j : j + 2])) + over_chord * ball(largest)).min(arb(1))
            distance = max(distance, above(bound - 1 + error))
    return distance
