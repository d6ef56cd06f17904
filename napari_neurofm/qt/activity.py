"""Jobs in napari's activity dock."""

from __future__ import annotations

from typing import Any

from napari.utils import progress
from napari.utils.notifications import show_error
from qtpy.QtCore import QObject

from napari_neurofm.qt.thread import follow
from neurofm.app.session import Session


class Activity(QObject):
    """A bar of napari's for each job that runs, and a notification for one that fails."""

    def __init__(self, parent: QObject, session: Session) -> None:
        super().__init__(parent)
        self._bars: dict[int, Any] = {}
        follow(session.jobs.changed, self, self._show)
        follow(session.jobs.finished, self, self._finish)

    def _show(self, job: Any) -> None:
        if job.over or job.state == "queued":
            return
        if job.id not in self._bars:
            self._bars[job.id] = progress(total=100, desc=job.title)
        bar = self._bars[job.id]
        more = int(100 * job.fraction) - bar.n
        if more > 0:  # each update of napari's bar lets the whole window draw
            bar.update(more)

    def _finish(self, job: Any) -> None:
        bar = self._bars.pop(job.id, None)
        if bar is not None:
            bar.close()
        if job.state == "failed":
            show_error(f"{job.title}: {job.error}")
