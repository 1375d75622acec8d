"""Bounds on the MAP error of a codebook, enclosed in balls, any prior: the certified twins of :mod:`.bounds`.

Above: the union bound.  Below: the best single neighbour, Bonferroni's and de Caen's inequalities, and the volume of
the box.  The proofs are derivations/union_kl.py, pairwise_lower_bounds.py and volume_bound.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from ...balls.arithmetic import Ball, ball, ends, precision, rational
from ...balls.enclosure import Enclosure, between
from ...codebooks.codebook import Codebook
from ...codebooks.exact_points import ExactPoints, check_pairs, exact_points
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.regular import EquidistantCodebook, OneHotCodebook, SimplexCodebook
from ...codebooks.spec import as_codebook
from ...errors import InputError
from .certified_competitors import bounds_below, equidistant, unequal_union
from .certified_pairs import union_bound
from .certified_routes import any_error, largest_prior, normalised

BITS = 64


@dataclass(frozen=True)
class CertifiedBounds:
    """Bounds on the MAP error 1 − A at one r, each enclosed; over an interval of r they hold at all of it.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        r: amplitude ratio α/σ as given.
        union: above; Σ_k π_k Σ_{j≠k} Φ(−h_kj), h_kj = r d_kj/2 + log(π_k/π_j)/(r d_kj), cut at 1 − max π.
        single: below; Σ_k π_k max_j Φ(−h_kj).
        bonferroni: below; Σ_k π_k [Σ_j Φ(−h_kj) − Σ_{i<j} P(k loses to both)], over competitors that add to it.
        de_caen: below; Σ_k π_k Σ_j Φ(−h_kj)²/Σ_i P(k loses to both j and i).
        volume: below; 1 − max π · Π_i (1 + r w_i/√(2π)) for codes in a box of widths w_i, cut at 0.
        bits: precision they were computed at.
    """

    codebook: str
    K: int
    n: int
    r: Any
    union: Enclosure
    single: Enclosure
    bonferroni: Enclosure
    de_caen: Enclosure
    volume: Enclosure
    bits: int

    @property
    def lower(self) -> Ball:
        """What 1 − A is certainly not below: the best lower bound's lower end, exact in binary."""
        below = (self.single, self.bonferroni, self.de_caen, self.volume)
        return max((bound.lower for bound in below), key=lambda end: ends(end)[0])

    @property
    def upper(self) -> Ball:
        """What 1 − A is certainly not above."""
        return self.union.upper


@dataclass(frozen=True)
class _Balls:
    union: Ball
    single: Ball
    bonferroni: Ball
    de_caen: Ball


_BELOW = ("single", "bonferroni", "de_caen")


def certified_bounds(
    codebook: Codebook | str | Iterable[Iterable[Any]] | ExactPoints,
    r: Any,
    *,
    bits: int = BITS,
    prior: Iterable[Any] | None = None,
) -> CertifiedBounds:
    """Bounds on the error 1 − A of MAP decisions, noise N(0, 1) a coordinate, each enclosed.

    A product is bounded factor by factor: its error 1 − Π(1 − e_i) increases with each of theirs.  Over an interval of
    r a lower bound is that at its upper end and the union bound that at its lower end, since 1 − A never grows with r.

    Args:
        codebook: as :func:`.certified.certified_error` takes it.
        r: amplitude ratio α/σ > 0: an exact number, or a ball.
        bits: precision; overlaps are computed to 36 bits.
        prior: for rows, exact numbers ≥ 0 that π is proportional to; uniform if None.  A codebook has its own.

    Raises:
        InputError: for an r that is not positive and finite, a prior that is not one, or too many codes: 8192, or 1024
            of unequal priors, of one factor.
    """
    made = codebook if not isinstance(codebook, Codebook | str) else as_codebook(codebook)
    points = made if isinstance(made, ExactPoints | Codebook) else exact_points(made)
    if isinstance(points, Codebook):
        if prior is not None:
            raise InputError(f"prior beside {points.name}: a codebook has its own; expected with_prior, or rows")
        shares = None
    else:
        shares = None if prior is None else normalised([rational(p) for p in prior], points.K)
    first, last = ends(r) if isinstance(r, arb) and r.is_finite() else (rational(r),) * 2
    if first <= 0:
        raise InputError(f"r = {r}: bounds expect a positive finite amplitude ratio")
    silent = 1 - largest_prior(points, shares)
    # Φ(−h) is relatively h² times less accurate than h.
    with precision(bits + 16 + min(2 * int(last).bit_length(), 96)):
        above = _at(points, shares, ball(first))
        below = above if first == last else _at(points, shares, ball(last))
        found = {name: _over(getattr(below, name), getattr(above, name), arb(1)) for name in _BELOW}
        union = _over(below.union, above.union, ball(silent))
        box = [_volume(points, 1 - silent, ball(rate)) for rate in (last, first)]
        volume = _over(box[0], box[1], arb(1))
    return CertifiedBounds(points.name, points.K, points.n, r, union, **found, volume=volume, bits=bits)


