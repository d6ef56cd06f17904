"""A line on top of a dock: what is wrong, with the details to copy and a button that mends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from qtpy.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout


class Offer(QFrame):
    """One sentence and what can be done about it, hidden until there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.row = QLabel(wordWrap=True), QHBoxLayout(self)
        self.row.setContentsMargins(6, 3, 3, 3)
        self.row.addWidget(self.words, 1)
        self.buttons: list[QPushButton] = []
        self.setObjectName("offer")
        self.setStyleSheet("#offer { border: 1px solid #0072b2; border-radius: 3px; }")
        self.hide()

    def tell(self, words: str, **does: Callable[[], Any]) -> None:
        """Show a sentence, with a button for each thing that can be done; one click is an answer."""
        for old in self.buttons:
            old.deleteLater()
        self.buttons = [QPushButton(name.replace("_", " ").capitalize()) for name in does]
        for button, do in zip(self.buttons, does.values()):
            button.clicked.connect(self.hide)
            button.clicked.connect(lambda _=False, do=do: do())
            self.row.addWidget(button)
        self.words.setText(words)
        self.show()


class Remedy(NamedTuple):
    """What mends it, and the words on its button."""

    words: str
    do: Callable[[], Any]


class Message(QFrame):
    """One sentence, hidden until there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.details = QLabel(wordWrap=True), ""
        self.mend = QPushButton()
        self._remedy: Remedy | None = None
        self.mend.clicked.connect(self._mend)
        copy = QPushButton("Copy report", toolTip="The sentence and where in the program it came up")
        copy.clicked.connect(self.copy)
        close = QPushButton("✕", toolTip="Close")
        close.clicked.connect(self.hide)
        layout, row, below = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        layout.setContentsMargins(6, 3, 3, 3)
        layout.addLayout(row)
        layout.addLayout(below)  # names of recordings on a button can be as long as the dock is wide
        row.addWidget(self.words, 1)
        row.addWidget(copy)
        row.addWidget(close)
        below.addStretch()
        below.addWidget(self.mend)
        self.mend.hide()
        self.setObjectName("message")
        self.setStyleSheet("#message { border: 1px solid #d55e00; border-radius: 3px; }")
        self.hide()

    def tell(self, words: str, details: str = "", remedy: Remedy | None = None) -> None:
        """Show a sentence."""
        self.details, self._remedy = details, remedy
        self.mend.setVisible(remedy is not None)
        self.mend.setText(remedy.words if remedy else "")
        self.words.setText(words)
        self.setVisible(bool(words))

    def copy(self) -> None:
        """Put all of it on the clipboard."""
        QApplication.clipboard().setText(f"{self.words.text()}\n\n{self.details}".strip())

    def _mend(self) -> None:
        """One click is an answer."""
        self.hide()
        if self._remedy is not None:
            self._remedy.do()
