"""Every derivation earns the status that it concludes, and none of its deliberately wrong variants does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fsq_theory.claims.derivation import read_derivation
from fsq_theory.claims.status import STATUSES
from fsq_theory.content import content_folder, modules_in

FOLDER = content_folder("derivations")
DERIVATIONS = [read_derivation(FOLDER / f"{name}.py") for name in modules_in(FOLDER)]
EARNED = [d for d in DERIVATIONS if d.concludes != "open"]
WRONG = [(d, what) for d in EARNED for what in d.wrong]


def test_the_paper_s_claims_say_that_they_are_as_we_understand_them():
    for derivation in DERIVATIONS:
        assert derivation.source
        if "P26" in derivation.source:
            assert "as we understand it" in derivation.source


def test_claims_have_names_of_their_own():
    assert len({d.claim for d in DERIVATIONS}) == len(DERIVATIONS)
    assert {d.path.stem.replace("_", "-") for d in DERIVATIONS} == {d.claim for d in DERIVATIONS}


@pytest.mark.parametrize("derivation", EARNED, ids=lambda d: d.claim)
def test_derivation_earns_its_status(derivation):
    steps = list(derivation.steps())
    assert [(s.name, s.detail) for s in steps if s.passed is not True] == []
    assert derivation.status(steps) == derivation.concludes
    assert len({(step.name, step.statement) for step in steps}) == len(steps)


@pytest.mark.parametrize("derivation", EARNED, ids=lambda d: d.claim)
def test_every_derivation_has_a_wrong_variant(derivation):
    assert derivation.wrong


@pytest.mark.parametrize(("derivation", "what"), WRONG, ids=lambda v: getattr(v, "claim", v))
def test_wrong_variant_earns_nothing(derivation, what):
    steps = derivation.until_failure(**derivation.wrong[what])
    assert derivation.status(steps) not in set(STATUSES) - {"open"}
    failed = [s for s in steps if s.passed is not True]
    assert [s.name for s in failed if s.role in ("step", "counterexample")], "only a cross-check noticed"


def test_derivation_runs_as_a_script():
    path = Path(FOLDER / "bridge.py")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "FAILED" not in done.stdout
    assert "bridge: proved" in done.stdout
