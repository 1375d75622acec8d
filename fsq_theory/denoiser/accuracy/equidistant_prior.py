"""Accuracy of equidistant codes (one-hot, simplex) under an unequal prior, on average and by token.

With ρ = r d/√2, token j scores Z_j + log π_j/ρ, the token that was sent ρ more.  The MAP error given k is

    1 − A_k = ∫ φ(y − log π_k/ρ − ρ) (1 − Π_{j≠k} Φ(y − log π_j/ρ)) dy,

see :mod:`..race`; for any number of different priors at the cost of a few hundred.
"""

from __future__ import annotations

import numpy as np

from ...arrays import Array
from ...gaussian import log_ndtr
from ..lognormal_sum import GaussianLaw
from ..race import run
from ..rivals_by_prior import PriorGroups

FARTHEST = 1e6
"""ρ beyond which two tokens are confused with probability √(π_j/π_k) Φ(−ρ/√2), and three are not."""


def log_error(groups: PriorGroups, rho: Array) -> tuple[Array, Array]:
    """(log(1 − A), estimate of the quadrature's error) of MAP decisions for each ρ > 0, shape (R,)."""
    if len(groups.below) == 0:
        return np.full(len(rho), -np.inf), np.zeros(len(rho))
    result, spread = np.zeros((2, len(rho)))
    far = rho > FARTHEST
    with np.errstate(over="ignore"):
        result[far] = log_ndtr(-rho[far] / np.sqrt(2)) + groups.log_pair_weight
    for i in np.flatnonzero(~far).tolist():
        race = run(groups, GaussianLaw(float(rho[i])))
        result[i], spread[i] = race.average[0], race.spread
    return np.minimum(result, 0.0), spread


def log_token_error(prior: Array, rho: Array) -> Array:
    """log(1 − A_k) of MAP decisions given each token, shape (R, K); 0 for tokens of prior 0.

    Args:
        prior: π, shape (K,).
        rho: shape (R,), positive.
    """
    groups = PriorGroups.of_prior(prior)
    values, which = np.unique(prior, return_inverse=True)
    out = np.zeros((len(rho), len(prior)))
    if len(groups.below) == 0:
        out[:, prior > 0] = -np.inf
        return out
    for i, one in enumerate(rho.tolist()):
        favourite, others = _by_group(groups, one)
        # Groups are in descending order of prior; the favourite is one of them unless it is alone.
        by_value = np.zeros(len(values))
        by_value[len(values) - 1] = favourite
        by_value[::-1][: len(others) + (groups.below[0] < 0)][-len(others) :] = others
        out[i] = np.minimum(by_value[which], 0.0)
    return out


def _by_group(groups: PriorGroups, rho: float) -> tuple[float, Array]:
    """log(1 − A_k) of the favourite and of a token of each group."""
    if rho <= FARTHEST:
        race = run(groups, GaussianLaw(rho))
        return float(race.favourite[0]), race.others[0]
    roots = np.exp(groups.below / 2)
    others = float(groups.counts @ roots)
    with np.errstate(over="ignore"):
        pair = float(log_ndtr(-rho / np.sqrt(2)))
    return pair + float(np.log(others)), pair + np.log(1 + others - roots) - groups.below / 2
