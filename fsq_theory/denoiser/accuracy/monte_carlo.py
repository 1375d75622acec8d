"""Monte Carlo estimates of accuracy, for any codebook, and the rule that picks among them.

Estimators of the error 1 − A of MAP decisions, y = r e_k + ε, ε ~ N(0, I), k ~ π:

- ``naive``: the mean of 1{a competitor scores higher than k}.
- ``posterior``: the mean of 1 − max_j p(j|y), the naive estimator given y: never a larger variance.
- ``mean-width``: 1 − E_Z max_k π_k exp(r Z·e_k − r²‖e_k‖²/2), Z ~ N(0, I); good at low SNR, and refused where its
  samples are so skewed that their spread says little about their mean.
- ``karp-luby``: a union of half-spaces, bounded relative error at every SNR (:mod:`.karp_luby`).

All are unbiased.  ``auto``: Karp–Luby where the union bound is below 0.1, since errors may then be too rare for plain
samples to show their own spread; elsewhere a short pilot of each estimator that is sound there, the one with the
smallest standard error, and fresh samples for the answer, so that the choice does not bias it.  Noise depends on the
seed alone, not on r or the codebook: curves and differences at equal seeds use common random numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from ...arrays import Array
from ...codebooks.checks import listable
from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.regular import EquidistantCodebook, OneHotCodebook
from ...errors import InputError
from ...seeds import jax_key
from ..scores import Rivals, Tiles, compare, cumulative_prior, draw_tokens, padded_codes, rivals, tiles
from .exact import SAME_VALUE, coordinate_values
from .karp_luby import decisive, karp_luby
from .sampling import ESTIMATORS, Estimate, binomial_estimate, collect, mean_estimate

PILOT_SAMPLES = 2048
BATCH = 4096
RARE = 0.1
"""Union bound below which only Karp–Luby is trusted."""

MEAN_WIDTH_REACH = 1.5
"""Largest r·max‖e_k‖ for the mean-width form: the variance of its samples is at most exp(r²‖e‖²) − 1."""

RESOLUTION_REACH = 1e6
"""Largest r·max‖e_k‖ at which scores, of size r²‖e‖², keep differences of 1e-4; beyond, only differences are used."""

LISTED_FOR_CHOICE = 2**24
"""Codebooks of more coordinates than this are not listed to choose an estimator."""

BATCH_COORDINATES = 2**24
"""Most samples × dimensions of noise in a batch."""


def estimate(
    codebook: Codebook,
    r: float,
    *,
    readout: str = "map",
    top: int = 1,
    estimator: str = "auto",
    samples: int = 65536,
    rtol: float | None = None,
    seed: int = 0,
) -> Estimate:
    """Estimate 1 − A at one r > 0 by Monte Carlo, in float64.

    Args:
        codebook: any; products are simulated digit by digit and one-hot codes coordinate by coordinate, others must be
            small enough to list (but for the ``naive`` MAP estimator of simplex codes).
        r: amplitude ratio, positive and finite.
        readout: ``map``, ``soft`` (error 1 − p(k|y)), ``top`` (k not among the m most probable), ``digit`` (share of
            coordinates, or of factors for a product, that the MAP decision gets wrong) or ``rounding``.
        top: m.
        estimator: ``auto``, or one of ``naive``, ``posterior``, ``mean-width``, ``karp-luby`` for ``map``.
        samples: most samples.
        rtol: stop earlier at this relative standard error.
        seed: of all randomness.

    Raises:
        InputError: for an estimator that does not apply.
        TooLargeError: if the codebook would have to be listed and is too large.
    """
    with jax.enable_x64(True):
        pilot_key, key = jax.random.split(jax_key(seed))
        if readout != "map":
            if estimator not in ("auto", "naive"):
                raise InputError(f"estimator {estimator!r}: the {readout} readout has only 'naive'")
            sampler = _value_sampler(codebook, r, readout, top)
            return _simulate(sampler, readout, codebook.n, key, samples, rtol, guarded=True)
        if estimator != "auto":
            return _run(estimator, codebook, r, key, samples, rtol)
        names = sound_estimators(codebook, r)
        if len(names) == 1:
            return _run(names[0], codebook, r, key, samples, rtol)

        def log_stderr(name: str) -> float:
            pilot_run = jax.random.fold_in(pilot_key, ESTIMATORS.index(name))
            return _run(name, codebook, r, pilot_run, PILOT_SAMPLES, None).log_stderr

        return _run(min(names, key=log_stderr), codebook, r, key, samples, rtol)


def sound_estimators(codebook: Codebook, r: float) -> tuple[str, ...]:
    """The estimators whose standard error can be trusted at this r: what ``auto`` chooses from."""
    if isinstance(codebook, EquidistantCodebook) and codebook.is_uniform:
        return ("naive",)
    if isinstance(codebook, OneHotCodebook) or codebook.K * codebook.n > LISTED_FOR_CHOICE:
        return ("posterior",)
    reach = r * _radius(codebook)
    if reach > RESOLUTION_REACH:
        return ("karp-luby",)
    names = ["posterior"]
    if reach <= MEAN_WIDTH_REACH:
        names.append("mean-width")
    spaces = decisive(codebook, r, most_union=1.0)
    if spaces is not None:
        names.append("karp-luby")
        if spaces.log_union <= np.log(RARE):
            return ("karp-luby",)
    return tuple(names)


def _radius(codebook: Codebook) -> float:
    return float(np.max(np.linalg.norm(codebook.points - codebook.mean, axis=1)))


def _run(name: str, codebook: Codebook, r: float, key: jax.Array, samples: int, rtol: float | None) -> Estimate:
    if name not in ESTIMATORS:
        raise InputError(f"estimator {name!r}: expected auto or one of {', '.join(ESTIMATORS)}")
    if name == "karp-luby":
        spaces = decisive(_listed(codebook), r)
        if spaces is None:
            raise InputError(
                f"estimator 'karp-luby' at r = {r:g}: too many competitors of {codebook.name} matter at so low an SNR;"
                " accepted there: naive, posterior"
            )
        return karp_luby(codebook, r, spaces, key, samples, rtol)
    if name == "mean-width":
        reach = r * _radius(_listed(codebook))
        if reach > MEAN_WIDTH_REACH:
            raise InputError(
                f"estimator 'mean-width' at r = {r:g}: r·max‖e‖ = {reach:.3g} from the centre; its samples are too"
                f" skewed above {MEAN_WIDTH_REACH:g}; accepted there: naive, posterior, karp-luby"
            )
        sampler: Callable[[jax.Array, int], jax.Array] = partial(_mean_width_errors, tiles(codebook), jnp.asarray(r))
        return _simulate(sampler, "mean-width", codebook.n, key, samples, rtol, guarded=False)
    # With little signal all tokens stay possible, and no rare sample is far from the others.
    guarded = r * 2 * codebook.linf * np.sqrt(codebook.n) > MEAN_WIDTH_REACH
    return _simulate(_value_sampler(codebook, r, name, 1), name, codebook.n, key, samples, rtol, guarded)


def _listed(codebook: Codebook) -> Codebook:
    listable(codebook.K, codebook.n)
    return codebook


def _simulate(
    sampler: Callable[[jax.Array, int], jax.Array],
    name: str,
    dimension: int,
    key: jax.Array,
    samples: int,
    rtol: float | None,
    guarded: bool,
) -> Estimate:
    size = _batch_size(dimension)
    values = collect(lambda i: np.asarray(sampler(jax.random.fold_in(key, i), size)), size, samples, rtol)
    if name in ("naive", "top", "rounding"):
        return binomial_estimate(values, name)
    return mean_estimate(values, name, guarded=guarded)


def _batch_size(dimension: int) -> int:
    return min(BATCH, max(32, 1 << (BATCH_COORDINATES // dimension).bit_length() - 1))


def _value_sampler(codebook: Codebook, r: float, kind: str, top: int) -> Callable[[jax.Array, int], jax.Array]:
    """A function (key, samples) → one value of the error for each sample; ``kind`` is an estimator or a readout."""
    if isinstance(codebook, EquidistantCodebook) and codebook.is_uniform and kind == "naive":
        return partial(_equidistant_errors, codebook.K, jnp.asarray(r * codebook.distance / np.sqrt(2)))
    if isinstance(codebook, ProductCodebook) and kind != "top":
        parts = [(_value_sampler(factor, r, kind, top), count) for factor, count in codebook.groups]
        return partial(_product_errors, parts, kind == "digit")
    if isinstance(codebook, OneHotCodebook):
        scaled = jnp.asarray(r * codebook.scale)
        if kind == "rounding":
            return partial(_one_hot_rounding_errors, scaled, _cumulative(codebook), codebook.K)
        return partial(_one_hot_errors, scaled, _cumulative(codebook), jnp.asarray(codebook.log_prior), kind, top)
    return _token_errors_of(_listed(codebook), r, kind, top)


def _cumulative(codebook: Codebook) -> jax.Array | None:
    cumulative = cumulative_prior(codebook)
    return None if cumulative is None else jnp.asarray(cumulative)


def _token_errors_of(codebook: Codebook, r: float, kind: str, top: int = 1) -> Callable[[jax.Array, int], jax.Array]:
    if kind == "rounding":
        columns = [coordinate_values(column) for column in codebook.points.T]
        most = max(len(values) for values, _ in columns)
        middles = [np.pad((v[1:] + v[:-1]) / 2, (0, most - len(v)), constant_values=np.inf) for v, _ in columns]
        index = np.stack([index for _, index in columns], axis=1)
        fixed = tuple(jnp.asarray(array) for array in (codebook.points, np.stack(middles), index))
        return partial(_rounding_errors, *fixed, jnp.asarray(r), _cumulative(codebook))
    return partial(_token_errors, tiles(codebook), jnp.asarray(r), _cumulative(codebook), codebook.K, kind, top)


@partial(jax.jit, static_argnums=(3, 4, 5, 7))
def _token_errors(
    cut: Tiles,
    r: jax.Array,
    cumulative: jax.Array | None,
    tokens: int,
    kind: str,
    top: int,
    key: jax.Array,
    samples: int,
) -> jax.Array:
    """One error value a sample, shape (S,)."""
    token_key, noise_key = jax.random.split(key)
    token = draw_tokens(token_key, samples, tokens, cumulative)
    codes = padded_codes(cut)
    y = r * codes[token] + jax.random.normal(noise_key, (samples, codes.shape[1]))
    found = rivals(cut, r, token, y, with_total=kind in ("posterior", "soft"))
    if kind == "digit":
        apart = jnp.abs(codes[found.decided] - codes[token]) > SAME_VALUE * jnp.max(jnp.abs(codes))
        return jnp.mean(apart, axis=1).astype(y.dtype)
    return _errors(found, kind, top)


@partial(jax.jit, static_argnums=(3, 4, 6))
def _one_hot_errors(
    rho: jax.Array,
    cumulative: jax.Array | None,
    log_prior: jax.Array,
    kind: str,
    top: int,
    key: jax.Array,
    samples: int,
) -> jax.Array:
    """One error value a sample for e_k = s u_k, ρ = r s: token j scores log π_j + ρ y_j, and no code is ever listed."""
    token_key, noise_key = jax.random.split(key)
    tokens = log_prior.shape[0]
    token = draw_tokens(token_key, samples, tokens, cumulative)
    y = jax.random.normal(noise_key, (samples, tokens)).at[jnp.arange(samples), token].add(rho)
    found = compare(rho * y + log_prior[None, :], token)
    if kind == "digit":
        # A wrong decision differs in two coordinates.
        return (found.decided != token).astype(y.dtype) * 2 / tokens
    return _errors(found, kind, top)


@partial(jax.jit, static_argnums=6)
def _rounding_errors(
    codes: jax.Array,
    middles: jax.Array,
    index: jax.Array,
    r: jax.Array,
    cumulative: jax.Array | None,
    key: jax.Array,
    samples: int,
) -> jax.Array:
    """Whether some coordinate of y lies closer to another of its values: between other middles than the sent one's."""
    token_key, noise_key = jax.random.split(key)
    token = draw_tokens(token_key, samples, codes.shape[0], cumulative)
    y = r * codes[token] + jax.random.normal(noise_key, (samples, codes.shape[1]))
    nearest = jnp.sum(y[:, :, None] > r * middles[None, :, :], axis=2)
    return jnp.any(nearest != index[token], axis=1).astype(y.dtype)


