"""Accuracy of one-hot and simplex codes under unequal priors, against the plane, closed forms and sampling."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from posterior_grids import posterior

import fsq_theory as ft
from fsq_theory.codebooks.regular import OneHotCodebook, SimplexCodebook
from fsq_theory.codebooks.regularity import as_equidistant
from fsq_theory.denoiser import rivals_by_prior
from fsq_theory.denoiser.accuracy import equidistant_prior, planar
from fsq_theory.denoiser.lognormal_sum import GaussianLaw
from fsq_theory.denoiser.race import run
from fsq_theory.denoiser.rivals_by_prior import PriorGroups

PRIORS = [[0.7, 0.3], [1 - 1e-6, 1e-6], [0.5, 0.3, 0.2], [0.4, 0.4, 0.2], [0.2, 0.4, 0.4], [1 - 2e-6, 1e-6, 1e-6]]


@pytest.mark.parametrize("prior", PRIORS, ids=str)
@pytest.mark.parametrize("rho", [1e-6, 0.01, 0.3, 1.0, 4.0, 30.0, 1000.0])
def test_two_and_three_tokens_against_line_and_plane(prior: list[float], rho: float) -> None:
    # In coordinates of the codes' own span, where another formula answers.
    book = SimplexCodebook(len(prior), prior=prior)
    r = rho * math.sqrt(2) / book.distance
    plain = ft.ArrayCodebook(book.points, prior)
    if len(prior) == 2:
        wanted = ft.accuracy(plain, r).log_error
        tokens = ft.token_accuracy(plain, [r]).log_error[0]
    else:
        wanted = planar.planar_log_error(book.points, book.prior, np.array([r]))[0]
        tokens = planar.planar_log_token_error(book.points, book.log_prior, np.array([r]))[0]
    found = ft.accuracy(book, r)
    assert found.method == "quadrature"
    assert found.log_error == pytest.approx(wanted, rel=1e-14, abs=1e-12)
    by_token = ft.token_accuracy(book, [r]).log_error[0]
    # A token that is nearly always right is given with absolute accuracy by the plane.
    np.testing.assert_allclose(by_token[tokens > -30], tokens[tokens > -30], rtol=1e-13, atol=1e-10)


@pytest.mark.parametrize("log_ratio", [0.2, 14.0, 300.0])
@pytest.mark.parametrize("rho", [0.05, 1.0, 10.0, 200.0])
def test_two_tokens_against_high_precision(log_ratio: float, rho: float) -> None:
    heavy = 1 / (1 + math.exp(-log_ratio))
    prior = [heavy, math.exp(-log_ratio) * heavy]
    with mp.workdps(40):
        delta, odds = mp.mpf(rho) * mp.sqrt(2), mp.log(mp.mpf(prior[0]) / mp.mpf(prior[1]))
        first, second = (mp.erfc((delta / 2 + sign * odds / delta) / mp.sqrt(2)) / 2 for sign in (1, -1))
        wanted = float(mp.log(prior[0] * first + prior[1] * second))
    found = ft.accuracy(OneHotCodebook(2, prior=prior), rho)
    assert found.log_error == pytest.approx(wanted, rel=3e-15, abs=1e-13)


def by_definition(prior: list[float], rho: float) -> tuple[mp.mpf, list[mp.mpf]]:
    """∫ φ(y − a_k − ρ) (1 − Π_{j≠k} Φ(y − a_j)) dy, a_j = log π_j/ρ, in 30 digits."""
    with mp.workdps(30):
        shift = [mp.log(p) / rho for p in prior]
        errors = []
        for k, own in enumerate(shift):

            def lost(y: mp.mpf, k: int = k, own: mp.mpf = own) -> mp.mpf:
                left = [mp.erfc((y - a) / mp.sqrt(2)) / 2 for j, a in enumerate(shift) if j != k]
                beaten = mp.mpf(0)
                for q in left:
                    beaten = beaten + q - beaten * q
                return mp.exp(-((y - own - rho) ** 2) / 2) / mp.sqrt(2 * mp.pi) * beaten

            # An entire integrand, at least as concave as the density: the trapezoidal rule is exact to e^{−2π²/h²}.
            step = mp.mpf("0.25")
            middle = own + rho
            errors.append(step * mp.fsum(lost(middle + i * step) for i in range(int(-4 * (rho + 13)), 53)))
        return mp.fsum(p * e for p, e in zip(prior, errors, strict=True)), errors


@pytest.mark.parametrize("rho", [1.5, 6.0, 14.0])
def test_six_tokens_against_high_precision(rho: float) -> None:
    prior = [0.4, 0.25, 0.2, 0.1, 0.05 - 1e-4, 1e-4]
    whole, each = by_definition(prior, rho)
    book = OneHotCodebook(6, prior=prior)
    assert ft.accuracy(book, rho).log_error == pytest.approx(float(mp.log(whole)), rel=1e-14, abs=1e-13)
    tokens = ft.token_accuracy(book, [rho]).log_error[0]
    assert tokens == pytest.approx([float(mp.log(e)) for e in each], rel=1e-14, abs=1e-13)


def test_tokens_average_to_the_error_and_zero_priors_are_never_decided() -> None:
    prior = [0.3, 0.0, 0.3, 0.4 - 1e-5, 1e-5, 0.0]
    book = OneHotCodebook(6, prior=prior)
    for r in (0.05, 0.8, 3.0, 2e6):
        tokens = ft.token_accuracy(book, [r]).log_error[0]
        assert np.array_equal(tokens[[1, 5]], [0, 0])
        whole = ft.accuracy(book, r).log_error
        shares = tokens[np.array(prior) > 0] + np.log([p for p in prior if p > 0])
        assert np.logaddexp.reduce(shares) == pytest.approx(whole, rel=1e-14, abs=1e-12)
        assert tokens[0] == tokens[2]
        assert tokens[3] < tokens[0] <= tokens[4]


def test_equal_weights_by_the_path_for_unequal_ones() -> None:
    rho = np.array([0.01, 0.7, 3.0, 15.0, 100.0, 2e6])
    for tokens in (2, 9, 50257):
        uniform = ft.accuracy(OneHotCodebook(tokens), rho).log_error
        groups = PriorGroups(-math.log(tokens), np.zeros(1), np.array([tokens - 1.0]))
        found, _ = equidistant_prior.log_error(groups, rho)
        np.testing.assert_allclose(found, uniform, rtol=4e-15, atol=1e-12)


@pytest.mark.parametrize("r", [1e-3, 0.2, 2.0, 9.0, 300.0])
def test_spreading_priors_over_a_grid_changes_nothing(r: float, monkeypatch: pytest.MonkeyPatch) -> None:
    prior = np.append(1 / np.arange(1, 201.0) ** 1.5, [1e-9, 1e-100])
    groups = PriorGroups.of_prior(prior / prior.sum())
    spread = run(groups, GaussianLaw(r))
    monkeypatch.setattr(rivals_by_prior, "LISTED", 10**6)
    listed = run(groups, GaussianLaw(r))
    np.testing.assert_allclose(spread.average, listed.average, rtol=4e-15, atol=1e-13)
    np.testing.assert_allclose(spread.others, listed.others, rtol=4e-15, atol=1e-12)


@pytest.mark.parametrize("readout", ["map", "soft"])
def test_sampling_agrees(readout: str) -> None:
    weights = np.random.default_rng(5).gamma(0.3, size=40) + 1e-9
    book = OneHotCodebook(40, prior=weights / weights.sum())
    for r in (0.3, 3.0):
        sampled = ft.accuracy(book, r, readout=readout, method="mc", samples=2**15, seed=1)
        found = ft.accuracy(book, r, readout=readout)
        assert found.method == "quadrature"
        assert abs(found.error - sampled.error) < 4.5 * sampled.stderr


def test_entropy_and_mmse_by_definition_with_tokens_in_order() -> None:
    prior = [0.15, 0.6, 0.25]
    book = ft.ArrayCodebook(OneHotCodebook(3).points, prior)
    assert as_equidistant(book) is not None
    wanted = posterior(SimplexCodebook(3, math.sqrt(2 / 3)).points, prior, 1.7, step=0.04)
    found = ft.token_accuracy(book, [1.7])
    # An indicator on a grid of step h errs by at most the mass of a strip of width h, φ(0)h.
    np.testing.assert_allclose(found.error[0], wanted.token_error, atol=0.4 * 0.04, rtol=0)
    assert ft.accuracy(book, 1.7, readout="soft").error == pytest.approx(wanted.soft_error, rel=1e-12)


def test_products_with_unequal_priors_use_their_factors() -> None:
    digit = OneHotCodebook(5, prior=[0.5, 0.2, 0.1, 0.1, 0.1])
    book = ft.ProductCodebook([digit, digit, OneHotCodebook(3)])
    one, three = ft.accuracy(digit, 2.0), ft.accuracy("onehot:3", 2.0)
    found = ft.accuracy(book, 2.0)
    assert found.value == pytest.approx(one.value**2 * three.value, rel=1e-13)
    tokens = ft.token_accuracy(book, [2.0], tokens=[0, 7])
    parts = ft.token_accuracy(digit, [2.0]).value[0]
    assert tokens.value[0] == pytest.approx([parts[0] ** 2 * three.value, parts[2] * parts[1] * three.value], rel=1e-13)


@given(st.lists(st.floats(-14, 0), min_size=2, max_size=40), st.floats(-3, 3), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_labels_and_zero_priors_do_not_matter(logs: list[float], log_r: float, random: object) -> None:
    prior = np.exp(logs) / np.exp(logs).sum()
    shuffled = [*prior.tolist(), 0.0]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (ft.accuracy(OneHotCodebook(len(p), prior=p), 10**log_r) for p in (prior, shuffled))
    assert one.log_error == pytest.approx(other.log_error, rel=4e-15, abs=1e-13)
    assert one.error <= 1 - prior.max() + 1e-15


@given(st.lists(st.floats(-14, 0), min_size=2, max_size=6))
@settings(max_examples=20)
def test_map_errs_at_most_as_often_as_the_posterior_and_at_least_half(logs: list[float]) -> None:
    book = OneHotCodebook(len(logs), prior=np.exp(logs) / np.exp(logs).sum())
    r = [0.01, 0.5, 2.0, 10.0, 50.0]
    decided, drawn = ft.accuracy(book, r), ft.accuracy(book, r, readout="soft")
    assert np.all(decided.log_error <= drawn.log_error + 1e-12)
    assert np.all(drawn.log_error <= decided.log_error + math.log(2) + 1e-12)


def test_many_different_priors_at_every_snr() -> None:
    weights = np.random.default_rng(2).gamma(0.5, size=20000) + 1e-12
    prior = weights / weights.sum()
    book = OneHotCodebook(20000, prior=prior)
    r = [1e-9, 1e-3, 1.0, 6.0, 40.0, 1e3, 1e5, 1e8, 1e150]
    found = ft.accuracy(book, r)
    assert np.all(np.diff(found.error) <= 0)
    assert not np.any(np.isnan(found.log_error))
    assert found.error[0] == pytest.approx(1 - prior.max(), rel=1e-12)
    roots = np.sqrt(prior).sum()
    pairs = roots**2 - 1
    # Σ_{j≠k} √(π_j π_k) Φ(−ρ/√2) at ρ = 1000, up to (log π_j/π_k)²/(4ρ²) = 2e-4 and 1/ρ².
    assert found.log_error[5] == pytest.approx(
        float(np.log(pairs)) - 1000**2 / 4 - math.log(1000 * math.sqrt(math.pi)), abs=1e-4
    )
