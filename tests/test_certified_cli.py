"""``fsq-theory accuracy --method certified``: enclosures as rows, and one line where there is none."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

import fsq_theory as ft
from fsq_theory.cli.main import main


def rows(capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, Any]]:
    assert main(["accuracy", *argv, "--method", "certified", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, list)
    return found


def test_rows_are_those_of_an_accuracy(capsys):
    (found,) = rows(capsys, "fsq:8,5+stagger:0.5", "--r", "8", "--seed", "3")
    plain = ft.accuracy("fsq:8,5+stagger:0.5", 8.0)
    assert set(plain.rows()[0]) < set(found)
    assert (found["method"], found["stderr"], found["seed"]) == ("certified", None, 3)
    assert found["lower"] < found["error"] < found["upper"]
    assert found["upper"] - found["lower"] < 1e-15
    for name in ("accuracy", "error", "log_error"):
        assert math.isclose(found[name], plain.rows()[0][name], rel_tol=1e-13)


def test_priors_products_and_decibels(capsys):
    found = rows(capsys, "fsq:7+prior:zipf", "cosyvoice2", "psk:8", "--snr-db", "0", "--snr-db", "60")
    assert [row["snr_db"] for row in found] == [0, 60] * 3
    assert [row["route"] for row in found[::2]] == ["closed form", "closed form", "integral"]
    assert all(row["log_lower"] <= row["log_error"] <= row["log_upper"] for row in found)
    assert found[1]["error"] == 0.0 < found[1]["upper"]


def test_errors_below_rounding_are_known_to_more_digits_than_their_logarithms_show(capsys):
    (found,) = rows(capsys, "fsq:3^4", "--r", "1000", "--rtol", "1e-30")
    assert found["upper"] < 1e-300
    assert 0 < found["relative_width"] < 1e-30


def test_a_method_of_kl_that_is_none(capsys):
    assert main(["kl", "fsq:3", "--gamma-eps", "2", "--method", "exact"]) == 2
    assert "method 'exact': expected one of closed, mc, certified" in capsys.readouterr().err


def test_a_table_shows_the_ends(capsys):
    assert main(["accuracy", "fsq:3", "--r", "2", "--method", "certified"]) == 0
    header, line = capsys.readouterr().out.splitlines()
    assert {"lower", "upper"} < set(header.split())
    assert "certified" in line


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        (["fsq:3", "--r", "1", "--readout", "soft"], 2, "are for the readout map"),
        (["fsq:3", "--r", "inf"], 2, "expected finite ratios"),
        (["random:K=20000,n=4", "--r", "1"], 2, "20000 tokens"),
        (["random:K=20,n=4", "--r", "1", "--rtol", "0.01"], 3, "wider than --rtol 0.01"),
    ],
)
def test_what_cannot_be_enclosed_is_said_in_one_line(argv, status, message, capsys):
    assert main(["accuracy", "--method", "certified", *argv]) == status
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_the_methods_are_listed(capsys):
    assert main(["accuracy", "fsq:3", "--r", "1", "--method", "exactly"]) == 2
    assert "auto, exact, mc, bounds, certified" in capsys.readouterr().err


def test_an_enclosure_as_narrow_as_asked(capsys):
    assert main(["accuracy", "psk:5", "--r", "60", "--method", "certified", "--rtol", "1e-9"]) == 0
    assert "psk:5" in capsys.readouterr().out
