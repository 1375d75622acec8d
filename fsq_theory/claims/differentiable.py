"""Quantities on codebooks as differentiable functions of the codes, r and the prior, by JAX.

They propose; they decide nothing.  An error is the union bound where errors are rare and a mean over fixed noise where
they are common, the same noise for every codebook of a size, so that two codebooks are compared on equal terms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..codebooks.distances import distance_statistics
from ..denoiser.accuracy.traced import log_error as traced_log_error
from ..errors import InputError
from ..gaussian import log_ndtr
from ..logspace import LOG_2
from . import quantities as q
from .codes import constrained
from .formula import Formula
from .variables import Codebooks, DomainSymbol, Priors, Specs

RARE = 0.03
"""Union bound below which it stands for the error."""

SAMPLES = 512

MOST_TOKENS = 256
"""Reference codebooks larger than this are taken by their closed form or not at all."""

SAME = 1e-9
"""Codes this close count as this far apart, for the derivative of a distance at 0 is infinite."""


class NotTraced(Exception):
    """Something that JAX does not differentiate; the message says what."""


def traceable(formula: Formula) -> bool:
    """Whether a formula has no user's functions in it, and no others that JAX does not know."""
    if any(isinstance(a, q.Measurement) for a in formula.quantities.values()):
        return False
    try:
        jax.eval_shape(formula.traced_terms, *[1.0] * len(formula.symbols))
    except Exception:  # SymPy's printer and JAX each have many ways to say no.
        return False
    return True


def traced_terms(
    formula: Formula, values: Mapping[str, Any], specs: Mapping[str, str], noise: Mapping[int, Any]
) -> Sequence[Any]:
    """The terms of a formula's sum, as JAX numbers.

    Args:
        formula: without users' functions.
        values: a scalar for a Real or Integer, codes as drawn for Codebooks, log probabilities for Priors, by name.
        specs: the chosen reference codebook of each Specs variable, by name.
        noise: normal noise of shape (S, n) by dimension n, see :func:`noise_for`.

    Raises:
        NotTraced: for a reference codebook that has no traced closed form and is too large to list.
    """
    found = [_quantity(application, values, specs, noise) for application in formula.quantities.values()]
    return formula.traced_terms(*(values[v.name] for v in formula.reals), *found)


def noise_for(dimensions: Sequence[int], seed: int) -> dict[int, Any]:
    """Normal noise by dimension."""
    return {n: jnp.asarray(np.random.default_rng([seed, n]).standard_normal((SAMPLES, n))) for n in set(dimensions)}


def _quantity(application: Any, values: Mapping[str, Any], specs: Mapping[str, str], noise: Mapping[int, Any]) -> Any:
    kind, variable, rest = type(application), application.args[0], application.args[1:]
    log_prior = None
    if rest and isinstance(rest[-1], Priors):
        log_prior, rest = values[rest[-1].name], rest[:-1]
    numbers = [
        values[a.name] if isinstance(a, DomainSymbol) else sum(traced_terms(Formula(a), values, specs, noise))
        for a in rest
    ]
    if isinstance(variable, Codebooks):
        return _KINDS[kind](constrained(values[variable.name], variable.constraint, jnp), numbers, log_prior, noise)
    assert isinstance(variable, Specs)
    book = variable.books[specs[variable.name]]
    if book.K <= MOST_TOKENS:
        own = jnp.log(jnp.asarray(book.prior)) if log_prior is None and not book.is_uniform else log_prior
        return _KINDS[kind](jnp.asarray(book.points), numbers, own, noise)
    return _of_large(kind, book, numbers, log_prior)


def _of_large(kind: Any, book: Any, numbers: list[Any], log_prior: Any) -> Any:
    """Quantities of a codebook too large to be listed here."""
    if kind in (q.error, q.log_error, q.accuracy) and log_prior is None:
        try:
            log = traced_log_error(book, numbers[0])
        except InputError as reason:
            raise NotTraced(str(reason)) from reason
        return {q.log_error: log, q.error: jnp.exp(log), q.accuracy: -jnp.expm1(log)}[kind]
    if kind in (q.tokens, q.dimension):
        return jnp.asarray(float(book.K if kind is q.tokens else book.n))
    if kind in (q.nn_distance, q.d_min):
        found = distance_statistics(book)
        return jnp.asarray(found.nn_mean if kind is q.nn_distance else found.d_min)
    raise NotTraced(f"{kind.__name__} of {book.name} is not traced: it has {book.K} tokens")


