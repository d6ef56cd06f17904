"""Long work tells how far it is and can be ended."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neurofm.cli.progress import progress
from neurofm.errors import Stopped
from tests.cli.conftest import SMALL


def test_interrupted_training_keeps_its_checkpoint_and_ends_with_the_same_numbers(home: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "neurofm", "train", "poyo", str(home / "a.h5"), *SMALL, "--set", "steps=150"]
    out, log = tmp_path / "run", tmp_path / "run" / "log.jsonl"
    process = subprocess.Popen([*command, "--out", str(out)], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not log.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"stopped; {out} keeps the last checkpoint" in err
    assert (out / "checkpoint.safetensors").exists()
    assert not (out / "metrics.json").exists()
    reports = []
    for more in (["--out", str(out), "--resume"], ["--out", str(tmp_path / "whole")]):
        done = subprocess.run([*command, *more, "--json"], capture_output=True, text=True, check=True)
        reports.append(json.loads(done.stdout))
    assert reports[0]["steps"] == reports[1]["steps"] == 150
    assert reports[0]["metrics"]["r2"] == pytest.approx(reports[1]["metrics"]["r2"], abs=1e-6)


def interrupted(signals: int) -> None:
    with progress("working") as step:
        step(0.5, "halfway")
        for _ in range(signals):
            signal.raise_signal(signal.SIGINT)
        step(0.6, "further")


@pytest.mark.parametrize("signals", [1, 2])
def test_the_first_interrupt_ends_the_work_at_its_next_step_and_the_second_at_once(signals: int) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Stopped if signals == 1 else KeyboardInterrupt):
        interrupted(signals)
    assert signal.getsignal(signal.SIGINT) is before


def test_previews_are_told_and_progress_stays_off_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    with progress("working") as step:
        step(0.1, "quietly")
        step(0.5, "step 5 of 10", preview=object())
    out, err = capfd.readouterr()
    assert out == ""
    assert "step 5 of 10" in err
    assert "quietly" not in err
