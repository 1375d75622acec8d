"""Path KL of wrong models: closed forms, quadrature, invariances, rare events, comparisons and the command line."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import fsq_theory as ft
from fsq_theory.cli.main import main
from fsq_theory.paths.model_comparison import matched_snr
from fsq_theory.paths.undecided import indecision

Model = Callable[[np.ndarray], np.ndarray]
"""From the exact posterior, shape (S, K), to the model's probabilities."""


def posterior_on_line(points: np.ndarray, prior: np.ndarray, r: float, y: np.ndarray) -> np.ndarray:
    scores = np.log(prior) - (y[:, None] - r * points) ** 2 / 2
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def by_quadrature(codebook: ft.Codebook, model: Model, low: float, high: float) -> float:
    """½∫∫ p(y)(x̂_0 − D)² dy dγ on the line: the trapezoid rule in y, Gauss–Legendre on panels in γ."""
    points, prior = codebook.points[:, 0], codebook.prior
    nodes, weights = np.polynomial.legendre.leggauss(12)
    edges = np.unique(np.concatenate([[low], np.geomspace(max(low, 1e-3 * high), high, 40)]))
    total = 0.0
    for a, b in pairwise(edges):
        for gamma, weight in zip((a + b) / 2 + (b - a) / 2 * nodes, weights * (b - a) / 2, strict=True):
            r = math.sqrt(gamma)
            # The poles of the posterior are π/(r gap) ≥ 0.23 away wherever it matters: e^{−2π·0.23/0.04} = 2e-16.
            y = np.arange(r * points.min() - 9, r * points.max() + 9, 0.04)
            density = np.exp(-((y[:, None] - r * points) ** 2) / 2) @ prior / math.sqrt(2 * math.pi)
            p = posterior_on_line(points, prior, r, y)
            total += weight * 0.04 * float(density @ ((p - model(p)) @ points) ** 2)
    return total / 2


def power(value: float) -> Model:
    return lambda p: p**value / (p**value).sum(axis=1, keepdims=True)


def confused(value: float, partner: list[int]) -> Model:
    table = np.eye(len(partner))[partner]
    return lambda p: (1 - value) * p + value * (p @ table)


SKEWED = ft.ArrayCodebook([[-1.0], [0.2], [1.0]], [0.2, 0.7, 0.1])
LINE = ft.codebook("fsq:4")


@pytest.mark.parametrize("ends", [(0.0, 2.0), (0.0, 300.0), (1.0, 50.0)])
@pytest.mark.parametrize(
    ("codebook", "predictor", "model"),
    [
        (LINE, ft.temperature(LINE, 0.5), power(2)),
        (SKEWED, ft.temperature(SKEWED, 2.5), power(0.4)),
        (SKEWED, ft.label_smoothing(SKEWED, 0.3), lambda p: 0.7 * p + 0.1),
        (LINE, ft.confusion(LINE, 0.1), confused(0.1, [1, 2, 3, 2])),
        (SKEWED, ft.confusion(SKEWED, 0.2, [2, 2, 0]), confused(0.2, [2, 2, 0])),
    ],
)
def test_against_quadrature(codebook: ft.Codebook, predictor: Any, model: Model, ends: tuple[float, float]) -> None:
    low, high = ends
    found = ft.model_path_kl(codebook, predictor, gamma_T=low, gamma_eps=high, samples=32768, seed=1)
    want = by_quadrature(codebook, model, low, high)
    assert abs(found.kl - want) < 4 * found.stderr
    assert found.stderr < 0.05 * want
    assert found.predictor == predictor.name


@pytest.mark.parametrize("gamma", [0.5, 20.0, 1e4])
@pytest.mark.parametrize("codebook", [LINE, SKEWED, ft.codebook("fsq:3,2")], ids=lambda c: c.name)
def test_a_model_that_knows_the_prior_alone(codebook: ft.Codebook, gamma: float) -> None:
    """½∫(Var − mmse) dγ = ½γ Var − I(γ), exactly."""
    want = gamma / 2 * codebook.centred().energy - float(ft.information(codebook, math.sqrt(gamma)).information)

    def predictor(y: np.ndarray, r: float) -> np.ndarray:
        return np.broadcast_to(codebook.prior, (len(y), codebook.K))

    found = ft.model_path_kl(codebook, predictor, gamma_eps=gamma, samples=32768)
    assert abs(found.kl - want) < 4 * found.stderr < 0.1 * want
    assert found.predictor == "predictor"
    if codebook.is_uniform:
        for other in (ft.label_smoothing(codebook, 1.0), ft.temperature(codebook, math.inf)):
            same = ft.model_path_kl(codebook, other, gamma_eps=gamma, samples=32768)
            assert same.kl == pytest.approx(found.kl, rel=1e-9)


