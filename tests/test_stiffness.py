"""Stiffness against closed forms, dense matrices and Monte Carlo, and the ODE whose Jacobian it is."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fsq_theory as ft
from fsq_theory.arrays import Array
from fsq_theory.denoiser.digit_stiffness import largest_variance, mean_of_largest
from fsq_theory.denoiser.one_hot_covariance import sampled_softmax
from fsq_theory.denoiser.posterior_covariance import sampled_eigenvalues
from fsq_theory.denoiser.rank_one import largest_eigenvalue


def bit_stiffness(r: float) -> float:
    """r² E[1 − tanh²(r(r + Z))], γ·MMSE of one bit, in 20 digits."""
    with mp.workdps(20):
        return float(mp.quad(lambda z: mp.npdf(z) * r**2 * mp.sech(r * (r + z)) ** 2, mp.linspace(-14, 12, 53)))


@pytest.mark.parametrize("r", [0.01, 0.7, 2.0, 5.0])
def test_one_bit(r: float) -> None:
    found = ft.stiffness("bits:1", r)
    assert float(found.mean) == pytest.approx(bit_stiffness(r), rel=1e-11)
    assert float(found.largest) == pytest.approx(r**2, rel=1e-12)
    assert float(found.bound) == pytest.approx(r**2, rel=1e-14)
    assert str(found.method) == "quadrature"


def test_the_jacobian_of_the_flow() -> None:
    """d(δY)/d log r = γ Cov δY: the derivative of dY/d log r = r·x̂_0(Y, r) by differences, on codes in the plane."""
    book, r = ft.codebook("random:K=7,n=2"), 1.7
    y, h = np.array([0.4, -0.9]), 1e-5
    columns = []
    for step in np.eye(2) * h:
        ends = [np.asarray(ft.denoise(book, (y + sign * step)[None], r)[0]) for sign in (1, -1)]
        columns.append(r * (ends[0] - ends[1]) / (2 * h))
    p = np.asarray(ft.posterior(book, y[None], r)[0])
    centred = book.points - p @ book.points
    scaled = r**2 * (centred * p[:, None]).T @ centred
    assert np.array(columns) == pytest.approx(scaled, abs=1e-8)


def test_products_by_another_quadrature() -> None:
    """E max of two bits' variances: a double integral over both channels."""
    r = 1.3
    z = np.linspace(-9, 9, 1501)
    w = np.exp(-(z**2) / 2)
    w /= w.sum()
    one = (r / np.cosh(r * (r + z))) ** 2
    want = float(w @ np.maximum.outer(one, one) @ w)
    found = ft.stiffness("bits:2", r)
    # The kink on the diagonal costs the rule a part of h² = 1.4e-4.
    assert float(found.mean) == pytest.approx(want, rel=3e-5)
    assert float(found.spread) < 1e-5
    assert float(found.mean) > bit_stiffness(r)


def test_the_mean_of_the_largest_of_exponential_variables() -> None:
    """E max of n exponentials is 1 + 1/2 + … + 1/n, from a table of the law."""
    edges = np.linspace(0, 45, 400001)
    middle = (edges[1:] + edges[:-1]) / 2
    law = middle, np.diff(-np.exp(-edges))
    for n in (1, 2, 7):
        assert mean_of_largest([law], [n]) == pytest.approx(sum(1 / k for k in range(1, n + 1)), rel=1e-7)
    twice = law[0] * 2, law[1]
    # max of rates 1 and ½: 1 + 2 − 1/1.5
    assert mean_of_largest([law, twice], [1, 1]) == pytest.approx(3 - 1 / 1.5, rel=1e-7)


@pytest.mark.parametrize("spec", ["fsq:3", "fsq:5,3", "bits:3", "fsq:4,3+histogram-like"])
@pytest.mark.parametrize("r", [0.5, 2.0])
def test_integrals_against_samples(spec: str, r: float) -> None:
    if "like" in spec:
        first = ft.ArrayCodebook(np.linspace(-1, 1, 4)[:, None], [0.7, 0.0, 0.299, 0.001])
        book: ft.Codebook = ft.ProductCodebook([first, ft.ArrayCodebook([[-1.0], [0.3]], [0.2, 0.8])])
    else:
        book = ft.codebook(spec)
    exact, drawn = ft.stiffness(book, r), ft.stiffness(book, r, method="mc", samples=40000, seed=2)
    assert abs(float(drawn.mean - exact.mean)) < 4 * float(drawn.stderr)
    assert float(drawn.stderr) < 0.02 * float(exact.mean)
    assert float(drawn.largest) <= float(exact.largest) * (1 + 1e-9)
    assert float(exact.largest) <= float(exact.bound)


