"""Whether a statement is defined on all of its domain where its margin is: terms of both sides may have cancelled.

log x ≤ log x + 1 has the margin −1, which holds wherever the statement is defined; it is not on x ≤ 0.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from ..balls.expressions import enclose_between
from ..errors import InputError
from .comparison import Comparison
from .moves import choices
from .normal import Phi, phi
from .quantities import Measurement, Quantity
from .statement import Claim
from .variables import IntegerVariable, Real

BOXES = 256

TOTAL: tuple[Any, ...] = (
    *(sp.exp, sp.erf, sp.erfc, sp.sin, sp.cos, sp.atan, sp.sinh, sp.cosh, sp.tanh, sp.asinh, Phi, phi),
    *(sp.Abs, sp.sign, sp.Heaviside, sp.Min, sp.Max),
)
"""Functions that are defined on the whole line."""


def shown_defined(claim: Claim, comparison: Comparison) -> bool:
    """Whether balls show whatever the margin has lost of both sides to be defined on the whole domain."""
    lost = set(_partial(claim.lhs)) | set(_partial(claim.rhs))
    lost -= set(_partial(comparison.margin.expression))
    domain = {v: v.ends for v in claim.where if isinstance(v, Real)}
    for whole in choices(claim.where) if lost else ():
        integers = {v: sp.Integer(whole[v.name]) for v in claim.where if isinstance(v, IntegerVariable)}
        if not all(_defined(part.xreplace(integers), domain) for part in lost):
            return False
    return True


def _partial(expression: Any) -> Iterator[Any]:
    """Expressions that have to be defined for this one to be: powers and functions that are not everywhere.

    A quantity at r is taken as √r, which is defined where it is.
    """
    for part in sp.preorder_traversal(expression):
        if isinstance(part, Quantity):
            yield from (sp.sqrt(part.args[1]) for name in part.numbers if name == "r")
        elif isinstance(part, sp.Pow):
            if not (part.exp.is_integer and part.exp.is_nonnegative):
                yield part
        elif isinstance(part, sp.Function) and not isinstance(part, (*TOTAL, Measurement)):
            yield part


def _defined(expression: Any, domain: Mapping[Any, tuple[Fraction, Fraction]]) -> bool:
    """Whether an expression has an enclosure on every box of a cover of the domain."""
    free = [v for v in domain if expression.has(v)]
    queue = deque([{v: domain[v] for v in free}])
    for _ in range(BOXES):
        if not queue:
            return True
        box = queue.popleft()
        try:
            if enclose_between(expression, box) is not None:
                continue
        except InputError:
            return False
        if not box:
            return False
        queue += halves(box, domain)
    return not queue


Box = Mapping[Any, tuple[Fraction, Fraction]]


def halves(box: Box, domain: Box) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """A box cut in two across the side that is longest, relative to the domain."""
    widest = max(box, key=lambda name: (box[name][1] - box[name][0]) / (domain[name][1] - domain[name][0]))
    low, high = box[widest]
    middle = (low + high) / 2
    return {**box, widest: (low, middle)}, {**box, widest: (middle, high)}
