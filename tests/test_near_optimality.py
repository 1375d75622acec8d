"""The table FSQ | best found | certified upper bound: what is written is what comes out, and the search is a search."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import ndtr

from fsq_theory.certificates.files import certificate_paths, read_certificate
from fsq_theory.codebooks.array_codebook import ArrayCodebook
from fsq_theory.codebooks.files import load_codebook
from fsq_theory.denoiser.accuracy.accuracy import accuracy
from fsq_theory.denoiser.accuracy.converse.bound import dual_bound

FOLDER = Path(__file__).parents[1] / "experiments" / "near_optimality"
MODULES = "ascent", "search", "table"


@pytest.fixture(scope="module")
def modules():
    """The scripts, imported as they import each other."""
    sys.path.insert(0, str(FOLDER))
    yield {name: __import__(name) for name in MODULES}
    sys.path.remove(str(FOLDER))
    for name in MODULES:
        del sys.modules[name]


@pytest.fixture
def ascent(modules) -> ModuleType:
    return modules["ascent"]


@pytest.fixture
def search(modules) -> ModuleType:
    return modules["search"]


@pytest.fixture
def table(modules) -> ModuleType:
    return modules["table"]


def test_page_shows_the_results(table):
    text = table.PAGE.read_text(encoding="utf-8")
    assert text.split(table.BEGIN)[1].split(table.END)[0] == "\n" + table.markdown(table.results())


def test_results_are_for_the_cases_and_in_order(table, search):
    rows = table.results()
    cases = [("x".join(map(str, levels)), r) for levels, rates in search.CASES.items() for r in rates]
    assert [(row["levels"], row["r"]) for row in rows] == cases
    for row in rows:
        fsq, low, high, upper = (float(row[name]) for name in ("fsq", "low", "high", "upper"))
        assert fsq <= low <= high < upper <= 1
        levels = np.array([int(level) for level in row["levels"].split("x")])
        exact = np.prod(1 - 2 * (1 - 1 / levels) * ndtr(-float(row["r"]) / (levels - 1)))
        assert fsq == pytest.approx(exact, abs=1e-6)
    found = [(tuple(map(int, row["levels"].split("x"))), row["r"]) for row in rows if row["from"] != "FSQ"]
    files = {search.file_of(levels, r) for levels, r in found if np.prod(levels) <= search.MANY}
    assert files == set((FOLDER / "codebooks").iterdir())


def test_distances_on_the_page(table):
    lines = table.PAGE.read_text(encoding="utf-8").splitlines()
    (header,) = [line for line in lines if line.startswith("| levels | 4 × 4")]
    (row,) = [line for line in lines if line.startswith("| δ |")]
    names = [entry.strip() for entry in header.strip("|").split("|")[1:]]
    listed = dict(zip(names, [entry.strip() for entry in row.strip("|").split("|")[1:]], strict=True))
    carried = {}
    for path in certificate_paths():
        kept = read_certificate(path)
        if kept["kind"] == "dual-bound":
            levels = kept["levels"] if isinstance(kept["levels"], list) else [kept["levels"]] * kept["n"]
            if max(levels) > 3:
                carried[" × ".join(map(str, levels))] = kept["delta"]
    assert listed == carried


@pytest.mark.parametrize(("levels", "r"), [((8, 5), "12"), ((3, 3, 3), "3"), ((4, 2), "4")])
def test_a_row_again(table, levels, r):
    (written,) = [one for one in table.results() if (one["levels"], one["r"]) == ("x".join(map(str, levels)), r)]
    again = table.row(levels, r)
    for name in ("fsq", "found", "low", "high"):
        assert float(again[name]) == pytest.approx(float(written[name]), abs=1.5e-6)
    assert float(again["upper"]) == pytest.approx(float(written["upper"]), abs=1.5e-5)
    assert [again[name] for name in ("judged", "from", "density")] == [
        written[name] for name in ("judged", "from", "density")
    ]


def test_the_bound_by_quadrature(table):
    """(1/K) ∫m + the largest H(e) by the midpoint rule, over a grid of codes e, is just below what is certified."""
    product, _ = table.function_at((4, 2), Fraction(4))
    certified, density = dual_bound(product, 2, 8), product.density
    assert len(product.logs) == 1
    width = float(density.width)
    q = np.r_[density.values[::-1], density.values]
    y = (np.arange(len(q)) + 0.5) * width - len(density.values) * width
    line = [np.exp(-((y - 4 * e) ** 2) / 2) / np.sqrt(2 * np.pi) for e in np.linspace(0, 1, 11)]
    m = np.multiply.outer(q, q)
    largest = max(np.maximum(np.multiply.outer(a, b) - m, 0).sum() for i, a in enumerate(line) for b in line[i:])
    found = m.sum() * width**2 / 8 + largest * width**2
    assert found < certified.value < found + 2e-3


def test_other_levels_are_refused(table, search):
    for main in (table.main, search.main):
        for name in ("9,9", "abc"):
            with pytest.raises(SystemExit, match=r"expected some of 2,2 .* 8,5"):
                main([name])


def test_a_row_with_other_samples(table, monkeypatch):
    """Fewer samples of another seed agree within five standard errors of theirs."""
    (written,) = [one for one in table.results() if (one["levels"], one["r"]) == ("8x5x5x5", "12")]
    monkeypatch.setattr(table, "SEED", 7)
    monkeypatch.setattr(table, "SAMPLES", 4096)
    again = table.row((8, 5, 5, 5), "12")
    spread = (float(again["high"]) - float(again["low"])) / (2 * table.NORMAL)
    assert 0 < spread < 0.01
    assert abs(float(again["found"]) - float(written["found"])) < 5 * spread


def test_gradient_is_the_derivative(ascent):
    """(r/K) E[Z; k is decided] against differences of exact accuracies in the plane, within five standard errors."""
    rng = np.random.default_rng(0)
    codes, r, K, samples = rng.uniform(-1, 1, (5, 2)), 2.0, 5, 2**15
    noise = jax.random.normal(jax.random.key(0), (K, samples, 2))
    found = np.asarray(ascent.gradient(jnp.asarray(codes, noise.dtype), jnp.asarray(r, noise.dtype), noise))
    for k, i in ((0, 0), (2, 1), (4, 0)):
        step = np.zeros((5, 2))
        step[k, i] = 1e-4
        ahead, behind = (float(accuracy(ArrayCodebook(codes + sign * step), r).value) for sign in (1, -1))
        # Half the difference of a sample and its negative has at most the variance of one normal variable.
        assert abs(found[k, i] - (ahead - behind) / 2e-4) < 5 * r / K / np.sqrt(samples)


def test_ascent_finds_the_corners(ascent):
    start = np.random.default_rng(1).uniform(-1, 1, (4, 2))
    found = ascent.climb(start, 1.5, steps=300, samples=64, rate=0.1, seed=0)
    assert np.abs(found).max() <= 1
    assert float(accuracy(ArrayCodebook(found), 1.5).value) > float(ndtr(1.5)) ** 2 - 1e-3


def test_the_best_candidate_is_kept(search, tmp_path, monkeypatch, capsys):
    """With ascent that leaves codes where they are, staggering is what gains; of 3 × 3 nothing does."""
    monkeypatch.setattr(search, "FOLDER", tmp_path)
    monkeypatch.setattr(search, "climb", lambda codes, *_, **__: codes)
    monkeypatch.setattr(search, "CASES", {(4, 2): ("4",), (3, 3): ("3",)})
    search.main([])
    (file,) = tmp_path.iterdir()
    assert file.name == "4x2-r4.txt"
    assert "staggered" in file.read_text(encoding="utf-8").splitlines()[0]
    kept = load_codebook(file)
    assert kept.points.shape == (8, 2)
    assert float(accuracy(kept, 4.0).value) > float(accuracy("fsq:4,2", 4.0).value) + 0.06
    assert "fsq:3,3 r = 3" in capsys.readouterr().err
