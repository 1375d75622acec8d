"""Unequal priors, enclosed: decisions by rational weights in place of log π, and a lower bound in any dimension.

Write f_k = π_k φ_n(x − r e_k) and S = Σ_k f_k; then 1 − A = ∫(S − max_k f_k) dx.

Rational weights c with |c_k − log π_k| ≤ ε cut the space along rational planes.  Where they decide for k and the prior
for j ≠ k, f_j ≤ e^{2ε} f_k, and f_k is a part of S − f_j; so S − f_k ≤ S − f_j + (e^{2ε} − 1) f_k ≤ e^{2ε}(S − f_j):

    1 − A  ≤  the error of deciding by c  ≤  e^{2ε}(1 − A).

A bound from pairs: in a tree rooted at the largest of the f_k, the edge from k to its parent has min(f_k, f_parent) ≤
f_k, so the sum over the edges of any tree is at most S − max_k f_k.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, fmpq
from numpy.typing import NDArray

from ...arrays import Array
from ...balls.arithmetic import Ball, ball, precision
from ...codebooks.exact_points import ExactPoints
from .certified_pairs import tail


@dataclass(frozen=True)
class Weights:
    """Rational weights near log π.

    Attributes:
        values: c.
        share: e^{−2ε} from below: at least this part of the error of deciding by c is error of the best decision.
    """

    values: tuple[Any, ...]
    share: Ball


def weights(prior: Sequence[Fraction], bits: int) -> Weights:
    """Weights for positive probabilities, within about 2^−bits of their logarithms."""
    with precision(bits + 16):
        logs = [ball(p).log() for p in prior]
        widest = max((log.rad() for log in logs), default=arb(0))
        return Weights(tuple(log.mid().fmpq() for log in logs), (-2 * widest).exp().lower())


def probabilities(prior: Sequence[Fraction]) -> tuple[Any, ...]:
    """The probabilities as rationals of Arb's library."""
    return tuple(fmpq(p.numerator, p.denominator) for p in prior)


def tree_bound(points: ExactPoints, prior: Sequence[Fraction], r: Ball) -> Ball:
    """Σ over the edges of a tree of ∫min(f_i, f_j) = π_i Φ(−t_ij) + π_j Φ(−t_ji), at most 1 − A.

    With h = r‖e_i − e_j‖/2, t_ij = h + log(π_i/π_j)/(2h).  The tree joins what is most easily confused.
    """
    total = arb(0)
    for i, j in _tree(_ease(points, prior, float(r * ball(points.largest)))):
        h = r * ball(points.unit**2 * points.square(i, j)).sqrt() / 2
        first, second = ball(prior[i]), ball(prior[j])
        skew = (first.log() - second.log()) / (2 * h)
        total += first * tail(h + skew) + second * tail(h - skew)
    return total


def _ease(points: ExactPoints, prior: Sequence[Fraction], reach: float) -> Array:
    """About log ∫min(f_i, f_j) of all pairs, shape (K, K): a choice; ``reach`` is the largest r|coordinate|."""
    log_prior = np.array([float(ball(p).log()) for p in prior])
    gaps = np.concatenate([tile for _, tile in points.tiles()])
    with np.errstate(over="ignore", invalid="ignore"):
        h = np.maximum(reach * gaps / 2, 1e-300)
        beyond = np.maximum(h + (log_prior[:, None] - log_prior[None, :]) / (2 * h), 0.0)
        found = log_prior[:, None] - beyond**2 / 2
    return np.asarray(np.maximum(found, found.T))


def _tree(ease: Array) -> list[tuple[int, int]]:
    """Edges of a spanning tree of the largest entries, by Prim's algorithm."""
    best, parent = ease[0].copy(), np.zeros(len(ease), dtype=np.int64)
    left: NDArray[np.bool_] = np.ones(len(ease), dtype=bool)
    left[0] = False
    edges = []
    for _ in range(len(ease) - 1):
        rest = np.flatnonzero(left)
        chosen = int(rest[np.argmax(best[rest])])
        edges.append((int(parent[chosen]), chosen))
        left[chosen] = False
        nearer = left & (ease[chosen] > best)
        best[nearer], parent[nearer] = ease[chosen][nearer], chosen
    return edges
