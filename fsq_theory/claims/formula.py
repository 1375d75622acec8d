"""A SymPy expression in real variables and quantities on codebooks, taken apart so that it can be evaluated any way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from scipy.special import ndtr

from .quantities import Measurement, Quantity


class Formula:
    """An expression as a function of its real variables and of the quantities in it.

    Attributes:
        expression: as it was given.
        skeleton: with a symbol of its own in place of each quantity.
        quantities: the quantities, outermost only, by their symbols.
        reals: the real and integer variables of the skeleton, in order of their names.
    """

    def __init__(self, expression: Any) -> None:
        self.expression = expression
        self.quantities: dict[Any, Any] = {}
        self.skeleton = self._without_quantities(expression)
        self.reals = sorted(self.skeleton.free_symbols - set(self.quantities), key=str)

    def _without_quantities(self, expression: Any) -> Any:
        if isinstance(expression, Quantity | Measurement):
            for symbol, known in self.quantities.items():
                if known == expression:
                    return symbol
            symbol = sp.Dummy(f"q{len(self.quantities)}", real=True)
            self.quantities[symbol] = expression
            return symbol
        if not expression.args:
            return expression
        return expression.func(*map(self._without_quantities, expression.args))

    @property
    def symbols(self) -> list[Any]:
        """Arguments of the functions below: real variables, then quantities."""
        return [*self.reals, *self.quantities]

    @cached_property
    def terms(self) -> Callable[..., Sequence[float]]:
        """The terms of the sum that the expression is, as a function of floats."""
        return _numpy_function(self.symbols, list(sp.Add.make_args(self.skeleton)))

    @cached_property
    def slopes(self) -> Callable[..., Sequence[float]]:
        """The derivatives by the quantities, as a function of floats."""
        return _numpy_function(self.symbols, [sp.diff(self.skeleton, q) for q in self.quantities])

    @cached_property
    def traced_terms(self) -> Callable[..., Sequence[Any]]:
        """The same as ``terms``, of JAX arrays."""
        import jax.numpy as jnp
        import jax.scipy.special
        from jax.scipy.stats import norm

        functions = {"phi": norm.pdf, "Phi": norm.cdf, "erf": jax.scipy.special.erf, "erfc": jax.scipy.special.erfc}
        terms = [term if term.free_symbols else term.evalf() for term in sp.Add.make_args(self.skeleton)]
        return sp.lambdify(self.symbols, terms, modules=[functions, jnp, "jax"])


def _numpy_function(symbols: Sequence[Any], expressions: Sequence[Any]) -> Any:
    # Φ by a function of its own: ½ + ½ erf(x/√2) has no digits left at x = −8.
    normal = {"Phi": ndtr, "phi": lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)}
    return sp.lambdify(list(symbols), list(expressions), modules=[normal, "scipy", "numpy"])
