"""The small tool bar and the key of a picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
from qtpy.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWhatsThis,
    QWidget,
    QWidgetAction,
)

from napari_neurofm.qt.marks import color
from neurofm.app.pictures.controls import Control

HELP = """<p><b>Drag</b> picks; with shift it adds, with alt it takes away<br>
<b>Click</b> picks one; on nothing it clears; on a name of the key: all of that name<br>
<b>Wheel</b> zooms, over an axis only that axis; <b>middle drag</b> pans<br>
<b>Double click</b> shows all, once more: the pick<br>
<b>Drag the time line</b> or the time axis: moves the time everywhere<br>
<b>Space</b> plays; <b>arrows</b> step by a frame, with shift by a second<br>
<b>G</b> makes the pick a group; <b>1</b> to <b>9</b> pick a group<br>
<b>Esc</b> clears the pick; <b>ctrl-Z</b> undoes, <b>ctrl-shift-Z</b> redoes<br>
On napari's canvas the same keys with ctrl-alt; a <b>click</b> on the path picks when the animal was there,<br>
<b>shift-drag</b> adds what a lasso holds, <b>ctrl-drag</b> takes it away</p>"""
TOOLS = {"lasso": "Lasso", "box": "Box"}
FAR = 90.0  # of a field that goes by ones
GAP = 4  # pixels between parts of the bar
WIDEST = 112  # pixels of a field
TYPED = 500  # ms after the last letter, until plain words are looked for
COMPARES = re.compile(r"[<>=!()\[\]{}\"'`]|\b(and|or|not|in)\b")  # what is looked for once it is finished
SLIM = "QComboBox { padding: 2px 0 2px 6px; } QComboBox::drop-down { width: 16px; }"


class Bar(QWidget):
    """Tool, fit, the view's controls, export and help, in this order everywhere, in one row.

    What has no room in the row stands in the menu *More*, the last first.

    Attributes
    ----------
    fields : the widget of each control, by name
    more : the menu
    """

    tool = Signal(str)
    fit = Signal()
    export = Signal()

    def __init__(self, state: Any, tool: str, title: str) -> None:
        super().__init__()
        self.state, self.title = state, title
        self.fields: dict[str, QWidget] = {}
        self._shown: tuple[Control, ...] = ()
        self._parts: list[QWidget] = []  # of controls, in their order
        self._small: list[QWidget] = []  # of controls that always stand in the menu
        self._folded: list[QWidget] | None = None  # in the menu now
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._fold)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        turns = {"turn": "Turn"} if hasattr(state, "azimuth") else {}
        self.tools = _combo(TOOLS | turns, tool)
        self.tools.setToolTip("What a drag does")
        self.tools.currentIndexChanged.connect(lambda _: self.tool.emit(self.tools.currentData()))
        self._fit = _button("Fit", "Show all (double click)", self.fit.emit)
        self.more, self._drawer = QMenu(self), QWidget()
        self._more = QPushButton("More", toolTip="What has no room here, size, opacity and the like")
        self._more.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._more.setMenu(self.more)
        self._export = _button("Export", "Write this picture to a file", self.export.emit)
        self._help = _button("?", "What the mouse and the keys do", self._show_help)
        self._lay_out()

    def show_controls(self, controls: tuple[Control, ...]) -> None:
        """Offer these; a control keeps its widget while its choices stay the same."""
        if [(c.name, c.choices) for c in controls] != [(c.name, c.choices) for c in self._shown]:
            self._build(controls)
        for control in controls:
            _set(self.fields[control.name], control)
        self._shown = controls
        self._fold()

    def show_tools(self, some: bool) -> None:
        """A table, or an empty view, has nothing to draw on and nothing to fit."""
        for part in (self.tools, self._fit):
            part.setVisible(some)
        self._fold()

    def showEvent(self, event: QEvent) -> None:
        """Widths are known once the style is."""
        super().showEvent(event)
        self._fold()

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    # ---- how it is built

    def _lay_out(self) -> None:
        self.row, column = QHBoxLayout(self), QVBoxLayout(self._drawer)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(GAP)
        for part in (self.tools, self._fit, self._more, self._export, self._help):
            self.row.addWidget(part)
        self.row.addStretch(1)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(GAP)
        holder = QWidgetAction(self.more)
        holder.setDefaultWidget(self._drawer)
        self.more.addAction(holder)

    def _build(self, controls: tuple[Control, ...]) -> None:
        for old in (*self._parts, *self._small):
            old.setParent(None)
            old.deleteLater()
        self.fields = {control.name: self._field(control) for control in controls}
        self._parts, self._small = [], []
        for control in controls:
            words = "" if control.kind in ("text", "switch") else control.words
            into = self._small if control.kind in ("number", "switch") else self._parts
            into.append(_pair(words, self.fields[control.name]))
        self._folded = None
        self._fold()

    def _fold(self) -> None:
        """Put into the row what has room there, and into the menu what has not."""
        if not self.updatesEnabled():  # a picture of a hidden dock is taken; what moves now is never painted again
            return self._later.start()
        written = [part for part in self._parts if self._is_written(part)]  # what is wrong in it must be seen
        parts = [*written, *(part for part in (*self._parts, self._export) if part not in written)]
        fixed = sum(_width(part) for part in (self.tools, self._fit, self._help) if not part.isHidden())
        widths = np.cumsum([_width(part) for part in parts])
        room = self.width() + GAP - fixed
        fits = len(parts) if widths[-1] + bool(self._small) * _width(self._more) <= room else None
        if fits is None:
            fits = int(np.searchsorted(widths, room - _width(self._more), side="right"))
        folded = [*parts[fits:], *self._small]
        if folded != self._folded:
            self._move([part for part in (*self._parts, self._export) if part in parts[:fits]], folded)
        return self._more.setVisible(bool(folded))

    def _is_written(self, part: QWidget) -> bool:
        """Whether it is a text that says something, and that nobody types right now."""
        field = next(iter(part.findChildren(QLineEdit)), part)
        return isinstance(field, QLineEdit) and bool(field.text().strip()) and not field.hasFocus()

    def _move(self, parts: list[QWidget], folded: list[QWidget]) -> None:
        self._folded = folded
        for part in folded:
            self._drawer.layout().addWidget(part)
        for part in (self._more, *parts, self._help):
            self.row.removeWidget(part)
        controls, export = [p for p in parts if p is not self._export], [p for p in parts if p is self._export]
        for place, part in enumerate((*controls, self._more, *export, self._help), 2):
            self.row.insertWidget(place, part)
        for part in (*folded, *parts):
            part.show()
        self._drawer.adjustSize()

    def _field(self, control: Control) -> QWidget:
        make = {"choice": self._choice, "switch": self._switch, "number": self._number, "text": self._text}
        return make[control.kind](control)

    def _choice(self, control: Control) -> QComboBox:
        combo = _combo({c: shown(c) for c in control.choices}, control.value)
        combo.currentIndexChanged.connect(lambda _: setattr(self.state, control.name, combo.currentData()))
        return combo

    def _switch(self, control: Control) -> QCheckBox:
        switch = QCheckBox(control.words, focusPolicy=Qt.FocusPolicy.NoFocus)
        switch.toggled.connect(lambda on: setattr(self.state, control.name, on))
        return switch

    def _number(self, control: Control) -> QDoubleSpinBox:
        step = 1.0 if control.whole or control.high - control.low >= FAR else 0.05
        decimals, kind = (0, int) if control.whole else (2, float)
        spin = QDoubleSpinBox(minimum=control.low, maximum=control.high, singleStep=step, decimals=decimals)
        spin.valueChanged.connect(lambda value: setattr(self.state, control.name, kind(value)))
        return spin

    def _text(self, control: Control) -> QLineEdit:
        line = QLineEdit(placeholderText=control.words, clearButtonEnabled=True)
        line.setToolTip(
            'Show only what has these words, or what this is true of, such as: rate > 2 and region == "CA1"'
        )
        line.setFixedWidth(WIDEST)
        wait = QTimer(line, singleShot=True, interval=TYPED)

        def put() -> None:
            wait.stop()
            setattr(self.state, control.name, line.text())

        line.textEdited.connect(lambda text: wait.stop() if COMPARES.search(text) else wait.start())
        wait.timeout.connect(put)
        line.editingFinished.connect(put)
        return line

    def _show_help(self) -> None:
        QWhatsThis.showText(self.mapToGlobal(QPoint(0, self.height())), f"<b>{self.title}</b>{HELP}", self)


class Key(QWidget):
    """What the colours mean; a click on a name asks for all of that name."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 2, 0)
        self.names, self.low, self.ramp, self.high = QLabel(), QLabel(), QLabel(), QLabel()
        for part in (self.names, self.low, self.ramp, self.high):
            row.addWidget(part)
        row.addStretch()
        self.names.linkActivated.connect(lambda link: self.asked.emit(unquote(link)))

    def show_key(self, legend: Any, scale: Any, picks: bool = False) -> None:
        """Names with their colour, links if a click on them `picks`, and a colour bar, where there are any."""
        text = self.palette().color(self.foregroundRole()).name()
        parts = []
        for name, c in legend:
            words = f'<span style="color:{color(c).name()}">●</span> {escape(name)}'
            style = f"color:{text};text-decoration:none"
            parts.append(f'<a href="{quote(name)}" style="{style}">{words}</a>' if picks else words)
        self.names.setText("&nbsp; ".join(parts))
        self.names.setVisible(bool(legend))
        for part in (self.low, self.ramp, self.high):
            part.setVisible(scale is not None)
        if scale is not None:
            low, high, words, colors = scale
            self.low.setText(f"{words}: {short(low)}" if words else short(low))
            self.high.setText(short(high))
            self.ramp.setPixmap(_ramp(colors))
        self.setVisible(bool(legend) or scale is not None)


