"""What examining a claim came to: one record for the ledger's derivations and for users' own claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .status import Status
from .step import Step


@dataclass(frozen=True)
class Outcome:
    """A claim, examined.

    Attributes:
        claim: its name.
        title: what it says, in one line.
        status: what was earned.
        expected: the statuses that its file expects; a claim as expected is one of them.
        evidence: what the status rests on, a line each.
        seconds: wall-clock time of the examination.
        steps: of a derivation, for those who want to see them; empty for a user's claim.
        counterexample: Python that shows the smallest counterexample when pasted; None without one.
        said: of a user's claim, what it says and of what, a line each: the formula first, then its variables.
        formula: of a user's claim, LaTeX of what it says.
    """

    claim: str
    title: str
    status: Status
    expected: frozenset[Status]
    evidence: Sequence[str]
    seconds: float
    steps: Sequence[Step] = ()
    counterexample: str | None = None
    said: Sequence[str] = ()
    formula: str = ""

    @property
    def as_expected(self) -> bool:
        """Whether the status is one that the claim's file expects."""
        return self.status in self.expected

    def row(self) -> dict[str, Any]:
        """The record as ``verify --json`` prints it."""
        return {
            "claim": self.claim,
            "title": self.title,
            "status": self.status,
            "expected": sorted(self.expected),
            "evidence": list(self.evidence),
            "seconds": round(self.seconds, 3),
            "counterexample": self.counterexample,
        }
