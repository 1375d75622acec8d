"""A SymPy expression as a list of interval operations, made once and run on many boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import sympy as sp
from flint import arb, ctx

from ..claims.normal import Phi, phi
from ..errors import InputError
from . import intervals
from .arithmetic import ball, rational
from .intervals import Interval, Maybe, around, hull

MOST_TERMS = 10000
"""Most terms of a sum or product that are written out."""

CONSTANTS: dict[Any, Callable[[], Any]] = {
    sp.pi: arb.pi,
    sp.E: arb.const_e,
    sp.EulerGamma: arb.const_euler,
    sp.Catalan: arb.const_catalan,
    sp.GoldenRatio: lambda: (1 + arb(5).sqrt()) / 2,
}

KNOWN: dict[Any, str] = {Phi: "Phi", phi: "phi"} | {
    getattr(sp, name): name for name in intervals.FUNCTIONS if name not in ("Phi", "phi")
}
"""SymPy functions of one argument that have interval versions."""

DISCONTINUOUS = (sp.Piecewise, sp.sign, sp.Heaviside)
KINKED = (*DISCONTINUOUS, sp.Abs, sp.Min, sp.Max)

_COMPLEMENTS: dict[Any, Callable[[Any], Any]] = {Phi: lambda x: Phi(-x), sp.erf: sp.erfc}
"""Functions f with a complement g = 1 − f, which keeps its relative accuracy where f is nearly 1."""


class Program:
    """Interval operations that enclose an expression.

    Attributes:
        continuous: whether the expression is continuous wherever all its parts are defined.
        smooth: whether it has, there, all derivatives.
    """

    def __init__(self, expression: Any, symbols: Sequence[Any]) -> None:
        self._operations: list[tuple[Callable[[list[Maybe]], Maybe], tuple[int, ...]]] = []
        self._fixed: list[bool] = []
        self._memo: dict[Any, int] = {symbol: i for i, symbol in enumerate(symbols)}
        self._inputs = len(symbols)
        self._constants: dict[int, dict[int, Maybe]] = {}
        self._result = self._compile(expression)
        self.continuous = not expression.has(*DISCONTINUOUS)
        self.smooth = not expression.has(*KINKED)

    def run(self, box: Sequence[Interval]) -> Maybe:
        """An interval that contains the expression's values on a box, one interval a symbol; None if there is none."""
        constants = self._constants.setdefault(ctx.prec, {})
        values: list[Maybe] = list(box)
        for position, (operation, arguments) in enumerate(self._operations):
            if not self._fixed[position]:
                values.append(operation([values[i] for i in arguments]))
                continue
            if position not in constants:
                constants[position] = operation([values[i] for i in arguments])
            values.append(constants[position])
        return values[self._result]

    def _compile(self, node: Any) -> int:
        """The index of the value of a node, after appending what computes it."""
        found = self._memo.get(node)
        if found is None:
            found = self._memo[node] = self._append(*self._operation(node))
        return found

    def _append(self, operation: Callable[[list[Maybe]], Maybe], arguments: tuple[int, ...]) -> int:
        self._operations.append((operation, arguments))
        self._fixed.append(all(i >= self._inputs and self._fixed[i - self._inputs] for i in arguments))
        return self._inputs + len(self._operations) - 1

    def _all(self, nodes: Sequence[Any]) -> tuple[int, ...]:
        return tuple(self._compile(node) for node in nodes)

    def _operation(self, node: Any) -> tuple[Callable[[list[Maybe]], Maybe], tuple[int, ...]]:
        if node.is_Symbol:
            raise InputError(f"symbol {node}: no value is given for it")
        if node.is_Rational or node.is_Float:
            exact = rational(node)
            return lambda _: around(ball(exact)), ()
        if node in CONSTANTS:
            constant = CONSTANTS[node]
            return lambda _: around(constant()), ()
        if node.is_Add:
            return _strict(intervals.add), self._all(_complemented(node.args))
        if node.is_Mul:
            return _strict(_product), self._all(node.args)
        if node.is_Pow:
            return self._power(node)
        if isinstance(node, sp.Min | sp.Max):
            return _strict(intervals.smallest if isinstance(node, sp.Min) else intervals.largest), self._all(node.args)
        if isinstance(node, sp.Heaviside) and node.args[1] == sp.S.Half:
            return _strict(lambda parts: intervals.step(parts[0])), self._all(node.args[:1])
        if node.func in KNOWN and len(node.args) == 1:
            function = intervals.FUNCTIONS[KNOWN[node.func]]
            return _strict(lambda parts: function(parts[0])), self._all(node.args)
        if isinstance(node, sp.Sum | sp.Product):
            return _strict(lambda parts: parts[0]), (self._compile(_written_out(node)),)
        if isinstance(node, sp.Piecewise):
            return self._pieces(node)
        what = type(node).__name__ if node.args else str(node)
        accepted = "+, ·, powers, π, e, Min, Max, Sum, Piecewise, " + ", ".join(sorted(intervals.FUNCTIONS))
        raise InputError(f"{what} in {_short(node)}: no enclosure of it is known; accepted: {accepted}")

    def _power(self, node: Any) -> tuple[Callable[[list[Maybe]], Maybe], tuple[int, ...]]:
        base, exponent = node.base, node.exp
        if base is sp.E:
            return _strict(lambda parts: intervals.exp(parts[0])), self._all([exponent])
        if exponent.is_Integer:
            power = int(exponent)
            return _strict(lambda parts: intervals.integer_power(parts[0], power)), self._all([base])
        if exponent.is_Rational:
            p, q = int(exponent.p), int(exponent.q)
            return _strict(lambda parts: intervals.rational_power(parts[0], p, q)), self._all([base])
        return _strict(lambda parts: intervals.real_power(parts[0], parts[1])), self._all([base, exponent])

    def _pieces(self, node: Any) -> tuple[Callable[[list[Maybe]], Maybe], tuple[int, ...]]:
        """The hull of the pieces whose conditions may hold on the box, up to the first that does hold."""
        arguments: list[int] = []

        def place(part: Any) -> int:
            arguments.append(self._compile(part))
            return len(arguments) - 1

        pieces = [(place(value), _condition(condition, place)) for value, condition in node.args]

        def evaluate(parts: list[Maybe]) -> Maybe:
            possible: list[Interval] = []
            for value, condition in pieces:
                true = condition(parts)
                if true is False:
                    continue
                piece = parts[value]
                if piece is None:
                    return None
                possible.append(piece)
                if true:
                    return hull(possible)
            return None

        return evaluate, tuple(arguments)


