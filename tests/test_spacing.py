"""Optimal spacing against brute force over levels, its KKT conditions, and the command."""

from __future__ import annotations

import itertools
import json
import math
import subprocess
import sys
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference import map_error_1d
from scipy.optimize import minimize

import fsq_theory as ft
from fsq_theory.cli.main import main
from fsq_theory.denoiser.accuracy import scalar

LATTICE = 41
"""Levels that the search over all placements tries, on [−1, 1]."""


def error(levels: np.ndarray, prior: np.ndarray, r: float) -> float:
    return float(np.exp(scalar.log_error(np.asarray(levels, dtype=float), prior, np.array([r]))[0]))


def best_by_search(prior: np.ndarray, r: float) -> float:
    """The least error over every placement on a lattice, polished without gradients from the best few."""
    count = len(prior)
    tried = []
    for middle in itertools.combinations(np.linspace(-1, 1, LATTICE), count):
        tried.append((error(np.array(middle), prior, r), middle))
    tried.sort()

    def clipped(x: np.ndarray) -> float:
        ordered = np.maximum.accumulate(np.clip(x, -1, 1)) + 1e-13 * np.arange(count)
        return error(ordered, prior, r)

    options = {"xatol": 1e-11, "fatol": 1e-16, "maxiter": 3000}
    return min(minimize(clipped, start, method="Nelder-Mead", options=options).fun for _, start in tried[:3])


@pytest.mark.parametrize(
    ("prior", "r"),
    [
        ([0.5, 0.3, 0.2], 4.0),
        ([0.2, 0.5, 0.3], 1.0),
        ([0.05, 0.9, 0.05], 2.0),
        ([0.8, 0.15, 0.05], 0.5),
        ([0.15, 0.05, 0.8], 0.7),
        ([0.6, 0.001, 0.399], 3.0),
        ([0.001, 0.6, 0.399], 2.0),
        ([1e-6, 0.4, 0.599999], 12.0),
        ([0.4, 0.6], 0.2),
        ([0.03, 0.97], 1.1),
    ],
)
def test_the_optimum_against_a_search(prior: list[float], r: float) -> None:
    values = np.array(prior)
    found = ft.optimal_spacing(values, r)
    searched = best_by_search(values, r)
    assert math.exp(found.log_error) == pytest.approx(searched, rel=1e-9)
    assert math.exp(found.log_error) <= searched * (1 + 1e-10)
    assert error(found.levels, values, r) == pytest.approx(math.exp(found.log_error), rel=1e-12)
    assert found.log_error - found.log_error_limit < 1e-9


def test_four_tokens_against_a_search() -> None:
    values = np.array([0.1, 0.45, 0.05, 0.4])
    start = ft.optimal_spacing(values, 5.0)
    rng = np.random.default_rng(0)
    for _ in range(2000):
        levels = np.sort(rng.uniform(-1, 1, 4))
        assert error(levels, values, 5.0) > math.exp(start.log_error)
    for _ in range(200):
        moved = np.clip(start.levels + rng.normal(0, 1e-4, 4), -1, 1)
        assert error(moved, values, 5.0) >= math.exp(start.log_error) * (1 - 1e-13)


@pytest.mark.parametrize("levels", [2, 3, 5, 8, 100])
@pytest.mark.parametrize("r", [0.3, 3.0, 60.0])
def test_equal_priors_are_equally_spaced(levels: int, r: float) -> None:
    """Jensen: the gaps are equal and A is FSQ's closed form."""
    found = ft.optimal_spacing(np.full(levels, 1 / levels), r)
    assert found.levels == pytest.approx(np.linspace(-1, 1, levels), abs=1e-12)
    assert found.log_error == pytest.approx(found.log_error_equal, rel=1e-12, abs=1e-13)
    assert all(found.kept)
    assert abs(found.gain) < 1e-13


def test_two_tokens_sit_at_the_ends() -> None:
    for prior in ([0.5, 0.5], [0.01, 0.99], [1 - 1e-6, 1e-6]):
        for r in (0.01, 1.0, 20.0):
            found = ft.optimal_spacing(prior, r, box=(2.0, 5.0))
            assert found.levels == pytest.approx([2, 5], abs=1e-11)
            assert found.gain == pytest.approx(0, abs=1e-14)


def test_the_optimum_in_arbitrary_precision() -> None:
    """Half widths √(2 log(π φ(0)/μ)) fill the box; the error at these levels is the integral of its definition."""
    prior, r = [0.5, 0.3, 0.2], 4.0
    with mp.workdps(30):

        def half(p: float, log_mu: mp.mpf) -> mp.mpf:
            return mp.sqrt(2 * (mp.log(p) - mp.log(2 * mp.pi) / 2 - log_mu))

        log_mu = mp.findroot(lambda m: half(0.5, m) + 2 * half(0.3, m) + half(0.2, m) - 2 * r, -4.1)
        inner = -1 + (half(0.5, log_mu) + half(0.3, log_mu)) / r
        want = map_error_1d([-1.0, inner, 1.0], prior, r)
    found = ft.optimal_spacing(prior, r)
    assert found.levels == pytest.approx([-1, float(inner), 1], abs=1e-14)
    assert found.multiplier == pytest.approx(float(log_mu), rel=1e-13)
    assert math.exp(found.log_error) == pytest.approx(float(want), rel=1e-12)
    assert found.gain == pytest.approx(0.00086110961, rel=1e-6)


