"""Choices that a search makes: by Hypothesis, which can shrink them, or by a plain generator of random numbers.

The domain of a claim is described once (:mod:`.moves`) in terms of these; the simplest choice comes first, for that is
where Hypothesis shrinks to.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol, TypeVar

import numpy as np

T = TypeVar("T")


class Chooser(Protocol):
    """Makes choices."""

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high."""
        ...

    def choose(self, options: Sequence[T]) -> T:
        """One of some options, the simplest first."""
        ...


class RandomChooser:
    """Uniform choices by a generator of NumPy's."""

    def __init__(self, generator: np.random.Generator) -> None:
        self.generator = generator

    def integer(self, low: int, high: int) -> int:
        return int(self.generator.integers(low, high, endpoint=True))

    def choose(self, options: Sequence[T]) -> T:
        return options[self.integer(0, len(options) - 1)]


class SpreadChooser(RandomChooser):
    """Random choices, of which the first at each place are spread evenly over the options as starts are numbered.

    The k-th choice of start s is the option at s·φ_k of the range, φ_k irrational: a low-discrepancy sequence.
    """

    def __init__(self, generator: np.random.Generator, start: int) -> None:
        super().__init__(generator)
        self.start, self.place = start, 0

    def integer(self, low: int, high: int) -> int:
        if self.place == len(SPREAD):
            return super().integer(low, high)
        part = (0.5 + (self.start + 1) * SPREAD[self.place]) % 1
        self.place += 1
        return low + int(part * (high - low + 1))


SPREAD = (0.6180339887498949, 0.41421356237309515, 0.7320508075688772, 0.23606797749978967, 0.6457513110645906)
"""Fractional parts of the golden mean and of √2, √3, √5, √7."""


class HypothesisChooser:
    """Choices of Hypothesis's, from inside a composite strategy, bit by bit.

    Its integers would favour the constants of whatever modules are loaded, and the outcome depend on them; bits do not.
    """

    def __init__(self, draw: Any) -> None:
        self.draw = draw

    def integer(self, low: int, high: int) -> int:
        from hypothesis import strategies as st

        value = 0
        for _ in range((high - low).bit_length()):
            value = 2 * value + self.draw(st.booleans())
        return low + value % (high - low + 1)

    def choose(self, options: Sequence[T]) -> T:
        return options[self.integer(0, len(options) - 1)]


def generator(chooser: Chooser) -> np.random.Generator:
    """A generator of random numbers, for draws too many to be choices of their own."""
    return np.random.default_rng(chooser.integer(0, 2**16 - 1))


FINE = 2**16


def real(chooser: Chooser, low: Fraction, high: Fraction) -> Fraction:
    """A number in [low, high]: simple ones, the ends and what is near them, any decimal, any order of magnitude."""
    kind = chooser.choose(("simple", "hundredths", "near an end", "anywhere", "any magnitude"))
    if kind == "simple":
        return chooser.choose(simple_numbers(low, high))
    if kind == "hundredths":
        return low + (high - low) * Fraction(chooser.integer(0, 100), 100)
    if kind == "near an end":
        inwards = (high - low) / 10 ** chooser.integer(2, 9)
        return chooser.choose((low + inwards, high - inwards))
    part = chooser.integer(0, FINE) / FINE
    if kind == "any magnitude" and low > 0:
        value = float(low) * (float(high) / float(low)) ** part
    else:
        value = float(low) + (float(high) - float(low)) * part
    return min(max(Fraction(repr(value)), low), high)


def simple_numbers(low: Fraction, high: Fraction) -> list[Fraction]:
    """Numbers in [low, high] with small numerator and denominator, the simplest first, and both ends."""
    small = {Fraction(p, q) for q in (1, 2, 3, 4) for p in range(-10 * q, 10 * q + 1)}
    inside = sorted((x for x in small if low <= x <= high), key=complexity)
    return list(dict.fromkeys([*inside[:24], low, high]))


def complexity(x: Fraction) -> tuple[int, int, bool]:
    """Order of simplicity of fractions: small denominators, then small numerators, then positive."""
    return x.denominator, abs(x.numerator), x < 0
