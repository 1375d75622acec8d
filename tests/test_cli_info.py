"""``fsq-theory info``: its rows are the library's, its bad usage is one line."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import Any

import pytest

import fsq_theory as ft
from fsq_theory.cli.main import main


def rows(capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, Any]]:
    assert main(["info", *argv, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return list(json.loads(out))


def test_a_process_prints_json_in_the_order_of_the_contract() -> None:
    argv = [sys.executable, "-m", "fsq_theory", "info", "fsq:3^8", "fsq:4,3", "--r", "0.5", "--r", "2", "--json"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert [(row["codebook"], row["r"]) for row in found] == [
        *(("fsq:3^8", 0.5), ("fsq:3^8", 2.0)),
        *(("fsq:4,3", 0.5), ("fsq:4,3", 2.0)),
    ]
    assert list(found[0])[:10] == [
        *("codebook", "K", "n", "r", "information", "entropy", "mmse"),
        *("stderr_information", "stderr_mmse", "method"),
    ]
    # Eight times what codes −1, 0, 1 have at r = 0.5, from arbitrary precision.
    assert found[0]["information"] == pytest.approx(8 * 0.077054880113253573, rel=1e-13)
    assert found[0]["mmse"] == pytest.approx(8 * 0.57085541556544228, rel=1e-13)
    assert found[0]["stderr_mmse"] is None
    assert found[0]["entropic_time"] == pytest.approx(found[0]["entropy"] / math.log(6561), rel=1e-14)


def test_bad_usage_of_a_process_is_one_line() -> None:
    argv = [sys.executable, "-m", "fsq_theory", "info", "fsq:3", "--r", "1", "--token", "3"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "fsq-theory: error: token 3 is not in fsq:3: tokens are 0 to 2\n"


def test_every_way_to_name_the_noise(capsys: pytest.CaptureFixture[str]) -> None:
    by_r = rows(capsys, "fsq:5", "--r", "1")
    by_snr = rows(capsys, "fsq:5", "--snr-db", "0")
    by_time = rows(capsys, "fsq:5", "--schedule", "flow", "--t", "0.5")
    ends = rows(capsys, "fsq:5", "--schedule", "flow", "--t", "0", "--t", "1")
    assert by_r[0]["mmse"] == by_snr[0]["mmse"] == by_time[0]["mmse"] == ft.information("fsq:5", 1.0).mmse
    assert by_time[0]["t"] == 0.5
    assert [row["entropy"] for row in ends] == pytest.approx([0, math.log(5)])
    assert [row["entropic_time"] for row in ends] == pytest.approx([0, 1])


def test_bits_and_tokens(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, "fsq:3,2", "--r", "1", "--r", "3", "--bits", "--token", "5", "--token", "0")
    assert [(row["r"], row.get("token")) for row in found] == [
        *((1.0, None), (3.0, None)),
        *((1.0, 5), (1.0, 0), (3.0, 5), (3.0, 0)),
    ]
    assert {row["unit"] for row in found} == {"bits"}
    whole, parts = ft.information("fsq:3,2", [1.0, 3.0]), ft.token_information("fsq:3,2", [1.0, 3.0], [5, 0])
    assert found[1]["information"] == pytest.approx(whole.information[1] / math.log(2), rel=1e-15)
    assert found[4]["entropy"] == pytest.approx(parts.entropy[1, 0] / math.log(2), rel=1e-15)
    assert found[5]["mmse"] == parts.mmse[1, 1]


def test_the_table_shows_the_key_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "fsq:3^8", "--r", "1", "--r", "2"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["codebook", "K", "n", "r", "information", "entropy", "mmse", "entropic_time", "method"]
    assert len(lines) == 2


def test_settings_reach_monte_carlo_and_its_precision_is_judged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from fsq_theory.denoiser.information import monte_carlo

    asked: list[dict[str, Any]] = []

    def estimate(book: ft.Codebook, r: float, **settings: Any) -> monte_carlo.MonteCarloEstimate:
        asked.append(settings)
        return monte_carlo.MonteCarloEstimate(
            2.0, math.log(2), 0.5, math.log(0.5), 0.1, math.log(0.1), 0.01, 0.001, -4.6, -6.9, 77
        )

    monkeypatch.setattr(monte_carlo, "estimate", estimate)
    argv = ["info", "fsq:3,2", "--r", "1", "--method", "mc", "--samples", "70", "--seed", "3", "--json"]
    assert main([*argv, "--rtol", "0.03"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert asked == [{"samples": 70, "rtol": 0.03, "seed": 3}]
    assert (row["method"], row["samples"], row["stderr_information"], row["seed"]) == ("monte-carlo", 77, 0.01, 3)
    # 0.01/0.5 of the entropy is more than 1.5 %, 0.01/2 of the information and 0.001/0.1 of the MMSE are less.
    assert main([*argv, "--rtol", "0.015"]) == 3
    out, err = capsys.readouterr()
    assert json.loads(out)[0]["information"] == pytest.approx(2.0)
    assert err == (
        "fsq-theory: error: fsq:3,2 at r = 1: relative standard error 0.02 of the entropy is above --rtol 0.015; "
        "raise --samples above 77\n"
    )


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--r", "1"], "no codebook: expected at least one spec"),
        (["fsq:3"], "noise level: expected one of --r, --snr-db, or --schedule with --t; got none of them"),
        (["fsq:3", "--r", "-1"], "r = -1: expected a number of at least 0"),
        (["fsq:3", "--r", "1", "--method", "bounds"], "method 'bounds': expected one of auto, exact, mc"),
        (["fsq:3", "--r", "1", "--token", "1.5"], '"1.5": expected a whole number, in digits'),
        (["fsq:3", "--r", "1", "--samples", "0"], "samples = 0: expected at least 1"),
        (["fsq:3", "--r", "1", "--rtol", "-1"], "rtol = -1: expected a number above 0"),
        (["fsq:3", "--r", "1", "--rtol", "inf"], "rtol = inf: expected a number above 0, finite"),
        (["random:K=9,n=3", "--r", "1", "--method", "exact"], "accepted: auto, mc"),
    ],
)
def test_bad_usage(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", *argv]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


def test_the_table_says_bits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "fsq:3", "--r", "1", "--bits"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[-1] == "bits"
    assert main(["info", "fsq:3", "--r", "1"]) == 0
    assert "nats" not in capsys.readouterr().out
