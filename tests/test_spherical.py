"""Spherical codes against Rankin's bounds, known optima, and brute force for what the search uses."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsq_theory.codebooks import spherical_energy
from fsq_theory.codebooks.random_codes import draw
from fsq_theory.codebooks.spherical import lattice_start, search, simplices, spherical_codebook
from fsq_theory.codebooks.spherical_energy import cap_reach, descend, log_energy, minimal_distance, near_pairs
from fsq_theory.codebooks.spherical_polish import polish
from fsq_theory.errors import InputError, TooLargeError


def sphere_points(K, n, seed=0):
    return draw(np.random.Generator(np.random.PCG64(seed)), K, n, "sphere")


def brute_minimal_distance(points):
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(points, 2))


def chord(degrees):
    return 2 * math.sin(math.radians(degrees) / 2)


@pytest.mark.parametrize(
    ("K", "n"), [(2, 1), (2, 5), (3, 4), (4, 3), (5, 3), (6, 3), (7, 4), (8, 4), (9, 8), (12, 8), (16, 8)]
)
def test_rankin_bound_is_met_up_to_twice_the_dimension(K, n):
    """Largest inner product at least −1/(K−1) for K ≤ n + 1, and 0 for n + 2 ≤ K ≤ 2n."""
    codebook = spherical_codebook(K, n)
    largest = -1 / (K - 1) if n + 1 >= K else 0.0
    products = codebook.points @ codebook.points.T
    assert products[~np.eye(K, dtype=bool)].max() == pytest.approx(largest, abs=1e-14)
    np.testing.assert_allclose(np.diag(products), 1, rtol=1e-14)
    assert codebook.solution.optimal
    assert codebook.solution.starts == 0
    assert codebook.solution.min_angle == pytest.approx(math.acos(largest), rel=1e-12)


def test_polygons():
    assert spherical_codebook(7, 2).solution.min_angle == pytest.approx(2 * math.pi / 7, rel=1e-13)


@pytest.mark.parametrize(
    ("K", "n", "distance"),
    [
        (4, 3, math.sqrt(8 / 3)),  # tetrahedron
        (6, 3, math.sqrt(2)),  # octahedron
        (12, 3, math.sqrt(2 - 2 / math.sqrt(5))),  # icosahedron
        (24, 4, 1.0),  # 24-cell
        (8, 4, math.sqrt(2)),  # biorthogonal
        (7, 3, chord(77.8695421)),  # Schütte and van der Waerden 1951
        (8, 3, chord(74.8584922)),  # square antiprism
        (9, 3, chord(70.5287794)),
        (10, 4, chord(80.4059318)),  # Bachoc and Vallentin 2009: cos = 1/6, the Petersen code
        (24, 3, chord(43.6907671)),  # snub cube, Robinson 1961
    ],
)
def test_descent_from_random_starts_finds_known_optima(K, n, distance):
    points = search(K, n, seed=0, starts=24, from_lattice=False)
    assert brute_minimal_distance(points) == pytest.approx(distance, abs=1e-7)


def test_e8_roots():
    solution = spherical_codebook(240, 8, starts=1).solution
    assert solution.d_min == pytest.approx(1, abs=1e-12)
    assert not solution.optimal


def test_same_seed_same_bits_and_another_seed_another_code():
    first, again, other = (spherical_codebook(10, 3, seed=seed, starts=2) for seed in (1, 1, 2))
    assert first.points.tobytes() == again.points.tobytes()
    assert first.points.tobytes() != other.points.tobytes()
    assert first.name == "sphere:K=10,n=3,seed=1"


def test_record_agrees_with_the_points():
    codebook = spherical_codebook(20, 4, starts=3)
    assert codebook.solution.d_min == pytest.approx(brute_minimal_distance(codebook.points), rel=1e-14)
    assert codebook.solution.d_min == pytest.approx(2 * math.sin(codebook.solution.min_angle / 2), rel=1e-14)
    assert codebook.scaled(3.0).solution == codebook.solution
    assert codebook.scaled(3.0).energy == pytest.approx(9)


def test_large_code_is_spread():
    """At least 0.9 of the bound that disjoint caps of half the angle put on the angle, in three dimensions."""
    K = 500
    codebook = spherical_codebook(K, 3, starts=1)
    toth = math.pi * K / (6 * (K - 2))  # Fejes Tóth 1943: cos δ ≤ ½(cot² ω − 1)
    bound = math.acos(0.5 * (1 / math.tan(toth) ** 2 - 1))
    assert 0.9 * bound < codebook.solution.min_angle <= bound
    assert codebook.solution.d_min == pytest.approx(brute_minimal_distance(codebook.points), rel=1e-12)


@pytest.mark.parametrize(("K", "n"), [(700, 5), (400, 12)])
def test_near_neighbour_descent_beats_random_points_by_far(K, n):
    codebook = spherical_codebook(K, n, starts=1)
    assert codebook.solution.d_min > 1.3 * minimal_distance(sphere_points(K, n))


def test_thinned_lattice_shell():
    points = lattice_start(200, 8)
    assert points.shape == (200, 8)
    assert brute_minimal_distance(points) == pytest.approx(1, abs=1e-12)
    assert lattice_start(241, 8) is None or minimal_distance(lattice_start(241, 8)) < 1


@given(st.integers(0, 1000), st.sampled_from([1.0, 8.0, 300.0]))
def test_energy_gradient_by_finite_differences(seed, exponent):
    K, n = 7, 3
    pairs = tuple(index.astype(np.int32) for index in np.triu_indices(K, 1))
    rng = np.random.Generator(np.random.PCG64(seed))
    flat, direction = rng.standard_normal((2, K * n))
    flat = (flat.reshape(K, n) / np.linalg.norm(flat.reshape(K, n), axis=1, keepdims=True)).ravel()
    step = 1e-6 / exponent

    def value(at):
        return log_energy(at, (K, n), exponent, pairs)[0]

    # Directly: (1/s) log Σ ‖e_i − e_j‖^(−s), and its central difference with error O(step² f''') + 1e-16/step.
    distances = [np.linalg.norm(a - b) for a, b in itertools.combinations(flat.reshape(K, n), 2)]
    smallest = min(distances)
    direct = math.log(sum((smallest / d) ** exponent for d in distances)) / exponent - math.log(smallest)
    assert value(flat) == pytest.approx(direct, rel=1e-9, abs=1e-12)
    slope = (value(flat + step * direction) - value(flat - step * direction)) / (2 * step)
    gradient = log_energy(flat, (K, n), exponent, pairs)[1]
    assert slope == pytest.approx(gradient @ direction, rel=1e-4, abs=1e-5 / smallest)


def test_energy_bounds_the_logarithm_of_the_minimal_distance():
    points = sphere_points(30, 4)
    pairs = tuple(index.astype(np.int32) for index in np.triu_indices(30, 1))
    for exponent in (1.0, 10.0, 1000.0):
        excess = log_energy(points.ravel(), (30, 4), exponent, pairs)[0] + math.log(brute_minimal_distance(points))
        assert -1e-14 <= excess <= math.log(30 * 29 / 2) / exponent


@pytest.mark.parametrize("n", [3, 9, 12, 20])
def test_near_pairs_and_minimal_distance_by_brute_force(n, monkeypatch):
    monkeypatch.setattr(spherical_energy, "BLOCK", 500)  # several blocks
    points, reach = sphere_points(90, n), 0.9
    expected = [
        (i, j) for i, j in itertools.combinations(range(90), 2) if np.linalg.norm(points[i] - points[j]) < reach
    ]
    assert list(zip(*(index.tolist() for index in near_pairs(points, reach)), strict=True)) == expected
    assert minimal_distance(points) == pytest.approx(brute_minimal_distance(points), rel=1e-14)


def test_cap_reach():
    for fraction in (0.001, 0.1, 0.5):  # Archimedes: a cap of angle θ is (1 − cos θ)/2 of the sphere in R^3
        assert cap_reach(fraction, 3) == pytest.approx(2 * math.sqrt(fraction), rel=1e-12)
    points, pole = sphere_points(40_000, 7), np.eye(7)[0]
    inside = np.linalg.norm(points - pole, axis=1) < cap_reach(0.05, 7)
    assert abs(inside.mean() - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 40_000)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_polish_never_lowers_the_minimal_distance(seed):
    points = sphere_points(6, 3, seed)
    polished = polish(points)
    assert minimal_distance(polished) >= minimal_distance(points)
    np.testing.assert_allclose(np.linalg.norm(polished, axis=1), 1, rtol=1e-14)


def test_polish_converges_to_the_last_digits():
    rough = descend(sphere_points(12, 3), [(2.0, 200), (32.0, 20)])
    rough = rough + 1e-3 * sphere_points(12, 3, seed=5)
    rough /= np.linalg.norm(rough, axis=1, keepdims=True)
    exact = math.sqrt(2 - 2 / math.sqrt(5))
    assert abs(minimal_distance(rough) - exact) > 1e-4
    assert minimal_distance(polish(rough)) == pytest.approx(exact, abs=1e-9)


def test_simplices_fill_orthogonal_subspaces():
    points = simplices(7, 5)  # two groups of dimensions 3 and 2
    np.testing.assert_allclose(points[:4] @ points[4:].T, 0, atol=1e-15)
    np.testing.assert_allclose(points.sum(axis=0), 0, atol=1e-15)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"K": 1, "n": 3}, "K=1"),
        ({"K": 5, "n": 0}, "n=0"),
        ({"K": 3, "n": 1}, "only the two points"),
        ({"K": 5, "n": 3, "seed": -1}, "seed -1"),
        ({"K": 9, "n": 3, "starts": 0}, "0 starts"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(InputError, match=message):
        spherical_codebook(**arguments)


def test_too_large():
    with pytest.raises(TooLargeError, match="1000000000 tokens"):
        spherical_codebook(10**9, 3)
