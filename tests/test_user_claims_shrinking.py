"""Counterexamples get smaller: fewer tokens moved, simple coordinates, short numbers, smaller references."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from fsq_theory.claims.codes import Codes
from fsq_theory.claims.moves import codes_of, moved_tokens
from fsq_theory.claims.point_text import number_text, point_text
from fsq_theory.claims.shrink import shrunk
from fsq_theory.claims.variables import Codebooks, Integer, Priors, Real, Specs

F = Specs("F", ["fsq:2^2", "fsq:2^3", "fsq:2^4"])
E = Codebooks("E", like=F)
r = Real("r", 0.1, 8)
k = Integer("k", 1, 9)
START = codes_of(F, "fsq:2^4").points


def moved(rows, ratio="3.14159", spec="fsq:2^4"):
    raw = np.array(codes_of(F, spec).points)
    for i, place in rows.items():
        raw[i] = place
    return {"F": spec, "r": Fraction(ratio), "E": Codes(raw, "linf")}


def test_numbers_get_short_where_the_claim_still_fails():
    found = shrunk({"r": Fraction("3.14159"), "k": 7}, (r, k), lambda p: p["r"] > Fraction("3.1") and p["k"] > 2)
    assert found == {"r": 4, "k": 3}
    found = shrunk({"r": Fraction("3.14159")}, (r,), lambda p: Fraction("3.12") < p["r"] < Fraction("3.19"))
    assert found == {"r": Fraction("3.15")}


def test_tokens_that_do_not_matter_are_put_back():
    generator = np.random.default_rng(0)
    point = moved({})
    point["E"] = Codes(np.clip(START + 0.1 * generator.standard_normal(START.shape), -1, 1), "linf")
    point["E"].raw[[3, 12]] = point["E"].raw[[12, 3]]

    def fails(p):
        return p["F"] == "fsq:2^4" and bool(np.any(np.all(np.abs(p["E"].points - START[9]) < 0.4, axis=1)))

    point["E"].raw[9] = START[9] * 0.8
    found = shrunk(point, (F, E, r), fails)
    assert moved_tokens(found["E"], START) == []
    assert found["r"] == 3


def test_one_moved_token_at_simple_coordinates():
    point = moved({5: [0.26, 0.03, -0.04, 0.9], 6: [1, 1, 1, 0.5]})

    def fails(p):
        return p["F"] == "fsq:2^4" and bool(np.any(np.abs(p["E"].points[:, 0] - 0.3) < 0.1))

    found = shrunk(point, (F, E, r), fails)
    assert moved_tokens(found["E"], START) == [0]
    assert found["E"].points[0].tolist() == [1 / 3, 0, 0, 1]
    assert point_text(found, (F, E, r)) == "F = fsq:2^4, r = 3, E = F with token 0 at [1/3, 0, 0, 1]"


def test_a_smaller_reference_is_tried_with_the_same_move():
    def fails(p):
        zero = np.any(np.all(p["E"].points == 0, axis=1))
        return bool(zero) and p["r"] >= {"fsq:2^2": 9, "fsq:2^3": 4, "fsq:2^4": 3}[p["F"]]

    found = shrunk(moved({7: [0, 0, 0, 0]}), (F, E, r), fails)
    assert (found["F"], found["r"]) == ("fsq:2^3", 4)
    assert moved_tokens(found["E"], codes_of(F, "fsq:2^3").points) == [0]


def test_tokens_keep_their_places_under_a_prior():
    prior = Priors("P", of=E)
    point = {**moved({2: [0, 0]}, spec="fsq:2^2"), "P": np.array([0.1, 0.2, 0.3, 0.4])}
    found = shrunk(point, (F, E, prior), lambda p: bool(np.all(p["E"].points[2] == 0)))
    assert moved_tokens(found["E"], codes_of(F, "fsq:2^2").points) == [2]


def test_looks_are_counted():
    seen = []
    shrunk(moved({7: [0.1, 0.2, 0.3, 0.4]}), (F, E, r), lambda p: bool(seen.append(p)), looks=5)
    assert len(seen) == 5


@pytest.mark.parametrize("value", [1 / 3, -2 / 3, 0.1, 5.0, -0.0, 5 / 7, 1e-9, 0.123456789012345, Fraction(1, 3), 7])
def test_numbers_are_written_as_python_reads_them(value):
    text = number_text(value)
    read = eval(text, {})
    assert read == (float(value) if not isinstance(value, int) else value)
    assert "e" in text or len(text) <= 20
