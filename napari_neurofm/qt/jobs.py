"""What runs in the background: a bar each, with the time left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QScrollArea, QVBoxLayout, QWidget

from napari_neurofm.qt.message import Message
from napari_neurofm.qt.thread import follow

if TYPE_CHECKING:
    from napari_neurofm.qt.desk import Desk

KNOWN = 0.02  # share of a job after which the time left can be told
EMPTY = "Nothing runs. Training, decoding and maps show here while they are computed."


class JobRow(QWidget):
    """One job."""

    def __init__(self, session: Any, job: Any) -> None:
        super().__init__()
        self.session, self.job = session, job
        self.title, self.state, self.bar, self.message = QLabel(), QLabel(wordWrap=True), QProgressBar(), Message()
        self.bar.setRange(0, 1000)
        self.buttons = {name: QPushButton(name) for name in ("Pause", "Resume", "Stop")}
        self.buttons["Pause"].clicked.connect(job.pause)
        self.buttons["Resume"].clicked.connect(self.resume)
        self.buttons["Stop"].clicked.connect(job.stop)
        top, below = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self.title, 1)
        for button in self.buttons.values():
            top.addWidget(button)
        below.addWidget(self.bar, 1)
        below.addWidget(self.state, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 6)
        for part in (top, below):
            layout.addLayout(part)
        layout.addWidget(self.message)
        self.refresh()

    def refresh(self) -> None:
        """Show how far it is."""
        job = self.job
        self.title.setText(job.title)
        self.bar.setValue(round(1000 * job.fraction))
        self.bar.setFormat(time_left(job))
        self.state.setText(job.text)
        self.buttons["Pause"].setVisible(job.state == "running")
        self.buttons["Resume"].setVisible(can_resume(job))
        self.buttons["Stop"].setVisible(not job.over)
        if job.state == "failed" and not self.message.isVisible():
            self.message.tell(job.error, report(job))

    def resume(self) -> None:
        """Go on, after a pause or from the last checkpoint."""
        resume(self.session, self.job)


class JobList(QWidget):
    """The dock: newest on top."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.session, self.rows = desk.session, dict[int, JobRow]()
        self.words = QLabel(EMPTY, wordWrap=True)
        inside = QWidget()
        self.column = QVBoxLayout(inside)
        self.column.addWidget(self.words)
        self.column.addStretch()
        area = QScrollArea(widgetResizable=True)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        for job in self.session.jobs:
            self.show_job(job)
        follow(self.session.jobs.changed, self, self.show_job)
        follow(self.session.jobs.finished, self, self.show_job)

    def show_job(self, job: Any) -> None:
        """Show how far a job is, in a new row if it is new."""
        if job.id not in self.rows:
            self.rows[job.id] = JobRow(self.session, job)
            self.column.insertWidget(0, self.rows[job.id])
        self.words.hide()
        self.rows[job.id].refresh()


def can_resume(job: Any) -> bool:
    """A paused job, or a training that ended early."""
    return job.state == "paused" or (job.task in ("train", "finetune") and job.state in ("stopped", "failed"))


def resume(session: Any, job: Any) -> Any:
    """Go on with a job; gives the one that runs now."""
    if job.state != "paused":
        return session.resume(job)
    job.resume()
    return job


def time_left(job: Any) -> str:
    """What a user wants to know of the time."""
    if job.over or job.state in ("queued", "paused"):
        return str(job.state)
    left = job.remaining
    if left is None or job.fraction < KNOWN:
        return "starting"
    return f"{left / 60:.0f} min left" if left >= 90 else f"{left:.0f} s left"


def report(job: Any) -> str:
    """The end of the job's log."""
    file = job.folder / "log.txt"
    return file.read_text("utf8", errors="replace")[-8000:] if file.exists() else ""
