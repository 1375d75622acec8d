"""Certificates as steps of a derivation."""

from __future__ import annotations

from ..claims.step import Role, Step
from .check import check
from .files import certificate_paths, read_certificate


def certificate_step(name: str, certificate: str, claim: str, role: Role = "step") -> Step:
    """The step that what a carried certificate states is so: every enclosure in it computed again.

    Args:
        name: as of every step.
        certificate: its name, or a path.
        claim: the claim that it has to be for.
        role: ``step`` or ``counterexample``.
    """
    (path,) = certificate_paths([certificate])
    found = check(read_certificate(path))
    passed = found.passed and found.claim == claim
    return Step(name, found.statement, passed, role, "balls", "; ".join(found.findings))
