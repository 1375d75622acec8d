"""MMSE as a smooth function of SNR between two ends: all that the cost of a sampler's grid depends on.

log mmse is held as Chebyshev series in v = log(1 + γ/s), 1/s the larger of E‖e − ē‖² and max ‖e − ē‖_∞²: linear in γ
where SNR is low and logarithmic beyond, so that SNR 0 is a point like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array
from ..gaussian import gauss_legendre
from .chebyshev import PiecewiseChebyshev, chebyshev_nodes, series

PANEL_FALL = 6.0
PANEL_ORDER = 16
"""Integrals run over panels along which log mmse falls by 6 at most, by this many Gauss–Legendre nodes each."""

GAIN_DEGREE = 23
"""Of the series of ∫ mmse dγ on a panel."""


@dataclass(frozen=True)
class MmseCurve:
    """E‖X_0 − x̂_0‖² of Y = r X_0 + ε as a function of γ = r² in [γ_0, γ_N]; made by :func:`.mmse_curve`.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        gamma_0: the lowest SNR.
        gamma_N: the highest SNR.
        scale: s of v = log(1 + γ/s).
        log_mmse_v: log mmse as a function of v.
        replicates: Monte Carlo replicates of it; empty without sampling.
        inflation: factor, at least 1, on standard errors that come from the scatter of replicates: by how much the
            stated errors of the MMSE, which count what samples may not have shown, exceed that scatter.
        method: ``exact``, ``quadrature`` or ``monte-carlo``.
        spread: estimate of the relative error of the MMSE by quadrature and interpolation.
        samples: Monte Carlo samples at each SNR, over all replicates; 0 without sampling.
        seed: of the Monte Carlo samples.
    """

    codebook: str
    K: int
    n: int
    gamma_0: float
    gamma_N: float
    scale: float
    log_mmse_v: PiecewiseChebyshev
    replicates: tuple[PiecewiseChebyshev, ...]
    inflation: float
    method: str
    spread: float
    samples: int
    seed: int

    @property
    def sampled(self) -> bool:
        """Whether the curve is a Monte Carlo estimate."""
        return bool(self.replicates)

    @property
    def end(self) -> float:
        """The v at which the curve ends: that of γ_N, or where the MMSE has become negligible."""
        return float(self.log_mmse_v.edges[-1])

    def v(self, gamma: ArrayLike) -> Array:
        """log(1 + γ/s)."""
        return np.asarray(np.log1p(np.asarray(gamma, dtype=np.float64) / self.scale))

    def gamma(self, v: ArrayLike) -> Array:
        """s(eᵛ − 1), within [γ_0, γ_N]."""
        return np.asarray(np.clip(self.scale * np.expm1(v), self.gamma_0, self.gamma_N))

    def mmse(self, gamma: Array) -> Array:
        """E‖X_0 − x̂_0‖² at each γ; 0 where it is negligible."""
        v = self.v(gamma)
        inside = v <= self.end
        return np.where(inside, np.exp(self.log_mmse_v(np.minimum(v, self.end))), 0.0)

    def derivatives(self, gamma: Array) -> tuple[Array, Array, Array]:
        """The MMSE and its first and second derivative in γ; −dmmse/dγ = E‖Cov(X_0|Y)‖_F²."""
        v = np.asarray(self.v(gamma))
        inside, v = v <= self.end, np.minimum(v, self.end)
        stretch = 1 / (self.scale * np.exp(v))
        value = np.where(inside, np.exp(self.log_mmse_v(v)), 0.0)
        first, second = self.log_mmse_v.first(v), self.log_mmse_v.second(v)
        return value, value * first * stretch, value * (first**2 + second - first) * stretch**2

    @cached_property
    def panels(self) -> Array:
        """Edges in v of panels along which log mmse falls by no more than PANEL_FALL."""
        edges = self.log_mmse_v.edges
        low, high = edges[:-1], edges[1:]
        fall = np.abs(self.log_mmse_v(low) - self.log_mmse_v(np.nextafter(high, low)))
        counts = np.maximum(1, np.ceil(fall / PANEL_FALL)).astype(int)
        parts = [np.linspace(a, b, c + 1)[:-1] for a, b, c in zip(low, high, counts, strict=True)]
        return np.concatenate([*parts, edges[-1:]])

    def information_gain(self, v: Array) -> Array:
        """I(γ) − I(γ_0) = ½∫ mmse dγ from γ_0, nats, at each v [GSV05]."""
        return self._gain(np.clip(v, self.panels[0], self.panels[-1]))

    @cached_property
    def _gain(self) -> PiecewiseChebyshev:
        edges = self.panels
        v = chebyshev_nodes(edges[:-1], edges[1:], GAIN_DEGREE)
        slope = series(np.exp(self.log_mmse_v(v) + v) * self.scale / 2)
        return PiecewiseChebyshev(edges, slope).antiderivative()

    def effort(self) -> tuple[Array, Array]:
        """Points v and ∫√(−dmmse/dγ) dγ from γ_0 up to them: the best density of grid points, cumulated."""
        edges = self.panels
        cells = np.unique((edges[:-1, None] + np.diff(edges)[:, None] * np.arange(16) / 16).ravel())
        cells = np.append(cells, edges[-1])
        nodes, weights = gauss_legendre(4)
        v = cells[:-1, None] + np.diff(cells)[:, None] * (nodes + 1) / 2
        density = np.exp(self.log_mmse_v(v) + v) * self.scale * np.maximum(-self.log_mmse_v.first(v), 0.0)
        return cells, np.concatenate([[0.0], np.cumsum(np.sqrt(density) @ weights * np.diff(cells) / 2)])

    def standard_error(self, totals: Array) -> Array:
        """Standard error of what is linear in the MMSE, from its values for the replicates along the last axis."""
        return np.asarray(np.std(totals, axis=-1, ddof=1) / np.sqrt(totals.shape[-1]) * self.inflation)
