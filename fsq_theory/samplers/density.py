"""The law of the tokens of a sampler with noise, in one or two dimensions, by propagating the density of its state.

With nodes u_j of mass w_j the state after a step has density Σ_j w_j N(u'; m(u_j), v I), m(u) = keep·u + pull·x̂_0(u),
and is taken at the nodes of the next grid.  All integrands are analytic, so that the trapezoidal rule converges
geometrically: its error falls like e^{−c/h} at least, so that halving h squares it.  The error at 2h is measured at
every step on every other node; where it is too large the grid of this step is made finer.  On the line the error at 2h
is given as that at h, which it exceeds; in the plane its power 3/2 is, which the error of a rare branch of paths, which
squares relative to its own probability, may exceed.

Where a probability is too small to be told from 0 so, all is done again with tails as far out as numbers go, on finer
and finer grids until they agree: sums of positive numbers keep the relative accuracy of the least of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.special

from ..arrays import Array
from .decisions import decision_cuts
from .factor import Factor, Guess, posterior
from .mixture_grid import REACH, Mixture, Nodes, TooFine, on_grid, total_variation
from .transitions import SamplerGrid

SPACING = {1: 0.5, 2: 0.6}
"""Of the first grid tried, in standard deviations of the step that leads to it."""

DEEP_REACH = {1: 37.5, 2: 25.0}
"""Standard deviations of a step at which tails are left out in search of small probabilities, by dimension."""

LEAST = {1: 1e-280, 2: 1e-120}
"""Probabilities that are told from 0 with such tails: e^{−reach²/2} is 5e-306 and 2e-136."""

LEFT_OUT = 1e-15
"""Of probability, at most, beyond the reach of all steps."""

EXACT = 1e-2
"""Relative error of a probability that makes a look at further tails worth while."""

AGREED = 1e-4
"""Relative difference of two such grids at which the finer one is taken: grids that are too coarse agree by chance."""

MOST_FINER = 8
"""Grids that are tried with such tails, of which each has half the area of the last one's cells."""

ROUNDING = 1e-12
"""Relative error of a probability by rounding."""

DOUBLED = {1: 1e-7, 2: 2e-5}
"""Error in total variation that a grid of doubled spacing may have, by dimension: about 1e-9 and 1e-8 are left at h."""

MOST_REFINED = 12
"""Times that a grid is refined; each divides the area of its cells by 2."""

WORK = {1: 2**29, 2: 2**35}
"""Kernel values that are computed at most, by dimension: about 10 s, in the plane by matrix products."""

POOR = 1e-5
"""Estimated error up to which a law is given where a finer grid would be too much work."""


@dataclass(frozen=True)
class QuadratureLaw:
    """A law of tokens by quadrature.

    Attributes:
        q: shape (K,).
        error: estimate of its error in total variation.
        doubt: estimate of the error of each q_k, shape (K,), but for tokens of no prior probability.
    """

    q: Array
    error: float
    doubt: Array


def density_law(truth: Factor, guess: Guess, grid: SamplerGrid, std: float, readout: str) -> QuadratureLaw:
    """Probabilities of the tokens, by quadrature, for n ≤ 2.

    Args:
        truth: the codebook or factor.
        guess: the model's guess of X_0.
        grid: with steps of positive variance.
        std: of the start, in coordinates of unit power.
        readout: ``posterior``, or for n = 1 ``map``.

    Raises:
        TooFine: where the work would be too much.
    """
    n, possible = len(truth.mean), np.isfinite(truth.log_prior)
    if readout == "map":
        winners = np.zeros(len(possible), dtype=bool)
        winners[decision_cuts(truth, float(grid.r[-1]))[0]] = True
        possible &= winners  # the others are never read out
    q, error, doubled = _propagated(truth, guess, grid, std, readout, REACH, 0, Budget(WORK[n]))
    # Of paths as rare as the error at 2h nothing is known at h: it squares relative to their probability, not to 1.
    error = doubled if n == 1 else error
    doubt = np.where(possible, 2 * error + LEFT_OUT, 0.0)
    if not np.any(doubt > EXACT * q):
        return QuadratureLaw(q, error, doubt)
    budget, coarse = Budget(WORK[n]), None
    for finer in range(MOST_FINER):
        try:
            fine, _, _ = _propagated(truth, guess, grid, std, readout, DEEP_REACH[n], finer, budget)
        except TooFine:
            break
        if coarse is not None:
            q, off = fine, np.abs(fine - coarse)
            doubt = np.where(possible, np.minimum(off + ROUNDING * fine + LEAST[n], doubt), 0.0)
            if np.all(off <= AGREED * fine + LEAST[n]):
                break
        coarse = fine
    return QuadratureLaw(q, error, doubt)