def test_the_high_snr_limit_of_confusions() -> None:
    """The integrand tends to p² E‖e_partner − e‖², so the KL grows like ½ γ p² E‖…‖²."""
    codebook = ft.codebook("psk:5")
    table = [2, 3, 4, 0, 0]
    gaps = ((codebook.points[table] - codebook.points) ** 2).sum(axis=1)
    found = ft.model_path_kl(codebook, ft.confusion(codebook, 0.1, table), gamma_T=1e4, gamma_eps=2e4, samples=16384)
    # Errors of the posterior are below e^{−γ d²/8}; stratified tokens leave the rest of S mod K to chance.
    assert found.kl == pytest.approx(0.5e4 * 0.01 * gaps.mean(), abs=4 * found.stderr)
    assert found.stderr < 0.01 * found.kl


@pytest.mark.parametrize("text", ["exact", "temperature:1", "label-smoothing:0", "confusion:0", "logit-noise:0"])
@pytest.mark.parametrize("spec", ["fsq:3^2", "onehot:6"])
def test_mistakes_of_size_zero_cost_nothing(text: str, spec: str) -> None:
    found = ft.model_path_kl(spec, ft.predictor(spec, text), gamma_eps=100.0, samples=1)
    assert 0 <= found.kl < 1e-27
    assert found.stderr < 1e-27


def test_products_too_large_to_list_add_up() -> None:
    one = by_quadrature(LINE, power(2), 0.0, 40.0)
    large = ft.fsq([4] * 12)
    found = ft.model_path_kl(large, ft.temperature(large, 0.5), gamma_eps=40.0, samples=16384)
    assert abs(found.kl - 12 * one) < 4 * found.stderr < 2 * one


def test_scale_is_snr() -> None:
    """Codes 8 times as large at an SNR 64 times as small are the same channel; the KL does not change."""
    small, large = ft.codebook("fsq:3^2"), ft.codebook("fsq:3^2").scaled(8.0)
    a = ft.model_path_kl(small, ft.confusion(small, 0.1), gamma_eps=64.0, samples=8192)
    b = ft.model_path_kl(large, ft.confusion(large, 0.1), gamma_eps=1.0, samples=8192)
    assert a.kl == pytest.approx(b.kl, rel=1e-10)
    np.testing.assert_allclose(a.squared_error * 64, b.squared_error, rtol=1e-9, atol=1e-25)


def test_relabelling_tokens_and_confusions_alike_changes_nothing() -> None:
    order = np.random.default_rng(0).permutation(9)
    codebook = ft.codebook("fsq:3^2")
    table = np.array([1, 2, 5, 4, 5, 8, 7, 8, 5])
    inverse = np.argsort(order)
    moved = ft.ArrayCodebook(codebook.points[order])
    a = ft.model_path_kl(codebook, ft.confusion(codebook, 0.1, table), gamma_eps=30.0, seed=1)
    b = ft.model_path_kl(moved, ft.confusion(moved, 0.1, inverse[table[order]]), gamma_eps=30.0, seed=2)
    assert abs(a.kl - b.kl) < 4 * math.hypot(a.stderr, b.stderr) < 0.05 * a.kl


def test_the_curve_integrates_to_the_kl() -> None:
    found = ft.model_path_kl(LINE, ft.temperature(LINE, 0.5), gamma_T=1.0, gamma_eps=50.0, samples=8192, levels=7)
    assert found.gamma.shape == (8,)
    assert (found.gamma[0], found.gamma[-1]) == (1.0, 50.0)
    assert 0.5 * float(found.squared_error @ np.diff(found.gamma)) == pytest.approx(found.path_kl, rel=1e-12)
    errors = found.stderr_squared_error * np.diff(found.gamma) / 2
    assert math.sqrt(float(errors @ errors)) == pytest.approx(found.stderr, rel=1e-12)
    curve = zip(pairwise(found.gamma), found.squared_error, found.stderr_squared_error, strict=True)
    for (a, b), value, error in curve:
        want = 2 * by_quadrature(LINE, power(2), a, b) / (b - a)
        assert abs(value - want) < 5 * error


