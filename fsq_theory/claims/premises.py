"""Claims that rest on other claims: a lemma that has a derivation of its own stands only while that one does."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from .outcome import Outcome
from .status import Status

ESTABLISHED: frozenset[Status] = frozenset(("proved", "certified"))
"""What the status of a claim has to be for others to rest on it."""


def premises(outcome: Outcome) -> list[str]:
    """The claims that the lemmas of an outcome name, each once, in order."""
    return list(dict.fromkeys(step.claim for step in outcome.steps if step.claim))


def settled(found: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Outcomes with the statuses that their premises allow.

    A claim with a premise that is not established, is missing from ``found`` or rests on the claim itself is open; a
    proved claim with a premise that is only certified, however far down, is certified.
    """
    done: dict[str, Outcome] = {}
    for claim in found:
        _settle(claim, found, done, ())
    return {claim: done[claim] for claim in found}


def _settle(claim: str, found: Mapping[str, Outcome], done: dict[str, Outcome], above: tuple[str, ...]) -> Status:
    """Settle one claim below those that rest on it; its status, ``open`` for one that is missing or above itself."""
    if claim not in found or claim in above:
        return "open"
    if claim not in done:
        outcome = found[claim]
        statuses = {name: _settle(name, found, done, (*above, claim)) for name in premises(outcome)}
        fallen = [name for name, status in statuses.items() if status not in ESTABLISHED]
        if fallen and outcome.status != "open":
            lines = [
                f"rests on {name}, which is {statuses[name] if name in found else 'not examined'}" for name in fallen
            ]
            outcome = dataclasses.replace(outcome, status="open", evidence=[*lines, *outcome.evidence])
        elif outcome.status == "proved" and "certified" in statuses.values():
            outcome = dataclasses.replace(outcome, status="certified")
        done[claim] = outcome
    return done[claim].status
