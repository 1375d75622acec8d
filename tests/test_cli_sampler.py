"""``fsq-theory sampler``: its rows, its table and what it refuses."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import fsq_theory as ft
from fsq_theory.cli.main import main

GIVEN = ["--snr-grid", "0,1,3,8,20,60"]
FLOW = ["--schedule", "flow", "--steps", "6", "--eps", "0.05"]
FIRST = ["codebook", "schedule", "steps", "kl", "kl_optimal", "grid_snr", "grid_snr_optimal"]


def start(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fsq_theory", "sampler", *argv],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env=dict(os.environ),
    )


@pytest.fixture
def rows(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*argv: str) -> list[dict[str, Any]]:
        status = main(["sampler", *argv, "--json"])
        out, err = capsys.readouterr()
        assert (status, err) == (0, "")
        return list(json.loads(out))

    return run


def test_as_a_process() -> None:
    done = start("fsq:5", *GIVEN, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    (row,) = json.loads(done.stdout)
    assert list(row)[:7] == FIRST
    assert row["kl"] == pytest.approx(0.8833778137101056, rel=1e-13)
    assert (row["codebook"], row["schedule"], row["steps"]) == ("fsq:5", None, 5)
    assert row["grid_snr"] == [0, 1, 3, 8, 20, 60]
    best = ft.optimal_grid("fsq:5", 5, 0, 60)
    assert (row["kl_optimal"], row["grid_snr_optimal"]) == (best.kl, best.grid.tolist())
    assert row["kl_optimal"] < row["kl"]
    assert (row["gamma_0"], row["gamma_N"], row["stderr"], row["eps"]) == (0, 60, None, None)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--snr-grid", "0,2,1"], "SNR 1 after 2: expected SNRs that increase along the grid"),
        (["--snr-grid", "0,1,1"], "SNR 1 after 1: expected SNRs that increase along the grid"),
        (["--snr-grid", "5"], "grid of 1 SNRs: expected at least 2"),
        (["--snr-grid", "-1,2"], "SNR -1 in the grid: expected finite numbers of at least 0"),
        (["--snr-grid", "0,inf"], "its last step would have infinite KL; expected a finite SNR"),
        (["--snr-grid", "0,nan"], "SNR nan in the grid"),
        (["--snr-grid", "0,,1"], '--snr-grid: "": expected SNRs separated by commas'),
        (["--snr-grid", "0,x"], '--snr-grid: "x": expected SNRs separated by commas'),
        (["--schedule", "flow", "--steps", "0"], "0 steps: expected 1 to"),
        (["--schedule", "flow", "--steps", "2.5"], '"2.5": expected a whole number'),
        (["--schedule", "flow", "--steps", "4", "--eps", "0"], "eps = 0: SNR of flow is infinite there"),
        (["--schedule", "flow", "--steps", "4", "--eps", "0.9", "--T", "0.5"], "expected 0 <= eps < T <= 1"),
        (["--schedule", "nonsense", "--steps", "4"], "unknown schedule 'nonsense'"),
        (["--schedule", "flow"], "expected --schedule with --steps, or --snr-grid"),
        ([*GIVEN, "--steps", "5"], "grid is said twice"),
        ([*GIVEN, "--target-kl", "0"], "target KL 0: expected a finite number above 0"),
        ([*GIVEN, "--start-std", "-1"], "--start-std -1: expected a finite number above 0"),
        ([*GIVEN, "--start-std", "nan"], "--start-std nan: expected a finite number above 0"),
        ([*GIVEN, "--temperature", "2"], "--temperature 2 needs --simulate"),
        ([*GIVEN, "--temperature", "nan"], "--temperature nan needs --simulate"),
        ([*GIVEN, "--temperature", "0", "--simulate", "ddim"], "--temperature 0: expected a number above 0"),
        ([*GIVEN, "--paths", "1", "--simulate", "ddim"], "1 paths: expected at least 2"),
        ([*GIVEN, "--eps", "0.1"], "--eps and --T are times"),
        ([*GIVEN, "--T", "1"], "--eps and --T are times"),
        ([*GIVEN, "--method", "guess"], "method 'guess': expected one of"),
        ([*GIVEN, "--simulate", "euler"], "sampler 'euler': expected one of ancestral, sde, ddim, ode"),
        ([*GIVEN, "--simulate", "sde"], "--simulate sde with --snr-grid: its steps are in time"),
    ],
)
def test_bad_input_is_one_line(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sampler", "fsq:3", *argv]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("fsq-theory: error: ")
    assert err.count("\n") == 1
    assert message in err


def test_a_simulation_that_cannot_be_is_refused_before_any_work(capsys: pytest.CaptureFixture[str]) -> None:
    """The spec of the codebook, whose path KL comes first, is not even read."""
    assert main(["sampler", "nonsense:1", *GIVEN, "--simulate", "euler"]) == 2
    assert "sampler 'euler': expected one of ancestral, sde, ddim, ode" in capsys.readouterr().err


def test_bad_input_as_a_process() -> None:
    done = start("fsq:3", "--snr-grid", "3,2,1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "fsq-theory: error: SNR 2 after 3: expected SNRs that increase along the grid\n"
    done = start(*GIVEN)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no codebook" in done.stderr


def test_a_schedule_is_cut_into_equal_steps_of_time(rows: Any) -> None:
    (row,) = rows("fsq:5", *FLOW)
    t = np.linspace(1, 0.05, 7)
    assert row["grid_snr"] == pytest.approx(((1 - t) / t) ** 2, rel=1e-12)
    assert row["kl"] == pytest.approx(ft.sampler_kl("fsq:5", row["grid_snr"]).kl, rel=1e-12)
    assert (row["eps"], row["T"], row["schedule"], row["grid"]) == (0.05, 1.0, "flow", "uniform:flow")
    (default,) = rows("fsq:5", "--schedule", "flow", "--steps", "6", "--T", "0.9")
    assert (default["eps"], default["T"]) == (0.001, 0.9)
    assert default["gamma_0"] == pytest.approx(1 / 81, rel=1e-12)
    assert default["gamma_N"] == pytest.approx(999**2, rel=1e-12)
    assert default["kl_prior"] == ft.prior_kl("fsq:5", default["gamma_0"]).kl > 0


def test_several_codebooks_and_the_starting_noise(rows: Any) -> None:
    first, second = rows("fsq:5", "bits:3", *FLOW, "--start-std", "0.5")
    assert (first["codebook"], second["codebook"]) == ("fsq:5", "bits:3")
    assert first["start_std"] == 0.5
    assert second["kl_prior"] == ft.prior_kl("bits:3", second["gamma_0"], 0.5).kl > 0


def test_comparison(rows: Any) -> None:
    given, *others = rows("fsq:5", *FLOW, "--compare")
    want = ft.compare_grids("fsq:5", 6, given["gamma_0"], given["gamma_N"])
    named = {row["grid"]: row for row in others}
    assert list(named) == [name for name in want.grids if name != "uniform:flow"]
    for row in want.rows():
        got = {"uniform:flow": given, **named}[row["grid"]]
        assert list(got)[:7] == FIRST
        assert (got["kl"], got["ratio"]) == pytest.approx((row["kl"], row["ratio"]), rel=1e-9)
    assert named["optimal"]["ratio"] == 1
    assert named["uniform:vp"]["schedule"] == "vp"
    assert all(row["ratio"] >= 1 - 1e-12 for row in [given, *others])


def test_target(rows: Any) -> None:
    (row,) = rows("fsq:5", *FLOW, "--target-kl", "0.05")
    settings = {"target": 0.05, "gamma_0": row["gamma_0"], "gamma_N": row["gamma_N"]}
    assert row["steps_needed"] == ft.steps_for_kl("fsq:5", grid="uniform:flow", **settings).steps
    assert row["steps_needed_optimal"] == ft.steps_for_kl("fsq:5", **settings).steps < row["steps_needed"]
    (row,) = rows("fsq:5", *FLOW, "--target-kl", "1e-9")
    assert (row["steps_needed"], row["steps_needed_optimal"]) == (None, None)


def test_tokens_of_simulated_samplers(rows: Any) -> None:
    found = rows("fsq:3", *FLOW, "--simulate", "ancestral", "--simulate", "ddim", "--temperature", "0.9")
    assert [row["sampler"] for row in found] == ["ancestral", "ddim"]
    for row in found:
        want = ft.sampled_tokens("fsq:3", "flow", steps=6, eps=0.05, sampler=row["sampler"], temperature=0.9)
        assert (row["token_kl"], row["token_tv"], row["temperature"]) == (want.kl, want.tv, 0.9)
        assert row["stderr_token_kl"] is None
    (exact,) = rows("fsq:3", *GIVEN, "--simulate", "ancestral")
    assert 0 < exact["token_kl"] < exact["kl"]


def test_an_interrupt_keeps_the_samplers_that_are_finished(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ft.sampled_tokens

    def interrupted(*args: Any, sampler: str, **settings: Any) -> Any:
        if sampler == "ddim":
            raise KeyboardInterrupt
        return whole(*args, sampler=sampler, **settings)

    monkeypatch.setattr("fsq_theory.samplers.tokens.sampled_tokens", interrupted)
    assert main(["sampler", "fsq:3", *GIVEN, "--simulate", "ancestral", "--simulate", "ddim", "--json"]) == 130
    assert [row["sampler"] for row in json.loads(capsys.readouterr().out)] == ["ancestral"]


def test_monte_carlo_says_its_error(rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsq_theory.samplers.mmse_curve.REPLICATES", 2)
    settings = ["random:K=4,n=3", "--snr-grid", "1,1.2,1.5", "--samples", "100"]
    (row,) = rows(*settings, "--seed", "3")
    want = ft.sampler_kl("random:K=4,n=3", [1, 1.2, 1.5], samples=100, seed=3)
    assert (row["kl"], row["stderr"], row["method"], row["seed"]) == (want.kl, want.stderr, "monte-carlo", 3)
    assert row["stderr"] > 0
    assert row["stderr_optimal"] > 0


def test_the_table_leaves_grids_to_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sampler", "fsq:5", *GIVEN]) == 0
    short = capsys.readouterr().out
    assert main(["sampler", "fsq:5", *GIVEN, "-v"]) == 0
    long = capsys.readouterr().out
    assert "0.883378" in short
    assert "grid_snr" not in short
    assert "0, 1, 3, 8, 20, 60" in long


def test_help_says_what_the_last_snr_must_be() -> None:
    done = start("--help")
    assert done.returncode == 0
    for option in ("--schedule", "--steps", "--snr-grid", "--compare", "--target-kl", "--simulate", "--eps", "--T"):
        assert option in done.stdout
    assert "infinite KL" in " ".join(done.stdout.split())


def test_tokens_that_are_too_rare_to_tell_from_0(capsys: pytest.CaptureFixture[str]) -> None:
    far = ["sampler", "fsq:5+scale:1000", "--snr-grid", "0,0.5,1", "--simulate", "ancestral"]
    assert main([*far, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["token_unresolved"] == 4
    assert row["token_kl"] == row["token_kl_lower"] < row["token_kl_upper"] < math.inf
    assert row["token_kl_upper"] == pytest.approx(row["kl"] + row["kl_prior"], rel=1e-9)
    assert main(far) == 0
    assert "token_unresolved" in capsys.readouterr().out
    assert main(["sampler", "fsq:5", *far[2:]]) == 0
    assert "token_unresolved" not in capsys.readouterr().out
