"""Which part of each schedule is spent where the token cannot be known yet, is being decided, or is known already."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from ..codebooks.codebook import Codebook
from ..codebooks.spec import as_codebook
from ..errors import InputError
from ..schedules.record import Schedule
from ..schedules.spec import named_schedules
from ..schedules.spec import schedule as parse_schedule
from .stiffness import Stiffness, stiffest
from .window import DecisionWindow, decibels, decision_window


def decision_table(
    codebooks: Codebook | str | Sequence[Codebook | str],
    schedules: Schedule | str | Iterable[Schedule | str] | None = None,
    *,
    low: float = 0.1,
    high: float = 0.9,
    measure: str = "accuracy",
    samples: int = 16384,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """One row a codebook and schedule: the decision window, and the share of t in [0, 1] before, in and after it.

    Time runs from data (t = 0) to noise (t = 1) and SNR falls with it, so that ``share_known`` = t(r_high) is the part
    where the measure is above ``high``, ``share_unknown`` = 1 − t(r_low) the part where it is below ``low``, and
    ``share_deciding`` the rest.  Where SNR does not go so far at an end of the schedule, a share is 0 or 1 and ``note``
    says why.  Codebooks are compared at the scale that they are given in: state a constraint in their specs.

    Columns: ``codebook``, ``K``, ``n``, ``schedule``, ``measure``, ``low``, ``high``; ``r_low``, ``r_high``,
    ``snr_db_low``, ``snr_db_high``, ``width`` (nats of SNR), ``stderr_width``; ``t_known`` and ``t_unknown``, between
    which it is decided; ``share_known``, ``share_deciding``, ``share_unknown``, ``stderr_deciding`` (at most);
    ``share_information``, the same as ``share_deciding`` for 10 % to 90 % of H(π), with ``t_information_high`` and
    ``t_information_low``; ``stiffness``, the largest over r of E λ_max(γ Cov), its ``stderr_stiffness``, where it is
    (``stiffness_r``, and ``stiffness_t``, None where the schedule does not go there); ``snr_db_start`` and
    ``snr_db_end`` of the schedule at t = 0 and 1; ``method``, ``samples``, ``seed``, ``note``.

    Args:
        codebooks: codebooks or specs, or one of either.
        schedules: schedules or specs, or one of either; all named ones if None.
        low: lower level of the measure.
        high: upper level.
        measure: as of :func:`.decision_window`: ``accuracy``, ``corrected`` or ``information``.
        samples: Monte Carlo samples for each r, where there is sampling.
        seed: of all randomness.

    Raises:
        InputError: for bad settings, codebooks or schedules, or none.
        TooLargeError: for a codebook without structure that is too large to list.
    """
    books = [codebooks] if isinstance(codebooks, (Codebook, str)) else list(codebooks)
    wanted: Iterable[Schedule | str] = named_schedules() if schedules is None else (
        [schedules] if isinstance(schedules, (Schedule, str)) else schedules
    )  # fmt: skip
    read = [parse_schedule(one) for one in wanted]
    if not books or not read:
        raise InputError("a table needs at least one codebook and one schedule")
    rows = []
    for given in books:
        book = as_codebook(given)
        settings: dict[str, Any] = {"samples": samples, "seed": seed}
        window = decision_window(book, low, high, measure, **settings)
        informed = decision_window(book, 0.1, 0.9, "information", **settings)
        peak = stiffest(book, samples=min(samples, 4096), seed=seed)
        rows += [_row(window, informed, peak, one) for one in read]
    return rows


def _row(window: DecisionWindow, informed: DecisionWindow, peak: Stiffness, schedule: Schedule) -> dict[str, Any]:
    known, unknown = _time(schedule, window.r_high), _time(schedule, window.r_low)
    informed_known, informed_unknown = _time(schedule, informed.r_high), _time(schedule, informed.r_low)
    start, end = float(schedule.r(0.0)), float(schedule.r(1.0))
    place = float(peak.r)
    reached = end <= place <= start and place > 0
    sampled = window.method == "monte-carlo"
    return {
        "codebook": window.codebook,
        "K": window.K,
        "n": window.n,
        "schedule": schedule.name,
        "measure": window.measure,
        "low": window.low,
        "high": window.high,
        "r_low": window.r_low,
        "r_high": window.r_high,
        "snr_db_low": window.snr_db_low,
        "snr_db_high": window.snr_db_high,
        "width": window.width,
        "stderr_width": window.stderr_width if sampled else None,
        "t_known": known,
        "t_unknown": unknown,
        "share_known": known,
        "share_deciding": unknown - known,
        "share_unknown": 1 - unknown,
        "stderr_deciding": _time_error(schedule, window) if sampled else None,
        "share_information": informed_unknown - informed_known,
        "t_information_high": informed_known,
        "t_information_low": informed_unknown,
        "stiffness": float(peak.mean),
        "stderr_stiffness": float(peak.stderr) if str(peak.method) == "monte-carlo" else None,
        "stiffness_r": place,
        "stiffness_t": float(schedule.t_of_r(place)) if reached else None,
        "snr_db_start": decibels(start) if start < math.inf else math.inf,
        "snr_db_end": decibels(end),
        "method": window.method,
        "samples": window.samples,
        "seed": window.seed,
        "note": _note(window, start, end),
    }


def _time(schedule: Schedule, r: float) -> float:
    """The t at which α/σ is down to r: 0 or 1 where the schedule is always below or above it, 1 for r = 0."""
    if r <= 0 or r <= schedule.r(1.0):
        return 1.0
    return 0.0 if r >= schedule.r(0.0) else float(schedule.t_of_r(r))


def _time_error(schedule: Schedule, window: DecisionWindow) -> float:
    """At most the standard error of the share that is being decided: log SNR errors of the ends, as times."""
    total = 0.0
    for r, stderr in ((window.r_low, window.stderr_low), (window.r_high, window.stderr_high)):
        if r > 0 and 0 < stderr < math.inf:
            earlier, later = (_time(schedule, r * math.exp(sign * stderr / 2)) for sign in (1, -1))
            total += (later - earlier) / 2
        elif stderr == math.inf:
            return 1.0
    return total


def _note(window: DecisionWindow, start: float, end: float) -> str | None:
    """Why a share is 0 or 1, or nothing."""
    name = "information" if window.measure == "information" else "accuracy"
    low, high = f"{100 * window.low:g} %", f"{100 * window.high:g} %"
    if window.r_high == 0:
        return f"{name} is above {high} at SNR 0"
    notes = []
    if window.r_low == 0:
        notes.append(f"{name} is above {low} at SNR 0")
    elif window.r_low <= end < window.r_high:
        notes.append(f"SNR stays above that of {low}")
    if start <= window.r_low:
        notes.append(f"SNR never reaches that of {low}")
    elif start <= window.r_high:
        notes.append(f"SNR never reaches that of {high}")
    if end >= window.r_high:
        notes.append(f"SNR stays above that of {high}")
    return "; ".join(notes) or None
