"""Files, views and the one time in a real napari window."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from neurofm import registry
from neurofm.synthetic.demo import demo

pytestmark = pytest.mark.gui
NAMES = ["explorer", "train", "jobs", *registry.names("neurofm.app.views")]


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
    assert trace.pane.ranges[0] == pytest.approx((2, 6), abs=0.01)


def test_picking_in_one_view_shows_in_the_others(arranged, qtbot):
    raster, tuning = arranged.widget("raster"), arranged.widget("tuning")
    qtbot.waitUntil(lambda: bool(raster.scene.marks))
    arranged.session.selection.pick("unit", [3, 4])
    qtbot.waitUntil(lambda: "2 of" in raster.note.text())
    qtbot.waitUntil(lambda: tuning.scene.marks != ())


def test_files_open_through_napari(desk, qtbot, tmp_path, docks):
    from neurofm.io import write

    (recording, _) = demo(duration=20)
    path = write(recording, tmp_path / "ada.h5")
    desk.viewer.open(path, plugin="napari-neurofm")
    qtbot.waitUntil(lambda: list(desk.session.recordings) == ["ada"])
    qtbot.waitUntil(lambda: len(docks(desk)) == len(NAMES))
    qtbot.waitUntil(lambda: any("ada" in layer.name for layer in desk.viewer.layers))


def test_samples_open_beside_the_window(desk, qtbot):
    desk.viewer.open_sample("napari-neurofm", "people")
    qtbot.waitUntil(lambda: list(desk.session.sources) == ["people"])
    qtbot.waitUntil(lambda: not desk.viewer.layers)
    desk.viewer.open_sample("napari-neurofm", "demo")
    qtbot.waitUntil(lambda: list(desk.session.recordings) == ["ada", "bo"])
    qtbot.waitUntil(lambda: any("bo" in layer.name for layer in desk.viewer.layers))
    count = len(desk.viewer.layers)
    qtbot.wait(50)
    assert count == len(desk.viewer.layers)


def test_closing_a_recording_takes_its_layers(arranged, qtbot):
    arranged.session.close("bo")
    qtbot.waitUntil(lambda: not any("bo " in layer.name for layer in arranged.viewer.layers))
    assert any("ada" in layer.name for layer in arranged.viewer.layers)


def test_views_follow_the_theme(arranged, qtbot):
    raster = arranged.widget("raster")
    assert raster.look.dark
    arranged.viewer.theme = "light"
    assert not raster.look.dark
    assert raster.viewport().dark is False


def test_nothing_is_left_when_the_window_closes(make_napari_viewer, qtbot, started):
    import psutil

    from napari_neurofm.docks import desk as desk_of

    def processes():
        return [one for one in started() if isinstance(one, psutil.Process)]

    viewer = make_napari_viewer()
    here = desk_of(viewer)
    here.arrange()
    here.session.jobs.warm()
    assert processes()
    viewer.close()
    qtbot.waitUntil(lambda: not processes(), timeout=5000)
    qtbot.waitUntil(lambda: not [t for t in started() if isinstance(t, threading.Thread) and not t.daemon])


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


def test_a_name_of_the_key_picks_all_of_that_name(arranged, qtbot):
    raster = arranged.widget("raster")
    qtbot.waitUntil(lambda: bool(raster.scene.legend))
    raster.key.asked.emit("CA1")
    table = arranged.session.table("unit")
    assert arranged.session.selection.picked("unit").tolist() == table.index[table["region"] == "CA1"].tolist()


def test_a_drag_turns_three_dimensions(arranged, qtbot, mouse, embed):
    embed(arranged)
    latent = arranged.widget("latent")
    qtbot.waitUntil(lambda: bool(latent.scene.marks) and not latent._due.isActive())
    before = latent.state.azimuth
    latent.bar.tools.setCurrentIndex(latent.bar.tools.findData("turn"))
    mouse.drag(latent, (0, 0), (1, 0))
    assert latent.state.dims == "3-D"
    assert latent.state.azimuth < before
    assert not arranged.session.selection.spaces()


def test_a_wrong_filter_is_told_in_the_view(arranged, qtbot):
    raster = arranged.widget("raster")
    arranged.session.view("raster").filter = "open('/etc/passwd')"
    qtbot.waitUntil(lambda: raster.warning.isVisible() and "calls something" in raster.warning.text())
    arranged.session.view("raster").filter = ""
    qtbot.waitUntil(lambda: not raster.warning.isVisible())


def test_the_bar_switches_between_maps_and_a_zoom_does_not_outlast_that(arranged, embed, qtbot):
    embed(arranged)
    before = arranged.session.embeddings["made"]
    arranged.session.add(replace(before, method="PCA", umap=before.xy[:, ::-1] + 50))
    plot = arranged.widget("latent")
    arranged.show("latent")
    qtbot.waitUntil(lambda: plot.scene.x.label == "UMAP 1")
    combo = plot.bar.fields["map"]
    assert [combo.itemText(k) for k in range(combo.count())] == ["Auto", "PCA", "UMAP"]
    arranged.session.selection.pick("unit", before.ids[[1, 2]])
    plot.pane.move(((50.0, 50.1), (50.0, 50.1)))
    combo.setCurrentIndex(combo.findData("PCA"))
    qtbot.waitUntil(lambda: plot.scene.x.label == "PCA 1")
    assert plot.pane.ranges is None
    assert len(plot.scene.marks[-1].ids) == 2


def test_the_window_looks_what_to_do_while_nothing_else_is(arranged, qtbot, monkeypatch):
    told = []
    monkeypatch.setattr("napari_neurofm.qt.desk.show_info", told.append)
    assert arranged.idle.unasked
    arranged.idle.told.emit("it is a UMAP now", "embedding")
    qtbot.waitUntil(lambda: told == ["it is a UMAP now"])
