"""Random codebooks: their laws by moments and supports, and reproducibility."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fsq_theory.codebooks.random_codes import random_codebook
from fsq_theory.errors import InputError, TooLargeError

K = 20_000


@pytest.mark.parametrize(
    ("law", "second", "fourth"),
    [
        ("box", 1 / 3, 1 / 5),
        ("gauss", 1.0, 3.0),
        ("sphere", 1 / 4, 3 / (4 * 6)),
        # The largest coordinate is ±1; the other three are then uniform in [−1, 1].
        ("linf", (1 + 3 / 3) / 4, (1 + 3 / 5) / 4),
    ],
)
def test_moments_of_each_law(law, second, fourth):
    """Averages over coordinates within four standard errors, estimated over independent vectors."""
    points = random_codebook(K, 4, law).points
    for power, expected in ((1, 0.0), (2, second), (3, 0.0), (4, fourth)):
        means = (points**power).mean(axis=1)
        assert abs(means.mean() - expected) <= 4 * means.std(ddof=1) / math.sqrt(K) + 1e-12


def test_supports():
    assert np.abs(random_codebook(K, 3, "box").points).max() < 1
    assert np.all(np.abs(random_codebook(K, 3, "linf").points).max(axis=1) == 1)
    np.testing.assert_allclose(np.linalg.norm(random_codebook(K, 3, "sphere").points, axis=1), 1, rtol=1e-15)


def test_faces_of_the_box_are_equally_likely():
    points = random_codebook(K, 5, "linf").points
    face = np.abs(points).argmax(axis=1)
    counts = np.bincount(2 * face + (points[np.arange(K), face] > 0), minlength=10)
    chi_square = np.square(counts - K / 10).sum() / (K / 10)
    assert chi_square < 27.9  # the 99.9 % point with nine degrees of freedom


@pytest.mark.parametrize("law", ["box", "linf", "sphere", "gauss"])
def test_same_seed_same_bits(law):
    first, again, other = (random_codebook(50, 3, law, seed) for seed in (4, 4, 5))
    assert first.points.tobytes() == again.points.tobytes()
    assert first.points.tobytes() != other.points.tobytes()
    assert first.name == f"random:K=50,n=3,law={law},seed=4"


@pytest.mark.parametrize("law", ["linf", "sphere"])
def test_on_a_line_two_points_are_all_there_are(law):
    assert sorted(random_codebook(2, 1, law, seed=3).points.ravel()) == [-1, 1]
    with pytest.raises(InputError, match="only the two points"):
        random_codebook(3, 1, law)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"K": 5, "n": 2, "law": "cube"}, "law 'cube': expected one of box, linf, sphere, gauss"),
        ({"K": 1, "n": 2}, "K=1"),
        ({"K": 5, "n": 0}, "n=0"),
        ({"K": 5, "n": 2, "seed": -2}, "seed -2"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(InputError, match=message):
        random_codebook(**arguments)


def test_too_large():
    with pytest.raises(TooLargeError, match="100000000 tokens"):
        random_codebook(10**8, 8)
