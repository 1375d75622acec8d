"""Claims that balls can decide on their whole domain: analytic ones by branch and bound, finite ones case by case.

Claims on reference codebooks at every r are in between: their quantities are enclosed over intervals of r, which are
halved until they decide.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp

from ..balls.branch_and_bound import decide
from ..errors import InputError
from .comparison import Comparison
from .confirm import decided
from .definedness import halves, shown_defined
from .draws import RandomChooser
from .enclosed import has_balls
from .meant import listed_tokens
from .moves import Point, choices, draw_point
from .point_text import point_text
from .statement import Claim
from .variables import Codebooks, IntegerVariable, Priors, Real, Specs

BOXES = 5000

MOST_CASES = 4096

EQUATION_BOXES = 64
"""Boxes for an equation between quantities, which balls can break but not certify."""


LISTED_BOXES, FEWEST_BOXES = 2**13, 8
"""Boxes times tokens for a case with codebooks whose pairs are looked at, a quarter of a second for 256 of them."""


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
    found = _decided_by(claim, comparison, boxes, note)
    if found is None or not found.certified or shown_defined(claim, comparison):
        return found
    return Branches(False, None, f"{found.evidence}, but both sides are not shown to be defined on all of it")


def _decided_by(claim: Claim, comparison: Comparison, boxes: int, note: Callable[[str], None]) -> Branches | None:
    if not comparison.margin.quantities:
        return _by_boxes(claim, comparison, boxes, note)
    if not has_balls(comparison.margin) or any(isinstance(v, Codebooks | Priors) for v in claim.where):
        return None
    if any(isinstance(v, Real) for v in claim.where):
        return _by_intervals(claim, comparison, boxes, note)
    return _by_cases(claim, comparison, note)


def _by_boxes(claim: Claim, comparison: Comparison, boxes: int, note: Callable[[str], None]) -> Branches | None:
    """Branch and bound over the reals, once for each choice of integers."""
    cases = choices(claim.where)
    if cases.count > min(MOST_CASES, boxes):
        return None
    reals = {v: v.ends for v in claim.where if isinstance(v, Real)}
    used, undecided = 0, 0.0
    for whole in cases:
        note(f"branch and bound {point_text(whole) if whole else ''}".rstrip())
        integers = {v: sp.Integer(whole[v.name]) for v in claim.where if isinstance(v, IntegerVariable)}
        expression = comparison.margin.skeleton.xreplace(integers)
        domain = {v: box for v, box in reals.items() if expression.has(v)}
        try:
            found = decide(expression, domain, comparison.relation, boxes=max(1, boxes // cases.count))
        except InputError as error:
            return Branches(False, None, f"branch and bound: {error}")
        used += found.boxes
        if found.verdict == "counterexample":
            at = {**whole, **{v.name: x for v, x in (found.point or {}).items()}}
            anywhere = draw_point(RandomChooser(np.random.default_rng(0)), claim.where, at)
            return Branches(False, anywhere, f"branch and bound after {used} boxes")
        undecided += found.undecided_share / cases.count if found.verdict == "undecided" else 0.0
    if undecided > 0:
        return Branches(
            False, None, f"branch and bound: {used} boxes, {undecided:.2g} of the domain's volume left undecided"
        )
    return Branches(True, None, f"branch and bound: {used} boxes cover the domain")


def _by_cases(claim: Claim, comparison: Comparison, note: Callable[[str], None]) -> Branches | None:
    """Every case of a finite domain, in balls."""
    cases = choices(claim.where)
    count = cases.count
    if count > MOST_CASES:
        return None
    note(f"{count} cases in ball arithmetic")
    undecided = 0
    for point in cases:
        found = decided(comparison, point)
        if found is False:
            return Branches(False, point, f"{count} cases in ball arithmetic")
        undecided += found is None
    if undecided:
        return Branches(False, None, f"{undecided} of {count} cases left undecided by ball arithmetic")
    return Branches(True, None, f"all {count} cases enclosed by ball arithmetic")


def affordable(boxes: int, claim: Claim, cases: int) -> int:
    """How many boxes to look at where those of codebooks without structure take long: a count, never the clock."""
    books = [book for v in claim.where if isinstance(v, Specs) for book in v.books.values()]
    return min(boxes, max(FEWEST_BOXES, LISTED_BOXES // max([1, *map(listed_tokens, books)])) * cases)


def _by_intervals(claim: Claim, comparison: Comparison, boxes: int, note: Callable[[str], None]) -> Branches | None:
    """Boxes of the real variables, halved until the margin's ball over each decides; middles are looked at too."""
    cases = choices(claim.where)
    if cases.count > min(MOST_CASES, boxes):
        return None
    domain = {v.name: v.ends for v in claim.where if isinstance(v, Real)}
    boxes = min(boxes, EQUATION_BOXES * cases.count) if comparison.equation else boxes
    boxes = affordable(boxes, claim, cases.count)
    used, left = 0, 0.0
    for whole in cases:
        note(f"balls over boxes {point_text(whole) if whole else ''}".rstrip())
        queue = deque([(domain, 1.0)])
        for _ in range(max(1, boxes // cases.count)):
            if not queue:
                break
            box, share = queue.popleft()
            used += 1
            if decided(comparison, {**whole, **box}):
                continue
            middle = {name: (low + high) / 2 for name, (low, high) in box.items()}
            if decided(comparison, {**whole, **middle}) is False:
                return Branches(False, {**whole, **middle}, f"ball arithmetic over {used} boxes")
            queue += [(half, share / 2) for half in halves(box, domain)]
        left += sum(share for _, share in queue) / cases.count
    if left > 0:
        return Branches(False, None, f"ball arithmetic over {used} boxes, {left:.2g} of the domain left undecided")
    return Branches(True, None, f"ball arithmetic over {used} boxes, which cover the domain")
