"""A real window with the demo in it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from neurofm.synthetic.demo import demo


@pytest.fixture
def desk(make_napari_viewer: Any, qtbot: Any, tmp_path: Path, monkeypatch: Any) -> Any:
    """A viewer's desk; its jobs' processes are not warmed up before they are needed."""
    from napari_neurofm.docks import desk as desk_of
    from neurofm.app.jobs import Jobs
    from neurofm.app.saved import autosave

    monkeypatch.setattr(Jobs, "warm", lambda self: None)
    monkeypatch.setattr(autosave, "folder", lambda: tmp_path / "unsaved")
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1600, 1000)
    here = desk_of(viewer)
    here.session._folder = tmp_path / "runs"
    return here


@pytest.fixture
def arranged(desk: Any, qtbot: Any) -> Any:
    """The same with all docks and two short recordings."""
    for recording in demo(duration=20):
        desk.session.add(recording)
    desk.arrange()
    qtbot.waitUntil(lambda: len(desk.viewer.layers) >= 2)
    return desk


@pytest.fixture
def press(qtbot: Any) -> Callable[..., None]:
    """Real key presses on a widget that has the focus."""
    from qtpy.QtCore import Qt

    def keys(widget: Any, key: str, *modifiers: str) -> None:
        held = Qt.KeyboardModifier.NoModifier
        for name in modifiers:
            held |= getattr(Qt.KeyboardModifier, f"{name}Modifier")
        widget.activateWindow()
        widget.setFocus()
        qtbot.waitUntil(widget.hasFocus)
        qtbot.keyClick(widget, getattr(Qt.Key, f"Key_{key}"), held)

    return keys


@pytest.fixture
def mouse(qtbot: Any, monkeypatch: Any) -> SimpleNamespace:
    """A mouse over a plot, in the plot's own coordinates."""
    import pyqtgraph as pg
    from qtpy.QtCore import QEvent, QPointF, Qt
    from qtpy.QtGui import QMouseEvent
    from qtpy.QtWidgets import QApplication

    monkeypatch.setitem(pg.CONFIG_OPTIONS, "mouseRateLimit", -1)  # it drops moves that follow faster than a hand
    left, none, Kind = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QEvent.Type

    def at(plot: Any, x: float, y: float) -> Any:
        return plot.graphics.mapFromScene(plot.canvas.mapViewToScene(QPointF(x, y)))

    def send(plot: Any, kind: Any, point: Any, held: Any = left, modifier: Any = none) -> None:
        button = Qt.MouseButton.NoButton if kind == Kind.MouseMove else left
        place = plot.graphics.viewport().mapToGlobal(point)
        event = QMouseEvent(kind, QPointF(point), QPointF(place), button, held, modifier)
        QApplication.sendEvent(plot.graphics.viewport(), event)

    def drag(plot: Any, *corners: tuple[float, float], modifier: Any = none) -> None:
        points = [at(plot, *c) for c in corners]
        send(plot, Kind.MouseMove, points[0], Qt.MouseButton.NoButton)
        send(plot, Kind.MouseButtonPress, points[0], left, modifier)
        for a, b in pairwise(points):
            for k in range(1, 5):
                send(plot, Kind.MouseMove, a + (b - a) * k / 4, left, modifier)
        send(plot, Kind.MouseButtonRelease, points[-1], Qt.MouseButton.NoButton, modifier)

    def click(plot: Any, x: float, y: float, modifier: Any = none) -> None:
        qtbot.mouseClick(plot.graphics.viewport(), left, modifier, at(plot, x, y))

    def double(plot: Any, x: float, y: float) -> None:
        click(plot, x, y)
        send(plot, Kind.MouseButtonDblClick, at(plot, x, y))
        send(plot, Kind.MouseButtonRelease, at(plot, x, y), Qt.MouseButton.NoButton)

    return SimpleNamespace(at=at, drag=drag, click=click, double=double)
