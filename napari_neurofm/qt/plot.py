"""One widget that draws any scene and forwards what the user does; it decides nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple

import pyqtgraph as pg
from qtpy.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from napari_neurofm.qt.bar import Bar, Key
from napari_neurofm.qt.canvas import Canvas, mode
from napari_neurofm.qt.marks import item
from napari_neurofm.qt.rows import Rows
from napari_neurofm.qt.thread import follow
from neurofm.app.commands import button
from neurofm.app.pane import Pane, wide
from neurofm.app.pictures.scene import Axis, Scene, Shape, Table, Viewport
from neurofm.specs import ViewSpec

FRAME = 16  # ms between two pictures at most
TURN = 12  # ms between views that all have to follow, so that the window answers in between
HEAVY, REST = 25, 60  # ms a picture may take while the hand moves, and rests before one that takes longer
HOVER = 30  # ms the mouse rests before it is told what is under it
NUDGE = 6  # pixels by which an axis puts its words below itself
EDGES = 12  # pixels that pyqtgraph keeps around the words of an axis
FLAT = 120  # pixels of a picture below which the words of the axis under it have no room
LOWEST = 84  # pixels of a picture with its axes, below which no dock squeezes it; a window of 800 has room for all then

Entries = list[tuple[str, Callable[[], Any]]]
_made = count()


class Look(NamedTuple):
    """Colours of the theme."""

    dark: bool
    back: str
    text: str


class Plot(QWidget):
    """A view in a dock.

    Parameters
    ----------
    spec : the view
    session : what it shows
    state : of the view
    menu : what a right click offers: words, and what they do

    Attributes
    ----------
    pane : what gestures do
    asked : signal with the command of an empty view's button
    exported : signal that this picture is to be written to a file
    opened : signal with the row of a table that was double-clicked
    """

    asked = Signal(str)
    exported = Signal()
    opened = Signal(int)

    def __init__(self, spec: ViewSpec, session: Any, state: Any, menu: Callable[[], Entries] = list) -> None:
        super().__init__()
        self.pane, self.session, self.state, self.menu = Pane(spec, session, state), session, state, menu
        self.look = Look(True, "#262930", "#f0f1f2")
        self.setObjectName(spec.title)
        self.canvas = Canvas(time=spec.axis == "time", tool="box" if spec.axis == "time" else "lasso")
        self.plot = pg.PlotItem(viewBox=self.canvas, enableMenu=False)
        self.graphics, self.line = pg.GraphicsView(), pg.InfiniteLine(angle=90, movable=False)
        self.bar, self.key, self.note = Bar(state, self.canvas.tool, spec.title), Key(), QLabel(wordWrap=True)
        self.warning, self.rows = QLabel(wordWrap=True, objectName="warning"), Rows()
        self.pages, self.button = QStackedWidget(), QPushButton()
        self.words = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._items: list[Any] = []
        self._across = ""  # words of the axis below that have no room there
        self._sized = QTimer(self, singleShot=True, interval=0)  # later: a canvas may be sized while it is painted
        self._sized.timeout.connect(self._name_axes)
        self.canvas.sigResized.connect(lambda *_: self._sized.start())
        self._due = QTimer(self, singleShot=True, interval=FRAME + TURN * (next(_made) % 4))
        self._due.timeout.connect(self.redraw)
        self._rested = QTimer(self, singleShot=True, interval=REST)
        self._rested.timeout.connect(self.redraw)
        self._took = 0.0  # ms of the last picture
        self._began = time.monotonic()
        self._moving = QTimer(self, singleShot=True)
        self._moving.timeout.connect(self.ask)
        self._rest = QTimer(self, singleShot=True, interval=HOVER)
        self._rest.timeout.connect(self._tell)
        self._under: QPointF | None = None
        self._build()
        self._follow()

    # ---- what it shows

    @property
    def scene(self) -> Scene:
        """The picture that is shown."""
        return self.pane.picture

    @property
    def waits(self) -> bool:
        """Whether another picture is due."""
        return self._due.isActive() or self._rested.isActive()

    def ask(self, *_: Any) -> None:
        """Redraw soon; many calls give one picture, and a hidden dock draws nothing."""
        if not self._due.isActive() and self.isVisible():
            self._due.start()

    def redraw(self) -> None:
        """Draw the view as it is now."""
        if self.isVisible():
            start = time.perf_counter()
            self.draw(self.pane.scene(self.viewport()))
            self._took = 1e3 * (time.perf_counter() - start)
            if self.scene.moves:
                self._moving.start(round(max(1e3 / self.scene.moves, 2 * self._took)))

    def viewport(self) -> Viewport:
        """What the scene is asked for: ranges, and size in device pixels."""
        if self.pages.currentWidget() is self.rows:
            return Viewport(None, self.rows.sight(), self.rows.width(), self.rows.height(), self.look.dark)
        drawn = self.pages.currentWidget() is self.graphics  # else the canvas has a size of before
        ratio, size = self.devicePixelRatioF(), self.canvas.size() if drawn else self.pages.size()
        x, y = self.pane.ranges or (None, None)
        width, height = (max(int(v * ratio), 16) for v in (size.width(), size.height()))
        return Viewport(x, y, width, height, self.look.dark, seconds=time.monotonic() - self._began)

    def draw(self, scene: Scene) -> None:
        """Show `scene`."""
        table = next((mark for mark in scene.marks if isinstance(mark, Table)), None)
        self.pages.setCurrentIndex(1 if scene.message else 0 if table is None else 2)
        self.words.setText(scene.message)
        self._on_job()
        self.button.setVisible(bool(scene.action))
        self.bar.show_controls(self.pane.controls())
        self.key.show_key(scene.legend, scene.scale, picks=bool(scene.colored[0]))
        self.warning.setText(scene.warning)
        self.warning.setVisible(bool(scene.warning))
        self.bar.show_tools(table is None and not scene.message)
        if table is not None:
            self.rows.show_table(table)
            return self._say()
        fresh = [item(mark) for mark in scene.marks]  # first: where one fails, the picture before stands
        self.plot.setOpacity(1)
        for old in self._items:
            self.canvas.removeItem(old)
        self._items = fresh
        for new in fresh:
            self.canvas.addItem(new, ignoreBounds=True)
        self.canvas.setAspectLocked(scene.equal)
        self._name_axes()
        if self.pane.ranges is None:
            self.canvas.setRange(xRange=wide(scene.x.range), yRange=wide(scene.y.range), padding=0)
        self._put_cursor(scene.cursor)
        return self._say()

    def _on_job(self, *_: Any) -> None:
        """The button says whether that is being done."""
        self.button.setText(button(self.scene.action, self.session))

    def fit(self) -> None:
        """Show all."""
        self.pane.fit()
        self.ask()

    def fit_again(self) -> None:
        """Show all; if all is shown, show the pick."""
        self.pane.fit_again()
        if self.pane.ranges is None:
            return self.ask()
        x, y = self.pane.ranges
        self.canvas.setRange(xRange=x, yRange=y, padding=0)
        return self._ranged()

    def show_window(self, start: float, stop: float) -> None:
        """Show these seconds of a time axis."""
        y = self.canvas.viewRange()[1] if self.pane.ranges is None else self.pane.ranges[1]
        self.pane.ranges = (start, stop), (y[0], y[1])
        self.canvas.setXRange(start, stop, padding=0)
        self.ask()

    def set_look(self, look: Look) -> None:
        """Follow the theme."""
        self.look = look
        self.graphics.setBackground(look.back)
        for axis in (self.plot.getAxis("bottom"), self.plot.getAxis("left")):
            axis.setPen(QColor(look.text).darker(150) if look.dark else QColor(look.text).lighter(250))
            axis.setTextPen(look.text)
        self.line.setPen(pg.mkPen(look.text, width=1))
        self.canvas.path.setPen(pg.mkPen(look.text, width=1.5, style=Qt.PenStyle.DashLine))
        fill = QColor(look.text)
        fill.setAlpha(30)
        self.canvas.path.setBrush(fill)
        self.ask()

    # ---- how it is built

    def _build(self) -> None:
        self.plot.hideButtons()
        self.plot.setOpacity(0)  # no axes stand there before there is a picture
        self.plot.layout.setContentsMargins(1, NUDGE, 1, NUDGE)  # words of a tick at the edge go beyond it, too
        self.graphics.setCentralItem(self.plot)
        self.graphics.setMinimumWidth(120)
        self.line.setZValue(1e5)
        self.canvas.addItem(self.line, ignoreBounds=True)
        self.note.setObjectName("note")
        self.pages.addWidget(self.graphics)
        self.pages.addWidget(self._empty())
        self.pages.addWidget(self.rows)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 2)
        layout.setSpacing(2)
        self.bar.show_controls(self.pane.controls())
        self.warning.setStyleSheet("#warning { color: #d55e00; }")
        self.warning.hide()
        for part in (self.bar, self.warning, self.key, self.pages, self.note):
            layout.addWidget(part, 1 if part is self.pages else 0)
        self.set_look(self.look)

    def _empty(self) -> QWidget:
        page = QWidget()
        self.button.clicked.connect(lambda: self.asked.emit(self.scene.action))
        layout = QVBoxLayout(page)
        layout.addStretch()
        layout.addWidget(self.words)
        layout.addWidget(self.button, alignment=Qt.AlignmentFlag.AlignCenter)
        layout.addStretch()
        return page

    def _follow(self) -> None:
        for signal in (self.session.changed, self.session.selection.changed, self.state.events):
            follow(signal, self, self.ask)
        for told in (self.session.jobs.changed, self.session.jobs.finished):
            follow(told, self, self._on_job)
        follow(self.session.time_changed, self, self._on_time)
        follow(self.session.read, self, self._on_read)
        follow(self.pane.shown, self, self.show_window)
        self.canvas.drawn.connect(self._pick)
        self.canvas.cleared.connect(self.session.selection.clear)
        self.canvas.moved.connect(self.pane.go_to)
        self.canvas.fitted.connect(self.fit_again)
        self.canvas.asked.connect(self._menu)
        self.canvas.sigRangeChangedManually.connect(self._ranged)
        self.graphics.scene().sigMouseMoved.connect(self._hover)
        self.bar.fit.connect(self.fit)
        self.canvas.turned.connect(self.pane.turn)
        self.canvas.grip = self.pane.grip
        self.canvas.dropped.connect(self._drop)
        self.key.asked.connect(self._pick_named)
        self.rows.drawn.connect(self._pick)
        self.rows.sorted.connect(self.pane.sort)
        self.rows.scrolled.connect(self.ask)
        self.rows.pointed.connect(self._hover_row)
        self.rows.asked.connect(self._menu)
        self.rows.opened.connect(self.opened)
        self.bar.tool.connect(lambda tool: setattr(self.canvas, "tool", tool))
        self.bar.export.connect(self.exported)

    # ---- what the user does

    def _pick(self, shape: Shape, how: Any) -> None:
        if self.pane.pick(shape, how):
            self._at_once()
        elif how == "replace":
            self.canvas.clear_soon()

    def _drop(self, key: Any, x: float, y: float) -> None:
        try:
            self.pane.drag(key, x, y)
        except (LookupError, ValueError) as error:
            self._say(str(error))
        self._at_once()

    def _at_once(self) -> None:
        """The view that the hand is in answers first, the others after it."""
        if self._due.isActive():
            self._due.stop()
            self.redraw()

    def _pick_named(self, name: str) -> None:
        self.pane.pick_named(name, mode(QApplication.keyboardModifiers()))

    def _hover_row(self, row: float) -> None:
        self._say(self.pane.hover_row(row))

    def _on_read(self, title: str) -> None:
        if title == self.pane.spec.title:
            self.ask()

    def _on_time(self, seconds: float) -> None:
        if not self.canvas.time:
            return self.ask()
        self._put_cursor(seconds)
        if self.pane.follow(seconds) and self.pane.ranges is not None:
            self.show_window(*self.pane.ranges[0])
        return None

    def _ranged(self, *_: Any) -> None:
        x, y = self.canvas.viewRange()
        self.pane.move(((x[0], x[1]), (y[0], y[1])))
        if self._took > HEAVY:  # the picture at hand moves; a fresh one comes when the hand rests
            self._rested.start()
        else:
            self.ask()

    def _hover(self, at: QPointF) -> None:
        self._under = at
        self._rest.start()

    def _tell(self) -> None:
        if self._under is None or not self.canvas.sceneBoundingRect().contains(self._under):
            return self._say()
        return self._say(self.pane.hover(self.canvas.point(self.canvas.mapFromScene(self._under))))

    def leaveEvent(self, event: QEvent) -> None:
        self._under = None
        self._rest.start()
        super().leaveEvent(event)

    def _menu(self, at: Any) -> None:
        menu = QMenu(self)
        menu.addAction("Fit to all", self.fit)
        for words, do in self.menu():
            menu.addAction(words, do)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at.toPoint() if hasattr(at, "toPoint") else at)

    def showEvent(self, event: QEvent) -> None:
        super().showEvent(event)
        self._make_room(seen=True)
        self.ask()

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        self.ask()

    def hideEvent(self, event: QEvent) -> None:
        super().hideEvent(event)
        self._make_room(seen=False)

    # ---- small parts

    def _make_room(self, *, seen: bool) -> None:
        """A dock behind others asks for no room."""
        self.pages.setMinimumHeight(LOWEST if seen else 0)

    def _say(self, words: str = "") -> None:
        self.note.setText(words or self._resting())

    def _resting(self) -> str:
        """What is told while the mouse is nowhere; of a low picture the words that have no room under its axis, too."""
        return " · ".join(filter(None, [self.scene.note, self._across and f"across: {self._across}"]))

    def _put_cursor(self, seconds: float | None) -> None:
        self.canvas.cursor = seconds
        self.line.setVisible(seconds is not None)
        if seconds is not None:
            self.line.setValue(seconds)

    def _name_axes(self, *_: Any) -> None:
        resting, flat = self.note.text() == self._resting(), self.graphics.height() < FLAT
        bare = flat and self.scene.equal and not self.scene.x.ticks
        for side, axis in (("bottom", self.scene.x), ("left", self.scene.y)):
            self.plot.showAxis(side, not bare)  # a low picture of a place takes their room
            self._name_axis(side, axis, flat)
        self._across = ever_shorter(self.scene.x)[0] if flat and not bare else ""
        if resting:
            self._say()

    def _name_axis(self, side: str, axis: Axis, flat: bool) -> None:
        drawn = self.plot.getAxis(side)
        room = self.canvas.height() if side == "left" else self.canvas.width()
        wide, shorter = self.fontMetrics().horizontalAdvance, ever_shorter(axis)
        words = next((one for one in shorter if wide(one) + EDGES <= room), shorter[-1])
        words = "" if side == "bottom" and flat else words
        drawn.setLabel(words, siPrefixEnableRanges=())  # else 0.05 is drawn as 50, without its milli
        drawn.enableAutoSIPrefix(False)
        drawn.resizeEvent()  # else other words stand where those before them were centred
        drawn.setTicks([self._seen(side, axis.ticks, flat)] if axis.ticks else None)

    def _seen(self, side: str, ticks: Sequence[tuple[float, str]], flat: bool) -> list[tuple[float, str]]:
        """Ticks with one line of words where there is no room for two, and no words upon each other."""
        if side == "bottom":
            return [(at, words.split("\n")[0]) for at, words in ticks] if flat else list(ticks)
        low, high = self.canvas.viewRange()[1]
        least = self.fontMetrics().height() * abs(high - low) / max(self.canvas.height(), 1)
        return apart(ticks, least)


def ever_shorter(axis: Axis) -> list[str]:
    """Words of an axis: "y from below (µm)", "y (µm)", "y"."""
    first, unit = (axis.label.split(" ")[0], axis.unit.split(" ")[0]) if axis.label else ("", "")
    with_unit = [f"{axis.label} ({axis.unit})", f"{axis.label} ({unit})", f"{first} ({unit})"] if axis.unit else []
    return [*with_unit, axis.label, axis.label.split(" (")[0], first]


def apart(ticks: Sequence[tuple[float, str]], least: float) -> list[tuple[float, str]]:
    """Ticks that are so far from each other at least; of those that are nearer the first."""
    kept: list[tuple[float, str]] = []
    for at, words in ticks:
        if all(abs(at - other) >= least for other, _ in kept):
            kept.append((at, words))
    return kept
