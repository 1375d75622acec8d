"""Divergences of two unit normals: mpmath as the oracle, the inequalities between them, and their limits."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsq_theory.errors import InputError
from fsq_theory.paths import divergences as dv

DISTANCES = [1e-6, 1e-4, 0.01, 0.3, 1.0, 2.5, 6.0, 13.0, 19.9, 20.1, 38.0, 100.0, 1e3]
squares = st.one_of(st.just(0.0), st.floats(1e-300, 1e6))


def normal(x, mean=0):
    return mpmath.npdf(x, mean, 1)


def integral(function, d):
    """∫ over the line, in pieces around both means and their middle."""
    ends = [-40, -8, -2, 0, 2, 8, d / 2 - 2, d / 2, d / 2 + 2, d - 8, d - 2, d, d + 2, d + 8, d + 40]
    return mpmath.quad(function, sorted(set(map(mpmath.mpf, ends))))


@pytest.mark.parametrize("d", DISTANCES)
def test_closed_forms_to_twelve_digits(d):
    with mpmath.workdps(40):
        square = mpmath.mpf(d * d)
        exact = mpmath.sqrt(square)
        want = {
            "kl": square / 2,
            "jeffreys": square,
            "bhattacharyya": square / 8,
            "squared_hellinger": -mpmath.expm1(-square / 8),
            "total_variation": mpmath.erf(exact / mpmath.sqrt(8)),
            "log_overlap": mpmath.log(mpmath.erfc(exact / mpmath.sqrt(8))),
            "log_chi_squared": square + mpmath.log(-mpmath.expm1(-square)),
        }
        for name, value in want.items():
            assert abs(getattr(dv, name)(d * d) - value) <= 1e-12 * abs(value), name
        if d < 26:
            assert abs(dv.chi_squared(d * d) / mpmath.expm1(square) - 1) < 1e-12


def test_log_overlap_keeps_its_relative_accuracy():
    for d in [*np.geomspace(1e-8, 40, 60), 1.9999999, 2.0, 2.0000001]:
        with mpmath.workdps(40):
            want = mpmath.log(mpmath.erfc(mpmath.sqrt(mpmath.mpf(d * d) / 8)))
            assert abs(dv.log_overlap(d * d) / want - 1) < 5e-15, d


@pytest.mark.parametrize("d", [1e-3, 0.3, 2.5, 6.0])
def test_closed_forms_are_the_integrals_that_define_them(d):
    with mpmath.workdps(30):
        d = mpmath.mpf(d)
        square = float(d * d)
        d = mpmath.sqrt(mpmath.mpf(square))

        def log_ratio(x):
            return d * d / 2 - d * x

        defined = {
            "kl": integral(lambda x: normal(x) * log_ratio(x), d),
            "squared_hellinger": 1 - integral(lambda x: mpmath.sqrt(normal(x) * normal(x, d)), d),
            "total_variation": integral(lambda x: abs(normal(x) - normal(x, d)), d) / 2,
            "chi_squared": integral(lambda x: normal(x) ** 2 / normal(x, d), -d) - 1,
        }
        for name, value in defined.items():
            assert getattr(dv, name)(square) == pytest.approx(float(value), rel=1e-11), name
        renyi = mpmath.log(integral(lambda x: normal(x) ** 0.3 * normal(x, d) ** 0.7, d)) / mpmath.mpf(-0.7)
        assert dv.renyi(square, 0.3) == pytest.approx(float(renyi), rel=1e-10)


@pytest.mark.parametrize("d", [1e-6, 1e-3, 0.1, 1.0, 3.0, 7.0, 12.0, 19.9, 20.1, 1e3])
def test_jensen_shannon_to_twelve_digits(d):
    with mpmath.workdps(50):
        exact = mpmath.sqrt(mpmath.mpf(d * d))
        if d > 25:
            want = mpmath.log(2)
        else:
            # The definition: the mean of KL(P‖M) and KL(Q‖M), M the even mixture; both halves are equal by symmetry.
            def term(x):
                return normal(x) * (mpmath.log(2) - mpmath.log1p(mpmath.exp(exact * x - exact**2 / 2)))

            want = integral(term, exact)
        assert abs(dv.jensen_shannon(d * d) / want - 1) < 1e-12


def test_jensen_shannon_expansion_at_the_origin():
    # JS = s/2 − s²/4 + O(s³), s = d²/4: half the information of a fair bit in Gaussian noise [Guo, Shamai, Verdú].
    s = np.array([1e-10, 1e-6, 1e-4])
    assert dv.jensen_shannon(4 * s) == pytest.approx(s / 2 - s**2 / 4 + s**3 / 6, rel=1e-11)


def test_limits():
    assert [getattr(dv, name)(0.0) for name in ("kl", "jeffreys", "total_variation", "jensen_shannon")] == [0, 0, 0, 0]
    assert dv.squared_hellinger(0) == 0
    assert dv.chi_squared(0) == 0
    assert dv.log_chi_squared(0) == -math.inf
    assert dv.log_overlap(0) == 0
    assert dv.kl(math.inf) == math.inf
    assert dv.total_variation(math.inf) == 1
    assert dv.squared_hellinger(math.inf) == 1
    assert dv.jensen_shannon(math.inf) == pytest.approx(math.log(2), rel=1e-15)
    assert dv.chi_squared(1e6) == math.inf
    assert dv.log_chi_squared(1e6) == 1e6
    assert dv.log_overlap(math.inf) == -math.inf


def test_shapes():
    assert type(dv.kl(2)) is float
    assert dv.jensen_shannon(np.full((3, 4), 2.0)).shape == (3, 4)
    many = np.linspace(0, 500, 3000)
    assert dv.jensen_shannon(many) == pytest.approx([dv.jensen_shannon(x) for x in many], rel=1e-14)
    assert dv.jensen_shannon(np.zeros(0)).shape == (0,)


@given(squares)
def test_inequalities(d2):
    kl, tv, h2 = dv.kl(d2), dv.total_variation(d2), dv.squared_hellinger(d2)
    js, bc = dv.jensen_shannon(d2), dv.bhattacharyya(d2)
    slack = 1 + 1e-14
    assert tv <= math.sqrt(kl / 2) * slack  # Pinsker
    assert tv <= math.sqrt(-math.expm1(-kl)) * slack  # Bretagnolle-Huber
    assert h2 <= tv * slack  # Le Cam, left
    assert tv <= math.sqrt(-math.expm1(-2 * bc)) * slack  # Le Cam, right
    assert kl <= math.log1p(dv.chi_squared(d2)) * slack
    assert tv**2 / 2 <= js * slack  # Pinsker for both halves
    assert js <= math.log(2) * tv * slack
    assert js <= kl / 2 * slack  # convexity: KL(P‖M) ≤ KL(P‖Q)/2
    assert js <= math.log1p(dv.jeffreys(d2) / 4) / 2 * slack  # a fair bit carries less than a normal input
    assert 2 * bc <= kl * slack
    assert h2 <= kl / 2 * slack


@given(squares, squares)
def test_data_processing(first, second):
    """Less of the path (a smaller d²) cannot tell more; nor can a test with a yes or no answer."""
    less, more = sorted((first, second))
    for name in ("kl", "total_variation", "squared_hellinger", "chi_squared", "log_chi_squared"):
        assert getattr(dv, name)(less) <= getattr(dv, name)(more)
    assert dv.jensen_shannon(less) <= dv.jensen_shannon(more) * (1 + 1e-14)
    assert dv.log_overlap(more) <= dv.log_overlap(less)
    p = (1 - dv.total_variation(more)) / 2
    if p > 1e-12:
        assert (1 - 2 * p) * math.log((1 - p) / p) <= dv.kl(more) * (1 + 1e-3 * p + 1e-12)


@given(squares, st.floats(0.01, 50), st.floats(0.01, 50))
def test_renyi_rises_with_its_order(d2, a, b):
    low, high = sorted((a, b))
    assert dv.renyi(d2, low) <= dv.renyi(d2, high)
    assert dv.renyi(d2, 1) == dv.kl(d2)
    assert dv.renyi(d2, 0.5) == pytest.approx(2 * dv.bhattacharyya(d2), rel=1e-15)
    assert dv.renyi(d2, 2) == pytest.approx(d2)


@pytest.mark.parametrize("d2", [-1e-300, math.nan, [1.0, -2.0]])
def test_bad_squares(d2):
    for function in (dv.kl, dv.jensen_shannon, dv.total_variation, dv.log_chi_squared):
        with pytest.raises(InputError, match=r"d\^2 = .*: expected a number of at least 0"):
            function(d2)


@pytest.mark.parametrize("order", [0, -1, math.nan, math.inf])
def test_bad_orders(order):
    with pytest.raises(InputError, match="Rényi order"):
        dv.renyi(1.0, order)
