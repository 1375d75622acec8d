"""Bridges of the noising process: the law of X_t between X_0 = a and X_T = b, samples of it, and its drift.

With α_{T|t} = α_T/α_t and σ²_{T|t} = σ_T² − α²_{T|t} σ_t² [P26, Lemma 4.1],

    X_t | a, b ~ N( (α_{T|t} σ_t²/σ_T²) b + (α_t σ²_{T|t}/σ_T²) a ,  (σ_t² σ²_{T|t}/σ_T²) I ).

Computed from the ratio ρ = γ_T/γ_t of SNRs, in which nothing is singular: the weight of a is α_t (1 − ρ), that of b is
(σ_t/σ_T) √ρ, and the variance is σ_t² (1 − ρ).  So an end with SNR 0 (α_T = 0: b tells nothing) or infinite SNR
(σ_0 = 0: X_0 is α_0 a) needs no special care.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array
from ..errors import InputError
from ..schedules.record import Schedule
from ..schedules.spec import schedule as parse_schedule
from ..seeds import check_seed
from .work import check_work


@dataclass(frozen=True)
class BridgeWeights:
    """X_t | X_0 = a, X_T = b ~ N(start·a + end·b, variance·I), arrays of the shape of t."""

    start: Array
    end: Array
    variance: Array


def bridge_weights(schedule: Schedule | str, t: ArrayLike, T: ArrayLike = 1.0) -> BridgeWeights:
    """The weights of a and b, and the variance a coordinate, of the bridge at time t [P26, Lemma 4.1].  Exact.

    Where t = T the bridge is at b.  Where t < T and both have SNR 0, nothing of b is left at t, as in the limit of
    T coming to the first time of SNR 0.

    Args:
        schedule: the noising process, record or spec.
        t: times, 0 ≤ t ≤ T.
        T: the pinned end, of a shape that broadcasts with t.

    Raises:
        InputError: for t > T, a time outside [0, 1], or a T > t with σ_T = 0 (both ends are the same point there).
    """
    process = parse_schedule(schedule)
    t, T = np.broadcast_arrays(np.asarray(t, dtype=np.float64), np.asarray(T, dtype=np.float64))
    late = t > T
    if late.any():
        raise InputError(f"t = {t[late][0]:g} is after T = {T[late][0]:g}: expected t <= T")
    alpha, sigma, sigma_T = (np.asarray(v) for v in (process.alpha(t), process.sigma(t), process.sigma(T)))
    pinned = t == T
    empty = (sigma_T == 0) & ~pinned
    if empty.any():
        raise InputError(f"T = {T[empty][0]:g}: {process.name} has no noise there: expected a T with sigma > 0")
    log_snr, log_snr_T = np.asarray(process.log_snr(t)), np.asarray(process.log_snr(T))
    # log ρ ≤ 0: −inf where γ_T = 0 or γ_t = ∞.
    free = np.isneginf(log_snr_T) | np.isposinf(log_snr)
    log_ratio = np.where(free, -np.inf, np.where(free, 0.0, log_snr_T) - np.where(free, 0.0, log_snr))
    log_ratio = np.where(pinned, 0.0, np.minimum(log_ratio, 0.0))
    rest = -np.expm1(log_ratio)
    end = sigma / np.where(pinned | (sigma_T == 0), 1.0, sigma_T) * np.exp(log_ratio / 2)
    return BridgeWeights(alpha * rest, np.where(pinned, 1.0, end), sigma**2 * rest)


def bridge_moments(
    schedule: Schedule | str, t: ArrayLike, a: ArrayLike, b: ArrayLike, T: float = 1.0
) -> tuple[Array, Array]:
    """Mean and variance of X_t | X_0 = a, X_T = b [P26, Lemma 4.1].  Exact.

    Args:
        schedule: the noising process, record or spec.
        t: times, any shape, 0 ≤ t ≤ T.
        a: the code, shape (n,).
        b: the end point, shape (n,).
        T: the time of the end point.

    Returns:
        (mean, shape (*t, n); variance of each coordinate, shape (*t,)).

    Raises:
        InputError: as :func:`bridge_weights`, or for a and b that are not two finite vectors of one length.
    """
    code, end = _vectors(a, b)
    weights = bridge_weights(schedule, t, T)
    return weights.start[..., None] * code + weights.end[..., None] * end, weights.variance


def sample_bridge(
    schedule: Schedule | str, a: ArrayLike, b: ArrayLike, times: ArrayLike, *, T: float = 1.0, paths: int, seed: int = 0
) -> Array:
    """Whole paths of the bridge from X_T = b to X_0 = a, seen at given times, by its exact Markov transitions.

    X_s given X_t and a, s < t, is the bridge pinned at (t, X_t): the joint law over the times is exact on any grid.

    Args:
        schedule: the noising process, record or spec.
        a: the code, shape (n,).
        b: the end point, shape (n,).
        times: strictly decreasing, at most T, shape (m,).
        T: the time of the end point.
        paths: how many.
        seed: of the random numbers.

    Returns:
        Shape (paths, m, n).

    Raises:
        InputError: as :func:`bridge_moments`, or for times that do not decrease, too many paths or none, or a negative
            seed.
    """
    code, end = _vectors(a, b)
    grid = np.asarray(times, dtype=np.float64)
    if grid.ndim != 1 or not grid.size or not np.all(np.diff(grid) < 0):
        raise InputError("bridge times: expected a list of strictly decreasing times")
    paths, _ = check_work(paths, 1, grid.size * end.size, least_paths=1)
    weights = bridge_weights(schedule, grid, np.concatenate([[T], grid[:-1]]))
    noise = np.random.default_rng(check_seed(seed))
    state = np.broadcast_to(end, (paths, end.size))
    seen = np.empty((paths, grid.size, end.size))
    for i in range(grid.size):
        scatter = np.sqrt(weights.variance[i]) * noise.standard_normal(state.shape)
        state = weights.start[i] * code + weights.end[i] * state + scatter
        seen[:, i] = state
    return seen


def bridge_drift(schedule: Schedule | str, x: ArrayLike, t: float, a: ArrayLike) -> Array:
    """f x + g² (x − α a)/σ²: drift of the process that runs back in time towards X_0 = a [P26, Lemma 4.1].  Exact.

    In forward time: dX = (f X + g² (X − α_t a)/σ_t²) dt + g dW̄ with W̄ a Brownian motion backwards in time.  The same
    whether or not X_T is pinned.

    Args:
        schedule: the noising process, record or spec.
        x: states, shape (…, n).
        t: a time with SNR neither 0 nor infinite.
        a: the code, shape (n,).

    Raises:
        InputError: for a t at which SNR is 0 or infinite, where the drift is infinite.
    """
    process = parse_schedule(schedule)
    snr = process.snr(float(t))
    if snr == 0 or np.isinf(snr):
        raise InputError(f"t = {t:g}: the bridge's drift is infinite there, for SNR is {snr:g}")
    states, code = np.asarray(x, dtype=np.float64), np.asarray(a, dtype=np.float64)
    pull: Any = process.g2(t) / process.sigma(t) ** 2
    return np.asarray(process.f(t) * states + pull * (states - process.alpha(t) * code))


def _vectors(a: ArrayLike, b: ArrayLike) -> tuple[Array, Array]:
    code, end = np.atleast_1d(np.asarray(a, dtype=np.float64)), np.atleast_1d(np.asarray(b, dtype=np.float64))
    if code.ndim != 1 or code.shape != end.shape or not (np.isfinite(code).all() and np.isfinite(end).all()):
        raise InputError(
            f"bridge ends of shapes {code.shape} and {end.shape}: expected two finite vectors of one length"
        )
    return code, end
