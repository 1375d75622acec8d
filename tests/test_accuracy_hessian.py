"""Whether FSQ is a local maximiser of accuracy: the criterion against moved grids and the whole quadratic form."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.special import ndtr

import fsq_theory as ft
from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.denoiser.accuracy.curvature import fsq_curvature
from fsq_theory.errors import InputError


def moved(levels, r, h):
    """A of a planar grid with its tokens moved by h times the motion that decides."""
    found = fsq_curvature(levels, r)
    points = np.array(list(product(*(np.linspace(-1, 1, count) for count in levels))))
    points[:, found.axis] += h * np.outer(*found.profiles).ravel()
    return float(ft.accuracy(ArrayCodebook(points), r=r).value)


@pytest.mark.parametrize(("levels", "r"), [((3, 3), 2.0), ((5, 5), 6.0), ((5, 4), 10.0)])
def test_second_derivative_is_that_of_the_accuracy(levels, r):
    still = float(ft.accuracy(ft.fsq(list(levels)), r=r).value)
    coarse, fine = ((moved(levels, r, h) + moved(levels, r, -h) - 2 * still) / h**2 for h in (2e-3, 1e-3))
    assert 2 * fine - coarse == pytest.approx(fsq_curvature(levels, r).second_derivative, rel=2e-4)


@pytest.mark.parametrize(("levels", "r"), [((4, 3), 2.0), ((5, 4), 6.0)])
def test_derivatives_along_any_motion_of_a_planar_grid(levels, r):
    """The quadratic form on random motions of inner coordinates; the slope on inward ones of end coordinates."""
    points = np.array(list(product(*(np.linspace(-1, 1, count) for count in levels)))).reshape(*levels, 2)
    draws, inner = np.random.default_rng(0).uniform(-1, 1, points.shape), np.abs(points) < 1
    motion, inward = np.where(inner, draws, 0.0), np.where(inner, 0.0, -points * np.abs(draws))
    rho = [r / (count - 1) for count in levels]
    density = [np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) for x in rho]
    masses = [
        np.array([ndtr(x), *[2 * ndtr(x) - 1] * (count - 2), ndtr(x)]) for x, count in zip(rho, levels, strict=True)
    ]
    second = first = 0.0
    for i, a in ((0, 1), (1, 0)):
        v, square = np.moveaxis(motion[..., i], i, 0), masses[i][1] - 2 * rho[i] * density[i]
        second -= rho[i] * density[i] / 2 * np.sum(np.diff(v, axis=0) ** 2 * masses[a])
        second += density[a] * square / (2 * rho[a]) * np.sum(np.diff(v, axis=1) ** 2)
        first -= r * density[i] * np.sum(np.moveaxis(np.abs(inward[..., i]), i, 0) * masses[a])

    def value(by):
        return float(ft.accuracy(ArrayCodebook((points + by).reshape(-1, 2)), r=r).value)

    still, K = value(0.0), points.size / 2
    coarse, fine = ((value(h * motion) + value(-h * motion) - 2 * still) / h**2 for h in (2e-3, 1e-3))
    assert 2 * fine - coarse == pytest.approx(r**2 * second / K, rel=2e-4)
    coarse, fine = ((value(h * inward) - still) / h for h in (2e-4, 1e-4))
    assert 2 * fine - coarse == pytest.approx(first / K, rel=1e-5)


@pytest.mark.parametrize(("levels", "threshold"), [((4, 4), 2.4918370), ((5, 5), 9.2780697), ((3,) * 8, 6.4326509)])
def test_the_ratio_crosses_one_where_the_sign_changes(levels, threshold):
    below, above = fsq_curvature(levels, threshold - 1e-6), fsq_curvature(levels, threshold + 1e-6)
    assert below.ratio > 1 > above.ratio
    assert below.second_derivative > 0 > above.second_derivative


def test_base_3_in_up_to_three_dimensions_and_bits_are_maximisers_at_every_noise_level():
    for r in (1e-6, 1e-3, 0.1, 1.0, 10.0, 100.0):
        assert fsq_curvature([3, 3], r).ratio < 1
        assert fsq_curvature([3, 3, 3], r).ratio < 1
        assert fsq_curvature([7], r).ratio == 0
        bits = fsq_curvature([2, 2, 2], r)
        assert (bits.ratio, bits.axis, bits.second_derivative) == (0.0, None, 0.0)


@pytest.mark.parametrize("r", [0.3, 2.0, 5.0])
def test_no_motion_of_the_middle_columns_of_4_by_3_beats_the_profile(r):
    """The largest eigenvalue of the quadratic form, built entry by entry, is attained by the product of profiles."""
    levels = (4, 3)
    rho = [r / 3, r / 2]
    density = [np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) for x in rho]
    masses = [
        np.array([ndtr(x), *[2 * ndtr(x) - 1] * (count - 2), ndtr(x)]) for x, count in zip(rho, levels, strict=True)
    ]
    found = fsq_curvature(levels, r)
    i, a = found.axis, 1 - found.axis
    square = masses[i][1] - 2 * rho[i] * density[i]

    def form(v, w):
        """Q_i as a bilinear form of motions, axis i first."""
        along = np.einsum("kj,kj,j->", np.diff(v, axis=0), np.diff(w, axis=0), masses[a])
        across = np.sum(np.diff(v, axis=1) * np.diff(w, axis=1))
        return -rho[i] * density[i] / 2 * along + density[a] * square / (2 * rho[a]) * across

    shape = (levels[i], levels[a])
    free = [index for index in np.ndindex(shape) if 0 < index[0] < levels[i] - 1]
    units = []
    for index in free:
        unit = np.zeros(shape)
        unit[index] = 1.0
        units.append(unit)
    weight = np.array([np.sqrt(masses[a][index[1]]) for index in free])
    matrix = np.array([[form(v, w) for w in units] for v in units]) / np.outer(weight, weight)
    best = np.outer(found.profiles[i], found.profiles[a])
    quotient = form(best, best) / np.einsum("kj,kj,j->", best, best, masses[a])
    assert np.linalg.eigvalsh(matrix)[-1] == pytest.approx(quotient, rel=1e-10)
    tokens = levels[0] * levels[1]
    assert found.second_derivative == pytest.approx(r**2 / tokens * form(best, best), rel=1e-10)


def test_extreme_ratios_are_not_nan():
    assert fsq_curvature([8, 5], 1000.0).ratio == np.inf
    assert np.isfinite(fsq_curvature([8, 5], 1000.0).second_derivative)
    for r in (1e-9, 1e-100):
        assert fsq_curvature([5, 5], r).ratio == pytest.approx(1 / (3 * np.tan(np.pi / 8) ** 2), rel=1e-6)
    assert fsq_curvature([8, 5], 1e100).second_derivative == 0


@pytest.mark.parametrize(
    ("levels", "r"), [([], 1.0), ([1, 3], 1.0), ([3], 0.0), ([3], 1e-101), ([3], np.inf), ([3], np.nan)]
)
def test_bad_input(levels, r):
    with pytest.raises(InputError, match="expected"):
        fsq_curvature(levels, r)
