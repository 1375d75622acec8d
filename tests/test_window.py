"""The decision window against closed forms and arbitrary precision, and its share of each schedule."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fsq_theory as ft
from fsq_theory.cli.main import main

ROOT = 1e-13
"""Roots are found to 1e-14 in log r, of curves that are exact to a few 1e-15 with slopes of order 1."""


def quantile(p: float) -> float:
    """Φ^{-1}(p) in 30 digits."""
    with mp.workdps(30):
        return float(mp.sqrt(2) * mp.erfinv(2 * mp.mpf(p) - 1))


@pytest.mark.parametrize("n", [4, 8, 64])
def test_bits_in_closed_form(n: int) -> None:
    """A = Φ(r)^n: the ends are Φ^{-1}(p^{1/n})."""
    found = ft.decision_window(f"bits:{n}")
    with mp.workdps(30):
        low, high = (quantile(mp.mpf(p) ** (mp.mpf(1) / n)) for p in ("0.1", "0.9"))
    assert found.r_low == pytest.approx(low, rel=ROOT)
    assert found.r_high == pytest.approx(high, rel=ROOT)
    assert found.width == pytest.approx(2 * math.log(high / low), rel=1e-12)
    assert found.width_db == pytest.approx(20 * math.log10(high / low), rel=1e-12)
    assert found.snr_db_high == pytest.approx(20 * math.log10(high), rel=1e-12)
    assert (found.method, found.samples, found.stderr_low, found.stderr_high) == ("exact", 0, 0.0, 0.0)


def test_three_levels_corrected_for_chance() -> None:
    """A = (4Φ(r/2) − 1)/3 from A_0 = 1/3, so that (A − A_0)/(1 − A_0) = 2Φ(r/2) − 1."""
    found = ft.decision_window("fsq:3", 0.02, 0.999999, "corrected")
    assert found.r_low == pytest.approx(2 * quantile(0.51), rel=1e-12)
    assert found.r_high == pytest.approx(2 * quantile(0.9999995), rel=1e-11)
    assert found.floor == 0.0


def test_information_of_one_bit() -> None:
    """I(r) = log 2 − E log(1 + e^{−2r(r+Z)}) passes the share p of log 2 at the ends."""
    found = ft.decision_window("bits:1", 0.1, 0.9, "information")
    for r, level in ((found.r_low, 0.1), (found.r_high, 0.9)):
        with mp.workdps(20):
            lost = mp.quad(lambda z, r=r: mp.npdf(z) * mp.log1p(mp.exp(-2 * r * (r + z))), mp.linspace(-12, 12, 25))
            assert float(1 - lost / mp.log(2)) == pytest.approx(level, rel=1e-10)
    many = ft.decision_window("bits:40", 0.1, 0.9, "information")
    assert (many.r_low, many.r_high) == pytest.approx((found.r_low, found.r_high), rel=1e-12)


@pytest.mark.parametrize(
    ("spec", "low_reached", "high_reached"),
    [("bits:2", True, False), ("fsq:10", True, False), ("fsq:2,5", True, False), ("fsq:11", False, False)],
)
def test_levels_that_the_prior_reaches_alone(spec: str, low_reached: bool, high_reached: bool) -> None:
    """Ten equally likely tokens have A(0) = 10 % exactly: rounding of the product of priors makes no difference."""
    found = ft.decision_window(spec)
    assert (found.r_low == 0) == low_reached
    assert (found.r_high == 0) == high_reached
    assert (found.width == math.inf) == low_reached
    assert found.snr_db_low == -math.inf or not low_reached
    assert found.floor == pytest.approx(1 / ft.codebook(spec).K, rel=1e-15)
    assert not any(isinstance(value, float) and math.isnan(value) for value in found.row().values())


def test_a_prior_that_decides_alone() -> None:
    sure = ft.ArrayCodebook([[-1.0], [1.0]], [0.95, 0.05])
    found = ft.decision_window(sure)
    assert (found.r_low, found.r_high, found.width, found.floor) == (0.0, 0.0, 0.0, 0.95)
    assert ft.decision_window(sure, measure="information").r_low > 0
    for measure in ("accuracy", "corrected", "information"):
        known = ft.decision_window(ft.ArrayCodebook([[-1.0], [1.0]], [1.0, 0.0]), measure=measure)
        assert (known.r_low, known.r_high, known.width, known.floor) == (0.0, 0.0, 0.0, 1.0)


@settings(max_examples=25)
@given(
    st.sampled_from(["fsq:5,4", "bits:6", "onehot:30", "fsq:4,3+prior:zipf", "psk:16"]),
    st.floats(1e-6, 1 - 1e-6),
    st.floats(-60, 60),
)
def test_ends_pass_their_levels_at_any_scale(spec: str, level: float, exponent: float) -> None:
    book = ft.codebook(spec)
    size = 10.0**exponent
    found = ft.decision_window(book.scaled(size), level / 2, level)
    assert found.floor <= level / 2 or found.r_low == 0
    if found.r_high > 0:
        curve = ft.accuracy(book, found.r_high * size)
        assert float(curve.value) == pytest.approx(level, rel=1e-10)
        assert float(curve.error) == pytest.approx(1 - level, rel=1e-8)
        assert found.r_high >= found.r_low


def test_codes_of_three_scales() -> None:
    found = ft.decision_window(ft.ArrayCodebook([[0.0], [1e-3], [100.0]]), 0.5, 0.9)
    assert float(ft.accuracy(ft.ArrayCodebook([[0.0], [1e-3], [100.0]]), found.r_high).value) == pytest.approx(0.9)
    assert found.r_high / found.r_low > 1e4


def test_sampled_ends_have_honest_errors() -> None:
    """A grid rotated out of the axes: the same A as the grid's closed form, by Monte Carlo."""
    turn = np.linalg.qr(np.random.default_rng(3).standard_normal((3, 3)))[0]
    turned = ft.ArrayCodebook(ft.codebook("fsq:4,3,3").points @ turn)
    want = ft.decision_window("fsq:4,3,3")
    found = ft.decision_window(turned, samples=16384, seed=5)
    assert found.method == "monte-carlo"
    for end in ("low", "high"):
        error = getattr(found, f"stderr_{end}")
        shift = 2 * math.log(getattr(found, f"r_{end}") / getattr(want, f"r_{end}"))
        assert 1e-4 < error < 0.05
        assert abs(shift) < 4 * error
    assert found.stderr_width == found.stderr_low + found.stderr_high
    assert ft.decision_window(turned, samples=16384, seed=5) == found
    assert ft.decision_window(turned, samples=16384, seed=6).r_low != found.r_low


