"""The noise levels that a command line names: r itself, SNR in dB, or a schedule's r at given t."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated, Any

from cyclopts import Group, Parameter

from ..errors import InputError
from .options import Numbers

GRID = Group("Noise levels: one of --r, --snr-db, or --schedule with --t", sort_key=1)


@Parameter(name="*", group=GRID)
@dataclass(frozen=True)
class Grid:
    """Noise levels as the user wrote them."""

    r: Annotated[list[float], Numbers] = field(default_factory=list)
    """Amplitude ratio α/σ, at least 0; repeat for several, or inf."""

    snr_db: Annotated[list[float], Numbers] = field(default_factory=list)
    """SNR γ = r² in dB, so that r = 10^(x/20); repeat for several."""

    schedule: Annotated[str | None, Parameter(show_default=False)] = None
    """A schedule, such as cdcd-tts, flow, vp, cosine, or custom:alpha=1-t;sigma=t."""

    t: Annotated[list[float], Numbers] = field(default_factory=list)
    """Times from 0 to 1 at which the schedule is read; repeat for several."""

    def levels(self) -> tuple[list[float], list[dict[str, Any]]]:
        """The values of r, and for each the columns that say where it comes from.

        Raises:
            InputError: unless exactly one way of naming the noise level is used, with values in its range.
        """
        used = [
            name
            for name, given in (("--r", self.r), ("--snr-db", self.snr_db), ("--schedule", self.schedule))
            if given not in ([], None)
        ]
        if len(used) != 1:
            got = "none of them" if not used else " and ".join(used)
            raise InputError(f"noise level: expected one of --r, --snr-db, or --schedule with --t; got {got}")
        if self.t and not self.schedule:
            raise InputError("--t needs a schedule: add --schedule, for example --schedule cdcd-tts")
        if self.r:
            return [_ratio(value) for value in self.r], [{} for _ in self.r]
        if self.snr_db:
            return [_from_decibel(value) for value in self.snr_db], [{"snr_db": value} for value in self.snr_db]
        return self._from_schedule()

    def _from_schedule(self) -> tuple[list[float], list[dict[str, Any]]]:
        from ..schedules import schedule as parse_schedule

        assert self.schedule is not None
        if not self.t:
            raise InputError(f"--schedule {self.schedule} needs at least one --t from 0 to 1")
        for value in self.t:
            if not 0 <= value <= 1:
                raise InputError(f"t = {value:g}: expected a time from 0 to 1")
        made = parse_schedule(self.schedule)
        ratios = [float(made.r(value)) for value in self.t]
        return ratios, [{"schedule": self.schedule, "t": value} for value in self.t]


def _ratio(value: float) -> float:
    if math.isnan(value) or value < 0:
        raise InputError(f"r = {value:g}: expected a number of at least 0")
    return value


def _from_decibel(value: float) -> float:
    if math.isnan(value):
        raise InputError("SNR of nan dB: expected a number")
    try:
        return math.pow(10.0, value / 20)
    except OverflowError:
        return math.inf
