"""The dialog of figures: sizes, kinds and names follow each other, and what cannot be written is told before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.gui


@pytest.fixture
def dialog(qtbot: Any, tmp_path: Path) -> Any:
    from napari_neurofm.qt.figure import FigureDialog

    window = FigureDialog(None, "Latent space", tmp_path)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    return window


def save(dialog: Any) -> Any:
    return dialog.buttons.button(dialog.buttons.StandardButton.Save)


def test_it_offers_one_column_of_a_journal_on_white_paper(dialog: Any, tmp_path: Path) -> None:
    path, sizes = dialog.options()
    assert path == tmp_path / "latent space.svg"
    assert sizes == {"width_mm": 85, "height_mm": 60, "font_pt": 7, "dpi": 300, "dark": False}
    assert save(dialog).isEnabled()
    assert dialog.problem.isHidden()


def test_a_size_by_name_sets_the_millimetres_and_other_millimetres_have_none(dialog: Any) -> None:
    dialog.preset.setCurrentText("two columns")
    sizes = dialog.options().sizes
    assert (sizes["width_mm"], sizes["height_mm"]) == (174, 90)
    dialog.numbers["width_mm"].setValue(100)
    assert dialog.preset.currentText() == "another size"
    assert dialog.options().sizes["height_mm"] == 90
    dialog.numbers["width_mm"].setValue(174)
    assert dialog.preset.currentText() == "two columns"


def test_the_name_follows_the_kind_and_the_kind_the_name(dialog: Any, qtbot: Any, tmp_path: Path) -> None:
    dialog.kind.setCurrentIndex(dialog.kind.findData(".pdf"))
    assert dialog.options().path == tmp_path / "latent space.pdf"
    dialog.file.clear()
    qtbot.keyClicks(dialog.file, str(tmp_path / "fig1.png"))
    assert dialog.kind.currentData() == ".png"
    assert dialog.options().path == tmp_path / "fig1.png"


@pytest.mark.parametrize(
    ("name", "words"),
    [("fig1.bmp", "must end in .svg, .pdf, .png"), ("none/fig1.svg", "There is no folder"), ("", "must end in")],
)
def test_what_cannot_be_written_cannot_be_saved(dialog: Any, tmp_path: Path, name: str, words: str) -> None:
    dialog.file.setText(str(tmp_path / name) if name else "")
    assert not save(dialog).isEnabled()
    assert words in dialog.problem.text()
    assert dialog.problem.isVisible()


def test_asking_gives_what_was_chosen_or_none(qtbot: Any, tmp_path: Path) -> None:
    from qtpy.QtCore import Qt, QTimer
    from qtpy.QtWidgets import QApplication

    from napari_neurofm.qt.figure import ask_figure

    def answer(button: str) -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None:  # not there yet
            QTimer.singleShot(20, lambda: answer(button))
            return
        dialog.numbers["font_pt"].setValue(8)
        pressed = dialog.buttons.button(getattr(dialog.buttons.StandardButton, button))
        qtbot.mouseClick(pressed, Qt.MouseButton.LeftButton)

    for button, font in (("Save", 8), ("Cancel", None)):
        QTimer.singleShot(0, lambda button=button: answer(button))
        wanted = ask_figure(None, "Raster", tmp_path)
        assert (wanted.sizes["font_pt"] if wanted else None) == font


def test_what_is_chosen_is_what_a_view_is_drawn_with(dialog: Any) -> None:
    from neurofm.app.session import Session
    from neurofm.synthetic.demo import demo

    session = Session(demo(duration=10))
    path, sizes = dialog.options()
    assert session.figure("raster", path, **sizes) == path
    assert path.read_text().startswith("<?xml")
