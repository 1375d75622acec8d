"""Error of the optimal denoiser against SNR on a logarithmic scale, a panel a constraint."""

from __future__ import annotations

import math

import polars as pl
from matplotlib.figure import Figure

from ._curves import draw_curves
from ._style import constraints, describe, legend_below, named, new_figure

TITLE = "Error of the optimal denoiser against SNR"
ABOUT = (
    "The same curves as log10 of the probability of a mistake, which separates codebooks where accuracy "
    "is close to 1. Monte Carlo has bands of 95%."
)

SMALLEST = -12.0
"""log10 error where the panels end: far below anything that training or sampling notices."""


def plotted(table: pl.DataFrame) -> pl.DataFrame:
    """The numbers of the figure: log10 of the error on the SNR grids."""
    rows = table.filter(
        (pl.col("metric") == "log_error") & pl.col("snr_db").is_not_null() & pl.col("value").is_finite()
    )
    tens = [(pl.col(name) / math.log(10)).alias(f"log10_error{end}") for name, end in
            (("value", ""), ("lower", "_lower"), ("upper", "_upper"))]  # fmt: skip
    return rows.select("constraint", "label", "order", "codebook", "K", "n", "snr_db", "r", *tens)


def figure(data: pl.DataFrame) -> Figure:
    """The figure of :func:`plotted`'s numbers."""
    names = constraints(data)
    made, panels = new_figure(len(names), 2.7)
    shown = data.rename({"log10_error": "value", "log10_error_lower": "lower", "log10_error_upper": "upper"})
    for axes, (name, rows) in zip(panels, named(shown, names), strict=True):
        draw_curves(axes, rows.with_columns(pl.col("lower").clip(2 * SMALLEST)), "snr_db")
        describe(axes, name, xlabel="SNR γ = (α/σ)² (dB)", ylabel="log10 (1 − accuracy)", ylim=(SMALLEST, 0.3))
    legend_below(made, panels[0])
    return made
