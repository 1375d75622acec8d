"""Every option reaches the computation: the program's rows are the library's, and differ from those without it."""

from __future__ import annotations

import json
from typing import Any

import pytest

import fsq_theory as ft
from fsq_theory.cli.main import main

CLOUD = "random:K=20,n=5"
"""Neither a product nor of equal distances: what can be estimated, is."""


@pytest.fixture
def row(capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the program and returns its only row."""

    def run(*argv: str) -> dict[str, Any]:
        status = main([*argv, "--json"])
        out, err = capsys.readouterr()
        assert (status, err) == (0, "")
        (found,) = json.loads(out)
        return dict(found)

    return run


MONTE_CARLO = {"method": "mc", "samples": 2000}


@pytest.mark.parametrize(
    ("argv", "settings"),
    [
        (["--readout", "soft"], {"readout": "soft"}),
        (["--readout", "digit"], {"readout": "digit"}),
        (["--readout", "top", "--top", "3"], {"readout": "top", "top": 3, "samples": 65536}),
        (["--method", "bounds"], {"method": "bounds"}),
        (["--method", "mc", "--samples", "2000"], MONTE_CARLO),
        (["--method", "mc", "--samples", "2000", "--seed", "3"], {**MONTE_CARLO, "seed": 3}),
        (["--method", "mc", "--samples", "2000", "--estimator", "naive"], {**MONTE_CARLO, "estimator": "naive"}),
        (
            ["--method", "mc", "--samples", "2000", "--estimator", "karp-luby"],
            {**MONTE_CARLO, "estimator": "karp-luby"},
        ),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_options_of_accuracy(row: Any, argv: list[str], settings: dict[str, Any]) -> None:
    codebook = "fsq:3^2"
    got = row("accuracy", codebook, "--r", "2", *argv)
    want = ft.accuracy(ft.codebook(codebook), [2.0], **settings).rows()[0]
    assert {key: got[key] for key in want} == want
    for option in range(0, len(argv), 2):  # an option that were dropped would leave this
        rest = argv[:option] + argv[option + 2 :]
        if argv[option] == "--readout" and "--top" in rest:
            continue  # --top without its readout is refused
        other = row("accuracy", codebook, "--r", "2", *rest)
        assert (other["error"], other["method"]) != (got["error"], got["method"]), argv[option]


@pytest.mark.parametrize(
    ("argv", "settings"),
    [
        (["--eps", "0.2"], {"eps": 0.2}),
        (["--eps", "0.2", "--T", "0.5"], {"eps": 0.2, "T": 0.5}),
        (["--eps", "0.2", "--T", "0.5", "--unpinned"], {"eps": 0.2, "T": 0.5, "pinned": False}),
    ],
)
def test_ends_of_kl(row: Any, argv: list[str], settings: dict[str, Any]) -> None:
    got = row("kl", "fsq:3^2", "--schedule", "vp", *argv)
    snr = ft.schedule("vp").snr
    low, high = snr(settings.get("T", 1.0)), snr(0.2)
    assert (got["gamma_T"], got["gamma_eps"]) == (low, high)
    assert got["max"] == pytest.approx(4 * (high if "--unpinned" in argv else high - low), rel=1e-12)


def test_settings_of_a_simulated_kl(row: Any) -> None:
    given = {"method": "mc", "paths": 50, "steps": 3, "integrator": "euler", "seed": 7}
    fixed = ["kl", "fsq:3^2", "--schedule", "vp", "--eps", "0.2", "--pair", "0", "8"]
    argv = [part for key, value in given.items() for part in (f"--{key}", str(value))]
    got = row(*fixed, *argv)
    settings: dict[str, Any] = {"schedule": "vp", "eps": 0.2, "pair": (0, 8), **given}
    want = ft.path_kl("fsq:3^2", **settings)
    assert (got["kl"], got["stderr"]) == (want.kl, want.stderr)
    assert {key: got[key] for key in given} == given
    for option in range(0, len(argv), 2):
        assert row(*fixed, *argv[:option], *argv[option + 2 :])["kl"] != got["kl"], argv[option]


def test_the_seed_of_a_geometry(row: Any) -> None:
    first, second = row("codebook", CLOUD), row("codebook", CLOUD, "--seed", "5")
    assert (first["seed"], second["seed"]) == (0, 5)
    assert first["mean_width_method"] == "monte-carlo"
    assert second["mean_width"] == ft.mean_width(CLOUD, seed=5).value != first["mean_width"]


@pytest.mark.parametrize(("rtol", "status"), [("0.01", 3), ("0.1", 0)])
def test_the_tolerance_of_bounds_is_relative_to_the_error(
    rtol: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The bounds are 9.3e-5 apart, far less than either tolerance, but 2 % of the error."""
    got = main(["accuracy", "random:K=50,n=3", "--r", "20", "--method", "bounds", "--rtol", rtol, "--json"])
    out, err = capsys.readouterr()
    (found,) = json.loads(out)
    assert 0.015 < (found["upper"] - found["lower"]) / found["error"] < 0.05
    assert found["upper"] - found["lower"] < 0.001
    assert got == status
    assert ("further apart than --rtol 0.01" in err) == (status == 3)


def test_rtol_asks_monte_carlo_for_more_than_it_has(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["accuracy", CLOUD, "--r", "2", "--method", "mc", "--samples", "500"]
    assert main(argv) == 0
    assert main([*argv, "--rtol", "1e-9"]) == 3
    assert "is above --rtol 1e-09" in capsys.readouterr().err


def test_quiet_silences_messages_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def build(output: object, *, quick: bool, seed: int, say: Any) -> list[dict[str, Any]]:
        say("a message")
        return [{"label": "made up", "quick": quick, "seed": seed}]

    monkeypatch.setattr("fsq_theory.report.build.build_report", build)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert main(["report", "-o", "unused", "--quick", "--seed", "4"]) == 0
    loud = capsys.readouterr()
    assert main(["report", "-o", "unused", "--quick", "--seed", "4", "-q"]) == 0
    quiet = capsys.readouterr()
    assert (loud.err, quiet.err) == ("a message\n", "")
    assert loud.out == quiet.out
    assert [line.split() for line in quiet.out.splitlines()] == [["label", "quick", "seed"], ["made", "up", "yes", "4"]]
