"""What the numbers say, in sentences that are computed from the table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .declaration import Constraint, Declaration
from .needed import Needed, needed_snr

if TYPE_CHECKING:
    import polars as pl


def findings(table: pl.DataFrame, declared: Declaration) -> list[str]:
    """The findings of a comparison, the like-with-like ones first."""
    level = max(declared.levels)
    needed = needed_snr(table, level)
    said: list[str] = []
    for constraint in declared.constraints:
        here = [item for item in needed if item.constraint == constraint.name]
        if constraint.normalize:
            said += [_shapes(group, level) for group in _same_size(here)]
    for constraint in declared.constraints:
        said.append(_extremes([item for item in needed if item.constraint == constraint.name], level, constraint))
    said += _neighbours(table, declared)
    said += _precision(table)
    return said


def _same_size(items: Sequence[Needed]) -> list[list[Needed]]:
    """Groups of at least two codebooks with the same number of tokens and dimensions."""
    groups: dict[tuple[int, int], list[Needed]] = {}
    for item in items:
        groups.setdefault((item.K, item.n), []).append(item)
    return [sorted(group, key=lambda item: item.snr_db) for group in groups.values() if len(group) > 1]


def _shapes(group: Sequence[Needed], level: float) -> str:
    """Codebooks of the same size under the same constraint: their shapes alone are compared."""
    best = group[0]
    texts = [f"{best.label} {decibels(best)}"]
    for other in group[1:]:
        gap = other.snr_db - best.snr_db
        resolved = other.lower > best.upper
        more = f"{gap:.1f} dB more" if resolved else "not resolved from the first at this number of samples"
        texts.append(f"{other.label} {decibels(other)} ({more})")
    return (
        f"Same number of tokens ({best.K}), same dimension ({best.n}), {best.constraint}: only the shape differs. "
        f"For {level:.0%} accuracy the SNR needed is: {'; '.join(texts)}."
    )


def _extremes(items: Sequence[Needed], level: float, constraint: Constraint) -> str:
    reached = sorted((item for item in items if math.isfinite(item.snr_db)), key=lambda item: item.snr_db)
    if not reached:
        return f"{constraint.name.capitalize()}: no codebook reaches {level:.0%} accuracy on the measured grid."
    low, high = reached[0], reached[-1]
    return (
        f"{constraint.name.capitalize()}, where K and n differ as well: {level:.0%} accuracy needs {decibels(low)} for "
        f"{low.label} ({low.K} tokens in {low.n} dimensions) and {decibels(high)} for {high.label} ({high.K} tokens in "
        f"{high.n}). This is a comparison of what tokenizers use, not of shapes alone."
    )


def _neighbours(table: pl.DataFrame, declared: Declaration) -> list[str]:
    """How cheap a mistake is: the path KL to a random token against that to a nearest one, a ratio without a scale."""
    import polars as pl

    pairs = table.filter(
        (pl.col("constraint") == declared.constraints[0].name)
        & pl.col("metric").is_in(["path_kl_nearest_mean", "path_kl_mean"])
    )
    wide = pairs.pivot("metric", index=["order", "label"], values="value")
    ranked = wide.with_columns(ratio=pl.col("path_kl_mean") / pl.col("path_kl_nearest_mean")).sort("ratio")
    low, high = ranked.row(0, named=True), ranked.row(-1, named=True)
    return [
        f"The path to a random other token is, in mean KL, {high['ratio']:.3g} times as far as the path to a nearest "
        f"one in {high['label']}, and {low['ratio']:.3g} times in {low['label']}; this ratio does not depend on the "
        f"schedule or on the scale. The larger it is, the cheaper a mistake between neighbours compared with any other."
    ]


def _precision(table: pl.DataFrame) -> list[str]:
    """Which numbers are estimates, and how good they are."""
    import polars as pl

    rows = table.filter(pl.col("metric") == "accuracy")
    estimated = rows.filter(pl.col("stderr").is_not_null())
    if estimated.is_empty():
        return ["Every accuracy here is a closed form or a one-dimensional integral; none is a Monte Carlo estimate."]
    labels = estimated.sort("order")["label"].unique(maintain_order=True).to_list()
    samples = max(estimated["samples"].to_list())
    worst = max(estimated["stderr"].to_list())
    return [
        f"Accuracies of {' and '.join(labels)} are Monte Carlo estimates from at most {samples} draws each, with a "
        f"standard error of at most {worst:.2g}; bands and intervals are 95 %. All other accuracies are closed forms "
        f"or one-dimensional integrals."
    ]


def decibels(item: Needed) -> str:
    """The needed SNR as text, with its interval where that shows."""
    if math.isinf(item.snr_db):
        return "more than the grid holds"
    margin = max(item.upper - item.snr_db, item.snr_db - item.lower)
    return f"{item.snr_db:.1f} dB" if margin < 0.05 else f"{item.snr_db:.1f} ± {margin:.1f} dB"
