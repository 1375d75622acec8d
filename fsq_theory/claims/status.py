"""The status of a claim: what its steps earn, never more.

proved          every step decided by exact algebra, given the lemmas it names
certified       every step decided, at least one of them by rigorous enclosure
refuted         every step decided, and one of them is a counterexample, exact or enclosed
supported       searched for a counterexample, none found
reproduced      a published number against ours; not-reproduced if they differ
open            none of these; also whenever a step failed or could not be decided
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from .step import Step

Status = Literal["proved", "certified", "supported", "refuted", "reproduced", "not-reproduced", "open"]

STATUSES: tuple[Status, ...] = get_args(Status)


def earned(concludes: Status, steps: Sequence[Step]) -> Status:
    """The status that steps earn for a derivation that would conclude ``concludes``; ``open`` if they do not earn it.

    A derivation that concludes *proved* but has a step decided by enclosure earns *certified*.
    """
    if not steps or not all(step.passed is True for step in steps):
        return "open"
    decided = [step for step in steps if step.role in ("step", "counterexample")]
    enclosed = any(step.method == "balls" for step in decided)
    rigorous = bool(decided) and all(step.method in ("algebra", "balls") for step in decided)
    if concludes in ("proved", "certified"):
        return "open" if not rigorous else "certified" if enclosed else "proved"
    if concludes == "refuted":
        return "refuted" if rigorous and any(step.role == "counterexample" for step in decided) else "open"
    if concludes == "supported":
        return "supported" if any(step.role == "search" for step in steps) else "open"
    return "open"


def evidence(steps: Sequence[Step]) -> list[str]:
    """What a status rests on, a line each: failed steps first, then steps by method, lemmas, searches, cross-checks."""
    lines = [f"not decided: {step.name}: {step.statement}" for step in steps if step.passed is not True]
    counts = {
        "decided by algebra": sum(
            step.role in ("step", "counterexample") and step.method == "algebra" for step in steps
        ),
        "decided by enclosure": sum(
            step.role in ("step", "counterexample") and step.method == "balls" for step in steps
        ),
    }
    lines += [f"{count} step{'s' if count > 1 else ''} {how}" for how, count in counts.items() if count]
    lines += [
        f"counterexample: {step.statement}" + (f" ({step.detail})" if step.detail else "")
        for step in steps
        if step.role == "counterexample" and step.passed is True
    ]
    lines += [f"given claim: {step.claim}" for step in steps if step.claim]
    lines += [
        f"given lemma: {step.name}{_where(step.detail)}" for step in steps if step.role == "lemma" and not step.claim
    ]
    lines += [f"search: {step.statement}: {step.detail}" for step in steps if step.role == "search"]
    checks = sum(step.role == "cross-check" for step in steps)
    return lines + ([f"{checks} numerical cross-check{'s' if checks > 1 else ''}"] if checks else [])


def _where(detail: str) -> str:
    """The reference of a lemma, or that it is proved on the spot."""
    return " " + detail[: detail.index("]") + 1] if detail.startswith("[") else " (proved in words)"
