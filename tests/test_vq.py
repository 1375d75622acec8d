"""VQ and RVQ codebooks fitted by k-means."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest

from fsq_theory.codebooks import vq
from fsq_theory.codebooks.vq import rvq_codebook, vq_codebook
from fsq_theory.errors import InputError, MissingExtraError, TooLargeError

pytest.importorskip("sklearn")


def clusters(counts, centres, spread=0.01, seed=0):
    rng = np.random.Generator(np.random.PCG64(seed))
    return np.concatenate([c + spread * rng.standard_normal((m, len(c))) for m, c in zip(counts, centres, strict=True)])


def distortion(points, samples):
    return np.square(samples[:, None] - points[None]).sum(axis=2).min(axis=1).mean()


CENTRES = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 7.0]])


def test_separated_clusters_are_found_at_their_means():
    data = clusters((200, 100, 100), CENTRES)
    codebook = vq_codebook(3, data=data, empirical_prior=True)
    means = np.array([data[:200].mean(axis=0), data[200:300].mean(axis=0), data[300:].mean(axis=0)])
    order = [int(np.linalg.norm(codebook.points - m, axis=1).argmin()) for m in means]
    np.testing.assert_allclose(codebook.points[order], means, atol=1e-12)
    np.testing.assert_allclose(codebook.prior[order], [0.5, 0.25, 0.25], atol=1e-12)


def test_prior_is_uniform_unless_asked_otherwise():
    assert vq_codebook(3, data=clusters((200, 100, 100), CENTRES)).is_uniform


def test_codes_are_near_the_best_quantiser_of_the_gaussian():
    """K = 4 on the line: Lloyd and Max's quantiser has codes ±0.4528, ±1.510 and distortion 0.1175 (Max 1960)."""
    data = np.random.Generator(np.random.PCG64(1)).standard_normal((40_000, 1))
    codebook = vq_codebook(4, data=data)
    # A centre is the mean of some 10 000 samples, and the centres move together: a few hundredths.
    np.testing.assert_allclose(np.sort(codebook.points.ravel()), [-1.510, -0.4528, 0.4528, 1.510], atol=0.06)
    assert distortion(codebook.points, data) == pytest.approx(0.1175, rel=0.03)


def test_mini_batches_use_every_code_in_many_dimensions(monkeypatch):
    monkeypatch.setattr(vq, "FULL_BATCH", 0)
    codebook = vq_codebook(256, 32, empirical_prior=True)
    assert codebook.prior.min() > 0
    # An ideal quantiser of this rate has codes of energy 32 (1 − 256^(−2/32)) = 9.4; the samples have 32.
    assert codebook.energy < 16


def test_normalised_codes_have_unit_norm():
    codebook = vq_codebook(8, 3, normalize=True)
    np.testing.assert_allclose(np.linalg.norm(codebook.points, axis=1), 1, rtol=1e-14)
    assert codebook.name == "vq:K=8,n=3,seed=0,normalize=true"


def test_same_seed_same_bits():
    first, again, other = (vq_codebook(8, 3, seed=seed) for seed in (1, 1, 2))
    assert first.points.tobytes() == again.points.tobytes()
    assert first.points.tobytes() != other.points.tobytes()


def test_residual_codes_are_all_sums_of_stage_codes():
    codebook = rvq_codebook(3, 3, n=2, seed=4)
    assert (codebook.K, codebook.n) == (27, 2)
    for digits in itertools.product(range(3), repeat=3):
        token = digits[0] + 3 * digits[1] + 9 * digits[2]
        expected = sum(stage[d] for stage, d in zip(codebook.stages, digits, strict=True))
        np.testing.assert_allclose(codebook.points[token], expected, rtol=1e-14, atol=1e-14)


def test_more_stages_leave_less():
    data = np.random.Generator(np.random.PCG64(1)).standard_normal((600, 3))
    left = [distortion(rvq_codebook(4, stages, data=data).points, data) for stages in (1, 2, 3)]
    assert left[0] > 1.5 * left[1] > 1.5**2 * left[2]


def test_residual_stages_find_a_sum_of_two_grids():
    coarse, fine = np.array([[-10.0], [0.0], [10.0]]), np.array([[-1.0], [0.0], [1.0]])
    data = np.repeat((coarse + fine.T).reshape(-1, 1), 20, axis=0)
    codebook = rvq_codebook(3, 2, data=data, empirical_prior=True)
    np.testing.assert_allclose(np.sort(codebook.points.ravel()), np.sort((coarse + fine.T).ravel()), atol=1e-12)
    np.testing.assert_allclose(codebook.prior, 1 / 9, atol=1e-12)


def test_scaling_and_centring_keep_stages_honest():
    codebook = rvq_codebook(3, 2, n=2)
    doubled = codebook.scaled(2.0)
    np.testing.assert_allclose(doubled.stages[0][1] + doubled.stages[1][2], doubled.points[1 + 3 * 2], rtol=1e-14)
    assert not hasattr(codebook.centred(), "stages")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"K": 4}, "expected the dimension n"),
        ({"K": 1, "n": 2}, "K=1"),
        ({"K": 4, "n": 2, "seed": -1}, "seed -1"),
        ({"K": 4, "data": np.zeros((3, 2, 2))}, r"shape \(3, 2, 2\): expected \(samples, n\)"),
        ({"K": 4, "data": [[1.0, 2.0], [3.0]]}, "rows of equal length"),
        ({"K": 4, "data": [["a"]]}, "not numbers"),
        ({"K": 4, "n": 3, "data": np.eye(5)}, "5 dimensions: expected n=3"),
        ({"K": 4, "data": np.array([[0.0, np.nan]] * 5)}, "NaN in coordinate 1"),
        ({"K": 4, "data": np.eye(3)}, "3 samples for K=4"),
        ({"K": 4, "data": np.repeat(np.eye(3), 5, axis=0)}, "3 distinct samples for K=4"),
        ({"K": 2, "data": np.array([[1.0, 1.0], [0.0, 0.0], [2.0, 1.0]]), "normalize": True}, "sample 1 is the zero"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(InputError, match=message):
        vq_codebook(**arguments)


def test_bad_residual_input():
    with pytest.raises(InputError, match="0 stages"):
        rvq_codebook(4, 0, n=2)
    with pytest.raises(TooLargeError, match=f"{1024**4} tokens"):
        rvq_codebook(1024, 4, n=8)


def test_missing_library_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    with pytest.raises(MissingExtraError, match=r"needs scikit-learn: pip install 'fsq-theory\[vq\]'"):
        vq_codebook(4, 2)
