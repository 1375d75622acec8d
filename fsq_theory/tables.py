"""The tidy table that results travel in: one row for a (codebook, noise level, metric).

Monte Carlo rows carry a standard error; ``lower`` and ``upper`` enclose ``value``.  Numbers that do not depend on the
noise level have an empty ``r``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

COLUMNS = (
    "codebook", "K", "n", "r", "metric", "value", "stderr", "lower", "upper", "method", "samples", "seed", "seconds",
    "label", "order", "constraint", "snr_db", "schedule", "t", "eps",
)  # fmt: skip
"""Columns in order: the stable ones first, then where the row belongs in a comparison."""

_TEXT = {"codebook", "metric", "method", "label", "constraint", "schedule"}
_WHOLE = {"K", "n", "samples", "seed", "order"}


def tidy(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """The rows as a table with the columns :data:`COLUMNS`; absent entries are null.

    K of more than 64 bits does not fit a column of whole numbers: compare such codebooks without this table.
    """
    import polars as pl

    schema = {
        name: pl.String() if name in _TEXT else pl.Int64() if name in _WHOLE else pl.Float64() for name in COLUMNS
    }
    return pl.DataFrame([{name: row.get(name) for name in COLUMNS} for row in rows], schema=schema)
