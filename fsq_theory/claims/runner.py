"""Verifying claims: each is examined in a process of its own, and a derivation that fails is an open claim."""

from __future__ import annotations

import dataclasses
import functools
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..seeds import check_seed
from .algebra import forget
from .derivation import Derivation, read_derivation
from .ledger import Entry, entries_of, ledger_entries
from .outcome import Outcome
from .premises import premises, settled
from .processes import Done, Lost, Note, in_processes
from .status import STATUSES, Status, evidence
from .step import Step

MOST_WORKERS = 8
"""Processes by default, at the most: each holds a few hundred MB."""


@dataclass(frozen=True)
class Settings:
    """How claims are examined.

    Attributes:
        seed: of the searches for counterexamples of users' claims; derivations have seeds of their own.
        tries: most codebooks, or points, that each of these searches looks at; None for the default.
        boxes: most boxes of branch and bound; None for the default.
        formulas: whether steps keep the LaTeX of what was decided.
    """

    seed: int = 0
    tries: int | None = None
    boxes: int | None = None
    formulas: bool = False


@dataclass(frozen=True)
class Told:
    """What is being done for a claim that is not finished."""

    entry: Entry
    text: str


def verify(
    *targets: str | Path,
    seed: int = 0,
    tries: int | None = None,
    boxes: int | None = None,
    workers: int | None = None,
    formulas: bool = False,
) -> list[Outcome]:
    """Examine claims, each to the status that it earns; in the order of the ledger, or in the order given.

    Args:
        targets: names of claims of the ledger, paths of derivations or of users' claims, folders of either; none for
            the whole ledger.
        seed: of the searches for counterexamples of users' claims.
        tries: most codebooks, or points, that each of these searches looks at.
        boxes: most boxes of branch and bound.
        workers: processes side by side; by default one a processor.  Outcomes do not depend on it.
        formulas: whether steps keep the LaTeX of what was decided, which takes longer.

    Raises:
        InputError: if a target is neither a claim nor a path that holds one.
    """
    entries = entries_of(targets)
    settings = Settings(check_seed(seed), tries, boxes, formulas)
    found = {entry.claim: event for entry, event in outcomes(entries, settings, workers) if isinstance(event, Outcome)}
    found = settled(found)
    return [found[entry.claim] for entry in entries]


def outcomes(
    entries: Sequence[Entry], settings: Settings, workers: int | None = None
) -> Iterator[tuple[Entry, Outcome | Told]]:
    """What examining the claims comes to, as they are finished, and what is told of them before.

    Claims of the ledger that these rest on follow them.  The statuses are those that each earns by itself:
    :func:`.settled` has the last word.  Users' claims use all the effort that they are given, so they are begun first.
    """
    known = {entry.claim: entry for entry in entries}
    while entries:
        named: list[str] = []
        for entry, event in _in_parallel(entries, settings, workers):
            named += premises(event) if isinstance(event, Outcome) else []
            yield entry, event
        missing = set(named) - set(known)
        entries = [entry for entry in ledger_entries() if entry.claim in missing] if missing else []
        known |= {entry.claim: entry for entry in entries}


def _in_parallel(
    entries: Sequence[Entry], settings: Settings, workers: int | None
) -> Iterator[tuple[Entry, Outcome | Told]]:
    """What examining these claims comes to, each in some process."""
    order = sorted(entries, key=lambda entry: entry.kind != "user")
    tasks = [(entry, settings) for entry in order]
    for event in in_processes(examine_entry, tasks, workers or default_workers(len(tasks))):
        entry = order[event.index]
        if isinstance(event, Note):
            yield entry, Told(entry, event.text)
        elif isinstance(event, Done):
            yield entry, event.value
        elif isinstance(event, Lost):
            yield entry, _failed(entry, event.reason, 0.0)


def default_workers(tasks: int) -> int:
    """A process for each processor that this one may use, not more than there are tasks."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(usable, tasks, MOST_WORKERS))


def examine_entry(task: tuple[Entry, Settings], note: Callable[[str], None]) -> Outcome:
    """Examine one claim in this process, as if it were the first here.

    Raises:
        InputError: if the file is no derivation, or no claim.
    """
    entry, settings = task
    start_afresh(settings.seed)
    if entry.kind == "user":
        from .examine import examine
        from .files import read_claim

        claim = read_claim(entry.path)
        start = time.perf_counter()
        try:
            return examine(claim, seed=settings.seed, tries=settings.tries, boxes=settings.boxes, note=note)
        except InputError as error:
            raise InputError(f"{entry.path}: {error}") from error
        except Exception as error:
            return _failed(entry, _in_one_line(error), time.perf_counter() - start, claim.title)
    start = time.perf_counter()
    try:
        derivation = read_derivation(entry.path)
    except InputError:
        raise
    except Exception as error:
        return _failed(entry, _in_one_line(error), time.perf_counter() - start)
    return examine_derivation(derivation, settings.formulas)


def examine_derivation(derivation: Derivation, formulas: bool = False) -> Outcome:
    """Run a derivation in this process; one that raises, or whose steps fail, is open.

    Args:
        derivation: the derivation.
        formulas: whether the steps keep the LaTeX of what was decided.
    """
    start = time.perf_counter()
    steps: list[Step] = []
    failure: list[str] = []
    try:
        for step in derivation.steps():
            if not isinstance(step, Step):
                raise TypeError(f"derive() gave {step!r}, which is no step")
            steps.append(printed(step) if formulas else dataclasses.replace(step, formula=None))
    except (Exception, SystemExit) as error:
        after = f" after step {steps[-1].name}" if steps else ""
        failure = [f"failed{after}: {_in_one_line(error)}"]
    status: Status = "open" if failure else derivation.status(steps)
    lines = [f"needs: {' '.join(derivation.needs.split())}"] if derivation.needs else evidence(steps)
    return Outcome(
        derivation.claim,
        derivation.title,
        status,
        frozenset((derivation.concludes,)),
        failure + lines,
        time.perf_counter() - start,
        steps,
    )


def printed(step: Step) -> Step:
    """The step with its formula printed once and for all, so that it can be sent to another process."""
    if step.formula is None:
        return step
    return dataclasses.replace(step, formula=functools.partial(str, step.formula()))


def start_afresh(seed: int) -> None:
    """Put what derivations share into the state of a new process: caches, precision, generators of random numbers."""
    import sympy
    from sympy.core.random import seed as seed_sympy

    sympy.core.cache.clear_cache()
    forget()
    seed_sympy(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 (for files that draw from NumPy's global generator)
    if "mpmath" in sys.modules:
        import mpmath

        mpmath.mp.dps = 15
    if "flint" in sys.modules:
        import flint

        flint.ctx.prec = 53


def _failed(entry: Entry, reason: str, seconds: float, title: str = "") -> Outcome:
    """An open claim whose examination came to nothing."""
    expected: list[Status] = [status for status in STATUSES if status == entry.concludes]
    title = title or entry.title or entry.claim
    return Outcome(entry.claim, title, "open", frozenset(expected), [f"failed: {reason}"], seconds)


def _in_one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")[:300]
