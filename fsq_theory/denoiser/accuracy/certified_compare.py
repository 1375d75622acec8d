"""Whether one codebook is more accurate than another, at one r or on an interval of r: yes, no, or undecided.

Beside :mod:`.compare`, which estimates the difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from flint import arb

from ...balls.arithmetic import ends, less, nearest_float, rational
from ...codebooks.codebook import Codebook
from ...codebooks.exact_points import ExactPoints, exact_points
from ...codebooks.spec import as_codebook
from ...errors import InputError
from .certified import certified_error
from .certified_bounds import certified_bounds
from .certified_record import CertifiedError
from .certified_routes import largest_prior

LEAST_BITS, MOST_BITS, MOST_PIECES = 64, 1024, 512

Book = Codebook | ExactPoints


@dataclass(frozen=True)
class CertifiedComparison:
    """Whether A(first, r) > A(second, r).

    Attributes:
        first: name of the first codebook.
        second: name of the second.
        low: lower end of the interval of r.
        high: its upper end; equal to ``low`` for one r.
        verdict: True if it is so at every r of the interval, False if it is not so at the r of ``where``, None if the
            budget ended first.
        where: None if it is so; otherwise an r at which it is not, or at which, or beside which, it was left undecided.
        bits: largest precision that was needed.
        pieces: intervals and points on which it was decided.
    """

    first: str
    second: str
    low: Fraction
    high: Fraction
    verdict: bool | None
    where: Fraction | None
    bits: int
    pieces: int


def more_accurate(
    first: Book | str | Iterable[Iterable[Any]],
    second: Book | str | Iterable[Iterable[Any]],
    r: Any,
    *,
    most_bits: int = MOST_BITS,
    pieces: int = MOST_PIECES,
) -> CertifiedComparison:
    """Decide A(first, r) > A(second, r) for MAP decisions, noise N(0, 1) a coordinate, by enclosures of 1 − A.

    At one r the precision is doubled until the enclosures are apart.  An interval [a, b] is decided where 1 −
    A(first, a) < 1 − A(second, b), since neither grows with r, and otherwise halved.

    Args:
        first: a codebook, its spec, or rows of exact numbers, as for :func:`.certified_error`.
        second: likewise; K, dimension and prior may differ.
        r: amplitude ratio ≥ 0: an exact number, a pair of them, lower end first, or a ball.
        most_bits: precision at which it is left undecided; bounds by pairs are refined once, by their overlaps.
        pieces: intervals and points to look at before it is left undecided.

    Raises:
        InputError: as :func:`.certified_error`; for an interval upside down, or a budget below 64 bits or 1 piece.
    """
    if most_bits < LEAST_BITS or pieces < 1:
        raise InputError(f"budget of {most_bits} bits, {pieces} pieces: expected at least {LEAST_BITS} and 1")
    books = _book(first), _book(second)
    low, high = _interval(r)
    decision = _Decision(books, most_bits, pieces)
    same = first is second or (isinstance(first, str) and first == second) or _equal(*books)
    verdict, where = (False, low) if same else decision.over(low, high)
    return CertifiedComparison(books[0].name, books[1].name, low, high, verdict, where, decision.bits, decision.used)


class _Decision:
    """A decision under way: what it has used, and the errors that it has enclosed."""

    def __init__(self, books: tuple[Book, Book], most_bits: int, pieces: int) -> None:
        self.books, self.most_bits, self.pieces = books, most_bits, pieces
        self.bits, self.used = LEAST_BITS, 0
        self._found: dict[tuple[int, Fraction], CertifiedError] = {}

    def over(self, low: Fraction, high: Fraction) -> tuple[bool | None, Fraction | None]:
        """The verdict on an interval, and where it was found if it is not True."""
        for r in dict.fromkeys((low, high)):
            verdict = self._at(r)
            if verdict is not True:
                return verdict, r
        open_pieces = [(low, high)] if low < high else []
        while open_pieces:
            a, b = open_pieces.pop()
            middle = (a + b) / 2
            if self.used >= self.pieces:
                return None, middle
            self.used += 1
            if less(self._error(0, a).upper, self._error(1, b).lower):
                continue
            verdict = self._at(middle)
            if verdict is not True:
                return verdict, middle
            open_pieces += [(middle, b), (a, middle)]
        return True, None

    def _at(self, r: Fraction) -> bool | None:
        self.used += 1
        if r == 0:
            first, second = (largest_prior(book, None) for book in self.books)
            return first > second
        errors = self._error(0, r), self._error(1, r)
        bits = LEAST_BITS
        while True:
            verdict = errors[0].less_than(errors[1])
            if verdict is None and "pairs" in (errors[0].method, errors[1].method):
                return _narrower(self.books[0], errors[0]).less_than(_narrower(self.books[1], errors[1]))
            if verdict is not None or 2 * bits > self.most_bits:
                return verdict
            bits *= 2
            self.bits = max(self.bits, bits)
            errors = tuple(certified_error(book, r, bits=bits) for book in self.books)  # type: ignore[assignment]

    def _error(self, which: int, r: Fraction) -> CertifiedError:
        if (which, r) not in self._found:
            self._found[which, r] = certified_error(self.books[which], r, bits=LEAST_BITS)
        return self._found[which, r]


def _narrower(book: Book, error: CertifiedError) -> CertifiedError:
    """An error that is enclosed by pairs, also by the bounds from overlaps of pairs."""
    if error.method != "pairs":
        return error
    bounds = certified_bounds(book, error.r)
    return replace(error, lower=error.lower.max(bounds.lower), upper=error.upper.min(bounds.upper))


def _book(given: Any) -> Book:
    if isinstance(given, Codebook | str):
        return as_codebook(given)
    return given if isinstance(given, ExactPoints) else exact_points(given)


def _equal(first: Book, second: Book) -> bool:
    """Whether both are lists of the same exact points."""
    if not (isinstance(first, ExactPoints) and isinstance(second, ExactPoints)):
        return False
    return first.unit == second.unit and set(first.rows) == set(second.rows)


def _interval(r: Any) -> tuple[Fraction, Fraction]:
    if isinstance(r, arb):
        low, high = ends(r)
    elif isinstance(r, tuple | list):
        if len(r) != 2:
            raise InputError(f"r = {r!r}: expected a number, or a pair of them, lower end first")
        low, high = rational(r[0]), rational(r[1])
    else:
        low = high = rational(r)
    if isinstance(r, arb) and high >= 0:
        low = max(low, Fraction(0))
    if low < 0 or low > high:
        raise InputError(
            f"r from {nearest_float(low):g} to {nearest_float(high):g}: expected an interval of r ≥ 0, lower end first"
        )
    return low, high
