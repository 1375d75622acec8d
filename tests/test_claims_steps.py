"""A step passes only when it was decided: undecided, false and numerical ones do not make a proof."""

from __future__ import annotations

import math

import pytest
import sympy as sp

from fsq_theory import InputError
from fsq_theory.claims.algebra import enumeration, grows_from, identity, inequality, polynomial_positive
from fsq_theory.claims.domain import differentiable, reaches
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.normal import Phi, explicit, phi, reflected
from fsq_theory.claims.numbers import agreement, at_most, estimate_agreement
from fsq_theory.claims.outcome import Outcome
from fsq_theory.claims.premises import settled
from fsq_theory.claims.spot_check import contradicted
from fsq_theory.claims.status import earned, evidence
from fsq_theory.claims.step import Step

x, y = sp.symbols("x y", real=True)
p, q = sp.symbols("p q", positive=True)


def test_undecided_is_not_passed():
    free = sp.Symbol("free")
    assert not identity("undecided", "", sp.Function("u")(free), sp.Function("w")(free)).passed
    assert not identity("only for x > 0", "", sp.sqrt(free**2), free).passed
    assert not identity("not a number", "", sp.nan, sp.nan).passed
    assert identity("true", "", (free + 1) ** 2, free**2 + 2 * free + 1).passed
    assert not inequality("undecided", "", sp.Function("u")(free), 0).passed
    assert not inequality("no assumption", "", 0, free).passed


def test_inequality_follows_from_signs_or_from_a_reason():
    assert inequality("", "", 0, p * q).passed
    assert not inequality("", "", p * q, 0).passed
    assert inequality("", "", 2 * x * y, x**2 + y**2, because=(x - y) ** 2).passed
    assert not inequality("", "", 2 * x * y, x**2 + y**2, because=(x - y) ** 2, strict=True).passed
    assert not inequality("wrong reason", "", 3 * x * y, x**2 + y**2, because=(x - y) ** 2).passed
    assert inequality("", "", p, p + q, strict=True).passed
    assert not inequality("equal", "", p, p, strict=True).passed


def test_growth_from_a_start():
    assert grows_from("", "", sp.exp(x) - 1 - x, x, 0, because=sp.exp(x) - 1).passed is False  # sign of e^x − 1 unknown
    assert grows_from("", "", sp.log(1 + x), x, 0, strict=True).passed
    assert not grows_from("", "", -sp.log(1 + x), x, 0).passed
    assert not grows_from("starts below", "", x - 1, x, 0).passed
    assert not grows_from("infinite start", "", -1 / x, x, 0).passed


u = sp.Symbol("u", positive=True)
half = sp.Rational(1, 2)


@pytest.mark.parametrize(
    ("what", "expression", "options"),
    [
        ("a jump, the slope 1/(1 + (1 − x)²)", sp.atan(1 / (1 - x)), {}),
        ("a jump", -sp.acot(x - 1), {}),
        ("a jump of Φ", Phi(1 / (1 - x)) - half, {}),
        ("a piece that starts lower", sp.Piecewise((x, x < 1), (x - 5, True)), {}),
        ("the same, by its slope", sp.Piecewise((x**2, x < 1), (x**2 - 10, True)), {"because": 2 * x}),
        ("poles, between which it grows", -sp.digamma(1 - x), {}),
        ("a pole", -1 / (x - 1), {"because": 1 / (x - 1) ** 2}),
        ("poles, tan' = 1 + tan²", sp.tan(x), {"because": 1 + sp.tan(x) ** 2}),
        ("a branch point", sp.log((1 - x) ** 2), {"because": 2 / (x - 1)}),
        ("a change of sign hidden in a root", 1 - (x - 1) / sp.sqrt((x - 1) ** 2), {}),
        ("a parameter with the name of the way", (x - u) ** 2 / 2 - u**2 / 4, {}),
        ("steps", 1 - sp.floor(x), {}),
        ("a kink", 1 - sp.Abs(x - 1), {}),
        ("floating point", sp.Float(0.5) * x, {}),
        ("nothing but a limit at the start", x - 2, {}),
        ("a slope of another sign", -x, {"because": x / x}),
    ],
)
def test_growth_needs_a_derivative_everywhere(what, expression, options):
    assert not grows_from(what, "", expression, x, 0, **options).passed


def test_growth_starts_where_its_variable_may():
    assert not grows_from("√p² was p already", "", 1 + p - sp.Abs(p) + p, p, -2).passed
    assert not grows_from("no number", "", 1 + x, x, -sp.oo).passed
    assert not grows_from("the sign of a parameter", "", x + y, x, 0).passed
    assert grows_from("", "", p - 1 - sp.log(p), p, 1).passed
    assert reaches(p, u)
    assert not reaches(p, u - 1)
    assert not reaches(sp.Symbol("n", integer=True), u)


