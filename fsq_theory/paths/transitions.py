"""Fixed steps of reverse-time processes, all of one form: x' = keep·x + pull·a + √variance ξ with ξ ~ N(0, I).

From time t to s < t, ``a`` is the code that a path runs to, or a denoiser's guess of it, held fixed within the step:

- ``exact``: the bridge pinned at (t, x) [P26, Lemma 4.1]; with a denoiser, the ancestral sampler.
- ``euler``: Euler–Maruyama on dX = (f X + g² (X − α a)/σ²) dt + g dW, run back from T.
- ``ddim``: no noise; the noise that the guess implies, (x − α_t a)/σ_t, is kept.
- ``snr``: the exact steps in SNR time, Z = (α/σ²)X, where no schedule is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Array
from ..schedules.record import Schedule
from .bridge import bridge_weights


@dataclass(frozen=True)
class Transitions:
    """Steps x' ~ N(keep·x + pull·a, variance·I), arrays of shape (steps,)."""

    keep: Array
    pull: Array
    variance: Array


def exact_transitions(schedule: Schedule, times: Array) -> Transitions:
    """The bridge's own transitions along decreasing times, shape (steps + 1,)."""
    weights = bridge_weights(schedule, times[1:], times[:-1])
    return Transitions(weights.end, weights.start, weights.variance)


def euler_transitions(schedule: Schedule, times: Array) -> Transitions:
    """Euler–Maruyama along decreasing times; steps that start where SNR is 0 are exact ones."""
    t, h = times[:-1], -np.diff(times)
    exact = exact_transitions(schedule, times)
    start = np.asarray(schedule.alpha(t)) == 0
    f, g2 = (np.where(start, 0.0, np.asarray(values)) for values in (schedule.f(t), schedule.g2(t)))
    strength = g2 / np.asarray(schedule.sigma(t)) ** 2
    pull = strength * np.asarray(schedule.alpha(t)) * h
    keep = 1 - (f + strength) * h
    return Transitions(
        np.where(start, exact.keep, keep),
        np.where(start, exact.pull, pull),
        np.where(start, exact.variance, g2 * h),
    )


def ddim_transitions(schedule: Schedule, times: Array) -> Transitions:
    """DDIM along decreasing times: x_s = (σ_s/σ_t) x_t + (α_s − α_t σ_s/σ_t) a, no noise.

    The same as x_s = (α_s/α_t) x_t − (α_s σ_t/α_t − σ_s)(x_t − α_t a)/σ_t, but finite where α_t = 0; in Y = X/σ and
    r = α/σ it is Y' = Y + a Δr, Euler's method for the probability-flow ODE dY/dr = x̂_0(Y; r).
    """
    alpha, sigma = np.asarray(schedule.alpha(times)), np.asarray(schedule.sigma(times))
    keep = sigma[1:] / sigma[:-1]
    silent = sigma[1:] == 0
    ratio = np.asarray(schedule.r(times))
    gain = np.where(silent, 0.0, ratio[1:]) - ratio[:-1]
    return Transitions(keep, np.where(silent, alpha[1:], sigma[1:] * gain), np.zeros(len(keep)))


def snr_transitions(gammas: Array) -> Transitions:
    """Z = (α/σ²)X along increasing SNR: Z' = Z + a Δγ + √Δγ ξ."""
    step = np.diff(gammas)
    return Transitions(np.ones_like(step), step, step)
