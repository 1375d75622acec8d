"""Bounds on the error against brute force and closed forms."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from reference import integrate
from scipy.spatial.distance import pdist
from scipy.special import log_ndtr, ndtr

import fsq_theory as ft
from fsq_theory.denoiser.accuracy.bounds import log_bivariate_tail


def test_union_bound_is_the_sum_over_pairs() -> None:
    book = ft.codebook("random:K=300,n=4,seed=3")
    for r in (2.0, 8.0, 30.0):
        bound = ft.error_bounds(book, np.array([r])).log_union[0]
        terms = log_ndtr(-r * pdist(book.points) / 2)
        total = np.log(np.exp(terms - terms.max()).sum()) + terms.max() + np.log(2 / 300)
        assert bound == pytest.approx(min(total, 0.0), abs=2e-6)


def test_the_union_bound_is_the_path_kl_bridge() -> None:
    """Φ(−r‖Δ‖/2) = Φ(−√(KL/2)) with the unpinned path KL at that r."""
    book, r = ft.fsq([3, 3]), 4.0
    listed = ft.ArrayCodebook(book.points)
    total = 0.0
    for i in range(9):
        for j in range(9):
            if i != j:
                kl = ft.path_kl(book, gamma_eps=r**2, pinned=False, pair=(i, j)).kl
                total += ndtr(-np.sqrt(kl / 2)) / 9
    assert ft.error_bounds(listed, np.array([r])).log_union[0] == pytest.approx(np.log(total), rel=1e-12)


def test_equidistant_bounds_agree_with_the_listed_codes() -> None:
    r = np.array([3.0, 6.0])
    lazy, listed = (ft.error_bounds(book, r) for book in (ft.codebook("onehot:12"), ft.ArrayCodebook(np.eye(12))))
    assert lazy.log_union == pytest.approx(listed.log_union, rel=1e-12)
    assert lazy.log_single == pytest.approx(listed.log_single, rel=1e-12)
    assert lazy.log_de_caen == pytest.approx(listed.log_de_caen, rel=1e-9)
    assert np.all(lazy.log_de_caen > lazy.log_single)


def test_bounds_meet_at_high_snr() -> None:
    for spec in ("fsq:8,5,5,5", "psk:8", "random:K=64,n=5", "lattice:D4,K=24"):
        bounds = ft.error_bounds(ft.codebook(spec), np.array([60.0]))
        assert bounds.log_upper[0] - bounds.log_lower[0] < 1e-2


@pytest.mark.parametrize("correlation", [-0.9, -0.5, 0.0, 0.5, 0.9, 0.999])
@pytest.mark.parametrize(
    ("h", "k"), [(0.0, 0.0), (0.3, 2.0), (1.5, 1.5), (4.0, 2.5), (-0.7, 2.0), (1.0, -0.4), (-0.5, -1.0)]
)
def test_bivariate_tail(h: float, k: float, correlation: float) -> None:
    root = mp.sqrt(1 - mp.mpf(correlation) ** 2)
    turn = k / correlation if correlation > 0.1 else h
    points = [h, *sorted(p for p in (-1.0, 0.0, turn - 0.2, turn, turn + 0.2) if h < p < h + 14), h + 14]
    reference = integrate(lambda x: mp.npdf(x) * mp.ncdf((correlation * x - k) / root), points, 0.25)
    found = float(np.exp(log_bivariate_tail(np.array(h), np.array(k), np.array(correlation))))
    # Where h or k is negative, 1e-6 is of what is subtracted.
    whole = max(float(reference), float(mp.ncdf(-k))) if min(h, k) < 0 else float(reference)
    assert float(reference) * (1 - 1e-12) <= found <= float(reference) + 2e-6 * whole + 1e-15


def test_volume_bound_is_met_to_first_order_by_the_cube() -> None:
    r = 1e-4
    gap = np.expm1(ft.error_bounds(ft.bits(5), np.array([r])).log_volume[0]) + ft.accuracy(ft.bits(5), r).value
    assert gap == pytest.approx(0, abs=10 * r**2)


def test_bounds_method() -> None:
    found = ft.accuracy(ft.codebook("fsq:4^16"), [0.0, 8.0, 30.0, np.inf], method="bounds")
    assert list(found.method) == ["exact", "bounds", "bounds", "exact"]
    exact = ft.accuracy(ft.codebook("fsq:4^16"), [8.0, 30.0]).error
    assert np.all(found.lower[1:3] <= exact)
    assert np.all(exact <= found.upper[1:3])
    assert np.array_equal(found.error[1:3], found.upper[1:3])
    assert found.error[0] == pytest.approx(1 - 4.0**-16, rel=1e-15)


def test_tokens_of_probability_zero_and_bad_ratios() -> None:
    book = ft.codebook("psk:8").with_prior([0.2] * 5 + [0.0] * 3)
    found = ft.accuracy(book, 1.0, method="bounds")
    assert found.lower <= ft.accuracy(book, 1.0).error <= found.upper
    certain = ft.accuracy(ft.codebook("psk:8").with_prior([1.0] + [0.0] * 7), 1.0, method="bounds")
    assert certain.error == 0.0
    for bad in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ft.InputError, match="bounds expect a positive finite amplitude ratio"):
            ft.error_bounds(book, bad)
    assert ft.error_bounds(book, 2.0).log_upper.shape == ()


def test_bounds_of_many_codes_need_little_memory() -> None:
    """At low SNR the union bound says nothing, and no long lists of competitors are made to find that out."""
    found = ft.accuracy(ft.codebook("random:K=8192,n=6"), 2.0, method="bounds")
    assert found.upper == 1.0
    assert found.lower > 0.5
