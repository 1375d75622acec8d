"""A certified upper bound on the accuracy of every codebook of K codes in the box, at one r."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from ....balls.arithmetic import precision, rational
from ....errors import InputError
from .composition import type_values
from .domination import SURCHARGES, dominating_vertices
from .loss_laws import LossLaws, coarsened, loss_laws
from .rounding import BITS, above
from .step_density import StepDensity

COARSEST = Fraction(1, 25)
"""Spacing h of losses that are summed, or r times this if that is less."""

MOST_VERTICES = ((4, 24), (6, 16), (8, 12), (math.inf, 10))

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
    density: StepDensity,
    n: int,
    tokens: int,
    *,
    spacing: Any = None,
    stride: int = 1,
    vertices: Sequence[int] | None = None,
    tolerance: float = 1e-6,
    most: int | None = None,
) -> DualBound:
    """A ≤ (1/K) (∫q)^n + max over types of vertices of H + n (ε + P(|y_i| beyond q's cells)), rounded upwards.

    The dual bound [PPV10] (derivations/dual_bound.py) is A ≤ (1/K) ∫m + sup_e H(e), H(e) = ∫ (φ_n(y − re) − m(y))⁺ dy,
    here with m(y) = Π_i q(y_i).  As q is even, e ≥ 0 may be assumed.  Where some y_i lies beyond the cells of q, H
    gains at most n P(|y_i| beyond).  Elsewhere H is the value at 1 of the product of n curves (:mod:`.loss_laws`), so
    that each may be replaced by a mixture of those of the vertices, at a cost of ε and surcharges times the mass of
    the others (:mod:`.domination`), and the largest of a function that is linear in each mixture is taken at vertices
    (:mod:`.composition`).  Valid for any q; as tight as q is good.

    Args:
        density: q, with r.
        n: dimension, at least 1.
        tokens: K, at least 1.
        spacing: h, of the nodes of losses; exact, positive; by default min(r, 1)/25.
        stride: cells from one centre to the next, a divisor of those on [0, r].
        vertices: rows of the centres k·stride·w; by default as few as ε ≤ ``tolerance`` takes, at most ``most``.
        tolerance: see ``vertices``.
        most: see ``vertices``; by default 24 up to n = 4, 16 up to n = 6, 12 up to n = 8, then 10.

    Raises:
        InputError: for arguments out of range.
        ArithmeticError: if the bound is not finite, which densities of extreme heights lead to.
    """
    if tokens < 1:
        raise InputError(f"K = {tokens}: expected at least one token")
    whole = spacing_of_sums(density, spacing)
    laws = loss_laws(density, n, whole / FINER, stride, FINER)
    kinds = dominating_vertices(laws, vertices, tolerance, usual_vertices(n) if most is None else most)
    found = type_values(coarsened(laws, kinds.rows, FINER), laws.lowest // FINER, whole, n)
    inner = [0 < row < len(laws.masses) - 1 for row in kinds.rows]
    heaviest = heaviest_product(laws, n)
    choices = []
    for surcharge, excess in zip(SURCHARGES, kinds.excess, strict=True):
        largest, worst = found.largest([surcharge * heaviest * part for part in inner])
        choices.append((largest + n * (excess * heaviest + laws.outside), largest, excess, worst))
    _, largest, excess, worst = min(choices)
    with precision(BITS):
        mass = density.integral() ** n / tokens
        paid = n * (arb(excess) * arb(heaviest) + arb(laws.outside))
        total = above(mass + arb(largest) + paid)
    if not math.isfinite(total):
        raise ArithmeticError(f"the bound at r = {float(density.r)} is not a number: its density is out of range")
    unit = float(Fraction(stride, density.cells))
    return DualBound(
        density.r,
        min(total, 1.0),
        above(mass),
        above(paid),
        tuple(row * unit for row in kinds.rows),
        tuple(kinds.rows[law] * unit for law in worst),
        n,
        tokens,
    )


def spacing_of_sums(density: StepDensity, spacing: Any) -> Fraction:
    """The spacing given, as a fraction, or min(r, 1)/25."""
    return COARSEST * min(density.r, Fraction(1)) if spacing is None else rational(spacing)


def usual_vertices(n: int) -> int:
    """How many centres are worth their types in n coordinates."""
    return next(count for dimensions, count in MOST_VERTICES if n <= dimensions)


def heaviest_product(laws: LossLaws, n: int) -> float:
    """At least the mass of any product of up to n of the laws, which multiplies ε and δ of the other coordinates."""
    if not float(laws.masses.sum(axis=1).max()) < 1 + 1e-9:
        raise ArithmeticError("a law of more than the mass of a probability")
    # The sum is right to 1e-11, and 1 + 1e-8 to the power n to 1e-14.
    return float((1 + 1e-8) ** n)
