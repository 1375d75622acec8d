"""``fsq-theory codebook SPEC``: the geometry of a codebook."""

from __future__ import annotations

from .options import Common, require_specs
from .output import finished

COLUMNS = (
    "codebook", "K", "n", "rate_bits", "d_min", "nn_distance_mean", "kissing_mean", "energy_mean", "linf", "mean_width",
)  # fmt: skip
"""Columns of the table of several codebooks."""


def codebook(*specs: str, common: Common = Common()) -> None:
    """Geometry of a codebook: size, rate, distances, kissing numbers, energy, mean width.

    Args:
        specs: one or more codebooks, such as fsq:8,5,5,5, bits:18+normalize:energy, sphere:K=64,n=3, cosyvoice2 or
            file:codes.npy.
        common: options of every command.
    """
    require_specs(specs)
    from ..codebooks.geometry import geometry
    from ..codebooks.spec import codebook as parse

    with finished(common, COLUMNS if len(specs) > 1 else ()) as rows:
        for spec in specs:
            rows.append({**geometry(parse(spec), seed=common.seed).row(), "seed": common.seed})
