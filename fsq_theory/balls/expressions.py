"""Enclosures of SymPy expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .arithmetic import START_BITS, Ball


def enclose(expression: Any, values: Mapping[Any, Any] | None = None, bits: int = START_BITS) -> Ball:
    """A ball that contains the expression's value wherever its symbols lie in the sets that ``values`` gives them."""
    raise NotImplementedError
