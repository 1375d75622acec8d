"""The path KL between tokens enclosed in balls: exact squared distances, and SNRs that are exact or of a schedule.

Beside :mod:`.path_kl`, which computes the same in float64 and by simulation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from ..balls.arithmetic import ball, ends, precision, rational
from ..balls.enclosure import Enclosure, check_bits
from ..errors import InputError
from ..schedules.certified import certified_snr
from ..schedules.record import Schedule
from ..schedules.spec import schedule as parse_schedule
from .certified_squares import Source, pair_square, read, squared_distances

BITS = 128

MOST_BITS = 2**13
"""Most bits of an SNR of which the difference of two SNRs is taken."""

STATISTICS = ("min", "mean", "max", "nearest_mean")


@dataclass(frozen=True)
class CertifiedPathKL:
    """Path KL between the tokens of a codebook, enclosed, nats; over ordered pairs of different tokens, or of one pair.

    Attributes:
        codebook: its name.
        K: its number of tokens.
        n: its dimension.
        gamma_eps: SNR at which paths stop.
        gamma_T: SNR at which they start.
        pinned: whether they start from one common point.
        bits: relative accuracy asked for.
        min: of the closest pair.
        mean: over all pairs.
        max: of the farthest pair.
        nearest_mean: from a token to its nearest neighbour, mean over tokens.
        pair: the pair asked for.
        kl: its path KL.
    """

    codebook: str
    K: int
    n: int
    gamma_eps: Enclosure
    gamma_T: Enclosure
    pinned: bool
    bits: int
    min: Enclosure | None = None
    mean: Enclosure | None = None
    max: Enclosure | None = None
    nearest_mean: Enclosure | None = None
    pair: tuple[int, int] | None = None
    kl: Enclosure | None = None

    def row(self) -> dict[str, Any]:
        """The record with plain numbers: a middle, and ends rounded outwards to float64, of each statistic."""
        row: dict[str, Any] = {"codebook": self.codebook, "K": self.K, "n": self.n}
        row |= {"gamma_eps": self.gamma_eps.middle, "gamma_T": self.gamma_T.middle, "pinned": self.pinned}
        names: tuple[str, ...] = STATISTICS
        if self.pair is not None:
            row["pair"], names = list(self.pair), ("kl",)
        ranges: dict[str, Any] = {}
        for name in names:
            value = getattr(self, name)
            row[name] = value.middle
            ranges[f"{name}_lower"], ranges[f"{name}_upper"] = value.floats
        return row | {"method": "certified", "stderr": None} | ranges | {"bits": self.bits}


def certified_path_kl(
    codebook: Source,
    *,
    gamma_eps: Any = None,
    gamma_T: Any = 0,
    schedule: Schedule | str | None = None,
    eps: Any = None,
    T: Any = 1,
    pinned: bool = True,
    pair: tuple[int, int] | None = None,
    bits: int = BITS,
) -> CertifiedPathKL:
    """KL(P^i‖P^j) = ½‖e_i − e_j‖² (γ_ε − γ_T) between reverse paths on [ε, T] [P26, Statement 4.2], enclosed.

    Unpinned it is ½‖e_i − e_j‖² γ_ε.  Distances are exact, so that only the SNRs are rounded.

    Args:
        codebook: a codebook or its spec, or rows of exact numbers.  Float64 coordinates are the dyadic numbers that
            they are; one-hot, simplex and biorthogonal codes are the ideal ones at their scale; products and grids are
            of any size, others of at most 8192 tokens.
        gamma_eps: SNR at which paths stop: an exact number, a ball, or an :class:`.Enclosure`.
        gamma_T: SNR at which they start, likewise.
        schedule: the noising process, record or spec, instead of the SNRs: see :func:`.certified_snr`.
        eps: time at which paths stop, an exact number.
        T: time at which they start, likewise.
        pinned: whether both paths start from one common point.
        pair: two tokens, to have their path KL alone.
        bits: relative accuracy aimed at.

    Raises:
        InputError: when it is not said where paths stop, or said twice; when γ_ε is infinite, where the path KL
            diverges; when γ_ε < γ_T; for tokens not in the codebook, or a codebook too large.
    """
    check_bits(bits)
    codes = read(codebook)
    high, low, factor = _factor(_snrs(gamma_eps, gamma_T, schedule, eps, T), pinned, bits)

    def times(square: Fraction) -> Enclosure:
        with precision(bits + 32):
            return Enclosure((factor.lower * ball(square)).lower(), (factor.upper * ball(square)).upper())

    common: dict[str, Any] = {"gamma_eps": high, "gamma_T": low, "pinned": pinned, "bits": bits}
    if pair is not None:
        if len(pair) != 2:
            raise InputError(f"pair of {len(pair)} tokens: expected 2")
        i, j = (int(token) for token in pair)
        kl = times(pair_square(codes, i, j))
        return CertifiedPathKL(codes.name, codes.K, codes.n, **common, pair=(i, j), kl=kl)
    found = squared_distances(codes)
    squares = (found.least, found.mean, found.most, found.nearest_mean)
    statistics: dict[str, Any] = {name: times(square) for name, square in zip(STATISTICS, squares, strict=True)}
    return CertifiedPathKL(codes.name, codes.K, codes.n, **common, **statistics)


Snrs = Callable[[int], tuple[Enclosure, Enclosure]]
"""γ_ε and γ_T to a relative accuracy of so many bits."""


def _snrs(gamma_eps: Any, gamma_T: Any, schedule: Schedule | str | None, eps: Any, T: Any) -> Snrs:
    if schedule is None:
        if eps is not None or T != 1:
            raise InputError("eps and T are times: expected a schedule with them, or gamma_eps and gamma_T instead")
        if gamma_eps is None:
            raise InputError("where paths stop is missing: expected gamma_eps, or schedule and eps")
        given = _snr("gamma_eps", gamma_eps), _snr("gamma_T", gamma_T)

        def fixed(bits: int) -> tuple[Enclosure, Enclosure]:
            with precision(bits + 32):
                high, low = (x if isinstance(x, Enclosure) else Enclosure.of(x) for x in given)
            return high, low

        return fixed
    if gamma_eps is not None or gamma_T != 0:
        raise InputError("SNR is said twice: expected gamma_eps and gamma_T, or schedule with eps and T")
    made = parse_schedule(schedule)
    if eps is None:
        raise InputError(f"schedule {made.name} without eps: expected the time at which paths stop, 0 < eps < T")
    start, stop = rational(eps), rational(T)
    if not 0 <= start < stop <= 1:
        raise InputError(f"eps = {eps}, T = {T}: expected 0 <= eps < T <= 1")
    return lambda bits: (certified_snr(made, start, bits), certified_snr(made, stop, bits))


def _snr(name: str, value: Any) -> Enclosure | Fraction:
    """An SNR as given: exact, or between two numbers."""
    found: Enclosure | Fraction = value if isinstance(value, Enclosure) else Fraction(0)
    if isinstance(value, arb):
        ends(value)  # refuses what is not finite
        found = Enclosure.of(value)
    elif not isinstance(value, Enclosure):
        found = rational(value)
    if (found.lower if isinstance(found, Enclosure) else found) < 0:
        raise InputError(f"{name} = {value}: expected a finite SNR of at least 0")
    return found


def _factor(snrs: Snrs, pinned: bool, bits: int) -> tuple[Enclosure, Enclosure, Enclosure]:
    """γ_ε, γ_T and ½(γ_ε − γ_T), or ½γ_ε, each to a relative accuracy of ``bits`` where the SNRs can be refined."""
    used, before = bits, -1.0
    while True:
        high, low = snrs(used)
        if not high.upper.is_finite():
            raise InputError("SNR is infinite at the stop and the path KL diverges: expected a finite SNR, so eps > 0")
        with precision(used + 64):
            if high.upper < low.lower:
                raise InputError(
                    f"gamma_eps = {high.middle:g}, gamma_T = {low.middle:g}: expected gamma_eps >= gamma_T"
                )
            taken = low if pinned else Enclosure.of(0)
            least = max((high.lower - taken.upper).lower(), arb(0))
            factor = Enclosure((least / 2).lower(), ((high.upper - taken.lower).upper() / 2).upper())
            got = factor.accuracy_bits()
        if got >= bits or got <= before or 2 * used > MOST_BITS:
            return high, low, factor
        used, before = 2 * used, got
