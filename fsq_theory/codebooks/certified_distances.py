"""Distances between codes as exact square roots, and D(E) enclosed in balls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..balls.arithmetic import Ball

BITS = 128


@dataclass(frozen=True)
class CertifiedDistances:
    """Nearest-neighbour distances of a listed codebook, exact.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        d_min_square: d_min², exact.
        d_min: d_min, enclosed.
        nn_mean: D(E) = (1/K) Σ_i min_{j≠i} ‖e_i − e_j‖, enclosed.
        nearest_squares: the different values of min_{j≠i} ‖e_i − e_j‖², each with the number of tokens that have it.
    """

    codebook: str
    K: int
    n: int
    d_min_square: Fraction
    d_min: Ball
    nn_mean: Ball
    nearest_squares: Sequence[tuple[Fraction, int]]


def certified_distances(codebook: Any, *, bits: int = BITS) -> CertifiedDistances:
    """D(E) and d_min, enclosed.  Codebook: a codebook, a spec, or rows of exact numbers."""
    raise NotImplementedError
