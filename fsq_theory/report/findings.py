"""What the numbers say, in sentences that are computed from the table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .declaration import Constraint, Declaration
from .needed import Needed, needed_snr

if TYPE_CHECKING:
    import polars as pl


EQUAL_ENERGY = ("energy", "rms")
"""Normalisations under which codebooks of one dimension have one energy."""


def findings(table: pl.DataFrame, declared: Declaration) -> list[str]:
    """The findings of a comparison, the like-with-like ones first."""
    said: list[str] = []
    # Constraints of one energy first: there, codebooks of one size differ in shape alone.
    rank = {"energy": 0, "rms": 0, "linf": 1, "": 2}
    for constraint in sorted(declared.constraints, key=lambda constraint: rank[constraint.normalize]):
        for level in declared.levels:
            for group in _same_size(_under(needed_snr(table, level), constraint)):
                said.append(_same_size_finding(group, level, constraint, table))
    level = max(declared.levels)
    for constraint in declared.constraints:
        said.append(_extremes(_under(needed_snr(table, level), constraint), level, constraint, table))
    return [*said, *_neighbours(table, declared), *_precision(table)]


def _under(items: Sequence[Needed], constraint: Constraint) -> list[Needed]:
    return [item for item in items if item.constraint == constraint.name]


def _same_size(items: Sequence[Needed]) -> list[list[Needed]]:
    """Groups of at least two codebooks with the same number of tokens and dimensions, the best first."""
    groups: dict[tuple[int, int], list[Needed]] = {}
    for item in items:
        groups.setdefault((item.K, item.n), []).append(item)
    return [sorted(group, key=lambda item: item.snr_db) for group in groups.values() if len(group) > 1]


def _same_size_finding(group: Sequence[Needed], level: float, constraint: Constraint, table: pl.DataFrame) -> str:
    """Codebooks of one size under one constraint: their shapes, and the scale unless that is normalised."""
    best = group[0]
    texts = [f"{best.label} {decibels(best)}"]
    for other in group[1:]:
        gap = f"{other.snr_db - best.snr_db:.2f} dB more"
        resolved = other.lower > best.upper
        texts.append(f"{other.label} {decibels(other)} ({gap if resolved else 'no difference resolved'})")
    if constraint.normalize in EQUAL_ENERGY:
        differs = "only the shape differs"
    elif constraint.normalize:
        differs = f"shape and energy differ (energy a token: {_numbers(table, group, 'energy_mean')})"
    else:
        differs = (
            f"shape and scale differ (energy a token: {_numbers(table, group, 'energy_mean')}; "
            f"largest coordinate: {_numbers(table, group, 'linf')})"
        )
    return (
        f"Same number of tokens ({best.K}), same dimension ({best.n}), {constraint.name}: {differs}. "
        f"For {level:.0%} accuracy the SNR needed is: {'; '.join(texts)}."
    )


def _numbers(table: pl.DataFrame, group: Sequence[Needed], metric: str) -> str:
    """A metric of each codebook of a group, as ``A 1, B 0.5``."""
    return ", ".join(f"{item.label} {_metric(table, item, metric):.3g}" for item in group)


def _metric(table: pl.DataFrame, item: Needed, metric: str) -> float:
    import polars as pl

    here = (pl.col("constraint") == item.constraint) & (pl.col("order") == item.order)
    return float(table.filter(here & (pl.col("metric") == metric))["value"][0])


def _extremes(items: Sequence[Needed], level: float, constraint: Constraint, table: pl.DataFrame) -> str:
    reached = sorted((item for item in items if math.isfinite(item.snr_db)), key=lambda item: item.snr_db)
    if not reached:
        return f"{constraint.name.capitalize()}: no codebook reaches {level:.0%} accuracy on the measured grid."
    low, high = reached[0], reached[-1]
    same_energy = constraint.normalize in EQUAL_ENERGY
    ends = []
    for item in (low, high):
        energy = "" if same_energy else f", energy {_metric(table, item, 'energy_mean'):.3g}"
        ends.append(f"{decibels(item)} for {item.label} ({item.K} tokens in {item.n} dimensions{energy})")
    differs = "K and n differ" if same_energy else "K, n and the energy differ"
    return (
        f"{constraint.name.capitalize()}, where {differs} as well: {level:.0%} accuracy needs {ends[0]} and {ends[1]}. "
        f"This is a comparison of what tokenizers use, not of shapes alone."
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
        f"Mean path KL to a random other token over that to a nearest one: {high['ratio']:.3g} in {high['label']}, the "
        f"most, and {low['ratio']:.3g} in {low['label']}, the least, whatever the schedule and the scale. The larger "
        f"it is, the cheaper a mistake between neighbours compared with any other."
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
        f"standard error of at most {worst:.2g}; bands and intervals are 95%. All other accuracies are closed forms "
        f"or one-dimensional integrals."
    ]


def decibels(item: Needed, unit: str = " dB") -> str:
    """The needed SNR as text, with its interval where that shows."""
    if math.isinf(item.snr_db):
        return "more than the grid holds"
    margin = max(item.upper - item.snr_db, item.snr_db - item.lower)
    return f"{item.snr_db:.2f}{unit}" if margin < 0.005 else f"{item.snr_db:.2f} ± {margin:.2f}{unit}"
