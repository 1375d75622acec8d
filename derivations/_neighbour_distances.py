"""Steps shared by the derivations of local optimality: what moves across an axis adds to distances along it.

Tokens of a grid with L levels an axis, spacing Δ, move by v_k with ‖v_k‖_∞ ≤ δ ≤ Δ/8.  M is the largest move along a
line of L tokens, in its own direction.  If the first-order change of the sum of nearest-neighbour distances along
each line is at most −c M, the mean nearest-neighbour distance falls as soon as

    16 (n−1) L δ / (3Δ) < c.

Proof.  Neighbours along an axis, s = Δ + g apart in it and w apart across it, are √(s² + ‖w‖²) ≤ s + ‖w‖²/(2s) apart,
and s ≥ 3Δ/4.  So the second-order terms are at most 2‖w‖²/(3Δ) each.  A token's least distance along an axis is at
most the least of its first-order terms plus the second-order terms to both neighbours; over all tokens each pair of
neighbours is met twice.  Of ‖w‖² = Σ_l (x_l − y_l)² ≤ 2 Σ_l (x_l² + y_l²), l over the other axes, each token takes
part in at most two pairs of an axis.  With the mean over the n axes, all second-order terms add to at most

    (2/n) · 2/(3Δ) · 2 · 2 (n−1) Σ_k ‖v_k‖²,   and   Σ_k ‖v_k‖² ≤ Σ_lines L δ M,

since each of the L tokens of a line has a square of at most δ M.  The first-order terms add to at most −(c/n) Σ_lines
M.
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
    """The steps of the argument above, for a grid whose lines lose at least ``loss`` times M.

    Args:
        number: of the first step.
        axes: n ≥ 1.
        levels: L ≥ 2.
        spacing: Δ.
        loss: c.
        radius: δ.
        name: of the grid, for the names of the steps.
    """
    wide, extra, across, left, right = sp.symbols("Delta t W x y", positive=True)
    apart = sp.Rational(3, 4) * wide + extra
    moved, less = sp.symbols("g_0 epsilon", nonnegative=True)
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
