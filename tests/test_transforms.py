"""Transforms: what each does to the codes, which stay lazy, and what they refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.codebooks.fsq import bits, fsq
from fsq_theory.codebooks.product_codebook import ProductCodebook
from fsq_theory.codebooks.regular import OneHotCodebook
from fsq_theory.codebooks.spec import codebook
from fsq_theory.codebooks.transforms import (
    center,
    normalize,
    permute,
    perturb,
    scale,
    stagger,
    swap_origin,
    zipf,
    zipf_prior,
)
from fsq_theory.errors import InputError, TooLargeError


def brute_nearest(points: np.ndarray) -> np.ndarray:
    squares = ((points[:, None] - points[None]) ** 2).sum(axis=-1)
    np.fill_diagonal(squares, np.inf)
    return np.sqrt(squares.min(axis=1))


def test_perturb_adds_gaussian_noise_and_clips_to_the_box() -> None:
    original = fsq([5] * 5)
    moved = perturb(original, 0.1, seed=3)
    shift = moved.points - original.points
    assert np.abs(moved.points).max() <= 1
    interior = np.abs(original.points) < 0.9
    assert shift[interior].std() == pytest.approx(0.1, rel=4 / math.sqrt(2 * interior.sum()))
    corner = original.points == 1
    assert np.mean(shift[corner] == 0) == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(corner.sum()))
    assert np.array_equal(moved.points, perturb(original, 0.1, seed=3).points)
    assert not np.array_equal(moved.points, perturb(original, 0.1, seed=4).points)
    assert np.abs(perturb(scale(original, 3), 0.5).points).max() == 3


def test_perturb_says_when_clipping_makes_codes_equal() -> None:
    with pytest.raises(InputError, match=r"perturb:50: codes \d+ and \d+ are equal.*try less noise or another seed"):
        perturb(bits(2), 50.0, seed=0)
    with pytest.raises(InputError, match="std -1: expected a number from 0 to 1e\\+100"):
        perturb(bits(2), -1.0)


def test_permute_moves_codes_and_leaves_the_prior_with_the_label() -> None:
    original = zipf(fsq([3, 4]), 1.0)
    shuffled = permute(original, seed=5)
    assert np.array_equal(shuffled.prior, original.prior)
    assert not np.array_equal(shuffled.points, original.points)
    assert sorted(map(tuple, shuffled.points)) == sorted(map(tuple, original.points))


def test_swap_origin_takes_the_last_corner() -> None:
    swapped = swap_origin(bits(3))
    assert swapped.points[7].tolist() == [0, 0, 0]
    assert np.array_equal(swapped.points[:7], bits(3).points[:7])
    largest = swap_origin(ArrayCodebook([[1.0, 0], [0, 3], [3, 0], [0, 2]]))
    assert largest.points.tolist() == [[1, 0], [0, 3], [0, 0], [0, 2]]
    with pytest.raises(InputError, match="token 4 of fsq:3\\^2 is at the origin already"):
        swap_origin(fsq([3, 3]))


@pytest.mark.parametrize("n", [4, 5, 8, 10])
def test_the_origin_in_place_of_a_corner_changes_nearest_neighbours_as_computed_by_hand(n: int) -> None:
    # The origin is √n from each corner, its neighbours lose nothing from n = 4 on: D = 2 + (√n − 2)/2^n.
    points = swap_origin(bits(n)).points
    assert brute_nearest(points).mean() == pytest.approx(2 + (math.sqrt(n) - 2) / 2**n, rel=1e-14)


def test_stagger_in_two_dimensions_is_the_published_row_formula() -> None:
    tau = 0.5
    points = stagger(fsq([8, 5]), tau).points.reshape(5, 8, 2)
    for j in range(5):
        for i in range(8):
            assert points[j, i] == pytest.approx([-1 + 2 * i / 7, -1 + (j + tau * (i % 2)) * 2 / (4 + tau)], abs=1e-15)


@pytest.mark.parametrize("levels", [[8, 5], [8, 5, 5, 5], [5, 8, 5], [7, 5, 5], [8, 8, 6, 5], [4, 2]])
def test_a_small_stagger_raises_the_nearest_distance_of_every_code(levels: list[int]) -> None:
    plain, moved = brute_nearest(fsq(levels).points), brute_nearest(stagger(fsq(levels), 0.2).points)
    assert np.all(moved > plain)
    assert np.abs(stagger(fsq(levels), 0.2).points).max() == 1


def test_stagger_moves_coarse_axes_by_the_parity_of_all_fine_axes() -> None:
    points = stagger(fsq([8, 5, 8]), 0.5).points.reshape(8, 5, 8, 3)  # axes reversed: the first varies fastest
    assert np.array_equal(points[..., [0, 2]], fsq([8, 5, 8]).points.reshape(8, 5, 8, 3)[..., [0, 2]])
    low = points[:, 0, :, 1]
    assert np.array_equal(low == -1, (np.arange(8)[:, None] + np.arange(8)) % 2 == 0)


def test_stagger_with_equal_levels_uses_the_first_axis() -> None:
    points = stagger(fsq([4, 4, 4]), 0.5).points
    assert np.array_equal(points[:, 0], fsq([4, 4, 4]).points[:, 0])
    assert not np.array_equal(points[:, 1], fsq([4, 4, 4]).points[:, 1])


def test_stagger_by_nothing_changes_nothing_and_keeps_the_interval_of_the_rounded_convention() -> None:
    assert stagger(fsq([8, 5]), 0.0).points == pytest.approx(fsq([8, 5]).points, abs=1e-15)
    rounded = stagger(fsq([5, 4], "rounded"), 0.5).points
    assert (rounded[:, 1].min(), rounded[:, 1].max()) == (-1, 0.5)


@pytest.mark.parametrize(
    ("base", "shift", "message"),
    [
        (OneHotCodebook(4), 0.5, "onehot:4 is not a product of axes: expected FSQ with at least two axes"),
        (fsq([5]), 0.5, "fsq:5 has one axis"),
        (ProductCodebook([ArrayCodebook([[0.0], [1], [3]])] * 2), 0.5, "an axis that is not equally spaced"),
        (fsq([5, 4]), 1.0, "shift 1: expected a number of at least 0 and below 1"),
        (fsq([5, 4]), math.nan, "shift nan: expected"),
    ],
)
def test_stagger_refuses(base: ArrayCodebook, shift: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        stagger(base, shift)


@pytest.mark.parametrize(
    "spec", ["fsq:8,5,5", "fsq:4^3,convention=rounded", "psk:5", "onehot:7", "simplex:4", "bits:3"]
)
@pytest.mark.parametrize("prior", ["", "+prior:zipf"])
def test_normalisations_meet_their_constraints(spec: str, prior: str) -> None:
    original = codebook(spec + prior)
    rms, energy, linf = (normalize(original, constraint) for constraint in ("rms", "energy", "linf"))
    weights = original.prior
    assert weights @ (rms.points**2).mean(axis=1) == pytest.approx(1, rel=1e-13)
    assert weights @ (energy.points**2).sum(axis=1) == pytest.approx(1, rel=1e-13)
    assert weights @ rms.points == pytest.approx(0, abs=1e-13)
    assert weights @ energy.points == pytest.approx(0, abs=1e-13)
    assert np.abs(linf.points).max() == pytest.approx(1, rel=1e-14)
    ratio = linf.points @ np.ones(linf.n) - original.points @ np.ones(linf.n) / original.linf
    assert ratio == pytest.approx(0, abs=1e-13)  # linf does not move the codebook


@pytest.mark.parametrize("step", ["scale:2", "center", "normalize:rms", "normalize:energy", "normalize:linf"])
@pytest.mark.parametrize("base", ["fsq:4^16", "bits:64", "fsq:4^16,convention=rounded", "digits:16,40"])
def test_affine_transforms_of_products_stay_lazy(base: str, step: str) -> None:
    built = codebook(f"{base}+{step}")
    assert isinstance(built, ProductCodebook)
    assert built.K == codebook(base).K


@pytest.mark.parametrize("step", ["perturb:0.1", "permute", "swap-origin", "stagger:0.5", "prior:zipf"])
def test_transforms_that_need_the_list_say_so(step: str) -> None:
    with pytest.raises(TooLargeError, match=f"too large to enumerate: {8**8 * 5**8} tokens"):
        codebook(f"fsq:8^8,5^8+{step}")


def test_scale_and_center() -> None:
    assert scale(bits(2), 0.25).points.tolist() == (bits(2).points / 4).tolist()
    assert center(fsq([4], "rounded")).points.ravel().tolist() == [-0.75, -0.25, 0.25, 0.75]
    weighted = center(ArrayCodebook([[0.0], [4.0]], [0.75, 0.25]))
    assert weighted.points.ravel().tolist() == [-1, 3]
    for factor in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(InputError, match="expected a finite number above 0"):
            scale(bits(2), factor)


@given(st.integers(2, 40), st.floats(0, 5))
def test_zipf_ratios(tokens: int, exponent: float) -> None:
    prior = zipf_prior(tokens, exponent)
    assert prior.sum() == pytest.approx(1, rel=1e-14)
    assert prior[0] / prior == pytest.approx(np.arange(1.0, tokens + 1) ** exponent, rel=1e-12)


def test_zipf_on_ten_tokens_has_the_harmonic_normaliser() -> None:
    assert zipf_prior(10)[0] == pytest.approx(2520 / 7381, rel=1e-15)  # 1/H_10
    assert codebook("onehot:10+prior:zipf").prior[4] == pytest.approx(2520 / 7381 / 5, rel=1e-14)
    assert isinstance(codebook("onehot:10+prior:zipf"), OneHotCodebook)
    with pytest.raises(InputError, match="s -1: expected a number from 0 to 1e\\+06"):
        zipf_prior(10, -1.0)
