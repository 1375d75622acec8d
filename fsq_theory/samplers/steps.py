"""How many sampler steps a codebook needs for a given path KL."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..codebooks.codebook import Codebook
from ..codebooks.spec import as_codebook
from ..errors import InputError
from .curve import MmseCurve
from .grid_kl import SamplerKL, on_curve
from .mmse_curve import check_ends, curve_between
from .named_grids import named_grid
from .optimal_grid import best_grid

MOST = 100_000
"""Most steps that are looked at."""


class TooManyStepsError(InputError):
    """The target needs more than MOST steps."""


@dataclass(frozen=True)
class StepsForKL:
    """The least number of steps found with KL ≤ target.

    Attributes:
        codebook: its name.
        grid: ``optimal`` or the name of a grid.
        target: nats.
        steps: N.
        kl: the path KL of N steps, ≤ target, nats.
        kl_before: that of N − 1 steps, > target; infinite for N = 1.
        gamma_0: SNR at the start.
        gamma_N: SNR at the end.
        stderr: standard error of ``kl``; 0 without sampling.
        method: ``exact``, ``quadrature`` or ``monte-carlo``.
        seed: of the Monte Carlo samples.
    """

    codebook: str
    grid: str
    target: float
    steps: int
    kl: float
    kl_before: float
    gamma_0: float
    gamma_N: float
    stderr: float
    method: str
    seed: int


def steps_for_kl(
    codebook: Codebook | str,
    target: float,
    gamma_0: float,
    gamma_N: float,
    *,
    grid: str = "optimal",
    gamma_min: float | None = None,
    method: str = "auto",
    samples: int = 65536,
    seed: int = 0,
    curve: MmseCurve | None = None,
) -> StepsForKL:
    """The least N whose grid between two SNRs has path KL ≤ target; the KL of the terminal prior is not counted.

    For ``optimal`` the KL falls with N, and N is the least.  The KL of a named grid need not fall everywhere: N is the
    first crossing that doubling N and then narrowing the bracket find, so that N − 1 steps are above the target.

    Args:
        codebook: codes and prior, or a spec of them; products are never listed.
        target: nats, above 0.
        gamma_0: SNR at the start, at least 0.
        gamma_N: SNR at the end, finite.
        grid: ``optimal``, or a name as in :func:`fsq_theory.named_grid`.
        gamma_min: as in :func:`fsq_theory.named_grid`.
        method: ``auto``, ``exact`` or ``mc``, as in :func:`fsq_theory.information`.
        samples: Monte Carlo samples at each SNR, over 16 replicates.
        seed: of all randomness.
        curve: the MMSE between the two SNRs, from :func:`fsq_theory.mmse_curve`; computed if absent.

    Raises:
        InputError: for a target that is not above 0.
        TooManyStepsError: an InputError, for one that needs more than 100 000 steps.
    """
    codebook, target, low, high = as_codebook(codebook), float(target), float(gamma_0), float(gamma_N)
    if not 0 < target < math.inf:
        raise InputError(f"target KL {target:g}: expected a finite number above 0")
    check_ends(low, high)
    curve = curve_between(codebook, low, high, curve, method=method, samples=samples, seed=seed)

    def too_many(kl: float) -> InputError:
        return TooManyStepsError(
            f"target KL {target:g}: {codebook.name} needs more than {MOST} steps of the grid {grid} "
            f"(KL {kl:.3g} there); expected a larger target"
        )

    if grid == "optimal":
        limit = float(np.diff(np.interp(curve.v([low, high]), *curve.effort()))[0]) ** 2 / 4
        if limit / MOST > 1.1 * target:
            raise too_many(limit / MOST)

        def measure(steps: int) -> SamplerKL:
            return on_curve(curve, best_grid(curve, steps, low, high))

        guess = limit / target
    else:

        def measure(steps: int) -> SamplerKL:
            return on_curve(curve, named_grid(grid, codebook, steps, low, high, gamma_min=gamma_min, curve=curve).snr)

        guess = 0.0
    below, above = _crossing(measure, target, guess, too_many)
    return StepsForKL(
        codebook=curve.codebook,
        grid=grid,
        target=target,
        steps=above.steps,
        kl=above.kl,
        kl_before=below,
        gamma_0=low,
        gamma_N=high,
        stderr=above.stderr,
        method=curve.method,
        seed=curve.seed,
    )


def _crossing(
    measure: Callable[[int], SamplerKL], target: float, guess: float, too_many: Callable[[float], InputError]
) -> tuple[float, SamplerKL]:
    """A number of steps that meets the target while one step less does not, and the KL of the latter.

    Without a guess N doubles until the target is met.  Within a bracket KL ∝ 1/N says where to look next, and bisection
    does when that has not ended it after 30 looks.
    """
    low, low_kl = 0, math.inf
    high: SamplerKL | None = None
    steps = min(max(1, round(guess)), MOST)
    tries = 0
    while high is None or high.steps - low > 1:
        found = measure(steps)
        if found.kl <= target:
            high = found
        else:
            low, low_kl = steps, found.kl
            if steps == MOST:
                raise too_many(found.kl)
        tries += 1
        if high is None and not guess:
            steps = 2 * steps
        elif tries < 30:
            # KL falls about as 1/N: the next look is where this one says, a little further on the other side.
            expected = found.steps * found.kl / target
            steps = math.floor(expected) if found.kl <= target else math.ceil(expected)
            steps += (found.steps == steps) * (-1 if found.kl <= target else 1)
        else:
            steps = 2 * steps if high is None else (low + high.steps) // 2
        steps = min(max(steps, low + 1), MOST if high is None else max(high.steps - 1, low + 1))
    return low_kl, high
