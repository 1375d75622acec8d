"""Every derivation passes as it stands, and fails when one of its constants is changed."""

from __future__ import annotations

import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import sympy

from fsq_theory.claims.derivation import Step, agreement, identity, report

FILES = sorted((Path(__file__).parent.parent / "derivations").glob("[!_]*.py"))


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"derivation_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def constants(path: Path) -> list[str]:
    return list(inspect.signature(load(path).derive).parameters)


def test_derivations_are_found():
    assert {"bridge", "path_kl"} <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_derivation_passes(path):
    steps = load(path).derive()
    assert len(steps) >= 3
    assert [step.name for step in steps if step.passed is not True] == []
    assert len({(step.name, step.statement) for step in steps}) == len(steps)


@pytest.mark.parametrize(
    ("path", "constant"),
    [(path, name) for path in FILES for name in constants(path)],
    ids=lambda v: getattr(v, "stem", v),
)
def test_derivation_with_a_wrong_constant_fails(path, constant):
    module = load(path)
    right = inspect.signature(module.derive).parameters[constant].default
    failed = [step.name for step in module.derive(**{constant: right * sympy.Rational(8, 7)}) if not step.passed]
    symbolic = [name for name in failed if not name.startswith("9")]
    assert symbolic, "no symbolic step noticed the wrong constant"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_derivation_has_a_constant_to_change(path):
    assert constants(path)


def test_derivation_runs_as_a_script():
    done = subprocess.run([sys.executable, str(FILES[0])], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "FAILED" not in done.stdout
    assert done.stdout.count("[passed]") == len(load(FILES[0]).derive())


def test_undecided_is_not_passed():
    x = sympy.Symbol("x")
    assert not identity("undecided", "", sympy.Function("u")(x), sympy.Function("w")(x)).passed
    assert not identity("only for x > 0", "", sympy.sqrt(x**2), x).passed
    assert not identity("not a number", "", sympy.nan, sympy.nan).passed
    assert identity("true", "", (x + 1) ** 2, x**2 + 2 * x + 1).passed


def test_agreement_refuses_nan_and_infinity():
    assert agreement("", "", 1.0, 1.0 + 1e-13, 1e-12).passed
    assert not agreement("", "", 1.0, 1.1, 1e-12).passed
    assert not agreement("", "", float("nan"), float("nan"), 1.0).passed
    assert not agreement("", "", float("inf"), float("inf"), 1.0).passed


def test_report_fails_on_no_steps_and_on_a_failed_one(capsys):
    assert not report("empty", [])
    assert report("good", [Step("a", "b", True)])
    assert not report("bad", [Step("a", "b", True), Step("c", "d", False)])
    assert "[FAILED] c: d" in capsys.readouterr().out