@lru_cache(maxsize=512)
def program(expression: Any, symbols: tuple[Any, ...]) -> Program:
    """The program of an expression in these symbols.

    Raises:
        InputError: for a symbol that is not among them, a Float that is not what it prints as, or a function without
            an enclosure, which is named.
    """
    return Program(expression, symbols)


def _strict(operation: Callable[[Any], Maybe]) -> Callable[[list[Maybe]], Maybe]:
    """The operation, undefined as soon as an argument is."""
    return lambda parts: None if any(part is None for part in parts) else operation(parts)


def _product(parts: Sequence[Interval]) -> Maybe:
    product: Maybe = parts[0]
    for part in parts[1:]:
        if product is None:
            return None
        product = intervals.multiply(product, part)
    return product


def _complemented(terms: Sequence[Any]) -> Sequence[Any]:
    """The terms of a sum with c − c·Φ(x) written c·Φ(−x), and c − c·erf(x) written c·erfc(x)."""
    numbers = [term for term in terms if term.is_Rational]
    if len(numbers) != 1:
        return terms
    for term in terms:
        factor, function = term.as_coeff_Mul()
        if factor == -numbers[0] and function.func in _COMPLEMENTS:
            rest = [other for other in terms if other is not term and other is not numbers[0]]
            return [*rest, -factor * _COMPLEMENTS[function.func](function.args[0])]
    return terms


def _written_out(node: Any) -> Any:
    """A sum or product over integer ranges with concrete ends, term by term."""
    terms = [node.function]
    for index, first, last in reversed(node.limits):
        if not (first.is_Integer and last.is_Integer):
            raise InputError(f"{_short(node)}: expected a sum between two concrete integers")
        span = range(int(first), int(last) + 1)
        if len(span) * len(terms) > MOST_TERMS:
            raise InputError(f"{_short(node)}: expected at most {MOST_TERMS} terms")
        terms = [term.subs(index, k) for k in span for term in terms]
    return sp.Add(*terms) if isinstance(node, sp.Sum) else sp.Mul(*terms)


def _condition(condition: Any, place: Callable[[Any], int]) -> Callable[[list[Maybe]], bool | None]:
    """A condition of a Piecewise as a function of values: True, False, or None where the box does not decide."""
    if condition in (sp.true, sp.false):
        return lambda _: bool(condition)
    if isinstance(condition, sp.And | sp.Or):
        parts = [_condition(part, place) for part in condition.args]
        decisive = isinstance(condition, sp.Or)

        def joined(values: list[Maybe]) -> bool | None:
            found = [part(values) for part in parts]
            return decisive if decisive in found else None if None in found else not decisive

        return joined
    orders = {
        sp.StrictGreaterThan: ((">",), 1),
        sp.GreaterThan: ((">", "="), 1),
        sp.StrictLessThan: ((">",), -1),
        sp.LessThan: ((">", "="), -1),
    }
    if type(condition) not in orders:
        raise InputError(f"condition {_short(condition)} of a Piecewise: expected inequalities, joined by And or Or")
    signs, orientation = orders[type(condition)]
    at = place(orientation * (condition.lhs - condition.rhs))

    def decided(values: list[Maybe]) -> bool | None:
        value = values[at]
        if value is None:
            return None
        low, high = value
        if "=" in signs:
            return True if low >= 0 else False if high < 0 else None
        return True if low > 0 else False if high <= 0 else None

    return decided


def _short(node: Any) -> str:
    text = str(node)
    return text if len(text) <= 60 else text[:57] + "…"
