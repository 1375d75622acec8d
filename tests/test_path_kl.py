"""Path KL: brute force over pairs, closed values, simulation, huge codebooks and messages."""

from __future__ import annotations

import itertools
import json
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.codebooks.fsq import bits, fsq
from fsq_theory.codebooks.product_codebook import ProductCodebook
from fsq_theory.codebooks.regular import BiorthogonalCodebook, OneHotCodebook, PskCodebook, SimplexCodebook
from fsq_theory.codebooks.spec import codebook
from fsq_theory.errors import InputError
from fsq_theory.paths import simulated
from fsq_theory.paths.pairs import closest_pair, farthest_pair, nearest_neighbours
from fsq_theory.paths.path_kl import path_kl
from fsq_theory.paths.simulated import random_pairs, random_tokens
from fsq_theory.schedules import schedule


def cloud(K, n, seed=0):
    return ArrayCodebook(np.random.default_rng(seed).normal(size=(K, n)), name=f"cloud {K}x{n}")


CODEBOOKS = [
    fsq([8, 5, 5]),
    fsq([3, 3, 2], convention="rounded"),
    bits(5),
    OneHotCodebook(7),
    SimplexCodebook(6),
    BiorthogonalCodebook(8),
    BiorthogonalCodebook(2),
    PskCodebook(5),
    cloud(40, 3),
    cloud(30, 20),
    ProductCodebook([cloud(5, 2), OneHotCodebook(3), PskCodebook(8)]),
]
names = [codebook.name for codebook in CODEBOOKS]


def squares(codebook):
    gaps = codebook.points[:, None] - codebook.points[None]
    return np.sum(gaps**2, axis=-1)


def others(codebook):
    """‖e_i − e_j‖² over ordered pairs of different tokens, shape (K, K−1)."""
    return squares(codebook)[~np.eye(codebook.K, dtype=bool)].reshape(codebook.K, codebook.K - 1)


@pytest.mark.parametrize("codebook", CODEBOOKS, ids=names)
@pytest.mark.parametrize(("gamma_T", "pinned", "factor"), [(0.0, True, 1.5), (1.0, True, 1.0), (1.0, False, 1.5)])
def test_statistics_over_all_pairs(codebook, gamma_T, pinned, factor):
    got, d2 = path_kl(codebook, gamma_eps=3.0, gamma_T=gamma_T, pinned=pinned), others(codebook)
    assert got.min == pytest.approx(factor * d2.min(), rel=1e-12)
    assert got.mean == pytest.approx(factor * d2.mean(), rel=1e-12)
    assert got.max == pytest.approx(factor * d2.max(), rel=1e-12)
    assert got.nearest_mean == pytest.approx(factor * d2.min(axis=1).mean(), rel=1e-12)
    assert (got.method, got.stderr, got.K, got.n) == ("closed", None, codebook.K, codebook.n)


@pytest.mark.parametrize("codebook", CODEBOOKS, ids=names)
def test_one_pair(codebook):
    for i, j in itertools.islice(itertools.permutations(range(codebook.K), 2), 0, None, max(1, codebook.K)):
        got = path_kl(codebook, gamma_eps=3.0, pair=(i, j))
        assert got.kl == pytest.approx(1.5 * squares(codebook)[i, j], rel=1e-12)
        assert got.pair == (i, j)
    assert path_kl(codebook, gamma_eps=3.0, pair=(1, 1)).kl == 0


def test_cdcd_tts_value():
    # FSQ 3^8 at ε = 0.1: neighbours are 1 apart, so half of γ_ε = 0.81/0.19.
    got = path_kl(fsq([3] * 8), schedule="cdcd-tts", eps=0.1)
    assert got.gamma_eps == pytest.approx(0.81 / 0.19, rel=1e-15)
    assert got.min == pytest.approx(0.81 / 0.38, rel=1e-15)
    assert got.nearest_mean == pytest.approx(0.81 / 0.38, rel=1e-14)
    assert got.max == pytest.approx(32 * 0.81 / 0.38, rel=1e-14)
    assert got.gamma_T == 0


def test_schedules_and_snrs_say_the_same():
    made = schedule("vp")
    by_time = path_kl(fsq([5, 5]), schedule=made, eps=0.05, T=0.9)
    by_snr = path_kl(fsq([5, 5]), gamma_eps=made.snr(0.05), gamma_T=made.snr(0.9))
    assert by_time == by_snr


