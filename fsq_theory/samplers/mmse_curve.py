"""The MMSE curve of a codebook between two SNRs.

Where the information has an integral, pieces are halved until their last coefficients are at the level of rounding.
Elsewhere Monte Carlo replicates, each with its own noise, common to all SNRs, are held side by side: what is linear in
the MMSE gets its standard error from their scatter.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

import numpy as np

from ..arrays import Array
from ..codebooks.codebook import Codebook
from ..codebooks.spec import as_codebook
from ..denoiser.information import exact
from ..denoiser.information.information import information
from ..denoiser.information.record import Information
from ..errors import InputError
from ..logspace import logsumexp
from ..seeds import check_seed
from .chebyshev import PiecewiseChebyshev, chebyshev_nodes, series
from .curve import MmseCurve

REPLICATES = 16
"""Independent Monte Carlo curves; their scatter has 15 degrees of freedom."""

NEGLIGIBLE = 200.0
"""The curve ends where the MMSE has fallen by e^−200: SNRs above count as known exactly."""

NO_ERROR = -1e5
"""What log mmse is cut off at: nothing that is left of the MMSE here is a float64."""

FARTHEST = 1e200
"""γ, in units of one over the size of the codes squared, from which every token counts as known."""

LEAST = 0.5
"""In v: a curve of two SNRs that are closer goes on beyond the higher one, for a slope of values that hardly differ
would be rounding."""

PIECE = 1.5
DEGREE = 19
HALVINGS = 40
MOST_PIECES = 2000
"""Pieces in v, no longer than PIECE at first, of polynomials of this degree; how often they may be halved, and the
number of pieces at which that ends."""

SAMPLED_NEGLIGIBLE = 60.0
SAMPLED_PIECE = 1.5
SAMPLED_DEGREE = 7
"""The same for sampled curves, whose pieces are not halved."""


def mmse_curve(
    codebook: Codebook | str,
    gamma_0: float,
    gamma_N: float,
    *,
    method: str = "auto",
    samples: int = 65536,
    seed: int = 0,
) -> MmseCurve:
    """The MMSE of a codebook between two SNRs, for several grids between them.

    Args:
        codebook: codes and prior, or a spec of them; products are never listed.
        gamma_0: the lowest SNR, at least 0.
        gamma_N: the highest SNR, finite.
        method: ``auto``, ``exact`` or ``mc``, as in :func:`fsq_theory.information`.
        samples: Monte Carlo samples at each SNR, over 16 replicates; each draws a whole batch (4096) at least.
        seed: of all randomness.

    Raises:
        InputError: unless 0 ≤ γ_0 < γ_N < ∞, for a codebook of a single code, and as :func:`fsq_theory.information`.
    """
    codebook = as_codebook(codebook)
    low, high = float(gamma_0), float(gamma_N)
    check_ends(low, high)
    seed = check_seed(seed)
    centred = codebook.centred()
    if not centred.energy > 0:
        raise InputError(f"{codebook.name}: all of the prior is on one code; expected at least two possible codes")
    scale = _scale(centred)
    if low > FARTHEST * scale:
        raise InputError(f"SNR {low:g} at the start of the grid: expected at most {FARTHEST * scale:g} for these codes")
    start, stop = math.log1p(low / scale), math.log1p(high / scale)
    if not start < stop:
        raise InputError(f"SNRs {low!r} and {high!r} are too close for float64: expected them further apart")
    each = _samples_each(samples)
    sampled = method == "mc" or (method == "auto" and exact.evaluate(codebook, np.array([scale**0.5])) is None)

    stop = max(min(stop, math.log(FARTHEST)), start + LEAST)

    def ratios(v: Array) -> Array:
        return np.asarray(np.sqrt(np.maximum(scale * np.expm1(v), low)))

    def measure(v: Array) -> Information:
        settings = {"method": "mc", "samples": 1, "seed": seed} if sampled else {"method": method}
        return information(codebook, ratios(v), **settings)

    common = (codebook.name, codebook.K, codebook.n, low, high, scale)
    stop = _known_from(
        lambda v: np.maximum(measure(v).log_mmse, NO_ERROR), start, stop, SAMPLED_NEGLIGIBLE if sampled else NEGLIGIBLE
    )
    if sampled:
        words = np.random.SeedSequence(seed).generate_state(REPLICATES, np.uint32).tolist()
        fitted, replicates, inflation, drawn = _sampled(
            lambda v: [information(codebook, ratios(v), method="mc", samples=each, seed=word) for word in words],
            start,
            stop,
        )
        return MmseCurve(*common, fitted, replicates, inflation, "monte-carlo", 0.0, drawn, seed)
    fitted, spread = _adaptive(measure, start, stop)
    return MmseCurve(*common, fitted, (), 1.0, "quadrature", spread, 0, seed)


def curve_between(
    codebook: Codebook,
    gamma_0: float,
    gamma_N: float,
    curve: MmseCurve | None,
    *,
    method: str = "auto",
    samples: int = 65536,
    seed: int = 0,
) -> MmseCurve:
    """The curve that is given, or else a new one.

    Raises:
        InputError: for a curve of another codebook, or one that does not reach from γ_0 to γ_N.
    """
    if curve is None:
        return mmse_curve(codebook, gamma_0, gamma_N, method=method, samples=samples, seed=seed)
    if (curve.codebook, curve.K, curve.n) != (codebook.name, codebook.K, codebook.n):
        raise InputError(f"curve of {curve.codebook}: expected one of {codebook.name}")
    # Many arrays have the same name.
    if not math.isclose(curve.scale, _scale(codebook.centred()), rel_tol=1e-9):
        raise InputError(f"curve of another {curve.codebook}: expected one of the same codes and prior")
    if not curve.gamma_0 <= gamma_0 < gamma_N <= curve.gamma_N:
        raise InputError(
            f"curve from SNR {curve.gamma_0:g} to {curve.gamma_N:g}: expected one that reaches from {gamma_0:g} "
            f"to {gamma_N:g}"
        )
    return curve


def _scale(centred: Codebook) -> float:
    """The γ at which the denoiser of centred codes begins to work: one over their squared size."""
    return 1 / max(centred.energy, centred.linf**2)


def check_ends(gamma_0: float, gamma_N: float) -> None:
    """Raise :class:`InputError` unless 0 ≤ γ_0 < γ_N < ∞."""
    if not 0 <= gamma_0 < math.inf:
        raise InputError(f"SNR {gamma_0:g} at the start of the grid: expected a finite number of at least 0")
    if gamma_N == math.inf:
        raise InputError(
            "SNR inf at the end of the grid: its last step would have infinite KL; expected a finite SNR "
            "(of a schedule, that at an eps > 0)"
        )
    if not gamma_N > gamma_0:
        raise InputError(f"SNR {gamma_N:g} after {gamma_0:g}: expected SNRs that increase along the grid")


def _known_from(log_mmse: Callable[[Array], Array], start: float, stop: float, fall: float) -> float:
    """The first of some points v, ½ apart or less, at which log mmse has fallen by more than ``fall``; or ``stop``."""
    coarse = np.linspace(start, stop, max(17, math.ceil(2 * (stop - start)) + 1))
    top = -math.inf
    for first in range(0, len(coarse), 16):
        values = log_mmse(coarse[first : first + 16])
        top = max(top, float(values[0]))
        negligible = np.flatnonzero(values < top - fall)
        if len(negligible):
            return float(coarse[first + negligible[0]])
    return stop


def _adaptive(measure: Callable[[Array], Information], start: float, stop: float) -> tuple[PiecewiseChebyshev, float]:
    """The interpolant, and an estimate of its error: of quadrature, or the last coefficients."""
    count = max(1, math.ceil((stop - start) / PIECE))
    edges = np.linspace(start, stop, count + 1)
    waiting = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    done: dict[tuple[float, float], Array] = {}
    spread = 0.0
    for level in range(HALVINGS + 1):
        bounds = np.array(waiting)
        v = chebyshev_nodes(bounds[:, 0], bounds[:, 1], DEGREE)
        found = measure(v.ravel())
        values = np.maximum(np.reshape(found.log_mmse, v.shape), NO_ERROR)
        noise = np.reshape(found.spread, v.shape).max(axis=1)
        spread = max(spread, float(noise.max()))
        coefficients = series(values)
        tails = np.abs(coefficients[:, -3:]).max(axis=1)
        floor = np.maximum(1e-13, 4 * np.finfo(np.float64).eps * np.abs(values).max(axis=1))
        fine = (tails <= np.maximum(floor, noise)) | (level == HALVINGS or len(done) + len(waiting) > MOST_PIECES)
        halved = []
        for piece, accepted, row, tail in zip(waiting, fine, coefficients, tails, strict=True):
            if accepted:
                done[piece] = row
                spread = max(spread, float(tail))
            else:
                middle = (piece[0] + piece[1]) / 2
                halved += [(piece[0], middle), (middle, piece[1])]
        waiting = halved
        if not waiting:
            break
    pieces = sorted(done)
    whole = np.array([piece[0] for piece in pieces] + [pieces[-1][1]])
    return PiecewiseChebyshev(whole, np.array([done[piece] for piece in pieces])), spread


def _samples_each(samples: int) -> int:
    """Samples of each replicate."""
    try:
        whole = operator.index(samples)
    except TypeError:
        raise InputError(f"samples = {samples!r}: expected a whole number") from None
    if whole < 1:
        raise InputError(f"samples = {whole}: expected at least 1")
    return max(1, whole // REPLICATES)


def _sampled(
    measure: Callable[[Array], list[Information]], start: float, stop: float
) -> tuple[PiecewiseChebyshev, tuple[PiecewiseChebyshev, ...], float, int]:
    """The mean curve, the replicates, the inflation of their scatter, and the samples drawn at each SNR."""
    edges = np.linspace(start, stop, max(1, math.ceil((stop - start) / SAMPLED_PIECE)) + 1)
    v = chebyshev_nodes(edges[:-1], edges[1:], SAMPLED_DEGREE)
    found = measure(v.ravel())
    values = np.reshape([one.log_mmse for one in found], (REPLICATES, *v.shape))
    stated = np.reshape([one.stderr_mmse for one in found], values.shape)
    values = np.maximum(values, values[np.isfinite(values)].max() - NEGLIGIBLE)
    mean = PiecewiseChebyshev(edges, series(logsumexp(values, axis=0) - math.log(REPLICATES)))
    # KL is an integral of the MMSE over γ, to which a node contributes in proportion to dγ/dv.
    weight = np.exp(v)
    scatter = np.sum(weight**2 * np.var(np.exp(values), axis=0, ddof=1))
    inflation = math.sqrt(max(1.0, np.sum(weight**2 * np.mean(stated**2, axis=0)) / max(scatter, 1e-300)))
    drawn = REPLICATES * max(int(np.max(one.samples)) for one in found)
    return mean, tuple(PiecewiseChebyshev(edges, series(one)) for one in values), inflation, drawn
