"""One token of FSQ moved: K (A(E') − A(E)) ≥ G − Λ, both enclosed in balls, over points and intervals of r.

FSQ has L levels, ρ = r/(L − 1) is half a spacing in units of noise.  The new token is at the middle of an outermost gap
in m coordinates and at an outermost level in the n − m others; in base 2 a corner is dropped for it, in base 3 and more
a token all of whose coordinates are inner levels.  With Z ~ N(0, I_n) and M the largest density of the old tokens

    G = ∫(f' − M)⁺ = E(1 − e^Y)⁺,   Y = Σ_i Y_i,   Y_i = max_d (−ρ d Z_i − ρ²d²/2),
    Λ = ∫_0^∞ e^{−u} s(ρ − u/(2ρ))^n du,   s(x) = Φ(x) for a corner, (2Φ(x) − 1)⁺ for an inner token,

d over the distances from the new coordinate to the levels in units of ρ: −1, 1, 3, 5, … for a gap, 0, 2, 4, … at an
edge, in base 2 only the first two of each.  With all of them, G is a lower bound for every base from 3 on.  Λ is what
the dropped token alone contributed; it increases with ρ.  G may decrease with ρ, but no faster than :func:`decrease`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb, factorial, isqrt
from typing import Any

from flint import acb, arb, fmpq

from ..balls.arithmetic import Ball, ball, interval
from ..denoiser.accuracy.certified_pairs import tail
from ..errors import InputError
from .sum_law import Lattice, gathered, shortfall, spread, sum_law

MOST = 256
"""The largest dimension."""

REACH = 12
"""Where the integral for Λ ends, beyond ρ: Φ(−12)^n is left."""


@dataclass(frozen=True)
class Move:
    """A swap: the base and what becomes of one token.

    Attributes:
        many: whether the base is 3 or more (any), rather than 2.
        n: dimension.
        m: coordinates of the new token that are the middle of a gap, at least 1.
    """

    many: bool
    n: int
    m: int

    def __post_init__(self) -> None:
        if not (1 <= self.m <= self.n <= MOST):
            raise InputError(f"n = {self.n}, m = {self.m}: expected 1 ≤ m ≤ n ≤ {MOST}")


def gain(move: Move, rho: Fraction, cells: int, upper: bool = False) -> Ball:
    """A ball of a lower bound of G, or of an upper one, from a grid of ``cells`` cells up to Y = 0; O(n/cells²) apart.

    Certain in its direction: the lower end of the lower bound, and the upper end of the upper one, which is of base 2.
    """
    if upper and move.many:
        raise InputError("an upper bound of G: expected base 2, since every base from 3 on has another G")
    terms = [(_gap(move, rho, cells, upper), move.m)]
    if move.n > move.m:
        terms.append((_edge(move, rho, cells, upper), move.n - move.m))
    return shortfall(sum_law(terms))


def loss(move: Move, rho: Fraction) -> Ball:
    """Λ = ∫_0^∞ 2ρe^{−2ρt} s(ρ − t)^n dt, enclosed by Arb's quadrature [J18]; increasing in ρ (t = u/(2ρ))."""
    at, root = ball(rho), arb(2).sqrt()

    def share(t: Any) -> Any:
        return ((at - t) / root).erf() if move.many else ((t - at) / root).erfc() / 2

    def integrand(t: Any, _: bool) -> Any:
        return 2 * at * (-2 * at * t).exp() * share(t) ** move.n

    end = at if move.many else ball(rho + REACH)
    # Λ is not far below s(ρ)^n, so this is a tolerance relative to it, which the tail of the integral meets early.
    least = (share(arb(0)) ** move.n).mid() / 2**80
    inside = acb.integral(integrand, acb(0), acb(end), rel_tol=arb(2) ** -64, abs_tol=least).real
    return inside if move.many else inside + arb(0).union((-2 * at * end).exp() * share(end) ** move.n)


