"""``fsq-theory model SPEC…``: the path KL of a model that predicts token probabilities with a given mistake."""

from __future__ import annotations

import math
from typing import Annotated

from cyclopts import Parameter

from ..errors import InputError
from .options import Common, Number, Single, Whole, require_specs
from .outcome import Inconclusive
from .output import finished

COLUMNS = ("codebook", "K", "n", "predictor", "gamma_eps", "kl", "stderr", "ratio", "stderr_ratio")
"""Columns of the table."""


def model(
    *specs: str,
    predictor: str = "confusion:0.05",
    schedule: Annotated[str | None, Parameter(show_default=False)] = None,
    eps: Annotated[Number | None, Parameter(show_default=False)] = None,
    T: Annotated[Number, Parameter(name="--T")] = 1.0,
    gamma_eps: Annotated[Number | None, Parameter(show_default=False)] = None,
    gamma_T: Annotated[Number, Parameter(name="--gamma-T")] = 0.0,
    same_mistakes: Annotated[bool, Single] = False,
    match: str = "snr",
    start_std: Annotated[Number | None, Parameter(show_default=False)] = None,
    rtol: Annotated[Number | None, Parameter(show_default=False)] = None,
    samples: Whole = 65536,
    levels: Whole = 32,
    common: Common = Common(),
) -> None:
    """Path KL of a wrong model, ½∫E‖x̂_0 − D‖² dγ with D = Σ_k q_k e_k, in nats, and its ratio to the first codebook's.

    Args:
        specs: one or more codebooks, such as fsq:3^4+normalize:energy onehot:81+center+normalize:energy.
        predictor: exact, temperature:TAU, label-smoothing:L, confusion:P (each token is taken for its nearest neighbour
            with probability P) or logit-noise:S[,seed=N].
        schedule: the schedule whose SNR is read at --eps and --T.
        eps: time at which the reverse paths stop.
        T: time at which they start.
        gamma_eps: the SNR γ = r² at the stop, instead of a schedule.
        gamma_T: the SNR at the start.
        same_mistakes: tokens are confused with their neighbours in the first codebook, in all codebooks.
        match: snr: paths stop at the same SNR; accuracy or information: where the others are as hard to read as the
            first codebook.
        start_std: standard deviation of the model's starting noise over that of X_T, whose KL is then added.
        rtol: relative standard error at which the simulation stops; exit status 3 where it is not reached.
        samples: observations drawn at the most.
        levels: strata of the SNR.
        common: options of every command.
    """
    require_specs(specs)
    if start_std is not None and not 0 < start_std < math.inf:
        raise InputError(f"--start-std {start_std:g}: expected a finite number above 0, in units of sigma_T")
    from ..paths.model_comparison import model_costs

    with finished(common, COLUMNS) as rows:
        costs = model_costs(
            list(specs),
            predictor,
            same_mistakes=same_mistakes,
            match=match,
            gamma_eps=gamma_eps,
            gamma_T=gamma_T,
            schedule=schedule,
            eps=eps,
            T=T,
            samples=samples,
            levels=levels,
            rtol=rtol,
            seed=common.seed,
            start_std=start_std,
        )
        for cost in costs:
            rows.append({**cost.row(), "schedule": schedule, "eps": eps})
    for row in rows:
        if rtol is not None and not row["stderr"] <= rtol * row["kl"]:
            got = row["stderr"] / row["kl"] if row["kl"] else math.inf
            raise Inconclusive(
                f"{row['codebook']}: relative standard error {got:.2g} is above --rtol {rtol:g}; "
                f"raise --samples above {row['samples']}"
            )
