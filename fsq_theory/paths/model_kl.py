"""The path KL of a wrong model: ½ ∫ E‖x̂_0(Y_γ) − D(Y_γ)‖² dγ, by simulation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.spec import as_codebook
from ..denoiser.predictor import BuiltinPredictor, Predictor
from ..denoiser.settings import check_rtol
from ..errors import InputError
from ..schedules.record import Schedule
from ..seeds import check_seed
from .denoising_error import DenoisingError, Noise, predictor_name
from .ends import Ends, path_ends
from .prior_kl import prior_kl
from .snr_strata import snr_cells, snr_strata
from .undecided import Indecision, indecision

CALL = 128
"""Observations of one call of the predictor, all at one SNR."""

PARTS = np.unique(np.concatenate([np.arange(32) / 32, 0.5 ** np.arange(6, 48)]))
"""Where the parts of a stratum begin in which the bound on rare events is read: fine at its low end, where most are."""

MOST_SAMPLES = 10**9
MOST_LEVELS = 10**4


@dataclass(frozen=True)
class ModelPathKL:
    """Path KL of the true reverse process from a model's, nats, by Monte Carlo.

    Attributes:
        codebook: its name.
        K: number of tokens.
        n: dimension.
        predictor: how the model is called.
        gamma_eps: SNR at which paths stop.
        gamma_T: SNR at which they start.
        start_std: standard deviation of the model's starting noise over σ_T; None where it starts from X_T itself.
        kl: ``path_kl`` + ``prior_kl``.
        stderr: its standard error.
        path_kl: ½ ∫ E‖x̂_0 − D‖² dγ.
        prior_kl: the KL of X_T from the model's starting noise; 0 without ``start_std``.
        gamma: SNRs between the strata, shape (levels + 1,).
        squared_error: mean of E‖x̂_0 − D‖² over each stratum, shape (levels,), in units of codes squared.
        stderr_squared_error: its standard errors, shape (levels,).
        draws: ``path_kl`` estimated from each stratum and round, shape (levels, rounds): their mean over rounds, summed
            over strata, is ``path_kl``.
        method: ``monte-carlo``.
        samples: observations drawn, without those of the pilot.
        seed: of the random numbers.
    """

    codebook: str
    K: int
    n: int
    predictor: str
    gamma_eps: float
    gamma_T: float
    start_std: float | None
    kl: float
    stderr: float
    path_kl: float
    prior_kl: float
    gamma: Array
    squared_error: Array
    stderr_squared_error: Array
    draws: Array
    method: str
    samples: int
    seed: int

    def row(self) -> dict[str, Any]:
        """The record as a JSON object, but for ``draws``."""
        names = ("codebook", "K", "n", "predictor", "gamma_eps", "gamma_T", "kl", "stderr", "path_kl", "prior_kl")
        row: dict[str, Any] = {name: getattr(self, name) for name in names}
        row |= {"start_std": self.start_std, "method": self.method, "samples": self.samples, "seed": self.seed}
        row |= {name: getattr(self, name).tolist() for name in ("gamma", "squared_error", "stderr_squared_error")}
        return row


def model_path_kl(
    codebook: Codebook | str,
    predictor: Predictor,
    *,
    gamma_eps: float | None = None,
    gamma_T: float = 0.0,
    schedule: Schedule | str | None = None,
    eps: float | None = None,
    T: float = 1.0,
    samples: int = 65536,
    levels: int = 32,
    rtol: float | None = None,
    seed: int = 0,
    start_std: float | None = None,
) -> ModelPathKL:
    """KL(P‖P_model) = ½ ∫_{γ_T}^{γ_ε} E‖x̂_0(Y_γ) − D(Y_γ)‖² dγ + KL(p_T‖prior), D = Σ_k q_k e_k, nats.

    By Girsanov, for a reverse process whose denoiser is D where the optimal one is x̂_0, Y_γ = √γ e_k + ε.  Unbiased
    Monte Carlo: γ by antithetic pairs, uniform in strata that a pilot run places, tokens from the prior, normal noise;
    the strata are the curve of E‖x̂_0 − D‖² in the record.  The standard error is that of independent rounds, and counts
    one unseen value as large as the largest seen for each stratum, where a posterior that is undecided there may have
    been missed; for built-in temperatures and logit noise, no larger than twice the squared distance of the tokens that
    it may be undecided between.  An error that a model makes only at observations rarer than one in ``samples``,
    although the posterior is decided there, is not seen.  Equal seeds give equal uniforms and, at equal K and uniform
    prior, equal tokens.

    Args:
        codebook: codes and prior, or a spec of them.
        predictor: ``predictor(y, r) -> q``, see :class:`~fsq_theory.Predictor`: y of shape (S, n), float64 NumPy, of
            noise std 1; q of shape (S, K), probabilities.  Called with 64-bit JAX.
        gamma_eps: SNR γ = (α/σ)² at which paths stop.
        gamma_T: SNR at which they start.
        schedule: the noising process, record or spec, instead of the SNRs.
        eps: time at which paths stop.
        T: time at which they start.
        samples: observations, rounded up to whole rounds of 256 a stratum, at least two rounds.
        levels: strata.
        rtol: stop earlier at this relative standard error.
        seed: of all randomness.
        start_std: standard deviation of the model's starting noise over σ_T, whose KL is added; None starts the model
            from X_T itself.

    Raises:
        InputError: for ends as in :func:`~fsq_theory.path_kl`, settings out of range, or probabilities that are none
            (naming the first bad row).
        TooLargeError: where tokens have to be listed and are too many.
    """
    codebook = as_codebook(codebook)
    seed = check_seed(seed)
    ends = path_ends(gamma_eps, gamma_T, schedule, eps, T)
    if not (isinstance(samples, int) and 1 <= samples <= MOST_SAMPLES):
        raise InputError(f"samples = {samples}: expected a whole number from 1 to {MOST_SAMPLES}")
    if not (isinstance(levels, int) and 1 <= levels <= MOST_LEVELS):
        raise InputError(f"levels = {levels}: expected a whole number from 1 to {MOST_LEVELS}")
    check_rtol(rtol)
    if start_std is not None and not 0 < start_std < math.inf:
        raise InputError(f"start_std = {start_std:g}: expected a finite number above 0, in units of sigma_T")
    terminal = None if start_std is None else prior_kl(codebook, ends.gamma_T, start_std, seed=seed)
    edges, draws, variances = _integrated(codebook, predictor, ends, samples, levels, rtol, seed)
    parts = draws.mean(axis=1)
    width = np.diff(edges)
    scale = np.where(width > 0, 2 / np.where(width > 0, width, 1.0), 0.0)
    path = math.fsum(parts)
    more = (0.0, 0.0) if terminal is None else (terminal.kl, terminal.stderr)
    return ModelPathKL(
        codebook=codebook.name,
        K=codebook.K,
        n=codebook.n,
        predictor=predictor_name(predictor),
        gamma_eps=ends.gamma_eps,
        gamma_T=ends.gamma_T,
        start_std=start_std,
        kl=path + more[0],
        stderr=math.hypot(math.sqrt(math.fsum(variances)), more[1]),
        path_kl=path,
        prior_kl=more[0],
        gamma=edges,
        squared_error=parts * scale,
        stderr_squared_error=np.sqrt(variances) * scale,
        draws=draws,
        method="monte-carlo",
        samples=draws.size * 2 * CALL,
        seed=seed,
    )


def _integrated(
    codebook: Codebook, predictor: Predictor, ends: Ends, samples: int, levels: int, rtol: float | None, seed: int
) -> tuple[Array, Array, Array]:
    """(SNRs between strata, the contribution of each stratum and round, the variance of the strata's means)."""
    import jax

    with jax.enable_x64(True):
        error = DenoisingError(codebook, predictor)
        low, high = ends.gamma_T, ends.gamma_eps
        rounds = max(2, math.ceil(samples / (2 * CALL * levels)))
        if low == high:
            return np.full(levels + 1, low), np.zeros((levels, 2)), np.zeros(levels)
        bound = indecision(codebook, predictor.odds if isinstance(predictor, BuiltinPredictor) else None)
        edges, largest = _planned(error, bound, low, high, levels, seed)
        # The bound falls with γ: its mean over the left ends of parts of a stratum is above its mean over the stratum.
        parts = edges[:-1, None] + np.diff(edges)[:, None] * PARTS
        undecided = bound.between(parts.ravel()).reshape(-1, *parts.shape) @ np.diff(PARTS, append=1.0)
        drawn = np.empty((levels, 0))
        while True:
            wanted = min(rounds, max(2, 2 * drawn.shape[1]))
            fresh = [_round(error, edges, seed, i) for i in range(drawn.shape[1], wanted)]
            drawn = np.concatenate([drawn, *(values[:, None] for values, _ in fresh)], axis=1)
            largest = max(largest, *(top for _, top in fresh))
            size = wanted * 2 * CALL
            unseen = bound.second_moment(np.minimum(1 / size, undecided), largest)
            guard = (np.diff(edges) / 2) ** 2 * unseen / size
            variances = drawn.var(axis=1, ddof=1) / wanted + guard
            total = float(drawn.mean(axis=1).sum())
            if wanted == rounds or (rtol is not None and math.sqrt(variances.sum()) <= rtol * total):
                return edges, drawn, variances


def _planned(
    error: DenoisingError,
    bound: Indecision,
    low: float,
    high: float,
    levels: int,
    seed: int,
) -> tuple[Array, float]:
    """SNRs between strata, from a pilot run, and the largest squared error that it saw, also below the range."""
    cells = snr_cells(low, high, error.spread)
    middles = (cells[1:] + cells[:-1]) / 2
    below = snr_cells(0.0, low, error.spread)[1:] if low * error.spread > 1e-2 else np.empty(0)
    values = [error(gamma, CALL, _stream(seed, 0, i, 0)) for i, gamma in enumerate([*middles, *below])]
    sizes = np.array([math.sqrt(float(np.mean(found**2))) for found in values])
    largest = float(max(found.max() for found in values))
    undecided = bound.at_all(middles)
    if largest > 0:
        undecided = bound.second_moment(bound.between(middles), largest) / largest**2
    return snr_strata(cells, sizes[: len(middles)], undecided, levels), largest


def _round(error: DenoisingError, edges: Array, seed: int, index: int) -> tuple[Array, float]:
    """One antithetic pair of SNRs in every stratum: (½∫ over the strata, the largest squared error seen)."""
    width, levels = np.diff(edges), len(edges) - 1
    place = np.random.default_rng(np.random.SeedSequence([seed, 1, index])).random(levels)
    contributions, largest = np.zeros(levels), 0.0
    for half, u in enumerate((place, 1 - place)):
        for level, gamma in enumerate((edges[:-1] + u * width).tolist()):
            values = error(gamma, CALL, _stream(seed, 2 + index, level, half))
            contributions[level] += width[level] * float(values.mean()) / 4
            largest = max(largest, float(values.max()))
    return contributions, largest


def _stream(seed: int, *place: int) -> Noise:
    return lambda kind: np.random.default_rng(np.random.SeedSequence([seed, *place, kind]))
