"""Steps of the fixed-step samplers in coordinates of unit power, in which nothing overflows and no SNR is special.

U = X/√(α² + σ²) = a X_0 + s ε with a = r/√(1 + r²) and s = 1/√(1 + r²): U is N(0, I) at SNR 0 and tends to X_0, so that
states stay in bounded ranges and SNR 0 needs no limit.  A step from r to r' > r is u' = keep·u + pull·x̂_0 + √v ξ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array
from ..errors import InputError
from ..paths.transitions import Transitions, euler_transitions
from ..paths.work import check_work
from ..schedules.record import Schedule
from ..schedules.spec import schedule as parse_schedule

FIXED_STEP = ("ancestral", "sde", "ddim")
"""Samplers that take the steps of a grid."""

MOST_SNR = 1e200
"""Scores, products of SNR and squared distances, stay finite below it."""


@dataclass(frozen=True)
class SamplerGrid:
    """Where a sampler looks at the noise, and the steps that it makes there.

    Attributes:
        snr: γ_0 ≤ … ≤ γ_N, shape (N + 1,).
        r: amplitude ratios √γ.
        steps: in coordinates of unit power; None for a sampler that chooses its own.
    """

    snr: Array
    r: Array
    steps: Transitions | None


def unit_power(r: ArrayLike) -> tuple[Array, Array]:
    """(a, s) with a = r/√(1 + r²), s = 1/√(1 + r²)."""
    ratio = np.asarray(r, dtype=np.float64)
    length = np.hypot(1.0, ratio)
    return ratio / length, 1 / length


def sampler_grid(
    sampler: str,
    schedule: Schedule | str | None,
    steps: int | None,
    grid_snr: Sequence[float] | Array | None,
    eps: float,
    T: float,
) -> SamplerGrid:
    """The grid and the steps of a sampler.

    Args:
        sampler: ``ancestral``, ``sde``, ``ddim``, or ``ode``, which uses the ends of the grid alone.
        schedule: cut into ``steps`` equal steps in time from T to ε; or None, or one that says when ``grid_snr`` is
            reached, which only ``sde`` asks.
        steps: N; not needed by ``ode``.
        grid_snr: γ_0 < … < γ_N in place of equal steps in time.
        eps: time at which paths stop.
        T: time at which they start.

    Raises:
        InputError: for a grid that is missing, said twice, or does not increase; ``sde`` without a schedule; or an SNR
            that is infinite where paths stop.
    """
    process = None if schedule is None else parse_schedule(schedule)
    if grid_snr is not None:
        if steps is not None:
            raise InputError("the grid is said twice: expected steps, or grid_snr")
        snr = _checked_grid(grid_snr)
        times = None if process is None else np.asarray(process.t_of_gamma(snr))
    else:
        if process is None:
            raise InputError("the grid is missing: expected schedule with steps, or grid_snr")
        if not 0 <= eps < T <= 1:
            raise InputError(f"eps = {eps:g}, T = {T:g}: expected 0 <= eps < T <= 1")
        if steps is None and sampler != "ode":
            raise InputError(f"sampler {sampler} without steps: expected their number, or grid_snr")
        times = np.linspace(T, eps, check_work(2, 1 if steps is None else steps)[1] + 1)
        snr = np.asarray(process.snr(times))
        if np.isinf(snr[-1]):
            raise InputError(f"eps = {eps:g}: SNR is infinite there: expected a finite SNR, so eps > 0")
    if np.any(np.diff(snr) < 0) or not snr[-1] > 0:
        raise InputError("SNR along the steps: expected it to grow from T to eps")
    if snr[-1] > MOST_SNR:
        raise InputError(f"SNR {snr[-1]:g} where paths stop: expected at most {MOST_SNR:g}")
    ratio = np.sqrt(snr)
    if sampler == "sde":
        if process is None or times is None:
            raise InputError("sampler 'sde' without a schedule: its steps are in time; expected a schedule")
        return SamplerGrid(snr, ratio, rescaled(euler_transitions(process, times), process, times))
    return SamplerGrid(snr, ratio, None if sampler == "ode" else snr_steps(sampler, snr))


def snr_steps(sampler: str, snr: Array) -> Transitions:
    """Ancestral or DDIM steps along growing SNR, which alone they depend on, in coordinates of unit power.

    With ρ = γ/γ' the ancestral step, the bridge's [P26, Lemma 4.1], has mean (s'/s)√ρ u + a'(1 − ρ) x̂_0 and variance
    s'²(1 − ρ).  DDIM is u' = (s'/s) u + s'(r' − r) x̂_0.  A step between equal SNRs stays where it is.
    """
    a, s = unit_power(np.sqrt(snr))
    r = np.sqrt(snr)
    shrink = s[1:] / s[:-1]
    gain = np.diff(snr)
    if sampler == "ddim":
        total = r[1:] + r[:-1]
        return Transitions(shrink, s[1:] * gain / np.where(total == 0, 1.0, total), np.zeros_like(shrink))
    fresh = gain / np.where(snr[1:] == 0, 1.0, snr[1:])
    kept = np.where(gain == 0, 1.0, r[:-1] / np.where(snr[1:] == 0, 1.0, r[1:]))
    return Transitions(shrink * kept, a[1:] * fresh, s[1:] ** 2 * fresh)


def rescaled(made: Transitions, schedule: Schedule, times: Array) -> Transitions:
    """Steps of X_t along times as steps of U = X/√(α² + σ²)."""
    power = np.hypot(np.asarray(schedule.alpha(times)), np.asarray(schedule.sigma(times)))
    before, after = power[:-1], power[1:]
    return Transitions(made.keep * before / after, made.pull / after, made.variance / after / after)


def _checked_grid(grid_snr: Sequence[float] | Array) -> Array:
    snr = np.asarray(grid_snr, dtype=np.float64)
    if snr.ndim != 1 or len(snr) < 2:
        raise InputError("grid_snr: expected at least two SNRs, g_0 < g_1 < …")
    bad = ~((snr >= 0) & (snr < math.inf))
    if bad.any():
        raise InputError(f"grid_snr: SNR {snr[bad][0]:g}: expected finite SNRs of at least 0")
    if np.any(np.diff(snr) <= 0):
        where = int(np.flatnonzero(np.diff(snr) <= 0)[0])
        raise InputError(f"grid_snr: {snr[where + 1]:g} after {snr[where]:g}: expected increasing SNRs")
    check_work(2, len(snr) - 1)
    return snr
