"""Certified path KL, divergences, schedules and sampler KL contain the truth: mpmath, plain and Monte Carlo twins."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb

import fsq_theory as ft
from fsq_theory import Enclosure, InputError, certified_path_kl, certified_sampler_kl, certified_snr
from fsq_theory.balls.arithmetic import ball, precision
from fsq_theory.cli.main import main
from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.codebooks.exact_points import exact_points
from fsq_theory.denoiser.accuracy.certified_pairs import union_bound
from fsq_theory.denoiser.information.certified_parts import parts_of
from fsq_theory.paths import certified_divergences as certified
from fsq_theory.paths import divergences
from fsq_theory.paths.certified_squares import pair_square, squared_distances
from fsq_theory.samplers.certified_grid_kl import _grid_kl
from fsq_theory.schedules.spec import named_schedules

STATISTICS = ("min", "mean", "max", "nearest_mean")


def mp(value) -> mpmath.mpf:
    mantissa, exponent = (int(part) for part in value.man_exp())
    return mpmath.ldexp(mpmath.mpf(mantissa), exponent)


def encloses(found: Enclosure, truth: mpmath.mpf, bits: int) -> bool:
    margin = abs(truth) * mpmath.mpf(10) ** -36
    return mp(found.lower) - margin <= truth <= mp(found.upper) + margin and found.accuracy_bits() >= bits


@pytest.mark.parametrize("d_squared", [1e-12, 0.25, 7.0, 900.0, 1e9])
def test_divergences_against_mpmath(d_squared):
    with mpmath.workdps(60):
        x = mpmath.mpf(d_squared)
        tail = mpmath.erfc(mpmath.sqrt(x / 8))
        truths = {
            "kl": x / 2,
            "jeffreys": x,
            "bhattacharyya": x / 8,
            "squared_hellinger": -mpmath.expm1(-x / 8),
            "total_variation": mpmath.erf(mpmath.sqrt(x / 8)),
            "log_overlap": mpmath.log(tail),
            "chi_squared": mpmath.expm1(x),
            "log_chi_squared": mpmath.log(mpmath.expm1(x)),
        }
        for name, truth in truths.items():
            assert encloses(getattr(certified, name)(d_squared), truth, 120), name
        assert encloses(certified.renyi(d_squared, Fraction(1, 3)), x / 6, 120)
        assert encloses(certified.pair_error(d_squared / 2), tail / 2, 120)


@pytest.mark.parametrize("d", [0.5, 6.0])
def test_jensen_shannon_against_its_definition(d):
    with mpmath.workdps(45):
        size = mpmath.mpf(d)
        panels = [-14, -6, -2, 2, 6, 14]
        truth = mpmath.log(2) - mpmath.quad(
            lambda z: mpmath.npdf(z) * mpmath.log1p(mpmath.exp(size * z - size**2 / 2)), panels
        )
        assert encloses(certified.jensen_shannon(Fraction(d) ** 2, bits=90), truth, 90)


@pytest.mark.parametrize("d_squared", [0, 1e-300, 1e-6, 2.0, 400.0, 1e30])
def test_divergences_agree_with_plain_ones(d_squared):
    for name in ("squared_hellinger", "total_variation", "log_overlap", "log_chi_squared", "jensen_shannon"):
        found, plain = getattr(certified, name)(d_squared), getattr(divergences, name)(float(d_squared))
        assert math.isclose(found.middle, plain, rel_tol=1e-12), name
        assert found.accuracy_bits() > 100


def test_divergences_over_a_range_and_beyond_all_range():
    low, high = Enclosure.of(arb(2, 1)), certified.total_variation(3)
    wide = certified.total_variation(low)
    assert wide.lower < certified.total_variation(2).lower < high.lower <= wide.upper
    falling = certified.log_overlap(arb(2, 1))
    assert falling.lower <= certified.log_overlap(3).upper
    assert falling.upper >= certified.log_overlap(1).lower
    beyond = certified.chi_squared(10**60)
    assert beyond.lower >= 10**60
    assert certified.log_chi_squared(10**60).accuracy_bits() > 120
    assert certified.jensen_shannon(10**60).upper <= Enclosure.of(arb(0.6931471805599454)).upper
    assert certified.pair_error(10**40).upper < arb("1e-1000000")
    assert certified.total_variation(0) == Enclosure(arb(0), arb(0))
    for bad in (-1, math.inf, math.nan, arb(0, 1), Enclosure.of(arb("inf"))):
        with pytest.raises(InputError):
            certified.squared_hellinger(bad)
    with pytest.raises(InputError, match="Rényi order 0"):
        certified.renyi(1, 0)


def test_the_union_bound_is_made_of_path_kl():
    rows = [[0, 0], [1, 0], [3, 1], [1, 1]]
    r = Fraction(9, 4)
    pairs = itertools.permutations(range(4), 2)
    kls = [certified_path_kl(rows, gamma_eps=r**2, pinned=False, pair=pair).kl for pair in pairs]
    with precision(100):
        bridged = sum((certified.pair_error(kl).ball for kl in kls), arb(0)) / 4
        bound = union_bound(exact_points(rows), ball(r))
        assert bridged.overlaps(bound)
        assert bound.rel_accuracy_bits() > 80


@pytest.mark.parametrize("name", named_schedules())
def test_snr_of_every_schedule(name):
    made = ft.schedule(name)
    for t in (1e-9, 0.3, 1 - 2.0**-40):
        found = certified_snr(made, t)
        assert found.accuracy_bits() >= 128
        assert math.isclose(found.middle, made.snr(t), rel_tol=3e-15)
    assert math.isclose(certified_snr(name, 1).middle, made.snr(1.0), rel_tol=3e-15)
    start = certified_snr(name, 0)
    assert start.middle == made.snr(0.0) or math.isclose(start.middle, made.snr(0.0), rel_tol=3e-15)


def test_snr_where_float64_loses_it():
    # 1 − (1 − t)² of a custom schedule cancels in float64; here it does not.
    custom = "custom:alpha=1-t;sigma=sqrt(1-(1-t)**2)"
    for t in (1e-300, 1e-9, 0.5):
        assert certified_snr(custom, t).overlaps(certified_snr("cdcd-tts", t))
    exact = Fraction(999, 1000) ** 2 / (Fraction(1, 1000) * Fraction(1999, 1000))
    assert certified_snr("cdcd-tts", Fraction(1, 1000)).contains(exact)
    with pytest.raises(InputError, match="t = 2: expected a time"):
        certified_snr("flow", 2)


@pytest.mark.parametrize(
    "spec",
    [
        *("fsq:3^8", "fsq:8,5,5,5", "fsq:4,3,convention=rounded", "onehot:50257", "simplex:5", "biorthogonal:8"),
        *("biorthogonal:2", "psk:7", "random:K=40,n=3,law=box,seed=0", "fsq:8,5+stagger:0.5", "bits:40", "digits:4,3"),
    ],
)
def test_path_kl_agrees_with_the_plain_one(spec):
    found = certified_path_kl(spec, schedule="cdcd-tts", eps=0.01, T=0.9)
    plain = ft.path_kl(spec, schedule="cdcd-tts", eps=0.01, T=0.9)
    for name in STATISTICS:
        value = getattr(found, name)
        assert value.accuracy_bits() >= 128
        assert math.isclose(value.middle, getattr(plain, name), rel_tol=1e-13), name
    pair = (0, found.K - 1)
    one = certified_path_kl(spec, schedule="cdcd-tts", eps=0.01, T=0.9, pair=pair, pinned=False)
    other = ft.path_kl(spec, schedule="cdcd-tts", eps=0.01, T=0.9, pair=pair, pinned=False)
    assert math.isclose(one.kl.middle, other.kl, rel_tol=1e-13)


def test_squared_distances_are_those_of_all_pairs():
    rows = [[0, 0, 1], [Fraction(1, 3), 0, 1], [0, 2, 5], [7, 1, 1], [0, 0.1, 1]]
    grid = [[a, b] for a in (0, 1, 3) for b in (5, Fraction(11, 2), 9)]
    for points in (rows, grid):
        codes = exact_points(points)
        pairs = {(i, j): pair_square(codes, i, j) for i, j in itertools.permutations(range(len(points)), 2)}
        found = squared_distances(codes)
        nearest = [min(square for (i, _), square in pairs.items() if i == k) for k in range(len(points))]
        assert found.least == min(pairs.values())
        assert found.most == max(pairs.values())
        assert found.mean == sum(pairs.values()) / len(pairs)
        assert found.nearest_mean == sum(nearest) / len(points)
        assert sum(share for _, share in found.nearest) == 1
    product = ft.codebook("fsq:4,3,2")
    listed = exact_points(ArrayCodebook(product.points))
    squares = [squared_distances(codes) for codes in (product, listed)]
    assert squares[0].nearest == squares[1].nearest
    assert (squares[0].mean, squares[0].most) == (squares[1].mean, squares[1].most)


def test_path_kl_of_a_pair_contains_the_simulated_one():
    found = certified_path_kl("fsq:3,3", schedule="cosine", eps=0.3, pair=(0, 4)).kl
    drawn = ft.path_kl("fsq:3,3", schedule="cosine", eps=0.3, pair=(0, 4), method="mc", paths=2048, steps=16, seed=1)
    assert abs(drawn.kl - found.middle) < 4.5 * drawn.stderr
    assert certified.kl(Enclosure(2 * found.lower, 2 * found.upper)).overlaps(found)


def test_path_kl_between_two_times_close_together_keeps_its_accuracy():
    found = certified_path_kl("fsq:2", schedule="cosine", eps=0.5, T=0.5 + 2.0**-50)
    assert found.min.accuracy_bits() >= 128
    slope = (ft.schedule("cosine").snr(0.5) - ft.schedule("cosine").snr(0.5 + 2.0**-20)) * 2.0**20
    assert found.min.middle == pytest.approx(2 * slope * 2.0**-50, rel=1e-4)
    exact = certified_path_kl([[0], [1]], gamma_eps=Fraction(7, 3), gamma_T=arb(1), pair=(0, 1)).kl
    assert exact.contains(Fraction(2, 3))
    assert certified_path_kl([[0], [1]], gamma_eps=5, pair=(1, 1)).kl.contains(0)
    wide = certified_path_kl([[0], [1]], gamma_eps=arb(4, 0.25), gamma_T=Enclosure.of(arb(1, 0.125)), pair=(0, 1)).kl
    assert 2.624 / 2 <= wide.lower <= 2.625 / 2
    assert 3.375 / 2 <= wide.upper <= 3.376 / 2
    with precision(8):
        assert certified_path_kl("fsq:2", schedule="cosine", eps=0.5, T=0.5 + 2.0**-50) == found


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "where paths stop is missing"),
        ({"gamma_eps": 1, "eps": 0.5}, "expected a schedule with them"),
        ({"gamma_eps": 1, "schedule": "flow", "eps": 0.5}, "said twice"),
        ({"schedule": "flow"}, "without eps"),
        ({"schedule": "flow", "eps": 0}, "the path KL diverges"),
        ({"schedule": "flow", "eps": 0.5, "T": 0.5}, "expected 0 <= eps < T <= 1"),
        ({"gamma_eps": 1, "gamma_T": 2}, "gamma_eps = 1, gamma_T = 2: expected gamma_eps >= gamma_T"),
        ({"gamma_eps": -1}, "gamma_eps = -1: expected a finite SNR of at least 0"),
        ({"gamma_eps": math.inf}, "expected"),
        ({"gamma_eps": 1, "pair": (0, 9)}, "token 9 is not in fsq:3"),
        ({"gamma_eps": 1, "pair": (0, 1, 2)}, "pair of 3 tokens"),
        ({"gamma_eps": 1, "bits": True}, "bits = True"),
    ],
)
def test_bad_paths(settings, message):
    with pytest.raises(InputError) as raised:
        certified_path_kl("fsq:3", **settings)
    assert message in str(raised.value)


def test_sampler_kl_from_its_pieces():
    found = certified_sampler_kl(ArrayCodebook([[-1.0], [-0.5], [0.0], [0.5], [1.0]]), [0, 1, 3, 8, 20, 60])
    assert f"{found.kl.middle:.5f}" == "0.88338"
    assert found.kl.accuracy_bits() >= 64
    grid = np.linspace(1.0, 1.02, 3)  # a small difference of large terms
    for spec in ("fsq:3,2", "fsq:3+prior:zipf,s=1.0"):
        fine = certified_sampler_kl(spec, grid)
        assert fine.kl.accuracy_bits() >= 64
        assert math.isclose(fine.kl.middle, ft.sampler_kl(spec, grid).kl, rel_tol=1e-9)
    far = certified_sampler_kl("fsq:3", [Fraction(10**6), 10**7])
    assert far.kl.accuracy_bits() >= 64
    assert 0 < far.kl.upper < arb("1e-50000")
    for spec, steps in (("fsq:3", (1, 4)), ("fsq:3", (20, 90)), ("fsq:3", (20, 21)), ("onehot:5", (0, 2))):
        exact, parts = tuple(Fraction(x) for x in steps), parts_of(ft.codebook(spec))
        narrow = certified_sampler_kl(spec, exact).kl
        for bits in (1, 3, 6):
            with precision(bits + 8):
                coarse = _grid_kl(parts, exact, bits)
            assert coarse.lower <= narrow.lower
            assert narrow.upper <= coarse.upper
    for bad, message in (
        ([1], "at least 2"),
        ([1, 1], "increase"),
        ([-1, 1], "at least 0"),
        ([0, math.inf], "expected an exact finite number"),
    ):
        with pytest.raises(InputError, match=message):
            certified_sampler_kl("fsq:3", bad)
    hot = certified_sampler_kl("onehot:4", [0, 1, 4])
    assert math.isclose(hot.kl.middle, ft.sampler_kl("onehot:4", [0, 1, 4]).kl, rel_tol=1e-9)
    with pytest.raises(InputError, match="psk:5"):
        certified_sampler_kl("psk:5", [0, 1])


def test_the_command_prints_enclosures(capsys):
    argv = ["kl", "fsq:3,3", "--schedule", "cdcd-tts", "--eps", "0.01", "--json", "--method"]
    rows = []
    for method in ("certified", "closed"):
        assert main([*argv, method]) == 0
        rows.append(json.loads(capsys.readouterr().out)[0])
    found, plain = rows
    for name in STATISTICS:
        assert found[f"{name}_lower"] <= found[name] <= found[f"{name}_upper"]
        assert found[name] == pytest.approx(plain[name], rel=1e-13)
    assert (found["method"], found["stderr"]) == ("certified", None)
    assert main([*argv, "certified", "--pair", "0", "8"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["kl_lower"] > 0
