"""Limits on the accuracy of every codebook of K codes, enclosed in balls: the certified twins of :mod:`.limits`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import acb, arb

from ...balls.arithmetic import Ball, ball, ends, precision, rational
from ...balls.enclosure import Enclosure, between
from ...errors import InputError
from .certified_pairs import tail
from .limits import best_beta, check_limits, cone_sine, cone_window, fsq_levels_of, kept_codes, log_fano_error

BITS = 64

MOST_NODES = 2**15
"""Nodes of a quadrature before it ends with what accuracy it has."""


@dataclass(frozen=True)
class CertifiedLimits:
    """Lower bounds on 1 − A that hold for every codebook, each enclosed; 0 where nothing is said.

    Over an interval of r the lower ends hold at all of it.

    Attributes:
        K: number of tokens.
        n: dimension.
        r: amplitude ratio α/σ as given.
        constraint: as in :class:`.limits.AccuracyLimits`.
        volume: 1 − (1 + r√(2/π))^n/K.
        fano: P with h(P) + P log(K − 1) = log K − n C.
        cone: 1 − Q(θ_K), or for a mean energy (1 − 1/β)(1 − Q(θ_K')) at the β of :func:`.limits.best_beta`.
        low_snr: 1 − A(FSQ) e^{n r³√(2/π)/(6(L−1)²)} where K = L^n.
        bits: relative accuracy aimed at.
    """

    K: int
    n: int
    r: Any
    constraint: str
    volume: Enclosure
    fano: Enclosure
    cone: Enclosure
    low_snr: Enclosure
    bits: int

    @property
    def lower(self) -> Ball:
        """What no error 1 − A is below, exact in binary."""
        return max((e.lower for e in (self.volume, self.fano, self.cone, self.low_snr)), key=lambda end: ends(end)[0])


def certified_limits(K: int, n: int, r: Any, constraint: str = "linf", *, bits: int = BITS) -> CertifiedLimits:
    """Lower bounds on 1 − A for every codebook of K codes in n dimensions, equal priors, noise N(0, 1) a coordinate.

    Args:
        K: number of tokens, at least 1.
        n: dimension, at least 1, for ``sphere`` at least 2.
        r: amplitude ratio α/σ > 0: an exact number, or a ball.
        constraint: ``linf``, ``sphere``, ``ball``, ``rms`` or ``energy``, as :func:`.limits.accuracy_limits` has them.
        bits: relative accuracy aimed at.

    Raises:
        InputError: for anything else.
    """
    check_limits(K, n, constraint)
    first, last = ends(r) if isinstance(r, arb) and r.is_finite() else (rational(r),) * 2
    if first <= 0:
        raise InputError(f"r = {r}: limits expect a positive finite amplitude ratio")
    boxed, levels = constraint in ("linf", "sphere", "ball"), fsq_levels_of(K, n)
    nothing = Enclosure(arb(0), arb(0))

    def over(of: Callable[[Fraction], Enclosure]) -> Enclosure:
        return of(last) if first == last else between(of(last), of(first))

    # What grows with r² or r³ in an exponent loses as many bits.
    with precision(bits + 32 + min(3 * int(last).bit_length(), 96)):
        return CertifiedLimits(
            K,
            n,
            r,
            constraint,
            volume=over(lambda rate: _volume(K, n, ball(rate))) if boxed else nothing,
            fano=over(lambda rate: fano_error(K, n * capacity_bound(ball(rate)), bits=bits)) if boxed else nothing,
            cone=over(lambda rate: _cone(K, n, rate, constraint, bits)),
            low_snr=over(lambda rate: _low_snr(levels, n, ball(rate))) if boxed and levels else nothing,
            bits=bits,
        )


def _volume(K: int, n: int, r: Ball) -> Enclosure:
    return _bounded(1 - (1 + r * (2 / arb.pi()).sqrt()) ** n / K)


def _low_snr(L: int, n: int, r: Ball) -> Enclosure:
    fsq = n * (-2 * (1 - arb(1) / L) * tail(r / (L - 1))).log1p()
    gain = n * r**3 * (2 / arb.pi()).sqrt() / (6 * (L - 1) ** 2)
    return _bounded(-(fsq + gain).expm1())


def _bounded(value: Ball) -> Enclosure:
    """Cut to [0, 1]."""
    return Enclosure.of(value.max(arb(0)).min(arb(1)), least=0, most=1)


def capacity_bound(r: Ball) -> Ball:
    """min{½ log(1 + r²), log(1 + 2r/√(2πe))}: what one coordinate in [−1, 1] says at most, nats [McK04]."""
    flat = (2 * r / (2 * arb.pi() * arb(1).exp()).sqrt()).log1p()
    return ((r * r).log1p() / 2).min(flat)


def fano_error(K: int, information: Ball, entropy: Ball | None = None, bits: int = BITS) -> Enclosure:
    """The P ≤ 1 − 1/K with h(P) + P log(K − 1) = H(π) − I, nats, between two P at which the sign is certain.

    Args:
        K: number of tokens.
        information: I, or a bound on it.
        entropy: H(π); log K if None.
        bits: relative accuracy aimed at.
    """
    whole = arb(K).log() if entropy is None else entropy
    gap = whole - information
    if K < 2 or gap <= 0:
        return Enclosure(arb(0), arb(0))

    def cost(error: Ball) -> Ball:
        return error * (arb(K - 1).log() - error.log()) - (1 - error) * (-error).log1p()

    most = (1 - arb(1) / K).lower()
    found = log_fano_error(K, float(information.mid()), float(whole.mid()))
    at = ball(found if found > -(2.0**40) else -100.0).exp().mid()
    for _ in range(6):
        # Newton's method: the slope is log((1 − P)(K − 1)/P).
        step = (at - (cost(at) - gap) / ((1 - at) * (K - 1) / at).log()).mid()
        at = step if step > 0 and step < most else at
    low, high = arb(0), most
    for exponent in range(-bits, 0, 2):
        near = arb(2) ** exponent
        below, above = (at * (1 - near)).mid(), (at * (1 + near)).mid()
        low = below if low == 0 and cost(below) < gap else low
        high = above if high is most and above < most and cost(above) > gap else high
        if low > 0 and high is not most:
            break
    return Enclosure(low, (1 - arb(1) / K).upper().min(arb(1)) if high is most else high)


def _cone(K: int, n: int, r: Fraction, constraint: str, bits: int) -> Enclosure:
    rate = ball(r)
    if constraint in ("rms", "energy"):
        norm = arb(n).sqrt() if constraint == "rms" else arb(1)
        beta = best_beta(K, n, float(r) * float(norm.mid()))
        error = cone_error(kept_codes(K, beta), n + 1, rate * norm * ball(beta).sqrt(), bits)
        return _bounded(ball(1 - 1 / beta) * error)
    if constraint == "sphere":
        return _bounded(cone_error(K, n, rate, bits))
    return _bounded(cone_error(K, n + 1, rate * arb(n).sqrt() if constraint == "linf" else rate, bits))


def cone_error(K: int, n: int, r: Ball, bits: int = BITS) -> Ball:
    """1 − Q_n(θ_K) = ∫_0^∞ f(v) Φ(v cot θ_K − r) dv, f the density of the norm of n − 1 standard normals [S59].

    The integrand is entire, and Arb's quadrature [J18] encloses it where it matters.  Its logarithm is concave with a
    second derivative of at most −1: what is left out is bounded by its values at the ends, where its slope is certain.

    Args:
        K: number of codes on the unit sphere of R^n; 0 for K = 1.
        n: dimension, at least 2.
        r: amplitude ratio, positive.
        bits: relative accuracy aimed at.
    """
    if K == 1:
        return arb(0)
    if K == 2:
        return tail(r)
    sine = cone_sine_ball(K, n, bits)
    cot = ((1 - sine) / sine).max(arb(0)).sqrt()
    half, root = arb(n - 1) / 2, arb(2).sqrt()

    def integrand(v: Any, _: bool = False) -> Any:
        return v ** (n - 2) * (-v * v / 2).exp() * ((r - v * cot) / root).erfc() / 2

    first, last = (arb(end) for end in cone_window(n, float(cot.mid()), float(r.mid()), (bits + 8) * 0.7))

    def slope(v: Ball) -> Ball:
        h = r - v * cot
        return (n - 2) / v - v + cot * (-h * h / 2).exp() / (2 * arb.pi()).sqrt() / tail(h)

    if not (first > 0 and slope(first) > 0):
        first = arb(0)
    if not slope(last) < 0:
        return arb(0).union(arb(1))
    # Where it increases up to ``first`` and decreases from ``last`` on, at least as e^{−t²/2} does:
    outside = first * integrand(first) + (arb.pi() / 2).sqrt() * integrand(last)
    least = (integrand(last).upper() * (last - first)).mid()
    inside = acb.integral(
        lambda v, _: integrand(v), acb(first), acb(last), rel_tol=arb(2) ** -bits, abs_tol=least, eval_limit=MOST_NODES
    ).real
    scale = arb(2) ** (half - 1) * half.gamma()
    return ((inside + arb(0).union(outside)) / scale).max(arb(0)).min(arb(1))


def cone_sine_ball(K: int, n: int, bits: int = BITS) -> Ball:
    """sin²θ_K, where ½ I((n − 1)/2, ½; sin²θ) = 1/K, between numbers at which the sides' order is certain; K ≥ 3."""
    half = arb(n - 1) / 2

    def share(sine: Ball) -> Ball:
        return sine.beta_lower(half, arb(1) / 2, regularized=1) / 2

    at = _near_sine(K, n, share)
    density = 1 / (2 * half.gamma() * (arb(1) / 2).gamma() / (half + arb(1) / 2).gamma())
    for _ in range(8):
        # Newton's method for log ω as a function of the logarithm of the sine.
        here = share(at)
        slope = at**half * density / (1 - at).sqrt() / here
        step = (at * (-(here * K).log() / slope).exp()).mid()
        at = step if step > 0 and step < 1 else at
    for exponent in range(-bits - 8, 0, 4):
        near = arb(2) ** exponent
        below, above = (at * (1 - near)).mid(), (at * (1 + near)).mid().min(arb(1))
        if share(below) * K < 1 and (above == 1 or share(above) * K > 1):
            return below.union(above)
    raise ArithmeticError(f"the cone of 1/{K} of the sphere in {n} dimensions: no enclosure at {bits} bits")


def _near_sine(K: int, n: int, share: Callable[[Ball], Ball]) -> Ball:
    """A number near sin²θ_K: in float64 where it holds it, else to a factor of 2."""
    found = cone_sine(K, n)
    if found > 2.0**-900:
        return arb(min(found, 1 - 2.0**-52))
    low, high = -(2**12), 0
    while share(arb(2) ** low) * K > 1:
        low *= 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if share(arb(2) ** middle) * K < 1 else (low, middle)
    return arb(2) ** low
