"""What must hold of the information of every codebook on a line and of every product of such."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fsq_theory as ft
from fsq_theory.testing import amplitude_ratios, array_codebooks, fsq_codebooks

ROUNDING = 1e-12
exact_books = st.one_of(array_codebooks(dimension=1), fsq_codebooks())
ratios = amplitude_ratios(1e-4, 1e3)


def logs(book: ft.Codebook, r: float) -> list[float]:
    found = ft.information(book, r, method="exact")
    return [float(v) for v in (found.log_information, found.log_entropy, found.log_mmse)]


def close(expected: list[float], rel: float = ROUNDING) -> object:
    """Logarithms are as accurate as their size in float64 allows."""
    return pytest.approx(expected, rel=rel, abs=rel)


@given(array_codebooks(dimension=1), ratios, st.integers(0, 2**32 - 1))
def test_the_order_of_tokens_does_not_matter(book: ft.ArrayCodebook, r: float, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(book.K)
    assert logs(ft.ArrayCodebook(book.points[order], book.prior[order]), r) == close(logs(book, r))


@given(array_codebooks(dimension=1), ratios, st.floats(-3, 3), st.lists(st.integers(1, 9), min_size=2, max_size=4))
def test_a_line_may_lie_anywhere_in_space(book: ft.ArrayCodebook, r: float, shift: float, direction: list[int]) -> None:
    unit = np.array(direction) / np.linalg.norm(direction)
    moved = ft.ArrayCodebook(book.points * unit + shift, book.prior)
    # Codes 1/64 apart keep 13 digits of their distances after a shift by 3.
    assert logs(moved, r) == close(logs(book, r), rel=1e-10)


@given(exact_books, ratios, st.integers(-40, 40))
def test_scaling_the_codes_is_scaling_r(book: ft.Codebook, r: float, power: int) -> None:
    factor = 2.0**power
    information, entropy, mmse = logs(book, factor * r)
    assert logs(book.scaled(factor), r) == close([information, entropy, mmse + 2 * power * np.log(2)])


@given(exact_books, ratios, st.floats(1.0, 3.0))
def test_noise_destroys_information(book: ft.Codebook, r: float, factor: float) -> None:
    low, high = logs(book, r), logs(book, factor * r)
    assert low[0] <= high[0] + ROUNDING
    assert low[1] >= high[1] - ROUNDING * (1 + abs(high[1]))
    assert low[2] >= high[2] - ROUNDING * (1 + abs(high[2]))


@given(exact_books, ratios)
def test_bounds(book: ft.Codebook, r: float) -> None:
    found = ft.information(book, r)
    variance = ft.information(book, 0.0).mmse
    slack = 1 + ROUNDING
    assert found.information <= found.prior_entropy * slack
    assert found.information <= 0.5 * r**2 * variance * slack
    # A Gaussian of the same energy carries the most: [GSV05].
    assert found.information <= 0.5 * book.n * np.log1p(r**2 * variance / book.n) * slack
    assert found.mmse <= variance * slack
    assert found.mmse <= book.n * variance / (book.n + r**2 * variance) * slack
    assert found.mmse <= book.n / r**2
    assert found.information + found.entropy == pytest.approx(found.prior_entropy, rel=ROUNDING)
    assert 0 <= found.entropic_time <= slack


@given(array_codebooks(dimension=1), amplitude_ratios())
def test_fano(book: ft.ArrayCodebook, r: float) -> None:
    """H(X_0|Y) ≤ h(e) + e log(K − 1), e the MAP error: ties information to accuracy."""
    error = float(ft.accuracy(book, r).error)
    binary = 0.0 if error == 0 else -error * np.log(error) - (1 - error) * np.log1p(-error)
    assert ft.information(book, r).entropy <= (binary + error * np.log(book.K - 1)) * (1 + 1e-9)


@given(array_codebooks(dimension=1, tokens=4), amplitude_ratios())
def test_merging_tokens_loses_information(book: ft.ArrayCodebook, r: float) -> None:
    """The chain rule: which half of the line, and which token of the half, given Y; I(half; Y) ≤ I(token; Y)."""
    order = np.argsort(book.points[:, 0])
    points, prior = book.points[order], book.prior[order]
    halves = [(points[:2], prior[:2]), (points[2:], prior[2:])]
    within = sum(
        weights.sum() * ft.information(ft.ArrayCodebook(codes, weights / weights.sum()), r).information
        for codes, weights in halves
    )
    # I(token; Y) = I(half; Y) + I(token; Y | half).
    assert within <= ft.information(book, r).information * (1 + ROUNDING)


@given(array_codebooks(dimension=1), array_codebooks(dimension=1), ratios)
def test_products_add(first: ft.ArrayCodebook, second: ft.ArrayCodebook, r: float) -> None:
    both = ft.ProductCodebook([first, second, first])
    added = [float(np.logaddexp(a + np.log(2), b)) for a, b in zip(logs(first, r), logs(second, r), strict=True)]
    assert logs(both, r) == close(added)


@given(st.lists(st.floats(-6, 2), min_size=1, max_size=4), st.lists(st.floats(-8, 0), min_size=5, max_size=5), ratios)
def test_any_scales_and_priors_obey_the_identities(gaps: list[float], weights: list[float], r: float) -> None:
    """Codes on scales from 1e-6 to 100, priors down to 1e-8: D_k, h_k and m_k average to I, H and MMSE."""
    points = np.concatenate([[0.0], np.cumsum(10 ** np.array(gaps))])
    prior = 10 ** np.array(weights[: len(points)])
    book = ft.ArrayCodebook(points[:, None], prior / prior.sum())
    whole, parts = ft.information(book, r), ft.token_information(book, [r])
    for name in ("information", "entropy", "mmse"):
        # Codes that lie within 1e-6 of each other and 100 from the origin keep 8 digits of their distance.
        average = np.logaddexp.reduce(getattr(parts, f"log_{name}")[0] + np.log(book.prior))
        assert average == close(float(getattr(whole, f"log_{name}")), rel=1e-10)
