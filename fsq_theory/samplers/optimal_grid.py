"""The N-step grid of least sampling KL for a codebook between two SNRs.

Of KL = ½ Σ mmse(γ_i)(γ_{i+1} − γ_i) − [I(γ_N) − I(γ_0)] only the sum depends on the inner points.  Dynamic programming
on a fine set of candidates finds the best grid up to their spacing, wherever it lies; Newton's method on

    mmse'(γ_i)(γ_{i+1} − γ_i) + mmse(γ_{i−1}) − mmse(γ_i) = 0

then moves its points off the candidates.  For many steps N·KL → ¼(∫√(−mmse'(γ)) dγ)², with points of density
√(−mmse').
"""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.spec import as_codebook
from .curve import MmseCurve
from .grid_kl import SamplerKL, on_curve, start_kl, step_shares
from .grid_programming import best_path
from .mmse_curve import check_ends, curve_between
from .named_grids import check_steps

PROGRAMMED = 1000
"""Most steps for which dynamic programming is run; above, the points of best density are polished instead."""

CANDIDATES = (800, 4000)
"""Least and most candidates of dynamic programming; 8 a step between."""

NEWTON_STEPS = 100


def optimal_grid(
    codebook: Codebook | str,
    steps: int,
    gamma_0: float,
    gamma_N: float,
    *,
    start_std: float = 1.0,
    method: str = "auto",
    samples: int = 65536,
    seed: int = 0,
    curve: MmseCurve | None = None,
) -> SamplerKL:
    """The grid γ_0 < … < γ_N that minimises ½ Σ mmse(γ_i)(γ_{i+1} − γ_i) − [I(γ_N) − I(γ_0)], and this KL, nats.

    The better of two stationary grids, reached from the best grid of some thousand candidates (up to 1000 steps) and
    from the asymptotically best density; the two agree to rounding (1e-15 of the KL) where the MMSE falls over one
    range of SNR.  Where it falls over several, for codes of very different distances, each has its own number of points
    and local minima differ: at 1000 steps by 1e-5 of the KL for the codes 0, 0.001, 100.

    For a codebook whose MMSE is sampled, the best grid of candidates for the sampled curve, not refined.  Its KL has a
    standard error, and is below the expected one by about the square of that error, since the grid is fitted to the
    same samples.

    Args:
        codebook: codes and prior, or a spec of them; products are never listed.
        steps: N, at least 1.
        gamma_0: SNR at which the sampler starts, at least 0.
        gamma_N: SNR at which it stops, finite.
        start_std: standard deviation of the noise that the sampler starts from, in units of σ_T.
        method: ``auto``, ``exact`` or ``mc``, as in :func:`fsq_theory.information`.
        samples: Monte Carlo samples at each SNR, over 16 replicates.
        seed: of all randomness.
        curve: the MMSE of this codebook between the two SNRs, from :func:`fsq_theory.mmse_curve`; computed if absent.

    Raises:
        InputError: for fewer than 1 step, or SNRs that are not 0 ≤ γ_0 < γ_N < ∞.
    """
    steps, codebook, low, high = check_steps(steps), as_codebook(codebook), float(gamma_0), float(gamma_N)
    check_ends(low, high)
    curve = curve_between(codebook, low, high, curve, method=method, samples=samples, seed=seed)
    return on_curve(curve, best_grid(curve, steps, low, high), start_kl(codebook, low, start_std, samples, seed))


def best_grid(curve: MmseCurve, steps: int, gamma_0: float, gamma_N: float) -> Array:
    """The SNRs of the optimal grid on a curve."""
    if steps == 1:
        return np.array([gamma_0, gamma_N])
    dense = by_density(curve, steps, gamma_0, gamma_N)
    if steps > PROGRAMMED:
        return dense if curve.sampled else polished(curve, dense)
    candidates = _candidates(curve, steps, gamma_0, gamma_N)
    values = np.minimum.accumulate(curve.mmse(candidates))
    programmed = candidates[best_path(candidates, values, steps)]
    if curve.sampled:
        return programmed
    return min((polished(curve, grid) for grid in (programmed, dense)), key=lambda grid: _total(curve, grid))


def _total(curve: MmseCurve, grid: Array) -> float:
    return float(step_shares(curve, curve.log_mmse_v, grid).sum())


def by_density(curve: MmseCurve, steps: int, gamma_0: float, gamma_N: float) -> Array:
    """Points at equal steps of ∫√(−mmse') dγ: the best grid in the limit of many steps."""
    v, effort = curve.effort()
    first, last = np.interp(curve.v([gamma_0, gamma_N]), v, effort)
    grid = curve.gamma(np.interp(np.linspace(first, last, steps + 1), effort, v))
    grid[0], grid[-1] = gamma_0, gamma_N
    return grid


def _candidates(curve: MmseCurve, steps: int, gamma_0: float, gamma_N: float) -> Array:
    """Half of them by the best density, the others in equal steps of v, so that no region is without."""
    count = min(max(8 * steps, CANDIDATES[0]), max(CANDIDATES[1], 2 * steps))
    ends = curve.v(np.array([gamma_0, gamma_N]))
    even = curve.gamma(np.linspace(ends[0], min(ends[1], curve.end), count // 2 + 1))
    joined = np.unique(np.concatenate([by_density(curve, count - count // 2, gamma_0, gamma_N), even]))
    return joined[(joined >= gamma_0) & (joined <= gamma_N)]


def polished(curve: MmseCurve, grid: Array) -> Array:
    """The grid after Newton's method on its inner points, damped so that the KL never rises and points keep order."""
    best = _total(curve, grid)
    damping = 0.0
    for _ in range(NEWTON_STEPS):
        move = _newton_step(curve, grid, damping)
        moved = grid + move
        value = _total(curve, moved) if np.all(np.diff(moved) > 0) else np.inf
        if not value < best:
            if damping > 1e6 or np.all(np.abs(move) <= 1e-9 * grid):
                break
            damping = max(8 * damping, 1e-3)
            continue
        gain, grid, best = best - value, moved, value
        damping = 0.0 if damping <= 1e-3 else damping / 8
        if gain <= 1e-14 * best:
            break
    return grid


def _newton_step(curve: MmseCurve, grid: Array, damping: float) -> Array:
    """The move of each point, 0 at both ends, and less than half of the gap that it moves into, so that order stays."""
    from scipy.linalg import solve_banded

    value, first, second = curve.derivatives(grid[:-1])
    gaps = np.diff(grid)
    gradient = first[1:] * gaps[1:] + value[:-1] - value[1:]
    scale = np.maximum(2 * np.abs(first[1:]), 1e-280)
    banded = np.zeros((3, len(gradient)))
    banded[0, 1:] = banded[2, :-1] = first[1:-1]
    banded[1] = np.maximum(second[1:] * gaps[1:] - 2 * first[1:], scale / 8) + damping * scale
    # Rows are of very different size: divided by their diagonals.
    weight = np.sqrt(banded[1])
    banded[0, 1:] /= weight[:-1] * weight[1:]
    banded[2, :-1] /= weight[:-1] * weight[1:]
    banded[1] = 1.0
    move = -solve_banded((1, 1), banded, gradient / weight) / weight
    return np.concatenate([[0.0], np.clip(move, -0.45 * gaps[:-1], 0.45 * gaps[1:]), [0.0]])
