"""The best levels for L ordered tokens on an interval: equal spacing is optimal for equal priors, not otherwise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import Array
from ...codebooks.array_codebook import ArrayCodebook
from ...codebooks.checks import check_prior
from ...errors import InputError
from ...gaussian import LOG_SQRT_2PI
from ...logspace import log1mexp
from .partition import Index, Partition, best_partition
from .threshold import rival_threshold

ORDERS = ("given", "free")

APART = 1e-12
"""Distance, in boxes, of codes that only have to be distinct: tokens that are given up."""

BEYOND_RANGE = 1e100
"""r times half the box from which no error is left in float64, whatever the levels; below its inverse, all is."""

MOST_TOKENS = 4096


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
    best = best_partition(checked, half, order)
    if best is None:
        only = np.arange(len(checked)) == np.argmax(checked)
        return _record(checked, rate, (low, high), order, equal, np.arange(len(checked)), only, equal, math.nan)
    levels, tokens, kept = _placed(checked, half, best, (low, high))
    return _record(checked, rate, (low, high), order, levels, tokens, kept, equal, best.log_mu, best.log_error)


def _placed(
    prior: Array, half: float, best: Partition, box: tuple[float, float]
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
