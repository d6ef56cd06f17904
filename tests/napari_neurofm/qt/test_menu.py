"""A right click offers what can be done with just this."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QPoint

pytestmark = pytest.mark.gui


@pytest.mark.parametrize(
    ("dock", "first", "last"),
    [
        ("explorer", "Train on this…", "Close"),
        ("raster", "Fit to all", "Export script…"),
        ("jobs", "Resume", "Fork…"),
    ],
)
def test_everything_has_a_menu(arranged, qtbot, right_click, dock, first, last):
    from types import SimpleNamespace

    arranged.show(dock)
    widget = arranged.widget(dock)
    if dock == "explorer":
        qtbot.waitUntil(lambda: widget.tree.topLevelItemCount() == 2)
        menu = right_click(widget.tree.viewport(), widget.tree.visualItemRect(widget.tree.topLevelItem(0)).center())
    elif dock == "jobs":
        job = SimpleNamespace(
            id=7,
            task="train",
            title="Train",
            state="stopped",
            over=True,
            fraction=0.5,
            text="",
            error="",
            arguments={},
            result={},
            action=None,
            stop=lambda: None,
        )
        arranged.session.jobs._jobs.append(job)
        widget.show_job(job)
        menu = right_click(widget.rows[7], QPoint(5, 5))
        arranged.session.jobs._jobs.clear()
    else:
        widget._menu(widget.mapToGlobal(widget.rect().center()))
        from qtpy.QtWidgets import QApplication, QMenu

        qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
        menu = QApplication.activePopupWidget()
    words = [action.text() for action in menu.actions()]
    assert (words[0], words[-1]) == (first, last)
    menu.close()


def test_a_row_of_what_is_in_a_recording_has_the_menu_of_the_recording(arranged, qtbot, right_click):
    tree = arranged.widget("explorer").tree
    qtbot.waitUntil(lambda: tree.topLevelItemCount() == 2)
    tree.expandAll()
    child = tree.topLevelItem(0).child(0)
    tree.scrollToItem(child)
    menu = right_click(tree.viewport(), tree.visualItemRect(child).center())
    assert menu.actions()[0].text() == "Train on this…"
    menu.close()
