"""Geometry: mean widths against known expectations, symmetry verdicts, and the record as JSON."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ortho_group

import fsq_theory as ft
from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.codebooks.fsq import bits, fsq
from fsq_theory.codebooks.geometry import geometry
from fsq_theory.codebooks.mean_width import mean_width
from fsq_theory.codebooks.prior_entropy import prior_entropy
from fsq_theory.codebooks.product_codebook import ProductCodebook
from fsq_theory.codebooks.regular import OneHotCodebook
from fsq_theory.codebooks.spec import codebook
from fsq_theory.codebooks.symmetry import distance_invariant, tokens_equivalent
from fsq_theory.errors import TooLargeError


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        # E max of N normals: 1/√π and 3/(2√π); from N = 4 on mpmath at 30 digits:
        #   quad(lambda z: 1 - ncdf(z)**N - ncdf(-z)**N, linspace(0, 12, 25))
        (2, 1 / math.sqrt(math.pi)),
        (3, 1.5 / math.sqrt(math.pi)),
        (4, 1.02937537300396413),
        (5, 1.16296447364051961),
        (10, 1.53875273083517286),
        (100, 2.50759363644168437),
        (50257, 4.23162113585253925),
    ],
)
def test_mean_width_of_one_hot_codes_is_the_expected_maximum_of_normals(tokens: int, expected: float) -> None:
    found = mean_width(OneHotCodebook(tokens))
    assert found.value == pytest.approx(expected, rel=1e-13)
    assert (found.method, found.stderr) == ("quadrature", 0)
    simplex = mean_width(codebook(f"simplex:{tokens}"))
    assert simplex.value == pytest.approx(expected * math.sqrt(tokens / (tokens - 1)), rel=1e-13)


def test_mean_width_of_biorthogonal_codes() -> None:
    # E max(|Z_1|, |Z_2|) = 2/√π; of one it is √(2/π).
    assert mean_width(codebook("biorthogonal:4")).value == pytest.approx(2 / math.sqrt(math.pi), rel=1e-13)
    assert mean_width(codebook("biorthogonal:2")).value == pytest.approx(math.sqrt(2 / math.pi), rel=1e-13)


@pytest.mark.parametrize("levels", [[5], [3, 4], [8, 5, 5, 5], [2] * 64])
def test_mean_width_of_fsq_is_n_times_the_half_range(levels: list[int]) -> None:
    found = mean_width(fsq(levels))
    assert found.value == pytest.approx(len(levels) * math.sqrt(2 / math.pi), rel=1e-14)
    assert found.method == "exact"


@pytest.mark.parametrize("tokens", [2, 3, 4, 7, 64])
def test_mean_width_in_the_plane_is_the_perimeter(tokens: int) -> None:
    perimeter = 2 * tokens * math.sin(math.pi / tokens)
    found = mean_width(codebook(f"psk:{tokens}+scale:3"))
    assert found.value == pytest.approx(3 * perimeter / (2 * math.sqrt(2 * math.pi)), rel=1e-13)
    assert found.method == "exact"


def rotated(points: np.ndarray, seed: int = 0) -> ArrayCodebook:
    turned = points @ ortho_group.rvs(points.shape[1], random_state=seed) + 5
    return ArrayCodebook(turned)


@pytest.mark.parametrize("spec", ["bits:3", "simplex:4", "biorthogonal:6", "fsq:3^3"])
def test_mean_width_in_space_by_edges_agrees_with_closed_forms(spec: str) -> None:
    found = mean_width(rotated(codebook(spec).points))
    assert found.value == pytest.approx(mean_width(codebook(spec)).value, rel=1e-12)
    assert found.method == "exact"


@pytest.mark.parametrize("spec", ["fsq:5", "psk:5", "bits:3"])
def test_codes_in_a_subspace_are_measured_there(spec: str) -> None:
    points = codebook(spec).points
    embedded = np.hstack([points, np.zeros((len(points), 5))])
    found = mean_width(rotated(embedded))
    assert found.value == pytest.approx(mean_width(codebook(spec)).value, rel=1e-12)
    assert found.method == "exact"


def test_thin_codebooks_keep_their_thickness() -> None:
    thin = ArrayCodebook([[-1, 0], [-1, 1e-6], [1, 0], [1, 1.00001e-6]])
    found = mean_width(thin)
    # Sides 1e-6, 2, 1.00001e-6 and √(4 + 1e-22).
    assert found.value == pytest.approx((4 + 2.00001e-6) / (2 * math.sqrt(2 * math.pi)), rel=1e-14)
    assert found.method == "exact"
    box = np.array([[x, y, 1e-5 * z] for x in (0, 1) for y in (0, 2) for z in (0, 1)])
    found = mean_width(rotated(np.hstack([box, np.zeros((8, 2))])))
    assert found.value == pytest.approx((3 + 1e-5) / math.sqrt(2 * math.pi), rel=1e-12)


@pytest.mark.parametrize("offset", [0, 1e3, 1e6])
def test_flat_codebooks_far_from_the_origin(offset: float) -> None:
    flat = np.hstack([codebook("psk:5").points, np.zeros((5, 4))])
    found = mean_width(ArrayCodebook(rotated(flat).points + offset))
    # Five sides; codes at a distance are rounded to an epsilon of it.
    perimeter = 10 * math.sin(math.pi / 5)
    assert found.value == pytest.approx(perimeter / (2 * math.sqrt(2 * math.pi)), rel=1e-14 + 1e-15 * offset)
    assert found.method == "exact"


@pytest.mark.parametrize("spec", ["bits:5", "simplex:8", "biorthogonal:12"])
def test_mean_width_by_monte_carlo_agrees_with_closed_forms(spec: str) -> None:
    exact = mean_width(codebook(spec)).value
    scores = []
    for seed in range(20):
        found = mean_width(rotated(codebook(spec).points, seed), samples=500, seed=seed)
        assert (found.method, found.samples, found.seed) == ("monte-carlo", 500, seed)
        scores.append((found.value - exact) / found.stderr)
    assert abs(np.mean(scores)) < 4 / math.sqrt(20)
    assert np.std(scores) == pytest.approx(1, abs=4 / math.sqrt(40))


def test_monte_carlo_is_reproducible_and_its_error_falls_as_the_root_of_the_samples() -> None:
    cloud = codebook("random:K=64,n=5")
    assert mean_width(cloud, seed=1) == mean_width(cloud, seed=1)
    assert mean_width(cloud, seed=1) != mean_width(cloud, seed=2)
    ratio = mean_width(cloud, 400).stderr / mean_width(cloud, 6400).stderr
    assert ratio == pytest.approx(4, rel=0.2)


def test_mean_width_of_a_product_adds_and_keeps_the_error_of_its_estimates() -> None:
    cloud = codebook("random:K=64,n=5")
    part = mean_width(cloud, 500)
    both = mean_width(ProductCodebook([cloud, cloud, fsq([3])]), 500)
    assert both.value == pytest.approx(2 * part.value + math.sqrt(2 / math.pi), rel=1e-14)
    assert both.stderr == pytest.approx(2 * part.stderr, rel=1e-14)  # one draw, used twice
    assert (both.method, both.samples) == ("monte-carlo", 500)


@given(st.integers(0, 1000), st.floats(0.1, 10))
def test_mean_width_is_homogeneous_and_does_not_feel_translations(seed: int, factor: float) -> None:
    points = np.random.default_rng(seed).standard_normal((12, 3))
    base, moved = mean_width(ArrayCodebook(points)), mean_width(ArrayCodebook(factor * points - 2))
    assert moved.value == pytest.approx(factor * base.value, rel=1e-11)


@pytest.mark.parametrize(
    ("spec", "invariant", "equivalent"),
    [
        ("bits:64", True, True),
        ("fsq:3^8", False, False),
        ("fsq:4^16", False, False),
        ("fsq:2", True, True),
        ("fsq:3", False, False),
        ("onehot:50257", True, True),
        ("simplex:9", True, True),
        ("biorthogonal:8", True, True),
        ("psk:9", True, True),
        ("digits:8,4", True, True),
        ("lattice:E8,K=240", True, True),
        ("lattice:D4,K=24", True, True),
        ("lattice:hexagonal,K=6", True, True),
        ("lattice:D4,box=1", False, False),
        ("hamming8", False, False),
        ("bits:4+permute", True, True),
        ("bits:4+prior:zipf", True, False),
        ("psk:9+prior:zipf", True, False),
        ("bits:4+perturb:0.01", False, False),
        ("random:K=20,n=3,law=sphere", False, False),
    ],
)
def test_symmetry_verdicts(spec: str, invariant: bool, equivalent: bool) -> None:
    assert distance_invariant(codebook(spec)) is invariant
    assert tokens_equivalent(codebook(spec)) is equivalent


@pytest.mark.parametrize("spec", ["psk:9", "simplex:6", "biorthogonal:8", "bits:4", "lattice:E8,K=240"])
def test_equivalence_is_found_in_turned_arrays(spec: str) -> None:
    assert tokens_equivalent(rotated(codebook(spec).points)) is True


def test_equal_norms_alone_prove_nothing() -> None:
    sphere = codebook("random:K=1500,n=3,law=sphere").points
    antipodal = ArrayCodebook(np.concatenate([sphere, -sphere]))
    assert distance_invariant(antipodal) is None
    assert tokens_equivalent(antipodal) is None
    few = ArrayCodebook(np.concatenate([sphere[:20], -sphere[:20]]))
    assert distance_invariant(few) is False


CONTRACT = {
    "codebook": str,
    "K": int,
    "n": int,
    "rate_bits": float,
    "d_min": float,
    "nn_distance_mean": float,
    "kissing_max": int,
    "kissing_mean": float,
    "energy_mean": float,
    "linf": float,
    "mean_width": float,
    "product": bool,
}


JSON_SPECS = ["fsq:3^8", "bits:1000", "onehot:9007199254740992", "simplex:1000000000", "psk:6", "lattice:E8,K=240"]
JSON_SPECS += ["mimi", "digits:1000000,3", "fsq:8,5+stagger:0.5", "onehot:5+prior:zipf", "biorthogonal:8+prior:zipf"]


@pytest.mark.parametrize("spec", JSON_SPECS)
def test_the_row_is_plain_json_without_nan(spec: str) -> None:
    row = geometry(codebook(spec), samples=256).row()
    assert all(type(row[key]) is kind for key, kind in CONTRACT.items())
    assert json.loads(json.dumps(row, allow_nan=False)) == row
    assert row["codebook"] == spec


def test_moments_against_the_list_of_codes() -> None:
    for spec in ["fsq:4,3,convention=rounded", "onehot:6", "simplex:6", "biorthogonal:6", "psk:5", "digits:3,2"]:
        for prior in ("", "+prior:zipf,s=0.7"):
            built = codebook(spec + prior)
            found = geometry(built)
            points, weights = built.points, built.prior
            mean = weights @ points
            assert found.centre_norm == pytest.approx(np.linalg.norm(mean), abs=1e-14)
            assert found.axis_variance == pytest.approx(weights @ (points - mean) ** 2, rel=1e-12)
            assert found.axis_variance_max == pytest.approx((weights @ (points - mean) ** 2).max(), rel=1e-12)
            assert found.energy_mean == pytest.approx(weights @ (points**2).sum(axis=1), rel=1e-13)
            assert found.energy_per_coordinate * built.n == pytest.approx(found.energy_mean, rel=1e-15)
            assert found.prior_entropy == pytest.approx(-(weights @ np.log(weights)), rel=1e-13)
            assert found.uniform_prior is (prior == "")


def test_prior_entropy_of_products_and_of_certain_tokens() -> None:
    assert prior_entropy(bits(64)) == pytest.approx(64 * math.log(2), rel=1e-15)
    coin = ArrayCodebook([[0.0], [1.0]], [0.25, 0.75])
    entropy = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert prior_entropy(ProductCodebook([coin] * 50)) == pytest.approx(50 * entropy, rel=1e-14)
    assert prior_entropy(ArrayCodebook([[0.0], [1.0]], [1.0, 0.0])) == 0


def test_lattice_constants_and_preset_notes_are_shown() -> None:
    row = geometry(codebook("lattice:E8,K=240")).row()
    assert row["lattice_density"] == pytest.approx(math.pi**4 / 384, rel=1e-14)
    assert row["lattice_second_moment"] == pytest.approx(929 / 12960, rel=1e-14)
    assert geometry(codebook("bits:3")).row()["lattice_density"] is None
    assert geometry(codebook("mimi+scale:2"), samples=256).row()["note"].startswith("stand-in")
    assert "2412.10117" in geometry(codebook("cosyvoice2")).row()["note"]


def test_mean_width_of_what_cannot_be_listed() -> None:
    far = ProductCodebook([codebook("random:K=4096,n=4")] * 4)
    assert mean_width(far, 256).method == "monte-carlo"  # factor by factor
    assert ft.geometry(codebook("fsq:4^16")).K == 4**16
    with pytest.raises(TooLargeError):
        _ = codebook("fsq:4^16+permute")


def test_codebooks_as_text():
    for function in (ft.geometry, ft.distance_statistics, ft.mean_width):
        assert repr(function("fsq:3,5")) == repr(function(ft.codebook("fsq:3,5")))
    for function in (ft.nearest_distances, lambda given: ft.distance_distribution(given).counts):
        assert function("fsq:3,5").tolist() == function(ft.codebook("fsq:3,5")).tolist()
    for function in (
        ft.geometry,
        ft.distance_statistics,
        ft.mean_width,
        ft.nearest_distances,
        ft.distance_distribution,
    ):
        with pytest.raises(ft.InputError, match="unknown codebook 'fsk'"):
            function("fsk:3,5")
        with pytest.raises(ft.InputError, match="codebook of type list: expected a codebook or a spec"):
            function([[0.0], [1.0]])
