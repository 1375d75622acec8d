"""``fsq-theory info SPEC…``: what the noisy code says of the token, against the noise level."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from ..errors import InputError
from .grid import Grid
from .options import Common, Number, Single, Whole, Wholes, require_specs
from .outcome import Inconclusive
from .output import Messages, finished

COLUMNS = (
    *("codebook", "K", "n", "schedule", "t", "snr_db", "r", "token"),
    *("information", "entropy", "mmse", "entropic_time", "stderr_information", "stderr_mmse", "method"),
)


def info(
    *specs: str,
    grid: Grid = Grid(),
    bits: Annotated[bool, Single] = False,
    token: Annotated[list[int] | None, Wholes] = None,
    method: str = "auto",
    rtol: Annotated[Number | None, Parameter(show_default=False)] = None,
    samples: Whole = 65536,
    common: Common = Common(),
) -> None:
    """Mutual information H(prior) - H(X_0|X), cross-entropy H(X_0|X) and MMSE for X = r·e_k + noise of unit variance.

    The cross-entropy is the loss of the optimal model, the MMSE E‖X_0 - E[X_0|X]‖², and the entropic time
    H(X_0|X)/H(prior). Information is in nats.

    Args:
        specs: one or more codebooks, such as fsq:8,5,5,5, onehot:6561 or cosyvoice2.
        grid: the noise levels.
        bits: information and entropies in bits instead of nats.
        token: after the averages, also a row given this token, counted from 0; repeat for several. Its information is
            KL(p(X|k)‖p(X)), the path KL of its path from the data path.
        method: auto, exact (low-dimensional integrals), mc (Monte Carlo), or certified: for codes on a line, grids and
            their products, an enclosure of each number in ball arithmetic, its ends rounded outwards.
        rtol: relative standard error of the information, the entropy and the MMSE that Monte Carlo should reach, or
            relative width of an enclosure; exit status 3 where it is not reached.
        samples: draws of Monte Carlo, rounded up to whole blocks; the number drawn is in the output.
        common: options of every command.
    """
    require_specs(specs)
    ratios, columns = grid.levels()
    from .. import certified_information, information, token_information
    from ..codebooks.spec import codebook as parse
    from ..denoiser.information.information import METHODS
    from ..denoiser.settings import check_sampling

    messages = Messages(common)
    settings: dict[str, Any] = {"method": method, "samples": samples, "seed": common.seed}
    shown: tuple[str, ...] = (*COLUMNS, "unit") if bits else COLUMNS
    if method == "certified":
        check_sampling(samples, rtol)
        if token is not None:
            raise InputError("--method certified with --token: expected only one of them")
        shown = (*shown, "relative_width")
    elif method not in METHODS:
        raise InputError(f"method {method!r}: expected one of {', '.join(METHODS)}, certified")
    with finished(common, shown) as rows:
        for spec in specs:
            cb = parse(spec)
            messages.detail(f"{cb.name}: K = {cb.K}, n = {cb.n}")
            if method == "certified":
                for ratio, extra in zip(ratios, columns, strict=True):
                    rows.append({**certified_information(cb, ratio).row(in_bits=bits), **extra, "seed": common.seed})
                continue
            tokens = None if token is None else cb.check_tokens(token)
            result = information(cb, ratios, rtol=rtol, **settings)
            rows += [{**row, **extra} for row, extra in zip(result.rows(bits=bits), columns, strict=True)]
            if tokens is not None:
                given = token_information(cb, ratios, tokens, **settings).rows(bits=bits)
                place = [extra for extra in columns for _ in tokens]
                rows += [{"K": cb.K, "n": cb.n, **row, **extra} for row, extra in zip(given, place, strict=True)]
    if rtol is not None:
        _require_precision(rows, rtol)


def _require_precision(rows: Sequence[Mapping[str, Any]], rtol: float) -> None:
    """Raise :class:`Inconclusive` where a standard error, or a width, is above rtol × what it belongs to."""
    for row in rows:
        if row["method"] == "certified" and not row["relative_width"] <= rtol:
            raise Inconclusive(
                f"{row['codebook']} at r = {row['r']:g}: an enclosure of relative width {row['relative_width']:.2g} is "
                f"wider than --rtol {rtol:g}"
            )
        for name, error in (("information", "information"), ("entropy", "information"), ("mmse", "mmse")):
            stderr = row[f"stderr_{error}"]
            if stderr is not None and not stderr <= rtol * row[name]:
                got = stderr / row[name] if row[name] else math.inf
                raise Inconclusive(
                    f"{row['codebook']} at r = {row['r']:g}: relative standard error {got:.2g} of the {name} is above "
                    f"--rtol {rtol:g}; raise --samples above {row['samples']}"
                )
