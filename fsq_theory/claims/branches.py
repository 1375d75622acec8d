"""Claims that balls can decide on their whole domain: analytic ones by branch and bound, finite ones case by case."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import sympy as sp

from ..balls.arithmetic import ball, holds
from ..balls.branch_and_bound import decide
from ..errors import InputError
from .comparison import Comparison
from .enclosed import NoBall, enclosed, has_balls
from .moves import Point, by_size
from .statement import Claim
from .variables import IntegerVariable, Real, Specs

BOXES = 5000

MOST_CASES = 4096


@dataclass(frozen=True)
class Branches:
    """What balls say of a claim on its domain.

    Attributes:
        certified: whether it holds everywhere.
        point: where it fails for certain; None if that was not found.
        evidence: what was done, in words.
    """

    certified: bool
    point: Point | None
    evidence: str


def whole_domain(claim: Claim, comparison: Comparison, boxes: int, note: Callable[[str], None]) -> Branches | None:
    """Decide a claim on its whole domain, or find a certain failure; None for a claim that is not of this kind."""
    if not comparison.margin.quantities:
        return _by_boxes(claim, comparison, boxes, note)
    if all(isinstance(v, Specs | IntegerVariable) for v in claim.where) and has_balls(comparison.margin):
        return _by_cases(claim, comparison, note)
    return None


def _cases(claim: Claim) -> tuple[int, product[tuple[object, ...]]]:
    """How many combinations of discrete values there are, and all of them."""
    discrete = [v for v in claim.where if isinstance(v, Specs | IntegerVariable)]
    options = [by_size(v) if isinstance(v, Specs) else range(v.low, v.high + 1) for v in discrete]
    return math.prod(len(o) for o in options), product(*options)


def _by_boxes(claim: Claim, comparison: Comparison, boxes: int, note: Callable[[str], None]) -> Branches | None:
    """Branch and bound over the reals, once for each choice of integers."""
    count, cases = _cases(claim)
    if count > min(MOST_CASES, boxes):
        return None
    discrete = [v for v in claim.where if isinstance(v, Specs | IntegerVariable)]
    reals = {v: (Fraction(str(v.low)), Fraction(str(v.high))) for v in claim.where if isinstance(v, Real)}
    used, undecided, names = 0, 0.0, [v.name for v in discrete]
    for values in cases:
        whole = dict(zip(names, values, strict=True))
        note(f"branch and bound {', '.join(f'{k} = {v}' for k, v in whole.items())}".rstrip())
        integers = {v: sp.Integer(whole[v.name]) for v in discrete if isinstance(v, IntegerVariable)}
        expression = comparison.margin.skeleton.xreplace(integers)
        domain = {v: box for v, box in reals.items() if expression.has(v)}
        try:
            found = decide(expression, domain, comparison.relation, boxes=max(1, boxes // count))
        except InputError as error:
            return Branches(False, None, f"branch and bound: {error}")
        used += found.boxes
        if found.verdict == "counterexample":
            missing = {v.name: low for v, (low, _) in reals.items()}
            at = {v.name: x for v, x in (found.point or {}).items()}
            return Branches(False, {**whole, **missing, **at}, f"branch and bound after {used} boxes")
        undecided += found.undecided_share / count if found.verdict == "undecided" else 0.0
    if undecided > 0:
        return Branches(
            False, None, f"branch and bound: {used} boxes, {undecided:.2g} of the domain's volume left undecided"
        )
    return Branches(True, None, f"branch and bound: {used} boxes cover the domain")


def _by_cases(claim: Claim, comparison: Comparison, note: Callable[[str], None]) -> Branches | None:
    """Every case of a finite domain, in balls."""
    count, cases = _cases(claim)
    if count > MOST_CASES:
        return None
    names = [v.name for v in claim.where]
    note(f"{count} cases in ball arithmetic")
    undecided = 0
    for values in cases:
        point: Point = dict(zip(names, values, strict=True))
        try:
            margin = enclosed(comparison.margin, point)
            decided = holds(margin, comparison.relation, ball(0))
        except (NoBall, InputError, ValueError, ZeroDivisionError):
            decided = None
        if decided is False:
            return Branches(False, point, f"{count} cases in ball arithmetic")
        undecided += decided is None
    if undecided:
        return Branches(False, None, f"{undecided} of {count} cases left undecided by ball arithmetic")
    return Branches(True, None, f"all {count} cases enclosed by ball arithmetic")
