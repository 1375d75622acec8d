"""What a posterior says, one sample a row: KL from the prior, entropy and variance, scanned in tiles of tokens.

A sample is y = r e_k + b, given as a token k near it and an offset b.  Relative to the most probable token w, with
t_j = log p(j|y)/p(w|y) and T = Σ_{j≠w} e^{t_j}, every sum is over positive terms, so that all three keep their relative
accuracy where the posterior is nearly certain:

    H(y) = log(1 + T) + Σ_{j≠w} p_j |t_j|,    V(y) = Σ_j p_j ‖e_j − e_w‖² − ‖Σ_j p_j (e_j − e_w)‖².

The KL Σ p log(p/π) = Σ_j π_j f(u_j) with f(u) = u e^u − e^u + 1 is Σ p (−log π) − H; where the posterior is close to
the prior that cancels, and instead, with s_j the log-likelihood up to a common factor and B = Σ π expm1(s),

    Σ p log(p/π) = (Σ_j π_j f(s_j) − f(log(1 + B)))/(1 + B),

in which the subtracted term is of second order in the other.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from ..scores import Tiles, padded_codes


class PosteriorValues(NamedTuple):
    """One value a sample, shape (S,).

    Attributes:
        divergence: Σ_j p_j log(p_j/π_j), nats.
        entropy: −Σ_j p_j log p_j, nats.
        variance: Σ_j p_j ‖e_j − x̂_0‖².
        weight: p_Y(y)/q(y) for tokens drawn from another law than π.
    """

    divergence: jax.Array
    entropy: jax.Array
    variance: jax.Array
    weight: jax.Array


SMALL = 0.5
"""|B| up to which the posterior counts as close to the prior."""

SERIES = 1e-3


def relative_entropy_term(u: jax.Array) -> jax.Array:
    """f(u) = u e^u − e^u + 1 = ∫_0^u v e^v dv ≥ 0, in relative terms also near 0; u at most 690."""
    series = u**2 * (0.5 + u * (1 / 3 + u * (1 / 8 + u / 30)))
    return jnp.where(jnp.abs(u) < SERIES, series, u * jnp.exp(u) - jnp.expm1(u))


def finish(
    total: jax.Array, weighted: jax.Array, cross: jax.Array, own_cross: jax.Array, close: jax.Array, bend: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """(divergence, entropy) from Σ_{j≠w} of e^t, |t|e^t and −log π_j e^t, −log π_w, Σ π f(s) and B."""
    entropy = jnp.log1p(total) + weighted / (1 + total)
    apart = (own_cross + cross) / (1 + total) - entropy
    safe = jnp.where(jnp.abs(bend) < SMALL, bend, 0.0)
    near = (close - relative_entropy_term(jnp.log1p(safe))) / (1 + safe)
    return jnp.maximum(jnp.where(jnp.abs(bend) < SMALL, near, apart), 0.0), entropy


@partial(jax.jit, static_argnames=("direct", "low"))
def posterior_values(
    cut: Tiles, ratio: jax.Array, r: jax.Array, token: jax.Array, offset: jax.Array, direct: bool, low: bool
) -> PosteriorValues:
    """Scan all tokens twice: for the most probable one, and for the sums relative to it.

    Args:
        cut: from :func:`fsq_theory.denoiser.scores.tiles`.
        ratio: q_j/π_j of the law q that tokens are drawn from, shape (T, B); 0 for tokens of probability 0.
        r: amplitude ratio, a scalar.
        token: shape (S,).
        offset: b, shape (S, n).
        direct: whether scores come from differences of codes, exact however large r‖e‖, instead of matrix products.
        low: whether Σ π f(s) is worth computing: r‖e‖ is small.
    """
    codes = padded_codes(cut)
    size, samples = cut.points.shape[1], offset.shape[0]
    starts = jnp.arange(cut.points.shape[0]) * size
    flat_prior = cut.log_prior.reshape(-1)
    y = r * codes[token] + offset

    def scores(tile: Tiles, reference: jax.Array, base: jax.Array) -> jax.Array:
        """Log p(j|y) up to a constant: that of ``reference`` if ``direct``; ``base`` is y − r e_reference."""
        if direct:
            gap = tile.points[None, :, :] - codes[reference][:, None, :]
            fit = r * jnp.sum(gap * (base[:, None, :] - r / 2 * gap), axis=-1)
            return fit + tile.log_prior[None, :] - flat_prior[reference][:, None]
        return r * (y @ tile.points.T) + (tile.log_prior - r**2 / 2 * tile.energies)[None, :]

    def find(
        carry: tuple[jax.Array, jax.Array], now: tuple[Tiles, jax.Array]
    ) -> tuple[tuple[jax.Array, jax.Array], None]:
        best, winner = carry
        tile, start = now
        found = scores(tile, token, offset)
        top = jnp.max(found, axis=1)
        return (jnp.maximum(best, top), jnp.where(top > best, start + jnp.argmax(found, axis=1), winner)), None

    nothing = jnp.full(samples, -jnp.inf, offset.dtype)
    (best, winner), _ = jax.lax.scan(find, (nothing, jnp.zeros(samples, starts.dtype)), (cut, starts))
    base = offset + r * (codes[token] - codes[winner])
    own = codes[winner]
    top = jnp.zeros_like(best) if direct else best

    def add(carry: dict[str, jax.Array], now: tuple[Tiles, jax.Array, jax.Array]) -> tuple[dict[str, jax.Array], None]:
        tile, share, start = now
        t = scores(tile, winner, base) - top[:, None]
        itself = start + jnp.arange(size)[None, :] == winner[:, None]
        possible = jnp.isfinite(tile.log_prior)[None, :] & ~itself
        t = jnp.where(possible, t, -jnp.inf)
        mass = jnp.exp(t)
        bounded = jnp.where(possible, t, 0.0)
        cost = jnp.where(jnp.isfinite(tile.log_prior), -tile.log_prior, 0.0)
        added = {
            "total": jnp.sum(mass, axis=1),
            "weighted": -jnp.sum(mass * bounded, axis=1),
            "cross": mass @ cost,
            "ratio": mass @ share,
        }
        if direct:
            gap = tile.points[None, :, :] - own[:, None, :]
            added["first"] = jnp.sum(mass[:, :, None] * gap, axis=1)
            added["second"] = jnp.sum(mass * jnp.sum(gap**2, axis=-1), axis=1)
        else:
            added["first"] = mass @ tile.points - added["total"][:, None] * own
            energy = mass @ tile.energies - added["total"] * jnp.sum(own**2, axis=1)
            added["second"] = energy - 2 * jnp.sum(added["first"] * own, axis=1)
        if low:
            likelihood = jnp.minimum(r * (y @ tile.points.T) - (r**2 / 2 * tile.energies)[None, :], 690.0)
            prior = jnp.exp(tile.log_prior)
            added["close"] = relative_entropy_term(likelihood) @ prior
            added["bend"] = jnp.expm1(likelihood) @ prior
        return {name: carry[name] + value for name, value in added.items()}, None

    zero = jnp.zeros(samples, offset.dtype)
    names = ("total", "weighted", "cross", "ratio", "second", *(("close", "bend") if low else ()))
    carry = dict.fromkeys(names, zero) | {"first": jnp.zeros_like(offset)}
    sums, _ = jax.lax.scan(add, carry, (cut, ratio, starts))
    own_cross = -flat_prior[winner]
    close, bend = (sums["close"], sums["bend"]) if low else (zero, zero + 1.0)
    divergence, entropy = finish(sums["total"], sums["weighted"], sums["cross"], own_cross, close, bend)
    share = 1 + sums["total"]
    variance = sums["second"] / share - jnp.sum(sums["first"] ** 2, axis=1) / share**2
    weight = share / (ratio.reshape(-1)[winner] + sums["ratio"])
    return PosteriorValues(divergence, entropy, jnp.maximum(variance, 0.0), weight)


@jax.jit
def others_log_total(cut: Tiles, r: jax.Array, token: jax.Array, rival: jax.Array, offset: jax.Array) -> jax.Array:
    """Log Σ_{i≠k,j} p(i|y)/p(k|y) for y = r e_k + b, by matrix products, shape (S,); −inf for two tokens.

    Args:
        cut: the codes.
        r: amplitude ratio.
        token: k, shape (S,).
        rival: j, shape (S,).
        offset: b, shape (S, n).
    """
    codes, size = padded_codes(cut), cut.points.shape[1]
    bias = cut.log_prior - r**2 / 2 * cut.energies
    y = r * codes[token] + offset
    own = r * jnp.sum(y * codes[token], axis=1) + bias.reshape(-1)[token]

    def step(
        carry: tuple[jax.Array, jax.Array], now: tuple[jax.Array, ...]
    ) -> tuple[tuple[jax.Array, jax.Array], None]:
        best, total = carry
        points, bias_, start = now
        index = start + jnp.arange(size)[None, :]
        t = r * (y @ points.T) + bias_[None, :] - own[:, None]
        t = jnp.where((index == token[:, None]) | (index == rival[:, None]), -jnp.inf, t)
        new_best = jnp.maximum(best, jnp.max(t, axis=1))
        shift = jnp.where(jnp.isfinite(new_best), new_best, 0.0)
        return (new_best, total * jnp.exp(best - shift) + jnp.sum(jnp.exp(t - shift[:, None]), axis=1)), None

    starts = jnp.arange(cut.points.shape[0]) * size
    state = (jnp.full(offset.shape[0], -jnp.inf, offset.dtype), jnp.zeros(offset.shape[0], offset.dtype))
    (best, total), _ = jax.lax.scan(step, state, (cut.points, bias, starts))
    return jnp.log(total) + jnp.where(jnp.isfinite(best), best, 0.0)
