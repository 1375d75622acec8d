"""The report as a whole: declaration, measurements, figures, page."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..content import content_file
from .atomic import staged
from .declaration import Declaration, read_declaration
from .figures import save_figures
from .measure import Interrupted, measure
from .needed import needed_snr
from .page import render_page

if TYPE_CHECKING:
    import polars as pl

DECLARATION = "tokenizers.toml"

PARTIAL = "results-partial.csv"
"""What an interrupted report leaves, beside the files of an earlier one; the next whole report removes it."""


def build_report(output: Path, *, quick: bool, seed: int, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Write ``index.html``, ``results.parquet``, ``results.csv`` and ``figures/`` into ``output``, all or nothing.

    Args:
        output: the folder, made if absent.
        quick: fewer noise levels, and no codebook that takes long to make or to measure.
        seed: of Monte Carlo.
        say: is told what has been done.

    Returns:
        A row for each codebook and constraint: the SNR needed for each declared accuracy, in dB.

    Raises:
        InputError: if the declaration is broken.
        OSError: if ``output`` cannot be written.
    """
    declared = read_declaration(content_file("experiments", DECLARATION), quick=quick)
    start = time.perf_counter()
    try:
        table = _write(output, declared, quick=quick, seed=seed, say=say)
    except Interrupted as stopped:
        if stopped.table is None:
            raise
        output.mkdir(parents=True, exist_ok=True)
        stopped.table.write_csv(output / PARTIAL)
        raise KeyboardInterrupt(f"the finished codebooks' numbers are in {output / PARTIAL}") from None
    except KeyboardInterrupt:
        raise KeyboardInterrupt("nothing was written") from None
    (output / PARTIAL).unlink(missing_ok=True)
    say(f"wrote {output / 'index.html'} in {time.perf_counter() - start:.0f} s")
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for level in declared.levels:
        for item in needed_snr(table, level):
            first = {name: getattr(item, name) for name in ("label", "constraint", "codebook", "K", "n")}
            row = rows.setdefault((item.constraint, item.order), first)
            row[f"snr_db_{level:g}"] = item.snr_db
    return [{**row, "page": str(output / "index.html"), "seed": seed} for row in rows.values()]


def _write(output: Path, declared: Declaration, *, quick: bool, seed: int, say: Callable[[str], None]) -> pl.DataFrame:
    """Measure, draw and write; the table of measurements."""
    start = time.perf_counter()
    with staged(output) as stage:
        table = measure(declared, seed, say)
        seconds = time.perf_counter() - start
        table.write_parquet(stage / "results.parquet")
        table.write_csv(stage / "results.csv")
        figures = save_figures(declared.figures, table, stage / "figures")
        command = f"fsq-theory report -o report --seed {seed}" + (" --quick" if quick else "")
        page = render_page(
            table,
            declared,
            figures,
            command=command,
            declaration=DECLARATION,
            quick=quick,
            seed=seed,
            seconds=seconds,
        )
        (stage / "index.html").write_text(page, encoding="utf-8")
    return table
