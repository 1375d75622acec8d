"""Steps that exact algebra decides: identities and inequalities between SymPy expressions, and finite enumerations.

Each function here returns a :class:`~.step.Step` that has passed only if SymPy proved it.  What SymPy leaves undecided
has failed; so has what holds floating-point numbers, which prove nothing, and what a look at a few points contradicts
(:mod:`.spot_check`), should SymPy err.  What was once decided is remembered, as variants of a proof share most steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from ..errors import InputError
from .domain import differentiable, exact, reaches
from .spot_check import Relation, contradicted
from .step import Role, Step, relation_formula


def identity(name: str, statement: str, left: Any, right: Any, role: Role = "step") -> Step:
    """The step that two expressions are equal where both are defined: their difference is brought to 0 exactly."""
    first, second = _expression(left), _expression(right)
    passed = exact((first, second)) and vanishes(first - second) and not contradicted(first, "=", second)
    return Step(name, statement, passed, role, "algebra", formula=relation_formula(left, "=", right))


def inequality(
    name: str,
    statement: str,
    left: Any,
    right: Any,
    because: Any = None,
    strict: bool = False,
    role: Role = "step",
) -> Step:
    """The step that left ≤ right (left < right if ``strict``), wherever their symbols' assumptions hold.

    Passed only if the sign of right − left follows from the assumptions on its symbols.  Where SymPy does not see it,
    ``because`` is an expression whose sign it does see, such as a sum of squares or a product of positive factors:
    then right − left has to be identical to it.
    """
    lesser, greater = _expression(left), _expression(right)
    shown = greater - lesser if because is None else _expression(because)
    relation: Relation = "<" if strict else "<="
    passed = (
        exact((lesser, greater, shown))
        and (because is None or vanishes(greater - lesser - shown))
        and has_sign(shown, strict)
        and not contradicted(lesser, relation, greater)
    )
    return Step(name, statement, passed, role, "algebra", formula=relation_formula(left, relation, right))


def grows_from(
    name: str, statement: str, expression: Any, variable: Any, start: Any, because: Any = None, strict: bool = False
) -> Step:
    """The step that an expression is ≥ 0 (> 0 if ``strict``) for all variable > start, being so at its start.

    Passed only if the limit at ``start`` from above is ≥ 0 and the derivative is ≥ 0 (> 0) beyond it, as by
    :func:`inequality` with ``because`` an expression in the same variable; start is a finite number.
    The expression has to be differentiable on (start, ∞), and seen to be so by its structure: no poles, no jumps, no
    branch points (:func:`.domain.differentiable`).
    """
    import sympy as sp

    expression, start = _expression(expression), _expression(start)
    shown = sp.diff(expression, variable) if because is None else _expression(because)
    relation: Relation = "<" if strict else "<="
    beyond = sp.Dummy("u", positive=True)
    moved, slope = (term.subs(variable, start + beyond) for term in (expression, shown - sp.diff(expression, variable)))
    passed = (
        exact((expression, start, shown))
        and start.is_finite is True
        and reaches(variable, start + beyond)
        and differentiable(moved, beyond)
        and (because is None or vanishes(slope))
        and has_sign(shown.subs(variable, start + beyond), strict)
        and _starts_right(expression, variable, start)
        and not contradicted(sp.S.Zero, relation, moved)
    )
    return Step(name, statement, passed, "step", "algebra", formula=relation_formula(0, relation, expression))


@cache
def _starts_right(expression: Any, variable: Any, start: Any) -> bool:
    """Whether the limit at the start from above is finite and ≥ 0."""
    import sympy as sp

    limit = sp.simplify(sp.limit(expression, variable, start, "+"))
    return limit.is_finite is True and limit.is_nonnegative is True


def polynomial_positive(name: str, statement: str, polynomial: Any, variable: Any, low: Any, high: Any) -> Step:
    """The step that a polynomial with rational coefficients is > 0 on [low, high]: by Sturm's theorem, no root there.

    Either end may be infinite; there the leading term is looked at.

    Raises:
        InputError: if an end is neither a rational number nor infinite.
    """
    import sympy as sp

    low, high = _expression(low), _expression(high)
    for end in (low, high):
        if not (end.is_Rational or end in (sp.oo, -sp.oo)):
            raise InputError(f"{name}: {end} is no end of an interval: expected a rational number or ±oo")
    poly = sp.Poly(polynomial, variable, domain="QQ")
    inside = 0 if not low.is_finite and not high.is_finite else low + 1 if low.is_finite else high - 1
    if low.is_finite and high.is_finite:
        inside = (low + high) / 2
    roots = poly.count_roots(low if low.is_finite else None, high if high.is_finite else None)
    passed = bool(exact((_expression(polynomial),)) and low <= high and roots == 0 and poly.eval(inside) > 0)
    return Step(name, statement, passed, "step", "algebra", formula=relation_formula(0, "<", polynomial))


def enumeration(name: str, statement: str, cases: Iterable[tuple[str, bool]]) -> Step:
    """The step that a finite list of exact facts holds, each (what, whether it is true); at least one."""
    listed = list(cases)
    wrong = [what for what, true in listed if true is not True]
    detail = f"{len(listed)} cases" + (f"; fails for {', '.join(wrong[:3])}" if wrong else "")
    return Step(name, statement, bool(listed) and not wrong, "step", "algebra", detail)


@cache
def vanishes(difference: Any) -> bool:
    """Whether SymPy brings an expression to 0 exactly."""
    import sympy as sp

    attempts: tuple[Callable[[Any], Any], ...] = (
        sp.simplify,
        lambda e: sp.simplify(sp.expand_log(sp.powdenest(sp.expand(e), force=False))),
        lambda e: sp.simplify(e.rewrite(sp.exp)),
    )
    for attempt in attempts:
        difference = attempt(difference)
        if difference == 0:
            return True
    return False


@cache
def has_sign(expression: Any, strict: bool = False) -> bool:
    """Whether SymPy knows an expression to be ≥ 0 (> 0 if ``strict``) from the assumptions on its symbols."""
    import sympy as sp

    forms: tuple[Callable[[Any], Any], ...] = (lambda e: e, sp.factor, sp.expand, sp.simplify)
    for form in forms:
        shown = form(expression)
        if (shown.is_positive if strict else shown.is_nonnegative) is True:
            return True
    return False


def _expression(value: Any) -> Any:
    import sympy

    return sympy.sympify(value, strict=True)


def forget() -> None:
    """Forget what was decided: each question is put to SymPy again."""
    for decision in (_starts_right, vanishes, has_sign, contradicted):
        decision.cache_clear()
