"""Seeds: what is refused, everywhere alike, and that every bit of a seed counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fsq_theory as ft
from fsq_theory.codebooks.transforms import permute, perturb
from fsq_theory.seeds import check_seed, jax_key

FSQ = ft.codebook("fsq:3,3")

TAKERS: dict[str, Callable[[Any], Any]] = {
    "random": lambda seed: ft.random_codebook(4, 2, seed=seed),
    "sphere": lambda seed: ft.spherical_codebook(4, 2, seed=seed),
    "vq": lambda seed: ft.vq_codebook(4, 2, seed=seed),
    "rvq": lambda seed: ft.rvq_codebook(2, 2, 2, seed=seed),
    "perturb": lambda seed: perturb(FSQ, 0.1, seed),
    "permute": lambda seed: permute(FSQ, seed),
    "mean width": lambda seed: ft.mean_width(FSQ, seed=seed),
    "geometry": lambda seed: ft.geometry(FSQ, seed=seed),
    "path KL": lambda seed: ft.path_kl(FSQ, gamma_eps=1.0, seed=seed),
    "path KL, simulated": lambda seed: ft.path_kl(FSQ, gamma_eps=1.0, method="mc", seed=seed),
    "girsanov": lambda seed: ft.girsanov([0.0], [1.0], gamma_eps=1.0, seed=seed),
    "bridge": lambda seed: ft.sample_bridge(ft.schedule("vp"), [0.0], [1.0], [0.5], paths=2, seed=seed),
}


@pytest.mark.parametrize("name", TAKERS)
def test_refused_alike(name: str) -> None:
    with pytest.raises(ft.InputError) as caught:
        TAKERS[name](-1)
    assert str(caught.value) == "seed -1: expected an integer of at least 0"
    with pytest.raises(ft.InputError, match=r"seed 1\.5: expected an integer of at least 0"):
        TAKERS[name](1.5)


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**64, 2**200])
def test_any_size(seed: int) -> None:
    assert check_seed(seed) == seed


def test_numpy_integers_are_seeds() -> None:
    seed = check_seed(np.int64(7))  # type: ignore[arg-type]
    assert seed == 7
    assert type(seed) is int


def test_keys_differ_in_every_bit_of_the_seed() -> None:
    import jax

    seeds = [0, *(2**power for power in range(0, 256, 5)), 2**32 + 1, 2**64 + 1]
    keys = {tuple(np.asarray(jax.random.key_data(jax_key(seed))).tolist()) for seed in seeds}
    assert len(keys) == len(seeds)


def test_keys_do_not_depend_on_the_precision_in_force() -> None:
    import jax

    here = np.asarray(jax.random.key_data(jax_key(5)))
    with jax.enable_x64(True):
        there = np.asarray(jax.random.key_data(jax_key(5)))
    with jax.enable_x64(False):
        narrow = np.asarray(jax.random.key_data(jax_key(5)))
    assert here.tolist() == there.tolist() == narrow.tolist()
    assert here.min() > 0  # neither half of the word is cut off
