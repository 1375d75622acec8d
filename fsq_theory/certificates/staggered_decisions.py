"""How often a staggered grid is decoded rightly, from below: an integral over the law of a sum of independent terms.

Noise z on the token sent, everything times r: fine spacing ρ = rδ, coarse spacing D = rΔ'.  A competitor differs by d_f
on fine axis f, which costs it d²ρ²/2 ∓ dρz, and on a coarse axis by an offset o, which costs o²/2 − oz.  Say that z is
in the token's own cell on each coarse axis, among rows of its parity, and closer than ρ on each side of a fine axis
on which there is a second neighbour.  Then

- a fine axis with even d costs 0 or more, and with odd d at least ρu, u = ρ/2 − |z| (only z towards neighbours counts);
- the coarse axes cost 0 or more where the parity is the same, and at least T = Σ t where it is not, t the least of the
  costs of the rows of the other parity: t = min(τ²D²/2 − τDz, (1 − τ)²D²/2 + (1 − τ)Dz), the latter but for row 0 (for
  parity 0; parity 1 is the mirror image).

So no competitor wins if u_f + T/ρ > 0 for every f and u_f + u_g > 0 for every two: an odd number of odd d is one and
pairs.  Given T the probability of that, ψ(T), increases with T.  The law of T, averaged over rows, is the power of that
of one axis; it is rounded down to a lattice, which makes E ψ(T) smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from operator import mul
from typing import Any

from flint import arb, arb_poly, fmpq

from ..balls.arithmetic import Ball
from .staggered_grid import Grid


def decided_rightly(grid: Grid, r: Fraction, cells: int) -> Ball:
    """A ball whose lower end is below the accuracy of a staggered grid at r.

    Args:
        grid: staggered.
        r: positive.
        cells: of the lattice of one term, even.
    """
    spacing = 2 * r / (grid.fine - 1)
    coarse = [count for count in grid.levels if count != grid.fine]
    terms = [_coarse_law(count, grid.by, 2 * r / (count - 1 + grid.by), spacing, cells) for count in coarse]
    law = reduce(mul, terms)
    right = _right_given(grid.fine, len(grid.levels) - len(coarse), spacing, len(coarse), cells)
    return sum((law[k] * right[k] for k in range(len(right))), arb(0))


@lru_cache(maxsize=8)
def _coarse_law(count: int, by: Fraction, row: Fraction, spacing: Fraction, cells: int) -> Any:
    """The masses of t at −ρ² + 2ρ²k/N, k = 0, …, N, rounded down, as a polynomial; less than −ρ² is left out."""
    first, second, half = (_rational(x) for x in (by * row, (1 - by) * row, row / 2))
    low, step = -_rational(spacing * spacing), 2 * _rational(spacing * spacing) / cells
    edge = _normal(half)
    beyond: list[Ball] = []  # count × P(t ≥ v, z in the cell)
    for k in range(cells + 1):
        value = low + k * step
        # t ≥ v for z from (v − b²/2)/b up to (a²/2 − v)/a, a = τD, b = (1 − τ)D.
        top, bottom = first / 2 - value / first, value / second - second / 2
        within, last = _normal(min(top, half)), _normal(top)
        left = 1 - edge if bottom <= -half else _normal(bottom)
        total = within
        if bottom < min(top, half):
            total += (count - 2) * (within - left)
        if max(bottom, -half) < top:
            total += last - left
        beyond.append(total / count)
    return arb_poly([beyond[k] - beyond[k + 1] for k in range(cells)] + beyond[-1:])


def _right_given(levels: int, axes: int, spacing: Fraction, terms: int, cells: int) -> Sequence[Ball]:
    """ψ at T = −nρ² + 2ρ²k/N, k = 0, …, nN, from below, n the number of terms.

    With q(s) = P(u > s) averaged over the L tokens of an axis, ψ = q(−T/ρ)^m for T ≤ 0, and for T > 0, where one u_f
    may be −v < 0 if the others are above v, q(0)^m + m∫_0^{T/ρ} q(v)^{m−1} dq(−v): a sum with q(v) at the end of a
    cell.
    """
    rho = _rational(spacing)
    step, middle = 2 * rho / cells, terms * cells // 2
    above = [_normal(rho / 2 - k * step) for k in range(middle + 1)]
    inner = (2 * one - 1 if k * step < rho / 2 else arb(0) for k, one in enumerate(above))
    surely = [(2 * one + (levels - 2) * other) / levels for one, other in zip(above, inner, strict=True)]
    least, capped = surely[0], _normal(rho)
    right = [arb(0)] * middle + [least**axes]
    for k in range(middle):
        right[k] = surely[middle - k] ** axes
    before = least
    for k in range(1, middle + 1):
        # The outermost token and the next have no second neighbour on one side.
        wider = _normal(rho / 2 + k * step)
        held = wider if k * step < rho / 2 else capped
        now = (2 * (1 + wider + (levels - 2) * held) - levels) / levels
        right.append(right[-1] + axes * (now - before) * surely[k] ** (axes - 1))
        before = now
    return right


def _normal(x: Any) -> Ball:
    """Φ(x) of a rational number."""
    return (-arb(x) / arb(2).sqrt()).erfc() / 2


def _rational(value: Fraction) -> Any:
    return fmpq(value.numerator, value.denominator)
