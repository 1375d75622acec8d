"""``fsq-theory spacing``: the best levels of tokens with unequal priors on a line."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from cyclopts import Parameter

from ..arrays import Array
from ..errors import InputError
from .options import Common, Number, Numbers, Whole
from .output import finished

COLUMNS = ("levels_count", "r", "accuracy_equal", "accuracy", "gain", "error_ratio", "levels", "kept")


def spacing(
    *,
    prior: Annotated[str | None, Parameter(show_default=False)] = None,
    prior_file: Annotated[str | None, Parameter(show_default=False)] = None,
    histogram: Annotated[str | None, Parameter(show_default=False)] = None,
    levels: Annotated[Whole | None, Parameter(show_default=False)] = None,
    smoothing: Number = 0.0,
    r: Annotated[list[float] | None, Numbers] = None,
    box: Annotated[tuple[float, float], Parameter(negative="")] = (-1.0, 1.0),
    order: str = "given",
    common: Common = Common(),
) -> None:
    """Levels on an interval that maximise accuracy for unequal priors, against equally spaced ones.

    Args:
        prior: probabilities of the tokens with commas between them, such as 0.5,0.3,0.2.
        prior_file: a file of probabilities, one a line, .npy or .npz (key prior).
        histogram: a file of token ids from 0 to L-1, with --levels L: .npy, .npz (key tokens) or text.
        levels: the number of tokens, L.
        smoothing: a count added to every token of the histogram.
        r: amplitude ratio alpha/sigma; repeat for several.
        box: the interval of the levels, two numbers.
        order: given (levels ascend with the token) or free (the best order of the tokens on the line).
        common: options of every command.
    """
    if not r:
        raise InputError("noise level: expected at least one --r, such as --r 4")
    probabilities = _probabilities(prior, prior_file, histogram, levels, smoothing)
    from ..denoiser.accuracy.spacing import optimal_spacing

    with finished(common, COLUMNS) as rows:
        for rate in r:
            found = optimal_spacing(probabilities, rate, box=box, order=order)
            rows.append({**found.row(), "seed": common.seed})


def _probabilities(
    prior: str | None, prior_file: str | None, histogram: str | None, levels: int | None, smoothing: float
) -> Array:
    """The prior that the options say."""
    options = (("--prior", prior), ("--prior-file", prior_file), ("--histogram", histogram))
    given = [name for name, value in options if value is not None]
    if len(given) != 1:
        got = " and ".join(given) if given else "none of them"
        raise InputError(f"prior: expected one of --prior, --prior-file, or --histogram with --levels; got {got}")
    if histogram is None and smoothing:
        raise InputError(f"--smoothing {smoothing:g} needs --histogram: a prior is taken as it is")
    if prior is not None:
        values = np.array([_probability(part) for part in prior.split(",")])
        return _of_size(values, levels)
    if prior_file is not None:
        from ..codebooks.files import load_prior

        return _of_size(load_prior(prior_file), levels)
    from ..codebooks.histogram import smoothed_shares, token_histogram

    assert histogram is not None
    if levels is None or levels < 2:
        raise InputError("--histogram needs --levels, the number of tokens: expected at least 2")
    return smoothed_shares(token_histogram(histogram, levels), smoothing)


def _probability(part: str) -> float:
    try:
        return float(part)
    except ValueError:
        raise InputError(f"--prior: {part[:40]!r} is not a number: expected probabilities, as 0.5,0.3,0.2") from None


def _of_size(values: Array, levels: int | None) -> Array:
    if levels is not None and len(values) != levels:
        raise InputError(f"--levels {levels} with {len(values)} probabilities: expected as many, or no --levels")
    return values
