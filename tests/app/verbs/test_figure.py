"""Figure: a view goes on paper as it is, and the script draws it as it was then."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from neurofm.errors import DataError

SVG = "{http://www.w3.org/2000/svg}"


def test_a_session_writes_the_figure_of_a_view_as_it_is_set(session, tmp_path):
    session.view("latent").color_by = "depth_um"
    path = session.figure("latent", tmp_path / "a.svg", width_mm=120)
    assert float(ET.parse(path).getroot().get("width", "").removesuffix("pt")) == pytest.approx(120 / 25.4 * 72)
    texts = ["".join(text.itertext()).strip() for text in ET.parse(path).iter(f"{SVG}text")]
    assert "depth_um" in texts


def test_the_script_makes_each_figure_with_the_picks_time_and_state_it_had(session, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    session.selection.pick("unit", [0, 1])
    session.view("raster").order = "depth"
    session.figure("raster", tmp_path / "a.svg", ranges=[(np.float64(101.0), 104.0), None])
    session.selection.clear()
    session.time = 103.0
    session.view("raster").order = "as stored"
    session.selection.pick("unit", [3])
    session.figure("raster", tmp_path / "b.png", dpi=150)
    session.selection.clear()
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(session.script(), "script", "exec"), names)
    assert names["session"].selection.spaces() == []  # as in the end, not as in the figures
    for name in ("a.svg", "b.png"):
        assert (tmp_path / "figures" / name).read_bytes() == (tmp_path / name).read_bytes()


def test_a_figure_of_what_was_closed_since_is_not_in_the_script(session, tmp_path):
    session.figure("raster", tmp_path / "a.svg")
    session.close("rat")
    assert "figure" not in session.script()


@pytest.mark.parametrize(
    ("view", "name", "options", "error", "says"),
    [
        ("latent", "a.bmp", {}, DataError, "suffix: is none of"),
        ("latent", "a.png", {"dpi": 0}, ValueError, "dpi must be"),
        ("hide", "a.png", {}, ValueError, "nothing to draw"),
        ("sky", "a.png", {}, LookupError, "no neurofm.app.views 'sky'|no view 'sky'"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_not_in_the_log(session, tmp_path, view, name, options, error, says):
    before = list(session.actions)
    with pytest.raises(error, match=says):
        session.figure(view, tmp_path / name, **options)
    assert session.actions == before
    assert not list(tmp_path.iterdir())


def test_what_it_was_drawn_with_is_logged_and_stays(session, tmp_path):
    session.selection.pick("unit", [1])
    session.figure("raster 2", tmp_path / "a.svg", dpi=150)
    options = session.actions[-1].options
    session.view("raster 2").order = "depth"
    session.selection.clear()
    assert options["picks"] == [["unit", [1], "replace"]]
    assert (options["state"]["order"], options["time"], options["options"]) == ("as stored", 100.0, {"dpi": 150})


STATE = {"color_by": "region"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, []),
        ({"time": 2.5}, ["session.time = 2.5"]),
        ({"state": STATE}, ["session.view('latent').color_by = 'region'"]),
        ({"picks": [["unit", [3], "add"]]}, ["session.selection.pick('unit', [3], 'add')"]),
    ],
)
def test_the_script_says_what_it_shows_before_it_draws(lines, changes, code):
    options = {"path": "/home/ada/a.svg", "state": {}, "picks": [], "time": None, "options": {}} | changes
    drawn = "session.figure('latent', 'figures/a.svg')"
    assert lines("figure", "latent", **options) == ["session.selection.clear()", *code, drawn]


def test_sizes_are_written_as_plain_python(lines):
    sizes = {"dpi": np.int64(150), "ranges": [(np.float64(1.5), 2.0), None]}
    *_, line = lines("figure", "latent", path="a.svg", state={}, picks=[], time=None, options=sizes)
    assert line == "session.figure('latent', 'figures/a.svg', dpi=150, ranges=((1.5, 2.0), None))"


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("options", {"dpi=1); import os #": 1}, "is not known; there are width_mm"),
        ("picks", [["unit", [1]]], "must be a space, ids and a mode"),
        ("picks", [["spoon", [1], "add"]], "must be one of"),
        ("picks", [["unit", [-1], "add"]], "must be a whole number"),
        ("picks", [["unit", [1], "toggle"]], "must be one of add, remove, replace"),
        ("time", "now", "must be a number"),
    ],
)
def test_a_page_that_somebody_edited_is_refused_by_its_field(read_back, option, value, says):
    with pytest.raises(DataError, match=rf"session\.json: {option}.*{says}"):
        read_back("figure", option, value)
