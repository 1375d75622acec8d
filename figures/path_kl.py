"""Path KL between tokens: the smallest, the mean to a nearest neighbour, and the mean over all pairs."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import polars as pl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ._style import SETTINGS, codebooks, constraints, describe, look, named, new_figure

TITLE = "Path KL between tokens"
ABOUT = (
    "KL divergence between the reverse paths towards two tokens: the closest pair, the mean over tokens "
    "to a nearest other, and the mean over all pairs."
)

STATISTICS: dict[str, dict[str, Any]] = {
    "path_kl_mean": {"marker": "s", "markersize": 10, "markerfacecolor": "white", "label": "all pairs, mean"},
    "path_kl_nearest_mean": {"marker": "D", "markersize": 6.5, "markerfacecolor": "none", "label": "nearest, mean"},
    "path_kl_min": {"marker": "o", "markersize": 3, "label": "closest pair"},
}
"""The metrics shown and their marks, which fit into one another where numbers agree."""


def plotted(table: pl.DataFrame) -> pl.DataFrame:
    """The numbers of the figure: three statistics of the path KL a codebook and constraint."""
    rows = table.filter(pl.col("metric").is_in(list(STATISTICS)))
    return rows.select("constraint", "label", "order", "codebook", "K", "n", "metric", "value", "schedule", "eps")


def figure(data: pl.DataFrame) -> Figure:
    """The figure of :func:`plotted`'s numbers."""
    names = constraints(data)
    made, panels = new_figure(len(names), 2.9)
    for axes, (name, rows) in zip(panels, named(data, names), strict=True):
        groups = codebooks(rows)
        for place, (order, _, values) in enumerate(groups):
            colour = look(order)["color"]
            numbers = values["value"].to_list()
            axes.plot([min(numbers), max(numbers)], [place, place], color=colour, linewidth=1)
            found = dict(values.select("metric", "value").rows())
            for metric, mark in STATISTICS.items():
                axes.plot(found[metric], place, color=colour, linestyle="", **mark)
        axes.set_yticks(range(len(groups)), [label for _, label, _ in groups])
        axes.invert_yaxis()
        describe(axes, name, xscale="log", xlabel=f"KL (nats), {rows['schedule'][0]} at ε = {rows['eps'][0]:g}")
    handles = [Line2D([], [], linestyle="", color="black", **mark) for mark in STATISTICS.values()]
    with mpl.rc_context(SETTINGS):
        made.legend(handles=handles, loc="outside lower center", ncols=3, handletextpad=0.2, columnspacing=1.2)
    return made
