"""``fsq-theory window SPEC…``: where in SNR, and in a schedule's time, the token is decided."""

from __future__ import annotations

from typing import Annotated

from .options import Common, Number, Single, Whole, require_specs
from .output import Messages, finished

COLUMNS = (
    "codebook", "schedule", "r_low", "r_high", "width", "share_unknown", "share_deciding", "share_known",
    "share_information", "stiffness", "stderr_stiffness", "note",
)  # fmt: skip


def window(
    *specs: str,
    schedule: Annotated[list[str] | None, Single] = None,
    low: Number = 0.1,
    high: Number = 0.9,
    measure: str = "accuracy",
    samples: Whole = 16384,
    common: Common = Common(),
) -> None:
    """Decision window: the SNRs between which accuracy goes from 10 % to 90 %, and its share of each schedule.

    Args:
        specs: one or more codebooks, such as fsq:8,5,5,5 or bits:18+normalize:energy.
        schedule: a schedule, such as cdcd-tts or flow; repeat for several; all named ones by default.
        low: level at which the answer begins to be known.
        high: level from which it is known.
        measure: accuracy, corrected (for chance, (A - A0)/(1 - A0)) or information (I/H).
        samples: draws of Monte Carlo for each noise level, where there is no closed form.
        common: options of every command.
    """
    require_specs(specs)
    from ..codebooks.spec import codebook as parse
    from ..denoiser.decision_table import decision_table
    from ..schedules import schedule as parse_schedule
    from ..schedules.spec import named_schedules

    read = [parse_schedule(name) for name in schedule or named_schedules()]
    messages = Messages(common)
    with finished(common, COLUMNS) as rows:
        for spec in specs:
            cb = parse(spec)
            messages.detail(f"{cb.name}: K = {cb.K}, n = {cb.n}")
            rows += decision_table(cb, read, low=low, high=high, measure=measure, samples=samples, seed=common.seed)
