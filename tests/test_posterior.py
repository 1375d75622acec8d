"""The optimal denoiser against its definition."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

import fsq_theory as ft

SPECS = ["fsq:4,3,2", "random:K=700,n=3", "onehot:9", "onehot:5,low=-2,high=2", "simplex:6", "psk:5", "digits:4,2"]


def log_weights(book: ft.Codebook, x: np.ndarray, alpha: float, sigma: float) -> np.ndarray:
    """log π_k N(x; α e_k, σ² I) by its definition, shape (S, K)."""
    density = norm.logpdf(x[:, None, :], alpha * book.points, sigma).sum(axis=-1)
    return density + np.log(book.prior)


@pytest.mark.parametrize("spec", [*SPECS, "fsq:5,2+prior:zipf", "onehot:6+prior:zipf"])
@pytest.mark.parametrize(("alpha", "sigma"), [(0.0, 1.0), (0.7, 1.3), (3.0, 0.2), (1.0, 1e-3)])
def test_posterior_mean_density_and_score(spec: str, alpha: float, sigma: float) -> None:
    book = ft.codebook(spec)
    x = alpha * book.points[:5] + sigma * np.random.default_rng(0).standard_normal((5, book.n))
    weights = log_weights(book, x, alpha, sigma)
    total = logsumexp(weights, axis=1)
    probability = np.exp(weights - total[:, None])
    mean = probability @ book.points
    assert np.asarray(ft.posterior(book, x, alpha, sigma)) == pytest.approx(probability, abs=1e-9)
    assert np.asarray(ft.denoise(book, x, alpha, sigma)) == pytest.approx(mean, abs=1e-9)
    assert np.asarray(ft.log_density(book, x, alpha, sigma)) == pytest.approx(total, rel=1e-9, abs=1e-9)
    assert np.asarray(ft.score(book, x, alpha, sigma)) == pytest.approx(
        (alpha * mean - x) / sigma**2, rel=1e-7, abs=1e-7
    )
    if alpha > 0:
        assert np.asarray(ft.decide(book, x, alpha, sigma)).tolist() == weights.argmax(axis=1).tolist()


@pytest.mark.parametrize("spec", SPECS)
def test_the_score_is_the_gradient_of_the_log_density(spec: str) -> None:
    book = ft.codebook(spec)
    x = jnp.asarray(np.random.default_rng(1).standard_normal((4, book.n)))
    gradient = jax.jit(jax.vmap(jax.grad(lambda z: ft.log_density(book, z, 0.8, 0.6))))(x)
    assert np.asarray(gradient) == pytest.approx(np.asarray(ft.score(book, x, 0.8, 0.6)), rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("spec", [*SPECS, "onehot:6+prior:zipf"])
def test_no_noise_and_no_signal(spec: str) -> None:
    book = ft.codebook(spec)
    tokens = np.arange(min(book.K, 20))
    x = 0.5 * book.points[tokens]
    assert np.asarray(ft.denoise(book, x, 0.5, 0.0)) == pytest.approx(book.points[tokens], abs=1e-12)
    assert np.asarray(ft.decide(book, x, 0.5, 0.0)).tolist() == tokens.tolist()
    assert np.exp(ft.log_posterior(book, x, 0.5, 0.0)) == pytest.approx(np.eye(book.K)[tokens])
    blind = ft.posterior(book, x, 0.0, 1.0)
    assert np.asarray(blind) == pytest.approx(np.tile(book.prior, (len(x), 1)))
    assert np.asarray(ft.denoise(book, x, 0.0)) == pytest.approx(np.tile(book.mean, (len(x), 1)), abs=1e-12)


def test_huge_products_by_digits() -> None:
    book = ft.bits(64)
    x = np.random.default_rng(2).standard_normal((3, 64)) * 3
    assert np.asarray(ft.denoise(book, x, 0.9, 0.5)) == pytest.approx(np.tanh(0.9 * x / 0.25))
    assert np.array_equal(np.asarray(ft.decide_digits(book, x, 1.0)), (x > 0).astype(int))
    with pytest.raises(ft.TooLargeError, match="too large to enumerate: 18446744073709551616 tokens"):
        ft.decide(book, x, 1.0)
    with pytest.raises(ft.TooLargeError, match="too large to enumerate: 18446744073709551616 tokens"):
        ft.posterior(book, x, 1.0)


def test_product_and_listed_codes_agree_in_token_order() -> None:
    book = ft.fsq([4, 3, 2])
    listed = ft.ArrayCodebook(book.points)
    x = np.random.default_rng(3).standard_normal((2, 5, 3))
    assert ft.posterior(book, x, 2.0).shape == (2, 5, 24)
    assert np.asarray(ft.posterior(book, x, 2.0)) == pytest.approx(np.asarray(ft.posterior(listed, x, 2.0)), abs=1e-13)
    assert np.array_equal(ft.decide(book, x, 2.0), ft.decide(listed, x, 2.0))


def test_extreme_noise_levels_stay_finite() -> None:
    book = ft.codebook("random:K=50,n=4")
    x = np.random.default_rng(4).standard_normal((6, 4))
    for alpha, sigma in ((1e-8, 1.0), (1.0, 1e-8), (1e6, 1.0), (1.0, 1e6)):
        for value in (ft.denoise(book, x, alpha, sigma), ft.posterior(book, x, alpha, sigma)):
            assert np.all(np.isfinite(value))


def test_float32_by_default_outside_these_tests() -> None:
    book = ft.codebook("random:K=50,n=4")
    x = jnp.asarray(np.random.default_rng(4).standard_normal((6, 4)), jnp.float32)
    found = ft.denoise(book, x, 3.0, 1.0)
    assert found.dtype == jnp.float32
    assert np.asarray(found) == pytest.approx(np.asarray(ft.denoise(book, np.asarray(x, float), 3.0, 1.0)), abs=1e-5)


def test_it_can_be_compiled_with_the_noise_level_traced() -> None:
    book = ft.codebook("fsq:4,3")
    x = np.random.default_rng(5).standard_normal((3, 2))
    compiled = jax.jit(lambda alpha, sigma: ft.denoise(book, x, alpha, sigma))
    for alpha, sigma in ((0.5, 1.0), (1.0, 0.0)):
        assert np.asarray(compiled(alpha, sigma)) == pytest.approx(np.asarray(ft.denoise(book, x, alpha, sigma)))


def test_log_density_keeps_its_digits_at_little_noise() -> None:
    for spec in ("random:K=50,n=4", "onehot:6"):
        book, sigma = ft.codebook(spec), 1e-6
        noise = np.random.default_rng(6).standard_normal((3, book.n))
        x = book.points[:3] + sigma * noise
        drawn = (x - book.points[:3]) / sigma
        expected = norm.logpdf(drawn).sum(axis=1) - book.n * np.log(sigma) - np.log(book.K)
        assert np.asarray(ft.log_density(book, x, 1.0, sigma)) == pytest.approx(expected, rel=1e-12)
    with pytest.raises(ft.InputError, match="the log density expects noise"):
        ft.log_density(book, x, 1.0, 0.0)


def test_bad_arguments() -> None:
    with pytest.raises(ft.InputError, match=r"x has shape \(3, 5\): expected \(\.\.\., 2\) for fsq:4,3"):
        ft.denoise(ft.fsq([4, 3], name="fsq:4,3"), np.zeros((3, 5)), 1.0)
    with pytest.raises(ft.InputError, match="sigma = 0"):
        ft.score(ft.fsq([4, 3]), np.zeros((3, 2)), 1.0, 0.0)
    for level in ({"alpha": -1.0}, {"alpha": 1.0, "sigma": -0.5}):
        with pytest.raises(ft.InputError, match=r"= -[0-9.]+: expected a number of at least 0"):
            ft.denoise(ft.fsq([4, 3]), np.zeros((3, 2)), **level)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("spec", ["fsq:5", "fsq:3^2", "onehot:6", "hamming8", "biorthogonal:8"])
def test_noise_too_small_to_be_squared(spec: str, dtype: Any) -> None:
    """At every small σ the nearest code is certain, also where σ² or α²/σ² is no number."""
    codebook = ft.codebook(spec)
    tokens = np.array([1, 0, codebook.K - 1])
    with jax.enable_x64(True):
        for alpha, sigma in ((1.0, 1e-4), (1.0, 1e-10), (1.0, 1e-18), (1.0, 1e-22), (1e-15, 1e-30), (1e20, 1.0)):
            x = jnp.asarray(alpha * codebook.points[tokens] + sigma * np.linspace(-1, 1, codebook.n), dtype)
            tolerance = 8 * float(jnp.finfo(dtype).eps)
            np.testing.assert_allclose(
                ft.denoise(codebook, x, alpha, sigma), codebook.points[tokens], rtol=0, atol=tolerance
            )
            found = ft.log_posterior(codebook, x, alpha, sigma)
            assert found.dtype == dtype
            np.testing.assert_array_equal(np.argmax(found, axis=1), tokens)
            np.testing.assert_allclose(jnp.max(found, axis=1), 0, atol=1e-12)
        if dtype == jnp.float64:
            for alpha, sigma in ((1e160, 1.0), (1.0, 1e-160), (1e-170, 1e-170)):
                x = jnp.asarray(alpha * codebook.points[tokens])
                assert np.all(np.isfinite(ft.denoise(codebook, x, alpha, sigma)))
