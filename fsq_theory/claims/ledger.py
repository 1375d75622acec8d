"""The ledger: every claim that has a derivation, and where to find it.

What a derivation's file says of itself is read without running it, so that naming a claim, or listing all of them,
costs no more than reading the files.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..content import content_folder, modules_in
from ..errors import InputError
from .derivation import Derivation, read_derivation, sections_of


@dataclass(frozen=True)
class Entry:
    """A file that can be verified.

    Attributes:
        claim: the claim's name.
        path: the file.
        kind: a derivation, or a user's claim that is to be broken.
        title: of a derivation, what it is about.
        source: of a derivation, where its statement is from.
        concludes: of a derivation, the status that its file expects.
        sections: of a derivation, the text of its Statement, Assumptions, Proof and Remarks.
        needs: of an open claim, what would settle it.
    """

    claim: str
    path: Path
    kind: Literal["derivation", "user"] = "derivation"
    title: str = ""
    source: str = ""
    concludes: str = ""
    sections: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""


def ledger() -> list[Derivation]:
    """The derivations that the package carries: the paper's claims first, each executed as far as it is defined.

    Raises:
        InputError: if a file is no derivation, or if two have the same claim.
    """
    return [read_derivation(entry.path) for entry in ledger_entries()]


def ledger_entries() -> list[Entry]:
    """What the derivations that the package carries say of themselves, in the order of :func:`ledger`."""
    return folder_entries(content_folder("derivations"))


def folder_entries(folder: Path) -> list[Entry]:
    """The claims of a folder's Python files, those that begin with ``_`` left out.

    Raises:
        InputError: if there are none, if one cannot be read, or if two have the same claim.
    """
    found = [read_entry(folder / f"{name}.py") for name in modules_in(folder)]
    if not found:
        raise InputError(f"{folder}: expected a folder of derivations or claims, as .py files")
    return sorted(distinct(found), key=_place)


def read_entry(path: Path) -> Entry:
    """What a Python file says of the claim in it; the file is not executed.

    Raises:
        InputError: if it is not Python, or neither a derivation nor a user's claim.
    """
    if path.suffix != ".py" or not path.is_file():
        raise InputError(f"{path}: expected a .py file with a derivation or a function claim()")
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        where = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        raise InputError(f"{path}{where}: not Python: {error.args[0]}") from None
    said = {name: value for name, value in _assignments(tree) if name in ("CLAIM", "SOURCE", "CONCLUDES", "NEEDS")}
    if "CLAIM" not in said:
        if any(isinstance(node, ast.FunctionDef) and node.name == "claim" for node in tree.body):
            return Entry(path.stem.replace("_", "-"), path.resolve(), "user")
        raise InputError(f"{path}: expected CLAIM, of a derivation, or a function claim(), of a claim to be broken")
    for name, value in said.items():
        if not isinstance(value, str):
            raise InputError(f"{path}: {name} is to be a string, written out")
    title, sections = sections_of(ast.get_docstring(tree, clean=False) or "")
    return Entry(
        said["CLAIM"],
        path.resolve(),
        "derivation",
        title,
        said.get("SOURCE", ""),
        said.get("CONCLUDES", ""),
        sections,
        said.get("NEEDS", ""),
    )


def entries_of(targets: Sequence[str | Path]) -> list[Entry]:
    """What names and paths stand for, each once: claims of the ledger, files, folders; the whole ledger for none.

    Raises:
        InputError: if one of them is neither a claim of the ledger nor a path that holds claims.
    """
    if not targets:
        return ledger_entries()
    known: dict[str, Entry] = {}
    found: dict[Path, Entry] = {}
    for target in targets:
        path = Path(target)
        if isinstance(target, Path) or path.suffix == ".py" or path.name != str(target):
            entries = folder_entries(path) if path.is_dir() else [read_entry(path)]
        else:
            known = known or {entry.claim: entry for entry in ledger_entries()}
            if target in known:
                entries = [known[target]]
            elif path.is_dir():
                entries = folder_entries(path)
            else:
                raise InputError(_unknown(target, list(known)))
        found |= {entry.path: entry for entry in entries}
    return distinct(found.values())


def distinct(entries: Iterable[Entry]) -> list[Entry]:
    """The entries, if each has a claim of its own; else raise :class:`InputError`."""
    by_claim: dict[str, Entry] = {}
    for entry in entries:
        other = by_claim.setdefault(entry.claim, entry)
        if other is not entry:
            raise InputError(f"claim {entry.claim!r} is in two files: {other.path} and {entry.path}")
    return list(by_claim.values())


def _assignments(tree: ast.Module) -> Iterable[tuple[str, Any]]:
    """Names of a module that are assigned at its top level, with the literal assigned; None for another expression."""
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(node, ast.Assign | ast.AnnAssign):
                try:
                    yield target.id, None if node.value is None else ast.literal_eval(node.value)
                except ValueError:
                    yield target.id, None


def _place(entry: Entry) -> tuple[Any, ...]:
    """The paper's claims by their numbers in it, then those without a number, then the others by name."""
    paper = entry.source.startswith("P26")
    number = re.search(r"(\d+)\.(\d+)", entry.source) if paper else None
    return (not paper, number is None, [int(part) for part in number.groups()] if number else [], entry.claim)


def _unknown(name: str, names: list[str]) -> str:
    """A line that says what could have been meant by an unknown name."""
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    rest = [known for known in names if known not in near]
    meant = f"did you mean {' or '.join(near)}? The ledger also has" if near else "the ledger has"
    return f"unknown claim {name!r}: {meant} {', '.join(rest)}; a .py file or a folder of them is accepted too"
