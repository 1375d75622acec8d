"""Capacity of the amplitude-limited scalar Gaussian channel: the most that one coordinate of a box can carry."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...arrays import Array
from ...errors import InputError

LARGEST = 32.0
"""r up to which the input is optimised: up to about 30 points."""

SPACING = 2.4
"""Distance of neighbouring inputs to begin with, in units of the noise; the best inputs are 2 to 3.4 apart."""

STEP, REACH = 0.08, 9.0
"""Of the trapezoidal rule in y.  Its error is e^{−2π²/(gap·step)} for inputs no further apart than ``gap``."""

GAP = 1e-9
"""max_x D(N(x, 1)‖q) − I that is aimed at, in nats."""

PATIENCE = 3
"""Rounds without a smaller gap before the best so far is taken."""

FAINT, CLOSE = 1e-8, 1e-2
"""Weights and distances, in units of the noise, from which on two inputs are told apart."""


@dataclass(frozen=True)
class ChannelCapacity:
    """The capacity C(r) of y = x + z, |x| ≤ r, z ~ N(0, 1), and the input that attains it; nats.

    Attributes:
        r: the limit of the amplitude.
        lower: I(X; Y) of this input, which C is not below but for rounding.
        upper: the largest D(N(x, 1)‖q) on a grid of x, q the law of Y, which C is not above but for rounding and grid.
        inputs: ascending, shape (N,).
        weights: their probabilities, shape (N,).
    """

    r: float
    lower: float
    upper: float
    inputs: Array
    weights: Array


def channel_capacity(r: float) -> ChannelCapacity:
    """C(r) = max I(X; X + Z) over laws of X on [−r, r], Z ~ N(0, 1); nats.

    The best law is symmetric and discrete, and the only one with D(N(x, 1)‖q) ≤ I(X; Y) at every |x| ≤ r [S71].
    Inputs and weights are optimised together; where that inequality fails most an input is added.

    Args:
        r: largest amplitude over noise, which is the amplitude ratio α/σ of a codebook in the box ‖e‖_∞ ≤ 1; from 0 to
            32.

    Raises:
        InputError: for any other r.
    """
    if not 0 <= r <= LARGEST:
        raise InputError(f"r = {r}: expected an amplitude from 0 to {LARGEST:g}")
    r = float(r)
    if r == 0:
        return ChannelCapacity(r, 0.0, 0.0, np.zeros(1), np.ones(1))
    levels = np.linspace(r, -r, max(2, 1 + math.ceil(2 * r / SPACING)))
    half = np.sort(levels[levels >= -1e-12 * r]).clip(0.0)
    weights = np.full(len(half), 1 / len(half))
    grid = np.linspace(0.0, r, max(200, math.ceil(40 * r)))
    best, idle = ChannelCapacity(r, 0.0, math.inf, half, weights), 0
    while idle < PATIENCE:
        half, weights = _optimised(half, weights, r)
        rate = float(weights @ _Output(half, weights).divergence(half)[0])
        curve = _Output(half, weights).divergence(grid)[0]
        idle += 1
        if curve.max() - rate < best.upper - best.lower:
            idle, best = 0, ChannelCapacity(r, rate, max(float(curve.max()), rate), *_both_sides(half, weights))
        if curve.max() - rate <= GAP:
            break
        half, weights = _with_input(half, weights, float(grid[curve.argmax()]))
    return best


class _Output:
    """The law of y for inputs ±half, each with half of its weight: log S(y) = log Σ p_j e^{x_j y − x_j²/2}."""

    def __init__(self, half: Array, weights: Array) -> None:
        top = float(half.max()) + REACH
        self.y = np.arange(-math.ceil(top / STEP), math.ceil(top / STEP) + 1) * STEP
        reach, bend = np.outer(half, self.y), (half**2 / 2)[:, None]
        largest = (np.abs(reach) - bend).max(axis=0)
        up, down = (weights[:, None] / 2 * np.exp(sign * reach - bend - largest) for sign in (1, -1))
        total = (up + down).sum(axis=0)
        self.log_sum = largest + np.log(total)
        if reach.max() < 0.5:  # S is near 1, and its logarithm keeps its relative accuracy
            bent = 2 * np.sinh(reach / 2) ** 2 * np.exp(-bend) + np.expm1(-bend)
            self.log_sum = np.log1p((weights[:, None] * bent).sum(axis=0))
        self.mean = (half[:, None] * (up - down)).sum(axis=0) / total

    def divergence(self, x: Array) -> tuple[Array, Array]:
        """D(N(x, 1)‖q) = x²/2 − E log S(x + Z), and its derivative x − E x̂(x + Z), x̂ the mean of X given y."""
        law = STEP * np.exp(-((self.y - x[:, None]) ** 2) / 2) / math.sqrt(2 * math.pi)
        return x**2 / 2 - law @ self.log_sum, x - law @ self.mean


def _optimised(half: Array, weights: Array, r: float) -> tuple[Array, Array]:
    """Inputs in [0, r], ascending, the last of which stays r and a first at 0 stays there, and weights: best I near."""
    from scipy.optimize import minimize

    if len(half) == 1:
        return half, weights
    free = np.flatnonzero((half > 0) & (half < r))

    def unpacked(v: Array) -> tuple[Array, Array]:
        places = half.copy()
        places[free] = r / (1 + np.exp(-v[: len(free)]))
        logs = np.append(v[len(free) :], 0.0)
        shares = np.exp(logs - logs.max())
        return places, shares / shares.sum()

    def loss(v: Array) -> tuple[float, Array]:
        places, shares = unpacked(v)
        values, slopes = _Output(places, shares).divergence(places)
        rate = float(shares @ values)
        by_place = (shares * slopes)[free] * places[free] * (1 - places[free] / r)
        return -rate, -np.concatenate([by_place, (shares * (values - rate))[:-1]])

    start = np.concatenate([np.log(half[free] / (r - half[free])), np.log(weights[:-1] / weights[-1])])
    found = minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-12, "maxiter": 400})
    return _tidied(*unpacked(found.x))


def _tidied(half: Array, weights: Array) -> tuple[Array, Array]:
    """Inputs without those of no weight, those that coincide put together; the last is kept in its place."""
    order = np.argsort(half, kind="stable")
    places: list[float] = []
    shares: list[float] = []
    for place, share in zip(half[order].tolist(), weights[order].tolist(), strict=True):
        if share < FAINT and place < half.max():
            continue
        if places and place - places[-1] < CLOSE * min(1.0, half.max()):
            places[-1], shares[-1] = place, shares[-1] + share
        else:
            places.append(place)
            shares.append(share)
    if places[0] < CLOSE * min(1.0, half.max()):
        places[0] = 0.0
    total = math.fsum(shares)
    return np.array(places), np.array(shares) / total


def _with_input(half: Array, weights: Array, place: float) -> tuple[Array, Array]:
    """The inputs with one more, of little weight, unless there is one at that place."""
    if np.abs(half - place).min() < 2 * CLOSE * min(1.0, half.max()):
        return half, weights
    share = 0.02 / (1 + len(half))
    order = np.argsort(np.append(half, place))
    return np.append(half, place)[order], np.append(weights * (1 - share), share)[order]


def _both_sides(half: Array, weights: Array) -> tuple[Array, Array]:
    inner = half > 0
    places = np.concatenate([-half[inner][::-1], half])
    shares = np.concatenate([weights[inner][::-1] / 2, np.where(inner, weights / 2, weights)])
    return places, shares
