"""A derivation as an account for readers: what is stated, why, how each step was decided, and what the status rests on.

The account is a list of parts in reading order; :mod:`.render_text`, :mod:`.render_markdown` and :mod:`.render_latex`
write it down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from .outcome import Outcome
from .prose import blocks
from .references import reference_keys, reference_text
from .status import Status
from .step import Step

Kind = Literal[
    "title",
    "fact",
    "heading",
    "paragraph",
    "item",
    "quoted",
    "display",
    "formula",
    "step",
    "lemma",
    "check",
    "code",
    "reference",
]

HOW = {
    "algebra": "by exact algebra",
    "balls": "by enclosure in ball arithmetic",
    "numbers": "by floating-point numbers",
    "reference": "not decided by the machine",
}
"""How a step was decided, by its method."""


class Written(Protocol):
    """What an account needs of a derivation, or of its entry in the ledger."""

    @property
    def claim(self) -> str:
        """Name in the ledger."""

    @property
    def title(self) -> str:
        """What it is about."""

    @property
    def source(self) -> str:
        """Where the statement is from."""

    @property
    def sections(self) -> Mapping[str, str]:
        """The text of its Statement, Assumptions, Proof and Remarks."""

    @property
    def needs(self) -> str:
        """What would settle an open claim."""


@dataclass(frozen=True)
class Part:
    """One part of an account: its text, under a label where it has one, and for steps the step.

    A ``formula`` is LaTeX, its label the same in plain text; what is ``quoted`` has no formulas to be set as such.
    """

    kind: Kind
    text: str = ""
    label: str = ""
    step: Step | None = None


def account(derivation: Written, steps: Sequence[Step], outcome: Outcome | None = None) -> list[Part]:
    """The parts of an account of a derivation.

    Args:
        derivation: what was written.
        steps: what was decided; empty if nothing was run.
        outcome: what it came to; without one the account says nothing of a status.
    """
    return list(_parts(derivation, steps, outcome))


def status_in_words(status: Status, steps: Sequence[Step]) -> str:
    """The status, with the number of lemmas that it is given; those that are claims of the ledger do not count."""
    lemmas = sum(step.role == "lemma" and not step.claim for step in steps)
    earned = status in ("proved", "certified", "refuted") and lemmas
    return f"{status}, given {lemmas} lemma{'s' if lemmas > 1 else ''}" if earned else status


def lemma_parts(step: Step) -> tuple[str, str]:
    """The reference of a lemma and its proof in words; either may be empty."""
    found = re.fullmatch(r"(?:\[([^]]*)\])?(?:; )?(.*)", step.detail, re.DOTALL)
    assert found is not None
    return found[1] or "", found[2]


TOO_LONG = "The formula that was decided is too long to be set here; the file has it."
"""Stands in the place of a formula that no page is wide enough for."""


def formula_of(step: Step) -> str:
    """LaTeX of what was decided in a step, with plain brackets around plain arguments; empty if nothing is to be shown.

    Nothing is where both sides came out alike.
    """
    found = step.formula() if step.formula is not None else ""
    found = re.sub(r"\{\\left\((\\?\w+(?:_\{\w+\})?(?:,\\?\w+)?) \\right\)\}", r"(\1)", found)
    left, _, right = found.partition(" = ")
    return "" if left == right else found


def _parts(derivation: Written, steps: Sequence[Step], outcome: Outcome | None) -> Iterator[Part]:
    yield Part("title", derivation.title or (outcome.title if outcome is not None else derivation.claim))
    yield Part("fact", derivation.claim, "Claim")
    if outcome is not None:
        yield Part("fact", status_in_words(outcome.status, steps), "Status")
        if outcome.expected and not outcome.as_expected:
            yield Part("fact", " or ".join(sorted(outcome.expected)), "Expected")
    if derivation.source:
        yield Part("fact", derivation.source, "Source")
    for name in ("Statement", "Assumptions", "Proof", "Remarks"):
        if text := derivation.sections.get(name, ""):
            yield Part("heading", name)
            yield from (Part(block.kind, block.text) for block in blocks(text))
    if outcome is not None and outcome.said:
        yield Part("heading", "Statement")
        yield Part("formula", outcome.formula, outcome.said[0])
        yield from (Part("quoted", line) for line in outcome.said[1:])
    if derivation.needs:
        yield Part("heading", "What would settle it")
        yield Part("paragraph", " ".join(derivation.needs.split()))
    if argued := [step for step in steps if step.role != "cross-check"]:
        yield Part("heading", "Steps, as decided by the machine")
        yield from (
            Part("lemma" if step.role == "lemma" else "step", step.statement, step.name, step) for step in argued
        )
    if checks := [step for step in steps if step.role == "cross-check"]:
        yield Part("heading", "Numerical cross-checks, which prove nothing")
        yield from (Part("check", step.statement, step.name, step) for step in checks)
    if outcome is not None and outcome.evidence:
        yield Part("heading", "What the status rests on")
        # Evidence of a user's claim names its variables and specs as Python does.
        yield from (Part("quoted" if outcome.said else "item", line) for line in outcome.evidence)
    if outcome is not None and outcome.counterexample is not None:
        yield Part("heading", "Counterexample")
        yield Part("code", outcome.counterexample.rstrip())
    if cited := _cited(derivation, steps):
        yield Part("heading", "References")
        yield from (Part("reference", reference_text(key), key) for key in cited)


def _cited(derivation: Written, steps: Sequence[Step]) -> list[str]:
    """Keys of references.bib that are cited, in the order of their first citation."""
    places = [derivation.source, derivation.title, *derivation.sections.values(), derivation.needs]
    text = "\n".join([*places, *(f"{step.statement} {step.detail}" for step in steps)])
    found = re.findall(r"\b[A-Za-z]{1,12}(?:\d\d)?\b", text)
    bracketed = set(re.findall(r"[\w]+", " ".join(re.findall(r"\[[^][]*\]", text)) + " " + derivation.source))
    return [key for key in dict.fromkeys(found) if key in reference_keys() and key in bracketed]
