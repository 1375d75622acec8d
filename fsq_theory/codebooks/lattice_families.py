"""The classical lattices by name: a basis in integer coordinates, and the constants that [CS98] gives for them.

Coordinates are x_j = s_j z_j with z an integer vector, so that points are exact up to the last scaling and ordering is
free of rounding.  Normalisation is the standard one: Z^n has unit spacing; A_n, D_n and E8 have minimal squared norm 2,
the Leech lattice 4; hexagonal is A2 and fcc is D3.  bcc is the set of integer vectors with all coordinates even or all
odd, which is 2 D3*: minimal vectors (±1, ±1, ±1), squared norm 3.  A_n is embedded in R^n isometrically, by the
Cholesky factor of its Gram matrix: simple root i is √((i+1)/i) u_i − √((i−1)/i) u_{i−1}.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
from ..errors import InputError

Integers = NDArray[np.int64]

MOST_DIMENSIONS = 1024

ACCEPTED = f"Z<n>, A<n>, D<n> (n ≥ 2; n at most {MOST_DIMENSIONS}), E8, Leech, hexagonal, bcc or fcc"


@dataclass(frozen=True)
class Lattice:
    """A lattice of full rank in R^n.

    Attributes:
        name: canonical name.
        basis: rows generate z, shape (n, n), lower triangular with positive diagonal.
        column_scale: s, shape (n,).
    """

    name: str
    basis: Integers
    column_scale: Array

    @property
    def n(self) -> int:
        """Dimension."""
        return len(self.basis)

    @property
    def is_even(self) -> bool:
        """Whether every squared norm is an even integer; in all lattices of this module they are integers."""
        rows = self.basis * self.column_scale
        return bool(np.all(np.rint(rows @ rows.T).diagonal() % 2 == 0))

    @property
    def volume(self) -> float:
        """|det| of the basis: the volume of the fundamental cell."""
        return float(np.prod(np.diag(self.basis) * self.column_scale))


@dataclass(frozen=True)
class LatticeConstants:
    """Constants of a lattice in its standard scale, each from a formula of [CS98, ch. 4, 21]; exact unless said.

    Attributes:
        name: canonical name.
        n: dimension.
        minimal_norm: squared length of the shortest vectors.
        kissing_number: how many there are.
        packing_radius: ρ, half their length.
        covering_radius: R, the largest distance of a point of space from the lattice.
        second_moment: dimensionless G = ∫‖x‖² dx / (n V^{1 + 2/n}) over the Voronoi cell.  For Leech six decimals.
        volume: V, of the fundamental cell.
        density: of the packing by balls of radius ρ.
    """

    name: str
    n: int
    minimal_norm: int
    kissing_number: int
    packing_radius: float
    covering_radius: float
    second_moment: float
    volume: float
    density: float


def canonical_name(text: str) -> tuple[str, int]:
    """The family (``Z``, ``A``, ``D``, ``E8``, ``Leech`` or ``bcc``) and the dimension behind a name."""
    known = {"e8": ("E8", 8), "leech": ("Leech", 24), "hexagonal": ("A", 2), "hex": ("A", 2)}
    known |= {"bcc": ("bcc", 3), "fcc": ("D", 3)}
    folded = text.strip().lower()
    if folded in known:
        return known[folded]
    parts = re.fullmatch(r"([zad])([0-9]{1,4})", folded)
    if parts is None or not (2 if parts[1] == "d" else 1) <= int(parts[2]) <= MOST_DIMENSIONS:
        raise InputError(f"lattice {text!r}: expected {ACCEPTED}")
    return parts[1].upper(), int(parts[2])


def display_name(text: str) -> str:
    """The name as tables show it: hexagonal, bcc and fcc keep theirs."""
    folded = text.strip().lower()
    if folded in ("hexagonal", "hex"):
        return "hexagonal"
    if folded in ("bcc", "fcc"):
        return folded
    family, n = canonical_name(text)
    return family if family in ("E8", "Leech") else f"{family}{n}"


def lattice_by_name(name: str) -> Lattice:
    """A lattice by name, any case: Z<n>, A<n>, D<n>, E8, hexagonal (hex), bcc, fcc.  Leech has a module of its own.

    Raises:
        InputError: for an unknown name.
    """
    family, n = canonical_name(name)
    scale = np.ones(n)
    basis = np.eye(n, dtype=np.int64)
    if family == "Leech":
        raise InputError("the Leech lattice is listed from the Golay code, not from a basis")
    if family == "A":
        step = np.arange(1, n + 1)
        basis = np.diag(step + 1) - np.diag(step[1:] - 1, -1)
        scale = 1 / np.sqrt(step * (step + 1.0))
    elif family == "D":
        basis[:, 0] = 1
        basis[0, 0] = 2
    elif family == "E8":
        basis = 2 * basis
        basis[:, 0] = 2
        basis[0, 0] = 4
        basis[7] = 1
        scale = np.full(8, 0.5)
    elif family == "bcc":
        basis = np.array([[2, 0, 0], [0, 2, 0], [1, 1, 1]])
    return Lattice(display_name(name), basis, scale)


def lattice_constants(name: str) -> LatticeConstants:
    """Kissing number, packing and covering radius, second moment, volume and density of a named lattice [CS98].

    Formulas (n the dimension): Z^n: G = 1/12, R = √n/2.  A_n: V = √(n+1), G = (1/12 + 1/(6(n+1))) V^{−2/n},
    R² = a(n+1−a)/(n+1) with a = ⌊(n+1)/2⌋.  D_n: V = 2, G = (1/12 + 1/(2n(n+1))) V^{−2/n}, R = max(1, √n/2).
    E8: G = 929/12960, R = 1.  bcc: G = 19/(192·2^{1/3}), R = √5/2.  Leech: G = 0.065771, R = √2.

    Raises:
        InputError: for an unknown name.
    """
    family, n = canonical_name(name)
    if family == "Z":
        norm, kissing, volume, moment, covering = 1, 2 * n, 1.0, 1 / 12, math.sqrt(n) / 2
    elif family == "A":
        half = (n + 1) // 2
        norm, kissing, volume, covering = 2, n * (n + 1), math.sqrt(n + 1), math.sqrt(half * (n + 1 - half) / (n + 1))
        moment = (1 / 12 + 1 / (6 * (n + 1))) * volume ** (-2 / n)
    elif family == "D":
        norm, kissing, volume, covering = 2, 2 * n * (n - 1), 2.0, max(1.0, math.sqrt(n) / 2)
        moment = (1 / 12 + 1 / (2 * n * (n + 1))) * volume ** (-2 / n)
    elif family == "E8":
        norm, kissing, volume, moment, covering = 2, 240, 1.0, 929 / 12960, 1.0
    elif family == "bcc":
        norm, kissing, volume, moment, covering = 3, 8, 4.0, 19 / (192 * 2 ** (1 / 3)), math.sqrt(5) / 2
    else:
        norm, kissing, volume, moment, covering = 4, 196560, 1.0, 0.065771, math.sqrt(2)
    packing = math.sqrt(norm) / 2
    log_ball = n / 2 * math.log(math.pi) - math.lgamma(n / 2 + 1) + n * math.log(packing)
    density = math.exp(log_ball - math.log(volume))
    return LatticeConstants(display_name(name), n, norm, kissing, packing, covering, moment, volume, density)