def test_standard_errors_are_those_of_repeated_runs() -> None:
    model = ft.temperature(LINE, 0.5)
    runs = [ft.model_path_kl(LINE, model, gamma_eps=40.0, samples=8192, levels=16, seed=i) for i in range(20)]
    scores = (np.array([run.kl for run in runs]) - by_quadrature(LINE, power(2), 0.0, 40.0)) / [r.stderr for r in runs]
    assert abs(scores.mean()) < 4 / math.sqrt(20)
    assert 0.4 < scores.std() < 1.6


# Rare events


def test_a_rare_token_far_away_is_seen() -> None:
    """Its confusion carries nearly all of the path KL: p² π_2 ‖e_2 − e_1‖² is 1e-2 against 1e-6."""
    codebook = ft.ArrayCodebook([[0.0], [1e-3], [100.0]], [0.5, 0.5 - 1e-6, 1e-6])
    found = ft.model_path_kl(codebook, ft.confusion(codebook, 0.1), gamma_T=1.0, gamma_eps=10.0, samples=16384)
    want = by_quadrature(codebook, confused(0.1, [1, 0, 1]), 1.0, 10.0)
    assert want == pytest.approx(0.5 * 9 * 0.01 * 1e-6 * (100 - 1e-3) ** 2, rel=0.01)
    assert abs(found.kl - want) < 4 * found.stderr < 0.2 * want


def test_what_is_too_rare_to_be_seen_is_not_called_certain() -> None:
    """Errors of probability e^{−γ/18} or so: none in the samples, but the interval holds the truth."""
    for low, high in ((100.0, 130.0), (150.0, 400.0)):
        codebook = ft.codebook("fsq:4")
        found = ft.model_path_kl(codebook, ft.temperature(codebook, 0.5), gamma_T=low, gamma_eps=high, samples=1)
        want = by_quadrature(codebook, power(2), low, high)
        assert want > 0
        assert found.stderr > 0
        assert abs(found.kl - want) < 4 * found.stderr


THOUSANDTH = [[0.0], [1e-3], [100.0]]


def test_indecision_between_near_codes_costs_no_more_than_their_distance() -> None:
    """Two codes that are never told apart, and one far away whose every rival is decided against from SNR 0.02 on."""
    codebook = ft.ArrayCodebook(THOUSANDTH)
    # By quadrature up to SNR 0.02; beyond, the error is below (1e-3)²/64 everywhere.
    want = by_quadrature(codebook, power(2), 0.0, 0.02)
    for high in (1.0, 1e4):
        found = ft.model_path_kl(codebook, ft.temperature(codebook, 0.5), gamma_eps=high, samples=32768)
        assert abs(found.kl - want) < 4 * found.stderr + 1e-6 * high / 128
        assert found.stderr < 0.1 * want


@pytest.mark.parametrize(("prior", "value"), [((1 / 3, 1 / 3, 1 / 3), 0.5), ((0.5, 0.5 - 1e-6, 1e-6), 0.5)])
def test_intervals_hold_the_truth_for_most_seeds(prior: tuple[float, ...], value: float) -> None:
    """Codes of very different scale, and a far token that is rare."""
    codebook = ft.ArrayCodebook(THOUSANDTH, prior)
    model, want = ft.temperature(codebook, value), by_quadrature(codebook, power(1 / value), 0.0, 0.05)
    off = []
    for seed in range(12):
        found = ft.model_path_kl(codebook, model, gamma_eps=0.05, samples=8192, seed=seed)
        assert found.stderr < 0.3 * want
        off.append(abs(found.kl - want) / found.stderr)
    # Twelve normal values: 4 beyond 1.96 have probability 2e-3, one beyond 4.5 has 8e-5.
    assert sum(one > 1.96 for one in off) < 4
    assert max(off) < 4.5


@pytest.mark.parametrize("codebook", [LINE, SKEWED])
def test_the_bound_on_indecision_holds(codebook: ft.Codebook) -> None:
    gammas = np.array([0.01, 1.0, 10.0, 60.0, 200.0])
    bound = indecision(codebook).at_all(gammas)
    soft = ft.accuracy(codebook, np.sqrt(gammas), readout="soft").error
    assert np.all(soft <= bound * (1 + 1e-12))
    assert np.all(bound[-2:] < 200 * soft[-2:])
    assert indecision(ft.fsq([7, 6, 5, 4] * 40)).at_all(np.array([1e7]))[0] < 1e-100


# Callables


