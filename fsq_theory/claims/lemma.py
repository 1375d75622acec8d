"""Steps that no computer algebra does: a coupling, a limit theorem, a change of measure.

Such a step is a named lemma, with a reference or an elementary proof of its own, and the claim is "proved, given" it.
A lemma may also be another claim of the ledger: then this claim stands only while that one does.
"""

from __future__ import annotations

from ..errors import InputError
from .references import reference_keys
from .step import Step


def lemma(name: str, statement: str, source: str = "", proof: str = "", claim: str = "") -> Step:
    """A lemma that the proof uses.

    Args:
        name: what it is called, such as "Girsanov's theorem".
        statement: what it says, with its conditions.
        source: key in references.bib, and where in it: ``"KS91, Theorem 3.5.1"``.
        proof: an elementary proof in words and symbols, complete enough to be checked by a reader.
        claim: the claim of another derivation that proves it; ``proof`` then says how this follows from that.

    Raises:
        InputError: if there is no source, no proof and no claim, or if references.bib lacks the source's key.
    """
    if not source and not proof.strip() and not claim:
        raise InputError(f"lemma {name!r}: expected a source, a proof, or a claim that proves it")
    key = source.split(",")[0].strip()
    if source and key not in reference_keys():
        raise InputError(f"lemma {name!r}: references.bib has no key {key!r}")
    because = " ".join(proof.split())
    if claim:
        because = f"By the claim {claim}" + (f": {because}" if because else ".")
    detail = "; ".join(part for part in (f"[{source}]" if source else "", because) if part)
    return Step(name, statement, True, "lemma", "reference", detail, claim=claim)
