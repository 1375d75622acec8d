"""How much a simulation of paths may take: more is refused at once, not when memory or patience has run out."""

from __future__ import annotations

import operator

from ..errors import InputError

MOST_PATHS = 10**8
MOST_STEPS = 10**7

MOST_NUMBERS = 10**8
"""Coordinates held at a time: 0.8 GB an array."""

MOST_DRAWS = 10**12
"""Normal variates of a simulation: about ten hours."""


def check_work(paths: int, steps: int, n: int = 1, *, least_paths: int = 2) -> tuple[int, int]:
    """The numbers of paths and of steps, as integers; ``n`` coordinates of each path are held at a time.

    Raises:
        InputError: for one that is not an integer or out of range, or for all three together too large.
    """
    reason = ", for a standard error" if least_paths == 2 else ""
    paths = _count(paths, "paths", least_paths, MOST_PATHS, reason)
    steps = _count(steps, "steps", 1, MOST_STEPS)
    if paths * n > MOST_NUMBERS:
        raise InputError(f"{paths} paths of {n} coordinates: expected at most {MOST_NUMBERS} coordinates in all")
    if paths * steps * n > MOST_DRAWS:
        raise InputError(
            f"{paths} paths of {steps} steps in {n} dimensions: expected a product of at most {MOST_DRAWS}"
        )
    return paths, steps


def _count(value: int, what: str, least: int, most: int, reason: str = "") -> int:
    try:
        count = operator.index(value)
    except TypeError:
        raise InputError(f"{value!r} {what}: expected a whole number") from None
    if count < least:
        raise InputError(f"{count} {what}: expected at least {least}{reason}")
    if count > most:
        raise InputError(f"{count} {what}: expected at most {most}")
    return count
