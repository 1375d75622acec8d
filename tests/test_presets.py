"""Presets: each tokenizer has the K and n that its source gives, and learned ones say that they are stand-ins."""

from __future__ import annotations

import math

import numpy as np
import pytest

import fsq_theory as ft
from fsq_theory.codebooks.presets import PRESETS, preset_of
from fsq_theory.errors import InputError

SIZES = {
    "cosyvoice2": (6561, 8),
    "xcodec2": (65536, 8),
    "bicodec-global": (4096, 6),
    "bicodec-semantic": (8192, 8),
    "cosmos": (64000, 6),
    "flextok": (64000, 6),
    "ifsq": (83521, 4),
    "magvit2": (262144, 18),
    "bsq": (262144, 18),
    "cosyvoice1": (4096, 1280),
    "wavtokenizer": (4096, 512),
    "encodec": (1024, 128),
    "mimi": (2048, 256),
    "ssd-lm": (50265, 50265),
    "tess": (50265, 50265),
    "analog-bits": (256, 8),
    "rdlm": (32768, 96),
    "fsq-256": (240, 3),
    "fsq-1024": (1000, 4),
    "fsq-4096": (4375, 5),
    "fsq-16384": (15360, 5),
    "fsq-65536": (64000, 6),
}

LEARNED = {"bicodec-semantic", "cosyvoice1", "wavtokenizer", "encodec", "mimi"}


def test_the_table_is_the_one_tested_here() -> None:
    assert set(ft.preset_names()) == set(SIZES)
    assert {name for name, preset in PRESETS.items() if preset.is_stand_in} == LEARNED
    assert all(preset.source and preset.note for preset in PRESETS.values())


@pytest.mark.parametrize("name", [name for name in SIZES if name != "bicodec-semantic"])
def test_each_preset_has_its_tokenizers_size_and_the_name_as_typed(name: str) -> None:
    built = ft.codebook(name)
    assert (built.K, built.n) == SIZES[name]
    assert built.name == name


def test_the_fitted_preset() -> None:
    built = ft.codebook("bicodec-semantic")
    assert (built.K, built.n) == SIZES["bicodec-semantic"]
    assert np.linalg.norm(built.points, axis=1) == pytest.approx(1, rel=1e-12)


def test_presets_take_transforms_but_no_arguments() -> None:
    built = ft.codebook("cosyvoice2+scale:0.5")
    assert built.name == "cosyvoice2+scale:0.5"
    assert built.linf == 0.5
    with pytest.raises(InputError, match="cosyvoice2 takes no arguments"):
        ft.codebook("cosyvoice2:8")


def test_the_conventions_that_differ_between_presets() -> None:
    assert np.unique(ft.codebook("xcodec2").codes([0, 1, 2, 3])[:, 0]).tolist() == [-1, -0.5, 0, 0.5]
    for name in ("cosmos", "flextok"):
        eight, five = ft.codebook(name).factors[0], ft.codebook(name).factors[5]
        assert eight.points.ravel().tolist() == [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75]
        assert five.points.ravel().tolist() == [-1, -0.5, 0, 0.5, 1]
    assert np.unique(ft.codebook("bsq").codes([0])) == pytest.approx([-1 / math.sqrt(18)], rel=1e-15)
    assert np.unique(ft.codebook("magvit2").codes([0, 2**18 - 1])).tolist() == [-1, 1]
    assert np.unique(ft.codebook("ssd-lm").codes([0])).tolist() == [-5, 5]


def test_the_preset_behind_a_spec() -> None:
    assert preset_of("mimi+scale:2") is PRESETS["mimi"]
    assert preset_of("fsq:3^8") is None
