"""The small tool bar and the key of a picture."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
from qtpy.QtCore import QPoint, Qt, Signal
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWhatsThis, QWidget
from superqt import QFlowLayout

from napari_neurofm.qt.marks import color
from napari_neurofm.qt.thread import follow

HELP = """<p><b>Drag</b> picks; with shift it adds, with alt it takes away<br>
<b>Click</b> picks one; on nothing it clears<br>
<b>Wheel</b> zooms, over an axis only that axis; <b>middle drag</b> pans<br>
<b>Double click</b> shows all, once more: the pick<br>
<b>Drag the time line</b> or the time axis: moves the time everywhere<br>
<b>Space</b> plays; <b>arrows</b> step by a frame, with shift by a second<br>
<b>Esc</b> clears the pick; <b>ctrl-Z</b> undoes, <b>ctrl-shift-Z</b> redoes<br>
On napari's canvas the same keys with ctrl-alt</p>"""


class Bar(QWidget):
    """Tool, fit, the choices of the view's state, export and help, in this order everywhere."""

    tool = Signal(str)
    fit = Signal()
    export = Signal()

    def __init__(self, state: Any, tool: str, title: str) -> None:
        super().__init__()
        self.row = QFlowLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setHorizontalSpacing(4)
        self.row.setVerticalSpacing(2)
        tools = _combo(("lasso", "box"), tool)
        tools.setToolTip("What a drag draws")
        tools.currentTextChanged.connect(lambda words: self.tool.emit(words.lower()))
        self.row.addWidget(tools)
        self._button("Fit", "Show all (double click)", self.fit.emit)
        self.combos = {name: self._choice(state, name, values) for name, values in choices(state).items()}
        self.named = {name: self._named(state, name) for name in fields(state, str)}
        self.switches = {name: self._switch(state, name) for name in fields(state, bool)}
        self._button("Export", "Write this picture to a file", self.export.emit)
        self._button("?", "What the mouse and the keys do", self._help)
        self.title = title

    def _button(self, words: str, tip: str, call: Any) -> None:
        button = QPushButton(words, toolTip=tip, focusPolicy=Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: call())
        self.row.addWidget(button)

    def _choice(self, state: Any, name: str, values: tuple[str, ...]) -> QComboBox:
        combo = _combo(values, getattr(state, name))
        combo.currentIndexChanged.connect(lambda row: setattr(state, name, values[row]))
        follow(getattr(state.events, name), self, lambda value, *_: combo.setCurrentIndex(values.index(value)))
        self.row.addWidget(_pair(_words(name), combo))
        return combo

    def show_names(self, session: Any) -> None:
        """Offer what is open for the fields that name one of it ("recording", "embedding"), where there is a choice."""
        for name, combo in self.named.items():
            known = list(getattr(session, f"{name}s", ()))
            combo.setVisible(len(known) > 1)
            if known != [combo.itemText(k) for k in range(1, combo.count())]:
                _fill(combo, ["Auto", *known])

    def _named(self, state: Any, name: str) -> QComboBox:
        combo = QComboBox(focusPolicy=Qt.FocusPolicy.NoFocus, toolTip=f"Which {name}")
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        combo.currentIndexChanged.connect(lambda row: setattr(state, name, combo.itemText(row) if row > 0 else ""))
        follow(
            getattr(state.events, name), self, lambda value, *_: combo.setCurrentIndex(max(combo.findText(value), 0))
        )
        combo.hide()
        self.row.addWidget(combo)
        return combo

    def _switch(self, state: Any, name: str) -> QCheckBox:
        button = QCheckBox(_words(name), focusPolicy=Qt.FocusPolicy.NoFocus)
        button.setChecked(getattr(state, name))
        button.setMinimumHeight(22)
        button.toggled.connect(lambda on: setattr(state, name, on))
        follow(getattr(state.events, name), self, lambda on, *_: button.setChecked(on))
        self.row.addWidget(button)
        return button

    def _help(self) -> None:
        QWhatsThis.showText(self.mapToGlobal(QPoint(0, self.height())), f"<b>{self.title}</b>{HELP}", self)


class Key(QWidget):
    """What the colours mean."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 2, 0)
        self.names, self.low, self.ramp, self.high = QLabel(), QLabel(), QLabel(), QLabel()
        for part in (self.names, self.low, self.ramp, self.high):
            row.addWidget(part)
        row.addStretch()

    def show_key(self, legend: Any, scale: Any) -> None:
        """Names with their colour, and a colour bar, where there are any."""
        self.names.setText("  ".join(f'<span style="color:{color(c).name()}">●</span> {name}' for name, c in legend))
        self.names.setVisible(bool(legend))
        for part in (self.low, self.ramp, self.high):
            part.setVisible(scale is not None)
        if scale is not None:
            low, high, words, colors = scale
            self.low.setText(f"{words} {low:.4g}")
            self.high.setText(f"{high:.4g}")
            self.ramp.setPixmap(_ramp(colors))
        self.setVisible(bool(legend) or scale is not None)


def choices(state: Any) -> dict[str, tuple[str, ...]]:
    """Fields of a view's state that are one of a few words."""
    hints = get_type_hints(type(state))
    return {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Literal}


def fields(state: Any, kind: type) -> list[str]:
    """Fields of a view's state of one type."""
    return [name for name, hint in get_type_hints(type(state)).items() if hint is kind]


def _pair(words: str, combo: QComboBox) -> QWidget:
    """Words and their combo box, kept together where a row breaks."""
    pair = QWidget()
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(QLabel(words))
    row.addWidget(combo)
    return pair


def _fill(combo: QComboBox, words: list[str]) -> None:
    """Other words in a combo box that keeps what is chosen."""
    now = combo.currentText()
    combo.blockSignals(True)
    combo.clear()
    combo.addItems(words)
    combo.setCurrentIndex(max(combo.findText(now), 0))
    combo.blockSignals(False)


def _combo(values: tuple[str, ...], now: str) -> QComboBox:
    combo = QComboBox(focusPolicy=Qt.FocusPolicy.NoFocus)
    combo.addItems([_words(v).capitalize() for v in values])
    combo.setCurrentIndex(values.index(now))
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return combo


def _words(name: str) -> str:
    return name.replace("_", " ").replace("color", "colour")


def _ramp(colors: Any) -> QPixmap:
    row = np.ascontiguousarray(np.repeat(np.asarray(colors, np.uint8)[None], 10, 0))
    image = QImage(row.data, row.shape[1], 10, row.shape[1] * 4, QImage.Format.Format_RGBA8888)
    return QPixmap.fromImage(image).scaled(90, 10)
