"""``fsq-theory verify --certificates``: every stored certificate checked again."""

from __future__ import annotations

from collections.abc import Sequence

from ..claims.outcome import Outcome
from .options import Common
from .outcome import Unexpected
from .output import Messages, emit
from .progress import progress


def verify_certificates(targets: Sequence[str], workers: int | None, common: Common) -> None:
    """Check certificates: those named, of folders and files, or all that are carried; a row each.

    Raises:
        Unexpected: if one of them is rejected.
    """
    from ..certificates.files import certificate_paths
    from ..certificates.outcomes import certificate_outcomes

    paths = certificate_paths(targets)
    found: dict[str, Outcome] = {}
    try:
        with progress(len(paths), Messages(common)) as bar:
            for outcome in certificate_outcomes(paths, workers):
                found[outcome.claim] = outcome
                bar.done(f"{outcome.claim}: {outcome.status}")
    finally:
        _print([found[path.stem] for path in paths if path.stem in found], common)
    wrong = [
        f"{claim} is rejected, {outcome.evidence[0]}" for claim, outcome in found.items() if not outcome.as_expected
    ]
    if wrong:
        raise Unexpected("; ".join(wrong))


def _print(outcomes: Sequence[Outcome], common: Common) -> None:
    rows = [outcome.row() for outcome in outcomes]
    if not common.json:
        rows = [
            {
                "certificate": row["claim"],
                "status": row["status"],
                "time": f"{row['seconds']:.1f} s",
                "evidence": row["evidence"][0],
            }
            for row in rows
        ]
    emit(rows, common)
