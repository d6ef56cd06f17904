"""The gestures of every picture: what the mouse does becomes shapes, times and ranges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import QPointF, Qt, QTimer, Signal
from qtpy.QtGui import QPainterPath
from qtpy.QtWidgets import QApplication, QGraphicsPathItem

from neurofm.app.pictures.scene import Shape
from neurofm.app.state.selection import Mode

REACH = 6  # pixels around a point that still hit it


class Canvas(pg.ViewBox):
    """Plotting area with our grammar.

    Attributes
    ----------
    tool : "lasso" or "box", what a drag draws, or "turn"
    time : True if the horizontal axis is the one time
    cursor : where the time is drawn, or None
    """

    drawn = Signal(object, str)  # Shape, mode
    cleared = Signal()
    moved = Signal(float)  # to this time
    fitted = Signal()
    turned = Signal(float, float)  # by so many pixels to the right and down
    dropped = Signal(object, float, float)  # what was gripped, and where it is put
    asked = Signal(object)  # right click at this screen position

    def __init__(self, *, time: bool, tool: str) -> None:
        super().__init__(enableMenu=False)
        self.time, self.tool, self.cursor = time, tool, None if not time else 0.0
        self.grip: Callable[[Shape], tuple[int, ...]] = lambda shape: ()  # what a drag from there moves
        self._held: tuple[int, ...] = ()  # of which key, while it is dragged
        self.path = QGraphicsPathItem()
        self.path.setZValue(1e6)
        self.addItem(self.path, ignoreBounds=True)
        self._corners: list[QPointF] = []
        self._dragged = False  # the time is what this drag moves
        self._clear = QTimer(singleShot=True, interval=QApplication.doubleClickInterval())
        self._clear.timeout.connect(self.cleared)

    def point(self, at: QPointF) -> Shape:
        """A point of the picture (item coordinates) with its reach."""
        dx, dy = self.viewPixelSize()
        where = self.mapToView(at)
        return Shape("point", np.array([[where.x(), where.y()]]), (abs(dx) * REACH, abs(dy) * REACH))

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        if ev.button() != Qt.MouseButton.LeftButton:
            if ev.button() == Qt.MouseButton.MiddleButton:
                super().mouseDragEvent(ev, axis)
            return
        ev.accept()
        if ev.isStart():
            self._dragged = self._moves_time(ev, axis)
            self._held = self.grip(self.point(ev.buttonDownPos())) if axis is None else ()
        if self._held:
            self._carry(ev)
        elif self._dragged:
            self.moved.emit(float(self.mapToView(ev.pos()).x()))
        elif axis is not None:
            super().mouseDragEvent(ev, axis)
        elif self.tool == "turn":
            moved = ev.screenPos() - ev.lastScreenPos()
            self.turned.emit(float(moved.x()), float(moved.y()))
        else:
            self._draw(ev)

    def mouseClickEvent(self, ev: Any) -> None:
        ev.accept()
        inside = self.sceneBoundingRect().contains(ev.scenePos())
        at = self.mapFromScene(ev.scenePos())
        if ev.button() == Qt.MouseButton.RightButton:
            self.asked.emit(ev.screenPos())
        elif ev.button() != Qt.MouseButton.LeftButton:
            return
        elif ev.double():
            self._clear.stop()
            self.fitted.emit()
        elif inside:
            self.drawn.emit(self.point(at), mode(ev.modifiers()))
        elif self.time and at.y() > self.rect().bottom():
            self.moved.emit(float(self.mapToView(at).x()))

    def wheelEvent(self, ev: Any, axis: int | None = None) -> None:
        """Zoom about the mouse; over a time axis only the time, unless over the other axis or with control."""
        both = ev.modifiers() & Qt.KeyboardModifier.ControlModifier
        super().wheelEvent(ev, 0 if self.time and axis is None and not both else axis)

    def clear_soon(self) -> None:
        """Clear the pick unless this click turns out to be the first half of a double click."""
        self._clear.start()

    def _moves_time(self, ev: Any, axis: int | None) -> bool:
        if not self.time or axis == 1:
            return False
        if axis == 0:
            return True
        if self.cursor is None:
            return False
        down = ev.buttonDownPos()
        return abs(self.mapFromView(QPointF(self.cursor, 0)).x() - down.x()) <= REACH

    def _carry(self, ev: Any) -> None:
        """What is held follows the mouse, as a ring on a line from where it was."""
        start, here = self.mapToView(ev.buttonDownPos()), self.mapToView(ev.pos())
        dx, dy = self.viewPixelSize()
        ring = QPainterPath(start)
        ring.lineTo(here)
        ring.addEllipse(here, abs(dx) * REACH, abs(dy) * REACH)
        self.path.setPath(QPainterPath() if ev.isFinish() else ring)
        if ev.isFinish():
            self.dropped.emit(self._held, float(here.x()), float(here.y()))

    def _draw(self, ev: Any) -> None:
        if ev.isStart():
            self._corners = [self.mapToView(ev.buttonDownPos())]
        here = self.mapToView(ev.pos())
        self._corners = [self._corners[0], here] if self.tool == "box" else [*self._corners, here]
        self.path.setPath(_outline(self.tool, self._corners))
        if ev.isFinish():
            self.path.setPath(QPainterPath())
            self.drawn.emit(Shape(self.tool, np.array([[p.x(), p.y()] for p in self._corners])), mode(ev.modifiers()))


def mode(modifiers: Any) -> Mode:
    """Shift adds, alt removes, else the pick is replaced."""
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return "add"
    return "remove" if modifiers & Qt.KeyboardModifier.AltModifier else "replace"


def _outline(tool: str, corners: list[QPointF]) -> QPainterPath:
    path = QPainterPath(corners[0])
    if tool == "box":
        a, b = corners
        path.addRect(min(a.x(), b.x()), min(a.y(), b.y()), abs(a.x() - b.x()), abs(a.y() - b.y()))
        return path
    for corner in corners[1:]:
        path.lineTo(corner)
    path.closeSubpath()
    return path
