"""The law of a sampler's tokens by quadrature: against direct integration, simulation, symmetry and its own errors."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import scipy.special
from scipy.stats import norm

from fsq_theory.codebooks import ArrayCodebook
from fsq_theory.codebooks.spec import codebook
from fsq_theory.paths.transitions import ddim_transitions, exact_transitions
from fsq_theory.samplers import density
from fsq_theory.samplers.density import density_law
from fsq_theory.samplers.deterministic import deterministic_law, fixed_flow
from fsq_theory.samplers.factor import factor, guess, model_factor
from fsq_theory.samplers.mixture_grid import Mixture, TooFine, on_grid
from fsq_theory.samplers.simulate import simulated_law, stepped
from fsq_theory.samplers.transitions import rescaled, sampler_grid, snr_steps, unit_power
from fsq_theory.schedules import schedule

SKEWED = ArrayCodebook([[-1.0], [0.2], [1.0]], [0.1, 0.6, 0.3])
SCALES = ArrayCodebook([[0.0], [1e-3], [100.0]], [0.2, 0.3, 0.5])
HEXAGON = ArrayCodebook([[0.0, 0.0], *([math.cos(a), math.sin(a)] for a in np.arange(6) * math.pi / 3)])


def quadrature(made, grid, readout="posterior"):
    model, std = model_factor(made, 1.0), float(unit_power(grid.r[0])[1])
    return density_law(factor(made), lambda u, r: guess(model, u, np.float64(r)), grid, std, readout)


def posterior_by_definition(points, prior, y, r):
    """p(k|y) for y = r e_k + N(0, 1), tokens last."""
    square = (np.asarray(y)[..., None] - r * points) ** 2
    weights = prior * np.exp((square.min(axis=-1, keepdims=True) - square) / 2)
    return weights / weights.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("snr", [[0, 2, 6], [2, 6]])
def test_steps_by_adaptive_integration(snr):
    """From SNR 0 or 2 to 6 in the coordinate Z = rY, where a step is Z' = Z + x̂ Δγ + √Δγ ξ, nested integrals."""
    points, prior = SKEWED.points[:, 0], SKEWED.prior
    # Z at SNR 2: after a step from SNR 0 with the mean for a guess, or the start itself.
    middle = 2 * (prior @ points) if snr[0] == 0 else 0.0
    noise = np.linspace(-10, 10, 8001)

    def end_law(z):
        centre = z + 4 * posterior_by_definition(points, prior, z / math.sqrt(2), math.sqrt(2)) @ points
        found = posterior_by_definition(points, prior, (centre + 2 * noise) / math.sqrt(6), math.sqrt(6))
        return scipy.integrate.simpson(found[:, 0] * norm.pdf(noise), x=noise)

    expected = scipy.integrate.quad(
        lambda z: norm.pdf(z, middle, math.sqrt(2)) * end_law(z), middle - 12, middle + 12, epsabs=1e-11
    )[0]
    got = quadrature(SKEWED, sampler_grid("ancestral", None, None, snr, 0.1, 1.0))
    assert got.q[0] == pytest.approx(expected, abs=1e-10)
    assert got.q.sum() == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize("readout", ["posterior", "map"])
def test_one_step_in_closed_form(readout):
    """From SNR 0 one step leads to N(a m, s² + …): with the mean for a guess, Y = r m + N(0, 1) at the end."""
    points, prior = SKEWED.points[:, 0], SKEWED.prior
    r, mean = math.sqrt(5.0), float(prior @ points)

    def chance(k):
        def integrand(y):
            p = posterior_by_definition(points, prior, y, r)
            return (p[k] if readout == "posterior" else float(np.argmax(p) == k)) * norm.pdf(y - r * mean)

        cuts = [
            r * (a + b) / 2 + math.log(p / q) / (r * (b - a))
            for a, b, p, q in zip(points, points[1:], prior, prior[1:], strict=False)
        ]
        return scipy.integrate.quad(integrand, r * mean - 9, r * mean + 9, points=cuts, epsabs=1e-13, limit=200)[0]

    got = quadrature(SKEWED, sampler_grid("ancestral", None, None, [0, 5], 0.1, 1.0), readout)
    assert got.q == pytest.approx([chance(k) for k in range(3)], abs=1e-11)


