"""Certified bounds: overlaps against mpmath, the plain bounds within the enclosures, and true errors between them."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb

import fsq_theory as ft
from fsq_theory import InputError
from fsq_theory.balls.arithmetic import ball, ends, precision
from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.codebooks.exact_points import exact_points
from fsq_theory.denoiser.accuracy.certified import certified_error
from fsq_theory.denoiser.accuracy.certified_bounds import certified_bounds
from fsq_theory.denoiser.accuracy.certified_overlap import overlap
from fsq_theory.denoiser.accuracy.certified_pairs import bonferroni_bound, tail

BELOW = ("single", "bonferroni", "de_caen", "volume")


def quadrant(h: float, k: float, a: int, b: int, c: int) -> Fraction:
    """P(X > h, Y > k) at about 30 digits, by the law of Y given X."""
    with mpmath.workdps(40):
        rho = mpmath.mpf(a + b - c) / (2 * mpmath.sqrt(a * b))
        root = mpmath.sqrt(1 - rho**2)
        scale = mpmath.exp(mpmath.mpf(h) ** 2 / 2) if h > 0 else 1  # mpmath stops at an absolute error
        places = sorted({h, *(h + t for t in (0.5, 1, 2, 4, 8, 16)), *([k / rho] if rho > 0 and k / rho > h else [])})
        value = mpmath.quad(lambda x: scale * mpmath.npdf(x) * mpmath.ncdf((rho * x - k) / root), places)
        return Fraction(int(value / scale * mpmath.mpf(2) ** 120), 2**120)


@pytest.mark.parametrize("triangle", [(1, 1, 1), (4, 4, 5), (4, 9, 12), (50, 50, 1)])
@pytest.mark.parametrize(("h", "k"), [(0.0, 0.0), (0.0005, 0.001), (0.5, 1.5), (3.0, 4.0), (-1.0, 2.0), (-2.0, -3.0)])
def test_overlaps_contain_quadrature(h, k, triangle):
    with precision(90):
        low, high = ends(overlap(ball(h), ball(k), *triangle))
        apart = ends(tail(ball(h)) * tail(ball(k)))[1]
    value = quadrant(h, k, *triangle)
    slack = max(value, apart) * Fraction(1, 10**9)
    assert low - Fraction(1, 10**20) <= value <= high + Fraction(1, 10**20)
    assert high - low <= slack


def test_overlaps_in_closed_form():
    with precision(90):
        h, k = ball(Fraction(3, 2)), ball(300)
        assert overlap(h, k, 3, 4, 7).overlaps(tail(h) * tail(k))  # a right angle
        third = overlap(arb(0), arb(0), 1, 1, 1)
        assert third.overlaps(arb(1) / 3)
        assert third.rel_accuracy_bits() > 30
        assert overlap(h, k, 1, 4, 1).overlaps(tail(k))  # one direction
        assert overlap(h, h, 1, 1, 4) == 0  # opposite ones
        assert overlap(-h, h, 1, 1, 4) < 1e-20
        assert overlap(-h, -h, 1, 1, 4).overlaps(1 - 2 * tail(h))
        far = overlap(k, k, 1, 1, 1)
        assert far.rel_accuracy_bits() > 30
        assert far < tail(k * 2 / arb(3).sqrt())  # met no nearer than at the centre of the circle
        nearly = overlap(ball(0.5), ball(0.5), 10**12, 10**12, 1)
        assert nearly.overlaps(tail(ball(0.5)))
        assert nearly < 0.5


@pytest.mark.parametrize("r", [1e-3, 1.0, 6.0, 60.0])
@pytest.mark.parametrize("spec", ["psk:8", "onehot:12", "simplex:7", "random:K=8,n=3,seed=1", "fsq:3,3", "onehot:6561"])
def test_plain_bounds_lie_in_the_enclosures(spec, r):
    book = ft.codebook(spec)
    found, plain = certified_bounds(book, r), ft.error_bounds(book, r)
    silent = math.log1p(-book.max_prior)
    for name in ("union", *BELOW):
        bound, value = getattr(found, name), float(getattr(plain, f"log_{name}"))
        if bound.lower == 0:
            assert value == -math.inf
            continue
        low, high = float(bound.lower.log()), float(bound.upper.log())
        assert high - low < 1e-8
        # The plain overlaps are rounded up by 1e-6, which lowers what they enter; logs to 1e-11 at r = 60.
        below = 3e-6 if name in ("bonferroni", "de_caen") else 1e-10
        assert low - below <= (min(value, silent) if name == "union" else value) <= high + 1e-10


@pytest.mark.parametrize("r", [Fraction(1, 1000), 2, 60, 1000])
def test_bounds_are_on_both_sides_of_certified_errors(r):
    rng = np.random.default_rng(5)
    plane = rng.integers(-8, 9, (6, 2)) / 8 + np.arange(6)[:, None] / 64
    for book in ("fsq:5,3,2", "onehot:40", "biorthogonal:12", "psk:7", ArrayCodebook(plane)):
        truth, found = certified_error(book, r), certified_bounds(book, r)
        assert found.lower <= truth.upper, book
        assert truth.lower <= found.upper, book
        assert found.lower > 0


@pytest.mark.parametrize("r", [0.5, 1.5, 4.0])
def test_bounds_of_unequal_priors_are_on_both_sides(r):
    rng = np.random.default_rng(7)
    plane = ArrayCodebook(rng.uniform(-1, 1, (7, 2)), rng.dirichlet(np.ones(7)))
    truth, found = certified_error(plane, r), certified_bounds(plane, r)
    assert found.lower <= truth.upper
    assert truth.lower <= found.upper
    plain = ft.error_bounds(plane, r)
    assert float(found.union.upper) >= min(math.exp(plain.log_union), 1 - plane.max_prior) * (1 - 1e-12)
    for name in ("single", "bonferroni", "de_caen"):
        assert float(getattr(found, name).upper.log()) == pytest.approx(float(getattr(plain, f"log_{name}")), abs=1e-5)
    line = [[0], [1], [3]], [Fraction(1, 2), Fraction(1, 6), Fraction(1, 3)]
    truth, found = certified_error(line[0], r, prior=line[1]), certified_bounds(line[0], r, prior=line[1])
    assert found.lower <= truth.upper
    assert truth.lower <= found.upper


def test_bounds_against_simulation():
    book = ft.codebook("random:K=9,n=4,seed=2")
    rng = np.random.default_rng(1)
    sent = rng.integers(book.K, size=2**15)
    seen = 3 * book.points[sent] + rng.standard_normal((len(sent), 4))
    wrong = np.argmax(seen @ book.points.T - 1.5 * (book.points**2).sum(axis=1), axis=1) != sent
    slack = 5 * wrong.std() / math.sqrt(len(sent))
    found = certified_bounds(book, 3.0)
    assert float(found.lower) <= wrong.mean() + slack
    assert wrong.mean() - slack <= float(found.upper)
    with precision(64):
        crude = bonferroni_bound(exact_points(book), ball(3.0))
    assert crude <= found.bonferroni.upper  # overlaps bounded by one half-space


def test_two_tokens_and_tokens_never_sent():
    for r in (Fraction(1, 1000), 2, 1000):
        found = certified_bounds([[0, 0], [3, 4]], r)
        with precision(128):
            truth = tail(ball(Fraction(5 * r, 2)))
        for bound in (found.union, found.single, found.bonferroni, found.de_caen):
            assert bound.overlaps(type(bound).of(truth))
    sent = certified_bounds([[0], [1], [2]], 1, prior=[1, 1, 0])
    assert sent.union.overlaps(certified_bounds([[0], [1]], 1).union)
    alone = certified_bounds(ft.codebook("psk:5").with_prior([1, 0, 0, 0, 0]), 1)
    assert alone.lower == alone.upper == 0


def test_products_are_never_listed_and_intervals_hold_at_both_ends():
    found = certified_bounds("fsq:4^16", 8)
    assert found.lower <= certified_error("fsq:4^16", 8).upper
    assert certified_error("fsq:4^16", 8).lower <= found.upper
    over = certified_bounds("psk:8", ball(3).union(ball(4)))
    assert over.lower <= certified_error("psk:8", 4).upper
    assert certified_error("psk:8", 3).lower <= over.upper
    first, last = certified_bounds("psk:8", 3), certified_bounds("psk:8", 4)
    for name in BELOW:
        assert getattr(over, name).lower <= getattr(last, name).upper
        assert getattr(over, name).upper >= getattr(first, name).lower


def test_extreme_r_and_priors():
    """Whatever h is, the ends are in order, and a bound from one end of an interval holds at the other."""
    codes = np.random.default_rng(0).uniform(-1, 1, (6, 3))
    book = ArrayCodebook(codes, [1 - 3e-12, 1e-12, 1e-12, 1e-12, 0, 0])
    wide = ball(1).union(ball(2))
    for r in (1e-300, 1e-12, 1e12, 1e30, wide, ball(Fraction(1, 1000)).union(ball(1000))):
        found = certified_bounds(book, r)
        for name in ("union", *BELOW):
            bound = getattr(found, name)
            assert 0 <= bound.lower <= bound.upper <= 1
        assert found.lower <= found.upper <= arb(3.01e-12)
    first, last, over = (certified_bounds(book, r).de_caen for r in (1, 2, wide))
    assert first.upper < last.lower  # under a prior a lower bound may grow with r
    assert over.lower <= first.lower
    assert over.upper >= last.upper


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("psk:8", 0), "r = 0"),
        (("psk:8", -1), "r = -1"),
        (("psk:8", arb("inf")), "inf"),
        (([[0], [0]], 1), "equal"),
        (("random:K=2000,n=3+prior:zipf", 1), "at most 1024"),
    ],
)
def test_bad_input(arguments, named):
    with pytest.raises(InputError, match=named):
        certified_bounds(*arguments)
    with pytest.raises(InputError, match="has its own"):
        certified_bounds("psk:8", 1, prior=[1] * 8)
