"""Predicted token probabilities: the built-in mistakes against their definitions, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fsq_theory as ft
from fsq_theory.codebooks.nearest_tokens import nearest_tokens
from fsq_theory.denoiser.predictor import check_probabilities
from fsq_theory.denoiser.predictors import exact
from fsq_theory.testing import array_codebooks, fsq_codebooks

SKEWED = ft.ArrayCodebook([[0.0, 0.0], [1.0, 0.2], [-0.5, 1.0], [0.3, -0.9]], [0.6, 0.3, 0.1, 0.0])
ALLOWED = [True, True, True, False]


def by_definition(codebook: ft.Codebook, y: np.ndarray, r: float) -> np.ndarray:
    with np.errstate(divide="ignore"):
        scores = np.log(codebook.prior) - ((y[:, None, :] - r * codebook.points) ** 2).sum(axis=2) / 2
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def observations(n: int, count: int = 11, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, n)) * 2


@pytest.mark.parametrize("spec", ["fsq:3^2", "onehot:5", "psk:5", "random:K=7,n=3+prior:zipf", "fsq:3,2+prior:zipf"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("exact", lambda p: p),
        ("temperature:0.5", lambda p: p**2 / (p**2).sum(axis=1, keepdims=True)),
        ("temperature:3", lambda p: p ** (1 / 3) / (p ** (1 / 3)).sum(axis=1, keepdims=True)),
        ("label-smoothing:0.2", lambda p: 0.8 * p + 0.2 / p.shape[1]),
    ],
)
def test_mistakes_that_need_no_neighbours(spec: str, text: str, expected: Any) -> None:
    codebook = ft.codebook(spec)
    model = ft.predictor(codebook, text)
    y = observations(codebook.n)
    want = expected(by_definition(codebook, y, 1.3))
    assert model.name == text
    np.testing.assert_allclose(model(y, 1.3), want, atol=1e-14)
    # What the predictor says of the denoiser without listing tokens agrees with its probabilities.
    gap = (want - by_definition(codebook, y, 1.3)) @ codebook.points
    np.testing.assert_allclose(model.correction(y, 1.3), gap, atol=1e-14)


@pytest.mark.parametrize("spec", ["fsq:4,3,2", "onehot:5", "random:K=7,n=3+prior:zipf"])
def test_a_confusion_moves_mass_to_the_partner(spec: str) -> None:
    codebook = ft.codebook(spec)
    partner = np.arange(codebook.K) // 2
    y = observations(codebook.n)
    p = by_definition(codebook, y, 0.8)
    want = 0.7 * p
    for token, other in enumerate(partner):
        want[:, other] += 0.3 * p[:, token]
    model = ft.confusion(codebook, 0.3, partner)
    np.testing.assert_allclose(model(y, 0.8), want, atol=1e-15)
    assert model.correction is not None
    np.testing.assert_allclose(model.correction(y, 0.8), (want - p) @ codebook.points, atol=1e-14)


def test_the_default_partner_is_the_nearest_neighbour() -> None:
    line = ft.ArrayCodebook([[0.0], [1.0], [3.0]])
    q = np.asarray(ft.confusion(line, 1.0)(np.array([[0.0], [30.0], [90.0]]), 30.0))
    np.testing.assert_allclose(q, [[0, 1, 0], [1, 0, 0], [0, 1, 0]], atol=1e-12)


@given(array_codebooks())
def test_nearest_tokens_are_the_first_ones_cyclically(codebook: ft.ArrayCodebook) -> None:
    check_nearest(codebook)


@settings(max_examples=30)
@given(fsq_codebooks(most_levels=4, most_dimensions=3))
def test_nearest_tokens_of_products(codebook: ft.ProductCodebook) -> None:
    check_nearest(codebook)


@pytest.mark.parametrize("spec", ["onehot:6", "simplex:5", "biorthogonal:8", "psk:7", "hamming8+scale:0.3"])
def test_nearest_tokens_of_regular_codebooks(spec: str) -> None:
    check_nearest(ft.codebook(spec))


def check_nearest(codebook: ft.Codebook) -> None:
    squares = ((codebook.points[:, None] - codebook.points) ** 2).sum(axis=2)
    for token, found in enumerate(nearest_tokens(codebook)):
        row = np.roll(squares[token], -token)[1:]
        assert found == (token + 1 + int(np.flatnonzero(row <= row.min() * (1 + 1e-9))[0])) % codebook.K


def test_an_infinite_temperature_is_uniform_on_the_tokens_that_occur() -> None:
    q = np.asarray(ft.temperature(SKEWED, math.inf)(observations(2), 1.0))
    np.testing.assert_allclose(q, np.broadcast_to([1 / 3, 1 / 3, 1 / 3, 0], q.shape), atol=1e-15)


def test_a_low_temperature_decides() -> None:
    y = observations(2)
    q = np.asarray(ft.temperature(SKEWED, 1e-6)(y, 1.0))
    np.testing.assert_array_equal(q.argmax(axis=1), by_definition(SKEWED, y, 1.0).argmax(axis=1))
    np.testing.assert_allclose(q.max(axis=1), 1, atol=1e-12)


def test_the_denoiser_with_a_temperature_factorises() -> None:
    codebook = ft.fsq([4] * 16)
    assert codebook.K == 4**16
    y = observations(16, 3)
    levels = np.linspace(-1, 1, 4)
    scores = -((y[:, :, None] - 1.5 * levels) ** 2) / 2 / 0.7
    weights = np.exp(scores)
    want = (weights / weights.sum(axis=2, keepdims=True)) @ levels
    np.testing.assert_allclose(ft.denoise_with_temperature(codebook, y, 1.5, 0.7), want, atol=1e-14)


def test_the_denoiser_with_a_temperature_at_another_noise_level_and_under_a_prior() -> None:
    y = observations(2)
    p = by_definition(SKEWED, y / 0.5, 0.9 / 0.5) ** (1 / 0.4)
    want = (p / p.sum(axis=1, keepdims=True)) @ SKEWED.points
    np.testing.assert_allclose(ft.denoise_with_temperature(SKEWED, y, 0.9, 0.4, sigma=0.5), want, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_predictors_can_be_compiled_and_follow_the_dtype(dtype: Any) -> None:
    y = observations(2).astype(dtype)
    for text in ("temperature:0.8", "confusion:0.05", "logit-noise:0.5"):
        model = ft.predictor(SKEWED, text)
        plain, compiled = model(y, 1.0), jax.jit(lambda y, r, model=model: model(y, r))(y, jnp.asarray(1.0, dtype))
        assert plain.dtype == compiled.dtype == dtype
        np.testing.assert_allclose(plain, compiled, atol=30 * float(np.finfo(dtype).eps))


# Noise on the logits


def noise_of(std: float, y: np.ndarray, seed: int = 0) -> np.ndarray:
    """The errors of the log-odds against token 0, recovered from the probabilities."""
    codebook = ft.codebook("fsq:5")
    q, p = np.asarray(ft.logit_noise(codebook, std, seed)(y, 0.3)), by_definition(codebook, y, 0.3)
    odds = np.log(q / p)
    return odds[:, 1:] - odds[:, :1]


def test_logit_noise_is_normal_of_its_standard_deviation_and_independent() -> None:
    y = observations(1, 20000)
    found = noise_of(0.5, y) / 0.5
    # z_k − z_0: variance 2, correlation ½.  Standard errors: √(2/N) of a mean, 2√(2/N) of a variance.
    assert np.all(np.abs(found.mean(axis=0)) < 4 * math.sqrt(2 / len(y)))
    assert np.all(np.abs(found.var(axis=0) - 2) < 4 * 2 * math.sqrt(2 / len(y)))
    corr = np.corrcoef(found.T)[0, 1:]
    assert np.all(np.abs(corr - 0.5) < 4 / math.sqrt(len(y)))
    # Neighbouring rows are independent.
    assert abs(np.corrcoef(found[1:, 0], found[:-1, 0])[0, 1]) < 4 / math.sqrt(len(y))


def test_logit_noise_is_a_function_of_the_seed_and_of_the_observation() -> None:
    y = np.full((20000, 1), 0.25)
    y[1], y[3] = 0.5, 0.25 + 2**-52
    found = noise_of(0.5, y)
    np.testing.assert_array_equal(found[0], found[2])
    assert np.all(np.abs(found[0] - found[3]) > 1e-6)
    assert np.all(np.abs(found[0] - found[1]) > 1e-6)
    assert np.all(noise_of(0.5, y, seed=1)[0] != found[0])
    assert ft.logit_noise("fsq:3", 0.5, 7).name == "logit-noise:0.5,seed=7"


@pytest.mark.parametrize(("tokens", "r"), [(5, 0.0), (5, 1.0), (5, 3.0)])
def test_small_logit_noise_has_the_error_of_first_order(tokens: int, r: float) -> None:
    """E‖D − x̂_0‖² = s² Σ p_k² ‖e_k − x̂_0‖² + O(s⁴), averaged over observations with the same posterior."""
    codebook = ft.codebook(f"fsq:{tokens}")
    # Observations that differ in the last bits have equal posteriors and independent noise.
    y = (0.7 * r) + np.arange(20000)[:, None] * 1e-12
    p = by_definition(codebook, y[:1], r)[0]
    mean = p @ codebook.points[:, 0]
    std = 1e-3
    found = ((np.asarray(ft.logit_noise(codebook, std)(y, r)) - p) @ codebook.points[:, 0]) ** 2
    want = std**2 * float(p**2 @ (codebook.points[:, 0] - mean) ** 2)
    # The square of a normal variable: relative standard error √(2/N); 5 standard errors.
    assert found.mean() == pytest.approx(want, rel=5 * math.sqrt(2 / len(y)) + 10 * std, abs=1e-25)


# Checks


# One shape, so that JAX compiles once.
FIXED = array_codebooks(tokens=4, dimension=2)


@settings(max_examples=30)
@given(FIXED, st.floats(0.05, 4.0), st.sampled_from(["temperature", "label-smoothing", "confusion"]))
def test_probabilities_sum_to_one(codebook: ft.ArrayCodebook, r: float, name: str) -> None:
    y = observations(codebook.n, 5)
    q = check_probabilities(ft.predictor(codebook, f"{name}:0.3")(y, r), 5, codebook.K)
    np.testing.assert_allclose(q.sum(axis=1), 1, rtol=1e-14)


@settings(max_examples=30)
@given(FIXED, st.floats(0.05, 4.0))
def test_mistakes_of_size_zero_are_none(codebook: ft.ArrayCodebook, r: float) -> None:
    y = observations(codebook.n, 5)
    p = by_definition(codebook, y, r)
    for text in ("exact", "temperature:1", "label-smoothing:0", "confusion:0", "logit-noise:0"):
        np.testing.assert_allclose(ft.predictor(codebook, text)(y, r), p, atol=1e-13)


@pytest.mark.parametrize(
    ("q", "message"),
    [
        (np.ones((3, 4)) / 4, r"shape \(3, 4\): expected \(2, 4\)"),
        ([[0.5, 0.5, 0, 0], [0.5, 0.5, 0.1, 0]], "row 1 sums to 1.1: expected probabilities that sum to 1, not logits"),
        ([[0.5, 0.6, -0.1, 0], [1, 0, 0, 0]], "row 0 has the entry -0.1"),
        ([[1, 0, 0, 0], [math.nan, 1, 0, 0]], "row 1 has an entry that is not finite"),
        ([[math.inf, 0, 0, 0], [1, 0, 0, 0]], "row 0 has an entry that is not finite"),
        (np.float32([[1, 0, 0, 0], [0.999, 0, 0, 0]]), "row 1 sums to 0.999"),
        ([[1, 0, 0, 0], [1, 0, 0]], r"rows of different lengths: expected shape \(2, 4\)"),
        ([["1", "0", "0", "0"]] * 2, "probabilities of type <U1: expected floating-point numbers"),
    ],
)
def test_probabilities_that_are_none(q: Any, message: str) -> None:
    with pytest.raises(ft.InputError, match=message):
        check_probabilities(q, 2, 4)


def test_probabilities_are_normalised_within_the_rounding_of_their_dtype() -> None:
    q = np.random.default_rng(0).dirichlet(np.ones(1000), 2)
    rounded = check_probabilities(q.astype(np.float32), 2, 1000)
    np.testing.assert_allclose(rounded.sum(axis=1), 1, rtol=1e-14)
    with pytest.raises(ft.InputError, match="row 0 sums to"):
        check_probabilities(q * (1 + 1e-6), 2, 1000)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ft.temperature("fsq:3", 0), "temperature 0: expected a number above 0"),
        (lambda: ft.temperature("fsq:3", math.nan), "temperature nan"),
        (lambda: ft.denoise_with_temperature(SKEWED, np.zeros((1, 2)), 1.0, -1.0), "temperature -1"),
        (lambda: ft.label_smoothing("fsq:3", 1.5), "label smoothing 1.5: expected a probability from 0 to 1"),
        (lambda: ft.confusion("fsq:3", -0.1), "confusion -0.1: expected a probability from 0 to 1"),
        (lambda: ft.confusion("fsq:3", 0.1, [0, 1]), r"partners of shape \(2,\): expected one token for each of 3"),
        (lambda: ft.confusion("fsq:3", 0.1, [0, 1, 3]), "partner 3 of token 2: expected a token, 0 to 2"),
        (lambda: ft.confusion("fsq:3", 0.1, [0.0, 1.0, 2.0]), "partners of type float64: expected tokens"),
        (lambda: ft.confusion("fsq:4^16", 0.1), "too large to enumerate: 4294967296 tokens"),
        (lambda: ft.logit_noise("fsq:3", -1), "logit noise -1: expected a finite standard deviation of at least 0"),
        (lambda: ft.logit_noise("fsq:3", 1, -1), "seed -1"),
        (lambda: ft.logit_noise("fsq:4^16", 1), "too large to enumerate"),
        (lambda: ft.predictor("fsq:3", "temprature:1"), "unknown predictor 'temprature', did you mean 'temperature'"),
        (lambda: ft.predictor("fsq:3", ""), "unknown predictor ''.*expected one of exact, temperature:TAU"),
        (lambda: ft.predictor("fsq:3", "temperature"), "temperature: missing value: expected temperature:TAU"),
        (lambda: ft.predictor("fsq:3", "temperature:0"), "'0': expected a finite number above 0"),
        (lambda: ft.predictor("fsq:3", "temperature:__import__('os')"), "expected a finite number above 0"),
        (lambda: ft.predictor("fsq:3", "confusion:1.1"), "'1.1': expected a probability from 0 to 1"),
        (lambda: ft.predictor("fsq:3", "exact:1"), "exact takes no arguments"),
        (lambda: ft.predictor("fsq:3", "logit-noise:1,sed=2"), "unknown argument 'sed', did you mean 'seed'"),
        (lambda: ft.predictor("fsq:3", "exact", [0, 1, 2]), "predictor exact: takes no table of partners"),
    ],
)
def test_bad_input(make: Any, message: str) -> None:
    with pytest.raises(ft.InputError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_the_exact_predictor_is_the_posterior() -> None:
    y = observations(2)
    np.testing.assert_allclose(exact(SKEWED)(y, 1.0), by_definition(SKEWED, y, 1.0), atol=1e-15)
