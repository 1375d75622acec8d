"""The law of tokens from those of their digits, with errors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Array
from ..codebooks.codebook import Codebook
from .divergences import NORMAL_95, Divergences, quadrature_divergences
from .part_law import PartLaw
from .parts import LISTED, Parts
from .simulated_law import law_divergences
from .token_law import TokenLaw, total_variation

FOLDS = 16
"""Parts that are left out in turn for the standard errors of listed laws."""


def combined_law(codebook: Codebook, parts: Parts, laws: list[PartLaw], settings: dict[str, Any]) -> TokenLaw:
    """The record for a codebook from the laws of its distinct parts; digits are independent, so that KL adds.

    Args:
        codebook: whose tokens they are.
        parts: its independent parts.
        laws: one a distinct part.
        settings: the other fields of the record.
    """
    counts = parts.counts()
    found = [_divergences(law) for law in laws]
    means = [_mean(law.rows) for law in laws]
    simulated = any(law.paths for law in laws)
    error = min(1.0, math.fsum(count * law.error for law, count in zip(laws, counts, strict=True)))
    fields: dict[str, Any] = {
        "kl": math.fsum(count * one.kl for one, count in zip(found, counts, strict=True)),
        "kl_lower": math.fsum(count * one.kl_lower for one, count in zip(found, counts, strict=True)),
        "kl_upper": math.fsum(count * one.kl_upper for one, count in zip(found, counts, strict=True)),
        "unresolved": sum(count * one.unresolved for one, count in zip(found, counts, strict=True)),
        "kl_reverse": math.fsum(count * one.kl_reverse for one, count in zip(found, counts, strict=True)),
        "stderr_kl": math.hypot(*(count * one.stderr_kl for one, count in zip(found, counts, strict=True))),
        "stderr_kl_reverse": math.hypot(
            *(count * one.stderr_kl_reverse for one, count in zip(found, counts, strict=True))
        ),
        "digits": tuple(means[member] for member in parts.members) if parts.is_product else (),
        "method": "monte-carlo" if simulated else "quadrature",
        "paths": max(law.paths for law in laws),
        "error": error,
    }
    if codebook.K <= LISTED:
        fields |= _listed(codebook, parts, laws, error)
    else:
        low, high = _bracket(laws, means, counts)
        fields |= {"q": None, "stderr_q": None, "tv": None, "stderr_tv": None}
        fields |= {"tv_lower": max(0.0, low - error), "tv_upper": min(1.0, high + error)}
    return TokenLaw(codebook=codebook.name, K=codebook.K, n=codebook.n, **settings, **fields)


def _mean(rows: Array) -> Array:
    law = rows.mean(axis=0)
    return np.asarray(law / law.sum())


def _divergences(law: PartLaw) -> Divergences:
    if law.paths:
        found = law_divergences(law.prior, law.rows, law.paths)
    else:
        found = quadrature_divergences(law.prior, law.rows[0], law.doubt)
    return found.at_most(law.bound()) if found.unresolved else found


def _listed(codebook: Codebook, parts: Parts, laws: list[PartLaw], error: float) -> dict[str, Any]:
    prior = np.asarray(codebook.prior)

    def law_of(kept: NDArray[np.int64]) -> Array:
        """The law of the tokens from some of the groups of paths."""
        return parts.listed([_mean(law.rows[kept] if law.paths else law.rows) for law in laws])

    groups = max(len(law.rows) for law in laws)
    places = np.arange(groups, dtype=np.int64)
    q = law_of(places)
    tv = total_variation(prior, q)
    if not any(law.paths for law in laws):
        bounds = {"tv_lower": max(0.0, tv - error), "tv_upper": min(1.0, tv + error)}
        return {"q": q, "stderr_q": None, "tv": tv, "stderr_tv": 0.0, **bounds}
    left_out = [law_of(places[places % FOLDS != fold]) for fold in range(FOLDS)]
    spread = np.sqrt((FOLDS - 1) / FOLDS * sum((law - q) ** 2 for law in left_out))
    stderr = math.sqrt((FOLDS - 1) / FOLDS * sum((total_variation(prior, law) - tv) ** 2 for law in left_out))
    # Signs from one half of the paths and differences from the other: at most TV on average, where |q − π| is more.
    first, second = (law_of(places[places % 2 == half]) - prior for half in (0, 1))
    crossed = float(np.sign(first) @ second + np.sign(second) @ first) / 4
    return {
        "q": q,
        "stderr_q": np.asarray(spread),
        "tv": tv,
        "stderr_tv": stderr,
        "tv_lower": max(0.0, crossed - NORMAL_95 * stderr - error),
        "tv_upper": min(1.0, tv + NORMAL_95 * stderr + error),
    }


def _bracket(laws: list[PartLaw], means: list[Array], counts: list[int]) -> tuple[float, float]:
    """TV of many independent digits: at least that of each and 1 − BC, at most 1 − Π(1 − TV_i) and √(1 − BC²).

    BC = Π Σ √(π q) is the Bhattacharyya coefficient.
    """
    low, log_same, log_overlap = 0.0, 0.0, 0.0
    for law, mean, count in zip(laws, means, counts, strict=True):
        tv, margin, bias = total_variation(law.prior, mean), 0.0, 0.0
        if law.paths:
            spread = law.rows.std(axis=0, ddof=1) / math.sqrt(len(law.rows))
            bias = float(spread.sum()) / 2
            margin = NORMAL_95 * math.hypot(*spread.tolist()) / 2 * math.sqrt(2)
        low = max(low, tv - bias - margin)
        log_same += count * math.log1p(-min(tv + margin, 1 - 1e-16))
        gap = float(np.sum((np.sqrt(law.prior) - np.sqrt(mean)) ** 2)) / 2
        log_overlap += count * math.log1p(-min(gap, 1 - 1e-16))
    if not any(law.paths for law in laws):
        low = max(low, -math.expm1(log_overlap))
    return low, min(-math.expm1(log_same), math.sqrt(-math.expm1(2 * log_overlap)))
