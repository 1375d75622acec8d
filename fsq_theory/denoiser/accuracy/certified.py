"""The MAP error 1 − A enclosed in balls: bounds that no rounding can have moved past the truth; any prior.

Closed forms for codes on a line and products; exact decision cells for codes in a plane; integrals for one-hot,
simplex, ± orthogonal and PSK codes; and for any other listed codebook a lower bound and the union bound.  Beside
:mod:`.exact`, :mod:`.bounds` and :mod:`.monte_carlo`, which compute the same in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from flint import arb

from ...balls.arithmetic import ball, ends, precision, rational
from ...codebooks.codebook import Codebook
from ...codebooks.exact_points import ExactPoints, exact_points
from ...codebooks.spec import as_codebook
from ...errors import InputError
from .certified_pairs import tail
from .certified_record import CertifiedError
from .certified_routes import METHODS, Enclosure, any_error, enclose, largest_prior, normalised

BITS = 128

MOST_GUARD = 96
"""Most bits that large r adds to the precision."""


def certified_error(
    codebook: Codebook | str | Iterable[Iterable[Any]] | ExactPoints,
    r: Any,
    *,
    bits: int = BITS,
    prior: Iterable[Any] | None = None,
) -> CertifiedError:
    """1 − A = 1 − ∫ max_k π_k φ_n(x − r e_k) dx enclosed, noise N(0, 1) a coordinate.

    Over an interval of r the bounds are those of its ends: 1 − A never grows with r, since more noise can be added.

    Args:
        codebook: a codebook or its spec, or rows of exact numbers.  Float64 coordinates and probabilities are the
            dyadic numbers that they are, these divided by their sum; one-hot and simplex codes are the ideal ones at
            their scale, biorthogonal and PSK codes under the uniform prior; products are never listed, other codebooks
            must be, up to 8192 tokens, or 1024 of unequal priors.
        r: amplitude ratio α/σ ≥ 0: an exact number, or a ball, of which what is below 0 is left out.
        bits: relative accuracy aimed at; what is computed by ``pairs`` does not reach it.
        prior: for rows, exact numbers ≥ 0 that π is proportional to, one a row; uniform if None.  A codebook has its
            own.

    Raises:
        InputError: for a negative or infinite r, a prior that is not one, or a codebook too large to list.
    """
    made = codebook if not isinstance(codebook, Codebook | str) else as_codebook(codebook)
    points = made if isinstance(made, ExactPoints | Codebook) else exact_points(made)
    if isinstance(points, Codebook):
        if prior is not None:
            raise InputError(
                f"prior beside {points.name}: a codebook has its own; expected with_prior, or rows of codes"
            )
        shares = None
    else:
        shares = None if prior is None else normalised([rational(p) for p in prior], points.K)
    name, silent = points.name, 1 - largest_prior(points, shares)
    return _record(name, points.K, points.n, r, bits, silent, lambda rate: enclose(points, shares, rate, bits))


def certified_fsq_error(levels: Sequence[int], r: Any, *, bits: int = BITS) -> CertifiedError:
    """1 − A = 1 − Π_i [1 − 2(1 − 1/L_i) Φ(−r/(L_i − 1))] of FSQ on the exact grids −1 + 2k/(L_i − 1), enclosed.

    Args:
        levels: L_1, …, L_n, each at least 2.
        r: amplitude ratio α/σ ≥ 0: an exact number, or a ball.
        bits: relative accuracy aimed at.

    Raises:
        InputError: for a negative or infinite r, no levels, or fewer than 2 of them.
    """
    if not levels or min(levels) < 2:
        raise InputError(f"FSQ levels {list(levels)}: expected at least one, each at least 2")
    kinds = {L: levels.count(L) for L in dict.fromkeys(levels)}

    def product(rate: Fraction) -> Enclosure:
        errors = [(2 * (1 - arb(1) / L) * tail(ball(rate / (L - 1))), count) for L, count in kinds.items()]
        whole = any_error(errors)
        return whole, whole, "closed form"

    name, tokens = "fsq:" + ",".join(map(str, levels)), math.prod(levels)
    return _record(name, tokens, len(levels), r, bits, 1 - Fraction(1, tokens), product)


def _record(
    name: str, tokens: int, n: int, r: Any, bits: int, silent: Fraction, at_rate: Callable[[Fraction], Enclosure]
) -> CertifiedError:
    first, last = ends(r) if isinstance(r, arb) and r.is_finite() else (rational(r),) * 2
    if last < 0:
        raise InputError(f"r = {r}: expected an amplitude ratio of at least 0")
    first = max(first, Fraction(0))
    # Φ(−h) is relatively h² times less accurate than h.
    with precision(bits + 32 + min(2 * int(last).bit_length(), MOST_GUARD)):
        unheard = ball(silent)

        def at(rate: Fraction) -> Enclosure:
            return at_rate(rate) if rate > 0 else (unheard, unheard, "closed form")

        at_most = at(first)
        at_least = at_most if last == first else at(last)
        # No error is beyond that of the most probable token always.
        lower, upper = at_least[0].lower(), at_most[1].upper()
        lower = lower.max(arb(0)) if lower.is_finite() else arb(0)
        upper = upper.min(unheard.upper()) if upper.is_finite() else unheard.upper()
    method = max(at_most[2], at_least[2], key=METHODS.index)
    return CertifiedError(name, tokens, n, r, lower, upper, method, bits)
