"""Marks of a scene as pyqtgraph items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from qtpy.QtCore import QRectF
from qtpy.QtGui import QColor

from neurofm.app.pictures.scene import Image, Line, Points, Spans


def item(mark: Any) -> Any:
    """What pyqtgraph draws for one mark: Points, Line, Image or Spans."""
    return _ITEMS[type(mark)](mark)


def color(rgba: NDArray[np.uint8]) -> QColor:
    """One colour of a scene."""
    return QColor(*(int(v) for v in rgba))


class Bands(pg.GraphicsObject):
    """Shaded stretches that always fill the height of the view."""

    def __init__(self, ranges: NDArray[np.float64], fill: QColor) -> None:
        super().__init__()
        self.ranges, self.fill = ranges, fill

    def boundingRect(self) -> QRectF:
        return QRectF(self.viewRect() or QRectF())

    def viewRangeChanged(self) -> None:
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: Any, *_: Any) -> None:
        view = self.boundingRect()
        shown = self.ranges[(self.ranges[:, 1] >= view.left()) & (self.ranges[:, 0] <= view.right())]
        for start, stop in shown.clip(view.left(), view.right()):
            painter.fillRect(QRectF(start, view.top(), stop - start, view.height()), self.fill)


class Dots(pg.ScatterPlotItem):
    """Points that leave clicks to the canvas."""

    def mouseClickEvent(self, ev: Any) -> None:
        ev.ignore()

    def hoverEvent(self, ev: Any) -> None:
        pass


def _points(mark: Points) -> Dots:
    pen = None if mark.outline is None else pg.mkPen(color(mark.outline), width=1.2)
    each = np.ascontiguousarray(np.broadcast_to(mark.color, (len(mark.xy), 4)), np.uint8).view(np.uint32).ravel()
    distinct, place = np.unique(each, return_inverse=True)  # one brush a colour, not one a mark
    brushes = np.array([pg.mkBrush(color(rgba)) for rgba in distinct.view(np.uint8).reshape(-1, 4)], object)[place]
    return Dots(x=mark.xy[:, 0], y=mark.xy[:, 1], size=mark.size, pen=pen, brush=brushes, pxMode=True, antialias=True)


def _line(mark: Line) -> pg.PlotCurveItem:
    pen = pg.mkPen(color(mark.color), width=mark.width)
    return pg.PlotCurveItem(x=mark.x, y=mark.y, pen=pen, connect="finite", antialias=True, name=mark.name)


def _image(mark: Image) -> pg.ImageItem:
    (x0, x1), (y0, y1) = mark.x, mark.y
    return pg.ImageItem(mark.rgba, axisOrder="row-major", rect=QRectF(x0, y0, x1 - x0, y1 - y0))


def _spans(mark: Spans) -> Bands:
    return Bands(mark.ranges, color(mark.color))


_ITEMS: dict[type, Callable[[Any], Any]] = {Points: _points, Line: _line, Image: _image, Spans: _spans}
