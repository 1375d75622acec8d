"""References: what references.bib holds."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from ..content import bibliography


@cache
def reference_keys() -> frozenset[str]:
    """Keys of the entries of references.bib."""
    return frozenset(re.findall(r"^@\w+\{([^,\s]+),", bibliography().read_text(encoding="utf-8"), re.MULTILINE))


@cache
def _entries() -> dict[str, str]:
    """The text of each entry of references.bib, by key."""
    text = bibliography().read_text(encoding="utf-8")
    parts = re.split(r"^@\w+\{([^,\s]+),", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def reference_text(key: str) -> str:
    """An entry of references.bib in one line: authors, title, where it appeared, year."""
    entry = _entries()[key]

    def read(name: str) -> str:
        found = re.search(rf"^\s*{name}\s*=\s*\{{(.*?)\}},?\s*$(?=\s*(?:\w+\s*=|\}}))", entry, re.MULTILINE | re.DOTALL)
        return " ".join(_plain(found[1]).split()) if found else ""

    authors = [name.split(",")[0] for name in read("author").split(" and ")]
    people = " and ".join(authors) if len(authors) < 3 else f"{authors[0]} et al."
    place = read("journal") or read("booktitle") or read("publisher") or f"arXiv {read('eprint')}"
    return f"{people.replace(' and others', ' et al.')}, {read('title')}, {place}, {read('year')}"


def _plain(text: str) -> str:
    """BibTeX's accents as letters, its braces dropped."""
    marks = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303"}
    accented = re.sub(
        r"\\(['`^\"~])\{?(\w)\}?", lambda found: unicodedata.normalize("NFC", found[2] + marks[found[1]]), text
    )
    return accented.replace("{", "").replace("}", "").replace("--", "–")
