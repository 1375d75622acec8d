"""Girsanov's estimator: no bias with exact transitions, the law of the log-derivative, and both error rates."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from fsq_theory.errors import InputError
from fsq_theory.paths.girsanov import girsanov
from fsq_theory.schedules import schedule
from fsq_theory.schedules.definitions import FAMILIES

A1, A2 = np.array([0.4, -0.1, 0.2]), np.array([-0.2, 0.3, 0.2])
SQUARE = 0.52  # ‖A1 − A2‖²
FOUR_SIGMA = 6.3e-5  # the two-sided p-value of 4 standard errors, the level of every random test here


def closed(made, eps, T, pinned=True):
    return SQUARE * (made.snr(eps) - (made.snr(T) if pinned else 0)) / 2


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("pinned", [True, False])
def test_exact_transitions_have_no_bias_and_the_right_law(name, pinned):
    made, paths, seed = schedule(name), 4000, list(FAMILIES).index(name)
    for T in (1.0, 0.7) if pinned else (0.7,):
        got = girsanov(
            A1, A2, schedule=made, eps=0.3, T=T, pinned=pinned, steps=7, paths=paths, keep_samples=True, seed=seed
        )
        kl = closed(made, 0.3, T, pinned)
        assert got.samples.shape == (paths,)
        # N(d²/2, d²): the mean, the variance (4 standard errors each) and the whole shape.
        assert abs(got.mean - kl) < 4 * math.sqrt(2 * kl / paths)
        assert abs(got.variance / (2 * kl) - 1) < 4 * math.sqrt(2 / (paths - 1))
        assert got.stderr == pytest.approx(math.sqrt(got.variance / paths), rel=1e-12)
        assert stats.kstest(got.samples, stats.norm(kl, math.sqrt(2 * kl)).cdf).pvalue > FOUR_SIGMA


@pytest.mark.parametrize(("gamma_T", "pinned"), [(0.0, True), (0.0, False), (1.5, True), (1.5, False)])
def test_snr_grid(gamma_T, pinned):
    got = girsanov(A1, A2, gamma_eps=6.0, gamma_T=gamma_T, pinned=pinned, steps=5, paths=20_000, keep_samples=True)
    kl = SQUARE * (6 - (gamma_T if pinned else 0)) / 2
    assert abs(got.mean - kl) < 4 * math.sqrt(2 * kl / 20_000)
    assert abs(got.variance / (2 * kl) - 1) < 4 * math.sqrt(2 / 19_999)
    assert stats.kstest(got.samples, stats.norm(kl, math.sqrt(2 * kl)).cdf).pvalue > FOUR_SIGMA


def test_the_end_point_does_not_matter():
    made = schedule("vp")
    got = girsanov(A1, A2, schedule=made, eps=0.1, T=0.8, end=[50.0, -3.0, 7.0], steps=9, paths=20_000)
    assert abs(got.mean - closed(made, 0.1, 0.8)) < 4 * got.stderr


def test_one_pair_a_path():
    """Half the paths with one pair and half with another: the mean is that of the two path KLs."""
    first = np.tile([[0.5], [0.0]], (5000, 1))
    got = girsanov(first, np.zeros_like(first) - 0.5, gamma_eps=4.0, paths=10_000, steps=3)
    assert abs(got.mean - (1.0 + 0.25) * 4 / 4) < 4 * got.stderr


def test_a_code_against_itself():
    got = girsanov(A1, A1, gamma_eps=4.0, paths=10)
    assert (got.mean, got.stderr) == (0, 0)


@pytest.mark.parametrize(("name", "T"), [("vp", 1.0), ("cdcd-tts", 0.9), ("edm", 1.0), ("cosine", 1.0)])
def test_euler_bias_is_of_first_order(name, T):
    """The mean of the discretised log-derivative is ½D² Σ h g²α²/σ⁴ over left ends, for no step depends on the path."""
    made, eps = schedule(name), 0.3
    kl = closed(made, eps, T)
    grids = [40, 80, 160, 320]
    biases = []
    for steps in grids:
        times = np.linspace(T, eps, steps + 1)
        left = times[:-1] if made.snr(T) > 0 else times[1:-1]  # the first step is exact where SNR is 0
        rate = made.g2(left) * made.alpha(left) ** 2 / made.sigma(left) ** 4
        first = 0.0 if made.snr(T) > 0 else made.snr(times[1])
        biases.append(SQUARE / 2 * (first + rate.sum() * (T - eps) / steps) - kl)
    order = -np.polyfit(np.log(grids), np.log(np.abs(biases)), 1)[0]
    assert -0.3 < order - 1 < 0.3
    # The simulation has that mean: it is biased by that much, and by no more.
    got = girsanov(A1, A2, schedule=made, eps=eps, T=T, integrator="euler", steps=grids[0], paths=40_000, seed=2)
    assert abs(got.mean - kl - biases[0]) < 4 * got.stderr


def test_euler_bias_order_by_simulation_alone():
    made = schedule("cdcd-tts")
    grids, biases, errors = [6, 12, 24], [], []
    kl = 9 * (made.snr(0.3) - made.snr(0.9)) / 2
    for steps in grids:
        got = girsanov([3.0], [0.0], schedule=made, eps=0.3, T=0.9, integrator="euler", steps=steps, paths=100_000)
        biases.append(kl - got.mean)
        errors.append(got.stderr)
    assert all(bias > 20 * error for bias, error in zip(biases, errors, strict=True))
    order = -np.polyfit(np.log(grids), np.log(biases), 1)[0]
    assert -0.3 < order - 1 < 0.3


def test_monte_carlo_error_falls_as_the_square_root():
    counts, kl = [16, 128, 1024], SQUARE * 4 / 2
    errors = []
    for paths in counts:
        runs = [girsanov(A1, A2, gamma_eps=4.0, paths=paths, steps=1, seed=seed) for seed in range(60)]
        errors.append(math.sqrt(np.mean([(run.mean - kl) ** 2 for run in runs])))
        # The standard error that is reported is the error that is made: 60 runs know it to 9 %.
        assert np.mean([run.stderr for run in runs]) == pytest.approx(errors[-1], rel=0.3)
    rate = np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert -0.1 < rate + 0.5 < 0.1


def test_seeds_and_samples():
    runs = [girsanov(A1, A2, gamma_eps=4.0, paths=50, steps=2, seed=seed, keep_samples=True) for seed in (0, 0, 1)]
    assert np.array_equal(runs[0].samples, runs[1].samples)
    assert not np.array_equal(runs[0].samples, runs[2].samples)
    assert girsanov(A1, A2, gamma_eps=4.0, paths=50, steps=2).samples is None
    assert girsanov(A1, A2, gamma_eps=4.0, paths=50, steps=2, seed=2**200).mean != runs[0].mean


def test_double_precision_without_touching_the_global_setting():
    code = (
        "import jax, numpy as np\n"
        "from fsq_theory.paths.girsanov import girsanov\n"
        "got = girsanov([0.0], [1e-9], gamma_eps=1e18, paths=50, steps=3, keep_samples=True)\n"
        "print(got.samples.dtype, jax.config.jax_enable_x64, jax.numpy.ones(1).dtype, np.isfinite(got.mean))"
    )
    plain = {name: value for name, value in os.environ.items() if name != "JAX_ENABLE_X64"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=plain)
    assert done.stdout.split() == ["float64", "False", "float32", "True"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"integrator": "heun"}, "integrator 'heun': expected one of exact, euler"),
        ({"integrator": "euler"}, "integrator 'euler' without a schedule"),
        ({"paths": 1}, "1 paths: expected at least 2"),
        ({"seed": -1}, "seed -1: expected an integer of at least 0"),
        ({"steps": 0}, "0 steps: expected at least 1"),
        ({"gamma_eps": None}, "where paths stop is missing"),
        ({"gamma_eps": math.inf}, "gamma_eps = inf: SNR is infinite there"),
        ({"gamma_eps": 1.0, "gamma_T": 2.0}, "expected gamma_eps >= gamma_T"),
        ({"gamma_T": -1.0}, "gamma_T = -1: expected a finite SNR of at least 0"),
        ({"end": [0.0]}, r"end has shape (1,): expected (3,)"),
        ({"a2": [0.0]}, "codes of shapes (3,) and (1,)"),
        ({"a2": [0.0, math.nan, 0.0]}, "codes: expected finite numbers"),
        ({"a1": np.zeros((3, 3)), "a2": np.zeros((3, 3))}, "expected (n,) or (paths, n)"),
        ({"schedule": schedule("flow"), "gamma_eps": None}, "schedule flow without eps"),
        ({"schedule": schedule("flow"), "gamma_eps": None, "eps": 0.0}, "SNR is infinite there"),
        (
            {"schedule": schedule("flow"), "gamma_eps": None, "eps": 0.5, "T": 0.5},
            "eps = 0.5, T = 0.5: expected 0 <= eps < T",
        ),
        (
            {"schedule": schedule("flow"), "gamma_eps": None, "eps": 0.5, "T": 1.5},
            "T = 1.5: expected 0 <= eps < T <= 1",
        ),
        ({"schedule": schedule("flow"), "eps": 0.5}, "SNR is said twice"),
        ({"schedule": "floe", "gamma_eps": None, "eps": 0.5}, "unknown schedule 'floe'"),
        ({"eps": 0.5}, "eps and T are times"),
        ({"paths": 10**8}, "100000000 paths of 3 coordinates: expected at most 100000000 coordinates in all"),
    ],
)
def test_bad_input(changes, message):
    arguments = {"a1": A1, "a2": A2, "gamma_eps": 4.0, "paths": 10, "steps": 2, **changes}
    with pytest.raises(InputError) as caught:
        girsanov(arguments.pop("a1"), arguments.pop("a2"), **arguments)
    assert message in str(caught.value)


def test_schedules_as_text():
    runs = [girsanov(A1, A2, schedule=given, eps=0.5, paths=10, steps=2).mean for given in ("flow", schedule("flow"))]
    assert runs[0] == runs[1]
