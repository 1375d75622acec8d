"""Rényi divergences of the outputs of a scalar channel from one law, enclosed: D_p(N(x, 1)‖q) for all x and one p > 1.

The law is the best one for its inputs, q ∝ (Σ_j p_j φ(· − x_j)^p)^{1/p}.  Integrals by the trapezoidal rule, as in
:mod:`.divergence_curve`.
"""

from __future__ import annotations

import math
from fractions import Fraction

from flint import arb

from ...balls.arithmetic import Ball, ball, precision
from .divergence_curve import WIDEST, Inputs

BITS = 30


class RenyiCurve:
    """log ∫ φ(y − x)^p q(y)^{1−p} dy = (p − 1) log c + log M(x), as balls.

    With T(y) = Σ_j p_j e^{p(x_j y − x_j²/2)}, q = φT^{1/p}/c, c = E T(Z)^{1/p}, and M(x) = ∫ φ(y − x)^p φ(y)^{1−p}
    T(y)^{−(p−1)/p} dy.  log M + px²/2 is convex in x, a logarithm of a sum of e^{pxy}.  On the strip |v| ≤ a, where
    cos(psv) > 0 with s the largest input, T(u + iv) lies between cos(psv) T(u) and T(u) in size and in the right
    half-plane.  So integrands there have at most e^{a²/2} cos(psa)^{−(p−1)/p} times their integral on the line, and
    the trapezoidal rule of step h errs by a relative 2/(e^{2πa/h} − 1) of that.
    """

    def __init__(self, inputs: Inputs, order: Fraction, bits: int = BITS) -> None:
        """For symmetric inputs (place ≥ 0, weight of both), the largest positive, and p > 1."""
        self.order = order
        self._inputs = inputs
        largest, p = float(inputs[-1][0]), float(order)
        digits = bits * math.log(2)
        strip = min(0.45 * math.pi / (p * largest), WIDEST)
        step = 2 * math.pi * strip / (digits + strip**2 / 2 + 3)
        exponent = 12 - math.floor(math.log2(step))
        self._step = Fraction(math.floor(step * 2**exponent), 2**exponent)
        self._reach = max(math.sqrt(2 * digits) + 2, largest)
        self._bits = bits + 48
        self._values: list[Ball] = []
        with precision(self._bits):
            self._p, self._h = ball(order), ball(self._step)
            self._share = (self._p - 1) / self._p
            self._parts = [
                (self._p * ball(x), ball(w) * (-self._p * ball(x) ** 2 / 2).exp()) for x, w in inputs
            ]  # fmt: skip
            a = ball(strip)
            wave = 2 * (a * a / 2).exp() / ((2 * arb.pi() * a / self._h).exp() - 1)
            bent = (ball(inputs[-1][0]) * self._p * a).cos() ** -self._share
            self._wave = 1 + (wave * bent).upper() * arb(0, 1)
            self.log_norm = self._log_norm(1 + wave.upper() * arb(0, 1))
            # Beyond the reach φ_x^p φ^{1−p} T^{−(p−1)/p} ≤ φ_x times this, by the input at that end.
            self._end = (ball(inputs[-1][1]) / 2) ** -self._share

    def log_integral(self, x: Fraction) -> Ball:
        """A ball of log M(x), for 0 ≤ x ≤ the largest input."""
        with precision(self._bits):
            where, h = ball(x), self._h
            first = math.ceil((float(x) - self._reach) / float(self._step))
            last = math.floor((float(x) + self._reach) / float(self._step))
            self._extend(max(abs(first), abs(last)))
            ratio = (self._p * h * where).exp()
            power, total = ratio**first, arb(0)
            for k in range(first, last + 1):
                total += power * self._values[abs(k)]
                power *= ratio
            inside = total * (-self._p * where * where / 2).exp() * h / (2 * arb.pi()).sqrt()
            outside = 2 * self._end * _tail(ball(Fraction(self._reach)) - 2 * h)
            return ((inside + arb(0).union(outside)) / self._wave).log()

    def _extend(self, last: int) -> None:
        """e^{−y²/2} T(y)^{−(p−1)/p} at y = kh up to k = last."""
        for k in range(len(self._values), last + 1):
            y = k * self._h
            self._values.append((-y * y / 2 - self._share * self._log_sum(y)).exp())

    def _log_sum(self, y: Ball) -> Ball:
        return sum((share * (place * y).cosh() for place, share in self._parts), arb(0)).log()

    def _log_norm(self, wave: Ball) -> Ball:
        """log E T(Z)^{1/p}: T^{1/p} ≤ Σ_j p_j^{1/p} e^{x_j y − x_j²/2} beyond the reach from the largest input."""
        reach = self._reach + float(self._inputs[-1][0])
        total = arb(0)
        for k in range(math.floor(reach / float(self._step)) + 1):
            y = k * self._h
            total += (2 if k else 1) * (-y * y / 2 + self._log_sum(y) / self._p).exp()
        inside = total * self._h / (2 * arb.pi()).sqrt()
        shares = sum((2 * (ball(weight) / 2) ** (1 / self._p) for _, weight in self._inputs), arb(0))
        outside = 2 * shares * _tail(ball(Fraction(self._reach)) - 2 * self._h)
        return ((inside + arb(0).union(outside)) / wave).log()


def _tail(x: Ball) -> Ball:
    return (x / arb(2).sqrt()).erfc() / 2
