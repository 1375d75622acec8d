"""The normal density and distribution function as SymPy functions, with the facts about them that proofs use.

φ(x) = e^{−x²/2}/√(2π),  φ' = −x φ,  φ(−x) = φ(x),  φ > 0;    Φ(x) = ∫_{−∞}^x φ,  Φ' = φ,  Φ(x) + Φ(−x) = 1,  0 < Φ < 1.

SymPy's ``erf`` has the same content but not the signs; these carry both.
"""

from __future__ import annotations

from typing import Any

import sympy as sp


class _Positive(sp.Function):  # type: ignore[misc]
    """A function of one number that is finite on the real line, and positive but perhaps at its ends."""

    nargs = 1

    def _eval_is_positive(self) -> bool | None:
        return True if self.args[0].is_real else None

    def _eval_is_real(self) -> bool | None:
        return True if self.args[0].is_extended_real else None

    def _eval_is_finite(self) -> bool | None:
        return True if self.args[0].is_extended_real else None


class phi(_Positive):
    """The standard normal density φ(x) = e^{−x²/2}/√(2π): even, and positive at every real x."""

    @classmethod
    def eval(cls, x: Any) -> Any:
        if x in (sp.oo, -sp.oo):
            return sp.S.Zero
        if x.could_extract_minus_sign():
            return cls(-x)
        return None

    def fdiff(self, argindex: int = 1) -> Any:
        return -self.args[0] * self

    def _eval_rewrite_as_exp(self, x: Any, **hints: Any) -> Any:
        return sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)

    def _eval_evalf(self, prec: int) -> Any:
        return self.rewrite(sp.exp)._eval_evalf(prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return rf"\varphi{'' if exp is None else f'^{{{exp}}}'}\left({printer._print(self.args[0])}\right)"

    def _sympystr(self, printer: Any) -> str:
        return f"φ({printer._print(self.args[0])})"


class Phi(_Positive):
    """The standard normal distribution function Φ(x): Φ' = φ, Φ(0) = ½; Φ(−x) is kept where it stands."""

    @classmethod
    def eval(cls, x: Any) -> Any:
        if x is sp.oo:
            return sp.S.One
        if x is -sp.oo:
            return sp.S.Zero
        if x.is_zero:
            return sp.S.Half
        return None

    def fdiff(self, argindex: int = 1) -> Any:
        return phi(self.args[0])

    def _eval_rewrite_as_erf(self, x: Any, **hints: Any) -> Any:
        return (1 + sp.erf(x / sp.sqrt(2))) / 2

    def _eval_evalf(self, prec: int) -> Any:
        return (sp.erfc(-self.args[0] / sp.sqrt(2)) / 2)._eval_evalf(prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return rf"\Phi{'' if exp is None else f'^{{{exp}}}'}\left({printer._print(self.args[0])}\right)"

    def _sympystr(self, printer: Any) -> str:
        return f"Φ({printer._print(self.args[0])})"


def reflected(expression: Any) -> Any:
    """The expression with Φ(−x) written as 1 − Φ(x) wherever −x has the minus sign."""
    minus = [f for f in expression.atoms(Phi) if f.args[0].could_extract_minus_sign()]
    return expression.xreplace({f: 1 - Phi(-f.args[0]) for f in minus})


def explicit(expression: Any) -> Any:
    """The expression with φ and Φ written by exp and erf, which SymPy knows how to integrate and to expand."""
    return expression.replace(phi, lambda x: phi(x).rewrite(sp.exp)).replace(Phi, lambda x: Phi(x).rewrite(sp.erf))