priors = st.lists(st.floats(0, 14), min_size=2, max_size=9).map(
    lambda x: np.exp(-np.array(x)) / np.exp(-np.array(x)).sum()
)


@settings(max_examples=80)
@given(priors, st.floats(-3, 3), st.sampled_from(["given", "free"]))
def test_what_holds_for_every_prior(prior: np.ndarray, exponent: float, order: str) -> None:
    r = 10.0**exponent
    found = ft.optimal_spacing(prior, r, order=order)
    assert found.log_error <= found.log_error_equal + 1e-12 * (1 + abs(found.log_error))
    assert found.accuracy >= prior.max() * (1 - 1e-14)
    assert found.log_error - found.log_error_limit <= 1e-8 * (1 + abs(found.log_error))
    assert found.kkt_residual <= 1e-7 * max(1.0, r**2 * 1e-3)
    assert len(set(found.levels.tolist())) == len(prior)
    assert np.all(np.abs(found.levels) <= 1)
    assert np.all(np.diff(found.levels[list(found.tokens)]) > 0)
    if order == "given":
        assert found.tokens == tuple(range(len(prior)))
    assert not any(isinstance(value, float) and math.isnan(value) for value in found.row().values())


@settings(max_examples=30)
@given(priors, st.floats(-1, 1.5))
def test_the_mirror_image(prior: np.ndarray, exponent: float) -> None:
    one, other = (ft.optimal_spacing(p, 10.0**exponent) for p in (prior, prior[::-1]))
    assert one.log_error == pytest.approx(other.log_error, rel=1e-12, abs=1e-13)


@settings(max_examples=30)
@given(priors, st.floats(-1, 1.2), st.floats(0.1, 0.9))
def test_merging_two_tokens_by_their_order_never_helps(prior: np.ndarray, exponent: float, share: float) -> None:
    """More SNR never hurts, and neither does one more token cut from another: its prior was lost or is now gained."""
    assume(len(prior) < 9)
    r = 10.0**exponent
    whole = ft.optimal_spacing(prior, r)
    assert ft.optimal_spacing(prior, 1.1 * r).accuracy >= whole.accuracy * (1 - 1e-12)
    cut = np.insert(prior, 0, prior[0] * share)
    cut[1] -= cut[0]
    assert ft.optimal_spacing(cut, r).accuracy <= whole.accuracy * (1 + 1e-12)


@pytest.mark.parametrize("count", [3, 4])
def test_the_best_order_against_all_orders(count: int) -> None:
    rng = np.random.default_rng(7)
    for r in (0.5, 2.0, 8.0):
        prior = rng.dirichlet(np.ones(count))
        found = ft.optimal_spacing(prior, r, order="free")
        orders = [ft.optimal_spacing(prior[list(order)], r) for order in itertools.permutations(range(count))]
        assert found.log_error == pytest.approx(min(one.log_error_limit for one in orders), rel=1e-10)
        assert error(found.levels, prior, r) == pytest.approx(math.exp(found.log_error), rel=1e-12)


def test_tokens_that_are_given_up() -> None:
    found = ft.optimal_spacing([0.7, 1e-4, 0.2999], 3.0)
    assert found.kept == (True, False, True)
    assert math.exp(found.log_error) == pytest.approx(
        math.exp(ft.optimal_spacing([0.7 / 0.9999, 0.2999 / 0.9999], 3.0).log_error) * 0.9999 + 1e-4, rel=1e-12
    )
    assert ft.optimal_spacing([0.7, 1e-4, 0.2999], 9.0).kept == (True, True, True)
    assert ft.optimal_spacing([0.5, 0.0, 0.3, 0.2, 0.0], 4.0).kept == (True, False, True, True, False)
    three = ft.optimal_spacing([0.5, 0.3, 0.2], 4.0).log_error
    assert ft.optimal_spacing([0.5, 0.0, 0.3, 0.2, 0.0], 4.0).log_error == pytest.approx(three, rel=1e-9)
    assert ft.optimal_spacing([1.0, 0.0], 1.0).accuracy == 1.0


@pytest.mark.parametrize("r", [0.0, 1e-300, 1e-9, 1e9, 1e300, math.inf])
def test_the_ends_of_snr(r: float) -> None:
    found = ft.optimal_spacing([0.5, 0.3, 0.2], r)
    assert found.accuracy == pytest.approx(0.5 if r < 1 else 1.0, rel=1e-8)
    assert found.gain == pytest.approx(0, abs=1e-8)
    assert not any(isinstance(value, float) and math.isnan(value) for value in found.row().values())


