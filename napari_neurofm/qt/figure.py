"""Ask how large a figure is to be, and where it goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from neurofm.app.pictures.figure import KINDS

SIZES = {"one column": (85.0, 60.0), "one and a half": (114.0, 75.0), "two columns": (174.0, 90.0)}
NUMBERS = {  # lowest, highest, what it begins with, unit
    "width_mm": (10.0, 2000.0, 85.0, " mm"),
    "height_mm": (10.0, 2000.0, 60.0, " mm"),
    "font_pt": (2.0, 100.0, 7.0, " pt"),
    "dpi": (30.0, 2400.0, 300.0, " dpi"),
}
WORDS = {".svg": "SVG, to edit", ".pdf": "PDF, to print", ".png": "PNG, for slides"}


class Options(NamedTuple):
    """What the user chose; `sizes` are arguments of `neurofm.app.pictures.figure.render`."""

    path: Path
    sizes: dict[str, Any]


class FigureDialog(QDialog):
    """Millimetres, font size, kind of file, paper and place of a figure.

    Parameters
    ----------
    title : of the picture, which names the file
    folder : where figures went last
    """

    def __init__(self, parent: QWidget | None, title: str, folder: Path) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export figure")
        self.preset, self.kind, self.dark = QComboBox(), QComboBox(), QCheckBox("dark, as on the screen")
        self.numbers = {name: _box(*limits) for name, limits in NUMBERS.items()}
        self.file, self.problem = QLineEdit(str(folder / f"{title.lower()}.svg")), QLabel(wordWrap=True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, self
        )
        self.preset.addItems([*SIZES, "another size"])
        for suffix in KINDS:
            self.kind.addItem(WORDS[suffix], suffix)
        self._build()
        self._follow()
        self._check()

    def options(self) -> Options:
        """What is chosen now."""
        sizes: dict[str, Any] = {name: box.value() for name, box in self.numbers.items()}
        return Options(Path(self.file.text().strip()).expanduser(), sizes | {"dark": self.dark.isChecked()})

    def _build(self) -> None:
        choose = QPushButton("Choose…", autoDefault=False)
        choose.clicked.connect(self._choose)
        form = QFormLayout()
        for words, field in (
            ("Size", self.preset),
            ("Width", self.numbers["width_mm"]),
            ("Height", self.numbers["height_mm"]),
            ("Font", self.numbers["font_pt"]),
            ("Kind", self.kind),
            ("Pixels", self.numbers["dpi"]),
            ("Paper", self.dark),
        ):
            form.addRow(words, field)
        place = QHBoxLayout()
        place.addWidget(self.file, 1)
        place.addWidget(choose)
        form.addRow("File", place)
        self.numbers["dpi"].setToolTip("Of a PNG, and of what is drawn as an image in SVG and PDF")
        self.file.setMinimumWidth(320)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)

    def _follow(self) -> None:
        self.preset.currentTextChanged.connect(self._take)
        for name in ("width_mm", "height_mm"):
            self.numbers[name].valueChanged.connect(self._name_size)
        self.kind.currentIndexChanged.connect(lambda: self._name_kind(self.kind.currentData()))
        self.file.textChanged.connect(self._check)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def _take(self, name: str) -> None:
        """A size that journals have."""
        if name in SIZES:
            for key, value in zip(("width_mm", "height_mm"), SIZES[name]):
                self.numbers[key].blockSignals(True)
                self.numbers[key].setValue(value)
                self.numbers[key].blockSignals(False)

    def _name_size(self) -> None:
        size = self.numbers["width_mm"].value(), self.numbers["height_mm"].value()
        name = next((name for name, preset in SIZES.items() if preset == size), "another size")
        self.preset.setCurrentText(name)

    def _name_kind(self, suffix: str) -> None:
        """The file's name follows the kind."""
        path = Path(self.file.text().strip())
        if path.suffix.lower() != suffix:
            self.file.setText(str(path.with_suffix(suffix) if path.name else suffix))

    def _check(self) -> None:
        """The kind follows the file's name; what cannot be written is told at once."""
        path = self.options().path
        place = self.kind.findData(path.suffix.lower())
        if place >= 0:
            self.kind.setCurrentIndex(place)
        wrong = ""
        if place < 0:
            wrong = f"The name must end in {', '.join(KINDS)}"
        elif not path.parent.is_dir():
            wrong = f"There is no folder {path.parent}"
        self.problem.setText(wrong)
        self.problem.setVisible(bool(wrong))
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(not wrong)

    def _choose(self) -> None:
        kinds = ";;".join(f"{words} (*{suffix})" for suffix, words in WORDS.items())
        name, _ = QFileDialog.getSaveFileName(self, "Export figure", self.file.text(), kinds)
        if name:
            path = Path(name)
            self.file.setText(str(path if path.suffix else path.with_suffix(self.kind.currentData())))


def ask_figure(parent: QWidget | None, title: str, folder: Path | None = None) -> Options | None:
    """Where a figure goes and how large it is, or None if the user thought better of it."""
    dialog = FigureDialog(parent, title, folder or Path.home())
    chosen = dialog.options() if dialog.exec() == QDialog.DialogCode.Accepted else None
    dialog.deleteLater()
    return chosen


def _box(low: float, high: float, value: float, unit: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox(decimals=0 if unit == " dpi" else 1, suffix=unit)
    box.setRange(low, high)
    box.setValue(value)
    return box
