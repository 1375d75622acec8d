"""Certified errors and distances contain the truth: mpmath, exact fractions, and closed forms beside bounds."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

import fsq_theory as ft
from fsq_theory import InputError
from fsq_theory.balls.arithmetic import ball, ends, less, precision
from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.codebooks.certified_distances import certified_distances
from fsq_theory.codebooks.exact_points import exact_points
from fsq_theory.denoiser.accuracy.certified import certified_error, certified_fsq_error
from fsq_theory.denoiser.accuracy.certified_integrals import biorthogonal_error, equidistant_error
from fsq_theory.denoiser.accuracy.certified_pairs import (
    bonferroni_bound,
    circumradius_square,
    distance_counts,
    union_bound,
    volume_bound,
)

CUBE = [list(corner) for corner in itertools.product([-1, 1], repeat=5)]
WITH_ORIGIN = [[0] * 5, *CUBE[1:]]


def exact(value: mpmath.mpf) -> Fraction:
    minus, mantissa, exponent, _ = value._mpf_
    return (-1) ** minus * Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def encloses(found, truth: mpmath.mpf, accuracy: float) -> bool:
    """Whether the enclosure contains a number known to 40 digits, and is as narrow as ``accuracy``."""
    low, high = ends(found.lower)[0], ends(found.upper)[1]
    value = exact(truth)
    margin = abs(value) / 10**40
    return low - margin <= value <= high + margin and high - low <= Fraction(accuracy) * value


@pytest.mark.parametrize("r", [Fraction(1, 1000), 1, Fraction(23, 10), 40, 400])
@pytest.mark.parametrize("levels", [[2], [8, 5, 5, 5], [3] * 8, [2] * 32])
def test_fsq_on_the_exact_grid(levels, r):
    with mpmath.workdps(60):
        rate = mpmath.mpf(r.numerator) / r.denominator if isinstance(r, Fraction) else mpmath.mpf(r)
        short = {L: mpmath.erfc(rate / (L - 1) / mpmath.sqrt(2)) * (1 - mpmath.mpf(1) / L) for L in set(levels)}
        truth = -mpmath.expm1(mpmath.fsum(mpmath.log1p(-short[L]) for L in levels))
    assert encloses(certified_fsq_error(levels, r), truth, 1e-33)


def test_codes_of_a_spec_are_the_floats_that_they_are():
    ideal, held = certified_fsq_error([4], 40), certified_error("fsq:4", 40)
    points = [Fraction(x) for x in ft.codebook("fsq:4").points[:, 0].tolist()]
    with mpmath.workdps(50):
        tails = (
            mpmath.erfc(40 * (mpmath.mpf((b - a).numerator) / (b - a).denominator) / 2 / mpmath.sqrt(2))
            for a, b in itertools.pairwise(points)
        )
        truth = mpmath.fsum(tails) / 4
    assert encloses(held, truth, 1e-33)
    assert held.less_than(ideal) or ideal.less_than(held)  # the double next to 1/3 is not 1/3
    assert math.isclose(float(held.lower), float(ideal.lower), rel_tol=1e-12)


@pytest.mark.parametrize("rows", [[[0], [1], [3]], [[Fraction(1, 3)], [0.1], [-2], [Fraction(22, 7)]]])
@pytest.mark.parametrize("r", [Fraction(1, 7), 3, 100])
def test_codes_on_a_line(rows, r):
    values = sorted(Fraction(row[0]) for row in rows)
    with mpmath.workdps(50):
        rate = mpmath.mpf(Fraction(r).numerator) / Fraction(r).denominator
        gaps = [mpmath.mpf((b - a).numerator) / (b - a).denominator for a, b in itertools.pairwise(values)]
        truth = mpmath.fsum(mpmath.erfc(rate * gap / 2 / mpmath.sqrt(2)) for gap in gaps) / len(values)
    found = certified_error(rows, r)
    assert found.method == "closed form"
    assert encloses(found, truth, 1e-33)


def test_listed_grids_are_products_in_any_order():
    rows = [[a, b, 5] for a in (0, 1, 3) for b in (Fraction(1, 3), 2)]
    shuffled, axes = certified_error(rows[::-1], 2), [[0], [1], [3]]
    parts = [certified_error(axes, 2), certified_error([[Fraction(1, 3)], [2]], 2)]
    with precision(100):
        truth = 1 - (1 - parts[0].error) * (1 - parts[1].error)
    assert shuffled.method == "closed form"
    assert shuffled.error.overlaps(truth)
    assert certified_error(ft.codebook("fsq:3^8"), 5).error.overlaps(certified_fsq_error([3] * 8, 5).error)
    listed = certified_error(ArrayCodebook(ft.codebook("fsq:3^4").points), 5)
    assert listed.error.overlaps(certified_fsq_error([3] * 4, 5).error)
    assert listed.error.rel_accuracy_bits() > 100


@pytest.mark.parametrize(
    ("tokens", "rho", "digits"),
    [
        (16, 2, "0.4051437671801727443"),
        (256, 3, "0.43323504596835680311"),
        (50257, 4, "0.587251005327094847"),
    ],
)
def test_one_hot_codes(tokens, rho, digits):
    found = certified_error(f"onehot:{tokens}", rho)
    assert found.method == "integral"
    assert found.error.rel_accuracy_bits() > 100
    assert abs(float(found.lower) - float(digits)) < 1e-10


@pytest.mark.parametrize(("tokens", "rho"), [(3, Fraction(1, 3)), (16, 2), (6, 30)])
def test_integrals_against_mpmath(tokens, rho):
    with mpmath.workdps(45):
        s = mpmath.mpf(rho.numerator) / rho.denominator if isinstance(rho, Fraction) else mpmath.mpf(rho)
        panels = [s / 2 + k for k in range(-15, 16, 1)] if s > 20 else [s - 14, -3, 0, s, s + 3, s + 14]

        def beaten(z):
            tail = mpmath.erfc(z / mpmath.sqrt(2)) / 2
            return -mpmath.expm1((tokens - 1) * mpmath.log1p(-tail)) if z > 0 else 1 - (1 - tail) ** (tokens - 1)

        scale = mpmath.exp(s**2 / 4)  # mpmath stops at an absolute error
        plain = mpmath.quad(lambda z: scale * mpmath.npdf(z, s) * beaten(z), panels) / scale

        def outside(z):
            tail = mpmath.erfc(z / mpmath.sqrt(2))
            return mpmath.fsum(-((-1) ** j) * math.comb(tokens // 2 - 1, j) * tail**j for j in range(1, tokens // 2))

        half = mpmath.quad(lambda z: scale * mpmath.npdf(z, s) * outside(z), [z for z in panels if z >= 0]) / scale
        half += mpmath.erfc(s / mpmath.sqrt(2)) / 2
    with precision(140):
        rate = ball(rho)
    for value, truth in (
        (equidistant_error(rate, tokens, 100), plain),
        (biorthogonal_error(rate, tokens, 100), half),
    ):
        if tokens % 2 == 0 or truth is plain:
            low, high = ends(value)
            assert low * (1 - Fraction(1, 10**18)) <= exact(truth) <= high * (1 + Fraction(1, 10**18))
            assert value.rel_accuracy_bits() > 95


@pytest.mark.parametrize("spec", ["simplex:16", "biorthogonal:16", "biorthogonal:2", "onehot:2", "digits:4,3"])
@pytest.mark.parametrize("r", [0.5, 2.0, 9.0])
def test_regular_codes_agree_with_quadrature(spec, r):
    found, plain = certified_error(spec, r), ft.accuracy(spec, r=r)
    assert found.error.rel_accuracy_bits() > 60
    assert math.isclose(float(found.lower), float(plain.error), rel_tol=1e-11)


def test_integrals_too_far_out_are_left_to_pairs():
    far = certified_error("onehot:16", 10**4)
    assert far.method == "pairs"
    assert far.lower > 0
    assert less(far.lower, far.upper)
    near = [certified_error("simplex:16", r) for r in (60, 200)]
    assert [found.method for found in near] == ["integral", "pairs"]


LINEAR = [[0, 0], [1, 0], [3, 0], [7, 0], [0.5, 0]]


@pytest.mark.parametrize("r", [Fraction(1, 10), 1, 3, 10, 40, 300])
def test_bounds_by_pairs_hold_beside_closed_forms(r):
    cube = exact_points(CUBE)
    for points, truth in (
        (cube, certified_fsq_error([2] * 5, r).error),
        (exact_points(LINEAR), certified_error([[row[0]] for row in LINEAR], r).error),
        (exact_points("fsq:3^2"), certified_fsq_error([3, 3], r).error),
    ):
        with precision(120):
            lower, upper = bonferroni_bound(points, ball(r)), union_bound(points, ball(r))
            assert not lower > truth
            assert not upper < truth
            assert not volume_bound(points, ball(r)) > truth
            if r >= 10:
                assert upper - lower < truth / 1000


@pytest.mark.parametrize("r", [1, 3, 8])
def test_bounds_by_pairs_hold_in_the_plane(r):
    points = exact_points(np.random.default_rng(7).uniform(-1, 1, (24, 2)).tolist())
    with precision(64):
        truth = certified_error(points, r).error
        assert bonferroni_bound(points, ball(r)) < truth
        assert volume_bound(points, ball(r)) < truth
        assert union_bound(points, ball(r)) > truth


def test_the_overlap_of_two_half_spaces():
    assert circumradius_square(4, 4, 8) == 2  # right angle at the token sent: radius √2
    assert circumradius_square(4, 16, 4) is None  # collinear on one side: obtuse
    assert circumradius_square(4, 9, 25) == 0  # collinear on both sides
    assert circumradius_square(3, 3, 3) == 1


def test_a_cube_with_the_origin_for_a_corner_is_better_where_it_is():
    changed, cube = certified_error(WITH_ORIGIN, 5), certified_fsq_error([2] * 5, 5)
    assert changed.less_than(cube) is True
    assert cube.less_than(changed) is False
    assert certified_error("bits:5+swap-origin", 5).less_than(certified_error("bits:5", 5)) is True
    assert certified_error(WITH_ORIGIN, 1).less_than(certified_fsq_error([2] * 5, 1)) is None
    four = [[0] * 4, *list(itertools.product([-1, 1], repeat=4))[1:]]
    for r in (1, 3, 5, 20):
        assert certified_error(four, r).less_than(certified_fsq_error([2] * 4, r)) is not True


def test_errors_below_the_smallest_float():
    found = certified_error(WITH_ORIGIN, 40)
    row = found.row()
    assert (row["lower"], row["upper"]) == (0.0, 5e-324)
    assert row["log_lower"] <= row["log_upper"] < 0
    assert abs(row["log_lower"] + 803.0635) < 1e-3
    assert 0 < row["log_upper"] - row["log_lower"] < 1e-9
    with mpmath.workdps(40):  # nearly all: the 150 ordered pairs of corners at distance 2
        leading = exact(150 * mpmath.erfc(40 / mpmath.sqrt(2)) / 2 / 32)
    assert ends(found.lower)[0] < leading * (1 + Fraction(1, 10**9))
    assert leading * (1 - Fraction(1, 10**9)) < ends(found.upper)[1]


@pytest.mark.parametrize("codebook", ["fsq:3^2", "onehot:5", "biorthogonal:6", WITH_ORIGIN, LINEAR])
def test_no_signal(codebook):
    found = certified_error(codebook, 0)
    K = found.K
    assert ends(found.lower)[0] <= 1 - Fraction(1, K) <= ends(found.upper)[1]
    assert found.error.rel_accuracy_bits() > 100


@pytest.mark.parametrize("codebook", ["fsq:3^2", "onehot:5", WITH_ORIGIN])
def test_intervals_of_r_enclose_what_is_between(codebook):
    wide = certified_error(codebook, arb(2, 0.5))
    for r in (1.5, 2, 2.5):
        found = certified_error(codebook, r)
        assert not found.lower < wide.lower
        assert not found.upper > wide.upper
    assert wide.row()["r"] == 2.0


COORDINATE = st.integers(-4, 4)


@settings(max_examples=25)
@given(st.sets(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=7), st.fractions(0, 12, max_denominator=5))
def test_enclosures_hold_in_the_plane(codes, r):
    rows = sorted(codes)
    found = certified_error(rows, r)
    with precision(200):
        assert less(found.upper, found.lower) is not True
    plain = ft.accuracy(ArrayCodebook(np.array(rows, dtype=float)), r=float(r))
    if plain.method != "monte-carlo":
        low, high = (float(x) for x in (found.lower, found.upper))
        assert low * (1 - 1e-9) - 1e-300 <= float(plain.error) <= high * (1 + 1e-9) + 1e-300
    moved = certified_error([[a + Fraction(1, 3), b - 7] for a, b in rows], r)
    with precision(200):
        assert less(moved.upper, found.lower) is not True
        assert less(found.upper, moved.lower) is not True


@pytest.mark.parametrize(
    ("codebook", "r", "message"),
    [
        ("fsq:3", -1, "expected an amplitude ratio"),
        ("fsq:3", math.inf, "expected an exact finite number"),
        ("fsq:3", arb("nan"), "expected an exact finite number"),
        ("random:K=1025,n=3+prior:zipf", 1, "at most 1024"),
        ([[0], [0]], 1, "are equal"),
        ([[0], [0, 1]], 1, "all of one length"),
        ([[0]], 1, "at least 2"),
        ([["0"], [1]], 1, "expected an exact finite number"),
        ("hamming", 1, "unknown codebook"),
    ],
)
def test_bad_input_is_refused(codebook, r, message):
    with pytest.raises(InputError, match=message):
        certified_error(codebook, r)


def test_bad_levels_are_refused():
    for levels in ([], [1], [3, 0]):
        with pytest.raises(InputError, match="FSQ levels"):
            certified_fsq_error(levels, 1)


def test_distances_are_counted_exactly_or_from_below():
    counts = distance_counts(exact_points(WITH_ORIGIN))
    assert sum(group.pairs for group in counts) == 32 * 31 // 2
    assert {group.least_square: group.pairs for group in counts}[Fraction(5)] == 31
    rows = np.random.default_rng(3).uniform(-1, 1, (40, 3)).tolist()
    counts = distance_counts(exact_points(rows))
    true = sorted(
        sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(*pair, strict=True))
        for pair in itertools.combinations(rows, 2)
    )
    listed = [group.least_square for group in counts for _ in range(group.pairs)]
    assert len(listed) == len(true)
    assert all(low <= square <= low * (1 + Fraction(1, 10**10)) for low, square in zip(listed, true, strict=True))


def test_distances_in_bins_are_bounds_from_below(monkeypatch):
    monkeypatch.setattr("fsq_theory.denoiser.accuracy.certified_pairs.FINE", 10)
    rows = np.random.default_rng(4).uniform(-1, 1, (60, 3)).tolist()
    points = exact_points(rows)
    counts = distance_counts(points)
    true = sorted(points.unit**2 * points.square(i, j) for i, j in itertools.combinations(range(60), 2))
    listed = [group.least_square for group in counts for _ in range(group.pairs)]
    assert len(counts) < len(true)
    assert len(listed) == len(true)
    assert all(low <= square <= low * Fraction(101, 100) for low, square in zip(listed, true, strict=True))


@pytest.mark.parametrize("n", [5, 8])
def test_mean_nearest_distance_of_the_cube_with_the_origin(n):
    rows = [[0] * n, *[list(c) for c in itertools.product([-1, 1], repeat=n)][1:]]
    found = certified_distances(rows)
    assert found.d_min_square == 4
    assert dict(found.nearest_squares) == {Fraction(4): 2**n - 1, Fraction(n): 1}
    with precision(128):
        assert found.nn_mean.overlaps(2 + (arb(n).sqrt() - 2) / 2**n)
        assert found.nn_mean > 2
        assert found.nn_mean.rel_accuracy_bits() > 110


@pytest.mark.parametrize("rows", [[[0, 0], [Fraction(1, 3), 0], [0, Fraction(1, 7)]], [[1e300], [1e-300], [-5.0]]])
def test_distances_against_fractions(rows):
    found = certified_distances(rows)
    exactly = [[Fraction(x) for x in row] for row in rows]
    nearest = [
        min(sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) for j, q in enumerate(exactly) if j != i)
        for i, p in enumerate(exactly)
    ]
    assert sorted(s for s, count in found.nearest_squares for _ in range(count)) == sorted(nearest)


@pytest.mark.parametrize("spec", ["hamming8", "fsq:4^3", "random:K=64,n=5,law=box,seed=0", "psk:7"])
def test_distances_agree_with_plain_ones(spec):
    found, plain = certified_distances(spec), ft.distance_statistics(spec)
    assert math.isclose(float(found.nn_mean), plain.nn_mean, rel_tol=1e-13)
    assert math.isclose(float(found.d_min), plain.d_min, rel_tol=1e-13)


def test_too_many_codes_to_pair_are_refused():
    with pytest.raises(InputError, match="looks at all pairs"):
        certified_distances([[i, i**2] for i in range(8193)])


def test_two_opposite_codes_keep_their_accuracy():
    error = certified_error("biorthogonal:2", 60)
    assert error.method == "closed form"
    assert float(error.log_error.rad()) < 1e-30
    assert float(error.log_error) == pytest.approx(float(mpmath.log(mpmath.erfc(60 / mpmath.sqrt(2)) / 2)))


@pytest.mark.parametrize("codebook", ["fsq:3,3", "onehot:5", "onehot:4+prior:zipf,s=1"])
def test_ratios_beyond_float64_have_rows(codebook):
    row = certified_error(codebook, 10**400).row()
    assert row["r"] == math.inf
    assert row["error"] == row["lower"] == 0
