"""The rows that ``fsq-theory sampler`` prints for a codebook: a row a grid, or a row a grid and simulated sampler."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..arrays import Array
    from ..codebooks.codebook import Codebook
    from ..samplers.curve import MmseCurve


@dataclass(frozen=True)
class Request:
    """What was asked for: either ``grid``, or ``schedule`` with ``steps``, ``eps`` and ``T``; and what to add."""

    grid: Array | None
    schedule: str | None
    steps: int | None
    eps: float | None
    T: float | None
    compare: bool
    target: float | None
    samplers: tuple[str, ...]
    temperature: float
    paths: int
    start_std: float
    method: str
    samples: int
    seed: int

    def rows(self, codebook: Codebook) -> Iterator[dict[str, Any]]:
        """The rows of one codebook, each as soon as it is known."""
        from ..samplers.grid_kl import on_curve, start_kl
        from ..samplers.mmse_curve import mmse_curve
        from ..samplers.named_grids import UNIFORM
        from ..samplers.optimal_grid import best_grid

        name, grid = self._named()
        steps, low, high = len(grid) - 1, float(grid[0]), float(grid[-1])
        curve = mmse_curve(codebook, low, high, method=self.method, samples=self.samples, seed=self.seed)
        best = on_curve(curve, best_grid(curve, steps, low, high))
        prior, stderr_prior = start_kl(codebook, low, self.start_std, self.samples, self.seed)
        for label, snr in [(name, grid), *(self._others(codebook, curve, steps) if self.compare else [])]:
            found = on_curve(curve, snr)
            row: dict[str, Any] = {
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
                "start_std": self.start_std,
                "eps": self.eps,
                "T": self.T,
                "gamma_0": low,
                "gamma_N": high,
                "stderr": found.stderr if curve.sampled else None,
                "stderr_optimal": best.stderr if curve.sampled else None,
                "stderr_prior": stderr_prior if stderr_prior else None,
                "spread": found.spread,
                "method": found.method,
                "samples": found.samples,
                "seed": self.seed,
            }
            if self.target is not None:
                row |= {
                    "target_kl": self.target,
                    "steps_needed": None if label == "given" else self._needed(codebook, curve, label),
                    "steps_needed_optimal": self._needed(codebook, curve, "optimal"),
                }
            if not self.samplers:
                yield row
            for one in self.samplers:
                yield row | self._tokens(codebook, one, label == name, snr)

    def _named(self) -> tuple[str, Array]:
        from ..samplers.named_grids import UNIFORM, schedule_grid

        if self.grid is not None:
            return "given", self.grid
        assert self.schedule is not None
        assert self.steps is not None
        assert self.eps is not None
        assert self.T is not None
        return UNIFORM + self.schedule, schedule_grid(self.schedule, self.steps, eps=self.eps, T=self.T)

    def _others(self, codebook: Codebook, curve: MmseCurve, steps: int) -> list[tuple[str, Array]]:
        from ..samplers.compare_grids import compare_grids, overlapping_schedules

        reached = overlapping_schedules(curve.gamma_0, curve.gamma_N)
        schedules = [one for one in reached if one != self.schedule]
        found = compare_grids(codebook, steps, curve.gamma_0, curve.gamma_N, schedules=schedules, curve=curve)
        return list(zip(found.grids, found.snr, strict=True))

    def _needed(self, codebook: Codebook, curve: MmseCurve, grid: str) -> int | None:
        from ..samplers.steps import TooManyStepsError, steps_for_kl

        assert self.target is not None
        try:
            return steps_for_kl(codebook, self.target, curve.gamma_0, curve.gamma_N, grid=grid, curve=curve).steps
        except TooManyStepsError:
            return None

    def _tokens(self, codebook: Codebook, sampler: str, in_time: bool, snr: Array) -> dict[str, Any]:
        """The law of the tokens, in columns of the row; ``sde`` steps in the time of the schedule."""
        from ..samplers.tokens import sampled_tokens

        where: dict[str, Any] = {"grid_snr": snr, "schedule": self.schedule}
        if in_time and self.schedule is not None:
            where = {"schedule": self.schedule, "steps": self.steps, "eps": self.eps, "T": self.T}
        found = sampled_tokens(
            codebook,
            **where,
            sampler=sampler,
            start_std=self.start_std,
            temperature=self.temperature,
            paths=self.paths,
            seed=self.seed,
        )
        drawn = found.method == "monte-carlo"
        return {
            "sampler": sampler,
            "temperature": self.temperature,
            "token_kl": found.kl,
            "token_kl_lower": found.kl_lower,
            "token_kl_upper": found.kl_upper,
            "token_unresolved": found.unresolved or None,
            "token_kl_reverse": found.kl_reverse,
            "token_tv": found.tv,
            "stderr_token_kl": found.stderr_kl if drawn else None,
            "stderr_token_kl_reverse": found.stderr_kl_reverse if drawn else None,
            "stderr_token_tv": found.stderr_tv if drawn else None,
            "token_tv_lower": found.tv_lower,
            "token_tv_upper": found.tv_upper,
            "token_error": found.error,
            "token_method": found.method,
            "paths": found.paths,
            "nfe": found.nfe,
        }
