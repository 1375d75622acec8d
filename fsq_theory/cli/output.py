"""What commands print: JSON rows or a table on stdout, messages on stderr."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from .options import Common

Row = Mapping[str, Any]

LONG_ROW = 10
"""A single result with more columns than this is printed as a list of names and values."""

WIDEST = 10_000


def to_json(value: Any) -> str:
    """One value as JSON text; ±∞ is written ±1e999, which every IEEE parser reads as infinity.

    Raises:
        ValueError: for NaN, which no result may contain.
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float):
        if math.isnan(value):
            raise ValueError("a result is NaN: this is a defect of fsq-theory")
        if math.isinf(value):
            return "1e999" if value > 0 else "-1e999"
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {to_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(to_json(item) for item in value) + "]"
    return json.dumps(value)


def to_cell(value: Any) -> str:
    """One value as text for a table."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(to_cell(item) for item in value)
    return str(value)


def plain() -> bool:
    """Whether the user asked for output without any escape sequences, by ``NO_COLOR``."""
    return bool(os.environ.get("NO_COLOR"))


@contextmanager
def finished(common: Common, columns: Sequence[str] = ()) -> Iterator[list[Row]]:
    """A list for rows; when the block ends, also by an interrupt, those in it are printed as by :func:`emit`."""
    rows: list[Row] = []
    try:
        yield rows
    except KeyboardInterrupt:
        if rows:
            emit(rows, common, columns)
            sys.stdout.flush()
        raise
    emit(rows, common, columns)


def emit(rows: Sequence[Row], common: Common, columns: Sequence[str] = ()) -> None:
    """Print the rows as the user asked: a JSON array with one object a line, or a table.

    Args:
        rows: the results.
        common: says which of the two.
        columns: those of the table, in order; all with ``--verbose`` or when empty.  JSON has all of them always.
    """
    if common.json:
        print("[" + ",\n ".join(to_json(row) for row in rows) + "]")
        return
    shown = dict.fromkeys(key for row in rows for key in row)
    if columns and not common.verbose:
        shown = dict.fromkeys(key for key in columns if key in shown)
    _print_table(rows, [key for key in shown if any(row.get(key) is not None for row in rows)])


def _print_table(rows: Sequence[Row], columns: Sequence[str]) -> None:
    """A table of rows, or for a single row with many columns a table of names and values."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    upright = len(rows) == 1 and len(columns) > LONG_ROW
    table = Table(box=None, show_header=not upright, pad_edge=False, padding=(0, 2, 0, 0))
    if upright:
        for key in columns:
            table.add_row(Text(key, style="bold"), Text(to_cell(rows[0].get(key))))
    else:
        for key in columns:
            numeric = all(isinstance(row.get(key), (int, float)) or row.get(key) is None for row in rows)
            table.add_column(Text(key), justify="right" if numeric else "left", no_wrap=True)
        for row in rows:
            table.add_row(*(Text(to_cell(row.get(key))) for key in columns))
    # As wide as it needs: a terminal wraps a long line, which loses nothing.  Printed as text, for Rich would end the
    # program by itself when the reader of a pipe has left.
    console = Console(width=WIDEST, force_terminal=False if plain() else None)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())


class Messages:
    """Notes on stderr for a person who watches: silent with ``--quiet`` and when stderr is not a terminal."""

    def __init__(self, common: Common) -> None:
        self.shown = sys.stderr.isatty() and not common.quiet
        self.detailed = self.shown and common.verbose

    def note(self, text: str) -> None:
        """Say something that everyone wants to know."""
        if self.shown:
            print(text, file=sys.stderr)

    def detail(self, text: str) -> None:
        """Say something for ``--verbose``."""
        if self.detailed:
            print(text, file=sys.stderr)
