"""The derivation of near-optimality counts what it checks, and no more."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction

import pytest

import fsq_theory.certificates.files as files
from fsq_theory.claims.derivation import read_derivation
from fsq_theory.content import content_folder, load_module

PATH = content_folder("derivations") / "accuracy_near_optimal.py"
MODULE = load_module(PATH)
(NAME,) = [f"near-optimal-base-{base}-n-{n}" for base, n in MODULE.IN_FULL]


@pytest.fixture
def change(tmp_path, monkeypatch):
    """Changes the certificate that the derivation checks, in a copy of the folder; the steps that then fail."""
    shutil.copytree(files.certificates_folder(), tmp_path / "certificates")
    monkeypatch.setattr(files, "certificates_folder", lambda: tmp_path / "certificates")
    path = tmp_path / "certificates" / f"{NAME}.json"

    def changed(to):
        kept = json.loads(path.read_text(encoding="utf-8"))
        to(kept)
        path.write_text(json.dumps(kept), encoding="utf-8")
        return [step for step in MODULE.certificates(MODULE.MOST) if step.passed is not True]

    return changed


def test_the_number_of_the_statement_is_what_is_decided():
    statement = " ".join(read_derivation(PATH).sections["Statement"].split())
    assert f"by more than {float(MODULE.MOST):g}." in statement


def test_a_bound_that_is_too_small_fails(change):
    def lower(kept):
        last = kept["rows"][0]
        last[1] = f"{float(Fraction(last[1]) - Fraction(1, 10**5)):.5f}"

    (wrong,) = change(lower)
    assert wrong.role == "step"
    assert "is not what is to be claimed" in wrong.detail


def test_a_certificate_of_a_larger_distance_fails(change):
    def looser(kept):
        kept["statement"] = kept["statement"].replace(f"{kept['delta']}.", "0.3.")
        kept["delta"] = "0.3"
        kept["rows"] = kept["rows"][:1]

    first, _ = change(looser)
    assert first.name.endswith("its δ")
