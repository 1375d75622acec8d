"""Exit statuses, and the single line on stderr that goes with each failure."""

from __future__ import annotations

import sys
from contextlib import suppress

UNEXPECTED = 1
USAGE = 2
INCONCLUSIVE = 3
INTERRUPTED = 130
BROKEN_PIPE = 141


class Unexpected(Exception):
    """Results were printed, but a claim has another status than its file expects: exit status 1."""


class Inconclusive(Exception):
    """Results were printed, but an interval is wider than what was asked for: exit status 3."""


def complain(message: str, status: int) -> int:
    """Print ``fsq-theory: error: …`` as one line on stderr and return the exit status."""
    line = " ".join(message.split())
    with suppress(OSError):
        print(f"fsq-theory: error: {line}", file=sys.stderr)
    return status
