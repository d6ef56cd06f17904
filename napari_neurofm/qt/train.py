"""Train a model on recordings: a form made from the model's own options, as `neurofm.app.form` has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from qtpy.QtCore import QEvent, QProcess, Qt
from qtpy.QtGui import QIcon
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

from napari_neurofm.form import form, values
from napari_neurofm.qt.explorer import WARN
from napari_neurofm.qt.jobs import JobButtons
from napari_neurofm.qt.message import Message
from napari_neurofm.qt.thread import follow
from neurofm.app import options
from neurofm.app.command import Host
from neurofm.app.commands import do
from neurofm.app.form import about
from neurofm.app.opened import words as words_of
from neurofm.app.progress import time_left, words
from neurofm.errors import NeuroFMError
from neurofm.specs import RECORDING
from neurofm.words import a_kind

MORE = ("▸ More options", "▾ More options")  # while they are hidden, and shown; the widget's own signs stay black
WAIT = "Reading what the models offer …"
WRONG = "The models cannot be listed; reinstall NeuroFM."
BOXES = "QListView::indicator:unchecked { border: 1px solid #888888; border-radius: 2px; }"  # seen on dark and light
MOST_ROWS = 4  # recordings in sight; more are scrolled


class Train(QWidget):
    """The dock: shows the form, and how the training that it began goes on."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host, self.session, self.form = host, host.session, host.form
        self.job: Any = None
        self.model, self.start, self.target = QComboBox(), QComboBox(), QComboBox()
        self.units_only = QCheckBox("units only", toolTip=options.UNITS_ONLY)
        self.recordings, self.message = QListWidget(), Message()
        self.open = QPushButton()  # where there is nothing to choose from
        self.first: Any = None
        self.rest: Any = None
        self.why, self.choices = QLabel(wordWrap=True), QFormLayout()
        self.warnings = QLabel(wordWrap=True, styleSheet=f"color: {WARN}")
        self.fields, self.more = QVBoxLayout(), QCollapsible(MORE[False], expandedIcon=QIcon(), collapsedIcon=QIcon())
        self.button, self.does = QPushButton("Train"), JobButtons(host, "pause", "resume", "stop")
        self.bar, self.score = QProgressBar(), QLabel(WAIT, wordWrap=True)
        self.process = QProcess(self)
        self._showing = False  # what widgets say is our own doing
        self._build()
        self._follow()
        self.refresh()

    def showEvent(self, event: QEvent) -> None:
        """Ask for the models' options when they are first needed: that takes a process and some seconds."""
        super().showEvent(event)
        if not self.form.models and self.process.state() == QProcess.ProcessState.NotRunning:
            self.process.start(options.COMMAND[0], list(options.COMMAND[1:]))

    def _name_more(self, shown: bool) -> None:
        self.more.setText(MORE[shown])

    def train(self) -> None:
        """Start, and show how it goes."""
        self.message.tell("")
        try:
            self.job = self.form.train(device=self.host.device)
        except (NeuroFMError, ValueError, LookupError, OSError) as error:
            said = str(error)
            return self.message.tell(said[:1].upper() + said[1:])
        return self.refresh_job()

    # ---- how it looks

    def refresh(self, what: str = "models") -> None:
        """Show the choices as they are now; what was wrong with those before is over."""
        self.message.tell("")
        with self._quietly():
            if what in ("models", "model"):
                self._show_options()
            self._show_choices()
            for fields in filter(None, (self.first, self.rest)):
                for field in fields:
                    field.value = self.form.values.get(field.name, field.value)
        self.refresh_job()

    def refresh_job(self, *_: Any) -> None:
        """Show which buttons make sense, and how far the job is."""
        job = self.job
        self.button.setEnabled(self.form.ready and (job is None or job.over))
        self.bar.setVisible(job is not None)
        self.does.setVisible(job is not None)
        if job is None:
            return
        self.does.show_job(job)
        self.bar.setValue(round(1000 * job.fraction))
        self.bar.setFormat(time_left(job))
        self._say(" · ".join(filter(None, (job.title, words(job)))))
        if job.state == "failed":
            self.message.tell(job.error)

    def _show_options(self) -> None:
        """Fields for the options of the chosen model."""
        if not self.form.models:
            return
        for old in (each.native for each in (self.first, self.rest) if each is not None):
            old.hide()
            old.deleteLater()
        self.first, self.rest = form(self.form.first), form(self.form.rest)
        for fields in (self.first, self.rest):
            fields.changed.connect(self._on_values)
        self.fields.addWidget(self.first.native)
        self.more.setContent(self.rest.native)
        for fields in (self.first, self.rest):
            _align(fields)
        self.more.collapse(animate=False)

    def _show_choices(self) -> None:
        form = self.form
        _fill(self.model, form.model_words, form.model)
        self.model.setEnabled(not form.adapts)
        _fill(self.start, {run: f"adapt {run}" if run else "a new model" for run in form.starts}, form.start)
        self.units_only.setVisible(form.adapts)
        self.units_only.setChecked(form.units_only)
        self._show_recordings()
        _fill(self.target, {name: form.target_words(name) for name in form.targets}, form.target)
        self.choices.setRowVisible(self.target, form.asks_target or not form.models)
        self.why.setText(form.why)
        self.why.setVisible(bool(form.why))
        self.warnings.setText("\n".join(f"⚠ {line}" for line in form.warnings))
        self.warnings.setVisible(bool(form.warnings))

    def _show_recordings(self) -> None:
        """One that was just clicked keeps its row."""
        names = self.form.offered
        if [item.data(Qt.ItemDataRole.UserRole) for item in self._items()] != list(names):
            self.recordings.clear()
            for name in names:
                item = QListWidgetItem()
                item.setData(Qt.ItemDataRole.UserRole, name)
                self.recordings.addItem(item)
        for name, item in zip(names, self._items()):
            item.setText(" · ".join(filter(None, (name, words_of(self.session.sources[name])))))
            item.setCheckState(Qt.CheckState.Checked if name in self.form.sources else Qt.CheckState.Unchecked)
        self.choices.setRowVisible(self.recordings, bool(names))
        self.choices.setRowVisible(self.open, not names)
        self.open.setText(f"Open {a_kind(self.form.options.takes if self.form.options else RECORDING)} …")
        rows = min(max(self.recordings.count(), 1), MOST_ROWS)
        self.recordings.setFixedHeight(rows * max(self.recordings.sizeHintForRow(0), 18) + 6)

    def _build(self) -> None:
        self.bar.setRange(0, 1000)
        self.recordings.setStyleSheet(BOXES)
        for name, field in (
            ("model", self.model),
            ("start from", self.start),
            ("", self.units_only),
            ("recordings", self.recordings),
            ("recordings", self.open),
            ("decode", self.target),
        ):
            self.choices.addRow(name, field)
        inside, row = QWidget(), QHBoxLayout()
        row.addWidget(self.button, 1)
        row.addWidget(self.does, 1)
        column = QVBoxLayout(inside)
        column.setContentsMargins(6, 4, 6, 4)
        column.addWidget(self.message)
        column.addLayout(self.choices)
        column.addWidget(self.warnings)
        column.addLayout(self.fields)
        column.addWidget(self.why)
        self.more.toggled.connect(self._name_more)
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
        self.button.clicked.connect(self.train)
        self.open.clicked.connect(lambda: do("open_files", self.host))
        self.model.currentIndexChanged.connect(lambda: self._choose(self.form.choose_model, self.model.currentData()))
        self.start.currentIndexChanged.connect(lambda: self._choose(self.form.choose_start, self.start.currentData()))
        self.target.currentIndexChanged.connect(
            lambda: self._choose(self.form.choose_target, self.target.currentData())
        )
        self.recordings.itemChanged.connect(lambda: self._choose(self.form.choose_sources, self._checked()))
        self.units_only.toggled.connect(lambda on: self._choose(partial(setattr, self.form, "units_only"), on))
        follow(self.form.changed, self, self.refresh)
        follow(self.form.forked, self, self._on_fork)
        follow(self.session.jobs.changed, self, self._on_job)
        follow(self.session.jobs.finished, self, self._on_job)

    def _say(self, words: str) -> None:
        self.score.setText(words)
        self.score.setVisible(bool(words))

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Without hearing what is shown as if it had been chosen."""
        before, self._showing = self._showing, True
        try:
            yield
        finally:
            self._showing = before

    # ---- what the user does

    def _choose(self, choose: Callable[[Any], Any], value: Any) -> None:
        if not self._showing and value is not None:
            self._leave()
            choose(value)

    def _leave(self) -> None:
        """What was learned with other choices is told elsewhere."""
        if self.job is not None and self.job.over:
            self.job = None
            self._say("")

    def _items(self) -> list[QListWidgetItem]:
        return [self.recordings.item(k) for k in range(self.recordings.count())]

    def _checked(self) -> list[str]:
        items = [item for item in self._items() if item.checkState() == Qt.CheckState.Checked]
        return [item.data(Qt.ItemDataRole.UserRole) for item in items]

    def _on_values(self, *_: Any) -> None:
        if not self._showing:
            self._leave()
            self.form.set(**values(self.first), **values(self.rest))
            self.refresh_job()

    def _take(self, code: int) -> None:
        if code:
            return self.message.tell(WRONG, _text(self.process, error=True))
        self._say("")
        return self.form.take(options.models(_text(self.process)))

    def _on_fork(self, job: Any) -> None:
        self.message.tell("")
        self._say(about(job))

    def _on_job(self, job: Any) -> None:
        """Follow the training that was begun here, and the one that goes on from its checkpoint."""
        if self.job is not None and job.id >= self.job.id and _out(job) == _out(self.job):
            if job is not self.job:  # what was wrong with the one before is over
                self.message.tell("")
            self.job = job
            self.refresh_job()


def _out(job: Any) -> tuple[str, Any]:
    return job.task, job.arguments.get("out")


def _align(fields: Any) -> None:
    """Labels as wide as the widest, in the font that they are drawn in, so that fields stand below each other."""
    names = {field.label for field in fields}
    labels = [label for label in fields.native.findChildren(QLabel) if label.text() in names]
    for label in labels:
        label.ensurePolished()
    for label in labels:
        label.setFixedWidth(max(each.sizeHint().width() for each in labels))


def _fill(combo: QComboBox, words: dict[str, str], now: str) -> None:
    """Offer these, which keeps those that are offered already, and show the one that is chosen."""
    if [combo.itemData(k) for k in range(combo.count())] != list(words):
        combo.clear()
        for value, text in words.items():
            combo.addItem(text, value)
    for place, text in enumerate(words.values()):
        combo.setItemText(place, text)
    combo.setCurrentIndex(combo.findData(now))


def _text(process: QProcess, *, error: bool = False) -> str:
    read = process.readAllStandardError if error else process.readAllStandardOutput
    return bytes(read()).decode("utf8", "replace")


def _end(process: QProcess, *_: Any) -> None:
    process.blockSignals(True)
    process.kill()
    process.waitForFinished(1000)
