"""Information, posterior entropy and error of K codes all equally far apart, in balls; uniform prior.

With ρ² = γd²/2 for codes at distance d: by integrals of positive functions at moderate ρ, by pairs of tokens at large
ρ, and by the first order in γ at very small ρ.  MMSE = (d²/2)(1 − E p(k|X)), as in :mod:`.equidistant`.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from ...balls.arithmetic import Ball, ball, precision
from ...balls.enclosure import Enclosure
from .certified_line import Line, mean_square_error, posterior_entropy
from .certified_race import entropy_and_error_integrals

GUARD = 48

TRIES = 3
"""Times that the precision is raised until the accuracy is reached."""

LARGEST = 2**20
"""ρ² up to which there are integrals; pairs give all bits long before."""

PAIR = Line((Fraction(0), Fraction(1)), (Fraction(1, 2), Fraction(1, 2)))
"""Two codes at distance 1, equally probable."""


def information(tokens: int, square: Fraction, bits: int) -> tuple[Enclosure, Enclosure, Enclosure]:
    """I(X_0; X), H(X_0|X), nats, and 1 − E p(k|X), each to a relative accuracy of ``bits``, however small.

    Where ρ² is so small that it can be, ½ρ²(1 − 1/K)(1 − 4ρ²) ≤ I ≤ ½ρ²(1 − 1/K), as dI/dγ = ½ MMSE falls [GSV05].

    Args:
        tokens: K ≥ 2.
        square: ρ², above 0.
        bits: relative accuracy wanted.
    """
    first_order = square * (tokens - 1) / (2 * tokens)
    if 4 * square * 2**bits <= 1:
        with precision(bits + GUARD):
            whole = arb(tokens).log()
            found = Enclosure(ball(first_order * (1 - 4 * square)).lower(), ball(first_order).upper())
            behind = Enclosure((whole - found.upper).lower(), (whole - found.lower).upper())
            return found, behind, near_silence(tokens, square, bits)
    lost = max(0, tokens.bit_length().bit_length() + 1 - _binary_order(first_order))
    for _ in range(TRIES):
        wanted = bits + lost + 2
        behind, error = entropy_and_error(tokens, square, wanted)
        with precision(wanted + GUARD):
            whole = arb(tokens).log()
            least = max((whole - behind.upper).lower(), arb(0))
            found = Enclosure(least, min((whole - behind.lower).upper(), whole.upper(), ball(first_order).upper()))
        got = found.accuracy_bits()
        if got >= bits:
            break
        lost += int(bits - got) + 2
    return found, behind, error


def entropy_and_error(tokens: int, square: Fraction, bits: int) -> tuple[Enclosure, Enclosure]:
    """H(X_0|X), nats, and the posterior error 1 − E p(k|X), to a relative accuracy of ``bits`` however small they are.

    Args:
        tokens: K ≥ 2.
        square: ρ², above 0.
        bits: relative accuracy wanted.
    """
    entropy, error = by_pairs(tokens, square, bits)
    if min(entropy.accuracy_bits(), error.accuracy_bits()) >= bits or square > LARGEST:
        return entropy, error
    error = _both(error, near_silence(tokens, square, bits))
    below = max(-_order(entropy.upper), -_order(error.upper)) + 2 * tokens.bit_length() + 16
    for _ in range(TRIES):
        with precision(bits + below + GUARD):
            found = entropy_and_error_integrals(tokens, square, bits + below)
        if found is None:
            break
        entropy, error = _both(entropy, found[0]), _both(error, found[1])
        got = min(entropy.accuracy_bits(), error.accuracy_bits())
        if got >= bits:
            break
        below += int(bits - got) + 4
    return entropy, error


def by_pairs(tokens: int, square: Fraction, bits: int) -> tuple[Enclosure, Enclosure]:
    """H(X_0|X) and 1 − E p(k|X) between bounds from pairs and triples of tokens, whose ratio is 1 − O(K e^{−ρ²/12}).

    With u_j = p(j|X)/p(k|X), rival by rival: log(1 + Σ_j u_j) ≤ Σ_j log(1 + u_j), and is less by at most
    Σ_{i<j} log(1 + u_i u_j/(1 + u_i + u_j)) ≤ Σ_{i<j} (u_i u_j)^{1/3}, for the fraction is at most √(u_i u_j) and
    log(1 + x) ≤ x^{2/3}.  Likewise u_i/(1 + Σ_j u_j) is below u_i/(1 + u_i) by at most Σ_{j≠i} (u_i u_j)^{1/3}.  As
    log u_j = ρ(Z_j − Z_k) − ρ², E (u_i u_j)^{1/3} = e^{−ρ²/3}.
    """
    with precision(bits + GUARD):
        apart = 2 * square  # the squared distance in units of the noise
        pair = posterior_entropy(PAIR, apart, bits + 4), mean_square_error(PAIR, apart, bits + 4)
        shared = (-ball(square / 3)).exp().upper()
        rivals, triples = tokens - 1, (tokens - 1) * (tokens - 2)
        low = (rivals * pair[0].lower - shared * triples / 2).lower()
        entropy = Enclosure(max(low, arb(0)), min((rivals * pair[0].upper).upper(), arb(tokens).log().upper()))
        low = (2 * rivals * pair[1].lower - shared * triples).lower()
        most = (1 - arb(1) / tokens).upper()
        return entropy, Enclosure(max(low, arb(0)), min((2 * rivals * pair[1].upper).upper(), most))


def near_silence(tokens: int, square: Fraction, bits: int) -> Enclosure:
    """(1 − 1/K)(1 − 4ρ²) ≤ 1 − E p(k|X) ≤ 1 − 1/K, the first for ρ² ≤ ½: see :func:`.mean_square_error`."""
    with precision(bits + GUARD):
        whole = Fraction(tokens - 1, tokens)
        return Enclosure(ball(whole * max(1 - 4 * square, Fraction(0))).lower(), ball(whole).upper())


def _both(first: Enclosure, second: Enclosure) -> Enclosure:
    """What two enclosures of one number leave."""
    return Enclosure(max(first.lower, second.lower), min(first.upper, second.upper))


def _order(value: Ball) -> int:
    """About log2 of an exact positive number."""
    mantissa, exponent = (int(part) for part in value.man_exp())
    return mantissa.bit_length() + exponent


def _binary_order(value: Fraction) -> int:
    """⌊log2 value⌋ or one more."""
    return value.numerator.bit_length() - value.denominator.bit_length()
