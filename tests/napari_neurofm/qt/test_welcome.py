"""What stands where nothing is open, in a real window."""

from __future__ import annotations

import pytest

from neurofm import io
from neurofm.app import samples
from neurofm.synthetic.bandits import population
from neurofm.synthetic.demo import demo

pytestmark = pytest.mark.gui


def words(page):
    from qtpy.QtWidgets import QLabel, QPushButton

    return [part.text() for kind in (QLabel, QPushButton) for part in page.widget().findChildren(kind)]


def press(page, text):
    from qtpy.QtWidgets import QPushButton

    next(button for button in page.widget().findChildren(QPushButton) if button.text() == text).click()


def test_it_stands_on_an_empty_canvas_and_goes_when_something_is_there(desk, qtbot, tmp_path):
    from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
    from qtpy.QtGui import QDragEnterEvent, QDropEvent
    from qtpy.QtWidgets import QApplication

    assert desk.welcome.page is None  # napari's own page is another plugin's until a dock of ours is there
    desk.arrange()
    page = desk.welcome.page
    qtbot.waitUntil(page.isVisible)
    assert page.size() == page.parentWidget().size()
    assert {sample.title for sample in samples.SAMPLES if sample.offered()} <= set(words(page))
    desk.viewer.window.resize(1280, 800)
    qtbot.waitUntil(lambda: page.size() == page.parentWidget().size())

    file = io.write(demo(duration=10)[0], tmp_path / "ada.h5")
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(file))])
    how = Qt.DropAction.CopyAction, dropped, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for event in (QDragEnterEvent(QPoint(50, 50), *how), QDropEvent(QPointF(50, 50), *how)):
        QApplication.sendEvent(page.viewport(), event)
        assert event.isAccepted()
    qtbot.waitUntil(lambda: bool(desk.session.sources) and not page.isVisible())
    desk.session.close("ada")
    qtbot.waitUntil(page.isVisible)


def test_what_has_no_place_on_the_canvas_leaves_it_with_what_can_be_done(desk, qtbot):
    desk.arrange()
    page = desk.welcome.page
    desk.session.add(population(5, trials=20, session="people"))
    qtbot.waitUntil(lambda: "people" in words(page))
    assert page.isVisible()
    press(page, "Train on this…")
    qtbot.waitUntil(desk.docks.dock("train").isVisible)
    assert list(desk.form.sources) == ["people"]


def test_the_dock_says_the_same_and_a_click_opens_a_sample(desk, qtbot):
    desk.show("welcome")
    page = desk.widget("welcome")
    assert words(page) == words(type(page)(desk))
    press(page, "Train a decoder…")
    qtbot.waitUntil(lambda: list(desk.session.recordings) == ["ada", "bo"])
    qtbot.waitUntil(lambda: "ada" in words(page))
    qtbot.waitUntil(desk.docks.dock("train").isVisible)