def shown(value: str) -> str:
    """A choice in words."""
    return _words(value).capitalize() if value and value == value.lower() and "/" not in value else value or "Auto"


def short(value: float) -> str:
    """A number in three digits, or six if it is large."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.6g}"


def _set(widget: QWidget, control: Control) -> None:
    """Show a value without saying it back."""
    widget.blockSignals(True)
    if isinstance(widget, QComboBox):
        widget.setCurrentIndex(widget.findData(control.value))
    elif isinstance(widget, QCheckBox):
        widget.setChecked(control.value)
    elif isinstance(widget, QDoubleSpinBox):
        widget.setValue(control.value)
    elif isinstance(widget, QLineEdit) and not widget.hasFocus():
        widget.setText(control.value)
    widget.blockSignals(False)


def _pair(words: str, widget: QWidget) -> QWidget:
    """Words and their widget, kept together."""
    pair = QWidget()
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    if words:
        row.addWidget(QLabel(words), 1)
    row.addWidget(widget)
    return pair


def _width(part: QWidget) -> int:
    """With the gap before the next."""
    part.ensurePolished()
    return min(part.sizeHint().width(), part.maximumWidth()) + GAP


def _button(words: str, tip: str, call: Callable[[], Any]) -> QPushButton:
    button = QPushButton(words, toolTip=tip, focusPolicy=Qt.FocusPolicy.NoFocus)
    button.clicked.connect(lambda: call())
    return button


def _combo(values: Mapping[str, str], now: str) -> QComboBox:
    combo = QComboBox(focusPolicy=Qt.FocusPolicy.NoFocus)
    for value, words in values.items():
        combo.addItem(words, value)
    combo.setCurrentIndex(combo.findData(now))
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    combo.setMaximumWidth(WIDEST)
    combo.view().setMinimumWidth(combo.view().sizeHintForColumn(0) + 2 * GAP)  # long names are read in the list
    combo.setStyleSheet(SLIM)
    return combo


def _words(name: str) -> str:
    return name.replace("_", " ").replace("color", "colour")


def _ramp(colors: Any) -> QPixmap:
    row = np.ascontiguousarray(np.repeat(np.asarray(colors, np.uint8)[None], 10, 0))
    image = QImage(row.data, row.shape[1], 10, row.shape[1] * 4, QImage.Format.Format_RGBA8888)
    return QPixmap.fromImage(image).scaled(90, 10)
