"""Codebooks drawn at random: what a geometry without design achieves, and the paper's random competitors [P26]."""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from ..errors import InputError
from ..seeds import check_seed
from .array_codebook import ArrayCodebook
from .checks import listable

LAWS = ("box", "linf", "sphere", "gauss")


def random_codebook(K: int, n: int, law: str = "box", seed: int = 0, name: str | None = None) -> ArrayCodebook:
    """K independent draws e_1, …, e_K from one law on R^n; the same seed gives the same bits.  Uniform prior.

    Args:
        K: tokens, at least 2.
        n: dimension, at least 1.
        law: ``box``, uniform in [−1, 1]^n; ``linf``, the same with each vector divided by its largest |coordinate|, so
            that every ‖e‖_∞ = 1; ``sphere``, uniform on the unit sphere; ``gauss``, N(0, I), a mean square of 1 a
            coordinate.
        seed: seed of a PCG64 generator.
        name: how tables call it; the spec by default.

    Raises:
        InputError: for an unknown law, a negative seed, too small K or n, or n = 1 where the law has only two points.
        TooLargeError: when K·n is too large to list.
    """
    if law not in LAWS:
        raise InputError(f"law {law!r}: expected one of {', '.join(LAWS)}")
    check_size(K, n)
    name = name or f"random:K={K},n={n},law={law},seed={seed}"
    generator = np.random.Generator(np.random.PCG64(check_seed(seed)))
    if n == 1 and law in ("linf", "sphere"):
        if K > 2:
            raise InputError(f"K={K} with n=1: law {law} has only the two points −1 and 1")
        return ArrayCodebook(generator.permuted(np.array([[-1.0], [1.0]]), axis=0), name=name)
    return ArrayCodebook(draw(generator, K, n, law), name=name)


def draw(generator: np.random.Generator, K: int, n: int, law: str) -> Array:
    """K draws from the law, shape (K, n); see :func:`random_codebook`."""
    if law == "gauss":
        return generator.standard_normal((K, n))
    if law == "sphere":
        points: Array = generator.standard_normal((K, n))
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        return points
    points = generator.uniform(-1.0, 1.0, (K, n))
    if law == "linf":
        points /= np.abs(points).max(axis=1, keepdims=True)
    return points


def check_size(K: int, n: int) -> None:
    """Raise :class:`InputError` unless K ≥ 2 and n ≥ 1, and :class:`TooLargeError` when K·n is too large to list."""
    if K < 2:
        raise InputError(f"K={K}: a codebook needs at least 2 tokens")
    if n < 1:
        raise InputError(f"n={n}: expected at least 1 dimension")
    listable(K, n)
