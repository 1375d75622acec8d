"""Information, posterior entropy and MMSE of equidistant codes (one-hot, simplex) under any prior, by double integrals.

For codes at distance d let ρ = r d/√2.  The posterior weights are π_j e^{ρ Z_j} for K independent normals Z_j, that of
the token that was sent times e^{ρ²}: see :mod:`..race`.  MMSE = (d²/2)(1 − E p(k|Y)), since x̂ = Σ_j p_j e_j and
E Σ_j p_j² = E p(k|Y), so that the posterior ("soft") error comes with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...arrays import Array
from ..lognormal_sum import LognormalLaw
from ..race import run
from ..rivals_by_prior import PriorGroups
from .evaluation import EPS, Evaluation, spread_of_difference
from .low_snr import REACH, low_snr
from .pairs import log_pair_uncertainty

FARTHEST = 1e6
"""ρ up to which an unequal prior is integrated; beyond, log H is −ρ²/4 to rounding."""


@dataclass(frozen=True)
class Uncertainty:
    """Logarithms of the posterior error 1 − E p(k|Y), of H(X_0|Y) and of I(X_0; Y), and the error of the three."""

    error: Array
    entropy: Array
    information: Array
    spread: Array


def evaluate(groups: PriorGroups, distance: float, r: Array) -> Evaluation:
    """I, H(X_0|Y) and MMSE of K codes of which any two are ``distance`` apart, relative accuracy 1e-12 at any r.

    I above ρ = 0.5 is H(π) − H(X_0|Y), and loses by H/I where that is large; the spread says so.

    Args:
        groups: the prior.
        distance: d > 0.
        r: shape (R,), positive and finite.
    """
    side = distance / np.sqrt(2)
    with np.errstate(over="ignore"):
        rho = r * side
        found = uncertainty(groups, rho)
    log_mmse, spread = found.error + 2 * np.log(side), found.spread.copy()
    high = (rho > REACH) & np.isfinite(found.information)
    spread[high] = spread_of_difference(spread[high], found.entropy[high], found.information[high])
    return Evaluation(found.information, found.entropy, log_mmse, spread, "quadrature")


def uncertainty(groups: PriorGroups, rho: Array) -> Uncertainty:
    """The posterior error, entropy and information for each ρ > 0, shape (R,)."""
    if len(groups.below) == 0:
        nothing = np.full(len(rho), -np.inf)
        return Uncertainty(nothing, nothing, nothing, np.zeros(len(rho)))
    error, entropy, information, spread = np.zeros((4, len(rho)))
    low = rho <= REACH
    apart = rho**2 > 12 * (groups.log_tokens + 40) if groups.is_uniform else rho > FARTHEST
    if low.any():
        information[low], error[low], spread[low] = low_snr(
            lambda value: float(np.exp(run(groups, LognormalLaw(value)).average[0])), rho[low]
        )
        entropy[low] = np.log(groups.entropy - np.exp(information[low]))
    if apart.any():
        error[apart], entropy[apart] = _by_pairs(groups, rho[apart])
    for i in np.flatnonzero(~low & ~apart).tolist():
        race = run(groups, LognormalLaw(float(rho[i])))
        (error[i], entropy[i]), spread[i] = race.average, race.spread
    high = ~low
    information[high] = np.log(groups.entropy - np.exp(entropy[high]))
    with np.errstate(over="ignore", invalid="ignore"):
        rounding = EPS * (64 + 4 * np.where(np.isfinite(entropy), np.abs(entropy), 0.0))
    return Uncertainty(error, entropy, information, spread + rounding)


def _by_pairs(groups: PriorGroups, rho: Array) -> tuple[Array, Array]:
    """High SNR: tokens are only confused in pairs, each with weight 2√(π_j π_k) times that of two equal tokens.

    Where three meet costs e^{−ρ²/3} against e^{−ρ²/4}: for a uniform prior nothing when K e^{−ρ²/12} < 1e-17.  For an
    unequal one the weight leaves out a factor exp(−(log π_j/π_k)²/(4ρ²)).
    """
    with np.errstate(over="ignore", invalid="ignore"):
        error, entropy = log_pair_uncertainty(rho * np.sqrt(2))
    return error + groups.log_pair_weight, entropy + groups.log_pair_weight