def decrease(move: Move, low: Fraction, high: Fraction) -> Ball:
    """D ≥ 0 with G(ρ) ≥ G(low) − D (ρ − low) for low ≤ ρ ≤ high; 0 for m ≤ 4.

    With the others' e^{Y − Y_i} = c fixed, E(1 − c e^{Y_i})⁺ has the derivative 2c(φ(z − ρ) − φ(ρ)) in ρ, z where c
    e^Y_i = 1, if c ≥ e^{−3ρ²/2} (a gap) or e^{−4ρ²} (an edge), which is not negative there; and one of at least
    −2cφ(ρ) for each plane half-way between two levels where c e^{Y_i} < 1 in any case.  E[c; c < b] is bounded by
    b^{1+θ} E c^{−θ} for any θ ≥ 0 and by b P(c < b), and c is not below Π e^{ρ|Z_i| − ρ²/2} over the k gaps in it, so
    that E c^{−θ} ≤ (2e^{θ(θ+1)ρ²/2} Φ(−θρ))^k and P(c < e^{−aρ²}) ≤ P(Σ|Z_i| < (k/2 − a)ρ) ≤ (2φ(0)(k/2 − a)ρ)^k/k!.
    """
    if move.m <= 4:
        return arb(0)
    rho = interval(low, high)
    density = (-rho * rho / 2).exp() / (2 * arb.pi()).sqrt()
    planes = 1 + isqrt(move.m) // 2 if move.many else 1
    total = move.m * _below(move.m - 1, rho, Fraction(3, 2))
    if move.m > 8:
        total += (move.n - move.m) * _below(move.m, rho, Fraction(4))
    return 2 * planes * density * total


def _below(gaps: int, rho: Ball, exponent: Fraction) -> Ball:
    """A bound on E[c; c < e^{−exponent·ρ²}], c the product of ``gaps`` terms e^{Y_i} of gaps and any of edges."""
    square = rho * rho
    sum_below = 2 / (2 * arb.pi()).sqrt() * ball(Fraction(gaps, 2) - exponent) * rho
    bounds = [((-ball(exponent) * square).exp() * sum_below**gaps / factorial(gaps)).upper()]
    for theta in (Fraction(k, 2) for k in range(9)):
        one = 2 * (ball(theta * (theta + 1) / 2) * square).exp() * tail(ball(theta) * rho)
        bounds.append(((-ball(exponent * (1 + theta)) * square).exp() * one**gaps).upper())
    return min(bounds)


def high_ratio(move: Move, rho: Fraction) -> tuple[Ball, Ball]:
    """Two balls (a, b): if a < b, then G > Λ at every ρ' ≥ ρ; for m ≥ 5.

    1 − G = ∫min(f', M) ≤ Σ_k 2Φ(−d_k/2) over the old tokens at distances d_k, and Φ(−√(x² + y²)) ≤ Φ(−x) e^{−y²/2}, so
    that it is at most 2Φ(−ρ√m/2) P, P = (2 + e^{−ρ²} + e^{−3ρ²} + …)^m (1 + e^{−ρ²/2} + e^{−2ρ²} + …)^{n−m}; and 1 − Λ
    ≥ np − C(n,2)p² with p = Φ(−ρ), or 2Φ(−ρ) for an inner token.  a = [2Φ(−ρ√m/2)P + C(n,2)p²]/Φ(−ρ) decreases for m >
    4, where Φ(−ρ√m/2)/Φ(−ρ) does, and b = np/Φ(−ρ) is n or 2n.
    """
    if move.m < 5:
        raise InputError(f"m = {move.m}: expected at least 5 for large ρ")
    at = ball(rho)
    square = at * at
    far = (-square).exp() / (1 - (-2 * square).exp()) if move.many else arb(0)
    beside = (-square / 2).exp() / (1 - (-square).exp() if move.many else 1)
    many = (2 + far) ** move.m * (1 + beside) ** (move.n - move.m)
    sides = 2 if move.many else 1
    single = tail(at)
    first = 2 * tail(at * arb(move.m).sqrt() / 2) / single * many
    return first + comb(move.n, 2) * sides**2 * single, arb(sides * move.n)


