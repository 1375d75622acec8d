"""The command line as a process: start-up, streams, exit statuses."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("jax", "sympy", "matplotlib", "polars", "sklearn", "scipy.stats")


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
    commands = [["--help"], ["--version"], *([name, "--help"] for name in ("codebook", "accuracy", "kl", "report"))]
    assert heavy_after(f"from fsq_theory.cli.main import main\nfor argv in {commands!r}: assert main(argv) == 0") == []


def test_importing_the_library_imports_nothing_heavy() -> None:
    assert heavy_after("import fsq_theory, fsq_theory.codebooks, fsq_theory.content, fsq_theory.tables") == []


def test_closed_forms_start_no_jax() -> None:
    code = (
        "from fsq_theory.cli.main import main\n"
        "assert main(['accuracy', 'fsq:8,5,5,5', '--r', '10', '--json']) == 0\n"
        "assert main(['kl', 'fsq:3^8', '--gamma-eps', '2', '--json']) == 0\n"
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


def test_no_color_is_obeyed_even_on_a_terminal() -> None:
    coloured = start("codebook", "fsq:3^2", "bits:3", FORCE_COLOR="1", NO_COLOR="")
    plain = start("codebook", "fsq:3^2", "bits:3", FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[1m" in coloured.stdout
    assert not any(f"\x1b[{code}" in plain.stdout for code in range(30, 50))
