"""How fast linked views of very many points follow the hand, and what opening and picking in large sessions takes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.app.pictures.scene import Shape
from neurofm.app.session import Session
from neurofm.bench import _table, _window
from neurofm.data import Embedding, Recording
from neurofm.errors import NeuroFMError
from neurofm.specs import BenchSpec

WINDOW, PAGE = "napari_neurofm.bench.exploring", "napari_neurofm.bench.page"
PEERS = {"pyqtgraph": "pyqtgraph scatter", "napari": "vispy through napari Points"}
CORNERS = 64


def run(paths: list[Any], quick: bool, seed: int, peer: str | Path | None) -> list[_table.Row]:
    """Points in a window, ours and the peers' with the same points; then a large session."""
    times = 3 if quick else 20
    rows = [] if _window.command(WINDOW) else [_table.missing("points in a window", "redraw", _window.NO_DISPLAY)]
    for count in () if rows else (1_000_000,) if quick else (1_000_000, 10_000_000):
        rows += _window_rows(count, seed, times, peers=count == 1_000_000)
    rows += _page_rows(1_000_000, seed, times, peer)
    return [*rows, *_large(1_000_000 if quick else 10_000_000, seed, times)]


def cloud(count: int, seed: int = 0) -> NDArray[np.float32]:
    """(count, 2) points around the origin."""
    return np.random.default_rng(seed).standard_normal((count, 2), np.float32)


def star(radius: float, shift: float) -> Shape:
    """A lasso of 64 corners that is not convex."""
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    far = radius * (1 + 0.3 * np.sin(5 * angle))
    return Shape("lasso", np.stack([far * np.cos(angle) + shift, far * np.sin(angle)], 1))


def session(count: int, seed: int = 0) -> Session:
    """A simulated recording with a map of `count` of its moments."""
    from neurofm.synthetic.demo import demo

    recording = demo(seed)[0]
    mapped, xy = Session([recording]), cloud(count, seed)
    ids = (np.arange(count) * ((recording.stop - recording.start) * 1e6 / count)).astype(np.int64)
    mapped.add(Embedding(name="cloud", space="time", ids=ids, values=xy, xy=xy, sessions=(recording.session,)))
    return mapped


def _window_rows(count: int, seed: int, times: int, *, peers: bool) -> list[_table.Row]:
    case = f"{count:.0e} points".replace("e+0", "e")
    mine = _measure("ours", count, seed, times)
    rows = [_median(case, "latent space", what, ms) for what, ms in mine.items()]
    for name, title in PEERS.items() if peers else ():
        theirs = _measure(name, count, seed, times)
        rows += [_median(case, title, what, ms) for what, ms in theirs.items()]
        for what, same in (("fresh picture", "pan"), ("lasso, own view", "highlight")):
            ratio = float(np.median(theirs[same]) / np.median(mine[what]))
            rows.append(_table.row(case, f"{title} / latent space", f"{same} / {what}", ratio, "x"))
    return rows


def _measure(whose: str, count: int, seed: int, times: int) -> dict[str, list[float]]:
    with _window.Window([*_window.command(WINDOW), whose, str(count), str(seed), str(times)]) as window:
        return dict(window.first["ms"])


