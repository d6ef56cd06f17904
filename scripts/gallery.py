"""A picture of every dock, in both themes and two sizes, while it is empty, at work, full and wrong.

``python scripts/gallery.py FOLDER [STATE or DOCK...]`` for some of them only; each state, theme and size also has a
sheet of all its pictures.
"""

from __future__ import annotations

import logging
import math
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import napari
import numpy as np
from PIL import Image, ImageDraw
from qtpy.QtWidgets import QApplication

from napari_neurofm.docks import PANELS, VIEWS, desk
from napari_neurofm.qt.arrangement import ASKED
from neurofm import registry
from neurofm.app.samples import SAMPLES
from neurofm.data.ids import pack
from neurofm.synthetic.bandits import population
from neurofm.synthetic.demo import demo
from neurofm.synthetic.graphs import Ranges, community

THEMES = ("dark", "light")
SIZES = ((1600, 1000), (1280, 800))
STATES = ("empty", "working", "full", "error")
SETTLE = 0.35  # seconds for a dock to be drawn
LIMIT = 600.0  # seconds for a job
CELL, COLUMNS = (480, 330), 4  # pixels of a picture on a sheet, and how many stand beside each other
SETTINGS = {"target": "velocity", "dim": 16, "depth": 1, "window": 0.5}


class Gallery:
    """The window that is looked at, and where pictures of it go."""

    def __init__(self, folder: Path, docks: Sequence[str]) -> None:
        self.folder, self.names = folder, docks
        folder.mkdir(parents=True, exist_ok=True)
        self.viewer = napari.Viewer(title="NeuroFM", show_welcome_screen=False)
        self.desk = desk(self.viewer)
        self.desk.session.folder = tempfile.mkdtemp()
        self.desk.arrange()

    def wait(self, seconds: float, ready: Callable[[], bool] = lambda: False) -> None:
        """Let the window live, until it is ready or so many seconds have passed."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not ready():
            QApplication.processEvents()
            time.sleep(0.01)

    def settle(self) -> None:
        """Let every job come to its end, with those that follow from it."""
        self.wait(LIMIT, lambda: all(one.over for one in self.desk.session.jobs))
        self.wait(2.0)
        self.wait(LIMIT, lambda: all(one.over for one in self.desk.session.jobs))

    def shoot(self, state: str) -> None:
        """All pictures of a state."""
        for theme in THEMES:
            self.viewer.theme = theme
            for width, height in SIZES:
                self.viewer.window.resize(width, height)
                self.desk.arrange()
                self.wait(1.0)
                self._shoot(f"{state}-{theme}-{width}x{height}")

    def _shoot(self, name: str) -> None:
        paths, size = [self.folder / f"{name}-window.png"], self.desk.window.size()
        self.viewer.window.screenshot(str(paths[0]), flash=False, canvas_only=False)
        for dock in self.names:
            self.desk.show(dock)
            self.wait(SETTLE)
            paths.append(self.folder / f"{name}-{dock}.png")
            self.desk.docks.dock(dock).grab().save(str(paths[-1]))
            if dock in ASKED:
                self.desk.docks.dock(dock).hide()
        sheet(paths, name).save(self.folder / f"sheet-{name}.png")
        sys.stderr.write(f"{name}: {len(paths)} pictures of a window of {size.width()} x {size.height()}\n")

    # ---- states

    def empty(self) -> None:
        """Nothing is open; the models were listed."""
        self.desk.show("train")
        self.wait(LIMIT, lambda: bool(self.desk.form.models))

    def working(self) -> None:
        """Something of each kind is open, and a model learns."""
        session = self.desk.session
        graph = community(1, ranges=Ranges(classes=(5, 5), homophily=(0.8, 0.8)))
        for source in (graph, population(6, trials=80)):
            session.add(source)
        for sample in SAMPLES:
            if sample.name in ("brain", "mice"):
                for source in sample.make():
                    session.add(source)
        for recording in demo(duration=60):
            session.add(recording)
        session.current = "ada"
        self.job = session.train("poyo", ["ada", "bo"], SETTINGS | {"steps": 100_000})
        self.wait(LIMIT, lambda: bool(session.embeddings) or self.job.over)

    def full(self) -> None:
        """Models have learned, units are matched, bouts are found, and some of all of these are picked."""
        session = self.desk.session
        self.job.stop()
        self.wait(LIMIT, lambda: self.job.over)
        session.train("poyo", ["ada", "bo"], SETTINGS | {"steps": 60})
        session.train("mtm", ["ada"], {"steps": 60})
        session.train("bams", ["mice"], {"steps": 100, "width": 16})
        session.correspond("ada", "bo")
        self.settle()
        units, trials = session.table("unit").index, session.table("trial").index
        session.selection.pick("unit", units[[1, 4, 30]])
        session.hide(recording="ada")
        session.bouts("bams-1 frame short", count=6)
        self.settle()
        bouts = session.numbers[-1]
        session.current = "ada"
        session.share_clock("mice", "ada")
        session.share_clock(bouts, "ada")
        session.group("place cells", "unit", units[:8])
        session.group("movers", "unit", units[25:33])
        session.selection.pick("unit", units[[1, 4, 30]])
        session.selection.pick("trial", trials[:3], "add")
        session.selection.pick("bout", session.table("bout").index[:5], "add")
        session.selection.pick("frame", pack(session.number("mice"), [100, 101, 102]), "add")
        self.wait(2.0)

    def error(self) -> None:
        """A file cannot be read, a job fails, a filter makes no sense, and nothing is chosen to train on."""
        session = self.desk.session
        session.jobs.submit("predict", {"run": "nowhere", "data": "nowhere.nwb"}, "Decode ada by a run that is gone")
        for view in registry.names(VIEWS):
            state = session.view(view)
            if hasattr(state, "filter"):
                state.filter = "rate >"
        self.desk.form.choose_sources([])
        self.desk.show("train")
        self.desk.widget("train").train()
        self.desk.open(Path(tempfile.mkdtemp()) / "a recording with a long name that is not there.nwb")
        self.wait(LIMIT, lambda: all(one.over for one in session.jobs))
        self.wait(1.0)


def sheet(paths: list[Path], name: str) -> Any:
    """Pictures beside and below each other, each with its name."""
    rows = math.ceil(len(paths) / COLUMNS)
    whole = Image.new("RGB", (COLUMNS * CELL[0], rows * CELL[1]), "white")
    for k, path in enumerate(paths):
        picture = Image.open(path).convert("RGB")
        picture.thumbnail((CELL[0] - 8, CELL[1] - 24))
        left, top = (k % COLUMNS) * CELL[0], (k // COLUMNS) * CELL[1]
        whole.paste(picture, (left, top + 16))
        ImageDraw.Draw(whole).text((left, top + 2), path.stem.removeprefix(f"{name}-"), fill="black")
    return whole


def main(folder: str, *asked: str) -> None:
    """Go through the states in their order; shoot those, and the docks, that are asked for, all unless any is named."""
    logging.disable(logging.ERROR)
    np.random.seed(0)
    states = [name for name in asked if name in STATES]
    docks = [name for name in (*PANELS, *registry.names(VIEWS)) if name in asked or not set(asked) - set(states)]
    gallery = Gallery(Path(folder), docks)
    for state in STATES:
        getattr(gallery, state)()
        if not states or state in states:
            gallery.shoot(state)
        if state == (states or STATES)[-1]:
            break
    gallery.viewer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
