"""Steps that no computer algebra does: a coupling, a limit theorem, a change of measure.

Such a step is a named lemma, with a reference or an elementary proof of its own, and the claim is "proved, given" it.
"""

from __future__ import annotations

from ..errors import InputError
from .references import reference_keys
from .step import Step


def lemma(name: str, statement: str, source: str = "", proof: str = "") -> Step:
    """A lemma that the proof uses.

    Args:
        name: what it is called, such as "Girsanov's theorem".
        statement: what it says, with its conditions.
        source: key in references.bib, and where in it: ``"KS91, Theorem 3.5.1"``.
        proof: an elementary proof in words and symbols, complete enough to be checked by a reader.

    Raises:
        InputError: if there is neither a source nor a proof, or if references.bib lacks the source's key.
    """
    if not source and not proof.strip():
        raise InputError(f"lemma {name!r}: expected a source or a proof")
    key = source.split(",")[0].strip()
    if source and key not in reference_keys():
        raise InputError(f"lemma {name!r}: references.bib has no key {key!r}")
    detail = "; ".join(part for part in (f"[{source}]" if source else "", " ".join(proof.split())) if part)
    return Step(name, statement, True, "lemma", "reference", detail)