def _over(last: Ball, first: Ball, most: Ball) -> Enclosure:
    """What the bound is at the upper and at the lower end of r, each cut to [0, most], in one enclosure."""
    return between(*(Enclosure.of(value.max(arb(0)).min(most), least=0, most=most) for value in (last, first)))


def _at(codebook: Codebook | ExactPoints, shares: Sequence[Fraction] | None, r: Ball) -> _Balls:
    """The bounds from pairs at one r."""
    if isinstance(codebook, ProductCodebook):
        parts = [(_at(factor, None, r), count) for factor, count in codebook.groups]
        return _Balls(
            *(any_error([(getattr(part, name), count) for part, count in parts]) for name in ("union", *_BELOW))
        )
    if isinstance(codebook, EquidistantCodebook) and codebook.is_uniform:
        return _Balls(*equidistant(r * ball(_square(codebook)).sqrt() / 2, codebook.K - 1))
    points = codebook if isinstance(codebook, ExactPoints) else exact_points(codebook)
    prior = shares
    if isinstance(codebook, Codebook) and not codebook.is_uniform:
        prior = normalised([rational(p) for p in codebook.prior.tolist()], codebook.K)
    if prior is not None:
        sent = [k for k, share in enumerate(prior) if share]
        if len(sent) == 1:
            return _Balls(arb(0), arb(0), arb(0), arb(0))
        points = ExactPoints(points.name, tuple(points.rows[k] for k in sent), points.unit)
        prior = normalised([prior[k] for k in sent], len(sent))
    check_pairs(points.K, "the union bound")
    if prior is None:
        return _Balls(union_bound(points, r), *bounds_below(points, [Fraction(1, points.K)] * points.K, r))
    return _Balls(unequal_union(points, prior, r), *bounds_below(points, prior, r))


def _square(codebook: EquidistantCodebook) -> Fraction:
    """The squared distance of the ideal codes."""
    if isinstance(codebook, SimplexCodebook):
        return Fraction(codebook.norm) ** 2 * 2 * codebook.K / (codebook.K - 1)
    assert isinstance(codebook, OneHotCodebook)
    return 2 * Fraction(codebook.scale) ** 2


def _volume(codebook: Codebook | ExactPoints, largest: Fraction, r: Ball) -> Ball:
    """1 − max π · Π_i (1 + r w_i/√(2π))."""
    scale = r / (2 * arb.pi()).sqrt()
    grown = ball(largest)
    for square, count in _widths(codebook):
        grown *= (1 + scale * ball(square).sqrt()) ** count
    return 1 - grown


def _widths(codebook: Codebook | ExactPoints) -> list[tuple[Fraction, int]]:
    """Squares of the widths of the smallest box that holds the codes, with multiplicities."""
    if isinstance(codebook, ProductCodebook):
        return [(square, times * count) for factor, times in codebook.groups for square, count in _widths(factor)]
    if isinstance(codebook, OneHotCodebook) and codebook.is_uniform:
        return [(Fraction(codebook.scale) ** 2, codebook.n)]
    if isinstance(codebook, SimplexCodebook) and codebook.is_uniform:
        # The contrast of m tokens against one has the values 1, 0 and −m, times √(K/(K−1))·norm/√(m(m+1)).
        squared = Fraction(codebook.norm) ** 2 * codebook.K / (codebook.K - 1)
        return [(squared * Fraction(m + 1, m), 1) for m in range(1, codebook.K)]
    points = codebook if isinstance(codebook, ExactPoints) else exact_points(codebook)
    return [((points.unit * (max(column) - min(column))) ** 2, 1) for column in zip(*points.rows, strict=True)]
