"""The spec grammar: ``NAME[:ARGS][+TRANSFORM[:ARGS]]…`` names a codebook in one string.

``fsq:8,5,5,5``, ``bits:18+normalize:energy``, ``random:K=256,n=8,seed=3+perturb:0.1``, ``file:codes.npy+prior:zipf``.

Paths may hold any character.  The path of ``file:`` and of ``prior:`` runs to the end of its part of the spec, over
commas, colons and equals signs; that of ``data=`` and that of ``histogram:`` run to the next ``,key=`` known there.  A
``+`` in a path belongs to the path, unless the name of a transform follows it (up to a ``:``, a ``+`` or the end),
which starts that transform.  A file whose own name is ``zipf`` is written ``prior:./zipf``.
"""

from __future__ import annotations

import re

from ..errors import InputError
from .arguments import Signature, nearest
from .codebook import Codebook
from .families import FAMILIES
from .presets import PRESETS
from .transforms import TRANSFORMS, check_magnitude

MAX_LENGTH = 4096
"""Longest spec that is read."""

_OPEN_EXPONENT = re.compile(r"[0-9.][eE]$")


def codebook(spec: str) -> Codebook:
    """The codebook that a spec names; its ``name`` is the spec as given.

    Args:
        spec: ``NAME[:ARGS][+TRANSFORM[:ARGS]]…``; :func:`spec_grammar` lists the names.

    Raises:
        InputError: one line naming the offending part and what is accepted.
        TooLargeError: for a codebook that does not factorise and has too many tokens to list.
    """
    if not isinstance(spec, str):
        raise InputError(f"codebook spec {spec!r}: expected text such as fsq:8,5,5,5")
    if len(spec) > MAX_LENGTH:
        raise InputError(f"codebook spec of {len(spec)} characters: expected at most {MAX_LENGTH}")
    head, *rest = split_spec(spec)
    built = _base(*head)
    for name, text in rest:
        transform = TRANSFORMS.get(name)
        if transform is None:
            accepted = ", ".join(TRANSFORMS)
            raise InputError(f"unknown transform {name[:60]!r}{nearest(name, TRANSFORMS)}; transforms: {accepted}")
        built = transform.apply(built, name, text)
    check_magnitude(built.linf)
    return built.renamed(spec)


def as_codebook(value: Codebook | str) -> Codebook:
    """The codebook itself, or the one that a spec names: what functions of a codebook call on their argument.

    Raises:
        InputError: as :func:`codebook`, or for a value that is neither.
    """
    if isinstance(value, Codebook):
        return value
    if not isinstance(value, str):
        kind = type(value).__name__
        raise InputError(f"codebook of type {kind}: expected a codebook or a spec; ArrayCodebook makes one of an array")
    return codebook(value)


def split_spec(spec: str) -> list[tuple[str, str | None]]:
    """The parts of a spec as (name, text of the arguments); None where there is no colon."""
    if not spec.strip():
        raise InputError("codebook spec is empty: expected NAME[:ARGS][+TRANSFORM[:ARGS]], as in fsq:8,5,5,5")
    parts: list[str] = []
    for piece in spec.strip().split("+"):
        if parts and _continues(parts[-1], piece):
            parts[-1] += "+" + piece
        else:
            parts.append(piece)
    split: list[tuple[str, str | None]] = []
    for part in parts:
        name, colon, text = part.partition(":")
        if not name:
            missing = "a codebook" if not split else "a transform"
            raise InputError(f"codebook spec {spec[:80]!r}: expected the name of {missing} {_where(split)}")
        split.append((name, text if colon else None))
    return split


def spec_grammar() -> list[tuple[str, Signature]]:
    """What a spec can name: (``family``, ``transform`` or ``preset``; its signature), in the order of help."""
    presets = [Signature(name, name, preset.summary) for name, preset in PRESETS.items()]
    return [
        *(("family", family.signature) for family in FAMILIES.values()),
        *(("transform", transform.signature) for transform in TRANSFORMS.values()),
        *(("preset", signature) for signature in presets),
    ]


def _base(name: str, text: str | None) -> Codebook:
    """A family's or a preset's codebook."""
    preset = PRESETS.get(name)
    if preset is not None:
        Signature(name, name, preset.summary).read(name, text)
        return codebook(preset.spec)
    family = FAMILIES.get(name)
    if family is None:
        if name in TRANSFORMS:
            raise InputError(f"{name} is a transform: expected a codebook before it, as in fsq:3^4+{name}")
        hint = nearest(name, [*FAMILIES, *PRESETS])
        presets = ", ".join(PRESETS)
        raise InputError(f"unknown codebook {name[:60]!r}{hint}; families: {', '.join(FAMILIES)}; presets: {presets}")
    return family.build(**family.signature.read(name, text))


def _continues(part: str, piece: str) -> bool:
    """Whether a ``+`` between two pieces belongs to a path, or to the exponent of a number as in ``1e+3``."""
    name, _, text = part.partition(":")
    holds_path = name in ("file", "histogram") or (name == "prior" and text.partition(",")[0] != "zipf")
    holds_path = holds_path or (name in FAMILIES and "data" in FAMILIES[name].signature.paths and "data=" in text)
    if holds_path and text:
        return piece.partition(":")[0] not in TRANSFORMS
    return bool(_OPEN_EXPONENT.search(text)) and piece[:1].isdigit()


def _where(before: list[tuple[str, str | None]]) -> str:
    return f"after '{before[-1][0]}' and its '+'" if before else "at its start"