def test_numpy_and_jax_callables_agree_with_the_built_in_one() -> None:
    points = LINE.points[:, 0]

    def numpy_model(y: np.ndarray, r: float) -> np.ndarray:
        assert isinstance(r, float)
        assert y.dtype == np.float64
        return power(2)(posterior_on_line(points, LINE.prior, r, y[:, 0]))

    @jax.jit
    def jax_model(y: Any, r: Any) -> Any:
        return jnp.square(ft.posterior(LINE, y, r)) / jnp.sum(jnp.square(ft.posterior(LINE, y, r)), 1, keepdims=True)

    settings: dict[str, Any] = {"gamma_eps": 20.0, "samples": 8192}
    built_in = ft.model_path_kl(LINE, ft.temperature(LINE, 0.5), **settings)
    for model in (numpy_model, jax_model):
        found = ft.model_path_kl(LINE, model, **settings)
        assert found.kl == pytest.approx(built_in.kl, rel=1e-9)
        assert found.predictor == model.__name__


def test_single_precision_callables_are_taken() -> None:
    def model(y: np.ndarray, r: float) -> np.ndarray:
        p = posterior_on_line(LINE.points[:, 0], LINE.prior, r, y[:, 0])
        return power(2)(p).astype(np.float32)

    found = ft.model_path_kl(LINE, model, gamma_eps=20.0, samples=8192)
    exact = ft.model_path_kl(LINE, ft.temperature(LINE, 0.5), gamma_eps=20.0, samples=8192)
    assert found.kl == pytest.approx(exact.kl, rel=1e-4)


# Ends, seeds and effort


def test_ends_by_a_schedule_and_the_starting_noise() -> None:
    where: dict[str, Any] = {"schedule": "vp", "eps": 0.2, "T": 0.5}
    model = ft.confusion(LINE, 0.1)
    plain = ft.model_path_kl(LINE, model, **where, samples=8192)
    snr = ft.schedule("vp").snr
    assert (plain.gamma_T, plain.gamma_eps) == (snr(0.5), snr(0.2))
    assert plain.prior_kl == 0
    started = ft.model_path_kl(LINE, model, **where, samples=8192, start_std=2 / 3)
    assert started.prior_kl == ft.prior_kl(LINE, snr(0.5), 2 / 3).kl > 0
    assert started.kl == plain.kl + started.prior_kl
    assert started.path_kl == plain.path_kl


def test_paths_of_no_length() -> None:
    found = ft.model_path_kl(LINE, ft.confusion(LINE, 0.1), gamma_T=3.0, gamma_eps=3.0)
    assert (found.kl, found.stderr) == (0, 0)
    assert not np.isnan(found.squared_error).any()


def test_seeds_and_samples() -> None:
    model = ft.confusion(LINE, 0.1)

    def run(**more: Any) -> ft.ModelPathKL:
        return ft.model_path_kl(LINE, model, **{"gamma_eps": 20.0, "samples": 16384, **more})

    a, b = run(), run()
    assert (a.kl, a.stderr) == (b.kl, b.stderr)
    assert run(seed=1).kl != a.kl
    assert run(samples=1).samples == 16384  # two rounds at the least
    assert run(samples=16385).samples == 24576
    loose = run(samples=10**6, rtol=0.01)
    assert loose.samples < 10**5
    assert loose.stderr <= 0.01 * loose.kl


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "where paths stop is missing"),
        ({"gamma_eps": math.inf}, "SNR is infinite there"),
        ({"gamma_eps": 1.0, "gamma_T": 2.0}, "expected gamma_eps >= gamma_T"),
        ({"gamma_eps": 1.0, "samples": 0}, "samples = 0: expected a whole number from 1"),
        ({"gamma_eps": 1.0, "samples": 1.5}, "samples = 1.5"),
        ({"gamma_eps": 1.0, "levels": 0}, "levels = 0: expected a whole number from 1"),
        ({"gamma_eps": 1.0, "rtol": 0.0}, "rtol = 0: expected a number above 0"),
        ({"gamma_eps": 1.0, "rtol": math.inf}, "rtol = inf: expected a number above 0, finite"),
        ({"gamma_eps": 1.0, "start_std": 0.0}, "start_std = 0: expected a finite number above 0, in units of sigma_T"),
        ({"gamma_eps": 1.0, "seed": -1}, "seed -1"),
        ({"gamma_eps": 1.0, "predictor": "temperature:1"}, "predictor of type str: expected a callable"),
        ({"gamma_eps": 1.0, "predictor": ft.temperature("fsq:3", 1)}, "predictor temperature:1 is of fsq:3"),
        ({"gamma_eps": 1.0, "predictor": lambda y, r: np.zeros((len(y), 4))}, "row 0 sums to 0"),
        ({"gamma_eps": 1.0, "predictor": lambda y, r: np.zeros(4)}, r"shape \(4,\): expected \(128, 4\)"),
    ],
)
def test_bad_input(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ft.InputError, match=message):
        ft.model_path_kl(LINE, **{"predictor": ft.temperature(LINE, 0.5), **settings})


