"""From a schedule spec, ``NAME:key=value,…`` or ``custom:alpha=EXPR;sigma=EXPR``, to a :class:`Schedule`."""

from __future__ import annotations

import re

import numpy as np

from ..errors import InputError
from .record import Schedule

_DECIMAL = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?")


def schedule(spec: str | Schedule) -> Schedule:
    """The schedule that a spec names.

    ``cdcd-tts``, ``flow``, ``vp``, ``cosine``, ``sqrt``, ``sub-vp``, ``ve``, ``cdcd``, ``edm``, ``logsnr`` and
    ``analog-bits``, with parameters as in ``cosine:s=1e-4`` or ``vp:beta_min=0.1,beta_max=20``; or
    ``custom:alpha=EXPR;sigma=EXPR`` with arithmetic expressions in ``t``, such as
    ``custom:alpha=cos(pi*t/2);sigma=sin(pi*t/2)``.

    Named schedules keep their relative accuracy at both ends.  A custom one is as accurate as the way it is written:
    near t = 0, ``sqrt(t*(2-t))`` is accurate and ``sqrt(1-(1-t)**2)`` is not.

    Args:
        spec: the text, or a schedule, which is returned as it is.

    Raises:
        InputError: for an unknown name or parameter, a value out of range, an expression that is not arithmetic in t,
            or a custom schedule whose α or σ is negative or not finite somewhere, or 0 at every t, or which are both 0
            somewhere, or whose SNR rises.
    """
    if isinstance(spec, Schedule):
        return spec
    if not isinstance(spec, str):
        raise InputError(f"schedule {spec!r}: expected a name such as cdcd-tts")
    name, _, arguments = spec.strip().partition(":")
    if name == "custom":
        return _custom(spec.strip(), arguments)
    from .definitions import FAMILIES

    if name not in FAMILIES:
        raise InputError(
            f"unknown schedule {_shown(name)}: expected one of {', '.join(FAMILIES)}, or custom:alpha=EXPR;sigma=EXPR"
        )
    family = FAMILIES[name]
    alpha, sigma = family.build(_parameters(name, arguments, dict(family.defaults)))
    return Schedule(spec.strip(), alpha, sigma)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "…")


def _parameters(name: str, arguments: str, values: dict[str, str]) -> dict[str, object]:
    from sympy import Rational

    accepted = ", ".join(values) if values else "no parameters"
    given = set()
    for item in arguments.split(",") if arguments else []:
        key, equals, value = (part.strip() for part in item.partition("="))
        if key not in values or not equals:
            raise InputError(f"schedule {name}: {_shown(item)} is not a parameter: expected {accepted}")
        if key in given:
            raise InputError(f"schedule {name}: {key} is given twice")
        if not _DECIMAL.fullmatch(value):
            raise InputError(f"schedule {name}: {key}={_shown(value)}: expected a decimal number")
        given.add(key)
        values[key] = value
    return {key: Rational(value) for key, value in values.items()}


def _custom(spec: str, arguments: str) -> Schedule:
    from .definitions import T, exposed
    from .expressions import parse_expression

    texts: dict[str, str] = {}
    for item in arguments.split(";"):
        key, equals, text = item.partition("=")
        key = key.strip()
        if key not in ("alpha", "sigma") or not equals:
            raise InputError(f"custom schedule: {_shown(item)}: expected custom:alpha=EXPR;sigma=EXPR")
        if key in texts:
            raise InputError(f"custom schedule: {key} is given twice")
        texts[key] = text
    for key in ("alpha", "sigma"):
        if key not in texts:
            raise InputError(f"custom schedule: {key} is missing: expected custom:alpha=EXPR;sigma=EXPR")
    try:
        alpha, sigma = (parse_expression(texts[key], T, f"custom {key}") for key in ("alpha", "sigma"))
        made = Schedule(spec, exposed(alpha), exposed(sigma))
        check_schedule(made)
    except InputError:
        raise
    except (ArithmeticError, TypeError, ValueError, AttributeError, NotImplementedError, RecursionError) as error:
        # What SymPy or NumPy cannot do with an expression is the expression's fault: there are no other arguments.
        raise InputError(
            f"custom schedule: {_shown(arguments)} cannot be computed in float64 ({type(error).__name__})"
        ) from error
    return made


_LARGEST_SIGMA = 1e150
"""Larger values would leave no room for g² within float64."""


def check_schedule(made: Schedule) -> None:
    """Check α, σ ≥ 0, finite, not both 0, neither 0 throughout, σ within 1e150, f, g² not NaN, SNR non-increasing.

    The grid has 4097 equal steps of [0, 1] and 10 points a decade towards each end, down to 1e-6.

    Raises:
        InputError: saying what is wrong, and at which t.
    """
    small = np.geomspace(1e-6, 1e-4, 21)
    t = np.unique(np.concatenate([np.linspace(0, 1, 4097), small, 1 - small]))
    alpha, sigma = made.alpha(t), made.sigma(t)
    for what, values in (("alpha", alpha), ("sigma", sigma)):
        if not values.any():
            raise InputError(f"custom schedule: {what} is 0 at every t: expected it to be above 0 somewhere")
    derived = {"f": made.f(t), "g2": made.g2(t)}
    for what, bad in (
        ("alpha is not finite", ~np.isfinite(alpha)),
        ("sigma is not finite", ~np.isfinite(sigma)),
        (f"sigma exceeds {_LARGEST_SIGMA:g}", np.abs(sigma) > _LARGEST_SIGMA),
        ("alpha is negative", alpha < 0),
        ("sigma is negative", sigma < 0),
        ("alpha and sigma are both 0", (alpha == 0) & (sigma == 0)),
        *((f"{key} has no value, for it takes the form 0*inf or inf-inf", np.isnan(v)) for key, v in derived.items()),
    ):
        if bad.any():
            raise InputError(f"custom schedule: {what} at t = {t[np.flatnonzero(bad)[0]]:g}")
    with np.errstate(invalid="ignore"):
        log_snr = made.log_snr(t)
        rise = np.diff(log_snr) > 1e-10 * np.maximum(1, np.abs(log_snr[1:]))
    if rise.any():
        where = int(np.flatnonzero(rise)[0])
        raise InputError(
            f"custom schedule: SNR rises between t = {t[where]:g} and t = {t[where + 1]:g}: expected it not to"
        )


def named_schedules() -> tuple[str, ...]:
    """The names of all schedules that have one."""
    from .definitions import FAMILIES

    return tuple(FAMILIES)
