"""The path KL of a token's path from the data path by simulation, through Girsanov's theorem.

In SNR time Z = (α/σ²) X the process towards token k is dZ = e_k dγ + dB, that of the data dZ = x̂_0(Z, γ) dγ + dB: so
log dP^k/dP_π = ∫ ⟨e_k − x̂_0, dB⟩ + ½ ∫ ‖e_k − x̂_0‖² dγ under P^k.  Steps Z' = Z + e_k Δγ + √Δγ ξ are exact on any
grid.  Two ways of adding up the log-derivative:

- ``exact``: the transition densities of the data path itself, whose product telescopes: log p(k|Z_N)/π_k, less
  log p(k|Z_0)/π_k where X_T is pinned.  Unbiased for any number of steps.
- ``frozen``: Girsanov's sums with x̂_0 held fixed within a step, Σ ⟨e_k − x̂_0(Z_i), √Δγ ξ⟩ + ½‖e_k − x̂_0(Z_i)‖² Δγ.
  It is the log-derivative against the ancestral sampler, and its mean ½ Σ m_k(γ_i) Δγ, a left Riemann sum, differs from
  ½ ∫ m_k dγ by −(h/4)(m_k(γ_ε) − m_k(γ_T)) + O(h²) for equal steps h.  On average over tokens, where the MMSE falls
  with γ, it is larger: by the path KL of the data from that sampler.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.product_codebook import ProductCodebook
from ..codebooks.spec import as_codebook
from ..denoiser.information.moments import Moments
from ..errors import InputError
from ..gaussian import LOG_SQRT_2PI
from ..schedules.record import Schedule
from ..seeds import check_seed, jax_key
from .ends import Ends, path_ends
from .work import check_work

ESTIMATORS = ("exact", "frozen")


@dataclass(frozen=True)
class TokenGirsanov:
    """A Monte Carlo estimate of KL(P^k‖P_π), or of its average over tokens, nats.

    Attributes:
        mean: the mean log-derivative.
        stderr: its standard error; one more path is supposed to have a value off by half of what is possible, so that
            confusions too rare to be seen count.
        variance: sample variance of the log-derivative.
        token: k, or None for tokens drawn from the prior.
        gamma_eps: SNR at which paths stop.
        gamma_T: SNR at which they start.
        pinned: whether X_T is given.
        paths: independent paths.
        steps: steps of each.
        estimator: "exact" (unbiased) or "frozen" (bias of order 1/steps).
        seed: of the random numbers.
        samples: the log-derivatives, shape (paths,), if they were asked for.
    """

    mean: float
    stderr: float
    variance: float
    token: int | None
    gamma_eps: float
    gamma_T: float
    pinned: bool
    paths: int
    steps: int
    estimator: str
    seed: int
    samples: Array | None = None


def token_girsanov(
    codebook: Codebook | str,
    token: int | None = None,
    *,
    gamma_eps: float | None = None,
    gamma_T: float = 0.0,
    schedule: Schedule | str | None = None,
    eps: float | None = None,
    T: float = 1.0,
    pinned: bool = False,
    estimator: str = "exact",
    paths: int = 4096,
    steps: int = 256,
    seed: int = 0,
    keep_samples: bool = False,
) -> TokenGirsanov:
    """Mean of log dP^k/dP_π over simulated paths of P^k on [ε, T]: an estimate of KL(P^k‖P_π), nats [P26].

    Args:
        codebook: codes and prior, or a spec; products are taken factor by factor.
        token: k, or None to draw a token from the prior for every path: the mean is then I(γ_ε), less I(γ_T) if pinned.
        gamma_eps: SNR γ = (α/σ)² at which paths stop, noise std 1 a coordinate.
        gamma_T: SNR at which they start.
        schedule: the noising process, record or spec, instead of the SNRs.
        eps: time at which paths stop.
        T: time at which they start.
        pinned: whether P^k and P_π share X_T, drawn from p_T(·|k); else the KL of its laws counts.
        estimator: "exact" or "frozen".
        paths: independent paths, at least 2.
        steps: equal steps in γ, or in t with a schedule.
        seed: of the random numbers; both estimators see the same paths.
        keep_samples: whether the record holds the log-derivatives.

    Raises:
        InputError: for an unknown token or estimator, settings out of range (:mod:`fsq_theory.paths.work`), or ends
            as in :func:`~fsq_theory.path_kl`.
        TooLargeError: where codes have to be listed and are too many.
    """
    codebook = as_codebook(codebook)
    if estimator not in ESTIMATORS:
        raise InputError(f"estimator {estimator!r}: expected one of {', '.join(ESTIMATORS)}")
    seed = check_seed(seed)
    ends = path_ends(gamma_eps, gamma_T, schedule, eps, T)
    paths, steps = check_work(paths, steps, codebook.n)
    if token is not None:
        (token,) = codebook.check_tokens([token])
        codes = np.broadcast_to(codebook.codes([token]), (paths, codebook.n))
    else:
        codes = drawn_codes(codebook, paths, np.random.default_rng(np.random.SeedSequence([seed, 1])))
    samples = _simulated(codebook, codes, snr_grid(ends, steps), pinned, estimator, seed)
    moments = Moments(1)
    moments.add(samples[None, :])
    return TokenGirsanov(
        mean=float(moments.mean[0]),
        stderr=float(moments.stderr([2 * (1 + largest_surprise(codebook))])[0]),
        variance=float(samples.var(ddof=1)),
        token=token,
        gamma_eps=ends.gamma_eps,
        gamma_T=ends.gamma_T,
        pinned=pinned,
        paths=paths,
        steps=steps,
        estimator=estimator,
        seed=seed,
        samples=samples if keep_samples else None,
    )


def snr_grid(ends: Ends, steps: int) -> Array:
    """The SNRs of the steps: equally spaced, or at equally spaced times where there is a schedule."""
    if ends.schedule is None:
        return np.linspace(ends.gamma_T, ends.gamma_eps, steps + 1)
    times = np.linspace(ends.T, ends.eps, steps + 1)
    grid = np.asarray(ends.schedule.snr(times), dtype=np.float64)
    grid[0], grid[-1] = ends.gamma_T, ends.gamma_eps
    return grid


def drawn_codes(codebook: Codebook, count: int, noise: np.random.Generator) -> Array:
    """Codes of tokens drawn from the prior, shape (count, n); a product's digit by digit, whatever its size."""
    if isinstance(codebook, ProductCodebook):
        return np.concatenate([drawn_codes(factor, count, noise) for factor in codebook.factors], axis=1)
    if codebook.is_uniform:
        return codebook.codes(noise.integers(codebook.K, size=count))
    return codebook.codes(noise.choice(codebook.K, size=count, p=codebook.prior))


