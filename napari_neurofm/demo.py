"""The demo: a window in which a decoder learns from two simulated animals and units are picked in its latent space.

``python -m napari_neurofm.demo`` leaves the window open; ``--pictures FOLDER`` writes what each stage looks like and
closes it. Given files, it opens these instead.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_neurofm.qt.desk import Desk

SETTLE = 1.0  # seconds for a stage to be drawn
NOTICE = 8.0  # seconds after which napari's notice of the map is gone
LIMIT = 1200.0  # seconds for a stage to be reached, on a machine with much else to do

Shoot = Callable[[str], None]
Stages = Iterator[Callable[[], bool]]  # what to wait for before going on


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 1 if a stage was not reached."""
    parser = argparse.ArgumentParser(prog="napari_neurofm.demo", description=__doc__)
    parser.add_argument("paths", nargs="*", metavar="FILE", help="open these instead; A+B are parts of one recording")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="write pictures there, then close")
    given = parser.parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # so small a model learns no quicker on more, and drawing needs some
    import napari

    from napari_neurofm.docks import desk

    viewer = napari.Viewer(title="NeuroFM", show_welcome_screen=False)
    viewer.window.resize(1600, 1000)
    here = desk(viewer)
    here.arrange()
    shoot = _Camera(here, given.pictures)
    stages = files(here, shoot, given.paths) if given.paths else tour(here, shoot)
    guide = _Guide(stages, leave=viewer.close if given.pictures else None)
    napari.run()
    return guide.code


def files(desk: Desk, shoot: Shoot, paths: Sequence[str]) -> Stages:
    """Open files and show them."""
    from neurofm import io

    for path in paths:
        before = _opened(desk)
        desk.open(parts if len(parts := io.parts(path)) > 1 else path)
        yield lambda: _opened(desk) > before  # noqa: B023
        shoot(f"opened-{Path(path).stem}")


def _opened(desk: Desk) -> int:
    """How many files and runs are open."""
    return sum(max(len(source.paths), 1) for source in desk.session.sources.values()) + len(desk.session.runs)


def tour(desk: Desk, shoot: Shoot) -> Stages:
    """Open, train, decode, pick: each stage once it can be seen."""
    from neurofm.app.tour import SETTINGS, decoder, outermost

    session = desk.session
    yield lambda: True
    shoot("1-empty")
    desk.do("open_demo")
    yield lambda: len(session.sources) == 2
    shoot("2-opened")
    job = session.train(decoder(), settings=SETTINGS)
    desk.show("training")
    yield lambda: bool(session.embeddings) or job.over
    shoot("3-training")
    yield lambda: job.over and bool(session.runs) and all(each.over for each in session.jobs)
    desk.show("trace")
    desk.show("tuning")
    yield lambda: True
    shoot("4-trained")
    yield lambda: any(e.umap is not None for e in session.embeddings.values())  # it comes by itself
    shoot("5-mapped")
    session.selection.pick("unit", outermost(session))
    desk.show("raster")
    told = time.monotonic()
    yield lambda: time.monotonic() > told + NOTICE
    shoot("6-picked")


class _Camera:
    """Writes pictures of the whole window, if a folder was given, and says when a stage was reached."""

    def __init__(self, desk: Desk, folder: Path | None) -> None:
        self.desk, self.folder, self.began = desk, folder, time.monotonic()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, stage: str) -> None:
        place = ""
        if self.folder is not None:
            path = self.folder / f"{stage}.png"
            self.desk.viewer.window.screenshot(str(path), flash=False, canvas_only=False)
            place = f"  {path}"
        sys.stderr.write(f"{time.monotonic() - self.began:5.1f} s  {stage}{place}\n")


class _Guide:
    """Goes through stages on the window's own clock, each once what it waits for has come and was drawn."""

    def __init__(self, stages: Stages, leave: Callable[[], None] | None) -> None:
        from qtpy.QtCore import QTimer

        self.stages, self.leave, self.code = stages, leave, 0
        self.began = self.since = time.monotonic()
        self.ready: Callable[[], bool] = lambda: True
        self.timer = QTimer()
        self.timer.timeout.connect(self._look)
        self.timer.start(50)
        self._next()

    def _look(self) -> None:
        now = time.monotonic()
        if not self.ready():
            self.since = now
            if now - self.began > LIMIT:
                sys.stderr.write(f"not reached within {LIMIT:.0f} s; the window and its Jobs dock say why\n")
                self.code = 1
                self._end()
        elif now - self.since > SETTLE:
            self._next()

    def _next(self) -> None:
        self.began = self.since = time.monotonic()
        ready = next(self.stages, None)
        if ready is None:
            self._end()
        else:
            self.ready = ready

    def _end(self) -> None:
        self.timer.stop()
        if self.leave is not None:
            self.leave()


if __name__ == "__main__":
    sys.exit(main())
