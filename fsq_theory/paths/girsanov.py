"""Path KL by simulation: run the reverse SDE towards one code, and average Girsanov's log-derivative against another.

The reverse process towards a code a is linear and Gaussian, so a step from x at time t to x' at time s < t is
x' ~ N(keep·x + pull·a, variance·I).  Two integrators give these three numbers:

- ``exact``: the bridge pinned at (t, x) [P26, Lemma 4.1].  The log-ratio of the transition densities towards a_1 and
  a_2, added over the steps, is the log Radon–Nikodym derivative on the grid; its mean is the path KL without bias, for
  every number of steps, because the path KL over a step is that of its two ends.
- ``euler``: Euler–Maruyama on dX = (f X + g² (X − α a)/σ²) dt + g dW, run backwards from T.  The same log-ratio is then
  Girsanov's integral ∫Δ·dW + ½∫‖Δ‖² dt, Δ = gα(a_1 − a_2)/σ², as a sum over left ends; its mean differs from the path
  KL by O(h).

Grids: a schedule is cut into ``steps`` equal steps **in time t**, from T down to ε.  Without a schedule the process is
written in SNR time, Z = (α/σ²) X, dZ = a dγ + dB from γ_T up to γ_ε, and cut into equal steps **in γ**; Euler–Maruyama
is exact for it, so only ``exact`` is offered.  Where SNR is 0 the drift is infinite, and the steps of ``euler`` that
start there are exact ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array
from ..errors import InputError
from ..schedules.record import Schedule
from ..seeds import check_seed, jax_key
from .ends import path_ends
from .transitions import Transitions, euler_transitions, exact_transitions, snr_transitions
from .work import check_work

INTEGRATORS = ("exact", "euler")


@dataclass(frozen=True)
class GirsanovEstimate:
    """A Monte Carlo estimate of a path KL.

    Attributes:
        mean: the mean log-derivative, nats.
        stderr: its standard error.
        variance: the sample variance of the log-derivative; its exact value is d² = 2 KL.
        paths: independent paths.
        steps: steps of each.
        integrator: "exact" (unbiased) or "euler" (bias of order 1/steps).
        seed: of the random numbers.
        samples: the log-derivatives, shape (paths,), if they were asked for.
    """

    mean: float
    stderr: float
    variance: float
    paths: int
    steps: int
    integrator: str
    seed: int
    samples: Array | None = None


def girsanov(
    a1: ArrayLike,
    a2: ArrayLike,
    *,
    schedule: Schedule | str | None = None,
    eps: float | None = None,
    T: float = 1.0,
    gamma_eps: float | None = None,
    gamma_T: float = 0.0,
    end: ArrayLike | None = None,
    pinned: bool = True,
    integrator: str = "exact",
    paths: int = 4096,
    steps: int = 256,
    seed: int = 0,
    keep_samples: bool = False,
) -> GirsanovEstimate:
    """Mean of log dP^{a1}/dP^{a2} over simulated paths of P^{a1}: an estimate of KL(P^{a1}‖P^{a2}) on [ε, T], nats.

    Its law is N(d²/2, d²) with d² = ‖a_1 − a_2‖²(γ_ε − γ_T) pinned and ‖a_1 − a_2‖² γ_ε unpinned [P26, Statement 4.2].

    Args:
        a1: the code that paths run to, shape (n,), or (paths, n) for one a path.
        a2: the other code, of the same shape.
        schedule: the noising process, record or spec, with ``eps`` and ``T``; or None, with the two SNRs.
        eps: time at which paths stop.
        T: time at which they start.
        gamma_eps: SNR at which paths stop.
        gamma_T: SNR at which they start.
        end: X_T of pinned paths (without a schedule, Z_T), shape (n,); the origin by default.  The KL is the same.
        pinned: whether all paths start from ``end``; else from the marginal N(α_T a_1, σ_T² I), whose log-ratio counts.
        integrator: "exact" or "euler".
        paths: independent paths, at least 2.
        steps: equal steps in t, or in γ without a schedule.
        seed: of the random numbers, at least 0; the same seed gives the same bits.
        keep_samples: whether the record holds the log-derivatives.

    Raises:
        InputError: for shapes that differ, an unknown integrator, fewer than 2 paths or 1 step, too many of them
            (:mod:`fsq_theory.paths.work`), a negative seed, or ends that are missing, said twice, or at which the path
            KL is not finite.
    """
    first, second = (np.atleast_1d(np.asarray(a, dtype=np.float64)) for a in (a1, a2))
    seed = check_seed(seed)
    ends = path_ends(gamma_eps, gamma_T, schedule, eps, T)
    check_integrator(integrator, ends.schedule)
    paths, steps = check_work(paths, steps, first.shape[-1])
    _check_codes(first, second, paths)
    if ends.schedule is not None:
        process, times = ends.schedule, np.linspace(ends.T, ends.eps, steps + 1)
        made = euler_transitions(process, times) if integrator == "euler" else exact_transitions(process, times)
        alpha_T, sigma_T = process.alpha(ends.T), process.sigma(ends.T)
    else:
        made = snr_transitions(np.linspace(ends.gamma_T, ends.gamma_eps, steps + 1))
        alpha_T, sigma_T = ends.gamma_T, math.sqrt(ends.gamma_T)
    start = np.zeros(first.shape[-1]) if end is None else np.atleast_1d(np.asarray(end, dtype=np.float64))
    if start.shape != first.shape[-1:]:
        raise InputError(f"end has shape {start.shape}: expected {first.shape[-1:]}")
    origin = (1.0, 0.0, 0.0) if pinned else (0.0, alpha_T, sigma_T**2)
    samples = _simulated(_preceded(origin, made), first, second, start, paths, seed)
    return GirsanovEstimate(
        mean=float(samples.mean()),
        stderr=float(samples.std(ddof=1) / math.sqrt(paths)),
        variance=float(samples.var(ddof=1)),
        paths=paths,
        steps=steps,
        integrator=integrator,
        seed=seed,
        samples=samples if keep_samples else None,
    )


def check_integrator(integrator: str, schedule: Schedule | None) -> None:
    """Raise :class:`InputError` unless the integrator is known, and offered with this schedule or without one."""
    if integrator not in INTEGRATORS:
        raise InputError(f"integrator {integrator!r}: expected one of {', '.join(INTEGRATORS)}")
    if integrator == "euler" and schedule is None:
        raise InputError("integrator 'euler' without a schedule: expected a schedule, or integrator 'exact'")


def _check_codes(first: Array, second: Array, paths: int) -> None:
    if first.shape != second.shape or first.ndim > 2 or (first.ndim == 2 and len(first) != paths):
        raise InputError(f"codes of shapes {first.shape} and {second.shape}: expected (n,) or (paths, n) for both")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise InputError("codes: expected finite numbers")


def _preceded(origin: tuple[float, float, float], made: Transitions) -> Transitions:
    """The transitions after one more that makes X_T: it stays at the end point, or draws from the marginal."""
    columns = zip(origin, (made.keep, made.pull, made.variance), strict=True)
    return Transitions(*(np.concatenate([[value], column]) for value, column in columns))


def _simulated(made: Transitions, first: Array, second: Array, start: Array, paths: int, seed: int) -> Array:
    """The log-derivatives of simulated paths, shape (paths,).  Memory does not grow with the number of steps."""
    import jax

    with jax.enable_x64(True):
        shape = (paths, first.shape[-1])
        codes = (np.broadcast_to(values, shape) for values in (first, second, start))
        samples = _compiled()(jax_key(seed), *codes, (made.keep, made.pull, made.variance))
        return np.asarray(samples)


@cache
def _compiled() -> Any:
    import jax
    import jax.numpy as jnp

    @jax.jit
    def run(key: Any, first: Any, second: Any, start: Any, transitions: Any) -> Any:
        def step(carry: Any, now: Any) -> Any:
            x, total = carry
            index, keep, pull, variance = now
            noise = jax.random.normal(jax.random.fold_in(key, index), x.shape, dtype=x.dtype)
            mean, gap = keep * x + pull * first, pull * (first - second)
            moved = mean + jnp.sqrt(variance) * noise
            # log N(moved; mean, v) − log N(moved; mean − gap, v); a step without noise has no gap.
            ratio = jnp.sum(gap * (moved - mean + gap / 2), axis=-1)
            return (moved, total + ratio / jnp.where(variance == 0, 1.0, variance)), None

        counted = (jnp.arange(transitions[0].shape[0]), *transitions)
        (_, total), _ = jax.lax.scan(step, (start, jnp.zeros(start.shape[0], start.dtype)), counted)
        return total

    return run
