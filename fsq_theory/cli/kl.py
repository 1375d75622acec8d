"""``fsq-theory kl SPEC``: the KL divergence between the reverse paths towards two tokens."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from ..errors import InputError
from .options import Common, Number, Pair, Single, Whole, require_specs
from .output import finished

KEYS = (
    *("codebook", "K", "n", "gamma_eps", "gamma_T", "pair", "kl"),
    *("min", "mean", "max", "nearest_mean", "method", "stderr"),
)
"""Columns that come first, in this order."""


def kl(
    *specs: str,
    schedule: Annotated[str | None, Parameter(show_default=False)] = None,
    eps: Annotated[Number | None, Parameter(show_default=False)] = None,
    T: Annotated[Number, Parameter(name="--T")] = 1.0,
    gamma_eps: Annotated[Number | None, Parameter(show_default=False)] = None,
    gamma_T: Annotated[Number, Parameter(name="--gamma-T")] = 0.0,
    unpinned: Annotated[bool, Single] = False,
    pair: Pair | None = None,
    method: str = "closed",
    paths: Whole = 4096,
    steps: Whole = 256,
    integrator: str = "exact",
    common: Common = Common(),
) -> None:
    """Path KL, ½‖e_i − e_j‖²(γ_ε − γ_T), over ordered pairs of different tokens.

    Args:
        specs: one or more codebooks, such as fsq:8,5,5,5 or cosyvoice2.
        schedule: the schedule whose SNR is read at --eps and --T.
        eps: time at which the reverse paths stop; the KL diverges as it goes to 0.
        T: time at which they start.
        gamma_eps: the SNR γ = r² at the stop, instead of a schedule.
        gamma_T: the SNR at the start.
        unpinned: paths start from their own marginals rather than from one point: ½‖e_i − e_j‖² γ_ε.
        pair: two different tokens, counted from 0.
        method: closed, or mc: simulate the reverse process and average Girsanov's log-derivative.
        paths: simulated paths.
        steps: time steps of a path.
        integrator: exact (Gaussian transitions) or euler (Euler-Maruyama).
        common: options of every command.
    """
    require_specs(specs)
    if pair is not None and pair[0] == pair[1]:
        raise InputError(f"pair {pair[0]} {pair[1]}: expected two different tokens")
    from ..codebooks.spec import codebook as parse
    from ..paths.path_kl import path_kl
    from ..schedules import schedule as parse_schedule

    read = None if schedule is None else parse_schedule(schedule)
    with finished(common) as rows:
        for spec in specs:
            result = path_kl(
                parse(spec),
                gamma_eps=gamma_eps,
                gamma_T=gamma_T,
                schedule=read,
                eps=eps,
                T=T,
                pinned=not unpinned,
                pair=pair,
                method=method,
                paths=paths,
                steps=steps,
                integrator=integrator,
                seed=common.seed,
            )
            found = {**result.row(), "schedule": schedule, "eps": eps, "seed": common.seed}
            rows.append({**{key: found[key] for key in KEYS if key in found}, **found})
