"""``fsq-theory accuracy SPEC…``: how often the optimal denoiser finds the token, against the noise level."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from .grid import Grid
from .options import Common, Whole, require_specs
from .outcome import Inconclusive
from .output import Messages, emit

COLUMNS = ("codebook", "K", "n", "schedule", "t", "snr_db", "r", "readout", "accuracy", "error", "stderr", "method")


def accuracy(
    *specs: str,
    grid: Grid = Grid(),
    method: str = "auto",
    estimator: str = "auto",
    readout: str = "map",
    top: Whole = 1,
    rtol: Annotated[float | None, Parameter(show_default=False)] = None,
    samples: Whole = 65536,
    common: Common = Common(),
) -> None:
    """Accuracy of the optimal denoiser: P(argmax_k p(k|X) = k) for X = r·e_k + noise of unit variance.

    Args:
        specs: one or more codebooks, such as fsq:8,5,5,5, bits:18+normalize:energy or cosyvoice2.
        grid: the noise levels.
        method: auto, exact (closed forms and quadrature), mc (Monte Carlo) or bounds.
        estimator: for Monte Carlo: auto, or the name of one estimator.
        readout: map, soft, top, digit or rounding.
        top: m of the readout top: the token is among the m most likely.
        rtol: relative standard error of the error that Monte Carlo should reach; exit status 3 where it does not.
        samples: draws of Monte Carlo.
        common: options of every command.
    """
    require_specs(specs)
    ratios, columns = grid.levels()
    from .. import accuracy as compute
    from ..codebooks.spec import codebook as parse

    messages = Messages(common)
    rows: list[dict[str, Any]] = []
    for spec in specs:
        cb = parse(spec)
        messages.detail(f"{cb.name}: K = {cb.K}, n = {cb.n}")
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
    emit(rows, common, COLUMNS)
    if rtol is not None:
        _require_precision(rows, rtol)


def _require_precision(rows: Sequence[Mapping[str, Any]], rtol: float) -> None:
    """Raise :class:`Inconclusive` if the standard error of some row is above rtol × error."""
    for row in rows:
        stderr, error = row["stderr"], row["error"]
        if stderr is not None and not stderr <= rtol * error:
            got = stderr / error if error else math.inf
            raise Inconclusive(
                f"{row['codebook']} at r = {row['r']:g}: relative standard error {got:.2g} is above --rtol {rtol:g}; "
                f"raise --samples above {row['samples']}"
            )
