"""Samplers of fsq:8,5,5,5: time of the package beside the usual ways to the same result.

Prints medians over repeats of the processor's time, after one warm-up:

- the optimal grid of 100 steps, beside ``scipy.optimize.minimize`` (L-BFGS-B and SLSQP, over the logs of the SNR's
  steps, numerical gradients) on the same MMSE curve, with the path KL that each one reaches;
- the laws of tokens of 65536 ancestral paths of 32 steps, beside a plain NumPy loop over the steps and coordinates.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import numpy as np
import scipy.optimize
from timing import median_seconds

import fsq_theory as ft

SPEC = "fsq:8,5,5,5"
LOW, HIGH = 1e-2, 500.0
GRID_STEPS, STEPS, PATHS = 100, 32, 65536
ITERATIONS = 1000


def minimised(mmse: Callable[[np.ndarray], np.ndarray], method: str) -> np.ndarray:
    """The grid that minimises ½ Σ mmse(γ_i)(γ_{i+1} − γ_i), from steps that are equal in log SNR."""
    span = np.log(HIGH / LOW)

    def grid(logs: np.ndarray) -> np.ndarray:
        steps = np.exp(logs - logs.max())
        inner = LOW * np.exp(span * np.cumsum(steps[:-1]) / steps.sum())
        return np.concatenate([[LOW], np.minimum(inner, HIGH), [HIGH]])

    def cost(logs: np.ndarray) -> np.ndarray:
        snr = grid(logs)
        return mmse(snr[:-1]) @ np.diff(snr) / 2

    found = scipy.optimize.minimize(cost, np.zeros(GRID_STEPS), method=method, options={"maxiter": ITERATIONS})
    return grid(found.x)


def by_loop(factors: list[np.ndarray], snr: np.ndarray, paths: int) -> list[np.ndarray]:
    """The law of each coordinate's token after ancestral steps of Z, dZ = x̂_0 dγ + dB, of which Z ~ N(γX_0, γ)."""
    rng = np.random.default_rng(0)
    laws = []
    for points in factors:

        def posterior(z: np.ndarray, gamma: float, points: np.ndarray = points) -> np.ndarray:
            scores = z[:, None] * points - gamma * points**2 / 2
            p = np.exp(scores - scores.max(axis=1, keepdims=True))
            return p / p.sum(axis=1, keepdims=True)

        z = np.sqrt(snr[0]) * rng.standard_normal(paths)
        for here, there in itertools.pairwise(snr):
            z += (posterior(z, here) @ points) * (there - here) + np.sqrt(there - here) * rng.standard_normal(paths)
        laws.append(posterior(z, snr[-1]).mean(axis=0))
    return laws


def line(name: str, seconds: float, against: float, note: str = "") -> None:
    """One way's time and its ratio to the package's."""
    print(f"  {name:36s} {seconds:10.3f} s {seconds / against:10.2f}  {note}")


def main() -> None:
    """Time grids and simulations."""
    print(f"{SPEC:38s} {'median':>12s} {'ratio':>10s}")
    curve = ft.mmse_curve(SPEC, LOW, HIGH)
    print(f"optimal grid of {GRID_STEPS} steps on a known curve")
    made = ft.optimal_grid(SPEC, GRID_STEPS, LOW, HIGH, curve=curve)
    own = median_seconds(lambda: ft.optimal_grid(SPEC, GRID_STEPS, LOW, HIGH, curve=curve), 5)
    line("ft.optimal_grid", own, own, f"KL {made.kl:.6f}")
    for method in ("L-BFGS-B", "SLSQP"):
        start = time.process_time()
        grid = minimised(curve.mmse, method)
        seconds = time.process_time() - start
        kl = ft.sampler_kl(SPEC, grid, curve=curve).kl
        line(f"scipy.optimize.minimize, {method}", seconds, own, f"KL {kl:.6f}, once")
    print(f"{PATHS} ancestral paths of {STEPS} steps")
    snr = np.geomspace(LOW, HIGH, STEPS + 1)
    settings = {"grid_snr": snr, "sampler": "ancestral", "method": "mc", "paths": PATHS}
    own = median_seconds(lambda: ft.sampled_tokens(SPEC, **settings), 5)
    line("ft.sampled_tokens", own, own)
    factors = [np.unique(ft.codebook(f"fsq:{level}").points) for level in (8, 5, 5, 5)]
    line("NumPy loop", median_seconds(lambda: by_loop(factors, snr, PATHS), 3), own)


if __name__ == "__main__":
    main()
