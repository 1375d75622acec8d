"""Maximising a margin where there are no derivatives: differential evolution, then the simplex of Nelder–Mead."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..arrays import Array
from ..seeds import check_seed
from .codes import Codes
from .moves import Point, reference, size_of
from .variables import Codebooks, DomainSymbol, Priors, Real

EVOLVED = 24
"""Most coordinates that differential evolution is given; beyond, random starts of Nelder–Mead alone."""

DECIMALS = 12


class Enough(Exception):
    """The search may stop: a failure is certain."""


def maximise(
    closeness: Callable[[Point], float], variables: Sequence[DomainSymbol], choice: Point, seed: int, tries: int
) -> None:
    """Call ``closeness`` at about ``tries`` points of the domain, ever closer to its maximum.

    Args:
        closeness: how close to failure a point is, NaN where the statement is not defined; raises :class:`Enough`.
        variables: the claim's.
        choice: values of the Specs and Integer variables.
        seed: of all randomness.
        tries: most calls, roughly.
    """
    from scipy.optimize import differential_evolution, minimize

    moving = [v for v in variables if v.name not in choice]
    sizes = [_size(v, choice) for v in moving]
    total = sum(sizes)

    def cost(unit: Array) -> float:
        value = closeness(point_at(moving, sizes, choice, np.clip(unit, 0.0, 1.0)))
        return -value if math.isfinite(value) else math.inf

    numbers = np.random.default_rng([check_seed(seed), 3])
    try:
        start = numbers.uniform(size=total)
        if total <= EVOLVED:
            generations = max(1, tries // 2 // (10 * total))
            with np.errstate(invalid="ignore"):
                found = differential_evolution(
                    cost, [(0.0, 1.0)] * total, maxiter=generations, popsize=10, polish=False, rng=numbers, tol=0
                )
            start = found.x
        for _ in range(1 if total <= EVOLVED else 4):
            minimize(cost, start, method="Nelder-Mead", bounds=[(0.0, 1.0)] * total, options={"maxfev": tries // 2})
            start = numbers.uniform(size=total)
    except Enough:
        return


def _size(v: DomainSymbol, choice: Point) -> int:
    """How many coordinates a variable has."""
    if isinstance(v, Real):
        return 1
    if isinstance(v, Codebooks):
        start = reference(v, choice)
        return start.K * start.n if start is not None else int(v.tokens or 0) * int(v.dimension or 0)
    assert isinstance(v, Priors)
    of = v.of
    if isinstance(of, Codebooks):
        return int(of.tokens or 0) if of.like is None else of.like.books[choice[of.like.name]].K
    return size_of(v, choice)


def point_at(moving: Sequence[DomainSymbol], sizes: Sequence[int], choice: Point, unit: Array) -> Point:
    """The point of the domain that a point of the unit cube stands for."""
    point = dict(choice)
    for v, part in zip(moving, np.split(unit, np.cumsum(sizes)[:-1]), strict=True):
        point[v.name] = _value(v, part, choice)
    return point


def _value(v: DomainSymbol, part: Array, choice: Point) -> Any:
    if isinstance(v, Real):
        low, high = v.ends
        return low + (high - low) * Fraction(repr(round(float(part[0]), DECIMALS)))
    if isinstance(v, Codebooks):
        start = reference(v, choice)
        shape = (start.K, start.n) if start is not None else (int(v.tokens or 0), int(v.dimension or 0))
        return Codes(2 * part.reshape(shape) - 1, v.constraint)
    weights = -np.log(np.clip(part, 1e-12, 1 - 1e-12))
    return weights / weights.sum()
