"""The import is quick and alone, and the demo window is timed beside an empty one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from neurofm.bench import _window, startup
from tests.bench.test_window import ECHO


def test_importing_neurofm_is_quick_and_loads_nothing_heavy():
    code = "import neurofm, sys; print([m for m in ('torch', 'numpy', 'napari', 'umap') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_without_a_display_the_window_is_missing_from_the_table(monkeypatch):
    monkeypatch.setattr(_window, "command", lambda module: [])
    imported, session, missing = startup.run([], True, 0, None)
    assert 0 < imported["mean"] < session["mean"] < 60
    assert missing["note"] == _window.NO_DISPLAY


def test_the_demo_is_timed_in_turns_with_an_empty_window(monkeypatch):
    monkeypatch.setattr(startup, "_timed", lambda call: 0.1)
    monkeypatch.setattr(_window, "command", lambda module: [sys.executable, "-c", ECHO])
    *_, napari, demo, extra = startup.run([], True, 0, None)
    assert min(napari["mean"], demo["mean"]) > 0
    assert extra["mean"] == pytest.approx(demo["mean"] - napari["mean"])
