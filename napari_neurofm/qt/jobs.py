"""What runs in the background: a bar each, with the time left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QScrollArea, QVBoxLayout, QWidget

from napari_neurofm.qt.message import Message
from napari_neurofm.qt.thread import follow
from neurofm.app.progress import can_resume, report, resume, time_left

if TYPE_CHECKING:
    from napari_neurofm.qt.desk import Desk

EMPTY = "Nothing runs. Training, decoding and maps show here while they are computed."


class JobRow(QWidget):
    """One job."""

    def __init__(self, desk: Desk, job: Any) -> None:
        super().__init__()
        self.desk, self.session, self.job = desk, desk.session, job
        self.title, self.state, self.bar, self.message = QLabel(), QLabel(wordWrap=True), QProgressBar(), Message()
        self.bar.setRange(0, 1000)
        self.buttons = {name: QPushButton(name) for name in ("Pause", "Resume", "Fork…", "Stop")}
        self.buttons["Fork…"].setToolTip("Train once more with other settings")
        self.buttons["Fork…"].clicked.connect(lambda: desk.fork(job))
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
        self.buttons["Fork…"].setVisible(job.task in ("train", "finetune"))
        self.buttons["Stop"].setVisible(not job.over)
        if job.state == "failed" and not self.message.isVisible():
            self.message.tell(job.error, report(job), self.desk.remedy(job))

    def resume(self) -> None:
        """Go on, after a pause or from the last checkpoint."""
        resume(self.session, self.job)


class JobList(QWidget):
    """The dock: newest on top."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk, self.session, self.rows = desk, desk.session, dict[int, JobRow]()
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
            self.rows[job.id] = JobRow(self.desk, job)
            self.column.insertWidget(0, self.rows[job.id])
        self.words.hide()
        self.rows[job.id].refresh()
