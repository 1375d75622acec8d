"""Certificates as steps of a derivation."""

from __future__ import annotations

from ..claims.step import Role, Step
from .check import check
from .files import certificate_paths, read_certificate


def certificate_step(name: str, certificate: str, claim: str, states: str, role: Role = "step") -> Step:
    """The step that a statement is so by a carried certificate of it, every enclosure in which is computed again.

    A certificate of another statement, be it true, does not pass.

    Args:
        name: as of every step.
        certificate: its name, or a path.
        claim: the claim that it has to be for.
        states: what it has to state.
        role: ``step`` or ``counterexample``.
    """
    (path,) = certificate_paths([certificate])
    found = check(read_certificate(path))
    findings = list(found.findings)
    if found.statement != states:
        findings.append(f"the certificate states: {found.statement}")
    passed = found.passed and found.claim == claim and found.statement == states
    return Step(name, states, passed, role, "balls", "; ".join(findings))