def test_differentiable_is_seen_by_structure():
    for expression in (p**x, sp.sqrt(1 + x**2), sp.log(p + x**2), 1 / (1 + sp.exp(x)), Phi(x / p) * phi(x), sp.atan(x)):
        assert differentiable(expression, x), expression
    for expression in (sp.sqrt(x), 1 / x, sp.log(x), x**p, sp.Abs(x), sp.Max(x, 0), sp.Function("v")(x), sp.asin(x)):
        assert not differentiable(expression, x), expression


def test_exactness():
    assert not identity("one ulp and more", "", sp.Float(1) + sp.Float(1e-30), 1).passed
    assert not inequality("lost in rounding", "", sp.Float(1), sp.Float(1) - sp.Float(1e-17)).passed
    assert not polynomial_positive("floating point", "", x**2 + sp.Float(0.1), x, 0, 1).passed


def test_an_error_of_simplification_is_noticed(monkeypatch):
    import fsq_theory.claims.algebra as algebra

    z, n = sp.Symbol("z"), sp.Symbol("n", integer=True, nonnegative=True)
    monkeypatch.setattr(algebra, "vanishes", lambda difference: True)
    assert not identity("branch", "", sp.sqrt(z**2), z).passed
    assert not identity("branch", "", sp.log(sp.exp(z)), z).passed
    assert not identity("inverse", "", sp.atan(x) + sp.atan(1 / x), sp.pi / 2).passed
    assert not identity("0^0", "", sp.S.Zero**n, 0).passed
    assert identity("true", "", sp.exp(z) * sp.exp(-z), 1).passed
    monkeypatch.setattr(algebra, "has_sign", lambda expression, strict: True)
    assert not inequality("false for small p", "", 1 / p, p).passed
    assert not inequality("equal at 0", "", 0, x**2, strict=True).passed
    assert not inequality("not of real numbers", "", z, z + 1).passed
    assert not grows_from("falls", "", 1 - x, x, 0).passed
    assert inequality("true", "", 2 * x * y, x**2 + y**2).passed


def test_signs_that_sympy_gets_wrong():
    n, k = sp.Symbol("n", integer=True, nonnegative=True), sp.Symbol("k", integer=True, positive=True)
    assert not inequality("0 at 0", "", 0, sp.atan(n), strict=True).passed
    assert not inequality("0 at 0", "", 0, sp.atan(n / k), strict=True).passed
    assert not inequality("none at 0", "", 0, sp.cosh(1 / n), strict=True).passed
    assert inequality("", "", 0, sp.atan(p), strict=True).passed


def test_points_that_tell_nothing():
    v = sp.Function("v")
    assert not contradicted(v(x), "=", v(y))
    assert not contradicted(sp.Integral(sp.exp(-(y**2)), (y, 0, x)), "=", x)
    assert not contradicted((x**2 - 1) / (x - 1), "=", x + 1)
    assert contradicted(sp.S(1), "<=", sp.S(0))


def test_sturm():
    assert polynomial_positive("", "", x**4 + 1, x, -sp.oo, sp.oo).passed
    assert not polynomial_positive("", "", x**2 - 2, x, 0, 2).passed
    assert not polynomial_positive("touches", "", (x - 1) ** 2, x, 0, 2).passed
    assert not polynomial_positive("negative", "", -(x**2) - 1, x, 0, 2).passed
    assert not polynomial_positive("root at an end", "", x, x, 0, 1).passed
    assert polynomial_positive("", "", x**3 - x + 1, x, 0, sp.oo).passed
    for end in (sp.sqrt(2), sp.nan, 0.5, y):
        with pytest.raises(InputError, match="expected a rational number"):
            polynomial_positive("", "", x**2 + 1, x, end, 3)


def test_enumeration_needs_cases_that_all_hold():
    assert enumeration("", "", [("one", True)]).passed
    assert not enumeration("", "", []).passed
    assert not enumeration("", "", [("one", True), ("two", False)]).passed


def test_numbers_refuse_nan_infinity_and_missing_errors():
    assert agreement("", "", 1.0, 1.0 + 1e-13, 1e-12).passed
    assert not agreement("", "", 1.0, 1.1, 1e-12).passed
    assert not agreement("", "", math.nan, math.nan, 1.0).passed
    assert not agreement("", "", math.inf, math.inf, 1.0).passed
    assert estimate_agreement("", "", 1.0, 0.1, 1.4).passed
    assert not estimate_agreement("", "", 1.0, 0.1, 1.6).passed
    assert not estimate_agreement("", "", 1.0, 0.0, 1.0).passed
    assert not at_most("", "", math.nan, 1.0).passed
    assert not at_most("", "", 1.0, 0.9).passed


