"""Bridges: the law at each time, singular ends, sampled paths and the drift."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsq_theory.errors import InputError
from fsq_theory.paths.bridge import bridge_drift, bridge_moments, bridge_weights, sample_bridge
from fsq_theory.schedules import schedule
from fsq_theory.schedules.definitions import FAMILIES

SCHEDULES = {name: schedule(name) for name in FAMILIES}
A, B = np.array([1.0, -0.5]), np.array([0.3, 2.0])


def conditioned(made, t, T):
    """Weights and variance by conditioning the joint normal law of (X_t, X_T) given X_0: no bridge formula."""
    a_t, s_t, a_T, s_T = made.alpha(t), made.sigma(t), made.alpha(T), made.sigma(T)
    covariance = np.array([[s_t**2, a_T / a_t * s_t**2], [a_T / a_t * s_t**2, s_T**2]])
    gain = covariance[0, 1] / covariance[1, 1]
    return a_t - gain * a_T, gain, np.linalg.det(covariance) / covariance[1, 1]


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(("t", "T"), [(0.1, 0.9), (0.5, 0.6), (1e-4, 0.3), (0.7, 1.0)])
def test_weights_by_conditioning_the_joint_law(name, t, T):
    got = bridge_weights(SCHEDULES[name], t, T)
    start, end, variance = conditioned(SCHEDULES[name], t, T)
    # The oracle cancels where little of a is left: it is compared to the size of what it subtracts.
    assert got.start == pytest.approx(start, rel=1e-12, abs=1e-14)
    assert got.end == pytest.approx(end, rel=1e-12)
    assert got.variance == pytest.approx(variance, rel=1e-12, abs=1e-14 * SCHEDULES[name].sigma(t) ** 2)


@pytest.mark.parametrize("name", ["cdcd-tts", "flow", "cosine", "sqrt"])
def test_an_end_without_signal_tells_nothing(name):
    made, t = SCHEDULES[name], np.array([0.0, 0.2, 0.9])
    got = bridge_weights(made, t, 1.0)
    assert got.end.tolist() == [0, 0, 0]
    assert got.start == pytest.approx(made.alpha(t), rel=1e-15)
    assert got.variance == pytest.approx(made.sigma(t) ** 2, rel=1e-15)


@pytest.mark.parametrize("name", FAMILIES)
def test_ends_of_the_bridge(name):
    made = SCHEDULES[name]
    for T in (0.4, 1.0):
        mean, variance = bridge_moments(made, T, A, B, T)
        assert mean.tolist() == B.tolist()
        assert variance == 0
    if made.sigma(0) == 0:
        mean, variance = bridge_moments(made, 0.0, A, B)
        assert mean.tolist() == (made.alpha(0) * A).tolist()
        assert variance == 0


def test_times_after_the_signal_is_gone():
    got = bridge_weights(SCHEDULES["sqrt"], [0.99995, 1.0], 1.0)
    assert [got.start.tolist(), got.end.tolist(), got.variance.tolist()] == [[0, 0], [0, 1], [1, 0]]


@given(st.sampled_from(sorted(FAMILIES)), st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_bridges_compose(name, times):
    made = SCHEDULES[name]
    s, t, T = sorted(times)
    if made.sigma(t) == 0 or made.sigma(T) == 0:
        return
    outer, inner, whole = bridge_weights(made, t, T), bridge_weights(made, s, t), bridge_weights(made, s, T)
    for weights in (outer, inner, whole):
        assert weights.start >= 0
        assert weights.end >= 0
        assert weights.variance >= 0
    scale = made.alpha(s) + made.sigma(s)
    assert inner.end * outer.end == pytest.approx(whole.end, rel=1e-11, abs=1e-300)
    assert inner.start + inner.end * outer.start == pytest.approx(float(whole.start), rel=1e-9, abs=1e-13 * scale)
    assert inner.variance + inner.end**2 * outer.variance == pytest.approx(
        float(whole.variance), rel=1e-9, abs=1e-13 * made.sigma(s) ** 2
    )


@pytest.mark.parametrize(("name", "T"), [("cdcd-tts", 1.0), ("vp", 0.8), ("edm", 1.0)])
def test_sampled_paths_have_the_marginals_of_the_formula(name, T):
    made, paths = SCHEDULES[name], 20_000
    times = np.array([0.75, 0.5, 0.2, 0.01]) * T
    seen = sample_bridge(made, A, B, times, T=T, paths=paths, seed=3)
    assert seen.shape == (paths, 4, 2)
    mean, variance = bridge_moments(made, times, A, B, T)
    z_mean = (seen.mean(axis=0) - mean) / np.sqrt(variance[:, None] / paths)
    z_variance = (seen.var(axis=0, ddof=1) / variance[:, None] - 1) / math.sqrt(2 / (paths - 1))
    assert np.abs(z_mean).max() < 4
    assert np.abs(z_variance).max() < 4
    # Covariance of two times: X_s given X_t is the bridge pinned at t.
    want = bridge_weights(made, times[2], times[1]).end * variance[1]
    got = np.cov(seen[:, 1, 0], seen[:, 2, 0])[0, 1]
    assert abs(got - want) < 4 * math.sqrt((variance[1] * variance[2] + want**2) / paths)
    assert abs(np.cov(seen[:, 2, 0], seen[:, 2, 1])[0, 1]) < 4 * variance[2] / math.sqrt(paths)


def test_sampled_paths_end_at_the_code():
    seen = sample_bridge(SCHEDULES["cdcd-tts"], A, B, [1.0, 0.5, 0.0], paths=3)
    assert seen[:, 0].tolist() == [B.tolist()] * 3
    assert seen[:, 2].tolist() == [A.tolist()] * 3


def test_seeds():
    draws = [sample_bridge(SCHEDULES["vp"], A, B, [0.5, 0.1], paths=4, seed=seed) for seed in (0, 0, 1)]
    assert np.array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("end", [B, -10 * B])
def test_drift_moves_the_mean(name, end):
    """dm/dt = drift at m, for every pinned end: the drift does not depend on it."""
    made, t, h = SCHEDULES[name], 0.4, 1e-5
    mean = [bridge_moments(made, t + step, A, end, 0.9)[0] for step in (-h, 0, h)]
    assert bridge_drift(made, mean[1], t, A) == pytest.approx((mean[2] - mean[0]) / (2 * h), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(("name", "t", "snr"), [("flow", 1.0, "0"), ("flow", 0.0, "inf"), ("sqrt", 0.99995, "0")])
def test_drift_is_infinite_at_singular_ends(name, t, snr):
    with pytest.raises(InputError, match=f"t = {t:g}: the bridge's drift is infinite there, for SNR is {snr}"):
        bridge_drift(SCHEDULES[name], A, t, A)


def test_bad_input():
    made = SCHEDULES["vp"]
    with pytest.raises(InputError, match=r"t = 0\.5 is after T = 0\.4"):
        bridge_weights(made, 0.5, 0.4)
    with pytest.raises(InputError, match=r"t = -0\.1: expected a time in \[0, 1\]"):
        bridge_weights(made, -0.1, 0.4)
    with pytest.raises(InputError, match="has no noise there"):
        bridge_weights(schedule("custom:alpha=1;sigma=max(0,t-0.5)"), 0.1, 0.2)
    with pytest.raises(InputError, match=r"shapes \(2,\) and \(3,\)"):
        bridge_moments(made, 0.1, A, np.zeros(3))
    with pytest.raises(InputError, match="expected two finite vectors"):
        bridge_moments(made, 0.1, A, [math.nan, 0])
    for times in ([0.1, 0.2], [0.5, 0.5], [], [[0.5]]):
        with pytest.raises(InputError, match="strictly decreasing"):
            sample_bridge(made, A, B, times, paths=2)
    with pytest.raises(InputError, match="0 paths"):
        sample_bridge(made, A, B, [0.5], paths=0)
    with pytest.raises(InputError, match="100000000 paths of 4 coordinates"):
        sample_bridge(made, A, B, [0.5, 0.2], paths=10**8)


def test_schedules_as_text():
    made = SCHEDULES["vp"]
    assert np.array_equal(bridge_moments("vp", 0.3, A, B)[0], bridge_moments(made, 0.3, A, B)[0])
    draws = [sample_bridge(given, A, B, [0.5, 0.1], paths=4) for given in ("vp", made)]
    assert np.array_equal(*draws)
    assert np.array_equal(bridge_drift("vp", A, 0.5, B), bridge_drift(made, A, 0.5, B))
    with pytest.raises(InputError, match="unknown schedule 'no'"):
        bridge_moments("no", 0.3, A, B)
