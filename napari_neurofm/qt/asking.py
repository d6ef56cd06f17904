"""Ask a few things at once: a field each, filled in, and what was wrong with the answers of before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from neurofm.app.options import Option, answered

MOST = 2**31 - 1  # that a box for whole numbers holds


class FormDialog(QDialog):
    """Options of something that is about to be done.

    Parameters
    ----------
    title : what is to be done
    options : what is asked
    refused : what was wrong with the answers of before, "" at first
    """

    def __init__(self, parent: QWidget | None, title: str, options: Sequence[Option], refused: str = "") -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.options = options
        self.fields = {option.name: _field(option) for option in options}
        self.problem = QLabel(refused, wordWrap=True, objectName="warning")
        self.problem.setStyleSheet("#warning { color: #d55e00; }")
        self.problem.setVisible(bool(refused))
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        form, layout = QFormLayout(), QVBoxLayout(self)
        for option in options:
            words = QLabel(option.title[:1].upper() + option.title[1:])
            for part in (words, self.fields[option.name]):
                part.setToolTip(option.words)
            form.addRow(words, self.fields[option.name])
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(360)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)

    def answers(self) -> dict[str, Any]:
        """What the fields say, by the names of the options.

        Raises
        ------
        ValueError
            If a number is none, or beyond its limits.
        """
        return answered(self.options, {name: _value(field) for name, field in self.fields.items()})

    def _accept(self) -> None:
        """Close it, unless a field says what cannot be."""
        try:
            self.answers()
        except ValueError as error:
            self.problem.setText(str(error))
            self.problem.show()
        else:
            self.accept()


def ask_form(parent: QWidget | None, title: str, options: Sequence[Option], refused: str = "") -> dict[str, Any]:
    """What is answered; nothing if the user thought better of it."""
    dialog = FormDialog(parent, title, options, refused)
    answers = dialog.answers() if dialog.exec() == QDialog.DialogCode.Accepted else {}
    dialog.deleteLater()
    return answers


def _field(option: Option) -> QWidget:
    if option.kind == "bool":
        return QCheckBox(checked=bool(option.default))
    if option.kind == "choice":
        box = QComboBox()
        box.addItems(list(option.choices))
        box.setCurrentText(str(option.default))
        return box
    if option.kind == "int":
        low, high = option.low if option.low is not None else -MOST, option.high if option.high is not None else MOST
        return QSpinBox(minimum=int(low), maximum=int(high), value=int(option.default))
    return QLineEdit(f"{option.default:.12g}" if option.kind == "float" else str(option.default))


def _value(field: QWidget) -> Any:
    if isinstance(field, QCheckBox):
        return field.isChecked()
    if isinstance(field, QSpinBox):
        return field.value()
    return field.currentText() if isinstance(field, QComboBox) else field.text()
