"""H(π), which every information tends to."""

from __future__ import annotations

import math

import numpy as np

from ..arrays import Array
from .codebook import Codebook
from .product_codebook import ProductCodebook


def prior_entropy(codebook: Codebook) -> float:
    """H(π) = −Σ π_k log π_k, nats, to a few units in the last place; of a product, the sum over its factors."""
    if codebook.is_uniform:
        return math.log(codebook.K)
    if isinstance(codebook, ProductCodebook):
        return math.fsum(prior_entropy(factor) * count for factor, count in codebook.groups)
    return entropy(codebook.prior)


def entropy(prior: Array) -> float:
    """−Σ π_k log π_k, nats; the largest counts as 1 − Σ of the others, so that a small H is accurate too."""
    largest = int(np.argmax(prior))
    others = np.delete(prior, largest)
    others = others[others > 0]
    rest = math.fsum(others)
    if not len(others):
        return 0.0
    return math.fsum([*(-others * np.log(others)).tolist(), -(1 - rest) * math.log1p(-rest)])
