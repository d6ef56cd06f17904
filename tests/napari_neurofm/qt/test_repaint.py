"""A window paints once a frame, and nothing that changed is forgotten."""

import pytest

pytest.importorskip("qtpy.QtWidgets", exc_type=ImportError)

from qtpy.compat import isalive
from qtpy.QtCore import QCoreApplication, QEvent
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_neurofm.qt.repaint import FRAME, Repaint


class Window(QWidget):
    """Counts how often it paints all that has changed."""

    def __init__(self):
        super().__init__()
        self.pictures = 0

    def event(self, event):
        self.pictures += event.type() == QEvent.Type.UpdateRequest
        return super().event(event)


class Label(QLabel):
    """Knows the text that was last painted."""

    painted = ""

    def paintEvent(self, event):
        self.painted = self.text()
        super().paintEvent(event)


@pytest.fixture
def window(qtbot):
    window = Window()
    Repaint(window)
    with qtbot.waitExposed(window):
        window.show()
    qtbot.wait(10 * FRAME)
    window.pictures = 0
    yield window
    if isalive(window):
        window.close()


def test_what_changes_within_a_frame_is_painted_together(qtbot, window):
    for _ in range(3):
        QCoreApplication.sendEvent(window, QEvent(QEvent.Type.UpdateRequest))
    assert window.pictures == 0
    qtbot.waitUntil(lambda: window.pictures > 0)
    qtbot.wait(5 * FRAME)
    assert window.pictures == 1


def test_the_last_change_is_painted(qtbot, window):
    label = Label()
    QVBoxLayout(window).addWidget(label)
    for text in ("first", "second", "last"):
        label.setText(text)
        qtbot.wait(3)
    qtbot.waitUntil(lambda: label.painted == "last")


def test_a_window_may_be_deleted_between_two_pictures(qtbot, window):
    QCoreApplication.sendEvent(window, QEvent(QEvent.Type.UpdateRequest))
    window.deleteLater()
    qtbot.waitUntil(lambda: not isalive(window))
    qtbot.wait(5 * FRAME)
