"""The path KL between tokens: ½‖e_i − e_j‖² (γ_ε − γ_T) over pairs, in closed form or by simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..codebooks.codebook import Codebook
from ..codebooks.distances import distance_statistics, pair_distance
from ..codebooks.spec import as_codebook
from ..errors import InputError
from ..schedules.record import Schedule
from ..seeds import check_seed
from .ends import path_ends
from .girsanov import check_integrator
from .prior_weighted import mean_square_distance, nearest_mean_square
from .work import check_work

METHODS = ("closed", "mc")


@dataclass(frozen=True)
class PathKL:
    """Path KL between the tokens of a codebook, nats.

    Over ordered pairs of different tokens, all equally likely but for the two means under the prior; or, when a pair
    was asked for, that pair's alone.

    Attributes:
        codebook: its name.
        K: its number of tokens.
        n: its dimension.
        gamma_eps: SNR at which paths stop.
        gamma_T: SNR at which they start.
        pinned: whether they start from one common point.
        min: of the closest pair.
        mean: over all pairs.
        max: of the farthest pair.
        nearest_mean: from a token to its nearest neighbour, mean over tokens.
        mean_prior: over pairs of different tokens drawn from the prior, Σ π_i π_j KL_ij/Σ π_i π_j over i ≠ j; None
            where one token has the whole prior, and for simulations.
        nearest_mean_prior: from a token drawn from the prior to its nearest neighbour; None for simulations.
        pair: the pair asked for.
        kl: its path KL.
        method: "closed" (exact) or "mc" (simulated).
        stderr: standard error of ``mean``, or of ``kl`` for a pair; None for the closed form.
        stderr_min: of ``min``.
        stderr_max: of ``max``.
        stderr_nearest_mean: of ``nearest_mean``.
        paths: simulated paths of each statistic.
        steps: steps of a path.
        integrator: "exact" or "euler".
        seed: of the random numbers.
    """

    codebook: str
    K: int
    n: int
    gamma_eps: float
    gamma_T: float
    pinned: bool
    min: float | None = None
    mean: float | None = None
    max: float | None = None
    nearest_mean: float | None = None
    mean_prior: float | None = None
    nearest_mean_prior: float | None = None
    pair: tuple[int, int] | None = None
    kl: float | None = None
    method: str = "closed"
    stderr: float | None = None
    stderr_min: float | None = None
    stderr_max: float | None = None
    stderr_nearest_mean: float | None = None
    paths: int | None = None
    steps: int | None = None
    integrator: str | None = None
    seed: int | None = None

    def row(self) -> dict[str, Any]:
        """The record as a JSON object: the statistics or the pair, and what a simulation adds."""
        row: dict[str, Any] = {
            "codebook": self.codebook,
            "K": self.K,
            "n": self.n,
            "gamma_eps": self.gamma_eps,
            "gamma_T": self.gamma_T,
            "pinned": self.pinned,
        }
        if self.pair is not None:
            row |= {"pair": list(self.pair), "kl": self.kl}
        else:
            row |= {"min": self.min, "mean": self.mean, "max": self.max, "nearest_mean": self.nearest_mean}
        row |= {"method": self.method, "stderr": self.stderr}
        if self.method == "closed" and self.pair is None:
            row |= {"mean_prior": self.mean_prior, "nearest_mean_prior": self.nearest_mean_prior}
        if self.method == "mc":
            if self.pair is None:
                errors = ("stderr_min", "stderr_max", "stderr_nearest_mean")
                row |= {name: getattr(self, name) for name in errors}
            row |= {"paths": self.paths, "steps": self.steps, "integrator": self.integrator, "seed": self.seed}
        return row


def path_kl(
    codebook: Codebook | str,
    *,
    gamma_eps: float | None = None,
    gamma_T: float = 0.0,
    schedule: Schedule | str | None = None,
    eps: float | None = None,
    T: float = 1.0,
    pinned: bool = True,
    pair: tuple[int, int] | None = None,
    method: str = "closed",
    paths: int = 4096,
    steps: int = 256,
    integrator: str = "exact",
    seed: int = 0,
) -> PathKL:
    """KL(P^i‖P^j) = ½‖e_i − e_j‖² (γ_ε − γ_T) between reverse paths on [ε, T] towards two tokens [P26, Statement 4.2].

    Unpinned (X_T drawn from its own marginal, whose KL counts too) it is ½‖e_i − e_j‖² γ_ε.  It diverges as ε → 0, so
    where paths stop is always said by the caller: by ``gamma_eps``, or by ``schedule`` and ``eps``.  The closed form is
    exact and works factor by factor for products of any size.

    With ``method="mc"`` paths are simulated (see :mod:`fsq_theory.paths.girsanov` for integrators and grids): of the
    closest pair, of the farthest pair, of a fresh random pair for every path (``mean``), and of a fresh random token
    with its nearest neighbour for every path (``nearest_mean``), each with its standard error.  The simulation runs in
    the coordinate along e_i − e_j, the only one in which the two measures differ; pinned paths start from the origin.

    Args:
        codebook: the codes, or their spec; the prior plays no part but in ``mean_prior`` and ``nearest_mean_prior``.
        gamma_eps: SNR γ = (α/σ)² at which paths stop, noise std 1 a coordinate.
        gamma_T: SNR at which they start.
        schedule: the noising process, record or spec, instead of the SNRs.
        eps: time at which paths stop.
        T: time at which they start.
        pinned: whether both paths start from one common point.
        pair: two tokens, to have their path KL alone.
        method: "closed" or "mc".
        paths: simulated paths of each statistic.
        steps: steps of a path, equal in t, or in γ when only SNRs are given.
        integrator: "exact" (unbiased) or "euler" (bias of order 1/steps; needs a schedule).
        seed: of the random numbers.

    Returns:
        The record, in nats.

    Raises:
        InputError: when it is not said where paths stop, or said twice; when γ_ε is infinite, where the path KL
            diverges; when γ_ε < γ_T; for tokens not in the codebook, an unknown method or integrator, or settings of
            the simulation that are out of range, also where the closed form answers.
    """
    if method not in METHODS:
        raise InputError(f"method {method!r}: expected one of {', '.join(METHODS)}")
    codebook = as_codebook(codebook)
    seed = check_seed(seed)
    ends = path_ends(gamma_eps, gamma_T, schedule, eps, T)
    check_integrator(integrator, ends.schedule)
    paths, steps = check_work(paths, steps)
    low, high = ends.gamma_T, ends.gamma_eps
    tokens = None if pair is None else _two_tokens(codebook, pair)
    common: dict[str, Any] = {
        "codebook": codebook.name,
        "K": codebook.K,
        "n": codebook.n,
        "gamma_eps": high,
        "gamma_T": low,
        "pinned": pinned,
        "pair": tokens,
        "method": method,
    }
    if method == "mc":
        from .simulated import simulated_path_kl

        where: dict[str, Any] = {"gamma_eps": high, "gamma_T": low}
        if ends.schedule is not None:
            where = {"schedule": ends.schedule, "eps": ends.eps, "T": ends.T}
        settings: dict[str, Any] = {"paths": paths, "steps": steps, "integrator": integrator, "seed": seed}
        estimates: dict[str, Any] = simulated_path_kl(codebook, tokens, {**where, "pinned": pinned, **settings})
        return PathKL(**common, **estimates, **settings)
    factor = (high - low if pinned else high) / 2
    if tokens is not None:
        i, j = tokens
        return PathKL(**common, kl=0.0 if i == j else factor * pair_distance(codebook, i, j) ** 2)
    found = distance_statistics(codebook)
    square: float | None = found.mean_square
    nearest = found.nn_mean_square
    if not codebook.is_uniform:
        square, nearest = mean_square_distance(codebook), nearest_mean_square(codebook)
    return PathKL(
        **common,
        min=factor * found.d_min**2,
        mean=factor * found.mean_square,
        max=factor * found.d_max**2,
        nearest_mean=factor * found.nn_mean_square,
        mean_prior=None if square is None else factor * square,
        nearest_mean_prior=factor * nearest,
    )


def _two_tokens(codebook: Codebook, pair: tuple[int, int]) -> tuple[int, int]:
    tokens = codebook.check_tokens(list(pair))
    if len(tokens) != 2:
        raise InputError(f"pair of {len(tokens)} tokens: expected 2")
    return tokens[0], tokens[1]