@partial(jax.jit, static_argnums=(2, 4))
def _one_hot_rounding_errors(
    rho: jax.Array, cumulative: jax.Array | None, tokens: int, key: jax.Array, samples: int
) -> jax.Array:
    """Whether some coordinate of ρ u_k + ε is on the wrong side of ρ/2."""
    token_key, noise_key = jax.random.split(key)
    token = draw_tokens(token_key, samples, tokens, cumulative)
    sent = jnp.arange(tokens)[None, :] == token[:, None]
    y = rho * sent.astype(rho.dtype) + jax.random.normal(noise_key, (samples, tokens))
    return jnp.any((y > rho / 2) != sent, axis=1).astype(y.dtype)


def _errors(found: Rivals, kind: str, top: int) -> jax.Array:
    if kind == "naive":
        return (found.best > found.own).astype(found.own.dtype)
    if kind == "top":
        return (found.above >= top).astype(found.own.dtype)
    if kind not in ("soft", "posterior"):
        raise ValueError(f"no such error value: {kind}")
    wrong = jax.nn.sigmoid(found.log_total - found.own)
    if kind == "soft":
        return wrong
    # 1 − max p: the sent token's own complement where it wins, otherwise from the winner's share.
    everything = jnp.logaddexp(found.log_total, found.own)
    return jnp.where(found.best > found.own, -jnp.expm1(found.best - everything), wrong)


