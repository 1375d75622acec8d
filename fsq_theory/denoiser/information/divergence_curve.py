"""D(N(x, 1)‖q) and its derivative in x, enclosed, for q the law of a channel's output with finitely many inputs.

Integrals over the line are taken by the trapezoidal rule, whose error for functions that are analytic in a strip is
exponentially small and bounded [TW14]; what is cut off is bounded by tails of the normal law.
"""

from __future__ import annotations

import math
from fractions import Fraction

from flint import arb

from ...balls.arithmetic import Ball, ball, precision

BITS = 40

Inputs = tuple[tuple[Fraction, Fraction], ...]
"""(place ≥ 0, weight) of symmetric inputs: ± place have the weight together; the weights add to 1."""

WIDEST = 6.0
"""Half-width of the strip, for inputs so near 0 that it could be wider."""


class DivergenceCurve:
    """D(x) = D(N(x, 1)‖q) = x²/2 − E log S(x + Z), S(y) = Σ_j p_j e^{x_j y − x_j²/2} = q(y)/φ(y), Z ~ N(0, 1); nats.

    D'(x) = x − E x̂(x + Z) with x̂ = (log S)' = E[X|Y = y].  With s the largest input, S(u + iv) lies in the right
    half-plane where s|v| < π/2, between cos(sv) S(u) and S(u) in size, and −s|u| − s²/2 ≤ log S(u) ≤ s|u|.  So on the
    strip |v| ≤ a, with l = −log cos(sa) + sa, ∫ φ|log S| ≤ e^{a²/2}(s(|x| + √(2/π)) + s²/2 + l) and ∫ φ|x̂| ≤ e^{a²/2}
    s/cos(sa), either of which, called M, bounds the error of the trapezoidal rule of step h by 2M/(e^{2πa/h} − 1).
    """

    def __init__(self, inputs: Inputs, bits: int = BITS) -> None:
        """Choose strip, step and reach for an absolute accuracy of about 2^−bits, or relative to s² if that is less."""
        self.inputs = inputs
        largest = float(inputs[-1][0])
        fine = bits + max(0, 2 * math.ceil(-math.log2(largest))) if largest > 0 else bits
        self.precision = fine + 48
        digits = fine * math.log(2)
        strip = min(0.45 * math.pi / largest, WIDEST) if largest > 0 else WIDEST
        step = 2 * math.pi * strip / (digits + strip**2 / 2 + 4)
        exponent = 12 - math.floor(math.log2(step))
        self._step = Fraction(math.floor(step * 2**exponent), 2**exponent)
        self._reach = math.sqrt(2 * digits) + 2
        self._values: list[tuple[Ball, Ball]] = []
        with precision(self.precision):
            self._h, self._s, self._a = ball(self._step), ball(inputs[-1][0]), ball(strip)
            grown = (self._a**2 / 2).exp() * 2 / ((2 * arb.pi() * self._a / self._h).exp() - 1)
            cosine = (self._s * self._a).cos()
            self._turned = self._s * self._a - cosine.log()
            self._growth, self._mean_error = grown, grown * self._s / cosine
            self._parts = [(ball(x), ball(p) * (-(ball(x) ** 2) / 2).exp()) for x, p in inputs]

    def at(self, x: Fraction) -> tuple[Ball, Ball]:
        """Balls of D(x) and D'(x)."""
        with precision(self.precision):
            where, h, s = ball(x), self._h, self._s
            first = math.ceil((float(x) - self._reach) / float(self._step))
            last = math.floor((float(x) + self._reach) / float(self._step))
            self._extend(max(abs(first), abs(last)))
            # φ(kh − x) = φ(x) e^{−(kh)²/2} (e^{hx})^k, the middle one in the values.
            ratio = (h * where).exp()
            power = ratio**first
            log_sum, mean = arb(0), arb(0)
            for k in range(first, last + 1):
                even, odd = self._values[abs(k)]
                log_sum += power * even
                mean += power * odd if k >= 0 else -(power * odd)
                power *= ratio
            density = (-where * where / 2).exp() * h / (2 * arb.pi()).sqrt()
            # Nodes left out are at least t + h from x; φ(u)(c + su) falls for u ≥ 1 and is below its integral there.
            t = ball(Fraction(self._reach)) - 2 * h
            far, edge = (t / arb(2).sqrt()).erfc() / 2, (-t * t / 2).exp() / (2 * arb.pi()).sqrt()
            size = abs(where)
            cut = 2 * ((s * size + s * s / 2) * far + s * edge)
            wave = self._growth * (s * (size + (2 / arb.pi()).sqrt()) + s * s / 2 + self._turned)
            value = where * where / 2 - _within(density * log_sum, cut + wave)
            slope = where - _within(density * mean, 2 * s * far + self._mean_error)
            return value, slope

    def _extend(self, last: int) -> None:
        """Values of e^{−y²/2} log S(y) and e^{−y²/2} x̂(y) at y = kh up to k = last."""
        for k in range(len(self._values), last + 1):
            y = k * self._h
            total, first = arb(0), arb(0)
            for place, share in self._parts:
                odd, even = (place * y).sinh_cosh()
                total += share * even
                first += share * place * odd
            weight = (-y * y / 2).exp()
            self._values.append((weight * total.log(), weight * first / total))


def _within(value: Ball, error: Ball) -> Ball:
    return value + error.upper() * arb(0, 1)
