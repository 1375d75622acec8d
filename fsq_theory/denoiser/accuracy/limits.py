"""Limits on the accuracy of every codebook of K codes in n dimensions under a constraint: what no geometry gets past.

The volume of the box, Fano's inequality with the capacity of the amplitude-limited channel, Shannon's cone, and at low
SNR FSQ itself; equal priors.  The proofs are derivations/volume_bound.py, fano_bound.py, sphere_packing_bound.py and
accuracy_low_snr.py; :mod:`.certified_limits` encloses the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, gammaln

from ...arrays import Array
from ...errors import InputError
from ...gaussian import LOG_SQRT_2PI, gauss_legendre, log_ndtr
from ...logspace import log1mexp, logsumexp

CONSTRAINTS = ("linf", "sphere", "ball", "rms", "energy")
"""‖e‖_∞ ≤ 1; ‖e‖ = 1; ‖e‖ ≤ 1; the mean of ‖e‖² is n; it is 1."""

BETAS = tuple(Fraction(round(float(2**14 * 10**k))) / 2**14 for k in np.linspace(0.01, 3, 60))
"""What β the bound for a mean energy tries: exact numbers in binary."""

_NODES, _WEIGHTS = gauss_legendre(20)
_PANELS = 16


@dataclass(frozen=True)
class AccuracyLimits:
    """Logs of lower bounds on 1 − A that hold for every codebook, each of the shape of r; −inf where nothing is said.

    Attributes:
        K: number of tokens.
        n: dimension.
        r: amplitude ratio α/σ.
        constraint: one of ``linf``, ``sphere``, ``ball``, ``rms``, ``energy``.
        log_volume: log(1 − (1 + r√(2/π))^n/K).
        log_fano: log P with h(P) + P log(K − 1) = log K − n C, C = :func:`cube_capacity`.
        log_cone: log(1 − Q(θ_K)), :func:`log_cone_error`; in n + 1 dimensions for codes in a ball, which a box is in.
        log_low_snr: log(1 − A(FSQ) e^{n r³√(2/π)/(6(L−1)²)}) where K = L^n.
    """

    K: int
    n: int
    r: Array
    constraint: str
    log_volume: Array
    log_fano: Array
    log_cone: Array
    log_low_snr: Array

    @property
    def log_lower(self) -> Array:
        """Log of the best of them."""
        return np.max([self.log_volume, self.log_fano, self.log_cone, self.log_low_snr], axis=0)

    @property
    def accuracy(self) -> Array:
        """What no accuracy exceeds."""
        return -np.expm1(self.log_lower)


def accuracy_limits(K: int, n: int, r: ArrayLike, constraint: str = "linf") -> AccuracyLimits:
    """Lower bounds on 1 − A for every codebook of K codes in n dimensions, equal priors, noise N(0, 1) a coordinate.

    Args:
        K: number of tokens, at least 1.
        n: dimension, at least 1, for ``sphere`` at least 2.
        r: amplitude ratio α/σ, positive and finite, any shape.
        constraint: ``linf`` ‖e‖_∞ ≤ 1, ``sphere`` ‖e‖ = 1, ``ball`` ‖e‖ ≤ 1, ``rms`` mean ‖e‖² = n, ``energy`` mean
            ‖e‖² = 1.

    Raises:
        InputError: for anything else.
    """
    check_limits(K, n, constraint)
    grid = np.array(r, dtype=np.float64)
    bad = ~(np.isfinite(grid) & (grid > 0))
    if bad.any():
        raise InputError(f"r = {grid[bad].ravel()[0]:g}: limits expect a positive finite amplitude ratio")
    nothing = np.full(grid.shape, -np.inf)
    boxed = constraint in ("linf", "sphere", "ball")
    levels = fsq_levels_of(K, n)

    def each(of: Callable[[float], float]) -> Array:
        return np.array([of(float(rate)) for rate in grid.ravel()]).reshape(grid.shape)

    return AccuracyLimits(
        K,
        n,
        grid,
        constraint,
        log_volume=_log_volume(K, n, grid) if boxed else nothing,
        log_fano=each(lambda rate: log_fano_error(K, n * float(cube_capacity(rate)))) if boxed else nothing,
        log_cone=each(lambda rate: _log_cone(K, n, rate, constraint)),
        log_low_snr=_log_low_snr(levels, n, grid) if boxed and levels else nothing,
    )


def check_limits(K: int, n: int, constraint: str) -> None:
    """Raise :class:`InputError` for what is no family of codebooks."""
    if constraint not in CONSTRAINTS:
        raise InputError(f"constraint {constraint!r}: expected one of {', '.join(CONSTRAINTS)}")
    if isinstance(K, bool) or not isinstance(K, int) or not 1 <= K < 2**1000:
        raise InputError(f"K = {K}: expected a whole number from 1 to 2^1000")
    least = 2 if constraint == "sphere" else 1
    if isinstance(n, bool) or not isinstance(n, int) or not least <= n <= 2**16:
        raise InputError(f"n = {n}: expected a whole number from {least} to {2**16}")


def fsq_levels_of(K: int, n: int) -> int:
    """L with K = L^n, at least 2, or 0."""
    L = round(math.exp(math.log(K) / n))
    return L if L >= 2 and L**n == K else 0


def cube_capacity(r: ArrayLike) -> Array:
    """C = min{½ log(1 + r²), log(1 + 2r/√(2πe))}: what r X + Z says of any X in [−1, 1] at most, nats [McK04]."""
    rate = np.asarray(r, dtype=float)
    return np.minimum(np.log1p(rate**2) / 2, np.log1p(2 * rate / math.sqrt(2 * math.pi * math.e)))


def log_fano_error(K: int, information: float, entropy: float | None = None) -> float:
    """Log of the P ≤ 1 − 1/K with h(P) + P log(K − 1) = H(π) − I, nats: no error is less (Fano); −inf if H(π) ≤ I.

    Args:
        K: number of tokens.
        information: I, or a bound on it.
        entropy: H(π); log K if None.
    """
    gap = (math.log(K) if entropy is None else entropy) - information
    if K < 2 or gap <= 0:
        return -math.inf
    high = math.log1p(-1 / K)
    low = min(high, math.log(gap)) - 2
    while _fano(low, K) > gap:
        low *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if _fano(middle, K) < gap else (low, middle)
    return low


def _fano(log_error: float, K: int) -> float:
    """h(P) + P log(K − 1) at P = e^log_error < 1."""
    error = math.exp(log_error)
    kept = -math.expm1(log_error)
    return error * (math.log(K - 1) - log_error) - (kept * math.log1p(-error) if error < 1 else 0.0)


def cone_sine(K: int, n: int) -> float:
    """sin²θ_K of the cone that holds 1/K of the sphere in R^n, K ≥ 2: ω(θ) = ½ I((n − 1)/2, ½; sin²θ)."""
    return float(betaincinv((n - 1) / 2, 0.5, 2 / K))


def log_cone_error(K: int, n: int, r: float) -> float:
    """log(1 − Q_n(θ_K)): the error of K codes on the unit sphere of R^n is not less [S59]; −inf for K = 1.

    1 − Q_n(θ) = P(∠(re + Z, e) > θ) = ∫_0^∞ f(v) Φ(v cot θ − r) dv, f the density of the norm of n − 1 standard
    normals: by Gauss–Legendre quadrature about the largest value of a log-concave integrand.  What is returned is off
    by rounding only, 1e-15 n (log n + r²) or 1e-12 if that is more.
    """
    if K == 1:
        return -math.inf
    sine = cone_sine(K, n)
    if sine == 0:
        return 0.0
    cot = math.sqrt((1 - sine) / sine)
    first, last = cone_window(n, cot, r, 42.0)
    edges = np.linspace(first, last, _PANELS + 1)
    half = (edges[1] - edges[0]) / 2
    nodes = (edges[:-1, None] + half * (1 + _NODES)).ravel()
    logs = _log_cone_integrand(nodes, n, cot, r) + np.log(np.tile(half * _WEIGHTS, _PANELS))
    scale = (n - 3) / 2 * math.log(2) + float(gammaln((n - 1) / 2))
    return min(0.0, float(logsumexp(logs)) - scale)


def _log_cone_integrand(v: Array, n: int, cot: float, r: float) -> Array:
    """log v^{n−2} e^{−v²/2} Φ(v cot θ − r), a concave function whose second derivative is at most −1."""
    power = (n - 2) * np.log(v) if n > 2 else 0.0
    return np.asarray(power - v * v / 2 + log_ndtr(v * cot - r))


def cone_window(n: int, cot: float, r: float, drop: float) -> tuple[float, float]:
    """Where the logarithm of the cone's integrand is about ``drop`` below its largest value, or 0, on both sides."""

    def slope(v: float) -> float:
        h = r - v * cot
        # φ(h)/Φ(−h) is h + 1/h − … for large h, where its logarithm would cancel.
        hazard = h + 1 / h if h > 1e5 else math.exp(-h * h / 2 - LOG_SQRT_2PI - float(log_ndtr(-h)))
        return (n - 2) / v - v + cot * hazard

    def value(v: float) -> float:
        return float(_log_cone_integrand(np.array(v), n, cot, r))

    top = _root(slope, 0.0, math.sqrt(n) + (r + 1) * cot / (1 + cot * cot) + 2)
    least = value(top) - drop
    return _root(lambda v: least - value(v), 0.0, top), _root(
        lambda v: value(v) - least, top, top + math.sqrt(2 * drop) + 1
    )


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that is positive before it and negative after changes sign, by bisection."""
    for _ in range(100):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if function(middle) > 0 else (low, middle)
    return high


def _log_cone(K: int, n: int, r: float, constraint: str) -> float:
    if constraint in ("rms", "energy"):
        rate = r * math.sqrt(n) if constraint == "rms" else r
        return max(_log_energy(K, n, rate, beta) for beta in BETAS)
    if constraint == "sphere":
        return log_cone_error(K, n, r)
    return log_cone_error(K, n + 1, r * math.sqrt(n) if constraint == "linf" else r)


def kept_codes(K: int, beta: Fraction) -> int:
    """⌈(1 − 1/β) K⌉: at least so many of K codes of mean energy 1 have an energy of at most β."""
    return -math.floor(-(1 - 1 / beta) * K)


def _log_energy(K: int, n: int, r: float, beta: Fraction) -> float:
    """Log of (1 − 1/β)(1 − B(⌈(1 − 1/β)K⌉, r√β)), B the bound for the unit ball, for codes of mean energy 1."""
    return math.log1p(-1 / beta) + log_cone_error(kept_codes(K, beta), n + 1, r * math.sqrt(beta))


def best_beta(K: int, n: int, r: float) -> Fraction:
    """The β of :data:`BETAS` with the best bound for codes of mean energy 1."""
    return max(BETAS, key=lambda beta: _log_energy(K, n, r, beta))


def _log_volume(K: int, n: int, r: Array) -> Array:
    with np.errstate(over="ignore"):
        log_accuracy = n * np.log1p(r * math.sqrt(2 / math.pi)) - math.log(K)
    return np.asarray(log1mexp(np.minimum(log_accuracy, 0.0)))


def log_low_snr_gain(L: int, n: int, r: ArrayLike) -> Array:
    """n r³√(2/π)/(6(L − 1)²): log A of L^n codes in the box is not more than that above log A of FSQ."""
    return n * np.asarray(r, dtype=float) ** 3 * math.sqrt(2 / math.pi) / (6 * (L - 1) ** 2)


def _log_low_snr(L: int, n: int, r: Array) -> Array:
    digit = -2 * (1 - 1 / L) * np.exp(log_ndtr(-r / (L - 1)))
    return np.asarray(log1mexp(np.minimum(n * np.log1p(digit) + log_low_snr_gain(L, n, r), 0.0)))
