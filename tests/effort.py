"""Effort counted in function calls, which unlike seconds do not depend on the machine or on what else it does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def at_most_calls(limit: int) -> Iterator[None]:
    """Fail as soon as the block has made more calls of Python functions than ``limit``."""
    made = 0

    def seen(frame: FrameType, event: str, argument: object) -> None:
        nonlocal made
        made += event == "call"
        if made > limit:
            sys.setprofile(None)
            raise AssertionError(f"more than {limit} function calls")

    sys.setprofile(seen)
    try:
        yield
    finally:
        sys.setprofile(None)
        assert made <= limit  # also where a broad except clause has caught the failure
