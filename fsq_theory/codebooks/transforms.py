"""Transforms: functions from a codebook to a codebook.  Products stay lazy where the mathematics allows it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Array
from ..errors import InputError, TooLargeError
from ..seeds import check_seed
from . import arguments as arg
from .arguments import Signature
from .array_codebook import ArrayCodebook
from .checks import check_scale, listable
from .codebook import Codebook
from .files import load_prior
from .histogram import with_histogram
from .product_codebook import ProductCodebook

NORMALIZATIONS = ("rms", "energy", "linf")

MAX_EXPONENT = 1e6
"""Largest exponent of Zipf's law."""

NORM_TOLERANCE = 1e-12
"""Norms that differ by less than this part are equal: tokens of largest norm."""


MAGNITUDES = (1e-100, 1e100)
"""Limits of the largest |coordinate|: squares of what lies between fit a float64."""


def perturb(codebook: Codebook, std: float, seed: int = 0) -> ArrayCodebook:
    """The codes e_k + std·N(0, I), then clipped to the box [−a, a]^n with a the largest |coordinate| of the original.

    The control of [P26]: noise on each code, clipped to [−1, 1] for a codebook that fills that box.  Labels and prior
    stay.

    Args:
        codebook: the codes to move; it is listed.
        std: standard deviation of the noise on each coordinate, from 0 to 1e100.
        seed: of the noise; the same seed gives the same bits.

    Raises:
        InputError: for a negative or not finite std, a negative seed, or if clipping makes two codes equal.
        TooLargeError: if the codes cannot be listed.
    """
    if not 0 <= std <= MAGNITUDES[1]:
        raise InputError(f"perturb: std {std:g}: expected a number from 0 to {MAGNITUDES[1]:g}")
    points = codebook.points
    noise = np.random.default_rng(check_seed(seed)).standard_normal(points.shape)
    moved = np.clip(points + std * noise, -codebook.linf, codebook.linf)
    try:
        return ArrayCodebook(moved, _listed_prior(codebook), f"{codebook.name}+perturb:{std:g},seed={seed}")
    except TooLargeError:
        raise
    except InputError as error:
        raise InputError(f"perturb:{std:g}: {error} (clipped to the box; try less noise or another seed)") from None


def permute(codebook: Codebook, seed: int = 0) -> ArrayCodebook:
    """The same codes with the token labels shuffled; the prior stays with the label.

    Args:
        codebook: the codes to relabel; it is listed.
        seed: of the order; the same seed gives the same bits.

    Raises:
        InputError: for a negative seed.
        TooLargeError: if the codes cannot be listed.
    """
    order = np.random.default_rng(check_seed(seed)).permutation(len(codebook.points))
    return ArrayCodebook(codebook.points[order], _listed_prior(codebook), f"{codebook.name}+permute:seed={seed}")


def swap_origin(codebook: Codebook) -> ArrayCodebook:
    """The origin in place of one code: of the codes of largest norm, the one of the last token.

    Raises:
        InputError: if the origin is a code already.
        TooLargeError: if the codes cannot be listed.
    """
    points = np.array(codebook.points)
    squares = np.einsum("kn,kn->k", points, points)
    at_origin = np.flatnonzero(~points.any(axis=1))
    if len(at_origin):
        raise InputError(f"swap-origin: token {at_origin[0]} of {codebook.name} is at the origin already")
    token = np.flatnonzero(squares >= squares.max() * (1 - NORM_TOLERANCE))[-1]
    points[token] = 0.0
    return ArrayCodebook(points, _listed_prior(codebook), f"{codebook.name}+swap-origin")


def stagger(codebook: Codebook, shift: float) -> ArrayCodebook:
    """FSQ with alternate rows of the coarse axes shifted: level j of a coarse axis goes to −1 + (j + τp)·2/(L−1+τ).

    The fine axes are those with the most levels (the first axis alone if all have the same number), p is the sum of
    the fine indices modulo 2, and L the number of levels of the coarse axis.  On an interval [a, b] other than
    [−1, 1], which the rounded convention has, it is a + (j + τp)(b − a)/(L−1+τ): the interval stays.

    Args:
        codebook: a product of equally spaced axes, at least two.
        shift: τ, in [0, 1), in spacings of the coarse axis.

    Raises:
        InputError: for another codebook, or τ outside [0, 1).
        TooLargeError: if the codes cannot be listed.
    """
    if not 0 <= shift < 1:
        raise InputError(f"stagger: shift {shift:g}: expected a number of at least 0 and below 1")
    axes = _equally_spaced_axes(codebook)
    levels = [len(axis) for axis in axes]
    most = max(levels)
    fine = [i for i, L in enumerate(levels) if most == L] if min(levels) < most else [0]
    assert isinstance(codebook, ProductCodebook)
    points = np.array(codebook.points)
    indices = np.indices(levels[::-1]).reshape(len(levels), -1)[::-1]  # The first axis varies fastest.
    parity = indices[fine].sum(axis=0) % 2
    for i, axis in enumerate(axes):
        if i not in fine:
            step = (axis[-1] - axis[0]) / (levels[i] - 1 + shift)
            points[:, i] = axis[0] + (indices[i] + shift * parity) * step
    return ArrayCodebook(points, _listed_prior(codebook), f"{codebook.name}+stagger:{shift:g}")


