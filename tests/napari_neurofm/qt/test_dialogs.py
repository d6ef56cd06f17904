"""What the window asks its user, and what is written then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from napari_neurofm.qt import dialogs
from neurofm import io
from neurofm.app.command import Question
from neurofm.synthetic.demo import demo

pytestmark = pytest.mark.gui
KINDS = (("Tables", ("*.csv", "*.parquet")), ("All files", ("*",)))


def test_export_script_writes_what_was_done(arranged, tmp_path, qtbot, answer):
    arranged.session.selection.pick("unit", [1, 2])
    answer(tmp_path / "a.py")
    arranged.do("export_script")
    assert "pick('unit', [1, 2]" in (tmp_path / "a.py").read_text()
    arranged.widget("explorer")
    answer(tmp_path / "nowhere" / "a.py")
    arranged.do("export_script")
    qtbot.waitUntil(lambda: "cannot be written" in arranged.widget("explorer").message.words.text())


def test_an_answer_that_is_refused_is_asked_for_once_more_with_why(arranged, monkeypatch):
    asked, answers, taken = [], ["few", "3"], []

    def ask(parent, title, name):
        asked.append((title, name))
        return answers[len(asked) - 1]

    monkeypatch.setattr(dialogs, "ask_name", ask)
    arranged.ask_name("How many", "2", lambda text: taken.append(int(text)))
    assert taken == [3]
    assert asked == [("How many", "2"), ("invalid literal for int() with base 10: 'few'\nHow many", "few")]
    asked.clear()
    answers[:] = ["few", "few"]
    with pytest.raises(ValueError, match="invalid literal"):  # who insists is told outside
        arranged.ask_name("How many", "2", int)


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_a_view_is_written_as_it_is_seen(arranged, qtbot, tmp_path, monkeypatch, suffix):
    from napari_neurofm.qt import desk as module
    from napari_neurofm.qt.figure import Options

    path = tmp_path / f"raster{suffix}"
    sizes = {"width_mm": 85.0, "height_mm": 60.0, "font_pt": 7.0, "dpi": 100.0, "dark": False}
    monkeypatch.setattr(module, "ask_figure", lambda *_: Options(path, sizes))
    raster = arranged.widget("raster")
    raster.show_window(2.0, 4.0)
    raster.exported.emit()
    qtbot.waitUntil(path.exists, timeout=20_000)
    qtbot.waitUntil(lambda: any(a.kind == "figure" for a in arranged.session.actions))


def test_a_table_is_written_as_it_is_sorted_and_filtered(arranged, qtbot, tmp_path, answer):
    import pandas as pd

    path = tmp_path / "units.csv"
    answer(path)
    state = arranged.session.view("table")
    state.filter, state.sort_by, state.descending = 'region == "CA1"', "rate", True
    arranged.widget("table").exported.emit()
    qtbot.waitUntil(path.exists, timeout=20_000)
    table = arranged.session.table("unit")
    wanted = table[table["region"] == "CA1"].sort_values("rate", ascending=False, kind="stable")
    qtbot.waitUntil(lambda: len(pd.read_csv(path)) == len(wanted))
    assert pd.read_csv(path)["label"].tolist() == wanted["label"].tolist()


def test_a_session_is_saved_and_opens_as_it_was(arranged, qtbot, tmp_path, answer):
    session, path = arranged.session, tmp_path / "work.neurofm"
    ids = session.table("unit").index[:3].tolist()
    session.group("mine", "unit", ids)
    session.selection.pick("unit", ids)
    session.view("raster").order = "rate"
    session.time = 7.0
    answer(path)
    arranged.do("save")
    qtbot.waitUntil((path / "session.json").exists, timeout=20_000)
    session.selection.clear()
    session.ungroup("mine")
    session.view("raster").order = "as stored"
    arranged.open(path)
    qtbot.waitUntil(lambda: "mine" in session.groups and session.time == 7.0, timeout=20_000)
    qtbot.waitUntil(lambda: session.selection.picked("unit").tolist() == ids, timeout=20_000)
    qtbot.waitUntil(lambda: arranged.widget("raster").state.order == "rate", timeout=20_000)
    qtbot.waitUntil(lambda: "3 of" in arranged.widget("raster").note.text())


@pytest.mark.parametrize(
    ("question", "dialog", "answer", "wanted"),
    [
        (Question(title="Folder"), "getExistingDirectory", "/a", ["/a"]),
        (Question(title="Folder"), "getExistingDirectory", "", []),
        (Question(title="Save", kinds=KINDS, name="a.csv"), "getSaveFileName", ("/a.csv", ""), ["/a.csv"]),
        (Question(title="Open", kinds=KINDS, several=True), "getOpenFileNames", (["/a", "/b"], ""), ["/a", "/b"]),
        (Question(title="Open", kinds=KINDS), "getOpenFileName", ("", ""), []),
    ],
)
def test_the_desktop_s_own_dialogs_ask_for_paths(monkeypatch, question, dialog, answer, wanted):
    from pathlib import Path

    from qtpy.QtWidgets import QFileDialog

    asked = []
    monkeypatch.setattr(QFileDialog, dialog, lambda *given: asked.append(given[1:]) or answer)
    assert dialogs.ask_path(None, question) == [Path(path) for path in wanted]
    assert asked[0][0] == question.title
    assert not question.kinds or asked[0][-1] == "Tables (*.csv *.parquet);;All files (*)"


def test_a_typed_path_is_opened(arranged, qtbot, tmp_path, monkeypatch):
    from qtpy.QtWidgets import QInputDialog

    path = io.write(replace(demo(duration=5)[0], session="more"), tmp_path / "more.h5")
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: (str(path), True))
    arranged.do("open_path")
    qtbot.waitUntil(lambda: "more" in arranged.session.recordings, timeout=20_000)
    assert len(arranged.selection("unit")) == 0
    arranged.session.selection.pick("unit", [0, 1])
    assert len(arranged.selection()) == 2
    summary = arranged.widget("explorer").summary
    qtbot.waitUntil(lambda: summary.text().endswith("2 units picked"))
