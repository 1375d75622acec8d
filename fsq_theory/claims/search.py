"""Hypothesis looks for points where a claim fails, and shrinks what it finds."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .comparison import Comparison
from .confirm import SUSPICION, certify, closeness, may_fail, seems_to_fail, touches
from .draws import HypothesisChooser
from .measured import Margin, Measurer, measure
from .moves import Point, draw_point
from .variables import DomainSymbol

KEPT = 8
"""Points that seem to fail without being certified that are kept to be looked at again."""


@dataclass
class Trail:
    """What a search has seen.

    Attributes:
        tried: points at which the statement was evaluated.
        undefined: points at which it is not defined.
        closest: the closest approach to failure.
        closest_at: where, and the margin there.
        suspects: points that seem to fail and are not certified, by how far beyond 0 they are.
        touching: a point at which both sides of a strict claim agree to rounding.
        failing: a point where it certainly fails, its margin and what balls say; None as long as none was found.
    """

    tried: int = 0
    undefined: int = 0
    closest: float = -math.inf
    closest_at: tuple[Point, Margin] | None = None
    suspects: list[tuple[float, Point]] = field(default_factory=list)
    touching: Point | None = None
    failing: tuple[Point, Margin, str] | None = None

    def see(self, comparison: Comparison, point: Point, margin: Margin) -> bool:
        """Take note of a point; whether the claim certainly fails there."""
        near = closeness(comparison, margin)
        if math.isnan(near):
            self.undefined += 1
            return False
        self.tried += 1
        if near > self.closest:
            self.closest, self.closest_at = near, (point, margin)
        if may_fail(comparison, margin):  # Otherwise balls are not worth their time.
            ball = certify(comparison, point, margin)
            if ball is not None:
                self.failing = point, margin, ball
                return True
        if touches(comparison, margin):
            self.touching = self.touching or point
        elif seems_to_fail(comparison, margin, SUSPICION):
            self.suspects.append((near, point))
            self.suspects.sort(key=lambda one: -one[0])
            del self.suspects[KEPT:]
        return False


def hypothesis_search(
    comparison: Comparison, variables: Sequence[DomainSymbol], seed: int, tries: int, fixed: Point | None = None
) -> Trail:
    """Up to ``tries`` points of the domain, drawn by Hypothesis; a certain failure is shrunk by it.

    Args:
        comparison: the claim's margin.
        variables: its variables.
        seed: of Hypothesis; nothing is kept from run to run.
        tries: most points before a failure is found; shrinking takes a few hundred more.
        fixed: values that are kept.
    """
    from hypothesis import HealthCheck, Phase, Verbosity, find, settings
    from hypothesis import strategies as st
    from hypothesis.errors import NoSuchExample

    trail = Trail()

    @st.composite
    def points(draw: Any) -> Point:
        return draw_point(HypothesisChooser(draw), variables, fixed)

    def fails(point: Point) -> bool:
        margin = measure(comparison.margin, point, Measurer(seed))
        return trail.see(comparison, point, margin)

    options = settings(
        max_examples=tries,
        database=None,
        deadline=None,
        derandomize=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    with suppress(NoSuchExample):
        find(points(), fails, settings=options, random=random.Random(seed))
    return trail