def normalize(codebook: Codebook, constraint: str) -> Codebook:
    """The codebook scaled to a constraint; lazy.

    ``rms``: mean squared coordinate Σπ‖e‖²/n = 1.  ``energy``: mean squared norm Σπ‖e‖² = 1.  Both centre the
    codebook first.  ``linf``: max_k ‖e_k‖_∞ = 1, without centring.

    Args:
        codebook: the codebook.
        constraint: ``rms``, ``energy`` or ``linf``.

    Raises:
        InputError: for another constraint, or a prior with all its mass on one code, which centring leaves nothing of.
    """
    if constraint not in NORMALIZATIONS:
        raise InputError(f"normalize: {constraint!r}: expected one of {', '.join(NORMALIZATIONS)}")
    if constraint == "linf":
        moved, size = codebook, codebook.linf
    else:
        moved = codebook.centred()
        size = float(np.sqrt(moved.energy / (moved.n if constraint == "rms" else 1)))
    if not size > 0:
        raise InputError(f"normalize:{constraint}: the prior of {codebook.name} has all its mass on one code")
    return moved.scaled(1 / size).renamed(f"{codebook.name}+normalize:{constraint}")


def scale(codebook: Codebook, factor: float) -> Codebook:
    """The codes c·e_k, c > 0; lazy.

    Raises:
        InputError: for c ≤ 0, or coordinates that leave [1e-100, 1e100], where squares no longer fit a float64.
    """
    check_magnitude(codebook.linf, check_scale(factor))
    return codebook.scaled(factor).renamed(f"{codebook.name}+scale:{factor:g}")


def check_magnitude(linf: float, factor: float = 1.0) -> None:
    """Raise :class:`InputError` unless the largest |coordinate|, times a factor, lies in [1e-100, 1e100]."""
    if not MAGNITUDES[0] / factor <= linf <= MAGNITUDES[1] / factor:
        low, high = MAGNITUDES
        raise InputError(f"largest |coordinate| {linf:g} times {factor:g}: expected a result from {low:g} to {high:g}")


def center(codebook: Codebook) -> Codebook:
    """The codes e_k − Σ_j π_j e_j; lazy."""
    return codebook.centred().renamed(f"{codebook.name}+center")


def prior_from_file(codebook: Codebook, path: str | os.PathLike[str]) -> Codebook:
    """The same codes under the prior in a file (:func:`~fsq_theory.codebooks.files.load_prior`); lists a product."""
    listable(codebook.K)
    return codebook.with_prior(load_prior(path, codebook.K)).renamed(f"{codebook.name}+prior:{path}")


def zipf_prior(tokens: int, exponent: float = 1.0) -> Array:
    """Zipf's law π_k ∝ (k + 1)^(−s) on K tokens, shape (K,).

    Args:
        tokens: K.
        exponent: s, from 0 (uniform) to 1e6.

    Raises:
        InputError: for an exponent out of range.
        TooLargeError: for more tokens than can be listed.
    """
    if not 0 <= exponent <= MAX_EXPONENT:
        raise InputError(f"zipf: s {exponent:g}: expected a number from 0 to {MAX_EXPONENT:g}")
    weights = np.exp(-exponent * np.log(np.arange(1.0, listable(tokens) + 1.0)))
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def zipf(codebook: Codebook, exponent: float = 1.0) -> Codebook:
    """The same codes under Zipf's prior π_k ∝ (k + 1)^(−s); lists a product."""
    prior = zipf_prior(codebook.K, exponent)
    return codebook.with_prior(prior).renamed(f"{codebook.name}+prior:zipf,s={exponent:g}")


def prior_from_histogram(
    codebook: Codebook, path: str | os.PathLike[str], smoothing: float = 0.0, independent: bool = False
) -> Codebook:
    """The same codes under an empirical prior (:func:`~fsq_theory.codebooks.histogram.with_histogram`)."""
    name = f"{codebook.name}+histogram:{path}"
    name += f",smoothing={smoothing:g}" if smoothing else ""
    name += ",independent=true" if independent else ""
    return with_histogram(codebook, path, smoothing, independent).renamed(name)


