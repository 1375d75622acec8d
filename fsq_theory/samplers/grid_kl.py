"""What an N-step ancestral sampler costs on a grid of SNRs.

KL = ½ Σ_i mmse(γ_i)(γ_{i+1} − γ_i) − [I(γ_N) − I(γ_0)]: the KL divergence of the true reverse process, as a path, from
the sampler that keeps its denoiser constant within a step; exactly, since x̂_0 is a martingale in γ, so that
E‖x̂_0(γ) − x̂_0(γ_i)‖² = mmse(γ_i) − mmse(γ).  It bounds the KL of the tokens that are read out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.spec import as_codebook
from ..errors import InputError
from ..gaussian import gauss_legendre
from ..paths.prior_kl import prior_kl
from .chebyshev import PiecewiseChebyshev
from .curve import PANEL_ORDER, MmseCurve
from .grid_programming import Indices
from .mmse_curve import check_ends, curve_between

BLOCK = 2**14
"""Intervals integrated at a time."""


@dataclass(frozen=True)
class SamplerKL:
    """The path KL of an N-step ancestral sampler, nats.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        steps: N.
        grid: the SNRs γ_0 < … < γ_N, shape (N+1,).
        kl: ½ Σ_i mmse(γ_i)(γ_{i+1} − γ_i) − [I(γ_N) − I(γ_0)]; the error made along the path.
        kl_steps: the share of each step, ≥ 0, shape (N,); they add up to ``kl``.  Monte Carlo estimates of shares that
            are small against their error may be below 0.
        kl_prior: KL(p_T‖N(0, s²)) of the noise that the sampler starts from; added to ``kl``, it bounds the whole.
        stderr: standard error of ``kl``; 0 without sampling.
        stderr_prior: standard error of ``kl_prior``; 0 without sampling.
        spread: estimate of the relative error of the MMSE from which ``kl`` comes; 0 for Monte Carlo.
        method: ``exact``, ``quadrature`` or ``monte-carlo``.
        samples: Monte Carlo samples at each SNR, 0 without sampling.
        seed: of the Monte Carlo samples.
    """

    codebook: str
    K: int
    n: int
    steps: int
    grid: Array
    kl: float
    kl_steps: Array
    kl_prior: float
    stderr: float
    stderr_prior: float
    spread: float
    method: str
    samples: int
    seed: int

    @property
    def gamma_0(self) -> float:
        """The lowest SNR, where the sampler starts."""
        return float(self.grid[0])

    @property
    def gamma_N(self) -> float:
        """The highest SNR, where it stops."""
        return float(self.grid[-1])


def sampler_kl(
    codebook: Codebook | str,
    grid_snr: ArrayLike,
    *,
    start_std: float = 1.0,
    method: str = "auto",
    samples: int = 65536,
    seed: int = 0,
    curve: MmseCurve | None = None,
) -> SamplerKL:
    """KL = ½ Σ_i mmse(γ_i)(γ_{i+1} − γ_i) − [I(γ_N) − I(γ_0)] of an ancestral sampler on a grid of SNRs, nats.

    Exact up to quadrature where the information of the codebook has an integral; each step's share is then computed as
    ½∫(γ_{i+1} − γ)(−dmmse/dγ) dγ, a positive integrand, so that fine grids lose no accuracy.  Monte Carlo elsewhere.

    Args:
        codebook: codes and prior, or a spec of them; products are never listed.
        grid_snr: SNRs γ = (α/σ)², increasing, at least 2; the first may be 0, the last is finite.
        start_std: standard deviation of the noise that the sampler starts from, in units of σ_T.
        method: ``auto``, ``exact`` or ``mc``, as in :func:`fsq_theory.information`.
        samples: Monte Carlo samples at each SNR, over 16 replicates.
        seed: of all randomness; the same noise at every SNR.
        curve: the codebook's MMSE where the grid is, from :func:`fsq_theory.mmse_curve`; computed if absent.

    Raises:
        InputError: for a grid of fewer than 2 SNRs, or SNRs that are negative, do not increase, or are infinite, where
            the last step's KL is infinite.
    """
    grid = check_grid(grid_snr)
    codebook = as_codebook(codebook)
    low, high = float(grid[0]), float(grid[-1])
    curve = curve_between(codebook, low, high, curve, method=method, samples=samples, seed=seed)
    return on_curve(curve, grid, start_kl(codebook, low, start_std, samples, seed))


def start_kl(codebook: Codebook, gamma_0: float, std: float, samples: int, seed: int) -> tuple[float, float]:
    """KL of the marginal at γ_0 from the sampler's starting noise, and its standard error."""
    found = prior_kl(codebook, gamma_0, std, samples=samples, seed=seed)
    return found.kl, found.stderr


