"""The best places for L ordered tokens on an interval: equal spacing is optimal for equal priors, and not otherwise.

Let a decision give token i the interval (t_{i−1}, t_i) of Y = r a_i + N(0, 1).  For given t the best a_i is the middle
of its interval, within the box: A = Σ π_i(2Φ(w_i/2) − 1) over the inner tokens, of widths w_i, plus π_a Φ(s) and
π_b Φ(s') for the outer two, which sit at the ends of the box, s and s' from their thresholds; s + Σw + s' is r times
the length of the box.  A is the largest of this over t, since the optimal decision is one of these.  Stationarity says

    π_a φ(s) = π_i φ(w_i/2) = π_b φ(s') = μ for every open interval,  π_i φ(0) ≤ μ for every closed one.

In terms of the gaps Δ_i of neighbours that keep an interval, π_i φ(h_i) = μ at every threshold h_i = rΔ_i/2 +
log(π_i/π_{i+1})/(rΔ_i), since dψ_i/dΔ_i = −r π_i φ(h_i) for the error ψ_i = π_i Φ(−h_i) + π_{i+1} Φ(−h'_i) at a gap.

For given outer tokens and s, s' ≥ 0 the problem is concave and has one solution, by a root in μ.  At most one of s, s'
is negative at a maximum (an outer token of small prior that wins only beyond the end of the box), say s: by the
second-order condition 1/|s| > Σ 4/w_i + 1/s' only tokens of larger prior than that one are open, and there is again at
most one root.  Trying every pair of outer tokens that can be optimal gives the global optimum.  At low SNR rare tokens
are given up: their intervals are closed and their whole prior is lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...arrays import Array
from ...codebooks.array_codebook import ArrayCodebook
from ...codebooks.checks import check_prior
from ...codebooks.codebook import Codebook
from ...codebooks.product_codebook import ProductCodebook
from ...codebooks.spec import as_codebook
from ...errors import InputError
from ...gaussian import LOG_SQRT_2PI, log_ndtr
from ...logspace import log1mexp, logsumexp
from .threshold import rival_threshold

ORDERS = ("given", "free")

APART = 1e-12
"""Distance, in boxes, of codes that only have to be distinct: tokens that are given up."""

FARTHEST = 40.0
"""Thresholds this far from a code are crossed with probability 1e-350."""

BEYOND_RANGE = 1e100
"""r times half the box from which no error is left in float64, whatever the levels; below its inverse, all is."""

MOST_TOKENS = 4096

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Spacing:
    """The optimal levels of L tokens with prior π on an interval, at one r, beside equally spaced ones.

    Attributes:
        prior: π, in the order of the tokens.
        r: amplitude ratio.
        box: the interval.
        order: ``given`` or ``free``.
        levels: the level of each token; distinct.
        tokens: the tokens from the lowest level to the highest.
        kept: whether a token keeps an interval in which it is decided for; the others are given up.
        gaps: distances of the kept tokens that are neighbours, ascending levels.
        accuracy: A at ``levels``.
        log_error: log(1 − A).
        accuracy_equal: A at equally spaced levels, in the given order.
        log_error_equal: log(1 − A) of those.
        log_error_limit: log of the least error that any levels have or approach.
        multiplier: log μ of the KKT conditions; 0 where a single token is kept.
        kkt_residual: the largest difference of log π_i φ(h_i) from log μ over thresholds, recomputed from ``levels``.
    """

    prior: Array
    r: float
    box: tuple[float, float]
    order: str
    levels: Array
    tokens: tuple[int, ...]
    kept: tuple[bool, ...]
    gaps: Array
    accuracy: float
    log_error: float
    accuracy_equal: float
    log_error_equal: float
    log_error_limit: float
    multiplier: float
    kkt_residual: float

    @property
    def gain(self) -> float:
        """A of the optimal levels minus A of equally spaced ones, subtracted in whichever of A and 1 − A is less."""
        if self.log_error_equal > -1:
            return self.accuracy - self.accuracy_equal
        return math.exp(self.log_error_equal) - math.exp(self.log_error)

    @property
    def error_ratio(self) -> float:
        """(1 − A) of the optimal levels over that of equally spaced ones; 1 where both are 0."""
        return 1.0 if self.log_error == self.log_error_equal else math.exp(self.log_error - self.log_error_equal)

    def row(self) -> dict[str, Any]:
        """The record with plain Python values."""
        return {
            "levels_count": len(self.levels),
            "r": self.r,
            "box": list(self.box),
            "order": self.order,
            "prior": self.prior.tolist(),
            "levels": self.levels.tolist(),
            "tokens": list(self.tokens),
            "kept": list(self.kept),
            "gaps": self.gaps.tolist(),
            "accuracy": self.accuracy,
            "error": math.exp(self.log_error),
            "log_error": self.log_error,
            "accuracy_equal": self.accuracy_equal,
            "error_equal": math.exp(self.log_error_equal),
            "log_error_equal": self.log_error_equal,
            "log_error_limit": self.log_error_limit,
            "gain": self.gain,
            "error_ratio": self.error_ratio,
            "multiplier": self.multiplier,
            "kkt_residual": self.kkt_residual,
        }


def optimal_spacing(
    prior: ArrayLike, r: float, *, box: tuple[float, float] = (-1.0, 1.0), order: str = "given"
) -> Spacing:
    """The levels in a box that maximise the MAP accuracy of L tokens with prior π at amplitude ratio r; noise N(0, 1).

    Globally optimal, to rounding: a concave problem for each pair of tokens at the ends.  For equal priors the levels
    are equally spaced (Jensen).  The maximum over levels in one order, or in every order: only which two tokens sit at
    the ends matters, so that L! orders are L(L − 1)/2 problems.

    Args:
        prior: π, shape (L,), L ≥ 2.
        r: amplitude ratio α/σ, ≥ 0, possibly infinite; at 0 and ∞, where all levels do equally well, they are equal.
        box: the interval of the levels.
        order: ``given``: the levels ascend with the token; ``free``: any order.

    Raises:
        InputError: for a prior that is none, a negative or NaN r, an empty box, or another order.
    """
    values = np.asarray(prior, dtype=np.float64)
    if values.ndim != 1 or not 2 <= len(values) <= MOST_TOKENS:
        raise InputError(f"prior has shape {values.shape}: expected 2 to {MOST_TOKENS} probabilities")
    checked = check_prior(values, len(values))
    low, high = (float(end) for end in box)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InputError(f"box from {low:g} to {high:g}: expected two finite numbers, the lower one first")
    if order not in ORDERS:
        raise InputError(f"order {order!r}: expected one of {', '.join(ORDERS)}")
    rate = float(r)
    if math.isnan(rate) or rate < 0:
        raise InputError(f"r = {rate:g}: expected an amplitude ratio of at least 0")
    equal = np.linspace(low, high, len(checked))
    half = rate * (high - low) / 2
    if not 1 / BEYOND_RANGE < half < BEYOND_RANGE:
        return _record(checked, rate, (low, high), order, equal, np.arange(len(checked)), checked > 0, equal, math.nan)
    best = _best(checked, half, order)
    if best is None:
        only = np.arange(len(checked)) == np.argmax(checked)
        return _record(checked, rate, (low, high), order, equal, np.arange(len(checked)), only, equal, math.nan)
    levels, tokens, kept = _placed(checked, half, best, (low, high))
    return _record(checked, rate, (low, high), order, levels, tokens, kept, equal, best.log_mu, best.log_error)


@dataclass(frozen=True)
class _Solution:
    """Tokens from left to right with half the widths of their intervals, 0 for an inner one that is closed.

    An outer token's half width is the distance of its level from its threshold, negative where that is beyond the box.
    Tokens that are not listed are given up too.
    """

    tokens: Index
    widths: Array
    log_mu: float
    log_error: float


def _best(prior: Array, half: float, order: str) -> _Solution | None:
    """The best solution over the tokens that can sit at the ends; None where no one beats the likeliest token alone."""
    seen = np.flatnonzero(prior > 0)
    rest = np.delete(prior, np.argmax(prior))
    least = math.log(math.fsum(rest)) if rest.any() else -math.inf
    best = None
    with np.errstate(divide="ignore"):
        log_prior = np.log(prior)
    for first, last in _ends(prior, seen, order):
        if order == "given":
            tokens = seen[(seen >= first) & (seen <= last)]
        else:
            inner = seen[(seen != first) & (seen != last)]
            tokens = np.concatenate([[first], inner, [last]])
        for widths_of in (_both_within, _first_beyond, _last_beyond):
            found = widths_of(log_prior[tokens], half)
            if found is None:
                continue
            widths, log_mu = found
            given_up = np.ones(len(prior), dtype=bool)
            given_up[tokens] = False
            tails = np.log(_shares(len(tokens))) + log_prior[tokens] + log_ndtr(-widths)
            tails[1:-1] = np.where(widths[1:-1] == 0, log_prior[tokens[1:-1]], tails[1:-1])
            log_error = float(logsumexp(np.concatenate([tails, log_prior[given_up]])))
            if log_error < least:
                best, least = _Solution(tokens, widths, log_mu, log_error), log_error
    return best


def _shares(count: int) -> Array:
    """How many thresholds each token has: one for the outer tokens, two for the inner ones."""
    shares = np.full(count, 2.0)
    shares[[0, -1]] = 1.0
    return shares


def _ends(prior: Array, seen: Index, order: str) -> list[tuple[int, int]]:
    """Pairs of tokens that can be the outer ones.

    In the given order an outer token has a larger prior than every one beyond it, which could take its place.  In a
    free order tokens of equal prior are alike.
    """
    if order == "free":
        alike = [i for i in seen.tolist() if sum(prior[j] == prior[i] for j in seen.tolist() if j < i) < 2]
        return [(i, j) for n, i in enumerate(alike) for j in alike[n + 1 :]]
    lefts: list[int] = []
    rights: list[int] = []
    for found, tokens in ((lefts, seen.tolist()), (rights, seen.tolist()[::-1])):
        largest = 0.0
        for token in tokens:
            if prior[token] > largest:
                found.append(token)
                largest = float(prior[token])
    return [(i, j) for i in lefts for j in rights if i < j]


def _both_within(log_prior: Array, half: float) -> tuple[Array, float]:
    """(half widths √(2 log(π φ(0)/μ)) that fill the box, log μ)."""
    peaks = log_prior - LOG_SQRT_2PI
    top, shares = float(peaks.max()), _shares(len(peaks))

    def widths(depth: float) -> Array:
        """At log μ = max peak − depth²/2."""
        return np.asarray(np.sqrt(np.maximum(depth**2 + 2 * (peaks - top), 0.0)))

    def excess(depth: float) -> float:
        return float(shares @ widths(depth)) / (2 * half) - 1

    # The likeliest token alone fills the box at this depth at the latest.
    depth = _root(excess, 0.0, 2 * half * (1 + 1e-9))
    return widths(depth), top - depth**2 / 2


def _first_beyond(log_prior: Array, half: float) -> tuple[Array, float] | None:
    """The same with the first token's threshold beyond its end of the box: its half width counts as negative.

    Open are the tokens of larger prior.  With v = |s|², the square of a token's half width is v + c, c = 2 log of the
    ratio of its prior and the first one's, and Σ shares √(v + c) − √v falls in v as long as Σ shares √(v/(v + c)) < 1.
    """
    ratio = 2 * (log_prior - log_prior[0])
    opened = ratio > 0
    if not opened[-1]:
        return None
    shares, c = _shares(len(ratio))[opened], ratio[opened]

    def excess(s: float) -> float:
        # √(s² + c) − s for the last token, without cancellation.
        last = c[-1] / (math.sqrt(s**2 + c[-1]) + s)
        return (float(shares[:-1] @ np.sqrt(s**2 + c[:-1])) + last) / (2 * half) - 1

    def bend(s: float) -> float:
        return float(shares @ (s / np.sqrt(s**2 + c))) - 1

    if excess(0.0) < 0:
        return None
    if len(c) == 1:
        s = max(float(c[0]) / (4 * half) - half, 0.0)
        if s > FARTHEST:
            return None
    else:
        # s = 4√c gives s/√(s² + c) > 0.97, and two open tokens have shares of 3.
        farthest = _root(bend, 0.0, 4 * math.sqrt(float(c.max())))
        if excess(farthest) > 0:
            return None
        s = _root(excess, 0.0, farthest)
    widths = np.where(opened, np.sqrt(np.maximum(s**2 + ratio, 0.0)), 0.0)
    widths[0] = -s
    return widths, float(log_prior[0]) - LOG_SQRT_2PI - s**2 / 2


def _last_beyond(log_prior: Array, half: float) -> tuple[Array, float] | None:
    found = _first_beyond(log_prior[::-1], half)
    return None if found is None else (found[0][::-1], found[1])


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    if function(high) == 0:
        return high
    return float(brentq(function, low, high, xtol=1e-300, rtol=1e-15, maxiter=1000))


def _placed(
    prior: Array, half: float, best: _Solution, box: tuple[float, float]
) -> tuple[Array, Index, np.ndarray[Any, np.dtype[np.bool_]]]:
    """(level of each token, tokens from left to right, which are kept), all levels distinct.

    A token that is given up goes to the threshold between its neighbours, where it is never the most probable one, and
    beyond the outer tokens as close to them as makes no difference.
    """
    kept = np.zeros(len(prior), dtype=bool)
    kept[best.tokens] = best.widths != 0
    kept[best.tokens[[0, -1]]] = True
    sides = np.repeat(best.widths[:, None], 2, axis=1)
    sides[0, 0] = sides[-1, 1] = 0.0
    position = np.clip(np.cumsum(sides.ravel())[::2] / (2 * half), 0.0, 1.0)
    position[-1] = 1.0
    missing = np.setdiff1d(np.arange(len(prior)), best.tokens)
    ascending = bool(np.all(np.diff(best.tokens) > 0))
    place = np.searchsorted(best.tokens, missing) if ascending else np.ones(len(missing), dtype=np.int64)
    tokens = np.insert(best.tokens, place, missing)
    # Beside its right neighbour; at the end of the box, beside the last token.
    fraction = np.insert(position, place, np.append(position, 1.0)[place])
    return _distinct(fraction, tokens, box), tokens, kept


def _distinct(fraction: Array, tokens: Index, box: tuple[float, float]) -> Array:
    """Levels in the box that ascend strictly, moved by at most L·1e-12 boxes."""
    apart = max(APART, 4 * float(np.finfo(np.float64).eps) * max(map(abs, box)) / (box[1] - box[0]))
    steps = apart * np.arange(len(fraction))
    over = np.minimum((np.maximum.accumulate(fraction - steps) + steps)[::-1], 1 - steps)[::-1]
    levels = np.empty(len(fraction))
    levels[tokens] = np.clip(box[0] + over * (box[1] - box[0]), *box)
    return levels


def _record(
    prior: Array,
    r: float,
    box: tuple[float, float],
    order: str,
    levels: Array,
    tokens: Index,
    kept: np.ndarray[Any, np.dtype[np.bool_]],
    equal: Array,
    log_mu: float,
    limit: float | None = None,
) -> Spacing:
    log_error, log_error_equal = (_log_error(values, prior, r) for values in (levels, equal))
    sequence = tokens[kept[tokens]]
    gaps = np.diff(levels[sequence])
    residual = 0.0
    if limit is not None and len(sequence) > 1:
        log_prior = np.log(prior[sequence])
        h = rival_threshold(r, gaps, log_prior[:-1] - log_prior[1:])
        residual = float(np.max(np.abs(log_prior[:-1] - h**2 / 2 - LOG_SQRT_2PI - log_mu)))
    return Spacing(
        prior=prior,
        r=r,
        box=box,
        order=order,
        levels=levels,
        tokens=tuple(tokens.tolist()),
        kept=tuple(kept.tolist()),
        gaps=gaps,
        accuracy=float(np.exp(log1mexp(np.float64(log_error)))),
        log_error=log_error,
        accuracy_equal=float(np.exp(log1mexp(np.float64(log_error_equal)))),
        log_error_equal=log_error_equal,
        log_error_limit=log_error if limit is None else min(limit, log_error),
        multiplier=0.0 if limit is None else log_mu,
        kkt_residual=residual,
    )


def _log_error(levels: Array, prior: Array, r: float) -> float:
    from .accuracy import accuracy

    return float(accuracy(ArrayCodebook(levels[:, None], prior), r).log_error)


@dataclass(frozen=True)
class DigitSpacing:
    """A product codebook with every digit's levels at their best for its prior.

    Attributes:
        codebook: the new product.
        digits: the spacing of each factor.
        accuracy: its MAP accuracy.
        log_error: log(1 − A).
        accuracy_before: that of the product as it was given.
        log_error_before: log(1 − A) of that.
    """

    codebook: ProductCodebook
    digits: tuple[Spacing, ...]
    accuracy: float
    log_error: float
    accuracy_before: float
    log_error_before: float

    @property
    def gain(self) -> float:
        """A after minus A before, subtracted in whichever of A and 1 − A is less."""
        if self.log_error_before > -1:
            return self.accuracy - self.accuracy_before
        return math.exp(self.log_error_before) - math.exp(self.log_error)


def optimal_digit_spacing(codebook: Codebook | str, r: float) -> DigitSpacing:
    """The product of one-dimensional codes with each digit's levels moved, within their span, to their best places.

    Digits are decided independently under a product prior and A is the product of theirs, so that this is the best
    product in the box of the given levels with its tokens in the given order.

    Args:
        codebook: a product of one-dimensional codebooks, or its spec, as
            ``fsq:8,5,5,5+histogram:tokens.npy,independent=true``.
        r: amplitude ratio α/σ, ≥ 0.

    Raises:
        InputError: for another codebook or a bad r.
    """
    from .accuracy import accuracy

    book = as_codebook(codebook)
    if isinstance(book, ArrayCodebook) and book.n == 1:
        book = ProductCodebook([book], book.name)
    if not isinstance(book, ProductCodebook) or any(factor.n != 1 for factor, _ in book.groups):
        raise InputError(
            f"{book.name} is no product of one-dimensional codes: expected one, as fsq:8,5,5,5 (a histogram keeps it"
            " one with independent=true)"
        )
    found = {}
    for factor in dict.fromkeys(book.factors):
        column = factor.points[:, 0]
        ascending = np.argsort(column)
        spacing = optimal_spacing(factor.prior[ascending], r, box=(float(column.min()), float(column.max())))
        moved = np.empty(len(column))
        moved[ascending] = spacing.levels
        prior = None if factor.is_uniform else factor.prior
        found[factor] = spacing, ArrayCodebook(moved[:, None], prior, f"{factor.name} spaced")
    made = ProductCodebook([found[factor][1] for factor in book.factors], f"{book.name}, spaced for r = {r:g}")
    after, before = accuracy(made, r), accuracy(book, r)
    return DigitSpacing(
        codebook=made,
        digits=tuple(found[factor][0] for factor in book.factors),
        accuracy=float(after.value),
        log_error=float(after.log_error),
        accuracy_before=float(before.value),
        log_error_before=float(before.log_error),
    )
