"""A view planted by the recipe, a module with a SPEC and its lines in napari.yaml, is there in every front."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from npe2 import PluginManager, PluginManifest

import napari_neurofm
from neurofm import registry
from neurofm.app import arrangement
from neurofm.app.session import Session
from neurofm.synthetic.demo import demo

MODULE = '''
"""A maze: where nothing is picked yet."""

from dataclasses import dataclass

import numpy as np
from psygnal import evented

from neurofm.app.pictures.scene import Axis, Points, Scene
from neurofm.specs import ViewSpec


@evented
@dataclass
class State:
    """It has one choice."""

    mirrored: bool = False


def scene(state, session, viewport):
    ids = session.table("unit").index.to_numpy() if session.recordings else np.zeros(0, int)
    xy = np.stack([np.arange(len(ids)), np.arange(len(ids))], 1).astype(float)
    marks = (Points("unit", ids, -xy if state.mirrored else xy, np.full((len(ids), 4), 255, np.uint8)),)
    return Scene("Maze", marks, Axis("x", "", (-1.0, 60.0)), Axis("y", "", (-1.0, 60.0)), note="a maze")


def hit(state, session, shape):
    return "unit", session.table("unit").index.to_numpy()[:2]


def describe(state, session, space, id):
    return session.label(space, id)


SPEC = ViewSpec(title="Maze", state=State, scene=scene, hit=hit, describe=describe, place="tab of latent")
'''
LINES = {
    "  readers:": '    - {id: napari-neurofm.maze, title: Show a maze, python_name: "napari_neurofm.docks:maze"}',
    "  menus:": "    - {command: napari-neurofm.maze, display_name: Maze}",
}


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a distribution that adds a view by an entry point."""
    (tmp_path / "lab_maze.py").write_text(MODULE)
    about = tmp_path / "lab_maze-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lab-maze\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[neurofm.app.views]\nmaze = lab_maze\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry._added.cache_clear()
    yield tmp_path
    registry._added.cache_clear()


@pytest.fixture
def manifest(planted: Path) -> Iterator[PluginManifest]:
    """The plugin's manifest with the lines of the view, in place of its own."""
    text = (Path(napari_neurofm.__file__).parent / "napari.yaml").read_text("utf8")
    for before, line in LINES.items():
        text = text.replace(f"{before}\n", f"{line}\n{before}\n", 1)
    (planted / "napari.yaml").write_text(text)
    manager, ours = PluginManager.instance(), PluginManifest.from_file(planted / "napari.yaml")
    manager.discover()
    usual = manager.get_manifest(ours.name)
    for old, new in ((usual, ours), (ours, usual)):
        manager.unregister(old.name)
        with manager.events.plugins_registered.blocked():  # a window that is made reads what is registered by then
            manager.register(new)
        if new is ours:
            yield ours


def test_it_is_listed_and_has_its_place(planted: Path) -> None:
    assert "maze" in registry.names(arrangement.VIEWS)
    assert arrangement.title("maze") == "Maze"
    assert arrangement.layout().right[0] == ("latent", "maze")


def test_the_manifest_is_whole(manifest: PluginManifest) -> None:
    manifest.validate_imports()
    (widget,) = (w for w in manifest.contributions.widgets or () if w.command.endswith(".maze"))
    assert widget.display_name == arrangement.spec("maze").title


def test_a_notebook_shows_it(planted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from comm.base_comm import BaseComm

    from napari_neurofm.jupyter import explore, view

    monkeypatch.setattr(BaseComm, "publish_msg", lambda *_, **__: None)
    monkeypatch.setattr("comm.create_comm", BaseComm)
    session = Session(demo(duration=5))
    plot = view("maze", session)
    assert (plot.picture["title"], plot.picture["note"]) == ("Maze", "a maze")
    assert plot.picture["marks"][0]["kind"] == "points"
    explorer = explore(session, [["maze", "raster"]])
    assert list(explorer.plots) == ["maze", "raster"]
    for widget in (plot, explorer):
        widget.close()


@pytest.mark.gui
def test_the_window_shows_it_in_its_place_and_napari_in_its_menu(
    manifest: PluginManifest, make_napari_viewer: Any, qtbot: Any
) -> None:
    from napari._app_model import get_app_model

    from napari_neurofm.docks import desk as desk_of

    viewer = make_napari_viewer(show=True)
    desk = desk_of(viewer)
    for recording in demo(duration=5):
        desk.session.add(recording)
    get_app_model().commands.execute_command("napari-neurofm.maze")
    qtbot.waitUntil(desk.widget("maze").isVisible)
    qtbot.waitUntil(lambda: desk.widget("maze").note.text() == "a maze")
    desk.arrange()
    docks = viewer.window._wrapped_dock_widgets
    assert [name for name in docks if "Maze" in name] == ["Maze (NeuroFM)"]
    assert docks["Maze (NeuroFM)"] in desk.window.tabifiedDockWidgets(docks["Latent space (NeuroFM)"])
    desk.show("maze")
    qtbot.waitUntil(desk.widget("maze").isVisible)
    desk.widget("maze").bar.fields["mirrored"].setChecked(True)
    qtbot.waitUntil(lambda: desk.widget("maze").scene.marks[0].xy[1, 0] == -1.0)
