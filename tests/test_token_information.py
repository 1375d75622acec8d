"""Information, entropy and squared error given each token."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from reference import integrate

import fsq_theory as ft
from fsq_theory.denoiser.information import token_monte_carlo
from fsq_theory.denoiser.information.estimate import MonteCarloEstimate
from fsq_theory.gaussian import gauss_legendre

UNEVEN = ft.ArrayCodebook(np.array([-1.0, -0.3, 0.2, 1.0])[:, None], [0.55, 0.02, 0.23, 0.2])
SCALES = ft.ArrayCodebook(np.array([0.0, 1e-3, 100.0])[:, None], [0.1, 0.2, 0.7])
TILTED = ft.ArrayCodebook(np.array([0.0, 1.0])[:, None], [1 - 1e-9, 1e-9])


def by_definition(book: ft.ArrayCodebook, token: int, r: float) -> list[float]:
    """∫ φ_k log φ_k/p, −∫ φ_k log p_k and ∫ φ_k (e_k − x̂_0)² in 30 digits."""
    points = [mp.mpf(float(v)) for v in book.points[:, 0]]
    prior = [mp.mpf(float(v)) for v in book.prior]
    prior = [v / mp.fsum(prior) for v in prior]

    def at(x: mp.mpf, which: int) -> mp.mpf:
        likelihood = [mp.npdf(x - r * a) for a in points]
        total = mp.fsum(p * v for p, v in zip(prior, likelihood, strict=True))
        own = likelihood[token]
        if which == 0:
            return own * mp.log(own / total)
        if which == 1:
            return -own * mp.log(prior[token] * own / total)
        mean = mp.fsum(p * v * a for p, v, a in zip(prior, likelihood, points, strict=True)) / total
        return own * (points[token] - mean) ** 2

    centre = r * points[token]
    width = min(1.0, 3 / (r * float(np.ptp(book.points))))
    return [float(integrate(lambda x, w=w: at(x, w), [centre - 11, centre, centre + 11], width)) for w in range(3)]


@pytest.mark.parametrize(
    ("book", "token", "r"), [(UNEVEN, 0, 0.3), (UNEVEN, 1, 2.0), (UNEVEN, 3, 6.0), (SCALES, 1, 0.02)]
)
def test_single_tokens_against_their_definitions(book: ft.ArrayCodebook, token: int, r: float) -> None:
    found = ft.token_information(book, r, token)
    values = [found.information, found.entropy, found.mmse]
    assert found.method.tolist() == ["quadrature"]
    for value, reference in zip(values, by_definition(book, token, r), strict=True):
        assert value[0, 0] == pytest.approx(reference, rel=1e-12)


@pytest.mark.parametrize("book", [UNEVEN, SCALES, TILTED, ft.codebook("fsq:4,3"), ft.codebook("onehot:7")])
def test_averages_over_tokens_are_information_entropy_and_mmse(book: ft.Codebook) -> None:
    r = [0.0, 1e-15, 1e-4, 0.03, 1.0, 5.0, 30.0, math.inf]
    whole, parts = ft.information(book, r), ft.token_information(book, r)
    for name in ("information", "entropy", "mmse"):
        expected = getattr(whole, name)
        average = getattr(parts, name) @ book.prior
        assert average == pytest.approx(expected, rel=1e-12, abs=1e-300)
    surprise = -np.log(book.prior)
    # 1 − 1e-9 keeps 7 digits of its distance from 1.
    assert parts.information + parts.entropy == pytest.approx(np.tile(surprise, (len(r), 1)), rel=1e-6)


def test_a_token_learns_at_half_its_squared_error() -> None:
    """dD_k/dγ = ½ m_k: D_k(γ_2) − D_k(γ_1) = ∫ m_k r dr."""
    nodes, weights = gauss_legendre(40)
    low, high = 0.5, 3.0
    r = low + (high - low) * (nodes + 1) / 2
    errors = ft.token_information(UNEVEN, r).mmse
    gained = (weights * r) @ errors * (high - low) / 2
    ends = ft.token_information(UNEVEN, [low, high]).information
    assert ends[1] - ends[0] == pytest.approx(gained, rel=1e-10)


def test_products_add_over_digits_and_list_no_other_tokens() -> None:
    book = ft.codebook("fsq:3^64")
    token = book.token([0] * 40 + [1] * 24)
    found = ft.token_information(book, [0.0, 0.7, 2.0, math.inf], [token])
    digits = ft.token_information("fsq:3", [0.0, 0.7, 2.0, math.inf], [0, 1])
    for name in ("information", "entropy", "mmse"):
        values = getattr(digits, name)
        assert getattr(found, name)[:, 0] == pytest.approx(40 * values[:, 0] + 24 * values[:, 1], rel=1e-12)
    with pytest.raises(ft.TooLargeError, match="too large to enumerate: 3433683820292512484657849089281 tokens"):
        ft.token_information(book, 1.0)


def test_an_array_that_is_a_product_keeps_its_token_numbers() -> None:
    book = ft.codebook("fsq:4,3")
    order = np.random.default_rng(0).permutation(12)
    shuffled = ft.ArrayCodebook(book.points[order])
    assert ft.token_information(shuffled, 1.5).log_mmse[0] == pytest.approx(
        ft.token_information(book, 1.5).log_mmse[0, order], rel=1e-12
    )


def test_tokens_that_are_all_alike() -> None:
    whole = ft.information("onehot:50", [1.0, 4.0])
    found = ft.token_information("onehot:50", [1.0, 4.0], [3, 49])
    assert found.method.tolist() == ["quadrature", "quadrature"]
    assert np.array_equal(found.information, np.tile(whole.information[:, None], 2))
    assert np.array_equal(found.mmse, np.tile(whole.mmse[:, None], 2))


def test_many_tokens_on_a_line() -> None:
    """More tokens than are looked at on every panel, and than are integrated at once."""
    points = np.sort(np.random.default_rng(1).uniform(-1, 1, 60))
    book = ft.ArrayCodebook(points[:, None])
    for r in (0.02, 40.0, 900.0):
        whole, parts = ft.information(book, r), ft.token_information(book, r)
        for name in ("information", "entropy", "mmse"):
            average = np.logaddexp.reduce(getattr(parts, f"log_{name}")[0]) - math.log(60)
            assert average == pytest.approx(float(getattr(whole, f"log_{name}")), rel=1e-11, abs=1e-12)


def test_a_rival_that_is_rare_beside_the_whole_counts_given_one_token() -> None:
    """Half way to its neighbour a token may be mistaken for the one behind: tokens far away must not change that."""
    near, filler = np.array([0.0, 41.0, 41.5]), 300 + 100.0 * np.arange(20)
    prior = np.array([0.1, 0.2, 0.2])
    alone = ft.ArrayCodebook(near[:, None], prior / prior.sum())
    among = ft.ArrayCodebook(np.concatenate([near, filler])[:, None], [*prior, *np.full(20, (1 - prior.sum()) / 20)])
    found, reference = ft.token_information(among, 1.0, 0), ft.token_information(alone, 1.0, 0)
    assert reference.log_entropy[0, 0] < -200
    assert found.log_entropy[0, 0] == pytest.approx(reference.log_entropy[0, 0], abs=1e-11)
    assert found.log_mmse[0, 0] == pytest.approx(reference.log_mmse[0, 0], abs=1e-11)


def test_at_silence_a_token_is_as_far_as_the_mean() -> None:
    found = ft.token_information(UNEVEN, [0.0, 1e-13])
    distance = (UNEVEN.points - UNEVEN.mean)[:, 0] ** 2
    assert found.mmse == pytest.approx(np.tile(distance, (2, 1)), rel=1e-12)
    assert found.information[1] == pytest.approx(distance * 1e-26 / 2, rel=1e-12)
    # The code at the mean learns at second order, γ² Var²/4.
    centre = ft.token_information("fsq:3", [1e-12, 1e-9], 1)
    assert centre.information[:, 0] == pytest.approx(np.array([1e-48, 1e-36]) / 9, rel=1e-9)
    assert centre.mmse[:, 0] == pytest.approx(np.array([1e-24, 1e-18]) * 4 / 9, rel=1e-9)


def test_tokens_without_an_integral_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Monte Carlo is asked, and where its answers go; tests of its own say whether they are right."""
    asked = []

    def estimate(book: ft.Codebook, token: int, r: float, **settings: object) -> MonteCarloEstimate:
        asked.append((token, r, settings))
        return MonteCarloEstimate(
            float(token), math.log(token), 0.5, math.log(0.5), r, math.log(r), 0.01, 0.02, -4, -4, 77
        )

    monkeypatch.setattr(token_monte_carlo, "token_estimate", estimate)
    found = ft.token_information("random:K=9,n=3", [0.0, 2.0, 3.0], [4, 7], samples=70, seed=5)
    settings = {"samples": 70, "seed": 5}
    assert asked == [(4, 2.0, settings), (7, 2.0, settings), (4, 3.0, settings), (7, 3.0, settings)]
    assert found.information[1:] == pytest.approx(np.array([[4.0, 7.0], [4.0, 7.0]]))
    assert found.mmse[1:] == pytest.approx(np.array([[2.0, 2.0], [3.0, 3.0]]))
    assert found.method.tolist() == ["exact", "monte-carlo", "monte-carlo"]
    assert found.samples.tolist() == [0, 77, 77]
    assert found.stderr_information.tolist() == [[0, 0], [0.01, 0.01], [0.01, 0.01]]
    assert found.rows()[2]["stderr_mmse"] == 0.02
    assert found.rows()[0]["stderr_mmse"] is None