def low_ratio(n: int, rho: Fraction) -> tuple[Ball, Ball]:
    """Two balls (a, b): if a < b, then in base 3 and more G > Λ for m = 1 at every ρ' in (0, ρ].

    Λ ≤ ∫_0^ρ 2ρ(2φ(0)(ρ − t))^n dt = 2(2φ(0))^n ρ^{n+2}/(n + 1); G ≥ Φ(ρ)^{n−1} g(ρ) ≥ 2^{1−n} φ(ρ)ρ³/4, since g' =
    2φ(ρ)(e^{3ρ²/8} − 1) ≥ ¾φ(ρ)ρ².  After division by ρ³, a increases and b decreases.
    """
    at = ball(rho)
    root = (2 * arb.pi()).sqrt()
    lost = 2 * (2 / root) ** n * at ** (n - 1) / (n + 1)
    return lost, (-at * at / 2).exp() / root / 4 / arb(2) ** (n - 1)


def _gap(move: Move, rho: Fraction, cells: int, upper: bool) -> Lattice:
    """The lattice of a gap, step mρ²/(2·cells): of the sum, Y = 0 is ``cells`` steps from the least."""
    unit, step = rho * rho / 2, fmpq(move.m, cells)
    law = _law(move, rho, True, [k * step - 1 for k in range(cells + 1)])
    return (spread if upper else gathered)(ball(-unit), ball(unit) * step, cells, *law)


def _edge(move: Move, rho: Fraction, cells: int, upper: bool) -> Lattice:
    """The lattice of an edge, which has an atom at 0, of the same step."""
    wide, step = ball(rho * rho / 2) * fmpq(move.m, cells), fmpq(move.m, cells)
    if upper:
        law = _law(move, rho, False, [k * step for k in range(cells + 1)])
        return spread(arb(0), wide, cells, *law)
    law = _law(move, rho, False, [fmpq(0), *(k * step - step / 2 for k in range(1, cells + 1))])
    return gathered(arb(0), wide, cells, *law, centred=True)


def _law(move: Move, rho: Fraction, gap: bool, points: Sequence[Any]) -> tuple[list[Ball], list[Ball]]:
    """P(Y_i ≤ y) and E[e^{Y_i}; Y_i ≤ y] at y = vρ²/2 for ascending rational v, by the cells of the levels.

    Y_i ≤ y is an interval of Z_i whose lower end is in the cell of the level d with (d − 1)² − 1 ≤ v; e^{Y_i}φ(z) is
    φ(z + ρd) there.  The ends are rational multiples of ρ/2, so which cell they are in is decided exactly.
    """
    at = fmpq(rho.numerator, rho.denominator)
    below, moment = [], []
    level, passed = (1 if gap else 2), arb(0)  # of e^{Y_i}, what the left cells before that of ``level`` hold
    cell = _normal(at)
    beyond = 1 - cell
    for v in points:
        while move.many and (level + 1) ** 2 - 1 <= v:
            passed += cell - beyond
            level += 2
        left = -(v + level * level) / (2 * level)
        end, inner = _normal(left * at), _normal((left + level) * at)
        inside = passed + cell - inner
        if gap:
            # On the right e^{Y_i}φ(z) is φ(z − ρ) up to (v + 1)ρ/2: on the left's first cell the same, mirrored.
            right = (v + 1) / 2
            far, near = (end, inner) if level == 1 else (_normal(-right * at), _normal((1 - right) * at))
            below.append(1 - far - end)
            moment.append(inside + cell - near)
        else:
            below.append(1 - end)
            moment.append(inside + cell)
    return below, moment


def _normal(x: Any) -> Ball:
    """Φ(x) of a rational number."""
    return tail(arb(-x))
