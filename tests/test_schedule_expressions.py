"""The parser of custom schedules: what it builds, and that it builds nothing else, whatever the text."""

from __future__ import annotations

import math

import pytest
import sympy
from effort import at_most_calls
from hypothesis import given
from hypothesis import strategies as st

from fsq_theory.errors import InputError
from fsq_theory.schedules.expressions import parse_expression

t = sympy.Symbol("t", nonnegative=True)

MOST_CALLS = 1_000_000
"""Of Python functions, for one refusal: some dozen times what the costliest takes."""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1-t", 0.7),
        ("-t + +2", 1.7),
        ("t**2/3", 0.03),
        ("2**-t", 2**-0.3),
        ("(t+1)**0.5", math.sqrt(1.3)),
        ("sqrt(t)", math.sqrt(0.3)),
        ("exp(-t)", math.exp(-0.3)),
        ("e**(-t)", math.exp(-0.3)),
        ("log(1+t)", math.log(1.3)),
        ("sin(pi*t/2)", math.sin(math.pi * 0.15)),
        ("cos(t)+tan(t)", math.cos(0.3) + math.tan(0.3)),
        ("tanh(t)*sinh(t)*cosh(t)", math.tanh(0.3) * math.sinh(0.3) * math.cosh(0.3)),
        ("sigmoid(3-9*t)", 1 / (1 + math.exp(-0.3))),
        ("erf(t)", math.erf(0.3)),
        ("abs(t-1)", 0.7),
        ("min(t,0.2,1)", 0.2),
        ("max(t,1-t)", 0.7),
        ("1e-4 + .5 + 2. + 1E+1 + 00", 12.5001),
        ("min(0.9,max(t,0.1,t**2,0.2),1,0.4)", 0.3),
        (" ( ( t ) ) ", 0.3),
    ],
)
def test_values(text, value):
    assert float(parse_expression(text, t).subs(t, sympy.Rational(3, 10))) == pytest.approx(value, rel=1e-14)


def test_decimals_are_exact():
    assert parse_expression("0.1*t", t) == t / 10
    assert parse_expression("1e-4", t) == sympy.Rational(1, 10000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("x+1", "'x' is not accepted"),
        ("t.real", "'t.real' is not accepted"),
        ("__import__('os')", 'character "\'"'),
        ("__import__(t)", "'__import__(t)' is not accepted"),
        ("exec(t)", "'exec(t)' is not accepted"),
        ("t if t else t", "is not accepted"),
        ("lambda: t", "character ':'"),
        ("[t]", "character '['"),
        ("(t,1)", "'(t,1)' is not accepted"),
        ("t<1", "character '<'"),
        ("t//2", "operator in 't//2'"),
        ("t%2", "character '%'"),
        ("t^2", "character '^'"),
        ("t or 1", "'t or 1' is not accepted"),
        ("not t", "'not t' is not accepted"),
        ("True", "'True' is not accepted"),
        ("None", "'None' is not accepted"),
        ("1j", "'1j' is not accepted"),
        ("t\x00", "character '\\x00'"),
        ("t\u0301", "character"),
        ("\u0661", "character"),
        ("sin", "'sin' is not accepted"),
        ("sin()", "sin takes 1 argument"),
        ("sin(t,t)", "sin takes 1 argument"),
        ("min(t)", "min takes 2 to 4 arguments"),
        ("sin(*t)", "is not accepted"),
        ("sin(x=t)", "character '='"),
        ("t(1)", "'t(1)' is not accepted"),
        ("sqrt(t-2)", "'sqrt(t-2)' is not a real number at t = 1e-06"),
        ("log(-1)", "'log(-1)' is not a real number"),
        ("(t-0.5)**0.5", "is not a real number"),
        ("1/0", "exceeds 1e+300"),
        ("0/0", "is not a real number"),
        ("1/(t-t)", "exceeds"),
        ("tan(pi/2)", "'tan(pi/2)' is not a finite real number"),
        ("1/sin(pi)", "'1/sin(pi)' is not a finite real number"),
        ("log(cos(pi/2))", "is not a finite real number"),
        ("sqrt(cos(pi/2)-1e-17)", "is not a finite real number"),
        ("1e999", "exceeds 1e+300"),
        ("9" * 350, "exceeds 1e+300"),
        ("9" * 401, "401 characters"),
        ("1e-320", "is below 1e-300"),
        ("exp(exp(10))", "exceeds"),
        ("exp(exp(exp(exp(9*t))))", "exceeds"),
        ("2**1000", "exponent in '2**1000' is too large"),
        ("t**65", "exponent"),
        ("((1/3)**64)**64", "is below 1e-300"),
        ("(((1.000001**64)**64)**64)**64", "too many digits"),
        ("2**2**2**2**2**2", "exponent"),
        ("min(exp(exp(exp(exp(9)))),1)", "exceeds"),
        ("1+", "is not an expression"),
        ("((((", "is not an expression"),
        ("t t", "is not an expression"),
        ("t;t", "character ';'"),
        ("import os", "is not an expression"),
        ("-" * 100 + "t", "nested deeper than 40"),
        ("(" * 60 + "t" + ")" * 60 + "+x", "'x' is not accepted"),
        ("sin(" * 60 + "t" + ")" * 60, "nested deeper than 40"),
        ("(" * 199 + "t" + ")" * 199, None),
        ("t" + "+t" * 199, "nested deeper"),
        ("0777", "is not an expression"),
        ("0x10*t", "'0x10' is not accepted: expected decimal numbers"),
        ("0o17", "'0o17' is not accepted"),
        ("0b11", "'0b11' is not accepted"),
        ("1_000*t", "'1_000' is not accepted"),
        ("1_0.5e1_0", "'1_0.5e1_0' is not accepted"),
        (f"max({','.join(f't**{k}' for k in range(1, 45))})", "max takes 2 to 4 arguments"),
        ("min(t,t**2,t**3,t**4,t**5)", "min takes 2 to 4 arguments"),
        ("max(t,max(t,min(t,max(t,min(t,1)))))", "'min(t,1)': expected at most 4 calls of min and max"),
        ("+".join(f"max(t,sin({k}*t))" for k in range(5)), "'max(t,sin(4*t))': expected at most 4 calls"),
        ("1if 1else 2", "is not accepted"),
    ],
)
def test_refusals(text, message):
    if message is None:  # whether brackets alone are too deep is the interpreter's to say; either answer is clean
        try:
            assert parse_expression(text, t) == t
        except InputError:
            return
        return
    with pytest.raises(InputError) as caught, at_most_calls(MOST_CALLS):
        parse_expression(text, t, "custom alpha")
    said = str(caught.value)
    assert said.startswith("custom alpha: ")
    assert message in said
    assert "\n" not in said
    assert len(said) < 700


PIECES = [
    "t",
    "1",
    "2.5",
    "pi",
    "e",
    "+",
    "-",
    "*",
    "/",
    "**",
    "(",
    ")",
    "sqrt(",
    "exp(",
    "log(",
    "abs(",
    "max(",
    ",",
    "9e9",
]


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=14).map("".join)))
def test_any_text_gives_arithmetic_in_t_or_one_clear_line(text):
    try:
        made = parse_expression(text, t)
    except InputError as caught:
        refusal = str(caught)
    else:
        refusal = None
        assert made.free_symbols <= {t}
        assert math.isfinite(float(sympy.N(made.subs(t, sympy.Rational(1, 2)))))
    assert refusal is None or (refusal and "\n" not in refusal)