def _distances(codes: Any) -> Any:
    square = jnp.sum((codes[:, None, :] - codes[None, :, :]) ** 2, axis=-1)
    return jnp.where(jnp.eye(len(codes)) > 0, jnp.inf, jnp.sqrt(jnp.maximum(square, SAME**2)))


def _log_error(codes: Any, numbers: Sequence[Any], log_prior: Any, noise: Mapping[int, Any]) -> Any:
    (r,) = numbers
    count = len(codes)
    own = jnp.full(count, -np.log(count)) if log_prior is None else log_prior
    off = jnp.eye(count) == 0
    distance = jnp.where(off, _distances(codes), 1.0)
    threshold = r * distance / 2 + (own[:, None] - own[None, :]) / (r * distance)
    log_tails = jnp.where(off, own[:, None] + log_ndtr(-threshold), -jnp.inf)
    union = jax.scipy.special.logsumexp(log_tails)
    rows = _posterior_rows(codes, r, own, noise)
    weight = _sent(own)[1]
    common = jnp.log(jnp.maximum(jnp.sum(weight * (1 - jnp.max(rows, axis=1))), 1e-9))
    return jnp.where(union < np.log(RARE), union, common)


def _sent(own: Any) -> tuple[Any, Any]:
    """Tokens sent, one after the other, and the weight of each sample: its token's probability."""
    count = own.shape[0]
    token = np.arange(max(SAMPLES // count, 1) * count) % count
    weight = jnp.exp(own)[token]
    return token, weight / jnp.sum(weight)


def _posterior_rows(codes: Any, r: Any, own: Any, noise: Mapping[int, Any]) -> Any:
    token = _sent(own)[0]
    drawn = noise[codes.shape[1]][: len(token)]
    y = r * codes[token[: len(drawn)]] + drawn
    logits = r * (y @ codes.T) - (r**2 * jnp.sum(codes**2, axis=1) / 2 - own)[None, :]
    return jax.nn.softmax(logits, axis=1)


def _information(codes: Any, numbers: Sequence[Any], log_prior: Any, noise: Mapping[int, Any]) -> Any:
    own = jnp.full(len(codes), -np.log(len(codes))) if log_prior is None else log_prior
    rows, weight = _posterior_rows(codes, numbers[0], own, noise), _sent(own)[1]
    entropy = -jnp.sum(jnp.exp(own) * own)
    return entropy + jnp.sum(weight * jnp.sum(rows * jnp.log(jnp.maximum(rows, 1e-300)), axis=1))


def _mmse(codes: Any, numbers: Sequence[Any], log_prior: Any, noise: Mapping[int, Any]) -> Any:
    own = jnp.full(len(codes), -np.log(len(codes))) if log_prior is None else log_prior
    rows, weight = _posterior_rows(codes, numbers[0], own, noise), _sent(own)[1]
    mean = rows @ codes
    return jnp.sum(weight * (rows @ jnp.sum(codes**2, axis=1) - jnp.sum(mean**2, axis=1)))


def _path_kl(codes: Any, numbers: Sequence[Any], log_prior: Any, noise: Mapping[int, Any]) -> Any:
    gamma_eps, gamma_T = numbers
    centred = codes - jnp.mean(codes, axis=0, keepdims=True)
    return jnp.sum(centred**2) / (len(codes) - 1) * (gamma_eps - gamma_T)


_KINDS: dict[Any, Any] = {
    q.log_error: _log_error,
    q.error: lambda *args: jnp.exp(_log_error(*args)),
    q.accuracy: lambda *args: -jnp.expm1(jnp.minimum(_log_error(*args), -LOG_2 * 1e-9)),
    q.information: _information,
    q.mmse: _mmse,
    q.nn_distance: lambda codes, *_: jnp.mean(jnp.min(_distances(codes), axis=1)),
    q.d_min: lambda codes, *_: jnp.min(_distances(codes)),
    q.path_kl: _path_kl,
    q.tokens: lambda codes, *_: jnp.asarray(float(codes.shape[0])),
    q.dimension: lambda codes, *_: jnp.asarray(float(codes.shape[1])),
}
