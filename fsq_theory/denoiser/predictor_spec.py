"""Built-in predictors by name, as the command line writes them: ``exact``, ``temperature:0.8``, ``confusion:0.05``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..codebooks.arguments import Signature, integer, nearest, number
from ..codebooks.codebook import Codebook
from ..codebooks.spec import as_codebook
from ..errors import InputError


def _probability(text: str) -> float:
    value: float = number(minimum=0.0)(text)
    if value > 1:
        raise InputError(f"{text[:60]!r}: expected a probability from 0 to 1")
    return value


@dataclass(frozen=True)
class _Kind:
    """A name of the grammar: the factory's name in :mod:`.predictors`, and what it takes."""

    factory: str
    signature: Signature


def _one(factory: str, usage: str, example: str, summary: str, reader: Callable[[str], Any], **more: Any) -> _Kind:
    readers = {"value": reader, **more}
    return _Kind(factory, Signature(usage, example, summary, readers, positional=("value",), required=("value",)))


PREDICTORS = {
    "exact": _Kind("exact", Signature("exact", "exact", "the posterior itself")),
    "temperature": _one("temperature", "temperature:TAU", "temperature:0.8", "q ∝ p^{1/τ}, τ > 0", number(above=0.0)),
    "label-smoothing": _one(
        "label_smoothing", "label-smoothing:L", "label-smoothing:0.1", "q = (1 − λ) p + λ/K", _probability
    ),
    "confusion": _one(
        "confusion",
        "confusion:P",
        "confusion:0.05",
        "each token taken for a neighbour with probability P",
        _probability,
    ),
    "logit-noise": _one(
        "logit_noise",
        "logit-noise:S[,seed=N]",
        "logit-noise:0.5",
        "noise of standard deviation S on each logit",
        number(minimum=0.0),
        seed=integer(0),
    ),
}
"""The names that a predictor's spec may start with."""


def predictor(codebook: Codebook | str, spec: str, partner: Any = None) -> Any:
    """The built-in predictor that a spec names, ``NAME[:VALUE]``, for a codebook.

    ``exact``; ``temperature:TAU``, q ∝ p^{1/τ}; ``label-smoothing:L``, q = (1 − λ)p + λ/K; ``confusion:P``, each token
    taken for its partner with probability P; ``logit-noise:S[,seed=N]``, softmax(log p + S·N(0, 1)).

    Args:
        codebook: codes and prior, or a spec of them.
        spec: which predictor.
        partner: the table of ``confusion``, shape (K,): nearest neighbours by default.

    Returns:
        A :class:`~fsq_theory.denoiser.predictor.BuiltinPredictor`.

    Raises:
        InputError: one line naming the offending part and what is accepted, also for a table with another predictor.
        TooLargeError: for a predictor that lists tokens, of too many.
    """
    known = as_codebook(codebook)
    name, colon, text = spec.partition(":") if isinstance(spec, str) else (repr(spec), "", "")
    kind = PREDICTORS.get(name)
    if kind is None:
        accepted = ", ".join(found.signature.usage for found in PREDICTORS.values())
        raise InputError(f"unknown predictor {name[:60]!r}{nearest(name, PREDICTORS)}; expected one of {accepted}")
    values = kind.signature.read(name, text if colon else None)
    if partner is not None:
        if name != "confusion":
            raise InputError(f"predictor {name}: takes no table of partners; confusion does")
        values["partner"] = partner
    from . import predictors

    return getattr(predictors, kind.factory)(known, **values)
