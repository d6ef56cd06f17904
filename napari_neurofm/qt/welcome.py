"""Welcome: what there is to begin with, in a dock and in the place of an empty canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any
from weakref import ref

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget
from superqt import QFlowLayout

from napari_neurofm.qt.thread import follow
from neurofm.app import welcome
from neurofm.app.command import Entry, Host

WIDE = 620  # pixels of a line of words


class Welcome(QScrollArea):
    """What is open with what can be done, or samples where nothing is, a button for each thing."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host, self.session = host, host.session
        self.setWidgetResizable(True)
        self.setAcceptDrops(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        follow(self.session.changed, self, self._on_session)
        self.refresh()

    def refresh(self) -> None:
        """Show what there is now."""
        page, column = QWidget(), QWidget()
        column.setMaximumWidth(WIDE)
        layout = QVBoxLayout(column)
        layout.setSpacing(3)
        layout.addStretch()
        layout.addWidget(_label(welcome.head(self.session), "font-size: 17px;"))
        if not self.session.sources:
            layout.addWidget(_label(welcome.ABOUT))
        layout.addWidget(self._buttons(welcome.first(self.session)))
        for row in welcome.rows(self.session):
            layout.addSpacing(6)
            layout.addWidget(_label(row.title, "font-weight: bold;"))
            layout.addWidget(_label(row.about))
            layout.addWidget(self._buttons(row.entries))
        layout.addStretch()
        around = QHBoxLayout(page)
        around.addStretch(1)
        around.addWidget(column, 100)
        around.addStretch(1)
        self.setWidget(page)

    def dragEnterEvent(self, event: Any) -> None:
        """Files are welcome."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: Any) -> None:
        """Anywhere."""
        event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        """Open them; several at once are the parts of one recording."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.host.open(paths if len(paths) > 1 else paths[0])

    def _on_session(self, kind: str, name: str) -> None:
        if kind in ("source", "run"):
            self.refresh()

    def _buttons(self, entries: Iterable[Entry]) -> QWidget:
        box = QWidget()
        policy = box.sizePolicy()
        policy.setHeightForWidth(True)  # as many lines of buttons as it takes
        box.setSizePolicy(policy)
        layout = QFlowLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        for entry in entries:
            button = QPushButton(entry.words)
            button.clicked.connect(partial(_do, entry, self.host))
            layout.addWidget(button)
        return box


class OnCanvas(QObject):
    """Shows a page in the place of napari's canvas for as long as that is empty.

    Parameters
    ----------
    parent : lives as long
    viewer : napari's
    make : gives the page, when it is first to be seen
    """

    def __init__(self, parent: QObject, viewer: Any, make: Callable[[], QWidget]) -> None:
        super().__init__(parent)
        self._viewer: Callable[[], Any] = ref(viewer)
        self._make = make
        self.page: QWidget | None = None
        self._canvas.installEventFilter(self)
        for event in (viewer.layers.events.inserted, viewer.layers.events.removed):
            event.connect(self.refresh)

    @property
    def _canvas(self) -> QWidget:
        return self._viewer().window._qt_viewer.canvas.native

    def refresh(self, *_: Any) -> None:
        """Show the page if nothing is on the canvas, else hide it."""
        if self._viewer() is None:
            return
        empty = not self._viewer().layers
        if empty and self.page is None:
            self.page = self._make()
            self.page.setParent(self._canvas)
            self.page.setAutoFillBackground(True)
        if self.page is not None:
            self.page.setGeometry(self._canvas.rect())
            self.page.setVisible(empty)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The page is as large as the canvas."""
        if event.type() == QEvent.Type.Resize and self.page is not None:
            self.page.setGeometry(self._canvas.rect())
        return False


def _do(entry: Entry, host: Host, *_: Any) -> None:
    entry.do(host)


def _label(words: str, style: str = "") -> QLabel:
    label = QLabel(words, wordWrap=True)
    label.setStyleSheet(style)
    return label
