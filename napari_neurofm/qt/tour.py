"""The tour: a small panel with one step after the other."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_neurofm.qt.thread import follow
from neurofm.app.command import Host
from neurofm.app.tour import STEPS
from neurofm.errors import NeuroFMError


class Tour(QWidget):
    """One step at a time, done by a press or by the user himself.

    Attributes
    ----------
    place : of the step that is shown, from 0
    """

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host, self.session, self.place = host, host.session, 0
        self.count, self.title = QLabel(), QLabel()
        self.words, self.said = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self.title.setStyleSheet("font-weight: bold;")
        self.back, self.show_me, self.next = QPushButton("Back"), QPushButton("Show me"), QPushButton("Next")
        self.back.clicked.connect(lambda: self.go(self.place - 1))
        self.next.clicked.connect(lambda: self.go(self.place + 1))
        self.show_me.clicked.connect(self._show)
        row, layout = QHBoxLayout(), QVBoxLayout(self)
        for part in (self.back, self.show_me, self.next):
            row.addWidget(part)
        for label in (self.count, self.title, self.words, self.said):
            layout.addWidget(label)
        layout.addStretch()
        layout.addLayout(row)
        for signal in (self.session.changed, self.session.selection.changed, self.session.jobs.finished):
            follow(signal, self, self.refresh)
        self.refresh()

    def go(self, place: int) -> None:
        """Show the step at a place; behind the last comes the first."""
        self.place = place % len(STEPS)
        self.refresh()

    def refresh(self, *_: Any) -> None:
        """Show the step as it stands now."""
        step = STEPS[self.place]
        done, last = step.done(self.session), self.place == len(STEPS) - 1
        self.count.setText(f"Step {self.place + 1} of {len(STEPS)}")
        self.title.setText(f"✓ {step.title}" if done else step.title)
        self.words.setText(step.words)
        self.said.setText(step.said(self.session))
        self.said.setVisible(bool(self.said.text()))
        self.back.setEnabled(self.place > 0)
        self.next.setText("Begin again" if last else "Next")
        self._fit()

    def resizeEvent(self, event: Any) -> None:
        """Words have the lines that they take at this width; a dock would cut them."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        for label in (self.words, self.said):
            label.setMinimumHeight(label.heightForWidth(self.words.width()))

    def _show(self) -> None:
        """Do the step, or say why it cannot be done yet."""
        try:
            STEPS[self.place].show(self.host)
        except (NeuroFMError, ValueError, LookupError, OSError) as error:
            self.host.refuse(error)
