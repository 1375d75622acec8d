"""Text with formulas in it, as docstrings have it, taken apart: paragraphs, lists and displays; words, formulas, code.

Formulas in running text are not marked there.  They are recognised: by symbols, subscripts and superscripts, by
letters that stand alone, and by numbers and short names that stand beside an operator.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .notation import (
    COMMANDS,
    LITERAL,
    NAMED,
    SHORT_WORDS,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    UPRIGHT,
    closing,
    decomposed,
)

TYPOGRAPHY = frozenset("–’…%#&$}\\•\u00a0\u202f")
"""Characters of running text, though formulas may have them too."""

SYMBOLS = frozenset({*COMMANDS, *LITERAL, *SUPERSCRIPTS, *SUBSCRIPTS, *"ΣΠ′″∛~^"}) - TYPOGRAPHY
"""Characters that make a word a formula."""

OPERATORS = frozenset("=<>+−≤≥≠≈≡∼∝≪≫∈∉⊂⊆∪∩→↦⇒⇔·×±/~|∫Σ")
"""Characters that make a formula of what stands beside them."""


ACCENTED = re.compile("[^\\W\\d_][\u0302-\u0304\u0307](?![a-zA-Z])")
"""A variable under a hat, a bar, a tilde or a dot."""

INTERVAL = re.compile(r"[\[(][^\[\]()]{1,24}, [^\[\]()]{1,24}[\])](?=\S)?")
"""A pair in brackets, such as an interval."""


@dataclass(frozen=True)
class Span:
    """A piece of running text."""

    kind: Literal["words", "formula", "code"]
    text: str


@dataclass(frozen=True)
class Block:
    """A paragraph, one item of a list, or a display: lines of formulas that stand alone."""

    kind: Literal["paragraph", "item", "display"]
    text: str


def blocks(text: str) -> list[Block]:
    """The paragraphs, list items and displays of a section of a docstring.

    Lines that are indented by four or more are a display, unless they read as words; ``- `` begins an item.
    """
    found: list[Block] = []
    for chunk in re.split(r"\n\s*\n", text):
        group: list[str] = []
        kind = ""
        for line in chunk.splitlines():
            indented = line.startswith("    ")
            item = re.match(r"\s*(?:[-*•]|\(?[a-z0-9]{1,3}[).])\s+(?=\S)", line)
            starts = (
                "display" if indented and not _wordy(line) else "item" if item and line.lstrip()[0] in "-*•" else ""
            )
            if kind and (starts or kind == "display") and starts != "display" * (kind == "display"):
                found.append(_block(kind, group))
                group, kind = [], ""
            kind = kind or starts or "paragraph"
            group.append(line[item.end() :] if starts == "item" and item else line)
        if group:
            found.append(_block(kind, group))
    return found


def _block(kind: str, lines: list[str]) -> Block:
    if kind == "display":
        return Block("display", "\n".join(line.strip() for line in lines))
    return Block("item" if kind == "item" else "paragraph", " ".join(" ".join(lines).split()))


def _wordy(line: str) -> bool:
    """Whether a line has more words than formulas have."""
    words = [word for word in re.findall(r"(?<![\w{^\\])[A-Za-z]{3,}(?![\w(])", line) if word not in NAMED | UPRIGHT]
    return len(words) > 4 and len(words) * 2 > len(line.split())


def spans(text: str) -> list[Span]:
    """Running text as words, formulas and code, in order; together they are the text, with single spaces."""
    words = [_Word(word) for word in _split(decomposed(" ".join(text.split())))]
    _spread(words)
    found: list[Span] = []
    run: list[_Word] = []
    for place, word in enumerate(words):
        if place and not run:
            found.append(Span("words", " "))
        if word.kind == "formula":
            run.append(word)
            following = words[place + 1] if place + 1 < len(words) else None
            if word.after or following is None or following.kind != "formula":
                found += [*_formula(" ".join(part.core for part in run)), Span("words", word.after)]
                run = []
        else:
            found += [Span("words", word.before), Span(word.kind, word.core), Span("words", word.after)]
    return list(_merged(found))


def _merged(found: list[Span]) -> Iterator[Span]:
    """Neighbouring words as one span, empty ones left out."""
    words = ""
    for span in found:
        if span.kind == "words":
            words += span.text
            continue
        if words:
            yield Span("words", words)
            words = ""
        if span.text:
            yield span
    if words:
        yield Span("words", words)


def _formula(text: str) -> list[Span]:
    """A formula, with round brackets that have no partner in it given back to the words around it."""
    depth: list[int] = []
    alone = []
    for place, symbol in enumerate(text):
        if symbol == "(":
            depth.append(place)
        elif symbol == ")" and not depth:
            alone.append(place)
        elif symbol == ")":
            depth.pop()
    alone = sorted(alone + depth)
    half_open = re.search(r"\[[^\[\]()]*,[^\[\]()]*\)|\([^\[\]()]*,[^\[\]()]*\]", text)
    if not alone or half_open:
        return [Span("formula", text)]
    found: list[Span] = []
    start = 0
    for place in [*alone, len(text)]:
        part = text[start:place]
        left, right = len(part) - len(part.lstrip()), len(part) - len(part.rstrip())
        found += [Span("words", part[:left]), Span("formula", part.strip())]
        found.append(Span("words", part[len(part) - right :] * bool(part.strip()) + text[place : place + 1]))
        start = place + 1
    return found


def _split(text: str) -> Iterator[str]:
    """Words between spaces; quotations, groups in braces or after a function's name, and intervals stay whole."""
    start = place = 0
    while place < len(text):
        symbol = text[place]
        end = 0
        if symbol == "`":
            end = text.find("``", place + 2) + 1 if text.startswith("``", place) else text.find("`", place + 1)
        elif symbol == "{":
            end = closing(text, place)
        elif symbol == "(" and place > start and (text[place - 1].isalnum() or text[place - 1] in "√^_'′)"):
            end = closing(text, place, "()")
        elif symbol in "([" and place == start and (found := INTERVAL.match(text, place)):
            end = found.end() - 1
        if place < end < place + 120:
            place = end
        elif symbol == " ":
            yield text[start:place]
            start = place + 1
        place += 1
    if text[start:]:
        yield text[start:]


