"""The record of a schedule: α(t), σ(t) and what follows from them, symbolic, in NumPy and in JAX."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError

if TYPE_CHECKING:
    from .numeric import Numeric


@dataclass(frozen=True)
class Schedule:
    """Forward noising X_t = α_t X_0 + σ_t ε, t in [0, 1], and its SDE dX = f_t X dt + g_t dW.

    f = d log α/dt, g² = dσ²/dt − 2fσ² = −σ² d log γ/dt, r = α/σ, γ = r² (SNR; noise std 1 a coordinate).

    Every method takes a number or an array of any shape and returns the same; a JAX array, traced or not, gives a JAX
    array, so that ``jit``, ``vmap`` and ``grad`` work.  Named schedules are accurate to a few units in the last place
    (log γ: to a few 1e-16), at every t that float64 can hold.  Where α = 0, SNR is 0, log SNR −inf, f −inf and g² +inf;
    where σ = 0, SNR is inf.  Nothing is NaN on [0, 1].

    Attributes:
        name: the spec that made it.

    Raises:
        InputError: from every method, for t outside [0, 1].  A traced JAX value cannot be checked: it gives NaN there.
    """

    name: str
    _alpha: Any = field(repr=False)
    _sigma: Any = field(repr=False)

    def alpha(self, t: Any) -> Any:
        """α(t)."""
        return self._evaluate("alpha", t)

    def sigma(self, t: Any) -> Any:
        """σ(t)."""
        return self._evaluate("sigma", t)

    def f(self, t: Any) -> Any:
        """f = d log α/dt; −inf where α = 0."""
        return self._evaluate("f", t)

    def g2(self, t: Any) -> Any:
        """g² = dσ²/dt − 2fσ²; +inf where α = 0."""
        return self._evaluate("g2", t)

    def r(self, t: Any) -> Any:
        """r = α/σ; 0 where α = 0 and inf where σ = 0."""
        return self._evaluate("r", t)

    def snr(self, t: Any) -> Any:
        """γ = α²/σ²; 0 where α = 0 and inf where σ = 0."""
        return self._evaluate("snr", t)

    def log_snr(self, t: Any) -> Any:
        """log γ = 2 log α − 2 log σ; −inf where α = 0 and inf where σ = 0."""
        return self._evaluate("log_snr", t)

    def t_of_gamma(self, gamma: Any) -> Any:
        """The first t at which SNR is down to γ, by Brent's method on log γ; exact at both ends.

        Raises:
            InputError: for a γ outside [snr(1), snr(0)].
        """
        return self._times(gamma, "gamma", 1)

    def t_of_r(self, r: Any) -> Any:
        """The first t at which α/σ is down to r: :meth:`t_of_gamma` at γ = r², without forming the square.

        Raises:
            InputError: for an r outside [r(1), r(0)].
        """
        return self._times(r, "r", 2)

    @property
    def symbol(self) -> Any:
        """The SymPy symbol t of the expressions."""
        from .definitions import T

        return T

    @property
    def alpha_expr(self) -> Any:
        """α as a SymPy expression in :attr:`symbol`."""
        return self._in_t(self._alpha)

    @property
    def sigma_expr(self) -> Any:
        """σ as a SymPy expression."""
        return self._in_t(self._sigma)

    @property
    def snr_expr(self) -> Any:
        """γ = α²/σ² as a SymPy expression."""
        return self._in_t(self._alpha**2 / self._sigma**2)

    @property
    def log_snr_expr(self) -> Any:
        """log γ as a SymPy expression."""
        import sympy

        return self._in_t(2 * sympy.log(self._alpha) - sympy.log(self._sigma**2))

    @property
    def f_expr(self) -> Any:
        """f as a SymPy expression."""
        from .numeric import time_derivative

        return self._in_t(time_derivative(self._alpha) / self._alpha)

    @property
    def g2_expr(self) -> Any:
        """g² as a SymPy expression."""
        from .numeric import time_derivative

        return self._in_t(time_derivative(self._sigma**2)) - 2 * self.f_expr * self.sigma_expr**2

    @cached_property
    def jax(self) -> Numeric:
        """α, σ, f, g², r, γ and log γ as functions of JAX arrays, without checks of t."""
        from .numeric import compiled

        return compiled(self._alpha, self._sigma, "jax")

    @cached_property
    def _numpy(self) -> Numeric:
        from .numeric import compiled

        return compiled(self._alpha, self._sigma, "numpy")

    def _in_t(self, expr: Any) -> Any:
        from .definitions import displayed

        return displayed(expr)

    def _evaluate(self, what: str, t: Any) -> Any:
        if "jax" in sys.modules and isinstance(t, sys.modules["jax"].Array):
            return self._evaluate_jax(what, t)
        times = np.asarray(t, dtype=np.float64)
        check_times(times)
        with np.errstate(all="ignore"):
            values = np.array(getattr(self._numpy, what)(times))
        return float(values) if values.ndim == 0 else values

    def _evaluate_jax(self, what: str, t: Any) -> Any:
        import jax.numpy as jnp
        from jax.core import Tracer

        t = t if jnp.issubdtype(t.dtype, jnp.floating) else t.astype(float)
        values = getattr(self.jax, what)(t)
        if isinstance(t, Tracer):
            return jnp.where((t >= 0) & (t <= 1), values, jnp.nan)
        check_times(np.asarray(t, dtype=np.float64))
        return values

    def _times(self, given: Any, what: str, power: int) -> Any:
        """The times at which given^power, for ``what`` = gamma or r, is first reached."""
        values = np.asarray(given, dtype=np.float64)
        low, high = (self.snr(1.0), self.snr(0.0)) if power == 1 else (self.r(1.0), self.r(0.0))
        bad = ~((values >= low) & (values <= high))
        if bad.any():
            raise InputError(
                f"{what} = {values[bad].ravel()[0]:g} is not reached by {self.name}: expected {low:.17g} to {high:.17g}"
            )
        with np.errstate(divide="ignore"):
            logs = power * np.log(values)
        times = np.array([self._first_time(log_gamma) for log_gamma in logs.ravel().tolist()]).reshape(values.shape)
        times[values == high] = 0.0
        return float(times.item()) if values.ndim == 0 else times

    def _first_time(self, log_gamma: float) -> float:
        from scipy.optimize import brentq

        if math.isinf(log_gamma):
            return 0.0 if log_gamma > 0 else self._end_of_signal()

        def excess(logit: float) -> float:
            above = float(self.log_snr(1 / (1 + math.exp(-logit)))) - log_gamma
            return max(-1e3, min(1e3, above))

        if excess(_FIRST) <= 0:
            return 0.0
        if excess(_LAST) >= 0:
            return 1.0
        logit = brentq(excess, _FIRST, _LAST, xtol=1e-15, rtol=4 * np.finfo(np.float64).eps, maxiter=1000)
        return float(1 / (1 + math.exp(-logit)))

    def _end_of_signal(self) -> float:
        """The first t with α = 0: bisection over float64 numbers, exact."""
        low, high = 0.0, 1.0
        while low < (middle := (low + high) / 2) < high:
            low, high = (low, middle) if self.alpha(middle) == 0 else (middle, high)
        return high


_FIRST, _LAST = -700.0, 36.0
"""logit t of the least t that is looked at, and of the last before 1 in float64."""


def check_times(t: np.ndarray[Any, np.dtype[np.float64]]) -> None:
    """Raise :class:`InputError` naming the first t outside [0, 1], NaN included."""
    bad = ~((t >= 0) & (t <= 1))
    if bad.any():
        raise InputError(f"t = {t[bad].ravel()[0]:g}: expected a time in [0, 1]")
