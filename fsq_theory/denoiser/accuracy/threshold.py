"""Where one token beats another: the one formula behind decision regions in every dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays import Array


def rival_threshold(r: Any, distance: Any, log_prior_ratio: Any) -> Array:
    """h = r d/2 + log(π_k/π_j)/(r d): token j beats the sent token k where the noise towards j exceeds h.

    The noise component along (e_j − e_k)/d is N(0, 1), so that this happens with probability Φ(−h).

    Args:
        r: amplitude ratio, positive.
        distance: d = ‖e_j − e_k‖, positive.
        log_prior_ratio: log π_k − log π_j.
    """
    with np.errstate(over="ignore"):
        return np.asarray(r * distance / 2 + log_prior_ratio / (r * distance))
