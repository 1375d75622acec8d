"""How far the usual grids are from the best one, for a codebook and a number of steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.spec import as_codebook
from ..schedules.spec import named_schedules
from ..schedules.spec import schedule as parse_schedule
from .curve import MmseCurve
from .grid_kl import on_curve, replicate_totals
from .mmse_curve import check_ends, curve_between
from .named_grids import NAMES, UNIFORM, check_steps, named_grid
from .optimal_grid import best_grid


@dataclass(frozen=True)
class GridComparison:
    """The path KL of the ancestral sampler on several grids of N steps between the same two SNRs, nats.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        steps: N.
        gamma_0: SNR at the start.
        gamma_N: SNR at the end.
        grids: names: ``optimal`` first, then ``entropic``, ``logsnr``, ``edm``, ``uniform-snr``, ``uniform:SCHEDULE``.
        kl: of each, shape (grids,).
        ratio: of each to the optimal one.
        excess: of each over the optimal one, nats.
        stderr: of ``kl``; 0 without sampling.
        stderr_excess: of ``excess``, from the same noise for both grids.
        clipped: whether a grid goes to an end, that its own rule does not reach, by a single step.
        gamma_min: where ``logsnr`` and ``edm`` begin their rule when γ_0 = 0; else None.
        snr: the grids themselves.
        method: ``exact``, ``quadrature`` or ``monte-carlo``.
        seed: of the Monte Carlo samples.
    """

    codebook: str
    K: int
    n: int
    steps: int
    gamma_0: float
    gamma_N: float
    grids: tuple[str, ...]
    kl: Array
    ratio: Array
    excess: Array
    stderr: Array
    stderr_excess: Array
    clipped: tuple[bool, ...]
    gamma_min: tuple[float | None, ...]
    snr: tuple[Array, ...]
    method: str
    seed: int

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary a grid, with plain Python values; standard errors are None without sampling."""
        sampled = self.method == "monte-carlo"
        return [
            {
                "codebook": self.codebook,
                "K": self.K,
                "n": self.n,
                "steps": self.steps,
                "grid": name,
                "kl": float(self.kl[i]),
                "ratio": float(self.ratio[i]),
                "excess": float(self.excess[i]),
                "stderr": float(self.stderr[i]) if sampled else None,
                "stderr_excess": float(self.stderr_excess[i]) if sampled else None,
                "gamma_0": self.gamma_0,
                "gamma_N": self.gamma_N,
                "gamma_min": self.gamma_min[i],
                "clipped": self.clipped[i],
                "method": self.method,
                "seed": self.seed,
            }
            for i, name in enumerate(self.grids)
        ]


def overlapping_schedules(gamma_0: float, gamma_N: float) -> list[str]:
    """The named schedules whose SNRs are in part between the two: those that are compared by default."""
    read = {name: parse_schedule(name) for name in named_schedules()}
    return [name for name, found in read.items() if found.snr(1.0) < gamma_N and found.snr(0.0) > gamma_0]


def compare_grids(
    codebook: Codebook | str,
    steps: int,
    gamma_0: float,
    gamma_N: float,
    *,
    schedules: Sequence[str] | None = None,
    gamma_min: float | None = None,
    method: str = "auto",
    samples: int = 65536,
    seed: int = 0,
    curve: MmseCurve | None = None,
) -> GridComparison:
    """KL of the optimal grid and of the usual ones, each of N steps between the same two SNRs, nats.

    Args:
        codebook: codes and prior, or a spec of them; products are never listed.
        steps: N, at least 1.
        gamma_0: SNR at the start, at least 0.
        gamma_N: SNR at the end, finite.
        schedules: specs of schedules taken in equal steps of time, between the times at which they reach the SNRs; by
            default the named ones that reach some SNR between the two.
        gamma_min: as in :func:`fsq_theory.named_grid`.
        method: ``auto``, ``exact`` or ``mc``, as in :func:`fsq_theory.information`.
        samples: Monte Carlo samples at each SNR, over 16 replicates.
        seed: of all randomness.
        curve: the MMSE between the two SNRs, from :func:`fsq_theory.mmse_curve`; computed if absent.

    Raises:
        InputError: as :func:`fsq_theory.named_grid`.
    """
    codebook, steps, low, high = as_codebook(codebook), check_steps(steps), float(gamma_0), float(gamma_N)
    check_ends(low, high)
    curve = curve_between(codebook, low, high, curve, method=method, samples=samples, seed=seed)
    if schedules is None:
        schedules = overlapping_schedules(low, high)
    names = ["entropic", *(name for name in NAMES if name != "entropic"), *(UNIFORM + name for name in schedules)]
    made = [named_grid(name, codebook, steps, low, high, gamma_min=gamma_min, curve=curve) for name in names]
    grids = (best_grid(curve, steps, low, high), *(one.snr for one in made))
    results = [on_curve(curve, grid) for grid in grids]
    kl = np.array([one.kl for one in results])
    errors = np.zeros(len(grids))
    if curve.sampled:
        totals = np.array([replicate_totals(curve, grid) for grid in grids])
        errors = curve.standard_error(totals - totals[0])
    return GridComparison(
        codebook=curve.codebook,
        K=curve.K,
        n=curve.n,
        steps=steps,
        gamma_0=low,
        gamma_N=high,
        grids=("optimal", *names),
        kl=kl,
        ratio=kl / kl[0] if kl[0] > 0 else np.ones_like(kl),
        excess=kl - kl[0],
        stderr=np.array([one.stderr for one in results]),
        stderr_excess=errors,
        clipped=(False, *(one.clipped for one in made)),
        gamma_min=(None, *(one.gamma_min for one in made)),
        snr=grids,
        method=curve.method,
        seed=curve.seed,
    )
