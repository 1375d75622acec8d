"""Trying to break a user's claim, and what that came to."""

from __future__ import annotations

from collections.abc import Callable

from .outcome import Outcome
from .statement import Claim


def examine(
    claim: Claim,
    seed: int = 0,
    tries: int | None = None,
    boxes: int | None = None,
    note: Callable[[str], None] | None = None,
) -> Outcome:
    """Search for a counterexample, confirm what was found, and shrink it; certify where balls can.

    Args:
        claim: the claim.
        seed: of all searches; equal seeds and counts give equal outcomes.
        tries: most codebooks, or points, that each search looks at.
        boxes: most boxes of branch and bound.
        note: is told what is being done.
    """
    raise NotImplementedError
