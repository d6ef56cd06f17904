"""How fast the raster follows the mouse with a million and with ten million spikes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.views import raster
from neurofm.bench import _table, _window
from neurofm.data import Recording, Spikes
from neurofm.specs import BenchSpec

UNITS = 200
WINDOW = "napari_neurofm.bench.drawing"


def run(paths: list[Any], quick: bool, seed: int, peer: str | Path | None) -> list[_table.Row]:
    """Time of the picture as data for all spikes and for a panned part, and of the same shown in a window."""
    rows = []
    for count in (1_000_000,) if quick else (1_000_000, 10_000_000):
        recording = many(count, seed)
        session, case = Session([recording]), f"{count:.0e} spikes".replace("e+0", "e")
        for name, viewport in _viewports(recording, 10 if quick else 60).items():
            times = _times(session, viewport)
            rows.append(_table.row(case, f"scene, {name}", "redraw", times, "ms", f"median {np.median(times):.1f} ms"))
        rows += _shown(case, count, seed, 10 if quick else 60)
    return rows


def many(count: int, seed: int = 0) -> Recording:
    """`count` spikes of 200 units, 20 Hz each."""
    rng = np.random.default_rng(seed)
    duration = count / (20.0 * UNITS)
    times = np.sort(rng.random(count)) * duration
    unit = rng.integers(0, UNITS, count, np.int32)
    units = pd.DataFrame({"label": [str(k) for k in range(UNITS)], "region": np.repeat(["CA1", "CA3"], UNITS // 2)})
    return Recording(session="many", spikes=Spikes(times, unit), units=units, domain=np.array([[0.0, duration]]))


def _viewports(recording: Recording, repeats: int) -> dict[str, list[Viewport]]:
    """The whole recording, and a tenth of it moved along."""
    long = recording.stop
    starts = np.linspace(0, 0.9 * long, repeats)
    return {
        "all": [Viewport(width=1200, height=400) for _ in range(repeats)],
        "a tenth, panned": [Viewport((a, a + 0.1 * long), (0.0, UNITS), 1200, 400) for a in starts],
    }


def _times(session: Session, viewports: list[Viewport]) -> list[float]:
    spent, state = [], raster.State()
    raster.scene(state, session, viewports[0])  # compiles
    for viewport in viewports:
        start = time.perf_counter()
        raster.scene(state, session, viewport)
        spent.append(1e3 * (time.perf_counter() - start))
    return spent


def _shown(case: str, count: int, seed: int, repeats: int) -> list[_table.Row]:
    call = _window.command(WINDOW)
    if not call:
        return [_table.missing(case, "redraw in a window", _window.NO_DISPLAY)]
    with _window.Window([*call, str(count), str(seed), str(repeats)]) as window:
        drawn = window.first
    note = f"median {np.median(drawn['ms']):.1f} ms; {drawn['width']} x {drawn['height']} pixels"
    return [_table.row(case, "scene and pyqtgraph, all", "redraw", drawn["ms"], "ms", note)]


SPEC = BenchSpec(title="Raster of very many spikes", run=run, timed=True)
