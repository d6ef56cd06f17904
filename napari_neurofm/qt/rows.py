"""A table mark as rows that scroll: only those in sight are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
from qtpy.QtCore import QAbstractTableModel, QEvent, QModelIndex, QRectF, Qt, Signal
from qtpy.QtGui import QColor, QPainter
from qtpy.QtWidgets import QAbstractItemView, QStyledItemDelegate, QTableView

from napari_neurofm.qt.canvas import mode
from napari_neurofm.qt.marks import color
from neurofm.app.pictures.scene import Column, Shape, Table

HEIGHT = 22  # pixels a row
BAR = QColor(86, 180, 233, 90)
DOT = 8  # pixels across


class Rows(QTableView):
    """Draws a `Table`, forwards what the user does with its rows."""

    drawn = Signal(object, str)  # Shape, mode
    sorted = Signal(str)  # by the column that was clicked
    scrolled = Signal()
    pointed = Signal(float)  # at this row
    asked = Signal(object)  # right click at this screen position
    opened = Signal(int)  # double click on this row

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.setModel(self.page)
        self.setItemDelegate(Cell(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(HEIGHT)
        self.verticalHeader().setMinimumSectionSize(HEIGHT)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(True)
        self.horizontalHeader().sectionClicked.connect(lambda k: self.sorted.emit(self.page.table.columns[k].name))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda at: self.asked.emit(self.viewport().mapToGlobal(at)))
        self.verticalScrollBar().valueChanged.connect(lambda _: self.scrolled.emit())
        self._down: float | None = None

    def show_table(self, table: Table) -> None:
        """Draw these rows."""
        before = self.page.table
        names = [c.name for c in before.columns]
        self.page.show_table(table)
        if names != [c.name for c in table.columns]:
            self.resizeColumnsToContents()
            self.scrollToTop()  # rows of something else
        top = int(self.sight()[0])
        if table.total and not table.first <= top < table.first + len(table.ids):
            self.scrolled.emit()  # it was made for rows that are out of sight by now
        header = self.horizontalHeader()
        place = next((k for k, c in enumerate(table.columns) if c.name == table.sorted_by), -1)
        header.setSortIndicatorShown(place >= 0)
        order = Qt.SortOrder.DescendingOrder if table.descending else Qt.SortOrder.AscendingOrder
        header.setSortIndicator(place, order)
        if table.pick not in (-1, before.pick) and not table.picked.any() and _order(before) == _order(table):
            self.scrollTo(self.page.index(table.pick, 0), QAbstractItemView.ScrollHint.PositionAtCenter)

    def sight(self) -> tuple[float, float]:
        """First and last row in sight."""
        first = max(self.rowAt(0), 0)
        return float(first), float(first + self.viewport().height() // HEIGHT + 2)

    def mousePressEvent(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._down = self._row(event)

    def mouseReleaseEvent(self, event: Any) -> None:
        if self._down is None or event.button() != Qt.MouseButton.LeftButton:
            return
        first, last = sorted((self._down, self._row(event)))
        self._down = None
        if not self.page.table.space:
            return  # rows that are no things cannot be picked
        box = np.array([[0.0, np.floor(first)], [1.0, np.floor(last) + 1]])
        self.drawn.emit(Shape("box", box), mode(event.modifiers()))

    def mouseDoubleClickEvent(self, event: Any) -> None:
        row = self.rowAt(int(event.position().y()))
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(row)

    def mouseMoveEvent(self, event: Any) -> None:
        self.pointed.emit(self._row(event))

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(-1.0)
        super().leaveEvent(event)

    def _row(self, event: Any) -> float:
        """Rows from the top; beyond the last one where the mouse is below it."""
        at = self.rowAt(int(event.position().y()))
        return float(at) + 0.5 if at >= 0 else float(self.page.table.total)


def _order(table: Table) -> tuple[Any, ...]:
    """What says which row is where."""
    return table.space, table.total, table.sorted_by, table.descending


class Page(QAbstractTableModel):
    """The rows of a table that are at hand."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table("", np.zeros(0, np.int64), (), np.zeros(0, bool))

    def show_table(self, table: Table) -> None:
        """Take other rows."""
        before = self.table
        self.table = table
        if (before.total, len(before.columns)) != (table.total, len(table.columns)):
            self.beginResetModel()
            self.endResetModel()
        else:
            end = self.index(max(table.total - 1, 0), max(len(table.columns) - 1, 0))
            self.dataChanged.emit(self.index(0, 0), end)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, max(len(table.columns) - 1, 0))

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return self.table.total

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return len(self.table.columns)

    def cell(self, index: QModelIndex) -> tuple[Column, int]:
        """The column, and the place of the cell in it; -1 if it is not at hand."""
        row = index.row() - self.table.first
        return self.table.columns[index.column()], row if 0 <= row < len(self.table.ids) else -1

    def data(self, index: QModelIndex, role: int = 0) -> Any:
        column, row = self.cell(index)
        if row < 0:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text[row]
        if role == Qt.ItemDataRole.TextAlignmentRole and column.bars is not None:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self.table.columns[section].heading.replace("_", " ")
        return None


class Cell(QStyledItemDelegate):
    """A cell with its bar or its dot; picked rows stand on a tint."""

    def paint(self, painter: QPainter, option: Any, index: QModelIndex) -> None:
        page: Any = index.model()
        column, row = page.cell(index)
        if row < 0:
            return
        area = QRectF(option.rect)
        if page.table.picked[row]:
            painter.fillRect(area, QColor(240, 228, 66, 60))
        if column.bars is not None and column.bars[row] > 0:
            painter.fillRect(
                area.adjusted(2, 3, -2, -3).adjusted(0, 0, (column.bars[row] - 1) * (area.width() - 4), 0), BAR
            )
        if column.color is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(color(column.color[row]))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(QRectF(area.left() + 5, area.center().y() - DOT / 2, DOT, DOT))
            option.rect.adjust(DOT + 6, 0, 0, 0)
        super().paint(painter, option, index)

    def sizeHint(self, option: Any, index: QModelIndex) -> Any:
        hint = super().sizeHint(option, index)
        hint.setWidth(hint.width() + 26)
        return hint