@pytest.mark.parametrize("made", [SKEWED, SCALES, HEXAGON, codebook("psk:8")], ids=lambda made: f"K={made.K}")
@pytest.mark.parametrize("sampler", ["ancestral", "sde", "ddim"])
def test_against_simulation(made, sampler):
    grid = sampler_grid(sampler, "cdcd-tts", 7, None, 0.05, 1.0)
    truth, model = factor(made), model_factor(made, 1.0)
    if sampler == "ddim":
        flow = fixed_flow(lambda u, r: guess(model, u, np.float64(r)), grid)
        got = deterministic_law(truth, flow, 1.0, float(grid.r[-1]), "posterior")
    else:
        got = quadrature(made, grid)
    assert got.error < 1e-5
    rows = simulated_law(truth, stepped(model, grid, 1.0), float(grid.r[-1]), "posterior", 2**15, 1)
    stderr = rows.std(axis=0, ddof=1) / 8
    # 64 groups: Student's t with 63 degrees of freedom exceeds 5 once in 2e5 times.
    assert np.all(np.abs(rows.mean(axis=0) - got.q) <= 5 * stderr + 1e-9)


@pytest.mark.parametrize(("made", "n"), [(SKEWED, 1), (HEXAGON, 2)])
def test_the_error_is_at_least_the_error_made(made, n, monkeypatch):
    grid = sampler_grid("ancestral", None, None, [0, 1, 3, 9, 27], 0.1, 1.0)
    got = quadrature(made, grid)
    monkeypatch.setitem(density.SPACING, n, density.SPACING[n] / 2)
    monkeypatch.setitem(density.DOUBLED, n, density.DOUBLED[n] / 100)
    fine = quadrature(made, grid)
    assert np.abs(fine.q - got.q).sum() / 2 <= got.error + fine.error
    assert fine.error < got.error < 1e-5


def test_the_trapezoidal_rule_is_exact_for_a_mixture():
    means = np.array([[-0.3], [0.11], [2.0]])
    nodes = on_grid(Mixture(means, np.array([0.2, 0.5, 0.3]), 0.1), 0.75)
    assert nodes.mass.sum() == pytest.approx(1, abs=2e-15)
    # Characteristic function at 3: Σ w e^{3iμ − 9 v/2}.
    exact = np.sum([0.2, 0.5, 0.3] * np.exp(3j * means[:, 0])) * math.exp(-9 * 0.01 / 2)
    assert np.sum(nodes.mass * np.exp(3j * nodes.places[:, 0])) == pytest.approx(exact, abs=1e-14)


@pytest.mark.parametrize("name", ["cdcd-tts", "flow", "vp", "edm", "sqrt", "sub-vp"])
def test_steps_in_unit_power_are_those_of_the_schedule(name):
    made = schedule(name)
    times = np.linspace(1.0, 0.1, 6)
    snr = np.asarray(made.snr(times))
    for sampler, steps in (("ancestral", exact_transitions), ("ddim", ddim_transitions)):
        expected, got = rescaled(steps(made, times), made, times), snr_steps(sampler, snr)
        for column in ("keep", "pull", "variance"):
            assert getattr(got, column) == pytest.approx(getattr(expected, column), rel=1e-9, abs=1e-13)


def test_ddim_transitions_are_the_papers_formula():
    made = schedule("vp")
    times = np.array([0.9, 0.6, 0.3])
    got = ddim_transitions(made, times)
    x, guessed = 0.7, -0.4
    for i, (t, s) in enumerate(pairwise(times)):
        a_t, a_s, s_t, s_s = made.alpha(t), made.alpha(s), made.sigma(t), made.sigma(s)
        expected = a_s / a_t * x - (a_s * s_t / a_t - s_s) * (x - a_t * guessed) / s_t
        assert got.keep[i] * x + got.pull[i] * guessed == pytest.approx(expected, rel=1e-12)
    assert not got.variance.any()
    ends = ddim_transitions(schedule("flow"), np.array([1.0, 0.5, 0.0]))
    assert (ends.keep[1], ends.pull[1]) == (0, 1)  # σ = 0: the guess itself


