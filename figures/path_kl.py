"""Path KL between tokens: the smallest, the mean to a nearest neighbour, and the mean over all pairs."""

from __future__ import annotations

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

STATISTICS = {"path_kl_min": "o", "path_kl_nearest_mean": "D", "path_kl_mean": "s"}
"""The metrics shown, each with its marker."""

NAMES = {"path_kl_min": "closest pair", "path_kl_nearest_mean": "nearest, mean", "path_kl_mean": "all pairs, mean"}


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
            for metric, value in values.select("metric", "value").rows():
                filled = colour if metric == "path_kl_min" else "white"
                axes.plot(value, place, STATISTICS[metric], color=colour, markerfacecolor=filled, markersize=6)
        axes.set_yticks(range(len(groups)), [label for _, label, _ in groups])
        axes.invert_yaxis()
        describe(axes, name, xscale="log", xlabel=f"KL (nats), {rows['schedule'][0]} at ε = {rows['eps'][0]:g}")
    handles = [
        Line2D([], [], linestyle="", color="black", marker=marker, label=NAMES[metric],
               markerfacecolor="black" if metric == "path_kl_min" else "white")
        for metric, marker in STATISTICS.items()
    ]  # fmt: skip
    with mpl.rc_context(SETTINGS):
        made.legend(handles=handles, loc="outside lower center", ncols=3, handletextpad=0.2, columnspacing=1.2)
    return made
