"""Certificates of staggered grids: distances by differences of indices, quotients of errors, and what is rejected."""

from __future__ import annotations

import copy
import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from test_certificates import changed

import fsq_theory as ft
from fsq_theory import InputError
from fsq_theory.balls.arithmetic import precision
from fsq_theory.certificates.check import check
from fsq_theory.certificates.files import certificate_paths, read_certificate
from fsq_theory.certificates.find_staggered_grid import find_staggered_grid
from fsq_theory.certificates.staggered_decisions import decided_rightly
from fsq_theory.certificates.staggered_grid import Grid
from fsq_theory.certificates.staggered_grid_kind import moved_error, statement
from fsq_theory.denoiser.accuracy.certified_pairs import distance_counts

CARRIED = {path.stem: path for path in certificate_paths()}
HALF = Fraction(1, 2)


@pytest.mark.parametrize("name", ["pulled-in-4-2", "staggered-8-5-5-5"])
def test_a_carried_certificate_holds(name):
    found = check(read_certificate(CARRIED[name]))
    assert found.passed, found.findings


@pytest.mark.parametrize("levels", [(4, 2), (5, 3, 2), (4, 4, 2), (4, 4, 3, 2)])
def test_distances_are_those_of_the_codes(levels):
    grid = Grid(levels, "staggered", Fraction(2, 5))
    listed = {group.least_square: 2 * group.pairs for group in distance_counts(grid.codes)}
    assert dict(grid.distances) == listed
    book = ft.codebook(f"fsq:{','.join(map(str, levels))}+stagger:0.4")
    plain = {tuple(round(x, 9) for x in row) for row in book.points.tolist()}
    assert plain == {tuple(round(float(grid.codes.unit * x), 9) for x in row) for row in grid.codes.rows}


def test_far_distances_are_grouped_from_below():
    grid = Grid((8, 8, 6, 5), "staggered", HALF)
    exact = grid._by_differences()
    grouped = grid.distances
    assert len(grouped) < len(exact)
    assert sum(count for _, count in grouped) == sum(exact.values()) == grid.tokens * (grid.tokens - 1)
    assert all(square in exact for square, _ in grouped)
    assert math.fsum(float(s) * c for s, c in grouped) <= math.fsum(float(s) * c for s, c in exact.items())


def test_the_union_bound_is_above_and_the_quotient_falls():
    grid = Grid((8, 5), "staggered", HALF)
    with precision(96):
        for r in (Fraction(4), Fraction(9), Fraction(20)):
            assert grid.union(r) > moved_error(grid, r, 0)
        fine = 1 - Grid((8, 5), "staggered", HALF).grid_error(Fraction(9), 64)
        assert grid.union(Fraction(9)) / grid.far_quotient(Fraction(9)) < 1 - fine  # one axis errs less than both
        quotients = [grid.far_quotient(Fraction(r)) for r in range(1, 60, 7)]
        assert all(later < sooner for sooner, later in itertools.pairwise(quotients))


@pytest.mark.parametrize("r", [3, 8])
def test_decoding_is_bounded_from_below_in_the_plane(r):
    """To first order in the width of the cells; what is left out of the lattice is little."""
    grid = Grid((8, 5), "staggered", Fraction(2, 5))
    with precision(64):
        truth = 1 - moved_error(grid, Fraction(r), 0)
        missing = [float(truth - decided_rightly(grid, Fraction(r), cells)) for cells in (128, 256, 512)]
        assert all(short > 0 for short in missing)
        assert 1.8 < (missing[0] - missing[1]) / (missing[1] - missing[2]) < 2.2
        assert missing[2] < 0.0025


def by_simulation(levels, r, draws=40000):
    """The accuracy of the nearest code, and its standard error."""
    generator = np.random.default_rng(1)
    codes = r * np.array(ft.codebook(f"fsq:{','.join(map(str, levels))}+stagger:0.4").points)
    sent = generator.integers(len(codes), size=draws)
    seen = codes[sent] + generator.standard_normal((draws, len(levels)))
    decided = np.argmax(seen @ codes.T - (codes**2).sum(axis=1) / 2, axis=1)
    return float((decided == sent).mean()), float((decided == sent).std() / math.sqrt(draws))


@pytest.mark.parametrize(("levels", "r"), [((4, 3, 2), 3), ((4, 4, 2), 3), ((4, 4, 4, 3), 4), ((3, 2, 2), 1)])
def test_decoding_is_bounded_from_below_in_space(levels, r):
    grid = Grid(levels, "staggered", Fraction(2, 5))
    plain, stderr = by_simulation(levels, r)
    with precision(64):
        found = decided_rightly(grid, Fraction(r), 1024)
        assert found.rad() < 1e-12
        assert float(found.lower()) < plain + 5 * stderr
        if levels != (3, 2, 2):
            assert float(found.upper()) > plain - 5 * stderr - 0.003


def test_all_of_a_grid_that_is_far_apart_is_decoded():
    grid = Grid((8, 5, 5), "staggered", HALF)
    with precision(64):
        assert 1 - decided_rightly(grid, Fraction(200), 64) < 1e-16


def test_a_digit_changed_is_rejected():
    whole, count = read_certificate(CARRIED["staggered-8-5-5-5"]), 0
    rows = [*whole["rows"][-3:-1], [whole["rows"][-1][0], 0, "0"]]
    kept = whole | {"rows": rows}
    kept["statement"] = statement(kept)
    assert check(kept).passed
    for path, new in changed(kept):
        made = copy.deepcopy(kept)
        place: Any = made
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = new
        assert not check(made).passed, (path, new)
        count += 1
    assert count > 20


def test_what_is_found_is_certified_and_no_more():
    made = find_staggered_grid((8, 5), "staggered", "0.5", "8", "9")
    assert check(made).passed
    assert made["statement"].startswith("At every r in [8, 9] FSQ of levels [8, 5]")
    for change in (
        {"rows": [["8", 0, made["rows"][0][2]], ["9.5", 0, "0"]]},
        {"rows": [["5", 0, made["rows"][0][2]], *made["rows"][1:]]},
        {"rows": [["8", 0, "0"]]},
        {"rows": [["8", 0, "0"], ["9", 0, "0"]]},
        {"rows": [["8", 2, made["rows"][0][2]], *made["rows"][1:]]},
        {"rows": [*made["rows"][:-1], ["9", 0, "0.99"]]},
        {"rows": [*made["rows"][:-1], ["9", 2, "0"]]},
        {"rows": [*made["rows"][:-1], ["9", False, "0"]]},
        {"rows": made["rows"][::-1]},
        {"by": "0"},
        {"by": "1"},
        {"move": "turned"},
        {"levels": [8, 8]},
        {"levels": [8]},
        {"levels": "8,5"},
        {"levels": [32, 31]},
        {"bits": 64},
    ):
        assert not check({**made, **change}).passed, change
    with pytest.raises(InputError, match="no interval"):
        find_staggered_grid((8, 5), "staggered", "0.5", "5", "6")
    with pytest.raises(InputError, match="above 2/"):
        Grid((8, 2), "pulled in", Fraction(99, 100)).far_quotient(Fraction(100))
