"""The table FSQ | best found | certified upper bound: python table.py writes results.csv and docs/near_optimality.md.

FSQ: its closed form.  Best found: a codebook that search.py kept, judged by samples that chose nothing, or, in the
plane, enclosed; FSQ itself where nothing beat it.  Upper bound: the dual bound at that r (no codebook of this size in
the box is more accurate), with the function of the certificate of these levels, or beyond its range one made from it.
"""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from search import CASES, MANY, STAGGER, cases, file_of, spec

from fsq_theory.certificates.dual_bound_kind import each
from fsq_theory.certificates.files import certificate_paths, read_certificate
from fsq_theory.certificates.find_dual_bound import centres_looked_at
from fsq_theory.certificates.function_table import BEYOND, function_table
from fsq_theory.codebooks.codebook import Codebook
from fsq_theory.codebooks.files import load_codebook
from fsq_theory.codebooks.spec import codebook
from fsq_theory.denoiser.accuracy.certified import certified_error, certified_fsq_error
from fsq_theory.denoiser.accuracy.compare import accuracy_gap
from fsq_theory.denoiser.accuracy.converse.bound import dual_bound
from fsq_theory.denoiser.accuracy.converse.counted_product import CountedProduct, as_counted
from fsq_theory.denoiser.accuracy.converse.search import KNOTS, Found, find_density
from fsq_theory.denoiser.accuracy.converse.step_density import step_density
from fsq_theory.errors import InputError

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.csv"
PAGE = FOLDER.parents[1] / "docs" / "near_optimality.md"
BEGIN, END = "<!-- table: made by experiments/near_optimality/table.py -->", "<!-- end of table -->"

SEED, SAMPLES, FEWER = 2, 2**17, 2**14
"""Of the samples that judge what was found, fewer of thousands of tokens; search.py's are others."""

CELL = 0.04
"""Width of the cells of q, about."""

UNIT = 1e-5
"""Bounds are rounded up to a multiple of this."""

NORMAL = 1.959964

COLUMNS = ("levels", "r", "fsq", "found", "low", "high", "judged", "from", "upper", "density")


def row(levels: tuple[int, ...], r: str) -> dict[str, str]:
    """One row: accuracies to 6 decimals; low and high enclose what was found, or are its 95 % interval."""
    at = Fraction(r)
    fsq = 1 - float(certified_fsq_error(levels, at).upper)
    found, low, high, judged, origin = fsq, fsq, fsq, "closed form", "FSQ"
    better = kept(levels, r)
    if better is not None and better.n == 2:
        error = certified_error(better, at)
        low, high, judged = 1 - float(error.upper), 1 - float(error.lower), "enclosed"
        found, origin = (low + high) / 2, better.name
    elif better is not None:
        samples = SAMPLES if better.K <= MANY else FEWER
        gap = accuracy_gap(better, codebook(spec(levels)), float(at), samples=samples, seed=SEED)
        if gap.value > NORMAL * gap.stderr:
            found, judged, origin = fsq + gap.value, f"{gap.samples} samples, seed {gap.seed}", better.name
            low, high = found - NORMAL * gap.stderr, found + NORMAL * gap.stderr
    density, source = function_at(levels, at)
    upper = dual_bound(density, len(levels), math.prod(levels)).value
    numbers = {"fsq": fsq, "found": found, "low": low, "high": high}
    return {
        "levels": "x".join(map(str, levels)),
        "r": r,
        **{name: f"{value:.6f}" for name, value in numbers.items()},
        "judged": judged,
        "from": origin,
        "upper": f"{min(math.ceil(upper / UNIT + 0.5) * UNIT, 1):.5f}",
        "density": source,
    }


def kept(levels: tuple[int, ...], r: str) -> Codebook | None:
    """What search.py kept, or of thousands of tokens and unequal levels the staggered grid; named by its origin."""
    file = file_of(levels, r)
    if file.exists():
        found = load_codebook(file)
        if found.points.shape != (math.prod(levels), len(levels)) or found.linf > 1:
            raise InputError(f"{file}: expected {math.prod(levels)} codes in [-1, 1]^{len(levels)}")
        return found.renamed(file.read_text(encoding="utf-8").partition(", ")[2].partition("\n")[0])
    if math.prod(levels) > MANY and len(set(levels)) > 1:
        return codebook(f"{spec(levels)}+stagger:{STAGGER}").renamed(f"FSQ staggered by {STAGGER}")
    return None


def function_at(levels: tuple[int, ...], r: Fraction) -> tuple[CountedProduct, str]:
    """m of the dual bound, and where it is from: the certificate of these levels, or, beyond its range, descent."""
    cells = math.ceil(float(r) / CELL)
    for path in certificate_paths():
        certificate = read_certificate(path)
        if certificate["kind"] == "dual-bound" and each(certificate["levels"], certificate["n"]) == list(levels):
            break
    else:
        raise InputError(f"levels {list(levels)}: expected some of which there is a certificate")
    n, table = len(levels), function_table(certificate, len(levels))
    if table.rates[0] <= r <= table.rates[-1]:
        return table.at(r, r / cells), path.stem
    nearest = table.heights[0 if r < table.rates[0] else -1]
    heights = np.interp(np.linspace(0, 1, KNOTS), np.linspace(0, 1, len(nearest)), nearest)
    start = Found(heights, (0.0, 0.0), np.zeros(n + 1))
    centres = centres_looked_at(certificate["levels"], n, float(r))
    found = find_density(r, n, math.prod(levels), centres=centres, start=start)
    return as_counted(step_density(r, found.heights, float(r) + BEYOND, cells)), f"descent from {path.stem}"


def write(rows: Sequence[dict[str, str]]) -> None:
    """Write the results, and the table into the page."""
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(before + BEGIN + "\n" + markdown(rows) + END + after, encoding="utf-8")


def results() -> list[dict[str, str]]:
    """The rows that were written."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def markdown(rows: Sequence[dict[str, str]]) -> str:
    """The table of the page."""
    names = "levels", "r", "FSQ", "best found", "no codebook exceeds", "found − FSQ", "bound − FSQ"
    lines = [_line(names), "|" + "---|" * len(names)]
    for one in rows:
        fsq, found, low, high, upper = (float(one[name]) for name in ("fsq", "found", "low", "high", "upper"))
        best, gain = f"{found:.5f}", f"{found - fsq:.5f}"
        if one["from"] == "FSQ":
            best, gain = "FSQ", "0"
        elif one["judged"] != "enclosed":
            best, gain = f"{found:.5f} ± {(high - low) / 2:.5f}", f"{low - fsq:.5f} … {high - fsq:.5f}"
        levels = one["levels"].replace("x", " × ")
        lines.append(_line([levels, one["r"], f"{fsq:.5f}", best, f"{upper:.5f}", gain, f"{upper - fsq:.5f}"]))
    return "\n".join(lines) + "\n"


def _line(entries: Iterable[str]) -> str:
    return "| " + " | ".join(entries) + " |"


def main(names: Sequence[str]) -> None:
    """All rows again, or those of the levels given and the others as they are."""
    wanted = cases(names)
    known = {(one["levels"], one["r"]): one for one in results()} if RESULTS.exists() else {}
    rows = []
    for levels, rates in CASES.items():
        for r in rates:
            before = known.get(("x".join(map(str, levels)), r))
            rows.append(row(levels, r) if levels in wanted or before is None else before)
            print(*rows[-1].values(), file=sys.stderr, flush=True)
    write(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