class _Word:
    """A word of running text: what it is by itself, and what stands around it."""

    kind: Literal["words", "formula", "code"] = "words"

    def __init__(self, text: str) -> None:
        found = re.fullmatch(r"(.*?)([.,;:!?]*)", text, re.DOTALL)
        assert found is not None
        self.before = ""
        self.core, self.after = found.groups()
        self.bare = self.core.strip("()[]")
        quoted = re.fullmatch(r"\(?(``?)([^`]+)\1\)?", self.core)
        code = quoted[2] if quoted else self.bare if _is_code(self.bare) else ""
        if code:
            self.kind = "code"
            self.before, _, rest = self.core.partition(quoted[1] + code + quoted[1] if quoted else code)
            self.core, self.after = code, rest + self.after
        elif _is_formula(self.core, self.bare):
            self.kind = "formula"

    @property
    def named(self) -> bool:
        """Whether it is the name of an operator, such as log."""
        return self.bare in NAMED | UPRIGHT

    @property
    def joins(self) -> bool:
        """Whether it becomes a formula beside an operator: a number, or a short name."""
        if re.fullmatch(r"[-\d.,()/ ]*\d[-\d.,()/ ]*[a-zA-Z]{0,2}|[A-Za-z]{1,2}", self.bare):
            return self.bare.lower() not in SHORT_WORDS
        return self.named


def _spread(words: list[_Word]) -> None:
    """Make formulas of the words beside an operator, until nothing changes."""
    changed = True
    while changed:
        changed = False
        for left, right in itertools.pairwise(words):
            if left.after:
                continue
            for word, other, edge in ((left, right, right.core[:1]), (right, left, left.core[-1:])):
                beside = edge in OPERATORS or (word is left and word.named)
                if word.kind == "words" and other.kind == "formula" and word.joins and beside:
                    word.kind, changed = "formula", True


def _is_code(word: str) -> bool:
    """Whether a word is a name of a program: a file, an option, or long parts joined by underscores."""
    if re.search(r"\w\.(py|toml|bib|md|npy|csv)$", word) or re.fullmatch(r"--[a-z-]+", word):
        return True
    return bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9.]+(_[A-Za-z0-9.]{2,})+(\(\))?", word))


def _is_formula(core: str, bare: str) -> bool:
    """Whether a word is a formula whatever stands beside it."""
    if any(symbol in SYMBOLS for symbol in core) or re.search(r"[\w)}']_[\w{]", core) or ACCENTED.search(core):
        return True
    if bare in ("=", "<", ">", "+", "/", "|", "<=", ">="):
        return True
    if re.fullmatch(r"[A-Za-z]'*", bare):
        return bare not in ("a", "A", "I")
    runs = re.findall(r"[A-Za-z]+", bare)
    short = all(len(run) == 1 or re.fullmatch(r"d[A-Za-z]", run) or run in NAMED | UPRIGHT for run in runs)
    return (
        bool(runs)
        and short
        and bool(re.fullmatch("d[A-Z]|d[tuvwxyz]", bare) or re.search(r"[\w)]'?\(|[+=<>|*/]", bare))
    )
