"""The whole way, in a real window: open, train, stop, resume, look, pick, export, and get the same number again."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurofm.app._files import export_script

pytestmark = [pytest.mark.gui, pytest.mark.real, pytest.mark.slow]
SMALL = {"dim": 16, "depth": 1, "latents": 2, "steps": 60, "batch": 4}
LONG = 300_000  # ms; a loaded machine takes its time


@pytest.fixture
def look(desk: Any) -> Callable[[str], None]:
    """Writes what the window shows to the folder `$NEUROFM_SHOTS`, if there is one."""
    folder = os.environ.get("NEUROFM_SHOTS")

    def shot(name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            desk.window.grab().save(str(Path(folder) / f"{name}.png"))

    return shot


def shown(plot: Any) -> list[tuple[float, float]]:
    """The ranges in sight, a little inside the edges, where the mouse is still over the picture."""
    return [(a + 0.02 * (b - a), b - 0.02 * (b - a)) for a, b in plot.canvas.viewRange()]


def test_first_light(desk, look, qtbot, mouse, shared_data, tmp_path):
    from qtpy.QtCore import Qt

    def press(button: Any) -> None:
        qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=LONG)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    folder = shared_data("rat_ca1_linear_track")
    desk.open([folder / "spikes.mat", folder / "trajectory.videoPositionTracking"])
    qtbot.waitUntil(lambda: bool(desk.session.recordings) and bool(desk.plots()), timeout=LONG)
    qtbot.waitUntil(lambda: bool(desk.widget("raster").scene.marks), timeout=LONG)
    (recording,) = desk.session.recordings.values()
    assert len(recording.units) == 31
    look("1_open")

    desk.show("train")
    train = desk.widget("train")
    qtbot.waitUntil(lambda: bool(train.form.models), timeout=LONG)
    train.form.set(**SMALL)
    press(train.button)
    first = train.job
    qtbot.waitUntil(lambda: bool(first.metrics), timeout=LONG)
    look("2_training")
    press(train.does.buttons["stop"])
    qtbot.waitUntil(lambda: first.over, timeout=5000)
    assert first.state == "stopped"
    look("3_stopped")
    press(train.does.buttons["resume"])
    qtbot.waitUntil(lambda: bool(desk.session.runs) and all(j.over for j in desk.session.jobs), timeout=LONG)
    assert [job.error for job in desk.session.jobs] == [""] * len(desk.session.jobs)
    (run,) = desk.session.runs.values()
    desk.show("explorer")
    desk.show("trace")
    look("4_finished")

    latent, raster = desk.widget("latent"), desk.widget("raster")
    desk.show("raster")
    qtbot.waitUntil(lambda: bool(latent.scene.marks), timeout=LONG)
    embedding = next(e for e in desk.session.embeddings.values() if e.space == "unit")
    (x0, x1), (y0, y1) = shown(latent)
    x = np.sort(embedding.xy[:, 0])
    widest = 8 + int(np.diff(x[8:24]).argmax())
    middle = float(x[widest : widest + 2].mean())  # between two of the 31 that a mouse can tell apart
    inside = embedding.ids[embedding.xy[:, 0] < middle]
    mouse.drag(latent, (x0, y0), (middle, y0), (middle, y1), (x0, y1), (x0, y0))
    assert set(desk.session.selection.picked("unit")) == set(inside)
    qtbot.waitUntil(lambda: f"{len(inside)} of 31 units picked" in raster.note.text())
    look("5_picked_units")
    desk.session.views["latent"].of = "time"
    qtbot.waitUntil(lambda: latent.scene.scale is not None)
    (x0, x1), (y0, y1) = shown(latent)
    mouse.drag(latent, (x0, y0), ((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1), (x0, y1))
    qtbot.waitUntil(lambda: len(desk.session.selection.picked("time")) > 0)
    qtbot.waitUntil(lambda: "moments picked" in latent.note.text() and not raster._due.isActive())
    look("6_picked_moments")

    (tmp_path / "elsewhere").mkdir()
    script = tmp_path / "elsewhere" / "again.py"
    export_script(desk, script)
    assert "selection.pick('time'" in script.read_text("utf8")
    done = subprocess.run([sys.executable, str(script)], cwd=script.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    again = next(ast.literal_eval(line) for line in done.stdout.splitlines() if line.startswith("{"))
    assert again["r2"] == pytest.approx(run.metrics["r2"], abs=1e-6)
