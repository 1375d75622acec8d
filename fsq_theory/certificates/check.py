"""Checking certificates: each kind has a checker that computes every enclosure again and compares.

A checker takes a certificate and returns the statement that its parameters make and the lines of what was found; it
raises :class:`Rejected`, or :class:`..errors.InputError` for what is malformed.  Kinds register themselves in
:data:`KINDS` by the name of the module that holds their function ``examine``.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ..errors import InputError
from .files import COMMON, Certificate

KINDS: dict[str, str] = {
    "capacity-thresholds": "fsq_theory.certificates.capacity_kind",
    "dual-bound": "fsq_theory.certificates.dual_bound_kind",
    "exponent-gap": "fsq_theory.certificates.exponent_gap_kind",
    "moved-token": "fsq_theory.certificates.moved_token_kind",
    "moved-token-crossings": "fsq_theory.certificates.crossings_kind",
    "noise-levels": "fsq_theory.certificates.noise_levels_kind",
    "staggered-grid": "fsq_theory.certificates.staggered_grid_kind",
}
"""The module of each kind: ``examine(certificate) -> (statement, findings)``, CLAIM, and NAMES beside the common."""


class Rejected(Exception):
    """What a certificate claims is not what the checker finds; the message says where."""


@dataclass(frozen=True)
class Checked:
    """A certificate, checked.

    Attributes:
        kind: its kind.
        claim: the claim of the ledger that it is for.
        statement: what it states.
        passed: whether everything was found as claimed, and decides the statement.
        findings: lines of what was found, or why it was rejected.
        seconds: how long it took.
    """

    kind: str
    claim: str
    statement: str
    passed: bool
    findings: Sequence[str]
    seconds: float


def check(certificate: Certificate) -> Checked:
    """Check a certificate from its parameters; whatever is wrong with it, the record says so."""
    start = time.perf_counter()
    said = {name: str(certificate.get(name, "")) for name in COMMON}
    try:
        if said["kind"] not in KINDS:
            raise InputError(f"kind {said['kind']!r}: expected one of {', '.join(KINDS)}")
        module = import_module(KINDS[said["kind"]])
        names = {*COMMON, *module.NAMES}
        if set(certificate) != names:
            raise InputError(f"names {', '.join(certificate)}: expected {', '.join(sorted(names))}")
        if said["claim"] != module.CLAIM:
            raise InputError(f"claim {said['claim']!r}: expected {module.CLAIM}")
        statement, findings = module.examine(certificate)
        if said["statement"] != statement:
            raise Rejected(f"the statement is another than that of the parameters: {statement}")
        passed = True
    except (Rejected, InputError, ArithmeticError) as error:
        passed, findings = False, [f"rejected: {error}"]
    return Checked(**said, passed=passed, findings=findings, seconds=time.perf_counter() - start)


def demand(holds: Any, reason: str) -> None:
    """Raise :class:`Rejected` unless something is certain."""
    if holds is not True:
        raise Rejected(reason)


def rows_of(certificate: Mapping[str, Any], name: str, length: int, most: int = 1000) -> list[list[Any]]:
    """The rows of a table, each a list of the length given."""
    rows = certificate[name]
    good = isinstance(rows, list) and all(isinstance(row, list) and len(row) == length for row in rows)
    if not good or len(rows) > most:
        raise InputError(f"{name}: expected up to {most} rows of {length} entries")
    return list(rows)
