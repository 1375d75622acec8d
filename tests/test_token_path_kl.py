"""The path KL of tokens from the data: identities, integrals, Girsanov's sums and their error rate, the command."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

import fsq_theory as ft
from fsq_theory.cli.main import main
from fsq_theory.errors import InputError
from fsq_theory.paths.token_girsanov import token_girsanov
from fsq_theory.paths.token_path_kl import token_path_kl

LINE = ft.ArrayCodebook(np.array([[-1.0], [-0.3], [0.2], [1.0]]), [0.1, 0.2, 0.3, 0.4])
FIVE = ft.fsq([5])
SIGMAS = 4.5


def squared_errors(codebook, gamma):
    """E[‖e_k − x̂_0‖² | k] of one-dimensional codes by a fine grid over the noise, written from the definition."""
    x, prior, r = codebook.points[:, 0], codebook.prior, math.sqrt(gamma)
    noise = np.linspace(-9, 9, 4001)
    found = []
    for own in x:
        y = r * own + noise
        w = prior * np.exp(
            r * y[:, None] * x - r**2 * x**2 / 2 - (r * y[:, None] * x - r**2 * x**2 / 2).max(1)[:, None]
        )
        mean = (w @ x) / w.sum(axis=1)
        found.append(np.trapezoid(stats.norm.pdf(noise) * (own - mean) ** 2, noise))
    return np.array(found)


@pytest.mark.parametrize(("low", "high"), [(0.0, 4.0), (0.5, 4.0), (3.0, 3.001), (20.0, 60.0)])
def test_half_the_integral_of_the_squared_error(low, high):
    found = token_path_kl(LINE, gamma_T=low, gamma_eps=high, pinned=True)
    nodes, weights = np.polynomial.legendre.leggauss(24)
    width = (high - low) / 2
    values = np.array([squared_errors(LINE, low + width * (1 + node)) for node in nodes])
    np.testing.assert_allclose(found.kl, width * weights @ values / 2, rtol=2e-8)
    assert found.tokens == (0, 1, 2, 3)
    assert found.method == found.method_mean == "quadrature"
    assert not found.stderr.any()


@pytest.mark.parametrize("pinned", [True, False])
def test_the_average_is_the_information(pinned):
    found = token_path_kl(LINE, gamma_T=1.5, gamma_eps=7.0, pinned=pinned)
    information = ft.information(LINE, np.sqrt([1.5, 7.0])).information
    assert found.mean == pytest.approx(information[1] - (information[0] if pinned else 0.0), rel=1e-12)
    assert LINE.prior @ found.kl == pytest.approx(found.mean, rel=1e-12)


def test_short_intervals_and_late_ones_keep_their_relative_accuracy():
    # Differences of D would leave nothing here: D is 1.3 and the path KL 1e-13 and below.
    short = token_path_kl(LINE, gamma_T=4.0, gamma_eps=4.0 + 2.0**-40, pinned=True)
    np.testing.assert_allclose(short.kl, squared_errors(LINE, 4.0) * 2.0**-41, rtol=1e-9)
    late = token_path_kl(FIVE, gamma_T=4000.0, gamma_eps=8000.0, pinned=True)
    tokens = ft.token_information(FIVE, np.sqrt([4000.0]))
    np.testing.assert_allclose(late.kl, tokens.entropy[0], rtol=1e-12)
    assert late.kl.max() < 1e-50
    same = token_path_kl(LINE, gamma_T=4.0, gamma_eps=4.0, pinned=True)
    assert same.mean == 0
    assert not same.kl.any()


def test_the_mean_lies_below_the_mean_over_pairs_and_below_the_priors_entropy():
    # Joint convexity of KL: that of the mixture is at most the mean of those of its parts.
    for gamma in (0.1, 2.0, 30.0):
        token = token_path_kl("fsq:8,5,5,5", gamma_eps=gamma, tokens=[])
        pairs = ft.path_kl("fsq:8,5,5,5", gamma_eps=gamma)
        assert 0 < token.mean < min(pairs.mean * 999 / 1000, math.log(1000))
        assert token.tokens == ()


def test_products_and_large_codebooks():
    grid = token_path_kl("fsq:3,2", gamma_eps=3.0)
    by_digit = [token_path_kl(spec, gamma_eps=3.0).kl for spec in ("fsq:3", "fsq:2")]
    np.testing.assert_allclose(grid.kl, np.add.outer(by_digit[1], by_digit[0]).ravel(), rtol=1e-12)
    huge = token_path_kl("bits:200", gamma_eps=1.0)
    assert huge.tokens == ()
    assert huge.mean == pytest.approx(200 * token_path_kl("bits:1", gamma_eps=1.0).mean, rel=1e-12)
    one = token_path_kl("bits:200", gamma_eps=1.0, tokens=[2**199])
    assert one.kl[0] == pytest.approx(huge.mean, rel=1e-12)  # all its tokens are alike


def test_a_schedule_says_the_same_as_its_snr():
    made = ft.schedule("cdcd-tts")
    by_time = token_path_kl(LINE, schedule="cdcd-tts", eps=0.2, T=0.9, pinned=True)
    by_snr = token_path_kl(LINE, gamma_eps=made.snr(0.2), gamma_T=made.snr(0.9), pinned=True)
    np.testing.assert_allclose(by_time.kl, by_snr.kl, rtol=1e-13)


@pytest.mark.parametrize(("low", "pinned"), [(0.0, False), (0.7, True), (5.9999, True)])
def test_monte_carlo_of_both_ends(low, pinned):
    exact = token_path_kl(LINE, gamma_T=low, gamma_eps=6.0, pinned=pinned)
    found = token_path_kl(LINE, gamma_T=low, gamma_eps=6.0, pinned=pinned, method="mc", samples=4096)
    assert np.all(np.abs(found.kl - exact.kl) < SIGMAS * found.stderr)
    assert abs(found.mean - exact.mean) < SIGMAS * found.stderr_mean
    assert found.method == "monte-carlo"
    assert np.all(found.stderr < 0.1 * exact.kl)


@pytest.mark.parametrize("steps", [1, 7])
@pytest.mark.parametrize("pinned", [True, False])
def test_girsanov_without_bias_on_any_grid(steps, pinned):
    exact = token_path_kl(LINE, gamma_T=0.5, gamma_eps=6.0, pinned=pinned)
    settings = {"gamma_T": 0.5, "gamma_eps": 6.0, "pinned": pinned, "steps": steps, "paths": 8192}
    for token, kl in ((None, exact.mean), (0, exact.kl[0]), (2, exact.kl[2])):
        found = token_girsanov(LINE, token, **settings, seed=5)
        assert abs(found.mean - kl) < SIGMAS * found.stderr
        assert found.stderr < 0.05


def test_frozen_sums_have_the_mean_of_a_left_riemann_sum():
    grid = np.linspace(0.5, 6.0, 5)
    exact = token_path_kl(LINE, gamma_T=0.5, gamma_eps=6.0, pinned=True)
    sums = 0.5 * np.diff(grid) @ np.array([squared_errors(LINE, gamma) for gamma in grid[:-1]])
    for token in (0, 2):
        settings = {"gamma_T": 0.5, "gamma_eps": 6.0, "pinned": True, "steps": 4, "paths": 40_000}
        found = token_girsanov(LINE, token, estimator="frozen", **settings, seed=2)
        assert abs(found.mean - sums[token]) < SIGMAS * found.stderr
        assert abs(sums[token] - exact.kl[token]) > 5 * found.stderr  # the bias is there to be seen


def test_on_average_the_bias_is_the_path_kl_of_the_ancestral_sampler():
    grid = np.linspace(0.0, 8.0, 5)
    found = ft.information(FIVE, np.sqrt(grid))
    sampler = 0.5 * np.diff(grid) @ found.mmse[:-1] - (found.information[-1] - found.information[0])
    simulated = token_girsanov(FIVE, gamma_eps=8.0, estimator="frozen", steps=4, paths=40_000, seed=1)
    assert abs(simulated.mean - found.information[-1] - sampler) < SIGMAS * simulated.stderr
    assert sampler > 10 * simulated.stderr


@pytest.mark.parametrize("token", [None, 0])
def test_the_bias_of_frozen_sums_is_of_first_order(token):
    exact = token_path_kl(FIVE, gamma_eps=8.0, tokens=[0])
    kl = exact.mean if token is None else exact.kl[0]
    biases, noise = [], []
    for steps in (4, 8, 16):
        settings = {"gamma_eps": 8.0, "steps": steps, "paths": 40_000, "keep_samples": True}
        frozen = token_girsanov(FIVE, token, estimator="frozen", **settings, seed=3)
        plain = token_girsanov(FIVE, token, estimator="exact", **settings, seed=3)
        # On the same paths the unbiased log-derivative takes away most of the noise.
        gap = frozen.samples - plain.samples
        biases.append(gap.mean())
        noise.append(gap.std() / math.sqrt(gap.size))
        assert abs(gap.mean() + kl - frozen.mean) < SIGMAS * plain.stderr
    order = np.polyfit(np.log([4, 8, 16]), np.log(biases), 1)[0]
    assert max(np.array(noise) / biases) < 0.1
    assert -0.3 < order + 1 < 0.3


def test_girsanov_of_products_schedules_and_seeds():
    settings = {"schedule": "flow", "eps": 0.3, "T": 0.95, "pinned": True, "steps": 3, "paths": 4096}
    exact = token_path_kl("fsq:3,2", schedule="flow", eps=0.3, T=0.95, pinned=True)
    found = token_girsanov("fsq:3,2", 4, **settings, seed=1)
    assert abs(found.mean - exact.kl[4]) < SIGMAS * found.stderr
    assert token_girsanov("fsq:3,2", 4, **settings, seed=1) == found
    assert token_girsanov("fsq:3,2", 4, **settings, seed=2) != found
    average = token_path_kl("fsq:3,2", tokens=[], method="girsanov", **settings)
    assert abs(average.mean - exact.mean) < SIGMAS * average.stderr_mean


def test_girsanov_that_saw_no_confusion_does_not_look_certain():
    # At γ = 900 a confusion of the codes ±1 has probability Φ(−30); nothing is left of the spread of samples.
    found = token_girsanov("fsq:2", 0, gamma_eps=900.0, steps=1, paths=512)
    assert found.mean == pytest.approx(math.log(2), rel=1e-12)
    assert found.stderr >= 1 / 600


def test_one_hot_codes_with_a_prior():
    book = ft.codebook("onehot:4").with_prior([0.4, 0.3, 0.2, 0.1])
    found = token_path_kl(book, gamma_eps=9.0, samples=8192)
    simulated = token_path_kl(book, gamma_eps=9.0, method="girsanov", steps=1, paths=8192)
    assert np.all(np.abs(found.kl - simulated.kl) < SIGMAS * np.hypot(found.stderr, simulated.stderr))
    assert book.prior @ found.kl == pytest.approx(found.mean, abs=SIGMAS * (found.stderr.max() + found.stderr_mean))


def test_bad_input_is_named():
    for settings, message in (
        ({"method": "closed"}, "method 'closed': expected one of auto, exact, mc, girsanov"),
        ({"estimator": "euler"}, "estimator 'euler': expected one of exact, frozen"),
        ({"tokens": [4]}, "token 4 is not in array"),
        ({"gamma_eps": math.inf}, "SNR is infinite"),
        ({"gamma_T": 3.0}, "expected gamma_eps >= gamma_T"),
        ({"paths": 1}, "1 paths: expected at least 2"),
        ({"seed": -1}, "seed -1"),
    ):
        with pytest.raises(InputError, match=message):
            token_path_kl(LINE, **{"gamma_eps": 2.0, **settings})
    with pytest.raises(InputError, match="probability 0"):
        token_path_kl(ft.ArrayCodebook([[0.0], [1.0], [2.0]], [0.5, 0.0, 0.5]), gamma_eps=1.0, tokens=[1])
    with pytest.raises(InputError, match="method 'exact'"):
        token_path_kl(ft.random_codebook(8, 3, "box", 0), gamma_eps=1.0, method="exact")
    with pytest.raises(InputError, match="estimator 'milstein'"):
        token_girsanov(LINE, gamma_eps=1.0, estimator="milstein")


# --- the command ------------------------------------------------------------------------------------------------------


def rows_of(capsys, *argv):
    assert main(["kl", *argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_command_reports_tokens_and_their_average(capsys):
    rows = rows_of(capsys, "fsq:5,3", "--gamma-eps", "4", "--token", "0", "--token", "7", "--data")
    exact = token_path_kl("fsq:5,3", gamma_eps=4.0)
    assert [row["token"] for row in rows] == [0, 7, None]
    assert [row["kl"] for row in rows] == [exact.kl[0], exact.kl[7], exact.mean]
    first = ["codebook", "K", "n", "gamma_eps", "gamma_T", "token", "kl", "method", "stderr"]
    assert list(rows[0])[: len(first)] == first
    assert rows[0]["stderr"] is None
    pinned = rows_of(capsys, "fsq:5,3", "--gamma-eps", "4", "--gamma-T", "1", "--data")
    free = rows_of(capsys, "fsq:5,3", "--gamma-eps", "4", "--gamma-T", "1", "--data", "--unpinned")
    assert pinned[0]["kl"] == token_path_kl("fsq:5,3", gamma_eps=4.0, gamma_T=1.0, pinned=True).mean
    assert free[0]["kl"] == pytest.approx(exact.mean, rel=1e-14)


def test_command_samples_and_simulates(capsys):
    exact = token_path_kl("fsq:3", gamma_eps=4.0).kl[1]
    for more in (["mc", "--samples", "4096"], ["girsanov", "--paths", "2048", "--steps", "2"]):
        (row,) = rows_of(capsys, "fsq:3", "--gamma-eps", "4", "--token", "1", "--method", *more)
        assert abs(row["kl"] - exact) < SIGMAS * row["stderr"]
    assert (row["estimator"], row["paths"], row["steps"], row["method"]) == ("exact", 2048, 2, "girsanov")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--token", "9"], "token 9 is not in fsq:3,3: tokens are 0 to 8"),
        (["--data", "--pair", "0", "1"], "--pair with --token or --data: expected only one of them"),
        (["--data", "--integrator", "euler"], "expected exact or frozen"),
        (["--data", "--method", "closed"], "method 'closed': expected one of auto, exact, mc, girsanov"),
    ],
)
def test_command_refuses_in_one_line(more, message, capsys):
    assert main(["kl", "fsq:3,3", "--gamma-eps", "4", *more]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert captured.err.count("\n") == 1


def test_command_as_a_process_starts_no_jax_for_integrals():
    code = (
        "import sys\nfrom fsq_theory.cli.main import main\n"
        "argv = ['kl', 'magvit2', '--schedule', 'cdcd-tts', '--eps', '0.1', '--token', '5', '--data', '--json']\n"
        "assert main(argv) == 0\n"
        "assert 'jax' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    rows = json.loads(done.stdout)
    assert [row["token"] for row in rows] == [5, None]
    assert rows[0]["kl"] == pytest.approx(rows[1]["kl"], rel=1e-12)  # all tokens of bits are alike
    assert done.stderr == ""
