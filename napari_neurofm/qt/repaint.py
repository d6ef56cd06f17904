"""One picture of the window at a time, with room between two of them."""

from __future__ import annotations

import time
from typing import Any

from qtpy.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QWidget

FRAME = 16  # ms from the end of one picture to the next, at least


class Repaint(QObject):
    """Lets a window paint itself at most once a frame.

    napari's canvas makes Qt compose the whole window (15 ms without a graphics card) whatever has changed in it, and
    each of pyqtgraph's views asks for that at once and for itself: three views that change together would hold the
    window for three pictures. Here what changes within a frame is painted together, and `repaint` waits, too.

    Parameters
    ----------
    window : a top-level widget; it ends with that
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._ended, self._painting = 0.0, False  # the window it finds as its parent: to hold it would keep it alive
        self._due = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._due.timeout.connect(self._paint)
        window.installEventFilter(self)

    def eventFilter(self, watched: Any, event: Any) -> bool:
        if event.type() != QEvent.Type.UpdateRequest or self._painting:
            return False
        if not self._due.isActive():
            self._due.start(max(0, round(FRAME - 1e3 * (time.perf_counter() - self._ended))))
        return True

    def _paint(self) -> None:
        self._painting = True
        try:
            QCoreApplication.sendEvent(self.parent(), QEvent(QEvent.Type.UpdateRequest))
        finally:
            self._painting, self._ended = False, time.perf_counter()
