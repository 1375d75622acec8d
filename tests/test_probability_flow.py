"""The probability-flow ODE: closed form, conserved law, reversal, Euler's limit, effort and bad input."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import numpy as np
import pytest
import scipy.optimize
from scipy.stats import norm

import fsq_theory as ft
from fsq_theory.samplers import probability_flow
from fsq_theory.samplers.factor import factor, guess
from fsq_theory.samplers.transitions import unit_power

NOISE = np.random.default_rng(5).standard_normal((64, 1))


def quantile_map(codebook, y0, r):
    """On the line the flow keeps quantiles: F_r(Y_r) = Φ(Y_0), F_r the mixture Σ π Φ(y − r e); by root search."""

    def excess(y, level):
        return float(codebook.prior @ norm.cdf(y - r * codebook.points[:, 0])) - level

    reach = r * np.abs(codebook.points).max() + 10
    return np.array([scipy.optimize.brentq(excess, -reach, reach, args=(norm.cdf(z),), xtol=1e-13) for z in y0])


@pytest.mark.parametrize("r", [0.5, 3.0, 12.0, 30.0])
def test_quantiles_are_kept(r):
    made = ft.ArrayCodebook([[-1.0], [-0.2], [0.7]], [0.2, 0.5, 0.3])
    y0 = np.linspace(-2, 2, 41)
    expected = quantile_map(made, y0, r)
    got = ft.probability_flow(made, y0[:, None], 0, r, rtol=1e-9, atol=1e-9)
    # The error is the solver's, grown as the map stretches: no more than 1/density there.
    density = made.prior @ norm.pdf(expected[None, :] - r * made.points)
    stretch = norm.pdf(y0) / density
    assert np.all(np.abs(got.end[:, 0] - expected) <= 1e-7 * np.maximum(stretch, 1) + 1e-7)


def test_there_and_back():
    made = ft.codebook("psk:5")
    y0 = np.random.default_rng(0).standard_normal((50, 2))
    there = ft.probability_flow(made, y0, 0, 8, rtol=1e-10, atol=1e-10)
    back = ft.probability_flow(made, there.end, 8, 0, rtol=1e-10, atol=1e-10)
    assert np.abs(back.end - y0).max() < 1e-5


def test_euler_steps_tend_to_it_at_first_order():
    """Y' = Y + x̂_0 Δr: the order of its error is 1."""
    made = ft.codebook("fsq:3")
    exact = ft.probability_flow(made, NOISE, 0, 2.0, rtol=1e-11, atol=1e-11).end
    part = factor(made.factors[0])
    errors = []
    for steps in (32, 64, 128):
        y, ratios = NOISE, np.linspace(0, 2, steps + 1)
        for r in ratios[:-1]:
            y = y + guess(part, y * unit_power(r)[1], r) * (2 / steps)
        errors.append(np.abs(y - exact).mean())
    order = -np.polyfit(np.log([32, 64, 128]), np.log(errors), 1)[0]
    assert -0.15 < order - 1 < 0.15


def test_the_velocity_is_the_exact_denoiser():
    """Over a short span the flow moves by x̂_0 Δr, with x̂_0 as the package computes it elsewhere."""
    made = ft.codebook("fsq:4,3")
    y0 = np.random.default_rng(2).standard_normal((9, 2)) * 2
    got = ft.probability_flow(made, y0, 1.3, 1.3 + 1e-5, rtol=1e-12, atol=1e-12)
    assert (got.end - y0) / 1e-5 == pytest.approx(np.asarray(ft.denoise(made, y0, 1.3)), abs=1e-4)


def test_temperature():
    made = ft.codebook("fsq:2")
    y0 = np.array([[0.5]])
    # x̂_0 = tanh(r y/τ): with τ = ∞ nothing moves from the middle, with τ → 0 it is the sign.
    assert ft.probability_flow(made, y0, 0, 3, temperature=math.inf).end == pytest.approx(y0)
    assert ft.probability_flow(made, y0, 1, 3, temperature=1e-9).end == pytest.approx(y0 + 2, abs=1e-5)