@pytest.mark.parametrize(
    ("low", "high"), [(0, 0.9), (0.9, 0.1), (0.5, 0.5), (0.1, 1), (math.nan, 0.9), (0.1, math.nan)]
)
def test_levels_out_of_range(low: float, high: float) -> None:
    with pytest.raises(ft.InputError, match="expected 0 < low < high < 1"):
        ft.decision_window("bits:4", low, high)


def test_unknown_measures() -> None:
    with pytest.raises(ft.InputError, match="measure 'speed': expected one of accuracy, corrected, information"):
        ft.decision_window("bits:4", measure="speed")


def test_shares_of_flow_matching() -> None:
    """r = (1 − t)/t, so that t = 1/(1 + r)."""
    (row,) = ft.decision_table("bits:8", "flow")
    low, high = (quantile(p ** (1 / 8)) for p in (0.1, 0.9))
    assert row["share_known"] == pytest.approx(1 / (1 + high), rel=1e-12)
    assert row["share_unknown"] == pytest.approx(low / (1 + low), rel=1e-12)
    assert row["share_known"] + row["share_deciding"] + row["share_unknown"] == pytest.approx(1, rel=1e-15)
    informed = ft.decision_window("bits:8", measure="information")
    assert row["share_information"] == pytest.approx(1 / (1 + informed.r_low) - 1 / (1 + informed.r_high), rel=1e-12)
    assert row["stiffness_t"] == pytest.approx(1 / (1 + row["stiffness_r"]), rel=1e-12)
    assert row["note"] is None
    assert (row["snr_db_start"], row["snr_db_end"]) == (math.inf, -math.inf)


@pytest.mark.parametrize(
    ("spec", "schedule", "shares", "note"),
    [
        ("bits:8", "cdcd:sigma_min=2", (0, 0, 1), "SNR never reaches that of 10 %"),
        (
            "bits:8",
            "ve:sigma_min=0.001,sigma_max=0.1",
            (1, 0, 0),
            "SNR stays above that of 90 %",
        ),
        ("bits:8", "ve:sigma_min=0.4,sigma_max=1.1", (None, None, 0), "SNR stays above that of 10 %"),
        ("bits:8", "ve:sigma_min=1,sigma_max=9", (0, None, None), "SNR never reaches that of 90 %"),
        ("bits:2", "flow", (None, None, 0), "accuracy is above 10 % at SNR 0"),
    ],
)
def test_schedules_that_do_not_go_so_far(spec: str, schedule: str, shares: tuple[float | None, ...], note: str) -> None:
    (row,) = ft.decision_table(spec, schedule)
    found = (row["share_known"], row["share_deciding"], row["share_unknown"])
    for got, want in zip(found, shares, strict=True):
        assert got == want if want is not None else 0 < got < 1
    assert row["note"] == note


def test_a_table_of_all_named_schedules() -> None:
    rows = ft.decision_table(["bits:8", ft.fsq([3] * 8)])
    assert len(rows) == 22
    assert {row["schedule"] for row in rows} >= {"cdcd-tts", "flow", "edm", "analog-bits"}
    assert all(row["stiffness"] == rows[0]["stiffness"] for row in rows[:11])
    with pytest.raises(ft.InputError, match="at least one codebook and one schedule"):
        ft.decision_table([], "flow")


def test_sampled_shares_have_errors() -> None:
    (row,) = ft.decision_table("random:K=36,n=3", "flow", samples=1024)
    assert row["method"] == "monte-carlo"
    assert 0 < row["stderr_deciding"] < 0.02
    assert 0 < row["stderr_stiffness"] < 0.1


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["window", "bits:8", "--schedule", "flow", "--schedule", "vp", "--measure", "corrected", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows == ft.decision_table("bits:8", ["flow", "vp"], measure="corrected")
    assert main(["window", "bits:8", "--schedule", "flow", "--low", "0.2", "--high", "0.8", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == ft.decision_table("bits:8", "flow", low=0.2, high=0.8)


def test_the_command_as_a_process() -> None:
    argv = [sys.executable, "-m", "fsq_theory", "window"]
    done = subprocess.run(
        [*argv, "bits:2", "--schedule", "flow", "--json"], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    (row,) = json.loads(done.stdout)
    assert row["width"] == math.inf
    done = subprocess.run([*argv, "bits:2", "--low", "2"], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "fsq-theory: error: low = 2, high = 0.9: expected 0 < low < high < 1\n"
