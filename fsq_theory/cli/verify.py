"""``fsq-theory verify``: the ledger of claims, each with the status that it earns, and users' own claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..errors import InputError
from .options import Common, Single, Whole
from .outcome import Inconclusive, Unexpected
from .output import Messages, emit
from .progress import progress

if TYPE_CHECKING:
    from ..claims.ledger import Entry
    from ..claims.outcome import Outcome

COLUMNS = ("claim", "status", "time", "evidence")
"""Columns of the table."""

LONGEST = 72
"""A line of evidence with more characters than this is cut in the table."""

FORMATS = {"text": ".txt", "markdown": ".md", "latex": ".tex"}
"""Forms of an account, and what its file ends in."""


def verify(
    *targets: str,
    explain: Annotated[bool, Single] = False,
    certificates: Annotated[bool, Single] = False,
    form: Annotated[str | None, Parameter(name="--format", show_default=False)] = None,
    output: Annotated[str | None, Parameter(name=["--output", "-o"], show_default=False)] = None,
    tries: Annotated[Whole | None, Parameter(show_default=False)] = None,
    boxes: Annotated[Whole | None, Parameter(show_default=False)] = None,
    workers: Annotated[Whole | None, Parameter(show_default=False)] = None,
    common: Common = Common(),
) -> None:
    """Verify claims: run their proofs step by step, or try to break a claim of your own.

    Exit status 1 where a claim has another status than its file expects, 3 where a claim of your own stayed open.

    Args:
        targets: claims of the ledger, such as path-kl; files with a derivation or with a function claim(); folders of
            such files. The whole ledger if none is named.
        explain: print the statement, the proof, and each step with its check.
        certificates: check stored certificates instead, all or those named, each enclosure in them computed again.
        form: form of what --explain prints: text, markdown or latex.
        output: write it to this file, or with several claims to a folder, one file each.
        tries: most codebooks, or points, that a search for a counterexample to your claim looks at.
        boxes: most boxes of branch and bound on your claim.
        workers: processes side by side; by default one a processor.
        common: options of every command.
    """
    _check(explain, form, output, {"--tries": tries, "--boxes": boxes, "--workers": workers})
    if certificates:
        from .certificates import verify_certificates

        _alone(explain, {"--tries": tries, "--boxes": boxes})
        verify_certificates(targets, workers, common)
        return
    from ..claims.ledger import entries_of
    from ..claims.premises import settled
    from ..claims.runner import Settings

    entries = entries_of(targets)
    place = _place(output, len(entries), form or "text")
    settings = Settings(common.seed, tries, boxes, formulas=explain and (common.json or form not in (None, "text")))
    found: dict[str, Outcome] = {}
    try:
        _examine(entries, settings, workers, common, found)
    except KeyboardInterrupt:
        if found:
            _print(entries, settled(found), common, explain, form or "text", place)
        raise
    found = settled(found)
    _print(entries, found, common, explain, form or "text", place)
    _judge(entries, found)


def _check(explain: bool, form: str | None, output: str | None, counts: Mapping[str, int | None]) -> None:
    """Refuse options that contradict each other, or numbers below 1."""
    if form is not None and form not in FORMATS:
        raise InputError(f"--format {form}: expected one of {', '.join(FORMATS)}")
    for name, given in (("--format", form), ("--output", output)):
        if given is not None and not explain:
            raise InputError(f"{name} {given}: expected with --explain, which says what is to be written")
    for name, count in counts.items():
        if count is not None and count < 1:
            raise InputError(f"{name} {count}: expected a whole number of at least 1")


def _alone(explain: bool, counts: Mapping[str, int | None]) -> None:
    """Refuse beside --certificates what is for claims."""
    given = [name for name, value in {"--explain": explain or None, **counts}.items() if value is not None]
    if given:
        raise InputError(f"{given[0]}: expected without --certificates")


def _place(output: str | None, count: int, form: str) -> Path | None:
    """Where accounts are written to: a file for all of them, or a folder."""
    if output is None:
        return None
    place = Path(output)
    single = place.suffix == FORMATS[form] and not place.is_dir()
    if not output or (place.is_file() and not single):
        raise InputError(f"--output {output!r}: expected a folder, or a file that ends in {FORMATS[form]}")
    return place


def _examine(
    entries: Sequence[Entry], settings: Any, workers: int | None, common: Common, found: dict[str, Outcome]
) -> None:
    """Fill ``found`` with outcomes by claim as they come, those of premises too, with a bar for who watches."""
    from ..claims.outcome import Outcome
    from ..claims.runner import outcomes

    with progress(len(entries), Messages(common)) as bar:
        for entry, event in outcomes(entries, settings, workers):
            if isinstance(event, Outcome):
                found[entry.claim] = event
                (bar.done if entry in entries else bar.say)(f"{entry.claim}: {event.status}")
            else:
                bar.say(f"{entry.claim}: {event.text}")


def _print(
    entries: Sequence[Entry],
    found: Mapping[str, Outcome],
    common: Common,
    explain: bool,
    form: str,
    place: Path | None,
) -> None:
    """Print what is finished, in the order of the ledger."""
    finished = [(entry, found[entry.claim]) for entry in entries if entry.claim in found]
    files = _write(finished, form, place) if place is not None else {}
    if common.json:
        rows = [outcome.row() | (_explained(entry, outcome) if explain else {}) for entry, outcome in finished]
        emit([row | ({"file": files[row["claim"]]} if files else {}) for row in rows], common)
    elif explain and place is None:
        print(_accounts(finished, form), end="")
    else:
        _print_table([outcome for _, outcome in finished], common, files)


def _print_table(outcomes: Sequence[Outcome], common: Common, files: Mapping[str, str]) -> None:
    """A row a claim; below them the counterexamples, ready to be pasted."""
    from ..claims.account import status_in_words

    rows = []
    for outcome in outcomes:
        row = {"claim": outcome.claim, "status": status_in_words(outcome.status, outcome.steps)}
        row |= {"time": f"{outcome.seconds:.1f} s", "evidence": _in_short(outcome.evidence), "title": outcome.title}
        rows.append(row | ({"file": files[outcome.claim]} if files else {}))
    emit(rows, common, (*COLUMNS, "file"))
    for outcome in outcomes:
        if outcome.counterexample is not None:
            print(f"\n# counterexample to {outcome.claim}\n{outcome.counterexample.rstrip()}")


def _in_short(evidence: Sequence[str]) -> str:
    """Evidence as a cell of a table; ``--explain`` and ``--json`` have all of it."""
    return "; ".join(line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…" for line in evidence)


def _explained(entry: Entry, outcome: Outcome) -> dict[str, Any]:
    """What ``--explain`` adds to a JSON row."""
    steps = [
        {
            **{name: getattr(step, name) for name in ("name", "statement", "passed", "role", "method", "detail")},
            "formula": step.formula() if step.formula is not None else None,
        }
        for step in outcome.steps
    ]
    said = {"said": list(outcome.said)} if outcome.said else {}
    return {
        "source": entry.source,
        **said,
        **{name.lower(): text for name, text in entry.sections.items()},
        "steps": steps,
    }


def _accounts(finished: Sequence[tuple[Entry, Outcome]], form: str) -> str:
    """Accounts of several claims, one after the other."""
    from ..claims.render_latex import document, latex
    from ..claims.render_markdown import markdown
    from ..claims.render_text import text

    if form == "latex":
        return document(latex(entry, outcome.steps, outcome) for entry, outcome in finished)
    write = markdown if form == "markdown" else text
    return "\n".join(write(entry, outcome.steps, outcome) for entry, outcome in finished)


def _write(finished: Sequence[tuple[Entry, Outcome]], form: str, place: Path) -> dict[str, str]:
    """Write the accounts to a file, or one each to a folder; which file holds which claim."""
    if place.suffix == FORMATS[form] and not place.is_dir():
        place.write_text(_accounts(finished, form), encoding="utf-8")
        return {outcome.claim: str(place) for _, outcome in finished}
    place.mkdir(parents=True, exist_ok=True)
    files = {outcome.claim: str(place / f"{outcome.claim}{FORMATS[form]}") for _, outcome in finished}
    for entry, outcome in finished:
        Path(files[outcome.claim]).write_text(_accounts([(entry, outcome)], form), encoding="utf-8")
    return files


def _judge(entries: Sequence[Entry], found: Mapping[str, Outcome]) -> None:
    """Raise what the statuses amount to: a status that was not expected, or a user's claim that stayed open."""
    undecided, wrong = [], []
    for entry in entries:
        outcome = found[entry.claim]
        hoped = outcome.as_expected or bool(outcome.expected & {"proved", "certified", "supported"})
        if entry.kind == "user" and outcome.status == "open" and hoped:
            undecided.append(entry.claim)
        elif not outcome.as_expected:
            expected = " or ".join(sorted(outcome.expected))
            reason = f"expected {expected}" if expected else outcome.evidence[0]
            wrong.append(f"{entry.claim} is {outcome.status}, {reason}")
    if wrong:
        raise Unexpected("; ".join(wrong))
    if undecided:
        raise Inconclusive(f"undecided: {', '.join(undecided)}; raise --tries or --boxes, or narrow the domain")
