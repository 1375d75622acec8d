"""Certified information contains the truth: mpmath, quadrature, Monte Carlo, and limits; extreme r and odd priors."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import acb, arb, ctx

import fsq_theory as ft
from fsq_theory import Enclosure, InputError, certified_information
from fsq_theory.balls.arithmetic import ball, precision
from fsq_theory.balls.enclosure import between, total
from fsq_theory.cli.main import main
from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.denoiser.information import certified_equidistant as equidistant
from fsq_theory.denoiser.information.certified_mixture import Mixture
from fsq_theory.denoiser.information.certified_race import (
    Grid,
    _convolved,
    _right,
    _summed,
    entropy_and_error_integrals,
)

CODES, PRIOR = (Fraction(0), Fraction(1), Fraction(3)), (Fraction(1, 2), Fraction(3, 10), Fraction(1, 5))
ROWS = [[code] for code in CODES]


def mp(value) -> mpmath.mpf:
    """An exact end of an enclosure, or a fraction, in mpmath."""
    if isinstance(value, Fraction):
        return mpmath.mpf(value.numerator) / value.denominator
    mantissa, exponent = (int(part) for part in value.man_exp())
    return mpmath.ldexp(mpmath.mpf(mantissa), exponent)


def encloses(found: Enclosure, truth: mpmath.mpf, bits: int, digits: int = 36) -> bool:
    """Whether the enclosure contains a number known to some digits and is as narrow as it promises."""
    margin = abs(truth) * mpmath.mpf(10) ** -digits
    return mp(found.lower) - margin <= truth <= mp(found.upper) + margin and found.accuracy_bits() >= bits


@pytest.mark.parametrize("r", [Fraction(1, 1000), 3])
def test_three_codes_against_the_definition_at_40_digits(r):
    with mpmath.workdps(50):
        centres, weights = [mp(Fraction(r) * code) for code in CODES], [mp(p) for p in PRIOR]

        def parts(x):
            return [p * mpmath.npdf(x, b) for p, b in zip(weights, centres, strict=True)]

        def uncertainty(x):
            w = parts(x)
            return mpmath.fsum(w) * mpmath.log(mpmath.fsum(w)) - mpmath.fsum(v * mpmath.log(v) for v in w)

        def explained(x):
            w = parts(x)
            return mpmath.fsum(v * mp(code) for v, code in zip(w, CODES, strict=True)) ** 2 / mpmath.fsum(w)

        places = [centres[0] - 16, -6, -2, 1, 3, 5, 8, centres[2] + 16]
        entropy = mpmath.quad(uncertainty, places)
        mmse = mpmath.fsum(p * mp(code) ** 2 for p, code in zip(weights, CODES, strict=True))
        mmse -= mpmath.quad(explained, places)
        whole = -mpmath.fsum(p * mpmath.log(p) for p in weights)
        found = certified_information(ROWS, r, prior=PRIOR, bits=80)
        assert encloses(found.entropy, entropy, 80)
        assert encloses(found.mmse, mmse, 80)
        assert encloses(found.information, whole - entropy, 80, 30)
        assert encloses(found.prior_entropy, whole, 80)


@pytest.mark.parametrize("r", [60, 1000, 10**7])
def test_two_codes_far_apart_against_the_shifted_integral_at_40_digits(r):
    # H = e^{−r²/8} ∫ e^{rs/2 − s²/2} log(1 + e^{−rs}) ds/√(2π), s counted from the middle, and the MMSE likewise.
    with mpmath.workdps(50):
        panels = [mpmath.mpf(x) / r for x in (-300, -100, -30, -8, 0, 8, 30, 100, 300)]
        share = mpmath.exp(-(mpmath.mpf(r) ** 2) / 8) / mpmath.sqrt(2 * mpmath.pi)
        entropy = share * mpmath.quad(lambda s: mpmath.exp(r * s / 2 - s * s / 2) * log1p_exp(-r * s), panels)
        mmse = share * mpmath.quad(lambda s: mpmath.exp(-s * s / 2) / mpmath.cosh(r * s / 2) / 4, panels)
        found = certified_information([[0], [1]], r, bits=80)
        assert encloses(found.entropy, entropy, 80)
        assert encloses(found.mmse, mmse, 80)
    assert found.information.floats[0] <= math.log(2) <= found.information.floats[1]
    row = found.row()
    assert math.isclose(row["log_entropy_lower"], float(mpmath.log(entropy)), rel_tol=1e-14)
    assert row["log_entropy_lower"] <= row["log_entropy_upper"]


def log1p_exp(x):
    return mpmath.log1p(mpmath.exp(x)) if x < 0 else x + mpmath.log1p(mpmath.exp(-x))


@pytest.mark.parametrize(
    "spec", ["fsq:8,5,5,5", "fsq:3^8", "bits:18", "fsq:7+prior:zipf,s=1.0", "fsq:5,convention=rounded"]
)
@pytest.mark.parametrize("r", [1e-5, 0.1, 2.0, 30.0, 300.0])
def test_quadrature_agrees(spec, r):
    found, plain = certified_information(spec, r), ft.information(spec, r)
    for name in ("information", "entropy", "mmse"):
        enclosure = getattr(found, name)
        assert enclosure.accuracy_bits() >= 60
        with precision(100):
            log = float(enclosure.lower.log())
        assert math.isclose(log, float(getattr(plain, f"log_{name}")), rel_tol=1e-14, abs_tol=2e-12)


@pytest.mark.parametrize(("seed", "r"), [(0, 0.3), (2, 80.0)])
def test_random_codes_under_random_priors_agree_with_quadrature_and_monte_carlo(seed, r):
    rng = np.random.default_rng(seed)
    codebook = ArrayCodebook(rng.normal(size=(12, 1)), rng.dirichlet(np.full(12, 0.3)))
    found, plain = certified_information(codebook, r), ft.information(codebook, r)
    drawn = ft.information(codebook, r, method="mc", samples=2048, seed=seed)
    for name in ("information", "entropy", "mmse"):
        low, high = getattr(found, name).floats
        value = float(getattr(plain, name))
        assert low * (1 - 1e-11) <= value <= high * (1 + 1e-11)
        stderr = float(drawn.stderr_mmse if name == "mmse" else drawn.stderr_information)
        assert abs(float(getattr(drawn, name)) - low) <= 4.5 * stderr + 1e-11 * value


def test_rare_tokens_between_two_others_are_confused_with_either_as_in_pairs():
    rare = Fraction(1, 10**30)
    for r in (30, 1000):
        found = certified_information([[0], [1], [2]], r, prior=[1, rare, 1])
        pair = certified_information([[0], [1]], r, prior=[1, rare])
        for name in ("entropy", "mmse"):
            inner, outer = getattr(pair, name), getattr(found, name)
            assert outer.accuracy_bits() >= 64
            with precision(100):
                ratio = outer.lower / inner.lower * (2 + arb(rare.numerator) / rare.denominator) / 2
            assert abs(float(ratio) - 1) < 1e-12
    never = certified_information([[0], [1], [2]], 30, prior=[1, Fraction(1, 10**400), 1])
    assert never.entropy.less_than(certified_information([[0], [1], [2]], 30, prior=[1, rare, 1]).entropy)


def test_codes_so_far_apart_that_exponents_have_no_digits_to_spare():
    # Exponents of 1e14, of which balls over intervals keep 30 bits; the middle code lies inside the part integrated.
    codes = [[-443.8891385176973], [-0.0010508118639888766], [385.8973926127851]]
    prior = [9.355964276747258e-17, 8.776254729125614e-32, 4.57696119528146e-11]
    found = certified_information(codes, 89871.19791389158, prior=prior, bits=40)
    assert found.entropy.accuracy_bits() >= 40
    assert found.mmse.accuracy_bits() >= 40


def test_no_noise_and_nothing_but_noise():
    silent, clear = certified_information(ROWS, 0, prior=PRIOR), certified_information(ROWS, math.inf, prior=PRIOR)
    whole = -sum(float(p) * math.log(p) for p in PRIOR)
    assert silent.information.floats == clear.entropy.floats == clear.mmse.floats == (0.0, 0.0)
    for known in (silent.entropy, clear.information, silent.prior_entropy):
        assert known.floats[0] <= whole * (1 + 1e-15)
        assert known.floats[1] >= whole * (1 - 1e-15)
    assert silent.mmse.contains(Fraction(129, 100))
    faint = certified_information(ROWS, Fraction(1, 10**300), prior=PRIOR)
    assert 0.5 < float(faint.information.lower * arb(10) ** 600) < 1
    assert faint.information.accuracy_bits() >= 64
    assert faint.mmse.accuracy_bits() >= 64
    loud = certified_information(ROWS, 10**400, prior=PRIOR)
    assert loud.entropy.lower == 0
    assert loud.entropy.upper > 0
    assert loud.row()["log_entropy_upper"] < -1e300
    assert json.dumps(loud.row())


def test_the_two_expansions_at_low_snr_meet_the_integral():
    # The bound takes over at 2γW² ≤ 2^−bits; beside it the integral gives the same to all its digits.
    for r in (Fraction(1, 2**36), Fraction(1, 2**40)):
        coarse, fine = (certified_information(ROWS, r, prior=PRIOR, bits=bits) for bits in (64, 90))
        for name in ("information", "entropy", "mmse"):
            assert getattr(coarse, name).overlaps(getattr(fine, name))
            assert getattr(fine, name).accuracy_bits() >= 90


def test_a_range_of_r_holds_what_each_r_gives():
    wide = certified_information(ROWS, arb(2, 0.5), prior=PRIOR)
    for r in (Fraction(3, 2), 2, Fraction(5, 2)):
        found = certified_information(ROWS, r, prior=PRIOR)
        for name in ("information", "entropy", "mmse"):
            inner, outer = getattr(found, name), getattr(wide, name)
            assert outer.lower <= inner.lower
            assert inner.upper <= outer.upper
    assert wide.information.accuracy_bits() < 2


def test_tokens_of_one_code_and_tokens_that_never_come():
    rows, prior = [[5], [0], [0], [1], [9]], [1, 1, 2, 3, 0]
    found = certified_information(rows, Fraction(3, 2), prior=prior)
    apart = certified_information([[0], [1], [5]], Fraction(3, 2), prior=[3, 3, 1])
    assert found.K == 5
    assert found.information.overlaps(apart.information)
    assert found.mmse.overlaps(apart.mmse)
    hidden = (3 * math.log(3) - 2 * math.log(2)) / 7  # of the two tokens at 0, never told apart
    assert math.isclose(found.entropy.middle, apart.entropy.middle + hidden, rel_tol=1e-14)
    assert math.isclose(certified_information(rows, math.inf, prior=prior).entropy.middle, hidden, rel_tol=1e-14)
    for single in ([[3, 4]], [[3, 4], [3, 4]]):
        alone = certified_information(single, 2)
        assert alone.information.floats == alone.mmse.floats == (0.0, 0.0)
    assert alone.entropy.contains(Fraction(math.log(2))) or math.isclose(alone.entropy.middle, math.log(2))
    assert certified_information([[0], [1]], 1, prior=[0, 5]).entropy.floats == (0.0, 0.0)


def test_lines_in_space_and_grids_are_recognised_exactly():
    line = certified_information([[0], [1], [3]], 5, prior=PRIOR)
    tilted = certified_information([[3, 4, 1], [6, 8, 1], [0, 0, 1]], 1, prior=[PRIOR[1], PRIOR[2], PRIOR[0]])
    spaced = certified_information([[0], [1], [2]], 5, prior=[PRIOR[0], PRIOR[1], PRIOR[2]])
    assert tilted.information.overlaps(spaced.information)
    assert not tilted.information.overlaps(line.information)
    grid = certified_information([[a, b] for a in (0, 1, 3) for b in (5, 7)], 2)
    parts = certified_information([[0], [1], [3]], 2), certified_information([[5], [7]], 2)
    assert grid.information.overlaps(total((part.information, 1) for part in parts))
    assert grid.mmse.overlaps(total((part.mmse, 1) for part in parts))
    weighted = certified_information([[0, 0], [0, 1], [1, 0], [1, 1]], 2, prior=[2, 6, 1, 3])
    sides = certified_information([[0], [1]], 2, prior=[2, 1]), certified_information([[0], [1]], 2, prior=[1, 3])
    assert weighted.entropy.overlaps(total((side.entropy, 1) for side in sides))
    for spec, gap in (("onehot:2", 2), ("simplex:2", 4), ("biorthogonal:2", 4)):
        with precision(120):
            rate = arb(gap).sqrt()
        pair = certified_information([[0], [1]], rate)
        assert certified_information(spec, 1).information.overlaps(pair.information)
    assert certified_information("biorthogonal:4", 1).row()["information"] == pytest.approx(
        float(ft.information("biorthogonal:4", 1.0).information), rel=1e-13
    )


@pytest.mark.parametrize(
    ("spec", "r"), [("onehot:16", 0.01), ("onehot:50257", 4.0), ("simplex:5", 9.0), ("digits:3,3", 1.5)]
)
def test_one_hot_codes_agree_with_double_integrals(spec, r):
    found, plain = certified_information(spec, r), ft.information(spec, r)
    for name in ("information", "entropy", "mmse"):
        value = getattr(found, name)
        assert value.accuracy_bits() >= 60
        assert math.isclose(value.middle, float(getattr(plain, name)), rel_tol=1e-11), name


@pytest.mark.parametrize("square", [Fraction(1, 100), Fraction(4), Fraction(90)])
def test_the_integrals_of_equidistant_codes_are_those_of_two_codes_on_a_line(square):
    with precision(200):
        integrals = entropy_and_error_integrals(2, square, 180)
    assert integrals is not None
    pair = certified_information([[0], [1]], ball(2 * square).sqrt(), bits=60)
    with precision(200):
        assert integrals[0].overlaps(pair.entropy)
        assert integrals[1].overlaps(Enclosure(2 * pair.mmse.lower, 2 * pair.mmse.upper))
    assert min(value.accuracy_bits() for value in integrals) > 100


@pytest.mark.parametrize("tokens", [3, 1000])
def test_equidistant_codes_from_the_faintest_to_the_loudest(tokens):
    before = None
    for square in (
        Fraction(1, 10**400),
        Fraction(1, 10**9),
        Fraction(1, 2),
        Fraction(100),
        Fraction(10**4),
        Fraction(10**30),
    ):
        found = equidistant.information(tokens, square, 40)
        for value in found:
            assert value.accuracy_bits() >= 40
        if before is not None:
            assert before[0].less_than(found[0]) is not False
            assert found[1].less_than(before[1])
            assert found[2].less_than(before[2])
        before = found
    pairs, integrals = (
        equidistant.by_pairs(tokens, Fraction(100), 40),
        equidistant.information(tokens, Fraction(100), 40),
    )
    for bounds, value in zip(pairs, integrals[1:], strict=True):
        assert bounds.overlaps(value)
        assert bounds.accuracy_bits() < 40
    normal = np.random.default_rng(tokens).normal(size=(4000, tokens))
    rivals = np.exp(2 * (normal[:, 1:] - normal[:, :1]) - 4).sum(axis=1)
    middle = certified_information(f"onehot:{tokens}", 2.0, bits=30)
    for sample, value in ((np.log1p(rivals), middle.entropy), (rivals / (1 + rivals), middle.mmse)):
        assert abs(sample.mean() - value.middle) < 4.5 * sample.std() / math.sqrt(len(sample))


@pytest.mark.parametrize("r", [3, 9, 40])
def test_coarse_enclosures_on_a_line_contain_fine_ones(r):
    rows, prior = [[x] for x in range(9)], [1, 5, 2, 1, 1, 3, 1, 9, 1]
    fine = certified_information(rows, r, prior=prior, bits=120)
    for bits in (1, 2, 3, 4, 6, 8, 11):
        coarse = certified_information(rows, r, prior=prior, bits=bits)
        for name in ("information", "entropy", "mmse"):
            wide, narrow = getattr(coarse, name), getattr(fine, name)
            assert wide.lower <= narrow.lower
            assert narrow.upper <= wide.upper


@pytest.mark.parametrize("square", [Fraction(1, 4), Fraction(9)])
def test_coarse_laplace_transforms_contain_the_integral(square):
    with precision(120):
        rho = ball(square).sqrt()
        for step, reach in ((Fraction(2), 12), (Fraction(3), 8), (Fraction(1, 8), 4), (Fraction(1, 4), 9)):
            z_step = Fraction(step) / 2
            summed = _summed(Grid(square, step, z_step, reach, -2, 2, 60), square)
            convolved = _convolved(Grid(square, step, z_step, reach, -2, 2, 60), square)
            for k, values in enumerate(zip(summed, convolved, strict=True), -2):
                t = (ball(step * k) + ball(square)).exp()
                exact = integral(lambda z, _, t=t: (-z * z / 2 - t * (rho * z).exp()).exp(), arb(-16), arb(16))
                exact = exact / (2 * arb.pi()).sqrt()
                for value in values:
                    assert value.lower() <= exact.upper()
                    assert value.upper() >= exact.lower()


def test_what_lies_beyond_the_sums_for_equidistant_codes_is_bounded():
    with precision(100):
        for square, step, last in ((Fraction(1, 4), Fraction(1, 4), 6), (Fraction(9), Fraction(1, 2), 3)):
            values = _summed(Grid(square, step, Fraction(1, 8), 90, last + 1, last + 40, 60), square)
            for power in (0, 1):
                total_beyond = sum(
                    (ball(step) * (ball(step * k) * power).exp() * value ** (1 + power))
                    for k, value in enumerate(values, last + 1)
                )
                bound = _right(square, step, last, power)
                assert total_beyond.lower() < bound < 100 * total_beyond.upper() + arb(2) ** -30


@pytest.mark.parametrize(("tokens", "square"), [(3, Fraction(1, 4)), (50, Fraction(9)), (3, Fraction(64))])
def test_coarse_sums_for_equidistant_codes_contain_what_fine_ones_find(tokens, square):
    with precision(250):
        fine = entropy_and_error_integrals(tokens, square, 120)
        for needed in (1, 4, 8, 16, 30):
            coarse = entropy_and_error_integrals(tokens, square, needed)
            for wide, narrow in zip(coarse, fine, strict=True):
                assert wide.lower <= narrow.lower
                assert narrow.upper <= wide.upper


def test_tokens_that_never_come_among_one_hot_codes():
    codebook = ft.codebook("onehot:5").with_prior([0.25, 0.25, 0.0, 0.25, 0.25])
    assert certified_information(codebook, 2).information.overlaps(certified_information("onehot:4", 2).information)
    single = certified_information(ft.codebook("onehot:3").with_prior([0.0, 1.0, 0.0]), 2)
    assert single.entropy.floats == (0.0, 0.0)
    ends = [certified_information("simplex:4", r) for r in (0, math.inf)]
    assert ends[0].mmse.contains(1)
    assert ends[0].information == ends[1].entropy == ends[1].mmse


def mixture(quantity, rate=1):
    return Mixture(CODES, PRIOR, Fraction(rate) ** 2, quantity)


def integral(of, start, stop):
    return acb.integral(of, start, stop).real


@pytest.mark.parametrize("quantity", ["entropy", "mmse"])
def test_what_is_left_out_costs_at_most_its_bound(quantity):
    with precision(80):
        for rate, start, stop in ((1, Fraction(-1), Fraction(1, 2)), (3, Fraction(-4), Fraction(1)), (3, 4, 6)):
            made = mixture(quantity, rate)
            low, high = ball(start), ball(stop)
            winner = made.winner((low + high) / 2)
            others = made.others(winner)
            whole = integral(made.integrand(winner, others), low, high)
            for j, bound in made.bounds(winner, low, high):
                if bound is not None:
                    kept = integral(made.integrand(winner, [i for i in others if i != j]), low, high)
                    assert 0 < whole - kept < bound < 60 * (whole - kept)
        near = Mixture((Fraction(0), Fraction(1)), (Fraction(1, 2), Fraction(1, 2)), Fraction(1, 10**6), quantity)
        whole = integral(near.integrand(1, [0]), arb(1), arb(2))
        ((_, bound),) = near.bounds(1, arb(1), arb(2))
        assert whole < bound < (3 if quantity == "entropy" else 10) * whole
        for m, cut, far in ((0, arb(-1) / 2, -16), (2, arb(4), 20)):
            made = mixture(quantity)
            ends = (arb(far), cut) if far < 0 else (cut, arb(far))
            beyond = integral(made.integrand(m, made.others(m)), *ends)
            assert 0 < beyond < made.tail(m, cut) < 60 * beyond


def test_the_integrand_is_only_called_analytic_where_the_logarithm_is():
    with precision(64):
        made = Mixture((Fraction(0), Fraction(1)), (Fraction(1, 2), Fraction(1, 2)), Fraction(9), "entropy")
        integrand = made.integrand(0, [1])
        # 1 + e^{3z − 9/2} is 0 at z = 3/2 + iπ/3, and negative further on at this height, where the logarithm turns.
        height = arb((arb.pi() / 3).mid(), 0.05)
        for real in (arb(1.5, 0.05), arb(1.8, 0.01)):
            assert not integrand(acb(real, height), True).is_finite()
        inside = acb(arb(1.5, 0.01), arb(0, 0.1))
        assert integrand(inside, True).is_finite()
        assert integrand(inside, False).is_finite()


def test_more_bits_are_narrower_and_agree_whatever_the_precision_around():
    coarse, fine = (certified_information("fsq:4", 3, bits=bits) for bits in (20, 200))
    before = ctx.prec
    with precision(8):
        again = certified_information("fsq:4", 3, bits=200)
    assert ctx.prec == before
    assert again == fine
    for name in ("information", "entropy", "mmse"):
        first, second = getattr(coarse, name), getattr(fine, name)
        assert first.overlaps(second)
        assert second.accuracy_bits() >= 200 > first.accuracy_bits()


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        (("fsq:3", -1), {}, "r = -1: expected an amplitude ratio of at least 0"),
        (("fsq:3", math.nan), {}, "expected an exact finite number"),
        (("fsq:3", arb(-2, 1)), {}, "at least 0"),
        (("biorthogonal:6", 1), {}, "biorthogonal:6 (K = 6, n = 3): certified information is of codes on a line"),
        (("onehot:4+prior:zipf,s=1", 1), {}, "under the uniform prior"),
        (("fsq:3", 1), {"bits": 0}, "bits = 0: expected a whole number from 1 to 4096"),
        (("fsq:3", 1), {"prior": [1, 1, 1]}, "a codebook has its own"),
        (([[0], [1]], 1), {"prior": [1]}, "prior of 1 numbers: expected one for each of 2 tokens"),
        (([[0], [1]], 1), {"prior": [1, -1]}, "prior of token 1 is -1"),
        (([[0], [1]], 1), {"prior": [0, 0]}, "prior of zeros"),
        (([[0], [1, 2]], 1), {}, "all of one length"),
        (([], 1), {}, "0 rows"),
        (([1, 2], 1), {}, "points [1, 2]: expected a codebook, its spec, or rows of exact numbers"),
        ((5, 1), {}, "points 5: expected"),
        (([["a"], ["b"]], 1), {}, "'a': expected an exact finite number"),
        (([[0, 0], [1, 0], [0, 1]], 1), {}, "K = 3, n = 2"),
        (([[x] for x in range(300)], 1), {}, "300 codes on a line: expected at most 256"),
    ],
)
def test_bad_input(arguments, settings, message):
    with pytest.raises(InputError) as raised:
        certified_information(*arguments, **settings)
    assert message in str(raised.value)


def test_enclosures_keep_both_ends():
    with precision(53):
        third = Enclosure.of(arb(1) / 3)
    low, high = third.floats
    assert low < high
    assert Fraction(low) < Fraction(1, 3) < Fraction(high)
    assert third.contains(Fraction(1, 3))
    assert not third.contains(Fraction(1, 2))
    for nothing in (arb("nan"), arb("inf") - arb("inf")):
        assert Enclosure.of(nothing) == Enclosure(arb("-inf"), arb("inf"))
        assert Enclosure.of(nothing, 0, 1).overlaps(Enclosure.of(Fraction(1, 2)))
    assert Enclosure.of(2).floats == (2.0, 2.0)
    assert Enclosure.of(arb(10) ** 400).floats == (1.7976931348623157e308, math.inf)
    assert Enclosure.of(arb(10) ** -400).floats == (0.0, 5e-324)
    assert Enclosure.of(-(arb(10) ** -400)).floats == (-5e-324, 0.0)
    assert Enclosure.of(arb("nan"), 0, 7).floats == (0.0, 7.0)
    both = between(Enclosure.of(5), Enclosure.of(arb(10) ** -90))
    assert both.floats[0] > 0  # a ball around both would reach below 0
    assert both.accuracy_bits() <= 1e-9
    assert both.less_than(Enclosure.of(6)) is True
    assert both.less_than(third) is None
    assert Enclosure.of(6).less_than(both) is False


def test_the_command_prints_enclosures_and_judges_their_width(capsys):
    assert main(["info", "fsq:3,3", "--r", "2", "--r", "1000", "--method", "certified", "--json", "--bits"]) == 0
    rows = json.loads(capsys.readouterr().out)
    plain = ft.information("fsq:3,3", [2.0, 1000.0]).rows(bits=True)
    for row, other in zip(rows, plain, strict=True):
        assert row["method"] == "certified"
        assert row["stderr_information"] is None
        assert row["information_lower"] <= row["information"] <= row["information_upper"]
        assert row["information"] == pytest.approx(other["information"], rel=1e-12)
        assert row["log_entropy_lower"] == pytest.approx(other["log_entropy"], rel=1e-12)
        assert row["relative_width"] < 2.0**-60
    assert main(["info", "fsq:3,3", "--r", "1000", "--method", "certified", "--rtol", "1e-15"]) == 0
    assert main(["info", "fsq:3,3", "--r", "1", "--method", "certified", "--rtol", "1e-40"]) == 3
    assert "wider than --rtol" in capsys.readouterr().err
    assert main(["info", "fsq:3,3", "--r", "1", "--method", "certified", "--token", "1"]) == 2
    assert main(["info", "psk:5", "--r", "1", "--method", "certified"]) == 2


def test_what_a_ball_has_below_zero_is_left_out():
    wide = certified_information(ROWS, arb(1, 2), prior=PRIOR)
    assert wide.information.lower == 0
    assert not wide.information.upper < certified_information(ROWS, 3, prior=PRIOR).information.lower
    with pytest.raises(InputError, match="at least 0"):
        certified_information(ROWS, arb(-3, 1), prior=PRIOR)
