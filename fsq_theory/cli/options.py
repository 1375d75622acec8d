"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_origin

from cyclopts import Group, Parameter, Token

from ..errors import InputError
from ..seeds import check_seed

COMMON = Group("Common options", sort_key=9)

Single = Parameter(negative="", show_default=False)
"""A flag or a repeatable option, without the negative twin that would otherwise be listed."""


def _reader(read: Callable[[str], Any], accepted: str) -> Callable[[Any, Sequence[Token]], Any]:
    """A converter of one token, of a pair or of a list, whose error says what is accepted."""

    def convert(type_: Any, tokens: Sequence[Token]) -> Any:
        values = []
        for token in tokens:
            try:
                values.append(read(token.value))
            except ValueError:
                # Cyclopts names the option itself, except where it takes several values at once.
                option = f"Invalid value for {token.keyword}: " if len(tokens) > 1 else ""
                raise ValueError(f'{option}"{token.value}": expected {accepted}') from None
        kind = get_origin(type_)
        return kind(values) if kind in (list, tuple) else values[0]

    return convert


def _whole(text: str) -> int:
    """A whole number; ``1.5`` is refused, not rounded."""
    if not re.fullmatch(r"\s*[+-]?[0-9]{1,1000}\s*", text):
        raise ValueError
    return int(text)


_number = _reader(float, "a number, such as 2.5 or 1e-3")
_integer = _reader(_whole, "a whole number, in digits")

Number = Annotated[float, Parameter(converter=_number)]

Numbers = Parameter(converter=_number, negative="", show_default=False)
"""A repeatable option that takes a number."""

Whole = Annotated[int, Parameter(converter=_integer)]

Wholes = Parameter(converter=_integer, negative="", show_default=False)
"""A repeatable option that takes a whole number."""

Pair = Annotated[tuple[int, int], Parameter(converter=_integer, negative="", show_default=False)]


@Parameter(name="*", group=COMMON)
@dataclass(frozen=True)
class Common:
    """Options of every command."""

    json: Annotated[bool, Single] = False
    """Print an array of JSON objects on stdout, and nothing else there."""

    seed: Whole = 0
    """Seed of what the command draws; recorded in the output. A random codebook takes its own, in its spec: seed=1."""

    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], negative="", show_default=False)] = False
    """No messages on stderr."""

    verbose: Annotated[bool, Parameter(name=["--verbose", "-v"], negative="", show_default=False)] = False
    """More messages on stderr."""

    def __post_init__(self) -> None:
        """Refuse seeds that no generator takes, and wishes that contradict each other."""
        check_seed(self.seed)
        if self.quiet and self.verbose:
            raise InputError("--quiet with --verbose: expected at most one of them")


def require_specs(specs: Sequence[str]) -> None:
    """Raise :class:`InputError` when no codebook is named."""
    if not specs:
        raise InputError("no codebook: expected at least one spec, such as fsq:8,5,5,5 or cosyvoice2")
