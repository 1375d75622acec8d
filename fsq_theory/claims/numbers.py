"""Steps that compare floating-point numbers: cross-checks, which can stop a proof but never make one."""

from __future__ import annotations

import math

from .step import Step

STANDARD_ERRORS = 5.0
"""A Monte Carlo number further than this many standard errors from what it should be has failed."""


def agreement(name: str, statement: str, left: float, right: float, tolerance: float) -> Step:
    """The cross-check that two finite numbers agree to a relative ``tolerance``."""
    close = math.isfinite(left) and math.isfinite(right) and abs(left - right) <= tolerance * abs(right)
    return Step(name, statement, bool(close), "cross-check", "numbers", f"{left:.10g} and {right:.10g}")


def estimate_agreement(name: str, statement: str, value: float, stderr: float, expected: float) -> Step:
    """The cross-check that an estimate lies within 5 standard errors of what is expected; stderr > 0 and finite."""
    sound = all(map(math.isfinite, (value, stderr, expected))) and stderr > 0
    passed = bool(sound and abs(value - expected) <= STANDARD_ERRORS * stderr)
    return Step(name, statement, passed, "cross-check", "numbers", f"{value:.6g} ± {stderr:.2g} and {expected:.6g}")


def at_most(name: str, statement: str, left: float, right: float, slack: float = 0.0) -> Step:
    """The cross-check that left ≤ right + slack, both finite; the statement says where slack comes from."""
    passed = math.isfinite(left) and math.isfinite(right) and left <= right + slack
    return Step(name, statement, bool(passed), "cross-check", "numbers", f"{left:.10g} and {right:.10g}")
