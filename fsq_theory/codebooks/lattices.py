"""Codebooks cut from lattices: a shell, the shortest vectors, or every point in a box."""

from __future__ import annotations

import math

import numpy as np

from ..arrays import Array
from ..errors import InputError, TooLargeError
from . import leech
from .array_codebook import ArrayCodebook
from .checks import ENUMERATION_LIMIT, check_scale, listable
from .lattice_codes import SLACK, WORK_COLUMNS, points_in, shells_until
from .lattice_families import Integers, Lattice, canonical_name, display_name, lattice_by_name
from .lattice_families import LatticeConstants as LatticeConstants
from .lattice_families import lattice_constants as lattice_constants

SHELL_SEARCH = 4
"""A single shell of N points is looked for among those that the SHELL_SEARCH·N shortest vectors reach."""

MOST_LEECH_SHELLS = 100
"""Shells of the Leech lattice whose size is worked out for the message that they are too large."""

MOST_DIGITS = 300
"""Most decimal digits of the number of points of a box."""


class ShellCodebook(ArrayCodebook):
    """The minimal vectors of a lattice, all equivalent: its automorphism group acts on them transitively [CS98, ch. 4].

    So one code's distances are every code's.  True of all lattices here: the Weyl group of A_n, D_n or E8 connects any
    two roots, signs and exchanges of coordinates the minimal vectors of Z^n and bcc, and Co_0 those of Leech.  Scaling,
    centring and another prior keep the class; a transform that moves codes makes a plain array.
    """


def lattice_codebook(
    lattice: str,
    K: int | None = None,
    shell: int | None = None,
    box: float | None = None,
    scale: float = 1.0,
    name: str | None = None,
) -> ArrayCodebook:
    """{s x : x in a part of the lattice}; uniform prior; codes sorted by norm, then lexicographically.

    Lattices, in any case: Z<n>, A<n>, D<n>, E8, Leech, hexagonal (hex, the same as A2), bcc, fcc (D3), each in the
    standard scale of [CS98] times ``scale`` (see :mod:`fsq_theory.codebooks.lattice_families`).  Exactly one of these
    picks the part:

    * ``shell=m``: the m-th nonempty shell, the origin not counted;
    * ``K=N``: the first single shell of exactly N points, if one lies among the shells that the 4N shortest vectors
      reach; else the first shells together without the origin, if they come to exactly N; else the N shortest vectors,
      the origin first, the last shell cut in lexicographic order;
    * ``box=b``: every point of the scaled lattice with ‖s x‖_∞ ≤ b, the boundary included.

    Args:
        lattice: its name.
        K: how many points, at least 2.
        shell: m, at least 1.
        box: b, above 0.
        scale: s, above 0.
        name: how tables call it; the spec by default.

    Raises:
        InputError: for an unknown lattice, not exactly one choice, or a value out of range.
        TooLargeError: when too many points would have to be listed; for the Leech lattice with the exact number.
    """
    given = {"K": K, "shell": shell, "box": box}
    chosen = {key: value for key, value in given.items() if value is not None}
    if len(chosen) != 1:
        listed = ", ".join(f"{key}={value:g}" for key, value in chosen.items()) or "none"
        raise InputError(f"lattice {lattice}: {listed} given, expected exactly one of K, shell, box")
    factor = check_scale(scale)
    if K is not None and K < 2:
        raise InputError(f"lattice {lattice},K={K}: expected at least 2 tokens")
    if shell is not None and shell < 1:
        raise InputError(f"lattice {lattice},shell={shell}: expected at least 1; the origin is not a shell")
    if box is not None and not (math.isfinite(box / factor) and box > 0):
        raise InputError(f"lattice {lattice},box={box:g}: expected a finite number above 0, also over the scale")
    part = (
        _leech(K, shell, box, factor)
        if canonical_name(lattice)[0] == "Leech"
        else _part(lattice, K, shell, box, factor)
    )
    ((key, value),) = chosen.items()
    spec = f"lattice:{display_name(lattice)},{key}={_number(value)}" + (
        "" if factor == 1 else f",scale={_number(factor)}"
    )
    if len(part) < 2:
        raise InputError(f"{spec}: {len(part)} point, expected at least 2 tokens; a larger box holds more")
    kind = ShellCodebook if _is_minimal_shell(part, lattice) else ArrayCodebook
    return kind(part * factor, name=name or spec)


