import json
import subprocess
import sys
import threading

import numpy as np
import pytest

from neurofm.bench import _peak, _window, raster, startup
from neurofm.bench._gated import BLOCK, Gate, Keeper
from neurofm.errors import NeuroFMError, Stopped

ECHO = """
import json, sys
sys.stdout.write("a library says hello\\n" + json.dumps({"pid": 1}) + "\\n")
sys.stdout.flush()
for line in sys.stdin:
    sys.stdout.write(json.dumps({"heard": line.strip()}) + "\\n")
    sys.stdout.flush()
"""


def test_a_gate_lets_through_a_block_at_a_time_until_it_closes(tmp_path):
    keeper, told, stopped = Keeper(tmp_path / "gate"), [], []

    def work():
        with Gate(tmp_path / "gate", lambda fraction, *_, **__: told.append(fraction)) as gate:
            try:
                for k in range(3 * BLOCK):
                    gate(k, "", preview="a folder" if k == 1 else None)
            except Stopped:
                stopped.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    assert len(keeper.times()) == BLOCK - 1  # the step with a preview is not counted
    assert len(told) == BLOCK
    assert 0 < keeper.block() < 1
    assert len(told) == 2 * BLOCK
    keeper.close()
    thread.join(5)
    assert stopped


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


def test_memory_is_seen_at_its_peak():
    with _peak.Peak() as peak:
        held = np.ones(30_000_000)
        del held
    assert peak.most > 240


def test_a_recording_of_any_length_holds_out_the_same_seconds(tmp_path):
    written = [_peak.write(tmp_path / f"{seconds}.h5", seconds, 0) for seconds in (200, 400)]
    assert json.dumps(written)
    assert written[1]["spikes"] > 1.5 * written[0]["spikes"]
