"""What a codebook is a product of, exactly: what its information, entropy and MMSE are sums over.

Codes on a line of any R^n, two tokens anywhere, full grids with product priors, one-hot and simplex codes under the
uniform prior, and products of these.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from ...balls.arithmetic import Ball, ball, rational
from ...balls.enclosure import Enclosure
from ...codebooks.checks import listable
from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.regular import BiorthogonalCodebook, EquidistantCodebook, OneHotCodebook, SimplexCodebook
from ...errors import InputError
from .certified_equidistant import information
from .certified_line import Line, information_and_entropy, mean_square_error

Row = tuple[Fraction, ...]


@dataclass(frozen=True)
class Part:
    """Codes on a line in a codebook.

    Attributes:
        line: the codes that have a probability above 0, each once.
        square: the squared length of a unit of the line.
        hidden: the probabilities of the tokens of each code that has several.
    """

    line: Line
    square: Fraction
    hidden: tuple[tuple[Fraction, ...], ...] = ()

    def hidden_entropy(self) -> Ball:
        """H of the token given its code: Σ_c π_c H(tokens of c) = Σ_k π_k log(π_c/π_k)."""
        groups = ((sum(weights), weights) for weights in self.hidden)
        return sum((ball(p) * ball(whole / p).log() for whole, weights in groups for p in weights), arb(0))

    def prior_entropy(self) -> Ball:
        """H(π)."""
        return self.line.entropy() + self.hidden_entropy()

    def at(self, gamma: Fraction | float, bits: int) -> tuple[Enclosure, Enclosure, Enclosure]:
        """I, H(X_0|Y) and MMSE at an SNR, which may be 0 or inf."""
        hidden = self.hidden_entropy()
        if gamma == 0:
            return Enclosure.of(0), Enclosure.of(self.prior_entropy(), 0), self.mmse(gamma, bits)
        if gamma == math.inf:
            return Enclosure.of(self.line.entropy(), 0), Enclosure.of(hidden, 0), self.mmse(gamma, bits)
        assert isinstance(gamma, Fraction)
        information, entropy = information_and_entropy(self.line, gamma * self.square, bits)
        behind = Enclosure((entropy.lower + hidden).lower(), (entropy.upper + hidden).upper())
        return information, behind, self.mmse(gamma, bits)

    def mmse(self, gamma: Fraction | float, bits: int) -> Enclosure:
        """MMSE at an SNR, which may be 0 or inf."""
        if gamma == math.inf or len(self.line.codes) == 1:
            return Enclosure.of(0)
        if gamma == 0:
            return Enclosure.of(ball(self.line.variance * self.square), 0)
        assert isinstance(gamma, Fraction)
        found, square = mean_square_error(self.line, gamma * self.square, bits), ball(self.square)
        return Enclosure((found.lower * square).lower(), (found.upper * square).upper())


@dataclass(frozen=True)
class EquidistantPart:
    """K equally probable codes of which any two are at squared distance ``square``."""

    tokens: int
    square: Fraction

    def prior_entropy(self) -> Ball:
        """H(π)."""
        return arb(self.tokens).log()

    def at(self, gamma: Fraction | float, bits: int) -> tuple[Enclosure, Enclosure, Enclosure]:
        """I, H(X_0|Y) and MMSE at an SNR, which may be 0 or inf."""
        whole, nothing = Enclosure.of(self.prior_entropy()), Enclosure.of(0)
        if gamma == 0:
            return nothing, whole, Enclosure.of(ball(self.square * (self.tokens - 1) / (2 * self.tokens)))
        if gamma == math.inf:
            return whole, nothing, nothing
        assert isinstance(gamma, Fraction)
        found, behind, error = information(self.tokens, gamma * self.square / 2, bits)
        half = ball(self.square / 2)
        return found, behind, Enclosure((error.lower * half).lower(), (error.upper * half).upper())

    def mmse(self, gamma: Fraction | float, bits: int) -> Enclosure:
        """MMSE at an SNR, which may be 0 or inf."""
        return self.at(gamma, bits)[2]


Parts = list[tuple[Part | EquidistantPart, int]]


def parts_of(codebook: Codebook) -> Parts:
    """The lines whose product a codebook is, each with the number of times that it occurs.

    Raises:
        InputError: if it is no such product.
    """
    if isinstance(codebook, ProductCodebook):
        return [(part, count * times) for factor, times in codebook.groups for part, count in parts_of(factor)]
    square = _one_distance(codebook)
    if square is not None:
        if codebook.is_uniform and codebook.K > 2:
            return [(EquidistantPart(codebook.K, square), 1)]
        prior = None if codebook.is_uniform else codebook.prior.tolist()
        used = [weight for weight in probabilities(prior, codebook.K) if weight]
        if len(used) <= 2:
            return [(Part(Line(tuple(Fraction(i) for i in range(len(used))), tuple(used)), square), 1)]
        if min(used) == max(used):
            return [(EquidistantPart(len(used), square), 1)]
        raise _unknown(codebook.name, codebook.K, codebook.n)
    if isinstance(codebook, BiorthogonalCodebook) and codebook.is_uniform and codebook.K in (2, 4):
        # Two codes at a distance of 2·norm, or the corners of a square of side √2·norm.
        both = Line((Fraction(0), Fraction(1)), (Fraction(1, 2), Fraction(1, 2)))
        return [(Part(both, Fraction(codebook.norm) ** 2 * (4 if codebook.K == 2 else 2)), codebook.K // 2)]
    listable(codebook.K, codebook.n)
    rows = [tuple(Fraction(x) for x in row) for row in codebook.points.tolist()]
    return listed_parts(
        codebook.name, rows, probabilities(None if codebook.is_uniform else codebook.prior.tolist(), codebook.K)
    )


def _one_distance(codebook: Codebook) -> Fraction | None:
    """The squared distance of any two codes where all are equal by construction."""
    if isinstance(codebook, OneHotCodebook):
        return 2 * Fraction(codebook.scale) ** 2
    if isinstance(codebook, SimplexCodebook):
        return Fraction(codebook.norm) ** 2 * 2 * codebook.K / (codebook.K - 1)
    assert not isinstance(codebook, EquidistantCodebook)
    return None


def probabilities(prior: Iterable[Any] | None, tokens: int) -> list[Fraction]:
    """π as exact numbers of sum 1."""
    if prior is None:
        return [Fraction(1, max(tokens, 1))] * tokens
    values = [rational(x) for x in prior]
    if len(values) != tokens:
        raise InputError(f"prior of {len(values)} numbers: expected one for each of {tokens} tokens")
    for k, value in enumerate(values):
        if value < 0:
            raise InputError(f"prior of token {k} is {value}: expected a number of at least 0")
    whole = sum(values, Fraction(0))
    if not whole:
        raise InputError("prior of zeros: expected a number above 0")
    return [value / whole for value in values]


def listed_parts(name: str, rows: Sequence[Row], weights: Sequence[Fraction]) -> Parts:
    """The lines that listed codes are made of: one that holds them all, or the axes of a grid."""
    if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        raise InputError(f"{len(rows)} rows of exact points: expected at least 1, all of one length, at least 1")
    tokens: dict[Row, list[Fraction]] = {}
    for row, weight in zip(rows, weights, strict=True):
        if weight:
            tokens.setdefault(row, []).append(weight)
    codes = {row: sum(group, Fraction(0)) for row, group in tokens.items()}
    hidden = tuple(tuple(group) for group in tokens.values() if len(group) > 1)
    found = _along_one(codes)
    if found is not None:
        line, square = found
        return [(Part(line, square, hidden), 1)]
    axes = _axes(codes)
    if axes is None:
        raise _unknown(name, len(rows), len(rows[0]))
    parts: dict[Line, int] = {}
    for axis in axes:
        parts[axis] = parts.get(axis, 0) + 1
    listed: Parts = [(Part(axis, Fraction(1)), count) for axis, count in parts.items() if len(axis.codes) > 1]
    if hidden:
        listed.append((Part(Line((Fraction(0),), (Fraction(1),)), Fraction(1), hidden), 1))
    return listed


def _along_one(codes: dict[Row, Fraction]) -> tuple[Line, Fraction] | None:
    """Codes e_k = e_0 + t_k v as the line of the t_k, and ‖v‖²; None if they are on no line."""
    rows = list(codes)
    origin = rows[0]
    if len(rows) == 1:
        return Line((Fraction(0),), (Fraction(1),)), Fraction(1)
    direction = [x - y for x, y in zip(rows[1], origin, strict=True)]
    pivot = next(i for i, x in enumerate(direction) if x)
    places: dict[Fraction, Fraction] = {}
    for row, weight in codes.items():
        t = (row[pivot] - origin[pivot]) / direction[pivot]
        if any(x - y != t * v for x, y, v in zip(row, origin, direction, strict=True)):
            return None
        places[t] = weight
    ordered = sorted(places)
    square = sum((v * v for v in direction), Fraction(0))
    return Line(tuple(ordered), tuple(places[t] for t in ordered)), square


def _axes(codes: dict[Row, Fraction]) -> list[Line] | None:
    """The axes of a full grid whose prior is exactly the product of its marginals; None if the codes are none."""
    marginals: list[dict[Fraction, Fraction]] = [{} for _ in next(iter(codes))]
    for row, weight in codes.items():
        for x, marginal in zip(row, marginals, strict=True):
            marginal[x] = marginal.get(x, Fraction(0)) + weight
    if math.prod(len(marginal) for marginal in marginals) != len(codes):
        return None
    for row, weight in codes.items():
        if math.prod((m[x] for x, m in zip(row, marginals, strict=True)), start=Fraction(1)) != weight:
            return None
    return [Line(tuple(sorted(m)), tuple(m[x] for x in sorted(m))) for m in marginals]


def _unknown(name: str, tokens: int, n: int) -> InputError:
    return InputError(
        f"{name} (K = {tokens}, n = {n}): certified information is of codes on a line, grids with product priors, "
        "one-hot and simplex codes under the uniform prior, and products of these; accepted otherwise: "
        "fsq_theory.information"
    )
