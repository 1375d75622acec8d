"""Gradient ascent on a claim's margin, from many starts at once, each kept inside its domain.

For each choice of reference codebooks and integers: Adam on the margin (relative to its terms) over real variables,
codes and priors together.  Real variables move in the unit interval, codes are projected on their constraint, priors
move by their logarithms.  Where there are codes or priors to move, real variables rest for the first half of the
steps, and in every other start until the claim fails: else all would drift to where nothing matters, such as r → 0.

The surrogates of :mod:`.differentiable` only propose: what comes out is measured anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..seeds import check_seed
from .codes import Codes
from .comparison import Comparison
from .differentiable import MOST_TOKENS, NotTraced, noise_for, traceable, traced_terms
from .draws import SpreadChooser
from .moves import Point, choices, draw_point
from .variables import Codebooks, DomainSymbol, Priors, Real, Specs

STEPS = 200
STARTS = 16
MOST_GAPS = 2**24
"""Coordinate differences between codes that are held at once: K²n for each start."""

RATE = 0.03
JITTER = 0.01

MOST_CHOICES = 64
"""Most combinations of reference codebooks and integers that are gone through; of more, some are drawn."""


def discrete_choices(variables: Sequence[DomainSymbol], seed: int) -> list[Point]:
    """Values of the Specs and Integer variables: all combinations, small codebooks first, or some drawn of too many."""
    all_of_them = choices(variables)
    if all_of_them.count <= MOST_CHOICES:
        return list(all_of_them)
    return all_of_them.drawn(np.random.default_rng([check_seed(seed), 1]), MOST_CHOICES)


def can_ascend(comparison: Comparison, variables: Sequence[DomainSymbol]) -> bool:
    """Whether there is anything continuous to move, and JAX can differentiate the margin by it."""
    return traceable(comparison.margin) and any(isinstance(v, Real | Codebooks | Priors) for v in variables)


def ascend(
    comparison: Comparison,
    variables: Sequence[DomainSymbol],
    choice: Point,
    seed: int,
    starts: int = STARTS,
    steps: int = STEPS,
) -> Iterator[Point]:
    """The points that ascents from ``starts`` random points of the domain end at, for one choice of discrete values.

    Raises:
        NotTraced: if a codebook is too large, or a quantity of it has no derivative.
    """
    numbers = np.random.default_rng([check_seed(seed), 2])
    sizes = [v.like.books[choice[v.like.name]] for v in variables if isinstance(v, Codebooks) and v.like is not None]
    heaviest = max((book.K**2 * book.n for book in sizes), default=1)
    starts = max(2, min(starts, MOST_GAPS // heaviest))
    drawn = [draw_point(SpreadChooser(numbers, start), variables, choice) for start in range(starts)]
    moving = [v for v in variables if isinstance(v, Real | Codebooks | Priors)]
    for v in moving:
        if isinstance(v, Codebooks) and drawn[0][v.name].K > MOST_TOKENS:
            raise NotTraced(f"{v.name} of {drawn[0][v.name].K} tokens is too large for gradient ascent")
    with jax.enable_x64(True):
        state = {v.name: np.stack([_to_state(v, point[v.name]) for point in drawn]) for v in moving}
        for v in moving:
            if isinstance(v, Codebooks):  # Off the symmetric points, where the slope is 0 without a maximum.
                state[v.name] = state[v.name] + JITTER * numbers.standard_normal(state[v.name].shape)
        begin = {v.name: _projected(v, jnp.asarray(state[v.name])) for v in moving}
        for row in zip(
            *(np.asarray(leaf) for leaf in _ends(comparison, moving, choice, begin, seed, steps)), strict=True
        ):
            yield {**choice, **{v.name: _from_state(v, value) for v, value in zip(moving, row, strict=True)}}


def _ends(
    comparison: Comparison,
    moving: Sequence[DomainSymbol],
    choice: Point,
    state: dict[str, Any],
    seed: int,
    steps: int,
) -> list[Any]:
    """The final state of each start, in the order of ``moving``."""
    specs = {name: value for name, value in choice.items() if isinstance(value, str)}
    whole = {name: jnp.asarray(float(value)) for name, value in choice.items() if not isinstance(value, str)}
    sizes = [
        v.books[specs[v.name]].n
        for a in comparison.margin.quantities.values()
        for v in a.args[:1]
        if isinstance(v, Specs)
    ]
    sizes += [int(state[v.name].shape[-1]) for v in moving if isinstance(v, Codebooks)]
    noise = noise_for(sizes, seed)

    def margin(one: dict[str, Any]) -> Any:
        values = {v.name: _value(v, one[v.name]) for v in moving}
        terms = traced_terms(comparison.margin, {**values, **whole}, specs, noise)
        total = sum(terms[1:], jnp.asarray(terms[0], dtype=float))
        if not comparison.logarithmic:
            total = total / jnp.maximum(sum((jnp.abs(t) for t in terms[1:]), jnp.abs(jnp.asarray(terms[0]))), 1e-300)
        return jnp.abs(total) if comparison.equation else total

    gradient = jax.vmap(jax.value_and_grad(margin))
    shaped = any(isinstance(v, Codebooks | Priors) for v in moving)
    resting = {v.name: shaped and isinstance(v, Real) for v in moving}

    def slopes(at: dict[str, Any], i: Any) -> dict[str, Any]:
        value, found = gradient(at)
        awake = (i >= steps / 2) & ((value > 0) | (jnp.arange(len(value)) % 2 == 0))
        found = {name: jnp.where(jnp.isfinite(g), g, 0.0) for name, g in found.items()}
        return {name: jnp.where(awake, g, 0.0) if resting[name] else g for name, g in found.items()}

    def step(carry: Any, i: Any) -> tuple[Any, None]:
        at, first, second = carry
        slope = slopes(at, i)
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
        second = jax.tree.map(lambda s, g: 0.99 * s + 0.01 * g**2, second, slope)
        rate = RATE * (1 - i / steps)
        corrected = 1 - 0.9 ** (i + 1), 1 - 0.99 ** (i + 1)

        def move(x: Any, m: Any, s: Any) -> Any:
            return x + rate * (m / corrected[0]) / (jnp.sqrt(s / corrected[1]) + 1e-12)

        moved = jax.tree.map(move, at, first, second)
        return ({v.name: _projected(v, moved[v.name]) for v in moving}, first, second), None

    @jax.jit
    def run(start: Any) -> Any:
        still = jax.tree.map(jnp.zeros_like, start)
        return jax.lax.scan(step, (start, still, still), jnp.arange(steps, dtype=float))[0][0]

    end = run(state)
    return [end[v.name] for v in moving]


def _logarithmic(v: Real) -> bool:
    return bool(v.low > 0 and v.high / v.low > 10)


def _to_state(v: DomainSymbol, value: Any) -> Any:
    """What is moved: a number in the unit interval, codes, log probabilities."""
    if isinstance(v, Codebooks):
        return value.points
    if isinstance(v, Priors):
        return np.log(np.maximum(value, 1e-12))
    assert isinstance(v, Real)
    low, high, x = float(v.low), float(v.high), float(value)
    return np.float64(np.log(x / low) / np.log(high / low) if _logarithmic(v) else (x - low) / (high - low))


def _value(v: DomainSymbol, state: Any) -> Any:
    """The JAX value of a variable."""
    if isinstance(v, Codebooks):
        return state
    if isinstance(v, Priors):
        return jax.nn.log_softmax(state)
    assert isinstance(v, Real)
    low, high = float(v.low), float(v.high)
    return low * (high / low) ** state if _logarithmic(v) else low + (high - low) * state


def _projected(v: DomainSymbol, state: Any) -> Any:
    if isinstance(v, Codebooks):
        return jnp.clip(state, -1.0, 1.0) if v.constraint == "linf" else state
    return jnp.clip(state, -40.0, 0.0) if isinstance(v, Priors) else jnp.clip(state, 0.0, 1.0)


def _from_state(v: DomainSymbol, state: Any) -> Any:
    """The value in the domain: an exact fraction, codes, a prior."""
    if isinstance(v, Codebooks):
        return Codes(np.array(state), v.constraint)
    if isinstance(v, Priors):
        weights = np.exp(state - state.max())
        return weights / weights.sum()
    assert isinstance(v, Real)
    x = Fraction(repr(float(_value(v, float(state)))))
    least, most = v.ends
    return min(max(x, least), most)
