"""The probability-flow ODE of the exact denoiser, by an adaptive Runge–Kutta solver."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.product_codebook import ProductCodebook
from ..codebooks.spec import as_codebook
from ..errors import InputError, MissingExtraError
from .factor import Factor, guess, model_factor

MOST_SOLVER_STEPS = 16384

BATCH = 1024
"""Most paths that are solved together, filled up with copies."""

BLOCK = 2**20
"""Most numbers, paths × (tokens + coordinates), in a copy of a batch: 8 MiB."""

PADDED = 2**15
"""Batches of up to this many numbers are filled up: few codes compile once, for any number of paths."""

STAGES = 6
"""Evaluations a step of Tsit5, whose first stage is the last of the step before."""

FIRST = 3
"""Evaluations before the first step: its first stage, and two that choose its size."""


@dataclass(frozen=True)
class ProbabilityFlow:
    """Paths of the probability-flow ODE, at their ends.

    Attributes:
        end: Y at ``r_stop``, in units of the noise, the shape of ``y0``.
        nfe: evaluations of the denoiser along each path, rejected steps included, shape (...).
        r_start: where paths start.
        r_stop: where they end.
        rtol: relative tolerance of a step.
        atol: absolute tolerance of a step, in units of the noise.
    """

    end: Array
    nfe: NDArray[np.int64]
    r_start: float
    r_stop: float
    rtol: float
    atol: float


def probability_flow(
    codebook: Codebook | str,
    y0: ArrayLike,
    r_start: float,
    r_stop: float,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-6,
    temperature: float = 1.0,
) -> ProbabilityFlow:
    """Solve dY/dr = x̂_0(Y; r) for Y = X/σ, r = α/σ, from r_start to r_stop, in either direction.

    From dX = (f X − ½ g² ∇log p) dt [D22]: with Y = r e + ε every schedule gives this one equation, Y at r has the law
    of r X_0 + ε if it has it at r_start, and DDIM is its Euler method.  Tsit5 with a PID controller of step sizes,
    each path with steps of its own; the error is that of the solver, of the order of the tolerances times the growth of
    perturbations, which at a boundary between tokens is large.

    Args:
        codebook: codes and prior, or a spec of them; products factor by factor, as independent equations.
        y0: Y at r_start, in units of the noise, shape (..., n); N(0, I) at r_start = 0.
        r_start: amplitude ratio at the start, at least 0.
        r_stop: amplitude ratio at the end, at least 0, finite.
        rtol: relative tolerance of a step.
        atol: absolute tolerance of a step.
        temperature: τ of the denoiser's probabilities, p^{1/τ}.

    Raises:
        InputError: for shapes, ratios, tolerances or a temperature out of range, or where the solver does not finish.
        MissingExtraError: without diffrax.
        TooLargeError: for codes that would have to be listed and are too many.
    """
    known = as_codebook(codebook)
    start = np.asarray(y0, dtype=np.float64)
    if start.ndim == 0 or start.shape[-1] != known.n:
        raise InputError(f"y0 has shape {start.shape}: expected (..., {known.n}) for {known.name}")
    if not np.isfinite(start).all():
        raise InputError("y0: expected finite numbers")
    for name, ratio in (("r_start", r_start), ("r_stop", r_stop)):
        if not 0 <= ratio < math.inf:
            raise InputError(f"{name} = {ratio:g}: expected a finite amplitude ratio of at least 0")
    check_tolerances(rtol, atol)
    rows = start.reshape(-1, known.n)
    factors = known.factors if isinstance(known, ProductCodebook) else (known,)
    ends, counts, place = [], np.zeros(len(rows), dtype=np.int64), 0
    for part in factors:
        columns = rows[:, place : place + part.n]
        end, count = solved(model_factor(part, temperature), columns, r_start, r_stop, rtol, atol)
        ends.append(end)
        counts = np.maximum(counts, count)
        place += part.n
    end = np.concatenate(ends, axis=1).reshape(start.shape)
    nfe = counts.reshape(start.shape[:-1])
    return ProbabilityFlow(end, nfe, float(r_start), float(r_stop), float(rtol), float(atol))


def check_tolerances(rtol: float, atol: float) -> None:
    """Raise :class:`InputError` unless both tolerances can be met in float64."""
    for name, value in (("rtol", rtol), ("atol", atol)):
        if not 1e-13 <= value < 1:
            raise InputError(f"{name} = {value:g}: expected a tolerance from 1e-13 to below 1")


def solved(
    model: Factor, y0: Array, r_start: float, r_stop: float, rtol: float, atol: float
) -> tuple[Array, NDArray[np.int64]]:
    """Ends of paths from y0, shape (S, n), and the evaluations that each took, shape (S,)."""
    if r_start == r_stop or not len(y0):
        return y0.copy(), np.zeros(len(y0), dtype=np.int64)
    import jax

    run = _compiled()
    ends, counts = np.empty_like(y0), np.empty(len(y0), dtype=np.int64)
    with jax.enable_x64(True):
        settings = tuple(np.float64(value) for value in (r_start, r_stop, rtol, atol))
        size = batch_size(len(y0), len(model.log_prior) + y0.shape[1])
        for first in range(0, len(y0), size):
            part = y0[first : first + size]
            padded = np.concatenate([part, np.broadcast_to(part[:1], (size - len(part), y0.shape[1]))])
            end, steps, succeeded = (np.asarray(value) for value in run(model, padded, *settings))
            if not succeeded.all():
                raise InputError(
                    f"probability flow from r = {r_start:g} to {r_stop:g}: more than {MOST_SOLVER_STEPS} steps at "
                    f"rtol = {rtol:g}, atol = {atol:g}; expected larger tolerances"
                )
            ends[first : first + size] = end[: len(part)]
            counts[first : first + size] = STAGES * steps[: len(part)] + FIRST
    return ends, counts


def batch_size(paths: int, numbers: int) -> int:
    """Paths that are solved together, a power of two: no more than are needed unless the codes are few.

    Args:
        paths: in all.
        numbers: tokens + coordinates of a path.
    """
    wanted = max(1 << (paths - 1).bit_length(), PADDED // numbers)
    return 1 << max(1, min(wanted, BLOCK // numbers, BATCH)).bit_length() - 1


@cache
def _compiled() -> Any:
    try:
        import diffrax
    except ImportError:
        raise MissingExtraError("diffrax", "ode", "the probability-flow ODE") from None
    import jax
    import jax.numpy as jnp

    def velocity(r: Any, y: Any, model: Factor) -> Any:
        return guess(model, (y / jnp.sqrt(1 + r**2))[None, :], r)[0]

    def one(model: Factor, y0: Any, start: Any, stop: Any, rtol: Any, atol: Any) -> Any:
        found = diffrax.diffeqsolve(
            diffrax.ODETerm(velocity),
            diffrax.Tsit5(),
            t0=start,
            t1=stop,
            dt0=None,
            y0=y0,
            args=model,
            saveat=diffrax.SaveAt(t1=True),
            stepsize_controller=diffrax.PIDController(rtol=rtol, atol=atol),
            adjoint=diffrax.ForwardMode(),
            max_steps=MOST_SOLVER_STEPS,
            throw=False,
        )
        return found.ys[0], found.stats["num_steps"], found.result == diffrax.RESULTS.successful

    return jax.jit(jax.vmap(one, in_axes=(None, 0, None, None, None, None)))
