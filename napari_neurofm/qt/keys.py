"""Keys: plain ones while a dock of ours has the focus, with ctrl-alt on napari's canvas."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

from qtpy.QtCore import QObject, Qt, QTimer
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QDialog, QLabel, QShortcut, QVBoxLayout, QWidget

from napari_neurofm.qt.bar import HELP

if TYPE_CHECKING:
    from napari_neurofm.qt.desk import Desk

TICK = 33  # ms between two pictures while playing
FRAME = 0.1  # seconds of a step where no layer says how long a frame is


class Player(QObject):
    """Moves the one time, and what else keys do.

    Attributes
    ----------
    keys : what each key does, as Qt writes it and as napari does
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk: Callable[[], Any] = ref(desk)
        self.timer = QTimer(self, interval=TICK)
        self.timer.timeout.connect(self._tick)
        self._last = 0.0
        session = desk.session
        self.keys: dict[tuple[str, str], Callable[[], Any]] = {
            ("Space", "Space"): self.play,
            ("Right", "Right"): lambda: self.step(self.frame()),
            ("Left", "Left"): lambda: self.step(-self.frame()),
            ("Shift+Right", "Shift-Right"): lambda: self.step(1.0),
            ("Shift+Left", "Shift-Left"): lambda: self.step(-1.0),
            ("Esc", "Escape"): session.selection.clear,
            ("Ctrl+Z", "Z"): session.undo,
            ("Ctrl+Shift+Z", "Shift-Z"): session.redo,
            ("G", "G"): lambda: self._desk().name_pick(),
        }
        for k in range(1, 10):
            self.keys[str(k), str(k)] = partial(self.pick_group, k)

    def play(self) -> None:
        """Start, or stop."""
        if self.timer.isActive():
            return self.stop()
        self._last = time.monotonic()
        return self.timer.start()

    def stop(self) -> None:
        """Stop playing."""
        self.timer.stop()

    def pick_group(self, place: int) -> None:
        """Pick the group of that place, if there is one."""
        session = self._desk().session
        for name in list(session.groups)[place - 1 : place]:
            session.pick_group(name)

    def step(self, seconds: float) -> None:
        """Move the time, within what was recorded."""
        session = self._desk().session
        recordings = session.recordings.values()
        if recordings:
            low, high = min(r.start for r in recordings), max(r.stop for r in recordings)
            session.time = min(max(session.time + seconds, low), high)

    def frame(self) -> float:
        """Seconds between two frames."""
        return self._desk().layers.step or FRAME

    def _tick(self) -> None:
        now, before = time.monotonic(), self._desk().session.time
        self.step(now - self._last)
        self._last = now
        if self._desk().session.time == before:
            self.stop()


def bind(widget: QWidget, player: Player) -> None:
    """Plain keys while `widget` or something in it has the focus."""
    widget.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    for (key, _), do in player.keys.items():
        shortcut = QShortcut(QKeySequence(key), widget)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(do)


def bind_canvas(viewer: Any, player: Player) -> None:
    """The same keys with ctrl-alt on napari's canvas."""
    for (_, key), do in player.keys.items():
        viewer.bind_key(f"Control-Alt-{key}", _press(do), overwrite=True)


def _press(do: Callable[[], None]) -> Callable[[Any], None]:
    def press(viewer: Any) -> None:
        do()

    return press


def show(parent: QWidget) -> None:
    """A window with the list of them."""
    window = QDialog(parent)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    window.setWindowTitle("NeuroFM: mouse and keys")
    words = QLabel(HELP)
    QVBoxLayout(window).addWidget(words)
    window.show()
