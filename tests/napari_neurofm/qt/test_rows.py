"""The table in a dock: rows scroll, headings sort, clicks and drags pick."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.gui


@pytest.fixture
def table(qtbot):
    from napari_neurofm.qt.plot import Plot
    from neurofm.app.session import Session
    from neurofm.app.views import table as view
    from neurofm.synthetic import reaching

    session = Session(reaching.sessions(2, units=100, duration=1.0))
    plot = Plot(view.SPEC, session, view.State())
    qtbot.addWidget(plot)
    plot.resize(700, 400)
    plot.show()
    qtbot.waitExposed(plot)
    qtbot.waitUntil(lambda: plot.rows.page.table.total == 200 and not plot._due.isActive())
    return plot


def at(plot, row):
    return plot.rows.visualRect(plot.rows.page.index(row, 0)).center()


def click(qtbot, plot, row, modifier=None):
    from qtpy.QtCore import Qt

    held = Qt.KeyboardModifier.NoModifier if modifier is None else modifier
    qtbot.mouseClick(plot.rows.viewport(), Qt.MouseButton.LeftButton, held, at(plot, row))


def test_a_click_picks_a_row_shift_adds_alt_removes(table, qtbot):
    from qtpy.QtCore import Qt

    ids = table.session.table("unit").index
    picked = table.session.selection.picked
    click(qtbot, table, 1)
    assert picked("unit").tolist() == [ids[1]]
    click(qtbot, table, 3, Qt.KeyboardModifier.ShiftModifier)
    assert picked("unit").tolist() == [ids[1], ids[3]]
    click(qtbot, table, 1, Qt.KeyboardModifier.AltModifier)
    assert picked("unit").tolist() == [ids[3]]


def test_a_pick_that_is_out_of_sight_is_gone_to_and_sorting_goes_nowhere(table, qtbot):
    ids = table.session.table("unit").index
    table.session.selection.pick("unit", ids[[150, 170]])
    qtbot.waitUntil(lambda: table.rows.sight()[0] <= 150 < table.rows.sight()[1])
    qtbot.waitUntil(lambda: bool(table.rows.page.table.picked.any()))
    table.rows.scrollToTop()
    table.session.selection.pick("unit", ids[[150, 160]])
    qtbot.waitUntil(lambda: table.rows.page.table.first == 0 and not table._due.isActive())
    assert table.rows.sight()[0] == 0
    table.rows.sorted.emit("rate")
    qtbot.waitUntil(lambda: table.rows.page.table.sorted_by == "rate")
    assert table.rows.sight()[0] == 0


def test_a_drag_picks_the_rows_between(table, qtbot):
    from qtpy.QtCore import Qt

    ids = table.session.table("unit").index
    qtbot.mousePress(table.rows.viewport(), Qt.MouseButton.LeftButton, pos=at(table, 2))
    qtbot.mouseRelease(table.rows.viewport(), Qt.MouseButton.LeftButton, pos=at(table, 5))
    assert table.session.selection.picked("unit").tolist() == ids[2:6].tolist()


def test_a_heading_sorts_and_once_more_the_other_way(table, qtbot):
    names = [c.name for c in table.rows.page.table.columns]
    header = table.rows.horizontalHeader()
    for descending in (False, True):
        header.sectionClicked.emit(names.index("rate"))
        qtbot.waitUntil(lambda: not table._due.isActive())
        frame = table.pane.spec.scene(table.state, table.session, table.viewport()).marks[0]
        assert (frame.sorted_by, frame.descending) == ("rate", descending)
        rates = table.session.table("unit")["rate"]
        best = rates.sort_values(ascending=not descending, kind="stable").index[0]
        qtbot.waitUntil(lambda best=best: table.rows.page.table.ids[0] == best)


def test_what_is_scrolled_to_is_asked_for(table, qtbot):
    assert table.rows.page.table.first == 0
    table.rows.scrollToBottom()
    qtbot.waitUntil(lambda: table.rows.page.table.first > 150)
    page = table.rows.page
    assert page.data(page.index(199, 0)) == table.session.table("unit")["label"].iloc[199]
    assert len(page.table.ids) < 40


def test_rows_that_were_made_for_another_sight_are_asked_for_anew(table, qtbot):
    top = table.rows.page.table
    table.rows.verticalScrollBar().setValue(100)
    qtbot.waitUntil(lambda: table.rows.page.table.first >= 90 and not table._due.isActive())
    with qtbot.waitSignal(table.rows.scrolled):
        table.rows.show_table(top)
    page = table.rows.page
    qtbot.waitUntil(lambda: page.data(page.index(int(table.rows.sight()[0]), 0)) is not None)


def test_fewer_rows_of_another_kind_show_where_one_had_scrolled_far(table, qtbot):
    table.rows.verticalScrollBar().setValue(150)
    qtbot.waitUntil(lambda: table.rows.page.table.first >= 100 and not table._due.isActive())
    table.state.of = "session"
    page = table.rows.page
    qtbot.waitUntil(lambda: page.table.total == 2 and not table._due.isActive())
    qtbot.waitUntil(lambda: page.data(page.index(0, 0)) is not None)
    assert table.rows.sight()[0] == 0
    table.state.of = "unit"
    qtbot.waitUntil(lambda: page.table.total == 200 and page.data(page.index(0, 0)) is not None)


def test_rows_that_are_picked_are_tinted(table, qtbot):
    before = table.rows.grab().toImage()
    table.session.selection.pick("unit", table.session.table("unit").index[:1])
    qtbot.waitUntil(lambda: bool(table.rows.page.table.picked[0]))
    place = at(table, 0)
    place.setX(table.rows.visualRect(table.rows.page.index(0, 0)).right() - 2)
    shift = table.rows.viewport().pos()
    seen = table.rows.grab().toImage().pixelColor(place + shift)
    assert seen != before.pixelColor(place + shift)
