"""What checking certificates comes to, a row each as for claims, in processes side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..claims.outcome import Outcome
from ..claims.processes import Done, Lost, in_processes
from ..claims.runner import default_workers, start_afresh
from ..claims.status import Status
from .check import check
from .files import read_certificate


def certificate_outcomes(paths: Sequence[Path], workers: int | None = None) -> Iterator[Outcome]:
    """Check certificates, in the order in which they are done; the claim of each row is ``certificate NAME``.

    Raises:
        InputError: if a file is no certificate.
    """
    tasks = [str(path) for path in paths]
    for event in in_processes(outcome_of, tasks, workers or default_workers(len(tasks))):
        if isinstance(event, Done):
            yield event.value
        elif isinstance(event, Lost):
            yield _outcome(paths[event.index], "", False, [f"failed: {event.reason}"], 0.0)


def outcome_of(path: str, _note: Callable[[str], None]) -> Outcome:
    """Check one certificate in this process."""
    start_afresh(0)
    found = check(read_certificate(Path(path)))
    evidence = [*found.findings, f"for claim: {found.claim}"]
    return _outcome(Path(path), found.statement, found.passed, evidence, found.seconds)


def _outcome(path: Path, title: str, passed: bool, evidence: Sequence[str], seconds: float) -> Outcome:
    status: Status = "certified" if passed else "open"
    return Outcome(path.stem, title, status, frozenset(("certified",)), evidence, seconds)
