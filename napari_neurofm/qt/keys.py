"""Keys: plain ones while a dock of ours has the focus, with ctrl-alt on napari's canvas."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from qtpy.QtCore import QObject, Qt, QTimer
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QShortcut, QWidget

from neurofm.app import commands
from neurofm.app.play import FRAME, play, step
from neurofm.app.session import Session

TICK = 33  # ms between two pictures while playing
CANVAS = {"Ctrl+Z": "Z", "Ctrl+Shift+Z": "Shift-Z", "Esc": "Escape"}  # keys that are called otherwise after ctrl-alt


class Player(QObject):
    """Moves the one time, and what else keys do.

    Parameters
    ----------
    parent : lives as long
    session : whose time it moves
    do : does a command, by its name
    frame : gives the seconds between two frames; None where nothing says

    Attributes
    ----------
    keys : what each key does, as Qt writes it and as napari does
    """

    def __init__(
        self, parent: QObject, session: Session, do: Callable[[str], Any], frame: Callable[[], float | None]
    ) -> None:
        super().__init__(parent)
        self.session, self._frame = session, frame
        self.timer = QTimer(self, interval=TICK)
        self.timer.timeout.connect(self._tick)
        self._last = 0.0
        self.keys: dict[tuple[str, str], Callable[[], Any]] = {
            ("Space", "Space"): self.play,
            ("Right", "Right"): lambda: step(session, frames=1, frame=self.frame()),
            ("Left", "Left"): lambda: step(session, frames=-1, frame=self.frame()),
            ("Shift+Right", "Shift-Right"): lambda: self.step(1.0),
            ("Shift+Left", "Shift-Left"): lambda: self.step(-1.0),
        }
        self.keys |= {(key, CANVAS.get(key, key)): partial(do, name) for key, name in commands.KEYS.items()}
        self.keys |= {(str(k), str(k)): partial(commands.pick_group, session, k) for k in range(1, 10)}

    def play(self) -> None:
        """Start, or stop."""
        if self.timer.isActive():
            return self.timer.stop()
        self._last = time.monotonic()
        return self.timer.start()

    def step(self, seconds: float) -> None:
        """Move the time, within what was recorded."""
        step(self.session, seconds)

    def frame(self) -> float:
        """Seconds between two frames."""
        return self._frame() or FRAME

    def _tick(self) -> None:
        now, before = time.monotonic(), self.session.time
        play(self.session, now - self._last)
        self._last = now
        if self.session.time == before:
            self.timer.stop()


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
