"""H(X_0|X), MMSE and information of codes on a line, enclosed in balls to relative accuracy however small they are."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from flint import arb

from ...balls.arithmetic import Ball, ball, precision
from ...balls.enclosure import Enclosure
from ...errors import InputError
from .certified_mixture import Mixture, Quantity

MOST_TOKENS = 256
"""Most codes on one line; the work grows with their number times the number of those in reach of each other."""

GUARD = 24
"""Bits of precision beyond the accuracy asked for."""

TRIES = 4
"""Times that the precision is raised until the accuracy is reached."""

LARGEST_EXPONENT = 2048
"""Bits of the largest exponent, γW², from which H(X_0|X) and the MMSE are only bounded from above."""


@dataclass(frozen=True)
class Line:
    """Distinct codes on a line with their probabilities, all exact.

    Attributes:
        codes: a_1 < … < a_K.
        weights: π_1, …, π_K > 0, of sum 1.
    """

    codes: tuple[Fraction, ...]
    weights: tuple[Fraction, ...]

    @property
    def width(self) -> Fraction:
        """a_K − a_1."""
        return self.codes[-1] - self.codes[0]

    @cached_property
    def variance(self) -> Fraction:
        """Var X_0: the MMSE at SNR 0."""
        pairs = list(zip(self.codes, self.weights, strict=True))
        mean = sum((p * a for a, p in pairs), Fraction(0))
        return sum((p * (a - mean) ** 2 for a, p in pairs), Fraction(0))

    def entropy(self) -> Ball:
        """H(π) at the present precision; of the largest probability as 1 less the others, which keeps it accurate."""
        largest = max(range(len(self.weights)), key=lambda j: self.weights[j])
        rest = 1 - self.weights[largest]
        others = [ball(p) for j, p in enumerate(self.weights) if j != largest]
        return sum((-p * p.log() for p in others), arb(0)) - ball(1 - rest) * ball(-rest).log1p()


def information_and_entropy(line: Line, gamma: Fraction, bits: int) -> tuple[Enclosure, Enclosure]:
    """I(X_0; X) = H(π) − H(X_0|X) and H(X_0|X), nats, to a relative accuracy of ``bits`` however small they are.

    Where γ is so small that it can be, ½γ MMSE ≤ I ≤ ½γ Var with MMSE as for :func:`mean_square_error`, since
    dI/dγ = ½ MMSE falls [GSV05].

    Args:
        line: the codes.
        gamma: SNR, > 0.
        bits: relative accuracy wanted.
    """
    if len(line.codes) == 1:
        return Enclosure.of(0), Enclosure.of(0)
    first_order, least = gamma * line.variance / 2, _least_share(line, gamma)
    if (1 - least) * 2**bits <= 1:
        with precision(bits + GUARD):
            found = Enclosure.of(ball(first_order * least).union(ball(first_order)))
            whole = line.entropy()
            return found, Enclosure(max((whole - found.upper).lower(), arb(0)), (whole - found.lower).upper())
    with precision(bits + GUARD):
        # H(π) − H(X_0|X) loses as many bits as the information is below H(π).
        lost = max(0, _bits(line.entropy()) - _binary_order(first_order))
    for _ in range(TRIES):
        wanted = bits + lost + 2
        behind = posterior_entropy(line, gamma, wanted)
        with precision(wanted + GUARD):
            whole = line.entropy()
            found = Enclosure(
                max((whole - behind.upper).lower(), arb(0)),
                min((whole - behind.lower).upper(), whole.upper(), ball(first_order).upper()),
            )
            got = found.accuracy_bits()
        if got >= bits:
            break
        lost += int(bits - got) + 2
    return found, behind


def posterior_entropy(line: Line, gamma: Fraction, bits: int) -> Enclosure:
    """H(X_0|X) = E[−log p(X_0|X)], nats, to a relative accuracy of ``bits`` however small it is.

    From γW² = 2^2048 on it is only known to be at most Σ_{i≠j} √(π_i π_j) e^{−γ(a_i − a_j)²/8}, by
    log(1 + Σu) ≤ Σ√u.

    Args:
        line: the codes.
        gamma: SNR, > 0.
        bits: relative accuracy wanted.
    """
    return _average(line, gamma, bits, "entropy")


def mean_square_error(line: Line, gamma: Fraction, bits: int) -> Enclosure:
    """MMSE = E(X_0 − x̂_0)², in the units of the codes, squared, to a relative accuracy of ``bits``.

    Where γ is so small that it can be, Var(1 − 2γW²) ≤ MMSE ≤ Var: with f_k the density of X given a_k and p that of X,
    Var − MMSE = E(Σ_k π_k (a_k − E X_0)(f_k/p − 1))² ≤ Var Σ_k π_k χ²(f_k‖p) ≤ Var Σ_jk π_j π_k χ²(f_k‖f_j), by
    Cauchy–Schwarz and convexity, and χ²(f_k‖f_j) = e^{γ(a_j − a_k)²} − 1 ≤ 2γW² while γW² ≤ 1.  From γW² = 2^2048 on it
    is only known to be at most ½Σ_{i<j} (a_i − a_j)² √(π_i π_j) e^{−γ(a_i − a_j)²/8}, by w_i w_j/S ≤ ½√(w_i w_j).

    Args:
        line: the codes.
        gamma: SNR, > 0.
        bits: relative accuracy wanted.
    """
    least = _least_share(line, gamma)
    if (1 - least) * 2**bits <= 1:
        with precision(bits + GUARD):
            return Enclosure.of(ball(line.variance * least).union(ball(line.variance)))
    return _average(line, gamma, bits, "mmse")


def _least_share(line: Line, gamma: Fraction) -> Fraction:
    """A part of Var X_0 that the MMSE is not below."""
    size = gamma * line.width**2
    return 1 - 2 * size if 2 * size < 1 else Fraction(0)


def _average(line: Line, gamma: Fraction, bits: int, quantity: Quantity) -> Enclosure:
    if len(line.codes) == 1:
        return Enclosure.of(0)
    if len(line.codes) > MOST_TOKENS:
        raise InputError(f"{len(line.codes)} codes on a line: expected at most {MOST_TOKENS}")
    # Exponents are as large as γW² and −log π: so many more bits keep e^x accurate.
    rarest = min(line.weights)
    size = max(0, _binary_order(gamma * line.width**2), (-_binary_order(rarest)).bit_length())
    if size > LARGEST_EXPONENT:
        with precision(bits + LARGEST_EXPONENT):
            return Enclosure(arb(0), Mixture(line.codes, line.weights, gamma, quantity).most().upper())
    found, more = Enclosure(arb(0), arb("inf")), 0
    for _ in range(TRIES):
        wanted = bits + more
        with precision(wanted + size + GUARD):
            mixture = Mixture(line.codes, line.weights, gamma, quantity)
            found = mixture.average(wanted, found)
            got = found.accuracy_bits()
        if got >= bits or not found.upper.is_finite() or not found.lower > 0:
            break
        more += int(bits - got) + 2
    return found


def _binary_order(value: Fraction) -> int:
    """⌊log2 value⌋ or one more."""
    return value.numerator.bit_length() - value.denominator.bit_length() if value else 0


def _bits(value: Ball) -> int:
    """About log2 of a positive ball."""
    return int((value.mid().log() / arb(2).log()).ceil().unique_fmpz() or 0) if value > 0 else 0
