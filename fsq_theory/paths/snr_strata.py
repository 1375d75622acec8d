"""Where to cut an integral over the SNR into strata: at equal masses of a density that follows the integrand."""

from __future__ import annotations

import numpy as np

from ..arrays import Array

CELLS_PER_DECADE = 8
MOST_CELLS = 160
FLOOR = 1e-3
"""Below this SNR, in units of one over the spread of the codes, denoisers hardly change: one cell."""

FOLLOWING, UNDECIDED = 0.7, 0.2
"""Shares of the samples that follow the pilot, and the posterior's indecision; half the rest is uniform in γ, half in
log γ, whatever the pilot says."""

RARE = 1e-5
"""Where indecision is more probable than this, its share is uniform in γ; where less, it falls off as its root, which
is best against rare events of one size."""


def snr_cells(gamma_T: float, gamma_eps: float, spread: float) -> Array:
    """Edges of the cells of a pilot: equal in log γ, and one cell below the SNR at which anything happens."""
    floor = FLOOR / spread
    if gamma_eps <= floor:
        return np.linspace(gamma_T, gamma_eps, 5)
    low = max(gamma_T, floor)
    decades = np.log10(gamma_eps) - np.log10(low)
    count = int(np.clip(np.ceil(CELLS_PER_DECADE * decades), 4, MOST_CELLS))
    rising = low * np.exp(np.linspace(0, 1, count + 1) * (np.log(gamma_eps) - np.log(low)))
    rising[0], rising[-1] = low, gamma_eps
    return rising if gamma_T >= floor else np.concatenate([[gamma_T], rising])


def snr_strata(cells: Array, pilot: Array, undecided: Array, levels: int) -> Array:
    """SNRs between strata, shape (levels + 1,), at equal masses of a density on the cells.

    The density follows ``pilot``, the size of the integrand in each cell, mixed with others that do not.

    Args:
        cells: edges, shape (M + 1,), increasing.
        pilot: at least 0, shape (M,); all 0 where nothing was seen.
        undecided: how probable an undecided posterior is in each cell, at most, shape (M,).
        levels: number of strata.
    """
    width = np.diff(cells)
    # A cell may have missed what its neighbours saw.
    seen = np.maximum(pilot, 0.5 * np.maximum(np.append(pilot[1:], 0.0), np.insert(pilot[:-1], 0, 0.0)))
    mass = (width / width.sum() + 1 / len(width)) / 2
    for share, size in ((UNDECIDED / (1 - FOLLOWING), np.minimum(np.sqrt(undecided / RARE), 1.0)), (FOLLOWING, seen)):
        if size.max() > 0:
            part = size / size.max() * (width / width.max())
            mass = share * part / part.sum() + (1 - share) * mass
    cumulative = np.concatenate([[0.0], np.cumsum(mass)])
    edges = np.interp(np.arange(levels + 1) / levels, cumulative / cumulative[-1], cells)
    edges[0], edges[-1] = cells[0], cells[-1]
    return np.asarray(edges, dtype=np.float64)
