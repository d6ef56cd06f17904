"""The raster in a window, redrawn and timed: ``python -m napari_neurofm.bench.drawing SPIKES SEED TIMES``."""

from __future__ import annotations

import json
import os
import sys
import time

from qtpy.QtWidgets import QApplication

from napari_neurofm.qt.plot import Plot
from neurofm.app.session import Session
from neurofm.app.views import raster
from neurofm.bench.raster import many


def main(count: int, seed: int, times: int) -> None:
    """Redraw all spikes, painted at once, and say how long each took."""
    app = QApplication(sys.argv[:1])
    plot = Plot(raster.SPEC, Session([many(count, seed)]), raster.State())
    plot.resize(1200, 400)
    plot.show()
    app.processEvents()
    plot.redraw()
    times_ms = []
    for _ in range(times):
        start = time.perf_counter()
        plot.redraw()
        plot.graphics.viewport().repaint()
        app.processEvents()
        times_ms.append(1e3 * (time.perf_counter() - start))
    viewport = plot.viewport()
    line = {"pid": os.getpid(), "ms": times_ms, "width": viewport.width, "height": viewport.height}
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:]))