def test_ddim_law_on_the_line_by_monotone_inversion():
    """On the line DDIM's map rises, so that the MAP law is a difference of Φ at the starts that end on the cuts."""
    grid = sampler_grid("ddim", None, None, [0, 1, 3, 8, 20], 0.1, 1.0)
    points, prior = SKEWED.points[:, 0], SKEWED.prior
    ratios = np.sqrt([0, 1, 3, 8, 20])

    def end(y):
        for r, later in pairwise(ratios):
            y = y + posterior_by_definition(points, prior, y, r) @ points * (later - r)
        return y

    edges = [-math.inf]
    for k in (0, 1):
        r, gap = ratios[-1], points[k + 1] - points[k]
        cut = r * (points[k] + points[k + 1]) / 2 + math.log(prior[k] / prior[k + 1]) / (r * gap)
        edges.append(scipy.optimize.brentq(lambda y, cut=cut: end(y) - cut, -12, 12, xtol=1e-14))
    expected = np.diff(norm.cdf([*edges, math.inf]))
    model = model_factor(SKEWED, 1.0)
    flow = fixed_flow(lambda u, r: guess(model, u, np.float64(r)), grid)
    got = deterministic_law(factor(SKEWED), flow, 1.0, float(grid.r[-1]), "map")
    assert got.q == pytest.approx(expected, abs=1e-11)
    assert got.error < 1e-11


def test_too_fine_a_grid_is_refused():
    grid = sampler_grid("ancestral", None, None, [1e-12, 1e-3, 1, 1e30], 0.1, 1.0)
    with pytest.raises(TooFine, match="expected method mc"):
        quadrature(SKEWED, grid)


def test_unit_power_has_no_special_ends():
    a, s = unit_power([0.0, 1e-200, 1.0, 1e200])
    assert a == pytest.approx([0, 1e-200, math.sqrt(0.5), 1], rel=1e-15)
    assert s == pytest.approx([1, 1, math.sqrt(0.5), 1e-200], rel=1e-15)


@pytest.mark.parametrize(
    ("points", "prior", "snr", "std", "rare"),
    [
        ([0.0, 1.0, 31.0], [0.4, 0.6 - 3e-5, 3e-5], [9e-4, 4.4e-3, 3.77], 2.0, None),
        (
            [0.0, 1.0, 34.82911054],
            [7.99978102e-06, 1 - 7.99978102e-06 - 2.86198157e-07, 2.86198157e-07],
            [6.04579237e-04, 1.58248458e-03, 2.19666943e-02, 1.38320390e00],
            0.3,
            1.16702688e-08,
        ),
    ],
)
def test_paths_to_rare_far_tokens_are_in_doubt_where_grids_miss_them(points, prior, snr, std, rare):
    made, steps = ArrayCodebook(np.array(points)[:, None], prior), np.array(snr)
    # In SNR time Z' = Z + Δγ x̂_0(Z) + N(0, Δγ), Z_0 ~ N(0, std² γ_0), on one fine grid a step and in logs.
    e, log_prior = np.array(points), np.log(prior)

    def log_posterior(z, gamma):
        scores = log_prior + z[:, None] * e - gamma * e**2 / 2
        return scores - scipy.special.logsumexp(scores, axis=1, keepdims=True)

    z = np.linspace(-20, 20, 4001) * std * math.sqrt(steps[0])
    log_mass = norm.logpdf(z, scale=std * math.sqrt(steps[0])) + math.log(z[1] - z[0])
    for before, after in pairwise(steps):
        means = z + (after - before) * (np.exp(log_posterior(z, before)) @ e)
        reach = 20 * math.sqrt(after - before)
        z = np.linspace(means.min() - reach, means.max() + reach, 4001)
        kernel = norm.logpdf(z[:, None], means, math.sqrt(after - before)) + log_mass
        log_mass = scipy.special.logsumexp(kernel, axis=1) + math.log(z[1] - z[0])
    expected = np.exp(scipy.special.logsumexp(log_posterior(z, steps[-1]) + log_mass[:, None], axis=0))
    if rare is not None:
        assert expected[-1] == pytest.approx(rare, rel=1e-3)
    grid = sampler_grid("ancestral", None, None, steps, 1e-3, 1.0)
    model, start = model_factor(made, 1.0), std * float(unit_power(grid.r[0])[1])
    found = density_law(factor(made), lambda u, r: guess(model, u, np.float64(r)), grid, start, "posterior")
    assert np.all(np.abs(found.q - expected) <= found.doubt + 1e-3 * expected)
    assert found.q[-1] == pytest.approx(expected[-1], rel=2e-3)
