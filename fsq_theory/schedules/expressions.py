"""Arithmetic in ``t`` from a user's text: a parser that can build expressions and do nothing else.

The text is parsed to a syntax tree and never evaluated.  The tree is walked with a whitelist that builds SymPy objects
node by node.  Beside each object goes its value at some times inside (0, 1), computed before the object is built, so
that a number too large, too small or not real is refused before it can cost memory or time.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray
from scipy import special

from ..errors import InputError

MAX_LENGTH = 400
"""Longest text, in characters."""
MAX_DEPTH = 40
"""Deepest nesting."""
MAX_EXPONENT = 64
"""Largest constant exponent in absolute value."""
MAX_ARGUMENTS = 4
"""Most arguments of one min or max: SymPy compares them in pairs, over and over."""
MAX_EXTREMES = 4
"""Most calls of min and max in one expression, for SymPy joins those that are nested."""
MAX_BITS = 8192
"""Largest numerator or denominator of an exact constant, in bits."""
LARGEST = 1e300
"""Largest absolute value of any part of the expression; 1/LARGEST is the smallest of a constant other than 0."""

ACCEPTED = (
    "decimal numbers, t, pi, e, + - * / **, "
    "sqrt exp log sin cos tan tanh sinh cosh sigmoid erf abs min max and parentheses"
)

Values = NDArray[np.float64]

_PROBES: Values = np.concatenate([[1e-6, 1e-4], np.linspace(0, 1, 66)[1:-1], [1 - 1e-4, 1 - 1e-6]])
_DECIMAL = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_ALPHABET = re.compile(r"[0-9A-Za-z_+\-*/().,\s]")


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + sympy.exp(-x))


_UNARY: dict[str, tuple[Callable[[Any], Any], Callable[[Values], Values]]] = {
    "sqrt": (sympy.sqrt, np.sqrt),
    "exp": (sympy.exp, np.exp),
    "log": (sympy.log, np.log),
    "sin": (sympy.sin, np.sin),
    "cos": (sympy.cos, np.cos),
    "tan": (sympy.tan, np.tan),
    "tanh": (sympy.tanh, np.tanh),
    "sinh": (sympy.sinh, np.sinh),
    "cosh": (sympy.cosh, np.cosh),
    "sigmoid": (_sigmoid, special.expit),
    "erf": (sympy.erf, special.erf),
    "abs": (sympy.Abs, np.abs),
}
_LATTICE: dict[str, tuple[Any, Any]] = {"min": (sympy.Min, np.minimum), "max": (sympy.Max, np.maximum)}
_NAMES: dict[str, tuple[Any, float]] = {"pi": (sympy.pi, math.pi), "e": (sympy.E, math.e)}


@dataclass(frozen=True)
class _Part:
    """A piece of the expression with its values at the probe times."""

    expr: Any
    values: Values
    constant: bool


def parse_expression(text: str, symbol: Any, what: str = "expression") -> Any:
    """The SymPy expression that ``text`` writes, an arithmetic expression in ``symbol``.

    Args:
        text: accepted are decimal numbers, ``t``, ``pi``, ``e``, ``+ - * / **``, unary minus, parentheses, and the
            functions sqrt, exp, log, sin, cos, tan, tanh, sinh, cosh, sigmoid, erf, abs, min and max; the last two
            with 2 to 4 arguments and 4 times at most.
        symbol: what ``t`` becomes.
        what: how messages call the expression.

    Raises:
        InputError: naming the piece that is not accepted, or that is not a real number of ordinary size at some time
            inside (0, 1).
    """
    return _Builder(text, symbol, what).built()


class _Builder:
    """One walk over one syntax tree."""

    def __init__(self, text: str, symbol: Any, what: str) -> None:
        self.text, self.symbol, self.what = text, symbol, what
        self.extremes = 0

    def refuse(self, problem: str) -> InputError:
        return InputError(f"{self.what}: {problem}")

    def built(self) -> Any:
        text = self.text
        if len(text) > MAX_LENGTH:
            raise self.refuse(f"{len(text)} characters: expected at most {MAX_LENGTH}")
        if not text.strip():
            raise self.refuse(f"empty: expected {ACCEPTED}")
        for character in text:
            if not _ALPHABET.match(character) or not character.isascii():
                raise self.refuse(f"character {character!r} is not accepted: expected {ACCEPTED}")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = error.msg if isinstance(error, SyntaxError) else str(error)
            raise self.refuse(f"{text.strip()!r} is not an expression ({reason})") from None
        return self.part(tree.body, 0).expr

    def source(self, node: ast.expr) -> str:
        piece = self.segment(node) or type(node).__name__
        return repr(piece if len(piece) <= 40 else piece[:37] + "…")

    def segment(self, node: ast.expr) -> str:
        return ast.get_source_segment(self.text.strip(), node) or ""

    def part(self, node: ast.expr, depth: int) -> _Part:
        if depth > MAX_DEPTH:
            raise self.refuse(f"nested deeper than {MAX_DEPTH} levels")
        match node:
            case ast.Constant(value=value):
                return self.number(node, value)
            case ast.Name(id="t"):
                return _Part(self.symbol, _PROBES, False)
            case ast.Name(id=name) if name in _NAMES:
                expr, number = _NAMES[name]
                return _Part(expr, np.full_like(_PROBES, number), True)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.part(operand, depth + 1)
                return _Part(-inner.expr, -inner.values, inner.constant)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.part(operand, depth + 1)
            case ast.BinOp(left=left, op=op, right=right):
                return self.binary(node, op, self.part(left, depth + 1), self.part(right, depth + 1))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _UNARY or name in _LATTICE:
                self.check_arguments(node, name, len(args))
                return self.call(node, name, [self.part(arg, depth + 1) for arg in args])
        raise self.refuse(f"{self.source(node)} is not accepted: expected {ACCEPTED}")

    def number(self, node: ast.expr, value: object) -> _Part:
        if type(value) not in (int, float) or not _DECIMAL.fullmatch(self.segment(node)):
            raise self.refuse(f"{self.source(node)} is not accepted: expected {ACCEPTED}")
        try:
            size = float(value)  # type: ignore[arg-type]
        except OverflowError:
            size = math.inf
        self.check(node, np.full_like(_PROBES, size), constant=True, zero=value == 0)
        return _Part(sympy.Rational(repr(value)), np.full_like(_PROBES, size), True)

    def binary(self, node: ast.expr, op: ast.operator, a: _Part, b: _Part) -> _Part:
        constant = a.constant and b.constant
        with np.errstate(all="ignore"):
            match op:
                case ast.Add():
                    values, build = a.values + b.values, lambda: a.expr + b.expr
                case ast.Sub():
                    values, build = a.values - b.values, lambda: a.expr - b.expr
                case ast.Mult():
                    values, build = a.values * b.values, lambda: a.expr * b.expr
                case ast.Div():
                    values, build = a.values / b.values, lambda: a.expr / b.expr
                case ast.Pow():
                    self.check_power(node, a, b)
                    values, build = a.values**b.values, lambda: a.expr**b.expr
                case _:
                    raise self.refuse(f"operator in {self.source(node)} is not accepted: expected {ACCEPTED}")
        return self.checked(node, values, build, constant)

    def check_power(self, node: ast.expr, base: _Part, exponent: _Part) -> None:
        if exponent.constant and abs(exponent.values[0]) > MAX_EXPONENT:
            raise self.refuse(f"exponent in {self.source(node)} is too large: expected at most {MAX_EXPONENT}")
        if base.expr.is_Rational and exponent.constant:
            bits = max(int(base.expr.p).bit_length(), int(base.expr.q).bit_length())
            if bits * abs(exponent.values[0]) > MAX_BITS:
                raise self.refuse(f"{self.source(node)} has too many digits: expected at most {MAX_BITS} bits")

    def check_arguments(self, node: ast.expr, name: str, count: int) -> None:
        if name in _UNARY:
            if count != 1:
                raise self.refuse(f"{self.source(node)}: {name} takes 1 argument")
            return
        if not 2 <= count <= MAX_ARGUMENTS:
            raise self.refuse(f"{self.source(node)}: {name} takes 2 to {MAX_ARGUMENTS} arguments")
        self.extremes += 1
        if self.extremes > MAX_EXTREMES:
            raise self.refuse(f"{self.source(node)}: expected at most {MAX_EXTREMES} calls of min and max")

    def call(self, node: ast.expr, name: str, args: list[_Part]) -> _Part:
        constant = all(arg.constant for arg in args)
        with np.errstate(all="ignore"):
            if name in _UNARY:
                symbolic, numeric = _UNARY[name]
                return self.checked(node, numeric(args[0].values), lambda: symbolic(args[0].expr), constant)
            extreme, ufunc = _LATTICE[name]
            values = ufunc.reduce([arg.values for arg in args])
            return self.checked(node, values, lambda: extreme(*(arg.expr for arg in args)), constant)

    def checked(self, node: ast.expr, values: Values, build: Callable[[], Any], constant: bool) -> _Part:
        self.check(node, values, constant, zero=True)
        expr = build()
        # What rounding hides from the values: tan(pi/2), 1/sin(pi), or the root of a constant just below 0.
        if expr.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo, sympy.I):
            raise self.refuse(f"{self.source(node)} is not a finite real number")
        self.check(node, values, constant, zero=bool(expr.is_zero))
        return _Part(expr, values, constant)

    def check(self, node: ast.expr, values: Values, constant: bool, zero: bool) -> None:
        """Refuse what is not real, or not of ordinary size, at some probe time."""
        for problem, bad in (
            ("is not a real number", np.isnan(values)),
            (f"exceeds {LARGEST:g} in size", np.abs(values) > LARGEST),
            (f"is below {1 / LARGEST:g} in size", (np.abs(values) < 1 / LARGEST) & (constant and not zero)),
        ):
            if bad.any():
                where = "" if constant else f" at t = {_PROBES[np.flatnonzero(bad)[0]]:g}"
                raise self.refuse(f"{self.source(node)} {problem}{where}")
