"""The law of a sum of independent terms on a lattice, in balls: Σ X_i ≈ the power of a polynomial of cell masses.

A term X ≥ v is known by its distribution P(X ≤ x), or also by E[e^X; X ≤ x].  Its law is put on the points v + kh, and
the masses of the sum are the coefficients of a product of polynomials, computed exactly up to their balls.  What is put
where decides which way the error goes:

- ``rounded_up``, ``rounded_down``: monotone rounding.  E f of the sum is enclosed for every monotone f, to O(nh).
- ``spread``, ``gathered``: the mass of a cell goes to its two ends with the mean of e^X kept, or to that mean.  E
  f(e^X) is enclosed for every f that is convex and decreasing in each e^X, as (1 − Π e^{X_i})⁺ is, to O(nh²) (Jensen).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from typing import Any

from flint import arb, arb_series, ctx

from ..balls.arithmetic import Ball


@dataclass(frozen=True)
class Lattice:
    """A measure on start + step·k, k = 0, …, N − 1; mass further out is not kept.

    Attributes:
        start: the first point.
        step: the distance of neighbours.
        weights: N balls, each containing the mass of its point.
    """

    start: Ball
    step: Ball
    weights: Sequence[Ball]

    def expectation(self, function: Callable[[Ball], Ball]) -> Ball:
        """Σ_k w_k f(start + k·step): E f of what the lattice holds."""
        return sum(
            (weight * function(self.start + k * self.step) for k, weight in enumerate(self.weights)),
            arb(0),
        )


def sum_law(terms: Sequence[tuple[Lattice, int]]) -> Lattice:
    """The law of a sum of independent terms, each taken a number of times; all with one step and one N.

    Exact: point k of the sum is reached only from points up to k of the terms.
    """
    size = len(terms[0][0].weights)
    with _series(size):
        powers = [arb_series(list(term.weights), prec=size) ** count for term, count in terms if count]
        product = reduce(lambda left, right: left * right, powers, arb_series([1], prec=size))
        weights = [product[k] for k in range(size)]
    start = sum((count * term.start for term, count in terms), arb(0))
    return Lattice(start, terms[0][0].step, weights)


def rounded_up(start: Ball, step: Ball, size: int, below: Sequence[Ball]) -> Lattice:
    """X rounded up to the lattice: E f is above the truth for increasing f, below it for decreasing f.

    Args:
        start: v, which X is not below.
        step: h.
        size: N.
        below: P(X ≤ v + kh), k = 0, …, N − 1.
    """
    return Lattice(start, step, [below[0], *(below[k] - below[k - 1] for k in range(1, size))])


def rounded_down(start: Ball, step: Ball, size: int, below: Sequence[Ball]) -> Lattice:
    """X rounded down to the lattice, a value on it too (which keeps it one-sided): as :func:`rounded_up`, reversed.

    Args:
        start: v, which X is not below.
        step: h.
        size: N.
        below: P(X ≤ v + kh), k = 0, …, N.
    """
    return Lattice(start, step, [below[1], *(below[k + 1] - below[k] for k in range(1, size))])


def spread(start: Ball, step: Ball, size: int, below: Sequence[Ball], moment: Sequence[Ball]) -> Lattice:
    """The mass of each cell [v + kh, v + (k+1)h] on its two ends, with the mean of e^X kept: E f(e^X) is not below.

    Args:
        start: v.
        step: h.
        size: N.
        below: P(X ≤ v + kh), k = 0, …, N.
        moment: E[e^X; X ≤ v + kh], likewise.
    """
    rise = step.expm1()
    weights = [arb(0)] * size
    edge, ratio = start.exp(), step.exp()
    for k in range(size):
        mass = below[k + 1] - below[k] if k else below[1]
        part = moment[k + 1] - moment[k] if k else moment[1]
        upper = (part / edge - mass) / rise
        weights[k] += mass - upper
        if k + 1 < size:
            weights[k + 1] = upper
        edge *= ratio
    return Lattice(start, step, weights)


def gathered(
    start: Ball, step: Ball, size: int, below: Sequence[Ball], moment: Sequence[Ball], centred: bool = False
) -> Lattice:
    """The mass of each cell at the logarithm of its mean of e^X, or beyond: E f(e^X) is not above, f decreasing.

    The lattice is moved up by the largest distance of these means from its points, which is h/2 + O(h²) for cells that
    begin at the points and O(h²) for those centred on them; a cell whose mean is not certain goes to the next point.

    Args:
        start: v.
        step: h.
        size: N.
        below: P(X ≤ x) at the N + 1 ends of the cells, the first unused: all mass up to the second is in the first.
        moment: E[e^X; X ≤ x], likewise.
        centred: whether cell k ends at v + (k + ½)h, for laws with an atom at v, or at v + (k + 1)h.
    """
    weights = [arb(0)] * size
    cells: list[tuple[Ball, Ball]] = []
    for k in range(size):
        mass = below[k + 1] - below[k] if k else below[1]
        part = moment[k + 1] - moment[k] if k else moment[1]
        cells.append((mass, (part / mass).log() - (start + k * step)))
    widest = step / 2 if centred else step
    certain = [at.upper() for mass, at in cells if mass > 2.0**-50 and at.is_finite() and at < widest]
    shift = reduce(lambda left, right: left if left > right else right, certain, arb(0))
    for k, (mass, at) in enumerate(cells):
        place = k if at.is_finite() and at <= shift else k + 1
        if place < size:
            weights[place] += mass
    return Lattice(start + shift, step, weights)


def shortfall(law: Lattice) -> Ball:
    """E(1 − e^S)⁺ of what the lattice holds, which has to be all points below 0."""

    def hinge(at: Ball) -> Ball:
        return (-at.expm1()).max(arb(0))

    return law.expectation(hinge)


@contextmanager
def _series(size: int) -> Iterator[None]:
    """Keep ``size`` terms of power series inside the context."""
    before: Any = ctx.cap
    ctx.cap = size
    try:
        yield
    finally:
        ctx.cap = before