def test_the_command_names_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "fsq:3", "--gamma-eps", "1", "--start-std", "0"]) == 2
    assert "--start-std 0: expected a finite number above 0" in capsys.readouterr().err


def test_callables_cannot_be_asked_about_too_many_tokens() -> None:
    with pytest.raises(ft.TooLargeError, match="too large to enumerate"):
        ft.model_path_kl("fsq:4^16", lambda y, r: y, gamma_eps=1.0)


# The same mistake in several codebooks

EQUAL_ENERGY = [
    "fsq:3^2+normalize:energy",
    "onehot:9+center+normalize:energy",
    "fsq:3^2+permute:seed=1+normalize:energy",
]


def test_the_same_confusions_cost_more_where_neighbours_are_far() -> None:
    found = ft.compare_models(EQUAL_ENERGY, "confusion:0.1", gamma_T=1e4, gamma_eps=2e4, samples=16384)
    table = [1, 2, 5, 4, 5, 8, 7, 8, 5]
    want = [
        float(((cb.points[table] - cb.points) ** 2).sum(axis=1).mean())
        for cb in (ft.codebook(spec) for spec in EQUAL_ENERGY)
    ]
    assert [cost.ratio for cost in found[:1]] == [1.0]
    assert found[0].stderr_ratio == 0
    for cost, gap in zip(found, want, strict=True):
        assert cost.model.kl == pytest.approx(0.5e4 * 0.01 * gap, rel=1e-12, abs=4 * cost.model.stderr)
        assert cost.ratio == pytest.approx(gap / want[0], rel=1e-12, abs=4 * cost.stderr_ratio)
        assert cost.model.predictor == "confusion:0.1"
    assert found[1].ratio > 2
    assert found[2].ratio > 2


def test_each_codebook_has_its_own_neighbours_unless_told_otherwise() -> None:
    """Shuffled labels change nothing then: the permuted codebook's path KL is the first one's."""
    specs = [EQUAL_ENERGY[0], EQUAL_ENERGY[2]]
    ends: dict[str, Any] = {"gamma_T": 1e4, "gamma_eps": 2e4, "samples": 16384}
    own = ft.compare_models(specs, "confusion:0.1", same_mistakes=False, **ends)
    assert abs(own[1].ratio - 1) < 4 * own[1].stderr_ratio + 1e-9
    assert ft.compare_models(specs, "confusion:0.1", **ends)[1].ratio > 2


def test_common_random_numbers_make_ratios_of_like_codebooks_sharp() -> None:
    specs = ["fsq:3^2", "fsq:3^2+scale:1.0001"]
    first, second = ft.compare_models(specs, "confusion:0.1", gamma_eps=1e4, samples=16384)
    apart = math.hypot(first.model.stderr / first.model.kl, second.model.stderr / second.model.kl)
    assert second.stderr_ratio < 0.7 * apart
    # At high SNR the KL is proportional to the squared scale.
    assert abs(second.ratio - 1.0001**2) < 4 * second.stderr_ratio + 1e-9


@pytest.mark.parametrize("match", ["accuracy", "information"])
def test_equal_difficulty(match: str) -> None:
    codebooks = [ft.codebook("fsq:3^2"), ft.codebook("fsq:9"), ft.codebook("fsq:3^2+scale:0.5"), ft.codebook("fsq:4,2")]
    stops, value = matched_snr(codebooks, 20.0, match)

    def measure(codebook: ft.Codebook, gamma: float) -> float:
        if match == "accuracy":
            return float(ft.accuracy(codebook, math.sqrt(gamma)).error)
        found = ft.information(codebook, math.sqrt(gamma))
        return float(found.entropy) / math.log(codebook.K)

    for codebook, gamma in zip(codebooks, stops, strict=True):
        assert measure(codebook, gamma) == pytest.approx(value, rel=1e-7)
    assert stops[0] == 20.0
    assert stops[2] == pytest.approx(80.0, rel=1e-8)
    assert stops[1] > 200


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ft.compare_models([], gamma_eps=1.0), "no codebook to compare"),
        (lambda: ft.compare_models(["fsq:3"], match="ease", gamma_eps=1.0), "match 'ease': expected one of snr, acc"),
        (lambda: ft.compare_models(["fsq:3", "fsq:4"], gamma_eps=1.0), "fsq:4 has 4 tokens and fsq:3 3: the same"),
        (lambda: ft.compare_models(["fsq:3"], "confused:1", gamma_eps=1.0), "unknown predictor 'confused'"),
        (
            lambda: ft.compare_models(
                ["fsq:3", ft.ArrayCodebook([[0.0], [1.0]], [0.999, 0.001])], "exact", gamma_eps=1.0, match="accuracy"
            ),
            "at no SNR is it as hard to read",
        ),
    ],
)
def test_bad_comparisons(call: Any, message: str) -> None:
    with pytest.raises(ft.InputError, match=message):
        call()


