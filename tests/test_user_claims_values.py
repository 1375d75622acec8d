"""Quantities at a point of the domain: numbers, derivatives and balls agree with each other and with the package."""

from __future__ import annotations

import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import fsq_theory as ft
from fsq_theory.balls.arithmetic import ends
from fsq_theory.claims import quantities as q
from fsq_theory.claims.codes import Codes, constrained
from fsq_theory.claims.differentiable import noise_for, traced_terms
from fsq_theory.claims.enclosed import NoBall, enclosed
from fsq_theory.claims.formula import Formula
from fsq_theory.claims.measured import Measurer, measure
from fsq_theory.claims.normal import Phi, phi
from fsq_theory.claims.quick import pair_bounds
from fsq_theory.claims.variables import Codebooks, Priors, Real, Specs
from fsq_theory.errors import InputError

F = Specs("F", ["fsq:2^3", "fsq:4"])
E = Codebooks("E", like=F)
P = Priors("P", of=E)
r = Real("r", 0.1, 8)


def point(spec="fsq:2^3", ratio="2", moved=None, prior=None, constraint="linf"):
    raw = np.array(ft.codebook(spec).points)
    for k, place in (moved or {}).items():
        raw[k] = place
    found = {"F": spec, "r": Fraction(ratio), "E": Codes(raw, constraint)}
    return found if prior is None else {**found, "P": np.array(prior)}


MOVED = point(moved={0: [0.2, -0.1, 0.3]})
LINE = point("fsq:4", moved={1: [-0.1]})


@pytest.mark.parametrize("at", [MOVED, LINE, point(ratio="8", moved={0: [0, 0, 0]})])
def test_quick_errors_agree_with_the_package(at):
    exact = ft.accuracy(at["E"].codebook(), float(at["r"]), samples=2**15)
    quick = measure(Formula(q.log_error(E, r)), at, Measurer(0))
    spread = math.hypot(quick.error, float(exact.stderr) / float(exact.error))
    # A rare error is the union bound, which exceeds it by what two competitors share: at r = 8 nearly nothing.
    assert abs(quick.value - float(exact.log_error)) <= 5 * spread + 1e-3
    assert quick.lower - 1e-9 <= float(exact.log_error) + 5 * spread
    assert quick.upper + 1e-9 >= float(exact.log_error) - 5 * spread


def test_pair_bounds_are_the_package_s():
    bounds = ft.error_bounds(MOVED["E"].codebook(), 2.0)
    single, union = pair_bounds(MOVED["E"], 2.0)
    assert single == pytest.approx(float(bounds.log_single), abs=1e-12)
    assert union == pytest.approx(float(bounds.log_union), abs=1e-5)


@pytest.mark.parametrize("kind", [q.accuracy, q.error, q.log_error])
def test_of_coincident_codes_one_is_decided_for(kind):
    at = point("fsq:4", moved={1: [-1.0]})
    three = ft.accuracy(ft.ArrayCodebook([[-1.0], [1 / 3], [1.0]]), 2.0)
    right = 0.75 * float(three.value)
    expected = {q.accuracy: right, q.error: 1 - right, q.log_error: math.log(1 - right)}[kind]
    for careful in (False, True):
        assert measure(Formula(kind(E, r)), at, Measurer(0, careful)).value == pytest.approx(expected, rel=1e-12)
    low, high = ends(enclosed(Formula(kind(E, r)), at))
    assert float(low) == pytest.approx(expected, rel=1e-12) == float(high)


def test_of_coincident_codes_under_a_prior_the_most_probable_is_decided_for():
    at = point("fsq:4", moved={1: [-1.0], 2: [-1.0]}, prior=[0.1, 0.2, 0.3, 0.4])
    two = ft.accuracy(ft.ArrayCodebook([[-1.0], [1.0]], [3 / 7, 4 / 7]), 2.0)
    assert measure(Formula(q.accuracy(E, r, P)), at, Measurer(0)).value == pytest.approx(0.7 * float(two.value))
    merged = ft.information(ft.ArrayCodebook([[-1.0], [1.0]], [0.6, 0.4]), 2.0)
    found = measure(Formula(q.information(E, r, P)), at, Measurer(0))
    assert found.value == pytest.approx(float(merged.information), rel=1e-9)


def test_quick_information_and_mmse_agree_with_the_package():
    exact = ft.information(MOVED["E"].codebook(), 2.0, samples=2**14)
    for kind, value in ((q.information, exact.information), (q.mmse, exact.mmse)):
        found = measure(Formula(kind(E, r)), MOVED, Measurer(1))
        assert abs(found.value - float(value)) <= 6 * found.error


def test_distances_and_sizes():
    book = MOVED["E"].codebook()
    statistics = ft.distance_statistics(book)
    for kind, value in (
        (q.nn_distance, statistics.nn_mean),
        (q.d_min, statistics.d_min),
        (q.tokens, 8),
        (q.dimension, 3),
    ):
        assert measure(Formula(kind(E)), MOVED, Measurer()).value == pytest.approx(value, rel=1e-12)
    kl = measure(Formula(q.path_kl(E, r, 0)), MOVED, Measurer()).value
    assert kl == pytest.approx(float(ft.path_kl(book, gamma_eps=2.0).mean), rel=1e-9)


