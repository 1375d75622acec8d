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
    "rate_bits": "rate",
    "energy_mean": "energy",
    "linf": "largest coordinate",
    "d_min": "least distance",
    "nn_distance_mean": "D",
    "kissing_mean": "neighbours",
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
        needed=_needed_part(table, declared),
        geometry=[_geometry_part(table, c.name) for c in declared.constraints],
        figures=[{"title": figure.title, "about": figure.about, "source": _data_uri(figure.svg)} for figure in figures],
        kl_schedule=declared.kl_schedule,
        eps=f"{declared.eps:g}",
        gamma_eps=_number(_first(table, "gamma_eps")),
        path_kl=[_path_kl_part(table, c.name) for c in declared.constraints],
        command=command,
        version=__version__,
        python=platform.python_version(),
        packages={name: metadata.version(name) for name in PACKAGES},
        seed=seed,
        seconds=f"{seconds:.0f}",
        declaration=declaration,
        rows=table.height,
    )


def _needed_part(table: pl.DataFrame, declared: Declaration) -> Part:
    header = ["codebook", "K", "n"]
    columns = []
    for constraint in declared.constraints:
        for level in declared.levels:
            header.append(f"{constraint.name}, {level:.0%}")
            needed = needed_snr(table, level)
            columns.append({item.label: decibels(item, "") for item in needed if item.constraint == constraint.name})
    rows = [
        [str(first["label"]), str(first["K"]), str(first["n"]), *(column[str(first["label"])] for column in columns)]
        for first in _codebooks(table, declared.constraints[0].name)
    ]
    return Part("SNR needed for an accuracy, dB", header, rows)


def _geometry_part(table: pl.DataFrame, constraint: str) -> Part:
    rows = [
        [str(first["label"]), *(_metric(table, first, constraint, metric) for metric in GEOMETRY_HEADER)]
        for first in _codebooks(table, constraint)
    ]
    return Part(f"Geometry, {constraint}", ["codebook", *GEOMETRY_HEADER.values()], rows)


def _path_kl_part(table: pl.DataFrame, constraint: str) -> Part:
    rows = [
        [str(first["label"]), *(_metric(table, first, constraint, f"path_kl_{name}") for name in PATH_KL)]
        for first in _codebooks(table, constraint)
    ]
    return Part(f"Path KL in nats, {constraint}", ["codebook", *(PATH_KL_HEADER[name] for name in PATH_KL)], rows)


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
