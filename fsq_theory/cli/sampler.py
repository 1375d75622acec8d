"""``fsq-theory sampler SPEC…``: what N steps of an ancestral sampler cost, on a schedule's grid and on the best one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..errors import InputError
from .options import Common, Number, Single, Whole, require_specs
from .output import Messages, finished

if TYPE_CHECKING:
    from ..arrays import Array
    from ..codebooks.codebook import Codebook
    from ..samplers.curve import MmseCurve

COLUMNS = ("codebook", "schedule", "grid", "steps", "gamma_0", "gamma_N", "kl", "kl_optimal", "ratio", "stderr")
EXTRA = ("kl_prior", "target_kl", "steps_needed", "steps_needed_optimal", "sampler", "token_kl", "token_tv")
"""Columns of the table that are shown when they are asked for, or are not 0."""


def sampler(
    *specs: str,
    schedule: Annotated[str | None, Parameter(show_default=False)] = None,
    steps: Annotated[Whole | None, Parameter(show_default=False)] = None,
    eps: Number = 1e-3,
    T: Annotated[Number, Parameter(name="--T")] = 1.0,
    snr_grid: Annotated[str | None, Parameter(show_default=False)] = None,
    compare: Annotated[bool, Single] = False,
    target_kl: Annotated[Number | None, Parameter(show_default=False)] = None,
    start_std: Number = 1.0,
    method: str = "auto",
    samples: Whole = 65536,
    common: Common = Common(),
) -> None:
    """Path KL of the N-step ancestral sampler, ½ Σ mmse(γ_i)(γ_{i+1} − γ_i) − [I(γ_N) − I(γ_0)], in nats.

    It bounds the KL of the tokens read out. The best grid has the same ends and the same number of steps. The last SNR
    must be finite: a step to infinite SNR has infinite KL.

    Args:
        specs: one or more codebooks, such as fsq:8,5,5,5 or cosyvoice2.
        schedule: the schedule whose SNRs make the grid, at equal steps of its time from --T to --eps.
        steps: number of steps N; the grid has N + 1 SNRs.
        eps: time at which the sampler stops [S21, appendix C]; many schedules have infinite SNR at 0.
        T: time at which it starts.
        snr_grid: the SNRs themselves, increasing and separated by commas, such as 0,1,3,8,20,60; instead of a schedule.
        compare: a row for every usual grid between the same ends: entropic, logsnr, edm, uniform-snr and several
            schedules.
        target_kl: also the least number of steps for this path KL, on each grid and on the best one; empty where more
            than 100 000 are needed.
        start_std: standard deviation of the noise that the sampler starts from, over that of the schedule.
        method: auto, exact (integrals) or mc (Monte Carlo).
        samples: Monte Carlo samples at each SNR.
        common: options of every command.
    """
    require_specs(specs)
    given = _given_grid(snr_grid, schedule, steps)
    from ..codebooks.spec import codebook as parse
    from ..samplers.mmse_curve import mmse_curve
    from ..samplers.named_grids import UNIFORM, schedule_grid

    if given is None:
        assert schedule is not None
        assert steps is not None
        grid, name = schedule_grid(schedule, steps, eps=eps, T=T), UNIFORM + schedule
        where: dict[str, Any] = {"eps": eps, "T": T}
    else:
        grid, name = given, "given"
        where = {"eps": None, "T": None}
    messages = Messages(common)
    with finished(common, (*COLUMNS, *EXTRA, "method")) as rows:
        for spec in specs:
            cb = parse(spec)
            messages.detail(f"{cb.name}: K = {cb.K}, n = {cb.n}")
            curve = mmse_curve(cb, float(grid[0]), float(grid[-1]), method=method, samples=samples, seed=common.seed)
            found = _rows(cb, curve, grid, name, schedule, start_std, compare, target_kl)
            rows += [{**row, **where} for row in found]


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


def _rows(
    codebook: Codebook,
    curve: MmseCurve,
    grid: Array,
    name: str,
    schedule: str | None,
    start_std: float,
    compare: bool,
    target: float | None,
) -> list[dict[str, Any]]:
    from ..samplers.compare_grids import SCHEDULES, compare_grids
    from ..samplers.grid_kl import on_curve, start_kl
    from ..samplers.named_grids import UNIFORM
    from ..samplers.optimal_grid import best_grid

    steps, low, high = len(grid) - 1, float(grid[0]), float(grid[-1])
    best = on_curve(curve, best_grid(curve, steps, low, high))
    grids = [(name, grid)]
    if compare:
        schedules = [one for one in SCHEDULES if one != schedule]
        compared = compare_grids(codebook, steps, low, high, schedules=schedules, curve=curve)
        grids += list(zip(compared.grids, compared.snr, strict=True))
    prior, stderr_prior = start_kl(codebook, low, start_std, max(curve.samples, 65536), curve.seed)
    sampled = curve.sampled
    rows = []
    for label, snr in grids:
        found = on_curve(curve, snr)
        rows.append(
            {
                "codebook": codebook.name,
                "schedule": label.removeprefix(UNIFORM) if label.startswith(UNIFORM) else None,
                "steps": steps,
                "kl": found.kl,
                "kl_optimal": best.kl,
                "grid_snr": snr.tolist(),
                "grid_snr_optimal": best.grid.tolist(),
                "grid": label,
                "ratio": found.kl / best.kl if best.kl > 0 else 1.0,
                "K": codebook.K,
                "n": codebook.n,
                "kl_prior": prior,
                "start_std": start_std,
                "gamma_0": low,
                "gamma_N": high,
                "stderr": found.stderr if sampled else None,
                "stderr_optimal": best.stderr if sampled else None,
                "stderr_prior": stderr_prior if stderr_prior else None,
                "method": found.method,
                "samples": found.samples,
                "seed": found.seed,
            }
        )
        if target is not None:
            rows[-1] |= {
                "target_kl": target,
                "steps_needed": None if label == "given" else _needed(codebook, target, low, high, label, curve),
                "steps_needed_optimal": _needed(codebook, target, low, high, "optimal", curve),
            }
    return rows


def _needed(codebook: Codebook, target: float, low: float, high: float, grid: str, curve: MmseCurve) -> int | None:
    from ..samplers.steps import TooManyStepsError, steps_for_kl

    try:
        return steps_for_kl(codebook, target, low, high, grid=grid, curve=curve).steps
    except TooManyStepsError:
        return None
