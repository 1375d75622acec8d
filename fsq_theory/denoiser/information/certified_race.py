"""Posterior entropy and error of K equidistant codes as two integrals of positive functions, enclosed; uniform prior.

For codes at distance d let ρ² = γd²/2 and L(t) = E exp(−t e^{ρZ}), Z ~ N(0, 1).  Posterior weights are those of the
race of s_1 = e^{ρZ_1 + ρ²}, of the token that was sent, against s_j = e^{ρZ_j}.  With S = Σ_j s_j, Frullani's integral
of log S/s_1, s_2/S = ∫_0^∞ s_2 e^{−tS} dt and t = e^v,
  H(X_0|X) = ∫ L(e^{v+ρ²}) [1 − L(e^v)^{K−1}] dv,
  1 − E p(k|X) = (K − 1) e^{ρ²/2} ∫ e^v L(e^{v+ρ²})² L(e^v)^{K−2} dv.
These and L itself are sums by the trapezoid rule, whose error for functions analytic in a strip is bounded [TW14,
Theorem 5.1]; on one grid for v and ρz all values of L are one convolution.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, arb_poly

from ...balls.arithmetic import Ball, ball
from ...balls.enclosure import Enclosure

STRIP = Fraction(3, 2)
"""Half-width of the strip in v: below π/2, where Re t = 0."""

MOST_NODES = 2**18
"""Most values of L."""


def entropy_and_error_integrals(tokens: int, square: Fraction, needed: int) -> tuple[Enclosure, Enclosure] | None:
    """H(X_0|X) and 1 − E p(k|X) to an absolute accuracy of about 2^−needed, at a higher precision than that.

    Args:
        tokens: K ≥ 3.
        square: ρ², of moderate size.
        needed: bits.

    Returns:
        The enclosures; None if they take too many values of L.
    """
    size, rivals = float(square), tokens - 1
    nats = needed * math.log(2)
    # Steps and ends for which all errors are near e^{−nats}: they are bounded below, whatever is chosen here.
    z_step = _step_of_laplace(size, nats + 4)
    step = Fraction(min(2 * math.pi * float(STRIP) / (nats + 8), z_step * math.sqrt(size) if size >= 1 else math.inf))
    h = float(step)
    first = math.floor(-(nats + math.log(rivals) + size / 2) / h)
    last = max(math.ceil((_reach_of_laplace(size, nats + math.log(tokens) + 16) - size) / h), first + 1)
    reach = math.ceil((math.sqrt(2 * nats) + 1) / (h / math.sqrt(size) if size >= 1 else z_step))
    if last - first + 2 * reach > MOST_NODES:
        return None
    laplace = _convolved if size >= 1 else _summed
    grid = Grid(square, step, Fraction(z_step), reach, first, last, needed)
    here, beyond = laplace(grid, Fraction(0)), laplace(grid, square)
    h_ball, rate = ball(step), (ball(square) / 2).exp()
    entropy, error = arb(0), arb(0)
    for k, (near, far) in enumerate(zip(here, beyond, strict=True), first):
        # Of a ball that reaches to 0 Arb's powers are NaN.
        power = near ** (rivals - 1) if near > 0 else arb(0).union(near.upper() ** (rivals - 1))
        entropy += far * (1 - power * near)
        error += (h_ball * k).exp() * far * far * power
    entropy, error = entropy * h_ball, error * h_ball * rivals * rate
    left = rivals * rate * (h_ball * first).exp()
    # Both integrands are at most (K − 1) e^{x + ρ²/2} L(cos(a) e^{x + ρ²}) on the line Im v = a: in all (K − 1)/cos a.
    strip = ball(STRIP)
    rule = 2 * rivals / strip.cos() / (2 * arb.pi() * strip / h_ball).expm1()
    tails = [_right(square, step, last, power) for power in (0, 1)]
    entropy = Enclosure.of(_around(entropy, rule) + arb(0).union(left + tails[0]), 0)
    error = Enclosure.of(_around(error, rule) + arb(0).union(left + tails[1] * rivals * rate), 0)
    return entropy, error


@dataclass(frozen=True)
class Grid:
    """Where L(e^v) is wanted, v = kh for first ≤ k ≤ last, and how finely its own integral is taken.

    Attributes:
        square: ρ².
        step: h.
        z_step: the step in z, unless it is h/ρ.
        reach: steps in z on each side of 0.
        first: of k.
        last: of k.
        needed: bits of absolute accuracy.
    """

    square: Fraction
    step: Fraction
    z_step: Fraction
    reach: int
    first: int
    last: int
    needed: int


def _convolved(grid: Grid, offset: Fraction) -> list[Ball]:
    """L(e^{kh+c}), c the offset, by (h/ρ) Σ_i φ(ih/ρ) exp(−e^{(k−i)h+c}): a product of two polynomials."""
    h, c, rho = ball(grid.step), ball(offset), ball(grid.square).sqrt()
    z_step = h / rho
    half = _weights(z_step, grid.reach)
    # Further on exp(−e^v) is below 2^{−2·needed}, and exponents that differ by more would slow the product down.
    least = arb(0).union(arb(2) ** (-2 * grid.needed))
    full = math.ceil((math.log(2 * grid.needed) - float(offset)) / float(grid.step))
    places = range(grid.first - grid.reach, grid.last + grid.reach + 1)
    heights = arb_poly([(-((h * m + c).exp())).exp() if m < full else least for m in places])
    found = (arb_poly([*half[:0:-1], *half]) * heights).coeffs()
    count = grid.last - grid.first + 1
    return _enclosed(found[2 * grid.reach : 2 * grid.reach + count], z_step, grid.reach, rho)


def _summed(grid: Grid, offset: Fraction) -> list[Ball]:
    """The same by sums over a step in z of its own, for small ρ."""
    h, c, z_step, rho = ball(grid.step), ball(offset), ball(grid.z_step), ball(grid.square).sqrt()
    half = _weights(z_step, grid.reach)
    terms = [(half[abs(i)], -((rho * z_step * i).exp())) for i in range(-grid.reach, grid.reach + 1)]
    found = []
    for k in range(grid.first, grid.last + 1):
        t = (h * k + c).exp()
        found.append(sum((weight * (t * factor).exp() for weight, factor in terms), arb(0)))
    return _enclosed(found, z_step, grid.reach, rho)


def _weights(z_step: Ball, reach: int) -> list[Ball]:
    scale, half = z_step / (2 * arb.pi()).sqrt(), z_step * z_step / 2
    return [scale * (-half * (i * i)).exp() for i in range(reach + 1)]


def _enclosed(values: Sequence[Ball], z_step: Ball, reach: int, rho: Ball) -> list[Ball]:
    """The sums with what the trapezoid rule and the ends in z can be off by.

    φ(x + iy) has modulus φ(x) e^{y²/2}, and exp(−e^{w+ρz}) one of at most 1 where |Im z| ≤ π/(2ρ).
    """
    strip = (arb.pi() / (2 * rho)).min(2 * arb.pi() / z_step).lower()
    rule = 2 * (strip * strip / 2).exp() / (2 * arb.pi() * strip / z_step).expm1()
    left_out = (z_step * reach / arb(2).sqrt()).erfc()
    return [(_around(value, rule) + arb(0).union(left_out)).max(arb(0)).min(arb(1)) for value in values]


def _step_of_laplace(size: float, nats: float) -> float:
    """The step in z at which the bound on the rule is about e^{−nats}."""
    rho, plain = math.sqrt(size), math.pi * math.sqrt(2 / nats)
    return plain if plain >= 4 * rho else math.pi**2 / (rho * (nats + math.pi**2 / (8 * size)))


def _right(square: Fraction, step: Fraction, last: int, power: int) -> Ball:
    """At least h Σ_{k>last} e^{cv} L(e^{v+ρ²})^{1+c}, v = kh, c = ``power``, by L(e^w) ≤ (q/e)^q e^{q²ρ²/2 − qw}.

    For q > 0, as e^{−x} ≤ (q/e)^q x^{−q}; the best has log q + qρ² = w.
    """
    end, size = ball(step * last), ball(square)
    # Solved roughly: any q bounds.
    q = ball(Fraction(_best_power(float(square), float(step * last + square))))
    log = (1 + power) * (q * q.log() - q + q * q * size / 2 - q * (end + size)) + power * end
    return log.exp() / ((1 + power) * q - power)


def _reach_of_laplace(size: float, nats: float) -> float:
    """Where L(e^w) is bounded by e^{−nats}: q + q²ρ²/2 = nats and w = log q + qρ²."""
    q = 2 * nats / (1 + math.sqrt(1 + 2 * size * nats))
    return math.log(q) + q * size


def _best_power(size: float, w: float) -> float:
    """The q nearest to log q + qρ² = w that keeps 2q − 1 well above 0."""
    low, high = math.log(0.6), max(0.0, w)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if middle + math.exp(middle) * size < w else (low, middle)
    return math.exp(low)


def _around(value: Ball, reach: Ball) -> Ball:
    most = reach.upper()
    return value + most.union(-most)
