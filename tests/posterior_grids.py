"""Posterior quantities from their definitions: sums over a product grid of noise, in at most 3 dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

REACH = 9.0
STEP = 0.12
"""A trapezoidal rule of this step is exact to rounding for posteriors whose poles, π/ρ away, are no nearer than 1."""


@dataclass(frozen=True)
class Posterior:
    """H(X_0|Y), E‖X_0 − x̂_0‖², 1 − E p(k|Y) and the MAP error given each token."""

    entropy: float
    mmse: float
    soft_error: float
    token_error: NDArray[np.float64]


def posterior(points: ArrayLike, prior: ArrayLike, r: float, step: float = STEP) -> Posterior:
    """All of it by the rule Σ_z φ(z) h^n over Y = r e_k + z, every token in turn."""
    codes, weights = np.asarray(points, dtype=float), np.asarray(prior, dtype=float)
    axis = np.arange(-REACH, REACH + step / 2, step)
    noise = np.array(list(product(*[axis] * (codes.shape[1] - 1)))).reshape(-1, codes.shape[1] - 1)
    entropy = mmse = soft = 0.0
    token_error = np.zeros(len(codes))
    with np.errstate(divide="ignore"):
        log_prior = np.log(weights)
    for k, share in enumerate(weights):
        for first in axis:
            z = np.column_stack([np.full(len(noise), first), noise])
            mass = np.exp(-(z**2).sum(axis=1) / 2) * (step / np.sqrt(2 * np.pi)) ** z.shape[1]
            gap = r * (codes - codes[k])
            # log odds of token j against k: log π_j/π_k − ‖z − gap‖²/2 + ‖z‖²/2
            odds = log_prior - log_prior[k] + z @ gap.T - (gap**2).sum(axis=1) / 2 if share > 0 else None
            if odds is None:
                continue
            others = np.exp(np.delete(odds, k, axis=1)).sum(axis=1)
            p = np.exp(odds) / (1 + others)[:, None]
            entropy += share * float(mass @ np.log1p(others))
            soft += share * float(mass @ (others / (1 + others)))
            mmse += share * float(mass @ ((p @ (codes - codes[k])) ** 2).sum(axis=1))
            token_error[k] += float(mass @ (np.delete(odds, k, axis=1).max(axis=1) > 0))
    return Posterior(entropy, mmse, soft, token_error)
