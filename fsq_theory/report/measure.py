"""From a declaration to the tidy table: geometry, accuracy and path KL of every codebook under every constraint."""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from .. import accuracy
from ..codebooks.codebook import Codebook
from ..codebooks.geometry import geometry
from ..codebooks.spec import codebook
from ..codebooks.transforms import normalize
from ..paths.path_kl import path_kl
from ..schedules import schedule
from ..tables import tidy
from .declaration import Declaration

if TYPE_CHECKING:
    import polars as pl

Row = dict[str, Any]

GEOMETRY = ("rate_bits", "d_min", "nn_distance_mean", "kissing_mean", "energy_mean", "linf")
"""Geometric numbers that the report shows."""

SMALLEST_LOG = math.log(sys.float_info.min)

PATH_KL = ("min", "nearest_mean", "mean", "max")


class Interrupted(KeyboardInterrupt):
    """An interrupt, with the table of the codebooks that were finished before it; None if there are none."""

    def __init__(self, table: pl.DataFrame | None) -> None:
        super().__init__("nothing was written")
        self.table = table


def measure(declared: Declaration, seed: int, say: Callable[[str], None], workers: int | None = None) -> pl.DataFrame:
    """The table of a whole comparison, constraint by constraint.

    Args:
        declared: what to compare.
        seed: of Monte Carlo, for each codebook afresh.
        say: is told of each codebook as it is done.
        workers: processes that share the codebooks; as many as there are processors by default.  Nothing in the table
            but the times depends on it.

    Raises:
        Interrupted: for a keyboard interrupt, with what was finished.
    """
    # Slow codebooks start first, so that the others fill the time that they take.
    tasks = [(declared, order, seed) for order in _slow_first(declared)]
    found: dict[int, list[Row]] = {}
    try:
        for order, rows, seconds in _run(tasks, min(workers or available_processors(), len(tasks))):
            found[order] = rows
            say(f"{declared.entries[order].label}: {seconds:.1f} s")
    except KeyboardInterrupt:
        raise Interrupted(_table(declared, found) if found else None) from None
    return _table(declared, found)


def _table(declared: Declaration, found: Mapping[int, Sequence[Row]]) -> pl.DataFrame:
    """The rows of the codebooks found so far, constraint by constraint, in the declared order."""
    return tidy(
        row
        for constraint in declared.constraints
        for order in sorted(found)
        for row in found[order]
        if row["constraint"] == constraint.name
    )


def measure_entry(task: tuple[Declaration, int, int]) -> tuple[int, list[Row], float]:
    """All rows of one codebook under every constraint, its place in the comparison, and the seconds that it took."""
    declared, order, seed = task
    entry, start = declared.entries[order], time.perf_counter()
    as_used = codebook(entry.spec)
    rows: list[Row] = []
    for constraint in declared.constraints:
        cb = normalize(as_used, constraint.normalize) if constraint.normalize else as_used
        found = [*_geometry_rows(cb), *_path_kl_rows(cb, declared)]
        levels = [{"snr_db": value, "r": 10 ** (value / 20)} for value in constraint.snr_db[:: entry.every]]
        found += _accuracy_rows(cb, levels, declared.samples, seed)
        if constraint is declared.constraints[0] and declared.t:
            found += _accuracy_rows(cb, _times(declared, entry.every), declared.samples, seed)
        place = {"label": entry.label, "order": order, "constraint": constraint.name, "seed": seed}
        rows += [{"codebook": cb.name, "K": cb.K, "n": cb.n, **row, **place} for row in found]
    return order, rows, time.perf_counter() - start


def available_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _slow_first(declared: Declaration) -> list[int]:
    return sorted(range(len(declared.entries)), key=lambda order: not declared.entries[order].slow)


def _run(tasks: Sequence[tuple[Declaration, int, int]], workers: int) -> Iterator[tuple[int, list[Row], float]]:
    """The results of the tasks as they come; an interrupt ends the workers."""
    if workers == 1:
        yield from map(measure_entry, tasks)
        return
    with get_context("spawn").Pool(workers, initializer=_leave_interrupts_to_the_parent) as pool:
        yield from pool.imap_unordered(measure_entry, tasks)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _times(declared: Declaration, every: int) -> list[Row]:
    read = schedule(declared.time_schedule)
    return [{"schedule": declared.time_schedule, "t": t, "r": float(read.r(t))} for t in declared.t[::every]]


def _geometry_rows(cb: Codebook) -> list[Row]:
    start = time.perf_counter()
    found = geometry(cb).row()
    seconds = time.perf_counter() - start
    return [
        {"metric": name, "value": float(found[name]), "method": "exact", "seconds": seconds}
        for name in GEOMETRY
        if found.get(name) is not None
    ]


def _path_kl_rows(cb: Codebook, declared: Declaration) -> list[Row]:
    start = time.perf_counter()
    found = path_kl(cb, schedule=schedule(declared.kl_schedule), eps=declared.eps).row()
    seconds = time.perf_counter() - start
    where = {"schedule": declared.kl_schedule, "eps": declared.eps, "seconds": seconds}
    rows = [{"metric": "gamma_eps", "value": float(found["gamma_eps"]), "method": "exact", **where}]
    for name in PATH_KL:
        rows.append({"metric": f"path_kl_{name}", "value": float(found[name]), "method": found["method"], **where})
    return rows


def _accuracy_rows(cb: Codebook, levels: Sequence[Row], samples: int, seed: int) -> list[Row]:
    """Accuracy, error and its logarithm at each noise level, with ``lower`` and ``upper`` turned with the sign."""
    start = time.perf_counter()
    found = accuracy(cb, [level["r"] for level in levels], samples=samples, seed=seed).rows()
    seconds = (time.perf_counter() - start) / len(levels)
    rows = []
    for level, row in zip(levels, found, strict=True):
        shared = {**level, "method": row["method"], "samples": row["samples"], "seconds": seconds}
        error, stderr, lower, upper = row["error"], row["stderr"], row["lower"], row["upper"]
        rows.append(
            {"metric": "accuracy", "value": row["accuracy"], "stderr": stderr, **shared}
            | {"lower": min(1 - upper, row["accuracy"]), "upper": max(1 - lower, row["accuracy"])}
        )
        rows.append({"metric": "error", "value": error, "stderr": stderr, "lower": lower, "upper": upper, **shared})
        relative = stderr / error if stderr is not None and error > 0 else None
        rows.append(
            {"metric": "log_error", "value": row["log_error"], "stderr": relative, **shared}
            | {"lower": _log(lower, row["log_error"]), "upper": _log(upper, row["log_error"])}
        )
    return rows


def _log(value: float, log_error: float) -> float | None:
    """log of an end of the error's interval; none where the error itself is too small for a float64."""
    if -math.inf < log_error < SMALLEST_LOG:
        return None
    return math.log(value) if value > 0 else -math.inf