def test_lemma_needs_a_known_source_or_a_proof():
    assert lemma("a", "b", source="GSV05, Theorem 1").role == "lemma"
    assert lemma("a", "b", proof="It is clear.").passed
    with pytest.raises(InputError, match="expected a source, a proof, or a claim"):
        lemma("a", "b")
    with pytest.raises(InputError, match="no key 'XYZ99'"):
        lemma("a", "b", source="XYZ99")


def step(role="step", method="algebra", passed=True):
    return Step("name", "statement", passed, role, method)


@pytest.mark.parametrize(
    ("concludes", "steps", "status"),
    [
        ("proved", [], "open"),
        ("proved", [step()], "proved"),
        ("proved", [step(), step("lemma", "reference")], "proved"),
        ("proved", [step("lemma", "reference")], "open"),
        ("proved", [step("cross-check", "numbers")], "open"),
        ("proved", [step(method="numbers")], "open"),
        ("proved", [step(), step(method="balls")], "certified"),
        ("proved", [step(), step(passed=False)], "open"),
        ("proved", [step(), step("cross-check", "numbers", False)], "open"),
        ("certified", [step(method="balls")], "certified"),
        ("refuted", [step()], "open"),
        ("refuted", [step("counterexample")], "refuted"),
        ("refuted", [step("counterexample", "balls")], "refuted"),
        ("refuted", [step("counterexample", "numbers")], "open"),
        ("refuted", [step("counterexample", passed=False)], "open"),
        ("supported", [step("search", "numbers")], "supported"),
        ("supported", [step()], "open"),
        ("open", [step()], "open"),
        ("reproduced", [step()], "open"),
    ],
)
def test_status_is_earned(concludes, steps, status):
    assert earned(concludes, steps) == status


def test_undecided_steps_head_the_evidence():
    lines = evidence([step(), step(passed=None), step("lemma", "reference")])
    assert lines[0].startswith("not decided")
    assert any(line.startswith("given lemma") for line in lines)


def test_normal_functions():
    assert sp.diff(Phi(x), x) == phi(x)
    assert sp.diff(phi(x), x) == -x * phi(x)
    assert phi(-x) == phi(x)
    assert Phi(0) == sp.S.Half
    assert (Phi(sp.oo), Phi(-sp.oo), phi(sp.oo)) == (1, 0, 0)
    assert Phi(-p).is_positive
    assert (1 - Phi(p)).is_positive is None
    assert sp.expand(reflected(Phi(-p) + Phi(p))) == 1
    assert sp.simplify(sp.diff(explicit(Phi(x)), x) - explicit(phi(x))) == 0
    assert abs(float(Phi(sp.Rational(3, 2))) - 0.9331927987311419) < 1e-15


def outcome(claim, *rests_on, status="proved"):
    steps = [Step(f"lemma {name}", "", True, "lemma", "reference", claim=name) for name in rests_on]
    return Outcome(claim, "", status, frozenset(("proved",)), ["evidence"], 0.0, steps)


@pytest.mark.parametrize(
    ("outcomes", "statuses"),
    [
        ([outcome("a", "b"), outcome("b")], ["proved", "proved"]),
        ([outcome("a", "b"), outcome("b", status="open")], ["open", "open"]),
        ([outcome("a", "b"), outcome("b", "c"), outcome("c", status="open")], ["open", "open", "open"]),
        ([outcome("a", "b"), outcome("b", status="supported")], ["open", "supported"]),
        ([outcome("a", "missing")], ["open"]),
        ([outcome("a", "b"), outcome("b", "c"), outcome("c", status="certified")], ["certified"] * 3),
        ([outcome("a", "b", status="refuted"), outcome("b", status="certified")], ["refuted", "certified"]),
        ([outcome("a", "b", status="refuted"), outcome("b", status="open")], ["open", "open"]),
        ([outcome("a", "a")], ["open"]),
        ([outcome("a", "b"), outcome("b", "a")], ["open", "open"]),
        ([outcome("a", "b", "c"), outcome("b", "d"), outcome("c", "d"), outcome("d")], ["proved"] * 4),
    ],
)
def test_a_claim_stands_while_its_premises_do(outcomes, statuses):
    found = settled({each.claim: each for each in outcomes})
    assert [each.status for each in found.values()] == statuses
    for before, after in zip(outcomes, found.values(), strict=True):
        fell = after.status == "open" and before.status != "open"
        assert after.evidence[0].startswith("rests on") == fell