def test_digits_of_a_product(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    first, second = rng.choice(5, 4000, p=[0.05, 0.1, 0.5, 0.3, 0.05]), rng.choice(3, 4000, p=[0.7, 0.2, 0.1])
    np.save(tmp_path / "ids.npy", first + 5 * second)
    book = ft.codebook(f"fsq:5,3+histogram:{tmp_path}/ids.npy,independent=true")
    assert isinstance(book, ft.ProductCodebook)
    r = 6.0
    found = ft.optimal_digit_spacing(book, r)
    parts = [ft.optimal_spacing(factor.prior, r) for factor in book.factors]
    assert found.accuracy == pytest.approx(math.prod(part.accuracy for part in parts), rel=1e-12)
    assert found.accuracy_before == pytest.approx(math.prod(part.accuracy_equal for part in parts), rel=1e-12)
    assert found.gain == pytest.approx(found.accuracy - found.accuracy_before, rel=1e-12)
    assert found.gain > 1e-3
    assert found.codebook.K == 15
    assert found.codebook.linf <= 1
    with pytest.raises(ft.InputError, match="is no product of one-dimensional codes"):
        ft.optimal_digit_spacing("onehot:4", 1.0)
    assert ft.optimal_digit_spacing("fsq:3^8", 5.0).gain == pytest.approx(0, abs=1e-13)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prior": [0.5, 0.6], "r": 1}, "prior sums to 1.1"),
        ({"prior": [1.0], "r": 1}, r"prior has shape \(1,\): expected 2 to 4096"),
        ({"prior": [0.5, 0.5], "r": -1}, "r = -1: expected"),
        ({"prior": [0.5, 0.5], "r": math.nan}, "r = nan: expected"),
        ({"prior": [0.5, 0.5], "r": 1, "box": (1.0, 1.0)}, "box from 1 to 1"),
        ({"prior": [0.5, 0.5], "r": 1, "order": "best"}, "order 'best': expected one of given, free"),
        ({"prior": [1.5, -0.5], "r": 1}, "prior of token 1 is -0.5"),
    ],
)
def test_bad_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ft.InputError, match=message):
        ft.optimal_spacing(**arguments)  # type: ignore[arg-type]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ids.txt").write_text("0 0 0 1 1 2 # 3\n")
    (tmp_path / "prior.txt").write_text("0.5\n0.3\n0.2\n")
    runs = [
        (["--prior", "0.5,0.3,0.2", "--r", "4", "--order", "free", "--box", "-2", "1"], [0.5, 0.3, 0.2], 0),
        (["--prior-file", str(tmp_path / "prior.txt"), "--r", "4", "--levels", "3"], [0.5, 0.3, 0.2], 0),
        (
            ["--histogram", str(tmp_path / "ids.txt"), "--levels", "4", "--smoothing", "1", "--r", "4"],
            [0.4, 0.3, 0.2, 0.1],
            0,
        ),
    ]
    for argv, prior, _ in runs:
        assert main(["spacing", *argv, "--json"]) == 0
        (row,) = json.loads(capsys.readouterr().out)
        box, order = ((-2.0, 1.0), "free") if "--box" in argv else ((-1.0, 1.0), "given")
        want = ft.optimal_spacing(prior, 4.0, box=box, order=order)
        assert {key: row[key] for key in want.row()} == want.row()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "noise level: expected at least one --r"),
        (["--r", "1"], "got none of them"),
        (["--r", "1", "--prior", "0.5,0.5", "--prior-file", "x"], "got --prior and --prior-file"),
        (["--r", "1", "--prior", "0.5,half"], "--prior: 'half' is not a number"),
        (["--r", "1", "--prior", "0.5,0.4"], "prior sums to 0.9"),
        (["--r", "1", "--prior", "0.5,0.5", "--levels", "3"], "--levels 3 with 2 probabilities"),
        (["--r", "1", "--prior", "0.5,0.5", "--smoothing", "1"], "--smoothing 1 needs --histogram"),
        (["--r", "1", "--histogram", "x"], "--histogram needs --levels"),
        (["--r", "1", "--histogram", "gone", "--levels", "3"], "no file gone"),
        (["--r", "-1", "--prior", "0.5,0.5"], "r = -1: expected"),
        (["--r", "1", "--prior-file", "gone"], "no file gone: expected .npy, .npz (key 'prior'), .csv"),
    ],
)
def test_bad_usage_of_the_command(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spacing", *argv]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err


def test_the_command_as_a_process() -> None:
    argv = [sys.executable, "-m", "fsq_theory", "spacing", "--prior", "0.5,0.3,0.2", "--r", "4"]
    done = subprocess.run([*argv, "--json"], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)[0]["kept"] == [True, True, True]
