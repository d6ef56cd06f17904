"""Ask which run is adapted to which recording."""

from __future__ import annotations

from typing import NamedTuple

from qtpy.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from neurofm.app.session import Session
from neurofm.app.verbs import adapt as adapting


class Choice(NamedTuple):
    """Names of a run and of a recording."""

    run: str
    recording: str


class AdaptDialog(QDialog):
    """Two choices, made already: a run, and the newest recording that it has never seen."""

    def __init__(self, parent: QWidget | None, session: Session, run: str) -> None:
        super().__init__(parent)
        self.session = session
        self.setWindowTitle("Adapt a run to a recording")
        self.run, self.recording, self.words = QComboBox(), QComboBox(), QLabel(wordWrap=True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.adapt = self.buttons.addButton("Adapt", QDialogButtonBox.ButtonRole.AcceptRole)
        self.adapt.setDefault(True)
        form = QFormLayout()
        form.addRow("Run", self.run)
        form.addRow("Recording", self.recording)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.words)
        layout.addWidget(self.buttons)
        self.run.currentTextChanged.connect(self._show)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.run.addItems(list(session.runs))
        self.run.setCurrentText(run)

    def choice(self) -> Choice:
        """What is chosen now."""
        return Choice(self.run.currentText(), self.recording.currentData())

    def _show(self, run: str) -> None:
        """Offer all that is open, and say what will be learned."""
        new = adapting.strangers(self.session, run)
        self.recording.clear()
        for name in self.session.sources:
            self.recording.addItem(f"{name} (new to it)" if name in new else name, name)
        self.recording.setCurrentIndex(self.recording.findData(adapting.choose(self.session, run)[1]))
        self.words.setText(adapting.words(self.session.runs[run]))


def ask_adapt(parent: QWidget | None, session: Session, run: str) -> Choice | None:
    """What is to be adapted to what, `run` unless another is chosen, or None if the user thought better of it."""
    dialog = AdaptDialog(parent, session, run)
    chosen = dialog.choice() if dialog.exec() == QDialog.DialogCode.Accepted else None
    dialog.deleteLater()
    return chosen
