"""Balls contain the truth: exact numbers, comparisons, and enclosures of expressions against mpmath."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from fractions import Fraction

import mpmath
import pytest
import sympy as sp
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from fsq_theory import InputError
from fsq_theory.balls.arithmetic import (
    at_most,
    ball,
    decide_sign,
    ends,
    holds,
    interval,
    less,
    precision,
    rational,
    sign,
)
from fsq_theory.balls.expressions import enclose
from fsq_theory.claims.normal import Phi, phi

x, y = sp.symbols("x y", real=True)
THIRD = Fraction(1, 3)


def contains(value: arb, exact: mpmath.mpf | Fraction, slack: float = 0.0) -> bool:
    """Whether a ball contains a number, up to a relative slack that stands for the number's own error."""
    low, high = ends(value)
    if not isinstance(exact, Fraction):
        minus, mantissa, exponent, _ = exact._mpf_
        exact = (-1) ** minus * Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    margin = Fraction(slack) * abs(exact)
    return low - margin <= exact <= high + margin


def test_importing_claims_does_not_load_flint():
    code = (
        "import sys, json, fsq_theory, fsq_theory.claims.enclosures, fsq_theory.claims.derivation\n"
        "import fsq_theory.claims.algebra\n"
        "print(json.dumps('flint' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert json.loads(done.stdout) is False


def test_precision_is_restored_also_after_errors():
    before = ctx.prec

    def fail():
        with precision(999):
            assert ctx.prec == 999
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert ctx.prec == before
    with pytest.raises(InputError, match="precision of 1 bits"), precision(1):
        pass


@pytest.mark.parametrize(
    ("given_", "exact"),
    [
        (7, Fraction(7)),
        (THIRD, THIRD),
        (0.1, Fraction(3602879701896397, 36028797018963968)),
        (sp.Rational(2, 7), Fraction(2, 7)),
        (sp.Float(0.25), Fraction(1, 4)),
        (10**400, Fraction(10**400)),
        (-5e-324, Fraction(-1, 2**1074)),
    ],
)
def test_exact_numbers_are_taken_exactly(given_, exact):
    assert rational(given_) == exact
    assert contains(ball(given_), exact)


@pytest.mark.parametrize("bad", [math.nan, math.inf, "1/3", None, sp.pi, sp.oo, sp.nan, 1j, sp.Float(0.1)])
def test_what_is_no_exact_number_is_refused(bad):
    with pytest.raises(InputError, match=r"expected an exact finite number|holds another number"):
        rational(bad)


def test_intervals_contain_their_ends():
    made = interval(THIRD, Fraction(2, 3))
    assert contains(made, THIRD)
    assert contains(made, Fraction(2, 3))
    with pytest.raises(InputError, match="expected its lower end first"):
        interval(1, 0)


def test_comparisons_are_true_false_or_undecided():
    wide = interval(0, 1)
    assert (less(0, 1), less(1, 0), less(1, 1), less(wide, 1), less(wide, 2), less(2, wide)) == (
        True,
        False,
        False,
        None,
        True,
        False,
    )
    assert (at_most(1, 1), at_most(wide, 1), at_most(2, wide)) == (True, None, False)
    assert holds(1, "=", 1) is True
    assert holds(ball(THIRD), "=", THIRD) is None
    assert holds(wide, "=", 2) is False
    assert holds(2, ">", wide) is True
    assert holds(2, ">=", 3) is False
    for bad in (arb("nan"), arb("inf"), arb("-inf"), arb(0, "inf")):
        assert [holds(bad, relation, 0) for relation in ("<", "<=", "=", ">=", ">")] == [None] * 5
        assert sign(bad) is None
    with pytest.raises(InputError, match="relation '≤': expected"):
        holds(0, "≤", 1)


def test_a_sign_is_refined_until_it_is_decided():
    used = []

    def tiny(bits):
        used.append(bits)
        return (arb(2).sqrt() ** 2 - 2) + arb(2) ** -300

    assert decide_sign(tiny) == 1
    assert used == [64, 128, 256, 512]
    assert decide_sign(lambda bits: arb(2).sqrt() ** 2 - 2, most=512) is None
    assert decide_sign(lambda bits: arb(0)) == 0
    assert decide_sign(lambda bits: -arb.pi()) == -1
    assert decide_sign(lambda bits: arb("nan")) is None


@pytest.mark.parametrize(
    ("expression", "digits"),
    [
        (sp.pi, "3.14159265358979323846264338327950288"),
        (sp.exp(1), "2.71828182845904523536028747135266250"),
        (sp.sqrt(2) ** sp.sqrt(2), "1.63252691943815284477349538102471"),
        (Phi(sp.Rational(-1)), "0.158655253931457051414767454367962077522"),
        (phi(0), "0.398942280401432677939946059934381868476"),
        (sp.erf(1), "0.842700792949714869341220635082609259296"),
        (sp.Sum(1 / sp.Symbol("k") ** 2, (sp.Symbol("k"), 1, 3)), "1.36111111111111111111111111111111111"),
        (sp.EulerGamma + sp.Catalan, "1.4931812590787518756611156050148"),
    ],
)
def test_digits_of_constants(expression, digits):
    value = enclose(expression, bits=110)
    middle = Fraction(digits)
    low, high = ends(value)
    assert low - Fraction(1, 10**30) <= middle <= high + Fraction(1, 10**30)
    assert high - low < Fraction(1, 10**29)


@pytest.mark.parametrize("at", [-40, -5, Fraction(-1, 7), 0, 3, 40])
def test_normal_functions_keep_their_relative_accuracy(at):
    mpmath.mp.dps = 60
    u = mpmath.mpf(at.numerator) / at.denominator if isinstance(at, Fraction) else mpmath.mpf(at)
    for expression, exact in (
        (Phi(x), mpmath.erfc(-u / mpmath.sqrt(2)) / 2),
        (1 - Phi(x), mpmath.erfc(u / mpmath.sqrt(2)) / 2),
        (2 - 2 * Phi(x), mpmath.erfc(u / mpmath.sqrt(2))),
        (phi(x), mpmath.npdf(u)),
        (1 - sp.erf(x), mpmath.erfc(u)),
    ):
        value = enclose(expression, {x: at})
        assert contains(value, exact, 1e-50), expression
        assert value.rel_accuracy_bits() >= 45, expression


UNARY = {
    "exp": (sp.exp, mpmath.exp),
    "log": (sp.log, mpmath.log),
    "sqrt": (sp.sqrt, mpmath.sqrt),
    "erf": (sp.erf, mpmath.erf),
    "erfc": (sp.erfc, mpmath.erfc),
    "Phi": (Phi, mpmath.ncdf),
    "phi": (phi, mpmath.npdf),
    "sin": (sp.sin, mpmath.sin),
    "cos": (sp.cos, mpmath.cos),
    "tan": (sp.tan, mpmath.tan),
    "atan": (sp.atan, mpmath.atan),
    "tanh": (sp.tanh, mpmath.tanh),
    "cosh": (sp.cosh, mpmath.cosh),
    "sinh": (sp.sinh, mpmath.sinh),
    "asinh": (sp.asinh, mpmath.asinh),
    "atanh": (sp.atanh, mpmath.atanh),
    "asin": (sp.asin, mpmath.asin),
    "acos": (sp.acos, mpmath.acos),
    "Abs": (sp.Abs, abs),
    "square": (lambda a: a**2, lambda a: a**2),
    "cube": (lambda a: a**3, lambda a: a**3),
    "inverse": (lambda a: 1 / a, lambda a: 1 / a),
    "inverse square": (lambda a: a**-2, lambda a: a**-2),
    "three halves": (lambda a: a ** sp.Rational(3, 2), lambda a: mpmath.sqrt(a) ** 3),
    "third": (lambda a: a ** sp.Rational(-1, 3), lambda a: 1 / mpmath.cbrt(a)),
}
BINARY = {
    "+": (lambda a, b: a + b, lambda a, b: a + b),
    "−": (lambda a, b: a - b, lambda a, b: a - b),
    "·": (lambda a, b: a * b, lambda a, b: a * b),
    "/": (lambda a, b: a / b, lambda a, b: a / b),
    "^": (lambda a, b: a**b, lambda a, b: a**b),
    "min": (sp.Min, min),
    "max": (sp.Max, max),
}
RATIONALS = st.fractions(-3, 3, max_denominator=8)
LEAVES = st.one_of(st.sampled_from(["x", "y"]), RATIONALS)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(sorted(UNARY)), inner), st.tuples(st.sampled_from(sorted(BINARY)), inner, inner)
    ),
    max_leaves=6,
)


