"""The law of the tokens of one independent part of a codebook, by the method that suits it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..denoiser.predictor import Predictor
from ..errors import InputError
from .density import density_law
from .deterministic import Flow, deterministic_law, fixed_flow
from .divergences import NORMAL_95
from .factor import Factor, Guess, factor, guess, model_factor, predicted
from .mixture_grid import TooFine
from .probability_flow import solved
from .simulate import GROUPS, Paths, flowing, guessed, simulated_law, stepped
from .transitions import SamplerGrid, unit_power

METHODS = ("auto", "density", "mc")

PATHS_A_TOKEN = 10
"""Fewest simulated paths for each token."""

MOST_PRODUCTS = 10**12
"""Multiplications that simulated paths may take: some minutes."""

ODE_EVALUATIONS = 64
"""Of the denoiser that the adaptive solver makes along a path, roughly; more for small tolerances."""


@dataclass(frozen=True)
class PartLaw:
    """The law of one digit.

    Attributes:
        prior: shape (K,).
        rows: shape (G, K), one group of paths each, or a single row by quadrature.
        doubt: error of each probability by quadrature, shape (K,).
        bound: computes what KL(π‖q) is at most.
        paths: simulated; 0 by quadrature.
        error: in total variation, by quadrature.
    """

    prior: Array
    rows: Array
    doubt: Array
    bound: Callable[[], float]
    paths: int = 0
    error: float = 0.0


class PartSampler:
    """One sampler on one part of the codebook."""

    def __init__(
        self,
        part: Codebook,
        sampler: str,
        grid: SamplerGrid,
        std: float,
        temperature: float,
        predictor: Predictor | None,
        readout: str,
        rtol: float,
    ) -> None:
        self.part, self.sampler, self.grid, self.std, self.readout, self.rtol = part, sampler, grid, std, readout, rtol
        self.truth: Factor = factor(part)
        self.model: Factor = model_factor(part, temperature)
        self.predictor = predictor
        self.counts: list[tuple[int, float]] = []

    def guess(self) -> Guess:
        """The model's guess, in NumPy."""
        predictor = self.predictor
        if predictor is None:
            return lambda u, r: np.asarray(guess(self.model, u, np.float64(r)))
        return lambda u, r: predicted(self.truth, predictor, u, r)

    def flow(self) -> Flow:
        """The map of starts to ends of a sampler without noise."""
        if self.sampler == "ddim":
            return fixed_flow(self.guess(), self.grid)
        (_, first), (_, last) = unit_power(self.grid.r[0]), unit_power(self.grid.r[-1])

        def solve(z: Array) -> Array:
            ratio = self.grid.r
            ends, counts = solved(self.model, z / first, float(ratio[0]), float(ratio[-1]), self.rtol, self.rtol)
            self.counts.append((len(counts), float(counts.sum())))
            return ends * last

        return solve

    def nfe(self) -> float:
        """Mean evaluations a path."""
        if self.sampler != "ode":
            return float(len(self.grid.snr) - 1)
        return sum(total for _, total in self.counts) / max(1, sum(count for count, _ in self.counts))

    def law(self, method: str, paths: int, seed: int) -> PartLaw:
        """By quadrature if that is asked for or can be had, by simulation otherwise."""
        if method == "density" or (method == "auto" and self._suits_density()):
            try:
                return self._by_density()
            except TooFine:
                if method == "density":
                    raise
        return self._by_simulation(paths, seed)

    def _suits_density(self) -> bool:
        plane = self.part.n == 2 and self.readout == "posterior" and self.sampler != "ode"
        return self.part.n == 1 or plane

    def _by_density(self) -> PartLaw:
        if self.part.n > 2:
            raise InputError(f"method 'density' in {self.part.n} dimensions: expected at most 2 a factor, or method mc")
        if self.sampler in ("ddim", "ode"):
            tolerance = self.rtol if self.sampler == "ode" else 0.0
            found = deterministic_law(
                self.truth, self.flow(), self.std, float(self.grid.r[-1]), self.readout, tolerance
            )
        elif self.readout == "map" and self.part.n == 2:
            raise InputError(
                "method 'density' with readout 'map' in the plane: expected readout posterior, or method mc"
            )
        else:
            found = density_law(self.truth, self.guess(), self.grid, self.std, self.readout)
        return PartLaw(np.asarray(self.part.prior), found.q[None, :], found.doubt, self.bound, 0, found.error)

    def _by_simulation(self, paths: int, seed: int) -> PartLaw:
        tokens, n = self.part.K, self.part.n
        if paths < PATHS_A_TOKEN * tokens:
            raise InputError(f"{paths} paths for {tokens} tokens: expected at least {PATHS_A_TOKEN} paths a token")
        steps = ODE_EVALUATIONS if self.sampler == "ode" else len(self.grid.snr) - 1
        work = paths * steps * tokens * (1 if self.model.energies is None else n)
        if work > MOST_PRODUCTS:
            raise InputError(
                f"{paths} paths of {steps} steps among {tokens} tokens in {n} dimensions: "
                f"expected a product of at most {MOST_PRODUCTS:g}"
            )
        run: Paths
        if self.sampler == "ode":
            run = flowing(self.flow(), n, self.std)
        elif self.predictor is not None:
            run = guessed(self.guess(), n, self.grid, self.std)
        else:
            run = stepped(self.model, self.grid, self.std)
        rows = simulated_law(self.truth, run, float(self.grid.r[-1]), self.readout, paths, seed)
        prior = np.asarray(self.part.prior)
        return PartLaw(prior, rows, np.zeros(len(prior)), self.bound, GROUPS * -(-paths // GROUPS))

    def bound(self) -> float:
        """The path KL with that of the start, which KL(π‖q) is at most [P26]; infinite where it bounds nothing."""
        from .grid_kl import sampler_kl

        exact = self.predictor is None and float(self.model.temperature) == 1
        if self.sampler != "ancestral" or self.readout != "posterior" or not exact:
            return math.inf
        snr = np.unique(self.grid.snr)
        # A step from SNR 0 keeps nothing of the start.
        std = self.std / float(unit_power(self.grid.r[0])[1]) if snr[0] > 0 else 1.0
        if len(snr) < 2:
            return math.inf
        found = sampler_kl(self.part, snr, start_std=std)
        return found.kl + found.kl_prior + NORMAL_95 * math.hypot(found.stderr, found.stderr_prior)
