"""How long a user waits: for `import neurofm`, an empty session, and the demo window beyond napari's own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from neurofm.bench import _table, _window
from neurofm.specs import BenchSpec

WINDOW = "napari_neurofm.bench.start"
CALLS = {"import neurofm": "import neurofm", "Session()": "import neurofm; neurofm.Session()"}
TIMED = "import time; a = time.perf_counter(); {}; import sys; sys.stdout.write(str(time.perf_counter() - a))"


def run(paths: list[Any], quick: bool, seed: int, peer: str | Path | None) -> list[_table.Row]:
    """Calls in fresh processes, and opening the demo window against napari with an empty one, in turns."""
    turns = [[_timed(call) for call in CALLS.values()] for _ in range(4 if quick else 21)][1:]  # the first fills caches
    rows = [_table.row(name, "neurofm", "time", list(times), "s") for name, times in zip(CALLS, zip(*turns))]
    command = _window.command(WINDOW)
    if not command:
        return [*rows, _table.missing("demo window", "time", _window.NO_DISPLAY)]
    ours, theirs = _table.interleave(
        lambda: _open([*command, "demo"]), lambda: _open([*command, "napari"]), 1 if quick else 5
    )
    extra = [a - b for a, b in zip(ours, theirs)]
    rows += [_table.row("window", "napari alone", "time to its first picture", theirs, "s")]
    rows += [_table.row("window", "with the NeuroFM demo", "time to its first picture", ours, "s")]
    return [*rows, _table.row("window", "demo - napari alone", "time above napari's own", extra, "s")]


def _timed(call: str) -> float:
    """Seconds that a call takes in a new process."""
    command = [sys.executable, "-c", TIMED.format(call)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _open(call: list[str]) -> float:
    """Seconds from the start of the process until it says that its window is drawn."""
    start = time.perf_counter()
    with _window.Window(call):
        return time.perf_counter() - start


SPEC = BenchSpec(title="Waiting for the import and the window", run=run, timed=True)
