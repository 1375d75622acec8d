"""``fsq-theory accuracy SPEC…``: how often the optimal denoiser finds the token, against the noise level."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..errors import InputError
from .grid import Grid
from .options import Common, Number, Whole, require_specs
from .outcome import Inconclusive
from .output import Messages, finished

if TYPE_CHECKING:
    from ..codebooks.codebook import Codebook

COLUMNS = ("codebook", "K", "n", "schedule", "t", "snr_db", "r", "readout", "accuracy", "error", "stderr", "method")


def accuracy(
    *specs: str,
    grid: Grid = Grid(),
    method: str = "auto",
    estimator: str = "auto",
    readout: str = "map",
    top: Whole = 1,
    rtol: Annotated[Number | None, Parameter(show_default=False)] = None,
    samples: Whole = 65536,
    common: Common = Common(),
) -> None:
    """Accuracy of the optimal denoiser: P(argmax_k p(k|X) = k) for X = r·e_k + noise of unit variance.

    Args:
        specs: one or more codebooks, such as fsq:8,5,5,5, bits:18+normalize:energy or cosyvoice2.
        grid: the noise levels.
        method: auto, exact (closed forms and quadrature), mc (Monte Carlo), bounds (then the error shown is its upper
            bound, the accuracy its lower one) or certified (ball arithmetic: the error lies between lower and upper,
            every rounding included).
        estimator: for Monte Carlo: auto, or the name of one estimator.
        readout: map, soft, top, digit or rounding.
        top: m of the readout top: the token is among the m most likely.
        rtol: relative standard error of the error that Monte Carlo should reach, or relative distance of the bounds or
            of the ends of an enclosure; exit status 3 where it is not reached.
        samples: draws of Monte Carlo, rounded up to whole blocks; the number drawn is in the output.
        common: options of every command.
    """
    require_specs(specs)
    ratios, columns = grid.levels()
    from .. import accuracy as compute
    from ..codebooks.spec import codebook as parse
    from ..denoiser.accuracy.accuracy import METHODS
    from ..denoiser.settings import check_choice

    check_choice("method", method, (*METHODS, "certified"))
    messages = Messages(common)
    shown = (*COLUMNS, "lower", "upper") if method in ("bounds", "certified") else COLUMNS
    with finished(common, shown) as rows:
        for spec in specs:
            cb = parse(spec)
            messages.detail(f"{cb.name}: K = {cb.K}, n = {cb.n}")
            if method == "certified":
                enclosed = _certified(cb, ratios, readout, common.seed)
                rows += [{**row, **extra} for row, extra in zip(enclosed, columns, strict=True)]
                continue
            result = compute(
                cb,
                ratios,
                readout=readout,
                top=top,
                method=method,
                estimator=estimator,
                rtol=rtol,
                samples=samples,
                seed=common.seed,
            )
            rows += [{**row, **extra} for row, extra in zip(result.rows(), columns, strict=True)]
    if rtol is not None:
        _require_precision(rows, rtol)


def _certified(cb: Codebook, ratios: Sequence[float], readout: str, seed: int) -> Iterator[dict[str, Any]]:
    """Rows of enclosures of the error, one an r."""
    from .. import certified_error

    if readout != "map":
        raise InputError(f"method 'certified' with readout {readout!r}: enclosures are for the readout map")
    if not all(map(math.isfinite, ratios)):
        raise InputError("method 'certified' with r = inf: expected finite ratios")
    for r in ratios:
        yield certified_error(cb, r).row() | {"samples": 0, "seed": seed, "estimator": None, "readout": readout}


def _require_precision(rows: Sequence[Mapping[str, Any]], rtol: float) -> None:
    """Raise :class:`Inconclusive` where a standard error, or the width of bounds, is above rtol × error."""
    for row in rows:
        where, error = f"{row['codebook']} at r = {row['r']:g}", row["error"]
        if row["method"] == "bounds" and not row["upper"] - row["lower"] <= rtol * error:
            raise Inconclusive(
                f"{where}: bounds from {row['lower']:.3g} to {row['upper']:.3g} are further apart than --rtol {rtol:g} "
                "of the error; accepted instead: --method auto"
            )
        if row["method"] == "certified" and not row["relative_width"] <= rtol:
            raise Inconclusive(
                f"{where}: the enclosure from {row['lower']:.3g} to {row['upper']:.3g} is wider than --rtol {rtol:g} "
                "of the error; accepted instead: --method auto"
            )
        if row["stderr"] is not None and not row["stderr"] <= rtol * error:
            got = row["stderr"] / error if error else math.inf
            raise Inconclusive(
                f"{where}: relative standard error {got:.2g} is above --rtol {rtol:g}; "
                f"raise --samples above {row['samples']}"
            )
