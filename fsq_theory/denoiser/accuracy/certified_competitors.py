"""Sums over the competitors of each token, enclosed in balls: the union bound of any prior, bounds from overlaps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction

from flint import arb

from ...balls.arithmetic import Ball, ball, ends
from ...codebooks.exact_points import ExactPoints
from ...errors import InputError
from .bounds import OVERLAP_NEIGHBOURS, WORTH
from .certified_overlap import overlap
from .certified_pairs import tail

MOST_OVERLAPS = 2**13
"""Most pairs of competitors, K × neighbours², whose overlap is computed; fewer neighbours make the bounds weaker."""

MOST_UNEQUAL = 1024
"""Most tokens of unequal priors whose union bound is computed pair by pair."""


def equidistant(h: Ball, others: int) -> tuple[Ball, Ball, Ball, Ball]:
    """Union, one neighbour, Bonferroni and de Caen for K − 1 competitors alike: any two directions meet at 60 degrees.

    Args:
        h: r d/2.
        others: K − 1.
    """
    one, both = tail(h), overlap(h, h, 1, 1, 1)
    # Σ_{j≤s} − Σ_{i<j≤s} is largest where the next competitor would take as much as it adds.
    ratio = one / both
    used = min(others, math.floor(ends(ratio)[0]) + 1) if ratio.is_finite() else 1
    bonferroni = used * one - used * (used - 1) // 2 * both
    return others * one, one, bonferroni, others * one**2 / (one + (others - 1) * both)


def unequal_equidistant(h: Ball, prior: Sequence[Fraction]) -> tuple[Ball, Ball]:
    """A lower bound on 1 − A and the union bound, for codes all equally far apart; t_kj = h + log(π_k/π_j)/(2h).

    The lower one, Σ_{k≠m} [π_k Φ(−t_km) + π_m Φ(−t_mk)] with m the most probable, is that of
    :func:`.certified_prior.tree_bound` for its best tree: ∫min(f_k, f_j) grows with π_j.

    Args:
        h: r d/2.
        prior: π, positive.

    Raises:
        InputError: for more than 1024 different priors.
    """
    counts = Counter(prior)
    if len(counts) > MOST_UNEQUAL:
        raise InputError(f"{len(counts)} different priors: the union bound takes at most {MOST_UNEQUAL}")
    logs = {p: ball(p).log() for p in counts}

    def lost(p: Fraction, q: Fraction) -> Ball:
        return ball(p) * tail(h if p == q else h + (logs[p] - logs[q]) / (2 * h))

    most = max(counts)
    tree = sum(((count - (p == most)) * (lost(p, most) + lost(most, p)) for p, count in counts.items()), arb(0))
    pairs = ((p, q, count * (other - (p == q))) for p, count in counts.items() for q, other in counts.items())
    return tree, sum((times * lost(p, q) for p, q, times in pairs if times), arb(0))


def unequal_union(points: ExactPoints, prior: Sequence[Fraction], r: Ball) -> Ball:
    """Σ_k π_k Σ_{j≠k} Φ(−h_kj).

    Raises:
        InputError: for more than 1024 tokens.
    """
    if points.K > MOST_UNEQUAL:
        raise InputError(f"{points.K} tokens of unequal priors: the union bound takes at most {MOST_UNEQUAL}")
    threshold = _thresholds(points, prior, r)
    total = arb(0)
    for k in range(points.K):
        total += ball(prior[k]) * sum((tail(threshold(k, j)) for j in range(points.K) if j != k), arb(0))
    return total


def bounds_below(points: ExactPoints, prior: Sequence[Fraction], r: Ball) -> tuple[Ball, Ball, Ball]:
    """The bounds by one neighbour, of Bonferroni and of de Caen, over the nearest competitors of each token.

    Up to 16 competitors, fewer where the tokens are many; one joins Bonferroni's sum where that is certainly worth it.
    """
    used = min(OVERLAP_NEIGHBOURS, points.K - 1, max(2, math.isqrt(MOST_OVERLAPS // points.K)))
    threshold = _thresholds(points, prior, r)
    single, bonferroni, de_caen = arb(0), arb(0), arb(0)
    known: dict[tuple[tuple[int, Fraction], tuple[int, Fraction], int], Ball] = {}
    for k, candidates in enumerate(points.neighbours(used).tolist()):
        # Two competitors of one distance and prior have the same threshold.
        kinds = [(points.square(k, j), prior[j] / prior[k]) for j in candidates]
        heights = [threshold(k, j) for j in candidates]
        joint: list[list[Ball]] = [[arb(0)] * used for _ in candidates]
        for i in range(used):
            for j in range(i):
                between = points.square(candidates[i], candidates[j])
                key = (min(kinds[i], kinds[j]), max(kinds[i], kinds[j]), between)
                if key not in known:
                    known[key] = overlap(heights[i], heights[j], kinds[i][0], kinds[j][0], between)
                joint[i][j] = joint[j][i] = known[key]
        lost = [tail(h) for h in heights]
        share = ball(prior[k])
        best = lost[0]
        for p in lost[1:]:
            best = best.max(p)
        single += share * best
        bonferroni += share * _greedy(lost, joint)
        de_caen += share * _de_caen(lost, joint).min(arb(1))
    return single, bonferroni, de_caen


def _de_caen(lost: Sequence[Ball], joint: Sequence[Sequence[Ball]]) -> Ball:
    """Σ_j P(B_j)²/Σ_i P(B_j ∩ B_i), each term between 0 and P(B_j)."""
    total = arb(0)
    for p, others in zip(lost, joint, strict=True):
        term = p * p / (p + sum(others, arb(0)))
        total += term if term.is_finite() else arb(0).union(p)
    return total


def _greedy(lost: Sequence[Ball], joint: Sequence[Sequence[Ball]]) -> Ball:
    """Σ_{j∈S} P(B_j) − Σ_{i<j∈S} P(B_i ∩ B_j), a competitor joining S where that is certainly worth it."""
    chosen: list[int] = []
    total = arb(0)
    for j, p in enumerate(lost):
        gain = p - sum((joint[i][j] for i in chosen), arb(0))
        if gain > WORTH * p:
            total += gain
            chosen.append(j)
    return total


def _thresholds(points: ExactPoints, prior: Sequence[Fraction], r: Ball) -> Callable[[int, int], Ball]:
    """h_kj = r d_kj/2 + log(π_k/π_j)/(r d_kj) as a function of k and j."""
    halves: dict[int, Ball] = {}
    logs: dict[Fraction, Ball] = {p: ball(p).log() for p in set(prior)}

    def threshold(k: int, j: int) -> Ball:
        square = points.square(k, j)
        if square not in halves:
            halves[square] = r * ball(points.unit**2 * square).sqrt() / 2
        half = halves[square]
        return half if prior[k] == prior[j] else half + (logs[prior[k]] - logs[prior[j]]) / (2 * half)

    return threshold
