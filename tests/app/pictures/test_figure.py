"""Figures: the size asked for, text as text, vector marks, and the same colours as on a screen."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

from neurofm import registry
from neurofm.app.pictures import figure
from neurofm.app.pictures.scene import Axis, Column, Image, Line, Points, Scene, Spans, Table, Viewport
from neurofm.errors import DataError

SVG = "{http://www.w3.org/2000/svg}"
RED, BLUE = np.array([[213, 94, 0, 255], [0, 114, 178, 255]], np.uint8)


@pytest.fixture
def scene() -> Scene:
    """Every kind of mark of a plot."""
    rng = np.random.default_rng(0)
    x = np.linspace(0, 10, 50)
    marks = (
        Spans(np.array([[2.0, 3.0], [4.0, 7.0]]), np.array([86, 180, 233, 60], np.uint8), "held out"),
        Image(rng.integers(0, 255, (20, 30, 4), np.uint8), (0.0, 5.0), (0.0, 2.0)),
        Line(x, np.where(x > 5, np.nan, 5 + np.sin(x)), BLUE, name="rate"),
        Points("unit", np.arange(7), rng.uniform(0, 10, (7, 2)), np.tile(RED, (7, 1)), 8.0, BLUE),
    )
    legend = (("CA1 & CA3", RED), ("rate", BLUE))
    bar = (0.0, 4.0, "depth", np.tile(RED, (256, 1)))
    axes = Axis("Time", "s", (0.0, 10.0)), Axis("Rate", "Hz", (0.0, 10.0))
    return Scene("Cost of $5 and $6", marks, *axes, cursor=6.0, legend=legend, scale=bar, note="7 units")


def texts(path: Path) -> list[str]:
    return ["".join(t.itertext()).strip() for t in ET.parse(path).iter(f"{SVG}text")]


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Pictures.open(io.BytesIO(data)).convert("RGB"))


def has(picture: np.ndarray, color: Any, near: int = 3) -> bool:
    return bool((np.abs(picture.astype(int) - np.asarray(color)[:3].astype(int)).max(-1) <= near).any())


@pytest.mark.parametrize(("width", "height"), [(85, 60), (174.5, 120), (40, 40)])
def test_an_svg_is_as_large_as_asked(scene, tmp_path, width, height):
    root = ET.parse(figure.save(scene, tmp_path / "a.svg", width_mm=width, height_mm=height)).getroot()
    sizes = [float(root.get(key, "").removesuffix("pt")) / 72 * 25.4 for key in ("width", "height")]
    assert sizes == pytest.approx([width, height], abs=1e-4)


@pytest.mark.parametrize(("width", "height"), [(85, 60), (174.5, 120)])
def test_a_pdf_is_as_large_as_asked(scene, tmp_path, width, height):
    data = figure.save(scene, tmp_path / "a.pdf", width_mm=width, height_mm=height).read_bytes()
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", data)
    assert box
    assert [float(v) / 72 * 25.4 for v in box.groups()] == pytest.approx([width, height], abs=1e-3)


@pytest.mark.parametrize("dpi", [72, 300, 333, 600])
def test_a_png_has_the_pixels_and_the_dpi_asked_for(scene, tmp_path, dpi):
    with Pictures.open(figure.save(scene, tmp_path / "a.png", width_mm=85, height_mm=60, dpi=dpi)) as picture:
        assert picture.size == (round(85 / 25.4 * dpi), round(60 / 25.4 * dpi))
        assert picture.info["dpi"] == pytest.approx((dpi, dpi), rel=1e-3)


def test_words_stay_words_of_the_size_asked_for(scene, tmp_path):
    path = figure.save(scene, tmp_path / "a.svg", font_pt=6.5)
    assert {"Cost of $5 and $6", "Time (s)", "Rate (Hz)", "CA1 & CA3", "depth"} <= set(texts(path))
    styles = " ".join(t.get("style", "") for t in ET.parse(path).iter(f"{SVG}text"))
    assert set(re.findall(r"([\d.]+)px", styles)) == {"6.5"}


def test_words_of_a_pdf_are_in_a_font_that_can_be_edited(scene, tmp_path):
    data = figure.save(scene, tmp_path / "a.pdf").read_bytes()
    assert b"/Type0" in data.replace(b" ", b"") or b"/CIDFontType2" in data
    assert b"/Type3" not in data.replace(b" ", b"")


@pytest.mark.parametrize("dpi", [100, 200, 400])
def test_few_marks_are_vector_and_images_are_as_fine_as_asked(scene, tmp_path, dpi):
    root = ET.parse(figure.save(scene, tmp_path / "a.svg", dpi=dpi)).getroot()
    image = next(root.iter(f"{SVG}image"))
    data = re.sub(r"\s", "", image.get("{http://www.w3.org/1999/xlink}href", "").partition(",")[2])
    inches = float(image.get("width", "")) / 72  # of half the axes
    assert Pictures.open(io.BytesIO(base64.b64decode(data))).size[0] == pytest.approx(dpi * inches, rel=0.02)
    group = next(g for g in root.iter(f"{SVG}g") if g.get("id") == "PathCollection_1")
    assert len(list(group.iter(f"{SVG}use"))) == 7


def test_many_marks_in_a_pdf_cost_no_more_than_their_picture(tmp_path):
    rgba = np.random.default_rng(0).integers(0, 255, (2000, 2000, 4), np.uint8)
    scene = Scene("", (Image(rgba, (0.0, 1.0), (0.0, 1.0)),))
    data = figure.save(scene, tmp_path / "a.pdf", dpi=100).read_bytes()
    assert data.count(b"/Subtype /Image") in (1, 2)  # colours, and their mask
    assert len(data) < 4 * (85 / 25.4 * 100) * (60 / 25.4 * 100) + 60_000


@pytest.mark.parametrize(("dark", "ground"), [(False, (255, 255, 255)), (True, (38, 41, 48))])
def test_marks_have_the_colours_of_the_screen_on_the_paper_asked_for(scene, dark, ground):
    picture = pixels(figure.png(scene, 640, 480, dark=dark))
    assert picture.shape == (480, 640, 3)
    assert tuple(picture[-1, -1]) == ground
    assert has(picture, RED)
    assert has(picture, BLUE)


def test_a_picture_with_a_pick_shows_it(session):
    spec = registry.get("neurofm.app.views", "latent")
    before = figure.png(spec.scene(spec.state(), session, Viewport(dark=False)))
    session.selection.pick("unit", [0, 1])
    after = figure.png(spec.scene(spec.state(), session, Viewport(dark=False)))
    assert not np.array_equal(pixels(before), pixels(after))


def test_the_line_on_what_is_drawn_stands_below_pictures_not_on_paper(scene, tmp_path):
    assert not any("7 units" in words for words in texts(figure.save(scene, tmp_path / "a.svg")))
    with_note, without = (pixels(figure.png(s)) for s in (scene, replace(scene, note="")))
    assert not np.array_equal(with_note, without)


@pytest.mark.parametrize(("count", "least", "most"), [(60, 5, 20), (5, 5, 5)])
def test_named_ticks_that_would_run_into_each_other_are_thinned_evenly(tmp_path, count, least, most):
    names = tuple((k + 0.5, f"unit {k}") for k in range(count))
    scene = Scene("", y=Axis("Unit", "", (0.0, float(count)), names))
    shown = [int(t.split()[1]) for t in texts(figure.save(scene, tmp_path / "a.svg")) if t.startswith("unit")]
    assert least <= len(shown) <= most
    assert len(set(np.diff(sorted(shown)).tolist())) == 1


@pytest.mark.parametrize(
    ("ranges", "ticks"),
    [
        (None, {"0", "5", "10"}),
        (((2.0, 2.5), None), {"2.2", "0", "5", "10"}),  # the other axis as before
    ],
    ids=["whole", "part"],
)
def test_ranges_cut_the_picture(scene, tmp_path, ranges, ticks):
    shown = texts(figure.save(scene, tmp_path / "a.svg", ranges=ranges))
    assert ticks <= set(shown)
    assert ("2.2" in shown) == (ranges is not None)


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_the_same_scene_gives_the_same_file(scene, tmp_path, suffix):
    a, b = (figure.save(scene, tmp_path / f"{name}.{suffix}").read_bytes() for name in "ab")
    assert a == b


@pytest.mark.parametrize("name", ["raster", "latent", "trace", "tuning"])
@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_every_view_is_written(session, tmp_path, name, suffix):
    spec = registry.get("neurofm.app.views", name)
    session.selection.pick("unit", [1, 2])
    path = figure.render(spec, spec.state(), session, tmp_path / f"{name}.{suffix}")
    assert path.stat().st_size > 2_000
    assert list(tmp_path.iterdir()) == [path]


def test_a_view_is_asked_for_as_many_pixels_as_its_axes_have(session, tmp_path):
    spec = registry.get("neurofm.app.views", "raster")
    asked: list[Viewport] = []

    def scene(state: Any, session: Any, viewport: Viewport) -> Scene:
        asked.append(viewport)
        return spec.scene(state, session, viewport)

    options: dict[str, Any] = {"dpi": 300, "ranges": ((101.0, 103.0), None)}
    figure.render(replace(spec, scene=scene), spec.state(), session, tmp_path / "a.png", **options)
    last = asked[-1]
    assert last.x == (101.0, 103.0)
    assert 0.6 * 1004 < last.width < 1004
    assert 0.6 * 709 < last.height < 709
    assert not last.dark


def test_a_table_shows_the_rows_that_fit_with_their_headings(tmp_path):
    count = 200
    columns = (
        Column("unit", tuple(f"rat/u{k}" for k in range(count)), color=np.tile(RED, (count, 1))),
        Column("rate", tuple(f"{k}.5" for k in range(count)), bars=np.linspace(0, 1, count)),
    )
    table = Table("unit", np.arange(count), columns, np.arange(count) == 1, total=count, sorted_by="rate")
    words = texts(figure.save(Scene("Units", (table,)), tmp_path / "a.svg"))
    rows = [t for t in words if t.startswith("rat/")]
    assert rows == [f"rat/u{k}" for k in range(len(rows))]
    assert 8 <= len(rows) <= 17
    assert {"unit", "rate ▲", "0.5", f"Units · {len(rows)} of 200 rows"} <= set(words)


def test_cells_that_are_too_long_are_cut_the_widest_first(tmp_path):
    columns = [Column(f"c{k}", ("word " * 12,)) for k in range(5)] + [Column("short", ("7.25",))]
    table = Table("unit", np.arange(1), tuple(columns), np.zeros(1, bool), total=1)
    words = texts(figure.save(Scene("Units", (table,)), tmp_path / "a.svg"))
    assert "7.25" in words
    cut = [t for t in words if t.startswith("word")]
    assert len(cut) == 5
    assert all(t.endswith("…") and len(t) < 30 for t in cut)


def test_a_view_of_space_from_a_side_has_no_axes(tmp_path):
    scene = Scene("Latent space", x=Axis("", "", (-3.0, 3.0)), y=Axis("", "", (-3.0, 3.0)), equal=True)
    assert texts(figure.save(scene, tmp_path / "a.svg")) == ["Latent space"]


def test_an_empty_view_is_a_sentence_on_a_picture_and_refused_on_paper(tmp_path):
    empty = Scene("Latent space", message="Train a model to see the units in its latent space", action="train")
    assert len(figure.png(empty)) > 1_000
    with pytest.raises(ValueError, match="nothing to draw in Latent space: train a model"):
        figure.save(empty, tmp_path / "a.svg")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"width_mm": 0}, "width_mm must be 10 to 2000, got 0"),
        ({"height_mm": float("nan")}, "height_mm must be"),
        ({"font_pt": -7}, "font_pt must be"),
        ({"dpi": 1e9}, "dpi must be"),
        ({"dpi": 2400, "width_mm": 1000, "height_mm": 1000}, "too large a picture; choose fewer dpi"),
    ],
)
def test_sizes_that_make_no_figure_are_refused(scene, tmp_path, options, words):
    with pytest.raises(ValueError, match=words):
        figure.save(scene, tmp_path / "a.png", **options)


@pytest.mark.parametrize(
    ("name", "words"),
    [("a.bmp", r"a\.bmp: suffix: is none of \.svg, \.pdf, \.png"), ("file/a.svg", "cannot be written")],
)
def test_other_kinds_of_files_and_places_that_cannot_be_written_are_refused_in_words(scene, tmp_path, name, words):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataError, match=words):
        figure.save(scene, tmp_path / name)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_figure_leaves_matplotlib_as_it_was_and_needs_no_pyplot():
    code = """
import sys, tempfile, matplotlib
from neurofm.app.pictures import figure
from neurofm.app.pictures.scene import Scene
before = matplotlib.rcParams.copy()
figure.save(Scene("a"), tempfile.mkdtemp() + "/a.svg")
print("matplotlib.pyplot" in sys.modules, [k for k in before if k != "backend" and before[k] != matplotlib.rcParams[k]])
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "False []\n"


@pytest.mark.parametrize("module", ["matplotlib", "torch", "PIL"])
def test_importing_figures_loads_nothing_heavy(module):
    code = f"import sys, neurofm.app.pictures.figure; print({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