def test_effort():
    made = ft.codebook("fsq:3,4")
    y0 = np.random.default_rng(1).standard_normal((4, 7, 2))
    loose, tight = (ft.probability_flow(made, y0, 0, 10, rtol=tol, atol=tol) for tol in (1e-4, 1e-8))
    assert loose.end.shape == y0.shape
    assert loose.nfe.shape == (4, 7)
    assert loose.nfe.dtype == np.int64
    # Order 5: the number of steps grows like tol^{−1/5}, 6.3 here.
    assert 2 < tight.nfe.mean() / loose.nfe.mean() < 10
    assert np.all(loose.nfe >= 9)
    still = ft.probability_flow(made, y0, 2, 2)
    assert np.array_equal(still.end, y0)
    assert not still.nfe.any()
    one = ft.probability_flow(made, y0[0, 0], 0, 10, rtol=1e-4, atol=1e-4)
    assert np.array_equal(one.end, loose.end[0, 0])
    assert int(one.nfe) == loose.nfe[0, 0]


def test_double_precision_without_touching_the_global_setting():
    code = (
        "import jax, numpy as np, fsq_theory as ft\n"
        "got = ft.probability_flow('fsq:2', [[1e-3]], 0, 1, rtol=1e-12, atol=1e-12)\n"
        "print(got.end.dtype, jax.config.jax_enable_x64, jax.numpy.ones(1).dtype, repr(float(got.end[0, 0])))"
    )
    plain = {name: value for name, value in os.environ.items() if name != "JAX_ENABLE_X64"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=plain)
    *settings, end = done.stdout.split()
    assert settings == ["float64", "False", "float32"]
    y = scipy.optimize.brentq(lambda y: (norm.cdf(y - 1) + norm.cdf(y + 1)) / 2 - norm.cdf(1e-3), -1, 1, xtol=1e-15)
    assert float(end) == pytest.approx(y, rel=1e-9)


def test_without_diffrax(monkeypatch):
    from fsq_theory.samplers import probability_flow as module

    monkeypatch.setitem(sys.modules, "diffrax", None)
    module._compiled.cache_clear()
    with pytest.raises(ft.InputError, match=r"needs diffrax: pip install 'fsq-theory\[ode\]'"):
        ft.probability_flow("fsq:2", [[0.0]], 0, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y0": [[0.0, 1.0]]}, "y0 has shape (1, 2): expected (..., 1) for fsq:2"),
        ({"y0": 0.0}, "y0 has shape (): expected (..., 1)"),
        ({"y0": [math.nan]}, "y0: expected finite numbers"),
        ({"r_start": -1}, "r_start = -1: expected a finite amplitude ratio of at least 0"),
        ({"r_stop": math.inf}, "r_stop = inf: expected a finite amplitude ratio of at least 0"),
        ({"rtol": 0}, "rtol = 0: expected a tolerance from 1e-13 to below 1"),
        ({"atol": math.nan}, "atol = nan: expected a tolerance"),
        ({"temperature": 0}, "temperature 0: expected a number above 0"),
        ({"codebook": "fsqq:2"}, "unknown codebook 'fsqq'"),
    ],
)
def test_bad_input(arguments, message):
    given = {"codebook": "fsq:2", "y0": [[0.0]], "r_start": 0, "r_stop": 1, **arguments}
    with pytest.raises(ft.InputError) as caught:
        ft.probability_flow(given.pop("codebook"), given.pop("y0"), given.pop("r_start"), given.pop("r_stop"), **given)
    assert message in str(caught.value)


@pytest.mark.parametrize(("paths", "numbers"), [(1, 4), (40, 512), (10, 2**17), (10**6, 4), (3, 2**22), (700, 40)])
def test_batches_are_not_filled_up_beyond_need(paths, numbers):
    size = probability_flow.batch_size(paths, numbers)
    assert size in 2 ** np.arange(11)
    assert size * numbers <= max(2**20, numbers)
    # At most twice what is needed, unless that is little.
    assert size * numbers <= max(2 * paths * numbers, 2**15)
    assert -(-paths // size) * size >= paths


def test_few_paths_among_many_codes_are_few_paths(monkeypatch):
    """Groups of 40 paths among 256 codes were solved as 1024 paths each."""
    solved, run = [], probability_flow._compiled()

    def counting(model, y0, *settings):
        solved.append(len(y0))
        return run(model, y0, *settings)

    monkeypatch.setattr(probability_flow, "_compiled", lambda: counting)
    got = ft.sampled_tokens("onehot:64", grid_snr=[0, 4], sampler="ode", paths=1280, rtol=1e-3)
    assert got.paths == 1280
    assert sum(solved) <= 64 * 256
    assert got.q.sum() == pytest.approx(1, abs=1e-12)
