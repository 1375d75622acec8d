"""Accuracy of the optimal denoiser against SNR, a panel a constraint."""

from __future__ import annotations

import polars as pl
from matplotlib.figure import Figure

from ._curves import draw_curves
from ._style import constraints, describe, legend_below, named, new_figure

TITLE = "Accuracy of the optimal denoiser against SNR"
ABOUT = (
    "Probability that the optimal denoiser finds the token, against the signal-to-noise ratio; a panel "
    "for each constraint. Bands are 95% intervals of Monte Carlo."
)


def plotted(table: pl.DataFrame) -> pl.DataFrame:
    """The numbers of the figure: accuracy on the SNR grids."""
    rows = table.filter((pl.col("metric") == "accuracy") & pl.col("snr_db").is_not_null())
    return rows.select("constraint", "label", "order", "codebook", "K", "n", "snr_db", "r", "value", "lower", "upper")


def figure(data: pl.DataFrame) -> Figure:
    """The figure of :func:`plotted`'s numbers."""
    names = constraints(data)
    made, panels = new_figure(len(names), 2.7)
    for axes, (name, rows) in zip(panels, named(data, names), strict=True):
        draw_curves(axes, rows, "snr_db")
        describe(axes, name, xlabel="SNR γ = (α/σ)² (dB)", ylabel="accuracy", ylim=(-0.02, 1.02))
    legend_below(made, panels[0])
    return made
