"""Empirical priors: how often each token, or each digit of a product, occurs in a file of token ids."""

from __future__ import annotations

import math
import os

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import Array
from ..errors import InputError
from .checks import check_prior, listable
from .codebook import Codebook
from .product_codebook import ProductCodebook
from .token_files import token_pieces

Counts = NDArray[np.int64]
Source = ArrayLike | str | os.PathLike[str]

MAX_SMOOTHING = 1e15


def token_histogram(source: Source, tokens: int) -> Counts:
    """How often each of K tokens occurs, shape (K,).

    Args:
        source: token ids: integers of any shape, or the path of a ``.npy``, ``.npz`` (key ``tokens``) or text file, in
            which whole numbers have white space or commas between them and ``#`` starts a comment.
        tokens: K.

    Raises:
        InputError: naming the file and the value, for a file that cannot be read, ids that are not whole numbers or
            not in [0, K), or none at all.
        TooLargeError: for more tokens than can be listed.
    """
    counts = np.zeros(listable(tokens), dtype=np.int64)
    for piece in token_pieces(source, tokens):
        if len(piece) * 16 < tokens:
            np.add.at(counts, piece, 1)
        else:
            counts += np.bincount(piece, minlength=tokens)
    return counts


def digit_histograms(source: Source, codebook: ProductCodebook) -> list[Counts]:
    """How often each factor of a product has each of its digits, one array of shape (K_i,) a factor.

    Tokens are never listed; token k has the digits that :meth:`.ProductCodebook.digits` says.

    Args:
        source: the path of a file of token ids, or integers of any shape, as of :func:`token_histogram`.
        codebook: a product of at most 2^63 tokens.

    Raises:
        InputError: for too many tokens, and as :func:`token_histogram`.
    """
    if codebook.K > 2**63:
        raise InputError(f"{codebook.name} has {codebook.K} tokens: expected at most 2^63 for token ids")
    counts = [np.zeros(factor.K, dtype=np.int64) for factor in codebook.factors]
    for piece in token_pieces(source, codebook.K):
        rest = piece
        for i, factor in enumerate(codebook.factors):
            rest, digit = np.divmod(rest, factor.K)
            counts[i] += np.bincount(digit, minlength=factor.K)
    return counts


def with_histogram(codebook: Codebook, path: Source, smoothing: float = 0.0, independent: bool = False) -> Codebook:
    """The same codes under an empirical prior, π_k = (c_k + s)/(Σc + sK) with c_k the count of token k in a file.

    Tokens that do not occur have prior 0 without smoothing.  A product is listed, for counts do not factorise; with
    ``independent`` it stays a lazy product under the product of its digits' marginals.  That is an approximation of the
    joint prior, and everything that factorises is exact for it; the KL divergence between the two is
    :func:`total_correlation`.

    Args:
        codebook: the codes; token ids are 0 to K − 1.
        path: a file, or integers, as in :func:`token_histogram`.
        smoothing: s, added to the count of every token; from 0 to 1e15.
        independent: keep a product, by the marginals of its digits.

    Raises:
        InputError: for ids as in :func:`token_histogram`, a bad smoothing, or ``independent`` for no product.
        TooLargeError: for a codebook that cannot be listed.
    """
    if not independent:
        listable(codebook.K)
        return codebook.with_prior(smoothed_shares(token_histogram(path, codebook.K), smoothing))
    if not isinstance(codebook, ProductCodebook):
        raise InputError(
            f"histogram: {codebook.name} is no product: expected one with independent=true, as fsq:8,5,5,5"
        )
    counts = digit_histograms(path, codebook)
    parts = zip(codebook.factors, counts, strict=True)
    # Each digit is that of K/K_i tokens, all of which are smoothed.
    factors = [f.with_prior(smoothed_shares(count, smoothing, codebook.K / f.K)) for f, count in parts]
    return ProductCodebook(factors, codebook.name)


def total_correlation(codebook: ProductCodebook, prior: ArrayLike) -> float:
    """KL(π ‖ Π_i π_i) = Σ_i H(π_i) − H(π) ≥ 0, nats: what the product of the digits' marginals π_i leaves out.

    Exact for the given prior; as an estimate from a histogram it is biased upwards, by about half the number of seen
    tokens over the number of ids.

    Args:
        codebook: a product, for its digits.
        prior: π, shape (K,), or counts of tokens (integers).

    Raises:
        InputError: for no product, or a prior that is none.
        TooLargeError: for more tokens than can be listed.
    """
    if not isinstance(codebook, ProductCodebook):
        raise InputError(f"total correlation: {codebook.name} is no product: expected one, as fsq:8,5,5,5")
    values = np.asarray(prior)
    if values.dtype.kind in "iu" and values.ndim == 1 and values.size and int(values.min()) >= 0 and values.sum() > 0:
        values = values / values.sum()
    joint = check_prior(values, listable(codebook.K))
    log_product = np.zeros(codebook.K)
    place = 1
    for factor in codebook.factors:
        shaped = joint.reshape(-1, factor.K, place)
        with np.errstate(divide="ignore"):
            marginal = np.log(shaped.sum(axis=(0, 2)))
        log_product.reshape(-1, factor.K, place)[...] += marginal[None, :, None]
        place *= factor.K
    seen = joint > 0
    return max(math.fsum(joint[seen] * (np.log(joint[seen]) - log_product[seen])), 0.0)


def smoothed_shares(counts: Counts, smoothing: float = 0.0, each: float = 1.0) -> Array:
    """(c_k + sm)/(Σc + smK), shape (K,): counts as a prior.

    Args:
        counts: c, shape (K,).
        smoothing: s.
        each: m, how many tokens are counted together in each of the counts.

    Raises:
        InputError: for a smoothing that is not from 0 to 1e15.
    """
    if not 0 <= smoothing <= MAX_SMOOTHING:
        raise InputError(f"histogram: smoothing {smoothing:g}: expected a number from 0 to {MAX_SMOOTHING:g}")
    weights = counts + smoothing * each
    return np.asarray(weights / math.fsum(weights), dtype=np.float64)