def symbolic(tree):
    """The tree as a SymPy expression."""
    if tree in ("x", "y"):
        return x if tree == "x" else y
    if isinstance(tree, Fraction):
        return sp.Rational(tree.numerator, tree.denominator)
    functions = UNARY if len(tree) == 2 else BINARY
    return functions[tree[0]][0](*map(symbolic, tree[1:]))


def numeric(tree, at):
    """The tree's real value at a point to 80 digits; None where it is not a real number."""
    if tree in ("x", "y") or isinstance(tree, Fraction):
        value = at[tree] if tree in ("x", "y") else tree
        return mpmath.mpf(value.numerator) / value.denominator
    parts = [numeric(part, at) for part in tree[1:]]
    if any(part is None for part in parts):
        return None
    if tree[0] in ("log", "sqrt", "three halves", "third") and not parts[0] >= 0:
        return None
    if tree[0] == "^" and not (parts[0] > 0 or parts[1] == int(parts[1])):
        return None
    try:
        value = (UNARY if len(tree) == 2 else BINARY)[tree[0]][1](*parts)
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
    if isinstance(value, mpmath.mpc) or not mpmath.isfinite(value) or abs(value) > mpmath.mpf(10) ** 1000:
        return None
    return value


@settings(max_examples=120)
@given(TREES, st.tuples(RATIONALS, RATIONALS), st.tuples(RATIONALS, RATIONALS), st.tuples(RATIONALS, RATIONALS))
def test_the_ball_of_a_box_contains_the_values_at_its_points(tree, first, second, shares):
    box = {v: (min(first[i], second[i]), max(first[i], second[i])) for i, v in enumerate("xy")}
    try:
        expression = symbolic(tree)
        over_box = enclose(expression, {x: box["x"], y: box["y"]})
    except ValueError:  # SymPy made a complex number or an infinity of its constants.
        return
    for u, v in ((0, 0), (1, 1), (0, 1), (1, 0), (abs(shares[0]) / 3, abs(shares[1]) / 3)):
        at = {name: low + (high - low) * t for (name, (low, high)), t in zip(box.items(), (u, v), strict=True)}
        with mpmath.workdps(80):
            value = numeric(tree, at)
        if value is None:
            continue
        here = enclose(expression, {x: at["x"], y: at["y"]})
        for enclosure in (over_box, here):
            # 80 digits leave 1e-30 of what these small trees cancel; a larger loss would fail here, not pass.
            assert not enclosure.is_finite() or contains(enclosure + arb(0, 1e-30), value, 1e-30)
        assert over_box.is_finite() is False or here.is_finite()


