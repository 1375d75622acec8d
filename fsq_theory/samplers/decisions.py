"""Where the MAP read-out of a state on the line changes from one token to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
from ..denoiser.accuracy.scalar import envelope
from ..denoiser.accuracy.threshold import rival_threshold
from .factor import Factor
from .transitions import unit_power


def decision_cuts(truth: Factor, r: float) -> tuple[NDArray[np.intp], Array]:
    """Tokens that are somewhere the most probable, by ascending code, and the states u at which they change.

    Args:
        truth: codes on the line, their prior.
        r: amplitude ratio, above 0.
    """
    order = np.argsort(truth.points[:, 0])
    order = order[np.isfinite(truth.log_prior[order])]
    points, log_prior = truth.points[order, 0], truth.log_prior[order]
    lower, upper = envelope(points, log_prior, r)
    if not len(lower):
        return order[[np.argmax(log_prior)]], np.zeros(0)
    away = rival_threshold(r, points[upper] - points[lower], log_prior[lower] - log_prior[upper])
    cuts = float(unit_power(r)[1]) * (r * (points[lower] + truth.mean[0]) + away)
    return order[np.concatenate([lower[:1], upper])], cuts