def test_rows_and_their_order() -> None:
    rows = ft.token_information("fsq:3", [1.0, 2.0], [2, 0]).rows(bits=True)
    assert [(row["r"], row["token"]) for row in rows] == [(1.0, 2), (1.0, 0), (2.0, 2), (2.0, 0)]
    row = rows[0]
    assert row["information"] + row["entropy"] == pytest.approx(math.log2(3), rel=1e-13)
    assert row["stderr_mmse"] is None
    assert row["log_entropy"] == pytest.approx(math.log(row["entropy"]), rel=1e-12)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"r": -1.0}, "r = -1: expected an amplitude ratio of at least 0"),
        ({"r": 1.0, "tokens": [0, 5]}, "token 5 is not in array: tokens are 0 to 2"),
        ({"r": 1.0, "tokens": [1]}, "token 1 of array has probability 0: expected tokens that occur"),
        ({"r": 1.0, "method": "bounds", "tokens": [0]}, "method 'bounds': expected one of auto, exact, mc"),
        ({"r": 1.0, "samples": 0, "tokens": [0]}, "samples = 0: expected at least 1"),
    ],
)
def test_bad_input_is_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ft.InputError) as caught:
        ft.token_information(ft.ArrayCodebook([[0.0], [1.0], [2.0]], [0.5, 0.0, 0.5]), **settings)
    assert message in str(caught.value)
    with pytest.raises(ft.InputError, match="no low-dimensional integral for tokens of random:K=9,n=3"):
        ft.token_information("random:K=9,n=3", 1.0, method="exact")
