"""Lattice codebooks against theta series, brute force, and the closest-point decoders of Conway and Sloane."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fsq_theory as ft
from fsq_theory.codebooks import leech
from fsq_theory.codebooks.construction_a import codewords
from fsq_theory.codebooks.distances import distance_statistics
from fsq_theory.codebooks.lattice_codes import points_in
from fsq_theory.codebooks.lattice_families import lattice_by_name
from fsq_theory.codebooks.lattices import ShellCodebook, _box_tokens, lattice_codebook, lattice_constants
from fsq_theory.errors import InputError, TooLargeError

TERMS = 25


def theta(series, power):
    """Coefficients of series^power up to q^(TERMS − 1), in Python integers."""
    result = [1] + [0] * (TERMS - 1)
    for _ in range(power):
        result = [sum(result[i] * series[m - i] for i in range(m + 1)) for m in range(TERMS)]
    return result


def squares(residue, modulus):
    """Σ over integers z ≡ residue mod modulus of q^(z²)."""
    series = [0] * TERMS
    for z in range(-TERMS, TERMS + 1):
        if z * z < TERMS and z % modulus == residue:
            series[z * z] += 1
    return series


def theta_series(name):
    """Number of points of each squared norm, from generating functions rather than from points."""
    if name == "E8":
        return [1] + [
            240 * sum(d**3 for d in range(1, m // 2 + 1) if (m // 2) % d == 0) * (m % 2 == 0) for m in range(1, TERMS)
        ]
    if name in ("A2", "hexagonal"):  # 1 + 6 Σ_{d | m} (d | 3)
        character = (0, 1, -1)
        return [1] + [
            6 * sum(character[d % 3] for d in range(1, m // 2 + 1) if (m // 2) % d == 0) * (m % 2 == 0)
            for m in range(1, TERMS)
        ]
    if name == "bcc":
        return [a + b for a, b in zip(theta(squares(0, 2), 3), theta(squares(1, 2), 3), strict=True)]
    family, n = ("D", 3) if name == "fcc" else (name[0], int(name[1:]))
    if family == "A":  # the coefficient of y^0 in (Σ_z y^z q^(z²))^(n+1), by counting (sum, norm)
        counts = {(0, 0): 1}
        for _ in range(n + 1):
            grown = {}
            for (total, norm), count in counts.items():
                for z in range(-5, 6):
                    if norm + z * z < TERMS:
                        key = (total + z, norm + z * z)
                        grown[key] = grown.get(key, 0) + count
            counts = grown
        return [counts.get((0, m), 0) for m in range(TERMS)]
    whole = theta(squares(0, 1), n)
    return whole if family == "Z" else [count * (m % 2 == 0) for m, count in enumerate(whole)]


@pytest.mark.parametrize(
    ("name", "shells"),
    [
        *[("Z1", 3), ("Z2", 8), ("Z3", 8), ("Z5", 4), ("A1", 2), ("A2", 6), ("hexagonal", 5), ("A3", 5), ("A4", 4)],
        *[("A7", 2), ("D2", 5), ("D3", 5), ("fcc", 5), ("D4", 6), ("D5", 4), ("D8", 2), ("bcc", 6), ("E8", 4)],
    ],
)
def test_shells_have_the_counts_of_the_theta_series(name, shells):
    series = theta_series(name)
    sizes = [(norm, count) for norm, count in enumerate(series) if count and norm]
    for m in range(1, shells + 1):
        norm, count = sizes[m - 1]
        found = lattice_codebook(name, shell=m)
        assert count == found.K
        np.testing.assert_allclose(np.square(found.points).sum(axis=1), norm, rtol=1e-13)


def test_published_counts():
    assert [lattice_codebook("E8", shell=m).K for m in (1, 2, 3)] == [240, 2160, 6720]
    assert [lattice_codebook("D4", shell=m).K for m in (1, 2, 3)] == [24, 24, 96]
    assert [lattice_codebook("hex", shell=m).K for m in (1, 2, 3, 4)] == [6, 6, 6, 12]
    assert [lattice_codebook("fcc", shell=m).K for m in (1, 2, 3, 4)] == [12, 6, 24, 12]
    assert [lattice_codebook("bcc", shell=m).K for m in (1, 2, 3)] == [8, 6, 12]


@pytest.mark.parametrize("name", ["Z3", "A2", "A5", "D4", "E8", "bcc"])
def test_inner_products_are_integers_and_points_are_closed_under_negation(name):
    points = lattice_codebook(name, shell=1).points
    products = points @ points.T
    np.testing.assert_allclose(products, np.rint(products), atol=1e-12)
    assert {tuple(p) for p in np.round(-points, 9) + 0.0} == {tuple(p) for p in np.round(points, 9) + 0.0}


@pytest.mark.parametrize("name", ["Z4", "A2", "A6", "D3", "D7", "E8", "bcc"])
def test_volume_is_the_determinant_of_the_basis(name):
    found = lattice_by_name(name)
    basis = found.basis * found.column_scale
    assert found.volume == pytest.approx(abs(np.linalg.det(basis)), rel=1e-12)
    assert lattice_constants(name).volume == pytest.approx(found.volume, rel=1e-12)


def test_golay_code():
    words = codewords(leech.golay_generator())
    weights, counts = np.unique(words.sum(axis=1), return_counts=True)
    assert dict(zip(weights.tolist(), counts.tolist(), strict=True)) == leech.GOLAY_WEIGHTS


def test_leech_minimal_vectors():
    codebook = lattice_codebook("Leech", K=196560)
    points = codebook.points
    assert points.shape == (196560, 24)
    np.testing.assert_allclose(np.einsum("kn,kn->k", points, points), 4, rtol=1e-14)
    for token in (0, 50_000, 196_559):  # inner products with a minimal vector: CS98, ch. 10, table 10.2
        values, counts = np.unique(np.rint(points @ points[token]), return_counts=True)
        assert values.tolist() == [-4, -2, -1, 0, 1, 2, 4]
        assert counts.tolist() == [1, 4600, 47104, 93150, 47104, 4600, 1]
    assert np.abs(points @ points[7] - np.rint(points @ points[7])).max() < 1e-13


def test_leech_counts():
    assert [leech.shell_size(m) for m in (1, 2, 3, 4)] == [196560, 16773120, 398034000, 4629381120]
    # |x√8| ≤ 2: twice a codeword with an even number of minus signs.
    assert leech.box_count(2) == 1 + 759 * 2**7 + 2576 * 2**11 + 759 * 2**15 + 2**23
    assert leech.box_count(1) == 1


def test_leech_that_cannot_be_listed_names_the_count():
    with pytest.raises(TooLargeError, match="16773120 tokens"):
        lattice_codebook("leech", shell=2)
    with pytest.raises(TooLargeError, match="398034000 tokens"):
        lattice_codebook("leech", shell=3)
    with pytest.raises(TooLargeError, match="38632321 tokens"):
        lattice_codebook("leech", box=0.71)
    with pytest.raises(TooLargeError, match="16773120 tokens"):
        lattice_codebook("leech", K=200_000)


def test_leech_short_list_starts_at_the_origin():
    points = lattice_codebook("Leech", K=100).points
    assert not points[0].any()
    np.testing.assert_allclose(np.square(points[1:]).sum(axis=1), 4)


@pytest.mark.parametrize(
    ("name", "K", "norms"),
    [
        ("E8", 240, {2: 240}),
        ("E8", 2160, {4: 2160}),
        ("E8", 2400, {2: 240, 4: 2160}),
        ("E8", 100, {0: 1, 2: 99}),
        ("E8", 241, {0: 1, 2: 240}),
        ("fcc", 6, {4: 6}),
        ("bcc", 12, {8: 12}),
        ("bcc", 14, {3: 8, 4: 6}),
        ("Z2", 12, {1: 4, 2: 4, 4: 4}),
        ("Z2", 7, {0: 1, 1: 4, 2: 2}),
    ],
)
def test_which_points_K_means(name, K, norms):
    points = lattice_codebook(name, K=K).points
    values, counts = np.unique(np.rint(np.square(points).sum(axis=1)).astype(int), return_counts=True)
    assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == norms


def test_last_shell_is_cut_in_lexicographic_order():
    points = lattice_codebook("Z3", K=10).points
    shell = sorted(p for p in itertools.product((-1, 0, 1), repeat=3) if sum(map(abs, p)) == 2)
    assert [tuple(p) for p in points[7:]] == shell[:3]


@given(st.sampled_from(["Z3", "A3", "D4", "bcc", "E8"]), st.integers(2, 400))
def test_K_points_are_the_shortest(name, K):
    points = lattice_codebook(name, K=K).points
    norms = np.rint(np.square(points).sum(axis=1))
    assert len(points) == K
    assert np.all(np.diff(norms) >= 0)
    if norms[0] == 0:
        _, all_norms = points_in(lattice_by_name(name), max_norm=int(norms[-1]))
        np.testing.assert_array_equal(norms, all_norms[:K])


def brute_box(name, half_width):
    """Points of a box from the definition of the lattice, without its basis."""
    m = int(half_width) + 1
    if name == "D4":
        grid = np.array(list(itertools.product(range(-m, m + 1), repeat=4)), dtype=float)
        grid = grid[grid.sum(axis=1) % 2 == 0]
    elif name == "bcc":
        grid = np.array(list(itertools.product(range(-m, m + 1), repeat=3)), dtype=float)
        grid = grid[np.all(grid % 2 == 0, axis=1) | np.all(grid % 2 == 1, axis=1)]
    elif name == "E8":
        whole = np.array(list(itertools.product(range(-m, m + 1), repeat=8)), dtype=float)
        grid = np.concatenate([whole, whole + 0.5])
        grid = grid[grid.sum(axis=1) % 2 == 0]
    else:  # A2 as combinations of two vectors at 120 degrees
        first, second = np.array([math.sqrt(2), 0]), np.array([-math.sqrt(0.5), math.sqrt(1.5)])
        pairs = itertools.product(range(-4 * m, 4 * m + 1), repeat=2)
        grid = np.array([a * first + b * second for a, b in pairs])
    return grid[np.abs(grid).max(axis=1) <= half_width + 1e-9]


@pytest.mark.parametrize(
    ("name", "box", "scale"), [("D4", 1, 0.5), ("D4", 3, 1), ("bcc", 4, 1), ("E8", 1, 1), ("A2", 2, 0.7)]
)
def test_box_is_every_scaled_point_inside(name, box, scale):
    codebook = lattice_codebook(name, box=box, scale=scale)
    expected = brute_box(name, box / scale) * scale
    assert len(expected) == codebook.K
    np.testing.assert_allclose(
        np.unique(np.round(codebook.points, 9) + 0.0, axis=0), np.unique(np.round(expected, 9) + 0.0, axis=0), atol=1e-8
    )


def test_box_counts_are_known_before_listing():
    with pytest.raises(TooLargeError, match=f"{3**30} tokens"):
        lattice_codebook("Z30", box=1)
    with pytest.raises(TooLargeError, match=f"{(3**30 + 1) // 2} tokens"):
        lattice_codebook("D30", box=1)
    for name, half_width in (("D4", 2.0), ("D3", 3.0), ("E8", 1.5), ("bcc", 3.0), ("Z3", 2.5)):
        assert _box_tokens(lattice_by_name(name), half_width) == lattice_codebook(name, box=half_width).K


def test_names_and_scale():
    assert lattice_codebook("d4", box=1, scale=0.5).name == "lattice:D4,box=1,scale=0.5"
    assert lattice_codebook("HEX", shell=2).name == "lattice:hexagonal,shell=2"
    assert lattice_codebook("e8", K=240).name == "lattice:E8,K=240"
    assert lattice_codebook("E8", K=240, name="roots").name == "roots"
    np.testing.assert_array_equal(
        lattice_codebook("E8", K=240, scale=3).points, 3 * lattice_codebook("E8", K=240).points
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lattice": "F4", "K": 3}, "lattice 'F4': expected Z<n>"),
        ({"lattice": "D1", "K": 3}, "lattice 'D1'"),
        ({"lattice": "Z0", "K": 3}, "lattice 'Z0'"),
        ({"lattice": "Z5000", "K": 3}, "n at most 1024"),
        ({"lattice": "E8"}, "none given, expected exactly one of K, shell, box"),
        ({"lattice": "E8", "K": 5, "box": 1}, "K=5, box=1 given"),
        ({"lattice": "E8", "K": 1}, "at least 2 tokens"),
        ({"lattice": "E8", "shell": 0}, "the origin is not a shell"),
        ({"lattice": "E8", "box": 0}, "box=0"),
        ({"lattice": "E8", "box": math.nan}, "box=nan"),
        ({"lattice": "E8", "box": 0.2}, "1 point, expected at least 2 tokens"),
        ({"lattice": "E8", "K": 5, "scale": -1}, "scale -1"),
        ({"lattice": "Z8", "box": 1e300}, "a box this large"),
        ({"lattice": "Leech", "box": 0.5}, "1 point"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(InputError, match=message):
        lattice_codebook(**arguments)


def test_too_large():
    with pytest.raises(TooLargeError, match="1000000000 tokens"):
        lattice_codebook("Z3", K=10**9)
    with pytest.raises(TooLargeError, match="too large to enumerate"):
        lattice_codebook("E8", shell=200)
    with pytest.raises(TooLargeError, match="too large to enumerate"):
        lattice_codebook("A9", box=50)


# Constants.


def nearest_even_sum(x):
    """Closest point of D_n: round, and if the sum is odd round the worst coordinate the other way [CS98, ch. 20 §2]."""
    rounded = np.rint(x)
    error = x - rounded
    worst = np.abs(error).argmax(axis=1)
    rows = np.arange(len(x))
    fixed = rounded.copy()
    fixed[rows, worst] += np.where(error[rows, worst] >= 0, 1, -1)
    return np.where((rounded.sum(axis=1) % 2 == 0)[:, None], rounded, fixed)


def nearest_zero_sum(x):
    """Closest point of A_n in its n + 1 coordinates: round, then mend the sum where it costs least [CS98, ch. 20]."""
    rounded = np.rint(x)
    deficiency = rounded.sum(axis=1).astype(int)
    order = np.argsort(x - rounded, axis=1)
    ranks = np.argsort(order, axis=1)
    last = x.shape[1] - 1
    down = (deficiency[:, None] > 0) & (ranks < deficiency[:, None])
    up = (deficiency[:, None] < 0) & (ranks > last + deficiency[:, None])
    return rounded - down + up


def nearest_of(candidates, x):
    distances = np.stack([np.square(x - c).sum(axis=1) for c in candidates])
    return np.stack(candidates)[distances.argmin(axis=0), np.arange(len(x))]


DECODERS = {
    "Z": np.rint,
    "D": nearest_even_sum,
    "A": nearest_zero_sum,
    "E8": lambda x: nearest_of([nearest_even_sum(x), nearest_even_sum(x - 0.5) + 0.5], x),
    "bcc": lambda x: nearest_of([2 * np.rint(x / 2), 2 * np.rint((x - 1) / 2) + 1], x),
}


def decoding(name):
    """A decoder, and a basis in the decoder's coordinates: for A_n those of the hyperplane in R^(n+1)."""
    if name[0] == "A":
        n = int(name[1:])
        return DECODERS["A"], np.eye(n, n + 1) - np.eye(n, n + 1, 1)
    found = lattice_by_name(name)
    family = name if name in ("E8", "bcc") else name[0]
    return DECODERS[family], found.basis * found.column_scale


