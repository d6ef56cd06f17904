"""Every model learns a real recording at the press of a button, and its latent space leads back to it."""

from __future__ import annotations

import math
from typing import Any

import pytest
from qtpy.QtCore import Qt

from neurofm.words import MAIN
from tests import small

pytestmark = [pytest.mark.gui, pytest.mark.real, pytest.mark.slow]
LONG = 300_000  # ms; a loaded machine takes its time


def test_every_model_learns_monkey_reaching_from_the_form(desk, qtbot, shared_data):
    def press(button: Any) -> None:
        qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=LONG)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def placed(run: str) -> set[str]:
        return {e.name for e in session.embeddings.values() if e.space == "trial" and e.name.startswith(run)}

    session = desk.session
    desk.open([shared_data("monkey_reach") / "chewie_2013-10-03_bin100ms.npz"])
    qtbot.waitUntil(lambda: bool(session.recordings) and bool(desk.plots()), timeout=LONG)
    desk.show("train")
    train, latent = desk.widget("train"), desk.widget("latent")
    qtbot.waitUntil(lambda: bool(train.form.models), timeout=LONG)
    for count, name in enumerate(small.of_kind("recording"), 1):
        train.model.setCurrentIndex(train.model.findData(name))
        train.form.set(steps=12)
        press(train.button)
        qtbot.waitUntil(lambda count=count: len(session.runs) == count, timeout=LONG)
        qtbot.waitUntil(lambda: all(job.over for job in session.jobs), timeout=LONG)
        assert [job.error for job in session.jobs if job.error] == []
        run = list(session.runs.values())[-1]
        assert run.config["model"] == name
        assert math.isfinite(run.metrics[MAIN[run.target.kind]])
        latent.state.of, latent.state.embedding = "trial", ""
        start = run.name if not run.config["parts"] else f"{run.name} · {run.config['parts'][0]}"
        told = f"{start} · 159 trials · PCA"
        qtbot.waitUntil(lambda told=told: latent.note.text() == told, timeout=LONG)
        wanted = max(len(run.config["parts"]), 1)  # the others are placed after the one that is shown
        qtbot.waitUntil(lambda run=run, wanted=wanted: len(placed(run.name)) == wanted, timeout=LONG)