def _product_errors(
    parts: list[tuple[Callable[[jax.Array, int], jax.Array], int]], digits: bool, key: jax.Array, samples: int
) -> jax.Array:
    """Errors of a product: 1 − Π_i (1 − e_i) over the digits of a sample, or their mean for the digit readout."""
    columns = []
    for i, (sampler, count) in enumerate(parts):
        values = sampler(jax.random.fold_in(key, i), samples * count).reshape(samples, count)
        columns.append((values > 0).astype(values.dtype) if digits else values)
    errors = jnp.concatenate(columns, axis=1)
    if digits:
        return jnp.mean(errors, axis=1)
    return -jnp.expm1(jnp.sum(jnp.log1p(-errors), axis=1))


@partial(jax.jit, static_argnums=(0, 3))
def _equidistant_errors(tokens: int, rho: jax.Array, key: jax.Array, samples: int) -> jax.Array:
    """Whether the largest of K − 1 independent normals exceeds ρ + z; that maximum is drawn as Φ^{-1}(U^{1/(K−1)})."""
    noise_key, rival_key = jax.random.split(key)
    own = rho + jax.random.normal(noise_key, (samples,))
    uniform = 1 - jax.random.uniform(rival_key, (samples,))
    # In terms of upper tails, so that large K loses nothing: Φ(−M) = 1 − U^{1/(K−1)}.
    tail = -jnp.expm1(jnp.log(uniform) / (tokens - 1))
    return (-jax.scipy.special.ndtri(tail) > own).astype(own.dtype)


@partial(jax.jit, static_argnums=3)
def _mean_width_errors(cut: Tiles, r: jax.Array, key: jax.Array, samples: int) -> jax.Array:
    """1 − max_k π_k exp(r Z·e_k − r²‖e_k‖²/2), shape (S,)."""
    codes = padded_codes(cut)
    z = jax.random.normal(jax.random.split(key)[1], (samples, codes.shape[1]))
    nobody = jnp.full(samples, -1, dtype=int)
    return -jnp.expm1(rivals(cut, r, nobody, z).best)


def error_samples(codebook: Codebook, r: float, samples: int, seed: int = 0) -> Array:
    """Values of 1 − max_j p(j|y), shape (samples rounded up to a batch,): for paired comparisons of codebooks.

    Two codebooks of equal K and n see the same tokens and the same noise at equal seeds.
    """
    with jax.enable_x64(True):
        key = jax.random.split(jax_key(seed))[1]
        sampler = _value_sampler(codebook, r, "posterior", 1)
        size = _batch_size(codebook.n)
        return collect(lambda i: np.asarray(sampler(jax.random.fold_in(key, i), size)), size, samples, None)
