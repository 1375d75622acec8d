"""A made-up comparison whose numbers are known in closed form: bits on axes, so that A = Φ(r s)^n for a scale s."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from fsq_theory.report.declaration import Constraint, Declaration, Entry
from fsq_theory.tables import tidy

GRID = tuple(float(value) for value in range(-10, 31, 2))

# label, K, n, scale as used, standard error of the accuracies
CODEBOOKS = (("Alpha", 256, 8, 1.0, None), ("Beta", 256, 8, 0.5, 0.01), ("Gamma & <b>", 16, 4, 2.0, None))

DECLARED = Declaration(
    name="made-up",
    question="Which one?",
    figures=("accuracy_by_snr",),
    entries=tuple(Entry(label, f"spec-{label}", "made up") for label, *_ in CODEBOOKS),
    constraints=(
        Constraint("as used", "", "nothing", GRID),
        Constraint("equal energy", "energy", "the energy", GRID),
    ),
    samples=100,
    levels=(0.5, 0.9),
    kl_schedule="flow",
    eps=0.1,
    time_schedule="flow",
    t=(0.0, 0.5, 1.0),
)


def accuracy(r: float, n: int, scale: float) -> float:
    return (0.5 * math.erfc(-r * scale / math.sqrt(2))) ** n


def table() -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for constraint in ("as used", "equal energy"):
        for order, (label, K, n, scale, stderr) in enumerate(CODEBOOKS):
            used = scale if constraint == "as used" else 1 / math.sqrt(n) if label != "Beta" else 0.5 / math.sqrt(n)
            place = {
                "codebook": f"spec-{label}",
                "label": label,
                "order": order,
                "constraint": constraint,
                "K": K,
                "n": n,
            }
            exact = {**place, "method": "exact", "seed": 0}
            rows.append({**exact, "metric": "rate_bits", "value": math.log2(K) / n})
            rows.append({**exact, "metric": "energy_mean", "value": n * used**2})
            rows.append({**exact, "metric": "linf", "value": used})
            kl = {"gamma_eps": 81.0, "path_kl_min": 2.0 * used, "path_kl_nearest_mean": 3.0 * used}
            kl |= {"path_kl_mean": 3.0 * used * (10 + order), "path_kl_max": 100.0 * used}
            rows += [
                {**exact, "metric": name, "value": value, "schedule": "flow", "eps": 0.1} for name, value in kl.items()
            ]
            noise = [{"snr_db": x, "r": 10 ** (x / 20)} for x in GRID]
            noise += [{"schedule": "flow", "t": t, "r": math.inf if t == 0 else (1 - t) / t} for t in (0.0, 0.5, 1.0)]
            for level in noise:
                value = accuracy(level["r"], n, used)
                margin = 1.96 * (stderr or 0)
                low, high = max(value - margin, 0), min(value + margin, 1)
                mine = {**place, **level, "stderr": stderr, "seed": 0, "samples": 100 if stderr else None}
                mine["method"] = "monte-carlo" if stderr else "exact"
                rows.append({**mine, "metric": "accuracy", "value": value, "lower": low, "upper": high})
                logs = [math.log(1 - p) if p < 1 else -math.inf for p in (value, high, low)]
                rows.append({**mine, "metric": "log_error", "value": logs[0], "lower": logs[1], "upper": logs[2]})
    return tidy(rows)