@pytest.mark.parametrize(
    "spec", ["onehot:6", "simplex:6", "biorthogonal:8", "onehot:5+prior:zipf,s=2", "biorthogonal:2"]
)
def test_structured_codes_against_dense_matrices(spec: str) -> None:
    """The secular equation and dense eigenvalues estimate the same mean from independent samples."""
    book = ft.codebook(spec)
    turn = np.linalg.qr(np.random.default_rng(8).standard_normal((book.n, book.n)))[0]
    turned = ft.ArrayCodebook(book.points @ turn + 0.3, book.prior)
    for r in (0.6, 2.5):
        a, b = (ft.stiffness(one, r, method="mc", samples=15000, seed=seed) for one, seed in ((book, 1), (turned, 9)))
        assert abs(float(a.mean - b.mean)) < 4 * math.hypot(float(a.stderr), float(b.stderr))
        assert float(a.bound) == pytest.approx(float(b.bound), rel=1e-12)
        assert max(float(a.largest), float(b.largest)) <= float(a.bound) * (1 + 1e-12)


@settings(max_examples=60)
@given(st.lists(st.floats(-40, 0), min_size=2, max_size=9), st.booleans())
def test_the_secular_equation(logs: list[float], tied: bool) -> None:
    weights = np.exp(np.array(logs if not tied else [*logs, max(logs)]))
    p = (weights / weights.sum())[None]
    others = p.copy()
    others[0, p[0].argmax()] = 0
    found = float(largest_eigenvalue(p, p**2, p.max(axis=1) * others.sum(axis=1))[0])
    with mp.workdps(60):
        exact = [mp.mpf(float(x)) for x in p[0]]
        total = mp.fsum(exact)
        exact = [x / total for x in exact]
        size = len(exact)
        matrix = mp.matrix(size, size)
        for i in range(size):
            for j in range(size):
                matrix[i, j] = (exact[i] if i == j else 0) - exact[i] * exact[j]
        want = max(mp.eigsy(matrix, eigvals_only=True))
    assert found == pytest.approx(float(want), rel=2e-12)


def test_power_iteration_in_many_dimensions() -> None:
    """80 dimensions: above what is diagonalised."""
    rng = np.random.default_rng(4)
    points = rng.standard_normal((120, 80))
    book = ft.ArrayCodebook(points)
    values = sampled_eigenvalues(book, 0.005, 64, 0)
    # At low SNR the posterior is nearly the prior: γ·λ_max(Cov).
    covariance = np.cov(points.T, bias=True)
    assert values.mean() == pytest.approx(0.005**2 * np.linalg.eigvalsh(covariance)[-1], rel=0.02)
    embedded = np.zeros((5, 90))
    embedded[:, :3] = ft.codebook("random:K=5,n=3").points
    few, small = ft.ArrayCodebook(embedded), ft.codebook("random:K=5,n=3")
    a, b = (ft.stiffness(one, 2.0, samples=20000, seed=s) for one, s in ((few, 1), (small, 2)))
    assert abs(float(a.mean - b.mean)) < 4 * math.hypot(float(a.stderr), float(b.stderr))


def test_the_supremum_between_rare_tokens() -> None:
    """Two tokens of very unequal prior are as undecided as any two, at a place that noise hardly reaches."""
    for prior in ([1 - 1e-9, 1e-9], [0.5, 0.5]):
        for r in (1e-3, 1.0, 30.0):
            assert largest_variance(np.array([-1.0, 1.0]), np.array(prior), r) == pytest.approx(r**2, rel=1e-11)
    found = ft.stiffness(ft.ArrayCodebook([[0.0], [1e-3], [100.0]]), [0.02, 3000.0, 1e7])
    assert np.all(found.largest <= found.bound)
    assert found.largest == pytest.approx(found.bound, rel=1e-4)
    assert found.mean[2] == 0


