"""Train a model on recordings: a form made from the model's own options."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QProcess, Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from superqt import QCollapsible

from napari_neurofm.form import form, suit, values
from napari_neurofm.preferences import preferences
from napari_neurofm.qt.message import Message
from napari_neurofm.qt.thread import follow
from neurofm.app import options
from neurofm.app.progress import can_resume, resume, time_left, words
from neurofm.data.target import targets

if TYPE_CHECKING:
    from napari_neurofm.qt.desk import Desk

WAIT = "Reading what the models offer …"
FRESH = "a new model"
MOST_ROWS = 4  # recordings in sight; more are scrolled


class Train(QWidget):
    """The dock."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk, self.session = desk, desk.session
        self.job: Any = None
        self.models: dict[str, options.ModelOptions] = {}
        self.model, self.start, self.target = QComboBox(), QComboBox(), QComboBox()
        self.units_only = QCheckBox("units only", toolTip=options.UNITS_ONLY)
        self.recordings, self.message = QListWidget(), Message()
        self.first: Any = None
        self.rest: Any = None
        self.before: dict[str, Any] = {}
        self.advised: dict[str, Any] = {}
        self.why = QLabel(wordWrap=True)
        self.choices = QFormLayout()
        self.fields, self.more = QVBoxLayout(), QCollapsible("More options")
        self.buttons = {name: QPushButton(name) for name in ("Train", "Pause", "Resume", "Stop")}
        self.bar, self.score = QProgressBar(), QLabel(WAIT, wordWrap=True)
        self.process = QProcess(self)
        self._wanted: Any = None  # the job whose settings the form is to show, once there is a form
        self._build()
        self._follow()

    def showEvent(self, event: QEvent) -> None:
        """Ask for the models' options when they are first needed: that takes a process and some seconds."""
        super().showEvent(event)
        if not self.models and self.process.state() == QProcess.ProcessState.NotRunning:
            self.process.start(sys.executable, ["-m", "neurofm.app.options"])

    # ---- what it asks for

    def names(self) -> list[str]:
        """Recordings to train on."""
        rows = [self.recordings.item(k) for k in range(self.recordings.count())]
        return [row.data(Qt.ItemDataRole.UserRole) for row in rows if row.checkState() == Qt.CheckState.Checked]

    def settings(self) -> dict[str, Any]:
        """What differs from the model's own choices."""
        now = {**values(self.first), **values(self.rest)}
        usual = self.before, self.advised  # what was advised may be set back to what is usual
        found = {n: value for n, value in now.items() if any(value != known.get(n, value) for known in usual)}
        if self.start.currentIndex() > 0:  # a run keeps its sizes, and their usual number of steps is another
            sizes = self.models[self.model.currentData()].sizes
            found = {name: value for name, value in found.items() if name not in sizes} | {"steps": now["steps"]}
        asked = self.models[self.model.currentData()].asks and self.target.currentIndex() > 0
        return found | ({"target": self.target.currentText()} if asked else {})

    def set(self, **settings: Any) -> None:
        """Fill in fields by name."""
        for name, value in settings.items():
            part = self.first if hasattr(self.first, name) else self.rest
            getattr(part, name).value = value

    def fork(self, job: Any) -> None:
        """Show the settings that a job was given, to change some and train beside it."""
        self._wanted = job
        if self.models:
            self._fill()

    def train(self) -> None:
        """Start, and show how it goes."""
        names = self.names()
        if not names:
            return self.message.tell("Choose a recording to train on.")
        self.message.tell("")
        device = preferences().device
        try:
            if self.start.currentIndex() > 0:
                run = self.start.currentData()
                only = self.units_only.isChecked()
                self.job = self.session.finetune(run, names, self.settings(), units_only=only, device=device)
            else:
                self.job = self.session.train(self.model.currentData(), names, self.settings(), device=device)
        except (ValueError, LookupError, OSError) as error:
            return self.message.tell(str(error))
        return self.refresh()

    def resume(self) -> None:
        """Go on, after a pause or from the last checkpoint."""
        self.job = resume(self.session, self.job)
        self.refresh()

    # ---- how it looks

    def refresh(self, *_: Any) -> None:
        """Show which buttons make sense, and how far the job is."""
        job = self.job
        busy = job is not None and not job.over
        self.buttons["Train"].setEnabled(bool(self.models) and bool(self.session.recordings) and not busy)
        self.buttons["Pause"].setVisible(busy and job.state != "paused")
        self.buttons["Resume"].setVisible(job is not None and can_resume(job))
        self.buttons["Stop"].setVisible(busy)
        self.bar.setVisible(job is not None)
        if job is None:
            return
        self.bar.setValue(round(1000 * job.fraction))
        self.bar.setFormat(time_left(job))
        self._say(words(job))
        if job.state == "failed":
            self.message.tell(job.error)

    def _build(self) -> None:
        self.bar.setRange(0, 1000)
        choices = self.choices
        choices.addRow("model", self.model)
        choices.addRow("start from", self.start)
        choices.addRow("", self.units_only)
        choices.addRow("recordings", self.recordings)
        choices.addRow("decode", self.target)
        row = QHBoxLayout()
        for button in self.buttons.values():
            row.addWidget(button)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(6, 4, 6, 4)
        column.addWidget(self.message)
        column.addLayout(choices)
        column.addLayout(self.fields)
        column.addWidget(self.why)
        column.addWidget(self.more)
        column.addStretch()
        area = QScrollArea(widgetResizable=True)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.addWidget(area, 1)
        for part in (self.score, self.bar):
            layout.addWidget(part)
        layout.addLayout(row)

    def _follow(self) -> None:
        self.destroyed.connect(partial(_end, self.process))
        self.process.finished.connect(self._take)
        self.buttons["Train"].clicked.connect(self.train)
        self.buttons["Resume"].clicked.connect(self.resume)
        self.buttons["Pause"].clicked.connect(lambda: self.job.pause())
        self.buttons["Stop"].clicked.connect(lambda: self.job.stop())
        self.model.currentIndexChanged.connect(self._show_form)
        self.recordings.itemChanged.connect(self._list_targets)
        self.recordings.itemChanged.connect(self._advise)
        self.start.currentIndexChanged.connect(self._advise)
        self.start.currentIndexChanged.connect(self._show_start)
        follow(self.session.changed, self, self._on_session)
        follow(self.session.jobs.changed, self, self._on_job)
        follow(self.session.jobs.finished, self, self._on_job)
        self._on_session("recording", "")
        self._on_session("run", "")

    def _take(self, code: int) -> None:
        if code:
            return self.message.tell("The models cannot be listed; reinstall NeuroFM.", _text(self.process, error=True))
        for model in options.models(_text(self.process)):
            self.models[model.name] = model
            self.model.addItem(f"{model.title} ({model.paper})", model.name)
        wanted = options.usual(self.models, list(self.session.recordings.values()))
        self.model.setCurrentIndex(self.model.findData(wanted))
        self._say("")
        self._show_start(self.start.currentIndex())
        if self._wanted is not None:
            self._fill()
        return self.refresh()

    def _fill(self) -> None:
        job, self._wanted = self._wanted, None
        arguments, settings = job.arguments, dict(job.arguments.get("settings") or {})
        run = Path(arguments["run"]).name if job.task == "finetune" else ""
        self.start.setCurrentIndex(max(self.start.findData(run), 0))
        self.units_only.setChecked(bool(arguments.get("units_only")))
        if job.task == "train":
            self.model.setCurrentIndex(self.model.findData(arguments["model"]))
        self.target.setCurrentIndex(max(self.target.findText(settings.pop("target", "")), 0))
        self.set(**{**self.before, **settings})
        self.message.tell("")
        self._say(f"Settings of {Path(arguments['out']).name}; change some, and train beside it")

    def _show_form(self) -> None:
        model = self.models[self.model.currentData()]
        for old in (self.first, self.rest):
            if old is not None:
                old.native.deleteLater()
        self.first, self.rest = form(model.first), form(model.rest)
        self.before = {**values(self.first), **values(self.rest)}
        self.fields.addWidget(self.first.native)
        self.more.setContent(self.rest.native)
        self.more.collapse(animate=False)
        self.choices.setRowVisible(self.target, model.asks)
        self.advised = {}
        self._advise()

    def _show_start(self, place: int) -> None:
        """A run that is adapted stays the model that it is; there is a choice of what it learns."""
        self.units_only.setVisible(place > 0)
        self.model.setEnabled(place <= 0)
        run = self.session.runs.get(self.start.currentData()) if place > 0 else None
        if run is not None and self.models:
            self.model.setCurrentIndex(self.model.findData(run.config["model"]))

    def _say(self, words: str) -> None:
        self.score.setText(words)
        self.score.setVisible(bool(words))

    def _advise(self, *_: Any) -> None:
        """Fill in what suits the chosen recordings or an adaptation, and say why."""
        if self.first is None:
            return
        known, run = self.session.recordings, self.session.runs.get(self.start.currentData())
        chosen, model = [known[n] for n in self.names() if n in known], self.models[self.model.currentData()]
        found, words = options.advice(model, chosen) if run is None else options.adaptation(run)
        suit((self.first, self.rest), self.before | self.advised, self.before | found)
        self.advised = found
        self.why.setText(words)
        self.why.setVisible(bool(words))

    def _on_session(self, kind: str, name: str) -> None:
        if kind == "recording":
            self._list_recordings()
        if kind == "run":
            self._list_runs()
        self.refresh()

    def _list_recordings(self) -> None:
        chosen = set(self.names())
        known = {self.recordings.item(k).data(Qt.ItemDataRole.UserRole) for k in range(self.recordings.count())}
        self.recordings.clear()
        for name, recording in list(self.session.recordings.items()):
            item = QListWidgetItem(f"{name} · {len(recording.units)} units")
            item.setData(Qt.ItemDataRole.UserRole, name)
            checked = name in chosen or name not in known
            item.setCheckState(Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)
            self.recordings.addItem(item)
        rows = min(max(self.recordings.count(), 1), MOST_ROWS)
        self.recordings.setFixedHeight(rows * max(self.recordings.sizeHintForRow(0), 18) + 6)
        self._list_targets()
        self._advise()

    def _list_targets(self, *_: Any) -> None:
        """What could be decoded from every chosen recording."""
        now, known = self.target.currentText(), self.session.recordings
        self.target.clear()
        self.target.addItems(["chosen for you", *targets([known[n] for n in self.names() if n in known])])
        self.target.setCurrentIndex(max(self.target.findText(now), 0))

    def _list_runs(self) -> None:
        now = self.start.currentData()
        self.start.clear()
        self.start.addItem(FRESH)
        for name in list(self.session.runs):
            self.start.addItem(f"adapt {name}", name)
        self.start.setCurrentIndex(max(self.start.findData(now), 0))

    def _on_job(self, job: Any) -> None:
        if self.job is not None and job.id == self.job.id:
            self.refresh()


def _text(process: QProcess, *, error: bool = False) -> str:
    read = process.readAllStandardError if error else process.readAllStandardOutput
    return bytes(read()).decode("utf8", "replace")


def _end(process: QProcess, *_: Any) -> None:
    process.blockSignals(True)
    process.kill()
    process.waitForFinished(1000)
