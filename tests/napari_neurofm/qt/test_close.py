import subprocess
import sys

import psutil
import pytest

CLOSED_WHILE_TRAINING = """
import napari
from qtpy.QtCore import QTimer
from napari_neurofm.docks import desk
from neurofm.synthetic.demo import demo

viewer = napari.Viewer(show_welcome_screen=False)
here = desk(viewer)
for recording in demo(duration=20):
    here.session.add(recording)
here.arrange()
job = here.session.train("poyo", out="{out}")
watch = QTimer(interval=20)
watch.timeout.connect(lambda: job.metrics and viewer.close())
watch.start()
napari.run()
"""


@pytest.mark.gui
@pytest.mark.slow
def test_a_window_that_is_closed_while_it_trains_ends_well(tmp_path):
    script = CLOSED_WHILE_TRAINING.format(out=tmp_path / "run")
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False)
    assert process.returncode == 0, process.stderr
    assert (tmp_path / "run" / "config.json").exists()
    assert not [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(p.info["cmdline"] or ())]
