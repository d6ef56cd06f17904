import os
import subprocess
import sys

from neurofm.process import LOOKS, peak_mb, share_cores


def test_what_the_user_set_stays(monkeypatch):
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    monkeypatch.delenv("KMP_BLOCKTIME", raising=False)
    share_cores()
    assert (os.environ["GOMP_SPINCOUNT"], os.environ["KMP_BLOCKTIME"]) == ("7", "0")


def test_threads_look_briefly(monkeypatch):
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    share_cores()
    assert os.environ["GOMP_SPINCOUNT"] == LOOKS


def test_peak_memory_is_this_process_own_and_not_that_of_its_parent():
    held = bytearray(400_000_000)
    call = [sys.executable, "-c", "from neurofm.process import peak_mb; print(peak_mb())"]
    said = float(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
    assert 5 < said < 200
    assert peak_mb() > len(held) / 1e6
