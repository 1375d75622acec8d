"""Branch and bound: what is certified holds, what is a counterexample fails, and neither is claimed in doubt."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
import sympy as sp
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from fsq_theory import InputError
from fsq_theory.balls.arithmetic import less
from fsq_theory.balls.bounding import simplest
from fsq_theory.balls.branch_and_bound import RELATIONS, decide
from fsq_theory.claims.enclosures import enclosure, enclosure_on
from fsq_theory.claims.normal import Phi, phi

x, y, z = sp.symbols("x y z", real=True)
r = sp.Symbol("r", positive=True)
n, m = sp.symbols("n m", integer=True)
HALF = Fraction(1, 2)

TRUE = [
    (x - sp.sinh(x), {x: (0, 1)}, "<="),  # equality at an end, slope 0 there
    (x - sp.sinh(x), {x: (-1, 0)}, ">="),
    (1 - x**2 / 2 - sp.cos(x), {x: (-1, 2)}, "<="),  # equality inside, of fourth order
    (sp.exp(x) - 1 - x, {x: (-1, Fraction(1, 3))}, ">="),
    (sp.log(x) - x + 1, {x: (Fraction(1, 9), 9)}, "<="),
    ((x - y) ** 2, {x: (0, 1), y: (0, 1)}, ">="),
    (x**4 + y**4 - 3 * x * y + 2, {x: (-2, 2), y: (-2, 2)}, ">"),
    (x * y * z - (x**3 + y**3 + z**3) / 3 - Fraction(1, 20), {x: (0, 1), y: (0, 1), z: (0, 1)}, "<="),
    (1 - Phi(r) - phi(r) / r, {r: (Fraction(1, 10), 40)}, "<="),  # values down to 1e-350
    (4 * Phi(r / 2) - 2 * Phi(r) - 1, {r: (0, 10)}, ">="),
    (4 * Phi(r / 2) - 2 * Phi(r) - 1, {r: (Fraction(1, 100), 10)}, ">"),
    (sp.Abs(x) - 1, {x: (-1, 1)}, "<="),
    (sp.Max(x, y) - sp.Abs(x) - sp.Abs(y), {x: (-1, 1), y: (HALF, 1)}, "<="),
    (n**2 - 20 * n + 101, {n: (0, 100)}, ">"),
    (2**n - n**2, {n: (4, 60)}, ">="),
    (m * n - n**2 - m**2, {n: (-9, 9), m: (-9, 9)}, "<="),
    (sp.sin(sp.pi * n), {n: (-5, 5)}, "="),
    (sp.sin(x) ** 2 + sp.cos(x) ** 2 - 1, {x: (0, 1)}, "="),
    (x - 1, {x: (1, 1)}, ">="),
]

FALSE = [
    (x - sp.sinh(x), {x: (0, 1)}, "<"),
    (x - sp.sinh(x) + Fraction(1, 10**6), {x: (0, 1)}, "<="),
    (1 - x**2 / 2 - sp.cos(x) + Fraction(1, 10**9), {x: (-1, 2)}, "<="),
    (x**4 + y**4 - 3 * x * y + Fraction(11, 10), {x: (-2, 2), y: (-2, 2)}, ">="),
    (1 - Phi(r) - phi(r) / r * Fraction(99, 100), {r: (Fraction(1, 10), 40)}, "<="),
    (Phi(-r), {r: (39, 40)}, "<="),
    (4 * Phi(r / 2) - 2 * Phi(r) - 1, {r: (0, 10)}, ">"),
    (n**2 - 20 * n + 90, {n: (0, 100)}, ">="),
    (2**n - n**2, {n: (0, 60)}, ">="),
    (sp.sin(x) ** 2 - sp.cos(x) ** 2 - 1, {x: (0, 1)}, "="),
    (sp.Piecewise((x, x < 1), (2 - x, True)) - 1, {x: (0, 2)}, "<"),
    ((x - HALF) ** 2, {x: (0, 1)}, ">"),
]

NEITHER = [
    (1 / x - 1, {x: (0, 1)}, ">="),  # true but at 0, where it is undefined
    (sp.log(x), {x: (0, 1)}, "<="),
    (sp.sqrt(x - 1), {x: (0, 2)}, ">="),
    ((x**2 - 1) / (x - 1) - x - 1, {x: (0, 2)}, "="),
    (-sp.exp(-1 / x**2), {x: (-1, 1)}, "<="),
    (sp.tan(x) ** 2, {x: (1, 2)}, ">="),
    (x**2 - 2 * sp.sqrt(2) * x + 2, {x: (0, 2)}, ">="),  # touches 0 at √2, no end of any box
]


@pytest.mark.parametrize(("expression", "domain", "relation"), TRUE)
def test_what_is_true_is_certified(expression, domain, relation):
    found = decide(expression, domain, relation, boxes=3000)
    assert (found.verdict, found.undecided_share, found.point) == ("certified", 0.0, None)


@pytest.mark.parametrize(("expression", "domain", "relation"), FALSE)
def test_what_is_false_has_a_counterexample(expression, domain, relation):
    found = decide(expression, domain, relation, boxes=3000)
    assert found.verdict == "counterexample"
    for symbol, value in found.point.items():
        assert isinstance(value, Fraction)
        assert domain[symbol][0] <= value <= domain[symbol][1]
        assert not symbol.is_integer or value.denominator == 1
    exact = {s: sp.Rational(v.numerator, v.denominator) for s, v in found.point.items()}
    value = expression.subs(exact)
    assert sp.Rel(sp.N(value, 50) if value != 0 else 0, 0, {"=": "=="}.get(relation, relation)) == sp.false


@pytest.mark.parametrize(("expression", "domain", "relation"), NEITHER)
def test_what_cannot_be_decided_is_said_to_be(expression, domain, relation):
    found = decide(expression, domain, relation, boxes=300)
    assert found.verdict == "undecided"
    assert 0 < found.undecided_share <= 1
    assert found.undecided_boxes
    assert found.reason


def test_a_budget_that_ends_is_undecided_however_true_the_claim():
    found = decide(x**4 + y**4 - 3 * x * y + 2, {x: (-2, 2), y: (-2, 2)}, ">", boxes=3)
    assert (found.verdict, found.boxes) == ("undecided", 3)
    assert 0 < found.undecided_share <= 1


COEFFICIENTS = st.lists(st.integers(-3, 3), min_size=6, max_size=6)


@settings(max_examples=60)
@given(COEFFICIENTS, st.sampled_from(["<=", "<", ">=", ">"]), st.booleans())
def test_verdicts_agree_with_brute_force(c, relation, whole):
    u, v = (n, m) if whole else (x, y)
    f = c[0] + c[1] * u + c[2] * v + c[3] * u * v + c[4] * u**2 + c[5] * v**3
    found = decide(f, {u: (-2, 1), v: (-1, 2)}, relation, boxes=150)
    steps = [Fraction(k, 1 if whole else 4) for k in range(4 if whole else 13)]

    def value(a, b):
        return c[0] + c[1] * a + c[2] * b + c[3] * a * b + c[4] * a**2 + c[5] * b**3

    def true(a):
        return {"<=": a <= 0, "<": a < 0, ">=": a >= 0, ">": a > 0}[relation]

    everywhere = all(true(value(a - 2, b - 1)) for a, b in itertools.product(steps, steps))
    if found.verdict == "certified":
        assert everywhere
        low, high = found.enclosure.lower(), found.enclosure.upper()
        values = [value(a - 2, b - 1) for a, b in itertools.product(steps, steps)]
        assert less(min(values), low) is not True
        assert less(high, max(values)) is not True
    if found.verdict == "counterexample":
        assert not true(value(found.point[u], found.point[v]))
    if whole:
        assert found.verdict == ("certified" if everywhere else "counterexample")


@pytest.mark.parametrize("relation", RELATIONS)
def test_the_enclosure_at_a_counterexample_is_of_the_expression_given(relation):
    found = decide(x - 3 if relation.startswith(">") else 3 - x, {x: (0, 1)}, relation)
    assert found.verdict == "counterexample"
    assert found.enclosure < 0 if relation.startswith(">") else found.enclosure > 0


@pytest.mark.parametrize(
    ("expression", "domain", "relation", "message"),
    [
        (x, {x: (0, 1)}, "==", "expected one of <=, <, >=, >, ="),
        (x, {x: (1, 0)}, "<=", "is empty"),
        (n, {n: (Fraction(1, 3), HALF)}, "<=", "is empty"),
        (r, {r: (-1, 1)}, "<=", "contradicts"),
        (x, {x: (0, sp.oo)}, "<=", "expected an exact finite number"),
        (x + y, {x: (0, 1)}, "<=", "symbol y"),
        (sp.gamma(x), {x: (1, 2)}, "<=", "gamma"),
        (x, {x: 1}, "<=", "expected a pair"),
    ],
)
def test_bad_claims_are_refused(expression, domain, relation, message):
    with pytest.raises(InputError, match=message):
        decide(expression, domain, relation)


@given(st.fractions(-5, 5, max_denominator=60), st.fractions(0, 3, max_denominator=60))
def test_simplest_fraction_of_an_interval(low, width):
    found = simplest(low, low + width)
    assert low <= found <= low + width
    smaller = range(1, found.denominator)
    assert not any((low * q).__ceil__() <= (low + width) * q for q in smaller)


def test_steps_by_enclosure_pass_only_if_decided():
    true = enclosure("1", "", 1 - Phi(x), "<", sp.Rational(1, 10) ** 349, {x: 40})
    assert true.passed
    assert (true.role, true.method) == ("step", "balls")
    assert r"\Phi" in true.formula()
    assert not enclosure("1", "", 1 - Phi(x), "<", sp.Rational(1, 10) ** 350, {x: 40}).passed
    assert not enclosure("equal", "", sp.sqrt(2) * sp.sqrt(3), "<", sp.sqrt(6) + 0 * x, {x: 0}).passed
    undecided = enclosure("sin² + cos²", "", sp.sin(1) ** 2 + sp.cos(1) ** 2, "<=", 1)
    assert not undecided.passed
    assert "undecided" in undecided.detail
    assert not enclosure("undefined", "", 1 / x, ">=", 1, {x: (0, 1)}).passed
    assert enclosure("wide", "", sp.exp(x), ">=", 1, {x: (0, 1)}).passed
    assert not enclosure("wide", "", sp.exp(x), ">", 1, {x: (0, 1)}).passed
    assert enclosure("shared", "", x, "<", x + 1, {x: (0, 10)}).passed
    assert not enclosure("both undefined", "", 1 / x, "<=", 1 / x + 1, {x: (0, 1)}).passed
    assert enclosure("exact", "", sp.sqrt(x), "=", 2, {x: 4}).passed
    assert not enclosure("off", "", sp.sqrt(x), "=", 2, {x: 5}).passed
    assert enclosure("balls", "", arb.pi(), "<", arb(22) / 7).passed
    assert enclosure("balls", "", arb.pi(), "<", arb(22) / 7).formula is None
    assert not enclosure("balls", "", arb("nan"), "<", arb(22) / 7).passed
    assert enclosure("shown", "", x, ">", 0, {x: 1}, role="counterexample").role == "counterexample"


def test_differences_of_1e_minus_300_are_resolved():
    assert enclosure("", "", sp.exp(sp.Rational(1, 10) ** 300), ">", 1 + sp.Rational(1, 10) ** 300).passed


def test_steps_on_boxes_pass_only_if_certified():
    assert enclosure_on("1", "", Phi(x), ">=", x / 3, {x: (0, 1)}).passed
    wrong = enclosure_on("2", "", Phi(x), ">=", x, {x: (0, 1)})
    assert not wrong.passed
    assert "at x = 1" in wrong.detail
    assert not enclosure_on("3", "", 1 / x, ">=", 1, {x: (0, 1)}, boxes=100).passed
    assert enclosure_on("4", "", (x + 1) ** 2, "=", x**2 + 2 * x + 1, {x: (0, 1)}).passed