@pytest.mark.parametrize(
    ("expression", "box"),
    [
        (1 / x, (-1, 1)),
        (1 / x, (0, 1)),
        (1 / x, 0),
        (sp.log(x), (0, 1)),
        (sp.log(x), (-1, 1)),
        (sp.sqrt(x), (-1, 1)),
        (x ** sp.Rational(-1, 2), (0, 1)),
        (x**x, (0, 1)),
        (x * sp.log(x), (0, 1)),
        (sp.log(x) / sp.log(x + 1), (0, 1)),
        (sp.tan(x), (1, 2)),
        (sp.asin(x), (0, 2)),
        (sp.atanh(x), (0, 1)),
        (sp.Max(1, sp.log(x)), (0, 1)),
        (sp.Piecewise((1 / x, x > 0), (0, True)), (0, 1)),
        (sp.Piecewise((1, x > 1)), (0, 2)),
        (sp.exp(sp.exp(sp.exp(sp.exp(x)))), (0, 100)),
        (0 * y + sp.exp(-1 / x**2), (-1, 1)),
    ],
)
def test_undefined_and_unbounded_is_never_an_answer(expression, box):
    value = enclose(expression, {x: box, y: 1})
    assert not value.is_finite()
    assert holds(value, "<=", 10**9) is None


def test_ends_that_are_zero_stay_zero():
    assert enclose(sp.sqrt(x), {x: (0, THIRD)}).is_finite()
    assert contains(enclose(sp.sqrt(x), {x: (0, 4)}), Fraction(2))
    assert enclose(x**y, {x: (0, 1), y: (THIRD, 2)}).is_finite()
    assert enclose(sp.Piecewise((sp.sqrt(x), x >= 0), (-x, True)), {x: (0, 1)}).is_finite()


def test_values_may_be_balls_and_intervals_are_as_wide_as_they_must_be():
    with precision(80):
        value = enclose(x**2, {x: arb.pi()}, bits=80)
    assert contains(value, (mpmath.pi + 0) ** 2, 1e-14)
    assert enclose(x**2, {x: (-1, 2)}).overlaps(arb(4))
    assert enclose(x**2, {x: (-1, 2)}) < 4.001
    assert enclose(sp.cosh(x), {x: (-1, 2)}) > 0.999
    assert enclose(sp.Piecewise((x, x < 1), (5, True)), {x: (0, THIRD)}) < 1
    assert enclose(sp.Piecewise((x, sp.And(x < 1, x > 0)), (5, True)), {x: (2, 3)}) > 4
    assert enclose(sp.Product(x, (y, 1, 3)), {x: 2}) == 8
    with pytest.raises(InputError, match="expected a finite ball"):
        enclose(x, {x: arb("nan")})


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (sp.gamma(x), "gamma in gamma"),
        (sp.Function("u")(x), "u in u"),
        (x + y, "symbol y: no value"),
        (sp.Float("0.1") * x, r"write Rational\('0.1"),
        (x + sp.I, "no enclosure of it is known"),
        (sp.Sum(x, (x, 1, sp.oo)), "between two concrete integers"),
        (sp.Sum(x, (x, 1, 10**6)), "at most 10000 terms"),
        (sp.oo, "no enclosure of it is known"),
    ],
)
def test_what_has_no_enclosure_is_named(expression, message):
    with pytest.raises(InputError, match=message):
        enclose(expression, {x: 1})


@pytest.mark.parametrize("bad", [(1, 0), (1,), (1, math.inf), "1", math.nan])
def test_bad_values_are_refused(bad):
    with pytest.raises(InputError):
        enclose(x, {x: bad})


def test_more_bits_give_smaller_balls_inside_the_larger():
    coarse, fine = (enclose(sp.exp(x) * sp.sin(x), {x: THIRD}, bits=bits) for bits in (20, 300))
    with precision(300):
        assert coarse.contains(fine)
        assert fine.rel_accuracy_bits() > 250
    assert arb(fmpq(1, 3)).rel_accuracy_bits() < 60
