"""One step of a derivation, and what the machine found of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Role = Literal["step", "counterexample", "lemma", "cross-check", "search"]
"""What a step is for.  A *step* or a *counterexample* is decided; a *lemma* is taken from elsewhere, by its reference
or its own proof; a *cross-check* compares numbers and proves nothing; a *search* found nothing against the claim."""

Method = Literal["algebra", "balls", "numbers", "reference"]
"""How it was decided: exact *algebra* (symbols, rationals), *balls* (an enclosure by interval arithmetic), plain
floating-point *numbers*, or not by the machine at all but by *reference*."""


@dataclass(frozen=True)
class Step:
    """One step of a derivation.

    Attributes:
        name: a few words, beginning with its number in the proof.
        statement: what the step says, in symbols.
        passed: whether the machine found it true; False where it could not decide.
        role: what it is for.
        method: how it was decided.
        detail: what was found, or for a lemma its reference or proof.
        formula: LaTeX of what the machine decided, made when it is asked for; None where there is nothing to show.
        claim: for a lemma that is a claim of its own, the claim's name.
    """

    name: str
    statement: str
    passed: bool
    role: Role = "step"
    method: Method = "algebra"
    detail: str = ""
    formula: Callable[[], str] | None = None
    claim: str = ""


def relation_formula(left: Any, relation: str, right: Any) -> Callable[[], str]:
    """LaTeX of ``left relation right`` for two SymPy expressions, printed when it is called."""

    def formula() -> str:
        import sympy

        sign = {"=": "=", "<=": r"\le", "<": "<", ">=": r"\ge", ">": ">"}[relation]
        return (
            f"{sympy.latex(sympy.sympify(left, strict=True))} {sign} {sympy.latex(sympy.sympify(right, strict=True))}"
        )

    return formula