def largest_surprise(codebook: Codebook) -> float:
    """max_k −log π_k over tokens that occur: the most that one path's information can be, up to noise."""
    if codebook.is_uniform:
        return math.log(codebook.K)
    if isinstance(codebook, ProductCodebook):
        return math.fsum(count * largest_surprise(factor) for factor, count in codebook.groups)
    return float(-np.log(np.min(codebook.prior[codebook.prior > 0])))


def _simulated(codebook: Codebook, codes: Array, grid: Array, pinned: bool, estimator: str, seed: int) -> Array:
    """Log-derivatives, shape (paths,).  Memory does not grow with the number of steps."""
    import jax

    with jax.enable_x64(True):
        steps = len(grid) - 1
        # Filled up to a power of two: grids of like length share one compilation, and only their own steps are made.
        r = np.full(max(MOST_SHARED, 1 << (steps - 1).bit_length()) + 1, math.sqrt(grid[-1]))
        r[: steps + 1] = np.sqrt(grid)
        evidence = _evidence(codebook)
        run = _summed(codebook) if estimator == "frozen" else _moved()
        first, last, total = run(jax_key(seed), codes, r, steps)
        if estimator == "exact":
            total = evidence(last, r[-1], codes)
        if pinned == (estimator == "exact"):
            start = np.asarray(evidence(first, r[0], codes))
            return np.asarray(total) + (-start if pinned else start)
        return np.asarray(total)


MOST_SHARED = 256
"""Steps up to which all grids are filled up to one length."""


@lru_cache(maxsize=4)
def _evidence(codebook: Codebook) -> Any:
    """log p(y|k)/p(y) = log p(k|y)/π_k, a function of y, r and each path's e_k."""
    import jax
    import jax.numpy as jnp

    from ..denoiser.posterior import log_density

    @jax.jit
    def evidence(y: Any, r: Any, own: Any) -> Any:
        return -jnp.sum((y - r * own) ** 2, axis=1) / 2 - codebook.n * LOG_SQRT_2PI - log_density(codebook, y, r)

    return evidence


@cache
def _moved() -> Any:
    """Paths without sums, of any codebook."""
    return _compiled(None)


@lru_cache(maxsize=4)
def _summed(codebook: Codebook) -> Any:
    """Paths and their frozen sums, whose codebook is compiled with them."""
    from ..denoiser.posterior import denoise

    return _compiled(lambda y, r: denoise(codebook, y, r))


def _compiled(guess: Callable[[Any, Any], Any] | None) -> Any:
    """(first, last, sums) of paths, a function of the key, each path's code, the grid of r = √γ and its steps.

    The state is y = Z/√γ, of noise std 1: with ρ = r/r', y' = ρ y + r'(1 − ρ²) e_k + √(1 − ρ²) ξ.
    """
    import jax
    import jax.numpy as jnp

    @jax.jit
    def run(key: Any, own: Any, r: Any, steps: Any) -> Any:
        def noise(index: Any) -> Any:
            return jax.random.normal(jax.random.fold_in(key, index), own.shape)

        def step(index: Any, carry: Any) -> Any:
            y, total = carry
            before, after = r[index], r[index + 1]
            share = 1 - (before / jnp.where(after > 0, after, 1.0)) ** 2
            drawn = noise(index + 1)
            if guess is not None:
                gap, width = own - guess(y, before), after**2 - before**2
                total = total + jnp.sum(gap * (jnp.sqrt(width) * drawn + width / 2 * gap), axis=1)
            return jnp.sqrt(1 - share) * y + after * share * own + jnp.sqrt(share) * drawn, total

        first = r[0] * own + noise(0)
        last, total = jax.lax.fori_loop(0, steps, step, (first, jnp.zeros(own.shape[0])))
        return first, last, total

    return run
