"""napari's notices leave after a while, those that are behind others too, and while another window is in front."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

from napari._qt.dialogs.qt_notification import NapariQtNotification
from napari.utils.notifications import notification_manager
from qtpy.compat import isalive
from qtpy.QtCore import QObject, Qt, QTimer, Signal
from qtpy.QtWidgets import QWidget

STAYS = 8000  # ms that notices stay after the last one came, unless the mouse is on them


class Toasts(QObject):
    """Lets notices of a window fade once nothing new was said for a while.

    Parameters
    ----------
    parent : lives as long
    window : whose notices they are

    Attributes
    ----------
    came : signal that something was said, in whatever thread
    """

    came = Signal()

    def __init__(self, parent: QObject, window: QWidget) -> None:
        super().__init__(parent)
        self._window: Callable[[], Any] = ref(window)
        self.due = QTimer(self, singleShot=True, interval=STAYS)
        self.due.timeout.connect(self._fade)
        self.came.connect(self.due.start, Qt.ConnectionType.QueuedConnection)
        here = ref(self)

        def hear(*_: Any) -> None:
            there = here()
            if there is not None and isalive(there):
                there.came.emit()

        notification_manager.notification_ready.connect(hear)
        self.destroyed.connect(lambda: notification_manager.notification_ready.disconnect(hear))

    def shown(self) -> list[Any]:
        """Notices that are there."""
        window = self._window()
        there = [] if window is None else window.findChildren(NapariQtNotification)
        return [one for one in there if one.isVisible()]

    def _fade(self) -> None:
        for one in self.shown():
            if one.underMouse():
                self.due.start()
            else:
                one.close_with_fade()
