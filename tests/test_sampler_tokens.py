"""The tokens of samplers: bounds, rates, symmetry, directions, simulation against quadrature, errors, bad input."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fsq_theory as ft
from fsq_theory.samplers.divergences import quadrature_divergences
from fsq_theory.samplers.simulated_law import law_divergences
from fsq_theory.samplers.token_law import kl_divergence, total_variation
from fsq_theory.testing import array_codebooks

GRID = [0.0, 1.0, 3.0, 8.0, 20.0, 60.0]
SKEWED = ft.ArrayCodebook([[-1.0], [0.2], [1.0]], [0.1, 0.6, 0.3])


def path_kl(codebook, snr):
    """½ Σ mmse(γ_i)(γ_{i+1} − γ_i) − [I(γ_N) − I(γ_0)] + KL(p_T‖N(0, 1)), from the information alone."""
    found = ft.information(codebook, np.sqrt(snr))
    start = snr[0] / 2 * codebook.energy - found.information[0]
    rise = found.information[-1] - found.information[0]
    return float(found.mmse[:-1] @ np.diff(snr) / 2 - rise + start)


def test_the_path_kl_of_the_grid_bounds_the_kl_of_tokens():
    made = ft.codebook("fsq:5")
    assert path_kl(made, np.array(GRID)) == pytest.approx(0.88338, abs=5e-6)
    got = ft.sampled_tokens(made, grid_snr=GRID)
    assert (got.method, got.nfe, got.steps) == ("quadrature", 5, 5)
    assert 0 < got.kl < 0.88338


@settings(max_examples=15)
@given(array_codebooks(dimension=1), st.lists(st.floats(0.05, 30), min_size=2, max_size=6, unique=True))
def test_the_bound_holds_for_any_grid(codebook, snr):
    snr = np.sort(snr)
    if np.any(np.diff(snr) < 1e-3):
        return
    got = ft.sampled_tokens(codebook, grid_snr=snr)
    assert got.kl <= path_kl(codebook, snr) + 1e-9
    assert got.q.sum() == pytest.approx(1, abs=1e-12)
    # Pinsker, both ways.
    assert got.tv <= math.sqrt(got.kl / 2) + 1e-9
    assert got.tv <= math.sqrt(got.kl_reverse / 2) + 1e-9


@pytest.mark.parametrize("sampler", ["ancestral", "sde", "ddim"])
def test_rates(sampler):
    """TV falls like 1/N and KL like 1/N²: an error of first order in the law."""
    counts = [80, 160, 320]
    made = [ft.sampled_tokens("fsq:3", "cdcd-tts", steps=steps, sampler=sampler, eps=0.01) for steps in counts]
    for name, expected in (("tv", 1), ("kl", 2), ("kl_reverse", 2)):
        rate = -np.polyfit(np.log(counts), np.log([getattr(law, name) for law in made]), 1)[0]
        assert -0.15 < rate - expected < 0.15


def test_all_samplers_tend_to_the_prior():
    for sampler in ("ancestral", "sde", "ddim", "ode"):
        got = ft.sampled_tokens(SKEWED, "cdcd-tts", steps=150, sampler=sampler, eps=0.01, rtol=1e-8)
        assert got.q == pytest.approx(SKEWED.prior, abs=2e-2)
        if sampler == "ode":
            assert got.q == pytest.approx(SKEWED.prior, abs=1e-7)
            assert got.steps == 0
            assert got.nfe > 50


def test_symmetry_gives_uniform_tokens_in_few_steps():
    for spec in ("fsq:2", "onehot:2", "psk:6", "simplex:3"):
        got = ft.sampled_tokens(spec, grid_snr=[0, 2, 5, 9])
        assert got.q == pytest.approx(np.full(got.K, 1 / got.K), abs=1e-7)
        assert got.tv_upper < 1e-5
    # Three levels have no symmetry between the middle and the ends, and few steps favour the middle.
    lopsided = ft.sampled_tokens("fsq:3", grid_snr=[0, 2, 5, 9]).q
    assert lopsided[1] > lopsided[0] + 0.01
    assert lopsided[0] == pytest.approx(lopsided[2], abs=1e-12)


@pytest.mark.parametrize("sampler", ["ddim", "ode"])
def test_the_start_and_the_temperature_move_mass(sampler):
    """Without noise, less spread at the start is less at the end; colder guesses go further out."""

    def middle(**changes):
        return ft.sampled_tokens("fsq:5", "cdcd-tts", steps=40, sampler=sampler, eps=0.01, **changes).q[1:4].sum()

    plain = middle()
    assert middle(start_std=2 / 3) > plain + 0.05
    assert middle(start_std=1.5) < plain - 0.05
    assert middle(temperature=0.5) < plain - 0.05
    assert middle(temperature=2.0) > plain + 0.05


def test_an_ancestral_step_from_snr_0_forgets_the_start():
    laws = [ft.sampled_tokens(SKEWED, grid_snr=GRID, start_std=std).q for std in (1.0, 2 / 3)]
    assert np.array_equal(*laws)
    late = [ft.sampled_tokens(SKEWED, grid_snr=GRID[1:], start_std=std).q for std in (1.0, 2 / 3)]
    assert np.abs(late[0] - late[1]).max() > 1e-3


@pytest.mark.parametrize("sampler", ["ancestral", "sde", "ddim"])
@pytest.mark.parametrize("readout", ["posterior", "map"])
def test_simulation_agrees_with_quadrature(sampler, readout):
    settings = {"steps": 6, "sampler": sampler, "eps": 0.05, "readout": readout}
    exact = ft.sampled_tokens(SKEWED, "cdcd-tts", **settings)
    got = ft.sampled_tokens(SKEWED, "cdcd-tts", **settings, method="mc", paths=2**15 - 40, seed=3)
    assert (exact.method, got.method, got.paths) == ("quadrature", "monte-carlo", 2**15)
    assert abs(got.kl - exact.kl) < 4 * got.stderr_kl
    assert abs(got.kl_reverse - exact.kl_reverse) < 4 * got.stderr_kl_reverse
    assert abs(got.tv - exact.tv) < 4 * got.stderr_tv
    assert np.all(np.abs(got.q - exact.q) < 5 * got.stderr_q)
    assert got.tv_lower < exact.tv < got.tv_upper


@pytest.mark.parametrize("sampler", ["ancestral", "ddim", "ode"])
def test_a_start_above_snr_0(sampler):
    settings = {"grid_snr": [2.0, 3.0, 6.0], "sampler": sampler, "start_std": 0.6}
    exact = ft.sampled_tokens(SKEWED, **settings)
    got = ft.sampled_tokens(SKEWED, **settings, method="mc", paths=2**15)
    assert np.all(np.abs(got.q - exact.q) < 5 * got.stderr_q)
    assert np.abs(exact.q - SKEWED.prior).max() > 0.02


def test_simulated_flow_agrees_with_quadrature():
    exact = ft.sampled_tokens(SKEWED, grid_snr=[0, 9], sampler="ode", start_std=0.5)
    got = ft.sampled_tokens(SKEWED, grid_snr=[0, 9], sampler="ode", start_std=0.5, method="mc", paths=2**15)
    assert abs(got.kl - exact.kl) < 4 * got.stderr_kl
    assert np.all(np.abs(got.q - exact.q) < 5 * got.stderr_q)
    assert got.nfe == pytest.approx(exact.nfe, rel=0.5)


def test_products_run_digit_by_digit():
    parts = [ft.sampled_tokens(spec, grid_snr=GRID) for spec in ("fsq:5", "fsq:3", "fsq:2")]
    got = ft.sampled_tokens("fsq:5,3,2", grid_snr=GRID)
    expected = np.einsum("c,b,a->cba", parts[2].q, parts[1].q, parts[0].q).ravel()
    assert got.q == pytest.approx(expected, rel=1e-12)
    assert got.kl == pytest.approx(sum(part.kl for part in parts), rel=1e-12)
    assert got.kl == pytest.approx(kl_divergence(np.full(30, 1 / 30), expected), rel=1e-9)
    assert got.tv == pytest.approx(total_variation(np.full(30, 1 / 30), expected), rel=1e-12)
    assert [len(law) for law in got.digits] == [5, 3, 2]
    # The same points as an array in another order: tokens keep the array's order.
    grid = ft.codebook("fsq:5,3,2")
    order = np.random.default_rng(0).permutation(30)
    shuffled = ft.sampled_tokens(ft.ArrayCodebook(grid.points[order]), grid_snr=GRID)
    assert shuffled.q == pytest.approx(got.q[order], rel=1e-12)


def test_huge_products_are_bracketed_and_never_listed():
    exact = ft.sampled_tokens("fsq:3^8", grid_snr=GRID)
    assert exact.tv_lower <= exact.tv <= exact.tv_upper
    got = ft.sampled_tokens("fsq:3^64", grid_snr=GRID)
    assert (got.q, got.tv) == (None, None)
    assert got.kl == pytest.approx(8 * exact.kl, rel=1e-12)
    assert exact.tv < got.tv_lower <= got.tv_upper <= 1


def test_codes_on_a_line_or_plane_of_a_larger_space():
    """A rotation changes nothing, and neither do dimensions that no code uses: quadrature where n is 3."""
    plane = ft.ArrayCodebook([[0.3, 0.0], [1.0, 0.5], [-0.2, 1.0]], [0.5, 0.2, 0.3])
    turn = np.linalg.qr(np.random.default_rng(4).standard_normal((3, 3)))[0]
    solid = ft.ArrayCodebook(np.pad(plane.points, ((0, 0), (0, 1)), constant_values=0.7) @ turn.T, plane.prior)
    flat, turned = (ft.sampled_tokens(made, grid_snr=GRID[:4]) for made in (plane, solid))
    assert turned.method == "quadrature"
    assert turned.q == pytest.approx(flat.q, abs=flat.error + turned.error)
    sampled = ft.sampled_tokens(solid, grid_snr=GRID[:4], method="mc", paths=20_000)
    assert np.all(np.abs(sampled.q - flat.q) < 5 * sampled.stderr_q)


def test_predictors():
    made = ft.codebook("fsq:4")

    def exact(y, r):
        weights = np.exp(-((np.asarray(y) - r * made.points[:, 0]) ** 2) / 2)
        return weights / weights.sum(axis=1, keepdims=True)

    plain = ft.sampled_tokens(made, grid_snr=GRID)
    for method in ("density", "mc"):
        got = ft.sampled_tokens(made, grid_snr=GRID, predictor=exact, method=method, paths=2048)
        tolerance = 1e-12 if method == "density" else 5 * got.stderr_q
        assert np.all(np.abs(got.q - plain.q) <= tolerance)

    def blind(y, r):
        return np.tile([0.0, 0.0, 0.0, 1.0], (len(y), 1))

    assert ft.sampled_tokens(made, grid_snr=GRID, predictor=blind).q[3] > 0.99
    with pytest.raises(ft.InputError, match="expected probabilities that sum to 1"):
        ft.sampled_tokens(made, grid_snr=GRID, predictor=lambda y, r: np.ones((len(y), 4)))


def test_one_hot_codes_by_simulation():
    """Codes that are not listed give the law of the same codes as an array."""
    made = ft.codebook("onehot:40")
    prior = np.r_[0.5, np.full(39, 0.5 / 39)]
    lazy, listed = made.with_prior(prior), ft.ArrayCodebook(made.points, prior)
    a, b = (ft.sampled_tokens(book, grid_snr=[0, 4, 16], paths=1024) for book in (lazy, listed))
    assert a.q == pytest.approx(b.q, rel=1e-9)
    assert abs(a.kl - b.kl) < 1e-9


def test_rarely_seen_tokens_are_in_doubt():
    """Ten paths a token: the KL without smoothing would be 1.3, by simulation of 2^19 paths it is 0.3786."""
    few = ft.sampled_tokens("hamming8", grid_snr=GRID, paths=5000)
    assert abs(few.kl - 0.3786) < 4 * few.stderr_kl
    assert few.kl < 0.6
    many = ft.sampled_tokens("hamming8", grid_snr=GRID, paths=40_000)
    assert abs(many.kl - 0.3786) < 4 * many.stderr_kl + 4 * 0.0013
    assert many.stderr_kl < 0.01


def test_seeds():
    laws = [ft.sampled_tokens("hamming8", grid_snr=GRID, paths=5000, seed=seed) for seed in (0, 0, 1)]
    assert np.array_equal(laws[0].q, laws[1].q)
    assert laws[0].kl == laws[1].kl
    assert not np.array_equal(laws[0].q, laws[2].q)


@pytest.mark.parametrize("sampler", ["ancestral", "sde", "ddim", "ode"])
@pytest.mark.parametrize(
    ("codebook", "schedule"),
    [
        (ft.ArrayCodebook([[0.0], [1.0], [2.0]], [1e-6, 0.0, 1 - 1e-6]), "flow"),
        (ft.ArrayCodebook([[0.0], [1.0], [2.0]], [0.0, 1.0, 0.0]), "sqrt"),
        (ft.ArrayCodebook([[0.0], [1e-2], [3.0]], [0.2, 0.3, 0.5]), "vp"),
    ],
)
def test_nothing_is_nan(codebook, schedule, sampler):
    for method in ("auto", "mc"):
        for readout in ("posterior", "map"):
            got = ft.sampled_tokens(
                codebook, schedule, steps=3, sampler=sampler, eps=0.1, method=method, readout=readout, paths=640
            )
            numbers = [got.kl, got.kl_reverse, got.tv, got.stderr_kl, got.stderr_kl_reverse, got.tv_lower, got.tv_upper]
            assert not np.isnan([*numbers, *got.q]).any()
            assert min(numbers) >= 0
            assert got.q[codebook.prior == 0] == pytest.approx(0, abs=0)
            assert got.q.sum() == pytest.approx(1, abs=1e-12)


def test_errors_of_simulated_laws():
    """Counts of known laws: the mean of the estimates is the KL, and their spread the standard error."""
    rng = np.random.default_rng(0)
    prior = np.full(12, 1 / 12)
    for q in (prior, np.r_[np.full(6, 0.05), np.full(6, 7 / 60)]):
        runs = []
        for _ in range(200):
            counts = rng.multinomial(40, q, size=64) / 40
            runs.append(law_divergences(prior, counts, 2560))
        for name, exact in (("kl", kl_divergence(prior, q)), ("kl_reverse", kl_divergence(q, prior))):
            values = np.array([getattr(run, name) for run in runs])
            spread = values.std(ddof=1)
            claimed = np.mean([getattr(run, f"stderr_{name}") for run in runs])
            if exact == 0:  # cut at 0: the plug-in estimate would be (K − 1)/2N = 2.1e-3
                assert values.mean() < 5e-4
                assert spread < claimed < 3 * spread
            else:
                assert abs(values.mean() - exact) < 4 * spread / math.sqrt(200) + 1e-4
                assert claimed == pytest.approx(spread, rel=0.25)


def test_tokens_that_were_never_seen():
    prior = np.array([0.5, 0.4, 0.1])
    groups = np.tile([0.6, 0.4, 0.0], (64, 1))
    got = law_divergences(prior, groups, 6400)
    # q_3 is anything up to 3/6400.
    assert got.kl == pytest.approx(0.5 * math.log(5 / 6) + 0.1 * math.log(0.1 * 6400 / 3), abs=1e-3)
    assert got.kl_lower == pytest.approx(got.kl, rel=1e-12)
    assert (got.kl_upper, got.stderr_kl) == (math.inf, math.inf)
    assert got.unresolved == 1
    assert got.kl_reverse < math.inf
    bounded = got.at_most(1.0)
    assert bounded.kl_upper == 1.0
    assert bounded.kl + 1.96 * bounded.stderr_kl == pytest.approx(1.0, abs=1e-4)
    # Expected 4 times: the error is not that of a few reads.
    four = np.array([0.5, 0.5 - 4 / 6400, 4 / 6400])
    got = law_divergences(four, np.tile([0.5, 0.5, 0.0], (64, 1)), 6400)
    assert (got.unresolved, got.stderr_kl) == (1, math.inf)
    # Expected less than once: it says nothing, but the error says so.
    rare = np.array([0.5, 0.5 - 1e-6, 1e-6])
    got = law_divergences(rare, np.tile([0.5, 0.5, 0.0], (64, 1)), 6400)
    assert got.kl < 1e-6
    assert 1e-6 < got.stderr_kl < 1e-4


FAR = ft.codebook("fsq:5+scale:30")
FAR_SNR = [0.0, *np.geomspace(0.5, 60, 4)]
RARE = ft.ArrayCodebook([[82.99], [38.16], [-47.13]], [0, 1 - 5.8e-5, 5.8e-5])


def test_tokens_far_beyond_the_tails_of_a_step_keep_their_relative_accuracy():
    """Tokens 21 and more standard deviations from where the first step leads, below e^{−100}."""
    got = ft.sampled_tokens(FAR, grid_snr=FAR_SNR)
    assert got.unresolved == 0
    assert got.kl_lower <= got.kl <= got.kl_upper <= path_kl(FAR, np.array(FAR_SNR))
    assert got.kl_upper - got.kl_lower < 1e-3 * got.kl
    # The codes are symmetric, the nodes are not.
    assert got.q == pytest.approx(got.q[::-1], rel=2e-2)
    assert 0 < got.q[0] < 1e-50
    rare = ft.sampled_tokens(RARE, "sqrt", steps=7, eps=0.1)
    snr = np.asarray(ft.schedule("sqrt").snr(np.linspace(1, 0.1, 8)))
    assert 0 < rare.kl <= rare.kl_upper <= path_kl(RARE, snr)
    assert (rare.unresolved, rare.q[0]) == (0, 0)


@pytest.mark.parametrize("readout", ["posterior", "map"])
def test_one_step_far_out_in_closed_form(readout):
    """From SNR 0 a step leads to Y = r m + N(0, 1); two codes c and −c are read out as p(c|Y), or Y > its threshold."""
    prior, r, c = np.array([1 - 1e-3, 1e-3]), 4.0, 5.0
    mean = c * float(prior[1] - prior[0])
    made = ft.ArrayCodebook([[-c], [c]], prior)
    got = ft.sampled_tokens(made, grid_snr=[0, r**2], readout=readout)
    log_odds = math.log(prior[1] / prior[0])
    with mpmath.workdps(30):
        density = lambda y: mpmath.npdf(y - r * mean)  # noqa: E731
        cut = -log_odds / (2 * r * c)
        if readout == "map":
            exact = mpmath.ncdf(r * mean - cut)
        else:
            chance = lambda y: density(y) / (1 + mpmath.exp(-log_odds - 2 * r * c * y))  # noqa: E731
            exact = mpmath.quad(chance, [r * mean, -5, cut - 1, cut - 0.2, cut, cut + 0.2, cut + 1, 5, 12])
    assert 1e-95 < exact < 1e-80
    assert got.q[1] == pytest.approx(float(exact), rel=1e-2)
    kl = prior[0] * math.log(prior[0]) + prior[1] * float(mpmath.log(prior[1] / exact))
    assert got.kl == pytest.approx(kl, rel=1e-4)


def test_simulation_says_what_it_cannot_know():
    """Tokens that no path comes near: the truth is between the bounds, and the standard error reaches it."""
    for made, where in ((FAR, {"grid_snr": FAR_SNR}), (RARE, {"schedule": "sqrt", "steps": 7, "eps": 0.1})):
        exact = ft.sampled_tokens(made, **where)
        got = ft.sampled_tokens(made, **where, method="mc", paths=2**16)
        assert got.unresolved == {5: 4, 3: 1}[made.K]
        assert got.kl_lower <= exact.kl <= got.kl_upper
        assert abs(got.kl - exact.kl) <= 1.96 * got.stderr_kl
        assert got.kl_upper < math.inf
        # A model's tokens are not bounded by the path KL of the exact denoiser.
        warm = ft.sampled_tokens(made, **where, method="mc", paths=2**16, temperature=1.1)
        assert (warm.kl_upper, warm.stderr_kl) == (math.inf, math.inf)


def test_tokens_that_quadrature_does_not_resolve():
    """Codes a thousand times as far apart: below e^{−700} there are no numbers, and the bounds say so."""
    made, snr = FAR.scaled(1000 / 30), np.array([0.0, 0.5, 1.0])
    got = ft.sampled_tokens(made, grid_snr=snr)
    assert got.unresolved == 4
    assert got.kl == got.kl_lower < got.kl_upper < math.inf
    assert got.kl_upper == pytest.approx(path_kl(made, snr), rel=1e-6)
    assert ft.sampled_tokens(made, grid_snr=snr, readout="map").kl_upper == math.inf
    # Without noise only the tails of the start are known to 1e-15.
    still = ft.sampled_tokens(made, grid_snr=snr, sampler="ddim")
    assert still.unresolved > 0
    assert still.kl_upper == math.inf


def test_a_token_that_is_never_the_most_probable_one():
    """Between two probable codes a rare one is never read out by MAP: its probability is 0, not small."""
    made = ft.ArrayCodebook([[-1.0], [0.0], [1.0]], [0.495, 0.01, 0.495])
    got = ft.sampled_tokens(made, grid_snr=[0, 0.5, 1], readout="map")
    assert (got.kl, got.kl_lower, got.kl_upper, got.unresolved) == (math.inf, math.inf, math.inf, 0)


def test_divergences_of_laws_in_doubt():
    prior = np.array([0.5, 0.5])
    got = quadrature_divergences(prior, np.array([1.0, 0.0]), np.array([1e-6, 1e-6]))
    assert (got.unresolved, got.kl_upper) == (1, math.inf)
    assert got.kl == got.kl_lower == pytest.approx(0.5 * math.log(0.5) + 0.5 * math.log(0.5e6), abs=1e-5)
    # Every law within the doubt has its KL within the bounds.
    q, doubt = np.array([0.7, 0.3]), np.array([1e-2, 1e-2])
    got = quadrature_divergences(prior, q, doubt)
    for shift in (-1e-2, 5e-3, 1e-2):
        assert got.kl_lower <= kl_divergence(prior, q + np.array([shift, -shift])) <= got.kl_upper
    assert got.kl_upper - got.kl_lower < 0.03


def test_divergences_of_laws():
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.25, 0.5])
    assert kl_divergence(p, q) == pytest.approx(math.log(2), rel=1e-15)
    assert kl_divergence(q, p) == math.inf
    assert total_variation(p, q) == 0.5
    step = 1e-9  # ½ Σ δ²/p: nothing cancels
    assert kl_divergence(p, np.array([0.5 + step, 0.5 - step, 0])) == pytest.approx(2 * step**2, rel=1e-6)
    assert kl_divergence(p, p) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sampler": "heun"}, "sampler 'heun': expected one of ancestral, sde, ddim, ode"),
        ({"readout": "round"}, "readout 'round': expected one of posterior, map"),
        ({"method": "exact"}, "method 'exact': expected one of auto, density, mc"),
        ({"sampler": "sde"}, "sampler 'sde' without a schedule"),
        ({"grid_snr": None}, "the grid is missing: expected schedule with steps, or grid_snr"),
        ({"steps": 3}, "the grid is said twice"),
        ({"grid_snr": [1.0]}, "grid_snr: expected at least two SNRs"),
        ({"grid_snr": [0.0, 2.0, 2.0]}, "grid_snr: 2 after 2: expected increasing SNRs"),
        ({"grid_snr": [0.0, math.inf]}, "grid_snr: SNR inf: expected finite SNRs of at least 0"),
        ({"grid_snr": [0.0, 1e300]}, "SNR 1e+300 where paths stop"),
        ({"grid_snr": None, "schedule": "flow"}, "sampler ancestral without steps"),
        ({"grid_snr": None, "schedule": "flow", "steps": 3, "eps": 0.0}, "eps = 0: SNR is infinite there"),
        ({"grid_snr": None, "schedule": "flow", "steps": 3, "eps": 0.5, "T": 0.2}, "eps = 0.5, T = 0.2: expected"),
        ({"grid_snr": None, "schedule": "flow", "steps": 0}, "0 steps: expected at least 1"),
        ({"grid_snr": [1.0, 1e9], "schedule": "logsnr"}, "is not reached by logsnr"),
        ({"start_std": 0.0}, "start_std = 0: expected a finite number above 0"),
        ({"temperature": -1.0}, "temperature -1: expected a number above 0"),
        ({"temperature": 2.0, "predictor": lambda y, r: y}, "temperature = 2 with a predictor"),
        ({"sampler": "ode", "predictor": lambda y, r: y}, "sampler 'ode' with a predictor"),
        ({"rtol": 0.0}, "rtol = 0: expected a tolerance"),
        ({"seed": -1}, "seed -1: expected an integer of at least 0"),
        ({"paths": 1}, "1 paths: expected at least 2"),
        ({"method": "mc", "paths": 20}, "20 paths for 3 tokens: expected at least 10 paths a token"),
        ({"codebook": "onehot:8", "method": "density"}, "method 'density' in 8 dimensions: expected at most 2"),
        ({"codebook": "psk:8", "method": "density", "readout": "map"}, "readout 'map' in the plane"),
        ({"codebook": "onehot:20000"}, "65536 paths for 20000 tokens"),
        ({"codebook": "fsq:0"}, "fsq"),
    ],
)
def test_bad_input(changes, message):
    arguments = {"codebook": SKEWED, "schedule": None, "grid_snr": GRID, **changes}
    with pytest.raises(ft.InputError) as caught:
        ft.sampled_tokens(arguments.pop("codebook"), arguments.pop("schedule"), **arguments)
    assert message in str(caught.value)
