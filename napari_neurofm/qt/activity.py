"""Jobs in napari's activity dock."""

from __future__ import annotations

from typing import Any

from napari.utils import progress
from napari.utils.notifications import show_error

from neurofm.app.session import Session


class Activity:
    """A bar of napari's for each job that runs, and a notification for one that fails."""

    def __init__(self, session: Session) -> None:
        self._jobs = session.jobs
        self._bars: dict[int, Any] = {}
        self._jobs.changed.connect(self._show, thread="main")
        self._jobs.finished.connect(self._finish, thread="main")

    def close(self) -> None:
        """Let go of the jobs."""
        self._jobs.changed.disconnect(self._show)
        self._jobs.finished.disconnect(self._finish)
        for bar in self._bars.values():
            bar.close()

    def _show(self, job: Any) -> None:
        if job.over or job.state == "queued":
            return
        if job.id not in self._bars:
            self._bars[job.id] = progress(total=100, desc=job.title)
        bar = self._bars[job.id]
        bar.update(max(int(100 * job.fraction) - bar.n, 0))

    def _finish(self, job: Any) -> None:
        bar = self._bars.pop(job.id, None)
        if bar is not None:
            bar.close()
        if job.state == "failed":
            show_error(f"{job.title}: {job.error}")
