"""Statements over codebooks, r and priors: variables and their domains, quantities, what is refused, files."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from fsq_theory.claims.codes import Codes
from fsq_theory.claims.comparison import compare
from fsq_theory.claims.draws import HypothesisChooser, RandomChooser, SpreadChooser, simple_numbers
from fsq_theory.claims.files import read_claim
from fsq_theory.claims.moves import draw_codes, draw_point, draw_prior
from fsq_theory.claims.quantities import accuracy, d_min, error, log_error, measurement, nn_distance
from fsq_theory.claims.statement import Claim
from fsq_theory.claims.variables import Codebooks, Integer, Priors, Real, Specs
from fsq_theory.content import content_folder
from fsq_theory.errors import InputError

F = Specs("F", ["fsq:3^2", "fsq:2^3", "fsq:2^2"])
E = Codebooks("E", like=F)
G = Codebooks("G", tokens=3, dimension=2, constraint="none")
r = Real("r", 0.1, 8)
k = Integer("k", 2, 4)
prior = Priors("P", of=E)


@st.composite
def points(draw):
    return draw_point(HypothesisChooser(draw), (prior, E, r, F, k, G))


@settings(max_examples=60)
@given(points())
def test_drawn_points_lie_in_their_domains(point):
    book = F.books[point["F"]]
    assert list(point) == ["F", "k", "r", "E", "G", "P"]
    assert point["E"].points.shape == (book.K, book.n)
    assert np.abs(point["E"].points).max() <= 1
    assert point["G"].points.shape == (3, 2)
    assert Fraction(1, 10) <= point["r"] <= 8
    assert 2 <= point["k"] <= 4
    assert point["P"].shape == (book.K,)
    assert point["P"].min() >= 0
    assert point["P"].sum() == pytest.approx(1, abs=1e-12)


def test_draws_reach_ends_coincident_codes_and_the_reference():
    chooser = RandomChooser(np.random.default_rng(0))
    drawn = [draw_point(chooser, (F, E, r)) for _ in range(400)]
    ratios = {p["r"] for p in drawn}
    assert {Fraction(1, 10), Fraction(8)} <= ratios
    assert any(Fraction(1, 10) < x < Fraction(11, 100) for x in ratios)
    assert any(p["E"].coincident for p in drawn)
    assert any(not p["E"].coincident for p in drawn)
    assert {p["F"] for p in drawn} == set(F.domain)


@pytest.mark.parametrize("constraint", ["rms", "energy"])
def test_constraints_are_met(constraint):
    variable = Codebooks("E", tokens=5, dimension=2, constraint=constraint)
    chooser = RandomChooser(np.random.default_rng(1))
    for codes in (draw_codes(chooser, variable, {}) for _ in range(50)):
        if codes.admissible:
            squares = np.sum(codes.points**2, axis=1)
            assert squares.mean() == pytest.approx(2 if constraint == "rms" else 1, rel=1e-12)
            assert codes.points.mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert not Codes(np.ones((5, 2)), constraint).admissible


def test_priors_reach_the_extremes():
    chooser = RandomChooser(np.random.default_rng(2))
    drawn = [draw_prior(chooser, 4) for _ in range(200)]
    assert any(np.allclose(p, 0.25) for p in drawn)
    assert max(p.max() for p in drawn) > 0.99
    assert min(p.min() for p in drawn) == 0


def test_starts_of_ascents_are_spread():
    first = [SpreadChooser(np.random.default_rng(0), start).integer(0, 6) for start in range(14)]
    assert set(first) == set(range(7))


def test_simple_numbers_begin_with_the_simplest():
    found = simple_numbers(Fraction(1, 3), Fraction(5, 2))
    assert found[:4] == [1, 2, Fraction(1, 2), Fraction(3, 2)]
    assert {Fraction(1, 3), Fraction(5, 2)} <= set(found)


def test_variables_of_one_name_with_other_domains_differ():
    other = Specs("F", ["fsq:2^2"])
    assert other != F
    assert Real("x", 0, 1) != Real("x", 0, 2)
    assert Codebooks("E", like=other) != E
    assert accuracy(E, r).args[0].like == F
    assert accuracy(Codebooks("E", like=other), r).args[0].like.domain == ("fsq:2^2",)


def test_decimals_mean_what_they_say():
    assert Real("x", 0.1, 0.3).low == sp.Rational(1, 10)
    assert Claim(r, "<=", 0.1 * r, where=r).rhs == r / 10


def test_latex():
    claim = Claim(accuracy(E, r), "<=", accuracy(F, r), where=(F, E, r))
    assert claim.latex() == r"A\left(E, r\right) \le A\left(F, r\right)"
    assert claim.title == "accuracy(E, r) ≤ accuracy(F, r)"
    assert "<" in Claim(k * d_min(E), "<", 1, where=(F, E, k)).latex()


def test_accuracies_are_compared_by_the_logarithms_of_their_errors():
    for claim in (
        Claim(accuracy(E, r), "<=", accuracy(F, r), where=(F, E, r)),
        Claim(accuracy(F, r), ">=", accuracy(E, r), where=(F, E, r)),
        Claim(error(F, r), "<=", error(E, r), where=(F, E, r)),
    ):
        assert compare(claim).margin.expression == log_error(F, r) - log_error(E, r)
    summed = compare(Claim(accuracy(E, r) - accuracy(F, r), "<", 0, where=(F, E, r)))
    assert summed.margin.expression == error(F, r) - error(E, r)
    assert summed.strict


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Real("x", 1, 1), "expected low below high"),
        (lambda: Real("x", 0, float("inf")), "expected a finite rational number"),
        (lambda: Real("2x", 0, 1), "expected a name that Python accepts"),
        (lambda: Integer("k", 3, 2), "ascending order"),
        (lambda: Specs("F", "fsq:2^2"), "expected a list"),
        (lambda: Specs("F", ["fsq:x"]), "fsq"),
        (lambda: Codebooks("E", tokens=1, dimension=2), "tokens of at least 2"),
        (lambda: Codebooks("E", tokens=2, like=F), "neither tokens nor dimension"),
        (lambda: Codebooks("E", like=F, constraint="l2"), "expected one of linf, rms"),
        (lambda: Codebooks("E", tokens=10000, dimension=3), "at most 16384 coordinates"),
        (lambda: Priors("P"), "either tokens= a number or of="),
        (lambda: accuracy(r, r), "the first a variable Specs"),
        (lambda: accuracy(E), r"expected \(codebook, r, \[prior\]\)"),
        (lambda: nn_distance(E, r), r"expected \(codebook\)"),
        (lambda: accuracy(E, r, F), "expected a variable Priors"),
        (lambda: accuracy(E, F), "expected a real expression"),
        (lambda: Claim(r, "=<", 1, where=r), "relation '=<'"),
        (lambda: Claim(r, "<=", "1", where=r), "expected a SymPy expression"),
        (lambda: Claim(r, "<=", 1, where=(r, Integer("r", 1, 2))), "two variables have the same name"),
        (lambda: Claim(r * k, "<=", 1, where=r), "k is not among the variables"),
        (lambda: Claim(d_min(E), "<=", 1, where=E), "F is not among the variables"),
        (lambda: Claim(r, "<=", sp.I, where=r), "expected a real expression"),
        (lambda: Claim(r, "<=", 1, where=(r, 3)), "where holds 3"),
        (lambda: Claim(r, "<=", 1, where=r, expect="true"), "expect 'true'"),
        (lambda: Claim(lambda z: z, "<=", 1, where=r), "asks for 'z'"),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_functions_are_applied_to_the_variables_that_they_name():
    claim = Claim(lambda r, k: r * k, "<=", 9, where=(k, r))
    assert claim.lhs.args == (r, k)
    assert str(claim.lhs) == "left(r, k)"
    assert str(measurement(max)(r)) == "max(r)"


def test_files(tmp_path):
    path = tmp_path / "my_claim.py"
    path.write_text("from fsq_theory.claims.statement import Claim\ndef claim():\n    return Claim(1, '<', 2)\n")
    assert read_claim(path).name == "my-claim"
    for name, text, message in (
        ("none", "x = 1", "expected a function claim"),
        ("other", "def claim():\n    return 3", "returned int: expected a Claim"),
        ("broken", "def claim(:", "SyntaxError"),
        ("failing", "def claim():\n    return 1 / 0", "ZeroDivisionError"),
    ):
        (tmp_path / f"{name}.py").write_text(text)
        with pytest.raises(InputError, match=message):
            read_claim(tmp_path / f"{name}.py")
    with pytest.raises(InputError, match="not a Python file"):
        read_claim(tmp_path / "absent.py")


def test_the_shipped_claims_are_read():
    names = [read_claim(path).name for path in sorted((content_folder("experiments") / "claims").glob("*.py"))]
    assert len(names) >= 4
