"""Drawing points of a claim's domain: generic ways to make a codebook, a prior, a number, whatever the claim.

Every choice is a :class:`~.draws.Chooser`'s, so that the same description serves Hypothesis, which shrinks towards the
first of all options, and the random starts of gradient ascent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from ..arrays import Array
from ..errors import TooLargeError
from .codes import Codes
from .draws import Chooser, generator, real
from .variables import Codebooks, DomainSymbol, Integer, Priors, Real, Specs

Point = dict[str, Any]
"""A point of the domain, by the variables' names: an exact Fraction for a Real, an int for an Integer, the spec's text
for Specs, :class:`~.codes.Codes` for Codebooks, an array of shape (K,) for Priors."""

COORDINATES = tuple(
    tuple(Fraction(x) for x in line.split())
    for line in ("0 1 -1", "0 1 -1 1/2 -1/2", "0 1 -1 1/2 -1/2 1/3 -1/3 2/3 -2/3 1/4 -1/4 3/4 -3/4")
)
"""Simple coordinates, on ever finer grids, the simplest first."""

FROM_REFERENCE = ("one token", "several tokens", "swapped", "staggered", "coincident", "near", "random")
FROM_NOTHING = ("grid", "random", "coincident")

SINGLE = 3
"""Moving one token is tried so many times as often as another move: it is the least that can be done."""


def draw_point(chooser: Chooser, variables: Sequence[DomainSymbol], fixed: Point | None = None) -> Point:
    """A point of the domain; ``fixed`` values are kept, so that a search may stay with one reference codebook."""
    point: Point = dict(fixed or {})
    for kind in (Specs, Integer, Real, Codebooks, Priors):
        for variable in variables:
            if isinstance(variable, kind) and variable.name not in point:
                point[variable.name] = _draw(chooser, variable, point)
    return point


def _draw(chooser: Chooser, variable: DomainSymbol, point: Point) -> Any:
    if isinstance(variable, Specs):
        return chooser.choose(by_size(variable))
    if isinstance(variable, Integer):
        return chooser.integer(variable.low, variable.high)
    if isinstance(variable, Real):
        return real(chooser, *variable.ends)
    if isinstance(variable, Codebooks):
        return draw_codes(chooser, variable, point)
    assert isinstance(variable, Priors)
    return draw_prior(chooser, size_of(variable, point))


def by_size(variable: Specs) -> list[str]:
    """The specs, those of fewest tokens and dimensions first."""
    return sorted(variable.domain, key=lambda spec: (variable.books[spec].K, variable.books[spec].n))


@dataclass(frozen=True)
class Choices:
    """The values that reference codebooks and integers may have together: small codebooks first.

    Attributes:
        names: of the Specs and Integer variables.
        options: the values of each.
    """

    names: Sequence[str]
    options: Sequence[Sequence[Any]]

    @property
    def count(self) -> int:
        """How many combinations there are."""
        return math.prod(len(values) for values in self.options)

    def __iter__(self) -> Iterator[Point]:
        return (dict(zip(self.names, values, strict=True)) for values in product(*self.options))

    def drawn(self, numbers: np.random.Generator, count: int) -> list[Point]:
        """Some combinations, each once."""
        found = [tuple(o[int(numbers.integers(len(o)))] for o in self.options) for _ in range(count)]
        return [dict(zip(self.names, values, strict=True)) for values in dict.fromkeys(found)]


def choices(variables: Sequence[DomainSymbol]) -> Choices:
    """The combinations of values of a claim's Specs and Integer variables."""
    discrete = [v for v in variables if isinstance(v, Specs | Integer)]
    options = [by_size(v) if isinstance(v, Specs) else range(v.low, v.high + 1) for v in discrete]
    return Choices([v.name for v in discrete], options)


def reference(variable: Codebooks, point: Point) -> Codes | None:
    """The reference codebook of a codebook variable at a point."""
    if variable.like is None:
        return None
    return codes_of(variable.like, point[variable.like.name])


def codes_of(variable: Specs, spec: str) -> Codes:
    """A reference codebook as codes."""
    return Codes(book=variable.books[spec])


def moved_tokens(codes: Codes, start: Array) -> list[int]:
    """The tokens whose codes differ from the reference's."""
    return [int(k) for k in np.flatnonzero(np.any(codes.points != start, axis=1))]


def size_of(variable: Priors, point: Point) -> int:
    """How many tokens a prior weighs."""
    if variable.of is None:
        assert variable.tokens is not None
        return variable.tokens
    value = point[variable.of.name]
    tokens = value.K if isinstance(value, Codes) else variable.of.books[value].K
    if tokens > 2**16:
        raise TooLargeError(tokens, "for a prior to be varied")
    return int(tokens)


def draw_codes(chooser: Chooser, variable: Codebooks, point: Point) -> Codes:
    """Codes of the right size under the constraint: the reference codebook moved if there is one, or from nothing."""
    start = reference(variable, point)
    if start is None:
        assert variable.tokens is not None
        assert variable.dimension is not None
        kind = chooser.choose(FROM_NOTHING)
        raw = _from_nothing(chooser, kind, variable.tokens, variable.dimension)
    else:
        raw = _from_reference(chooser, chooser.choose(FROM_REFERENCE[:1] * SINGLE + FROM_REFERENCE[1:]), start.points)
    if variable.constraint == "linf":
        raw = np.clip(raw, -1.0, 1.0)
    elif variable.constraint == "none":
        raw = raw * float(chooser.choose((Fraction(1), Fraction(10), Fraction(1, 10), Fraction(100))))
    return Codes(raw, variable.constraint)


