"""Steps shared by the derivations of local optimality: what moves across an axis adds to distances along it.

The argument is in the derivations that use them, nn_distance_local.py and nn_distance_local_every_base.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from fsq_theory.claims.algebra import inequality
from fsq_theory.claims.step import Step


def second_order(
    number: int, axes: Any, levels: Any, spacing: Any, loss: Any, radius: Any, name: str
) -> Iterator[Step]:
    """The steps that second-order terms are less than the first-order loss of at least c M a line.

    Args:
        number: of the first step.
        axes: n ≥ 1.
        levels: L ≥ 2.
        spacing: Δ.
        loss: c.
        radius: δ, the largest move of a coordinate.
        name: of the grid, for the names of the steps.
    """
    spacing = sp.sympify(spacing, strict=True)
    wide, left, right = sp.Symbol("Delta", positive=True), sp.Symbol("x", real=True), sp.Symbol("y", real=True)
    extra, across, moved, less = sp.symbols("t W g_0 epsilon", nonnegative=True)
    apart = sp.Rational(3, 4) * wide + extra
    yield inequality(
        f"{number}a. {name}: radius", "δ ≤ Δ/8", radius, spacing / 8, because=sp.factor(spacing / 8 - radius)
    )
    yield inequality(
        f"{number}b. {name}: neighbours stay apart",
        "Δ + g ≥ 3Δ/4 where g ≥ −2δ and δ ≤ Δ/8",
        sp.Rational(3, 4) * wide,
        wide + moved - 2 * (wide / 8 - less),
        because=moved + 2 * less,
    )
    yield inequality(
        f"{number}c. {name}: moves across",
        "s² + ‖w‖² ≤ (s + ‖w‖²/(2s))²",
        apart**2 + across,
        (apart + across / (2 * apart)) ** 2,
        because=(across / (2 * apart)) ** 2,
    )
    yield inequality(
        f"{number}d. {name}: their size",
        "‖w‖²/(2s) ≤ 2‖w‖²/(3Δ) where s ≥ 3Δ/4",
        across / (2 * apart),
        2 * across / (3 * wide),
        because=2 * across * extra / (3 * wide * apart),
    )
    yield inequality(
        f"{number}e. {name}: of both tokens",
        "(x − y)² ≤ 2x² + 2y²",
        (left - right) ** 2,
        2 * left**2 + 2 * right**2,
        because=(left + right) ** 2,
    )
    gained = (2 / axes) * (2 / (3 * spacing)) * 2 * 2 * (axes - 1) * levels * radius
    yield inequality(
        f"{number}f. {name}: the first order wins",
        "(2/n) · 2/(3Δ) · 4 (n−1) L δ < c/n",
        gained,
        loss / axes,
        because=sp.factor(loss / axes - gained),
        strict=True,
    )
