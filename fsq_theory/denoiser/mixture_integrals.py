"""Integrals of positive functions of the posterior over a one-dimensional mixture, for all r at once, in log space."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
from ..gaussian import LOG_SQRT_2PI, gauss_legendre
from ..logspace import logsumexp
from .mixture_centres import EPS, Index
from .mixture_panels import Panels, mixture_panels, row_blocks

ORDER, CHECK = 12, 9
"""Orders of the rule and of the lower one that it is compared with."""

BLOCK = 2**14
"""Pairs of a node and a token that are held at once: few enough to stay in the cache and in memory that is at hand."""

AGREEMENT = 1e-12
"""Where the two orders differ by more than this part, panels are halved."""

MOST_HALVINGS = 4


@dataclass(frozen=True)
class Nodes:
    """Nodes of quadrature on P panels, N each, with the W tokens that matter on each of them.

    Attributes:
        codes: a_j, shape (W, P, 1), or (W, 1, 1).
        prior: π_j, alike.
        log_likelihood: log φ(x − r a_j) − log φ(x − r a_i) for the panel's token i, shape (W, P, N).
        log_ratio: the same with log π_j − log π_i added: log w_j/w_i.
        log_weight: log w_i, shape (P, N).
        left_out: Σ π_j over the tokens that do not matter, shape (P, 1).
        first: the first of the W tokens, in ascending order of codes, shape (P,).
    """

    codes: Array
    prior: Array
    log_likelihood: Array
    log_ratio: Array
    log_weight: Array
    left_out: Array
    first: Index

    def at_token(self, values: Array, token: int) -> tuple[NDArray[np.bool_], Array]:
        """On which panels a token is among the W, shape (P,), and the values there, shape (panels with it, N)."""
        place = token - self.first
        present = (place >= 0) & (place < values.shape[0])
        columns = values[:, present]
        where = np.broadcast_to(place[present][None, :, None], (1, *columns.shape[1:]))
        return present, np.take_along_axis(columns, where, axis=0)[0]

    @cached_property
    def winner(self) -> Index:
        """Position of the most probable token among the W, shape (1, P, N)."""
        return self.log_ratio.argmax(axis=0)[None]

    def at_winner(self, values: Array) -> Array:
        """Values at the most probable token, shape (P, N), of an array of shape (W, P, N) or (W, P, 1) or (W, 1, 1)."""
        return np.take_along_axis(np.broadcast_to(values, self.log_ratio.shape), self.winner, axis=0)[0]

    @cached_property
    def log_to_winner(self) -> Array:
        """log w_j/max w ≤ 0, shape (W, P, N)."""
        return self.log_ratio - self.at_winner(self.log_ratio)

    @cached_property
    def others(self) -> Array:
        """w_j/max w, and 0 for the most probable token itself, shape (W, P, N)."""
        values = np.exp(self.log_to_winner)
        np.put_along_axis(values, self.winner, 0.0, axis=0)
        return values

    @cached_property
    def rest(self) -> Array:
        """Σ w/max w − 1, shape (P, N)."""
        return np.asarray(self.others.sum(axis=0))

    @cached_property
    def log_density(self) -> Array:
        """log Σ_j w_j, shape (P, N)."""
        return self.log_weight + self.at_winner(self.log_ratio) + np.log1p(self.rest)


Integrand = Callable[[Nodes], Array]
"""Values that are averaged over the mixture: from nodes to the *logarithm* of values of shape (M, P, N)."""


def log_averages(
    points: Array,
    log_prior: Array,
    r: Array,
    integrand: Integrand,
    count: int,
    everywhere: bool = False,
    by_token: bool = False,
) -> tuple[Array, Array]:
    """log ∫ Σ_j w_j(x) f(x) dx with w_j = π_j φ(x − r a_j), for ``count`` functions f ≥ 0 of the posterior at x.

    Args:
        points: codes, ascending, shape (K,), K ≥ 2.
        log_prior: shape (K,), finite.
        r: shape (R,), positive.
        integrand: gives log f.
        count: M.
        everywhere: whether f is of interest also where the most probable token is all but certain.
        by_token: whether f singles out tokens, which may be rare.

    Returns:
        (logarithms, estimates of their absolute errors), each of shape (M, R).
    """
    values, spread = np.empty((2, count, len(r)))
    for part in row_blocks(len(r), len(points)):
        mixture = _Mixture(points, log_prior, r[part])
        panels = mixture_panels(points, log_prior, r[part], everywhere, by_token)
        values[:, part], spread[:, part] = _refined(mixture, panels, integrand, count, MOST_HALVINGS)
    return values, spread


@dataclass(frozen=True)
class _Mixture:
    points: Array
    log_prior: Array
    r: Array


def _refined(mixture: _Mixture, panels: Panels, integrand: Integrand, count: int, halvings: int) -> tuple[Array, Array]:
    """Log integrals and errors of each row, with the panels of those rows halved where two orders disagree."""
    fine, coarse = (_log_sums(mixture, panels, integrand, count, order) for order in (ORDER, CHECK))
    size, check = (np.where(np.isfinite(logs), logs, 0.0) for logs in (fine, coarse))
    rounding = EPS * (16 + 4 * np.abs(size))
    spread = np.abs(size - check) + rounding
    rough = np.flatnonzero((spread > AGREEMENT + 2 * rounding).any(axis=0))
    if len(rough) and halvings:
        subset = _Mixture(mixture.points, mixture.log_prior, mixture.r[rough])
        again = _refined(subset, panels.of_rows(rough).halved(), integrand, count, halvings - 1)
        fine[:, rough], spread[:, rough] = again
    return fine, spread


def _log_sums(mixture: _Mixture, panels: Panels, integrand: Integrand, count: int, order: int) -> Array:
    """Log integrals over the panels of each row, shape (M, R)."""
    logs = np.empty((count, len(panels.row)))
    for which, nodes, log_rule in _nodes(mixture, panels, order):
        logs[:, which] = logsumexp(integrand(nodes) + nodes.log_density + log_rule)
    begins = np.searchsorted(panels.row, np.arange(len(mixture.r)))
    top = np.maximum.reduceat(logs, begins, axis=1)
    shift = np.where(np.isfinite(top), top, 0.0)
    terms = np.exp(logs - shift[:, panels.row])
    with np.errstate(divide="ignore"):
        return np.log(np.add.reduceat(terms, begins, axis=1)) + shift


def _nodes(mixture: _Mixture, panels: Panels, order: int) -> Iterator[tuple[Index, Nodes, Array]]:
    """Blocks of panels with windows of equal width: which panels, their nodes, and the logs of the rule's weights."""
    points, log_prior, levels = mixture.points, mixture.log_prior, len(mixture.points)
    prior = np.exp(log_prior)
    below, above = np.concatenate([[0.0], np.cumsum(prior)]), np.concatenate([np.cumsum(prior[::-1])[::-1], [0.0]])
    abscissae, weights = gauss_legendre(order)
    widths = np.minimum(2 ** np.ceil(np.log2(panels.last - panels.first)).astype(np.int64), levels)
    for width in np.unique(widths).tolist():
        members = np.flatnonzero(widths == width)
        step = max(1, BLOCK // (order * width))
        for begin in range(0, len(members), step):
            which = members[begin : begin + step]
            first = np.minimum(panels.first[which], levels - width)
            tokens = np.arange(width)[:, None] + (first if width < levels else np.zeros(1, dtype=np.int64))
            codes, r = points[tokens][..., None], mixture.r[panels.row[which]][:, None]
            i, k = (points[token[which]][:, None] for token in (panels.i, panels.k))
            half = (panels.stop[which] - panels.start[which])[:, None] / 2
            offset = panels.start[which][:, None] + half + half * abscissae
            log_likelihood = (r * (codes - i)) * (offset + r * ((k - codes) / 2))
            log_prior_i = log_prior[panels.i[which]][:, None]
            from_i = offset + r * ((k - i) / 2)
            log_ratio = log_likelihood + (log_prior[tokens][..., None] - log_prior_i)
            log_weight = log_prior_i - from_i**2 / 2 - LOG_SQRT_2PI
            left_out = (below[first] + above[first + width])[:, None]
            nodes = Nodes(codes, prior[tokens][..., None], log_likelihood, log_ratio, log_weight, left_out, first)
            yield which, nodes, np.log(half * weights)
