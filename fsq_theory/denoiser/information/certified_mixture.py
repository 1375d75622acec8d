"""Averages over the normal densities of codes on a line, in balls: where to integrate, and what that leaves out.

With b_j = √γ a_j, w_j(x) = π_j φ(x − b_j) and S = Σ_j w_j,
  H(X_0|X) = ∫ [S log S − Σ_j w_j log w_j] dx,   MMSE = ∫ [Σ_j w_j a_j² − (Σ_j w_j a_j)²/S] dx.
Both integrands increase in every w_j, and where tokens F are left out they lose at most Σ_F w_j (1 + log S/w_j) and,
for codes within a range W, W² Σ_F w_j.  These are bounded by normal tails, so that each part of the line is integrated
with the tokens that matter there, and both ends of it with none.  The integrals are Arb's [J18].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from flint import acb, arb

from ...balls.arithmetic import Ball, ball
from ...balls.enclosure import Enclosure

Quantity = Literal["entropy", "mmse"]


class Mixture:
    """The weighted normal densities at one SNR and the present precision.

    Args:
        codes: ascending, distinct, at least 2.
        weights: their probabilities, above 0.
        gamma: SNR, above 0.
        quantity: which of the two is averaged.
    """

    def __init__(
        self, codes: Sequence[Fraction], weights: Sequence[Fraction], gamma: Fraction, quantity: Quantity
    ) -> None:
        self.quantity = quantity
        rate = ball(gamma).sqrt()
        self.codes = [ball(code - codes[0]) for code in codes]
        self.centres = [rate * code for code in self.codes]
        self.weights = [ball(weight) for weight in weights]
        self.logs = [weight.log() for weight in self.weights]
        self.root = (2 * arb.pi()).sqrt()
        self.square = square(self.codes[-1])
        self.all = range(len(self.codes))

    def average(self, bits: int, known: Enclosure) -> Enclosure:
        """The integral to about ``bits``, given what is known of it."""
        most = self.most().upper()
        size = known.upper if known.upper.is_finite() else max(self.height(x) * over for x, over in self.peaks())
        if not size > 0:
            return Enclosure(arb(0), most)
        relative = arb(2) ** (-bits - 4)
        tolerance = size * relative
        cuts = self.cuts(tolerance)
        # Arb's e^x over an interval is only sharp where x is not large, so the integrand is divided by its size.
        level = size.log().mid()
        scale = level.exp()
        slight = tolerance / len(self.codes)
        inside, left_out = arb(0), self.tail(0, cuts[0]) + self.tail(self.all[-1], cuts[-1])
        for start, stop in pairwise(cuts):
            winner = self.winner(((start + stop) / 2).mid())
            near = []
            for j, bound in self.bounds(winner, start, stop):
                if bound is None or not bound < slight:
                    near.append(j)
                else:
                    left_out += bound
            if near:
                integrand = self.integrand(winner, near, level)
                part = acb.integral(integrand, start, stop, rel_tol=relative, abs_tol=(tolerance / scale).mid())
                inside += part.real * scale
        return Enclosure.of(inside + arb(0).union(left_out), 0, most) if inside.is_finite() else Enclosure(arb(0), most)

    def others(self, winner: int) -> list[int]:
        return [j for j in self.all if j != winner]

    def integrand(self, m: int, near: Sequence[int], level: Any = 0) -> Callable[[Any, bool], Any]:
        """e^{−level} times the integrand of token m and those near, in u_j = w_j/w_m and R = Σ_j u_j: nothing cancels.

        w_m [(1 + R) log(1 + R) − Σ u_j log u_j], analytic where Re(1 + R) > 0, or
        w_m [Σ u_j g_j² − (Σ u_j g_j)²/(1 + R)] with g_j = a_j − a_m, analytic where R ≠ −1.
        """
        centre, scale = self.centres[m], self.weights[m] / self.root
        slopes = [(self.logs[j] - self.logs[m] - square(b := self.centres[j] - centre) / 2, b) for j in near]
        gaps = [self.codes[j] - self.codes[m] for j in near]

        def entropy(z: Any, analytic: bool) -> Any:
            y = z - centre
            rest, total = acb(0), acb(0)
            for start, slope in slopes:
                log_ratio = slope * y + start
                ratio = log_ratio.exp()
                rest += ratio
                total -= ratio * log_ratio
            if analytic and not rest.real > -1:
                return acb("nan")
            return (-square(y) / 2 - level).exp() * scale * (total + (1 + rest) * rest.log1p())

        def mmse(z: Any, _: bool) -> Any:
            y = z - centre
            rest, moment, second = acb(0), acb(0), acb(0)
            for (start, slope), gap in zip(slopes, gaps, strict=True):
                ratio = (slope * y + start).exp()
                rest += ratio
                ratio *= gap
                moment += ratio
                second += ratio * gap
            return (-square(y) / 2 - level).exp() * scale * (second - square(moment) / (1 + rest))

        return entropy if self.quantity == "entropy" else mmse

    def bounds(self, m: int, start: Ball, stop: Ball) -> list[tuple[int, Ball | None]]:
        """For each token but m what leaving it out of [start, stop] can cost at most; None for a code inside."""
        most = self.log_top(m, (start, stop))
        found: list[tuple[int, Ball | None]] = []
        for j in self.others(m):
            centre = self.centres[j]
            away = start - centre if start > centre else centre - stop
            found.append((j, self.share(j, m, away, most) if away > 0 else None))
        return found

    def tail(self, m: int, cut: Ball) -> Ball:
        """All that is beyond the cut, on the side of the outermost code m."""
        most = self.log_top(m, (cut,))
        return sum((self.share(j, m, abs(cut - self.centres[j]), most) for j in self.others(m)), arb(0))

    def log_top(self, m: int, places: Sequence[Ball]) -> Ball:
        """At least log(1 + R) between two places, or beyond one where every u_j falls: log u_j is linear."""
        largest = arb(0)
        for j in self.others(m):
            slope = self.centres[j] - self.centres[m]
            for place in places:
                log_ratio = self.logs[j] - self.logs[m] + slope * (place - self.centres[m]) - square(slope) / 2
                largest = largest.max(log_ratio)
        return largest + arb(len(self.codes)).log()

    def share(self, j: int, m: int, away: Ball, log_top: Ball) -> Ball:
        """At least ∫ w_j (1 + log S/w_j), or W² ∫ w_j, over points on one side of b_j, none nearer than ``away``.

        |log u_j| ≤ |log π_j/π_m| + |b_j − b_m| |x − b_j| + (b_j − b_m)²/2, ∫_h^∞ y φ(y) dy = φ(h) ≥ h Φ(−h).
        """
        density = (-square(away) / 2).exp() / self.root
        mass = (density / away).min(arb(1) / 2)
        if self.quantity == "mmse":
            return self.square * self.weights[j] * mass
        slope = abs(self.centres[j] - self.centres[m])
        constant = 1 + log_top + abs(self.logs[j] - self.logs[m]) + square(slope) / 2
        return self.weights[j] * (constant * mass + slope * density)

    def most(self) -> Ball:
        """The bound by Bhattacharyya's coefficients of pairs."""
        total = arb(0)
        for i in self.all:
            for j in range(i):
                overlap = ((self.logs[i] + self.logs[j]) / 2 - square(self.centres[i] - self.centres[j]) / 8).exp()
                total += overlap * (2 if self.quantity == "entropy" else square(self.codes[i] - self.codes[j]) / 2)
        return total

    # What follows chooses where to integrate; the enclosure does not depend on its being chosen well.

    def envelope(self) -> tuple[list[int], list[Ball]]:
        """The tokens that are most probable somewhere, from left to right, and where one gives way to the next."""
        tokens, crossings = [0], [arb("-inf")]
        for j in self.all[1:]:
            while True:
                i = tokens[-1]
                gap = self.centres[j] - self.centres[i]
                place = ((self.centres[i] + self.centres[j]) / 2 + (self.logs[i] - self.logs[j]) / gap).mid()
                if len(tokens) == 1 or place > crossings[-1]:
                    break
                tokens.pop()
                crossings.pop()
            tokens.append(j)
            crossings.append(place)
        return tokens, crossings[1:]

    def peaks(self) -> list[tuple[Ball, Ball]]:
        """Where the integrand may be large, and over what length."""
        tokens, crossings = self.envelope()
        pairs = zip(pairwise(tokens), crossings, strict=True)
        between = [(x, (1 / (1 + self.centres[j] - self.centres[i])).mid()) for (i, j), x in pairs]
        return between + [(centre.mid(), arb(1)) for centre in self.centres]

    def height(self, x: Ball) -> Ball:
        """The integrand at x, rounded."""
        winner = self.winner(x)
        value = self.integrand(winner, self.others(winner))(acb(x), False).real
        return value.upper() if value.is_finite() else arb(0)

    def winner(self, x: Ball) -> int:
        """The most probable token at x."""
        heights = [(self.logs[j] - square(x - self.centres[j]) / 2).mid() for j in self.all]
        return max(self.all, key=lambda j: heights[j])

    def cuts(self, tolerance: Ball) -> list[Ball]:
        """Where the line is cut: where the tails begin, and at crossings in between.

        A crossing may be left out where the two tokens have changed by little more than e since the last cut.
        """
        spread = (1 + square(self.centres[-1])).log()

        def far(j: int) -> Ball:
            return (2 * (self.logs[j] + spread - tolerance.log()).max(arb(0)) + 16).sqrt()

        low = min((self.centres[j] - far(j)).mid() for j in self.all[1:])
        high = max((self.centres[j] + far(j)).mid() for j in self.all[:-1])
        places = [low]
        tokens, crossings = self.envelope()
        for (i, j), crossing in zip(pairwise(tokens), crossings, strict=True):
            apart = (1 / (1 + self.centres[j] - self.centres[i])).mid()
            if places[-1] + apart < crossing < high - apart:
                places.append(crossing)
        return [*places, high] if high > low else [low, low + 1]


def square(x: Ball) -> Ball:
    """x², for which ``x**2`` is NaN where a real ball is centred at 0."""
    return x * x
