"""A window that is closed leaves nothing behind: no process, no thread, no widget, nobody who listens."""

from __future__ import annotations

import gc
import threading
from weakref import ref

import psutil
import pytest

pytestmark = pytest.mark.gui
TINY = {"dim": 16, "depth": 0, "latents": 2, "steps": 2000, "batch": 4}


def test_a_closed_window_leaves_nothing_behind(started, arranged, qtbot):
    from qtpy.compat import isalive
    from qtpy.QtCore import QCoreApplication, QEvent
    from qtpy.QtWidgets import QApplication

    session, viewer = arranged.session, arranged.viewer
    arranged.do("another_latent")
    for name in ("table", "training", "jobs", "train"):
        arranged.show(name)
    session.group("mine", "unit", session.table("unit").index[:3])
    job = session.train("poyo", settings=TINY)
    qtbot.waitUntil(lambda: bool(job.metrics) or job.over, timeout=60_000)
    assert not job.error
    plots = [ref(plot) for plot in arranged.plots()]
    assert len(plots) >= 7
    arranged = None
    viewer.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qtbot.waitUntil(lambda: not [one for one in started() if _ours(one)], timeout=10_000)
    assert job.over
    gc.collect()
    QApplication.processEvents()
    gc.collect()
    ours = [w for w in QApplication.topLevelWidgets() if type(w).__module__.startswith("napari_neurofm")]
    assert not [w for w in ours if w.isVisible()]
    assert not any(plot() is not None and isalive(plot()) for plot in plots)
    for signal in (session.changed, session.time_changed, session.selection.changed):
        assert len(signal) == 0, f"{signal.name} is still heard"
    for state in session.views.values():
        assert not any(len(state.events[name]) for name in state.events)


def _ours(one: psutil.Process | threading.Thread) -> bool:
    if isinstance(one, threading.Thread):
        return one.name.startswith(("neurofm", "worker's")) and "kernels" not in one.name
    try:
        return "neurofm.app.jobs.worker" in " ".join(one.cmdline())
    except psutil.Error:  # it ended just now
        return False
