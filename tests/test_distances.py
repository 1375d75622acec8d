"""Distances between codes against brute force over all pairs, published constants and hand calculation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import comb

from fsq_theory.arrays import Array
from fsq_theory.codebooks import dense_distances, diameter
from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.codebooks.codebook import Codebook
from fsq_theory.codebooks.distance_distribution import distance_distribution
from fsq_theory.codebooks.distances import (
    DistanceStatistics,
    distance_statistics,
    nearest_distances,
    pair_distance,
)
from fsq_theory.codebooks.fsq import bits, fsq
from fsq_theory.codebooks.product_codebook import ProductCodebook
from fsq_theory.codebooks.recognition import as_product, product_tokens
from fsq_theory.codebooks.regular import OneHotCodebook
from fsq_theory.codebooks.spec import codebook
from fsq_theory.errors import InputError, TooLargeError


def brute(points: Array) -> tuple[DistanceStatistics, Array]:
    """The statistics by their definitions, over all pairs, and the nearest distance of each code."""
    tokens = len(points)
    squares = np.array([((points - code) ** 2).sum(axis=1) for code in points])
    off = squares[~np.eye(tokens, dtype=bool)].reshape(tokens, tokens - 1)
    nearest = np.sqrt(off.min(axis=1))
    kissing = (np.sqrt(off) <= nearest.min() * (1 + 1e-9)).sum(axis=1)
    statistics = DistanceStatistics(
        d_min=nearest.min(),
        d_max=np.sqrt(off.max()),
        mean_square=off.mean(),
        nn_mean=nearest.mean(),
        nn_mean_square=(nearest**2).mean(),
        kissing_max=int(kissing.max()),
        kissing_mean=kissing.mean(),
    )
    return statistics, nearest


def assert_agrees(built: Codebook, rel: float = 1e-11) -> None:
    expected, nearest = brute(built.points)
    found = distance_statistics(built)
    for name in ("d_min", "d_max", "mean_square", "nn_mean", "nn_mean_square", "kissing_mean"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=rel), name
    assert found.kissing_max == expected.kissing_max
    assert nearest_distances(built) == pytest.approx(nearest, rel=rel)


@pytest.mark.parametrize(
    "spec",
    [
        "fsq:8,5,3",
        "fsq:4^4,convention=rounded",
        "fsq:8,5,3+scale:7",
        "fsq:7",
        "bits:7",
        "onehot:9",
        "onehot:2",
        "onehot:7,low=-3,high=2",
        "simplex:6",
        "simplex:2",
        "biorthogonal:10",
        "biorthogonal:4",
        "biorthogonal:2",
        "psk:2",
        "psk:3",
        "psk:8",
        "psk:9+scale:2",
        "digits:4,3",
        "hamming8",
        "fsq:3^5+permute",
        "fsq:3^5+prior:zipf",
        "fsq:8,5,5+stagger:0.5",
        "bits:9+swap-origin",
        "bits:13+swap-origin+scale:0.1+center",
        "lattice:E8,K=240",
        "lattice:A3,box=1.5",
        "random:K=300,n=1",
        "random:K=500,n=2,law=gauss",
        "random:K=500,n=2,law=sphere",
        "random:K=500,n=3,law=sphere",
        "random:K=500,n=8,law=box",
        "random:K=500,n=12,law=sphere",
        "random:K=500,n=13,law=sphere",
        "random:K=700,n=40,law=linf",
        "random:K=200,n=300,law=gauss",
    ],
)
def test_all_statistics_against_all_pairs(spec: str) -> None:
    built = codebook(spec)
    if built.K * built.K * built.n > 2e8:
        built = ArrayCodebook(built.points[::8])
    assert_agrees(built)


def test_products_of_dense_and_regular_factors_against_all_pairs() -> None:
    generator = np.random.default_rng(1)
    cloud = ArrayCodebook(generator.standard_normal((9, 2)))
    line = ArrayCodebook([[0.0], [0.3], [1.0], [1.3]])
    assert_agrees(ProductCodebook([cloud, line, cloud, OneHotCodebook(3)]))
    assert_agrees(ProductCodebook([ProductCodebook([line, cloud]), line]))


@given(
    st.lists(
        st.lists(st.integers(-40, 40), min_size=2, max_size=5, unique=True).map(
            lambda values: ArrayCodebook(np.array(values)[:, None] / 8)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_products_of_irregular_axes_against_all_pairs(factors: list[ArrayCodebook]) -> None:
    assert_agrees(ProductCodebook(factors))


@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(1, 15))
def test_small_integer_codes_with_many_ties_against_all_pairs(seed: int, tokens: int, n: int) -> None:
    points = np.unique(np.random.default_rng(seed).integers(-2, 3, (tokens, n)), axis=0).astype(float)
    if len(points) > 1:
        assert_agrees(ArrayCodebook(points))


@pytest.mark.parametrize("n", [3, 16])
def test_tiles_larger_than_one_and_pairs_much_closer_than_the_codebook_is_wide(n: int) -> None:
    generator = np.random.default_rng(2)
    points = 1e3 * generator.standard_normal((1300, n))
    points[1:4] = points[0] + 1e-6 * generator.standard_normal((3, n))
    expected, nearest = brute(points)
    assert dense_distances.nearest_in_array(points) == pytest.approx(nearest, rel=1e-10)
    assert dense_distances.kissing_in_array(points, nearest).sum() == 2
    assert diameter.diameter(points) == pytest.approx(expected.d_max, rel=1e-13)


@pytest.mark.parametrize("n", [2, 8, 14])
@pytest.mark.parametrize("law", ["box", "sphere", "linf", "gauss"])
def test_diameter_against_all_pairs_across_tiles(law: str, n: int) -> None:
    points = codebook(f"random:K=1500,n={n},law={law},seed=4").points
    assert diameter.diameter(points) == pytest.approx(brute(points)[0].d_max, rel=1e-13)


@pytest.mark.parametrize("n", [13, 20])
def test_kissing_numbers_across_tiles(n: int) -> None:
    points = np.concatenate([codebook(f"bits:{n}").codes(range(1100)), np.zeros((1, n))])
    expected, _ = brute(points)
    found = dense_distances.kissing_in_array(points, dense_distances.nearest_in_array(points))
    assert (found.max(), found.mean()) == (expected.kissing_max, pytest.approx(expected.kissing_mean, rel=1e-14))


@given(st.floats(0.01, 100), st.floats(-100, 100), st.integers(0, 100))
def test_moving_does_nothing_and_scaling_scales(factor: float, shift: float, seed: int) -> None:
    points = np.random.default_rng(seed).standard_normal((40, 3))
    base = distance_statistics(ArrayCodebook(points))
    moved = distance_statistics(ArrayCodebook(points * factor + shift))
    tolerance = 1e-12 * (1 + abs(shift) / factor) / base.d_min
    for name, power in (("d_min", 1), ("d_max", 1), ("nn_mean", 1), ("mean_square", 2), ("nn_mean_square", 2)):
        assert getattr(moved, name) == pytest.approx(getattr(base, name) * factor**power, rel=tolerance)


def test_large_offsets_cancel_exactly() -> None:
    shifted = distance_statistics(ArrayCodebook(fsq([5, 4]).points * 3 / 4 * 2**4 + 2.0**40))
    assert shifted.d_min == pytest.approx(distance_statistics(fsq([5, 4])).d_min * 12, rel=1e-3)
    assert shifted.mean_square == pytest.approx(distance_statistics(fsq([5, 4])).mean_square * 144, rel=1e-3)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        # {±1}^64 by hand: neighbours differ in one bit; mean square 4·(64/2)·K/(K−1).
        ("bits:64", DistanceStatistics(2, 16, 128 / (1 - 2.0**-64), 2, 4, 64, 64)),
        # 4 levels: spacing 2/3, 1.5 neighbours an axis, variance 5/9 an axis.
        ("fsq:4^16", DistanceStatistics(2 / 3, 8, 16 * 10 / 9 / (1 - 4.0**-16), 2 / 3, 4 / 9, 32, 24)),
        # Nearest neighbours of [8,5,5,5] lie along the axis of 8 levels: 2·7/8 of them.
        ("fsq:8,5,5,5", DistanceStatistics(2 / 7, 4, 2 * (3 / 7 + 3 / 2) * 1000 / 999, 2 / 7, 4 / 49, 2, 1.75)),
        # CosyVoice 2's 3^8: 4/3 neighbours an axis, variance 2/3.
        ("cosyvoice2", DistanceStatistics(1, math.sqrt(32), 32 / 3 * 6561 / 6560, 1, 1, 16, 32 / 3)),
        # E8's 240 roots: 56 at √2 from each (240 = 1 + 56 + 126 + 56 + 1), diameter 2√2.
        ("lattice:E8,K=240", DistanceStatistics(2**0.5, 8**0.5, 4 * 240 / 239, 2**0.5, 2, 56, 56)),
        # 24-cell: 8 neighbours at the circumradius.
        ("lattice:D4,K=24", DistanceStatistics(2**0.5, 8**0.5, 4 * 24 / 23, 2**0.5, 2, 8, 8)),
        ("onehot:50257", DistanceStatistics(2**0.5, 2**0.5, 2, 2**0.5, 2, 50256, 50256)),
    ],
)
def test_known_geometries(spec: str, expected: DistanceStatistics) -> None:
    found = distance_statistics(codebook(spec))
    for name, value in vars(expected).items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-14), name


@pytest.mark.parametrize("n", [5, 8, 12])
def test_origin_in_place_of_a_corner(n: int) -> None:
    found = distance_statistics(codebook(f"bits:{n}+swap-origin"))
    assert found.nn_mean == pytest.approx(2 + (math.sqrt(n) - 2) / 2**n, rel=1e-15)
    assert found.kissing_max == n


def test_nearest_distances_of_a_shuffled_grid_follow_the_labels() -> None:
    irregular = ProductCodebook([ArrayCodebook([[0.0], [0.2], [1.0]]), ArrayCodebook([[0.0], [0.5], [3.0]])])
    order = np.random.default_rng(0).permutation(9)
    shuffled = ArrayCodebook(irregular.points[order])
    assert nearest_distances(shuffled) == pytest.approx(brute(shuffled.points)[1], rel=1e-15)
    assert np.array_equal(nearest_distances(shuffled), nearest_distances(irregular)[order])


@pytest.mark.parametrize("spec", ["fsq:8,5,3", "onehot:9", "psk:5", "digits:4,3", "random:K=30,n=4", "biorthogonal:8"])
def test_pair_distance(spec: str) -> None:
    built = codebook(spec)
    for i, j in [(0, 1), (3, 2), (4, 4), (0, built.K - 1)]:
        expected = np.linalg.norm(built.points[i] - built.points[j])
        assert pair_distance(built, i, j) == pytest.approx(expected, rel=1e-14)


def test_pair_distance_in_products_too_large_to_list() -> None:
    assert pair_distance(bits(64), 0, 2**64 - 1) == 16
    assert pair_distance(codebook("onehot:1000000000000"), 0, 10**11) == pytest.approx(2**0.5)
    with pytest.raises(InputError, match="token 18446744073709551616 is not in bits:64"):
        pair_distance(bits(64), 0, 2**64)


def test_too_large() -> None:
    with pytest.raises(TooLargeError, match="too large to enumerate: 18446744073709551616 tokens"):
        nearest_distances(bits(64))
    with pytest.raises(TooLargeError, match="too large to enumerate: 9000 tokens"):
        distance_distribution(codebook("random:K=9000,n=2"))


def test_distance_distribution_of_the_cube_is_binomial() -> None:
    found = distance_distribution(bits(64))
    i = np.arange(1, 65)
    assert found.distances == pytest.approx(2 * np.sqrt(i), rel=1e-14)
    assert found.counts == pytest.approx(comb(64, i), rel=1e-12)


def test_distance_distribution_of_known_codes() -> None:
    roots = distance_distribution(codebook("lattice:E8,K=240"))
    assert roots.distances**2 == pytest.approx([2, 4, 6, 8], rel=1e-14)
    assert roots.counts == pytest.approx([56, 126, 56, 1], rel=1e-13)
    cross = distance_distribution(codebook("biorthogonal:16"))
    assert (cross.distances.tolist(), cross.counts.tolist()) == ([2**0.5, 2.0], [14.0, 1.0])


@pytest.mark.parametrize(
    "spec", ["fsq:8,5,3", "fsq:4^3+permute", "psk:7", "biorthogonal:2", "digits:3,3", "hamming8", "random:K=60,n=3"]
)
def test_distance_distribution_against_all_pairs(spec: str) -> None:
    built = codebook(spec)
    found = distance_distribution(built)
    squares = np.sort(((built.points[:, None] - built.points[None]) ** 2).sum(axis=-1), axis=None)[built.K :]
    groups = np.split(squares, np.flatnonzero(np.diff(squares) > 1e-9 * squares[1:]) + 1)
    assert found.distances**2 == pytest.approx([group.mean() for group in groups], rel=1e-11)
    assert found.counts * built.K == pytest.approx([len(group) for group in groups], rel=1e-11)


def test_distance_distribution_across_blocks() -> None:
    found = distance_distribution(codebook("random:K=1200,n=2,law=sphere"))
    statistics = distance_statistics(codebook("random:K=1200,n=2,law=sphere"))
    assert found.counts.sum() == pytest.approx(1199, rel=1e-12)
    assert found.distances[[0, -1]] == pytest.approx([statistics.d_min, statistics.d_max], rel=1e-9)
    assert found.counts @ found.distances**2 / 1199 == pytest.approx(statistics.mean_square, rel=1e-9)


@given(st.integers(0, 10**6), st.lists(st.integers(2, 5), min_size=2, max_size=4))
def test_a_grid_in_any_order_is_recognised(seed: int, levels: list[int]) -> None:
    generator = np.random.default_rng(seed)
    axes = [ArrayCodebook(generator.permutation(40)[:L, None] / 7 - 2) for L in levels]
    grid = ProductCodebook(axes)
    shuffled = ArrayCodebook(grid.points[generator.permutation(grid.K)])
    product = as_product(shuffled)
    assert product is not None
    assert product.is_uniform
    assert np.array_equal(product.codes(product_tokens(shuffled, product)), shuffled.points)


def test_what_is_no_grid_is_not_recognised() -> None:
    points = np.array(fsq([3, 4]).points)
    points[5, 0] += 1e-9
    assert as_product(ArrayCodebook(points)) is None
    assert as_product(ArrayCodebook(fsq([3, 4]).points[:-1])) is None
    assert as_product(ArrayCodebook([[0.0], [1], [2]])) is None  # one axis
    assert as_product(ArrayCodebook([[0.0, 5], [1, 5], [2, 5]])) is None  # a constant axis
    assert as_product(ArrayCodebook([[0.0, 0], [1, 1], [2, 2], [3, 3]])) is None
    assert as_product(codebook("psk:4")) is None
    assert as_product(OneHotCodebook(4)) is None
    with pytest.raises(InputError, match="is not the product of"):
        product_tokens(ArrayCodebook(points), fsq([3, 4]))


def test_equal_axes_become_one_factor() -> None:
    product = as_product(codebook("fsq:4^8+permute"))
    assert product is not None
    assert len(product.groups) == 1


def test_priors_are_factorised_only_where_they_factorise() -> None:
    first, second = [0.25, 0.5, 0.25], [0.125, 0.875]
    joint = np.multiply.outer(second, first).ravel()
    order = np.random.default_rng(3).permutation(6)
    shuffled = ArrayCodebook(fsq([3, 2]).points[order], joint[order])
    product = as_product(shuffled)
    assert product is not None
    assert product.factors[0].prior == pytest.approx(first, rel=1e-15)
    assert product.factors[1].prior == pytest.approx(second, rel=1e-15)
    assert product.prior[product_tokens(shuffled, product)] == pytest.approx(shuffled.prior, rel=1e-14)
    assert as_product(codebook("fsq:3,2+prior:zipf")) is None
    zero = ArrayCodebook(fsq([2, 2]).points, [0.5, 0.5, 0, 0])
    assert as_product(zero) is not None
    assert as_product(ArrayCodebook(fsq([2, 2]).points, [0.5, 0, 0, 0.5])) is None


def test_products_are_returned_as_they_are() -> None:
    product = bits(64)
    assert as_product(product) is product
    assert as_product(fsq([5])) is None
    wrapped = ProductCodebook([ArrayCodebook(fsq([3, 4]).points)], "wrapped")
    inner = as_product(wrapped)
    assert inner is not None
    assert (inner.name, len(inner.factors)) == ("wrapped", 2)
