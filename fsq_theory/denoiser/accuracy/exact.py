"""Which closed form or one-dimensional integral answers for a codebook, if any does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...arrays import Array
from ...codebooks.array_codebook import ArrayCodebook
from ...codebooks.checks import listable
from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.recognition import as_product
from ...codebooks.regular import BiorthogonalCodebook, EquidistantCodebook, OneHotCodebook, PskCodebook
from ...codebooks.regularity import as_equidistant, as_regular
from ...codebooks.span import affine_coordinates
from ...logspace import log1mexp, log_any, logsumexp
from ..information import biorthogonal as biorthogonal_posterior
from ..information import equidistant as equidistant_posterior
from ..rivals_by_prior import PriorGroups
from . import equidistant, equidistant_prior, planar, scalar, soft

EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Evaluation:
    """An accuracy without sampling error, as logarithms.

    Attributes:
        log_accuracy: log A, shape (R,).
        log_error: log(1 − A), shape (R,), accurate in relative terms.
        spread: bound on the numerical error of ``log_error``, shape (R,).
        method: ``exact`` (closed form) or ``quadrature`` (one-dimensional integrals).
    """

    log_accuracy: Array
    log_error: Array
    spread: Array
    method: str


def evaluate(codebook: Codebook, r: Array, readout: str = "map", top: int = 1) -> Evaluation | None:
    """The accuracy by the closed form or integral that fits the codebook; None where there is none.

    Args:
        codebook: any codebook; products are taken factor by factor and never listed.
        r: shape (R,), positive and finite.
        readout: ``map``, ``soft``, ``top``, ``digit`` or ``rounding``.
        top: m of the ``top`` readout.
    """
    if readout != "top":
        top = 1
    if readout == "top" and top >= codebook.K:
        zeros = np.zeros_like(r)
        return Evaluation(zeros, np.full_like(r, -np.inf), zeros, "exact")
    if readout == "rounding":
        return _rounding(codebook, r)
    if readout == "digit":
        return _digits(codebook, r)
    if isinstance(codebook, ProductCodebook) and len(codebook.factors) == 1:
        return evaluate(codebook.factors[0], r, readout, top)
    if isinstance(codebook, ProductCodebook):
        return None if top > 1 else _product(codebook, r, readout)
    regular = as_regular(codebook)
    found = None if regular is None else _structured(regular, r, readout, top)
    if found is None and top == 1:
        found = _posterior_or_prior(codebook, r, readout)
    if found is not None or not isinstance(codebook, ArrayCodebook):
        return found
    coordinates = affine_coordinates(codebook.points)
    if coordinates is not None and coordinates.shape[1] == 1:
        return _scalar(coordinates[:, 0], codebook.prior, r, readout, top)
    product = as_product(codebook)
    if product is not None and top == 1:
        return _product(product, r, readout)
    if coordinates is not None and readout != "soft" and top == 1:
        log_error = planar.planar_log_error(coordinates, codebook.prior, r)
        return _from_error(log_error, _rounding_spread(log_error, coordinates), "quadrature")
    return None


def _from_error(log_error: Array, spread: Array, method: str) -> Evaluation:
    return Evaluation(np.asarray(log1mexp(np.minimum(log_error, 0.0))), log_error, spread, method)


def _rounding_spread(log_error: Array, points: Array) -> Array:
    """Bound on the rounding error of a sum of log Φ(−rΔ/2).

    An argument x = rΔ/2 with relative error δ changes log Φ(−x) by at most about 2δ|log Φ(−x)| + δ; the gaps carry
    δ = 2 eps·max|e|/Δ from the rounding of coordinates, and log Φ and the sum a few eps each.
    """
    width = float(np.abs(points).max())
    flat = np.sort(points.ravel())
    gaps = np.diff(flat)
    positive = gaps[gaps > 1e-12 * max(width, 1e-300)]
    condition = width / float(positive.min()) if len(positive) else 1.0
    finite = np.where(np.isfinite(log_error), np.abs(log_error), 0.0)
    return np.asarray(EPS * (8 + 4 * finite * (1 + condition)))


def _scalar(points: Array, prior: Array, r: Array, readout: str, top: int) -> Evaluation:
    if readout == "soft":
        log_error, spread = soft.log_soft_error(points, prior, r)
        return _from_error(log_error, spread + _rounding_spread(log_error, points), "quadrature")
    log_error = scalar.log_error(points, prior, r, top)
    return _from_error(log_error, _rounding_spread(log_error, points), "exact")


def _product(codebook: ProductCodebook, r: Array, readout: str) -> Evaluation | None:
    """A = Π_i A_i: decisions, and posteriors, of the factors are independent under a product prior."""
    parts = []
    for factor, _ in codebook.groups:
        part = evaluate(factor, r, readout)
        if part is None:
            return None
        parts.append(part)
    return combine(parts, [count for _, count in codebook.groups])


def _digits(codebook: Codebook, r: Array) -> Evaluation | None:
    """Mean accuracy of the digits of a product; its MAP decision decides every digit by itself."""
    product = as_product(codebook)
    if product is None:
        return evaluate(codebook, r) if codebook.n == 1 else None
    parts = [evaluate(factor, r) for factor, _ in product.groups]
    if any(part is None for part in parts):
        return None
    found = [part for part in parts if part is not None]
    log_share = np.log([count / len(product.factors) for _, count in product.groups])
    log_error = logsumexp(np.stack([part.log_error for part in found], axis=-1) + log_share)
    spread = np.max(np.stack([part.spread for part in found], axis=-1), axis=-1) + 4 * EPS
    method = "exact" if all(part.method == "exact" for part in found) else "quadrature"
    return _from_error(np.minimum(log_error, 0.0), spread, method)


def token_log_error(codebook: Codebook, r: Array) -> tuple[Array, str] | None:
    """Log of the MAP error given each token, shape (R, K), and the method; 0 for tokens of probability 0.

    None for a codebook without a closed form by token.
    """
    if codebook.is_uniform and isinstance(codebook, EquidistantCodebook | BiorthogonalCodebook):
        found = _structured(codebook, r, "map", 1)
        assert found is not None
        return np.tile(found.log_error[:, None], (1, listable(codebook.K))), found.method
    same = as_equidistant(codebook)
    if same is not None and not same.is_uniform:
        return equidistant_prior.log_token_error(same.prior, r * (same.distance / np.sqrt(2))), "quadrature"
    if isinstance(codebook, ArrayCodebook):
        coordinates = affine_coordinates(codebook.points)
        if coordinates is not None:
            kept = codebook.prior > 0
            points, log_prior = coordinates[kept], codebook.log_prior[kept]
            log_error = np.zeros((len(r), codebook.K))
            if points.shape[1] == 1:
                order = np.argsort(points[:, 0])
                sorted_error = scalar.log_token_error(points[order, 0], log_prior[order], r)
                log_error[:, np.flatnonzero(kept)[order]] = sorted_error
                return log_error, "exact"
            log_error[:, kept] = planar.planar_log_token_error(points, log_prior, r)
            return log_error, "quadrature"
    return None


def combine(parts: list[Evaluation], counts: list[int]) -> Evaluation:
    """The evaluation of a product from those of its distinct factors and their multiplicities."""
    times = np.array(counts, dtype=float)
    log_errors = np.stack([part.log_error for part in parts], axis=-1)
    log_accuracies = np.stack([part.log_accuracy for part in parts], axis=-1)
    # 1 − A responds to each factor's error with weight at most 1 in relative terms: the largest spread bounds it.
    spread = np.max(np.stack([part.spread for part in parts], axis=-1), axis=-1) + 4 * EPS
    method = "exact" if all(part.method == "exact" for part in parts) else "quadrature"
    return Evaluation(log_accuracies @ times, np.asarray(log_any(log_errors, times)[1]), spread, method)


def _structured(codebook: Codebook, r: Array, readout: str, top: int) -> Evaluation | None:
    """One-hot, simplex, biorthogonal and PSK codes under the uniform prior."""
    if not codebook.is_uniform or readout == "soft":
        return None
    if isinstance(codebook, EquidistantCodebook):
        return _by_integral(r * (codebook.distance / np.sqrt(2)), codebook.K, top, equidistant.equidistant_log_error)
    if isinstance(codebook, BiorthogonalCodebook) and top == 1:
        return _by_integral(r * codebook.norm, codebook.K, 1, equidistant.biorthogonal_log_error)
    if isinstance(codebook, PskCodebook) and top == 1:
        log_error = planar.psk_log_error(codebook.radius, codebook.K, r)
        return _from_error(log_error, rounding_of_sum(log_error), "quadrature")
    return None


def _posterior_or_prior(codebook: Codebook, r: Array, readout: str) -> Evaluation | None:
    """The posterior readout of equidistant and ± orthogonal codes, and equidistant codes under an unequal prior."""
    same = as_equidistant(codebook)
    if same is not None:
        groups, rho = PriorGroups.of(same), r * (same.distance / np.sqrt(2))
        if readout == "soft":
            found = equidistant_posterior.uncertainty(groups, rho)
            return _from_error(found.error, found.spread, "quadrature")
        log_error, spread = equidistant_prior.log_error(groups, rho)
        return _from_error(log_error, spread + rounding_of_sum(log_error), "quadrature")
    regular = as_regular(codebook)
    if readout == "soft" and isinstance(regular, BiorthogonalCodebook) and regular.is_uniform:
        log_error, spread = biorthogonal_posterior.log_soft_error(regular.n, r * regular.norm)
        return _from_error(log_error, spread, "quadrature")
    return None


FARTHEST = 1e12
"""ρ from which log(1 − A) is −ρ² m/(2(m + 1)) to rounding: m rivals and the sent token meet at ρ/(m + 1)."""


def _by_integral(rho: Array, tokens: int, top: int, log_errors: Callable[..., tuple[Array, Array]]) -> Evaluation:
    """The evaluation of codes whose error is one integral; A has an integral of its own where 1 − A is near 1."""
    near = np.minimum(rho, FARTHEST)
    log_error, spread = log_errors(near, tokens, top) if top > 1 else log_errors(near, tokens)
    log_error = np.where(rho > FARTHEST, -rho * (rho * top / (2 * top + 2)), np.minimum(log_error, 0.0))
    spread = spread + rounding_of_sum(log_error)
    if top > 1:
        return _from_error(log_error, spread, "quadrature")
    by_accuracy = {
        equidistant.equidistant_log_error: equidistant.equidistant_log_accuracy,
        equidistant.biorthogonal_log_error: equidistant.biorthogonal_log_accuracy,
    }
    log_accuracy = np.where(log_error < -1.0, log1mexp(log_error), by_accuracy[log_errors](near, tokens)[0])
    return Evaluation(np.minimum(log_accuracy, 0.0), log_error, spread, "quadrature")


def rounding_of_sum(log_error: Array) -> Array:
    """Rounding error of a log-space sum of exponents of the size of ``log_error``."""
    return np.asarray(EPS * (32 + 8 * np.where(np.isfinite(log_error), np.abs(log_error), 0.0)))


SAME_VALUE = 1e-12
"""Coordinates closer than this part of their range are one value, as cos(π/2) and 0 are."""


def coordinate_values(column: Array) -> tuple[Array, NDArray[np.int64]]:
    """The different values of a coordinate, ascending, and which of them each code has, shapes (L,) and (K,)."""
    order = np.argsort(column)
    ascending = column[order]
    new = np.concatenate([[False], np.diff(ascending) > SAME_VALUE * np.ptp(column)])
    index = np.empty(len(column), dtype=np.int64)
    index[order] = np.cumsum(new)
    return ascending[np.concatenate([[True], new[1:]])], index


def _rounding(codebook: Codebook, r: Array) -> Evaluation:
    """Readout by rounding every coordinate to the nearest value that it takes in the codebook.

    Coordinates carry independent noise, so given token k it succeeds with probability Π_i (1 − e_i(k)): exact for every
    codebook.  A result that is no code at all counts as an error.
    """
    if isinstance(codebook, ProductCodebook):
        parts = [_rounding(factor, r) for factor, _ in codebook.groups]
        return combine(parts, [count for _, count in codebook.groups])
    if isinstance(codebook, OneHotCodebook):
        two_levels = scalar.log_error_from_gaps(np.array([codebook.scale]), r)
        return combine([_from_error(two_levels, rounding_of_sum(two_levels), "exact")], [codebook.K])
    points, prior = codebook.points, codebook.prior
    columns = []
    for column in points.T:
        values, index = coordinate_values(column)
        columns.append((scalar.log_rounding_token_error(values, r), index))
    with np.errstate(divide="ignore"):
        log_prior = np.log(prior)
    rows = []
    for i in range(len(r)):
        logs = np.stack([errors[i, index] for errors, index in columns], axis=-1)
        log_success, log_failure = log_any(logs)
        rows.append((logsumexp(log_success + log_prior), logsumexp(log_failure + log_prior)))
    log_accuracy, log_error = (np.minimum(np.array(v, dtype=float), 0.0) for v in zip(*rows, strict=True))
    log_accuracy = np.where(log_error < -1.0, log1mexp(log_error), log_accuracy)
    return Evaluation(log_accuracy, log_error, _rounding_spread(log_error, points), "exact")