def _listed_prior(codebook: Codebook) -> Array | None:
    return None if codebook.is_uniform else codebook.prior


def _equally_spaced_axes(codebook: Codebook) -> list[Array]:
    """The values of each axis of a product of equally spaced 1-D grids, or :class:`InputError`."""
    expected = "expected FSQ with at least two axes, as in fsq:8,5+stagger:0.5"
    if not isinstance(codebook, ProductCodebook) or any(factor.n != 1 for factor, _ in codebook.groups):
        raise InputError(f"stagger: {codebook.name} is not a product of axes: {expected}")
    if len(codebook.factors) < 2:
        raise InputError(f"stagger: {codebook.name} has one axis: {expected}")
    axes = [factor.points[:, 0] for factor in codebook.factors]
    for axis in axes:
        grid = np.linspace(axis[0], axis[-1], len(axis))
        if axis[-1] <= axis[0] or np.max(np.abs(axis - grid)) > 1e-9 * (axis[-1] - axis[0]):
            raise InputError(f"stagger: {codebook.name} has an axis that is not equally spaced: {expected}")
    return axes


@dataclass(frozen=True)
class Transform:
    """A transform: what its spec takes, and the function that applies it; alternatives are told by the first word."""

    signature: Signature
    function: Callable[..., Codebook]
    alternatives: tuple[tuple[str, Transform], ...] = ()

    def chosen(self, text: str | None) -> Transform:
        """The transform that the text of the arguments asks for."""
        first = (text or "").partition(",")[0]
        return dict(self.alternatives).get(first, self)

    def apply(self, codebook: Codebook, name: str, text: str | None) -> Codebook:
        """The codebook transformed with arguments read from a spec."""
        chosen = self.chosen(text)
        arguments: dict[str, Any] = chosen.signature.read(name, text)
        arguments.pop("law", None)
        return chosen.function(codebook, **arguments)


_SEED = arg.integer(0, 2**63 - 1)
_ZIPF = Transform(
    Signature(
        "prior:zipf[,s=1]",
        "prior:zipf,s=1.0",
        "Zipf's prior, (k + 1)^(-s)",
        {"law": arg.choice("zipf"), "s": arg.number(minimum=0)},
        ("law", "s"),
        ("law",),
    ),
    lambda codebook, s=1.0: zipf(codebook, s),
)

TRANSFORMS: dict[str, Transform] = {
    "perturb": Transform(
        Signature(
            "perturb:STD[,seed=0]",
            "perturb:0.1,seed=1",
            "Gaussian noise on each code, clipped to the box of the original",
            {"std": arg.number(minimum=0), "seed": _SEED},
            ("std",),
            ("std",),
        ),
        perturb,
    ),
    "permute": Transform(
        Signature("permute[:seed=0]", "permute:seed=1", "the same codes, token labels shuffled", {"seed": _SEED}),
        permute,
    ),
    "swap-origin": Transform(
        Signature("swap-origin", "swap-origin", "the origin in place of the last code of largest norm"), swap_origin
    ),
    "stagger": Transform(
        Signature(
            "stagger:TAU",
            "stagger:0.5",
            "FSQ with alternate rows of its coarse axes shifted by TAU spacings",
            {"shift": arg.number(minimum=0, below=1)},
            ("shift",),
            ("shift",),
        ),
        stagger,
    ),
    "normalize": Transform(
        Signature(
            "normalize:rms|energy|linf",
            "normalize:rms",
            "scaled to a constraint (rms and energy centre first)",
            {"constraint": arg.choice(*NORMALIZATIONS)},
            ("constraint",),
            ("constraint",),
        ),
        normalize,
    ),
    "scale": Transform(
        Signature(
            "scale:C", "scale:0.5", "the codes times C", {"factor": arg.number(above=0)}, ("factor",), ("factor",)
        ),
        scale,
    ),
    "center": Transform(Signature("center", "center", "the codes less their mean"), center),
    "prior": Transform(
        Signature(
            "prior:PATH or prior:zipf[,s=1]",
            "prior:zipf,s=1.0",
            "a prior on the tokens: one probability a line, or Zipf's law",
            {"path": arg.path},
            ("path",),
            ("path",),
            paths=("path",),
        ),
        prior_from_file,
        (("zipf", _ZIPF),),
    ),
    "histogram": Transform(
        Signature(
            "histogram:PATH[,smoothing=0][,independent=false]",
            "histogram:tokens.npy",
            "the prior of token ids in a file; independent=true keeps a product, by the marginals of its digits",
            {"path": arg.path, "smoothing": arg.number(minimum=0), "independent": arg.boolean},
            ("path",),
            ("path",),
            paths=("path",),
        ),
        prior_from_histogram,
    ),
}
