"""Discrete laws that dominate the loss log φ(y − μ)/q(y), one for each centre μ of a grid on [0, r].

For measures P (density p) and Q (density q) on the line, the curve h(t) = ∫ (p − t q)⁺, t ≥ 0, is all that a product
needs to know of them: ∫ (p p' − q q')⁺ = ∫ p' h(q'/p').  A law that puts mass a_j on the loss j h dominates the pair if
h(t) ≤ Σ_j a_j (1 − t e^{−jh})⁺ at every t that matters; then it may stand for the pair in every product.
Cells may be in blocks, each with a curve of its own.

Proof of what :func:`loss_laws` does.  On one cell let p and q have the masses P and Q, and let x = q/p lie in
[x_1, x_2] ⊂ [X_1, X_2].  As f(x) = (1 − t x)⁺ is convex, its P-mean is at most that of its chord on [X_1, X_2],
a f(X_1) + (P − a) f(X_2) with a = (P X_2 − Q)/(X_2 − X_1).  As f decreases, so is it at most a' f(X_1) + b' f(X_2) for
any a' ≥ a, a' + b' ≥ P, b' ≥ 0.  Means are edges of cells, so that φ(y − μ) is monotone on each cell and x lies
between its values at the cell's edges.  No loss exceeds the last node's, s; so a loss of at most −(n − 1) s cannot be
part of a positive sum of n of them, and t = e^{−(sum of the others)} ≥ e^{−(n−1)s} is all that matters: the lowest node
holds everything below it.  Where m is a product times factors of at least g, t ≥ g e^{−(n−1)s} is what matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np
from flint import arb
from numpy.typing import NDArray

from ....arrays import Array
from ....balls.arithmetic import ball, precision
from ....errors import InputError
from .counted_product import CountedProduct, as_counted
from .rounding import BITS, UNIT, above, below, exponentials, raised
from .step_density import StepDensity

Indices = NDArray[np.intp]

MOST_NODES = 20000

TOGETHER = 512
"""Cells whose normal masses are computed, and kept, at a time."""


@dataclass(frozen=True)
class LossLaws:
    """Laws on the losses (lowest + i) h, i = 0 … N − 1, one row a centre.

    Attributes:
        masses: shape (centres, blocks, N): row c dominates the loss for y ~ N(μ_c, 1), cut to the cells of each block.
        lowest: index of the first node, at most −(n − 1) times that of the last.
        spacing: h.
        factors: shape (N,), e^{−jh} of each node's loss jh, at least, by at most 16u (:mod:`.rounding`).
        outside: at least P(y beyond the cells of q) for every centre, and every number between two of them.
        apart: distance of two neighbouring centres.
        shifts: log g_j/h of the factors, j = 0 … n, or a single 0.
    """

    masses: Array
    lowest: int
    spacing: Fraction
    factors: Array
    outside: float
    apart: Fraction
    shifts: tuple[int, ...] = (0,)


def loss_laws(
    m: StepDensity | CountedProduct, n: int, spacing: Fraction, stride: int = 1, multiple: int = 1
) -> LossLaws:
    """Laws that dominate the loss for y ~ N(μ, 1), μ = k·stride·w ∈ [0, r], in products of n coordinates.

    Args:
        m: q; or q with marked cells and factors g_j, whose logs are multiples of h.
        n: number of coordinates, at least 1.
        spacing: h > 0; the bound grows with h to second order.
        stride: cells from one centre to the next, a divisor of ``density.cells``.
        multiple: indices of the first and the last node are multiples of it, for :func:`coarsened`.

    Raises:
        InputError: for n, h or a stride out of range, an h that logs of factors are no multiples of, or one so small
            that there are more than 20000 nodes.
    """
    function = as_counted(m)
    density, blocks = function.density, function.blocks
    if n < 1 or spacing <= 0 or stride < 1 or density.cells % stride:
        raise InputError(
            f"n = {n}, h = {spacing}, stride {stride} in {density.cells} cells: expected positive, and a divisor"
        )
    shifts = tuple(log / spacing for log in function.logs)
    if any(shift.denominator != 1 for shift in shifts):
        raise InputError(f"h = {spacing}: expected logs of factors to be multiples of it")
    half = len(density.values)
    cell_mass, most, least = (
        side[: half + density.cells] for side in _normal_cells(density.width, half + density.cells)
    )
    with precision(BITS):
        width = ball(density.width)
        width_below = below(width)
        outside = above((width * (half - density.cells) / arb(2).sqrt()).erfc())
    nearest = np.maximum(np.arange(half) - density.cells, 0)
    with np.errstate(divide="ignore", over="ignore"):
        largest = float(np.log(most[nearest] / density.values).max())
    last = max(int(np.ceil((largest / float(spacing) + 0.01) / multiple)), 1) * multiple
    # Factors below 1 let smaller losses count, by as much.
    lowest = -(n - 1) * last - (1 - min(*(int(shift) for shift in shifts), 0) // multiple) * multiple
    if last - lowest >= MOST_NODES:
        raise InputError(f"h = {spacing}: expected it large enough for {MOST_NODES} nodes, not {last - lowest + 1}")
    node_above, node_below = exponentials(spacing, lowest, last)
    centres = np.arange(0, density.cells + 1, stride)[:, None]
    cells = np.arange(-half, half)
    q = np.concatenate([density.values[::-1], density.values])
    away = np.where(cells >= centres, cells - centres, centres - 1 - cells)
    p = cell_mass[away]
    with np.errstate(divide="ignore", over="ignore"):
        x1 = q / most[away] * (1 - 4 * UNIT)
        x2 = q / least[away] * (1 + 4 * UNIT)
    high, low = _enclosing_nodes(node_above, node_below, x1, x2)
    # The weight of the upper node, where there is one below: a' = (p X_2 − q w)/(X_2 − X_1), from above, at most p.
    under = np.maximum(low, 0)
    most_of_p = p * node_above[under]
    # Each of the two terms has an error of at most 2u times itself.
    above_q = most_of_p - q * width_below * (1 - 4 * UNIT) + 4 * UNIT * most_of_p
    apart = (node_below[under] - node_above[high]) * (1 - 4 * UNIT)
    inside = (low >= 0) & (high > low)
    with np.errstate(divide="ignore", invalid="ignore"):
        upper = np.where(inside, np.clip(above_q / apart * (1 + 4 * UNIT), 0, p), p)
    block = np.concatenate([blocks[:, ::-1], blocks], axis=1).argmax(axis=0)
    first = (np.arange(len(centres))[:, None] * len(blocks) + block) * len(node_above)
    masses = np.bincount((first + high).ravel(), upper.ravel(), len(centres) * len(blocks) * len(node_above))
    masses += np.bincount((first + under).ravel(), ((p - upper) * (1 + 4 * UNIT)).ravel(), len(masses))
    return LossLaws(
        raised(masses.reshape(len(centres), len(blocks), -1), 4 * half),
        lowest,
        spacing,
        node_above,
        outside,
        density.width * stride,
        tuple(int(shift) for shift in shifts),
    )


def coarsened(laws: LossLaws, rows: Sequence[int], factor: int) -> Array:
    """Masses of those rows on every factor-th node, shape (rows, blocks, …), which dominate them.

    Mass between two nodes that stay, h' = factor · h apart, goes to both, (1 − e^{−kh})/(1 − e^{−h'}) of what is k h
    above the lower one to the upper: the chord again, as in :mod:`.loss_laws`.

    Raises:
        InputError: if the first or the last node would not stay.
    """
    blocks, count = laws.masses.shape[1:]
    if factor < 1 or laws.lowest % factor or (count - 1) % factor:
        raise InputError(f"every node of {factor} from index {laws.lowest}, {count} nodes: expected both ends to stay")
    if factor == 1:
        return laws.masses[list(rows)]
    with precision(BITS):
        rises = [-(-ball(laws.spacing * k)).expm1() for k in range(factor + 1)]
        upwards = np.array([above(rise / rises[-1]) for rise in rises[:-1]])
    between = laws.masses[list(rows), :, :-1].reshape(len(rows), blocks, -1, factor)
    coarse = np.zeros((len(rows), blocks, between.shape[2] + 1))
    coarse[..., 1:] += between @ upwards
    coarse[..., :-1] += between @ ((1 - upwards) * (1 + 4 * UNIT))
    coarse[..., -1] += laws.masses[list(rows), :, -1]
    return raised(coarse, 2 * factor + 1)


def _normal_cells(width: Fraction, cells: int) -> tuple[Array, Array, Array]:
    """Of at least so many cells [k w, (k + 1) w]: its normal mass, largest and smallest φ, outwards."""
    return _listed_cells(width, -(-cells // TOGETHER) * TOGETHER)


@lru_cache(16)
def _listed_cells(width: Fraction, cells: int) -> tuple[Array, Array, Array]:
    with precision(BITS):
        w, root, scale = ball(width), arb(2).sqrt(), (2 * arb.pi()).sqrt()
        tails = [(k * w / root).erfc() / 2 for k in range(cells + 1)]
        densities = [(-((k * w) ** 2) / 2).exp() / scale for k in range(cells + 1)]
        mass = np.array([above(before - after) for before, after in pairwise(tails)])
        return mass, np.array([above(value) for value in densities[:-1]]), np.array([below(v) for v in densities[1:]])


def _enclosing_nodes(node_above: Array, node_below: Array, x1: Array, x2: Array) -> tuple[Indices, Indices]:
    """Indices of the nodes, which decrease, next below x1 and next above x2; −1 where no node is above x2.

    Where even the first node is below x1 its index 0 is returned: the loss is below all that matters.
    """
    count = len(node_above)
    under = np.searchsorted(node_above[::-1], x1, side="right")
    if not (under > 0).all():
        raise ArithmeticError("a loss beyond the last node")
    over = np.searchsorted(node_below[::-1], x2, side="left")
    return np.asarray(count - under, dtype=np.intp), np.asarray(count - 1 - over, dtype=np.intp)
