from types import SimpleNamespace

import pytest
from qtpy.QtGui import QMovie
from qtpy.QtWidgets import QLabel

pytestmark = pytest.mark.gui


def spinning(window):
    movies = [label.movie() for label in window.findChildren(QLabel) if label.movie() is not None]
    assert movies  # napari has its sign
    return [m for m in movies if m.state() == QMovie.MovieState.Running]


def test_a_running_job_has_a_bar_but_no_sign_that_spins(desk, qtbot):
    job = SimpleNamespace(id=1, title="Train", over=False, state="running", fraction=0.5, error="")
    desk.activity._show(job)
    qtbot.waitUntil(lambda: 1 in desk.activity._bars)
    assert desk.activity._bars[1].n == 50
    assert not spinning(desk.window)
    job.over, job.state = True, "done"
    desk.activity._finish(job)
    assert not desk.activity._bars
