"""Accuracy of the optimal denoiser along a schedule."""

from __future__ import annotations

import polars as pl
from matplotlib.figure import Figure

from ._curves import draw_curves
from ._style import describe, legend_below, new_figure

TITLE = "Accuracy of the optimal denoiser along a schedule"
ABOUT = "Where along the schedule the tokens are decided: accuracy of the optimal denoiser against diffusion time."


def plotted(table: pl.DataFrame) -> pl.DataFrame:
    """The numbers of the figure: accuracy against t."""
    rows = table.filter((pl.col("metric") == "accuracy") & pl.col("t").is_not_null())
    return rows.select(
        "schedule", "constraint", "label", "order", "codebook", "K", "n", "t", "r", "value", "lower", "upper"
    )


def figure(data: pl.DataFrame) -> Figure:
    """The figure of :func:`plotted`'s numbers."""
    made, (axes,) = new_figure(1, 3.2)
    draw_curves(axes, data, "t")
    title = f"{data['schedule'][0]}, {data['constraint'][0]}"
    describe(axes, title, xscale="log", xlabel="t (0 is data, 1 is noise)", ylabel="accuracy", ylim=(-0.02, 1.02))
    legend_below(made, axes)
    return made