def test_sixty_four_bits():
    got = path_kl(bits(64), gamma_eps=2.0)
    # Hamming distance h gives ‖·‖² = 4h; over different tokens its mean is 32·2^64/(2^64 − 1).
    assert (got.min, got.max, got.nearest_mean) == pytest.approx((4, 256, 4), rel=1e-14)
    assert got.mean == pytest.approx(128, rel=1e-14)
    assert path_kl(bits(64), gamma_eps=2.0, pair=(0, 2**64 - 1)).kl == pytest.approx(256, rel=1e-14)
    assert path_kl(bits(64), gamma_eps=2.0, pair=(2**63 + 1, 2**63)).kl == pytest.approx(4, rel=1e-14)


def test_large_codebooks():
    assert path_kl(fsq([4] * 16), gamma_eps=2.0).min == pytest.approx(4 / 9, rel=1e-14)
    codebook = cloud(65536, 4)
    got = path_kl(codebook, gamma_eps=2.0)
    centred = codebook.points - codebook.points.mean(axis=0)
    assert got.mean == pytest.approx(2 * np.sum(centred**2) / 65535, rel=1e-10)
    i = 12345
    gaps = np.sum((codebook.points - codebook.points[i]) ** 2, axis=1)
    assert got.min <= np.sort(gaps)[1]
    assert got.max >= gaps.max()


positive = st.floats(1e-6, 1e6)


@given(st.tuples(positive, positive, positive).map(sorted))
def test_stretches_of_a_path_add_up(gammas):
    low, middle, high = gammas
    early, late = (path_kl(bits(3), gamma_eps=g, gamma_T=h) for g, h in ((middle, low), (high, middle)))
    whole = path_kl(bits(3), gamma_eps=high, gamma_T=low)
    free = path_kl(bits(3), gamma_eps=high, gamma_T=low, pinned=False)
    for name in ("min", "mean", "max", "nearest_mean"):
        parts = getattr(early, name) + getattr(late, name)
        assert getattr(whole, name) >= 0
        assert parts == pytest.approx(getattr(whole, name), rel=1e-12, abs=1e-13 * getattr(free, name))
        assert getattr(free, name) >= getattr(whole, name)
    assert whole.min <= whole.mean <= whole.max


@given(st.floats(0.01, 100), st.integers(0, 2**32 - 1))
def test_scale_rotation_and_relabelling(scale, seed):
    noise = np.random.default_rng(seed)
    codebook = cloud(12, 3)
    turn, _ = np.linalg.qr(noise.normal(size=(3, 3)))
    moved = ArrayCodebook(scale * codebook.points[noise.permutation(12)] @ turn + noise.normal(size=3))
    got, want = path_kl(moved, gamma_eps=1.0), path_kl(codebook, gamma_eps=scale**2)
    for name in ("min", "mean", "max", "nearest_mean"):
        assert getattr(got, name) == pytest.approx(getattr(want, name), rel=1e-9)


@pytest.mark.parametrize(
    "codebook",
    [*CODEBOOKS, bits(64), fsq([4] * 16), OneHotCodebook(500), BiorthogonalCodebook(60_000)],
    ids=lambda c: c.name,
)
def test_simulation_agrees(codebook):
    closed = path_kl(codebook, gamma_eps=0.6, gamma_T=0.1)
    got = path_kl(codebook, gamma_eps=0.6, gamma_T=0.1, method="mc", paths=2000, steps=3, seed=4)
    for name in ("min", "mean", "max", "nearest_mean"):
        stderr = got.stderr if name == "mean" else getattr(got, f"stderr_{name}")
        assert stderr > 0
        assert abs(getattr(got, name) - getattr(closed, name)) < 4 * stderr, name


@pytest.mark.parametrize("integrator", ["exact", "euler"])
@pytest.mark.parametrize("T", [1.0, 0.8])
@pytest.mark.parametrize("pinned", [True, False])
def test_simulation_of_a_pair_on_a_schedule(integrator, T, pinned):
    pair = (2**63 + 5, 2**64 - 1)
    said = {"schedule": "cdcd-tts", "eps": 0.5, "T": T, "pair": pair, "pinned": pinned}
    closed = path_kl(bits(64), **said)
    got = path_kl(bits(64), **said, method="mc", integrator=integrator, paths=4000, steps=200)
    # Euler's left ends miss about h/2 · dγ/dt/γ, 1 % here; exact transitions miss nothing.
    slack = 0.015 * closed.kl if integrator == "euler" else 0
    assert abs(got.kl - closed.kl) < 4 * got.stderr + slack
    assert (got.method, got.paths, got.steps, got.integrator, got.seed) == ("mc", 4000, 200, integrator, 0)


