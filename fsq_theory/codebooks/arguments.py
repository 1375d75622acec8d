"""Arguments of a spec: ``8,5,5,5,convention=rounded`` read into typed keyword arguments, or one clear line of error.

A :class:`Signature` says what a family or a transform takes.  Positional arguments come first, ``key=value`` after
them.  A value that is a path runs on over commas and equals signs until the next ``,key=`` whose key is known.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError

Reader = Callable[[str], Any]
"""Turns the text of one value into the value; raises :class:`InputError` with what would be accepted."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Signature:
    """What a family or a transform takes.

    Attributes:
        usage: how it is written, for help and error messages, as in ``psk:K``.
        example: one that works.
        summary: one line for help.
        positional: names of the positional arguments, in order; they may also be given as ``key=value``.
        keywords: names of the arguments given as ``key=value`` only.
        readers: the reader of each argument.
        required: the arguments that must be given.
        variadic: the name of the list that takes every positional argument, if there is one.
        paths: the arguments whose value is a path.
    """

    usage: str
    example: str
    summary: str
    readers: dict[str, Reader] = field(default_factory=dict)
    positional: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    variadic: str = ""
    paths: tuple[str, ...] = ()

    @property
    def keywords(self) -> tuple[str, ...]:
        return tuple(key for key in self.readers if key != self.variadic)

    def read(self, name: str, text: str | None) -> dict[str, Any]:
        """The arguments as keyword arguments; ``text`` is None where the spec has no colon."""
        if text is None:
            items = []
        elif not text:
            raise InputError(f"{name}: has a colon and no arguments: expected {self.usage}")
        elif not self.readers:
            raise InputError(f"{name}:{text}: {name} takes no arguments: expected {self.usage}")
        elif self.paths == tuple(self.readers):
            return {self.paths[0]: text}
        else:
            items = self._items(text)
        values: dict[str, Any] = {}
        rest: list[Any] = []
        seen_keyword = False
        for place, item in enumerate(items):
            key, equals, value = item.partition("=")
            if place == 0 and self._starts_with_path and key not in self.keywords:
                equals = ""
            if not equals and seen_keyword:
                raise InputError(f"{name}: {item!r} follows a key=value argument: expected {self.usage}")
            if equals:
                seen_keyword = True
                if key not in self.keywords:
                    raise InputError(self._unknown(name, key))
            elif self.variadic:
                rest.append(self._value(name, self.variadic, item))
                continue
            else:
                free = [key for key in self.positional if key not in values]
                if not free:
                    raise InputError(f"{name}: unexpected argument {item!r}: expected {self.usage}")
                key, value = free[0], item
            if key in values:
                raise InputError(f"{name}: argument {key} is given twice: expected {self.usage}")
            values[key] = self._value(name, key, value)
        if self.variadic:
            values[self.variadic] = rest
        for key in self.required:
            if key not in values or values[key] == []:
                raise InputError(f"{name}: missing {key}: expected {self.usage}, as in {self.example}")
        return values

    def _value(self, name: str, key: str, text: str) -> Any:
        try:
            return self.readers[key](text)
        except InputError as error:
            raise InputError(f"{name}: {key} {error}") from None

    def _unknown(self, name: str, key: str) -> str:
        keys = self.keywords
        if not keys:
            return f"{name}: unknown argument {key!r}: expected {self.usage}"
        return (
            f"{name}: unknown argument {key!r}{nearest(key, keys)}; {name} takes {', '.join(keys)}, as in {self.usage}"
        )

    @property
    def _starts_with_path(self) -> bool:
        """Whether the first argument is a path that may go without its key."""
        return bool(self.paths) and self.positional[:1] == self.paths[:1]

    def _items(self, text: str) -> list[str]:
        """The text split at commas, except within a path."""
        items: list[str] = []
        in_path = False
        for part in text.split(","):
            key, equals, _ = part.partition("=")
            known = bool(equals) and key in self.keywords
            if not items and self._starts_with_path and not known:
                items.append(part)
                in_path = True
                continue
            if in_path and not known:
                items[-1] += "," + part
                continue
            items.append(part)
            in_path = known and key in self.paths
        return items


def nearest(name: str, known: Iterable[str]) -> str:
    """``, did you mean 'x'?`` for the known name closest to ``name``, or nothing if none is close."""
    close = difflib.get_close_matches(name[:80].lower(), list(known), n=1, cutoff=0.6)
    return f", did you mean {close[0]!r}?" if close else ""


def integer(minimum: int, maximum: int | None = None) -> Reader:
    """Reads a decimal integer within limits."""
    accepted = f"an integer of at least {minimum}" if maximum is None else f"an integer from {minimum} to {maximum}"

    def read(text: str) -> int:
        if not _INTEGER.fullmatch(text):
            raise InputError(f"{text[:60]!r}: expected {accepted}")
        value = int(text)
        if value < minimum or (maximum is not None and value > maximum):
            raise InputError(f"{value}: expected {accepted}")
        return value

    return read


def number(minimum: float = -math.inf, above: float = -math.inf, below: float = math.inf) -> Reader:
    """Reads a finite decimal number that is at least ``minimum``, more than ``above`` and less than ``below``."""
    limits = [f"at least {minimum:g}"] if minimum > -math.inf else []
    limits += [f"above {above:g}"] if above > -math.inf else []
    limits += [f"below {below:g}"] if below < math.inf else []
    accepted = " ".join(["a finite number", " and ".join(limits)]).strip()

    def read(text: str) -> float:
        value = float(text) if _NUMBER.fullmatch(text) else math.nan
        if not (math.isfinite(value) and value >= minimum and above < value < below):
            raise InputError(f"{text[:60]!r}: expected {accepted}")
        return value

    return read


def choice(*accepted: str) -> Reader:
    """Reads one of a few words."""

    def read(text: str) -> str:
        if text not in accepted:
            raise InputError(f"{text[:60]!r}: expected one of {', '.join(accepted)}{nearest(text, accepted)}")
        return text

    return read


def boolean(text: str) -> bool:
    """Reads true or false (also yes/no, 1/0)."""
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in words:
        raise InputError(f"{text[:60]!r}: expected true or false")
    return words[text.lower()]


def word(text: str) -> str:
    """Reads a name: any text that is not empty."""
    if not text:
        raise InputError("is empty: expected a name")
    return text


def path(text: str) -> str:
    """Reads a path: any text that is not empty."""
    if not text:
        raise InputError("is empty: expected a path")
    return text