def _from_nothing(chooser: Chooser, kind: str, tokens: int, n: int) -> Array:
    if kind == "random":
        return _random(chooser, tokens, n)
    if kind == "grid" and tokens * n <= 64:
        values = chooser.choose(COORDINATES)
        raw = np.array([[float(chooser.choose(values)) for _ in range(n)] for _ in range(tokens)])
    else:
        raw = generator(chooser).choice(np.array([float(x) for x in chooser.choose(COORDINATES)]), (tokens, n))
    return _coincide(chooser, raw) if kind == "coincident" else raw


def _from_reference(chooser: Chooser, kind: str, points: Array) -> Array:
    raw = np.array(points)
    tokens, n = raw.shape
    if kind in ("one token", "several tokens"):
        for _ in range(1 if kind == "one token" else chooser.integer(2, 4)):
            raw[chooser.integer(0, tokens - 1)] = _place(chooser, raw)
    elif kind == "swapped":
        i, j = chooser.integer(0, tokens - 1), chooser.integer(0, tokens - 1)
        raw[[i, j]] = raw[[j, i]]
    elif kind == "staggered":
        return _staggered(chooser, raw)
    elif kind == "coincident":
        return _coincide(chooser, raw)
    elif kind == "near":
        size = chooser.choose((0.1, 0.01, 0.3, 1e-4))
        return np.asarray(raw + size * generator(chooser).standard_normal(raw.shape))
    else:
        return _random(chooser, tokens, n)
    return raw


def _place(chooser: Chooser, points: Array) -> Array:
    """A place for a token: on a grid of simple fractions, the same coordinate everywhere, near others, or anywhere."""
    n, reach = points.shape[1], float(np.abs(points).max()) or 1.0
    kind = chooser.choose(("diagonal", "grid", "between", "anywhere"))
    if kind == "diagonal":
        return np.full(n, reach * float(chooser.choose(chooser.choose(COORDINATES))))
    if kind == "grid":
        values = chooser.choose(COORDINATES)
        return np.array([reach * float(chooser.choose(values)) for _ in range(n)])
    if kind == "between":
        i, j = chooser.integer(0, len(points) - 1), chooser.integer(0, len(points) - 1)
        return np.asarray((points[i] + points[j]) / 2)
    return np.asarray(generator(chooser).uniform(-reach, reach, n))


def _staggered(chooser: Chooser, points: Array) -> Array:
    """Rows shifted: where a code's rank on one axis is odd, its coordinate on another moves by a part of the spacing.

    The shifted axis is scaled back to the interval that it had.
    """
    n = points.shape[1]
    if n < 2:
        return points
    along, across = chooser.integer(0, n - 1), chooser.integer(0, n - 2)
    across += across >= along
    values, rank = np.unique(points[:, along], return_inverse=True)
    spacing = np.diff(np.unique(points[:, across])).min(initial=np.inf)
    if len(values) < 2 or not np.isfinite(spacing):
        return points
    shift = float(chooser.choose((Fraction(1, 2), Fraction(1, 4), Fraction(3, 4), Fraction(1, 10)))) * spacing
    moved = np.array(points)
    low, high = float(points[:, across].min()), float(points[:, across].max())
    column = points[:, across] + shift * (rank.ravel() % 2)
    moved[:, across] = low + (column - low) * (high - low) / (high + shift - low)
    return moved


def _coincide(chooser: Chooser, points: Array) -> Array:
    i, j = chooser.integer(0, len(points) - 1), chooser.integer(0, len(points) - 1)
    points = np.array(points)
    points[i] = points[j]
    return points


def _random(chooser: Chooser, tokens: int, n: int) -> Array:
    law = chooser.choose(("box", "faces", "gauss"))
    numbers = generator(chooser)
    if law == "gauss":
        return np.asarray(numbers.standard_normal((tokens, n)) / np.sqrt(n))
    raw = numbers.uniform(-1.0, 1.0, (tokens, n))
    return np.asarray(raw / np.abs(raw).max(axis=1, keepdims=True)) if law == "faces" else raw


def draw_prior(chooser: Chooser, tokens: int) -> Array:
    """A prior on some tokens: uniform, one token rare or dominant, geometric, or random weights."""
    kind = chooser.choose(("uniform", "one heavier", "geometric", "weights", "random"))
    weights = np.ones(tokens)
    if kind == "one heavier":
        size = float(
            chooser.choose((Fraction(2), Fraction(1, 2), Fraction(10), Fraction(1, 10), Fraction(1000), Fraction(0)))
        )
        weights[chooser.integer(0, tokens - 1)] = size
    elif kind == "geometric":
        weights = float(chooser.choose((Fraction(1, 2), Fraction(9, 10), Fraction(1, 10)))) ** np.minimum(
            np.arange(tokens), 50.0
        )
    elif kind == "weights" and tokens <= 64:
        weights = np.array([float(chooser.integer(1, 20)) for _ in range(tokens)])
    elif kind == "random":
        weights = generator(chooser).gamma(float(chooser.choose((1.0, 0.1, 10.0))), size=tokens) + 1e-12
    return np.asarray(weights / weights.sum())
