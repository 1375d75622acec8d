"""Certified errors under unequal priors contain the truth: thresholds in mpmath, products, and bounds from pairs."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb, fmpq

import fsq_theory as ft
from fsq_theory import InputError
from fsq_theory.balls.arithmetic import ball, ends, less, precision
from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.codebooks.exact_points import exact_points
from fsq_theory.codebooks.product_codebook import ProductCodebook
from fsq_theory.denoiser.accuracy.certified import certified_error
from fsq_theory.denoiser.accuracy.certified_competitors import unequal_equidistant, unequal_union
from fsq_theory.denoiser.accuracy.certified_integrals import unequal_equidistant_error
from fsq_theory.denoiser.accuracy.certified_line import line_error
from fsq_theory.denoiser.accuracy.certified_prior import tree_bound, weights
from fsq_theory.denoiser.accuracy.certified_span import Line


def rational(value: mpmath.mpf) -> Fraction:
    minus, mantissa, exponent, _ = value._mpf_
    return (-1) ** minus * Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def number(value):
    exact = Fraction(value)
    return mpmath.mpf(exact.numerator) / exact.denominator


def on_a_line(codes, prior, r):
    """1 − A at 60 digits: each token is decided for between the nearest thresholds to its competitors."""
    total = mpmath.mpf(0)
    for k, code in enumerate(codes):
        low, high = -mpmath.inf, mpmath.inf
        for j, other in enumerate(codes):
            if j != k:
                gap = number(other) - number(code)
                h = r * abs(gap) / 2 + mpmath.log(number(prior[k]) / number(prior[j])) / (r * abs(gap))
                low, high = (low, min(high, h)) if gap > 0 else (max(low, -h), high)
        beyond = mpmath.erfc(high / mpmath.sqrt(2)) / 2 + mpmath.erfc(-low / mpmath.sqrt(2)) / 2
        total += number(prior[k]) * (beyond if low < high else 1)
    return total / mpmath.fsum(number(p) for p in prior)


CASES = [
    ([0, 1], [3, 1]),
    ([0, 1, 3], [1, 5, 2]),
    ([-1, Fraction(1, 3), 0.1, 2], [Fraction(1, 7), 0.3, 1e-9, 1]),
    ([0, 1, 2, 3, 4], [1, 2, 1, 2, 1]),
    ([0, 1, 2], [1, 1e-300, 1]),
]


@pytest.mark.parametrize("r", [Fraction(1, 1000), Fraction(1, 3), 2, 60, 1000])
@pytest.mark.parametrize(("codes", "prior"), CASES)
def test_codes_on_a_line(codes, prior, r):
    found = certified_error([[code] for code in codes], r, prior=prior)
    with mpmath.workdps(60):
        truth = rational(on_a_line(codes, prior, number(r)))
    low, high = ends(found.lower)[0], ends(found.upper)[1]
    assert found.method == "closed form"
    assert low * (1 - Fraction(1, 10**40)) <= truth <= high * (1 + Fraction(1, 10**40))
    assert high - low <= truth / 10**34
    embedded = certified_error(
        [[code, 2 * code, -2 * code] for code in map(Fraction, codes)], Fraction(r) / 3, prior=prior
    )
    assert embedded.error.overlaps(found.error)


def test_a_line_in_the_plane_is_a_line():
    """With a far token that is almost never sent, codes on a line are cut by the planar cells: nothing else changes."""
    codes, prior = [0, 1, 3], [1, 5, 2]
    alone = certified_error([[code] for code in codes], 2, prior=prior)
    beside = certified_error([*([code, 0] for code in codes), [0, 1000]], 2, prior=[*prior, Fraction(1, 10**60)])
    assert beside.method == "cells"
    assert abs(float(beside.lower) / float(alone.lower) - 1) < 1e-15


@pytest.mark.parametrize("r", [0, Fraction(1, 10), 1, 40])
def test_probability_zero_is_no_token(r):
    with_none = certified_error([[0], [1], [5]], r, prior=[1, 0, 2])
    assert with_none.error.overlaps(certified_error([[0], [5]], r, prior=[1, 2]).error)
    alone = certified_error([[0, 0], [1, 0], [5, 1]], r, prior=[0, 1, 0])
    assert (alone.lower, alone.upper) == (0, 0)
    assert alone.row()["log_error"] == alone.row()["log_upper"] == -math.inf
    plain = ft.accuracy(ArrayCodebook([[0.0, 0.0], [1.0, 0.0], [5.0, 1.0]], [0.0, 1.0, 0.0]), float(r))
    assert (plain.value, plain.log_error) == (1.0, -math.inf)
    equal = certified_error([[0, 0], [1, 0], [5, 1]], r, prior=[2, 0, 2])
    assert equal.error.overlaps(certified_error([[0, 0], [5, 1]], r).error)


def test_products_of_priors_keep_errors_below_rounding():
    first, second = ArrayCodebook([[0.0], [1.0], [2.5]], [0.5, 0.25, 0.25]), ArrayCodebook([[0.0], [2.0]], [0.75, 0.25])
    product = ProductCodebook([first, second, first])
    for r in (0.01, 1.0, 60.0):
        found, parts = certified_error(product, r), [certified_error(first, r), certified_error(second, r)]
        with precision(400):
            truth = 1 - (1 - parts[0].error) ** 2 * (1 - parts[1].error)
        assert found.method == "closed form"
        assert found.error.rel_accuracy_bits() > 120
        assert found.error.overlaps(truth) or r > 10
        listed = certified_error(product.with_prior(product.prior), r)  # in three dimensions: pairs
        assert listed.method == "pairs"
        assert less(found.upper, listed.lower) is not True
        assert less(listed.upper, found.lower) is not True
        plain = ft.accuracy(product, r)
        assert math.isclose(found.row()["log_error"], float(plain.log_error), rel_tol=1e-12, abs_tol=1e-12)
    silent = certified_error(product, 0)
    assert silent.error.contains(fmpq(1) - fmpq(1, 4) * fmpq(3, 4))


@pytest.mark.parametrize("sharpness", [0.1, 1.0])
def test_pairs_bound_what_the_plane_decides(sharpness):
    rng = np.random.default_rng(8)
    rows, prior = rng.uniform(-1, 1, (12, 2)).tolist(), rng.dirichlet(np.full(12, sharpness)).tolist()
    points = exact_points(rows)
    shares = [Fraction(p) / sum(map(Fraction, prior)) for p in prior]
    for r in (1, 6, 50):
        truth = certified_error(rows, r, prior=prior).error
        with precision(64):
            lower, upper = tree_bound(points, shares, ball(r)), unequal_union(points, shares, ball(r))
            assert not lower > truth
            assert not upper < truth
            assert (upper / lower < 1.001) == (r == 50)


def test_bounds_from_pairs_in_space_hold_monte_carlo():
    rng = np.random.default_rng(9)
    book = ArrayCodebook(rng.uniform(-1, 1, (30, 3)), rng.dirichlet(np.full(30, 0.5)))
    for r in (2.0, 8.0):
        found, plain = certified_error(book, r).row(), ft.accuracy(book, r, samples=4096)
        assert found["route"] == "pairs"
        assert found["lower"] < float(plain.error) + 5 * float(plain.stderr)
        assert float(plain.error) - 5 * float(plain.stderr) < found["upper"]


def beaten_by_mpmath(prior, rho):
    """1 − A of equidistant codes at 20 digits, by the score that the token sent has."""
    logs = [mpmath.log(number(p)) / rho for p in prior]

    def density(y):
        total = mpmath.mpf(0)
        for k, p in enumerate(prior):
            others = mpmath.fsum(
                mpmath.log1p(-mpmath.erfc((y - log) / mpmath.sqrt(2)) / 2) for j, log in enumerate(logs) if j != k
            )
            total -= number(p) * mpmath.npdf(y, logs[k] + rho) * mpmath.expm1(others)
        return total

    low, high = min(logs) + rho - 10, max(logs) + rho + 10
    return mpmath.quad(density, [low + (high - low) * i / 8 for i in range(9)])


@pytest.mark.parametrize("rho", [Fraction(1, 2), 5])
def test_equidistant_codes(rho):
    prior = [Fraction(1, 4), Fraction(1, 4), Fraction(1, 2)]
    with mpmath.workdps(20):
        truth = rational(beaten_by_mpmath(prior, number(rho)))
    with precision(200):
        found = unequal_equidistant_error(ball(rho), prior, 100)
    low, high = ends(found)
    assert low * (1 - Fraction(1, 10**13)) <= truth <= high * (1 + Fraction(1, 10**13))
    assert found.rel_accuracy_bits() > 90


@pytest.mark.parametrize("spec", ["onehot:9+prior:zipf", "simplex:12+prior:zipf,s=3.0"])
def test_equidistant_codes_of_a_spec(spec):
    for r in (0.3, 3.0, 12.0):
        found, plain = certified_error(spec, r), ft.accuracy(spec, r)
        assert found.method == "integral"
        assert found.error.rel_accuracy_bits() > 100
        assert math.isclose(found.row()["log_error"], float(plain.log_error), rel_tol=1e-9, abs_tol=1e-11)


def test_two_equidistant_codes_are_a_line():
    codes = ft.codebook("onehot:2").with_prior([0.875, 0.125])
    for r in (Fraction(1, 100), 2, 20):
        line = certified_error([[0, 0], [1, 1]], r, prior=[7, 1])  # the same distance √2
        assert certified_error(codes, r).error.overlaps(line.error)
    rare = ft.codebook("onehot:3").with_prior([1 - 2e-200, 1e-200, 1e-200])
    assert certified_error(rare, 1).error.rel_accuracy_bits() > 100
    assert certified_error(ft.codebook("onehot:3").with_prior([0, 1, 0]), 1).upper == 0
    half = ft.codebook("onehot:3").with_prior([0.5, 0.5, 0])
    assert certified_error(half, 1).error.overlaps(certified_error("onehot:2", 1).error)
    assert certified_error("onehot:100+prior:zipf", 1).method == "pairs"  # a hundred different priors


def test_any_decisions_err_at_least_as_often():
    """The error of deciding by other weights is no less than 1 − A, and by close ones at most e^{2ε} times it."""
    line = Line((0, 1, 3), Fraction(1))
    shares = [Fraction(1, 8), Fraction(5, 8), Fraction(2, 8)]
    probability = [fmpq(p.numerator, p.denominator) for p in shares]
    best = certified_error([[0], [1], [3]], 2, prior=shares).error
    near = weights(shares, 100)
    with precision(200):
        exact = line_error(line, Fraction(2), probability, near.values)
        assert best.overlaps(exact)
        assert 1 - near.share < arb(2) ** -90
        for shift in itertools.product((fmpq(-1, 10), fmpq(0), fmpq(1, 10)), repeat=3):
            moved = [value + by for value, by in zip(near.values, shift, strict=True)]
            other = line_error(line, Fraction(2), probability, moved)
            assert other < best * (arb(2) / 10).exp()
            if len(set(shift)) > 1:
                assert other > best


def test_three_borders_at_one_place():
    """With weights so that all three borders coincide the middle token is decided for nowhere."""
    line = Line((-1, 0, 1), Fraction(1))
    third = [fmpq(1, 3)] * 3
    with precision(128):
        for middle in (fmpq(-1, 2), fmpq(-1), fmpq(-10)):
            found = line_error(line, Fraction(1), third, [fmpq(0), middle, fmpq(0)])
            assert found.overlaps((1 + 2 * (1 / arb(2).sqrt()).erfc() / 2) / 3)


def test_intervals_of_r_under_a_prior():
    codes, prior = [[0, 0], [1, 0], [1, 2], [4, 3]], [1, 2, 3, 4]
    wide = certified_error(codes, arb(2, 1.75), prior=prior)
    for r in (Fraction(1, 4), 2, Fraction(15, 4)):
        found = certified_error(codes, r, prior=prior)
        assert not found.lower < wide.lower
        assert not found.upper > wide.upper
    assert certified_error(codes, arb(1, 1), prior=prior).upper <= certified_error(codes, 0, prior=prior).upper


@pytest.mark.parametrize(
    ("codebook", "prior", "message"),
    [
        ([[0], [1]], [1], "prior of 1 numbers: expected 2"),
        ([[0], [1]], [1, -1], "none below 0"),
        ([[0], [1]], [0, 0], "not all 0"),
        ([[0], [1]], ["1", 1], "expected an exact finite number"),
        ("fsq:2", [1, 1], "has its own"),
    ],
)
def test_what_is_no_prior_is_refused(codebook, prior, message):
    with pytest.raises(InputError, match=message):
        certified_error(codebook, 1, prior=prior)


@pytest.mark.parametrize("exponent", [2, 5, 17, 300])
@pytest.mark.parametrize("prior", [(2, 1), (2, 1, 1), (3, 1, 1)])
def test_equidistant_codes_that_are_hardly_heard(prior, exponent):
    """The prior decides but for a part e^{−1/ρ²}: 1 − max π; what is integrated over is log π/ρ wide."""
    shares = [Fraction(p, sum(prior)) for p in prior]
    missing = 1 - max(shares)
    for digits in range(60, 100, 8):
        rho = Fraction(digits, 10 ** (exponent + 2))
        with precision(96):
            found = unequal_equidistant_error(ball(rho), shares, 64)
        assert (found is None) == (exponent > 5)
        if found is not None:
            low, high = ends(found)
            assert low <= missing <= high + Fraction(1, 2**150)
            assert high - low < Fraction(1, 2**60)
        error = certified_error(ft.codebook(f"onehot:{len(prior)}").with_prior([float(p) for p in shares]), rho)
        assert float(error.lower) == pytest.approx(float(missing), rel=1e-15)


def test_equidistant_codes_in_pairs_are_listed_codes_in_pairs():
    points = exact_points([[int(i == j) for i in range(6)] for j in range(6)])
    prior = [Fraction(p, 20) for p in (3, 3, 5, 5, 1, 3)]
    for r in (Fraction(1, 10), 1, 7):
        with precision(96):
            low, high = unequal_equidistant(ball(r) * arb(2).sqrt() / 2, prior)
            tree = tree_bound(points, prior, ball(r))
            assert not low < tree  # whose tree is chosen by estimates
            assert float(low / tree) == pytest.approx(1, rel=0.02)
            assert low < unequal_equidistant_error(ball(r), prior, 64)
            assert high.overlaps(unequal_union(points, prior, ball(r)))
            assert max(float(low.rad() / low.mid()), float(high.rad() / high.mid())) < 1e-25


def test_pairs_of_very_many_codes_are_counted_by_their_priors():
    """The ideal simplex too far out for an integral; 5000 one-hot codes hardly heard."""
    error = certified_error("simplex:12+prior:zipf", 200)
    plain = ft.accuracy("simplex:12+prior:zipf", 200)
    assert error.method == "pairs"
    assert error.log_error.contains(arb(float(plain.log_error)))
    many = ft.codebook("onehot:5000").with_prior(np.where(np.arange(5000) < 9, 4.0, 1.0) / 5027)
    found = certified_error(many, Fraction(1, 10**40))
    assert found.method == "pairs"
    assert float(found.lower) == pytest.approx(1 - 4 / 5027, rel=1e-12)
