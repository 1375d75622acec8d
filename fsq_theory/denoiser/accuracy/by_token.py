"""MAP accuracy given each token: closed forms where there are any, Monte Carlo elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import Array
from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.spec import as_codebook
from ...errors import InputError
from ...logspace import log1mexp, log_any
from ...seeds import check_seed
from ..settings import check_sampling
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
        log_error: log(1 − A_k), accurate in relative terms without sampling; −inf where no error was sampled.
        stderr: standard error of ``error``; 0 without sampling.
        method: ``exact``, ``quadrature`` or ``monte-carlo``.
        samples: Monte Carlo samples for each token, 0 without sampling.
        seed: of the samples.
    """

    codebook: str
    tokens: tuple[int, ...]
    r: Array
    value: Array
    error: Array
    log_error: Array
    stderr: Array
    method: str
    samples: int
    seed: int


def token_accuracy(
    codebook: Codebook | str,
    r: ArrayLike,
    tokens: ArrayLike | None = None,
    *,
    samples: int = 4096,
    seed: int = 0,
) -> TokenAccuracy:
    """A_k = P(argmax_j p(j|Y) = k | k): MAP accuracy given each token, noise N(0, 1) a coordinate.

    Exact or by quadrature for one- and two-dimensional codebooks, equidistant codes, biorthogonal ones under the
    uniform prior, and products of these.  Elsewhere the share of samples that are decided rightly, all tokens
    seeing the same noise; its standard error uses (x + 1)/(N + 2) in place of x/N.

    Args:
        codebook: any codebook, or a spec.
        r: amplitude ratios, positive and finite, any shape (flattened).
        tokens: which tokens, 0-based; all by default.
        samples: Monte Carlo samples for each token.
        seed: of the samples.

    Raises:
        InputError: for an r that is 0, negative, infinite or NaN, an unknown token, or a bad number of samples.
        TooLargeError: if all tokens are asked for and there are too many, or sampling would have to list them.
    """
    book = as_codebook(codebook)
    rates = np.array(r, dtype=np.float64).ravel()
    bad = ~(np.isfinite(rates) & (rates > 0))
    if bad.any():
        raise InputError(f"r = {rates[bad][0]:g}: accuracy by token expects positive finite amplitude ratios")
    check_sampling(samples)
    check_seed(seed)
    chosen = book.check_tokens(np.arange(len(book.prior)) if tokens is None else tokens)
    found = _token_log_errors(book, rates, chosen)
    if found is None:
        return _sampled(book, rates, chosen, samples, seed)
    log_error, method = found
    return TokenAccuracy(
        codebook=book.name,
        tokens=tuple(chosen),
        r=rates,
        value=np.exp(log1mexp(log_error)),
        error=np.exp(log_error),
        log_error=log_error,
        stderr=np.zeros_like(log_error),
        method=method,
        samples=0,
        seed=seed,
    )


def _token_log_errors(codebook: Codebook, r: Array, tokens: list[int]) -> tuple[Array, str] | None:
    if not isinstance(codebook, ProductCodebook):
        found = exact.token_log_error(codebook, r)
        return None if found is None else (found[0][:, tokens], found[1])
    digits = codebook.digits(tokens)
    tables = {factor: exact.token_log_error(factor, r) for factor in set(codebook.factors)}
    columns, methods = [], []
    for i, factor in enumerate(codebook.factors):
        table = tables[factor]
        if table is None:
            return None
        columns.append(table[0][:, digits[:, i]])
        methods.append(table[1])
    method = "exact" if all(m == "exact" for m in methods) else "quadrature"
    return np.asarray(log_any(np.stack(columns, axis=-1))[1]), method


def _sampled(codebook: Codebook, r: Array, tokens: list[int], samples: int, seed: int) -> TokenAccuracy:
    from .simulate import token_mistakes

    wrong = token_mistakes(codebook, r, tokens, samples, seed)
    error = wrong / samples
    smoothed = (wrong + 1) / (samples + 2)
    with np.errstate(divide="ignore"):
        log_error = np.log(error)
    return TokenAccuracy(
        codebook=codebook.name,
        tokens=tuple(tokens),
        r=r,
        value=1 - error,
        error=error,
        log_error=log_error,
        stderr=np.sqrt(smoothed * (1 - smoothed) / samples),
        method="monte-carlo",
        samples=samples,
        seed=seed,
    )
