"""The tokens that a sampler with the exact denoiser, or a model of it, produces: their law against the prior."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.spec import as_codebook
from ..denoiser.predictor import Predictor
from ..errors import InputError
from ..paths.work import check_work
from ..schedules.record import Schedule
from ..seeds import check_seed
from .combine import combined_law
from .part_law import METHODS, PartSampler
from .parts import sampler_parts
from .probability_flow import check_tolerances
from .token_law import TokenLaw
from .transitions import FIXED_STEP, sampler_grid, unit_power

SAMPLERS = (*FIXED_STEP, "ode")
READOUTS = ("posterior", "map")


def sampled_tokens(
    codebook: Codebook | str,
    schedule: Schedule | str | None = None,
    *,
    steps: int | None = None,
    grid_snr: Sequence[float] | Array | None = None,
    sampler: str = "ancestral",
    eps: float = 1e-3,
    T: float = 1.0,
    start_std: float = 1.0,
    temperature: float = 1.0,
    predictor: Predictor | None = None,
    readout: str = "posterior",
    method: str = "auto",
    paths: int = 65536,
    seed: int = 0,
    rtol: float = 1e-6,
) -> TokenLaw:
    """The law q of the tokens that a sampler produces, with KL(π‖q), KL(q‖π) and total variation, nats.

    A path starts from X_T ~ N(0, (start_std σ_T)² I), takes the steps x' = keep·x + pull·D(x) + √v ξ, and a token is
    read out at ε.  With D = x̂_0, the exact denoiser:

    - ``ancestral``: the bridge's transitions towards D [P26, Lemma 4.1]; KL(π‖q) is at most its path KL,
      ½ Σ mmse(γ_i)(γ_{i+1} − γ_i) − [I(γ_N) − I(γ_0)] + KL(p_T‖N(0, σ_T² I)), if read out by ``posterior``.
    - ``sde``: Euler–Maruyama of the reverse SDE, in the time of the schedule.
    - ``ddim``: no noise; Euler's method for the probability-flow ODE in r.
    - ``ode``: that ODE by an adaptive solver (:func:`fsq_theory.probability_flow`).

    ``density`` is quadrature: the density of the state on a grid, or an integral over the start where there is no
    noise; for codes in one or two dimensions and products of those, with an estimate of its error.  ``mc`` simulates,
    averages the posterior of the tokens over the paths rather than count them, and takes the bias of a sample off the
    KLs.

    Args:
        codebook: codes and prior, or a spec of them; products run factor by factor, each factor's law once.
        schedule: cut into ``steps`` equal steps in time t from T to ε.
        steps: N, as many evaluations of the denoiser.
        grid_snr: γ_0 < … < γ_N in place of equal steps; only ``sde`` needs a schedule with them.
        sampler: ``ancestral``, ``sde``, ``ddim`` or ``ode``.
        eps: time at which paths stop, with SNR below infinity.
        T: time at which they start.
        start_std: of X_T over the schedule's own σ_T; 2/3 is the shrunken start of [P26] as we know it.  An ancestral
            step from SNR 0 keeps nothing of the start.
        temperature: τ > 0: D is of probabilities ∝ p(k|x)^{1/τ} (also [P26], as we know it).
        predictor: a model in place of the exact denoiser, ``predictor(y, r) -> q`` of shape (S, K) from y = x/σ of
            shape (S, n), r = α/σ; products are then listed.
        readout: ``posterior`` draws the token from the exact p(k|x_ε), under which the true process has law π; ``map``
            takes the most probable one.
        method: ``density``, ``mc``, or ``auto``: the density where it can be had in some seconds.
        paths: simulated for each factor, rounded up to a multiple of 64; at least 10 a token.
        seed: of the simulation.
        rtol: relative and absolute tolerance of the ``ode`` solver.

    Raises:
        InputError: for unknown names, numbers out of range, a grid that is missing or said twice, ``density`` where it
            cannot be had, or fewer than 10 simulated paths a token.
        MissingExtraError: for ``ode`` without diffrax.
        TooLargeError: for codes that would have to be listed and are too many.
    """
    known = as_codebook(codebook)
    for what, value, choices in (
        ("sampler", sampler, SAMPLERS),
        ("readout", readout, READOUTS),
        ("method", method, METHODS),
    ):
        if value not in choices:
            raise InputError(f"{what} {value!r}: expected one of {', '.join(choices)}")
    if not 0 < start_std < math.inf:
        raise InputError(f"start_std = {start_std:g}: expected a finite number above 0, in units of sigma_T")
    if predictor is not None and sampler == "ode":
        raise InputError("sampler 'ode' with a predictor: expected the exact denoiser, or a sampler with fixed steps")
    if predictor is not None and temperature != 1:
        raise InputError(f"temperature = {temperature:g} with a predictor: expected one of them")
    check_tolerances(rtol, rtol)
    seed, (paths, _) = check_seed(seed), check_work(paths, 1)
    grid = sampler_grid(sampler, schedule, steps, grid_snr, eps, T)
    parts = sampler_parts(known, predictor is not None)
    std = start_std * float(unit_power(grid.r[0])[1])
    laws, nfe = [], 0.0
    for place, part in enumerate(parts.groups):
        task = PartSampler(part, sampler, grid, std, temperature, predictor, readout, rtol)
        own = int(np.random.SeedSequence([seed, place]).generate_state(1, np.uint64)[0])
        laws.append(task.law(method, paths, own))
        nfe = max(nfe, task.nfe())
    return combined_law(
        known,
        parts,
        laws,
        {
            "sampler": sampler,
            "steps": 0 if sampler == "ode" else len(grid.snr) - 1,
            "snr_start": float(grid.snr[0]),
            "snr_stop": float(grid.snr[-1]),
            "start_std": float(start_std),
            "temperature": float(temperature),
            "readout": readout,
            "seed": seed,
            "nfe": nfe,
        },
    )
