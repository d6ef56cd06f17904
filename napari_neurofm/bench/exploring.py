"""Very many points moved, picked and timed: ``python -m napari_neurofm.bench.exploring WHOSE COUNT SEED TIMES``.

WHOSE is ours, pyqtgraph or napari; for the bench. It prints one JSON object: milliseconds by what was done.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtWidgets import QApplication, QGridLayout, QWidget

from neurofm.bench.explorer import cloud, star

SIZE = (600, 500)
NAMES = ("latent", "latent 2", "raster", "trace", "table")
Times = dict[str, list[float]]


def main(whose: str, count: int, seed: int, times: int) -> None:
    """Measure and say."""
    ms = {"ours": ours, "pyqtgraph": scatter, "napari": points}[whose](count, seed, times)
    sys.stdout.write(json.dumps({"pid": os.getpid(), "ms": ms}) + "\n")
    sys.stdout.flush()
    os._exit(0)  # no window's end is measured


def timed(do: Callable[[int], Any], times: int) -> list[float]:
    """Milliseconds of each of so many turns, after one that warms up."""
    ms = []
    for turn in range(times + 1):
        start = time.perf_counter()
        do(turn)
        ms.append(_ms_since(start))
    return ms[1:]


def ours(count: int, seed: int, times: int) -> Times:
    """Five views of one session; the lasso is drawn in the first."""
    from neurofm.app.views import warm

    app = QApplication(sys.argv[:1])
    warm()
    views = Views(app, count, seed)
    moves = {"fresh picture": timed(views.refresh, times), "pan": timed(views.pan, times)}
    views.first.fit()
    views.settle()
    alone, linked = zip(*(views.lasso(turn) for turn in range(times + 1)))
    return moves | {"lasso, own view": list(alone[1:]), "lasso, five views": list(linked[1:])}


class Views:
    """Five views in one window, and what a hand does in the first of them."""

    def __init__(self, app: Any, count: int, seed: int) -> None:
        from neurofm.bench.explorer import session

        self.app, self.window = app, QWidget()
        here = session(count, seed)
        for name, space in (("latent", "time"), ("latent 2", "time"), ("table", "trial")):
            here.view(name).of = space
        self.plots = [_plot(name, here) for name in NAMES]
        self.first = self.plots[0]
        grid = QGridLayout(self.window)
        for k, plot in enumerate(self.plots):
            grid.addWidget(plot, k // 2, k % 2)
        self.window.resize(2 * SIZE[0], 3 * SIZE[1])
        self.window.show()
        self.settle()

    def settle(self) -> None:
        """Until every view has drawn."""
        self.app.processEvents()
        while any(plot.waits for plot in self.plots):
            self.app.processEvents()
        self.app.processEvents()

    def refresh(self, turn: int) -> None:
        """A new picture of another part."""
        self.first.ranges = (-3.0 + 0.01 * turn, 3.0), (-3.0, 3.0)
        self.first.redraw()
        self.first.graphics.viewport().repaint()

    def pan(self, turn: int) -> None:
        """The picture at hand, moved."""
        self.first.canvas.setRange(xRange=(-3 + 0.02 * turn, 3 + 0.02 * turn), yRange=(-3, 3), padding=0)
        self.first._ranged()
        self.first.graphics.viewport().repaint()

    def lasso(self, turn: int) -> tuple[float, float]:
        """Milliseconds until the first view shows the pick, and until all do."""
        start = time.perf_counter()
        self.first.canvas.drawn.emit(star(0.5, 0.05 * turn), "replace")
        self.first.graphics.viewport().repaint()
        alone = _ms_since(start)
        self.settle()
        return alone, _ms_since(start)


def _plot(name: str, session: Any) -> Any:
    from napari_neurofm.qt.plot import Plot
    from neurofm import registry

    return Plot(registry.get("neurofm.app.views", name.split(" ")[0]), session, session.view(name))


def _ms_since(start: float) -> float:
    return 1e3 * (time.perf_counter() - start)


def scatter(count: int, seed: int, times: int) -> Times:
    """pyqtgraph's own scatter plot."""
    import pyqtgraph as pg

    app = QApplication(sys.argv[:1])
    xy, inside = cloud(count, seed), star_mask(count, seed)
    view = pg.PlotWidget()
    view.resize(*SIZE)
    item = pg.ScatterPlotItem(x=xy[:, 0], y=xy[:, 1], size=4, pen=None, brush=pg.mkBrush(86, 180, 233), pxMode=True)
    view.addItem(item)
    view.show()
    app.processEvents()
    brushes = np.array([pg.mkBrush(86, 180, 233, 60), pg.mkBrush(230, 159, 0)], object)

    def pan(turn: int) -> None:
        view.setXRange(-3 + 0.02 * turn, 3 + 0.02 * turn, padding=0)
        view.viewport().repaint()

    def highlight(turn: int) -> None:
        item.setBrush(brushes[np.roll(inside, turn).astype(int)])
        view.viewport().repaint()

    return {"pan": timed(pan, times), "highlight": timed(highlight, min(times, 3))}


def points(count: int, seed: int, times: int) -> Times:
    """vispy through napari's Points."""
    import napari

    viewer = napari.Viewer(show_welcome_screen=False)
    viewer.window.resize(*SIZE)
    xy, inside = cloud(count, seed), star_mask(count, seed)
    layer = viewer.add_points(xy, size=0.02, border_width=0)
    viewer.reset_view()
    canvas = viewer.window._qt_viewer.canvas.native
    QApplication.processEvents()
    colors = np.array([[0.34, 0.7, 0.9, 0.25], [0.9, 0.62, 0.0, 1.0]])

    def pan(turn: int) -> None:
        viewer.camera.center = (0, 0.0, 0.02 * turn)
        canvas.repaint()
        QApplication.processEvents()

    def highlight(turn: int) -> None:
        layer.face_color = colors[np.roll(inside, turn).astype(int)]
        canvas.repaint()
        QApplication.processEvents()

    return {"pan": timed(pan, min(times, 10)), "highlight": timed(highlight, min(times, 3))}


def star_mask(count: int, seed: int) -> NDArray[np.bool_]:
    """Which points of the cloud lie in the lasso."""
    from neurofm.app.views._kernels import in_polygon

    return in_polygon(cloud(count, seed), star(0.5, 0.0).xy)


if __name__ == "__main__":
    main(sys.argv[1], *(int(number) for number in sys.argv[2:]))
