"""Information, entropy and squared error given each token: by integrals where there are any, Monte Carlo elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...arrays import Array
from ...codebooks.array_codebook import ArrayCodebook
from ...codebooks.checks import listable
from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.recognition import as_product, product_tokens
from ...codebooks.regular import BiorthogonalCodebook, EquidistantCodebook
from ...codebooks.regularity import as_regular
from ...codebooks.span import affine_coordinates
from ...codebooks.spec import as_codebook
from ...errors import InputError
from ...logspace import LOG_2, logsumexp
from ...seeds import check_seed
from ..settings import BEYOND_RANGE, check_choice, check_ratios, check_sampling
from . import exact
from .evaluation import EPS
from .information import METHODS
from .scalar_tokens import TokenEvaluation, evaluate_tokens, surprises


@dataclass(frozen=True)
class TokenInformation:
    """What Y = r e_k + ε says of token k, for each r and some tokens; nats.  Arrays have shape (R, tokens).

    Attributes:
        codebook: its name.
        tokens: which tokens.
        r: amplitude ratios, shape (R,).
        information: D_k = KL(N(r e_k, I)‖p_Y) = E[log p(k|Y)/π_k | k]: the path KL of the token's path from the data
            path, from SNR 0 to γ = r², without a pin; Σ π_k D_k = I.
        log_information: its logarithm.
        entropy: h_k = E[−log p(k|Y) | k] = −log π_k − D_k; Σ π_k h_k = H(X_0|Y).
        log_entropy: its logarithm.
        mmse: m_k = E[‖e_k − x̂_0(Y)‖² | k]; Σ π_k m_k = MMSE, and dD_k/dγ = ½ m_k.
        log_mmse: its logarithm.
        stderr_information: standard error of ``information`` and of ``entropy``; 0 without sampling.
        stderr_mmse: standard error of ``mmse``.
        spread: bound on the relative error of numerical integration, of all three; 0 for Monte Carlo.
        method: ``exact``, ``quadrature`` or ``monte-carlo``, for each r.
        samples: Monte Carlo samples for each token, for each r; 0 without sampling.
        seed: of the samples.
    """

    codebook: str
    tokens: tuple[int, ...]
    r: Array
    information: Array
    log_information: Array
    entropy: Array
    log_entropy: Array
    mmse: Array
    log_mmse: Array
    stderr_information: Array
    stderr_mmse: Array
    spread: Array
    method: NDArray[Any]
    samples: NDArray[np.int64]
    seed: int

    def rows(self, *, bits: bool = False) -> list[dict[str, Any]]:
        """One dictionary an r and token, with plain Python values; standard errors are None without sampling.

        Args:
            bits: whether information and entropies are in bits instead of nats.
        """
        unit = LOG_2 if bits else 1.0
        rows = []
        for i, r in enumerate(self.r.tolist()):
            sampled = self.method[i] == "monte-carlo"
            for j, token in enumerate(self.tokens):
                row: dict[str, Any] = {"codebook": self.codebook, "token": token, "r": r}
                row |= {
                    "information": float(self.information[i, j]) / unit,
                    "entropy": float(self.entropy[i, j]) / unit,
                }
                row["mmse"] = float(self.mmse[i, j])
                row["stderr_information"] = float(self.stderr_information[i, j]) / unit if sampled else None
                row["stderr_mmse"] = float(self.stderr_mmse[i, j]) if sampled else None
                row["method"] = str(self.method[i])
                row["log_information"] = float(self.log_information[i, j]) - math.log(unit)
                row["log_entropy"] = float(self.log_entropy[i, j]) - math.log(unit)
                row["log_mmse"] = float(self.log_mmse[i, j])
                row |= {"spread": float(self.spread[i, j]), "samples": int(self.samples[i])}
                rows.append({**row, "unit": "bits" if bits else "nats", "seed": self.seed})
        return rows


def token_information(
    codebook: Codebook | str,
    r: ArrayLike,
    tokens: ArrayLike | None = None,
    *,
    method: str = "auto",
    samples: int = 65536,
    seed: int = 0,
) -> TokenInformation:
    """D_k = E[log p(k|Y)/π_k | k], h_k = E[−log p(k|Y) | k] and m_k = E[‖e_k − x̂_0‖² | k] for Y = r e_k + ε; nats.

    D_k is the KL divergence of p(Y|k) from p(Y), and of the reverse paths of token k from those of the data: section by
    section ½ ∫ m_k dγ.  By quadrature for codes on a line and products of these, and for equidistant and biorthogonal
    codes, whose tokens are all alike under the uniform prior, wherever I is; by Monte Carlo elsewhere.

    Args:
        codebook: codes and prior, or a spec of them.
        r: amplitude ratios, ≥ 0, possibly infinite; any shape (flattened).
        tokens: which tokens, 0-based, of positive probability; all by default.
        method: ``auto`` takes integrals where they exist; ``exact`` refuses to sample; ``mc`` always samples.
        samples: Monte Carlo samples for each token and r.
        seed: of the samples.

    Raises:
        InputError: for a negative or NaN r, an unknown token or one of probability 0, unknown names, or ``exact`` where
            there is no integral.
        TooLargeError: if all tokens are asked for and there are too many, or sampling would have to list them.
    """
    book = as_codebook(codebook)
    rates = check_ratios(r)[1]
    check_choice("method", method, METHODS)
    check_sampling(samples)
    check_seed(seed)
    chosen = book.check_tokens(np.arange(listable(book.K, max(1, len(rates)))) if tokens is None else tokens)
    surprise = _surprise(book, chosen)
    impossible = np.flatnonzero(np.isposinf(surprise))
    if len(impossible):
        raise InputError(f"token {chosen[impossible[0]]} of {book.name} has probability 0: expected tokens that occur")
    shape = (len(rates), len(chosen))
    logs, stderr, spread = np.full((3, *shape), -np.inf), np.zeros((2, *shape)), np.zeros(shape)
    name, drawn = np.full(len(rates), "exact", dtype=object), np.zeros(len(rates), dtype=np.int64)
    with np.errstate(divide="ignore"):
        logs[0] = np.log(surprise)
        logs[1, rates == 0] = np.log(surprise)
        logs[0, rates == 0] = -np.inf
        logs[2, rates == 0] = 2 * np.log(np.linalg.norm(book.codes(chosen) - book.mean, axis=1))
    where = np.flatnonzero((rates > 0) & (rates < BEYOND_RANGE / book.linf))
    found = None if method == "mc" or not len(where) else _evaluate(book, chosen, rates[where])
    if found is not None:
        logs[:, where] = found.log_information, found.log_entropy, found.log_mmse
        spread[where], name[where] = found.spread, found.method
    elif method == "exact" and len(where):
        raise InputError(
            f"method 'exact': no low-dimensional integral for tokens of {book.name} (K = {book.K}, n = {book.n});"
            " accepted: auto, mc"
        )
    else:
        from .token_monte_carlo import token_estimate

        for i in where.tolist():
            for j, token in enumerate(chosen):
                one = token_estimate(book, token, float(rates[i]), samples=samples, seed=seed)
                logs[:, i, j] = one.log_information, one.log_entropy, one.log_mmse
                stderr[:, i, j] = one.stderr_information, one.stderr_mmse
                drawn[i] = max(drawn[i], one.samples)
            name[where] = "monte-carlo"
    with np.errstate(over="ignore"):
        values = np.exp(logs)
    return TokenInformation(
        codebook=book.name,
        tokens=tuple(chosen),
        r=rates,
        information=values[0],
        log_information=logs[0],
        entropy=values[1],
        log_entropy=logs[1],
        mmse=values[2],
        log_mmse=logs[2],
        stderr_information=stderr[0],
        stderr_mmse=stderr[1],
        spread=spread,
        method=name,
        samples=drawn,
        seed=seed,
    )


def _evaluate(codebook: Codebook, tokens: list[int], r: Array) -> TokenEvaluation | None:
    """By integrals; None where there are none."""
    if isinstance(codebook, ProductCodebook):
        return _product(codebook, tokens, r)
    if codebook.is_uniform and isinstance(as_regular(codebook), EquidistantCodebook | BiorthogonalCodebook):
        whole = exact.evaluate(codebook, r)
        if whole is None:
            return None
        alike = np.zeros(len(tokens))
        logs = [column[:, None] + alike for column in (whole.log_information, whole.log_entropy, whole.log_mmse)]
        return TokenEvaluation(logs[0], logs[1], logs[2], whole.spread[:, None] + alike, whole.method)
    if not isinstance(codebook, ArrayCodebook):
        return None
    line = affine_coordinates(codebook.points)
    if line is not None and line.shape[1] == 1:
        return evaluate_tokens(line[:, 0], codebook.prior, tokens, r)
    product = as_product(codebook)
    if product is None:
        return None
    return _product(product, product_tokens(codebook, product)[tokens].tolist(), r)


def _product(codebook: ProductCodebook, tokens: list[int], r: Array) -> TokenEvaluation | None:
    """D_k, h_k and m_k add over the digits of a token."""
    digits = codebook.digits(tokens)
    parts = []
    for i, factor in enumerate(codebook.factors):
        if any(factor is other for other in codebook.factors[:i]):
            continue
        places = [j for j, other in enumerate(codebook.factors) if other is factor]
        needed = sorted(set(digits[:, places].ravel().tolist()))
        found = _evaluate(factor, needed, r)
        if found is None:
            return None
        for j in places:
            parts.append((found, np.searchsorted(needed, digits[:, j])))

    def added(column: str) -> Array:
        return np.asarray(logsumexp(np.stack([getattr(part, column)[:, index] for part, index in parts], axis=-1)))

    spread = np.max(np.stack([part.spread[:, index] for part, index in parts], axis=-1), axis=-1) + 4 * EPS
    method = "exact" if all(part.method == "exact" for part, _ in parts) else "quadrature"
    return TokenEvaluation(added("log_information"), added("log_entropy"), added("log_mmse"), spread, method)


def _surprise(codebook: Codebook, tokens: list[int]) -> Array:
    """−log π_k of some tokens, without listing the others of a product."""
    if codebook.is_uniform:
        return np.full(len(tokens), math.log(codebook.K))
    if isinstance(codebook, ProductCodebook):
        digits = codebook.digits(tokens)
        return np.sum([_surprise(factor, digits[:, i].tolist()) for i, factor in enumerate(codebook.factors)], axis=0)
    return surprises(codebook.prior, tokens)
