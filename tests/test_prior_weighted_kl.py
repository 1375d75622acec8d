"""Means of the path KL under the prior, against sums over all pairs."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fsq_theory as ft
from fsq_theory.cli.main import main


def by_pairs(book: ft.Codebook) -> tuple[float, float]:
    """Σ_{i≠j} π_iπ_j d²_ij / Σ_{i≠j} π_iπ_j and Σ_i π_i min_j d²_ij, from all K² distances."""
    squares = np.square(book.points[:, None] - book.points[None]).sum(axis=2)
    weights = np.outer(book.prior, book.prior)
    np.fill_diagonal(weights, 0)
    mean = float((weights * squares).sum() / weights.sum())
    np.fill_diagonal(squares, np.inf)
    return mean, float(book.prior @ squares.min(axis=1))


def skewed_product() -> ft.Codebook:
    return ft.ProductCodebook(
        [ft.codebook("fsq:4+prior:zipf,s=3"), ft.codebook("fsq:3,2"), ft.codebook("onehot:3+prior:zipf")]
    )


@pytest.mark.parametrize(
    "spec",
    [
        "fsq:4,3+prior:zipf", "onehot:7+prior:zipf,s=2", "simplex:7+prior:zipf", "biorthogonal:8+prior:zipf",
        "psk:8+prior:zipf", "random:K=20,n=3+prior:zipf,s=8", "fsq:4,3+stagger:0.3+prior:zipf", "product",
        "random:K=12,n=20+prior:zipf", "fsq:5,3",
    ],
)  # fmt: skip
def test_closed_forms_against_all_pairs(spec: str) -> None:
    book = skewed_product() if spec == "product" else ft.codebook(spec)
    mean, nearest = by_pairs(book)
    found = ft.path_kl(book, gamma_eps=5.0, gamma_T=1.0)
    assert found.mean_prior == pytest.approx(2 * mean, rel=1e-12)
    assert found.nearest_mean_prior == pytest.approx(2 * nearest, rel=1e-12)
    assert ft.path_kl(book, gamma_eps=5.0, gamma_T=1.0, pinned=False).mean_prior == pytest.approx(2.5 * mean, rel=1e-12)


@settings(max_examples=40)
@given(st.lists(st.floats(0, 14), min_size=2, max_size=6), st.integers(1, 3))
def test_products_of_any_prior(logs: list[float], copies: int) -> None:
    prior = np.exp(-np.array(logs))
    factor = ft.ArrayCodebook(np.arange(len(prior))[:, None] ** 1.5, prior / prior.sum())
    book = ft.ProductCodebook([factor] * copies)
    mean, nearest = by_pairs(book)
    found = ft.path_kl(book, gamma_eps=2.0)
    assert found.mean_prior == pytest.approx(mean, rel=1e-9)
    assert found.nearest_mean_prior == pytest.approx(nearest, rel=1e-12)


def test_uniform_priors_have_one_mean() -> None:
    for spec in ("fsq:8,5,5,5", "onehot:50257", "bits:64", "random:K=30,n=4"):
        found = ft.path_kl(spec, gamma_eps=1.0)
        assert (found.mean_prior, found.nearest_mean_prior) == (found.mean, found.nearest_mean)


def test_very_skewed_priors() -> None:
    """Nearly all pairs of different tokens have the common token in them."""
    book = ft.ArrayCodebook([[0.0], [1.0], [3.0]], [1 - 2e-12, 1e-12, 1e-12])
    assert ft.path_kl(book, gamma_eps=2.0).mean_prior == pytest.approx(5.0, rel=1e-9)
    big = ft.codebook("onehot:50257+prior:zipf,s=3")
    assert ft.path_kl(big, gamma_eps=2.0).mean_prior == pytest.approx(2.0, rel=1e-12)
    known = ft.path_kl(ft.ArrayCodebook([[0.0], [1.0]], [1.0, 0.0]), gamma_eps=2.0)
    assert known.mean_prior is None
    assert known.nearest_mean_prior == pytest.approx(1.0, rel=1e-15)


def test_the_mean_is_the_trace_of_the_covariance() -> None:
    """γ·tr Cov(π)/(1 − Σπ²), from moments alone."""
    book = ft.codebook("random:K=9,n=4+prior:zipf")
    trace = float(np.trace(np.cov(book.points.T, aweights=book.prior, bias=True)))
    want = 3.0 * trace / (1 - float(book.prior @ book.prior))
    assert ft.path_kl(book, gamma_eps=3.0).mean_prior == pytest.approx(want, rel=1e-12)


def test_rows_and_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kl", "fsq:4,3+prior:zipf", "--gamma-eps", "2", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    found = ft.path_kl("fsq:4,3+prior:zipf", gamma_eps=2.0)
    assert row["mean_prior"] == found.mean_prior != row["mean"]
    assert row["nearest_mean_prior"] == found.nearest_mean_prior
    pair = ft.path_kl("fsq:4,3+prior:zipf", gamma_eps=2.0, pair=(0, 1)).row()
    assert "mean_prior" not in pair
    assert math.isclose(pair["kl"], 4 / 9, rel_tol=1e-14)
