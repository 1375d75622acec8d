"""The variables of a user's claim: what it is said for all of.

Each is a SymPy symbol that knows its domain, so that statements are written with it directly: ``r**2 <= 1/r``.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from keyword import iskeyword
from numbers import Integral
from typing import Any

import sympy as sp

from ..codebooks.codebook import Codebook
from ..codebooks.spec import as_codebook
from ..errors import InputError

CONSTRAINTS = ("linf", "rms", "energy", "none")

MOST_COORDINATES = 2**14
"""Largest K·n of a codebook that a search moves about."""


LARGEST_INTEGER = 2**53
"""Integers up to here are floating-point numbers too."""


class DomainSymbol(sp.Symbol):  # type: ignore[misc]
    """A symbol with a domain."""

    domain: tuple[Any, ...]

    def _hashable_content(self) -> tuple[Any, ...]:
        # SymPy keeps what it has made: variables of one name with other domains must not count as the same.
        domain = (d._hashable_content() if isinstance(d, DomainSymbol) else str(d) for d in self.domain)
        return (*super()._hashable_content(), type(self).__name__, *domain)

    def described(self) -> str:
        """The variable and its domain, in words."""
        raise NotImplementedError


def _symbol(cls: type[DomainSymbol], name: str, *domain: Any, **assumptions: Any) -> Any:
    if not isinstance(name, str) or not name.isidentifier() or iskeyword(name):
        raise InputError(f"variable {name!r}: expected a name that Python accepts")
    found = sp.Symbol.__xnew__(cls, name, **assumptions)
    found.domain = domain
    return found


def exact_number(value: Any, what: str) -> Any:
    """A finite SymPy Rational; a float means the decimal that it prints as, so 0.1 is one tenth."""
    try:
        number = sp.Rational(repr(float(value)) if isinstance(value, float) else value)
    except (TypeError, ValueError):
        number = None
    if number is None or not number.is_Rational:
        raise InputError(f"{what} {value!r}: expected a finite rational number")
    return number


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, Integral) and int(value) >= least


class Real(DomainSymbol):
    """A real number in [low, high]; both ends finite, a float such as 0.1 meaning the decimal 1/10."""

    def __new__(cls, name: str, low: Any, high: Any) -> Real:
        least, most = exact_number(low, f"{name}: low"), exact_number(high, f"{name}: high")
        if not least < most:
            raise InputError(f"{name} in [{least}, {most}]: expected low below high")
        sign: dict[str, bool] = {}
        if least > 0:
            sign = {"positive": True}
        elif least == 0:
            sign = {"nonnegative": True}
        elif most <= 0:
            sign = {"negative": True} if most < 0 else {"nonpositive": True}
        return _symbol(cls, name, least, most, real=True, **sign)

    @property
    def low(self) -> Any:
        """The lower end, a SymPy Rational."""
        return self.domain[0]

    @property
    def high(self) -> Any:
        """The upper end, a SymPy Rational."""
        return self.domain[1]

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """Both ends."""
        return Fraction(int(self.low.p), int(self.low.q)), Fraction(int(self.high.p), int(self.high.q))

    def described(self) -> str:
        return f"{self.name} in [{self.low}, {self.high}]"


class IntegerVariable(DomainSymbol):
    """An integer from low to high, both included."""

    def __new__(cls, name: str, low: int, high: int) -> IntegerVariable:
        ends = exact_number(low, f"{name}: low"), exact_number(high, f"{name}: high")
        if not (ends[0].is_Integer and ends[1].is_Integer and ends[0] <= ends[1]):
            raise InputError(f"{name} from {low} to {high}: expected two integers in ascending order")
        if max(abs(ends[0]), abs(ends[1])) > LARGEST_INTEGER:
            raise InputError(f"{name} from {low} to {high}: expected integers of at most 2^53 in size")
        sign = {"positive": True} if low > 0 else {"nonnegative": True} if low == 0 else {}
        return _symbol(cls, name, int(low), int(high), integer=True, **sign)

    @property
    def low(self) -> int:
        """The least value."""
        return int(self.domain[0])

    @property
    def high(self) -> int:
        """The largest value."""
        return int(self.domain[1])

    def described(self) -> str:
        return f"{self.name} an integer from {self.low} to {self.high}"


Integer = IntegerVariable
"""Under a name of its own because SymPy's printers go by the names of classes."""


