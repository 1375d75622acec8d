"""The families of codebooks that a spec can name, and what each takes.  Families that need work load on use."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from . import arguments as arg
from .arguments import Signature
from .checks import listable
from .codebook import Codebook
from .fsq import CONVENTIONS, bits, fsq
from .regular import BiorthogonalCodebook, OneHotCodebook, PskCodebook, SimplexCodebook

MAX_BITS = 1023
"""Largest log2 K of a lazy product: K is a Python integer of any size, but must also fit a float64."""

MAX_LEVELS = 2**22
"""Most levels of one FSQ coordinate, which are held as an array."""

MAX_TOKENS = 2**53
"""Most tokens of a codebook given by a formula: beyond it K is not exact as a float64."""

SEED = arg.integer(0, 2**63 - 1)
TOKENS = arg.integer(2, MAX_TOKENS)
COORDINATE = arg.number(minimum=-1e100)
DIMENSION = arg.integer(1, 2**27)


@dataclass(frozen=True)
class Family:
    """A family of codebooks: what its spec takes, and the function that builds it from the arguments read."""

    signature: Signature
    build: Callable[..., Codebook]


def level_run(text: str) -> tuple[int, int]:
    """``L`` or ``L^n`` as (levels, count)."""
    base, caret, count = text.partition("^")
    if not text:
        raise InputError("is empty: expected L or L^n, as in 8 or 3^8")
    repeats = 1
    if caret:
        try:
            repeats = arg.integer(1)(count)
        except InputError as error:
            raise InputError(f"{text[:60]!r}: repeat count {error}") from None
    return arg.integer(2, MAX_LEVELS)(base), repeats


def check_lazy_size(what: str, size_bits: float) -> None:
    """Raise :class:`InputError` before a product is built whose K does not fit a float64."""
    if size_bits > MAX_BITS:
        raise InputError(f"{what} has 2^{size_bits:.6g} tokens: expected at most 2^{MAX_BITS}")


def _fsq(levels: list[tuple[int, int]], convention: str = "symmetric") -> Codebook:
    check_lazy_size("fsq", sum(count * math.log2(L) for L, count in levels))
    return fsq([L for L, count in levels for _ in range(count)], convention)


def _bits(n: int) -> Codebook:
    check_lazy_size("bits", n)
    return bits(n)


def _onehot(K: int, low: float = 0.0, high: float = 1.0) -> Codebook:
    if not low < high:
        raise InputError(f"onehot: low={low:g} is not below high={high:g}: expected low < high")
    return OneHotCodebook(K, scale=high - low, offset=low)


def _psk(K: int) -> Codebook:
    listable(K, 2)
    return PskCodebook(K)


def _random(K: int, n: int, law: str = "box", seed: int = 0) -> Codebook:
    listable(K, n)
    from .random_codes import random_codebook

    return random_codebook(K, n, law=law, seed=seed)


def _sphere(K: int, n: int, seed: int = 0) -> Codebook:
    listable(K, n)
    from .spherical import spherical_codebook

    return spherical_codebook(K, n, seed=seed)


def _lattice(lattice: str, **options: Any) -> Codebook:
    if "K" in options:
        listable(options["K"])
    from .lattices import lattice_codebook

    return lattice_codebook(lattice, **options)


def _hamming8() -> Codebook:
    from .construction_a import hamming8

    return hamming8()


def _digits(base: int, count: int) -> Codebook:
    check_lazy_size("digits", count * math.log2(base))
    listable(base, count)
    from .digits import digit_codebook

    return digit_codebook(base=base, digits=count)


def _vq(K: int, n: int | None = None, seed: int = 0, data: str | None = None, normalize: bool = False) -> Codebook:
    training = _training("vq", K, n, data)
    from .vq import vq_codebook

    return vq_codebook(K, **training, seed=seed, normalize=normalize)


def _rvq(K: int, stages: int, n: int | None = None, seed: int = 0, data: str | None = None) -> Codebook:
    check_lazy_size("rvq", stages * math.log2(K))
    listable(K**stages, n or 1)
    training = _training("rvq", K, n, data)
    from .vq import rvq_codebook

    return rvq_codebook(K, stages=stages, **training, seed=seed)


def _training(family: str, K: int, n: int | None, data: str | None) -> dict[str, Any]:
    """The training data of a fitted codebook as keyword arguments: a file's rows, or n dimensions of the default."""
    if data is None:
        if n is None:
            raise InputError(f"{family}: expected n, the dimension, or data=PATH, the vectors to fit")
        listable(K, n)
        return {"n": n}
    from .files import load_array

    rows = load_array(data)
    if n is not None and rows.shape[1] != n:
        raise InputError(f"{family}: n={n}, but {data} has vectors of dimension {rows.shape[1]}")
    return {"n": n, "data": rows}