def _page_rows(count: int, seed: int, times: int, peer: str | Path | None) -> list[_table.Row]:
    """Points in JupyterLab in Chromium, ours and jupyter-scatter's."""
    case = f"{count:.0e} points, JupyterLab".replace("e+0", "e")
    python = Path(peer or ".peers") / "bin" / "python"
    theirs = _has(python, "jscatter") and _has(python, "ipykernel")
    beside = [str(python.absolute())] if theirs else []  # not resolved: the link is what makes it that environment's
    call = [sys.executable, "-m", PAGE, str(count), str(seed), str(times), *beside]
    page = subprocess.run(call, capture_output=True, text=True)
    if page.returncode:
        why = (page.stderr.strip().splitlines() or ["no words"])[-1]
        return [_table.missing(case, "page", f"needs jupyterlab, playwright and Chromium ({why})")]
    told = json.loads(page.stdout.splitlines()[-1])
    mine, fewer = told[str(count)], told[str(count // 10)]
    ours, peers = "latent space", "jupyter-scatter, WebGL in software" if theirs else "jupyter-scatter"
    rows = [
        _table.row(case, ours, "shown after the call", mine["shown_s"], "s"),
        _table.row(case, ours, "pictures a second while dragged", mine["frames"], "1/s"),
        _median(case, ours, "fresh picture", mine["fresh_ms"]),
        _median(case, ours, "lasso, kernel and both views", mine["lasso_ms"]),
        _table.row(case, ours, "memory of the page", mine["heap_mb"], "MB", f"{fewer['heap_mb']:.0f} MB for a tenth"),
    ]
    if not theirs:
        why = "not installed: make bench-peers"
        return [*rows, _table.missing(case, "shown after the call", f"{peers}: {why}")]
    scatter = told["jupyter-scatter"]
    return [
        *rows,
        _table.row(case, peers, "shown after the call", scatter["shown_s"], "s"),
        _table.row(case, peers, "pictures a second while dragged", scatter["frames"], "1/s"),
        _table.row(case, peers, "memory of the page", scatter["heap_mb"], "MB"),
    ]


def _has(python: Path, module: str) -> bool:
    """Whether that Python can import a module."""
    return python.exists() and not subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode


def _median(case: str, system: str, what: str, ms: list[float]) -> _table.Row:
    return _table.row(case, system, what, ms, "ms", f"median {np.median(ms):.1f}, longest {max(ms):.0f} ms")


def _large(count: int, seed: int, times: int) -> list[_table.Row]:
    """A session of 20 views that is saved and opened; picks among a thousand units, with the memory they take."""
    from neurofm.bench.raster import many

    case = f"{count:.0e} spikes, 20 views".replace("e+0", "e")
    with tempfile.TemporaryDirectory() as place:
        large = Session([many(count, seed)])
        for k in range(20):
            large.view(f"raster {k + 2}")
        path = Path(place) / "large.neurofm"
        large.save(path)
        opened = []
        for _ in range(min(times, 5)):
            start = time.perf_counter()
            restored = Session.restore(path)
            opened.append(time.perf_counter() - start)
        if len(restored.views) != 20 or len(next(iter(restored.recordings.values())).spikes) != count:
            raise NeuroFMError("the session that was opened is not the one that was saved")
    return [_table.row(case, "session", "opens", opened, "s"), *_picks(seed, times)]


def _picks(seed: int, times: int) -> list[_table.Row]:
    """1,000 units for an hour at 5 Hz: a pick until every view has its new scene, and the memory that this takes."""
    from neurofm import registry
    from neurofm.app.pictures.scene import Viewport

    here, view = Session([_hour(seed)]), Viewport(width=600, height=400)
    names = ("raster", "trace", "table", "tuning", "latent")
    specs = {name: registry.get("neurofm.app.views", name) for name in names}
    spent, rng = [], np.random.default_rng(seed)
    for _ in range(times + 1):
        ids = rng.choice(1000, 50, replace=False)
        start = time.perf_counter()
        here.selection.pick("unit", ids)
        for name, spec in specs.items():
            spec.scene(here.view(name), here, view)
        spent.append(1e3 * (time.perf_counter() - start))
    case = "1,000 units, 1 h"
    return [_median(case, "five views", "pick to all scenes", spent[1:]), _memory(case, seed, times)]


def _memory(case: str, seed: int, times: int) -> _table.Row:
    """Peak memory of a process that opens such a recording from its file and picks in it."""
    from neurofm import io

    with tempfile.TemporaryDirectory() as folder:
        path = io.write(_hour(seed), Path(folder) / "hour.h5")
        call = [sys.executable, "-m", "neurofm.bench._hour", str(path), str(seed), str(times)]
        told = json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
    share = told["peak_mb"] / told["file_mb"]
    note = f"{told['peak_mb']:.0f} MB, Python and libraries too, for {told['file_mb']:.0f} MB"
    return _table.row(case, "five views", "peak memory / file", share, "x", note)


def _hour(seed: int) -> Recording:
    """A thousand units of 5 Hz for an hour, with a path."""
    import pandas as pd

    from neurofm.data import Series, Spikes

    rng = np.random.default_rng(seed)
    count, duration = 1000, 3600.0
    total = int(5 * count * duration)
    spikes = Spikes(np.sort(rng.random(total)) * duration, rng.integers(0, count, total, np.int32))
    times = np.arange(0, duration, 0.04)
    path = np.cumsum(rng.normal(size=(len(times), 2)), 0)
    units = pd.DataFrame({"label": [str(k) for k in range(count)], "region": np.repeat(["CA1", "CA3"], count // 2)})
    return Recording(
        session="hour", spikes=spikes, units=units, series={"position": Series(times, path, ("x", "y"), "cm")},
        domain=np.array([[0.0, duration]]),
    )  # fmt: skip


SPEC = BenchSpec(title="Linked views of very many points", run=run, timed=True)
