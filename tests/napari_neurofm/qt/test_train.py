"""The form that trains, in a real window."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from qtpy.QtCore import Qt

import neurofm as nf
from neurofm.runs import RunFolder
from neurofm.synthetic.demo import demo

pytestmark = pytest.mark.gui


def test_a_fork_shows_the_settings_of_a_run_to_change_some(arranged, qtbot):
    train = arranged.widget("train")
    arranged.show("train")
    qtbot.waitUntil(lambda: bool(train.form.models), timeout=60_000)
    job = arranged.session.train("poyo", ["ada"], {"steps": 7, "dim": 32, "target": "velocity"})
    job.stop()
    train.form.set(steps=99)
    arranged.do("fork", "job", str(job.id))
    assert train.form.settings() == {"steps": 7, "dim": 32, "target": "velocity"}
    qtbot.waitUntil(lambda: job.over)


def test_the_form_suits_the_recordings_says_why_and_keeps_what_was_typed(arranged, qtbot):
    train = arranged.widget("train")
    arranged.show("train")
    qtbot.waitUntil(lambda: bool(train.form.models), timeout=60_000)
    train.model.setCurrentIndex(train.model.findData("eit"))
    both, steps = train.why.text(), train.first.steps.value
    assert f"{steps:,} steps show each window about" in both
    assert train.why.isVisible()
    train.recordings.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert train.why.text() != both  # half as much to learn from
    train.form.set(steps=77)
    train.recordings.item(1).setCheckState(Qt.CheckState.Checked)
    assert train.first.steps.value == 77
    train.recordings.item(0).setCheckState(Qt.CheckState.Unchecked)
    train.recordings.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert not train.why.isVisible()


def test_what_was_advised_can_be_set_back_to_what_is_usual(arranged, qtbot):
    train = arranged.widget("train")
    arranged.show("train")
    qtbot.waitUntil(lambda: bool(train.form.models), timeout=60_000)
    train.model.setCurrentIndex(train.model.findData("mtm"))
    assert train.form.settings()["dim"] == train.form.advised["dim"] == 32  # of few trials
    train.form.set(dim=128)
    assert train.form.settings()["dim"] == train.form.usual["dim"] == 128


def test_the_form_asks_what_to_decode_only_where_a_model_decodes(arranged, qtbot):
    train = arranged.widget("train")
    arranged.show("train")
    qtbot.waitUntil(lambda: bool(train.form.models), timeout=60_000)
    train.model.setCurrentIndex(train.model.findData("poyo"))
    train.target.setCurrentIndex(train.target.findData("velocity"))
    assert train.target.isVisible()
    assert train.form.settings()["target"] == "velocity"
    train.model.setCurrentIndex(train.model.findData("mtm"))
    assert not train.target.isVisible()
    assert "target" not in train.form.settings()


def test_the_form_keeps_the_model_of_a_run_that_is_adapted(arranged, qtbot, tmp_path):
    train = arranged.widget("train")
    arranged.show("train")
    qtbot.waitUntil(lambda: bool(train.form.models), timeout=60_000)
    for name, model in (("a", "mtm"), ("b", "poyo")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(
            json.dumps(
                {
                    "format": 1,
                    "target": {"series": "position", "names": ["x", "y"]},
                    "model": model,
                    "config": {"bin": 0.25},
                }
            )
        )
        (tmp_path / name / "metrics.json").write_text("{}")
    arranged.session.add(RunFolder(tmp_path / "a"))
    qtbot.waitUntil(lambda: train.start.findData("a") > 0)
    train.start.setCurrentIndex(train.start.findData("a"))
    assert train.model.currentData() == "mtm"
    assert not train.model.isEnabled()
    assert train.first.bin.value == 0.25
    assert train.form.settings() == {"steps": 250}
    assert train.first.steps.value == 250
    assert train.why.text().startswith("The run keeps its sizes; 250 steps")
    arranged.session.add(RunFolder(tmp_path / "b"))
    qtbot.waitUntil(lambda: train.start.findData("b") > 0)
    assert train.start.currentData() == "a"  # what was chosen stays, also when another run comes
    train.start.setCurrentIndex(0)
    assert train.model.isEnabled()


def test_what_the_form_says_is_in_sight(arranged, qtbot):
    train = arranged.widget("train")
    arranged.show("train")
    qtbot.waitUntil(lambda: bool(train.form.models), timeout=60_000)
    qtbot.waitUntil(lambda: train.why.visibleRegion().boundingRect() == train.why.rect())


def test_what_is_wrong_with_what_is_chosen_stands_above_the_options(arranged, qtbot):
    train = arranged.widget("train")
    arranged.show("train")
    assert not train.warnings.isVisible()
    good = arranged.session.recordings["ada"]
    series = {name: replace(s, times=s.times * 1000) for name, s in good.series.items()}
    arranged.session.add(replace(good, session="odd", series=series))
    qtbot.waitUntil(lambda: bool(train.form.models), timeout=60_000)
    train.model.setCurrentIndex(train.model.findData("poyo"))
    qtbot.waitUntil(train.warnings.isVisible)
    assert "⚠ odd: " in train.warnings.text()
    assert "as if they were milliseconds; divide them by 1,000" in train.warnings.text()
    train.form.choose_sources(["ada"])
    qtbot.waitUntil(lambda: not train.warnings.isVisible())


def test_where_nothing_is_open_that_it_learns_from_the_form_asks_for_it(desk, qtbot, answer, tmp_path):
    desk.show("train")
    train = desk.widget("train")
    qtbot.waitUntil(lambda: bool(train.form.models), timeout=60_000)
    assert train.open.isVisible()
    assert not train.recordings.isVisible()
    train.model.setCurrentIndex(train.model.findData("unet"))
    assert train.open.text() == "Open a volume …"
    train.model.setCurrentIndex(train.model.findData("poyo"))
    answer(nf.io.write(demo(duration=20)[0], tmp_path / "ada.h5"))
    qtbot.mouseClick(train.open, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(train.form.sources), timeout=60_000)
    assert train.recordings.isVisible()
    assert not train.open.isVisible()
