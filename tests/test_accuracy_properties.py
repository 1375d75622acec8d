"""What must hold of the accuracy of every codebook."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fsq_theory as ft
from fsq_theory.testing import amplitude_ratios, array_codebooks, fsq_codebooks

ROUNDING = 1e-11
seeds = st.integers(0, 2**32 - 1)


def log_error(book: ft.Codebook, r: float, readout: str = "map") -> float:
    found = ft.accuracy(book, r, readout=readout, method="exact")
    return float(found.log_error)


@given(array_codebooks(dimension=2), amplitude_ratios(), seeds)
def test_accuracy_does_not_depend_on_the_order_of_tokens(book: ft.ArrayCodebook, r: float, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(book.K)
    shuffled = ft.ArrayCodebook(book.points[order], book.prior[order])
    assert log_error(shuffled, r) == pytest.approx(log_error(book, r), rel=ROUNDING, abs=ROUNDING)


@given(array_codebooks(dimension=2), amplitude_ratios(), st.floats(0, 7), st.floats(-3, 3))
def test_accuracy_does_not_depend_on_rotation_or_translation(
    book: ft.ArrayCodebook, r: float, angle: float, shift: float
) -> None:
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = ft.ArrayCodebook(book.points @ rotation + shift, book.prior)
    # Codes 1/64 apart keep 13 digits of their distances after a shift by 3.
    assert log_error(moved, r) == pytest.approx(log_error(book, r), rel=1e-9, abs=1e-9)


@given(st.one_of(array_codebooks(dimension=1), array_codebooks(dimension=2), fsq_codebooks()), amplitude_ratios())
def test_scaling_the_codes_is_scaling_r(book: ft.Codebook, r: float) -> None:
    assert log_error(book.scaled(2.5), r) == pytest.approx(log_error(book, 2.5 * r), rel=ROUNDING, abs=ROUNDING)


@given(st.one_of(array_codebooks(dimension=1), array_codebooks(dimension=2), fsq_codebooks()), amplitude_ratios())
def test_accuracy_lies_between_the_largest_prior_and_one(book: ft.Codebook, r: float) -> None:
    found = ft.accuracy(book, r)
    assert book.max_prior * (1 - ROUNDING) <= found.value <= 1
    assert found.lower <= found.error <= found.upper


@given(
    st.one_of(array_codebooks(dimension=1), array_codebooks(dimension=2), fsq_codebooks()),
    amplitude_ratios(),
    st.floats(1.01, 3),
    st.sampled_from(["map", "soft"]),
)
def test_more_snr_never_hurts(book: ft.Codebook, r: float, factor: float, readout: str) -> None:
    if readout == "soft" and book.n == 2 and not book.is_product:
        readout = "map"
    assert log_error(book, factor * r, readout) <= log_error(book, r, readout) + ROUNDING


@given(array_codebooks(dimension=1), array_codebooks(dimension=1), amplitude_ratios(), st.sampled_from(["map", "soft"]))
def test_products_multiply(a: ft.ArrayCodebook, b: ft.ArrayCodebook, r: float, readout: str) -> None:
    product = ft.ProductCodebook([a, b])
    values = [ft.accuracy(book, r, readout=readout).value for book in (product, a, b)]
    assert values[0] == pytest.approx(values[1] * values[2], rel=ROUNDING)
    listed = ft.ArrayCodebook(product.points, product.prior)
    if readout == "map":
        assert ft.accuracy(listed, r).value == pytest.approx(values[0], rel=ROUNDING)


@given(array_codebooks(dimension=1), amplitude_ratios())
def test_readouts_are_ordered(book: ft.ArrayCodebook, r: float) -> None:
    """Soft ≤ MAP ≤ among the first two; rounding ≤ MAP; and MAP errs at most as often as a posterior draw."""
    best = ft.accuracy(book, r).value
    assert ft.accuracy(book, r, readout="soft").value <= best * (1 + ROUNDING)
    assert ft.accuracy(book, r, readout="rounding").value <= best * (1 + ROUNDING)
    assert ft.accuracy(book, r, readout="top", top=2).value >= best * (1 - ROUNDING)
    # Cover and Hart: the error of a draw from the posterior is at most twice the MAP error.
    assert ft.accuracy(book, r, readout="soft").error <= 2 * ft.accuracy(book, r).error * (1 + ROUNDING)


@given(array_codebooks(dimension=1, tokens=5, uniform=True), amplitude_ratios())
def test_dropping_a_token_never_adds_errors(book: ft.ArrayCodebook, r: float) -> None:
    """K A = ∫ max_k φ(x − r e_k) dx grows with the set of codes, by at most 1 for each."""
    fewer = ft.ArrayCodebook(book.points[:-1])
    full, rest = 5 * ft.accuracy(book, r).value, 4 * ft.accuracy(fewer, r).value
    assert rest * (1 - ROUNDING) <= full <= (rest + 1) * (1 + ROUNDING)


@given(array_codebooks(dimension=2, uniform=True), amplitude_ratios())
def test_data_processing_by_forgetting_a_coordinate(book: ft.ArrayCodebook, r: float) -> None:
    """Without the second coordinate the codes may coincide: MAP then keeps one of each group."""
    values, counts = np.unique(book.points[:, 0], return_counts=True)
    if len(values) < 2:
        seen = 1 / book.K
    else:
        seen = ft.accuracy(ft.ArrayCodebook(values[:, None]), r).value * len(values) / book.K
    assert counts.sum() == book.K
    assert seen <= ft.accuracy(book, r).value * (1 + ROUNDING)


@settings(max_examples=30)
@given(fsq_codebooks(most_levels=5, most_dimensions=3), amplitude_ratios(1.0, 6.0))
def test_bounds_enclose_the_error(book: ft.ProductCodebook, r: float) -> None:
    listed = ft.ArrayCodebook(book.points)
    exact = float(ft.accuracy(book, r).log_error)
    for subject in (book, listed):
        bounds = ft.error_bounds(subject, np.array([r]))
        assert bounds.log_union[0] >= exact - ROUNDING
        for lower in (bounds.log_single, bounds.log_de_caen, bounds.log_volume):
            assert lower[0] <= exact + ROUNDING


@given(array_codebooks(dimension=2), amplitude_ratios(0.2, 12.0))
def test_bounds_enclose_the_error_under_any_prior(book: ft.ArrayCodebook, r: float) -> None:
    exact = float(ft.accuracy(book, r).log_error)
    bounds = ft.error_bounds(book, np.array([r]))
    assert bounds.log_upper[0] >= exact - ROUNDING
    assert bounds.log_lower[0] <= exact + ROUNDING
