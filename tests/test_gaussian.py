"""Gaussian functions in log space against arbitrary precision."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from reference import integrate

from fsq_theory.gaussian import log_ndtr_interval, log_wedge
from fsq_theory.logspace import log1mexp, log_any, logsumexp

EPS = np.finfo(float).eps


@pytest.mark.parametrize("h", [1.0, 1.5, 3.0, 10.0, 37.0])
@pytest.mark.parametrize(("a", "b"), [(-1, 2), (0, np.inf), (2, 3), (-np.inf, np.inf), (5, 5.001), (-3, -1), (8, 9)])
def test_wedge_is_its_integral(h: float, a: float, b: float) -> None:
    low, high = max(a, -16.0), min(b, 16.0)
    integral = integrate(lambda y: mp.exp(-y * y / 2) * h / (h * h + y * y), [low, high])
    reference = mp.log(integral) - mp.mpf(h) ** 2 / 2 - mp.log(2 * mp.pi)
    assert float(log_wedge(h, a, b)) == pytest.approx(float(reference), abs=8 * EPS * (1 + abs(float(reference))))


@given(st.floats(1e-6, 0.999), st.floats(-20, 20), st.floats(0, 20))
def test_wedge_near_the_origin_is_owens_t(h: float, a: float, width: float) -> None:
    b = a + width
    expected = scipy.special.owens_t(h, b / h) - scipy.special.owens_t(h, a / h)
    assert np.exp(log_wedge(h, a, b)) == pytest.approx(max(expected, 0.0), abs=1e-15)


@pytest.mark.parametrize("h", [0.0, 5e-324, 1e-200])
@pytest.mark.parametrize(
    ("a", "b", "turn"), [(0, 1, 0.25), (-1, 0, 0.25), (-2, 3, 0.5), (1, 2, 0), (-np.inf, np.inf, 0.5)]
)
def test_wedge_at_the_origin_is_an_angle(h: float, a: float, b: float, turn: float) -> None:
    assert np.exp(log_wedge(h, a, b)) == pytest.approx(turn, abs=1e-15)


def test_wedges_all_around_a_square_make_its_outside() -> None:
    side = 1.3
    inside = (2 * scipy.special.ndtr(side) - 1) ** 2
    assert 4 * np.exp(log_wedge(side, -side, side)) == pytest.approx(1 - inside, rel=8 * EPS)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (-1, 2),
        (5, 6),
        (30, 31),
        (-30 - 1e-6, -30),
        (3, 3 + 1e-9),
        (-40, -39.5),
        (-np.inf, -3),
        (8, np.inf),
        (-1e-8, 1e-8),
    ],
)
def test_normal_interval(a: float, b: float) -> None:
    low, high = (-mp.mpf(b), -mp.mpf(a)) if a > 0 else (mp.mpf(a), mp.mpf(b))
    reference = float(mp.log(mp.ncdf(high) - mp.ncdf(low)))
    assert float(log_ndtr_interval(a, b)) == pytest.approx(reference, abs=8 * EPS * (1 + abs(reference)))


def test_empty_normal_interval() -> None:
    assert log_ndtr_interval(2.0, 2.0) == -np.inf
    assert log_ndtr_interval(3.0, 2.0) == -np.inf


@given(st.lists(st.tuples(st.floats(-800, -1e-12), st.integers(1, 50)), min_size=1, max_size=5))
def test_any_of_independent_errors(parts: list[tuple[float, int]]) -> None:
    logs, counts = (np.array(column, dtype=float) for column in zip(*parts, strict=True))
    with mp.workdps(400):
        accuracy = mp.fprod((1 - mp.exp(mp.mpf(log))) ** int(count) for log, count in zip(logs, counts, strict=True))
        log_accuracy, log_error = float(mp.log(accuracy)), float(mp.log(1 - accuracy))
    found_accuracy, found_error = log_any(logs, counts)
    assert float(found_error) == pytest.approx(log_error, abs=8 * EPS * (1 + abs(log_error)))
    # An e_i near 1 is only known to eps/(1 − e_i) through its logarithm.
    condition = 8 * EPS * (1 + float(np.max(counts / -np.expm1(logs))))
    assert float(found_accuracy) == pytest.approx(log_accuracy, rel=1e-14, abs=condition)


def test_log1mexp_and_logsumexp_at_the_ends() -> None:
    assert log1mexp(np.float64(0.0)) == -np.inf
    assert log1mexp(np.float64(-np.inf)) == 0.0
    assert float(log1mexp(np.float64(-1e-300))) == pytest.approx(np.log(1e-300))
    assert logsumexp(np.array([-np.inf, -np.inf])) == -np.inf
    assert float(logsumexp(np.array([-1e5, -1e5]))) == pytest.approx(-1e5 + np.log(2))
