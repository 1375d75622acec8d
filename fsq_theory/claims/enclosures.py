"""Steps that ball arithmetic decides: comparisons of enclosed numbers, at exact points and over whole boxes.

A step passes only if every value that the enclosures allow satisfies it.  What they leave undecided has failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .step import Role, Step, relation_formula

BITS = 64
MOST_BITS = 4096


def enclosure(
    name: str,
    statement: str,
    left: Any,
    relation: str,
    right: Any,
    values: Mapping[Any, Any] | None = None,
    role: Role = "step",
    bits: int = BITS,
) -> Step:
    """The step that ``left relation right`` for two expressions, their symbols being in the sets that ``values`` gives.

    Precision is doubled until the enclosures decide it, up to 4096 bits.

    Args:
        name: as of every step.
        statement: likewise.
        left: SymPy expression, number, or ball (which is then not refined).
        relation: one of <=, <, >=, >; = passes only where both sides are exact numbers in binary, as 2 is and π is not.
        right: as ``left``.
        values: for each symbol an exact number, a pair of them, or a ball, as :func:`..balls.expressions.enclose` takes
            them.
        role: ``step`` or ``counterexample``.
        bits: mantissa to begin with.

    Raises:
        InputError: for an unknown relation, a symbol without value, or a function without enclosure.
    """
    decided, used = None, bits // 2
    while decided is None and used < MOST_BITS:
        used *= 2
        first, second = _enclosed(left, values, used), _enclosed(right, values, used)
        decided, difference = _compared(left, relation, right, first, second, values, used)
    verdict = "undecided" if decided is None else f"difference {_shown(difference)}"
    detail = f"{_shown(first)} {relation} {_shown(second)}, {verdict}, {used} bits"
    return Step(name, statement, decided is True, role, "balls", detail, relation_formula_of(left, relation, right))


def enclosure_on(
    name: str,
    statement: str,
    left: Any,
    relation: str,
    right: Any,
    domain: Mapping[Any, tuple[Any, Any]],
    role: Role = "step",
    boxes: int = 20000,
    bits: int = BITS,
) -> Step:
    """The step that ``left relation right`` at every point of a closed box, by branch and bound.

    Args:
        name: as of every step.
        statement: likewise.
        left: SymPy expression or number.
        relation: one of <=, <, >=, >; = passes only if algebra shows it.
        right: as ``left``.
        domain: for each symbol its closed range (low, high), exact finite numbers; symbols that are integers take the
            integers of theirs.
        role: ``step`` or ``counterexample``.
        boxes: boxes to look at before giving up.
        bits: mantissa to begin with.

    Raises:
        InputError: as :func:`..balls.branch_and_bound.decide`.
    """
    import sympy as sp

    from ..balls.branch_and_bound import decide

    difference = sp.sympify(left, strict=True) - sp.sympify(right, strict=True)
    found = decide(difference, domain, relation, boxes=boxes, bits=bits)
    detail = f"{found.verdict}, {found.boxes} boxes, {found.reason}"
    if found.point is not None:
        where = ", ".join(f"{symbol} = {value}" for symbol, value in found.point.items())
        detail += f"; at {where} the difference is {_shown(found.enclosure)}"
    elif found.verdict == "certified" and found.enclosure is not None:
        detail += f"; the difference lies in {_range(found.enclosure)}"
    elif found.verdict == "undecided":
        detail += f"; {found.undecided_share:.2g} of the volume is left"
    passed = found.verdict == "certified"
    return Step(name, statement, passed, role, "balls", detail, relation_formula_of(left, relation, right))


def relation_formula_of(left: Any, relation: str, right: Any) -> Any:
    """LaTeX of the relation where both sides are symbolic; None where one of them is a ball."""
    from flint import arb

    return None if isinstance(left, arb) or isinstance(right, arb) else relation_formula(left, relation, right)


def _enclosed(side: Any, values: Mapping[Any, Any] | None, bits: int) -> Any:
    from flint import arb

    from ..balls.expressions import enclose

    return side if isinstance(side, arb) else enclose(side, values, bits)


def _compared(
    left: Any, relation: str, right: Any, first: Any, second: Any, values: Mapping[Any, Any] | None, bits: int
) -> tuple[bool | None, Any]:
    """What is certain of a relation at a precision, and a ball of left − right, whose sides are enclosed already.

    Where both sides are expressions their difference is enclosed, so that what they share cancels, provided that both
    are defined.
    """
    import sympy as sp
    from flint import arb

    from ..balls.arithmetic import holds, precision
    from ..balls.expressions import enclose_between

    with precision(bits):
        if isinstance(left, arb) or isinstance(right, arb) or not (first.is_finite() and second.is_finite()):
            return holds(first, relation, second), first - second
        between = enclose_between(sp.sympify(left, strict=True) - sp.sympify(right, strict=True), values, bits)
        if between is None:
            return None, arb("nan")
        low, high = between
        answers = {holds(low, relation, 0), holds(high, relation, 0)}
        if relation == "=":
            decided = True if low == high == 0 else False if low > 0 or high < 0 else None
        else:
            decided = answers.pop() if len(answers) == 1 else None
        return decided, low.union(high)


def _shown(value: Any) -> str:
    from ..balls.arithmetic import precision, text

    with precision(BITS):
        return "unbounded" if value is None else text(value)


def _range(value: Any) -> str:
    from ..balls.arithmetic import precision

    with precision(BITS):
        low, high = value.lower(), value.upper()
        return f"[{low.str(6, radius=False)}, {high.str(6, radius=False)}]"
