"""The numeric functions of a schedule, derived from its symbolic α and σ: the same code for NumPy and for JAX."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from .definitions import T, U


def time_derivative(expr: Any) -> Any:
    """d/dt of an expression in t and u = 1 − t.

    At a kink of min, max or abs it is the mean of the one-sided derivatives.  A cosine of cu is written as a sine of
    π/2 − c + ct where that keeps its relative accuracy as t → 0.
    """
    derivative = sympy.diff(expr, T) - sympy.diff(expr, U)
    derivative = derivative.replace(sympy.Heaviside, lambda x, *_: (1 + sympy.sign(x)) / 2)
    return derivative.replace(_turns, lambda e: sympy.sin(_complement(e)))


def _complement(cosine: Any) -> Any:
    """π/2 − x, in t, for a cosine of x."""
    return sympy.expand(sympy.pi / 2 - cosine.args[0].subs(U, 1 - T))


def _turns(part: Any) -> bool:
    """Whether a part is a cosine of c + c'u whose complement is a sum of two terms of at least 0."""
    if not (isinstance(part, sympy.cos) and part.free_symbols == {U}) or part.args[0].diff(U).free_symbols:
        return False
    angle = _complement(part)
    return bool(angle.diff(T) >= 0) and bool(angle.subs(T, 0) >= 0)


@dataclass(frozen=True)
class Numeric:
    """α, σ, f, g², r, γ and log γ as functions of an array t, in the array library ``xp``.

    SNR 0 (α = 0) and infinite (σ = 0) are returned as 0 and inf; f and g² are −inf and +inf where α = 0, their limits.
    """

    xp: Any
    parts: tuple[Callable[[Any, Any], Any], ...]

    def _part(self, index: int, t: Any) -> Any:
        value = self.parts[index](t, 1 - t)
        return self.xp.broadcast_to(self.xp.asarray(value, dtype=t.dtype), t.shape)

    def alpha(self, t: Any) -> Any:
        return self._part(0, t)

    def sigma(self, t: Any) -> Any:
        return self._part(1, t)

    def f(self, t: Any) -> Any:
        xp, alpha, slope = self.xp, self.alpha(t), self._part(3, t)
        return xp.where(alpha == 0, -xp.inf, slope / xp.where(alpha == 0, 1.0, alpha))

    def g2(self, t: Any) -> Any:
        # Both terms are ≥ 0 where SNR falls by a falling α and a rising σ, as in every named schedule: no cancellation.
        # Where σ² = 0 its slope is either infinite or makes 2fσ² vanish, so that term is dropped there.
        xp, variance = self.xp, self._part(2, t)
        drift = xp.where(variance == 0, 0.0, xp.where(variance == 0, 0.0, self.f(t)) * variance)
        return xp.where(self.alpha(t) == 0, xp.inf, self._part(4, t) - 2 * drift)

    def r(self, t: Any) -> Any:
        xp, sigma = self.xp, self.sigma(t)
        return xp.where(sigma == 0, xp.inf, self.alpha(t) / xp.where(sigma == 0, 1.0, sigma))

    def snr(self, t: Any) -> Any:
        ratio = self.r(t)
        return ratio * ratio

    def log_snr(self, t: Any) -> Any:
        return 2 * (self._log(self.alpha(t)) - self._log(self.sigma(t)))

    def _log(self, x: Any) -> Any:
        return self.xp.where(x == 0, -self.xp.inf, self.xp.log(self.xp.where(x == 0, 1.0, x)))


_LARGEST_EXACT = 2**53
"""Up to here an integer is a number of float64; from 2**64 on, array libraries cannot take one at all."""


def in_float64(expr: Any) -> Any:
    """The same expression with each rational of large numerator or denominator as a decimal of 20 digits.

    The others stay exact, exponents among them.  The digits are enough to give the nearest float64 number.
    """
    large = {x for x in expr.atoms(sympy.Rational) if max(abs(x.p), x.q) > _LARGEST_EXACT}
    return expr.xreplace({x: sympy.Float(x, 20) for x in large})


def compiled(alpha: Any, sigma: Any, library: str) -> Numeric:
    """The numeric functions in ``library``: "numpy" or "jax"."""
    variance = sigma**2
    exact = (alpha, sigma, variance, time_derivative(alpha), time_derivative(variance))
    expressions = [in_float64(expr) for expr in exact]
    modules: list[Any]
    if library == "jax":
        import jax
        import jax.numpy

        xp: Any = jax.numpy
        modules = [{"erf": jax.scipy.special.erf}, "jax"]
    else:
        xp, modules = np, ["scipy", "numpy"]
    return Numeric(xp, tuple(sympy.lambdify((T, U), expr, modules=modules) for expr in expressions))
