"""The optimal denoiser of a codebook: posterior, posterior mean, score and MAP decision, in log space.

X = α X_0 + σ ε with X_0 = e_k, k ~ π, ε ~ N(0, I_n).  With σ = 1 and α = r this is the standard channel of the rest of
the package; with (α, σ) = (α_t, σ_t) of a schedule it is the diffusion at time t [D22].  Products are computed factor
by factor and never listed.  Other codebooks are scanned in tiles, so that memory does not grow with samples × K, except
in :func:`log_posterior` and :func:`posterior`, whose result has that size.

Everything here is JAX, follows the dtype of ``x`` and can be traced: ``jit``, ``vmap`` and ``grad`` over x, α and σ.
σ = 0 is the limit: all probability on the code nearest to x/α.  α = 0 gives the prior.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from ..codebooks.checks import listable
from ..codebooks.codebook import Codebook
from ..codebooks.product_codebook import ProductCodebook
from ..codebooks.regular import OneHotCodebook
from ..errors import InputError, TooLargeError
from .scores import Tiles, tiles

LARGEST = 1e-4
"""r ‖e‖_∞ up to which scores are formed, in units of the root of the largest number."""


def log_posterior(codebook: Codebook, x: ArrayLike, alpha: ArrayLike, sigma: ArrayLike = 1.0) -> jax.Array:
    """Log p(k|x) = log π_k − ‖x − α e_k‖²/(2σ²) − log Σ_j π_j exp(−‖x − α e_j‖²/(2σ²)).  Exact.

    Args:
        codebook: one that can be listed, or one-hot.
        x: observations, shape (..., n).
        alpha: signal amplitude, a scalar ≥ 0.
        sigma: noise standard deviation a coordinate, a scalar ≥ 0.

    Returns:
        shape (..., K).

    Raises:
        InputError: if x has another last dimension than n, or α or σ is negative.
        TooLargeError: if there are too many tokens to list; see :func:`digit_log_posteriors` for products.
    """
    rows, shape = _rows(codebook, x)
    listable(codebook.K, max(rows.shape[0], 1))
    if isinstance(codebook, ProductCodebook):
        total = jnp.zeros((rows.shape[0], 1), rows.dtype)
        for part in digit_log_posteriors(codebook, rows, alpha, sigma):
            total = (part[:, :, None] + total[:, None, :]).reshape(rows.shape[0], -1)
        return total.reshape(*shape, codebook.K)
    return _log_posterior(codebook, rows, alpha, sigma).reshape(*shape, codebook.K)


def posterior(codebook: Codebook, x: ArrayLike, alpha: ArrayLike, sigma: ArrayLike = 1.0) -> jax.Array:
    """p(k|x), shape (..., K): the exponential of :func:`log_posterior`."""
    return jnp.exp(log_posterior(codebook, x, alpha, sigma))


def digit_log_posteriors(
    codebook: ProductCodebook, x: ArrayLike, alpha: ArrayLike, sigma: ArrayLike = 1.0
) -> list[jax.Array]:
    """Log posteriors of the digits of a product, one array of shape (..., K_i) a factor; O(Σ K_i) a sample."""
    rows, shape = _rows(codebook, x)
    blocks = zip(codebook.factors, _blocks(codebook, rows), strict=True)
    parts = [_log_posterior(factor, block, alpha, sigma) for factor, block in blocks]
    return [part.reshape(*shape, part.shape[-1]) for part in parts]


def denoise(codebook: Codebook, x: ArrayLike, alpha: ArrayLike, sigma: ArrayLike = 1.0) -> jax.Array:
    """The optimal denoiser x̂_0(x) = Σ_k p(k|x) e_k = E[X_0 | X = x], shape (..., n).  Exact; arguments as above."""
    rows, shape = _rows(codebook, x)
    return _denoise(codebook, rows, alpha, sigma).reshape(*shape, codebook.n)


def score(codebook: Codebook, x: ArrayLike, alpha: ArrayLike, sigma: ArrayLike = 1.0) -> jax.Array:
    """∇ log p(x) = (α x̂_0(x) − x)/σ², shape (..., n).  Exact; σ > 0.

    Raises:
        InputError: if σ is 0, where X has no density.
    """
    _require_noise(sigma, "score")
    rows, shape = _rows(codebook, x)
    alpha, sigma = (jnp.asarray(v, rows.dtype) for v in (alpha, sigma))
    value = (alpha * _denoise(codebook, rows, alpha, sigma) - rows) / sigma**2
    return value.reshape(*shape, codebook.n)


def log_density(codebook: Codebook, x: ArrayLike, alpha: ArrayLike, sigma: ArrayLike = 1.0) -> jax.Array:
    """Log p(x) = log Σ_k π_k N(x; α e_k, σ² I), shape (...).  Exact; σ > 0; its gradient is :func:`score`.

    Raises:
        InputError: if σ is 0, where X has no density.
    """
    _require_noise(sigma, "log density")
    rows, shape = _rows(codebook, x)
    return _log_density(codebook, rows, alpha, sigma).reshape(shape)


def decide(codebook: Codebook, x: ArrayLike, alpha: ArrayLike, sigma: ArrayLike = 1.0) -> jax.Array:
    """The most probable token argmax_k p(k|x), shape (...); the first one in a tie.

    Raises:
        TooLargeError: if token numbers do not fit JAX's integers (32 or 64 bits, as configured); see
            :func:`decide_digits` for products.
    """
    rows, shape = _rows(codebook, x)
    if isinstance(codebook, ProductCodebook):
        digits = decide_digits(codebook, rows, alpha, sigma)
        if 2 ** (8 * digits.dtype.itemsize - 1) < codebook.K:
            raise TooLargeError(codebook.K, f"as token numbers in {digits.dtype}; decide_digits has no such limit")
        places = np.cumprod([1] + [f.K for f in codebook.factors[:-1]])
        return jnp.sum(digits * jnp.asarray(places, digits.dtype)[None, :], axis=1).reshape(shape)
    return _decide(codebook, rows, alpha, sigma).reshape(shape)


def decide_digits(codebook: ProductCodebook, x: ArrayLike, alpha: ArrayLike, sigma: ArrayLike = 1.0) -> jax.Array:
    """The digits of the most probable token of a product, shape (..., number of factors); never lists tokens."""
    rows, shape = _rows(codebook, x)
    blocks = zip(codebook.factors, _blocks(codebook, rows), strict=True)
    parts = [_decide(factor, block, alpha, sigma) for factor, block in blocks]
    return jnp.stack(parts, axis=-1).reshape(*shape, len(codebook.factors))


def _require_noise(sigma: ArrayLike, what: str) -> None:
    if not isinstance(sigma, jax.core.Tracer) and not np.all(np.asarray(sigma) > 0):
        raise InputError(f"sigma = {np.asarray(sigma)}: the {what} expects noise, sigma > 0")


def _rows(codebook: Codebook, x: ArrayLike) -> tuple[jax.Array, tuple[int, ...]]:
    array = jnp.asarray(x)
    if not jnp.issubdtype(array.dtype, jnp.floating):
        array = array.astype(float)
    if array.ndim == 0 or array.shape[-1] != codebook.n:
        raise InputError(f"x has shape {array.shape}: expected (..., {codebook.n}) for {codebook.name}")
    return array.reshape(-1, codebook.n), array.shape[:-1]


def _blocks(codebook: ProductCodebook, rows: jax.Array) -> list[jax.Array]:
    ends = np.cumsum([factor.n for factor in codebook.factors])
    return [rows[:, end - factor.n : end] for factor, end in zip(codebook.factors, ends, strict=True)]


def _channel(codebook: Codebook, rows: jax.Array, alpha: ArrayLike, sigma: ArrayLike) -> tuple[jax.Array, ...]:
    """(rows/σ, the same less r times the codebook's mean, r = α/σ, whether there is as good as no noise).

    So counts σ = 0, and an r at which scores would overflow: the nearest code is certain; rows are divided by α, r = 1.
    """
    for name, level in (("alpha", alpha), ("sigma", sigma)):
        if not isinstance(level, jax.core.Tracer) and not np.all(np.asarray(level) >= 0):
            raise InputError(f"{name} = {np.asarray(level)}: expected a number of at least 0")
    alpha, sigma = jnp.asarray(alpha, rows.dtype), jnp.asarray(sigma, rows.dtype)
    largest = LARGEST * math.sqrt(float(jnp.finfo(rows.dtype).max))  # type: ignore[no-untyped-call]
    reach, mean = jnp.asarray(codebook.linf / largest, rows.dtype), jnp.asarray(codebook.mean, rows.dtype)
    return _in_units_of_noise(rows, mean, reach, alpha, sigma)


@jax.jit
def _in_units_of_noise(
    rows: jax.Array, mean: jax.Array, reach: jax.Array, alpha: jax.Array, sigma: jax.Array
) -> tuple[jax.Array, ...]:
    silent = sigma <= reach * alpha
    unit = jnp.where(silent, jnp.where(alpha > 0, alpha, 1), sigma)
    rows, ratio = rows / unit, alpha / unit
    return rows, rows - ratio * mean[None, :], ratio, silent


def _log_posterior(codebook: Codebook, rows: jax.Array, alpha: ArrayLike, sigma: ArrayLike) -> jax.Array:
    scaled, shifted, ratio, silent = _channel(codebook, rows, alpha, sigma)
    log_prior = jnp.asarray(codebook.log_prior, rows.dtype)
    if isinstance(codebook, OneHotCodebook):
        return _log_softmax(scaled, ratio, silent, log_prior, jnp.asarray(codebook.scale, rows.dtype), None)
    points = codebook.points - codebook.mean
    energy = jnp.asarray(np.einsum("kn,kn->k", points, points), rows.dtype)
    return _log_softmax(shifted, ratio, silent, log_prior, jnp.asarray(points, rows.dtype), energy)


@jax.jit
def _log_softmax(
    rows: jax.Array,
    ratio: jax.Array,
    silent: jax.Array,
    log_prior: jax.Array,
    codes: jax.Array,
    energy: jax.Array | None,
) -> jax.Array:
    # One-hot codes have all the same distance from the corner c·1, so that only the inner products differ.
    fit = ratio * codes * rows if energy is None else ratio * (rows @ codes.T) - (ratio**2 / 2 * energy)[None, :]
    soft = jax.nn.log_softmax(fit + log_prior[None, :], axis=1)
    possible = jnp.where(jnp.isfinite(log_prior)[None, :], fit, -jnp.inf)
    hard = jnp.where(jnp.arange(fit.shape[1])[None, :] == jnp.argmax(possible, axis=1)[:, None], 0.0, -jnp.inf)
    return jnp.where(silent, hard.astype(rows.dtype), soft)


def _scan(codebook: Codebook, rows: jax.Array, alpha: ArrayLike, sigma: ArrayLike) -> tuple[jax.Array, ...]:
    """(log Σ_k e^{s_k − max s}, Σ_k p_k e_k, argmax s_k), s_k = log π_k + (α x·e_k − α²‖e_k‖²/2)/σ², codes centred."""
    _, shifted, ratio, silent = _channel(codebook, rows, alpha, sigma)
    cut = jax.tree.map(lambda part: part.astype(rows.dtype), tiles(codebook))
    return _scan_tiles(cut, shifted, ratio, silent)


@jax.jit
def _scan_tiles(cut: Tiles, rows: jax.Array, ratio: jax.Array, silent: jax.Array) -> tuple[jax.Array, ...]:
    samples, size = rows.shape[0], cut.points.shape[1]
    Carry = tuple[jax.Array, jax.Array, jax.Array, jax.Array]

    def step(carry: Carry, tile: Carry) -> tuple[Carry, None]:
        best, winner, total, weighted = carry
        points, energy, log_p, start = tile
        fit = ratio * (rows @ points.T) - (ratio**2 / 2 * energy)[None, :]
        possible = jnp.where(jnp.isfinite(log_p), 0.0, -jnp.inf).astype(rows.dtype)
        scores = fit + jnp.where(silent, possible, log_p)[None, :]
        top = jnp.max(scores, axis=1)
        winner = jnp.where(top > best, start + jnp.argmax(scores, axis=1), winner)
        new_best = jnp.maximum(best, top)
        shift = jnp.where(jnp.isfinite(new_best), new_best, 0)
        mass = jnp.exp(scores - shift[:, None])
        keep = jnp.exp(best - shift)
        return (new_best, winner, total * keep + mass.sum(axis=1), weighted * keep[:, None] + mass @ points), None

    starts = jnp.arange(cut.points.shape[0]) * size
    state = (
        jnp.full(samples, -jnp.inf, rows.dtype),
        jnp.zeros(samples, starts.dtype),
        jnp.zeros(samples, rows.dtype),
        jnp.zeros_like(rows),
    )
    (_, winner, total, weighted), _ = jax.lax.scan(step, state, (cut.points, cut.energies, cut.log_prior, starts))
    nearest = cut.points.reshape(-1, rows.shape[1])[winner]
    return jnp.where(silent, 0.0, jnp.log(total)), jnp.where(silent, nearest, weighted / total[:, None]), winner


def _denoise(codebook: Codebook, rows: jax.Array, alpha: ArrayLike, sigma: ArrayLike) -> jax.Array:
    if isinstance(codebook, ProductCodebook):
        blocks = zip(codebook.factors, _blocks(codebook, rows), strict=True)
        return jnp.concatenate([_denoise(factor, block, alpha, sigma) for factor, block in blocks], axis=1)
    if isinstance(codebook, OneHotCodebook):
        return codebook.scale * jnp.exp(_log_posterior(codebook, rows, alpha, sigma)) + codebook.offset
    return _scan(codebook, rows, alpha, sigma)[1] + jnp.asarray(codebook.mean, rows.dtype)[None, :]


def _log_density(codebook: Codebook, rows: jax.Array, alpha: ArrayLike, sigma: ArrayLike) -> jax.Array:
    if isinstance(codebook, ProductCodebook):
        blocks = zip(codebook.factors, _blocks(codebook, rows), strict=True)
        return sum((_log_density(factor, b, alpha, sigma) for factor, b in blocks), jnp.zeros((), rows.dtype))
    alpha, sigma = jnp.asarray(alpha, rows.dtype), jnp.asarray(sigma, rows.dtype)
    normal = -codebook.n * (jnp.log(sigma) + float(np.log(2 * np.pi)) / 2)
    if isinstance(codebook, OneHotCodebook):
        corner = rows - alpha * codebook.offset
        log_prior = jnp.asarray(codebook.log_prior, rows.dtype)[None, :]
        scores = alpha * codebook.scale * corner / sigma**2 + log_prior
        winner = jnp.argmax(scores, axis=1)
        index = jnp.arange(codebook.K)[None, :] == winner[:, None]
        others = jax.scipy.special.logsumexp(scores - jnp.max(scores, axis=1)[:, None], axis=1)
        gap = corner - alpha * codebook.scale * index.astype(rows.dtype)
        return others + log_prior[0][winner] + normal - jnp.sum(gap**2, axis=1) / (2 * sigma**2)
    others, _, winner = _scan(codebook, rows, alpha, sigma)
    # Relative to the most probable code, whose distance is taken directly, nothing cancels at small σ.
    gap = rows - alpha * jnp.asarray(codebook.points, rows.dtype)[winner]
    log_prior = jnp.asarray(codebook.log_prior, rows.dtype)[winner]
    return others + log_prior + normal - jnp.sum(gap**2, axis=1) / (2 * sigma**2)


def _decide(codebook: Codebook, rows: jax.Array, alpha: ArrayLike, sigma: ArrayLike) -> jax.Array:
    if isinstance(codebook, OneHotCodebook):
        return jnp.argmax(_log_posterior(codebook, rows, alpha, sigma), axis=1)
    return _scan(codebook, rows, alpha, sigma)[2]
