"""``fsq-theory verify``: rows, accounts, exit statuses, progress, interrupts."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from small_derivations import write

from fsq_theory.claims.ledger import Entry
from fsq_theory.claims.outcome import Outcome
from fsq_theory.cli.main import main

CHEAP = ["nn-distance-local-every-base", "volume-bound"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Derivations that pass, fail, raise, print, end their process, or are open."""
    write(tmp_path, "a-good", "yield lemma('2. known', 'it is', proof='It is.')\nprint('noise')")
    write(tmp_path, "b-false", 'yield identity("2. wrong", "x = x + 1", x, x + 1)')
    write(tmp_path, "c-raises", "raise ArithmeticError('no convergence')")
    write(tmp_path, "d-dies", "__import__('os')._exit(3)")
    (tmp_path / "e_open.py").write_text(
        '"""An open claim.\n\nStatement.  Anything.\n"""\n'
        'CLAIM = "e-open"\nSOURCE = "P26"\nCONCLUDES = "open"\nNEEDS = "work"\n'
    )
    return tmp_path


def test_rows_of_claims(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", *reversed(CHEAP), "--json"]) == 0
    out, err = capfd.readouterr()
    rows = json.loads(out)
    assert err == ""
    assert [row["claim"] for row in rows] == [*reversed(CHEAP)]
    for row in rows:
        assert list(row)[:2] == ["claim", "title"]
        assert {key: type(value) for key, value in row.items()} == {
            "claim": str, "title": str, "status": str, "expected": list, "evidence": list, "seconds": float,
            "counterexample": type(None),
        }  # fmt: skip
        assert row["status"] == "proved"
        assert any("decided by algebra" in line for line in row["evidence"])
        assert row["seconds"] > 0


def test_a_folder_in_which_some_fail(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(folder), "--workers", "2", "--json"]) == 1
    out, err = capfd.readouterr()
    rows = {row["claim"]: row for row in json.loads(out)}
    assert list(rows) == ["e-open", "a-good", "b-false", "c-raises", "d-dies"]  # the paper's first
    statuses = {claim: row["status"] for claim, row in rows.items()}
    assert statuses == {"e-open": "open", "a-good": "proved", "b-false": "open", "c-raises": "open", "d-dies": "open"}
    assert rows["b-false"]["evidence"][0] == "not decided: 2. wrong: x = x + 1"
    assert rows["c-raises"]["evidence"][0] == "failed after step 1. square: ArithmeticError: no convergence"
    assert rows["d-dies"]["evidence"] == ["failed: its process ended with status 3"]
    assert rows["e-open"]["evidence"] == ["needs: work"]
    noise, complaint = err.splitlines()
    assert noise == "noise"
    assert complaint == "fsq-theory: error: " + "; ".join(
        f"{claim} is open, expected proved" for claim in ("b-false", "c-raises", "d-dies")
    )


