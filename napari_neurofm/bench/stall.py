"""A real window that is measured: ``python -m napari_neurofm.bench.stall stall SECONDS | host FILE COMMAND...``.

It answers each line on stdin with a JSON object on stdout, and closes when stdin does; `neurofm.bench.jobs` asks.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from qtpy.QtCore import QObject, Qt, QTimer, Signal
from qtpy.QtWidgets import QApplication

from neurofm.data import Embedding

TICK = 5  # ms
SETTLE = 8000  # ms until everything that a window loads behind itself is there
SHOWN = 10.0  # seconds of the raster while it is panned


class Lines(QObject):
    """What is asked on stdin, told in the window's thread."""

    asked = Signal(str)
    closed = Signal()

    def listen(self) -> None:
        """Start."""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            self.asked.emit(line.strip())
        self.closed.emit()


class Stalls:
    """Gaps between the ticks of a timer: how long the window could not answer."""

    def __init__(self) -> None:
        self._gaps: list[tuple[float, float]] = []
        self._last = (0.0, 0.0)
        self._timer = QTimer(interval=TICK, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """From now on."""
        self._gaps, self._last = [], (time.perf_counter(), time.thread_time())
        self._timer.start()

    def stop(self) -> dict[str, float]:
        """Until now; `work_ms` is the most that the window's thread itself computed in one gap."""
        self._tick()
        self._timer.stop()
        gaps, work = 1e3 * np.array(self._gaps).T
        figures = {"longest_ms": gaps.max(), "p999_ms": np.percentile(gaps, 99.9), "work_ms": work.max()}
        return {name: float(value) for name, value in figures.items()} | {"n": len(gaps)}

    def _tick(self) -> None:
        now = (time.perf_counter(), time.thread_time())
        self._gaps.append((now[0] - self._last[0], now[1] - self._last[1]))
        self._last = now


def main(mode: str, first: str, *command: str) -> None:
    """Open the window and be measured."""
    import napari

    from napari_neurofm.docks import desk
    from neurofm.synthetic.demo import demo

    viewer = napari.Viewer(title="NeuroFM", show_welcome_screen=False)
    viewer.window.resize(1600, 1000)
    here = desk(viewer)
    if command:
        here.session.jobs.command = command
    for recording in demo():
        here.session.add(recording)
    here.arrange()
    lines = Lines()
    lines.closed.connect(lambda: _leave(viewer))
    begin: Callable[..., None] = _stall if mode == "stall" else _host
    QTimer.singleShot(SETTLE, lambda: begin(here, lines, first))
    napari.run()


def _leave(viewer: Any) -> None:
    viewer.close()
    QApplication.quit()


def _say(**values: Any) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def _host(here: Any, lines: Lines, file: str) -> None:
    """Train what the file asks for; rest or pan as the lines say, and tell the processor time spent."""
    here.session.jobs.submit("train", json.loads(Path(file).read_text()), "Train poyo", fresh=True)
    pan = Pan(here)

    def answer(line: str) -> None:
        pan.switch(on=line == "pan")
        _say(cpu=time.process_time())

    lines.asked.connect(answer)
    lines.listen()
    _say(pid=os.getpid())


class Pan:
    """Moves the raster thirty times a second."""

    def __init__(self, here: Any) -> None:
        self._plot, self._at = here.widget("raster"), 0.0
        self._timer = QTimer(interval=33)
        self._timer.timeout.connect(self._move)

    def switch(self, *, on: bool) -> None:
        """Start or stop."""
        if on != self._timer.isActive():
            self._timer.start() if on else self._timer.stop()

    def _move(self) -> None:
        self._at = (self._at + 0.2) % 200
        self._plot.show_window(self._at, self._at + SHOWN)


def _stall(here: Any, lines: Lines, seconds: str) -> None:
    """At rest, while a model trains, while a UMAP is fitted: an answer each."""
    stalls, cases = Stalls(), iter(_cases(here, float(seconds)))

    def begin(_: str = "") -> None:
        name, start, over = next(cases)
        before = time.monotonic()
        stalls.start()
        start()
        watch = QTimer(here.window, interval=50)

        def look() -> None:
            if over(time.monotonic() - before):
                watch.stop()
                _say(pid=os.getpid(), case=name, **stalls.stop())

        watch.timeout.connect(look)
        watch.start()

    lines.asked.connect(begin)
    lines.listen()
    begin()


def _cases(here: Any, seconds: float) -> Any:
    session = here.session
    yield "window rests", lambda: None, lambda passed: passed > seconds
    jobs: list[Any] = []
    yield "while training", lambda: jobs.append(session.train("poyo")), lambda passed: passed > seconds
    jobs[0].stop()
    jobs[0].wait(5)
    values = np.random.default_rng(0).normal(size=(3000, 32))
    name = session.add(_moments(session, values))
    yield "while fitting UMAP", lambda: jobs.append(session.umap(name)), lambda _: jobs[1].over


def _moments(session: Any, values: Any) -> Embedding:
    recording = session.recording()
    ids = np.arange(len(values)) * 100_000
    return Embedding(
        name="bench", space="time", ids=ids, values=values, xy=values[:, :2], sessions=(recording.session,)
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