@pytest.mark.parametrize("constraint", ["linf", "rms", "energy"])
@pytest.mark.parametrize("kind", ["error", "nn_distance", "d_min", "path_kl"])
def test_balls_contain_the_numbers(kind, constraint):
    arguments = {"error": (r,), "path_kl": (r, r / 3)}.get(kind, ())
    formula = Formula(getattr(q, kind)(Codebooks("E", like=F, constraint=constraint), *arguments))
    at = point(ratio="11/2", moved={0: [0.2, -0.1, 0.3]}, constraint=constraint)
    low, high = ends(enclosed(formula, at))
    value = measure(formula, at, Measurer(careful=kind == "error"))
    slack = 1e-12 * abs(value.value) + 5 * value.error
    assert low <= high
    assert low - Fraction(slack) <= Fraction(value.value) <= high + Fraction(slack)


def test_distances_that_are_whole_are_exact_in_balls():
    assert ends(enclosed(Formula(q.nn_distance(F)), point())) == (2, 2)


def test_reference_codebooks_of_fsq_are_the_exact_grid():
    at = point("fsq:4")
    assert ends(enclosed(Formula(q.d_min(F) - sp.Rational(2, 3)), at))[0] <= 0
    assert ends(enclosed(Formula(q.d_min(F) - sp.Rational(2, 3)), at))[1] >= 0
    difference = enclosed(Formula(q.error(F, r) - Phi(-r / 3) * 3 / 2), at)
    assert 0 in difference
    assert float(difference.rad()) < 1e-35
    scattered = enclosed(Formula(q.path_kl(F, 1, 0) - sp.Rational(20, 27)), at)
    assert 0 in scattered
    assert measure(Formula(q.path_kl(F, 1, 0)), at, Measurer()).value == pytest.approx(20 / 27)


def test_what_is_too_large_is_said():
    large = Specs("F", ["random:K=5000,n=8"])
    with pytest.raises(InputError, match="too large to enumerate: 5000 tokens"):
        measure(Formula(q.error(large, r)), {"F": "random:K=5000,n=8", "r": Fraction(1)}, Measurer())


def test_no_balls_where_there_are_none():
    for expression in (q.information(E, r), q.accuracy(E, r, P), q.measurement(abs)(r)):
        with pytest.raises(NoBall):
            enclosed(Formula(expression), point(prior=np.full(8, 1 / 8)))


@pytest.mark.parametrize("kind", [q.log_error, q.information, q.mmse, q.nn_distance, q.d_min, q.path_kl])
def test_traced_quantities_agree_with_numbers_and_have_derivatives(kind):
    formula = Formula(kind(E, *(r, 0)[: len(kind.numbers)]))
    at = point(ratio="6" if kind is q.log_error else "1", moved={0: [0.2, -0.1, 0.3]})
    noise = noise_for([3], 0)

    def value(raw, ratio):
        return sum(traced_terms(formula, {"E": raw, "r": ratio}, {"F": "fsq:2^3"}, noise))

    found, slopes = jax.jit(jax.value_and_grad(value, (0, 1)))(jnp.asarray(at["E"].points), jnp.asarray(float(at["r"])))
    assert float(found) == pytest.approx(measure(formula, at, Measurer()).value, rel=0.1)
    assert np.all(np.isfinite(np.asarray(slopes[0])))
    assert np.isfinite(float(slopes[1]))


def test_analytic_formulas():
    at = {"r": Fraction(3, 2)}
    formula = Formula(Phi(r) * sp.exp(-r) + phi(r))
    value = 0.9331927987311419 * math.exp(-1.5) + math.exp(-1.125) / math.sqrt(2 * math.pi)
    assert measure(formula, at, Measurer()).value == pytest.approx(value, rel=1e-14)
    low, high = ends(enclosed(formula, at))
    assert float(low) == pytest.approx(value, rel=1e-14) == float(high)
    assert float(sum(jax.jit(formula.traced_terms)(jnp.asarray(1.5)))) == pytest.approx(value, rel=1e-12)


def test_errors_are_carried_through():
    def noisy(r):
        return 3.0, 0.5

    margin = measure(Formula(2 * q.measurement(noisy)(r) ** 2 - 1), {"r": Fraction(1)}, Measurer())
    assert margin.value == 17
    assert margin.error == pytest.approx(2 * 2 * 3 * 0.5)
    assert margin.scale == 19


def test_a_failing_function_names_the_point():
    def fails(E):
        raise KeyError("x")

    def is_nan(r):
        return math.nan

    with pytest.raises(InputError, match=r"fails failed at F = fsq:2\^3, r = 2, E = 8 codes .*KeyError"):
        measure(Formula(q.measurement(fails)(E)), point(), Measurer())
    with pytest.raises(InputError, match=r"is_nan is NaN at .*r = 2"):
        measure(Formula(q.measurement(is_nan)(r)), point(), Measurer())


def test_constraints_by_numpy_and_jax():
    raw = np.array([[3.0, 1.0], [0.0, 0.5], [-2.0, 0.25]])
    for constraint in ("linf", "rms", "energy", "none"):
        with jax.enable_x64(True):
            traced = np.asarray(constrained(jnp.asarray(raw), constraint, jnp))
        assert traced == pytest.approx(constrained(raw, constraint, np), abs=1e-15)
