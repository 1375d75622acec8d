"""A statement as one margin that is positive where it fails, in the form in which floating point tells best.

Two accuracies that both differ from 1 by 1e-7 are compared by the logarithms of their errors, which says the same:
A(E) ≤ A(F) exactly where log(1 − A(F)) ≤ log(1 − A(E)).  In sums an accuracy becomes 1 − error, and constants cancel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .formula import Formula
from .quantities import accuracy, error, log_error
from .statement import Claim


@dataclass(frozen=True)
class Comparison:
    """``margin`` relates to 0 as the negation of the claim: it fails where margin > 0 (≥ 0 for a strict claim).

    Attributes:
        margin: the difference of the sides; for an equation it fails where the margin is not 0.
        sides: left and right as they are best told apart, errors in place of accuracies.
        equation: whether the claim is an equation.
        strict: whether equality breaks it.
        logarithmic: whether the margin is a difference of logarithms, whose unit is 1; other margins are looked at
            relative to the terms that they are made of.
    """

    margin: Formula
    sides: tuple[Formula, Formula]
    equation: bool
    strict: bool
    logarithmic: bool

    @cached_property
    def relation(self) -> str:
        """What the claim says of the margin: ``margin relation 0``."""
        return "=" if self.equation else "<" if self.strict else "<="


def compare(claim: Claim) -> Comparison:
    """The margin of a claim."""
    less, more = (claim.rhs, claim.lhs) if claim.relation.startswith(">") else (claim.lhs, claim.rhs)
    equation, strict = claim.relation == "=", claim.relation in ("<", ">")
    for kind, reverse in ((accuracy, True), (error, False), (log_error, False)):
        if isinstance(less, kind) and isinstance(more, kind):
            logs = log_error(*less.args), log_error(*more.args)
            margin = logs[1] - logs[0] if reverse else logs[0] - logs[1]
            kinds = error if kind is accuracy else kind
            sides = Formula(kinds(*claim.lhs.args)), Formula(kinds(*claim.rhs.args))
            return Comparison(Formula(margin), sides, equation, strict, True)
    difference: Any = less - more
    if difference.has(accuracy):
        difference = difference.replace(accuracy, lambda *args: 1 - error(*args)).expand()
    return Comparison(Formula(difference), (Formula(claim.lhs), Formula(claim.rhs)), equation, strict, False)
