import subprocess
import sys

import numpy as np
import pytest

from neurofm.bench import _window, raster, startup
from neurofm.errors import NeuroFMError

ECHO = """
import json, sys
sys.stdout.write("a library says hello\\n" + json.dumps({"pid": 1}) + "\\n")
sys.stdout.flush()
for line in sys.stdin:
    sys.stdout.write(json.dumps({"heard": line.strip()}) + "\\n")
    sys.stdout.flush()
"""


def test_a_window_is_asked_and_answers():
    with _window.Window([sys.executable, "-c", ECHO]) as window:
        assert window.first == {"pid": 1}
        assert window.ask("rest") == {"heard": "rest"}


def test_a_window_that_does_not_open_is_told_in_one_sentence():
    with pytest.raises(NeuroFMError, match=r"the window's process ended \(no display\)"):
        _window.Window([sys.executable, "-c", "import sys; sys.exit('no display')"])


def test_without_display_and_xvfb_there_is_no_command(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert _window.command("a.module") == []
    rows = startup.run([], True, 0, None)
    assert rows[-1]["note"] == _window.NO_DISPLAY


def test_importing_neurofm_is_quick_and_loads_nothing_heavy():
    code = "import neurofm, sys; print([m for m in ('torch', 'numpy', 'napari', 'umap') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_benched_raster_has_as_many_spikes_as_it_says():
    recording = raster.many(10_000)
    assert len(recording.spikes) == 10_000
    assert np.allclose(recording.rates().mean(), 20)
