"""A counterexample as Python that can be pasted, with whatever it imports."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any

import sympy as sp
from sympy.printing.numpy import NumPyPrinter

from . import quantities as q
from .codes import Codes
from .formula import Formula
from .moves import Point, codes_of, moved_tokens
from .point_text import number_text, row_text
from .statement import Claim
from .variables import Codebooks, DomainSymbol, Priors, Specs

WIDTH = 100


def pasted(claim: Claim, point: Point) -> str:
    """Python that sets up the point and prints both sides of the statement there.

    A user's own functions stand in it under their names: they have to be pasted along.
    """
    lines = ["import numpy as np, fsq_theory as ft"]
    lines += _own_functions(claim)
    order = (Specs, Codebooks, Priors)
    for v in sorted(claim.where, key=lambda v: next((i for i, kind in enumerate(order, 1) if isinstance(v, kind)), 0)):
        lines += _assignment(v, point)
    shown = [(side, *_logs_too(side)) for side in (claim.lhs, claim.rhs)]
    for name, sides in zip(("lhs", "rhs"), shown, strict=True):
        lines.append(f"{name} = {_python(sides[0], point)}  # {sides[0]}")
    if claim.relation == "=":
        lines.append('print("lhs", lhs, "rhs", rhs, "lhs - rhs", lhs - rhs)')
    else:
        lines.append(f'print("lhs", lhs, "rhs", rhs, "lhs {claim.relation} rhs:", bool(lhs {claim.relation} rhs))')
    for name, sides in zip(("lhs", "rhs"), shown, strict=True):
        for side in sides[1:]:
            lines.append(f'print("{side} of the {name}:", {_python(side, point)})')
    modules = [name for name in ("functools", "math", "scipy.special") if any(f"{name}." in line for line in lines)]
    return "\n".join([*(f"import {name}" for name in modules), *lines]) + "\n"


def _logs_too(side: Any) -> tuple[Any, ...]:
    """For an accuracy, what tells two of them apart near 1."""
    return (q.error(*side.args),) if isinstance(side, q.accuracy) else ()


def _assignment(v: DomainSymbol, point: Point) -> list[str]:
    value = point[v.name]
    if isinstance(v, Specs):
        return [f'{v.name} = ft.codebook("{value}")']
    if isinstance(v, Codebooks):
        return _codes(v, value, point)
    if isinstance(v, Priors):
        return [f"{v.name} = np.array({_wrapped([number_text(float(x)) for x in value])})"]
    return [f"{v.name} = {number_text(value)}"]


def _codes(v: Codebooks, codes: Codes, point: Point) -> list[str]:
    name = v.name
    raw = codes.raw
    assert raw is not None
    points = f"{name}_points"
    lines = []
    start = None if v.like is None else codes_of(v.like, point[v.like.name]).points
    moved = None if start is None or v.constraint in ("rms", "energy") else moved_tokens(codes, start)
    if moved is not None and v.like is not None and len(moved) <= max(1, codes.K // 2):
        lines.append(f"{points} = {v.like.name}.points.copy()")
        lines += [f"{points}[{k}] = {row_text(codes.points[k])}" for k in moved]
    else:
        lines.append(f"{points} = np.array({_wrapped([row_text(row) for row in raw])})")
    if v.constraint in ("rms", "energy"):
        lines.append(f"{points} = {points} - {points}.mean(axis=0)")
        mean = f"np.mean({points}**2)" if v.constraint == "rms" else f"np.mean(np.sum({points}**2, axis=1))"
        lines.append(f"{points} = {points} / np.sqrt({mean})")
    if codes.coincident:
        lines.append(f"# Codes coincide: {name} holds each of them once, and of each token it is known which it has.")
        lines.append(f"distinct, which = np.unique({points}, axis=0, return_inverse=True)")
        if len(codes.groups[0]) == 1:
            return lines
        return [*lines, f'{name} = ft.ArrayCodebook(distinct, name="{name}")']
    return [*lines, f'{name} = ft.ArrayCodebook({points}, name="{name}")']


def _wrapped(parts: list[str]) -> str:
    """A list over several lines."""
    lines, line = [], "    "
    for part in parts:
        if len(line) + len(part) > WIDTH and line.strip():
            lines.append(line.rstrip())
            line = "    "
        line += part + ", "
    text = "\n".join([*lines, line.rstrip()])
    return "[" + text.strip().rstrip(",") + "]" if not lines else "[\n" + text + "\n]"


def _python(expression: Any, point: Point) -> str:
    """An expression as Python with NumPy, quantities by the package's functions."""
    formula = Formula(expression)
    names = {s: sp.Symbol(_quantity(a, point)) for s, a in formula.quantities.items()}
    names |= {v: sp.Symbol(v.name) for v in formula.reals}
    printer = NumPyPrinter({"user_functions": WRITTEN})
    return str(printer.doprint(formula.skeleton.xreplace(names))).replace("numpy.", "np.").replace("builtins.", "")


