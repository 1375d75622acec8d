"""Hypothesis strategies for codebooks, priors and noise levels: for property-based tests of claims and derivations."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from .codebooks.array_codebook import ArrayCodebook
from .codebooks.fsq import fsq
from .codebooks.product_codebook import ProductCodebook

RESOLUTION = 64
"""Random codes lie on a grid of this many steps a unit: distinct codes are at least 1/64 apart."""


def amplitude_ratios(least: float = 0.05, most: float = 12.0) -> st.SearchStrategy[float]:
    """Amplitude ratios r = α/σ, log-uniform on [least, most]."""
    return st.floats(np.log(least), np.log(most)).map(lambda x: float(np.exp(x)))


def priors(tokens: int) -> st.SearchStrategy[list[float]]:
    """Priors on ``tokens`` tokens, each with probability above 0."""
    weights = st.lists(st.integers(1, 100), min_size=tokens, max_size=tokens)
    return weights.map(lambda w: [x / sum(w) for x in w])


@st.composite
def array_codebooks(
    draw: st.DrawFn, tokens: int | None = None, dimension: int | None = None, uniform: bool | None = None
) -> ArrayCodebook:
    """Codebooks of distinct codes in the box [−1, 1]^n; 2 to 6 tokens and 1 to 3 dimensions unless given.

    Args:
        draw: Hypothesis's.
        tokens: K.
        dimension: n.
        uniform: whether the prior is uniform; either unless given.
    """
    K = draw(st.integers(2, 6)) if tokens is None else tokens
    n = draw(st.integers(1, 3)) if dimension is None else dimension
    coordinate = st.integers(-RESOLUTION, RESOLUTION)
    rows = draw(st.lists(st.tuples(*[coordinate] * n), min_size=K, max_size=K, unique=True))
    flat = draw(st.booleans()) if uniform is None else uniform
    return ArrayCodebook(np.array(rows) / RESOLUTION, None if flat else draw(priors(K)), name="drawn")


def fsq_codebooks(most_levels: int = 9, most_dimensions: int = 5) -> st.SearchStrategy[ProductCodebook]:
    """FSQ codebooks of mixed levels."""
    return st.lists(st.integers(2, most_levels), min_size=1, max_size=most_dimensions).map(fsq)
