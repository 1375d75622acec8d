"""A bar on stderr for a person who watches, while several things are being done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from .output import Messages, plain


class Bar(Protocol):
    """What is told how far things are."""

    def say(self, text: str) -> None:
        """Show what is being done."""

    def done(self, text: str) -> None:
        """One more is done."""


@contextmanager
def progress(total: int, messages: Messages) -> Iterator[Bar]:
    """A bar for ``total`` things; lines of text where no escape sequences are wanted, nothing where nobody watches."""
    if not messages.shown or plain():
        yield _Lines(total, messages)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        yield _Drawn(shown, shown.add_task("", total=total))


class _Drawn:
    """A bar that is redrawn in place."""

    def __init__(self, shown: object, task: object) -> None:
        self.shown, self.task = shown, task

    def say(self, text: str) -> None:
        self.shown.update(self.task, description=text)  # type: ignore[attr-defined]

    def done(self, text: str) -> None:
        self.shown.update(self.task, advance=1, description=text)  # type: ignore[attr-defined]


class _Lines:
    """A line for each thing that is done."""

    def __init__(self, total: int, messages: Messages) -> None:
        self.count, self.total, self.messages = 0, total, messages

    def say(self, text: str) -> None:
        self.messages.detail(text)

    def done(self, text: str) -> None:
        self.count += 1
        self.messages.note(f"{self.count}/{self.total} {text}")
