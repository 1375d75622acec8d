"""Monte Carlo for the statistics of path KL over pairs of tokens, each with its standard error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..seeds import check_seed
from .girsanov import girsanov
from .pairs import closest_pair, farthest_pair, nearest_neighbours

_BLOCK = 2**22
"""Coordinates held at once when pairs are projected: 32 MiB a side."""

_BATCH = 2**16
"""Pairs drawn at once."""


def simulated_path_kl(codebook: Codebook, pair: tuple[int, int] | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Estimates and standard errors, under the names that the record of the path KL gives them.

    Args:
        codebook: the codes.
        pair: two tokens, or None for the statistics over all pairs.
        settings: keyword arguments of :func:`girsanov`; ``seed`` and ``paths`` among them.
    """
    paths, seed = settings["paths"], check_seed(settings["seed"])
    if pair is not None:
        found = girsanov(*projected(codebook, [pair[0]], [pair[1]]), **settings)
        return {"kl": found.mean, "stderr": found.stderr}
    streams = [np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(2)]

    def neighbours(count: int) -> tuple[list[int], list[int]]:
        tokens = random_tokens(codebook.K, count, streams[1])
        return tokens, nearest_neighbours(codebook, tokens)

    groups: dict[str, Callable[[], tuple[Array, Array]]] = {
        "min": lambda: projected(codebook, *_single(closest_pair(codebook))),
        "mean": lambda: _in_batches(codebook, paths, lambda count: random_pairs(codebook.K, count, streams[0])),
        "max": lambda: projected(codebook, *_single(farthest_pair(codebook))),
        "nearest_mean": lambda: _in_batches(codebook, paths, neighbours),
    }
    estimates: dict[str, float] = {}
    for place, (name, sides) in enumerate(groups.items()):
        own = int(np.random.SeedSequence([seed, place]).generate_state(1)[0])
        found = girsanov(*sides(), **{**settings, "seed": own})
        estimates[name] = found.mean
        estimates["stderr" if name == "mean" else f"stderr_{name}"] = found.stderr
    return estimates


def _in_batches(
    codebook: Codebook, count: int, pairs: Callable[[int], tuple[list[int], list[int]]]
) -> tuple[Array, Array]:
    """Many random pairs projected, shape (count, 1) each; tokens, of any size, are listed a batch at a time."""
    sides = np.empty((2, count, 1))
    for start in range(0, count, _BATCH):
        size = min(_BATCH, count - start)
        sides[:, start : start + size] = np.reshape(projected(codebook, *pairs(size)), (2, size, 1))
    return sides[0], sides[1]


def projected(codebook: Codebook, first: Sequence[int], second: Sequence[int]) -> tuple[Array, Array]:
    """The coordinates of e_i and e_j along e_i − e_j, one pair a row: shape (1,) each for one pair, else (pairs, 1).

    The noise is isotropic and the paths start from the origin, so the path measures towards e_i and e_j differ in this
    coordinate alone.
    """
    sides: tuple[list[Array], list[Array]] = ([], [])
    rows = max(1, _BLOCK // codebook.n)
    for start in range(0, len(first), rows):
        block = slice(start, start + rows)
        a, b = codebook.codes(first[block]), codebook.codes(second[block])
        gap = a - b
        length = np.linalg.norm(gap, axis=1, keepdims=True)
        unit = gap / np.where(length == 0, 1.0, length)
        along = np.einsum("kn,kn->k", b, unit)[:, None]
        sides[0].append(along + length)
        sides[1].append(along)
    a, b = np.concatenate(sides[0]), np.concatenate(sides[1])
    return (a[0], b[0]) if len(a) == 1 else (a, b)


def random_tokens(tokens: int, count: int, noise: np.random.Generator) -> list[int]:
    """Uniform tokens in [0, K), for a K of any size: the bias of the remainder is below 2^−64."""
    size = (tokens.bit_length() + 71) // 8
    return [int.from_bytes(noise.bytes(size), "little") % tokens for _ in range(count)]


def random_pairs(tokens: int, count: int, noise: np.random.Generator) -> tuple[list[int], list[int]]:
    """Uniform ordered pairs of different tokens."""
    first = random_tokens(tokens, count, noise)
    return first, [
        (i + 1 + step) % tokens for i, step in zip(first, random_tokens(tokens - 1, count, noise), strict=True)
    ]


def _single(pair: tuple[int, int]) -> tuple[list[int], list[int]]:
    return [pair[0]], [pair[1]]
