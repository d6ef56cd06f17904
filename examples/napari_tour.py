"""
The window, by a script
=======================

Two simulated animals, a decoder trained in the background, units picked everywhere. Run it with
``python examples/napari_tour.py``; with a file name, it writes a picture there and closes the window.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import napari
import numpy as np
from qtpy.QtWidgets import QApplication

from napari_neurofm.docks import desk
from neurofm.app.jobs import Job
from neurofm.synthetic.demo import demo

SETTINGS = {"target": "velocity", "steps": 200, "dim": 32, "depth": 1, "window": 0.5}


def main(picture: str = "") -> None:
    """Open, train, pick, look."""
    viewer = napari.Viewer(title="NeuroFM tour", show_welcome_screen=False)
    viewer.window.resize(1600, 1000)
    here = desk(viewer)
    session = here.session
    for recording in demo():
        session.add(recording)
    here.arrange()

    with tempfile.TemporaryDirectory() as folder:
        job = wait(session.train("poyo", settings=SETTINGS, out=Path(folder) / "tour"))
        assert job.state == "done", job.error

        space = next(e for e in session.embeddings.values() if e.space == "unit")
        preferred = session.values("unit", "preferred", space.ids)
        session.selection.pick("unit", space.ids[np.abs(preferred) < np.pi / 4])  # units that fire for running right
        session.set_time(60.0)
        assert len(session.selection.picked("unit")) > 0

        if picture:
            Path(picture).parent.mkdir(parents=True, exist_ok=True)
            QApplication.processEvents()
            viewer.window.screenshot(picture, canvas_only=False)
            viewer.close()
        else:
            napari.run()


def wait(job: Job, most: float = 300.0) -> Job:
    """Let the window live until the job ends."""
    last = time.monotonic() + most
    while not job.over and time.monotonic() < last:
        QApplication.processEvents()
        time.sleep(0.01)
    return job


if __name__ == "__main__":
    main(*sys.argv[1:2])
