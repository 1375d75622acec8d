"""Monte Carlo estimates of accuracy, for any codebook, and the rule that picks among them.

Estimators of the error 1 − A of MAP decisions, y = r e_k + ε, ε ~ N(0, I), k ~ π:

- ``naive``: the mean of 1{a competitor scores higher than k}.
- ``posterior``: the mean of 1 − max_j p(j|y), the naive estimator given y: never a larger variance.
- ``mean-width``: 1 − E_Z max_k π_k exp(r Z·e_k − r²‖e_k‖²/2), Z ~ N(0, I); good at low SNR, and refused where its
  samples are so skewed that their spread says little about their mean.
- ``karp-luby``: a union of half-spaces, bounded relative error at every SNR (:mod:`.karp_luby`).

All are unbiased.  ``auto``: Karp–Luby where the union bound is below 0.1, since errors may then be too rare for plain
samples to show their own spread; elsewhere a short pilot of each estimator that is sound there, the one with the
smallest standard error, and fresh samples for the answer, so that the choice does not bias it.  Noise depends on the
seed alone, not on r or the codebook: curves and differences at equal seeds use common random numbers.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from ...arrays import Array
from ...codebooks.codebook import Codebook
from ...codebooks.regular import EquidistantCodebook, OneHotCodebook
from ...errors import InputError
from ...seeds import jax_key
from ..scores import tiles
from .karp_luby import decisive, karp_luby
from .sampling import ESTIMATORS, Estimate, binomial_estimate, collect, mean_estimate
from .simulate import Sampler, listed, mean_width_errors, value_sampler

PILOT_SAMPLES = 2048
BATCH = 4096
RARE = 0.1
"""Union bound below which only Karp–Luby is trusted."""

MEAN_WIDTH_REACH = 1.5
"""Largest r·max‖e_k‖ for the mean-width form: the variance of its samples is at most exp(r²‖e‖²) − 1."""

RESOLUTION_REACH = 1e6
"""Largest r·max‖e_k‖ at which scores, of size r²‖e‖², keep differences of 1e-4; beyond, only differences are used."""

LISTED_FOR_CHOICE = 2**24
"""Codebooks of more coordinates than this are not listed to choose an estimator."""

BATCH_COORDINATES = 2**24
"""Most samples × dimensions of noise in a batch."""


def estimate(
    codebook: Codebook,
    r: float,
    *,
    readout: str = "map",
    top: int = 1,
    estimator: str = "auto",
    samples: int = 65536,
    rtol: float | None = None,
    seed: int = 0,
) -> Estimate:
    """Estimate 1 − A at one r > 0 by Monte Carlo, in float64.

    Args:
        codebook: any; products are simulated digit by digit and one-hot codes coordinate by coordinate, others must be
            small enough to list (but for the ``naive`` MAP estimator of simplex codes).
        r: amplitude ratio, positive and finite.
        readout: ``map``, ``soft`` (error 1 − p(k|y)), ``top`` (k not among the m most probable), ``digit`` (share of
            coordinates, or of factors for a product, that the MAP decision gets wrong) or ``rounding``.
        top: m.
        estimator: ``auto``, or one of ``naive``, ``posterior``, ``mean-width``, ``karp-luby`` for ``map``.
        samples: how many, rounded up to whole batches.
        rtol: stop earlier at this relative standard error.
        seed: of all randomness.

    Raises:
        InputError: for an estimator that does not apply.
        TooLargeError: if the codebook would have to be listed and is too large.
    """
    with jax.enable_x64(True):
        pilot_key, key = jax.random.split(jax_key(seed))
        if readout != "map":
            if estimator not in ("auto", "naive"):
                raise InputError(f"estimator {estimator!r}: the {readout} readout has only 'naive'")
            sampler = value_sampler(codebook, r, readout, top)
            return _simulate(sampler, readout, codebook.n, key, samples, rtol, guarded=True)
        if estimator != "auto":
            return _run(estimator, codebook, r, key, samples, rtol)
        names = sound_estimators(codebook, r)
        if len(names) == 1:
            return _run(names[0], codebook, r, key, samples, rtol)

        def log_stderr(name: str) -> float:
            pilot_run = jax.random.fold_in(pilot_key, ESTIMATORS.index(name))
            return _run(name, codebook, r, pilot_run, PILOT_SAMPLES, None).log_stderr

        return _run(min(names, key=log_stderr), codebook, r, key, samples, rtol)


def sound_estimators(codebook: Codebook, r: float) -> tuple[str, ...]:
    """The estimators whose standard error can be trusted at this r: what ``auto`` chooses from."""
    if isinstance(codebook, EquidistantCodebook) and codebook.is_uniform:
        return ("naive",)
    if isinstance(codebook, OneHotCodebook) or codebook.K * codebook.n > LISTED_FOR_CHOICE:
        return ("posterior",)
    reach = r * _radius(codebook)
    if reach > RESOLUTION_REACH:
        return ("karp-luby",)
    names = ["posterior"]
    if reach <= MEAN_WIDTH_REACH:
        names.append("mean-width")
    spaces = decisive(codebook, r, most_union=1.0)
    if spaces is not None:
        names.append("karp-luby")
        if spaces.log_union <= np.log(RARE):
            return ("karp-luby",)
    return tuple(names)


def _radius(codebook: Codebook) -> float:
    return float(np.max(np.linalg.norm(codebook.points - codebook.mean, axis=1)))


def _run(name: str, codebook: Codebook, r: float, key: jax.Array, samples: int, rtol: float | None) -> Estimate:
    if name not in ESTIMATORS:
        raise InputError(f"estimator {name!r}: expected auto or one of {', '.join(ESTIMATORS)}")
    if name == "karp-luby":
        spaces = decisive(listed(codebook), r)
        if spaces is None:
            raise InputError(
                f"estimator 'karp-luby' at r = {r:g}: too many competitors of {codebook.name} matter at so low an SNR;"
                " accepted there: naive, posterior"
            )
        return karp_luby(codebook, r, spaces, key, samples, rtol)
    if name == "mean-width":
        reach = r * _radius(listed(codebook))
        if reach > MEAN_WIDTH_REACH:
            raise InputError(
                f"estimator 'mean-width' at r = {r:g}: r·max‖e‖ = {reach:.3g} from the centre; its samples are too"
                f" skewed above {MEAN_WIDTH_REACH:g}; accepted there: naive, posterior, karp-luby"
            )
        sampler: Sampler = partial(mean_width_errors, tiles(codebook), jnp.asarray(r))
        return _simulate(sampler, "mean-width", codebook.n, key, samples, rtol, guarded=False)
    # With little signal all tokens stay possible, and no rare sample is far from the others.
    guarded = r * 2 * codebook.linf * np.sqrt(codebook.n) > MEAN_WIDTH_REACH
    return _simulate(value_sampler(codebook, r, name, 1), name, codebook.n, key, samples, rtol, guarded)


def _simulate(
    sampler: Sampler,
    name: str,
    dimension: int,
    key: jax.Array,
    samples: int,
    rtol: float | None,
    guarded: bool,
) -> Estimate:
    size = _batch_size(dimension)
    values = collect(lambda i: np.asarray(sampler(jax.random.fold_in(key, i), size)), size, samples, rtol)
    if name in ("naive", "top", "rounding"):
        return binomial_estimate(values, name)
    return mean_estimate(values, name, guarded=guarded)


def _batch_size(dimension: int) -> int:
    return min(BATCH, max(32, 1 << (BATCH_COORDINATES // dimension).bit_length() - 1))


def error_samples(codebook: Codebook, r: float, samples: int, seed: int = 0) -> Array:
    """Values of 1 − max_j p(j|y), shape (samples rounded up to a batch,): for paired comparisons of codebooks.

    Two codebooks of equal K and n see the same tokens and the same noise at equal seeds.
    """
    with jax.enable_x64(True):
        key = jax.random.split(jax_key(seed))[1]
        sampler = value_sampler(codebook, r, "posterior", 1)
        size = _batch_size(codebook.n)
        return collect(lambda i: np.asarray(sampler(jax.random.fold_in(key, i), size)), size, samples, None)
