"""What the same mistake costs in different codebooks: path KL of models that confuse the same tokens."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..codebooks.codebook import Codebook
from ..codebooks.nearest_tokens import nearest_tokens
from ..codebooks.spec import as_codebook
from ..codebooks.variance import code_variance
from ..denoiser.predictor_spec import predictor
from ..errors import InputError
from ..schedules.record import Schedule
from .ends import path_ends
from .model_kl import ModelPathKL, model_path_kl

MATCHES = ("snr", "accuracy", "information")


@dataclass(frozen=True)
class ModelCost:
    """The path KL of one codebook's model, and its ratio to that of the first codebook's.

    Attributes:
        model: the path KL.
        ratio: to the first codebook's.
        stderr_ratio: its standard error, by the delta method from draws with common random numbers.
        match: what γ_ε was chosen by.
        matched: the error 1 − A, or the share of H(π) that is left, which all codebooks have at their γ_ε; None for
            equal SNR.
    """

    model: ModelPathKL
    ratio: float
    stderr_ratio: float
    match: str
    matched: float | None

    def row(self) -> dict[str, Any]:
        """The record as a JSON object."""
        row = self.model.row()
        curves = {name: row.pop(name) for name in ("gamma", "squared_error", "stderr_squared_error")}
        row |= {"ratio": self.ratio, "stderr_ratio": self.stderr_ratio, "match": self.match, "matched": self.matched}
        return row | curves


def compare_models(
    codebooks: Sequence[Codebook | str],
    mistake: str = "confusion:0.05",
    *,
    same_mistakes: bool = True,
    match: str = "snr",
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
) -> list[ModelCost]:
    """Path KL of the same kind of model in several codebooks, each against the first.

    The constraint that makes codebooks comparable is part of their specs, as in ``fsq:3^4+normalize:energy`` against
    ``onehot:81+center+normalize:energy``.  With ``same_mistakes`` tokens are confused with the nearest neighbours that
    they have in the *first* codebook, so that models err alike: permuting the labels, or spreading all codes equally
    far apart, then makes each of these confusions dearer.

    Args:
        codebooks: codebooks or specs; of equal K with ``same_mistakes`` and a confusion.
        mistake: a built-in predictor's spec, see :func:`~fsq_theory.predictor`.
        same_mistakes: whether ``confusion`` uses the first codebook's neighbours for all, not each one's own.
        match: the SNR at which paths stop: ``snr`` the same for all; ``accuracy``, the one at which the MAP accuracy is
            that of the first codebook at its γ_ε; ``information``, likewise for I/H(π).
        gamma_eps: SNR γ = (α/σ)² at which the first codebook's paths stop.
        gamma_T: SNR at which all start.
        schedule: the noising process, instead of the SNRs.
        eps: time at which the first codebook's paths stop.
        T: time at which paths start.
        samples: observations of each.
        levels: strata of γ.
        rtol: stop a codebook's simulation at this relative standard error.
        seed: the same for all, so that equal K and prior see the same tokens.
        start_std: of the models' starting noise, see :func:`~fsq_theory.model_path_kl`.

    Returns:
        One record a codebook.  A ratio to a path KL of 0 is 1 for 0 and infinite otherwise.

    Raises:
        InputError: for no codebook, K that differ, an unknown match, or as :func:`~fsq_theory.model_path_kl`.
        TooLargeError: where tokens have to be listed and are too many.
    """
    return list(
        model_costs(
            codebooks,
            mistake,
            same_mistakes=same_mistakes,
            match=match,
            gamma_eps=gamma_eps,
            gamma_T=gamma_T,
            schedule=schedule,
            eps=eps,
            T=T,
            samples=samples,
            levels=levels,
            rtol=rtol,
            seed=seed,
            start_std=start_std,
        )
    )


def model_costs(
    codebooks: Sequence[Codebook | str],
    mistake: str = "confusion:0.05",
    *,
    same_mistakes: bool = True,
    match: str = "snr",
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
) -> Iterator[ModelCost]:
    """The records of :func:`compare_models`, one after the other."""
    known = [as_codebook(codebook) for codebook in codebooks]
    if not known:
        raise InputError("no codebook to compare: expected at least one")
    if match not in MATCHES:
        raise InputError(f"match {match!r}: expected one of {', '.join(MATCHES)}")
    ends = path_ends(gamma_eps, gamma_T, schedule, eps, T)
    shared = same_mistakes and mistake.partition(":")[0] == "confusion"
    for other in known[1:]:
        if shared and other.K != known[0].K:
            raise InputError(
                f"{other.name} has {other.K} tokens and {known[0].name} {known[0].K}: the same mistakes expect equal K"
            )
    table = nearest_tokens(known[0]) if shared else None
    stops, matched = matched_snr(known, ends.gamma_eps, match, seed)
    first: ModelPathKL | None = None
    for codebook, stop in zip(known, stops, strict=True):
        found = model_path_kl(
            codebook,
            predictor(codebook, mistake, table),
            gamma_eps=max(stop, ends.gamma_T),
            gamma_T=ends.gamma_T,
            samples=samples,
            levels=levels,
            rtol=rtol,
            seed=seed,
            start_std=start_std,
        )
        first = first or found
        yield ModelCost(found, *_ratio(found, first), match, matched)


def matched_snr(
    codebooks: Sequence[Codebook], gamma_eps: float, match: str, seed: int = 0
) -> tuple[list[float], float | None]:
    """γ_ε of each codebook at which it is as hard as the first one at ``gamma_eps``, and the value that is equal.

    Raises:
        InputError: where no SNR makes them equal, as for an accuracy that the prior alone exceeds.
    """
    if match == "snr" or gamma_eps == 0:
        return [gamma_eps] * len(codebooks), None
    measure = _log_error if match == "accuracy" else _log_share_left
    target = measure(codebooks[0], math.sqrt(gamma_eps), seed)
    stops = [gamma_eps]
    for codebook in codebooks[1:]:
        start = math.sqrt(gamma_eps * code_variance(codebooks[0]) / code_variance(codebook))
        stops.append(_solve(codebook, measure, target, start, seed) ** 2)
    return stops, math.exp(target)


Measure = Callable[[Codebook, float, int], float]


def _log_error(codebook: Codebook, r: float, seed: int) -> float:
    from ..denoiser.accuracy.accuracy import accuracy

    return float(accuracy(codebook, r, seed=seed).log_error)


def _log_share_left(codebook: Codebook, r: float, seed: int) -> float:
    from ..denoiser.information.information import information

    found = information(codebook, r, seed=seed)
    return float(found.log_entropy) - math.log(found.prior_entropy)


def _solve(codebook: Codebook, measure: Measure, target: float, start: float, seed: int) -> float:
    """The r at which a measure that falls with r has its target value."""
    from scipy.optimize import brentq

    def above(log_r: float) -> float:
        return measure(codebook, math.exp(log_r), seed) - target

    low = high = math.log(start)
    for _ in range(60):
        if above(low) >= 0:
            break
        low -= 0.5
    for _ in range(60):
        if above(high) <= 0:
            break
        high += 0.5
    if not (above(low) >= 0 >= above(high)):
        raise InputError(
            f"{codebook.name}: at no SNR is it as hard to read as the first codebook; expected --match snr"
        )
    return math.exp(float(brentq(above, low, high, xtol=1e-10))) if low < high else math.exp(low)


def _ratio(model: ModelPathKL, first: ModelPathKL) -> tuple[float, float]:
    """Ratio of two estimates and its standard error; strata and rounds of both share their random numbers."""
    if model is first:
        return 1.0, 0.0
    if first.kl == 0:
        return (1.0, 0.0) if model.kl == 0 else (math.inf, math.inf)
    ratio = model.kl / first.kl
    rounds = min(model.draws.shape[1], first.draws.shape[1])
    a, b = (found.draws[:, :rounds] - found.draws[:, :rounds].mean(axis=1, keepdims=True) for found in (model, first))
    covariance = float((a * b).sum()) / (rounds - 1) * rounds / (model.draws.shape[1] * first.draws.shape[1])
    variance = model.stderr**2 - 2 * ratio * covariance + ratio**2 * first.stderr**2
    return ratio, math.sqrt(max(variance, 0.0)) / first.kl
