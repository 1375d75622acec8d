"""Curvature of the accuracy at FSQ: whether moving its inner codes a little can raise A, and which motion does most.

At FSQ the derivative of A along inner coordinates vanishes and the second decides.  With ρ_i = r/(L_i − 1), the masses
P_{i,k} = Φ(ρ_i) of end digits and 2Φ(ρ_i) − 1 of inner ones, and q_i = E[Z²; |Z| < ρ_i], the motion of the coordinate i
by t s(k_i) Π_{a≠i} u_a(k_a), s = 0 at the ends, has

    d²A/dt² = (r²/2K) [q_i Σ_{a≠i} (φ(ρ_a)/ρ_a) Σ(Δu_a)²/ΣP_a u_a² − ρ_iφ(ρ_i) Σ(Δs)²/Σs²] Σs² Π_{a≠i} ΣP_a u_a²

(derivations/accuracy_local_every_base.py).  The bracket is largest for s_k = sin(πk/(L_i − 1)) and the u_a of largest
quotient; its two parts are what is compared here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.special import erf, gammainc, ndtr

from ...arrays import Array
from ...errors import InputError


@dataclass(frozen=True)
class LocalCurvature:
    """What decides whether FSQ is a local maximiser of accuracy among codebooks in the box.

    Attributes:
        levels: L_1, …, L_n.
        r: amplitude ratio.
        ratio: what the best motion gains across the other axes over what it loses along its own, largest over the axes:
            FSQ is a strict local maximiser if ratio < 1, and none if ratio > 1.  0 where no coordinate is inner.
        axis: i of that motion, the axis along which tokens move; None where no coordinate is inner.
        profiles: of that motion, shape (L_a,) for each axis a, the largest entry ±1: token k moves by
            Π_a profiles[a][k_a].
        second_derivative: d²A/dt² along t times that motion; 0 where no coordinate is inner.
    """

    levels: tuple[int, ...]
    r: float
    ratio: float
    axis: int | None
    profiles: tuple[Array, ...]
    second_derivative: float


def fsq_curvature(levels: Sequence[int], r: float) -> LocalCurvature:
    """The criterion of local optimality of FSQ on [−1, 1]^n under equal priors, and the motion that decides it.

    Exact to rounding; ``ratio`` is infinite where it exceeds the range of floats.

    Args:
        levels: L_1, …, L_n, each at least 2.
        r: amplitude ratio α/σ for noise of standard deviation 1 a coordinate; from 1e-100 to 1e100.

    Raises:
        InputError: for other levels or r.
    """
    counts = tuple(int(count) for count in levels)
    if not counts or min(counts) < 2:
        raise InputError(f"levels {list(levels)}: expected at least one, each at least 2")
    if not 1e-100 <= r <= 1e100:
        raise InputError(f"r = {r}: expected a number from 1e-100 to 1e100")
    rho = r / (np.array(counts) - 1.0)
    inner = [i for i, count in enumerate(counts) if count > 2]
    if not inner:
        return LocalCurvature(counts, float(r), 0.0, None, (), 0.0)
    quotients, across, weights = zip(*(_largest_quotient(*pair) for pair in zip(counts, rho, strict=True)), strict=True)
    # Numbers smaller than any float by the factor φ(smallest ρ) common to both sides.
    slopes = np.exp((rho.min() ** 2 - rho**2) / 2)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        pulls = np.exp((rho[:, None] ** 2 - rho[None, :] ** 2) / 2) * np.array(quotients) / rho
    np.fill_diagonal(pulls, 0.0)
    square = gammainc(1.5, rho**2 / 2)  # P(χ²_3 < ρ²) = E[Z²; |Z| < ρ]
    eigen = 4 * np.sin(np.pi / (2 * (np.array(counts) - 1.0))) ** 2
    ratios = square * pulls.sum(axis=1) / (rho * eigen)
    i = max(inner, key=lambda axis: float(ratios[axis]))
    others = [a for a in range(len(counts)) if a != i]
    gain = square[i] * sum(slopes[a] * quotients[a] / rho[a] for a in others) - rho[i] * slopes[i] * eigen[i]
    along = np.sin(np.pi * np.arange(counts[i]) / (counts[i] - 1))
    along[[0, -1]] = 0.0
    along /= along.max()
    density = np.exp(-(rho.min() ** 2) / 2) / np.sqrt(2 * np.pi)
    shares = [weights[a] / counts[a] for a in others] + [float(along @ along) / counts[i]]
    second = r**2 / 2 * density * gain * np.prod(shares)
    profiles = tuple(along if a == i else across[a] for a in range(len(counts)))
    return LocalCurvature(counts, float(r), float(ratios[i]), i, profiles, float(second))


def _largest_quotient(levels: int, rho: float) -> tuple[float, Array, float]:
    """Largest Σ(Δu)²/ΣPu² on an axis, its u scaled to a largest entry of 1, and ΣPu²."""
    mass = np.full(levels, float(erf(rho / np.sqrt(2))))
    mass[[0, -1]] = float(ndtr(rho))
    degree = np.full(levels, 2.0)
    degree[[0, -1]] = 1.0
    values, vectors = eigh_tridiagonal(degree / mass, -1 / np.sqrt(mass[1:] * mass[:-1]))
    profile = vectors[:, -1] / np.sqrt(mass)
    profile = profile / profile[np.argmax(np.abs(profile))]
    return float(values[-1]), profile, float(mass @ profile**2)
