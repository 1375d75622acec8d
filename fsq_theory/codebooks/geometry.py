"""The geometry of a codebook in one record: what the ``codebook`` command prints."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Array
from ..seeds import check_seed
from .codebook import Codebook
from .distances import DistanceStatistics, distance_statistics
from .lattices import LatticeConstants, lattice_constants
from .mean_width import MeanWidth, mean_width
from .presets import preset_of
from .prior_entropy import prior_entropy
from .product_codebook import ProductCodebook
from .recognition import as_product
from .regular import BiorthogonalCodebook, OneHotCodebook, SimplexCodebook
from .spec import as_codebook
from .symmetry import distance_invariant, tokens_equivalent

LISTED_AXES = 2**24
"""Most axes whose variances are listed."""


@dataclass(frozen=True)
class Geometry:
    """The geometry of a codebook; second moments are weighted by the prior, distances count tokens equally.

    Attributes:
        name: the codebook's.
        K: number of tokens.
        n: dimension.
        rate_bits: (log2 K)/n.
        distances: minimum, maximum, nearest neighbours, kissing numbers.
        energy_mean: Σ_k π_k ‖e_k‖².
        linf: max_k ‖e_k‖_∞.
        centre_norm: ‖Σ_k π_k e_k‖.
        axis_variance: the variance of each coordinate, shape (n,); None where there are too many axes to list.
        axis_variance_min: the least of them.
        axis_variance_max: the largest of them.
        width: the Gaussian mean width with its standard error.
        product: whether the codebook is a product of at least two factors (an array: a full axis-aligned grid).
        distance_invariant: whether all tokens see the same distances; None if undecided.
        tokens_equivalent: whether isometries make all tokens equivalent; None if undecided.
        prior_entropy: H(π), nats.
        uniform_prior: whether π_k = 1/K.
        note: what to know about a preset: whether it is a stand-in, and its source.
        lattice: constants of the lattice that the codebook is cut from, in the lattice's own scale.
    """

    name: str
    K: int
    n: int
    rate_bits: float
    distances: DistanceStatistics
    energy_mean: float
    linf: float
    centre_norm: float
    axis_variance: Array | None
    axis_variance_min: float
    axis_variance_max: float
    width: MeanWidth
    product: bool
    distance_invariant: bool | None
    tokens_equivalent: bool | None
    prior_entropy: float
    uniform_prior: bool
    note: str | None
    lattice: LatticeConstants | None

    @property
    def energy_per_coordinate(self) -> float:
        """Σ_k π_k ‖e_k‖²/n."""
        return self.energy_mean / self.n

    def row(self) -> dict[str, Any]:
        """The record as one flat dictionary of JSON values."""
        found, width, lattice = self.distances, self.width, self.lattice
        return {
            "codebook": self.name,
            "K": self.K,
            "n": self.n,
            "rate_bits": self.rate_bits,
            "d_min": found.d_min,
            "d_max": found.d_max,
            "nn_distance_mean": found.nn_mean,
            "nn_distance_mean_square": found.nn_mean_square,
            "distance_mean_square": found.mean_square,
            "kissing_max": found.kissing_max,
            "kissing_mean": found.kissing_mean,
            "energy_mean": self.energy_mean,
            "energy_per_coordinate": self.energy_per_coordinate,
            "linf": self.linf,
            "centre_norm": self.centre_norm,
            "axis_variance_min": self.axis_variance_min,
            "axis_variance_max": self.axis_variance_max,
            "mean_width": width.value,
            "mean_width_stderr": width.stderr if width.method == "monte-carlo" else None,
            "mean_width_method": width.method,
            "seed": width.seed,
            "product": self.product,
            "distance_invariant": self.distance_invariant,
            "tokens_equivalent": self.tokens_equivalent,
            "uniform_prior": self.uniform_prior,
            "prior_entropy": self.prior_entropy,
            "lattice_density": lattice.density if lattice else None,
            "lattice_covering_radius": lattice.covering_radius if lattice else None,
            "lattice_second_moment": lattice.second_moment if lattice else None,
            "note": self.note,
        }


def geometry(codebook: Codebook | str, samples: int = 4096, seed: int = 0) -> Geometry:
    """Everything about the shape of a codebook; lazy for products, exact but for a mean width that says otherwise.

    Args:
        codebook: the codebook, or its spec.
        samples: directions drawn where the mean width must be estimated.
        seed: of that draw.

    Raises:
        InputError: for a negative seed, or a spec that names no codebook.
        TooLargeError: for a codebook that does not factorise and has too many tokens to list.
    """
    codebook = as_codebook(codebook)
    seed = check_seed(seed)
    variance, least, largest = _axis_variance(codebook)
    preset = preset_of(codebook.name)
    return Geometry(
        name=codebook.name,
        K=codebook.K,
        n=codebook.n,
        rate_bits=codebook.rate_bits,
        distances=distance_statistics(codebook),
        energy_mean=codebook.energy,
        linf=codebook.linf,
        centre_norm=_centre_norm(codebook),
        axis_variance=variance,
        axis_variance_min=least,
        axis_variance_max=largest,
        width=mean_width(codebook, samples, seed),
        product=as_product(codebook) is not None,
        distance_invariant=distance_invariant(codebook),
        tokens_equivalent=tokens_equivalent(codebook),
        prior_entropy=prior_entropy(codebook),
        uniform_prior=codebook.is_uniform,
        note=f"{preset.note} ({preset.source})" if preset else None,
        lattice=_lattice(codebook.name),
    )


def _centre_norm(codebook: Codebook) -> float:
    if codebook.is_uniform and isinstance(codebook, OneHotCodebook):
        return abs(codebook.scale / codebook.K + codebook.offset) * math.sqrt(codebook.n)
    if codebook.is_uniform and isinstance(codebook, SimplexCodebook | BiorthogonalCodebook):
        return 0.0
    if isinstance(codebook, ProductCodebook):
        return math.sqrt(math.fsum(count * _centre_norm(factor) ** 2 for factor, count in codebook.groups))
    return float(np.linalg.norm(codebook.mean))


def _axis_variance(codebook: Codebook) -> tuple[Array | None, float, float]:
    """The variance of each coordinate under the prior, or None where there are too many, and its least and largest."""
    constant = None
    if codebook.is_uniform and isinstance(codebook, OneHotCodebook):
        constant = codebook.scale**2 * (1 - 1 / codebook.K) / codebook.K
    elif codebook.is_uniform and isinstance(codebook, SimplexCodebook | BiorthogonalCodebook):
        constant = codebook.energy / codebook.n
    if constant is not None:
        return (np.full(codebook.n, constant) if codebook.n <= LISTED_AXES else None), constant, constant
    if isinstance(codebook, ProductCodebook):
        found = {id(factor): _axis_variance(factor) for factor in set(codebook.factors)}
        parts = [found[id(factor)][0] for factor in codebook.factors]
        arrays = [part for part in parts if part is not None]
        listed = np.concatenate(arrays) if len(arrays) == len(parts) and codebook.n <= LISTED_AXES else None
        return listed, min(part[1] for part in found.values()), max(part[2] for part in found.values())
    variance = _listed_variance(codebook)
    return variance, float(variance.min()), float(variance.max())


def _listed_variance(codebook: Codebook) -> Array:
    if isinstance(codebook, OneHotCodebook):
        return np.asarray(codebook.scale**2 * codebook.prior * (1 - codebook.prior))
    if isinstance(codebook, BiorthogonalCodebook):
        pairs = codebook.prior[::2] + codebook.prior[1::2]
        return np.asarray(codebook.norm**2 * pairs - codebook.mean**2)
    centred = codebook.points - codebook.mean
    return np.asarray(codebook.prior @ centred**2)


def _lattice(name: str) -> LatticeConstants | None:
    """The constants of the lattice that a spec begins with."""
    head = name.partition("+")[0]
    if not head.startswith("lattice:"):
        return None
    first = head.removeprefix("lattice:").partition(",")[0]
    return lattice_constants(first.removeprefix("lattice="))