@pytest.mark.parametrize("name", ["Z1", "Z5", "D3", "D4", "D7", "A1", "A2", "A3", "A5", "A8", "E8", "bcc"])
def test_second_moment_and_covering_radius_by_decoding(name):
    constants = lattice_constants(name)
    decode, basis = decoding(name)
    samples = np.random.Generator(np.random.PCG64(3)).random((40_000, constants.n)) @ basis
    squares_ = np.square(samples - decode(samples)).sum(axis=1)
    scale = constants.n * constants.volume ** (2 / constants.n)
    error = squares_.std(ddof=1) / math.sqrt(len(squares_)) / scale
    assert abs(squares_.mean() / scale - constants.second_moment) < 4 * error
    assert squares_.max() <= constants.covering_radius**2 * (1 + 1e-12)


@pytest.mark.parametrize(
    ("name", "hole"),
    [
        ("Z5", [0.5] * 5),
        ("D3", [1, 0, 0]),
        ("D7", [0.5] * 7),
        ("A2", [2 / 3, -1 / 3, -1 / 3]),
        ("A5", [0.5] * 3 + [-0.5] * 3),
        ("A4", [3 / 5, 3 / 5, -2 / 5, -2 / 5, -2 / 5]),
        ("E8", [1] + [0] * 7),
        ("bcc", [1, 0.5, 0]),
    ],
)
def test_deep_holes_are_at_the_covering_radius(name, hole):
    decode, _ = decoding(name)
    x = np.array([hole], dtype=float)
    assert np.linalg.norm(x - decode(x)) == pytest.approx(lattice_constants(name).covering_radius, rel=1e-14)


