"""Quantities on codebooks as SymPy functions of a codebook's symbol, so that statements about them can be written.

``accuracy(E, r) <= accuracy(F, r)`` is an expression like any other: it is printed by SymPy, and evaluated in three
ways by the modules beside this one: as numbers (:mod:`.measured`), differentiably (:mod:`.differentiable`) and in balls
(:mod:`.enclosed`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

import sympy as sp

from ..errors import InputError
from .variables import Codebooks, DomainSymbol, Priors, Real, Specs


class Quantity(sp.Function):  # type: ignore[misc]
    """A real number that belongs to a codebook and, perhaps, to r and a prior."""

    numbers: ClassVar[tuple[str, ...]] = ()
    """Names of the arguments after the codebook that are real numbers."""

    weighed: ClassVar[bool] = False
    """Whether a prior may follow as the last argument."""

    symbol: ClassVar[str] = ""
    """How LaTeX writes it."""

    @classmethod
    def eval(cls, *args: Any) -> None:
        usage = ", ".join(["codebook", *cls.numbers, *(["[prior]"] if cls.weighed else [])])
        count = len(args) - 1
        if not args or not isinstance(args[0], Specs | Codebooks):
            raise InputError(f"{cls.__name__}: expected ({usage}), the first a variable Specs(...) or Codebooks(...)")
        if count not in (len(cls.numbers), len(cls.numbers) + cls.weighed):
            raise InputError(f"{cls.__name__} of {len(args)} arguments: expected ({usage})")
        if count > len(cls.numbers) and not isinstance(args[-1], Priors):
            raise InputError(f"{cls.__name__} with prior {args[-1]}: expected a variable Priors(...)")
        for name, value in zip(cls.numbers, args[1:], strict=False):
            if isinstance(value, DomainSymbol) and not isinstance(value, Real) and not value.is_integer:
                raise InputError(f"{cls.__name__}: {name} = {value}: expected a real expression")

    def _eval_is_extended_real(self) -> bool:
        return True

    def _eval_is_finite(self) -> bool:
        return True

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"{self.symbol}{power}\left({', '.join(printer._print(a) for a in self.args)}\right)"


class accuracy(Quantity):
    """A(E, r): how often the most probable token is the true one, Y = r e_k + ε, ε ~ N(0, I)."""

    numbers, weighed, symbol = ("r",), True, "A"


class error(Quantity):
    """1 − A(E, r)."""

    numbers, weighed, symbol = ("r",), True, r"(1 - A)"


class log_error(Quantity):
    """log(1 − A(E, r))."""

    numbers, weighed, symbol = ("r",), True, r"\log(1 - A)"


class information(Quantity):
    """I(X_0; Y) in nats."""

    numbers, weighed, symbol = ("r",), True, "I"


class mmse(Quantity):
    """E‖X_0 − x̂_0(Y)‖²."""

    numbers, weighed, symbol = ("r",), True, r"\operatorname{mmse}"


class path_kl(Quantity):
    """Mean over ordered pairs of different tokens of the pinned path KL, ½ ‖e_i − e_j‖² (γ_ε − γ_T), in nats."""

    numbers, symbol = ("gamma_eps", "gamma_T"), r"\overline{\mathrm{KL}}"


class nn_distance(Quantity):
    """D(E) = (1/K) Σ_i min_{j≠i} ‖e_i − e_j‖, 0 for a code that occurs twice."""

    symbol = "D"


class d_min(Quantity):
    """min_{i≠j} ‖e_i − e_j‖, 0 if two codes coincide."""

    symbol = r"d_{\min}"


class tokens(Quantity):
    """K, the number of tokens."""

    symbol = "K"


class dimension(Quantity):
    """n, the dimension."""

    symbol = "n"


class Measurement(sp.Function):  # type: ignore[misc]
    """A user's own Python function of variables: a number, and nothing else is known of it."""

    function: ClassVar[Callable[..., Any]]

    def _eval_is_extended_real(self) -> bool:
        return True


def measurement(function: Callable[..., Any], name: str | None = None) -> Any:
    """A SymPy function that calls a user's Python function with the values of its arguments.

    A real variable or expression arrives as a float, an integer variable as an int, a codebook variable as a
    :class:`~fsq_theory.Codebook`, a prior as an array of shape (K,).  It returns a float, or a pair (value, standard
    error), or a record with ``value`` and ``stderr``.
    """
    called = str(name or getattr(function, "__name__", ""))
    return type(called if called.isidentifier() else "f", (Measurement,), {"function": staticmethod(function)})


def as_expression(side: Any, where: tuple[DomainSymbol, ...], anonymous: str) -> Any:
    """A side of a statement as a SymPy expression: a Python function is applied to the variables that it names.

    A function without a name is called ``anonymous``.
    """
    if callable(side) and not isinstance(side, sp.Basic):
        known = {variable.name: variable for variable in where}
        wanted = list(inspect.signature(side).parameters)
        for name in wanted:
            if name not in known:
                raise InputError(
                    f"function {getattr(side, '__name__', side)!r} asks for {name!r}: the variables of the claim are"
                    f" {', '.join(known)}"
                )
        called = getattr(side, "__name__", "")
        made = measurement(side, called if called.isidentifier() else anonymous)
        return made(*(known[name] for name in wanted))
    try:
        expression = sp.sympify(side, strict=True)
    except sp.SympifyError:
        expression = None
    if not isinstance(expression, sp.Expr):
        raise InputError(f"{side!r}: expected a SymPy expression, a number or a Python function")
    return expression.xreplace({number: _decimal(number) for number in expression.atoms(sp.Float)})


MOST_DIGITS = 12
"""A floating-point number with more digits is taken for the result of a computation, not for a decimal."""


def _decimal(number: Any) -> Any:
    """What a Float says: 0.1 is one tenth, not the binary number nearest to it; 2/3 in Python says no such thing."""
    if not number.is_finite or len(Decimal(str(number)).normalize().as_tuple().digits) > MOST_DIGITS:
        raise InputError(
            f"{number} has been rounded: expected a decimal of at most {MOST_DIGITS} digits, or exact numbers such as"
            " Rational(2, 3), sqrt(2), pi or Rational('0.1234567890123456')"
        )
    return sp.Rational(str(number))


def check_meaning(expression: Any) -> None:
    """Refuse an expression in which a codebook or prior stands as a number, or a quantity under a sum or derivative.

    Quantities are evaluated one by one at the claim's variables: the index of a sum is none of these.

    Raises:
        InputError: naming the part of the expression.
    """
    if isinstance(expression, Specs | Codebooks | Priors):
        raise InputError(f"{expression} stands as a number: expected a quantity of it, such as tokens({expression})")
    bound = getattr(expression, "bound_symbols", ()) or isinstance(expression, sp.Derivative | sp.Limit)
    if bound and expression.has(Quantity, Measurement):
        raise InputError(
            f"{expression}: no {type(expression).__name__} of quantities is evaluated; expected terms written"
            " out, as in accuracy(E, r) + accuracy(E, 2*r)"
        )
    for index in getattr(expression, "bound_symbols", ()):
        if isinstance(index, DomainSymbol):
            raise InputError(f"{expression}: {index} is a variable of the claim; expected an index of another name")
    for part in expression.args:
        if not (isinstance(expression, Quantity | Measurement) and isinstance(part, DomainSymbol)):
            check_meaning(part)
