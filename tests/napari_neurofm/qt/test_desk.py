"""Docks, files, keys and the one time in a real napari window."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
from qtpy.QtCore import Qt

from neurofm import io, registry
from neurofm.runs import RunFolder
from neurofm.synthetic.demo import demo

pytestmark = pytest.mark.gui
NAMES = ["explorer", "train", "jobs", *registry.names("neurofm.app.views")]


def docks(desk):
    return {n: d for n, d in desk.viewer.window._wrapped_dock_widgets.items() if n.endswith("(NeuroFM)")}


def test_all_docks_open_once_and_none_floats(arranged):
    first = docks(arranged)
    assert len(first) == len(NAMES)
    assert not any(dock.isFloating() for dock in first.values())
    arranged.arrange()
    assert docks(arranged) == first


def test_the_arrangement_comes_back(arranged, qtbot):
    from qtpy.QtCore import Qt

    latent, raster = docks(arranged)["Latent space (NeuroFM)"], docks(arranged)["Raster (NeuroFM)"]
    latent.setFloating(True)
    raster.hide()
    arranged.arrange()
    assert not latent.isFloating()
    assert raster.isVisible()
    main = arranged.window
    assert main.dockWidgetArea(latent) == Qt.DockWidgetArea.RightDockWidgetArea
    assert main.dockWidgetArea(raster) == Qt.DockWidgetArea.BottomDockWidgetArea
    explorer = docks(arranged)["Explorer (NeuroFM)"]
    qtbot.waitUntil(lambda: explorer.y() < latent.y() < docks(arranged)["Tuning (NeuroFM)"].y())


def test_no_bar_of_tabs_stays_above_another(arranged, qtbot):
    from qtpy.QtWidgets import QTabBar

    from napari_neurofm.qt.desk import SETTLED

    def bars():
        return [bar for bar in arranged.window.findChildren(QTabBar) if bar.parent() is arranged.window]

    qtbot.wait(2 * SETTLED)
    stray = QTabBar(arranged.window)  # as Qt leaves some of arrangements in between
    stray.addTab("Tuning (NeuroFM)")
    stray.setGeometry(bars()[0].geometry().adjusted(80, 0, 0, 0))
    stray.show()
    arranged.arrange()
    qtbot.waitUntil(lambda: not stray.isVisible())
    tabs = [bar.tabText(k) for bar in bars() if bar.isVisible() for k in range(bar.count())]
    assert {"Tuning (NeuroFM)", "Train (NeuroFM)", "Table (NeuroFM)"} <= set(tabs)
    assert len(tabs) == len(set(tabs))


def test_it_fits_a_small_screen(make_napari_viewer, qtbot):
    from napari_neurofm.docks import desk as desk_of

    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1280, 800)
    desk_of(viewer).arrange()
    qtbot.waitUntil(lambda: desk_of(viewer).window.width() == 1280)
    assert desk_of(viewer).window.height() <= 800


def test_napari_menus_find_the_same_docks(arranged, qtbot):
    from napari._app_model import get_app_model

    before, raster = docks(arranged), arranged.widget("raster")
    get_app_model().commands.execute_command("napari-neurofm.raster")
    qtbot.waitUntil(lambda: not raster.isVisible())
    get_app_model().commands.execute_command("napari-neurofm.raster")
    qtbot.waitUntil(raster.isVisible)
    assert docks(arranged) == before


def test_a_closed_dock_comes_back_with_its_state(arranged):
    arranged.session.views["raster"].order = "rate"
    docks(arranged)["Raster (NeuroFM)"].destroyOnClose()
    gc.collect()
    arranged.arrange()
    assert arranged.widget("raster").bar.fields["order"].currentText() == "Rate"


def test_views_draw_what_is_open(arranged, qtbot):
    raster = arranged.widget("raster")
    qtbot.waitUntil(lambda: bool(raster.scene.marks))
    assert "units" in raster.note.text()
    assert arranged.widget("latent").words.isVisible()


def test_the_button_of_an_empty_view_leads_on(arranged, qtbot):
    latent, train = arranged.widget("latent"), arranged.widget("train")
    qtbot.waitUntil(lambda: latent.scene.action == "train")
    latent.button.click()
    qtbot.waitUntil(train.isVisible)


def test_slider_and_session_share_one_time(arranged, qtbot):
    session, dims = arranged.session, arranged.viewer.dims
    session.time = 7.0
    qtbot.waitUntil(lambda: abs(dims.point[0] - 7.0) < 0.05)
    assert session.time == 7.0  # the slider's grid does not pull it
    dims.set_point(0, 3.0)
    assert session.time == pytest.approx(3.0, abs=0.05)
    assert arranged.widget("raster").line.value() == pytest.approx(3.0, abs=0.05)


def test_time_tells_each_follower_once(arranged):
    told = []
    arranged.session.time_changed.connect(told.append)
    arranged.session.time = 5.0
    arranged.viewer.dims.set_point(0, 2.0)
    assert len(told) == 2


def test_windows_of_time_views_move_together(arranged, qtbot):
    raster, trace = arranged.widget("raster"), arranged.widget("trace")
    raster.show_window(2, 6)
    raster._ranged()
    assert trace.ranges[0] == pytest.approx((2, 6), abs=0.01)


def test_picking_in_one_view_shows_in_the_others(arranged, qtbot):
    raster, tuning = arranged.widget("raster"), arranged.widget("tuning")
    qtbot.waitUntil(lambda: bool(raster.scene.marks))
    arranged.session.selection.pick("unit", [3, 4])
    qtbot.waitUntil(lambda: "2 of" in raster.note.text())
    qtbot.waitUntil(lambda: tuning.scene.marks != ())


def test_keys_step_play_and_undo_in_a_dock(arranged, press, qtbot):
    session, raster = arranged.session, arranged.widget("raster")
    session.time = 5.0
    press(raster, "Right", "Shift")
    assert session.time == pytest.approx(6.0)
    press(raster, "Left")
    assert session.time == pytest.approx(6.0 - arranged.player.frame())
    session.selection.pick("unit", [1])
    press(raster, "Escape")
    assert not len(session.selection.picked("unit"))
    press(raster, "Z", "Control")
    assert list(session.selection.picked("unit")) == [1]
    press(raster, "Z", "Control", "Shift")
    assert not len(session.selection.picked("unit"))
    before = session.time
    press(raster, "Space")
    qtbot.waitUntil(lambda: session.time > before + 0.1)
    press(raster, "Space")
    assert not arranged.player.timer.isActive()


def test_keys_on_the_canvas_take_ctrl_alt(arranged, press):
    canvas = arranged.viewer.window._qt_viewer.canvas.native
    arranged.session.time = 5.0
    press(canvas, "Right", "Control", "Alt", "Shift")
    assert arranged.session.time == pytest.approx(6.0)
    arranged.session.selection.pick("unit", [1])
    press(canvas, "Escape", "Control", "Alt")
    assert not len(arranged.session.selection.picked("unit"))
    press(canvas, "Z", "Control", "Alt")
    assert list(arranged.session.selection.picked("unit")) == [1]


def test_napari_keeps_its_own_keys(arranged):
    from napari.utils.key_bindings import coerce_keybinding

    ours = [coerce_keybinding(f"Control-Alt-{key}") for _, key in arranged.player.keys]
    theirs = set(type(arranged.viewer).class_keymap) - set(ours)
    assert not theirs & set(ours)


def test_time_stays_within_what_was_recorded(arranged):
    arranged.player.step(1e6)
    assert arranged.session.time == pytest.approx(max(r.stop for r in arranged.session.recordings.values()))
    arranged.player.step(-1e6)
    assert arranged.session.time == 0


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


def test_what_was_wrong_is_gone_once_the_next_file_opens(arranged, qtbot, tmp_path):
    message = arranged.widget("explorer").message
    arranged.open(tmp_path / "nothing.nwb")
    qtbot.waitUntil(message.isVisible)
    file = io.write(replace(demo(duration=5)[0], session="more"), tmp_path / "more.h5")
    arranged.open(file)
    qtbot.waitUntil(lambda: len(arranged.session.recordings) == 3)
    assert not message.isVisible()


def test_files_open_through_napari(desk, qtbot, tmp_path):
    from neurofm.io import write

    (recording, _) = demo(duration=20)
    path = write(recording, tmp_path / "ada.h5")
    desk.viewer.open(path, plugin="napari-neurofm")
    qtbot.waitUntil(lambda: list(desk.session.recordings) == ["ada"])
    qtbot.waitUntil(lambda: len(docks(desk)) == len(NAMES))
    qtbot.waitUntil(lambda: any("ada" in layer.name for layer in desk.viewer.layers))


def test_the_sample_opens_at_once(desk, qtbot):
    desk.viewer.open_sample("napari-neurofm", "demo")
    assert list(desk.session.recordings) == ["ada", "bo"]
    count = len(desk.viewer.layers)
    qtbot.wait(50)
    assert count == len(desk.viewer.layers) > 0


def test_closing_a_recording_takes_its_layers(arranged, qtbot):
    arranged.session.close("bo")
    qtbot.waitUntil(lambda: not any("bo " in layer.name for layer in arranged.viewer.layers))
    assert any("ada" in layer.name for layer in arranged.viewer.layers)


def test_explorer_tells_what_is_open_and_what_can_be_done(arranged, qtbot):
    explorer = arranged.widget("explorer")
    qtbot.waitUntil(lambda: explorer.tree.topLevelItemCount() == 2)
    assert explorer.tree.topLevelItem(0).text(0).startswith("ada · 48 units")
    assert [words.split(" (")[0] for words, _ in explorer.offers("recording", "ada")] == [
        "Train on this…",
        "Compare decoders",
        "Compare decoders, a quick look",
        "Add columns from a table…",
        "Close",
    ]
    for name in ("ada", "bo"):
        dict(explorer.offers("recording", name))["Close"]()
    qtbot.waitUntil(lambda: explorer.pages.currentIndex() == 0)


def test_export_script_writes_what_was_done(arranged, tmp_path, qtbot):
    arranged.session.selection.pick("unit", [1, 2])
    arranged.export_script(tmp_path / "a.py")
    assert "pick('unit', [1, 2]" in (tmp_path / "a.py").read_text()
    arranged.widget("explorer")
    arranged.export_script(tmp_path / "nowhere" / "a.py")
    qtbot.waitUntil(lambda: "cannot be written" in arranged.widget("explorer").message.words.text())


def test_views_follow_the_theme(arranged, qtbot):
    raster = arranged.widget("raster")
    assert raster.look.dark
    arranged.viewer.theme = "light"
    assert not raster.look.dark
    assert raster.viewport().dark is False


def test_nothing_is_left_when_the_window_closes(make_napari_viewer, qtbot):
    import psutil

    from napari_neurofm.docks import desk as desk_of

    before = {t.ident for t in threading.enumerate()}
    viewer = make_napari_viewer()
    here = desk_of(viewer)
    here.arrange()
    here.session.jobs.warm()
    assert psutil.Process().children(recursive=True)
    viewer.close()
    qtbot.waitUntil(lambda: not psutil.Process().children(recursive=True), timeout=5000)
    qtbot.waitUntil(lambda: not [t for t in threading.enumerate() if t.ident not in before and not t.daemon])


def test_two_viewers_have_a_session_each(make_napari_viewer):
    from napari_neurofm.docks import desk as desk_of

    a, b = make_napari_viewer(), make_napari_viewer()
    assert desk_of(a) is desk_of(a)
    assert desk_of(a).session is not desk_of(b).session


def test_the_window_never_imports_torch():
    code = (
        "import sys, napari; from napari_neurofm.docks import desk; v = napari.Viewer(show=False); desk(v).arrange();"
        "assert 'torch' not in sys.modules; v.close()"
    )
    env = {**os.environ, "NAPARI_CONFIG": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr


def test_the_whole_path_is_in_sight(arranged, qtbot):
    path = next(layer for layer in arranged.viewer.layers if layer.name == "ada path")

    def in_sight():
        camera, canvas = arranged.viewer.scene.camera, arranged.viewer.canvas.size
        half = np.array(canvas) / camera.zoom / 2
        low, high = path.extent.world[:, -2:]
        return bool((camera.center[-2:] - half <= low).all() and (high <= camera.center[-2:] + half).all())

    qtbot.waitUntil(in_sight)


def embed(desk):
    """A latent space of the units of what is open."""
    import numpy as np

    from neurofm.data import Embedding
    from neurofm.data.ids import pack

    recording = desk.session.recording()
    count = len(recording.units)
    values = np.random.default_rng(0).normal(size=(count, 5))
    ids = pack(0, np.arange(count))
    desk.session.add(
        Embedding(name="made", space="unit", ids=ids, values=values, xy=values[:, :2], sessions=(recording.session,))
    )
    return values


def test_g_names_the_pick_numbers_pick_it_again_and_undo_takes_it_back(arranged, press):
    session, raster = arranged.session, arranged.widget("raster")
    ids = session.table("unit").index[:3].tolist()
    session.selection.pick("unit", ids)
    press(raster, "G")
    assert session.groups["group 1"].ids.tolist() == ids
    press(raster, "Escape")
    assert not session.selection.spaces()
    press(raster, "1")
    assert session.selection.picked("unit").tolist() == ids
    press(raster, "Z", "Control")
    press(raster, "Z", "Control")
    press(raster, "Z", "Control")
    assert not session.groups
    press(raster, "Z", "Control", "Shift")
    assert session.groups["group 1"].ids.tolist() == ids


def test_a_name_of_the_key_picks_all_of_that_name(arranged, qtbot):
    raster = arranged.widget("raster")
    qtbot.waitUntil(lambda: bool(raster.scene.legend))
    raster.key.asked.emit("CA1")
    table = arranged.session.table("unit")
    assert arranged.session.selection.picked("unit").tolist() == table.index[table["region"] == "CA1"].tolist()


def test_a_drag_turns_three_dimensions(arranged, qtbot, mouse):
    embed(arranged)
    latent = arranged.widget("latent")
    qtbot.waitUntil(lambda: bool(latent.scene.marks) and not latent._due.isActive())
    before = latent.state.azimuth
    latent.bar.tools.setCurrentIndex(latent.bar.tools.findData("turn"))
    mouse.drag(latent, (0, 0), (1, 0))
    assert latent.state.dims == "3-D"
    assert latent.state.azimuth < before
    assert not arranged.session.selection.spaces()


def test_a_second_latent_space_stands_beside_the_first_with_the_same_picks(arranged, qtbot):
    embed(arranged)
    arranged.open_view("latent")
    first, second = arranged.widget("latent"), arranged.widget("latent 2")
    qtbot.waitUntil(lambda: bool(second.scene.marks) and bool(first.scene.marks))
    arranged.session.view("latent 2").filter = "rate > 0"
    assert arranged.session.view("latent").filter == ""
    ids = arranged.session.table("unit").index[:2]
    arranged.session.selection.pick("unit", ids)
    for plot in (first, second):
        qtbot.waitUntil(lambda plot=plot: len(plot.scene.marks) == 2 and len(plot.scene.marks[1].ids) == 2)


def test_a_wrong_filter_is_told_in_the_view(arranged, qtbot):
    raster = arranged.widget("raster")
    arranged.session.view("raster").filter = "open('/etc/passwd')"
    qtbot.waitUntil(lambda: raster.warning.isVisible() and "calls something" in raster.warning.text())
    arranged.session.view("raster").filter = ""
    qtbot.waitUntil(lambda: not raster.warning.isVisible())


def test_a_fork_shows_the_settings_of_a_run_to_change_some(arranged, qtbot):
    train = arranged.widget("train")
    arranged.show("train")
    qtbot.waitUntil(lambda: bool(train.models), timeout=60_000)
    job = arranged.session.train("poyo", ["ada"], {"steps": 7, "dim": 32, "target": "velocity"})
    job.stop()
    train.set(steps=99)
    arranged.fork(job)
    assert train.settings() == {"steps": 7, "dim": 32, "target": "velocity"}
    qtbot.waitUntil(lambda: job.over)


def test_the_form_suits_the_recordings_says_why_and_keeps_what_was_typed(arranged, qtbot):
    train = arranged.widget("train")
    arranged.show("train")
    qtbot.waitUntil(lambda: bool(train.models), timeout=60_000)
    train.model.setCurrentIndex(train.model.findData("eit"))
    both, steps = train.why.text(), train.first.steps.value
    assert f"{steps:,} steps show each window about" in both
    assert train.why.isVisible()
    train.recordings.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert train.why.text() != both  # half as much to learn from
    train.set(steps=77)
    train.recordings.item(1).setCheckState(Qt.CheckState.Checked)
    assert train.first.steps.value == 77
    train.recordings.item(0).setCheckState(Qt.CheckState.Unchecked)
    train.recordings.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert not train.why.isVisible()


def test_what_was_advised_can_be_set_back_to_what_is_usual(arranged, qtbot):
    train = arranged.widget("train")
    arranged.show("train")
    qtbot.waitUntil(lambda: bool(train.models), timeout=60_000)
    train.model.setCurrentIndex(train.model.findData("mtm"))
    assert train.settings()["dim"] == train.advised["dim"] == 32  # of few trials
    train.set(dim=128)
    assert train.settings()["dim"] == train.before["dim"] == 128


def test_the_form_asks_what_to_decode_only_where_a_model_decodes(arranged, qtbot):
    train = arranged.widget("train")
    arranged.show("train")
    qtbot.waitUntil(lambda: bool(train.models), timeout=60_000)
    train.model.setCurrentIndex(train.model.findData("poyo"))
    train.target.setCurrentText("velocity")
    assert train.target.isVisible()
    assert train.settings()["target"] == "velocity"
    train.model.setCurrentIndex(train.model.findData("mtm"))
    assert not train.target.isVisible()
    assert "target" not in train.settings()


def test_the_form_keeps_the_model_of_a_run_that_is_adapted(arranged, qtbot, tmp_path):
    train = arranged.widget("train")
    arranged.show("train")
    qtbot.waitUntil(lambda: bool(train.models), timeout=60_000)
    for name, model in (("a", "mtm"), ("b", "poyo")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(json.dumps({"model": model, "config": {"bin": 0.25}}))
        (tmp_path / name / "metrics.json").write_text("{}")
    arranged.session.add(RunFolder(tmp_path / "a"))
    qtbot.waitUntil(lambda: train.start.findData("a") > 0)
    train.start.setCurrentIndex(train.start.findData("a"))
    assert train.model.currentData() == "mtm"
    assert not train.model.isEnabled()
    assert train.first.bin.value == 0.25
    assert train.settings() == {"steps": 250}
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
    qtbot.waitUntil(lambda: bool(train.models), timeout=60_000)
    qtbot.waitUntil(lambda: train.why.visibleRegion().boundingRect() == train.why.rect())


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


def test_a_table_is_written_as_it_is_sorted_and_filtered(arranged, qtbot, tmp_path, monkeypatch):
    import pandas as pd

    from napari_neurofm.qt import files

    path = tmp_path / "units.csv"
    monkeypatch.setattr(files, "ask_save", lambda *_: path)
    state = arranged.session.view("table")
    state.filter, state.sort_by, state.descending = 'region == "CA1"', "rate", True
    arranged.widget("table").exported.emit()
    qtbot.waitUntil(path.exists, timeout=20_000)
    table = arranged.session.table("unit")
    wanted = table[table["region"] == "CA1"].sort_values("rate", ascending=False, kind="stable")
    qtbot.waitUntil(lambda: len(pd.read_csv(path)) == len(wanted))
    assert pd.read_csv(path)["label"].tolist() == wanted["label"].tolist()


def test_a_session_is_saved_and_opens_as_it_was(arranged, qtbot, tmp_path):
    session, path = arranged.session, tmp_path / "work.neurofm"
    ids = session.table("unit").index[:3].tolist()
    session.group("mine", "unit", ids)
    session.selection.pick("unit", ids)
    session.view("raster").order = "rate"
    session.time = 7.0
    arranged.save(path)
    qtbot.waitUntil((path / "session.json").exists, timeout=20_000)
    session.selection.clear()
    session.ungroup("mine")
    session.view("raster").order = "as stored"
    arranged.open(path)
    qtbot.waitUntil(lambda: "mine" in session.groups and session.time == 7.0, timeout=20_000)
    qtbot.waitUntil(lambda: session.selection.picked("unit").tolist() == ids, timeout=20_000)
    qtbot.waitUntil(lambda: arranged.widget("raster").state.order == "rate", timeout=20_000)
    qtbot.waitUntil(lambda: "3 of" in arranged.widget("raster").note.text())


def test_work_that_was_not_saved_is_offered_after_a_crash(desk, qtbot):
    from neurofm.app.saved import autosave
    from neurofm.app.saved.autosave import Autosave
    from neurofm.app.session import Session

    ada, bo = demo(duration=20)
    lost = Session([ada])
    keeper = Autosave(lost)
    lost.selection.pick("unit", [3])
    assert keeper.tick()
    os.close(keeper._lock)  # what the end of a process does
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
