"""What runs in the background: a bar each, with the time left."""

from __future__ import annotations

from functools import partial
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QScrollArea, QVBoxLayout, QWidget

from napari_neurofm.qt.menu import entries, popup, remedy
from napari_neurofm.qt.message import Message
from napari_neurofm.qt.thread import follow
from neurofm.app import commands
from neurofm.app.command import Host
from neurofm.app.progress import listed, report, time_left, words

EMPTY = "Nothing runs. Training, decoding and maps show here while they are computed."


class JobButtons(QWidget):
    """What can be done with a job; only what makes sense now is there.

    Attributes
    ----------
    buttons : by the name of their command
    """

    def __init__(self, host: Host, *names: str) -> None:
        super().__init__()
        self.host = host
        self.job: Any = None
        self.buttons = {name: QPushButton(str(commands.get(name).title)) for name in names}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for name, button in self.buttons.items():
            button.clicked.connect(partial(self._do, name))
            row.addWidget(button)

    def show_job(self, job: Any) -> None:
        """Offer what can be done with it now."""
        self.job = job
        offered = {entry.command.name for entry in entries(self.host, "job", str(job.id))}
        for name, button in self.buttons.items():
            button.setVisible(name in offered)

    def _do(self, name: str) -> None:
        if self.job is not None:
            commands.do(name, self.host, kind="job", name=str(self.job.id))


class JobRow(QWidget):
    """One job."""

    def __init__(self, host: Host, job: Any) -> None:
        super().__init__()
        self.host, self.job = host, job
        self.title, self.state = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self.bar, self.message = QProgressBar(), Message()
        self.bar.setRange(0, 1000)
        self.does = JobButtons(host, "pause", "resume", "fork", "stop")
        self.buttons = self.does.buttons
        self.buttons["fork"].setToolTip("Train once more with other settings")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        top, below = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.does)
        below.addWidget(self.bar, 1)
        below.addWidget(self.state, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 0, 2, 2)
        for part in (top, below):
            layout.addLayout(part)
        layout.addWidget(self.message)
        self.refresh()

    def refresh(self) -> None:
        """Show how far it is; once it is over, in one line."""
        job = self.job
        self.title.setText(" · ".join(filter(None, (job.title, words(job)))) if job.over else job.title)
        self.bar.setValue(round(1000 * job.fraction))
        self.bar.setFormat(time_left(job))
        self.state.setText(job.text)
        for part in (self.bar, self.state):
            part.setVisible(not job.over)
        self.does.show_job(job)
        if job.state == "failed" and not self.message.isVisible():
            self.message.tell(job.error, report(job), remedy(self.host, job))

    def _menu(self, at: Any) -> None:
        popup(self, self.mapToGlobal(at), entries(self.host, "job", str(self.job.id)), self.host)


class JobList(QWidget):
    """The dock: what works on top, then the newest."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host, self.session, self.rows = host, host.session, dict[int, JobRow]()
        self.words, self.button = QLabel(EMPTY, wordWrap=True), QPushButton("Train")
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button.clicked.connect(partial(commands.do, "train", host))
        inside = QWidget()
        self.column = QVBoxLayout(inside)
        self.column.addWidget(self.words)
        self.column.addWidget(self.button, alignment=Qt.AlignmentFlag.AlignCenter)
        self.column.addStretch()
        area = QScrollArea(widgetResizable=True)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        for job in listed(self.session.jobs):
            self.show_job(job)
        follow(self.session.jobs.changed, self, self.show_job)
        follow(self.session.jobs.finished, self, self.show_job)

    def show_job(self, job: Any) -> None:
        """Show how far a job is, in a new row if it is new."""
        if job.id not in self.rows and job in listed(self.session.jobs):
            self.rows[job.id] = JobRow(self.host, job)
        self.words.hide()
        self.button.hide()
        if job.id in self.rows:
            self.rows[job.id].refresh()
        self._order()

    def _order(self) -> None:
        """Each at its place, and none of jobs that others went on from."""
        shown = [job.id for job in listed(self.session.jobs)]
        for number in [number for number in self.rows if number not in shown]:
            row = self.rows.pop(number)
            self.column.removeWidget(row)
            row.deleteLater()
        for place, number in enumerate(number for number in shown if number in self.rows):
            if self.column.indexOf(self.rows[number]) != place:
                self.column.insertWidget(place, self.rows[number])