def test_the_ends_of_snr_and_known_tokens() -> None:
    for spec in ("bits:3", "onehot:4", "random:K=9,n=3"):
        found = ft.stiffness(spec, [0.0, math.inf])
        assert found.mean.tolist() == [0.0, 0.0]
        assert found.bound.tolist() == [0.0, math.inf]
        assert not any(isinstance(v, float) and math.isnan(v) for row in found.rows() for v in row.values())
    known = ft.stiffness(ft.ArrayCodebook([[0.0], [1.0]], [1.0, 0.0]), [0.0, 1.0, math.inf])
    assert known.mean.tolist() == known.largest.tolist() == known.bound.tolist() == [0.0, 0.0, 0.0]
    assert float(ft.stiffest(ft.ArrayCodebook([[0.0], [1.0]], [1.0, 0.0])).mean) == 0


def test_errors_that_were_not_seen_are_not_certainty() -> None:
    """At r = 8 a bit is undecided once in 1e15 draws: the standard error must not be 0."""
    found = ft.stiffness("bits:1", 8.0, method="mc", samples=1000)
    assert float(found.stderr) > abs(float(found.mean) - bit_stiffness(8.0))


@pytest.mark.parametrize("spec", ["bits:1", "fsq:5", "fsq:3^8"])
def test_the_stiffest_place(spec: str) -> None:
    peak = ft.stiffest(spec)
    grid = float(peak.r) * np.geomspace(1 / 20, 20, 61)
    curve = ft.stiffness(spec, grid).mean
    assert curve.max() <= float(peak.mean) * (1 + 1e-6)
    assert abs(math.log(grid[curve.argmax()] / float(peak.r))) < 0.11


def test_the_stiffest_place_of_sampled_codes() -> None:
    peak = ft.stiffest("onehot:8", samples=2048)
    curve = ft.stiffness("onehot:8", float(peak.r) * np.array([0.5, 1.0, 2.0]), samples=2048)
    assert curve.mean.argmax() == 1
    assert ft.stiffest("onehot:8", samples=2048) == peak


def test_seeds_and_bad_settings() -> None:
    first = ft.stiffness("onehot:5", 1.0, samples=100, seed=3)
    assert first == ft.stiffness("onehot:5", 1.0, samples=100, seed=3)
    assert float(first.mean) != float(ft.stiffness("onehot:5", 1.0, samples=100, seed=4).mean)
    for kwargs, message in (
        ({"r": -1.0}, "r = -1: expected"),
        ({"r": math.nan}, "r = nan: expected"),
        ({"r": 1.0, "method": "guess"}, "method 'guess'"),
        ({"r": 1.0, "method": "exact"}, "is no product of one-dimensional codes"),
        ({"r": 1.0, "samples": 1}, "samples = 1"),
        ({"r": 1.0, "seed": -1}, "seed -1"),
    ):
        with pytest.raises(ft.InputError, match=message):
            ft.stiffness("onehot:5", **kwargs)  # type: ignore[arg-type]
    with pytest.raises(ft.TooLargeError):
        ft.stiffness("fsq:4^16+perturb:0", 1.0)


@pytest.mark.parametrize("rho", [1e-3, 0.5, 3.0, 12.0])
@pytest.mark.parametrize("log_prior", [None, -np.log(np.arange(1, 601.0))])
def test_power_sums_of_small_weights(rho: float, log_prior: Array | None) -> None:
    """The same posteriors as matrices."""
    found = sampled_softmax(rho, log_prior, np.array([0, 7]), 600, np.random.default_rng(4))
    rng = np.random.default_rng(4)
    for sent, value in zip((0, 7), found.tolist(), strict=True):
        scores = rho * (rng.standard_normal(600) + rho * (np.arange(600) == sent)) + (
            0 if log_prior is None else log_prior
        )
        weights = np.exp(scores - scores.max())
        p = weights / weights.sum()
        first = p.argmax()
        rest = np.delete(weights, first).sum() / weights.sum()
        matrix = np.diag(p) - np.outer(p, p)
        matrix[first, first] = p[first] * rest
        assert value == pytest.approx(np.linalg.eigvalsh(matrix)[-1], rel=1e-9, abs=1e-16)