# The command line


def test_the_command_as_a_process() -> None:
    argv = ["model", *EQUAL_ENERGY, "--predictor", "confusion:0.1", "--gamma-eps", "50", "--same-mistakes"]
    done = subprocess.run(
        [sys.executable, "-m", "fsq_theory", *argv, "--samples", "16384", "--seed", "3", "--json"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    want = ft.compare_models(EQUAL_ENERGY, "confusion:0.1", gamma_eps=50.0, samples=16384, seed=3)
    assert [row["codebook"] for row in rows] == EQUAL_ENERGY
    for row, cost in zip(rows, want, strict=True):
        assert row["kl"] == pytest.approx(cost.model.kl, rel=1e-12)
        assert row["stderr_ratio"] == pytest.approx(cost.stderr_ratio, rel=1e-6)
        assert row["predictor"] == "confusion:0.1"
        assert (row["seed"], row["method"], row["samples"]) == (3, "monte-carlo", 16384)
        assert len(row["gamma"]) == len(row["squared_error"]) + 1 == 33


def test_every_option_reaches_the_computation(capsys: pytest.CaptureFixture[str]) -> None:
    given: dict[str, Any] = {"schedule": "vp", "eps": 0.2, "T": 0.5, "match": "accuracy", "start_std": 0.7, "levels": 5}
    specs = ["fsq:3", "fsq:3+scale:0.5"]
    argv = ["model", *specs, "--predictor", "temperature:0.5", "--samples", "2000", "--json"]
    options = [part for key, value in given.items() for part in (f"--{key.replace('_', '-')}", str(value))]
    assert main([*argv, *options]) == 0
    rows = json.loads(capsys.readouterr().out)
    want = ft.compare_models(specs, "temperature:0.5", samples=2000, **given)
    for row, cost in zip(rows, want, strict=True):
        assert {key: row[key] for key in cost.row()} == json.loads(json.dumps(cost.row()))
        assert (row["schedule"], row["eps"]) == ("vp", 0.2)
    for option in range(4, len(options), 2):  # an option that were dropped would leave this
        assert main([*argv, *options[:option], *options[option + 2 :]]) == 0
        assert json.loads(capsys.readouterr().out)[1] != rows[1], options[option]


def test_an_unreached_precision_is_inconclusive(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["model", "fsq:3^2", "--predictor", "temperature:0.8", "--gamma-eps", "9", "--samples", "10", "--rtol"]
    assert main([*argv, "1e-6", "--json"]) == 3
    out, err = capsys.readouterr()
    assert len(json.loads(out)) == 1
    assert "is above --rtol 1e-06; raise --samples above 16384" in err
    assert main([*argv, "0.5"]) == 0


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["model", "--gamma-eps", "1"], "no codebook"),
        (["model", "fsq:3^2"], "where paths stop is missing"),
        (["model", "fsq:3^2", "--gamma-eps", "1", "--predictor", "temprature:1"], "did you mean 'temperature'"),
        (["model", "fsq:3^2", "--gamma-eps", "1", "--predictor", "temperature:-1"], "finite number above 0"),
        (["model", "fsq:3^2", "--schedule", "vp"], "schedule vp without eps"),
        (["model", "fsq:3", "fsq:4", "--gamma-eps", "1", "--same-mistakes"], "the same mistakes expect equal K"),
        (["model", "fsq:3^2", "--gamma-eps", "1", "--match", "ease"], "match 'ease'"),
        (["model", "fsq:4^16", "--gamma-eps", "1"], "too large to enumerate: 4294967296 tokens"),
        (["model", "fsq:3^2", "--gamma-eps", "1", "--levels", "0"], "levels = 0"),
    ],
)
def test_bad_usage(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert message in err