@pytest.mark.parametrize("name", ["Z1", "Z6", "A1", "A2", "A6", "D2", "D3", "D4", "D6", "E8", "bcc", "fcc", "hex"])
def test_kissing_number_and_packing_radius_are_those_of_the_first_shell(name):
    constants, shell = lattice_constants(name), lattice_codebook(name, shell=1)
    assert constants.kissing_number == shell.K
    assert 2 * constants.packing_radius == pytest.approx(math.sqrt(shell.energy), rel=1e-14)
    assert shell.energy == pytest.approx(constants.minimal_norm, rel=1e-14)


@pytest.mark.parametrize(
    ("name", "density"),
    [
        ("hex", math.pi / math.sqrt(12)),
        ("fcc", math.pi / math.sqrt(18)),
        ("A3", math.pi / math.sqrt(18)),
        ("bcc", math.pi * math.sqrt(3) / 8),
        ("D4", math.pi**2 / 16),
        ("D5", math.pi**2 / (15 * math.sqrt(2))),
        ("E8", math.pi**4 / 384),
        ("Leech", math.pi**12 / math.factorial(12)),
    ],
)
def test_densities(name, density):
    """CS98, table 1.2 and ch. 4."""
    assert lattice_constants(name).density == pytest.approx(density, rel=1e-13)


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        *[("Z9", 0.083333), ("hex", 0.080188), ("fcc", 0.078745), ("bcc", 0.078543), ("D4", 0.076603)],
        *[("E8", 0.071682), ("Leech", 0.065771)],
    ],
)
def test_second_moments_as_tabulated(name, moment):
    """CS98, table 2.3, to its six decimals."""
    assert lattice_constants(name).second_moment == pytest.approx(moment, abs=6e-7)


