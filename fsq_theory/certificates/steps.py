"""Certificates as steps of a derivation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..claims.step import Role, Step
from .check import check
from .files import certificate_paths, read_certificate


def certificate_step(
    name: str,
    certificate: str,
    claim: str,
    states: str,
    role: Role = "step",
    instead: Mapping[tuple[str | int, ...], Any] | None = None,
) -> Step:
    """The step that a statement is so by a carried certificate of it, every enclosure in which is computed again.

    A certificate of another statement, be it true, does not pass.

    Args:
        name: as of every step.
        certificate: its name, or a path.
        claim: the claim that it has to be for.
        states: what it has to state.
        role: ``step`` or ``counterexample``.
        instead: values put in the places of the certificate that the keys lead to, with ``states`` as its statement: so
            a variant of the derivation is decided by what the checker finds, not by the words of the one carried.
    """
    (path,) = certificate_paths([certificate])
    made = read_certificate(path)
    for keys, value in (instead or {}).items():
        place: Any = made
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value
        made["statement"] = states
    found = check(made)
    findings = list(found.findings)
    if found.statement != states:
        findings.append(f"the certificate states: {found.statement}")
    passed = found.passed and found.claim == claim and found.statement == states
    return Step(name, states, passed, role, "balls", "; ".join(findings))