def _is_minimal_shell(part: Array, lattice: str) -> bool:
    """Whether points of a lattice in its standard scale, all different, are its minimal vectors."""
    found = lattice_constants(lattice)
    norms = np.einsum("kn,kn->k", part, part)
    return len(part) == found.kissing_number and bool(np.all(np.abs(norms - found.minimal_norm) < 0.5))


def _part(family: str, K: int | None, shell: int | None, box: float | None, factor: float) -> Array:
    """The chosen part of a lattice that has a basis, in its standard scale, shape (K, n)."""
    found = lattice_by_name(family)
    if box is not None:
        listable(_box_tokens(found, box / factor), found.n)
        z, _ = points_in(found, half_width=box / factor)
    elif shell is not None:
        if 2 * shell * (found.n + WORK_COLUMNS) > ENUMERATION_LIMIT:
            raise TooLargeError(2 * shell, f"at least, in the first {shell} shells of {found.name}")
        z, norms = shells_until(found, shells=shell)
        z = z[norms == np.unique(norms)[shell]]
    else:
        assert K is not None
        z = _by_count(found, K)
    return z * found.column_scale


def _by_count(found: Lattice, K: int) -> Integers:
    """The K points that the rule of :func:`lattice_codebook` picks."""
    listable(K, found.n)
    z, norms = shells_until(
        found, points=max(K + 1, min(SHELL_SEARCH * K, ENUMERATION_LIMIT // (2 * (found.n + WORK_COLUMNS))))
    )
    values, starts, sizes = np.unique(norms, return_index=True, return_counts=True)
    single = np.flatnonzero((sizes == K) & (values > 0))
    if len(single):
        start = int(starts[single[0]])
        return z[start : start + K]
    together = len(z) == K + 1 or bool(np.any(starts == K + 1))
    return z[1 : K + 1] if together else z[:K]


def _box_tokens(found: Lattice, half_width: float) -> int:
    """How many points a box holds: exact for Z^n, D_n, E8 and bcc, by volume for A_n."""
    family, n = canonical_name(found.name)
    _check_digits(found.name, n, half_width)
    m = math.floor(half_width * (1 + SLACK))
    # Σ (−1)^z over |z| ≤ m is (−1)^m, so the points of even coordinate sum are ((2m+1)^n + (−1)^{mn})/2 of Z^n.
    whole = int((2 * m + 1) ** n)
    if family == "Z":
        return whole
    if family == "D":
        return (whole + (-1 if m * n % 2 else 1)) // 2
    if family == "E8":
        halves = int(2 * math.floor(half_width * (1 + SLACK) + 0.5))
        return (whole + 1) // 2 + int(halves**8) // 2
    if family == "bcc":
        return int((2 * (m // 2) + 1) ** 3 + (2 * ((m + 1) // 2)) ** 3)
    return max(1, round((2 * half_width) ** n / found.volume))


def _check_digits(name: str, n: int, half_width: float) -> None:
    """Raise :class:`InputError` for a box whose number of points is too long to write."""
    if n * math.log10(2 * half_width + 1) > MOST_DIGITS:
        raise InputError(f"lattice {name}: a box this large has over 10^{MOST_DIGITS} points; expected a smaller one")


def _leech(K: int | None, shell: int | None, box: float | None, factor: float) -> Array:
    """The chosen part of the Leech lattice: of its shells only the first can be listed."""
    if box is not None:
        bound = math.floor(box / factor * math.sqrt(8) * (1 + SLACK))
        _check_digits("Leech", 24, float(bound))
        if bound >= 2:
            raise TooLargeError(leech.box_count(bound), "points of the Leech lattice in the box")
        return np.zeros((1, 24))
    if shell is not None and shell > MOST_LEECH_SHELLS:
        raise InputError(f"lattice Leech,shell={shell}: only shell 1, of 196560 tokens, can be listed")
    if shell is not None and shell > 1:
        raise TooLargeError(leech.shell_size(shell), f"shell {shell} of the Leech lattice")
    if K is not None and K > leech.FIRST_SHELL + 1:
        raise TooLargeError(leech.shell_size(2), "the second shell of the Leech lattice")
    z = leech.minimal_vectors() / math.sqrt(8)
    if shell == 1 or K == leech.FIRST_SHELL:
        return z
    return np.concatenate([np.zeros((1, 24)), z])[:K]


def _number(value: float) -> str:
    """A number as specs write it: 10000000, 1, 0.5, and every digit where six are not enough."""
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)
