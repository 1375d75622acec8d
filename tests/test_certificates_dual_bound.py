"""Certificates that nothing exceeds FSQ by more than δ: what is carried holds, and what is changed is rejected."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from fsq_theory.certificates.check import check
from fsq_theory.certificates.dual_bound_kind import UNIT, below, bound_from, each
from fsq_theory.certificates.files import certificate_paths, read_certificate
from fsq_theory.certificates.find_dual_bound import centres_looked_at, find
from fsq_theory.certificates.function_table import function_table
from fsq_theory.denoiser.accuracy.converse import search

CARRIED = [path for path in certificate_paths() if path.stem.startswith("near-optimal")]
FOUR_BITS = read_certificate(next(path for path in CARRIED if path.stem == "near-optimal-base-2-n-4"))
SQUARE = read_certificate(next(path for path in CARRIED if path.stem == "near-optimal-base-2-n-2"))


def fsq(levels: np.ndarray, r: float) -> float:
    return float(np.prod(1 - 2 * (1 - 1 / levels) * ndtr(-r / (levels - 1))))


def test_the_square_holds():
    found = check(SQUARE)
    assert found.passed, found.findings
    assert found.statement == SQUARE["statement"]


@pytest.mark.parametrize("path", CARRIED, ids=lambda path: path.stem)
def test_rows_of_each_lead_from_end_to_end(path):
    """The closed forms of the two ends stay below δ, and the bounds in between; one of them is computed again."""
    kept = read_certificate(path)
    L, n, delta = kept["levels"], kept["n"], Fraction(kept["delta"])
    levels = np.array(each(L, n))
    rows = [[Fraction(r), Fraction(bound)] for r, bound, _ in kept["rows"]]
    assert all(row[0] < after[0] for row, after in itertools.pairwise(rows))
    over = [float(bound) - fsq(levels, float(r)) for r, bound in rows]
    assert max(over) < delta
    low = (1 + float(rows[0][0]) * np.sqrt(2 / np.pi)) ** n / levels.prod() - fsq(levels, float(rows[0][0]))
    assert float(below(L, n, rows[0][0]).mid()) == pytest.approx(low, abs=1e-12)
    assert low <= delta
    assert 1 - fsq(levels, float(rows[-1][0])) <= delta
    worst = int(np.argmax(over))
    at, bound = rows[worst]
    m = function_table(kept, n).at(at, Fraction(kept["cell"]))
    found = bound_from(L, n, m, kept["rows"][worst][2])
    assert 0 < bound - Fraction(found.value) < 2 * UNIT


def test_distances_as_documented():
    lines = (Path(__file__).parents[1] / "docs" / "certificates.md").read_text(encoding="utf-8").splitlines()
    for L in (2, 3):
        (row,) = [line for line in lines if line.startswith(f"| {L}^n |")]
        listed = [entry.strip() for entry in row.strip("|").split("|")[1:]]
        carried = {path.stem: read_certificate(path)["delta"] for path in CARRIED}
        assert listed == [carried.get(f"near-optimal-base-{L}-n-{n}", "–") for n in range(2, 11)]


def test_distances_as_the_ledger_s_page_says():
    text = (Path(__file__).parents[1] / "docs" / "ledger.md").read_text(encoding="utf-8")
    carried = {path.stem: read_certificate(path)["delta"] for path in CARRIED}
    for n in (4, 8):
        assert f"{carried[f'near-optimal-base-2-n-{n}']} for 2^{n}" in text


def test_what_is_found_holds(monkeypatch):
    """On the line, where FSQ is the best: a δ that is easy to reach takes few rows, and what is found passes."""
    monkeypatch.setattr(search, "STEPS", 5)
    made = find(2, 1, Fraction(1, 20), spacing=1.5, knots=12)
    assert {len(row) for row in made["heights"]} == {13}
    found = check(made)
    assert found.passed, found.findings
    assert "2^1 codes" in found.statement
    assert found.statement.endswith("by more than 0.05.")


def test_centres_looked_at():
    """Levels of few, and for wide boxes centres less than a third of the noise apart."""
    assert {0.0, 0.5, 1.0} <= set(centres_looked_at(3, 2, 2.0))
    for levels in (5, [8, 5]):
        scaled = 9.7 * np.array(centres_looked_at(levels, 2, 9.7))
        assert scaled[[0, -1]].tolist() == [0, 9.7]
        assert np.diff(scaled).max() < 0.301


def last(text: str) -> str:
    return text[:-1] + str((int(text[-1]) + 1) % 10)


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "levels": lambda made: made.update(levels=3),
    "n": lambda made: made.update(n=3),
    "delta": lambda made: made.update(delta="0.0001"),
    "delta and the statement": lambda made: made.update(
        delta="0.0009", statement=made["statement"].replace(SQUARE["delta"], "0.0009")
    ),
    "a bound": lambda made: made["rows"][3].__setitem__(1, last(made["rows"][3][1])),
    "a bound too small": lambda made: made["rows"][0].__setitem__(1, "0.3"),
    "an r": lambda made: made["rows"][2].__setitem__(0, last(made["rows"][2][0])),
    "an r between cells": lambda made: made["rows"][2].__setitem__(0, made["rows"][2][0] + "01"),
    "a cell": lambda made: made.update(cell="0.04"),
    "cells finer than memory": lambda made: made.update(cell="0.00002"),
    "a cell of 0": lambda made: made.update(cell="0"),
    "a cell below 0": lambda made: made.update(cell="-0.02"),
    "a height": lambda made: made["heights"][5].__setitem__(1, last(made["heights"][5][1])),
    "a height far out": lambda made: made["heights"][1].__setitem__(-1, "1.5"),
    "an r of heights": lambda made: made["heights"][1].__setitem__(0, last(made["heights"][1][0])),
    "rows missing": lambda made: made.update(rows=made["rows"][:10] + made["rows"][14:]),
    "the last rows missing": lambda made: made.update(rows=made["rows"][:2]),
    "the first rows missing": lambda made: made.update(rows=made["rows"][12:]),
    "one row": lambda made: made.update(rows=made["rows"][:1]),
    "rows out of order": lambda made: made["rows"].reverse(),
    "a row twice": lambda made: made["rows"].insert(1, made["rows"][0]),
    "no rows": lambda made: made.update(rows=[]),
    "no heights": lambda made: made.update(heights=[]),
    "heights out of order": lambda made: made["heights"].reverse(),
    "a height that is a number": lambda made: made["heights"][0].__setitem__(1, -1),
    "levels that are listed but equal": lambda made: made.update(levels=[2, 2]),
    "levels of another dimension": lambda made: made.update(levels=[2, 2, 2]),
    "levels of another product": lambda made: made.update(levels=[2, 3]),
    "a vertex": lambda made: made["rows"][4][2].__setitem__(1, made["rows"][4][2][1] + 9),
    "vertices out of order": lambda made: made["rows"][4][2].reverse(),
    "a vertex beyond the box": lambda made: made["rows"][0][2].append(1999),
    "a single vertex": lambda made: made["rows"][0].__setitem__(2, [0]),
    "no vertices": lambda made: made["rows"][0].__setitem__(2, []),
    "an r below 0": lambda made: made["rows"][0].__setitem__(0, "-0.2"),
}


CHANGES_OF_MARKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a mark": lambda made: made["marks"][2].__setitem__(2, "0.750"),
    "the log of a factor": lambda made: made["marks"][1].__setitem__(4, "1.5"),
    "an r of marks": lambda made: made["marks"][1].__setitem__(0, last(made["marks"][1][0])),
    "marks missing": lambda made: made.update(marks=made["marks"][:-1]),
    "no marks": lambda made: made.update(marks=[]),
    "marks the wrong way round": lambda made: made["marks"][1].__setitem__(1, "0.9"),
    "a count of marks less": lambda made: [row.pop() for row in made["marks"]],
}


@pytest.mark.parametrize("what", CHANGES_OF_MARKS)
def test_changed_marks(what):
    made = copy.deepcopy(FOUR_BITS)
    CHANGES_OF_MARKS[what](made)
    assert made != FOUR_BITS
    found = check(made)
    assert not found.passed
    assert found.findings[0].startswith("rejected: ")


@pytest.mark.parametrize("what", CHANGES)
def test_changed(what):
    made = copy.deepcopy(SQUARE)
    CHANGES[what](made)
    assert made != SQUARE
    found = check(made)
    assert not found.passed
    assert found.findings[0].startswith("rejected: ")
