"""What a report compares, as an experiment file declares it: codebooks, constraints, grids and settings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import InputError


@dataclass(frozen=True)
class Entry:
    """A codebook of the comparison.

    Attributes:
        label: how tables and figures call it.
        spec: what it is.
        about: the same in a few words.
        every: it is measured at every so many noise levels of the grids; more than 1 for Monte Carlo.
        slow: whether it takes long to make or to measure; a quick report leaves it out.
    """

    label: str
    spec: str
    about: str
    every: int = 1
    slow: bool = False


@dataclass(frozen=True)
class Constraint:
    """What is held fixed while codebooks are compared, and the SNR grid in dB.

    Attributes:
        normalize: the normalisation that every codebook gets: rms, energy, linf, or empty for none.
        fixed: what that holds fixed, in words.
    """

    name: str
    normalize: str
    fixed: str
    snr_db: tuple[float, ...]

    @property
    def suffix(self) -> str:
        """What the normalisation adds to a spec."""
        return f"+normalize:{self.normalize}" if self.normalize else ""


@dataclass(frozen=True)
class Declaration:
    """A comparison: every codebook under every constraint.

    Attributes:
        figures: names of modules of ``figures/``, in the order of the page.
        samples: Monte Carlo draws for an accuracy.
        levels: accuracies at which the needed SNR is read off.
        kl_schedule: the schedule of the path KL, read at time ``eps``.
        t: times at which accuracy is read under ``time_schedule``, for codebooks under the first constraint.
    """

    name: str
    question: str
    figures: tuple[str, ...]
    entries: tuple[Entry, ...]
    constraints: tuple[Constraint, ...]
    samples: int
    levels: tuple[float, ...]
    kl_schedule: str
    eps: float
    time_schedule: str
    t: tuple[float, ...]

    def quickened(self, num: int) -> Declaration:
        """The same comparison without slow codebooks, on coarser grids that keep both ends."""
        entries = tuple(entry for entry in self.entries if not entry.slow)
        constraints = tuple(replace(c, snr_db=_thinned(c.snr_db, num)) for c in self.constraints)
        return replace(self, entries=entries, constraints=constraints, t=_thinned(self.t, num))


def read_declaration(path: Path, *, quick: bool = False) -> Declaration:
    """Read an experiment file; with ``quick`` apply its ``[quick]`` table.

    Raises:
        InputError: if it is no TOML, lacks an entry or gives one name twice, naming which.
    """
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path.name} is not TOML: {error}") from None
    try:
        made = Declaration(
            name=table["name"],
            question=_line(table["question"]),
            figures=tuple(table["figures"]),
            entries=tuple(Entry(**{**entry, "about": _line(entry["about"])}) for entry in table["codebook"]),
            constraints=tuple(_constraint(c) for c in table["constraint"]),
            samples=table["accuracy"]["samples"],
            levels=tuple(table["accuracy"]["levels"]),
            kl_schedule=table["path_kl"]["schedule"],
            eps=table["path_kl"]["eps"],
            time_schedule=table["time"]["schedule"],
            t=_grid(table["time"]["t"]),
        )
        _check_names("constraint", [constraint.name for constraint in made.constraints])
        _check_names("codebook", [entry.label for entry in made.entries])
        return made.quickened(**table["quick"]) if quick else made
    except KeyError as error:
        raise InputError(f"{path.name}: no entry {error.args[0]!r}") from None
    except InputError:
        raise
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(f"{path.name}: {error}") from None


def _constraint(declared: Mapping[str, Any]) -> Constraint:
    return Constraint(**{**declared, "fixed": _line(declared["fixed"]), "snr_db": _grid(declared["snr_db"])})


def _line(text: str) -> str:
    return " ".join(text.split())


def _check_names(what: str, names: Sequence[str]) -> None:
    """Raise :class:`InputError` where two are called the same, since tables are read by name."""
    for i, name in enumerate(names):
        if name in names[:i]:
            raise InputError(f"two entries [[{what}]] are called {name!r}: expected different names")
    if not names:
        raise InputError(f"no entry [[{what}]]: expected at least one")


def _grid(declared: list[float] | Mapping[str, Any]) -> tuple[float, ...]:
    """A list of numbers, or {start, stop, num} for evenly spaced ones, in the logarithm with spacing = "log"."""
    if isinstance(declared, list):
        return tuple(float(value) for value in declared)
    start, stop, num = float(declared["start"]), float(declared["stop"]), int(declared["num"])
    if num < 2:
        raise InputError(f"grid of {num} values: expected at least 2")
    shares = [i / (num - 1) for i in range(num)]
    if declared.get("spacing", "linear") == "log":
        if min(start, stop) <= 0:
            raise InputError(f"grid from {start:g} to {stop:g} with spacing log: expected ends above 0")
        return tuple(start ** (1 - share) * stop**share for share in shares)
    return tuple(start + (stop - start) * share for share in shares)


def _thinned(values: tuple[float, ...], num: int) -> tuple[float, ...]:
    if len(values) <= num:
        return values
    return tuple(values[round(i * (len(values) - 1) / (num - 1))] for i in range(num))
