"""The page: one HTML file that needs no other file and no network."""

from __future__ import annotations

import base64
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from .declaration import Declaration
from .figures import SavedFigure
from .findings import decibels, findings
from .measure import PATH_KL
from .needed import needed_snr

if TYPE_CHECKING:
    import polars as pl

PACKAGES = ("numpy", "scipy", "matplotlib", "polars")

GEOMETRY_HEADER = {
    "rate_bits": "rate (bits)",
    "energy_mean": "energy",
    "d_min": "min. distance",
    "nn_distance_mean": "D",
}

PATH_KL_HEADER = {"min": "closest pair", "nearest_mean": "nearest, mean", "mean": "all pairs, mean", "max": "farthest"}


@dataclass(frozen=True)
class Part:
    """A table of the page as text."""

    caption: str
    header: list[str]
    rows: list[list[str]]


def render_page(
    table: pl.DataFrame,
    declared: Declaration,
    figures: Sequence[SavedFigure],
    *,
    command: str,
    declaration: str,
    quick: bool,
    seed: int,
    seconds: float,
) -> str:
    """The page as HTML text; every number in it comes from ``table``, and all text is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("fsq_theory.report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html.j2").render(
        title="How far apart are the tokens?",
        question=declared.question,
        quick=quick,
        findings=findings(table, declared),
        entries=declared.entries,
        constraints=declared.constraints,
        tables=[_geometry_part(table, declared, c.name) for c in declared.constraints],
        needed_note=", with its 95 % interval for Monte Carlo curves where that shows",
        figures=[{"title": figure.title, "about": figure.about, "source": _data_uri(figure.svg)} for figure in figures],
        kl_schedule=declared.kl_schedule,
        eps=f"{declared.eps:g}",
        gamma_eps=_number(_first(table, "gamma_eps")),
        path_kl_tables=[_path_kl_part(table, c.name) for c in declared.constraints],
        command=command,
        version=__version__,
        python=platform.python_version(),
        packages={name: metadata.version(name) for name in PACKAGES},
        seed=seed,
        seconds=f"{seconds:.0f}",
        declaration=declaration,
        rows=table.height,
    )


def _geometry_part(table: pl.DataFrame, declared: Declaration, constraint: str) -> Part:
    needed = {
        level: {item.label: decibels(item) for item in needed_snr(table, level) if item.constraint == constraint}
        for level in declared.levels
    }
    header = ["codebook", "K", "n", *GEOMETRY_HEADER.values(), *(f"SNR for {level:.0%}" for level in needed)]
    rows = []
    for first in _codebooks(table, constraint):
        numbers = [_metric(table, first, constraint, metric) for metric in GEOMETRY_HEADER]
        found = [needed[level][str(first["label"])] for level in needed]
        rows.append([str(first["label"]), str(first["K"]), str(first["n"]), *numbers, *found])
    return Part(constraint, header, rows)


def _path_kl_part(table: pl.DataFrame, constraint: str) -> Part:
    rows = [
        [str(first["label"]), *(_metric(table, first, constraint, f"path_kl_{name}") for name in PATH_KL)]
        for first in _codebooks(table, constraint)
    ]
    return Part(f"{constraint}: path KL in nats", ["codebook", *(PATH_KL_HEADER[name] for name in PATH_KL)], rows)


def _codebooks(table: pl.DataFrame, constraint: str) -> list[dict[str, object]]:
    import polars as pl

    rows = table.filter(pl.col("constraint") == constraint)
    return rows.unique("order", keep="first").sort("order").to_dicts()


def _metric(table: pl.DataFrame, first: dict[str, object], constraint: str, metric: str) -> str:
    import polars as pl

    rows = table.filter(
        (pl.col("constraint") == constraint) & (pl.col("order") == first["order"]) & (pl.col("metric") == metric)
    )
    return _number(float(rows["value"][0])) if rows.height else ""


def _first(table: pl.DataFrame, metric: str) -> float:
    import polars as pl

    return float(table.filter(pl.col("metric") == metric)["value"][0])


def _number(value: float) -> str:
    return f"{value:.4g}"


def _data_uri(path: Path) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode("ascii")
