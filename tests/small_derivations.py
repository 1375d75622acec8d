"""Derivations of a few lines, for tests of what runs and renders them."""

from __future__ import annotations

from pathlib import Path

DERIVATION = '''"""Squares of sums.

Statement.  (x + 1)² = x² + 2x + 1.

Proof.  (1).
"""

import sympy as sp

from fsq_theory.claims.algebra import identity
from fsq_theory.claims.lemma import lemma
from fsq_theory.claims.numbers import agreement

CLAIM = "{claim}"
SOURCE = "{source}"
CONCLUDES = "proved"
WRONG = {{}}


def derive(two=2):
    x = sp.Symbol("x")
    yield identity("1. square", "(x + 1)² = x² + 2x + 1", (x + 1) ** 2, x**2 + two * x + 1)
    {more}
'''


def write(folder: Path, claim: str, more: str = "", source: str = "a test", text: str = DERIVATION) -> Path:
    """Write a derivation whose function goes on with the lines ``more``; its path."""
    path = folder / f"{claim.replace('-', '_')}.py"
    path.write_text(text.format(claim=claim, source=source, more=more.replace("\n", "\n    ")), encoding="utf-8")
    return path
