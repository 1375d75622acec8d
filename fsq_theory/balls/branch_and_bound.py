"""Whether an inequality holds on a whole box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from .arithmetic import START_BITS, Ball

VERDICTS = ("certified", "counterexample", "undecided")


@dataclass(frozen=True)
class Verdict:
    """What branch and bound found of ``expression relation 0`` on a box.

    Attributes:
        verdict: ``certified`` (it holds at every point), ``counterexample`` (it fails at ``point``), or ``undecided``.
        point: the counterexample, an exact value of each symbol; None otherwise.
        enclosure: ball of the expression: at ``point`` for a counterexample, over the whole box otherwise; None where
            nothing finite was found.
        boxes: boxes looked at.
        undecided_share: share of the volume of the box that is left undecided.
        undecided_boxes: a few of the boxes left undecided, (low, high) of each symbol, the most doubtful first.
        reason: a few words on what decided.
    """

    verdict: Literal["certified", "counterexample", "undecided"]
    point: Mapping[Any, Fraction] | None
    enclosure: Ball | None
    boxes: int
    undecided_share: float = 0.0
    undecided_boxes: tuple[Mapping[Any, tuple[Fraction, Fraction]], ...] = ()
    reason: str = ""


def decide(
    expression: Any,
    domain: Mapping[Any, tuple[Any, Any]],
    relation: str = "<=",
    *,
    boxes: int = 20000,
    bits: int = START_BITS,
) -> Verdict:
    """Whether ``expression relation 0`` holds at every point of a closed box.  (Not written yet.)"""
    raise NotImplementedError
