"""Derivations: proofs in steps, each of which the machine decides on its own.

A derivation is a file with a function ``derive()`` that returns its :class:`Step` s.  A step that cannot be decided has
not passed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """One step of a derivation.

    Attributes:
        name: a few words.
        statement: what the step says, in symbols.
        passed: whether the machine found it true; False where it could not decide.
    """

    name: str
    statement: str
    passed: bool


def identity(name: str, statement: str, left: Any, right: Any) -> Step:
    """The step that two SymPy expressions are equal: passed only if their difference is brought to 0 exactly."""
    import sympy

    difference = sympy.simplify(sympy.sympify(left, strict=True) - sympy.sympify(right, strict=True))
    if difference != 0:
        difference = sympy.simplify(sympy.expand_log(sympy.powdenest(sympy.expand(difference), force=False)))
    return Step(name, statement, bool(difference == 0))


def agreement(name: str, statement: str, left: float, right: float, tolerance: float) -> Step:
    """The step that two finite numbers agree to a relative ``tolerance``: a cross-check, not a proof."""
    close = math.isfinite(left) and math.isfinite(right) and abs(left - right) <= tolerance * abs(right)
    return Step(name, statement, bool(close))


def report(title: str, steps: Iterable[Step]) -> bool:
    """Print the steps of a derivation and whether each passed; True if all did and there was at least one."""
    listed = list(steps)
    print(title)
    for step in listed:
        print(f"  [{'passed' if step.passed else 'FAILED'}] {step.name}: {step.statement}")
    return bool(listed) and all(step.passed for step in listed)