class Specs(DomainSymbol):
    """One of several codebooks, each given by its spec; uniform prior unless the spec has another."""

    books: dict[str, Codebook]

    def __new__(cls, name: str, specs: Sequence[str]) -> Specs:
        if isinstance(specs, str) or not specs:
            raise InputError(f"{name} of {specs!r}: expected a list of one spec or more, such as ['fsq:2^3']")
        found = _symbol(cls, name, *specs)
        found.books = {spec: as_codebook(spec) for spec in specs}
        return found

    def described(self) -> str:
        return f"{self.name} one of {', '.join(self.domain)}"


class Codebooks(DomainSymbol):
    """Any codebook of K tokens in n dimensions under a constraint; codes may coincide.

    ``linf``: every ‖e‖_∞ ≤ 1.  ``rms``: mean squared coordinate 1, centred.  ``energy``: mean ‖e‖² = 1, centred.
    ``none``: no constraint.  K and n are numbers, or those of another variable (``like``).
    """

    def __new__(
        cls,
        name: str,
        tokens: int | None = None,
        dimension: int | None = None,
        like: Specs | None = None,
        constraint: str = "linf",
    ) -> Codebooks:
        if constraint not in CONSTRAINTS:
            raise InputError(f"{name}: constraint {constraint!r}: expected one of {', '.join(CONSTRAINTS)}")
        if like is None:
            if not (_whole(tokens, 2) and _whole(dimension, 1)):
                raise InputError(
                    f"{name} of tokens={tokens}, dimension={dimension}: expected tokens of at least 2 and dimension of"
                    " at least 1, whole numbers, or like= a variable of reference codebooks"
                )
        elif not isinstance(like, Specs) or tokens is not None or dimension is not None:
            raise InputError(f"{name}: like={like!r}: expected a variable Specs(...) and neither tokens nor dimension")
        sizes = [(tokens, dimension)] if like is None else [(book.K, book.n) for book in like.books.values()]
        for K, n in sizes:
            if K * n > MOST_COORDINATES:  # type: ignore[operator]
                raise InputError(
                    f"{name}: {K} tokens in {n} dimensions: expected at most {MOST_COORDINATES} coordinates"
                )
        return _symbol(cls, name, tokens, dimension, like, constraint)

    @property
    def tokens(self) -> int | None:
        """K, or None where it is that of ``like``."""
        return self.domain[0]

    @property
    def dimension(self) -> int | None:
        """n, or None where it is that of ``like``."""
        return self.domain[1]

    @property
    def like(self) -> Specs | None:
        """The reference codebooks whose size it has."""
        return self.domain[2]

    @property
    def constraint(self) -> str:
        """The constraint's name."""
        return str(self.domain[3])

    def described(self) -> str:
        size = f"as many tokens and dimensions as {self.like}" if self.like is not None else ""
        size = size or f"{self.tokens} tokens in {self.dimension} dimensions"
        return f"{self.name} any codebook of {size} ({self.constraint})"


class Priors(DomainSymbol):
    """Any prior on the tokens of a codebook: ``tokens`` of them, or those of a codebook variable (``of``)."""

    def __new__(cls, name: str, tokens: int | None = None, of: Specs | Codebooks | None = None) -> Priors:
        if (tokens is None) == (of is None):
            raise InputError(f"{name}: expected either tokens= a number or of= a variable of codebooks")
        if tokens is not None and not _whole(tokens, 2):
            raise InputError(f"{name}: tokens={tokens}: expected a whole number of at least 2")
        if of is not None and not isinstance(of, Specs | Codebooks):
            raise InputError(f"{name}: of={of!r}: expected a variable Specs(...) or Codebooks(...)")
        return _symbol(cls, name, tokens, of)

    @property
    def tokens(self) -> int | None:
        """K, or None where it is that of ``of``."""
        return self.domain[0]

    @property
    def of(self) -> Specs | Codebooks | None:
        """The codebook variable whose tokens it weighs."""
        return self.domain[1]

    def described(self) -> str:
        return f"{self.name} any prior on {self.tokens if self.of is None else f'the tokens of {self.of}'}"
