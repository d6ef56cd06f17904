"""A real window with the demo in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from neurofm.data import Embedding
from neurofm.data.ids import pack
from neurofm.synthetic.demo import demo

PATIENT = 60_000  # ms that are waited for something at most, as on a machine with much else to do


@pytest.fixture(autouse=True)
def unanswered(monkeypatch: Any) -> Iterator[None]:
    """A dialog that nobody answers is an error of the test that opened it, rather than one that waits for ever."""
    from qtpy.QtCore import QTimer
    from qtpy.QtWidgets import QDialog, QFileDialog, QInputDialog

    ask, ignored = QDialog.exec, []

    def patient(dialog: Any) -> int:
        def leave() -> None:
            ignored.append(dialog.windowTitle())
            dialog.reject()

        timer = QTimer(dialog, singleShot=True)
        timer.timeout.connect(leave)
        timer.start(PATIENT // 2)
        return ask(dialog)

    def refuse(*asked: Any, **_: Any) -> Any:
        raise AssertionError(f"nobody answers {asked[1:]}")

    monkeypatch.setattr(QDialog, "exec", patient)
    monkeypatch.setattr(QInputDialog, "getText", refuse)
    for name in ("getExistingDirectory", "getSaveFileName", "getOpenFileNames", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, name, refuse)
    yield
    assert not ignored, f"nobody answered {ignored}"


@pytest.fixture
def qtbot(qtbot: Any) -> Any:
    qtbot.waitUntil = partial(qtbot.waitUntil, timeout=PATIENT)
    return qtbot


@pytest.fixture
def desk(make_napari_viewer: Any, qtbot: Any, tmp_path: Path, monkeypatch: Any) -> Any:
    """A viewer's desk; its jobs' processes are not warmed up before they are needed."""
    from napari_neurofm.docks import desk as desk_of
    from neurofm.app.idle import Idle
    from neurofm.app.jobs import Jobs
    from neurofm.app.saved import autosave

    monkeypatch.setattr(Jobs, "warm", lambda self: None)
    monkeypatch.setattr(Idle, "_ask", lambda self, *_: None)  # tests look themselves
    monkeypatch.setattr(autosave, "folder", lambda: tmp_path / "unsaved")
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1600, 1000)
    here = desk_of(viewer)
    here.session.folder = tmp_path / "runs"
    return here


@pytest.fixture
def arranged(desk: Any, qtbot: Any) -> Any:
    """The same with all docks and two short recordings."""
    for recording in demo(duration=20):
        desk.session.add(recording)
    desk.session.current = "ada"
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


@pytest.fixture
def answer(monkeypatch: Any) -> Callable[..., None]:
    """What the user answers to whichever dialog asks for paths."""

    def give(*paths: Path) -> None:
        monkeypatch.setattr("napari_neurofm.qt.dialogs.ask_path", lambda parent, question: list(paths))

    return give


@pytest.fixture
def fill(monkeypatch: Any) -> Callable[..., None]:
    """What the user writes into the next forms before OK is clicked; the other fields stay as they are."""
    from napari_neurofm.qt.asking import FormDialog

    def give(**written: Any) -> None:
        def answered(form: Any) -> int:
            for name, value in written.items():
                field = form.fields[name]
                (field.setValue if hasattr(field, "setValue") else field.setText)(value)
            form.buttons.button(form.buttons.StandardButton.Ok).click()
            assert form.result(), form.problem.text()
            return int(form.result())

        monkeypatch.setattr(FormDialog, "exec", answered)

    return give


@pytest.fixture
def offered() -> Callable[..., dict[str, Any]]:
    """Entries of the menu of a thing, by their words."""
    from neurofm.app.command import Context
    from neurofm.app.commands import menu

    def entries(desk: Any, kind: str, name: str = "") -> dict[str, Any]:
        return {entry.words: entry for entry in menu(Context(session=desk.session, kind=kind, name=name))}

    return entries


@pytest.fixture
def right_click(qtbot: Any) -> Callable[..., list[str]]:
    """Opens the menu of a widget at a place of it, and gives what it offers."""
    from qtpy.QtGui import QContextMenuEvent
    from qtpy.QtWidgets import QApplication, QMenu

    def click(widget: Any, place: Any) -> Any:
        kind = QContextMenuEvent.Reason.Mouse
        QApplication.sendEvent(widget, QContextMenuEvent(kind, place, widget.mapToGlobal(place)))
        qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
        return QApplication.activePopupWidget()

    return click


@pytest.fixture
def docks() -> Callable[[Any], dict[str, Any]]:
    """Docks of ours in a window, by their title."""

    def ours(desk: Any) -> dict[str, Any]:
        return {n: d for n, d in desk.viewer.window._wrapped_dock_widgets.items() if n.endswith("(NeuroFM)")}

    return ours


@pytest.fixture
def embed() -> Callable[[Any], None]:
    """Gives a desk a latent space of the units of what is open."""

    def add(desk: Any) -> None:
        recording = desk.session.recording()
        count = len(recording.units)
        values = np.random.default_rng(0).normal(size=(count, 5))
        space = {"name": "made", "space": "unit", "ids": pack(0, np.arange(count)), "values": values}
        desk.session.add(Embedding(**space, xy=values[:, :2], sessions=(recording.session,)))

    return add
