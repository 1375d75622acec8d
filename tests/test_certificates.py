"""Certificates: what is carried is found to be so, and what is changed anywhere is rejected."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsq_theory import InputError
from fsq_theory.balls.arithmetic import ball
from fsq_theory.certificates.check import KINDS, check
from fsq_theory.certificates.decimals import bound_text, decimal, is_bound
from fsq_theory.certificates.exponent_gap_kind import stated as exponent_gap
from fsq_theory.certificates.files import certificate_paths, read_certificate, write_certificate
from fsq_theory.certificates.find_moved_token import find_crossings, find_interval
from fsq_theory.certificates.moved_token_kind import stated
from fsq_theory.certificates.steps import certificate_step
from fsq_theory.claims.ledger import ledger_entries
from fsq_theory.cli.main import main

CARRIED = {path.stem: path for path in certificate_paths()}
SMALL = ["moved-token-base-3-and-more-n-2", "moved-token-base-3-and-more-n-8", "crossings-base-2-n-5"]


def test_every_certificate_says_what_it_is_for():
    claims = {entry.claim for entry in ledger_entries()}
    for path in CARRIED.values():
        found = read_certificate(path)
        assert found["kind"] in KINDS
        assert found["claim"] in claims


@pytest.mark.parametrize("name", [*SMALL, "crossings-base-2-n-24", "fails-at-every-noise-level"])
def test_a_carried_certificate_holds(name: str) -> None:
    found = check(read_certificate(CARRIED[name]))
    assert found.passed, found.findings


def changed(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Each number of a certificate with its first or its last digit changed: where, and what it becomes."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from changed(part, (*path, key))
    elif isinstance(value, int | str) and not isinstance(value, bool):
        text = str(value)
        digits = [match.start() for match in re.finditer(r"\d", text)]
        for place in {digits[0], digits[-1]} if digits else ():
            new = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
            yield path, int(new) if isinstance(value, int) else new


@pytest.mark.parametrize("name", SMALL)
def test_a_digit_changed_is_rejected(name: str) -> None:
    kept = read_certificate(CARRIED[name])
    count = 0
    for path, new in changed(kept):
        made = copy.deepcopy(kept)
        place: Any = made
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = new
        assert not check(made).passed, (path, new)
        count += 1
    assert count > 5


def test_a_statement_that_does_not_hold_is_rejected_whatever_is_claimed():
    kept = read_certificate(CARRIED["crossings-base-2-n-5"])
    m, below, above, cells, *bounds = kept["rows"][0]
    for row in (
        [m, above, "3.630", cells, *bounds],
        [m, "3.610", below, cells, *bounds],
        [4, below, above, cells, *bounds],
    ):
        assert not check({**kept, "rows": [row]}).passed


def test_what_is_found_is_certified(tmp_path: Path) -> None:
    for made in (find_interval("2", 8, "2.2", "2.4", [7, 8]), find_crossings(8, [8], decimals=1)):
        write_certificate(made, tmp_path / "made.json")
        assert check(read_certificate(tmp_path / "made.json")).passed
    with pytest.raises(InputError, match="no move"):
        find_interval("2", 4, "2", "2.1", [3, 4])


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"kind": "x"}', '{"kind": 1, "claim": "", "statement": ""}', '{"n": 1.5}', '{"n": NaN}',
     '{"kind": "a", "kind": "b"}', "[" * 100_000],
)  # fmt: skip
def test_a_file_that_is_no_certificate(text: str, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(InputError):
        read_certificate(tmp_path / "bad.json")


@pytest.mark.parametrize(
    "change",
    [{"kind": "none"}, {"extra": 1}, {"n": "8"}, {"n": True}, {"rows": []}, {"rows": [["1"]]}, {"rows": 3},
     {"bits": 95}, {"low": 1}, {"high": "x"}, {"base": 3}, {"base": []}, {"base": "2"}, {"claim": "path-kl"},
     {"n": 10**9}],
)  # fmt: skip
def test_a_malformed_certificate_is_rejected(change: dict[str, Any]) -> None:
    found = check({**read_certificate(CARRIED["moved-token-base-3-and-more-n-8"]), **change})
    assert not found.passed
    assert found.findings[0].startswith("rejected: ")


def test_a_step_is_for_its_claim():
    states = stated(True, 2, "(0, 0.11]")
    assert certificate_step("1", SMALL[0], "accuracy-global-refuted", states).passed
    assert not certificate_step("1", SMALL[0], "accuracy-global", states).passed


def test_a_step_is_what_its_certificate_states():
    step = certificate_step("1", SMALL[0], "accuracy-global-refuted", stated(True, 2, "(0, 0.12]"))
    assert not step.passed
    assert "(0, 0.11]" in step.detail


def test_a_step_with_another_value_is_decided_by_the_checker():
    name, claim = "exponent-gap-base-2", "accuracy-exponents"
    assert certificate_step("1", name, claim, exponent_gap(2, "0.0241"), instead={("gap",): "0.0241"}).passed
    step = certificate_step("1", name, claim, exponent_gap(2, "0.0236"), instead={("gap",): "0.0236"})
    assert not step.passed
    assert "log B − log A_1 ≤ [0.023" in step.detail
    assert not certificate_step("1", name, claim, exponent_gap(2, "0.0236"), instead={("gap",): "0.0240"}).passed


def test_no_interval_certifies_nothing():
    made = {**read_certificate(CARRIED[SMALL[0]]), "low": None, "high": None}
    made |= {"statement": stated(True, 2, "[0.11, 0.11]")}
    found = check(made)
    assert not found.passed
    assert "expected an interval" in found.findings[0]


@given(st.fractions(min_value=-1000, max_value=1000), st.sampled_from(["lower", "upper"]))
def test_bounds_as_text(value, side):
    text = bound_text(ball(value), side)
    assert is_bound(text, ball(value), side)
    digits = [match.start() for match in re.finditer(r"\d", text.split("e")[0])]
    for place in (digits[0], digits[-1]):
        other = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
        assert not is_bound(other, ball(value), side)


@pytest.mark.parametrize("text", ["", "1/2", "inf", "nan", "0x1", "1e9999", "1_0", " 1", "\u0663", 1.5, None, True])
def test_no_decimal(text):
    with pytest.raises(InputError):
        decimal(text)


def test_rows_and_exit_statuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--certificates", *SMALL, "--json", "--workers", "1"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["claim"] for row in rows] == SMALL
    assert {row["status"] for row in rows} == {"certified"}
    bad = read_certificate(CARRIED[SMALL[0]])
    write_certificate({**bad, "n": 3}, tmp_path / "bad.json")
    assert main(["verify", "--certificates", str(tmp_path), "--workers", "1"]) == 1
    out, err = capsys.readouterr()
    assert "rejected" in out
    assert "bad is rejected" in err
    for wrong in (["no-such"], ["--explain"], [str(tmp_path / "none.json")]):
        assert main(["verify", "--certificates", *wrong]) == 2
        assert capsys.readouterr().err.count("\n") == 1
