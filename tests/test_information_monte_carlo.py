"""Monte Carlo of information, entropy and MMSE against integrals, at every SNR; what its standard errors are worth."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from scipy import special, stats

import fsq_theory as ft
from fsq_theory.denoiser.information import importance, monte_carlo, pair_sampling, token_monte_carlo
from fsq_theory.denoiser.information.moments import Moments
from fsq_theory.denoiser.information.monte_carlo import estimate
from fsq_theory.denoiser.information.token_monte_carlo import token_estimate
from fsq_theory.errors import InputError, TooLargeError

LINE = np.array([-1.0, -0.3, 0.2, 1.0])
PRIOR = np.array([0.1, 0.2, 0.3, 0.4])
SIGMAS = 4.5  # two-sided p-value 7e-6, for some hundred comparisons here


def turned(points, prior=None):
    """The codes in three dimensions, at an angle to all axes: no integral applies to what is passed on as an array."""
    flat = np.asarray(points, dtype=float).reshape(len(points), -1)
    turn = stats.ortho_group.rvs(3, random_state=1)
    return ft.ArrayCodebook(np.pad(flat, ((0, 0), (0, 3 - flat.shape[1]))) @ turn, prior)


def on_line(points, prior=None):
    return ft.ArrayCodebook(np.asarray(points, dtype=float)[:, None], prior)


def agrees(log_value, log_stderr, exact_log):
    """Whether an estimate is within SIGMAS standard errors, all as logarithms: nothing underflows."""
    relative = math.exp(log_stderr - log_value)
    slack = 1e-12 * (1 + abs(exact_log))  # rounding of the reference
    return abs(math.expm1(min(exact_log - log_value, 50.0))) <= SIGMAS * relative + slack


def check(found, exact, most_relative):
    entropy = float(exact.log_entropy)
    assert agrees(found.log_entropy, found.log_stderr_information, entropy)
    assert agrees(found.log_mmse, found.log_stderr_mmse, float(exact.log_mmse))
    assert agrees(found.log_information, found.log_stderr_information, float(exact.log_information))
    least = min(found.log_entropy, found.log_information)
    assert math.exp(found.log_stderr_information - least) < most_relative
    assert math.exp(found.log_stderr_mmse - found.log_mmse) < most_relative


# r = 13.7 and 33: entropies of 1e-6 and 1e-30; r = 1e-3: information of 2e-7.
@pytest.mark.parametrize("r", [1e-3, 0.3, 1.5, 4.0, 13.7, 33.0, 1e4])
def test_unequal_prior_on_a_turned_line(r):
    found = estimate(turned(LINE, PRIOR), r, samples=8192, seed=3)
    check(found, ft.information(on_line(LINE, PRIOR), r, method="exact"), 0.02)
    assert found.samples == 8192


def test_the_entropies_of_that_test_are_as_small_as_it_says():
    logs = ft.information(on_line(LINE, PRIOR), [13.7, 33.0], method="exact").log_entropy
    assert logs[0] == pytest.approx(math.log(3e-4), abs=2)
    assert logs[1] < math.log(1e-15)


@pytest.mark.parametrize(("r", "most"), [(0.02, 0.02), (3.0, 0.02), (12.0, 0.003), (24.0, 0.003)])
def test_turned_grid(r, most):
    grid = ft.fsq([3, 3, 3])
    found = estimate(turned(grid.points), r, samples=8192, seed=1)
    check(found, ft.information(grid, r, method="exact"), most)


@pytest.mark.parametrize(
    ("points", "prior", "rates", "most"),
    [
        # Confusions with the far code are rare, and all of the MMSE is theirs.
        ([0.0, 1e-3, 100.0], None, (1e-5, 0.05, 0.09, 1e3, 1e4, 1e7), 0.02),
        # Tokens too rare to be drawn from the prior.
        ([0.0, 1.0], [1 - 1e-6, 1e-6], (0.01, 1.4, 3.0, 8.0, 40.0), 0.03),
        ([0.0, 0.6, 1.0], [0.5, 0.0, 0.5], (0.1, 3.0, 25.0), 0.02),
        ([-1.0, 1.0], None, (1e-8, 1.0, 9.0), 0.02),
        # A code and its shadow.
        ([0.0, 1e-9, 1.0], None, (0.3, 35.0, 5e8), 0.02),
    ],
)
def test_adversaries(points, prior, rates, most):
    book, line = turned(points, prior), on_line(points, prior)
    for r in rates:
        check(estimate(book, r, samples=8192, seed=2), ft.information(line, r, method="exact"), most)


@pytest.mark.parametrize("r", [1e-200, 1e-100, 1e-12, 1e12, 1e100])
def test_extreme_ratios_give_limits_and_no_nan(r):
    found = estimate(turned(LINE, PRIOR), r, samples=4096)
    values = (found.log_information, found.log_entropy, found.log_mmse)
    values += (found.log_stderr_information, found.log_stderr_mmse)
    assert not any(math.isnan(value) or value == math.inf for value in values)
    whole = -float(PRIOR @ np.log(PRIOR))
    assert (found.entropy if r < 1 else found.information) == pytest.approx(whole, rel=1e-12)
    if r > 1:
        gap = 0.5  # the nearest pair: −(r d)²/8 to leading order
        assert found.log_entropy == pytest.approx(-((r * gap) ** 2) / 8, rel=1e-6)


def test_information_and_entropy_add_up():
    for r in (0.2, 2.0, 10.0):
        found = estimate(turned(LINE, PRIOR), r, samples=4096)
        assert found.information + found.entropy == pytest.approx(-float(PRIOR @ np.log(PRIOR)), rel=1e-13)


@pytest.mark.parametrize("r", [0.5, 3.0, 12.0])
def test_intervals_cover_and_errors_have_the_spread_that_they_say(r):
    exact = ft.information(on_line(LINE, PRIOR), r, method="exact")
    book, scores = turned(LINE, PRIOR), []
    for seed in range(100):
        found = estimate(book, r, samples=2048, seed=seed)
        scores.append(
            [
                (found.entropy - exact.entropy) / found.stderr_information,
                (found.mmse - exact.mmse) / found.stderr_mmse,
            ]
        )
    scores = np.array(scores)
    inside = np.sum(np.abs(scores) < 1.96, axis=0)
    # 95 % of 100 with 4.5 standard errors of the binomial law; likewise of the variance of normals.
    assert np.all(inside >= 100 * 0.95 - 4.5 * math.sqrt(100 * 0.95 * 0.05))
    assert np.all(np.abs(scores.var(axis=0) - 1) < 4.5 * math.sqrt(2 / 99))
    assert np.all(np.abs(scores.mean(axis=0)) < 4.5 / math.sqrt(100))


@pytest.mark.parametrize("r", [0.5, 13.0])
def test_the_slope_of_information_is_half_the_mmse_on_common_noise(r):
    book, gamma = turned(LINE, PRIOR), r * r
    step = 1e-3 * gamma
    gaps, errors = [], []
    for seed in range(12):
        low, high = (estimate(book, math.sqrt(g), samples=4096, seed=seed) for g in (gamma - step, gamma + step))
        middle = estimate(book, r, samples=4096, seed=seed)
        # Of −H, which keeps small differences.
        slope = (low.entropy - high.entropy) / (2 * step)
        gaps.append(slope / (middle.mmse / 2) - 1)
        errors.append(math.sqrt(2) * middle.stderr_information / (2 * step) / (middle.mmse / 2))
    gaps = np.array(gaps)
    # The curvature of log I over ±1e-3 γ adds at most (d²γ·1e-3/8)² /6, far below the spread here.
    assert abs(gaps.mean()) < SIGMAS * gaps.std(ddof=1) / math.sqrt(len(gaps)) + 1e-4
    # Independent noise at the two ends would leave errors of order 1; common noise does not.
    assert gaps.std(ddof=1) < 0.1 * np.mean(errors)


def test_seeds_give_the_same_bits_and_early_stops_the_same_samples():
    book = turned(LINE, PRIOR)
    assert estimate(book, 3.0, samples=4096, seed=7) == estimate(book, 3.0, samples=4096, seed=7)
    assert estimate(book, 3.0, samples=4096, seed=7) != estimate(book, 3.0, samples=4096, seed=8)
    stopped = estimate(book, 3.0, samples=10**7, rtol=0.05, seed=7)
    assert stopped == estimate(book, 3.0, samples=8192, seed=7)
    precise = estimate(book, 3.0, samples=10**6, rtol=0.001, seed=7)
    assert precise.samples > 8192
    assert precise.stderr_information <= 0.001 * min(precise.information, precise.entropy)
    assert precise.stderr_mmse <= 0.001 * precise.mmse


@pytest.mark.parametrize("spec", ["onehot:9", "simplex:9"])
def test_equidistant_codes_without_listing_them(spec, monkeypatch):
    book = ft.codebook(spec)
    exact = {r: ft.information(book, r, method="exact") for r in (0.05, 5.0, 40.0)}
    monkeypatch.setattr(type(book), "points", property(lambda self: pytest.fail("the codes were listed")))
    for r, reference in exact.items():
        check(estimate(book, r, samples=8192, seed=4), reference, 0.03)


def test_equidistant_codes_with_a_prior_agree_with_their_list():
    prior = np.r_[0.0, 1e-7, np.full(6, 0.1), 0.4 - 1e-7]
    book = ft.codebook("onehot:9").with_prior(prior)
    array = ft.ArrayCodebook(book.points, prior)
    for r in (2.0, 30.0):
        one, other = estimate(book, r, samples=8192), estimate(array, r, samples=8192, seed=1)
        for name, error in (("entropy", "information"), ("mmse", "mmse")):
            log_error = (
                np.logaddexp(2 * getattr(one, f"log_stderr_{error}"), 2 * getattr(other, f"log_stderr_{error}")) / 2
            )
            assert agrees(getattr(one, f"log_{name}"), log_error, getattr(other, f"log_{name}"))


def test_products_add_up_digit_by_digit():
    book = ft.ProductCodebook([turned(LINE, PRIOR), ft.fsq([3]), ft.fsq([3])])
    line = ft.ProductCodebook([on_line(LINE, PRIOR), ft.fsq([3]), ft.fsq([3])])
    for r in (0.5, 8.0):
        check(estimate(book, r, samples=8192), ft.information(line, r, method="exact"), 0.02)


def test_plain_samples_that_saw_nothing_do_not_look_certain(monkeypatch):
    monkeypatch.setattr(monte_carlo, "listed_pairs", lambda *arguments: None)
    exact = ft.information(on_line(LINE, PRIOR), 14.0, method="exact")
    for seed in range(20):
        found = estimate(turned(LINE, PRIOR), 14.0, samples=2048, seed=seed)
        assert abs(found.entropy - exact.entropy) <= 4 * found.stderr_information
        assert abs(found.mmse - exact.mmse) <= 4 * found.stderr_mmse


def test_what_pairs_leave_out_is_bounded_and_counted(monkeypatch):
    book = ft.random_codebook(64, 4, "box", 0)
    r, scales = 4.0, np.array([math.log(64), 2.0])
    few, all_pairs = pair_sampling._pairs(book, r, 8, scales), pair_sampling._pairs(book, r, 63, scales)
    masses = np.exp(all_pairs.log_masses) - np.exp(few.log_masses)
    # A pair's parts are at most the largest values times its mass.
    assert np.all(np.exp(few.log_truncated) >= 0.2 * masses)
    overlap = np.exp(-((r * all_pairs.neighbours.distance[:, 8:]) ** 2) / 8) / 64
    squares = all_pairs.neighbours.distance[:, 8:] ** 2
    assert np.exp(few.log_truncated[0]) >= importance.ENTROPY_BOUND * overlap.sum()
    assert np.exp(few.log_truncated[1]) >= (overlap * squares).sum() / 4
    assert np.all(all_pairs.log_truncated == -np.inf)
    # Used as they are, they are biased, and the standard errors say so.
    monkeypatch.setattr(pair_sampling, "LEFT_OUT", 1e3)
    monkeypatch.setattr(pair_sampling, "FIRST_NEIGHBOURS", 8)
    monkeypatch.setattr(monte_carlo, "RARE", 1e9)
    cut = estimate(book, r, samples=8192)
    monkeypatch.undo()
    whole = estimate(book, r, samples=2**16)
    assert abs(cut.entropy - whole.entropy) <= 4 * cut.stderr_information
    assert cut.stderr_information > 2 * whole.stderr_information


def test_looked_up_and_scanned_competitors_agree(monkeypatch):
    book = ft.random_codebook(600, 3, "box", 1)
    scanned = estimate(book, 30.0, samples=4096, seed=5)
    monkeypatch.setattr(pair_sampling, "GATHER_COST", 0)
    looked_up = estimate(book, 30.0, samples=4096, seed=5)
    assert looked_up.entropy == pytest.approx(scanned.entropy, rel=2e-3)  # all but the competitors not listed
    assert looked_up.mmse == pytest.approx(scanned.mmse, rel=2e-3)


def test_one_token_that_occurs_leaves_nothing_to_learn():
    found = estimate(turned([0.0, 1.0], [1.0, 0.0]), 1.0, samples=64)
    assert (found.information, found.entropy, found.mmse) == (0.0, 0.0, 0.0)


def test_codebooks_too_large_to_list_are_refused():
    with pytest.raises(TooLargeError, match="too large to enumerate"):
        estimate(ft.codebook("biorthogonal:200000"), 1.0)


# --- the sampling law of a pair ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("a", [1e-3, 0.7, 6.0, 300.0])
@pytest.mark.parametrize("c", [0.0, 2.0, -13.8])
def test_mass_of_the_sampling_density(a, c):
    with mp.workdps(30):
        kink = -mp.mpf(c) / a
        points = sorted({-40, kink - 40 / mp.mpf(a), kink - 1 / mp.mpf(a), kink, kink + 1 / mp.mpf(a), -1, 0, 1, 40})
        points = [x for x in points if abs(x) <= 40]
        exact = mp.log(mp.quad(lambda z: mp.npdf(z) * mp.exp(-abs(a * z + c) / 4), points)) - mp.mpf(a) ** 2 / 8
    found = importance.log_mass(np.array(a), np.array(c), np.array(0.0))
    assert float(found) == pytest.approx(float(exact), rel=1e-12)


def test_mass_at_great_distance_is_that_of_a_two_sided_exponential():
    # ∫ φ(z) e^{−a|z|/4} dz = 8/(a√2π) (1 + O(a^−2)).
    for a in (1e5, 1e8, 1e100):
        found = importance.log_mass(np.array(a), np.array(0.0), np.array(0.0)) + np.float64(a) ** 2 / 8
        tolerance = 1e-9 + 4e-16 * a**2  # rounding of a²/8 itself
        assert float(found) == pytest.approx(math.log(8 / math.sqrt(2 * math.pi)) - math.log(a), abs=tolerance)


@pytest.mark.parametrize("x", [-3.0, 0.0, 0.99, 1.01, 40.0])
def test_excess_of_a_truncated_normal(x):
    exponential = np.array([1e-3, 0.1, 1.0, 10.0, 40.0])
    excess = importance.truncated_excess(np.full(5, x), exponential)
    survival = special.log_ndtr(-x) - special.log_ndtr(-x - excess)
    np.testing.assert_allclose(survival, exponential, rtol=1e-11, atol=4e-13 * x**2)


def test_excess_keeps_its_relative_accuracy_far_out():
    exponential = np.array([0.1, 1.0, 10.0])
    for x in (1e6, 1e50, 1e150):
        np.testing.assert_allclose(importance.truncated_excess(np.full(3, x), exponential) * x, exponential, rtol=1e-10)


def test_draws_follow_their_density():
    a, c = 3.0, 1.2
    uniform = np.random.default_rng(0).uniform(size=20_000)
    t, z = importance.draw(np.full(20_000, a), np.full(20_000, c), uniform)
    np.testing.assert_allclose(t, a * z + c, atol=1e-12)
    grid = np.linspace(-10, 10, 400_001)
    density = np.exp(-(grid**2) / 2 - np.abs(a * grid + c) / 4)
    law = np.cumsum(density) / density.sum()
    assert stats.kstest(z, lambda x: np.interp(x, grid, law)).pvalue > 1e-4


def test_bounds_on_values_are_close_to_their_suprema():
    t = np.linspace(-60, 60, 1_200_001)
    entropy, certain = importance.log_share(t, t)
    assert 0.99 * importance.LARGEST_ENTROPY_VALUE < np.exp(entropy).max() < importance.LARGEST_ENTROPY_VALUE
    assert 0.99 * importance.LARGEST_MMSE_VALUE < np.exp(certain).max() / 2 < importance.LARGEST_MMSE_VALUE
    part = np.exp(-t / 2) * np.logaddexp(0, t)
    assert 0.99 * importance.ENTROPY_BOUND < part.max() < importance.ENTROPY_BOUND


def test_moments_of_batches_are_those_of_all_values():
    values = np.random.default_rng(2).normal(3.0, 2.0, size=(2, 96))
    whole, parts = Moments(2), Moments(2)
    whole.add(values)
    for block in np.split(values, 3, axis=1):
        parts.add(block)
    for found in (whole, parts):
        np.testing.assert_allclose(found.mean, values.mean(axis=1), rtol=1e-14)
        np.testing.assert_allclose(found.stderr((0, 0)), stats.sem(values, axis=1), rtol=1e-13)
    grouped = Moments(2, 32)
    grouped.add(values)
    means = values.reshape(2, 3, 32).mean(axis=2)
    np.testing.assert_allclose(grouped.stderr((0, 0)), stats.sem(means, axis=1), rtol=1e-13)
    # One more sample in the middle of [0, 10] is 5 − mean off, over 97 samples.
    extra = (5 - values.mean(axis=1)) / 97
    np.testing.assert_allclose(whole.stderr((10, 10)) ** 2, stats.sem(values, axis=1) ** 2 + extra**2, rtol=1e-12)


# --- one token --------------------------------------------------------------------------------------------------------


def token_reference(points, prior, k, r):
    """(log D_k, log h_k, log m_k) by high-precision quadrature; h_k only where π_k > 0."""
    with mp.workdps(30):
        x, p, r = [mp.mpf(v) for v in points], [mp.mpf(v) for v in prior], mp.mpf(r)
        near = {r * x[k] + s for s in (-12, -3, 0, 3, 12)}
        for j in range(len(x)):
            if j != k and p[j]:
                gap = x[j] - x[k]
                shift = mp.log(p[k] / p[j]) / (r * gap) if p[k] else 0
                near |= {r * (x[j] + x[k]) / 2 + shift + s / (r * abs(gap)) for s in (-40, -10, -3, 0, 3, 10, 40)}
        near = sorted(y for y in near if abs(y - r * x[k]) < 60)

        def parts(y):
            return [p[j] * mp.exp(r * (x[j] - x[k]) * y - r**2 * (x[j] ** 2 - x[k] ** 2) / 2) for j in range(len(x))]

        def mean(f):
            return mp.quad(lambda y: mp.npdf(y, r * x[k]) * f(parts(y)), near)

        others = [j for j in range(len(x)) if j != k]
        if p[k]:
            entropy = mean(lambda q: mp.log1p(mp.fsum(q[j] for j in others) / q[k]))
            divergence = -mp.log(p[k]) - entropy
        else:
            entropy, divergence = mp.inf, mean(lambda q: -mp.log(mp.fsum(q)))
        mmse = mean(lambda q: (mp.fsum(q[j] * (x[j] - x[k]) for j in others) / mp.fsum(q)) ** 2)
        return [float(mp.log(v)) for v in (divergence, entropy, mmse)]


@pytest.mark.parametrize(
    ("points", "prior", "k", "rates"),
    [
        (LINE, PRIOR, 1, (1e-3, 1.0, 6.0, 30.0)),
        ([-1.0, 0.0, 1.0], [0.25, 0.5, 0.25], 1, (0.01, 2.0, 12.0)),  # at the centre: D_k is of order r⁴
        ([0.0, 1.0], [1 - 1e-6, 1e-6], 1, (0.3, 3.0, 20.0)),
    ],
)
def test_one_token_against_quadrature(points, prior, k, rates):
    for r in rates:
        found = token_estimate(turned(points, prior), k, r, samples=8192, seed=1)
        divergence, entropy, mmse = token_reference(points, prior, k, r)
        assert agrees(found.log_information, found.log_stderr_information, divergence)
        assert agrees(found.log_entropy, found.log_stderr_information, entropy)
        assert agrees(found.log_mmse, found.log_stderr_mmse, mmse)
        least = min(found.log_information, found.log_entropy)
        assert math.exp(found.log_stderr_information - least) < 0.06
        assert math.exp(found.log_stderr_mmse - found.log_mmse) < 0.06


def test_a_token_that_never_occurs_has_a_divergence_and_an_infinite_surprisal():
    found = token_estimate(turned([0.0, 1.0, 2.0], [0.5, 0.0, 0.5]), 1, 2.0, samples=8192)
    divergence, _, mmse = token_reference([0.0, 1.0, 2.0], [0.5, 0.0, 0.5], 1, 2.0)
    assert found.entropy == math.inf
    assert agrees(found.log_information, found.log_stderr_information, divergence)
    assert agrees(found.log_mmse, found.log_stderr_mmse, mmse)


@pytest.mark.parametrize("r", [0.4, 5.0])
def test_tokens_average_to_the_whole(r):
    book, exact = turned(LINE, PRIOR), ft.information(on_line(LINE, PRIOR), r, method="exact")
    found = [token_estimate(book, k, r, samples=4096, seed=k) for k in range(4)]
    for name in ("information", "mmse"):
        mean = sum(p * getattr(one, name) for p, one in zip(PRIOR, found, strict=True))
        spread = math.sqrt(sum((p * getattr(one, f"stderr_{name}")) ** 2 for p, one in zip(PRIOR, found, strict=True)))
        assert abs(mean - float(getattr(exact, name))) < SIGMAS * spread


def test_tokens_of_products_and_of_equidistant_codes():
    grid, exact = ft.fsq([3, 3, 2]), ft.information(ft.codebook("onehot:8"), 3.0, method="exact")
    found = token_estimate(grid, 7, 2.0, samples=8192)
    reference = ft.token_information(grid, 2.0, [7], method="exact")
    assert agrees(found.log_information, found.log_stderr_information, float(reference.log_information[0, 0]))
    assert agrees(found.log_mmse, found.log_stderr_mmse, float(reference.log_mmse[0, 0]))
    alike = token_estimate(ft.codebook("onehot:8"), 3, 3.0, samples=8192)
    assert agrees(alike.log_entropy, alike.log_stderr_information, float(exact.log_entropy))
    assert agrees(alike.log_mmse, alike.log_stderr_mmse, float(exact.log_mmse))
    with pytest.raises(InputError, match="token 18 is not in"):
        token_estimate(grid, 18, 1.0)


def test_token_seeds_give_the_same_bits():
    book = turned(LINE, PRIOR)
    one, same, other = (token_estimate(book, 2, 3.0, samples=2048, seed=seed) for seed in (3, 3, 4))
    assert one == same
    assert one != other


def test_token_batches_stay_small(monkeypatch):
    monkeypatch.setattr(token_monte_carlo, "BATCH_ENTRIES", 64)
    small = token_estimate(turned(LINE, PRIOR), 2, 3.0, samples=2048, seed=3)
    exact = ft.token_information(on_line(LINE, PRIOR), 3.0, [2], method="exact")
    assert agrees(small.log_entropy, small.log_stderr_information, float(exact.log_entropy[0, 0]))


@pytest.mark.parametrize("r", [0.3, 0.5])
def test_a_likely_token_among_rare_ones_has_an_honest_error_at_low_snr(r: float) -> None:
    """What it learns are squares of the likelihoods of rare tokens, which observations around it hardly show."""
    book = ft.ArrayCodebook(np.array([[0.0], [1.0], [1.2], [3.0]]), [1 - 3e-6, 1e-6, 1e-6, 1e-6])
    exact = ft.token_information(book, r, 0)
    found = [token_estimate(book, 0, r, samples=8192, seed=seed) for seed in range(20)]
    scores = np.array(
        [
            [(one.information - exact.information[0, 0]) / one.stderr_information for one in found],
            [(one.mmse - exact.mmse[0, 0]) / one.stderr_mmse for one in found],
        ]
    )
    # Means of 20 scores, and their root mean squares: 4 and 6 deviations.
    assert np.all(np.abs(scores.mean(axis=1)) < 4 / math.sqrt(20))
    assert np.all(np.sqrt(np.mean(scores**2, axis=1)) < 1 + 6 / math.sqrt(40))
    assert max(one.stderr_information / exact.information[0, 0] for one in found) < 0.2


def test_range_of_the_squared_error_under_a_nearly_certain_prior() -> None:
    """Rare tokens bound what one more sample may show, by their weights: not the distance of two codes."""
    book = ft.codebook("onehot:6").with_prior([1 - 5e-7] + [1e-7] * 5)
    exact = ft.information(book, 2.0)
    found = estimate(book, 2.0, samples=8192)
    assert abs(found.mmse - exact.mmse) < 4 * found.stderr_mmse
    assert found.stderr_mmse < 0.1 * exact.mmse
