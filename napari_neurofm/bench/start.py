"""A window that says when it is drawn: ``python -m napari_neurofm.bench.start napari|demo``, for its bench."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication

LOOK = 10  # ms between two looks at whether it is there


def main(what: str) -> None:
    """Open napari on its own, or with the demo and all docks; close when stdin does."""
    import napari

    viewer = napari.Viewer(title="NeuroFM", show_welcome_screen=False)
    viewer.window.resize(1600, 1000)
    drawn = _demo(viewer) if what == "demo" else lambda: viewer.window._qt_window.isVisible()
    watch = QTimer(interval=LOOK)

    def look() -> None:
        if drawn():
            watch.stop()
            _tell()

    watch.timeout.connect(look)
    watch.start()
    napari.run()


def _demo(viewer: Any) -> Callable[[], bool]:
    from napari_neurofm.docks import desk

    here = desk(viewer)
    here.do("open_demo")
    return lambda: bool(here.plots()) and bool(here.widget("raster").scene.marks)


def _tell() -> None:
    QApplication.processEvents()  # what is laid out is painted, too
    sys.stdout.write(json.dumps({"pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    threading.Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    sys.stdin.read()
    os._exit(0)  # it was drawn; closing is another matter


if __name__ == "__main__":
    main(sys.argv[1])
