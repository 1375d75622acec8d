"""How much SNR a codebook needs for a given accuracy, read off a measured curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

NORMAL = NormalDist()


@dataclass(frozen=True)
class Needed:
    """The SNR in dB at which accuracy first reaches ``level``; infinite where the measured grid ends before.

    ``lower`` and ``upper`` are the same reading of the upper and lower ends of the accuracy's intervals.
    """

    label: str
    order: int
    constraint: str
    codebook: str
    K: int
    n: int
    level: float
    snr_db: float
    lower: float
    upper: float


def needed_snr(table: pl.DataFrame, level: float) -> list[Needed]:
    """:class:`Needed` for every codebook and constraint of a tidy table, in the table's order."""
    import polars as pl

    curves = table.filter((pl.col("metric") == "accuracy") & pl.col("snr_db").is_not_null())
    found = []
    for _, rows in curves.group_by("constraint", "order", maintain_order=True):
        rows = rows.sort("snr_db")
        first = rows.row(0, named=True)
        grid = rows["snr_db"].to_list()
        best, pessimist, optimist = (
            crossing(grid, rows[name].to_list(), level) for name in ("value", "lower", "upper")
        )
        found.append(
            Needed(
                **{name: first[name] for name in ("label", "order", "constraint", "codebook", "K", "n")},
                level=level,
                snr_db=best,
                lower=optimist,
                upper=pessimist,
            )
        )
    return found


def crossing(grid: Sequence[float], curve: Sequence[float], level: float) -> float:
    """Where an increasing curve reaches a level, by monotone cubic interpolation in the scale of Φ⁻¹.

    Accuracies on a grid of 2.5 dB are read off to about 0.005 dB.  The first grid value if the curve starts above the
    level, infinity if it never gets there.
    """
    from scipy.interpolate import PchipInterpolator
    from scipy.optimize import brentq

    after = next((i for i, value in enumerate(curve) if value >= level), None)
    if after is None:
        return math.inf
    if after == 0:
        return grid[0]
    target = _probit(level)
    smooth = PchipInterpolator(grid, [_probit(value) for value in curve])
    return float(brentq(lambda x: float(smooth(x)) - target, grid[after - 1], grid[after]))


def _probit(p: float) -> float:
    """Φ⁻¹, kept finite at 0 and 1."""
    return NORMAL.inv_cdf(min(max(p, 1e-12), 1 - 1e-12))
