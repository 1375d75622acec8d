"""The dual bound between two amplitude ratios: a line above the accuracy of every codebook, and its distance from FSQ.

With q fixed, the bound at r' > r differs by centres between r and r' alone.  Let r' = r + s d, s ∈ [0, 1], d the
distance of two centres of the grid.  A coordinate with its centre in [r, r + s d] is dominated, up to the ε of centres
off the grid, by the mixture of r and r + d with weights 1 − s' and s' ≤ s.  So H is at most the mean, over the number J
of coordinates at r + d, of T_J, the largest value of types with J coordinates there and the others at vertices in
[0, r]; a function linear in each s' is largest with each s' at 0 or s, and J is then binomial with mean at most n s.
If T_J ≤ T_0 + J σ for all J, σ ≥ 0, the mean is at most T_0 + n s σ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from flint import arb

from ....balls.arithmetic import precision
from ....errors import InputError
from ..certified import certified_fsq_error
from .bound import FINER, heaviest_product, spacing_of_sums, usual_vertices
from .composition import type_values
from .domination import SURCHARGES, dominating_vertices
from .loss_laws import coarsened, loss_laws
from .rounding import above
from .step_density import BITS, StepDensity

PIECES = 64
"""Parts of [r, r + d] on each of which the line and FSQ are compared by monotonicity."""


@dataclass(frozen=True)
class DualLine:
    """For r in [start, stop] every codebook of K codes in [−1, 1]^n has A ≤ value + rise (r − start)/(stop − start).

    Attributes:
        start: where the box of q ends.
        stop: one centre further.
        value: the bound at ``start``, from above; at most 1 is true anyway.
        rise: from above, ≥ 0.
        n: dimension.
        tokens: K.
    """

    start: Fraction
    stop: Fraction
    value: float
    rise: float
    n: int
    tokens: int

    def above_fsq(self, levels: int | Sequence[int], pieces: int = PIECES) -> float:
        """At least the largest A(E, r) − A(FSQ, r), FSQ with L levels in each of the n coordinates, or L_1 … L_n.

        On each part [a, b] of [start, stop] it is at most the line at b, or 1, less FSQ's accuracy at a.

        Args:
            levels: L, or one number for each coordinate.
            pieces: number of parts.

        Raises:
            InputError: if FSQ with these levels has not n coordinates and K tokens.
            ArithmeticError: if the line is not finite, which densities of extreme heights lead to.
        """
        each = [levels] * self.n if isinstance(levels, int) else list(levels)
        if len(each) != self.n or math.prod(each) != self.tokens:
            raise InputError(f"levels {each}: expected n = {self.n} of them, and K = L_1 ⋯ L_n = {self.tokens}")
        worst = 0.0
        for j in range(pieces):
            at = self.start + (self.stop - self.start) * Fraction(j, pieces)
            fsq_error = certified_fsq_error(each, at, bits=64).upper
            with precision(BITS):
                line = arb(self.value) + arb(self.rise) * (j + 1) / pieces
                over = above(line.min(arb(1)) - 1 + fsq_error)
            if not math.isfinite(over):
                raise ArithmeticError(f"the line at r = {float(at)} is not a number: its density is out of range")
            worst = max(worst, over)
        return worst


def dual_line(
    density: StepDensity,
    n: int,
    tokens: int,
    *,
    spacing: Any = None,
    stride: int = 1,
    vertices: Sequence[int] | None = None,
    tolerance: float = 1e-6,
    most: int | None = None,
) -> DualLine:
    """A ≤ (1/K) (∫q)^n + T_0 + n s σ + n (ε + P(|y_i| beyond q's cells)) at r + s d, for s ∈ [0, 1], rounded upwards.

    Arguments and parts as for :func:`.bound.dual_bound`, whose value this is at s = 0; d = stride · w.

    Raises:
        InputError: for arguments out of range.
    """
    if tokens < 1:
        raise InputError(f"K = {tokens}: expected at least one token")
    whole = spacing_of_sums(density, spacing)
    laws = loss_laws(density, n, whole / FINER, stride, FINER, further=1)
    inside = replace(laws, masses=laws.masses[:-1])
    kinds = dominating_vertices(inside, vertices, tolerance, usual_vertices(n) if most is None else most)
    rows = (*kinds.rows, len(laws.masses) - 1)
    # Centres in [r, r + s d] are mixtures of the last vertex and the next: the last must be one.
    if len(inside.masses) - 1 not in kinds.rows:
        raise InputError(
            f"vertices {list(kinds.rows)}: expected the end of the box, {len(inside.masses) - 1}, among them"
        )
    found = type_values(coarsened(laws, rows, FINER), laws.lowest // FINER, whole, n)
    inner = [0 < row < len(inside.masses) - 1 for row in kinds.rows]
    heaviest = heaviest_product(laws, n)
    choices = []
    for surcharge, excess in zip(SURCHARGES, kinds.excess, strict=True):
        counted = found.by_count([*(surcharge * heaviest * part for part in inner), 0.0], len(rows) - 1)
        choices.append((float(counted[0]) + n * excess * heaviest, excess, counted.tolist()))
    _, excess, largest = min(choices)
    with precision(BITS):
        steps = [above((arb(largest[j]) - arb(largest[0])) * n / j) for j in range(1, n + 1)]
        total = density.integral() ** n / tokens + arb(largest[0])
        total += n * (arb(excess) * arb(heaviest) + arb(laws.outside))
    distance = density.width * stride
    return DualLine(density.r, density.r + distance, above(total), max(0.0, *steps), n, tokens)
