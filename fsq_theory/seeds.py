"""Seeds: integers of at least 0, of any size; the same seed gives the same bits."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .errors import InputError


def check_seed(seed: int) -> int:
    """The seed as a Python integer.

    Raises:
        InputError: for a negative number, or one that is not an integer.
    """
    try:
        whole = operator.index(seed)
    except TypeError:
        raise InputError(f"seed {seed!r}: expected an integer of at least 0") from None
    if whole < 0:
        raise InputError(f"seed {whole}: expected an integer of at least 0")
    return whole


def jax_key(seed: int) -> Any:
    """A key of JAX from a seed of any size, which JAX itself would cut to 32 or 64 bits.

    NumPy's ``SeedSequence`` folds it to a word of 63 bits, so that all of its bits count.

    Raises:
        InputError: as :func:`check_seed`.
    """
    word = int(np.random.SeedSequence(check_seed(seed)).generate_state(1, np.uint64)[0] >> 1)
    import jax

    with jax.enable_x64(True):
        return jax.random.key(word)
