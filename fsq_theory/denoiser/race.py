"""The race between tokens: ∫ f_k(τ) P(some other token is ahead at τ) dτ, for equidistant codes under any prior.

Let T_j be independent copies of a random variable T.  Token k was sent; it arrives at T_k − log π_k − ρ² and every
other token j at T_j − log π_j.  With weights f(τ + log π_k + ρ²) the race is

    R_k = ∫ f(τ + log π_k + ρ²) (1 − Π_{j≠k} P(T > τ + log π_j)) dτ.

For T = −ρZ and f its density, R_k is the MAP error given k.  For T = log G − ρZ, f its density gives the posterior
error 1 − E[p(k|Y)], and f = L = P(T > ·) gives E[−log p(k|Y)], from 1/x = ∫ e^{−tx} dt and log x =
∫ (e^{−t} − e^{−tx}) dt/t.
All integrands are positive and entire; the trapezoidal rule converges geometrically.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
from ..gaussian import log_ndtr
from ..logspace import log1mexp, logsumexp
from .lognormal_sum import GaussianLaw, Law
from .rivals_by_prior import Grid, PriorGroups

STEP = 0.2
"""Of the trapezoidal rule, in units of the scale on which the integrand bends."""

FINER = 4
"""Least number of points of the grid of log priors to a step."""

SLOPE_STEP = 0.15
"""Largest step of that grid: logarithms of what is interpolated have slopes up to 1."""

DROP = 42.0
"""Integrands are followed down to e^{−42} of their largest value, about e^{−ρ²/4} at high SNR."""

BEHIND = 40.0
"""Without log G, tokens 40 deviations of noise behind another one are never decided."""

NEGLIGIBLE = 160.0
"""Tokens of a prior e^{−160} of another's contribute at most e^{−80} as much."""

MARGIN = 48.0
"""A token adds at most twice its prior to the error, and that prior times −log of it + 1 to the entropy.  The second
likeliest adds at least ½ Φ(−ρ/√2) of its own, so that tokens e^{−48 − ρ²/2}/K as likely add less than 1e-17."""


@dataclass(frozen=True)
class Race:
    """Results of a race, as logarithms, for each weight function.

    Attributes:
        favourite: log R of the token with the largest prior, shape (functions,).
        others: log R of a token of each group, shape (functions, G).
        average: log Σ_k π_k R_k, shape (functions,).
        spread: estimate of the error of the average.
    """

    favourite: Array
    others: Array
    average: Array
    spread: float


def run(groups: PriorGroups, law: Law) -> Race:
    """The race by the trapezoidal rule, for one ρ = ``law.rho``."""
    index, step, grid = _rule(groups, law)
    log_first, scale, factor = _integrands(groups, law, grid, step, index)
    results = []
    for stride in (1, 2):
        part = slice(int(index[0]) % stride, None, stride)
        width = np.log(step * stride)
        favourite = logsumexp(log_first[..., part]) + width
        top = scale[..., part].max(axis=-1, keepdims=True)
        total = np.sum(np.exp(scale[..., part] - top) * factor[..., part], axis=-1)
        others = _others(groups, law, grid, top[..., 0] + width, total)
        both = np.concatenate([favourite[:, None] + groups.log_favourite, others + groups.log_prior_mass], axis=1)
        results.append((favourite, others, logsumexp(both)))
    fine, coarse = results
    # Halving the step squares the error; the power 3/2 leaves room for parts of the integrand that are small.
    spread = float(np.max(np.abs(fine[2] - coarse[2]))) ** 1.5
    return Race(*fine, spread)


def _rule(groups: PriorGroups, law: Law) -> tuple[NDArray[np.int64], float, Grid]:
    """Indices i of the nodes τ = i·step, from the favourite's log prior, the step, and the grid of log priors."""
    rho, pair = law.rho, isinstance(law, GaussianLaw)
    spread = max(1.0, np.sqrt(2 * groups.log_tokens))
    deep = rho * (rho / 2 + np.sqrt(2 * DROP))
    if pair:
        step = STEP * rho / spread
        low = -deep - rho * spread
        high = min(rho * np.sqrt(2 * DROP), deep - rho**2 - float(groups.below[-1]))
        farthest = min(-BEHIND * rho if rho < NEGLIGIBLE / BEHIND else -np.inf, float(groups.below[0]))
    else:
        step = STEP * max(1.0, rho / spread)
        crowd = max(0.0, float(logsumexp(groups.below + np.log(groups.counts))))
        low = -crowd - (deep if rho > 2 * np.sqrt(2 * DROP) else DROP + 3 * rho**2 / 4 + 4)
        farthest = float(groups.below[0]) - min(NEGLIGIBLE, MARGIN + max(rho, 1.0) ** 2 / 2 + groups.log_tokens)
        high = deep - rho**2 + 4.5 - max(float(groups.below[-1]), farthest)
    index = np.arange(int(np.floor(low / step)), int(np.ceil(high / step)) + 1)
    return index, step, groups.grid(step / max(FINER, int(np.ceil(step / SLOPE_STEP))), farthest)


