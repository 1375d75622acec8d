"""Finite scalar quantisation: product lattices in the box [−1, 1]^n [M23], and bits {±1}^n."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from ..arrays import Array
from ..errors import InputError
from .array_codebook import ArrayCodebook
from .product_codebook import ProductCodebook

CONVENTIONS = ("symmetric", "rounded")


def level_values(levels: int, convention: str = "symmetric") -> Array:
    """The values of one FSQ coordinate, shape (L,), ascending.

    ``symmetric``: −1 + 2k/(L−1).  ``rounded``: (k − ⌊L/2⌋)/⌊L/2⌋, the reference code's, {−1, …, 1 − 2/L} with mean
    −1/L for even L; the two agree for odd L [M23].

    Args:
        levels: L, at least 2.
        convention: ``symmetric`` or ``rounded``.

    Raises:
        InputError: for fewer than 2 levels, or another convention.
    """
    if levels < 2:
        raise InputError(f"FSQ with {levels} levels: expected at least 2 in each coordinate")
    if convention not in CONVENTIONS:
        raise InputError(f"convention {convention!r}: expected one of {', '.join(CONVENTIONS)}")
    index = np.arange(levels)
    if convention == "rounded":
        return (index - levels // 2) / (levels // 2)
    return (2 * index - (levels - 1)) / (levels - 1)


def fsq(levels: Sequence[int], convention: str = "symmetric", name: str | None = None) -> ProductCodebook:
    """FSQ: Π_i {level values of L_i}, K = Π_i L_i tokens in n = len(levels) dimensions, uniform prior, lazy.

    Args:
        levels: L_1, …, L_n, each at least 2.
        convention: ``symmetric`` (grid on [−1, 1]) or ``rounded`` (see :func:`level_values`).
        name: how tables call it; the spec by default.

    Raises:
        InputError: for no levels, fewer than 2 levels, or an unknown convention.
    """
    if not levels:
        raise InputError("FSQ without levels: expected at least one, as in fsq:8,5,5,5")
    checked = [int(L) for L in levels]
    axes = {L: ArrayCodebook(level_values(L, convention)[:, None], name=f"levels:{L}") for L in set(checked)}
    if name is None:
        runs = [(L, len(list(run))) for L, run in groupby(checked)]
        name = "fsq:" + ",".join(f"{L}^{count}" if count > 1 else str(L) for L, count in runs)
        name += "" if convention == "symmetric" else f",convention={convention}"
    return ProductCodebook([axes[L] for L in checked], name)


def bits(n: int, name: str | None = None) -> ProductCodebook:
    """{±1}^n: FSQ of base 2, look-up-free quantisation, analog bits.  K = 2^n, lazy.

    Args:
        n: bits, at least 1.
        name: how tables call it; the spec by default.

    Raises:
        InputError: for n below 1.
    """
    if n < 1:
        raise InputError(f"bits:{n}: expected at least 1 bit")
    return fsq([2] * n, name=name or f"bits:{n}")
