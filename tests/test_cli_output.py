"""What commands print: rows with the agreed keys first, non-finite numbers, tables, exit statuses."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from fsq_theory import __version__
from fsq_theory.cli.main import main
from fsq_theory.cli.output import to_json
from fsq_theory.codebooks import spec
from fsq_theory.codebooks.codebook import Codebook

ACCURACY_KEYS = ["codebook", "K", "n", "r", "accuracy", "error", "log_error", "stderr", "lower", "upper", "method",
                 "samples", "seed"]  # fmt: skip
KL_KEYS = ["codebook", "K", "n", "gamma_eps", "gamma_T", "min", "mean", "max", "nearest_mean", "method", "stderr"]
CODEBOOK_KEYS = ["codebook", "K", "n", "rate_bits", "d_min", "nn_distance_mean", "kissing_max", "kissing_mean",
                 "energy_mean", "linf", "mean_width", "product"]  # fmt: skip


class Program:
    """The command line inside this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *argv: str) -> tuple[int, str, str]:
        status = main(list(argv))
        out, err = self.capsys.readouterr()
        return status, out, err

    def json(self, *argv: str) -> list[dict[str, Any]]:
        status, out, err = self(*argv, "--json")
        assert (status, err) == (0, "")
        rows: list[dict[str, Any]] = json.loads(out)
        return rows


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str]) -> Program:
    return Program(capsys)


def test_accuracy_rows(program: Program) -> None:
    rows = program.json("accuracy", "fsq:8,5,5,5", "bits:2", "--r", "10", "--r", "40")
    assert [list(row)[: len(ACCURACY_KEYS)] for row in rows] == [ACCURACY_KEYS] * 4
    assert [(row["codebook"], row["r"]) for row in rows] == [
        ("fsq:8,5,5,5", 10), ("fsq:8,5,5,5", 40), ("bits:2", 10), ("bits:2", 40)
    ]  # fmt: skip
    assert rows[0]["error"] == pytest.approx(0.1595436460752949, rel=1e-12)
    assert rows[1]["error"] == pytest.approx(9.63950495990958e-09, rel=1e-12)
    assert rows[0]["stderr"] is None
    assert rows[0]["seed"] == 0


def test_decibels_are_of_the_squared_ratio(program: Program) -> None:
    by_decibel = program.json("accuracy", "bits:3", "--snr-db", "20", "--snr-db", "-20", "--snr-db", "0")
    by_ratio = program.json("accuracy", "bits:3", "--r", "10", "--r", "0.1", "--r", "1")
    assert [row["r"] for row in by_decibel] == pytest.approx([10, 0.1, 1], rel=1e-15)
    assert [row["log_error"] for row in by_decibel] == pytest.approx([row["log_error"] for row in by_ratio], rel=1e-12)
    assert [row["snr_db"] for row in by_decibel] == [20, -20, 0]


def test_schedules_relabel_the_noise_level(program: Program) -> None:
    (row,) = program.json("accuracy", "bits:3", "--schedule", "flow", "--t", "0.25")
    assert row["r"] == pytest.approx(3, rel=1e-14)
    assert (row["schedule"], row["t"]) == ("flow", 0.25)


@pytest.mark.parametrize("codebook", ["fsq:3^2", "onehot:5", "fsq:3^2+perturb:0.1"])
def test_both_ends_of_a_schedule_are_finite_or_infinite_never_nan(program: Program, codebook: str) -> None:
    noise, data = program.json("accuracy", codebook, "--schedule", "cdcd-tts", "--t", "1", "--t", "0")
    assert noise["accuracy"] == pytest.approx(1 / noise["K"], rel=1e-9)
    assert (data["accuracy"], data["error"], data["log_error"]) == (1, 0, -math.inf)


def test_kl_rows(program: Program) -> None:
    (row,) = program.json("kl", "bits:2", "--gamma-eps", "3", "--gamma-T", "1")
    assert list(row)[: len(KL_KEYS)] == KL_KEYS
    # ½ d² (γ_ε − γ_T) = d²: distances² are 4, 4, 8.
    assert [row[name] for name in ("min", "mean", "max", "nearest_mean")] == pytest.approx([4, 16 / 3, 8, 4])
    (row,) = program.json("kl", "bits:2", "--gamma-eps", "3", "--gamma-T", "1", "--unpinned", "--pair", "0", "3")
    assert row["pair"] == [0, 3]
    assert row["kl"] == pytest.approx(8 / 2 * 3)


def test_kl_under_a_schedule_reads_its_snr(program: Program) -> None:
    (row,) = program.json("kl", "bits:2", "--schedule", "cdcd-tts", "--eps", "0.01")
    assert row["gamma_eps"] == pytest.approx(0.99**2 / (0.01 * 1.99), rel=1e-12)
    assert row["gamma_T"] == 0
    assert row["min"] == pytest.approx(2 * row["gamma_eps"])


