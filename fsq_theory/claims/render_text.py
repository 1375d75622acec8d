"""An account of a derivation for a terminal: the statement and proof as written, then each step with its check."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from .account import HOW, Part, Written, account, lemma_parts
from .outcome import Outcome
from .step import Step

WIDTH = 100
"""Columns of a line."""


def text(derivation: Written, steps: Sequence[Step], outcome: Outcome | None = None) -> str:
    """The account as plain text.

    Args:
        derivation: what was written.
        steps: what was decided.
        outcome: what it came to.
    """
    lines: list[str] = []
    previous = ""
    for part in account(derivation, steps, outcome):
        if lines and not (
            previous == part.kind and part.kind in ("fact", "item", "quoted", "check", "step", "reference")
        ):
            lines.append("")
        lines += _lines(part)
        previous = part.kind
    return "\n".join(lines) + "\n"


def _lines(part: Part) -> list[str]:
    if part.kind == "title":
        return [part.text, "=" * len(part.text)]
    if part.kind == "fact":
        return _wrapped(f"{part.label + ':':<10}", part.text)
    if part.kind == "heading":
        return [part.text, "-" * len(part.text)]
    if part.kind in ("display", "code"):
        return [f"    {line}" for line in part.text.splitlines()]
    if part.kind == "formula":
        return [f"    {part.label}"]
    if part.kind in ("item", "quoted", "reference"):
        return _wrapped(f"[{part.label}] " if part.kind == "reference" else "- ", part.text)
    if part.step is not None:
        return _step(part.step)
    return _wrapped("", part.text)


def _step(step: Step) -> list[str]:
    """What a step says, whether it passed, how it was decided and what was found."""
    if step.role == "lemma":
        source, proof = lemma_parts(step)
        lines = _wrapped("  [lemma]  ", f"{step.name}: {step.statement}")
        lines += _wrapped("           ", f"Reference: [{source}]") if source else []
        return lines + (_wrapped("           ", f"Proof: {proof}") if proof else [])
    mark = "passed" if step.passed is True else "FAILED"
    role = "" if step.role in ("step", "cross-check") else f"{step.role}; "
    lines = _wrapped(f"  [{mark}] ", f"{step.name}: {step.statement}")
    return lines + _wrapped("           ", f"({role}{HOW[step.method]}{': ' * bool(step.detail)}{step.detail})")


def _wrapped(lead: str, content: str) -> list[str]:
    """Lines of text after a lead, the others indented to its width."""
    return textwrap.wrap(
        re.sub(r"\s+", " ", content.strip()) or "-",
        WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )
