"""Ask what is what in a file that does not say it: a guess is filled in, and said why."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from neurofm.app import reading
from neurofm.io import Asking, Layout

NUMBERS = {"rate_hz": (0.0, 1e9, 3, " Hz"), "dt": (0.0, 1e6, 6, " s")}  # lowest, highest, decimals, unit


class ReadingDialog(QDialog):
    """What a file holds and what is what in it; each change is looked at against the file.

    Parameters
    ----------
    name : of the file
    asking : what seems to be so
    """

    def __init__(self, parent: QWidget | None, name: str, asking: Asking) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Open {name}")
        self.asking, self.given = asking, reading.given(asking.given)
        self.words, self.problem = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.accepted_button = self.buttons.addButton("Open", QDialogButtonBox.ButtonRole.AcceptRole)
        self.accepted_button.setDefault(True)
        self.fields: dict[str, Any] = {question: self._field(question) for question in reading.QUESTIONS}
        self.form = QFormLayout()
        for question, field in self.fields.items():
            self.form.addRow(reading.QUESTIONS[question], field)
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(f"{name} does not say what is in it. This is how it looks:", wordWrap=True))
        for widget in (self.form, self.words, self.problem, self.buttons):
            layout.addLayout(widget) if widget is self.form else layout.addWidget(widget)
        self.setMinimumWidth(420)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._show()

    def how(self) -> dict[str, Any]:
        """What is chosen now, as `neurofm.read` takes it."""
        return reading.given(self.asking.guess)

    def choose(self, question: str, answer: Any) -> None:
        """Take an answer; what was only guessed is guessed anew."""
        self.given = {} if question == "holds" else self.given
        self.given[question] = answer
        self.asking = self.asking.again(Layout(**self.given))
        self._show()

    def _field(self, question: str) -> QWidget:
        if question in NUMBERS:
            low, high, decimals, unit = NUMBERS[question]
            number = QDoubleSpinBox(minimum=low, maximum=high, decimals=decimals, suffix=unit, keyboardTracking=False)
            number.valueChanged.connect(lambda value: self.choose(question, value))
            return number
        box = QComboBox()
        answers = {"": "–", **reading.ANSWERS.get(question, {n: n for n in self.asking.choices.get(question, ())})}
        for answer, words in answers.items():
            box.addItem(words, answer)
        box.activated.connect(lambda _: self.choose(question, box.currentData()))
        return box

    def _show(self) -> None:
        """The choices that matter, as they are now, and what they come to."""
        asked = reading.questions(self.asking)
        for question, field in self.fields.items():
            self.form.setRowVisible(field, question in asked)
            value = "" if question == self.asking.unsure in reading.ANSWERS else getattr(self.asking.guess, question)
            field.blockSignals(True)
            field.setValue(value) if question in NUMBERS else field.setCurrentIndex(max(field.findData(value), 0))
            field.blockSignals(False)
        self.words.setText("\n".join(self.asking.told))
        self.problem.setText(f"{self.asking.why}: choose it above" if self.asking.unsure else "")
        self.accepted_button.setEnabled(not self.asking.unsure)
        self.adjustSize()


def ask_reading(parent: QWidget | None, name: str, asking: Asking) -> dict[str, Any]:
    """How a file is to be read; nothing if the user thought better of it."""
    dialog = ReadingDialog(parent, name, asking)
    how = dialog.how() if dialog.exec() == QDialog.DialogCode.Accepted else {}
    dialog.deleteLater()
    return how
