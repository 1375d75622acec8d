"""Where paths start and stop, said in one of two ways: by SNR, or by a schedule and two times."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..errors import InputError
from ..schedules.record import Schedule
from ..schedules.spec import schedule as parse_schedule


@dataclass(frozen=True)
class Ends:
    """Both ends of the paths.

    Attributes:
        gamma_eps: SNR at which paths stop, finite and at least ``gamma_T``.
        gamma_T: SNR at which they start, at least 0.
        schedule: the noising process, or None when only SNRs are given.
        eps: the time at which paths stop; NaN without a schedule, where nothing reads it.
        T: the time at which they start, likewise.
    """

    gamma_eps: float
    gamma_T: float
    schedule: Schedule | None = None
    eps: float = math.nan
    T: float = math.nan


def path_ends(
    gamma_eps: float | None, gamma_T: float, schedule: Schedule | str | None, eps: float | None, T: float
) -> Ends:
    """The ends of paths, from ``gamma_eps`` and ``gamma_T``, or from ``schedule``, ``eps`` and ``T``.

    Raises:
        InputError: when it is not said where paths stop, or said twice; for an unknown schedule, times that are not
            0 ≤ ε < T ≤ 1, SNRs that are not 0 ≤ γ_T ≤ γ_ε, or an infinite γ_ε, where the path KL diverges.
    """
    if schedule is None:
        if eps is not None or T != 1:
            raise InputError("eps and T are times: expected a schedule with them, or gamma_eps and gamma_T instead")
        if gamma_eps is None:
            raise InputError("where paths stop is missing: expected gamma_eps, or schedule and eps")
        ends, where = Ends(float(gamma_eps), float(gamma_T)), f"gamma_eps = {gamma_eps:g}"
    else:
        if gamma_eps is not None or gamma_T != 0:
            raise InputError("SNR is said twice: expected gamma_eps and gamma_T, or schedule with eps and T")
        read = parse_schedule(schedule)
        if eps is None:
            raise InputError(f"schedule {read.name} without eps: expected the time at which paths stop, 0 < eps < T")
        if not 0 <= eps < T <= 1:
            raise InputError(f"eps = {eps:g}, T = {T:g}: expected 0 <= eps < T <= 1")
        ends, where = Ends(read.snr(eps), read.snr(T), read, eps, T), f"eps = {eps:g}"
    low, high = ends.gamma_T, ends.gamma_eps
    if not 0 <= low < math.inf:
        raise InputError(f"gamma_T = {low:g}: expected a finite SNR of at least 0")
    if high == math.inf:
        raise InputError(f"{where}: SNR is infinite there and the path KL diverges: expected a finite SNR, so eps > 0")
    if not high >= low:
        raise InputError(f"gamma_eps = {high:g}, gamma_T = {low:g}: expected gamma_eps >= gamma_T")
    return ends
