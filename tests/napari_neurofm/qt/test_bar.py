"""The tool bar stays one row: what has no room stands in its menu, and works there."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_neurofm.qt.bar import Bar
from neurofm.app.pictures.controls import Control

pytestmark = pytest.mark.gui
CONTROLS = (
    Control(name="map", words="map", kind="choice", value="", choices=("", "PCA", "UMAP")),
    Control(
        name="color_by", words="colour by", kind="choice", value="", choices=("", "region", "a very long name" * 4)
    ),
    Control(name="filter", words="filter", kind="text", value=""),
    Control(name="size", words="size", kind="number", value=1.0, low=0.1, high=4.0),
)


class Dock(QWidget):
    """Holds a bar, as a dock does."""

    def __init__(self):
        super().__init__()
        state = SimpleNamespace(map="", color_by="", filter="", size=1.0)
        self.bar, layout = Bar(state, "lasso", "Latent space"), QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.bar)
        self.bar.show_controls(CONTROLS)


@pytest.fixture
def dock(qtbot):
    dock = Dock()
    qtbot.addWidget(dock)
    dock.resize(900, 30)
    dock.show()
    return dock


def in_row(bar):
    """Names of the controls that stand in the row."""
    return [name for name, field in bar.fields.items() if not bar.more.isAncestorOf(field)]


def test_what_has_no_room_stands_in_the_menu_the_last_first(dock, qtbot):
    bar = dock.bar
    high, seen = bar.height(), {}
    for width in (900, 430, 330, 210, 900):
        dock.resize(width, 30)
        qtbot.waitUntil(lambda width=width: bar.width() == width)
        seen.setdefault(width, in_row(bar))
        parts = [bar.row.itemAt(k).widget() for k in range(bar.row.count() - 1)]
        assert max(part.geometry().right() for part in parts if not part.isHidden()) <= width
        assert bar.height() == high
    assert seen[900] == in_row(bar) == list(bar.fields)[:3]
    assert all(names == seen[900][: len(names)] for names in seen.values())
    assert 3 > len(seen[430]) >= len(seen[330]) >= len(seen[210]) == 0
    assert not any(field.isHidden() for field in bar.fields.values())


def test_a_control_in_the_menu_does_the_same(dock):
    bar = dock.bar
    dock.resize(210, 30)
    bar.fields["map"].setCurrentIndex(1)
    bar.fields["size"].setValue(2.0)
    assert (bar.state.map, bar.state.size) == ("PCA", 2.0)


def test_a_filter_that_says_something_is_seen_before_other_controls(dock, qtbot):
    bar = dock.bar
    dock.resize(430, 30)
    qtbot.waitUntil(lambda: bar.width() == 430)
    assert in_row(bar) == ["map"]
    written = tuple(replace(one, value="rate >") if one.name == "filter" else one for one in CONTROLS)
    bar.show_controls(written)
    assert "filter" in in_row(bar)
    assert bar.fields["filter"].text() == "rate >"
    bar.show_controls(CONTROLS)
    assert in_row(bar) == ["map"]


def test_other_controls_take_the_place_of_those_before(dock):
    bar = dock.bar
    dock.resize(600, 30)
    bar.show_controls(CONTROLS[:1])
    assert (list(bar.fields), in_row(bar)) == (["map"], ["map"])
    assert bar._more.isHidden()


def test_a_picture_taken_of_a_hidden_dock_leaves_every_part_painted(qtbot):
    dock, window = Dock(), QWidget()
    QVBoxLayout(window).addWidget(dock)
    qtbot.addWidget(window)
    window.resize(250, 60)
    window.show()
    dock.hide()
    window.resize(900, 60)
    dock.grab()
    dock.show()
    bar = dock.bar
    qtbot.waitUntil(lambda: in_row(bar) == list(bar.fields)[:3])
    assert not bar.more.isAncestorOf(bar._export)
    assert all(part.updatesEnabled() for part in (bar._export, *bar._parts))


def test_plain_words_are_looked_for_while_they_are_typed_and_what_compares_once_it_is_finished(dock, qtbot):
    bar, line = dock.bar, dock.bar.fields["filter"]
    qtbot.keyClicks(line, "ca1")
    assert bar.state.filter == ""
    qtbot.waitUntil(lambda: bar.state.filter == "ca1")
    line.clear()
    qtbot.keyClicks(line, "rate > 2")
    qtbot.wait(700)
    assert bar.state.filter == "ca1"
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert bar.state.filter == "rate > 2"
