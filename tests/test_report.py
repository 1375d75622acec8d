"""The report: readings and sentences computed from a known table, the page as a whole, and nothing half-written."""

from __future__ import annotations

import base64
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest
from comparison import DECLARED, table

from fsq_theory.cli.main import main
from fsq_theory.codebooks.spec import codebook
from fsq_theory.content import content_file
from fsq_theory.errors import InputError
from fsq_theory.report import measure as measurements
from fsq_theory.report.atomic import staged
from fsq_theory.report.declaration import Declaration, Entry, read_declaration
from fsq_theory.report.figures import save_figures
from fsq_theory.report.findings import findings
from fsq_theory.report.measure import measure
from fsq_theory.report.needed import crossing, needed_snr
from fsq_theory.report.page import render_page


@pytest.fixture(scope="module")
def measured() -> pl.DataFrame:
    return table()


class Page(HTMLParser):
    """Collects images, links and text, and checks that every element is closed."""

    VOID = ("meta", "img", "br", "link")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.outside: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "img":
            self.images.append(dict(attrs))
        self.outside += [
            value or "" for name, value in attrs if name in ("href", "src") and "data:" not in (value or "")
        ]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def check_self_contained(text: str, images: int) -> Page:
    page = Page(text)
    assert page.open == []
    assert page.outside == []
    assert "url(" not in text
    assert "@import" not in text
    assert "<script" not in text
    assert len(page.images) == images
    for image in page.images:
        source = image["src"] or ""
        assert source.startswith("data:image/svg+xml;base64,")
        picture = base64.b64decode(source.partition(",")[2])
        assert picture.startswith(b"<?xml")
        assert b"</svg>" in picture[-20:]
        assert image["alt"]
    return page


def test_crossing_reads_a_normal_curve_exactly() -> None:
    normal = NormalDist()
    curve = [normal.cdf(x) for x in (-2.0, -1.0, 0.0, 1.0, 2.0)]
    grid = [10.0, 20.0, 30.0, 40.0, 50.0]
    assert crossing(grid, curve, normal.cdf(0.25)) == pytest.approx(32.5, abs=1e-9)
    assert crossing(grid, curve, 0.001) == 10.0
    assert crossing(grid, curve, 0.999) == math.inf


def test_needed_snr_agrees_with_the_closed_form(measured: pl.DataFrame) -> None:
    found = {(item.label, item.constraint): item for item in needed_snr(measured, 0.9)}
    # Φ(r s)^n = 0.9, and a grid with steps of 2 dB.
    for label, n, scale in (("Alpha", 8, 1.0), ("Gamma & <b>", 4, 2.0)):
        exact = 20 * math.log10(NormalDist().inv_cdf(0.9 ** (1 / n)) / scale)
        item = found[label, "as used"]
        assert item.snr_db == pytest.approx(exact, abs=0.01)
        assert item.lower == item.snr_db == item.upper
    beta = found["Beta", "as used"]
    assert beta.lower < beta.snr_db < beta.upper


def test_findings_compare_like_with_like_first(measured: pl.DataFrame) -> None:
    said = findings(measured, DECLARED)
    assert said[0].startswith("Same number of tokens (256), same dimension (8), equal energy: only the shape differs.")
    assert "Alpha" in said[0]
    assert "Beta" in said[0]
    assert "Gamma" not in said[0]
    assert "For 50% accuracy" in said[0]
    assert "shape and scale differ (energy a token: Alpha 8, Beta 2; largest coordinate: Alpha 1, Beta 0.5)" in said[2]
    gap = re.search(r"\((\d+\.\d\d) dB more\)", said[0])
    assert gap is not None
    assert float(gap[1]) == pytest.approx(20 * math.log10(2), abs=0.02)
    assert any(sentence.startswith("As used, where K, n and the energy differ as well") for sentence in said)
    assert "Accuracies of Beta are Monte Carlo estimates from at most 100 draws" in said[-1]
    assert "standard error of at most 0.01" in said[-1]


def test_findings_do_not_claim_what_noise_allows(measured: pl.DataFrame) -> None:
    same = measured.filter(pl.col("label") != "Alpha")
    blurred = same.with_columns(K=pl.lit(256), n=pl.lit(8), lower=pl.col("value") - 0.4, upper=pl.col("value") + 0.4)
    assert "no difference resolved" in findings(blurred, DECLARED)[0]


