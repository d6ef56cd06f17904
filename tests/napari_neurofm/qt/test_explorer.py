"""What is open, what is wrong, and what was not saved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurofm import io
from neurofm.app.pictures.scene import Viewport
from neurofm.data import Recording
from neurofm.synthetic.demo import demo

pytestmark = pytest.mark.gui


def test_explorer_tells_what_is_open_and_what_can_be_done(arranged, qtbot, offered):
    explorer = arranged.widget("explorer")
    qtbot.waitUntil(lambda: explorer.tree.topLevelItemCount() == 2)
    assert explorer.tree.topLevelItem(0).text(0).startswith("ada · 48 units")
    assert [words.split(" (")[0] for words in offered(arranged, "source", "ada")] == [
        "Train on this…",
        "Compare decoders",
        "Compare decoders, a quick look",
        "Graph by correlation",
        "Graph by trials",
        "Match units with bo",
        "Match units with bo by…",
        "Carry a decoder to bo",
        "Join with…",
        "Add columns from a table…",
        "Export…",
        "Close",
    ]
    for name in ("ada", "bo"):
        offered(arranged, "source", name)["Close"].do(arranged)
    qtbot.waitUntil(lambda: explorer.pages.currentIndex() == 0)


def test_a_bad_file_is_one_sentence_and_nothing_is_lost(arranged, qtbot, tmp_path):
    bad = tmp_path / "broken.nwb"
    bad.write_bytes(b"not an hdf5 file")
    message = arranged.widget("explorer").message
    arranged.open(bad)
    qtbot.waitUntil(message.isVisible)
    assert "broken.nwb" in message.words.text()
    assert "\n" not in message.words.text()
    assert list(arranged.session.recordings) == ["ada", "bo"]
    message.copy()
    from qtpy.QtWidgets import QApplication

    assert "Traceback" in QApplication.clipboard().text()


def test_of_several_bad_files_each_is_told(arranged, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("napari_neurofm.qt.message.UNREAD", 1e3)  # seconds; a machine that has much to do is slow
    message, names = arranged.widget("explorer").message, ("one.nwb", "two.nwb", "three.nwb")
    for k, name in enumerate(names, 1):
        (tmp_path / name).touch()
        arranged.open(tmp_path / name)
        if k == 2:  # the last comes once the others are over
            qtbot.waitUntil(lambda: all(name in message.words.text() for name in names[:2]))
    qtbot.waitUntil(lambda: all(name in message.words.text() for name in names))
    assert message.words.text().count("\n") == 2
    assert list(arranged.session.recordings) == ["ada", "bo"]


def test_spikes_first_and_the_trajectory_afterwards_are_one_recording(desk, qtbot, shared_data, answer):
    rat = shared_data("rat_ca1_linear_track")
    desk.arrange()
    desk.open(rat / "spikes.mat")
    qtbot.waitUntil(lambda: list(desk.session.recordings) == ["spikes"], timeout=20_000)
    answer(rat / "trajectory.videoPositionTracking")
    desk.do("join_with", "view", "tuning")  # what the button of the view does
    qtbot.waitUntil(lambda: bool(desk.session.recordings["spikes"].series), timeout=20_000)
    assert list(desk.session.sources) == ["spikes"]
    seen = Viewport((4500.0, 4600.0), (0.0, 31.0), 600, 400)
    raster, tuning = (desk.widget(name).pane.scene(seen) for name in ("raster", "tuning"))
    assert raster.marks
    assert tuning.marks
    qtbot.waitUntil(lambda: any("position" in layer.name for layer in desk.viewer.layers), timeout=20_000)
    desk.session.undo()
    desk.open(rat / "trajectory.videoPositionTracking")  # dropped, or opened as a second file
    qtbot.waitUntil(lambda: bool(desk.session.recordings["spikes"].series), timeout=20_000)
    assert list(desk.session.sources) == ["spikes"]


def test_a_file_that_may_be_anothers_is_asked_about(arranged, qtbot, tmp_path):
    explorer, ada = arranged.widget("explorer"), demo(duration=20)[0]
    only = Recording(session="walk", series={"paw": next(iter(ada.series.values()))})
    arranged.open(io.write(only, tmp_path / "walk.h5"))
    qtbot.waitUntil(explorer.offer.isVisible)
    assert [button.text() for button in explorer.offer.buttons] == ["Join with ada", "Join with bo", "Open by itself"]
    explorer.offer.buttons[1].click()
    qtbot.waitUntil(lambda: "paw" in arranged.session.recordings["bo"].series)
    assert not explorer.offer.isVisible()


def test_what_was_wrong_is_gone_once_the_next_file_opens(arranged, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("napari_neurofm.qt.message.UNREAD", 0.0)
    message = arranged.widget("explorer").message
    arranged.open(tmp_path / "nothing.nwb")
    qtbot.waitUntil(message.isVisible)
    file = io.write(replace(demo(duration=5)[0], session="more"), tmp_path / "more.h5")
    arranged.open(file)
    qtbot.waitUntil(lambda: len(arranged.session.recordings) == 3)
    assert not message.isVisible()


def test_work_that_was_not_saved_is_offered_after_a_crash(desk, qtbot):
    from neurofm.app.saved import autosave
    from neurofm.app.saved.autosave import Autosave
    from neurofm.app.session import Session

    ada, bo = demo(duration=20)
    lost = Session([ada])
    keeper = Autosave(lost)
    lost.selection.pick("unit", [3])
    assert keeper.tick()
    keeper._held.release()  # what the end of a process does
    explorer = desk.widget("explorer")
    qtbot.addWidget(explorer)
    explorer.show()
    desk.offer_unsaved()
    desk.session.add(bo)
    for here, there in (("bo", "ada"), ("ada", "bo")):  # what was open meanwhile is offered in turn
        assert there in explorer.offer.words.text()
        explorer.offer.buttons[0].click()
        qtbot.waitUntil(lambda there=there: list(desk.session.recordings) == [there], timeout=20_000)
        qtbot.waitUntil(lambda here=here: here in explorer.offer.words.text())
        assert [work.recordings for work in autosave.unsaved()] == [(here,)]


def test_a_session_that_cannot_be_used_leaves_what_is_open(arranged, qtbot, tmp_path):
    bad = tmp_path / "bad.neurofm"
    bad.mkdir()
    (bad / "session.json").write_text('{"version": 999}')
    said = []
    arranged.wrong.connect(lambda words, _: said.append(words))
    arranged.open(bad)
    qtbot.waitUntil(lambda: bool(said), timeout=20_000)
    assert "session.json" in said[0]
    assert list(arranged.session.recordings) == ["ada", "bo"]


def test_what_cannot_be_so_stands_under_its_recording(arranged, qtbot):
    explorer, good = arranged.widget("explorer"), demo(duration=40)[0]
    series = {name: replace(s, times=s.times * 1000) for name, s in good.series.items()}
    arranged.session.add(replace(good, session="odd", series=series, intervals={}, domain=good.domain))
    qtbot.waitUntil(lambda: explorer.tree.topLevelItemCount() == 3)
    rows = [explorer.tree.topLevelItem(k) for k in range(3)]
    (row,) = (row for row in rows if row.text(0).startswith("odd"))
    told = [row.child(k).text(0) for k in range(row.childCount()) if row.child(k).text(0).startswith("⚠")]
    assert len(told) == len(series)
    assert all("as if they were milliseconds" in line for line in told)
    assert row.isExpanded()
    assert not any("⚠" in rows[0].child(k).text(0) for k in range(rows[0].childCount()))


def test_long_words_wrap_and_are_not_cut(arranged, qtbot):
    explorer = arranged.widget("explorer")
    qtbot.waitUntil(lambda: explorer.tree.topLevelItemCount() == 2)
    tree, item = explorer.tree, explorer.tree.topLevelItem(0)
    low = tree.visualItemRect(item).height()
    item.setText(0, "R² of position: 0.33 held out while moving, MLP does better: 0.53; " * 6)
    qtbot.waitUntil(lambda: tree.visualItemRect(item).height() > 2 * low)
    words = tree.fontMetrics().boundingRect(item.text(0)).width()
    assert tree.visualItemRect(item).height() / low >= words / tree.viewport().width()


def test_what_is_wrong_takes_the_room_of_what_is_picked(arranged, qtbot):
    explorer = arranged.widget("explorer")
    arranged.session.selection.pick("unit", [1])
    qtbot.waitUntil(lambda: not explorer.summary.isHidden())
    arranged.wrong.emit("this cannot be opened", "")
    qtbot.waitUntil(lambda: explorer.summary.isHidden())
    arranged.session.selection.pick("unit", [1, 2])
    qtbot.wait(50)
    assert explorer.summary.isHidden()
    explorer.message.hide()
    qtbot.waitUntil(lambda: not explorer.summary.isHidden())
    assert "2" in explorer.summary.text()
