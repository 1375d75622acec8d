"""``fsq-theory sampler SPEC…``: what N steps of an ancestral sampler cost, on a schedule's grid and on the best one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import InputError
from .options import Common, Number, Single, Whole, require_specs
from .output import Messages, finished

if TYPE_CHECKING:
    from ..arrays import Array

COLUMNS = ("codebook", "schedule", "grid", "steps", "gamma_0", "gamma_N", "kl", "kl_optimal", "ratio", "stderr")
EXTRA = (
    *("kl_prior", "target_kl", "steps_needed", "steps_needed_optimal"),
    *("sampler", "token_kl", "stderr_token_kl", "token_unresolved", "token_tv", "stderr_token_tv"),
)
"""Columns of the table that are there when they are asked for."""

EPS = 1e-3
"""Where a sampler stops in the time of its schedule if nothing else is said."""


def sampler(
    *specs: str,
    schedule: Annotated[str | None, Parameter(show_default=False)] = None,
    steps: Annotated[Whole | None, Parameter(show_default=False)] = None,
    eps: Annotated[Number | None, Parameter(show_default=False)] = None,
    T: Annotated[Number | None, Parameter(name="--T", show_default=False)] = None,
    snr_grid: Annotated[str | None, Parameter(show_default=False, allow_leading_hyphen=True)] = None,
    compare: Annotated[bool, Single] = False,
    target_kl: Annotated[Number | None, Parameter(show_default=False)] = None,
    simulate: Annotated[list[str] | None, Parameter(negative="", show_default=False)] = None,
    temperature: Number = 1.0,
    paths: Whole = 65536,
    start_std: Number = 1.0,
    method: str = "auto",
    samples: Whole = 65536,
    common: Common = Common(),
) -> None:
    """Path KL of the N-step ancestral sampler, ½ Σ mmse(γ_i)(γ_{i+1} − γ_i) − [I(γ_N) − I(γ_0)], in nats.

    Together with kl_prior, the KL of the start, it bounds the KL of the tokens that this sampler produces. The best
    grid has the same ends and the same number of steps. The last SNR must be finite: a step to infinite SNR has
    infinite KL.

    Args:
        specs: one or more codebooks, such as fsq:8,5,5,5 or cosyvoice2.
        schedule: the schedule whose SNRs make the grid, at equal steps of its time from --T to --eps.
        steps: number of steps N; the grid has N + 1 SNRs.
        eps: time at which the sampler stops, 1e-3 by default [S21, appendix C]; many schedules have infinite SNR at 0.
        T: time at which it starts, 1 by default.
        snr_grid: the SNRs themselves, increasing and separated by commas, such as 0,1,3,8,20,60; instead of a schedule.
        compare: a row for every usual grid between the same ends: entropic, logsnr, edm, uniform-snr and all
            schedules.
        target_kl: also the least number of steps for this path KL, on each grid and on the best one; empty where more
            than 100 000 are needed.
        simulate: also the law of the tokens read out: ancestral, sde, ddim or ode; repeat for several, a row each.
            token_unresolved counts tokens too rare to be told from 0, with which token_kl is between token_kl_lower and
            token_kl_upper.
        temperature: of the denoiser's token probabilities, in the simulation alone.
        paths: simulated, where the law of the tokens is not computed by quadrature.
        start_std: standard deviation of the noise that the sampler starts from, over that of the schedule.
        method: auto, exact (integrals) or mc (Monte Carlo).
        samples: Monte Carlo samples at each SNR.
        common: options of every command.
    """
    require_specs(specs)
    grid = _given_grid(snr_grid, schedule, steps)
    if grid is not None and (eps is not None or T is not None):
        raise InputError("--eps and --T are times: expected --schedule with --steps, or --snr-grid alone")
    _check_simulation(simulate or [], schedule, temperature, paths, start_std)
    from ..codebooks.spec import codebook as parse
    from .sampler_rows import Request

    request = Request(
        grid=grid,
        schedule=schedule,
        steps=steps,
        eps=None if schedule is None else EPS if eps is None else eps,
        T=None if schedule is None else 1.0 if T is None else T,
        compare=compare,
        target=target_kl,
        samplers=tuple(simulate or ()),
        temperature=temperature,
        paths=paths,
        start_std=start_std,
        method=method,
        samples=samples,
        seed=common.seed,
    )
    messages = Messages(common)
    with finished(common, (*COLUMNS, *EXTRA, "method")) as rows:
        for spec in specs:
            cb = parse(spec)
            messages.detail(f"{cb.name}: K = {cb.K}, n = {cb.n}")
            for row in request.rows(cb):
                rows.append(row)


def _check_simulation(
    samplers: list[str], schedule: str | None, temperature: float, paths: int, start_std: float
) -> None:
    """Refuse at once what a simulation would refuse after the path KL is computed."""
    from ..paths.work import check_work
    from ..samplers.tokens import SAMPLERS

    if not 0 < start_std < math.inf:
        raise InputError(f"--start-std {start_std:g}: expected a finite number above 0, in units of sigma_T")
    if not samplers and temperature != 1:
        raise InputError(f"--temperature {temperature:g} needs --simulate: the path KL is of the exact denoiser")
    if not temperature > 0:
        raise InputError(f"--temperature {temperature:g}: expected a number above 0")
    for name in samplers:
        if name not in SAMPLERS:
            raise InputError(f"--simulate: sampler {name!r}: expected one of {', '.join(SAMPLERS)}")
        if name == "sde" and schedule is None:
            raise InputError("--simulate sde with --snr-grid: its steps are in time; expected --schedule with --steps")
    if samplers:
        check_work(paths, 1)


def _given_grid(snr_grid: str | None, schedule: str | None, steps: int | None) -> Array | None:
    """The grid of ``--snr-grid``; None with a schedule and steps."""
    from ..samplers.grid_kl import check_grid

    if snr_grid is None:
        if schedule is None or steps is None:
            raise InputError("grid: expected --schedule with --steps, or --snr-grid such as 0,1,3,8,20,60")
        return None
    if schedule is not None or steps is not None:
        raise InputError("grid is said twice: expected --schedule with --steps, or --snr-grid")
    values = []
    for text in snr_grid.split(","):
        try:
            values.append(float(text))
        except ValueError:
            raise InputError(
                f'--snr-grid: "{text.strip()}": expected SNRs separated by commas, such as 0,1,3,8,20,60'
            ) from None
    return check_grid(values)
