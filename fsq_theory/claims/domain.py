"""Where expressions are exact, and where they are differentiable: what has to hold before a derivative says anything.

A function that jumps or has a pole can be decreasing although its derivative is positive wherever there is one, as are
atan(1/(1 − x)) and −1/(x − 1) on x > 0.  Here an expression is taken to be differentiable only if its structure shows
it: sums, products, powers whose base keeps its sign, and functions that are differentiable on the whole line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def exact(expressions: Iterable[Any]) -> bool:
    """Whether no floating-point number occurs in any of the expressions."""
    import sympy as sp

    return not any(expression.has(sp.Float) for expression in expressions)


def reaches(variable: Any, value: Any) -> bool:
    """Whether a real value is one that the variable may take by the assumptions under which SymPy has rewritten it."""
    if value.is_extended_real is not True:
        return False
    return all(getattr(value, f"is_{name}", None) is holds for name, holds in variable.assumptions0.items())


def differentiable(expression: Any, variable: Any) -> bool:
    """Whether an expression is real and differentiable in ``variable`` at every value that their assumptions allow.

    Sufficient only: True if the structure of the expression shows it.  Parts without the variable have to be real.
    """
    import sympy as sp

    from .normal import Phi, phi

    if not expression.has(variable):
        return expression.is_extended_real is not False
    if expression == variable:
        return variable.is_real is True
    if not all(differentiable(part, variable) for part in expression.args):
        return False
    if isinstance(expression, (sp.Add, sp.Mul, sp.exp, sp.erf, sp.erfc, sp.atan, sp.sin, sp.cos, phi, Phi)):
        return True
    if isinstance(expression, (sp.sinh, sp.cosh, sp.tanh)):
        return True
    if isinstance(expression, sp.log):
        return _signed(expression.args[0], positive=True)
    if isinstance(expression, sp.Pow):
        base, power = expression.args
        if power.is_integer and power.is_nonnegative and not power.has(variable):
            return True
        return _signed(base, positive=True) or bool(
            power.is_integer and not power.has(variable) and _signed(base, positive=False)
        )
    return False


def _signed(expression: Any, positive: bool) -> bool:
    """Whether SymPy sees that a real expression has one sign throughout, 0 excluded."""
    import sympy as sp

    for form in (expression, sp.factor(expression), sp.expand(expression)):
        if (form.is_positive if positive else form.is_negative) is True:
            return True
    return False
