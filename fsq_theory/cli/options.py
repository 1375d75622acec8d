"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Group, Parameter, Token

from ..errors import InputError
from ..seeds import check_seed

COMMON = Group("Common options", sort_key=9)

Single = Parameter(negative="", show_default=False)
"""A flag or a repeatable option, without the negative twin that would otherwise be listed."""


def _whole(type_: Any, tokens: Sequence[Token]) -> Any:
    """Read whole numbers; ``1.5`` is refused, not rounded."""
    values = []
    for token in tokens:
        try:
            values.append(int(token.value))
        except ValueError:
            raise ValueError(f'unable to convert "{token.value}" into a whole number.') from None
    return values[0] if type_ is int else tuple(values)


Whole = Annotated[int, Parameter(converter=_whole)]

Pair = Annotated[tuple[int, int], Parameter(converter=_whole, negative="", show_default=False)]


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
        check_seed(self.seed)


def require_specs(specs: Sequence[str]) -> None:
    """Raise :class:`InputError` when no codebook is named."""
    if not specs:
        raise InputError("no codebook: expected at least one spec, such as fsq:8,5,5,5 or cosyvoice2")
