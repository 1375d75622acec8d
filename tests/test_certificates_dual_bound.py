"""Certificates that nothing exceeds FSQ by more than δ: what is carried holds, and what is changed is rejected."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from fsq_theory.certificates.check import check
from fsq_theory.certificates.dual_bound_kind import UNIT, below, each, line_from, table_of_heights
from fsq_theory.certificates.files import certificate_paths, read_certificate
from fsq_theory.certificates.find_dual_bound import find

CARRIED = [path for path in certificate_paths() if path.stem.startswith("near-optimal")]
SQUARE = read_certificate(next(path for path in CARRIED if path.stem == "near-optimal-base-2-n-2"))


def fsq(levels: np.ndarray, r: float) -> float:
    return float(np.prod(1 - 2 * (1 - 1 / levels) * ndtr(-r / (levels - 1))))


def test_the_square_holds():
    found = check(SQUARE)
    assert found.passed, found.findings
    assert found.statement == SQUARE["statement"]


@pytest.mark.parametrize("path", CARRIED, ids=lambda path: path.stem)
def test_rows_of_each_leave_no_hole(path):
    """Rows join, stay below δ, and end where the closed forms of the two ends take over; one row is computed again."""
    kept = read_certificate(path)
    L, n, delta = kept["levels"], kept["n"], Fraction(kept["delta"])
    levels = np.array(each(L, n))
    rows = [[Fraction(entry) for entry in row] for row in kept["rows"]]
    assert all(row[0] + row[1] == after[0] for row, after in itertools.pairwise(rows))
    assert max(row[2] for row in rows) <= delta
    r = float(rows[0][0])
    low = (1 + r * np.sqrt(2 / np.pi)) ** n / levels.prod() - fsq(levels, r)
    assert float(below(L, n, rows[0][0]).mid()) == pytest.approx(low, abs=1e-12)
    assert low <= delta
    end = float(rows[-1][0] + rows[-1][1])
    assert 1 - fsq(levels, end) <= delta
    at, length, gap = max(rows, key=lambda row: row[2])
    line = line_from(L, n, *table_of_heights(kept), at, length)
    assert 0 < gap - Fraction(line.above_fsq(L)) < 2 * UNIT


def test_what_is_found_holds():
    """On the line, where FSQ is the best: a δ that is easy to reach takes few rows, and what is found passes."""
    found = check(find(2, 1, Fraction(1, 20), spacing=0.8))
    assert found.passed, found.findings
    assert "2^1 codes" in found.statement
    assert found.statement.endswith("by more than 0.05.")


def last(text: str) -> str:
    return text[:-1] + str((int(text[-1]) + 1) % 10)


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "levels": lambda made: made.update(levels=3),
    "n": lambda made: made.update(n=3),
    "delta": lambda made: made.update(delta="0.003"),
    "delta and the statement": lambda made: made.update(
        delta="0.003", statement=made["statement"].replace(SQUARE["delta"], "0.003")
    ),
    "a gap": lambda made: made["rows"][3].__setitem__(2, last(made["rows"][3][2])),
    "a gap too small": lambda made: made["rows"][0].__setitem__(2, "0.0001"),
    "a start": lambda made: made["rows"][2].__setitem__(0, last(made["rows"][2][0])),
    "a length": lambda made: made["rows"][1].__setitem__(1, "0.04" if made["rows"][1][1] != "0.04" else "0.02"),
    "a height": lambda made: made["heights"][0].__setitem__(1, last(made["heights"][0][1])),
    "a height far out": lambda made: made["heights"][1].__setitem__(-1, "1.5"),
    "an r of heights": lambda made: made["heights"][1].__setitem__(0, last(made["heights"][1][0])),
    "a row missing": lambda made: made["rows"].pop(1),
    "the last rows missing": lambda made: made.update(rows=made["rows"][:2]),
    "the first rows missing": lambda made: made.update(rows=made["rows"][12:]),
    "no rows": lambda made: made.update(rows=[]),
    "no heights": lambda made: made.update(heights=[]),
    "heights out of order": lambda made: made["heights"].reverse(),
    "a height that is a number": lambda made: made["heights"][0].__setitem__(1, -1),
    "levels that are listed but equal": lambda made: made.update(levels=[2, 2]),
    "levels of another dimension": lambda made: made.update(levels=[2, 2, 2]),
    "levels of another product": lambda made: made.update(levels=[2, 3]),
    "a length of 0": lambda made: made["rows"][0].__setitem__(1, "0"),
    "a negative length": lambda made: made["rows"][0].__setitem__(1, "-0.02"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_changed(what):
    made = copy.deepcopy(SQUARE)
    CHANGES[what](made)
    assert made != SQUARE
    found = check(made)
    assert not found.passed
    assert found.findings[0].startswith("rejected: ")
