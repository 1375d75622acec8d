"""Steps that ball arithmetic decides: comparisons of enclosed numbers, at exact points and over whole boxes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .step import Role, Step

BITS = 64


def enclosure(
    name: str,
    statement: str,
    left: Any,
    relation: str,
    right: Any,
    values: Mapping[Any, Any] | None = None,
    role: Role = "step",
    bits: int = BITS,
) -> Step:
    """The step that ``left relation right`` for two expressions at exact values of their symbols."""
    raise NotImplementedError


def enclosure_on(
    name: str,
    statement: str,
    left: Any,
    relation: str,
    right: Any,
    domain: Mapping[Any, tuple[Any, Any]],
    role: Role = "step",
    boxes: int = 20000,
    bits: int = BITS,
) -> Step:
    """The step that ``left relation right`` at every point of a closed box, by branch and bound."""
    raise NotImplementedError
