"""Figures as files: each as SVG, PDF and PNG with the plotted numbers beside it as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..content import content_file, content_folder, load_module, modules_in
from ..errors import InputError

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class SavedFigure:
    """A figure on disk: its module's name, its title, a description for readers who do not see it, and its files."""

    name: str
    title: str
    about: str
    svg: Path
    png: Path
    csv: Path


def save_figures(names: Sequence[str], table: pl.DataFrame, folder: Path) -> list[SavedFigure]:
    """Draw the named modules of ``figures/`` from a tidy table into ``folder``.

    Raises:
        InputError: for a name that ``figures/`` does not hold.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [_save(name, table, folder) for name in names]


def _save(name: str, table: pl.DataFrame, folder: Path) -> SavedFigure:
    module: Any = load_module(_figure_path(name))
    style: Any = load_module(content_file("figures", "_style.py"))
    data = module.plotted(table)
    svg, _, png = style.save(module.figure(data), folder / name)
    csv = folder / f"{name}.csv"
    data.write_csv(csv)
    return SavedFigure(name, module.TITLE, module.ABOUT, svg, png, csv)


def _figure_path(name: str) -> Path:
    folder = content_folder("figures")
    path = folder / f"{name}.py"
    if not path.is_file():
        raise InputError(f"no figure {name!r}: figures/ holds {', '.join(modules_in(folder))}")
    return path
