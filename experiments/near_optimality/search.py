"""Look for codebooks that beat FSQ at the points of the table, and keep what does: python search.py [LEVELS …].

Candidates: the staggered grid (unequal levels), the origin in place of a corner (where it is no code), and what ascent
makes of each, of FSQ and of random codes in the box.  Which is the best is decided by one set of samples, or exactly
in the plane; how good it is by another (table.py).  Minutes a point for a thousand tokens, seconds for forty.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ascent import climb

from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.codebooks.codebook import Codebook
from fsq_theory.codebooks.spec import codebook
from fsq_theory.denoiser.accuracy.compare import accuracy_gap

FOLDER = Path(__file__).parent / "codebooks"

CASES: dict[tuple[int, ...], tuple[str, ...]] = {
    **{(2,) * n: ("1", "2", "3") for n in range(2, 9)},
    **{(3,) * n: ("2", "3", "4") for n in range(2, 6)},
    (5, 5): ("4", "6", "8"),
    (5, 5, 5): ("4", "6", "8"),
    (4, 2): ("2", "4", "6"),
    (8, 5): ("4", "8", "12", "16"),
    (8, 6, 5): ("8", "12"),
    (8, 5, 5, 5): ("4", "6", "8", "12"),
    (7, 5, 5, 5, 5): ("8", "10"),
    (8, 8, 8, 6, 5): ("8", "12"),
    (8, 8, 8, 5, 5, 5): ("8", "12"),
    (3,) * 8: ("2", "3", "4"),
}
"""Levels, and the r at which they are looked at."""

SEED, SAMPLES = 1, 2**16
"""Of the samples that choose among candidates."""

FEW, SOME, MANY = 100, 300, 2000
"""Tokens up to which ascent is long, begins at random codes too, and there is any search."""

STAGGER = 0.5

JITTER = 0.02
"""What codes are moved by before ascent, which would else stay at a critical point."""

CLEARLY, LEAST = 4.0, 1e-6
"""Standard errors, and accuracy, by which a codebook has to beat FSQ to be kept."""


@dataclass(frozen=True)
class Found:
    """A codebook, and the words for where it comes from."""

    how: str
    codes: np.ndarray


def best(levels: tuple[int, ...], r: float) -> Found | None:
    """The best candidate, or None where none clearly beats FSQ."""
    plain = codebook(spec(levels))
    chosen, most = None, 0.0
    for found in candidates(levels, r):
        gap = accuracy_gap(ArrayCodebook(found.codes), plain, r, samples=SAMPLES, seed=SEED)
        print(f"{spec(levels)} r = {r:g} {found.how}: {gap.value:+.5f} ± {gap.stderr:.5f}", file=sys.stderr, flush=True)
        if gap.value > max(most, LEAST, CLEARLY * gap.stderr):
            chosen, most = found, gap.value
    return chosen


def candidates(levels: tuple[int, ...], r: float) -> Iterator[Found]:
    """Codebooks of this size in the box, rounded as they are kept."""
    plain = codebook(spec(levels))
    rng = np.random.default_rng(SEED)
    starts = [("FSQ", plain)]
    if len(set(levels)) > 1:
        starts.append((f"FSQ staggered by {STAGGER}", codebook(f"{spec(levels)}+stagger:{STAGGER}")))
    if plain.K <= SOME and any(level % 2 == 0 for level in levels):
        starts.append(("FSQ with the origin for a corner", codebook(f"{spec(levels)}+swap-origin")))
    for how, start in starts[1:]:
        yield Found(how, np.array(start.points))
    random = 3 if plain.K <= FEW else 1 if plain.K <= SOME else 0
    starts += [("random codes", ArrayCodebook(rng.uniform(-1, 1, (plain.K, plain.n)))) for _ in range(random)]
    for how, start in starts:
        yield Found(f"ascent from {how}", ascended(start, r, rng))


def ascended(start: Codebook, r: float, rng: np.random.Generator) -> np.ndarray:
    """Codes after ascent, to three decimals: steps as large as a tenth of the spacing of a grid at first."""
    K, n = start.K, start.n
    codes = np.clip(start.points + JITTER * rng.standard_normal((K, n)), -1, 1)
    steps, samples = (3000, 256) if K <= FEW else (600, 128) if K <= SOME else (500, 64)
    moved = climb(codes, r, steps=steps, samples=samples, rate=0.2 / K ** (1 / n), seed=SEED)
    return np.round(moved, 3)


def spec(levels: tuple[int, ...]) -> str:
    """The spec of FSQ."""
    return "fsq:" + ",".join(map(str, levels))


def file_of(levels: tuple[int, ...], r: str) -> Path:
    """Where the best codebook found is kept."""
    return FOLDER / f"{'x'.join(map(str, levels))}-r{r}.txt"


def keep(levels: tuple[int, ...], r: str, found: Found) -> None:
    """Write a codebook as text that ``fsq-theory accuracy file:…`` reads."""
    lines = [" ".join(f"{value:.3f}" for value in row) for row in found.codes]
    head = f"# {math.prod(levels)} codes for r = {r}, {found.how}"
    file_of(levels, r).write_text("\n".join([head, *lines, ""]), encoding="utf-8")


def cases(names: Sequence[str]) -> list[tuple[int, ...]]:
    """The levels that arguments such as 8,5 stand for; all for none."""
    known = {spec(levels).removeprefix("fsq:"): levels for levels in CASES}
    if not set(names) <= set(known):
        raise SystemExit(f"levels {' '.join(names)}: expected some of {' '.join(known)}")
    return [known[name] for name in names or known]


def main(names: Sequence[str]) -> None:
    """Search at the points of the levels given, or of all."""
    for levels in cases(names):
        for r in CASES[levels] if math.prod(levels) <= MANY else ():
            found = best(levels, float(r))
            file_of(levels, r).unlink(missing_ok=True)
            if found is not None:
                keep(levels, r, found)


if __name__ == "__main__":
    main(sys.argv[1:])