def test_codebook_rows(program: Program) -> None:
    (row,) = program.json("codebook", "fsq:3^8")
    assert [key for key in CODEBOOK_KEYS if key not in row] == []
    assert list(row)[:3] == CODEBOOK_KEYS[:3]
    assert (row["K"], row["n"], row["product"]) == (6561, 8, True)
    assert row["d_min"] == pytest.approx(1)
    assert row["rate_bits"] == pytest.approx(math.log2(3))


def test_codebooks_too_large_to_list_have_a_geometry_and_an_exact_k(program: Program) -> None:
    status, out, _ = program("codebook", "bits:64", "--json")
    assert status == 0
    assert '"K": 18446744073709551616' in out


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(program: Program) -> None:
    argv = ("accuracy", "fsq:3^2", "--r", "2", "--method", "mc", "--samples", "500", "--json")
    _, first, _ = program(*argv)
    _, again, _ = program(*argv, "--seed", "0")
    _, other, _ = program(*argv, "--seed", "1")
    assert first == again
    assert json.loads(first)[0]["error"] != json.loads(other)[0]["error"]
    assert json.loads(other)[0]["seed"] == 1


def test_inconclusive_monte_carlo_prints_its_rows_and_exits_3(program: Program) -> None:
    argv = ("accuracy", "random:K=50,n=3", "--r", "2", "--method", "mc", "--samples", "200", "--rtol", "1e-6")
    status, out, err = program(*argv, "--json")
    assert status == 3
    assert json.loads(out)[0]["method"] == "monte-carlo"
    assert err.startswith("fsq-theory: error: random:K=50,n=3 at r = 2: relative standard error")
    assert err.count("\n") == 1


def test_bounds_show_both_ends_and_are_inconclusive_when_far_apart(program: Program) -> None:
    argv = ("accuracy", "random:K=50,n=3", "--method", "bounds", "--rtol", "0.1")
    status, out, err = program(*argv, "--r", "200")
    assert (status, err) == (0, "")
    assert {"lower", "upper"} <= set(out.splitlines()[0].split())
    status, out, err = program(*argv, "--r", "2", "--json")
    (row,) = json.loads(out)
    (estimate,) = program.json("accuracy", "random:K=50,n=3", "--r", "2", "--samples", "2000")
    assert row["lower"] < estimate["error"] < row["upper"]
    assert status == 3
    assert "further apart than --rtol 0.1 of the error" in err


def test_interrupted_is_130(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(spec: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fsq_theory.codebooks.spec.codebook", interrupt)
    assert program("codebook", "fsq:3^2") == (130, "", "fsq-theory: error: interrupted\n")


def test_what_was_finished_is_printed_before_an_interrupt_ends_the_program(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = spec.codebook

    def interrupt(text: str) -> Codebook:
        if text == "fsq:5":
            raise KeyboardInterrupt
        return real(text)

    monkeypatch.setattr("fsq_theory.codebooks.spec.codebook", interrupt)
    for command in (["codebook"], ["accuracy", "--r", "1"], ["kl", "--gamma-eps", "1"]):
        status, out, err = program(*command, "fsq:3^2", "fsq:5", "--json")
        assert (status, err) == (130, "fsq-theory: error: interrupted\n")
        assert [row["codebook"] for row in json.loads(out)] == ["fsq:3^2"]


def test_every_command_records_its_seed(program: Program) -> None:
    for command in (["codebook"], ["accuracy", "--r", "1"], ["kl", "--gamma-eps", "1"]):
        (row,) = program.json(*command, "fsq:3^2", "--seed", "7")
        assert row["seed"] == 7


def test_version(program: Program) -> None:
    assert program("--version") == (0, f"{__version__}\n", "")


@pytest.mark.parametrize("command", [[], ["codebook"], ["accuracy"], ["kl"], ["report"]])
def test_help_lists_the_common_options(program: Program, command: list[str]) -> None:
    status, out, err = program(*command, "--help")
    assert (status, err) == (0, "")
    for option in ["--json", "--seed", "--quiet", "--verbose"] if command else ["codebook", "accuracy", "kl", "report"]:
        assert option in out


def test_tables_show_the_essentials_and_more_when_verbose(program: Program) -> None:
    _, short, _ = program("accuracy", "bits:2", "--r", "1")
    _, full, _ = program("accuracy", "bits:2", "--r", "1", "-v")
    assert "log_error" not in short
    assert "0.707861" in short
    assert "log_error" in full


def test_json_writes_infinities_that_parsers_read_and_refuses_nan() -> None:
    values = {"a": math.inf, "b": [-math.inf, 1.5, None, True, 'x"y'], "K": 2**70}
    assert json.loads(to_json(values)) == values
    assert "Infinity" not in to_json(values)
    with pytest.raises(ValueError, match="NaN"):
        to_json([math.nan])


@pytest.mark.parametrize("value", [0.1, 1e-300, 5e-324, 1.7976931348623157e308, -0.0, 1 / 3])
def test_json_keeps_every_bit(value: float) -> None:
    assert json.loads(to_json(value)) == value
