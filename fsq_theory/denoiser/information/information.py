"""The front of the information computations: any codebook, any r, one record."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...arrays import Array
from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.spec import as_codebook
from ...errors import InputError
from ...seeds import check_seed
from . import exact
from .record import Information

METHODS = ("auto", "exact", "mc")


def information(
    codebook: Codebook | str,
    r: ArrayLike,
    *,
    method: str = "auto",
    samples: int = 65536,
    rtol: float | None = None,
    seed: int = 0,
) -> Information:
    """I(X_0; Y) = H(π) − H(X_0|Y), H(X_0|Y) and MMSE = E‖X_0 − x̂_0‖² for Y = r e_k + ε, k ~ π, ε ~ N(0, I_n); nats.

    dI/dγ = ½ MMSE with γ = r² [GSV05].  Quadrature or Monte Carlo, as the record's ``method`` says.

    Args:
        codebook: codes and prior, or a spec of them; products are never listed.
        r: amplitude ratio α/σ, for noise of standard deviation 1 a coordinate; ≥ 0, possibly infinite; any shape.
        method: ``auto`` takes low-dimensional integrals where they exist and Monte Carlo elsewhere; ``exact`` refuses
            to sample; ``mc`` always samples.
        samples: Monte Carlo samples for each r.
        rtol: Monte Carlo stops when both relative standard errors fall below it.
        seed: of all randomness; the same noise at every r.

    Raises:
        InputError: for a negative or NaN r, unknown names, or ``exact`` where there is no integral.
        TooLargeError: where a codebook would have to be listed and is too large.
    """
    codebook = as_codebook(codebook)
    grid = np.array(r, dtype=np.float64)
    rates = grid.ravel()
    if np.any(np.isnan(rates) | (rates < 0)):
        bad = rates[np.isnan(rates) | (rates < 0)][0]
        raise InputError(f"r = {bad:g}: expected an amplitude ratio of at least 0")
    if method not in METHODS:
        raise InputError(f"method {method!r}: expected one of {', '.join(METHODS)}")
    check_seed(seed)
    whole = prior_entropy(codebook)
    columns = np.full((3, len(rates)), -np.inf)
    columns[0, rates == np.inf] = _log(whole)
    columns[1, rates == 0], columns[2, rates == 0] = _log(whole), _log(codebook.centred().energy)
    spread = np.zeros(len(rates))
    name = np.full(len(rates), "exact", dtype=object)
    where = np.flatnonzero((rates > 0) & (rates < np.inf))
    if len(where):
        found = None if method == "mc" else exact.evaluate(codebook, rates[where])
        if found is None:
            raise InputError(f"method {method!r}: no integral for {codebook.name}")
        columns[:, where] = found.log_information, found.log_entropy, found.log_mmse
        spread[where], name[where] = found.spread, found.method
    zeros = np.zeros(len(rates))

    def shaped(column: NDArray[Any]) -> Any:
        return column.reshape(grid.shape)[()]

    return Information(
        codebook=codebook.name,
        K=codebook.K,
        n=codebook.n,
        r=grid[()],
        information=shaped(np.exp(columns[0])),
        log_information=shaped(columns[0]),
        entropy=shaped(np.exp(columns[1])),
        log_entropy=shaped(columns[1]),
        mmse=shaped(np.exp(columns[2])),
        log_mmse=shaped(columns[2]),
        stderr_information=shaped(zeros),
        stderr_mmse=shaped(zeros),
        spread=shaped(spread),
        prior_entropy=whole,
        method=shaped(name),
        samples=shaped(np.zeros(len(rates), dtype=np.int64)),
        seed=seed,
    )


def prior_entropy(codebook: Codebook) -> float:
    """H(π) = −Σ π_k log π_k, nats; of a product, the sum over its factors."""
    if codebook.is_uniform:
        return math.log(codebook.K)
    if isinstance(codebook, ProductCodebook):
        return math.fsum(count * prior_entropy(factor) for factor, count in codebook.groups)
    prior: Array = codebook.prior[codebook.prior > 0]
    return float(-np.sum(prior * np.log(prior)))


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf
