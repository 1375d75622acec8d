"""KL of X_T from Gaussian noise: against integrals in high precision, at both ends, and on any kind of codebook."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

import fsq_theory as ft

CASES = [
    ([-1.0, 0.0, 1.0], [0.25, 0.5, 0.25]),
    ([-1.0, 3.0, 7.0], [0.9, 0.09, 0.01]),
    ([0.0, 1e-3, 100.0], [0.5, 0.5 - 2**-20, 2**-20]),  # exact in binary, so that the reference's prior sums to 1
]


def by_integral(points: np.ndarray, prior: np.ndarray, gamma: float, std: float) -> mp.mpf:
    """∫ p log(p/q) by its definition."""
    with mp.workdps(40):
        centres = [mp.sqrt(mp.mpf(gamma)) * mp.mpf(float(x)) for x in points]
        weights = [mp.mpf(float(x)) for x in prior]

        def density(y: mp.mpf) -> mp.mpf:
            p = mp.fsum(w * mp.npdf(y, c) for w, c in zip(weights, centres, strict=True))
            return p * (mp.log(p) - mp.log(mp.npdf(y, 0, std)))

        cuts = sorted({c + d for c in centres for d in (-16, -8, -4, -2, 0, 2, 4, 8, 16)})
        return mp.quad(density, cuts)


# by_integral(np.array(points), np.array(prior), gamma, std) for each of CASES, to the digits of a float.
KNOWN = {
    (1e-6, 1.0): (6.249997916667578e-14, 1.568008896499506e-07, 1.7725343558274997e-13),
    (0.01, 1.0): (6.229257244583089e-06, 0.001661526662455538, 3.3511299232074637e-05),
    (1.5, 1.0): (0.0960406279128471, 1.3040118714990467, 0.007138570465412142),
    (0.3, 2 / 3): (0.31841008299493817, 0.7737955614618424, 0.22273949955228864),
    (40.0, 1.5): (3.5355768289875678, 19.325651615155348, 0.2124436507362109),
}


@pytest.mark.parametrize("case", range(len(CASES)))
@pytest.mark.parametrize(("gamma", "std"), KNOWN)
def test_on_a_line(case: int, gamma: float, std: float) -> None:
    points, prior = CASES[case]
    codebook = ft.ArrayCodebook(np.array(points)[:, None], prior)
    found = ft.prior_kl(codebook, gamma, std)
    want = KNOWN[gamma, std][case]
    # The reference's own prior sums to 1 to 1e-16, which is an absolute error of its KL.
    assert abs(found.kl - want) < 1e-12 * want + 4e-16
    assert found.stderr == 0


def test_the_known_values_are_the_integrals() -> None:
    points, prior = CASES[1]
    assert float(by_integral(np.array(points), np.array(prior), 1.5, 1.0)) == KNOWN[1.5, 1.0][1]


@pytest.mark.parametrize("spec", ["fsq:3^2", "fsq:4,3,convention=rounded", "onehot:7", "random:K=9,n=3+prior:zipf"])
def test_small_snr_is_the_second_order(spec: str) -> None:
    """½γ‖E e‖² + ¼γ²‖Cov‖² (1 + O(√γ)) for s = 1."""
    codebook = ft.codebook(spec)
    gaps = codebook.points - codebook.mean
    cov = (gaps * codebook.prior[:, None]).T @ gaps
    for gamma in (1e-8, 1e-5):
        rest = gamma**2 / 4 * float((cov**2).sum())
        found = ft.prior_kl(codebook, gamma)
        mean = gamma / 2 * float(codebook.mean @ codebook.mean)
        assert found.kl - mean == pytest.approx(rest, rel=0.01, abs=5 * found.stderr + 1e-15 * mean)
        assert found.kl >= 0


def test_sampling_agrees_with_the_quadrature_of_a_product() -> None:
    """The 3 × 3 grid turned by an angle is no product that can be seen, but has the same KL."""
    grid = ft.codebook("fsq:3^2")
    turn = np.array([[math.cos(0.3), -math.sin(0.3)], [math.sin(0.3), math.cos(0.3)]])
    turned = ft.ArrayCodebook(grid.points @ turn)
    for gamma in (0.01, 0.5):
        found, want = ft.prior_kl(turned, gamma), ft.prior_kl(grid, gamma)
        assert found.method == "monte-carlo"
        assert abs(found.kl - want.kl) < 4 * found.stderr < 0.2 * want.kl


def test_rare_tokens_far_away_are_seen() -> None:
    """Half of the variance is that of a token of probability 1e-6: two copies, in a plane so that it is sampled."""
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [400.0, 300.0]])
    prior = np.array([0.5, 0.25, 0.25 - 1e-6, 1e-6])
    gamma = 1e-5
    found = ft.prior_kl(ft.ArrayCodebook(points, prior), gamma, samples=20000)
    # The same integral on a fine grid of the plane.
    r = math.sqrt(gamma)
    centres = r * points
    x = np.arange(-9, 9.01, 0.05)
    y = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    p = np.exp(-((y[:, None] - centres) ** 2).sum(axis=2) / 2) @ prior / (2 * math.pi)
    q = np.exp(-(y**2).sum(axis=1) / 2) / (2 * math.pi)
    want = float((p * np.log(p / q) - p + q).sum()) * 0.05**2
    assert abs(found.kl - want) < 4 * found.stderr < 0.2 * want


def test_no_signal() -> None:
    assert ft.prior_kl("fsq:3^2", 0.0).kl == 0
    narrow = ft.prior_kl("fsq:3^2", 0.0, 2 / 3)
    assert narrow.kl == pytest.approx(2 * (math.log(2 / 3) + 9 / 8 - 1 / 2), rel=1e-14)
    assert ft.prior_kl("fsq:3", 0.0, 1 + 1e-9).kl == pytest.approx(1e-18, rel=1e-6)


def test_products_are_not_listed_and_add() -> None:
    one, many = ft.prior_kl("fsq:4", 0.7, 0.8), ft.prior_kl("fsq:4^40", 0.7, 0.8)
    assert many.kl == pytest.approx(40 * one.kl, rel=1e-12)


def test_high_snr_is_energy_less_entropy() -> None:
    found = ft.prior_kl("fsq:3^2", 1e6)
    assert found.kl == pytest.approx(0.5e6 * 4 / 3 - 2 * math.log(3), rel=1e-13)


@pytest.mark.parametrize(
    ("gamma", "std", "samples", "message"),
    [
        (-1.0, 1.0, 100, "gamma_T = -1: expected a finite SNR of at least 0"),
        (math.inf, 1.0, 100, "gamma_T = inf"),
        (math.nan, 1.0, 100, "gamma_T = nan"),
        (1.0, 0.0, 100, "std = 0: expected a finite standard deviation above 0"),
        (1.0, math.inf, 100, "std = inf"),
        (1.0, 1.0, 1, "samples = 1: expected at least 2"),
    ],
)
def test_bad_input(gamma: float, std: float, samples: int, message: str) -> None:
    with pytest.raises(ft.InputError, match=message):
        ft.prior_kl("fsq:3^2", gamma, std, samples=samples)
