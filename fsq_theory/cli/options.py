"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Group, Parameter, Token

from ..errors import InputError

COMMON = Group("Common options", sort_key=9)

Single = Parameter(negative="", show_default=False)
"""A flag or a repeatable option, without the negative twin that would otherwise be listed."""


def whole(type_: Any, tokens: Sequence[Token]) -> int:
    """Read a whole number; ``1.5`` is refused, not rounded."""
    text = tokens[0].value
    try:
        return int(text)
    except ValueError:
        raise ValueError(f'unable to convert "{text}" into a whole number.') from None


Whole = Annotated[int, Parameter(converter=whole)]


@Parameter(name="*", group=COMMON)
@dataclass(frozen=True)
class Common:
    """Options of every command."""

    json: Annotated[bool, Single] = False
    """Print an array of JSON objects on stdout, and nothing else there."""

    seed: Whole = 0
    """Seed of everything random; recorded in the output."""

    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], negative="", show_default=False)] = False
    """No messages on stderr."""

    verbose: Annotated[bool, Parameter(name=["--verbose", "-v"], negative="", show_default=False)] = False
    """More messages on stderr."""

    def __post_init__(self) -> None:
        """Refuse seeds that no generator takes."""
        if self.seed < 0:
            raise InputError(f"seed {self.seed}: expected a whole number of at least 0")


def require_specs(specs: Sequence[str]) -> None:
    """Raise :class:`InputError` when no codebook is named."""
    if not specs:
        raise InputError("no codebook: expected at least one spec, such as fsq:8,5,5,5 or cosyvoice2")
