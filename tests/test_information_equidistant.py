"""Information and MMSE of one-hot, simplex and biorthogonal codes against definitions, other codes and sampling."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from posterior_grids import posterior

import fsq_theory as ft
from fsq_theory.codebooks.regular import BiorthogonalCodebook, OneHotCodebook, PskCodebook, SimplexCodebook
from fsq_theory.denoiser import rivals_by_prior
from fsq_theory.denoiser.information.equidistant import uncertainty
from fsq_theory.denoiser.information.pairs import log_pair_uncertainty
from fsq_theory.denoiser.lognormal_sum import LognormalLaw
from fsq_theory.denoiser.race import run
from fsq_theory.denoiser.rivals_by_prior import PriorGroups

COLUMNS = ("log_information", "log_entropy", "log_mmse")


def laplace(tau: float, rho: float) -> tuple[mp.mpf, mp.mpf, mp.mpf]:
    """(1 − L, L, −L') by a trapezoidal rule in Z with 30 digits."""
    t, step, values = mp.mpf(tau), mp.mpf("0.06") / max(1, rho), []
    with mp.workdps(30):
        for sign in (-1, 1):
            start = 0 if sign > 0 else 1
            for i in range(start, int((14 + rho) / step)):
                z = sign * i * step
                x = mp.e ** (t + rho * z)
                values.append((mp.npdf(z) * -mp.expm1(-x), mp.npdf(z) * mp.exp(-x), mp.npdf(z) * x * mp.exp(-x)))
        first, second, third = (step * mp.fsum(column) for column in zip(*values, strict=True))
    return first, second, third


@pytest.mark.parametrize("rho", [0.05, 1.0, 1.01, 3.0, 9.0])
@pytest.mark.parametrize("share", [-1.5, -0.5, 0.0, 0.3])
def test_laplace_transform_of_a_lognormal_in_both_tails(rho: float, share: float) -> None:
    tau = share * (rho**2 + (8 if share < 0 else 3))
    law = LognormalLaw(rho)
    cdf, survival, density = laplace(tau, rho)
    found = [law.log_cdf(np.array([tau]))[0], *law.log_weights(np.array([tau]))[::-1, 0]]
    wanted = [float(mp.log(v)) for v in (cdf, survival, density)]
    assert found == pytest.approx(wanted, rel=2e-15, abs=2e-14)


@pytest.mark.parametrize("r", [0.3, 0.9, 2.0, 3.1])
@pytest.mark.parametrize(
    "prior", [[1 / 3] * 3, [0.7, 0.2, 0.1], [0.5, 0.5 - 1e-6, 1e-6], [1 - 2e-6, 1e-6, 1e-6]], ids=str
)
def test_three_tokens_against_the_plane(r: float, prior: list[float]) -> None:
    book = SimplexCodebook(3, prior=prior)
    wanted = posterior(book.points, prior, r)
    found = ft.information(book, r)
    assert found.entropy == pytest.approx(wanted.entropy, rel=1e-12)
    assert found.mmse == pytest.approx(wanted.mmse, rel=1e-12)
    assert found.method == "quadrature"
    assert found.spread < 1e-12
    soft = ft.accuracy(book, r, readout="soft")
    assert soft.error == pytest.approx(wanted.soft_error, rel=1e-12)


@pytest.mark.parametrize("r", [0.2, 0.7, 1.2])
def test_octahedron_and_tetrahedron_against_space(r: float) -> None:
    for book in (BiorthogonalCodebook(6), SimplexCodebook(4)):
        wanted = posterior(book.points, book.prior, r, step=0.25)
        found = ft.information(book, r)
        # The poles of the posterior are π/(2r) ≥ 1.3 away: e^{−2π·1.3/0.25 + 1.3²/2} = 2e-14 with a margin for slopes.
        assert found.entropy == pytest.approx(wanted.entropy, rel=1e-9)
        assert found.mmse == pytest.approx(wanted.mmse, rel=1e-9)
        assert ft.accuracy(book, r, readout="soft").error == pytest.approx(wanted.soft_error, rel=1e-9)


RATES = np.array([1e-9, 1e-4, 0.02, 0.3, 0.499, 0.501, 1.0, 2.5, 6.0, 12.0, 22.0, 24.0, 60.0, 1000.0])


def agree(one: ft.Information, other: ft.Information, factor: float = 1.0) -> None:
    for name in COLUMNS:
        found, wanted = getattr(one, name), getattr(other, name) + math.log(factor)
        # Rounding of exponents of the size of the logarithm itself, and 1e-12 of the rest.
        np.testing.assert_allclose(found, wanted, rtol=2e-15, atol=1e-12, err_msg=name)


def test_two_tokens_are_a_code_on_the_line() -> None:
    line = ft.ArrayCodebook([[0.0], [math.sqrt(2)]])
    agree(ft.information("onehot:2", RATES), ft.information(line, RATES))
    skewed = ft.ArrayCodebook(line.points, [1 - 1e-6, 1e-6])
    agree(ft.information(OneHotCodebook(2, prior=skewed.prior), RATES), ft.information(skewed, RATES))


def test_small_information_is_within_the_spread() -> None:
    """H(π) − H(X_0|Y) cancels under a prior of 1e-100: D(φ_1‖φ_0) = δ²/2 per unit of it, to first order in it."""
    book = OneHotCodebook(2, prior=[1.0, 1e-100])
    r = np.array([0.51, 0.6, 1.0, 1.4])
    found = ft.information(book, r)
    # The next term is π times E_0 (φ_1/φ_0)², 1e-100 e^{δ²}.
    assert np.all(np.abs(found.log_information - np.log(1e-100 * r**2)) <= found.spread)
    # Rounding of a logarithm of −225 times H/I = 230/r².
    assert np.all(found.spread < 1e-9)


def test_one_axis_of_signs_is_a_code_on_the_line() -> None:
    agree(ft.information(BiorthogonalCodebook(2, 0.7), RATES), ft.information(ft.ArrayCodebook([[-0.7], [0.7]]), RATES))


def test_two_axes_of_signs_are_two_turned_bits() -> None:
    half = ft.ArrayCodebook([[-math.sqrt(0.5)], [math.sqrt(0.5)]])
    agree(ft.information("biorthogonal:4", RATES), ft.information(half, RATES), 2)
    agree(ft.information(PskCodebook(4), RATES), ft.information(half, RATES), 2)
    turned = ft.ArrayCodebook([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    agree(ft.information(turned, RATES), ft.information(half, RATES), 2)


def test_arrays_of_regular_codes_are_recognised() -> None:
    prior = [0.4, 0.3, 0.2, 0.1]
    array = ft.ArrayCodebook(OneHotCodebook(4).points - 0.3, prior)
    agree(ft.information(array, RATES), ft.information(OneHotCodebook(4, prior=prior), RATES))
    agree(ft.information(PskCodebook(3), RATES), ft.information("simplex:3", RATES))


@pytest.mark.parametrize("rho", [0.4, 1.0, 4.0, 30.0])
def test_pair_against_high_precision(rho: float) -> None:
    delta = mp.mpf(rho) * mp.sqrt(2)
    with mp.workdps(30):

        def weighted(g: object) -> mp.mpf:
            def f(x: mp.mpf) -> mp.mpf:
                # N(−δ²/2, δ²) times e^{δ²/8}: the quadrature stops at an absolute error.
                exponent = delta**2 / 8 - (x + delta**2 / 2) ** 2 / (2 * delta**2)
                return g(x) * mp.exp(exponent) / (delta * mp.sqrt(2 * mp.pi))  # type: ignore[operator]

            reach = min(200, 16 * delta + delta**2 / 2)
            return mp.quad(f, mp.linspace(-reach, reach, 61))

        wanted = weighted(lambda x: 1 / (1 + mp.exp(-x))), weighted(lambda x: mp.log1p(mp.exp(x)))
    found = log_pair_uncertainty(np.array([float(delta)]))
    logs = [float(mp.log(v) - delta**2 / 8) for v in wanted]
    assert [v[0] for v in found] == pytest.approx(logs, rel=1e-15, abs=1e-14)


@pytest.mark.parametrize("spec", ["onehot:50", "simplex:5", "biorthogonal:20"])
def test_quadrature_meets_pairs_at_high_snr(spec: str) -> None:
    # Three tokens no longer meet at ρ² = 12(log K + 40); log H + ρ²/4 + log ρ is smooth across, and all but constant.
    tokens = int(spec.split(":")[1])
    side = math.sqrt(tokens / (tokens - 1)) if spec.startswith("simplex") else 1.0
    away = np.array([-2, -1, -0.1, 0.1, 1, 2])
    rho = math.sqrt(12 * (math.log(tokens) + 40)) * (1 + away / 1000)
    found = ft.information(spec, rho / side)
    for values in (found.log_entropy, found.log_mmse):
        level = values + rho**2 / 4 + np.log(rho)
        bend = np.polyval(np.polyfit(away[[0, 1, 4, 5]], level[[0, 1, 4, 5]], 3), away)
        np.testing.assert_allclose(level, bend, rtol=0, atol=1e-12)


@pytest.mark.parametrize("spec", ["onehot:3", "onehot:50257", "simplex:17", "biorthogonal:8", "biorthogonal:2048"])
def test_mmse_is_twice_the_derivative_of_information(spec: str) -> None:
    for gamma in (1e-3, 0.1, 0.2499, 0.2501, 1.0, 9.0, 30.0):
        offsets = np.array([-2, -1, 1, 2]) * gamma * 1e-3
        values = ft.information(spec, np.sqrt(gamma + offsets)).information
        slope = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * gamma * 1e-3)
        mmse = ft.information(spec, math.sqrt(gamma)).mmse
        # Rounding of I, 1e-14, over differences of γ; the rule itself is of fourth order in 1e-3.
        assert slope == pytest.approx(mmse / 2, rel=1e-8, abs=2e-11)


@pytest.mark.parametrize("spec", ["onehot:16", "onehot:50257", "biorthogonal:64"])
def test_information_reaches_the_prior_entropy(spec: str) -> None:
    found = ft.information(spec, [0.0, 1e-12, 40.0, np.inf])
    whole = math.log(found.K)
    np.testing.assert_allclose(found.information[2:], whole, rtol=1e-15)
    assert found.information[0] == 0
    # I → γ/2 · MMSE(0)
    zero = ft.information(spec, 0.0).mmse
    assert found.information[1] == pytest.approx(zero / 2 * 1e-24, rel=1e-12)


@pytest.mark.parametrize("spec", ["onehot:6", "biorthogonal:6"])
def test_monte_carlo_agrees(spec: str) -> None:
    sampled = ft.information(spec, 1.5, method="mc", samples=2**15, seed=3)
    found = ft.information(spec, 1.5)
    assert abs(found.entropy - sampled.entropy) < 4.5 * sampled.stderr_information
    assert abs(found.mmse - sampled.mmse) < 4.5 * sampled.stderr_mmse
    soft = ft.accuracy(spec, 1.5, readout="soft", method="mc", samples=2**15, seed=3)
    assert abs(ft.accuracy(spec, 1.5, readout="soft").error - soft.error) < 4.5 * soft.stderr


def test_products_of_one_hot_digits() -> None:
    book = ft.ProductCodebook([OneHotCodebook(5), OneHotCodebook(5), BiorthogonalCodebook(4)])
    found = ft.information(book, [0.1, 2.0])
    parts = ft.information("onehot:5", [0.1, 2.0]), ft.information("biorthogonal:4", [0.1, 2.0])
    np.testing.assert_allclose(found.mmse, 2 * parts[0].mmse + parts[1].mmse, rtol=1e-13)
    np.testing.assert_allclose(found.information, 2 * parts[0].information + parts[1].information, rtol=1e-13)


def test_prior_of_one_token_has_no_uncertainty() -> None:
    found = ft.information(OneHotCodebook(3, prior=[0, 1, 0]), [0.1, 2.0])
    assert np.all(found.log_entropy == -np.inf)
    assert np.all(found.log_mmse == -np.inf)
    assert np.all(found.information == 0)


weights = st.lists(st.floats(-14, 0), min_size=2, max_size=6)


@given(weights, st.floats(-2, 1.5), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_labels_and_zero_priors_do_not_matter(logs: list[float], log_r: float, random: object) -> None:
    prior = np.exp(logs) / np.exp(logs).sum()
    shuffled = [*prior.tolist(), 0.0, 0.0]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (OneHotCodebook(len(p), prior=p) for p in (prior, shuffled))
    agree(ft.information(one, 10**log_r), ft.information(other, 10**log_r))


@given(st.integers(3, 200), st.floats(-2, 2))
@settings(max_examples=25)
def test_a_nearly_uniform_prior_takes_another_path_to_the_same_values(tokens: int, log_r: float) -> None:
    # Two halves that differ by 1e-15: no longer uniform, so that groups are summed apart.
    prior = np.full(tokens, 1 / tokens)
    prior[: tokens // 2] *= 1 + 4e-15
    rho = np.array([10**log_r])
    split, whole = PriorGroups.of_prior(prior), PriorGroups(-math.log(tokens), np.zeros(1), np.array([tokens - 1.0]))
    assert not split.is_uniform
    one, other = uncertainty(split, rho), uncertainty(whole, rho)
    for name in ("error", "entropy", "information"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-14, atol=1e-12)


@pytest.mark.parametrize("r", [0.01, 0.7, 3.0, 20.0, 200.0])
def test_spreading_priors_over_a_grid_changes_nothing(r: float, monkeypatch: pytest.MonkeyPatch) -> None:
    prior = 1 / np.arange(1, 101.0) ** 1.3
    groups = PriorGroups.of_prior(prior / prior.sum())
    spread = run(groups, LognormalLaw(r))
    monkeypatch.setattr(rivals_by_prior, "LISTED", 10**6)
    listed = run(groups, LognormalLaw(r))
    np.testing.assert_allclose(spread.average, listed.average, rtol=4e-15, atol=1e-13)
    np.testing.assert_allclose(spread.others, listed.others, rtol=4e-15, atol=1e-13)


def test_many_different_priors_are_never_listed() -> None:
    weights = np.random.default_rng(0).gamma(0.5, size=50257) + 1e-12
    prior = weights / weights.sum()
    book = OneHotCodebook(50257, prior=prior)
    found = ft.information(book, [0.0, 1e-6, 1.0, 8.0, 50.0])
    assert found.mmse[0] == pytest.approx(1 - prior @ prior, rel=1e-13)
    assert found.mmse[1] == pytest.approx(1 - prior @ prior, rel=1e-11)
    assert found.entropy[0] == pytest.approx(-prior @ np.log(prior), rel=1e-13)
    assert np.all(np.diff(found.information) > 0)
    # From r = 0 to 1e-6 the MMSE falls by less than γ = 1e-12 times E‖Cov‖² < 1e-3: less than its rounding.
    assert abs(found.log_mmse[1] - found.log_mmse[0]) <= found.spread[1] + 1e-15
    assert np.all(np.diff(found.log_mmse[1:]) < 0)
    assert np.all(found.spread < 1e-11)


def test_nothing_is_nan_at_extreme_snr() -> None:
    skewed = [1 - 1e-300 - 1e-6, 1e-6, 1e-300]
    for book in ("onehot:3", "onehot:50257", "biorthogonal:6", OneHotCodebook(3, prior=skewed)):
        found = ft.information(book, [1e-300, 1e-12, 1e5, 1e7, 1e150, 1e300])
        for name in ("information", "entropy", "mmse", "spread"):
            assert not np.any(np.isnan(getattr(found, name))), name
        for logs in (found.log_entropy, found.log_mmse):
            assert np.all(logs[1:] <= logs[:-1])
