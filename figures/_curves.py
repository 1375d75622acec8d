"""Curves against the noise level with bands of uncertainty: what several figures share."""

from __future__ import annotations

import polars as pl
from matplotlib.axes import Axes

from ._style import codebooks, look, size


def draw_curves(axes: Axes, table: pl.DataFrame, x: str, *, y: str = "value", with_size: bool = True) -> None:
    """One curve a codebook of ``y`` against ``x``, with a band from ``lower`` to ``upper`` where that is visible."""
    for order, label, rows in codebooks(table):
        rows = rows.sort(x)
        name = f"{label} ({size(rows)})" if with_size else label
        step = max(1, rows.height // 7)
        every = (order % step, step)
        axes.plot(rows[x].to_numpy(), rows[y].to_numpy(), label=name, markevery=every, **look(order))
        if {"lower", "upper"} <= set(rows.columns) and rows["lower"].null_count() == 0:
            lower, upper = rows["lower"].to_numpy(), rows["upper"].to_numpy()
            axes.fill_between(rows[x].to_numpy(), lower, upper, color=look(order)["color"], alpha=0.2, linewidth=0)
