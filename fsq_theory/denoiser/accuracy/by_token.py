"""MAP accuracy given each token, where closed forms give it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import Array
from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...errors import InputError
from ...logspace import log1mexp, log_any
from . import exact


@dataclass(frozen=True)
class TokenAccuracy:
    """MAP accuracy given each of some tokens.

    Attributes:
        codebook: its name.
        tokens: which tokens.
        r: amplitude ratios, shape (R,).
        value: A_k, shape (R, tokens).
        error: 1 − A_k.
        log_error: log(1 − A_k), accurate in relative terms.
        method: ``exact`` or ``quadrature``.
    """

    codebook: str
    tokens: tuple[int, ...]
    r: Array
    value: Array
    error: Array
    log_error: Array
    method: str


def token_accuracy(codebook: Codebook, r: ArrayLike, tokens: ArrayLike | None = None) -> TokenAccuracy:
    """A_k = P(argmax_j p(j|Y) = k | k): MAP accuracy given each token, where a closed form or integral gives it.

    Args:
        codebook: one-dimensional, planar, equidistant or biorthogonal (uniform prior), or a product of such.
        r: amplitude ratios, positive and finite, any shape (flattened).
        tokens: which tokens, 0-based; all by default.

    Raises:
        InputError: for other codebooks and for r that is 0, negative, infinite or NaN.
        TooLargeError: if all tokens are asked for and there are too many.
    """
    rates = np.array(r, dtype=np.float64).ravel()
    bad = ~(np.isfinite(rates) & (rates > 0))
    if bad.any():
        raise InputError(f"r = {rates[bad][0]:g}: accuracy by token expects positive finite amplitude ratios")
    chosen = codebook.check_tokens(np.arange(len(codebook.prior)) if tokens is None else tokens)
    log_error, method = _token_log_errors(codebook, rates, chosen)
    return TokenAccuracy(
        codebook.name, tuple(chosen), rates, np.exp(log1mexp(log_error)), np.exp(log_error), log_error, method
    )


def _token_log_errors(codebook: Codebook, r: Array, tokens: list[int]) -> tuple[Array, str]:
    if not isinstance(codebook, ProductCodebook):
        log_error, method = exact.token_log_error(codebook, r)
        return log_error[:, tokens], method
    digits = codebook.digits(tokens)
    tables = {factor: exact.token_log_error(factor, r) for factor in set(codebook.factors)}
    columns = [tables[factor][0][:, digits[:, i]] for i, factor in enumerate(codebook.factors)]
    method = "exact" if all(m == "exact" for _, m in tables.values()) else "quadrature"
    return np.asarray(log_any(np.stack(columns, axis=-1))[1]), method
