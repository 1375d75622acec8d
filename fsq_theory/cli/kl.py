"""``fsq-theory kl SPEC``: KL between the reverse paths towards two tokens, or of a token's paths from the data's."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from ..errors import InputError
from .options import Common, Number, Pair, Single, Whole, Wholes, require_specs
from .output import finished

KEYS = (
    *("codebook", "K", "n", "gamma_eps", "gamma_T", "pair", "token", "kl"),
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
    token: Annotated[list[int] | None, Wholes] = None,
    data: Annotated[bool, Single] = False,
    method: Annotated[str | None, Parameter(show_default=False)] = None,
    paths: Whole = 4096,
    steps: Whole = 256,
    integrator: str = "exact",
    samples: Whole = 65536,
    common: Common = Common(),
) -> None:
    """Path KL, ½‖e_i − e_j‖²(γ_ε − γ_T), over ordered pairs of different tokens; or of tokens' paths from the data's.

    With --token or --data, the KL of the paths towards a token from the paths of the data, ½∫E‖e_k − x̂_0‖²dγ, and its
    average over tokens, which is the mutual information.

    Args:
        specs: one or more codebooks, such as fsq:8,5,5,5 or cosyvoice2.
        schedule: the schedule whose SNR is read at --eps and --T.
        eps: time at which the reverse paths stop; the KL diverges as it goes to 0.
        T: time at which they start.
        gamma_eps: the SNR γ = r² at the stop, instead of a schedule.
        gamma_T: the SNR at the start.
        unpinned: paths start from their own marginals rather than from one point: ½‖e_i − e_j‖² γ_ε.
        pair: two different tokens, counted from 0.
        token: a token, counted from 0, whose paths are compared with the data's; repeat for several.
        data: the average over tokens, weighted by the prior.
        method: closed (the default); mc: simulate the reverse process and average Girsanov's log-derivative; or
            certified: enclosures in ball arithmetic, their ends rounded outwards. With --token or --data: auto (the
            default), exact (integrals), mc (samples of the posterior), girsanov (paths).
        paths: simulated paths, with --method mc of a pair of tokens, or --method girsanov.
        steps: time steps of a path, with the same.
        integrator: with the same, exact (Gaussian transitions) or euler (Euler-Maruyama); of girsanov, exact or frozen
            (the denoiser is held fixed in a step).
        samples: Monte Carlo samples of each token and end, with --token or --data and --method mc or auto.
        common: options of every command.
    """
    require_specs(specs)
    if pair is not None and pair[0] == pair[1]:
        raise InputError(f"pair {pair[0]} {pair[1]}: expected two different tokens")
    if pair is not None and (token or data):
        raise InputError("--pair with --token or --data: expected only one of them")
    from ..codebooks.spec import codebook as parse
    from ..denoiser.settings import check_choice
    from ..paths.path_kl import METHODS, path_kl
    from ..schedules import schedule as parse_schedule

    settings: dict[str, Any] = {
        "gamma_eps": gamma_eps,
        "gamma_T": gamma_T,
        "schedule": None if schedule is None else parse_schedule(schedule),
        "eps": eps,
        "T": T,
        "pinned": not unpinned,
        "paths": paths,
        "steps": steps,
        "seed": common.seed,
    }
    with finished(common) as rows:
        for spec in specs:
            if token or data:
                from ..paths.token_path_kl import token_path_kl

                if integrator == "euler":
                    raise InputError("--integrator euler with --token or --data: expected exact or frozen")
                own: dict[str, Any] = {"tokens": token or [], "method": method or "auto", "samples": samples}
                own["estimator"] = integrator
                results = token_path_kl(parse(spec), **settings, **own).rows(average=data)
            elif method == "certified":
                from ..paths.certified_path_kl import certified_path_kl

                exact = {key: settings[key] for key in ("gamma_eps", "gamma_T", "schedule", "eps", "T", "pinned")}
                results = [certified_path_kl(parse(spec), **exact, pair=pair).row()]
            else:
                check_choice("method", method or "closed", (*METHODS, "certified"))
                results = [
                    path_kl(parse(spec), **settings, pair=pair, method=method or "closed", integrator=integrator).row()
                ]
            for result in results:
                found = {**result, "schedule": schedule, "eps": eps, "seed": common.seed}
                if not common.json:
                    found = _without_repetitions(found)
                rows.append({**{key: found[key] for key in KEYS if key in found}, **found})


def _without_repetitions(row: dict[str, Any]) -> dict[str, Any]:
    """A row for people: under the uniform prior, means weighted by the prior say nothing new."""
    weighted = {"mean_prior": "mean", "nearest_mean_prior": "nearest_mean"}
    if all(key in row and row[key] == row[plain] for key, plain in weighted.items()):
        return {key: value for key, value in row.items() if key not in weighted}
    return row
