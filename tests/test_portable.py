"""The core runs where only what every system has is left: no fcntl, no groups of processes, no /proc."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from neurofm import io
from neurofm.synthetic.demo import demo

HERE = Path(__file__).parent / "portable"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="hides what Windows never had")


@pytest.mark.slow
def test_open_train_cancel_save_and_restore_need_nothing_of_linux(tmp_path):
    file = io.write(demo(duration=40.0)[0], tmp_path / "ada.h5")
    path = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    env = os.environ | {"PYTHONPATH": path, "XDG_CACHE_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    call = [sys.executable, HERE / "core.py", file, tmp_path]
    done = subprocess.run(call, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told.pop("cancel") < 1.0
    assert told == {
        "portable": True,
        "refused": True,
        "open": ["ada"],
        "trained": 20,
        "job": "done",
        "error": "",
        "runs": ["run"],
        "marked": True,
        "cancelled": "stopped",
        "left": 0,
        "kept": True,
        "offered": 0,
        "again": [["ada"], ["few"], ["run"]],
    }


def test_only_the_process_package_calls_what_only_some_systems_have():
    """Words, so that a call in a branch that no test runs is found, too."""
    words = ("fcntl", "import resource", "prctl", "killpg", "getpgrp", "process_group", "SIGHUP", "SIGKILL", "/proc/")
    words += ("os.nice", "os.fork", "os.fsync", "O_RDONLY", "SIGSTOP")
    root = Path(__file__).parents[1]
    files = [*(root / "src" / "neurofm").rglob("*.py"), *(root / "napari_neurofm").rglob("*.py")]
    texts = {file: file.read_text("utf8") for file in files if file.parent.name != "process"}
    assert [(file.name, word) for file, text in texts.items() for word in words if word in text] == []
