"""Jobs in napari's activity dock."""

from __future__ import annotations

from typing import Any

from napari.utils import progress
from napari.utils.notifications import show_error
from qtpy.QtCore import QObject, QTimer
from qtpy.QtWidgets import QLabel

from napari_neurofm.qt.thread import follow
from neurofm.app.session import Session

SOON = 200  # ms until napari's bars follow: each change draws the whole window, too much for the moment of a click


class Activity(QObject):
    """A bar of napari's for each job that runs, and a notification for one that fails."""

    def __init__(self, desk: Any, session: Session) -> None:
        super().__init__(desk)
        self._desk = desk
        self._bars: dict[int, Any] = {}
        self._changed: dict[int, Any] = {}
        self._due = QTimer(self, singleShot=True, interval=SOON)
        self._due.timeout.connect(self._draw)
        follow(session.jobs.changed, self, self._show)
        follow(session.jobs.finished, self, self._finish)

    def _show(self, job: Any) -> None:
        self._changed[job.id] = job
        if not self._due.isActive():
            self._due.start()

    def _draw(self) -> None:
        changed, self._changed = self._changed, {}
        for job in changed.values():
            if job.over or job.state == "queued":
                continue
            if job.id not in self._bars:
                self._bars[job.id] = self._bar(job.title)
            bar = self._bars[job.id]
            more = int(100 * job.fraction) - bar.n
            if more > 0:
                bar.update(more)

    def _bar(self, title: str) -> Any:
        """A bar of napari's, which draws the window before it answers; the canvas follows after that."""
        canvas = self._desk.viewer.window._qt_viewer.canvas.native
        canvas.setUpdatesEnabled(False)
        try:
            bar = progress(total=100, desc=title)
        finally:
            canvas.setUpdatesEnabled(True)
        _still(self._desk.window)
        return bar

    def _finish(self, job: Any) -> None:
        bar = self._bars.pop(job.id, None)
        if bar is not None:
            bar.close()
        if job.state == "failed":
            show_error(f"{job.title}: {job.error}")


def _still(window: Any) -> None:
    """Stop napari's spinning sign: without a graphics card it draws the window again and again, half a core's work."""
    for label in window.findChildren(QLabel):
        if label.movie() is not None:
            label.movie().stop()