def on_curve(curve: MmseCurve, grid: Array, prior: tuple[float, float] = (0.0, 0.0)) -> SamplerKL:
    """The KL of a grid whose SNRs do not decrease, with the KL of the start and its standard error."""
    shares = step_shares(curve, curve.log_mmse_v, grid)
    stderr = 0.0
    if curve.sampled:
        stderr = float(curve.standard_error(replicate_totals(curve, grid)))
    else:
        shares = np.maximum(shares, 0.0)
    return SamplerKL(
        codebook=curve.codebook,
        K=curve.K,
        n=curve.n,
        steps=len(grid) - 1,
        grid=grid,
        kl=math.fsum(shares),
        kl_steps=shares,
        kl_prior=prior[0],
        stderr=stderr,
        stderr_prior=prior[1],
        spread=curve.spread,
        method=curve.method,
        samples=curve.samples,
        seed=curve.seed,
    )


def replicate_totals(curve: MmseCurve, grid: Array) -> Array:
    """The KL of a grid for each Monte Carlo replicate of the curve."""
    return np.array([step_shares(curve, one, grid).sum() for one in curve.replicates])


def step_shares(curve: MmseCurve, log_mmse: PiecewiseChebyshev, grid: Array) -> Array:
    """½∫(γ_{i+1} − γ)(−dmmse/dγ) dγ over each step [γ_i, γ_{i+1}], shape (N,), for one version of the curve."""
    v = curve.v(grid)
    inside = curve.panels[(curve.panels > v[0]) & (curve.panels < v[-1])]
    cuts = np.unique(np.concatenate([v[v <= curve.end], inside]))
    if len(cuts) < 2:
        return np.zeros(len(grid) - 1)
    low, high = cuts[:-1], cuts[1:]
    step = np.clip(np.searchsorted(v, low, side="right") - 1, 0, len(grid) - 2)
    # An eighth of a panel or less needs no more than 6 nodes.
    panel = np.clip(np.searchsorted(curve.panels, low, side="right") - 1, 0, len(curve.panels) - 2)
    narrow = high - low <= np.diff(curve.panels)[panel] / 8
    shares = np.zeros(len(grid) - 1)
    for order, chosen in ((6, np.flatnonzero(narrow)), (PANEL_ORDER, np.flatnonzero(~narrow))):
        for first in range(0, len(chosen), BLOCK):
            block = chosen[first : first + BLOCK]
            shares += _shares_of_intervals(curve, log_mmse, v, low[block], high[block], step[block], order)
    return shares


def _shares_of_intervals(
    curve: MmseCurve, log_mmse: PiecewiseChebyshev, v: Array, low: Array, high: Array, step: Indices, order: int
) -> Array:
    nodes, weights = gauss_legendre(order)
    x = low[:, None] + (high - low)[:, None] * (nodes + 1) / 2
    # γ_{i+1} − γ = s(e^{v_{i+1}} − eᵛ) without cancellation; −dmmse/dγ dγ = mmse·(−dlog mmse/dv) dv.
    end = v[step + 1][:, None]
    left = -np.expm1(x - end) * curve.scale * np.exp(end)
    values = left * np.exp(log_mmse(x)) * -log_mmse.first(x)
    shares = values @ weights * (high - low) / 4
    return np.asarray(np.bincount(step, weights=shares, minlength=len(v) - 1), dtype=np.float64)


def check_grid(grid_snr: ArrayLike | Sequence[float]) -> Array:
    """The grid as an array of float64.

    Raises:
        InputError: for fewer than 2 SNRs, one that is negative, infinite or NaN, or SNRs that do not increase.
    """
    try:
        grid = np.array(grid_snr, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"grid {grid_snr!r}: expected a list of SNRs") from None
    if grid.ndim != 1:
        raise InputError(f"grid of shape {grid.shape}: expected a list of SNRs")
    if len(grid) < 2:
        raise InputError(f"grid of {len(grid)} SNRs: expected at least 2")
    for value in grid[~(grid >= 0)][:1].tolist():
        raise InputError(f"SNR {value:g} in the grid: expected finite numbers of at least 0")
    for i in np.flatnonzero(~(np.diff(grid) > 0))[:1].tolist():
        raise InputError(f"SNR {grid[i + 1]:g} after {grid[i]:g}: expected SNRs that increase along the grid")
    check_ends(float(grid[0]), float(grid[-1]))
    return grid
