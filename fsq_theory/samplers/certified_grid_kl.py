"""What an N-step ancestral sampler costs on a grid of SNRs, enclosed in balls: ½ Σ mmse Δγ − ΔI from its pieces.

Beside :mod:`.grid_kl`, which computes the same in float64.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb

from ..balls.arithmetic import ball, precision, rational
from ..balls.enclosure import Enclosure, check_bits, total
from ..codebooks.codebook import Codebook
from ..codebooks.spec import as_codebook
from ..denoiser.information.certified_parts import Parts, parts_of
from ..errors import InputError

BITS = 64

TRIES = 4
"""Times that the accuracy of the pieces is raised until that of their difference is reached."""


@dataclass(frozen=True)
class CertifiedSamplerKL:
    """The path KL of an N-step ancestral sampler, enclosed, nats.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        steps: N.
        grid: the SNRs γ_0 < … < γ_N, exact.
        kl: ½ Σ_i mmse(γ_i)(γ_{i+1} − γ_i) − [I(γ_N) − I(γ_0)].
        bits: relative accuracy asked for.
    """

    codebook: str
    K: int
    n: int
    steps: int
    grid: tuple[Fraction, ...]
    kl: Enclosure
    bits: int


def certified_sampler_kl(codebook: Codebook | str, grid_snr: Iterable[Any], *, bits: int = BITS) -> CertifiedSamplerKL:
    """KL = ½ Σ_i mmse(γ_i)(γ_{i+1} − γ_i) − [I(γ_N) − I(γ_0)] of an ancestral sampler on a grid of SNRs, enclosed.

    On a fine grid it is a small difference: the pieces are taken to more bits until it has as many as asked for.

    Args:
        codebook: codes on a line, grids, one-hot codes and products, as for :func:`fsq_theory.certified_information`.
        grid_snr: SNRs γ = (α/σ)², exact numbers, increasing, at least 2; the first may be 0.
        bits: relative accuracy aimed at.

    Raises:
        InputError: for another codebook, or a grid that is not as above.
    """
    check_bits(bits)
    grid = tuple(rational(value) for value in grid_snr)
    if len(grid) < 2:
        raise InputError(f"grid of {len(grid)} SNRs: expected at least 2")
    if grid[0] < 0:
        raise InputError(f"SNR {grid[0]} in the grid: expected finite numbers of at least 0")
    for before, after in pairwise(grid):
        if not before < after:
            raise InputError(f"SNR {after} after {before}: expected SNRs that increase along the grid")
    made = as_codebook(codebook)
    parts, found, more = parts_of(made), Enclosure(arb(0), arb("inf")), 8
    for _ in range(TRIES):
        with precision(bits + more + 32):
            found = _grid_kl(parts, grid, bits + more)
        got = found.accuracy_bits()
        if got >= bits or not found.upper > 0:
            break
        more += int(bits - got) + 2 if got > 0 else bits
    return CertifiedSamplerKL(made.name, made.K, made.n, len(grid) - 1, grid, found, bits)


def _grid_kl(parts: Parts, grid: tuple[Fraction, ...], bits: int) -> Enclosure:
    """The KL at one accuracy of the pieces."""
    low, high = arb(0), arb(0)
    for start, stop in pairwise(grid):
        mmse = total((part.mmse(start, bits), count) for part, count in parts)
        half = ball((stop - start) / 2)
        low, high = (low + mmse.lower * half).lower(), (high + mmse.upper * half).upper()
    # ΔI as a difference of information is accurate at low SNR, as one of posterior entropies at high SNR.
    ends = [[part.at(gamma, bits) for part, _ in parts] for gamma in (grid[0], grid[-1])]
    first, last = (
        [total((found[i], m) for found, (_, m) in zip(end, parts, strict=True)) for i in (0, 1)] for end in ends
    )
    least = max((last[0].lower - first[0].upper).lower(), (first[1].lower - last[1].upper).lower())
    most = min((last[0].upper - first[0].lower).upper(), (first[1].upper - last[1].lower).upper())
    return Enclosure(max((low - most).lower(), arb(0)), (high - least).upper())
