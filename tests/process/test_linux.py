import os
import subprocess
import sys
from pathlib import Path

import pytest

from neurofm.process import _linux

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the way of Linux")


def test_a_modest_process_is_the_first_to_go_when_memory_runs_out():
    code = "from neurofm.process._linux import *; be_modest(); print(Path('/proc/self/oom_score_adj').read_text())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["500"]


def test_a_folder_is_synced_too(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.readlink(f"/proc/self/fd/{handle}")))
    _linux.sync(tmp_path)
    assert synced == [str(tmp_path)]


def test_the_processor_has_the_name_that_the_system_gives_it():
    assert _linux.processor() in Path("/proc/cpuinfo").read_text()
