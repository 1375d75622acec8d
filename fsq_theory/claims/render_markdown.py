"""An account of a derivation in Markdown, with formulas between dollars as GitHub and others set them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .account import HOW, TOO_LONG, Part, Written, account, formula_of, lemma_parts
from .notation import maths
from .outcome import Outcome
from .prose import spans
from .step import Step

LONGEST = 700
"""Formulas with more characters of LaTeX are left out: no page is wide enough."""


def markdown(derivation: Written, steps: Sequence[Step], outcome: Outcome | None = None, level: int = 1) -> str:
    """The account in Markdown.

    Args:
        derivation: what was written.
        steps: what was decided, with their formulas where these are to be shown.
        outcome: what it came to.
        level: of the title among headings.
    """
    written: list[str] = []
    previous = ""
    for part in account(derivation, steps, outcome):
        close = previous == part.kind and part.kind in ("fact", "item", "quoted", "reference")
        written.append(("\n" if close else "\n\n" if written else "") + _part(part, level))
        previous = part.kind
    return "".join(written) + "\n"


def _part(part: Part, level: int) -> str:
    if part.kind == "title":
        return f"{'#' * level} {running(part.text)}"
    if part.kind == "fact":
        return f"- **{part.label}:** {f'`{part.text}`' if part.label == 'Claim' else running(part.text)}"
    if part.kind == "heading":
        return f"{'#' * (level + 1)} {part.text}"
    if part.kind == "display":
        return "\n\n".join(display(maths(line)) for line in part.text.splitlines())
    if part.kind == "code":
        return f"```python\n{part.text}\n```"
    if part.kind == "formula":
        return display(part.text)
    if part.kind == "quoted":
        return f"- {escaped(part.text)}"
    if part.kind == "item":
        return f"- {running(part.text)}"
    if part.kind == "reference":
        return f"- \\[{part.label}\\] {escaped(part.text)}."
    return _step(part.step) if part.step is not None else running(part.text)


def _step(step: Step) -> str:
    """A step with the formula that was decided; a lemma set off as a quotation."""
    if step.role == "lemma":
        source, proof = lemma_parts(step)
        lines = [f"> **Lemma ({running(step.name)}).** {running(step.statement)}"]
        lines += [f"> *Reference:* \\[{escaped(source)}\\]"] if source else []
        lines += [f"> *Proof.* {running(proof)}"] if proof else []
        return "\n>\n".join(lines)
    head = f"**{running(step.name)}**{_role(step)} {running(step.statement)}"
    found = f": {running(step.detail)}" if step.detail else ""
    verdict = f"*{'Passed' if step.passed is True else '**FAILED**'}, {HOW[step.method]}{found}.*"
    if step.role == "cross-check":
        return f"- {head} — {verdict}"
    shown = formula_of(step)
    formula = display(shown) if len(shown) <= LONGEST else TOO_LONG
    return "\n\n".join([head, formula, verdict] if shown else [head, verdict])


def _role(step: Step) -> str:
    return "." if step.role in ("step", "cross-check") else f" ({step.role})."


def display(latex: str) -> str:
    """A formula that stands alone."""
    return f"$$\n{_plain_commands(latex)}\n$$"


def running(text: str) -> str:
    """Running text, its formulas between single dollars."""
    written = []
    for span in spans(text):
        if span.kind == "formula":
            written.append(f"${_plain_commands(maths(span.text))}$")
        else:
            written.append(f"`{span.text}`" if span.kind == "code" else escaped(span.text))
    return "".join(written).strip()


def escaped(text: str) -> str:
    """Words in which nothing is taken for a mark of Markdown's."""
    return re.sub(r"([\\`*_\[\]<>#$|~])", r"\\\1", text)


def _plain_commands(latex: str) -> str:
    """LaTeX without a backslash before punctuation, which Markdown would take for itself."""
    words = {r"\,": r"\thinspace ", r"\;": r"\thickspace ", r"\!": r"\negthinspace ", r"\:": r"\medspace "}
    words |= {r"\{": r"\lbrace ", r"\}": r"\rbrace ", r"\|": r"\Vert ", r"\\": r"\cr ", r"\ ": r"\space "}
    words |= {r"\%": r"\unicode{37}", r"\#": r"\unicode{35}", r"\&": r"\unicode{38}", r"\$": r"\unicode{36}"}
    safe = re.sub(r"\\[,;!:{}|\\ %#&$]", lambda found: words[found[0]], latex)
    return safe.replace("<", r"\lt ").replace(">", r"\gt ").replace("*", r"\ast ")
