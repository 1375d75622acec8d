"""Certificates that a token moved into a gap of one coordinate beats FSQ at points (base, n, ρ), as the theorem says.

``rows`` are [base, n, ρ, cells, bound, margin]: the theorem's lower bound Φ(ρ)^{n−1} g(ρ) − 2ρΦ(ρ)^{n+1}/(nφ(ρ)) of K
(A(E') − A(E)), rounded down, which is positive; and that of G − Λ itself, for m = 1 and any corner dropped, not below
it.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from ..balls.arithmetic import Ball, ball, precision
from ..denoiser.accuracy.certified_pairs import tail
from ..errors import InputError
from .check import demand, rows_of
from .decimals import decimal, is_bound, whole
from .files import Certificate
from .moved_token import MOST, Move, gain, loss
from .moved_token_kind import MOST_CELLS, bits_of, many_of

CLAIM = "accuracy-fails-at-every-noise-level"
NAMES = ("rows", "bits")


def examine(certificate: Certificate) -> tuple[str, list[str]]:
    """Check each point; the statement that they make, and what was found."""
    rows = rows_of(certificate, "rows", 6)
    if not rows:
        raise InputError("rows: expected at least one")
    with precision(bits_of(certificate)):
        for base, n, rho, cells, bound, least in rows:
            low, found = both(base, whole(n, 2, MOST), decimal(rho), whole(cells, 1, MOST_CELLS))
            where = f"base {base}, n = {n}, ρ = {rho}"
            demand(
                bool(low > 0) and is_bound(bound, low, "lower"), f"{where}: the theorem's bound is {low}, not {bound}"
            )
            demand(bool(found >= low) and is_bound(least, found, "lower"), f"{where}: G − Λ ≥ {found}, not {least}")
    return statement(certificate), [f"{len(rows)} points, at each G − Λ is positive and not below the theorem's bound"]


def both(base: str, n: int, rho: Fraction, cells: int) -> tuple[Ball, Ball]:
    """Balls of the theorem's lower bound and of a lower bound of G − Λ."""
    if rho <= 0:
        raise InputError(f"ρ = {rho}: expected a positive number")
    at = ball(rho)
    density, inside = (-at * at / 2).exp() / (2 * arb.pi()).sqrt(), tail(-at)
    gained = 4 * tail(-at / 2) - 2 * inside - 1
    low = inside ** (n - 1) * gained - 2 * at * inside ** (n + 1) / (n * density)
    return low, gain(Move(many_of(base), n, 1), rho, cells) - loss(Move(False, n, 1), rho)


def statement(certificate: Certificate) -> str:
    """What the parameters say, in words."""
    points = "; ".join(f"(L {'= 2' if row[0] == '2' else '≥ 3'}, {row[1]}, {row[2]})" for row in certificate["rows"])
    return f"One token moved beats FSQ at (L, n, ρ) = {points}, by no less than the theorem says."
