"""Derivations: one file a theorem, with its statement, assumptions, proof in steps and numerical cross-checks.

A derivation is a Python file whose docstring is written to be read: a title, then paragraphs that begin with
``Statement.``, ``Assumptions.``, ``Proof.`` and, if there are any, ``Remarks.``  It defines

- ``CLAIM``, the claim's name in the ledger, and ``SOURCE``, where the statement is from;
- ``CONCLUDES``, the status that its steps earn if all of them pass (``proved``, ``certified``, ``refuted``, ``open``…);
- ``derive(**constants) -> Iterator[Step]``, a generator whose defaults are the statement's own constants: proof first,
  numerical cross-checks last;
- ``WRONG``, deliberately wrong variants: a description to the constants that make it, none of which may pass;
- for a claim that is still open, ``NEEDS`` instead of ``derive``: what would settle it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..content import load_module
from ..errors import InputError
from .status import STATUSES, Status, earned
from .step import Step

SECTIONS = ("Statement", "Assumptions", "Proof", "Remarks")


@dataclass(frozen=True)
class Derivation:
    """What a derivation's file says, before its steps are run.

    Attributes:
        claim: name in the ledger.
        title: first paragraph of the docstring.
        source: where the statement is from.
        concludes: the status its steps earn if all pass.
        sections: the docstring's paragraphs by section, as written.
        path: the file.
        derive: makes and decides the steps; None for a claim that is open.
        wrong: deliberately wrong variants of the constants, by description.
        needs: for an open claim, what would settle it.
    """

    claim: str
    title: str
    source: str
    concludes: Status
    sections: Mapping[str, str]
    path: Path
    derive: Callable[..., Iterable[Step]] | None
    wrong: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    needs: str = ""

    def steps(self, **constants: Any) -> Iterator[Step]:
        """The steps, each decided as it is asked for; none for an open claim."""
        return iter(() if self.derive is None else self.derive(**constants))

    def until_failure(self, **constants: Any) -> list[Step]:
        """The steps up to the first that failed other than a cross-check; all of them if none did."""
        taken: list[Step] = []
        for step in self.steps(**constants):
            taken.append(step)
            if step.passed is not True and step.role in ("step", "counterexample"):
                break
        return taken

    def status(self, steps: Sequence[Step]) -> Status:
        """The status that these steps earn."""
        return earned(self.concludes, steps)


def read_derivation(path: Path) -> Derivation:
    """The derivation that a file defines; the file is executed.

    Raises:
        InputError: if the file is no derivation, naming what it lacks.
    """
    module = load_module(path)

    def lacks(what: str) -> InputError:
        return InputError(f"{path}: a derivation expects {what}")

    claim, concludes = getattr(module, "CLAIM", None), getattr(module, "CONCLUDES", None)
    if not isinstance(claim, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", claim):
        raise lacks("CLAIM, a name of lower-case words joined by hyphens")
    if concludes not in STATUSES:
        raise lacks(f"CONCLUDES, one of {', '.join(STATUSES)}")
    derive, needs = getattr(module, "derive", None), getattr(module, "NEEDS", "")
    if (derive is None) != (concludes == "open") or (derive is None) != bool(needs):
        raise lacks("a function derive(), or CONCLUDES = 'open' and NEEDS for a claim without one")
    title, sections = sections_of(module.__doc__ or "")
    if not title or "Statement" not in sections or (derive is not None and "Proof" not in sections):
        raise lacks("a docstring with a title and paragraphs that begin with Statement. and Proof.")
    wrong = getattr(module, "WRONG", {})
    return Derivation(
        claim, title, getattr(module, "SOURCE", ""), concludes, sections, path.resolve(), derive, wrong, needs
    )


def sections_of(docstring: str) -> tuple[str, dict[str, str]]:
    """The title of a docstring, and the text of each section."""
    title, _, rest = docstring.strip().partition("\n\n")
    heads = re.split(rf"^({'|'.join(SECTIONS)})\.\s+", rest, flags=re.MULTILINE)
    sections = {name: text.rstrip() for name, text in zip(heads[1::2], heads[2::2], strict=True)}
    return " ".join(title.split()).rstrip("."), sections


def run_as_script(path: str) -> int:
    """Run the derivation of a file and print each step; 0 if it earns the status that it concludes, else 1."""
    found = read_derivation(Path(path))
    steps = list(found.steps())
    status = found.status(steps)
    print(found.title)
    for step in steps:
        mark = "lemma " if step.role == "lemma" else "passed" if step.passed else "FAILED"
        print(f"  [{mark}] {step.name}: {step.statement}")
    print(f"{found.claim}: {status}")
    return int(status != found.concludes)