def _integrands(
    groups: PriorGroups, law: Law, grid: Grid, step: float, index: NDArray[np.int64]
) -> tuple[Array, Array, Array]:
    """Log integrand of the favourite, (functions, T), and scale and factor of the others', (functions, N, T).

    With Λ = −log P(T > ·), token k is overtaken with probability 1 − e^{−x}, x = Σ_{j≠k} Λ(τ + log π_j).  Under
    :class:`GaussianLaw` the others only count rivals behind the favourite: 1 − e^{−x} = P(favourite ahead) +
    P(favourite behind)(1 − e^{−x'}), and the first part has a closed form.
    """
    rho, pair = law.rho, isinstance(law, GaussianLaw)
    tau = np.asarray(index * step, dtype=np.float64)
    log_cdf = _on_grid(lambda t: law.log_cdf(t)[None], index, step, grid)[0]
    weights = _on_grid(lambda t: law.log_weights(t + rho**2), index, step, grid)
    log_hazard = _log_minus_log1mexp(log_cdf)
    level = np.flatnonzero(grid.shifts == 0)
    own = log_hazard[level[0]] if len(level) else _log_minus_log1mexp(law.log_cdf(tau))
    top = log_hazard.max(axis=0)
    rest = np.exp(log_hazard - top)
    log_all = top + np.log(np.maximum(grid.weights @ rest, 1e-300))
    first = law.log_weights(tau + rho**2) + _log_one_minus_exp(log_all)
    top = np.maximum(log_all, own)
    mantissa = np.exp(log_all - top) - np.exp(log_hazard - top)
    log_weight = weights
    if pair:
        log_weight = weights - np.exp(own)
    else:
        mantissa = mantissa + np.exp(own - top)
    x = np.exp(top) * mantissa
    small = np.abs(x) < 1e-200
    safe = np.where(small, 1.0, x)
    ratio = np.where(small, 1.0, -np.expm1(-safe) / safe)
    return first, log_weight + top, np.broadcast_to(mantissa * ratio, log_weight.shape)


def _others(groups: PriorGroups, law: Law, grid: Grid, log_scale: Array, total: Array) -> Array:
    """log R of a token of each group from R = e^log_scale·total on the grid, shape (functions, N) to (functions, G)."""
    if not isinstance(law, GaussianLaw):
        out = np.full((len(total), len(groups.below)), -np.inf)
        out[:, : len(grid.rows)] = grid.at_priors(log_scale + np.log(np.maximum(total, 1e-300)))
        return out
    out = np.tile(_log_behind_favourite(groups.below, law.rho), (len(total), 1))
    pair = _log_behind_favourite(grid.shifts, law.rho)
    out[:, : len(grid.rows)] = grid.at_priors(pair + np.log1p(total * np.exp(np.minimum(log_scale - pair, 600.0))))
    return out


def _log_behind_favourite(below: Array, rho: float) -> Array:
    """Log Φ(−(ρ + log(π_k/π_0)/ρ)/√2): the probability that the favourite is ahead of a token k that was sent."""
    with np.errstate(over="ignore"):
        return np.asarray(log_ndtr(-(rho + below / rho) / np.sqrt(2)))


def _on_grid(function: Callable[[Array], Array], index: NDArray[np.int64], step: float, grid: Grid) -> Array:
    """f(τ_i + g_m), shape (functions, N, T), from a table where that is smaller."""
    finer = round(step / grid.step) if grid.step > 0 else 0
    if finer == 0 or finer * len(index) + len(grid.shifts) > len(index) * len(grid.shifts):
        return function(np.asarray(index * step + grid.shifts[:, None], dtype=np.float64))
    places = finer * index + np.round(grid.shifts / grid.step).astype(np.int64)[:, None]
    least = int(places.min())
    table = function(np.arange(least, int(places.max()) + 1).astype(np.float64) * grid.step)
    return np.asarray(table[:, places - least])


def _log_minus_log1mexp(log_p: Array) -> Array:
    """log(−log(1 − p)) from log p; −log(1 − p) ends at 36, where 1 − p is rounding."""
    p = np.minimum(np.exp(log_p), 1 - 1e-16)
    small = p < 1e-8
    return np.where(small, log_p + p / 2, np.log(-np.log1p(-np.where(small, 0.5, p))))


def _log_one_minus_exp(log_x: Array) -> Array:
    """log(1 − e^{−x}) from log x, also where x underflows."""
    x = np.exp(log_x)
    return np.where(log_x < -20, log_x - x / 2, log1mexp(-np.where(log_x < -20, 1.0, x)))
