"""What every codebook does: list its codes, know its moments, keep its prior, refuse what is not a codebook."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

import fsq_theory as ft
from fsq_theory.codebooks.fsq import level_values
from fsq_theory.testing import array_codebooks

SPECS = [
    "fsq:4,3,2",
    "fsq:4,3,convention=rounded",
    "bits:5",
    "onehot:7",
    "onehot:7,low=-2,high=3",
    "simplex:7",
    "biorthogonal:8",
    "psk:5",
    "random:K=9,n=3",
    "digits:3,2",
]


@pytest.mark.parametrize("prior", [False, True])
@pytest.mark.parametrize("spec", SPECS)
def test_moments_are_those_of_the_listed_codes(spec: str, prior: bool) -> None:
    book = ft.codebook(spec)
    if prior:
        book = book.with_prior(np.random.default_rng(0).dirichlet(np.ones(book.K)))
    assert book.points.shape == (book.K, book.n)
    assert book.prior.sum() == pytest.approx(1)
    assert book.is_uniform is not prior
    assert book.max_prior == pytest.approx(book.prior.max())
    assert np.exp(book.log_prior) == pytest.approx(book.prior)
    assert book.mean == pytest.approx(book.prior @ book.points, abs=1e-14)
    assert book.energy == pytest.approx(book.prior @ (book.points**2).sum(axis=1))
    assert book.linf == pytest.approx(np.abs(book.points).max())
    tokens = [book.K - 1, 0, 1]
    assert np.array_equal(book.codes(tokens), book.points[tokens])
    centred = book.centred()
    assert centred.points == pytest.approx(book.points - book.prior @ book.points, abs=1e-14)
    assert centred.mean == pytest.approx(np.zeros(book.n), abs=1e-14)
    assert book.scaled(2.5).points == pytest.approx(2.5 * book.points)
    assert book.scaled(2.5).energy == pytest.approx(6.25 * book.energy)
    assert book.with_prior(None).is_uniform
    assert book.renamed("other").name == "other"
    with pytest.raises(ValueError, match="read-only"):
        book.points[0, 0] = 1.0


@pytest.mark.parametrize("spec", ["onehot:7", "onehot:5,low=-1,high=4", "simplex:9"])
def test_equidistant_codes_are(spec: str) -> None:
    book = ft.codebook(spec)
    assert pdist(book.points) == pytest.approx(book.distance)


def test_simplex_and_biorthogonal_codes() -> None:
    simplex = ft.codebook("simplex:6").points
    assert simplex @ simplex.T == pytest.approx(np.eye(6) * 1.2 - 0.2)
    cross = ft.codebook("biorthogonal:6").points
    assert cross.tolist() == [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]


def test_fsq_conventions() -> None:
    assert level_values(4) == pytest.approx([-1, -1 / 3, 1 / 3, 1])
    assert level_values(4, "rounded") == pytest.approx([-1, -0.5, 0, 0.5])
    for levels in (3, 5, 17):
        assert np.array_equal(level_values(levels), level_values(levels, "rounded"))
    rounded = ft.fsq([8, 4], convention="rounded")
    assert rounded.mean == pytest.approx([-1 / 8, -1 / 4])
    assert ft.fsq([3] * 8).name == "fsq:3^8"
    assert ft.fsq([8, 5, 5, 5]).name == "fsq:8,5^3"


@given(st.lists(st.integers(2, 7), min_size=1, max_size=5), st.data())
def test_digits_and_tokens(levels: list[int], data: st.DataObject) -> None:
    book = ft.fsq(levels)
    token = data.draw(st.integers(0, book.K - 1))
    (digits,) = book.digits([token]).tolist()
    assert book.token(digits) == token
    expected = [level_values(level)[digit] for level, digit in zip(levels, digits, strict=True)]
    assert book.codes([token])[0] == pytest.approx(expected)
    places = np.cumprod([1, *levels[:-1]])
    assert token == int(np.dot(digits, places))


def test_tokens_beyond_64_bits() -> None:
    book = ft.bits(100)
    last = 2**100 - 1
    assert book.K == 2**100
    assert np.array_equal(book.codes([last, 0]), np.array([[1.0] * 100, [-1.0] * 100]))
    assert book.token([1] * 100) == last
    with pytest.raises(ft.InputError, match=f"token {2**100} is not in bits:100: tokens are 0 to {last}"):
        book.codes([2**100])


@pytest.mark.parametrize("spec", ["fsq:4^16", "bits:64", "onehot:50257"])
def test_what_is_too_large_to_list_says_so(spec: str) -> None:
    book = ft.codebook(spec)
    with pytest.raises(ft.TooLargeError, match=f"too large to enumerate: {book.K} tokens"):
        _ = book.points
    assert book.scaled(0.5).linf == pytest.approx(book.linf / 2)
    assert book.centred().energy <= book.energy


def test_products_group_their_factors() -> None:
    book = ft.fsq([8, 5, 5, 5])
    assert [(factor.K, count) for factor, count in book.groups] == [(8, 1), (5, 3)]
    separate = ft.ProductCodebook([ft.ArrayCodebook([[-1.0], [1.0]]) for _ in range(3)])
    assert [(factor.K, count) for factor, count in separate.groups] == [(2, 3)]
    product = ft.ProductCodebook([ft.ArrayCodebook([[0.0], [1.0]], [0.25, 0.75]), ft.ArrayCodebook([[0.0], [2.0]])])
    assert product.prior == pytest.approx([0.125, 0.375, 0.125, 0.375])
    assert not product.is_uniform
    assert product.points.tolist() == [[0, 0], [1, 0], [0, 2], [1, 2]]


@given(array_codebooks())
def test_transforms_leave_the_original_alone(book: ft.ArrayCodebook) -> None:
    before, mean = book.points.copy(), book.mean.copy()
    book.scaled(3.0).centred().with_prior(None)
    assert np.array_equal(book.points, before)
    assert np.array_equal(book.mean, mean)


@pytest.mark.parametrize(
    ("points", "prior", "message"),
    [
        ([1.0, 2.0], None, "codes have shape (2,): expected (K, n)"),
        ([[1.0, 2.0]], None, "1 codes: a codebook needs at least 2"),
        ([[1.0], [np.nan]], None, "code 1 is NaN in coordinate 0: expected finite numbers"),
        ([[1.0, 0.0], [0.0, np.inf]], None, "code 1 is infinite in coordinate 1: expected finite numbers"),
        ([[1.0], [2.0], [1.0]], None, "codes 0 and 2 are equal: expected distinct codes"),
        ([[1.0], [2.0]], [1.0], "prior has shape (1,): expected one probability for each of 2 tokens"),
        ([[1.0], [2.0]], [0.5, 0.6], "prior sums to 1.1: expected 1 to within 1e-09"),
        ([[1.0], [2.0]], [1.5, -0.5], "prior of token 1 is -0.5: expected a probability of at least 0"),
        ([[1.0], [2.0]], [0.5, np.nan], "prior of token 1 is nan: expected a finite probability"),
    ],
)
def test_bad_arrays(points: list[object], prior: list[float] | None, message: str) -> None:
    with pytest.raises(ft.InputError) as caught:
        ft.ArrayCodebook(points, prior)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_codes_that_rounding_makes_equal_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    close = ft.ArrayCodebook([[0.0], [1e-17], [1.0]])
    with pytest.raises(ft.InputError) as caught:
        close.centred()
    assert str(caught.value) == "rounding after scaling or centring: codes 0 and 1 are equal: expected distinct codes"
    with pytest.raises(ft.InputError, match="rounding after scaling or centring: codes 0 and 1 are equal"):
        close.scaled(1e-310)
    with pytest.raises(ft.InputError, match="rounding after scaling or centring: code 1 is infinite in coordinate 0"):
        ft.ArrayCodebook([[0.0], [1e10]]).scaled(1e300)
    assert close.scaled(2.0**60).points.tolist() == [[0.0], [1e-17 * 2**60], [2.0**60]]

    def unexpected(_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("fsq_theory.codebooks.array_codebook.check_distinct", unexpected)
    assert close.with_prior([0.5, 0.25, 0.25]).max_prior == 0.5  # the codes do not change: nothing to check


def test_bad_levels_and_scales() -> None:
    for call, message in (
        (lambda: ft.fsq([]), "FSQ without levels"),
        (lambda: ft.fsq([3, 1]), "FSQ with 1 levels: expected at least 2"),
        (lambda: ft.fsq([3], convention="mean"), "convention 'mean': expected one of symmetric, rounded"),
        (lambda: ft.bits(0), "bits:0: expected at least 1 bit"),
        (lambda: ft.fsq([3]).scaled(0.0), "scale 0: expected a finite number above 0"),
        (lambda: ft.ProductCodebook([]), "a product codebook needs at least one factor"),
        (lambda: ft.fsq([3, 3]).token([1]), "1 digits: fsq:3.2 has 2"),
    ):
        with pytest.raises(ft.InputError, match=message):
            call()