def _propagated(
    truth: Factor, guess: Guess, grid: SamplerGrid, std: float, readout: str, reach: float, finer: int, budget: Budget
) -> tuple[Array, float, float]:
    """The law of the tokens, its error and that at 2h, on grids made finer some more times than they need to be."""
    made, r_end, n = grid.steps, float(grid.r[-1]), len(truth.mean)
    if made is None:
        raise ValueError("density_law takes fixed steps")
    state = Mixture(np.zeros((1, n)), np.ones(1), std, reach)
    error = coarse = 0.0
    for r, keep, pull, scatter in zip(grid.r, made.keep, made.pull, np.sqrt(made.variance), strict=False):

        def moved(nodes: Nodes, r: float = r, keep: float = keep, pull: float = pull, std: float = scatter) -> Mixture:
            means = keep * nodes.places + pull * guess(nodes.places, float(r))
            return Mixture(means, nodes.mass, float(std), reach)

        def aliased(nodes: Nodes, moved: Callable[[Nodes], Mixture] = moved) -> float:
            return total_variation(moved(nodes)._replace(mass=nodes.mass * nodes.signs))

        nodes, doubled = _resolved(state, aliased, finer, budget)
        state, error, coarse = moved(nodes), error + doubled**1.5, coarse + doubled
    if readout == "map":
        return _normalised(decided(truth, state, r_end)), error, coarse
    nodes, doubled = _resolved(state, lambda nodes: _l1(read(truth, nodes, nodes.signs, r_end)), finer, budget)
    return _normalised(read(truth, nodes, np.ones(1), r_end)), error + doubled**1.5, coarse + doubled


@dataclass
class Budget:
    """Kernel values that may still be computed."""

    left: int

    def take(self, amount: float) -> None:
        """Take some of it; raises :class:`TooFine` if not enough is left."""
        if amount > self.left:
            raise TooFine("the density of the sampler's state needs too many nodes: expected method mc")
        self.left -= int(amount)


def _resolved(state: Mixture, aliased: Callable[[Nodes], float], finer: int, budget: Budget) -> tuple[Nodes, float]:
    """Nodes of a state, fine enough for what comes next, and the error of nodes of doubled spacing."""
    n = state.means.shape[1]
    best: tuple[Nodes, float] | None = None
    for level in range(MOST_REFINED):
        spacing = SPACING[n] / 2 ** (level / n)
        try:
            budget.take(state.work(spacing))
            nodes = on_grid(state, spacing)
            best = nodes, aliased(nodes)
        except TooFine:
            if best is not None and best[1] ** 1.5 <= POOR:
                break
            raise
        if best[1] <= DOUBLED[n]:
            break
    if best is None or best[1] ** 1.5 > POOR:
        raise TooFine("the density of the sampler's state is not resolved: expected method mc")
    if finer:
        spacing /= 2 ** (finer / n)
        budget.take(state.work(spacing))
        best = on_grid(state, spacing), best[1]
    return best


def read(truth: Factor, nodes: Nodes, signs: Array, r: float) -> Array:
    """Σ_j mass_j sign_j p(k|u_j), shape (K,)."""
    q = np.zeros(len(truth.log_prior))
    mass = nodes.mass * signs
    block = max(1, 2**22 // len(q))
    for start in range(0, len(mass), block):
        part = slice(start, start + block)
        q += mass[part] @ posterior(truth, nodes.places[part], np.float64(r))
    return q


def decided(truth: Factor, state: Mixture, r: float) -> Array:
    """P(argmax_k p(k|u) = k), shape (K,), for a state on the line, from the ends of the decision intervals."""
    winners, cuts = decision_cuts(truth, r)
    q = np.zeros(len(truth.log_prior))
    edges = np.concatenate([[-np.inf], cuts, [np.inf]])
    for token, low, high in zip(winners.tolist(), edges[:-1], edges[1:], strict=True):
        low, high = (low - state.means[:, 0]) / state.std, (high - state.means[:, 0]) / state.std
        # Φ(high) − Φ(low) from the side where both are small, so that nothing cancels.
        right = low > 0
        below, above = np.where(right, -high, low), np.where(right, -low, high)
        q[token] = state.mass @ (scipy.special.ndtr(above) - scipy.special.ndtr(below))
    return q


def _normalised(q: Array) -> Array:
    return np.asarray(q / q.sum())


def _l1(values: Array) -> float:
    return float(np.abs(values).sum()) / 2