def test_same_seed_same_bits():
    runs = [path_kl(bits(8), gamma_eps=0.5, method="mc", paths=100, steps=2, seed=seed) for seed in (0, 0, 1)]
    assert runs[0] == runs[1]
    assert runs[0].mean != runs[2].mean


@pytest.mark.parametrize("codebook", CODEBOOKS, ids=names)
def test_pairs_by_brute_force(codebook):
    d2, rest = squares(codebook), others(codebook)
    assert d2[closest_pair(codebook)] == pytest.approx(rest.min(), rel=1e-12)
    assert d2[farthest_pair(codebook)] == pytest.approx(rest.max(), rel=1e-12)
    tokens = list(range(codebook.K))[::-1]
    near = nearest_neighbours(codebook, tokens)
    assert all(i != j for i, j in zip(tokens, near, strict=True))
    assert [d2[i, j] for i, j in zip(tokens, near, strict=True)] == pytest.approx(rest.min(axis=1)[::-1], rel=1e-12)


def test_random_tokens_are_uniform_and_pairs_differ():
    noise = np.random.default_rng(0)
    counts = np.bincount(random_tokens(6, 12_000, noise), minlength=6)
    assert counts.sum() == 12_000
    assert np.sum((counts - 2_000) ** 2 / 2_000) < 20.5  # χ² with 5 degrees of freedom, 0.1 %
    first, second = random_pairs(3, 12_000, noise)
    table = np.zeros((3, 3))
    np.add.at(table, (first, second), 1)
    assert np.diag(table).tolist() == [0, 0, 0]
    assert np.sum((table[~np.eye(3, dtype=bool)] - 2_000) ** 2 / 2_000) < 20.5
    huge = random_tokens(2**200, 2000, noise)
    assert all(0 <= token < 2**200 for token in huge)
    assert abs(sum(token >= 2**199 for token in huge) - 1000) < 90


