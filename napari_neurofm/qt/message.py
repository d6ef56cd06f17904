"""A line on top of a dock: what is wrong, with the details to copy and a button that mends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic
from typing import Any, NamedTuple

from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

MOST_LINES = 12  # that a message keeps room for
UNREAD = 2.0  # seconds in which nobody has read a sentence


class Offer(QFrame):
    """One sentence and what can be done about it, hidden until there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.row = QLabel(wordWrap=True), QHBoxLayout(self)
        self.row.setContentsMargins(6, 3, 3, 3)
        self.row.addWidget(self.words, 1)
        self.buttons: list[QPushButton] = []
        self._waiting: list[tuple[str, Mapping[str, Callable[[], Any]]]] = []
        self.setObjectName("offer")
        self.setStyleSheet("#offer { border: 1px solid #0072b2; border-radius: 3px; }")
        self.hide()

    def tell(self, words: str, does: Mapping[str, Callable[[], Any]]) -> None:
        """Show a sentence, with a button for each thing that can be done; what is told meanwhile waits."""
        self._waiting.append((words, does))
        if len(self._waiting) == 1:
            self._show_first()

    def _show_first(self) -> None:
        for old in self.buttons:
            old.deleteLater()
        words, does = self._waiting[0]
        self.buttons = [QPushButton(name) for name in does]
        for button, do in zip(self.buttons, does.values()):
            button.clicked.connect(partial(self._answer, do))
            self.row.addWidget(button)
        self.words.setText(words)
        self.show()
        _make_room(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep room for the sentence."""
        super().resizeEvent(event)
        _make_room(self)

    def _answer(self, do: Callable[[], Any], *_: Any) -> None:
        """One click is an answer."""
        self._waiting.pop(0)
        self.hide()
        do()
        if self._waiting:
            self._show_first()


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
        self._since = 0.0
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
        self.details, self._remedy, self._since = details, remedy, monotonic()
        self.mend.setVisible(remedy is not None)
        self.mend.setText(remedy.words if remedy else "")
        self.words.setText(words)
        self.setVisible(bool(words))
        _make_room(self)

    @property
    def read(self) -> bool:
        """Whether it has stood there long enough to be read."""
        return monotonic() - self._since > UNREAD

    def add(self, words: str, details: str = "", remedy: Remedy | None = None) -> None:
        """Show one more sentence below those that nobody has closed yet; none clears them."""
        if not words:
            return self.tell("")
        before = [] if self.isHidden() else self.words.text().split("\n")
        details = "\n".join(filter(None, (self.details if before else "", details)))
        return self.tell("\n".join(dict.fromkeys([*before, *words.split("\n")])), details, remedy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep room for every sentence, which layouts do not where a dock is low."""
        super().resizeEvent(event)
        _make_room(self)

    def copy(self) -> None:
        """Put all of it on the clipboard."""
        QApplication.clipboard().setText(f"{self.words.text()}\n\n{self.details}".strip())

    def _mend(self) -> None:
        """One click is an answer."""
        self.hide()
        if self._remedy is not None:
            self._remedy.do()


def _make_room(box: Offer | Message) -> None:
    """Room for every line of its words, up to so many."""
    box.layout().activate()  # for its width
    most = MOST_LINES * box.words.fontMetrics().lineSpacing()
    box.words.setMinimumHeight(max(min(box.words.heightForWidth(box.words.width()), most), 0))