def test_every_number_of_the_page_follows_the_table(measured: pl.DataFrame, tmp_path: Path) -> None:
    figures = save_figures(DECLARED.figures, measured, tmp_path)
    settings = {"command": "run", "declaration": "x.toml", "quick": False, "seed": 3, "seconds": 1.0}
    page = check_self_contained(render_page(measured, DECLARED, figures, **settings), 1)
    assert "Gamma & <b>" in page.text
    changed = measured.with_columns(
        value=pl.when(pl.col("metric").str.starts_with("path_kl_max")).then(12345.0).otherwise(pl.col("value"))
    )
    assert "1.234e+04" not in page.text
    assert "1.234e+04" in Page(render_page(changed, DECLARED, figures, **settings)).text


def test_the_report_is_written_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "report"
    assert main(["report", "-o", str(folder), "--quick", "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    declared = read_declaration(content_file("experiments", "tokenizers.toml"), quick=True)
    rows = json.loads(out)
    assert len(rows) == len(declared.entries) * len(declared.constraints)
    text = (folder / "index.html").read_text(encoding="utf-8")
    page = check_self_contained(text, len(declared.figures))
    for entry in declared.entries:
        assert entry.label in page.text
        assert entry.spec in page.text
    assert not re.search(r"\b(nan|None|null|undefined)\b", page.text)
    for name in declared.figures:
        for ending in ("svg", "pdf", "png", "csv"):
            assert (folder / "figures" / f"{name}.{ending}").stat().st_size > 500
    results = pl.read_parquet(folder / "results.parquet")
    stable = [
        "codebook",
        "K",
        "n",
        "r",
        "metric",
        "value",
        "stderr",
        "lower",
        "upper",
        "method",
        "samples",
        "seed",
        "seconds",
    ]
    assert results.columns[: len(stable)] == stable
    assert results["value"].is_nan().any() is False
    assert results["value"].null_count() == 0
    bounded = results.filter(pl.col("lower").is_not_null())
    assert bounded.filter((pl.col("lower") > pl.col("value")) | (pl.col("value") > pl.col("upper"))).is_empty()
    assert results.height == pl.read_csv(folder / "results.csv", infer_schema_length=None).height
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
    # A check that shares no code with the report: {-1, 0, 1}^8, whose accuracy is [(4Φ(r/2) − 1)/3]^8.
    levels = results.filter((pl.col("codebook") == "cosyvoice2") & (pl.col("metric") == "accuracy"))
    assert levels.height > 60
    for r, value in levels.select("r", "value").rows():
        assert value == pytest.approx(((2 * math.erfc(-r / 2 / math.sqrt(2)) - 1) / 3) ** 8, rel=1e-11)


def test_the_declared_sphere_is_what_its_text_says() -> None:
    declared = read_declaration(content_file("experiments", "tokenizers.toml"))
    (entry,) = (entry for entry in declared.entries if entry.label == "Sphere")
    assert "6561 of the 6720 vectors of E8's third shell" in entry.about
    doubled = 2 * math.sqrt(6) * codebook(entry.spec).points
    whole = np.rint(doubled).astype(int)
    assert np.abs(doubled - whole).max() < 1e-12
    # E8: all coordinates integers, or all halves of odd ones, with an even sum.
    assert np.all((whole % 2 == 0).all(axis=1) | (whole % 2 == 1).all(axis=1))
    assert np.all(whole.sum(axis=1) % 4 == 0)


def test_measurements_do_not_depend_on_the_number_of_workers() -> None:
    declared = replace(
        read_declaration(content_file("experiments", "tokenizers.toml")),
        entries=(Entry("Random", "random:K=20,n=3", "", every=25, slow=True), Entry("Bits", "bits:3", "")),
        samples=200,
    )
    alone, together = (measure(declared, 5, lambda text: None, workers=workers) for workers in (1, 2))
    assert alone.drop("seconds").equals(together.drop("seconds"))
    estimated = alone.filter(pl.col("method") == "monte-carlo")
    assert set(estimated["label"]) == {"Random"}
    assert set(estimated["seed"]) == {5}
    assert estimated.filter(pl.col("metric").is_in(["accuracy", "error"]))["stderr"].null_count() == 0
    # Under equal energy only the scale differs: the same accuracy at r/√energy.
    grid = alone.filter((pl.col("label") == "Bits") & (pl.col("metric") == "accuracy") & pl.col("snr_db").is_not_null())
    for constraint, scale in (
        ("as defined", 1.0),
        ("equal largest coordinate", 1.0),
        ("equal energy", 1 / math.sqrt(3)),
    ):
        for r, value in grid.filter(pl.col("constraint") == constraint).select("r", "value").rows():
            assert value == pytest.approx((0.5 * math.erfc(-r * scale / math.sqrt(2))) ** 3, rel=1e-12)


def test_a_report_that_is_interrupted_keeps_the_codebooks_that_were_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = measurements.measure_entry

    def first_then_interrupt(task: tuple[Declaration, int, int]) -> tuple[int, list[measurements.Row], float]:
        if task[1] >= finished:
            raise KeyboardInterrupt
        return real(task)

    monkeypatch.setattr(measurements, "measure_entry", first_then_interrupt)
    monkeypatch.setattr(measurements, "available_processors", lambda: 1)
    finished = 0
    assert main(["report", "--quick", "-o", str(tmp_path / "new")]) == 130
    assert capsys.readouterr() == ("", "fsq-theory: error: interrupted: nothing was written\n")
    assert not (tmp_path / "new").exists()
    finished = 2
    (tmp_path / "results.csv").write_text("old")
    assert main(["report", "--quick", "-o", str(tmp_path)]) == 130
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"interrupted: the finished codebooks' numbers are in {tmp_path / 'results-partial.csv'}" in err
    assert set(pl.read_csv(tmp_path / "results-partial.csv")["label"]) == {"CosyVoice 2", "X-codec2"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results-partial.csv", "results.csv"]


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("old")

    def fail(folder: Path) -> None:
        with staged(folder) as stage:
            (stage / "index.html").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    assert (tmp_path / "index.html").read_text() == "old"
    with pytest.raises(RuntimeError):
        fail(tmp_path / "fresh")
    assert not (tmp_path / "fresh").exists()


def test_success_replaces_and_keeps_neighbours(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    with staged(tmp_path) as stage:
        (stage / "figures").mkdir()
        (stage / "figures" / "a.svg").write_text("a")
        (stage / "index.html").write_text("new")
    found = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"index.html": "new", "notes.txt": "mine", "figures/a.svg": "a"}


DECLARATION = """
name = "x"
question = "?"
figures = []
codebook = [{ label = "a", spec = "fsq:3", about = "" }]
constraint = [{ name = "c", normalize = "", fixed = "", snr_db = [0, 1, 2, 3] }]
accuracy = { samples = 1, levels = [0.5] }
path_kl = { schedule = "flow", eps = 0.1 }
time = { schedule = "flow", t = { start = 0, stop = 1, num = 5 } }
quick = { num = 2 }
"""


def test_declarations_are_read_and_thinned(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(DECLARATION)
    assert read_declaration(path).t == (0, 0.25, 0.5, 0.75, 1)
    assert read_declaration(path, quick=True).t == (0, 1)
    assert read_declaration(path, quick=True).constraints[0].snr_db == (0, 3)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('question = "?"', "", "x.toml: no entry 'question'"),
        ('label = "a", ', "", "x.toml: .*label"),
        ('about = ""', 'about = "", colour = "red"', "x.toml: .*colour"),
        ("num = 5", "num = 1", "grid of 1 values: expected at least 2"),
        ("figures = []", "figures =", "x.toml is not TOML"),
        (' "" }]', ' "" }, { label = "a", spec = "fsq:5", about = "" }]', "two entries .*codebook.* are called 'a'"),
        ("[0, 1, 2, 3] }", '[0] }, { name = "c", normalize = "rms", fixed = "", snr_db = [0] }', "called 'c'"),
        ('codebook = [{ label = "a", spec = "fsq:3", about = "" }]', "codebook = []", "no entry .*codebook"),
        ("start = 0", 'start = "a"', "x.toml: could not convert"),
    ],
)
def test_bad_declarations_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(DECLARATION.replace(old, new))
    with pytest.raises(InputError, match=message):
        read_declaration(path)