def test_rows():
    keys = ["codebook", "K", "n", "gamma_eps", "gamma_T"]
    row = path_kl(bits(64), gamma_eps=1.0).row()
    assert {*keys, "min", "mean", "max", "nearest_mean", "method", "stderr"} <= set(row)
    assert json.loads(json.dumps(row))["K"] == 2**64
    row = path_kl(bits(3), gamma_eps=1.0, pair=(0, 3)).row()
    assert row["pair"] == [0, 3]
    assert row["kl"] == pytest.approx(4)
    assert "min" not in row
    row = path_kl(bits(3), gamma_eps=1.0, method="mc", paths=10, steps=2).row()
    assert {"stderr", "stderr_min", "stderr_max", "stderr_nearest_mean", "paths", "steps", "integrator", "seed"} <= set(
        row
    )
    json.dumps(row, allow_nan=False)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "where paths stop is missing: expected gamma_eps, or schedule and eps"),
        ({"schedule": "vp"}, "schedule vp without eps: expected the time at which paths stop"),
        ({"eps": 0.1}, "expected a schedule with them"),
        ({"gamma_eps": 1.0, "T": 0.5}, "expected a schedule with them"),
        ({"gamma_eps": 1.0, "schedule": "vp", "eps": 0.1}, "SNR is said twice"),
        ({"gamma_T": 1.0, "schedule": "vp", "eps": 0.1}, "SNR is said twice"),
        ({"schedule": "vp", "eps": 0.0}, "eps = 0: SNR is infinite there and the path KL diverges"),
        ({"gamma_eps": math.inf}, "gamma_eps = inf: SNR is infinite there and the path KL diverges"),
        ({"gamma_eps": math.nan}, "gamma_eps = nan"),
        ({"gamma_eps": -1.0}, "gamma_eps = -1, gamma_T = 0: expected gamma_eps >= gamma_T"),
        ({"gamma_eps": 1.0, "gamma_T": 2.0}, "gamma_eps = 1, gamma_T = 2: expected gamma_eps >= gamma_T"),
        ({"gamma_eps": 1.0, "gamma_T": -2.0}, "gamma_T = -2: expected a finite SNR of at least 0"),
        ({"gamma_eps": 1.0, "gamma_T": math.nan}, "gamma_T = nan"),
        ({"schedule": "vp", "eps": 0.5, "T": 0.5}, "eps = 0.5, T = 0.5: expected 0 <= eps < T <= 1"),
        ({"schedule": "vp", "eps": -0.5}, "expected 0 <= eps < T <= 1"),
        ({"schedule": "vp", "eps": 0.5, "T": 1.5}, "expected 0 <= eps < T <= 1"),
        ({"schedule": "no", "eps": 0.5}, "unknown schedule 'no'"),
        ({"gamma_eps": 1.0, "method": "exact"}, "method 'exact': expected one of closed, mc"),
        ({"gamma_eps": 1.0, "pair": (0, 4)}, "token 4 is not in bits:2: tokens are 0 to 3"),
        ({"gamma_eps": 1.0, "pair": (-1, 1)}, "token -1 is not in bits:2"),
        ({"gamma_eps": 1.0, "pair": (0, 1, 2)}, "pair of 3 tokens: expected 2"),
        ({"gamma_eps": 1.0, "method": "mc", "integrator": "euler"}, "integrator 'euler' without a schedule"),
        ({"gamma_eps": 1.0, "method": "mc", "paths": 1}, "1 paths: expected at least 2"),
        ({"gamma_eps": 1.0, "method": "mc", "seed": -1}, "seed -1: expected an integer of at least 0"),
        ({"gamma_eps": 1.0, "method": "mc", "steps": 0}, "0 steps: expected at least 1"),
        ({"gamma_eps": 1.0, "integrator": "heun"}, "integrator 'heun': expected one of exact, euler"),
        ({"gamma_eps": 1.0, "integrator": "euler"}, "integrator 'euler' without a schedule"),
        ({"gamma_eps": 1.0, "paths": 1}, "1 paths: expected at least 2"),
        ({"gamma_eps": 1.0, "paths": 2.5}, "2.5 paths: expected a whole number"),
        ({"gamma_eps": 1.0, "steps": 0}, "0 steps: expected at least 1"),
        ({"gamma_eps": 1.0, "paths": 10**8 + 1}, "100000001 paths: expected at most 100000000"),
        ({"gamma_eps": 1.0, "steps": 10**7 + 1}, "10000001 steps: expected at most 10000000"),
        ({"gamma_eps": 1.0, "paths": 10**6, "steps": 10**7}, "expected a product of at most 1000000000000"),
    ],
)
def test_bad_input(said, message):
    with pytest.raises(InputError) as caught:
        path_kl(bits(2), **said)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_codebooks_as_text():
    assert path_kl("bits:3", gamma_eps=2.0) == path_kl(codebook("bits:3"), gamma_eps=2.0)
    with pytest.raises(InputError, match="unknown codebook 'fsk'"):
        path_kl("fsk:3", gamma_eps=2.0)
    with pytest.raises(InputError, match="codebook of type ndarray: expected a codebook or a spec"):
        path_kl(np.eye(3), gamma_eps=2.0)


def test_many_random_pairs_are_drawn_in_batches(monkeypatch):
    """Each batch is a new draw: the estimate stays right, and no list is longer than a batch."""
    monkeypatch.setattr(simulated, "_BATCH", 1000)
    sizes = []
    draw = simulated.random_tokens
    counted = lambda K, count, noise: sizes.append(count) or draw(K, count, noise)  # noqa: E731
    monkeypatch.setattr(simulated, "random_tokens", counted)
    found = path_kl("fsq:3,3", gamma_eps=1.0, method="mc", paths=4500, steps=1)
    assert max(sizes) == 1000
    assert sum(sizes) == 3 * 4500
    exact = path_kl("fsq:3,3", gamma_eps=1.0)
    assert abs(found.mean - exact.mean) < 4 * found.stderr
    assert abs(found.nearest_mean - exact.nearest_mean) < 4 * found.stderr_nearest_mean


def test_closed_form_loads_neither_jax_nor_sympy():
    code = (
        "import sys, fsq_theory as ft\n"
        "print(ft.path_kl(ft.bits(64), gamma_eps=1.0).min, {'jax', 'sympy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2.0", "set()"]
