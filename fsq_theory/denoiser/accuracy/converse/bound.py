"""A certified upper bound on the accuracy of every codebook of K codes in the box, at one r."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from ....arrays import Array
from ....balls.arithmetic import precision, rational
from ....errors import InputError
from .composition import TypeValues, spare, type_values
from .counted_product import CountedProduct, as_counted
from .domination import Curves, curves_of
from .loss_laws import LossLaws, coarsened, loss_laws
from .rounding import BITS, above
from .step_density import StepDensity

COARSEST = Fraction(1, 25)
"""Spacing h of losses that are summed, or r times this if that is less."""

MOST_VERTICES = ((4, 24), (6, 14), (8, 12), (math.inf, 9))

CHARGED = ((0.0, 0.0), (0.2, 0.0), (0.4, 0.0), (0.6, 0.0), (0.8, 0.0), (0.95, 0.0), (0.95, 1e-4), (0.95, 1e-3))
"""Parts of what vertices can be charged, and how much the largest type may grow by that: pairs that are tried."""

FINER = 8
"""Nodes on which curves are compared, for each on which losses are summed."""


@dataclass(frozen=True)
class DualBound:
    """At this r every codebook of K codes in [−1, 1]^n has A ≤ ``value``; uniform prior, noise N(0, I_n).

    Attributes:
        r: amplitude ratio α/σ, exact.
        value: (1/K) ∫ m + sup H from above, at most 1.
        mass: (1/K) ∫ m from above.
        excess: n (ε + P(|y_i| beyond q's cells)), a part of ``value``.
        vertices: centres e ≥ 0, as parts of r, that dominate all others.
        worst: the type of e, a vertex for each coordinate, with the largest H.
        n: dimension.
        tokens: K.
    """

    r: Fraction
    value: float
    mass: float
    excess: float
    vertices: tuple[float, ...]
    worst: tuple[float, ...]
    n: int
    tokens: int


def dual_bound(
    m: StepDensity | CountedProduct,
    n: int,
    tokens: int,
    *,
    spacing: Any = None,
    stride: int = 1,
    vertices: Sequence[int] | None = None,
    tolerance: float = 2e-5,
    most: int | None = None,
) -> DualBound:
    """A ≤ (1/K) ∫m + max over types of vertices of H + n (ε + P(|y_i| beyond q's cells)), rounded upwards.

    The dual bound [PPV10] (derivations/dual_bound.py) is A ≤ (1/K) ∫m + sup_e H(e), H(e) = ∫ (φ_n(y − re) − m(y))⁺ dy,
    here with m(y) = g_J Π_i q(y_i), J the number of marked coordinates, g = 1 without marks.  As q is even, e ≥ 0 may
    be assumed.  Where some y_i lies beyond the cells of q, H gains at most n P(|y_i| beyond).  Elsewhere H is the value
    at 1 of the product of n curves (:mod:`.loss_laws`), so that each may be replaced by a mixture of those of the
    vertices, at a cost of ε and surcharges times the mass of the others (:mod:`.domination`), and the largest of a
    function that is linear in each mixture is taken at vertices (:mod:`.composition`).  Surcharges are as large as the
    values of types leave room for.  Valid for any m; as tight as m is good.

    Args:
        m: q, with r, for the product; or the product with a factor for the number of coordinates in marked cells, its
            log rounded to a multiple of h/8.
        n: dimension, at least 1.
        tokens: K, at least 1.
        spacing: h, of the nodes of losses; exact, positive; by default min(r, 1)/25.
        stride: cells from one centre to the next, a divisor of those on [0, r].
        vertices: rows of the centres k·stride·w; by default as few as keep their cost below ``tolerance``, or
            ``most``.
        tolerance: see ``vertices``.
        most: see ``vertices``; by default 24 up to n = 4, 14 up to n = 6, 12 up to n = 8, then 9.

    Raises:
        InputError: for arguments out of range.
        ArithmeticError: if the bound is not finite, which densities of extreme heights lead to.
    """
    if tokens < 1:
        raise InputError(f"K = {tokens}: expected at least one token")
    density = as_counted(m).density
    whole = spacing_of_sums(density, spacing)
    function = as_counted(m).rounded(whole / FINER)
    laws = loss_laws(function, n, whole / FINER, stride, FINER)
    curves = curves_of(laws)
    if vertices is None:
        rows = chosen_rows(laws, curves, function, n, tolerance, usual_vertices(n) if most is None else most)
    else:
        rows = tuple(sorted(set(vertices)))
        if not rows or rows[0] < 0 or rows[-1] >= len(laws.masses):
            raise InputError(f"vertices {list(vertices)}: expected some of 0 … {len(laws.masses) - 1}")
    found = type_values(coarsened(laws, rows, FINER), laws.lowest // FINER, whole, n, function.logs)
    heaviest = heaviest_product(laws, n)
    surcharges = best_surcharges(found, curves, rows, n)
    largest, worst = found.largest(heaviest * surcharges)
    with precision(BITS):
        mass = function.integral(n) / tokens
        paid = n * (arb(curves.excess_everywhere(rows, surcharges)) * arb(heaviest) + arb(laws.outside))
        total = above(mass + arb(largest) + paid)
    if not math.isfinite(total):
        raise ArithmeticError(f"the bound at r = {float(density.r)} is not a number: its density is out of range")
    unit = float(Fraction(stride, density.cells))
    return DualBound(
        density.r,
        min(total, 1.0),
        above(mass),
        above(paid),
        tuple(row * unit for row in rows),
        tuple(rows[law] * unit for law in worst),
        n,
        tokens,
    )


def best_surcharges(found: TypeValues, curves: Curves, rows: Sequence[int], n: int) -> Array:
    """Of some vectors δ, none of which costs much by itself, that with the least value of the largest type and n ε."""
    margins = found.margins()
    tried = [part * spare(margins, room) for part, room in CHARGED]
    return min(tried, key=lambda charge: found.largest(charge)[0] + n * float(curves.excess(rows, charge).max()))


def chosen_rows(
    laws: LossLaws, curves: Curves, m: CountedProduct, n: int, tolerance: float, most: int
) -> tuple[int, ...]:
    """Rows of five centres, equally spaced, and one by one the centre that it costs most to dominate.

    Until what is paid for that, by surcharges and ε together, is within the tolerance of nothing.
    """
    count = len(laws.masses)
    rows = sorted({round(k * (count - 1) / 4) for k in range(5)})
    while len(rows) < min(most, count):
        found = type_values(coarsened(laws, rows, FINER), laws.lowest // FINER, laws.spacing * FINER, n, m.logs)
        charge = best_surcharges(found, curves, rows, n)
        excess = curves.excess(rows, charge)
        paid = found.largest(charge)[0] - float(found.values.max()) + n * float(excess.max())
        if paid <= tolerance:
            break
        # Where surcharges alone pay for it, the centre that would cost most without them.
        by_cost = excess if excess.max() > 0 else curves.excess(rows, 0 * charge)
        rows = sorted([*rows, int(by_cost.argmax())])
    return tuple(rows)


def spacing_of_sums(density: StepDensity, spacing: Any) -> Fraction:
    """The spacing given, as a fraction, or min(r, 1)/25."""
    found = COARSEST * min(density.r, Fraction(1)) if spacing is None else rational(spacing)
    if found <= 0:
        raise InputError(f"h = {spacing}: expected a positive spacing of losses")
    return found


def usual_vertices(n: int) -> int:
    """How many centres are worth their types in n coordinates."""
    return next(count for dimensions, count in MOST_VERTICES if n <= dimensions)


def heaviest_product(laws: LossLaws, n: int) -> float:
    """At least the mass of any product of up to n of the laws, which multiplies ε and δ of the other coordinates."""
    if not float(laws.masses.sum(axis=(1, 2)).max()) < 1 + 1e-9:
        raise ArithmeticError("a law of more than the mass of a probability")
    # The sum is right to 1e-11, and 1 + 1e-8 to the power n to 1e-14.
    return float((1 + 1e-8) ** n)
