"""The command line as a process: start-up, streams, exit statuses."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("jax", "sympy", "flint", "matplotlib", "polars", "sklearn", "scipy.stats")


def start(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fsq_theory", *argv],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, **environment},
    )


def heavy_after(code: str) -> list[str]:
    """Which heavy packages a fresh interpreter holds after running some code."""
    script = (
        f"import sys\n{code}\nimport json\njson.dump([name for name in {HEAVY!r} if name in sys.modules], sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    return list(json.loads(done.stderr))


def test_help_of_every_command_imports_nothing_heavy() -> None:
    commands = [
        ["--help"],
        ["--version"],
        *([name, "--help"] for name in ("codebook", "accuracy", "info", "kl", "model", "report")),
        *([name, "--help"] for name in ("sampler", "window", "spacing", "verify")),
    ]
    assert heavy_after(f"from fsq_theory.cli.main import main\nfor argv in {commands!r}: assert main(argv) == 0") == []


def test_importing_the_library_imports_nothing_heavy() -> None:
    assert (
        heavy_after(
            "import fsq_theory, fsq_theory.codebooks, fsq_theory.content, fsq_theory.tables, fsq_theory.claims.ledger"
        )
        == []
    )


def test_closed_forms_start_no_jax() -> None:
    code = (
        "from fsq_theory.cli.main import main\n"
        "assert main(['accuracy', 'fsq:8,5,5,5', '--r', '10', '--json']) == 0\n"
        "assert main(['kl', 'fsq:3^8', '--gamma-eps', '2', '--json']) == 0\n"
        "assert main(['info', 'fsq:3^8', '--r', '2', '--token', '5', '--json']) == 0\n"
        "assert main(['codebook', 'bits:64', '--json']) == 0"
    )
    assert "jax" not in heavy_after(code)


def test_json_is_all_there_is_on_stdout_and_stderr_is_silent() -> None:
    done = start("accuracy", "fsq:3^8", "--r", "5", "-v", "--json")
    assert done.returncode == 0
    assert done.stderr == ""
    (row,) = json.loads(done.stdout)
    # [(4 Φ(r/2) − 1)/3]^n for three levels.
    expected = ((4 * 0.5 * math.erfc(-2.5 / math.sqrt(2)) - 1) / 3) ** 8
    assert row["accuracy"] == pytest.approx(expected, rel=1e-13)


def test_bad_input_is_one_line_without_a_traceback() -> None:
    done = start("codebook", "fsk:3^8")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fsq-theory: error: unknown codebook 'fsk'")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_leaves_early_causes_no_noise() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "fsq_theory", "codebook", "fsq:3^2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        noise = process.stderr.read()
    assert noise == b""
    assert process.returncode == 141


def test_tables_are_plain_text_when_piped(tmp_path: Path) -> None:
    done = start("codebook", "fsq:3^2", "bits:3", FORCE_COLOR="", NO_COLOR="1")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "fsq:3^2" in done.stdout
    assert "bits:3" in done.stdout


@pytest.mark.parametrize("command", [["codebook", "fsq:3^2", "bits:3"], ["codebook", "fsq:3^2"], ["kl", "--help"]])
def test_no_color_is_obeyed_even_on_a_terminal(command: list[str]) -> None:
    coloured = start(*command, FORCE_COLOR="1", NO_COLOR="")
    plain = start(*command, FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[1m" in coloured.stdout
    assert "\x1b" not in plain.stdout
    assert plain.stdout


def test_characters_that_stdout_cannot_encode_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "γ.txt").write_text("0\n1\n")
    done = start("codebook", f"file:{tmp_path}/γ.txt", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"file:{tmp_path}/?.txt" in done.stdout
    assert start("accuracy", "--help", PYTHONIOENCODING="ascii").returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="streams are closed by a POSIX shell")
@pytest.mark.parametrize(("closed", "status"), [(">&-", 0), ("2>&-", 0), (">&- 2>&-", 0), ("> /dev/full", 2)])
def test_closed_and_full_streams(closed: str, status: int) -> None:
    line = f"exec '{sys.executable}' -m fsq_theory codebook fsq:3^2 --json {closed}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=120)
    assert done.returncode == status
    assert done.stderr == ("fsq-theory: error: No space left on device\n" if status else "")
    if closed == "2>&-":
        assert json.loads(done.stdout)[0]["K"] == 9


@pytest.mark.skipif(os.name != "posix", reason="SIGINT is sent as POSIX sends it")
@pytest.mark.parametrize("disguised", [False, True])
def test_an_interrupt_during_imports_is_understood(disguised: bool) -> None:
    # The import of the commands is where this process interrupts itself; some libraries turn that into another error.
    trick = "raise ImportError('x') from None" if disguised else "raise"
    code = f"""
import os, signal, sys
from fsq_theory.cli.main import main
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "cyclopts":
            try:
                os.kill(os.getpid(), signal.SIGINT)
                for _ in range(10**9): pass
            except KeyboardInterrupt:
                {trick}
sys.meta_path.insert(0, Finder())
sys.argv = ["fsq-theory", "codebook", "fsq:3"]
sys.exit(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "fsq-theory: error: interrupted\n")