def _file(path: str) -> Codebook:
    from .files import load_codebook

    return load_codebook(path)


def _regular(name: str, build: Callable[[int], Codebook], summary: str) -> Family:
    signature = Signature(f"{name}:K", f"{name}:16", summary, {"K": TOKENS}, ("K",), ("K",))
    return Family(signature, lambda K: build(K))


FAMILIES: dict[str, Family] = {
    "fsq": Family(
        Signature(
            "fsq:L1,…,Ln[,convention=symmetric|rounded] (an item L^n repeats L n times)",
            "fsq:8,5,5,5",
            "finite scalar quantisation on [-1, 1]^n, lazy",
            {"levels": level_run, "convention": arg.choice(*CONVENTIONS)},
            required=("levels",),
            variadic="levels",
        ),
        _fsq,
    ),
    "bits": Family(
        Signature("bits:n", "bits:18", "{-1, +1}^n, lazy", {"n": arg.integer(1)}, ("n",), ("n",)),
        _bits,
    ),
    "onehot": Family(
        Signature(
            "onehot:K[,low=LOW,high=HIGH]",
            "onehot:6561",
            "one-hot vectors; with low and high the two values of a coordinate",
            {"K": TOKENS, "low": COORDINATE, "high": COORDINATE},
            ("K",),
            ("K",),
        ),
        _onehot,
    ),
    "simplex": _regular("simplex", SimplexCodebook, "regular simplex of unit norm in K-1 dimensions"),
    "biorthogonal": _regular("biorthogonal", BiorthogonalCodebook, "plus and minus the unit vectors, K = 2n"),
    "psk": _regular("psk", _psk, "K points on the unit circle"),
    "random": Family(
        Signature(
            "random:K=K,n=n[,law=box|linf|sphere|gauss][,seed=0]",
            "random:K=256,n=8,law=box,seed=0",
            "independent random codes",
            {"K": TOKENS, "n": DIMENSION, "law": arg.choice("box", "linf", "sphere", "gauss"), "seed": SEED},
            ("K", "n"),
            ("K", "n"),
        ),
        _random,
    ),
    "sphere": Family(
        Signature(
            "sphere:K=K,n=n[,seed=0]",
            "sphere:K=64,n=3,seed=0",
            "optimised spherical code",
            {"K": TOKENS, "n": DIMENSION, "seed": SEED},
            ("K", "n"),
            ("K", "n"),
        ),
        _sphere,
    ),
    "lattice": Family(
        Signature(
            "lattice:NAME,K=K | shell=M | box=B [,scale=1]",
            "lattice:E8,K=240",
            "lattice points: whole shells by norm, or every point in a box",
            {
                "lattice": arg.word,
                "K": TOKENS,
                "shell": arg.integer(1, 2**31),
                "box": arg.number(above=0),
                "scale": arg.number(above=0),
            },
            ("lattice",),
            ("lattice",),
        ),
        _lattice,
    ),
    "hamming8": Family(
        Signature("hamming8", "hamming8", "construction A of the [8,4] Hamming code: 481 points of {-1,0,1}^8"),
        _hamming8,
    ),
    "digits": Family(
        Signature(
            "digits:BASE,COUNT",
            "digits:8,4",
            "COUNT digits in base BASE, each one-hot, lazy",
            {"base": arg.integer(2, 2**27), "count": arg.integer(1, 2**27)},
            ("base", "count"),
            ("base", "count"),
        ),
        _digits,
    ),
    "vq": Family(
        Signature(
            "vq:K=K,n=n | data=PATH [,normalize=true][,seed=0]",
            "vq:K=256,n=8,seed=0",
            "k-means codes, fitted to the vectors of a file or to Gaussian ones",
            {"K": TOKENS, "n": DIMENSION, "seed": SEED, "data": arg.path, "normalize": arg.boolean},
            ("K", "n"),
            ("K",),
            paths=("data",),
        ),
        _vq,
    ),
    "rvq": Family(
        Signature(
            "rvq:K=K,stages=S,n=n | data=PATH [,seed=0]",
            "rvq:K=16,stages=2,n=8,seed=0",
            "residual k-means: sums of one code of each stage",
            {"K": TOKENS, "stages": arg.integer(1, 1024), "n": DIMENSION, "seed": SEED, "data": arg.path},
            ("K", "stages", "n"),
            ("K", "stages"),
            paths=("data",),
        ),
        _rvq,
    ),
    "file": Family(
        Signature(
            "file:PATH",
            "file:codes.npy",
            "your own codes: .npy, .npz, .csv or text",
            {"path": arg.path},
            ("path",),
            ("path",),
            paths=("path",),
        ),
        _file,
    ),
}
