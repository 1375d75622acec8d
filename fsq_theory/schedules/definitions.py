"""The one symbolic definition of every named schedule: α(t) and σ(t), and nothing else.

Expressions are in two symbols, ``T`` for t and ``U`` for 1 − t, and are written so that nothing cancels at either end:
α is exactly 0 at t = 1 where it should be, and σ² = 1 − α² keeps its relative accuracy as t → 0.  Decimal parameters
are exact rationals.  Everything else (f, g², γ, the numeric functions) is derived from these two expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Max, Min, Rational, cos, exp, pi, sin, sqrt
from sympy.codegen.cfunctions import expm1, log1p

from ..errors import InputError

T = sympy.Symbol("t", nonnegative=True)
U = sympy.Symbol("u", nonnegative=True)

Parameters = Mapping[str, Any]
Pair = tuple[Any, Any]


@dataclass(frozen=True)
class Family:
    """A named schedule: its parameters with their default values (decimal text) and α, σ as functions of them."""

    summary: str
    defaults: Mapping[str, str]
    build: Callable[[Parameters], Pair]


def exposed(expr: Any) -> Any:
    """The same expression written so that less cancels.

    What vanishes at t = 1 is written in u: c − ct as cu and cos(πt/2) as sin(πu/2); and eˣ − 1 and log(1 + x) by the
    functions of those names in C99.
    """

    def vanishes(part: Any) -> bool:
        return part.free_symbols == {T} and not part.diff(T).free_symbols and part.subs(T, 1) == 0

    expr = expr.replace(lambda e: e.is_Add and vanishes(e), lambda e: -e.diff(T) * U)
    expr = expr.replace(
        lambda e: isinstance(e, cos) and vanishes(pi / 2 - e.args[0]), lambda e: sin(e.args[0].diff(T) * U)
    )
    expr = expr.replace(lambda e: e.is_Add and _is_expm1(e), lambda e: -e.as_coeff_Add()[0] * expm1(_exponent(e)))
    return expr.replace(
        lambda e: isinstance(e, sympy.log) and e.args[0].as_coeff_Add()[0] == 1,
        lambda e: log1p(e.args[0] - 1),
    )


def _is_expm1(total: Any) -> bool:
    """Whether a sum is c eˣ − c."""
    constant, rest = total.as_coeff_Add()
    factor, power = rest.as_coeff_Mul()
    return bool(constant != 0 and factor == -constant and isinstance(power, exp))


def _exponent(total: Any) -> Any:
    return total.as_coeff_Add()[1].as_coeff_Mul()[1].args[0]


def displayed(expr: Any) -> Any:
    """The same expression in t alone, in the functions of mathematics."""
    return expr.replace(expm1, lambda x: exp(x) - 1).replace(log1p, lambda x: sympy.log(1 + x)).subs(U, 1 - T)


def _need(condition: object, requirement: str) -> None:
    if not condition:
        raise InputError(f"schedule parameters: expected {requirement}")


def _integrated_beta(p: Parameters) -> Any:
    """½ ∫_0^t β, for β linear from β_min to β_max."""
    low, high = p["beta_min"], p["beta_max"]
    _need(0 <= low <= high <= 1000 and high > 0, "0 <= beta_min <= beta_max <= 1000 and beta_max > 0")
    return T**2 * (high - low) / 4 + T * low / 2


def _cdcd_tts(p: Parameters) -> Pair:
    return U, sqrt(T * (1 + U))


def _flow(p: Parameters) -> Pair:
    return U, T


def _vp(p: Parameters) -> Pair:
    integral = _integrated_beta(p)
    return exp(-integral), sqrt(-expm1(-2 * integral))


def _sub_vp(p: Parameters) -> Pair:
    integral = _integrated_beta(p)
    return exp(-integral), -expm1(-2 * integral)


def _cosine(p: Parameters) -> Pair:
    # With v = (π/2)(t+s)/(1+s) and v0 its value at 0: cos v = sin(π/2 − v), cos²v0 − cos²v = sin(v−v0) sin(v+v0).
    s = p["s"]
    _need(0 <= s <= 1, "0 <= s <= 1")
    unit = pi / (2 * (1 + s))
    start = cos(unit * s)
    return sin(unit * U) / start, sqrt(sin(unit * T) * sin(unit * (T + 2 * s))) / start


def _sqrt(p: Parameters) -> Pair:
    # 1 − √(t+s) = (1 − t − s)/(1 + √(t+s)); it would be negative for t > 1 − s and is clipped at 0 there.
    s = p["s"]
    _need(0 <= s < 1, "0 <= s < 1")
    root = sqrt(T + s)
    return sqrt(Max(0, U - s) / (1 + root)), sqrt(Min(1, root))


def _sigma_range(p: Parameters) -> Pair:
    low, high = p["sigma_min"], p["sigma_max"]
    _need(Rational(1, 10**50) <= low < high <= 10**50, "1e-50 <= sigma_min < sigma_max <= 1e50")
    return low, high


def _ve(p: Parameters) -> Pair:
    low, high = _sigma_range(p)
    return sympy.Integer(1), low * exp(T * sympy.log(high / low))


def _cdcd(p: Parameters) -> Pair:
    low, high = _sigma_range(p)
    return sympy.Integer(1), low + T * (high - low)


def _edm(p: Parameters) -> Pair:
    low, high = _sigma_range(p)
    rho = p["rho"]
    _need(1 <= rho <= 100, "1 <= rho <= 100")
    return sympy.Integer(1), (low ** (1 / rho) * U + high ** (1 / rho) * T) ** rho


def _logsnr(p: Parameters) -> Pair:
    start, stop = p["start"], p["stop"]
    _need(600 >= start > stop >= -600, "600 >= start > stop >= -600")
    log_snr = start * U + stop * T
    return 1 / sqrt(1 + exp(-log_snr)), 1 / sqrt(1 + exp(log_snr))


def _analog_bits(p: Parameters) -> Pair:
    ns, ds = p["ns"], p["ds"]
    _need(0 <= ns <= ds <= 1, "0 <= ns <= ds <= 1")
    unit = pi / (2 * (1 + ds))
    return sin(unit * (U + (ds - ns))), sin(unit * (T + ns))


FAMILIES: dict[str, Family] = {
    "cdcd-tts": Family("α = 1 − t, σ = √(t(2−t)) [P26]", {}, _cdcd_tts),
    "flow": Family("flow matching: α = 1 − t, σ = t", {}, _flow),
    "vp": Family("α = exp(−t²(β_max−β_min)/4 − tβ_min/2), σ² = 1 − α²", {"beta_min": "0.1", "beta_max": "20"}, _vp),
    "cosine": Family("α = cos(π/2·(t+s)/(1+s)) over its value at 0, σ² = 1 − α²", {"s": "0.008"}, _cosine),
    "sqrt": Family("α² = max(0, 1 − √(t+s)), σ² = 1 − α²: α = 0 from t = 1 − s on", {"s": "1e-4"}, _sqrt),
    "sub-vp": Family("α of vp, σ = 1 − α²", {"beta_min": "0.1", "beta_max": "20"}, _sub_vp),
    "ve": Family("α = 1, σ = σ_min (σ_max/σ_min)^t", {"sigma_min": "0.01", "sigma_max": "50"}, _ve),
    "cdcd": Family(
        "α = 1, σ linear in t [D22]; the scale of the codes (unit norm times √256 there) is the codebook's",
        {"sigma_min": "1", "sigma_max": "300"},
        _cdcd,
    ),
    "edm": Family(
        "α = 1, σ = (σ_min^(1/ρ) + t(σ_max^(1/ρ) − σ_min^(1/ρ)))^ρ [K22]",
        {"sigma_min": "0.002", "sigma_max": "80", "rho": "7"},
        _edm,
    ),
    "logsnr": Family("log γ linear in t, α² = sigmoid(log γ), σ² = 1 − α²", {"start": "3", "stop": "-6"}, _logsnr),
    "analog-bits": Family(
        "α = cos(π/2·(t+ns)/(1+ds)), σ² = 1 − α² [AB22]", {"ns": "2e-4", "ds": "2.5e-4"}, _analog_bits
    ),
}
"""Every named schedule."""
