"""Docks stand where views say, once each, and come back."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_neurofm.qt.arrangement import title
from neurofm import registry
from neurofm.synthetic import bandits, reaching, videos

pytestmark = pytest.mark.gui
NAMES = ["explorer", "train", "jobs", *registry.names("neurofm.app.views")]
FOR_RECORDINGS = {"latent", "tuning", "aligned", "training", "raster", "trace", "ethogram", "hide", "table"}


def shown(desk, docks):
    """Views whose docks are not closed, in front or behind another tab."""
    titles = {title for title, dock in docks(desk).items() if dock.toggleViewAction().isChecked()}
    return {name for name in NAMES[3:] if title(name) in titles}


def test_all_docks_open_once_and_none_floats(arranged, docks):
    first = docks(arranged)
    assert len(first) == len(NAMES)
    assert not any(dock.isFloating() for dock in first.values())
    arranged.arrange()
    assert docks(arranged) == first


def test_docks_follow_what_is_open(desk, qtbot, docks):
    (recording,) = reaching.sessions(1, units=4, duration=20.0)
    desk.arrange()
    assert shown(desk, docks) == {"latent", "training", "table"}
    desk.session.add(recording)
    qtbot.waitUntil(lambda: shown(desk, docks) == FOR_RECORDINGS)
    desk.session.add(videos.numbered(5))
    qtbot.waitUntil(lambda: shown(desk, docks) == FOR_RECORDINGS | {"video", "clips"})
    desk.session.close(recording.session)
    qtbot.waitUntil(
        lambda: shown(desk, docks) == {"latent", "training", "table", "ethogram", "trace", "video", "clips"}
    )


def test_a_dock_that_was_asked_for_stays(desk, qtbot, docks):
    desk.arrange()
    desk.show("raster")
    raster = desk.widget("raster")
    qtbot.waitUntil(lambda: raster.scene.message == "Open a recording to see its spikes")
    desk.session.add(videos.numbered(5))
    qtbot.waitUntil(lambda: "video" in shown(desk, docks))
    assert "raster" in shown(desk, docks)


def test_what_is_not_on_the_canvas_has_room_below_it(desk, qtbot, docks):
    desk.session.add(bandits.population(4, trials=20))
    desk.arrange()
    choices = docks(desk)[title("choices")]
    qtbot.waitUntil(lambda: choices.height() > 0.4 * desk.window.height())


def test_the_arrangement_comes_back(arranged, qtbot, docks):

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
    stray.addTab("Tuning")
    stray.setGeometry(bars()[0].geometry().adjusted(80, 0, 0, 0))
    stray.show()
    twin = QTabBar(arranged.window)  # of the same tabs as another, elsewhere
    shown = next(bar for bar in bars() if bar.isVisible() and bar.count() > 1)
    for k in range(shown.count()):
        twin.addTab(shown.tabText(k))
    twin.setGeometry(shown.geometry().adjusted(0, -60, 0, -60))
    twin.show()
    arranged.show("tuning")
    qtbot.waitUntil(lambda: not stray.isVisible() and not twin.isVisible())
    tabs = [bar.tabText(k) for bar in bars() if bar.isVisible() for k in range(bar.count())]
    assert {"Tuning", "Train", "Table"} <= set(tabs)
    assert len(tabs) == len(set(tabs))


def test_it_fits_a_small_screen(make_napari_viewer, qtbot):
    from napari_neurofm.docks import desk as desk_of

    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1280, 800)
    desk_of(viewer).arrange()
    qtbot.waitUntil(lambda: desk_of(viewer).window.width() == 1280)
    assert desk_of(viewer).window.height() <= 800


def test_what_is_asked_for_takes_no_room_of_its_own(arranged, qtbot, docks):
    arranged.viewer.window.resize(1280, 800)
    for name in ("tour", "welcome"):
        arranged.show(name)
    arranged.arrange()
    arranged.show("welcome")
    qtbot.waitUntil(lambda: not docks(arranged)[title("welcome")].visibleRegion().isEmpty())
    main = arranged.window
    assert (main.width(), main.height()) == (1280, 800)
    assert docks(arranged)[title("explorer")] in main.tabifiedDockWidgets(docks(arranged)[title("welcome")])
    assert arranged.viewer.window._qt_viewer.dockLayerControls in main.tabifiedDockWidgets(
        docks(arranged)[title("tour")]
    )


def test_a_window_that_is_gone_needs_no_room(arranged, qtbot, monkeypatch, docks):
    arranged.viewer.window.resize(1280, 800)
    qtbot.waitUntil(lambda: arranged.window.height() == 800)
    monkeypatch.setattr("napari_neurofm.qt.arrangement.isalive", lambda window: False)
    arranged.docks._make_room(seen=True)
    assert not docks(arranged)[title("tuning")].isHidden()


@pytest.mark.parametrize(("height", "gives_way"), [(800, True), (1000, False)])
def test_in_a_low_window_the_last_views_make_room_for_the_form(arranged, qtbot, docks, height, gives_way):
    arranged.viewer.window.resize(1280, height)
    qtbot.waitUntil(lambda: arranged.window.height() == height)
    arranged.show("train")
    qtbot.waitUntil(lambda: ("tuning" not in shown(arranged, docks)) == gives_way)
    assert "latent" in shown(arranged, docks)
    qtbot.waitUntil(lambda: arranged.widget("latent").pages.height() >= 120)
    seen = [dock for dock in docks(arranged).values() if not dock.visibleRegion().isEmpty()]
    assert min(dock.height() for dock in seen) >= 120
    assert arranged.window.height() == height
    arranged.show("explorer")
    qtbot.waitUntil(lambda: shown(arranged, docks) == FOR_RECORDINGS)


def test_napari_menus_find_the_same_docks(arranged, qtbot, docks):
    from napari._app_model import get_app_model

    before, raster = docks(arranged), arranged.widget("raster")
    get_app_model().commands.execute_command("napari-neurofm.raster")
    qtbot.waitUntil(lambda: not raster.isVisible())
    get_app_model().commands.execute_command("napari-neurofm.raster")
    qtbot.waitUntil(raster.isVisible)
    assert docks(arranged) == before


def test_a_closed_dock_comes_back_with_its_state(arranged, docks):
    arranged.session.views["raster"].order = "rate"
    docks(arranged)["Raster (NeuroFM)"].destroyOnClose()
    gc.collect()
    arranged.arrange()
    assert arranged.widget("raster").bar.fields["order"].currentText() == "Rate"


def test_the_whole_path_is_in_sight(arranged, qtbot):
    path = next(layer for layer in arranged.viewer.layers if layer.name == "ada path")

    def in_sight():
        camera, canvas = arranged.viewer.scene.camera, arranged.viewer.canvas.size
        half = np.array(canvas) / camera.zoom / 2
        low, high = path.extent.world[:, -2:]
        return bool((camera.center[-2:] - half <= low).all() and (high <= camera.center[-2:] + half).all())

    qtbot.waitUntil(in_sight)


def test_a_second_latent_space_stands_beside_the_first_with_the_same_picks(arranged, qtbot, embed):
    embed(arranged)
    arranged.do("another_latent")
    first, second = arranged.widget("latent"), arranged.widget("latent 2")
    qtbot.waitUntil(lambda: bool(second.scene.marks) and bool(first.scene.marks))
    arranged.session.view("latent 2").filter = "rate > 0"
    assert arranged.session.view("latent").filter == ""
    ids = arranged.session.table("unit").index[:2]
    arranged.session.selection.pick("unit", ids)
    for plot in (first, second):
        qtbot.waitUntil(lambda plot=plot: len(plot.scene.marks) == 2 and len(plot.scene.marks[1].ids) == 2)