def test_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in "bcd":
        next(folder.glob(f"{name}_*.py")).unlink()
    assert main(["verify", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = [re.split(r" {2,}", line) for line in out.splitlines()]
    assert lines[0] == ["claim", "status", "time", "evidence"]
    assert lines[1][:2] == ["e-open", "open"]
    assert lines[2][:2] == ["a-good", "proved, given 1 lemma"]
    assert re.fullmatch(r"\d+\.\d s", lines[2][2])
    assert lines[2][3] == "1 step decided by algebra; given lemma: 2. known (proved in words)"


def test_explain(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = str(folder / "a_good.py")
    assert main(["verify", "--explain", good]) == 0
    out = capsys.readouterr().out
    for line in ("Claim:    a-good", "Status:   proved, given 1 lemma", "(x + 1)² = x² + 2x + 1.",
                 "  [passed] 1. square: (x + 1)² = x² + 2x + 1", "  [lemma]  2. known: it is"):  # fmt: skip
        assert line in out.splitlines()
    assert main(["verify", good, "--explain", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["statement"] == "(x + 1)² = x² + 2x + 1."
    assert [(step["role"], step["passed"]) for step in row["steps"]] == [("step", True), ("lemma", True)]
    assert "x^{2}" in row["steps"][0]["formula"]
    place = folder / "accounts"
    assert main(["verify", good, str(folder / "e_open.py"), "--explain", "--format", "latex", "-o", str(place)]) == 0
    assert str(place / "a-good.tex") in capsys.readouterr().out
    tex = (place / "a-good.tex").read_text()
    assert r"\documentclass" in tex
    assert r"\left(x + 1\right)^{2} = x^{2} + 2 x + 1" in tex
    assert (place / "e-open.tex").exists()
    one = folder / "both.md"
    assert main(["verify", good, str(folder / "e_open.py"), "--explain", "--format", "markdown", "-o", str(one)]) == 0
    text = one.read_text()
    assert text.count("\n# ") + text.startswith("# ") == 2
    assert "## What would settle it\n\nwork" in text


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["path-lk"], "unknown claim 'path-lk': did you mean path-kl"),
        (["no/such/folder"], "no/such/folder: expected a .py file"),
        (["--format", "latex", "path-kl"], "--format latex: expected with --explain"),
        (["-o", "x", "path-kl"], "--output x: expected with --explain"),
        (["--explain", "--format", "html"], "--format html: expected one of text, markdown, latex"),
        (["--explain", "-o", __file__], "expected a folder, or a file that ends in .txt"),
        (["--workers", "0"], "--workers 0: expected a whole number of at least 1"),
        (["--tries", "-1"], "--tries -1: expected a whole number of at least 1"),
        (["--boxes", "x"], '"x": expected a whole number'),
    ],
)
def test_bad_usage(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", *argv]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Runs ``verify`` where examining users' claims comes to given statuses, each with what its file expects."""

    def run(*argv: str, **claims: tuple[str, set[str]]) -> int:
        for name in claims:
            (tmp_path / f"{name}.py").write_text("def claim(): ...\n")

        def outcomes(entries: list[Entry], settings: object, workers: object) -> Any:
            for entry in reversed(entries):
                status, expected = claims[entry.claim]
                paste = "codes = [[0.0]]\n" if status == "refuted" else None
                yield entry, Outcome(entry.claim, "t", status, frozenset(expected), ["tried"], 1.0, (), paste)  # type: ignore[arg-type]

        monkeypatch.setattr("fsq_theory.claims.runner.outcomes", outcomes)
        return main(["verify", *(str(tmp_path / f"{name}.py") for name in claims), *argv])

    return run


HOPED = {"proved", "certified", "supported"}


@pytest.mark.parametrize(
    ("status", "expected", "code"),
    [
        ("certified", HOPED, 0),
        ("supported", HOPED, 0),
        ("refuted", HOPED, 1),
        ("refuted", {"refuted"}, 0),
        ("supported", {"refuted"}, 1),
        ("open", {"refuted"}, 1),
        ("open", HOPED, 3),
        ("open", {"open"}, 3),
    ],
)
def test_exit_status_of_a_user_s_claim(
    made_up: Any, capsys: pytest.CaptureFixture[str], status: str, expected: set[str], code: int
) -> None:
    assert made_up(mine=(status, expected)) == code
    out, err = capsys.readouterr()
    assert ("# counterexample to mine\ncodes = [[0.0]]" in out) == (status == "refuted")
    assert err.count("\n") == (code > 0)
    assert ("undecided: mine" in err) == (code == 3)


def test_what_is_broken_outweighs_what_is_undecided(made_up: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert made_up("--json", mine=("open", HOPED), other=("refuted", HOPED)) == 1
    out, err = capsys.readouterr()
    assert [row["counterexample"] for row in json.loads(out)] == [None, "codes = [[0.0]]\n"]
    assert err == "fsq-theory: error: other is refuted, expected certified or proved or supported\n"


def test_progress_is_for_terminals(
    made_up: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = {"mine": ("supported", HOPED), "other": ("supported", HOPED)}
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert made_up(**claims) == 0
    assert "\x1b" in capsys.readouterr().err
    assert made_up("-q", **claims) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("NO_COLOR", "1")
    assert made_up(**claims) == 0
    assert capsys.readouterr().err == "1/2 other: supported\n2/2 mine: supported\n"
    monkeypatch.setattr("sys.stderr.isatty", lambda: False)
    assert made_up(**claims) == 0
    assert capsys.readouterr().err == ""


CLAIM = """import sympy as sp
from fsq_theory.claims.statement import Claim
from fsq_theory.claims.variables import Real

def claim():
    x = Real("x", 0, 3)
    return Claim(sp.sin(x), "<=", {right}, where=x)
"""


def test_users_claims_are_examined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, right in (("true", "x"), ("false", "x / 2")):
        (tmp_path / f"{name}.py").write_text(CLAIM.format(right=right))
    argv = ["verify", str(tmp_path / "true.py"), str(tmp_path / "false.py"), "--tries", "20", "--boxes", "500"]
    assert main([*argv, "--seed", "1", "--workers", "1", "--json"]) == 1
    out, err = capsys.readouterr()
    rows = json.loads(out)
    assert [(row["claim"], row["status"]) for row in rows] == [("true", "certified"), ("false", "refuted")]
    assert "x = " in rows[1]["counterexample"]
    assert "false is refuted, expected certified or proved or supported" in err


def test_a_user_s_file_that_is_no_claim_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.py").write_text("def claim():\n    return 5\n")
    assert main(["verify", str(tmp_path / "mine.py")]) == 2
    assert "mine.py: claim() returned int: expected a Claim" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="SIGINT is sent as a POSIX terminal sends it, to all processes")
def test_an_interrupt_keeps_what_was_finished(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    write(tmp_path, "a-quick")
    write(tmp_path, "b-slow", f"open({str(begun)!r}, 'w').close()\n__import__('time').sleep(600)")
    command = [sys.executable, "-m", "fsq_theory", "verify", str(tmp_path), "--workers", "1", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        deadline = time.monotonic() + 100
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "fsq-theory: error: interrupted\n")
    assert [(row["claim"], row["status"]) for row in json.loads(out)] == [("a-quick", "proved")]
    deadline = time.monotonic() + 20
    while group_lives(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not group_lives(process.pid)


def group_lives(group: int) -> bool:
    """Whether a process of a group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