def test_unknown_constants():
    with pytest.raises(InputError, match="expected Z<n>"):
        lattice_constants("K12")


@pytest.mark.parametrize(
    ("spec", "transitive"),
    [
        ("lattice:Z3,shell=1", True),
        ("lattice:A4,shell=1+scale:0.3", True),
        ("lattice:D2,shell=1", True),
        ("lattice:D4,K=24+center", True),
        ("lattice:bcc,shell=1", True),
        ("lattice:E8,K=240+prior:zipf", True),
        ("lattice:Z3,shell=3", False),
        ("lattice:Z2,K=4+perturb:0.1", False),
        ("lattice:Z2,K=5", False),
        ("lattice:E8,K=240+swap-origin", False),
    ],
)
def test_one_code_speaks_for_a_shell_of_minimal_vectors(spec: str, transitive: bool) -> None:
    found = ft.codebook(spec)
    assert isinstance(found, ShellCodebook) is transitive
    plain = ft.ArrayCodebook(found.points)
    one, all_codes = distance_statistics(found), distance_statistics(plain)
    assert dataclasses.astuple(one) == pytest.approx(dataclasses.astuple(all_codes), rel=1e-12)
    assert ft.nearest_distances(found) == pytest.approx(ft.nearest_distances(plain), rel=1e-12)


def test_the_leech_shell_kisses_4600_times() -> None:
    # Inner products 4, 2, 1, 0, -1, -2, -4 of minimal vectors of norm 4: 1, 4600, 47104, 93150, 47104, 4600, 1 [CS98].
    found = distance_statistics(ft.codebook("lattice:Leech,shell=1"))
    assert (found.kissing_max, found.kissing_mean) == (4600, 4600)
    assert (found.d_min, found.d_max) == pytest.approx((2, 4), rel=1e-14)
    assert found.mean_square == pytest.approx(8 * 196560 / 196559, rel=1e-14)
