"""The usual grids of N steps between two SNRs.

===================== ==============================================================================================
``uniform:SCHEDULE``  equal steps in the time of a schedule
``logsnr``            equal steps in log γ: λ-uniform
``edm``               σ^{1/ρ} in equal steps, ρ = 7, σ = γ^{−1/2} [K22, eq. 5]
``entropic``          equal steps in I(X_0; X_t): the entropy of the token falls linearly
``uniform-snr``       equal steps in γ
===================== ==============================================================================================

Where a grid cannot reach an end (log γ and σ at γ_0 = 0; a schedule whose SNR does not go so low or so high), one step
leads from that end to the nearest SNR that it can reach, and the other steps go on from there.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass

import numpy as np

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.spec import as_codebook
from ..errors import InputError
from ..schedules.record import Schedule
from ..schedules.spec import schedule as parse_schedule
from .curve import MmseCurve
from .mmse_curve import check_ends, curve_between

RHO = 7
"""ρ of EDM [K22]."""

FIRST_STEP = 0.01
"""Nats: at the default γ_min, ½γ_min E‖e − ē‖², which the information is below."""

NAMES = ("logsnr", "edm", "entropic", "uniform-snr")
UNIFORM = "uniform:"
MOST_STEPS = 10**5


@dataclass(frozen=True)
class NamedGrid:
    """A grid of N steps.

    Attributes:
        name: ``uniform:SCHEDULE``, ``logsnr``, ``edm``, ``entropic`` or ``uniform-snr``.
        snr: γ_0 < … < γ_N, shape (N+1,).
        gamma_min: the SNR to which the first step from γ_0 = 0 leads, for ``logsnr`` and ``edm``; else None.
        clipped: whether single steps lead to the ends, because the grid's own rule does not reach them.
    """

    name: str
    snr: Array
    gamma_min: float | None = None
    clipped: bool = False


def named_grid(
    name: str,
    codebook: Codebook | str,
    steps: int,
    gamma_0: float,
    gamma_N: float,
    *,
    gamma_min: float | None = None,
    curve: MmseCurve | None = None,
) -> NamedGrid:
    """One of the usual grids between γ_0 and γ_N.

    Args:
        name: ``uniform:SCHEDULE`` with any schedule spec, ``logsnr``, ``edm``, ``entropic`` or ``uniform-snr``.
        codebook: codes and prior, or a spec of them: ``entropic`` and the default γ_min depend on it.
        steps: N, at least 1.
        gamma_0: SNR at the start, at least 0.
        gamma_N: SNR at the end, finite.
        gamma_min: for ``logsnr`` and ``edm`` at γ_0 = 0, the SNR where their rule begins: the first step goes there.
            By default ½γ_min E‖e − ē‖² = 0.01 nats, but at most γ_N/100.
        curve: for ``entropic``, the MMSE between the two SNRs, from :func:`fsq_theory.mmse_curve`; computed if absent.

    Raises:
        InputError: for an unknown name, fewer than 1 step, or SNRs that are not 0 ≤ γ_0 < γ_N < ∞.
    """
    steps, low, high = check_steps(steps), float(gamma_0), float(gamma_N)
    check_ends(low, high)
    codebook = as_codebook(codebook)
    fraction = np.arange(steps + 1) / steps
    if name.startswith(UNIFORM):
        return _uniform_in_time(name, parse_schedule(name.removeprefix(UNIFORM)), steps, low, high)
    if name == "uniform-snr":
        return NamedGrid(name, _ended(low + (high - low) * fraction, low, high))
    if name == "entropic":
        curve = curve_between(codebook, low, high, curve)
        return NamedGrid(name, _ended(_equal_information(curve, low, high, fraction), low, high))
    if name not in NAMES:
        raise InputError(f"grid {name!r}: expected one of {', '.join(NAMES)}, or {UNIFORM}SCHEDULE")
    if low > 0:
        return NamedGrid(name, _ruled(name, low, high, steps))
    start = default_gamma_min(codebook, high) if gamma_min is None else float(gamma_min)
    if not 0 < start < high:
        raise InputError(f"gamma_min = {start:g}: expected an SNR between 0 and {high:g}")
    if steps == 1:
        return NamedGrid(name, np.array([low, high]), start, True)
    return NamedGrid(name, np.append(0.0, _ruled(name, start, high, steps - 1)), start, True)


def default_gamma_min(codebook: Codebook, gamma_N: float) -> float:
    """The γ at which ½γ E‖e − ē‖² is 0.01 nats, but at most γ_N/100."""
    variance = codebook.centred().energy
    wanted = 2 * FIRST_STEP / variance if variance > 0 else math.inf
    return min(wanted, gamma_N / 100)


def schedule_grid(schedule: Schedule | str, steps: int, *, eps: float, T: float = 1.0) -> Array:
    """SNRs of ``steps`` equal steps in the time of a schedule, from T down to ε, increasing, shape (N+1,).

    γ_i = α²(t_i)/σ²(t_i) with t_i = T − (T − ε) i/N.  Exact.

    Args:
        schedule: record or spec.
        steps: N, at least 1.
        eps: ε, the time of the last SNR.
        T: the time of the first.

    Raises:
        InputError: unless 0 ≤ ε < T ≤ 1, for fewer than 1 step, and where SNR is infinite at ε or the same at both.
    """
    schedule, steps = parse_schedule(schedule), check_steps(steps)
    if not 0 <= eps < T <= 1:
        raise InputError(f"eps = {eps:g}, T = {T:g}: expected 0 <= eps < T <= 1")
    fraction = np.arange(steps + 1) / steps
    grid = np.asarray(schedule.snr(np.clip(T - (T - eps) * fraction, eps, T)))
    grid[0], grid[-1] = schedule.snr(T), schedule.snr(eps)
    if grid[-1] == math.inf:
        raise InputError(
            f"eps = {eps:g}: SNR of {schedule.name} is infinite there, and the last step would have infinite KL; "
            "expected a larger eps"
        )
    check_ends(float(grid[0]), float(grid[-1]))
    return np.maximum.accumulate(grid)


def check_steps(steps: int, most: int = MOST_STEPS) -> int:
    """The number of steps as an integer.

    Raises:
        InputError: unless it is a whole number from 1 to ``most``.
    """
    try:
        count = operator.index(steps)
    except TypeError:
        raise InputError(f"{steps!r} steps: expected a whole number") from None
    if not 1 <= count <= most:
        raise InputError(f"{count} steps: expected 1 to {most}")
    return count


def _ended(grid: Array, low: float, high: float) -> Array:
    grid = np.maximum.accumulate(np.clip(grid, low, high))
    grid[0], grid[-1] = low, high
    return grid


def _ruled(name: str, low: float, high: float, steps: int) -> Array:
    fraction = np.arange(steps + 1) / steps
    if name == "logsnr":
        return _ended(np.exp(math.log(low) + (math.log(high) - math.log(low)) * fraction), low, high)
    first, last = low ** (-0.5 / RHO), high ** (-0.5 / RHO)
    return _ended((first + (last - first) * fraction) ** (-2 * RHO), low, high)


def _uniform_in_time(name: str, schedule: Schedule, steps: int, low: float, high: float) -> NamedGrid:
    reached = max(low, schedule.snr(1.0)), min(high, schedule.snr(0.0))
    if not reached[0] < reached[1]:
        raise InputError(
            f"schedule {schedule.name}: its SNR is from {schedule.snr(1.0):g} to {schedule.snr(0.0):g}, "
            f"which does not overlap with {low:g} to {high:g}"
        )
    below, above = reached[0] > low, reached[1] < high
    own = steps - below - above
    if own < 1:
        return NamedGrid(name, np.linspace(low, high, steps + 1), clipped=True)
    first, last = (schedule.t_of_gamma(gamma) for gamma in reached)
    times = first + (last - first) * np.arange(own + 1) / own
    middle = _ended(np.asarray(schedule.snr(times)), *reached)
    return NamedGrid(name, np.concatenate([[low] * below, middle, [high] * above]), clipped=below or above)


def _equal_information(curve: MmseCurve, low: float, high: float, fraction: Array) -> Array:
    """The SNRs at which I has risen by the given fractions of its rise, by Newton's method between panel edges."""
    ends = curve.information_gain(curve.v(np.array([low, high])))
    levels = ends[0] + (ends[1] - ends[0]) * fraction
    edges = curve.panels
    known = curve.information_gain(edges)
    panel = np.clip(np.searchsorted(known, levels, side="right") - 1, 0, len(edges) - 2)
    a, b = edges[panel], edges[panel + 1]
    rise = known[panel + 1] - known[panel]
    v = a + (b - a) * np.clip((levels - known[panel]) / np.where(rise > 0, rise, 1.0), 0.0, 1.0)
    moving = np.arange(1, len(fraction) - 1)
    for _ in range(60):
        now = v[moving]
        excess = curve.information_gain(now) - levels[moving]
        a[moving] = np.where(excess < 0, now, a[moving])
        b[moving] = np.where(excess < 0, b[moving], now)
        slope = np.exp(curve.log_mmse_v(now) + now) * curve.scale / 2
        new = now - excess / np.where(slope > 0, slope, np.inf)
        new = np.where((new > a[moving]) & (new < b[moving]), new, (a[moving] + b[moving]) / 2)
        v[moving] = new
        moving = moving[np.abs(new - now) > 4e-16 * np.maximum(1.0, np.abs(now))]
        if not len(moving):
            break
    return np.asarray(curve.gamma(v))
