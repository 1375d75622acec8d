"""Figures: what is plotted is what the table says; a codebook looks the same everywhere, and unlike the others."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from comparison import CODEBOOKS, GRID, accuracy, table
from matplotlib.backends.backend_agg import FigureCanvasAgg

from fsq_theory.content import content_file, content_folder, load_module, modules_in
from fsq_theory.errors import InputError
from fsq_theory.report.figures import save_figures

NAMES = modules_in(content_folder("figures"))


def module(name: str) -> Any:
    return load_module(content_file("figures", f"{name}.py"))


@pytest.fixture(scope="module")
def measured() -> pl.DataFrame:
    return table()


def test_there_are_figures() -> None:
    assert {"accuracy_by_snr", "accuracy_by_time", "error_by_snr", "path_kl"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_written_with_its_numbers(name: str, measured: pl.DataFrame, tmp_path: Path) -> None:
    (saved,) = save_figures([name], measured, tmp_path)
    assert saved.svg.read_text().startswith("<?xml")
    assert saved.png.read_bytes().startswith(b"\x89PNG\r\n")
    assert saved.svg.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    numbers = pl.read_csv(saved.csv)
    assert numbers.height > 0
    assert set(numbers["label"]) == {label for label, *_ in CODEBOOKS}
    assert saved.title
    assert saved.about


@pytest.mark.parametrize("name", NAMES)
def test_the_same_table_gives_the_same_bytes(name: str, measured: pl.DataFrame, tmp_path: Path) -> None:
    first, second = (save_figures([name], measured, tmp_path / part)[0] for part in ("a", "b"))
    assert first.svg.read_bytes() == second.svg.read_bytes()
    assert first.png.read_bytes() == second.png.read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_outside_the_figure_or_on_other_text(name: str, measured: pl.DataFrame) -> None:
    drawn = module(name).figure(module(name).plotted(measured))
    canvas = FigureCanvasAgg(drawn)
    canvas.draw()
    renderer = canvas.get_renderer()
    width, height = canvas.get_width_height()
    boxes = []
    for axes in drawn.axes:
        texts = [axes.xaxis.label, axes.yaxis.label, axes._left_title]
        texts += [label for label in (*axes.get_xticklabels(), *axes.get_yticklabels()) if label.get_visible()]
        limits = axes.get_xlim(), axes.get_ylim()
        for text in texts:
            x, y = text.get_position()
            if text in axes.get_xticklabels() and not min(limits[0]) <= x <= max(limits[0]):
                continue
            if text in axes.get_yticklabels() and not min(limits[1]) <= y <= max(limits[1]):
                continue
            if text.get_text():
                boxes.append((text.get_text(), text.get_window_extent(renderer)))
    boxes += [(text.get_text(), text.get_window_extent(renderer)) for text in drawn.legends[0].get_texts()]
    assert len(boxes) > 10
    for text, box in boxes:
        assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= 0, text
    overlaps = [(a, b) for i, (a, one) in enumerate(boxes) for b, two in boxes[i + 1 :] if one.overlaps(two)]
    assert overlaps == []


def test_the_plotted_numbers_are_those_of_the_table(measured: pl.DataFrame) -> None:
    data = module("accuracy_by_snr").plotted(measured)
    alpha = data.filter((pl.col("label") == "Alpha") & (pl.col("constraint") == "as used")).sort("snr_db")
    assert alpha["snr_db"].to_list() == list(GRID)
    assert alpha["value"].to_list() == pytest.approx([accuracy(10 ** (x / 20), 8, 1.0) for x in GRID], rel=1e-14)
    drawn = module("accuracy_by_snr").figure(data)
    line = next(line for line in drawn.axes[0].lines if line.get_label().startswith("Alpha"))
    assert list(line.get_ydata()) == alpha["value"].to_list()


def test_errors_are_plotted_as_powers_of_ten(measured: pl.DataFrame) -> None:
    data = module("error_by_snr").plotted(measured)
    row = data.filter((pl.col("label") == "Alpha") & (pl.col("constraint") == "as used") & (pl.col("snr_db") == 10))
    assert row["log10_error"][0] == pytest.approx(math.log10(1 - accuracy(10**0.5, 8, 1.0)), rel=1e-12)
    assert data["log10_error"].is_finite().all()


def test_a_codebook_looks_the_same_in_every_figure_and_unlike_the_others(measured: pl.DataFrame) -> None:
    looks: dict[str, set[tuple[Any, ...]]] = {}
    for name in ("accuracy_by_snr", "error_by_snr", "accuracy_by_time"):
        only_two = measured.filter(pl.col("label") != "Alpha") if name == "accuracy_by_time" else measured
        drawn = module(name).figure(module(name).plotted(only_two))
        for axes in drawn.axes:
            for line in axes.lines:
                look = (line.get_color(), line.get_marker(), str(line._dash_pattern))
                looks.setdefault(line.get_label().split(" (")[0], set()).add(look)
    assert all(len(found) == 1 for found in looks.values())
    assert len(set.union(*looks.values())) == len(CODEBOOKS)


def test_colours_differ_in_lightness_or_in_marker_and_dashes() -> None:
    style = load_module(content_file("figures", "_style.py"))
    looks = [style.look(order) for order in range(len(style.COLOURS))]
    for key in ("color", "marker", "linestyle"):
        assert len({str(look[key]) for look in looks}) == len(looks)


def test_an_unknown_figure_is_named(measured: pl.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no figure 'pie': figures/ holds accuracy_by_snr"):
        save_figures(["pie"], measured, tmp_path)
