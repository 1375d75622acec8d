"""Claims that balls can decide on their whole domain: analytic ones by branch and bound, finite ones case by case.

Claims on reference codebooks at every r are in between: their quantities are enclosed over intervals of r, which are
halved until they decide.
"""

from __future__ import annotations

import math
from collections import deque
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
from .variables import Codebooks, IntegerVariable, Priors, Real, Specs

BOXES = 5000

MOST_CASES = 4096

EQUATION_BOXES = 64
"""Boxes for an equation between quantities, which balls can break but not certify."""


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
    if not has_balls(comparison.margin) or any(isinstance(v, Codebooks | Priors) for v in claim.where):
        return None
    if any(isinstance(v, Real) for v in claim.where):
        return _by_intervals(claim, comparison, boxes, note)
    return _by_cases(claim, comparison, note)


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
        decided = _decided(comparison, point)
        if decided is False:
            return Branches(False, point, f"{count} cases in ball arithmetic")
        undecided += decided is None
    if undecided:
        return Branches(False, None, f"{undecided} of {count} cases left undecided by ball arithmetic")
    return Branches(True, None, f"all {count} cases enclosed by ball arithmetic")


def _decided(comparison: Comparison, point: Point) -> bool | None:
    """Whether balls show the claim to hold at a point, or all over a box, or to fail; None if neither."""
    try:
        return holds(enclosed(comparison.margin, point), comparison.relation, ball(0))
    except (NoBall, InputError, ValueError, ZeroDivisionError):
        return None


def _by_intervals(claim: Claim, comparison: Comparison, boxes: int, note: Callable[[str], None]) -> Branches | None:
    """Boxes of the real variables, halved until the margin's ball over each decides; middles are looked at too."""
    count, cases = _cases(claim)
    if count > min(MOST_CASES, boxes):
        return None
    names = [v.name for v in claim.where if isinstance(v, Specs | IntegerVariable)]
    domain = {v.name: (Fraction(str(v.low)), Fraction(str(v.high))) for v in claim.where if isinstance(v, Real)}
    boxes = min(boxes, EQUATION_BOXES * count) if comparison.equation else boxes
    used, left = 0, 0.0
    for values in cases:
        whole: Point = dict(zip(names, values, strict=True))
        note(f"balls over boxes {', '.join(f'{k} = {v}' for k, v in whole.items())}".rstrip())
        queue = deque([(domain, 1.0)])
        for _ in range(max(1, boxes // count)):
            if not queue:
                break
            box, share = queue.popleft()
            used += 1
            if _decided(comparison, {**whole, **box}):
                continue
            middle = {name: (low + high) / 2 for name, (low, high) in box.items()}
            if _decided(comparison, {**whole, **middle}) is False:
                return Branches(False, {**whole, **middle}, f"ball arithmetic over {used} boxes")
            queue += [(half, share / 2) for half in _halves(box, domain)]
        left += sum(share for _, share in queue) / count
    if left > 0:
        return Branches(False, None, f"ball arithmetic over {used} boxes, {left:.2g} of the domain left undecided")
    return Branches(True, None, f"ball arithmetic over {used} boxes, which cover the domain")


Box = dict[str, tuple[Fraction, Fraction]]


def _halves(box: Box, domain: Box) -> tuple[Box, Box]:
    """A box cut in two across the side that is longest, relative to the domain."""
    widest = max(box, key=lambda name: (box[name][1] - box[name][0]) / (domain[name][1] - domain[name][0]))
    low, high = box[widest]
    middle = (low + high) / 2
    return {**box, widest: (low, middle)}, {**box, widest: (middle, high)}