def _always(*arguments: Any) -> bool:
    return True


WRITTEN: dict[str, Any] = {
    "erf": "math.erf",
    "erfc": "math.erfc",
    "Phi": [(_always, lambda x: f"(math.erfc(-({x})/math.sqrt(2))/2)")],
    "phi": [(_always, lambda x: f"(math.exp(-({x})**2/2)/math.sqrt(2*math.pi))")],
}
"""Functions that NumPy does not have; Φ by erfc, which keeps its digits where Φ is small."""


def _own_functions(claim: Claim) -> list[str]:
    """The source of the user's own functions, where there is a definition to be had."""
    lines = []
    used = {type(a) for side in (claim.lhs, claim.rhs) for a in side.atoms(q.Measurement)}
    for kind in sorted(used, key=lambda kind: kind.__name__):
        try:
            source = textwrap.dedent(inspect.getsource(kind.function)).rstrip()
        except (OSError, TypeError):
            source = ""
        if source.startswith("def "):
            lines += [*source.splitlines(), ""]
        else:
            lines.append(f"# {kind.__name__} is the function of the claim's own file")
    return lines


_NEAREST = "np.sort(np.linalg.norm({0}[:, None] - {0}, axis=2), axis=1)[:, 1]"


def _quantity(application: Any, point: Point) -> str:
    """A quantity as a call of the package's."""
    kind = type(application)
    if isinstance(application, q.Measurement):
        called = [a.name if isinstance(a, DomainSymbol) else _python(a, point) for a in application.args]
        return f"{kind.__name__}({', '.join(called)})"
    variable, rest = application.args[0], list(application.args[1:])
    codes = point[variable.name]
    coincident = isinstance(codes, Codes) and codes.coincident
    prior = rest.pop().name if rest and isinstance(rest[-1], Priors) else None
    book = variable.name if prior is None else f"{variable.name}.with_prior({prior})"
    arguments = ", ".join(_python(a, point) for a in rest)
    points = f"{variable.name}_points" if isinstance(codes, Codes) else f"{variable.name}.points"
    if coincident and kind in (q.accuracy, q.error, q.log_error, q.information, q.mmse):
        return _of_coincident(kind, variable.name, points, prior, arguments, len(codes.groups[0]))
    if kind in (q.accuracy, q.error, q.log_error):
        field = {q.accuracy: "value", q.error: "error", q.log_error: "log_error"}[kind]
        return f"ft.accuracy({book}, {arguments}).{field}"
    if kind in (q.information, q.mmse):
        return f"ft.information({book}, {arguments}).{kind.__name__}"
    if kind is q.path_kl:
        gamma_eps, gamma_T = (_python(a, point) for a in rest)
        return f"(np.sum(({points} - {points}.mean(axis=0))**2)/(len({points}) - 1)*({gamma_eps} - ({gamma_T})))"
    if isinstance(codes, Codes):
        nearest = _NEAREST.format(points)
        distances = {q.nn_distance: f"{nearest}.mean()", q.d_min: f"{nearest}.min()"}
        return {**distances, q.tokens: f"len({points})", q.dimension: f"{points}.shape[1]"}[kind]
    name = variable.name
    fields = {q.nn_distance: "nn_mean", q.d_min: "d_min"}
    if kind in fields:
        return f"ft.distance_statistics({name}).{fields[kind]}"
    return f"{name}.K" if kind is q.tokens else f"{name}.n"


def _of_coincident(kind: Any, name: str, points: str, prior: str | None, arguments: str, distinct: int) -> str:
    """Of tokens with one code the most probable is decided for; together they have the sum of their probabilities."""
    weights = f"np.full(len({points}), 1/len({points}))" if prior is None else prior
    if kind in (q.information, q.mmse):
        if distinct == 1:
            return "0.0"
        return f"ft.information({name}.with_prior(np.bincount(which, {weights})), {arguments}).{kind.__name__}"
    if prior is None and distinct > 1:
        right = f"len(distinct)/len({points})*ft.accuracy({name}, {arguments}).value"
        return {q.accuracy: f"({right})", q.error: f"(1 - {right})", q.log_error: f"np.log(1 - {right})"}[kind]
    most = f"np.array([{weights}[which == g].max() for g in range(len(distinct))])"
    right = f"{most}.sum()"
    if distinct > 1:
        right += f"*ft.accuracy({name}.with_prior({most}/{most}.sum()), {arguments}).value"
    return {q.accuracy: f"({right})", q.error: f"(1 - {right})", q.log_error: f"np.log(1 - {right})"}[kind]
