"""What is open, as a short tree, and what can be done with it."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from qtpy.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from qtpy.QtGui import QBrush, QColor
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_neurofm.qt.menu import entries, popup, remedy
from napari_neurofm.qt.message import Message, Offer
from napari_neurofm.qt.thread import follow
from neurofm.app import commands
from neurofm.app.command import Context, Host
from neurofm.app.opened import Row, head, opened
from neurofm.app.progress import report
from neurofm.app.summary import picks, summary

EMPTY = "Nothing is open yet. Open a recording, or look at two simulated animals."
WARN = "#d55e00"  # seen on light and on dark
MENDS = ("source", "run", "group", "table")  # something else went well since
LOWEST = 40  # pixels of the list
MARGIN = 8  # pixels beside the words of a row
OPENS = ("open_files", "open_session", "open_path", "open_public", "open_demo")


class Explorer(QWidget):
    """The first dock: Open, Train, Jobs, and a tree of recordings, runs and maps.

    Attributes
    ----------
    recovered : signal with work that was not saved and is to be opened
    """

    recovered = Signal(object)

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host, self.session = host, host.session
        self.busy, self.message = QLabel(), Message()
        self.offer, self.summary = Offer(), QLabel(wordWrap=True)
        self.jobs = self._button("jobs", "Jobs")
        self.adapt = self._button("adapt", "Adapt", "Let a run learn the units of a recording that it has never seen")
        self.tree = QTreeWidget(headerHidden=True, rootIsDecorated=True, wordWrap=True)
        self.tree.setItemDelegate(Wrapped(self.tree))
        self.tree.header().sectionResized.connect(self.tree.scheduleDelayedItemsLayout)  # lines wrap anew
        self.pages = QStackedWidget()
        self.pages.setMinimumHeight(LOWEST)  # else what is wrong is cut in a low window
        self.pages.addWidget(self._empty())
        self.pages.addWidget(self.tree)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.addLayout(self._buttons())
        for part in (self.message, self.offer, self.busy, self.pages, self.summary):
            layout.addWidget(part, 1 if part is self.pages else 0)
        self.message.installEventFilter(self)
        self.busy.hide()
        self._follow()
        self.refresh()

    def refresh(self, kind: str = "", *_: Any) -> None:
        """Show what is open now."""
        if kind == "current":  # the row that was clicked stays
            return self._mark()
        if kind in MENDS and self.message.read:
            self.message.tell("")  # what was wrong before is over
        self.tree.clear()
        for row in opened(self.session):
            words = " · ".join(filter(None, [head(row.kind), row.name, row.words]))
            self._add(row, words)
        self.pages.setCurrentIndex(int(self.tree.topLevelItemCount() > 0))
        self.adapt.setVisible(bool(self.session.runs))
        self._mark()
        self._count()
        return self._sum_up()

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """What is wrong takes the room of what is picked: a low window has none for both."""
        if watched is self.message and event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._sum_up()
        return super().eventFilter(watched, event)

    def say(self, words: str) -> None:
        """Tell what is being done; "" when it is over."""
        if words and self.busy.isHidden() and self.message.read:
            self.message.tell("")  # what was wrong before is over
        self.busy.setText(words)
        self.busy.setVisible(bool(words))

    def offer_work(self, work: Any) -> None:
        """Offer work that was not saved."""
        names = ", ".join(work.recordings) or "a session"
        when = time.strftime("%d %b, %H:%M", time.localtime(work.when))
        words = f"Work on {names} was not saved ({when})"
        self.offer.tell(words, {"Open it": partial(self.recovered.emit, work), "Discard": work.discard})

    # ---- how it is built

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        menu = QMenu(self)
        for entry in (e for name in OPENS for e in commands.get(name).entries(Context(session=self.session))):
            menu.addAction(entry.words.replace("Open…", "Files…"), partial(entry.do, self.host))
        opens = QPushButton("Open")
        opens.setMenu(menu)
        script = self._button("export_script", "Export script", "What was done here, as Python with the same numbers")
        save = self._button("save", "Save", "Keep all of this, to open it again as it is")
        for part in (opens, self._button("train", "Train"), self.adapt, self.jobs):
            row.addWidget(part)
        row.addStretch()
        row.addWidget(save)
        row.addWidget(script)
        return row

    def _empty(self) -> QWidget:
        page = QWidget()
        words = QLabel(EMPTY, wordWrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self._button("open_files", "Open"))
        row.addWidget(self._button("open_demo", "Show the demo"))
        row.addStretch()
        layout = QVBoxLayout(page)
        layout.addStretch()
        layout.addWidget(words)
        layout.addLayout(row)
        layout.addStretch()
        return page

    def _button(self, command: str, words: str, tip: str = "") -> QPushButton:
        button = QPushButton(words, toolTip=tip)
        button.clicked.connect(lambda: commands.do(command, self.host))
        return button

    def _follow(self) -> None:
        for widget in (self.tree, self.pages.widget(0)):
            widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            widget.customContextMenuRequested.connect(partial(self._menu, widget))
        self.tree.itemActivated.connect(self._activate)
        self.tree.itemClicked.connect(self._choose)
        follow(self.session.changed, self, self.refresh)
        follow(self.session.selection.changed, self, self._sum_up)
        follow(self.session.jobs.changed, self, self._count)
        follow(self.session.jobs.finished, self, self._count)
        follow(self.session.jobs.finished, self, self._mend)

    def _add(self, row: Row, words: str) -> None:
        item = QTreeWidgetItem([words])
        item.setData(0, Qt.ItemDataRole.UserRole, (row.kind, row.name))
        item.setToolTip(0, "\n".join(row.notes) or words)
        for line in row.warnings:
            item.addChild(warning := QTreeWidgetItem([f"⚠ {line}"]))
            warning.setToolTip(0, line)
            warning.setForeground(0, QBrush(QColor(WARN)))
        for line in self._parts(row.name) if row.kind == "source" else ():
            item.addChild(QTreeWidgetItem([line]))
        self.tree.addTopLevelItem(item)
        item.setExpanded(bool(row.warnings))

    def _parts(self, name: str) -> list[str]:
        """What was measured in a recording, and its tables of intervals."""
        recording = self.session.recordings.get(name)
        if recording is None:
            return []
        units = {key: f" ({series.unit})" if series.unit else "" for key, series in recording.series.items()}
        measured = [f"{key}: {', '.join(one.names)}{units[key]}" for key, one in recording.series.items()]
        return [*measured, *(f"{key}: {len(table)}" for key, table in recording.intervals.items())]

    def _mark(self) -> None:
        """The current source stands out."""
        for item in [self.tree.topLevelItem(k) for k in range(self.tree.topLevelItemCount())]:
            font = item.font(0)
            font.setBold(_what(item) == ("source", self.session.current))
            item.setFont(0, font)

    # ---- what the user does

    def _choose(self, item: QTreeWidgetItem) -> None:
        """What was clicked becomes the current source."""
        kind, name = _what(item)
        if kind == "source" and name != self.session.current:
            self.session.current = name

    def _activate(self, item: QTreeWidgetItem) -> None:
        """Show in the views what was double-clicked."""
        kind, name = _what(item)
        if kind:
            commands.show(Context(session=self.session, kind=kind, name=name), self.host)

    def _menu(self, widget: QWidget, at: Any) -> None:
        kind, name = _what(self.tree.itemAt(at)) if widget is self.tree else ("", "")
        place = getattr(widget, "viewport", lambda: widget)().mapToGlobal(at)
        popup(self, place, entries(self.host, kind, name), self.host)

    def _mend(self, job: Any) -> None:
        """Say why a job failed where one click mends it."""
        mend = remedy(self.host, job)
        if mend is not None:
            self.message.add(f"{job.title}: {job.error}", report(job), mend)

    def _sum_up(self, *_: Any) -> None:
        self.summary.setText(picks(self.session))
        self.summary.setToolTip(summary(self.session))
        self.summary.setVisible(bool(self.session.selection.spaces()) and self.message.isHidden())

    def _count(self, *_: Any) -> None:
        open_jobs = sum(not job.over for job in self.session.jobs)
        self.jobs.setText(f"Jobs {open_jobs}" if open_jobs else "Jobs")


class Wrapped(QStyledItemDelegate):
    """Rows as high as their words need in the width of the list, so that none is cut."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        tree, depth, above = self.parent(), 1, index.parent()
        while above.isValid():
            depth, above = depth + 1, above.parent()
        width = max(tree.viewport().width() - depth * tree.indentation() - MARGIN, MARGIN)
        styled = QStyleOptionViewItem(option)
        self.initStyleOption(styled, index)
        flags = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft)
        words = styled.fontMetrics.boundingRect(0, 0, width, 0, flags, styled.text)
        return QSize(width, max(super().sizeHint(option, index).height(), words.height() + 2))


def _what(item: QTreeWidgetItem | None) -> tuple[str, str]:
    """Kind and name of what a row, or the one that it belongs to, stands for; ("", "") of none."""
    while item is not None and item.parent() is not None:
        item = item.parent()
    return ("", "") if item is None else item.data(0, Qt.ItemDataRole.UserRole)
