"""Limits on every codebook: the plain in the enclosures, mpmath, PSK which attains one, codebooks which obey all."""

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
from fsq_theory.balls.enclosure import Enclosure
from fsq_theory.denoiser.accuracy.certified import certified_error, certified_fsq_error
from fsq_theory.denoiser.accuracy.certified_limits import (
    capacity_bound,
    certified_limits,
    cone_error,
    cone_sine_ball,
    fano_error,
)
from fsq_theory.denoiser.accuracy.limits import (
    accuracy_limits,
    cone_sine,
    cube_capacity,
    kept_codes,
    log_cone_error,
    log_fano_error,
)

LIMITS = ("volume", "fano", "cone", "low_snr")


@pytest.mark.parametrize("r", [1e-3, 0.4, 2.3, 60.0, 1000.0])
@pytest.mark.parametrize(
    ("K", "n", "constraint"),
    [
        (256, 8, "linf"),
        (6561, 8, "ball"),
        (3, 1, "linf"),
        (2, 5, "energy"),
        (64, 6, "rms"),
        (16, 2, "sphere"),
        (6561, 6561, "sphere"),
        (2**200, 3, "ball"),
    ],
)
def test_plain_limits_lie_in_the_enclosures(K, n, constraint, r):
    found, plain = certified_limits(K, n, r, constraint), accuracy_limits(K, n, r, constraint)
    for name in LIMITS:
        bound, value = getattr(found, name), float(getattr(plain, f"log_{name}"))
        if bound.lower == 0:
            assert bound.upper == 0
            assert value == -math.inf
            continue
        low, high = float(bound.lower.log()), float(bound.upper.log())
        # The cone: terms of size n log n in a logarithm, and θ_K to a few ulp, which counts r² n times as much.
        slack = 1e-12 * (1 + abs(low)) + (1e-15 * n * (r * r + math.log(n)) if name == "cone" else 0)
        assert low - slack <= value <= high + slack
        assert high - low < 1e-9
    assert float(found.lower) == pytest.approx(math.exp(plain.log_lower), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(("K", "n", "r"), [(16, 5, 2), (100, 3, 40), (7, 2, Fraction(1, 100)), (10**6, 12, 3)])
def test_cones_against_mpmath(K, n, r):
    """1 − Q = Φ(−r) + ∫_0^∞ φ(y − r) P(norm of n − 1 normals > y tan θ) dy, another integral than the one enclosed."""
    with precision(128):
        sine, found = cone_sine_ball(K, n, 100), cone_error(K, n, ball(r), 100)
    with mpmath.workdps(30):
        rate = mpmath.mpf(Fraction(r).numerator) / Fraction(r).denominator
        square = mpmath.findroot(
            lambda s: mpmath.log(mpmath.betainc(mpmath.mpf(n - 1) / 2, 0.5, 0, s, regularized=True) * K / 2),
            mpmath.mpf(cone_sine(K, n)) * (1 - mpmath.mpf(10) ** -10),
        )
        tan2 = square / (1 - square)
        most = rate / (1 + tan2)
        scale = mpmath.exp(rate**2 * square / 2)  # mpmath stops at an absolute error

        def integrand(y):
            kept = mpmath.gammainc(mpmath.mpf(n - 1) / 2, y * y * tan2 / 2, mpmath.inf, regularized=True)
            return scale * mpmath.npdf(y - rate) * kept

        places = sorted({mpmath.mpf(0), *(max(mpmath.mpf(0), most + d) for d in (-9, -5, -2, -1, 0, 1, 2, 5, 9))})
        truth = mpmath.ncdf(-rate) + mpmath.quad(integrand, places) / scale
    for value, held in ((square, sine), (truth, found)):
        low, high = ends(held)
        number = Fraction(int(value * mpmath.mpf(2) ** 300), 2**300)
        margin = number / 10**15
        assert low - margin <= number <= high + margin
        assert held.rel_accuracy_bits() > 60


@pytest.mark.parametrize("tokens", [3, 8, 64])
def test_psk_attains_the_cone(tokens):
    for r in (0.01, 2, 30):
        limit = certified_limits(tokens, 2, r, "sphere").cone
        truth = certified_error(f"psk:{tokens}", r)
        assert limit.overlaps(Enclosure(truth.lower, truth.upper))
        assert limit.accuracy_bits() > 50


def test_two_codes_attain_it_in_every_dimension():
    for n in (2, 3, 50):
        assert float(log_cone_error(2, n, 1.5)) == pytest.approx(float(mpmath.log(mpmath.ncdf(-1.5))), rel=1e-12)
    assert certified_limits(2, 3, 1.5, "sphere").cone.overlaps(Enclosure.of(certified_error("psk:2", 1.5).error))
    one = certified_limits(1, 3, 1)
    assert all(getattr(one, name).upper == 0 for name in LIMITS)


@pytest.mark.parametrize(("K", "gap"), [(2, 0.5), (1000, 3.0), (1000, 1e-6), (2**64, 40.0)])
def test_fano_solves_its_equation(K, gap):
    information = math.log(K) - gap
    plain = log_fano_error(K, information)
    with precision(96):
        found = fano_error(K, ball(K).log() - ball(gap))
    with mpmath.workdps(40):

        def cost(error):
            low, high = (mpmath.mpf(e.numerator) / e.denominator for e in ends(error))
            error = (low + high) / 2
            kept = 1 - error
            return -error * mpmath.log(error) - kept * mpmath.log(kept) + error * mpmath.log(K - 1)

        assert cost(found.lower) <= gap <= cost(found.upper)
    assert found.accuracy_bits() > 50
    # Plain: log K − I loses what gap is below log K.
    assert float(found.lower.log()) == pytest.approx(plain, abs=1e-13 * math.log(K) / gap + 1e-12)
    assert log_fano_error(K, math.log(K)) == -math.inf
    with precision(64):
        assert fano_error(K, ball(K)).upper == 0


def test_capacity_bounds():
    with precision(64):
        for r in (0.01, 1.26, 5.0):
            assert float(capacity_bound(ball(r)).mid()) == pytest.approx(float(cube_capacity(r)), rel=1e-14)


@pytest.mark.parametrize("r", [0.3, 3.0])
def test_codebooks_obey_their_limits(r):
    rng = np.random.default_rng(3)
    for spec, constraint in (("simplex:12", "sphere"), ("biorthogonal:32", "sphere"), ("onehot:30", "sphere")):
        book = ft.codebook(spec)
        assert certified_limits(book.K, book.n, r, constraint).lower <= certified_error(book, r).upper
    for levels in ([2] * 8, [3] * 4, [5, 5], [8, 5]):
        truth = certified_fsq_error(levels, r).upper
        assert certified_limits(math.prod(levels), len(levels), r).lower <= truth
        # Scaled to the mean energy 1, whatever it was.
        energy = sum(Fraction(L + 1, 3 * (L - 1)) for L in levels)
        with precision(64):
            rate = ball(r) * ball(energy).sqrt()
        assert certified_limits(math.prod(levels), len(levels), rate, "energy").lower <= truth
    plane = (rng.integers(-16, 17, (7, 2)) / 16 + np.arange(7)[:, None] / 1024) / 2
    assert certified_limits(7, 2, r).lower <= certified_error(plane.tolist(), r).upper


def test_intervals_of_r_and_few_codes_of_much_energy():
    over = certified_limits(256, 8, ball(1).union(ball(Fraction(11, 10))))
    first, last = certified_limits(256, 8, 1), certified_limits(256, 8, Fraction(11, 10))
    for name in LIMITS:
        assert getattr(over, name).lower <= getattr(last, name).lower
        assert getattr(over, name).upper >= getattr(first, name).upper
    assert kept_codes(10, Fraction(3, 2)) == 4
    assert kept_codes(3, Fraction(2)) == 2
    assert kept_codes(4, Fraction(2)) == 2


@pytest.mark.parametrize("r", [1e-300, 1e-12, 1e12])
@pytest.mark.parametrize(
    ("K", "n", "constraint"),
    [(256, 8, "linf"), (2**999, 1, "ball"), (3, 2**16, "energy")],
    ids=["few", "many codes", "many dimensions"],
)
def test_extremes(K, n, constraint, r):
    found, plain = certified_limits(K, n, r, constraint), accuracy_limits(K, n, r, constraint)
    for name in LIMITS:
        bound = getattr(found, name)
        assert 0 <= bound.lower <= bound.upper <= 1
        assert not math.isnan(float(getattr(plain, f"log_{name}")))
    if r < 1:
        silent = 1 - Fraction(1, K)
        assert ends(found.cone.lower)[0] <= silent
        assert float(found.cone.upper) > float(silent) * (0.99 if constraint == "energy" else 1) - 1e-6


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((0, 3, 1.0), "K = 0"),
        ((4, 0, 1.0), "n = 0"),
        ((4, 1, 1.0, "sphere"), "n = 1"),
        ((4, 2, 1.0, "none"), "constraint 'none'"),
        ((4, 2, 0.0), "r = 0"),
        ((4, 2, -1.0), "r = -1"),
    ],
)
def test_bad_input(arguments, named):
    for limits in (accuracy_limits, certified_limits):
        with pytest.raises(InputError, match=named):
            limits(*arguments)
    with pytest.raises(InputError):
        certified_limits(4, 2, arb("nan"))
