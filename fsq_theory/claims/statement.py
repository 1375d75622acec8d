"""A user's claim: ``lhs relation rhs`` for all values of its variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from ..errors import InputError
from .quantities import as_expression, check_meaning
from .status import STATUSES, Status
from .variables import Codebooks, DomainSymbol, Priors

RELATIONS = ("<=", "<", ">=", ">", "=")

HELD: frozenset[Status] = frozenset({"proved", "certified", "supported"})
"""What a claim's author expects unless the file says otherwise."""


@dataclass(frozen=True)
class Claim:
    """A statement over a domain.

    Attributes:
        lhs: left side: a SymPy expression in the variables, with quantities of :mod:`.quantities` for codebooks; or a
            Python function whose parameters are named as variables are.
        relation: ``<=``, ``<``, ``>=``, ``>`` or ``=``.
        rhs: right side.
        where: the variables, each with its domain.
        title: one line; the formula by default.
        expect: the status, or several, that its author expects; proved, certified or supported by default.
        name: what it is called, by default the file's name.

    Raises:
        InputError: for an unknown relation, status or variable, or a side that is no expression.
    """

    lhs: Any
    relation: str
    rhs: Any
    where: Sequence[DomainSymbol] = ()
    title: str = ""
    expect: Status | Sequence[Status] = ()
    name: str = "claim"

    def __post_init__(self) -> None:
        where = tuple(self.where) if isinstance(self.where, list | tuple) else (self.where,)
        for variable in where:
            if not isinstance(variable, DomainSymbol):
                raise InputError(f"where holds {variable!r}: expected Real, Integer, Specs, Codebooks or Priors")
        if len({variable.name for variable in where}) < len(where):
            raise InputError(f"where = {', '.join(v.name for v in where)}: two variables have the same name")
        if self.relation not in RELATIONS:
            raise InputError(f"relation {self.relation!r}: expected one of {', '.join(RELATIONS)}")
        if not isinstance(self.expect, str | list | tuple) or not isinstance(self.title, str):
            raise InputError(
                f"title {self.title!r}, expect {self.expect!r}: expected strings; several statuses as a list"
            )
        statuses = (self.expect,) if isinstance(self.expect, str) else tuple(self.expect)
        for status in statuses:
            if status not in STATUSES:
                raise InputError(f"expect {status!r}: expected one of {', '.join(STATUSES)}")
        sides = [as_expression(self.lhs, where, "left"), as_expression(self.rhs, where, "right")]
        _check_sides(sides, where)
        for field, value in zip(("where", "expect", "lhs", "rhs"), (where, statuses, *sides), strict=True):
            object.__setattr__(self, field, value)
        if not self.title:
            object.__setattr__(self, "title", self.formula())

    @property
    def expected(self) -> frozenset[Status]:
        """The statuses that the author expects."""
        return frozenset((self.expect,) if isinstance(self.expect, str) else self.expect) or HELD

    def formula(self) -> str:
        """The statement in plain text."""
        sign = {"<=": "≤", ">=": "≥"}.get(self.relation, self.relation)
        return f"{self.lhs} {sign} {self.rhs}"

    def latex(self) -> str:
        """The statement in LaTeX."""
        sign = {"<=": r"\le", ">=": r"\ge"}.get(self.relation, self.relation)
        return f"{sp.latex(self.lhs)} {sign} {sp.latex(self.rhs)}"


def _check_sides(sides: list[Any], where: tuple[DomainSymbol, ...]) -> None:
    used = set().union(*(side.free_symbols for side in sides))
    needed = {v.like for v in used if isinstance(v, Codebooks)} | {v.of for v in used if isinstance(v, Priors)}
    for symbol in sorted(used | {v for v in needed if v is not None}, key=str):
        if symbol not in where:
            raise InputError(f"{symbol} is not among the variables: where = {', '.join(v.name for v in where) or '()'}")
    for side in sides:
        if side.is_real is False or side.has(sp.zoo, sp.nan):
            raise InputError(f"{side}: expected a real expression")
        check_meaning(side)
