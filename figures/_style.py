"""One style for every figure: no LaTeX, colours safe for colour-blind readers, markers and dashes for grey print.

A codebook keeps its colour, marker and dashes in every figure: they follow from its place in the comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's colours without the yellow, which white paper swallows, and with a brown in its place.
COLOURS = ("#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7A4B00")
MARKERS = ("o", "s", "^", "D", "v", "X", "P", "*")
DASHES: tuple[Any, ...] = (
    "-",
    (0, (6, 2)),
    (0, (1, 1.2)),
    (0, (6, 2, 1, 2)),
    (0, (3, 1.5)),
    (0, (8, 2, 1, 2, 1, 2)),
    (0, (10, 3)),
    (0, (4, 1, 1, 1)),
)

WIDTH = 5.2
"""Inches: text of 10 points stays readable when a phone shows the figure over its full width."""

DOTS_PER_INCH = 160

SETTINGS: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
    "savefig.facecolor": "white",
    "svg.hashsalt": "fsq_theory",
    "text.usetex": False,
}


def new_figure(rows: int, height: float) -> tuple[Figure, list[Axes]]:
    """A figure of ``rows`` panels above one another, each ``height`` inches, in the project's style."""
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(WIDTH, rows * height + 1.4), layout="constrained")
        axes = figure.subplots(rows, 1, squeeze=False)[:, 0]
    return figure, list(axes)


def look(order: int) -> dict[str, Any]:
    """Colour, marker and dashes of the codebook at this place of the comparison."""
    place = order % len(COLOURS)
    return {
        "color": COLOURS[place],
        "marker": MARKERS[place],
        "markersize": 8 if MARKERS[place] == "*" else 5.5,
        "linestyle": DASHES[place],
        "markeredgecolor": "white",
        "markeredgewidth": 0.6,
    }


def codebooks(table: pl.DataFrame) -> list[tuple[int, str, pl.DataFrame]]:
    """The rows of each codebook of a table, as (place, label, rows), in the order of the comparison."""
    found = table.select("order", "label").unique().sort("order").rows()
    return [(order, label, table.filter(pl.col("label") == label)) for order, label in found]


def named(table: pl.DataFrame, names: Sequence[str]) -> list[tuple[str, pl.DataFrame]]:
    """The rows of each constraint of a table, in the order given."""
    return [(name, table.filter(pl.col("constraint") == name)) for name in names]


def constraints(table: pl.DataFrame) -> list[str]:
    """The constraints of a table in the order of their first appearance."""
    return table["constraint"].unique(maintain_order=True).to_list()


def size(rows: pl.DataFrame) -> str:
    """``K in n-d`` of the first row."""
    return f"{rows['K'][0]} in {rows['n'][0]}-d"


def save(figure: Figure, stem: Path) -> list[Path]:
    """Write a figure as SVG, PDF and PNG; the same figure gives the same bytes."""
    paths = [stem.with_name(f"{stem.name}.{ending}") for ending in ("svg", "pdf", "png")]
    with mpl.rc_context(SETTINGS):
        figure.savefig(paths[0], metadata={"Date": None})
        figure.savefig(paths[1], metadata={"CreationDate": None})
        figure.savefig(paths[2], dpi=DOTS_PER_INCH)
    return paths


def describe(axes: Axes, title: str, **labels: Any) -> None:
    """Title at the left, axis labels and limits of a panel."""
    axes.set_title(title, loc="left")
    axes.set(**labels)


def legend_below(figure: Figure, axes: Axes, columns: int = 2) -> None:
    """One legend for the whole figure under its last panel, from the curves of ``axes``."""
    with mpl.rc_context(SETTINGS):
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=columns, handlelength=3.6)
